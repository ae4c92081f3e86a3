"""Session: what the other candidates of a candidate's session say for it, and how it stands among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene

    Column = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Groups:
    """Candidates by session.

    Attributes:
        keys: of the sessions, ascending.
        inverse: for each candidate the row of its session in `keys`.
        sizes: how many candidates each session has.
    """

    keys: NDArray[np.int64]
    inverse: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, scene: Scene) -> Groups:
        """The groups of a scene."""
        return cls(scene.sessions, scene.group, np.bincount(scene.group, minlength=len(scene.sessions)))

    def best(self, values: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """For each row of `values` (shape (rows, candidates)) the candidates ordered by session and falling value.

        And each session's three best values (0: has none), shape (rows, sessions, 3).
        """
        order = np.lexsort((-values, np.broadcast_to(self.inverse, values.shape)))
        first = np.cumsum(self.sizes) - self.sizes
        ordered = np.take_along_axis(values, order, axis=1)
        top = np.zeros((len(values), len(self.keys), 3), dtype=np.float32)
        for place in range(3):
            have = self.sizes > place
            top[:, have, place] = ordered[:, first[have] + place]
        return order, top


def session(scene: Scene, known: Mapping[str, Column]) -> dict[str, Column]:
    """Best scores of the session by each signal; the candidate's rank in it; its size and its cover."""
    groups = Groups.of(scene)
    inverse = groups.inverse
    both = known["words.base"]
    signals = np.stack(
        [both, known["meaning.cosine_scaled"], known["words.bm25"], known["meaning.context_scaled"]], dtype=np.float32
    )
    order, top = groups.best(signals)
    best, three = top[:, inverse, 0], top.mean(axis=2, dtype=np.float32)[:, inverse]
    found: dict[str, Column] = {}
    for row, name in enumerate(("both", "meaning", "words", "context")):
        found[f"{name}_best"], found[f"{name}_three"] = best[row], three[row]
    found |= _standing(groups, both, order[0], top[0])
    counts = scene.evidence.counts[: scene.count] > 0
    rarity = scene.whole.rarity
    total = float(rarity.sum())
    covered = np.zeros((len(groups.keys), counts.shape[1]), dtype=bool)
    np.logical_or.at(covered, inverse, counts)
    share = covered @ rarity / total if total > 0 else np.zeros(len(groups.keys))
    found["coverage"] = share[inverse].astype(np.float32)
    found["candidates"] = np.log1p(groups.sizes)[inverse].astype(np.float32)
    found["share"] = (groups.sizes[inverse] / scene.length).astype(np.float32)
    found["length"] = np.log(np.maximum(scene.length, 1)).astype(np.float32)
    found["place"] = (np.minimum(scene.place, 20) / 20).astype(np.float32)
    found["opens"] = (scene.place == 0).astype(np.float32)
    return found


def _standing(groups: Groups, values: Column, order: NDArray[np.int64], top: NDArray[np.float32]) -> dict[str, Column]:
    """How a candidate stands in its session, and its session among the sessions."""
    first = np.cumsum(groups.sizes) - groups.sizes
    rank = np.empty(len(values), dtype=np.float32)
    rank[order] = np.arange(len(values)) - first[groups.inverse[order]]
    of_session = np.argsort(np.argsort(-top[:, 0], kind="stable"), kind="stable")
    best = top[groups.inverse, 0]
    return {
        "rank_within": np.minimum(rank, 8),
        "others": np.where(values >= best - 1e-6, top[groups.inverse, 1], best),
        "rank": (1 / (1 + of_session))[groups.inverse].astype(np.float32),
    }

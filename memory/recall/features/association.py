"""Association: the activation that reached a candidate from those that matched, by kind of edge and by hop.

Activation over names, terms, links and order comes from spreading over the memory's own edges; over meaning it is also
spread here among all candidates, and from session to session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from memory.associations.types import amounts
from memory.recall.features.scaling import of_most
from memory.recall.features.session import Groups
from memory.recall.products import own_products, products

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene

    Column = NDArray[np.float32]
    Square = NDArray[np.float32]

_LEAST, _LEAST_SESSION = 0.35, 0.3
_PUSHING = 12
_ALIKE, _AS_GOOD = 0.2, 0.6


def association(scene: Scene, known: Mapping[str, Column]) -> dict[str, Column]:
    """Activation by kind and hop, by meaning within and across sessions; and what the best seeds leave open."""
    count = scene.count
    base = known["words.base"]
    seqs = scene.evidence.seqs[:count]
    activated = scene.activated

    def reached(part: Mapping[int, float]) -> Column:
        if not part:
            return np.zeros(count, dtype=np.float32)
        return amounts(part, seqs).astype(np.float32)

    kinds = {kind: reached(activated.by_kind.get(kind, {})) for kind in ("name", "term")}
    tied = reached(activated.by_kind.get("linked", {})) + reached(activated.by_kind.get("recalled_together", {}))
    seeds, weight = scene.seeds, np.zeros(0, dtype=np.float32)
    if len(seeds):
        weight = np.maximum(base[seeds], 0) ** 2
        weight /= weight.sum() + 1e-9
    alike = _alike(scene, seeds)
    near = _passed_on(alike, weight)
    name_scaled, term_scaled, near_scaled = of_most(kinds["name"]), of_most(kinds["term"]), of_most(near)
    strength = name_scaled + term_scaled + near_scaled + base
    pushing = np.argsort(-strength, kind="stable")[:_PUSHING]
    onward = strength[pushing] / (strength[pushing].sum() + 1e-9)
    elsewhere = alike * _apart(scene, seeds)
    further = _alike(scene, pushing) * _apart(scene, pushing)
    found = {
        "name": kinds["name"],
        "term": kinds["term"],
        "name_scaled": name_scaled,
        "term_scaled": term_scaled,
        "tied": tied,
        "first_hop": of_most(reached(activated.first)),
        "later_hops": of_most(reached(activated.later)),
        "similar": near,
        "similar_scaled": near_scaled,
        "similar_best": (alike * np.sqrt(weight)).max(axis=1, initial=0.0),
        "similar_elsewhere": _passed_on(elsewhere, weight),
        "similar_two_hops": _passed_on(further, onward),
        "cosine_and_name": known["meaning.cosine_scaled"] * name_scaled,
    }
    return found | _left_open(scene, seeds, name_scaled, near_scaled) | _between_sessions(scene, base)


def _alike(scene: Scene, sources: NDArray[np.int64]) -> Square:
    """How far the cosine of each candidate to each of `sources` is over the least that counts; 0 to itself."""
    mean = scene.evidence.mean[: scene.count]
    found: Square = np.maximum(products(mean, mean[sources]) - _LEAST, 0) * ("similar" not in scene.without)
    found[sources, np.arange(len(sources))] = 0
    return found


def _apart(scene: Scene, sources: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which candidates are of another session than each of `sources`."""
    session = scene.session[: scene.count]
    found: NDArray[np.bool_] = session[:, None] != session[sources]
    return found


def _passed_on(edges: Square, weight: Column) -> Column:
    """Activation of sources (columns) divided among what is alike to each."""
    if not len(weight):
        return np.zeros(len(edges), dtype=np.float32)
    found: Column = (edges / (edges.sum(axis=0, keepdims=True) + 1.0)) @ weight
    return found


def _left_open(scene: Scene, seeds: NDArray[np.int64], name: Column, near: Column) -> dict[str, Column]:
    """The share of the cue's terms that a candidate has and the three best seeds lack: the next step of a question."""
    rarity = scene.whole.rarity
    total = float(rarity.sum())
    if total <= 0 or not len(seeds):
        nothing = np.zeros(scene.count, dtype=np.float32)
        return {"open": nothing, "open_and_name": nothing, "open_and_similar": nothing}
    has = scene.evidence.counts[: scene.count] > 0
    lacking = ~has[seeds[:3]].any(axis=0)
    left = has @ (rarity * lacking) / total
    return {"open": left, "open_and_name": left * name, "open_and_similar": left * near}


def _between_sessions(scene: Scene, base: Column) -> dict[str, Column]:
    """Activation from session to session, and how far newer sessions have taken up what a candidate's was about."""
    groups = Groups.of(scene)
    alike = own_products(scene.session_vectors)
    np.fill_diagonal(alike, 0)
    over: Square = np.maximum(alike - _LEAST_SESSION, 0) * ("similar" not in scene.without)
    best = np.zeros(len(groups.keys), dtype=np.float32)
    np.maximum.at(best, groups.inverse, base)
    active = best**3
    later = groups.keys[None, :] > groups.keys[:, None]
    columns = {
        "sessions": of_most((over / (over.sum(axis=0) + 1e-9)) @ active),
        "sessions_alike": np.log1p((over > 0.25).sum(axis=1)),
        "session_nearest": over.max(axis=1, initial=0.0),
        "sessions_later": (over * later) @ active,
        "sessions_earlier": (over * ~later) @ active,
        "sessions_newer": np.log1p((later & (best[None, :] >= best[:, None])).sum(axis=1)),
        "sessions_newer_alike": np.minimum(
            ((over > _ALIKE) & later & (best[None, :] >= _AS_GOOD * best[:, None])).sum(axis=1), 10
        ),
    }
    return {name: np.asarray(column[groups.inverse], dtype=np.float32) for name, column in columns.items()}

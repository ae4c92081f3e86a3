"""Ranking: the order of candidates, and which of them are relevant at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.types import amounts
from memory.recall.features.scaling import of_most

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene
    from memory.recall.features import Table

_LEAST_COSINE, _LEAST_COVERAGE = 0.22, 0.34
_REACHED = 0.002
_STEADY, _MIDDLE = 8.0, 0.65
_USUAL = 0.4
_LONG, _LONGER = 4.6, 1.2
_ECHO = 0.6
_LEAST_RANGE, _LEAST_WORDS = 0.45, 0.3
ENOUGH = 60
"""From so many candidates on the model is trusted alone."""


@dataclass(slots=True)
class Placed:
    """A candidate in its place.

    Attributes:
        seq: place of the message in the journal.
        score: probability that it is what the cue was after.
        row: of the candidate in its scene.
        features: of all candidates of that scene.
    """

    seq: int
    score: float
    row: int
    features: Table


def plain(columns: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """A sum that nothing was fitted to, about 0 to 1: meaning and words, and what else helps in each kind of talk.

    What is said around a message counts where messages are short, links where speakers have names (of people, of
    pages), the best part where the cue is long. To a plain question that is not about the assistant, what the user said
    is rather the answer than what was replied to it, as far as it matches. The numbers are round and set by hand.
    """

    def of(name: str) -> NDArray[np.float32]:
        return columns[name] if name in columns else np.zeros_like(columns["words.base"])

    short = np.clip((_LONG - of("asked.usual_length")) / _LONGER, 0, 1)
    around = 0.3 * of("neighbours.both_best") + 0.2 * of("session.both_best") - 0.1 * of("who.ends_asking")
    linked = 0.3 * of_most(of("bridging.link_open")) + 0.15 * of_most(of("bridging.to_title"))
    part = np.where(of("parts.many") > 0, 0.3 * of("parts.both"), 0.0)
    matching = _matching(columns)
    found = matching + 0.3 * of("words.pairs") + part + 0.15 * of("who.speaker_meant")
    asks = of("asked.one_sentence") * np.maximum(of("asked.ends_asking"), of("asked.opens_asking"))
    own = 0.4 * of("who.user") * np.where(of("asked.of_you") > 0, 0.0, asks) * matching
    linked = of("asked.named") * linked
    every: NDArray[np.float32] = (found + short * (around - _USUAL) + linked + own).astype(np.float32)
    return every


def _matching(columns: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """`words.base`: meaning, words, and meaning with what was said before, each on the scale of its cue.

    Between two or three candidates the least and the best are not far apart, and on a scale from the one to the other a
    trifle would decide. So the fewer they are, the wider the scale is at the least; and it begins at the best that is
    not the cue itself, asked before.
    """
    base = columns["words.base"]
    few = max(0.0, 1 - len(base) / ENOUGH)
    telling = columns["who.echo"] < _ECHO
    if not telling.any() or (telling.all() and not few):
        return base
    near = [
        _below_best(columns[name], telling, few * _LEAST_RANGE) for name in ("meaning.cosine", "meaning.with_previous")
    ]
    words = columns["words.bm25_of_possible"]
    shared = np.minimum(words / max(float(words[telling].max()), few * _LEAST_WORDS, 1e-9), 1)
    embedded = columns["meaning.cosine"] != 0
    found: NDArray[np.float32] = np.where(embedded, (near[0] + near[1] + shared) / 3, shared).astype(np.float32)
    return found


def _below_best(values: NDArray[np.float32], among: NDArray[np.bool_], least: float) -> NDArray[np.float32]:
    """1 for the best of those `among`, 0 for the least, or for what lies `least` below the best if that is less."""
    best = float(values[among].max())
    span = max(best - float(values[among].min()), least, 1e-9)
    found: NDArray[np.float32] = np.clip(1 - (best - values) / span, 0, 1)
    return found


def ranked_by(
    scores: NDArray[np.float32], columns: Mapping[str, NDArray[np.float32]], trust: float
) -> NDArray[np.float32]:
    """What candidates are ordered by, from the model's scores and their features (by name).

    A question that was asked before and says no more than the cue stands back: it matches best and answers nothing.
    """
    echo = np.maximum(columns["who.echo"] - _ECHO, 0.0) / (1 - _ECHO)
    found: NDArray[np.float32] = steadied(scores, plain(columns), trust) - _STEADY * echo
    return found.astype(np.float32)


def steadied(scores: NDArray[np.float32], base: NDArray[np.float32], trust: float = 1.0) -> NDArray[np.float32]:
    """Scores, drawn towards `base` (by `plain`) where there are few candidates, or little `trust` (0 to 1).

    The model was fitted on cues with a hundred candidates and more; what is relative to the others (scaled, ranked, a
    share of the best) means little among two or three. And it was fitted on some shapes of talk and not on others.
    """
    part = trust * min(1.0, len(scores) / ENOUGH)
    found: NDArray[np.float32] = part * scores + (1 - part) * _STEADY * (base - _MIDDLE)
    return found


def place(scores: NDArray[np.float32], session: NDArray[np.int64], *, spread: bool) -> NDArray[np.int64]:
    """Rows by falling score, of equals the newer first; with `spread` the best of each session before all others.

    To a remark of a user a dozen messages of one session say little more than one of them; memories from a dozen
    sessions do.
    """
    order = np.argsort(-scores[::-1], kind="stable")
    order = len(scores) - 1 - order
    if not spread:
        return order
    _, first = np.unique(session[order], return_index=True)
    leads = np.zeros(len(order), dtype=bool)
    leads[first] = True
    return np.concatenate([order[leads], order[~leads]])


def relevant(scene: Scene, found: Table, probable: NDArray[np.bool_], useful: Collection[int]) -> NDArray[np.bool_]:
    """Which candidates have anything to do with the cue: by meaning or words, or through a candidate that does.

    `probable` says which the model holds for probable enough, which it can tell among many candidates; those in
    `useful` are relevant in any case.
    """
    count = scene.count
    if count < ENOUGH:
        probable = np.ones(count, dtype=bool)
    itself = (found.columns["meaning.cosine"] >= _LEAST_COSINE) | (found.columns["words.coverage"] >= _LEAST_COVERAGE)
    rows = np.zeros(len(scene.evidence.seqs), dtype=bool)
    rows[:count] = itself
    beside = ((scene.near >= 0) & rows[scene.near])[:, 1:-1].any(axis=1)
    reached = np.zeros(count, dtype=bool)
    if itself.any():
        reached = amounts(scene.activated.total, scene.evidence.seqs[:count]) > _REACHED
    asked = np.isin(scene.evidence.seqs[:count], list(useful)) if useful else False
    keep: NDArray[np.bool_] = (probable & (itself | beside | reached)) | asked
    return keep

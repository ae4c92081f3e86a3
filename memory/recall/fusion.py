"""How the signals of a candidate become one score, and when nothing is relevant.

Cosine and BM25 are scaled to 0..1 over the candidates of one cue (min-max, which on dialogue keeps what equal-vote rank
fusion throws away) and summed; then evidence flows in from what was said next to a match and from the candidate's
session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """How much each signal counts.

    Attributes:
        meaning, words: of the scaled cosine and the scaled BM25.
        neighbour: of the best scaled score at distance 1; half as much counts at distance 2.
        session: of the best scaled score in the candidate's session.
        question: taken off when the candidate is itself a question, which is seldom an answer.
        least_cosine, least_coverage: below both of these the candidate is not relevant at all. Coverage is the share of
            the cue's words (weighted by their rarity) that the candidate has.
    """

    meaning: float = 1.0
    words: float = 1.0
    neighbour: float = 0.4
    session: float = 0.3
    question: float = 0.15
    least_cosine: float = 0.22
    least_coverage: float = 0.34


@dataclass(slots=True)
class Candidate:
    """A message that may be recalled, with its raw signals.

    Attributes:
        seq: the message's place in the journal.
        session: a number that its session alone has.
        cosine: best cosine of its passages to the cue (-1 to 1).
        bm25: best BM25 score of its passages (0 when the words did not find it).
        coverage: rarity-weighted share of the cue's words it has, 0 to 1.
        terms: the cue's terms that it has.
        question: it ends with a question mark.
        neighbours: (sequence number, distance) of what was said around it.
        base, score: filled in by `fuse`.
        through: the neighbour that lifted it most, and by how much.
    """

    seq: int
    session: int
    cosine: float = 0.0
    bm25: float = 0.0
    coverage: float = 0.0
    terms: frozenset[str] = frozenset()
    question: bool = False
    neighbours: list[tuple[int, int]] = field(default_factory=list)
    base: float = 0.0
    score: float = 0.0
    through: tuple[int, float] | None = None

    def signals(self) -> dict[str, float]:
        """The raw values, for the why."""
        return {
            "cosine": round(self.cosine, 4),
            "bm25": round(self.bm25, 4),
            "coverage": round(self.coverage, 4),
            "neighbour": round(self.through[1], 4) if self.through else 0.0,
        }


def min_max(values: Sequence[float]) -> list[float]:
    """Values scaled so that the least is 0 and the greatest 1; all 0 when they are all the same.

    A single positive value is 1: it is the best there is.
    """
    if not values:
        return []
    low, high = min(values), max(values)
    if high - low < 1e-9:
        return [1.0 if high > 0 else 0.0 for _ in values]
    return [(value - low) / (high - low) for value in values]


def base_scores(candidates: Mapping[int, Candidate], weights: FusionWeights) -> None:
    """Set `base` of every candidate from meaning and words alone, between 0 and 1."""
    every = list(candidates.values())
    total = weights.meaning + weights.words
    meaning = min_max([candidate.cosine for candidate in every])
    words = min_max([candidate.bm25 for candidate in every])
    for candidate, near, shared in zip(every, meaning, words, strict=True):
        candidate.base = (weights.meaning * near + weights.words * shared) / total


def fuse(candidates: Mapping[int, Candidate], weights: FusionWeights, useful: Collection[int] = ()) -> list[Candidate]:
    """Score every candidate (0 to 1) and return those that are relevant, best first; ties go to the newer one.

    Those in `useful` (places) are relevant whatever their signals.
    """
    base_scores(candidates, weights)
    best_in_session: dict[int, float] = {}
    for candidate in candidates.values():
        best_in_session[candidate.session] = max(best_in_session.get(candidate.session, 0.0), candidate.base)
    most = 1 + weights.neighbour + weights.session
    for candidate in candidates.values():
        lift = 0.0
        for seq, distance in candidate.neighbours:
            other = candidates.get(seq)
            strength = (other.base if other else 0.0) * (1.0 if abs(distance) == 1 else 0.5)
            if other is not None and strength > lift:
                lift, candidate.through = strength, (seq, strength)
        score = candidate.base + weights.neighbour * lift + weights.session * best_in_session[candidate.session]
        score -= weights.question if candidate.question else 0.0
        candidate.score = min(1.0, max(0.0, score / most))
    relevant = {seq for seq, candidate in candidates.items() if seq in useful or _relevant(candidate, weights)}
    kept = [
        candidate
        for seq, candidate in candidates.items()
        if seq in relevant or (candidate.through is not None and candidate.through[0] in relevant)
    ]
    return sorted(kept, key=lambda candidate: (-candidate.score, -candidate.seq))


def _relevant(candidate: Candidate, weights: FusionWeights) -> bool:
    return candidate.cosine >= weights.least_cosine or candidate.coverage >= weights.least_coverage

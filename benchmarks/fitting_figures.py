"""How much evidence scores put first, by set and category, beside the plain sums; with paired intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.bench.bootstrap import Bootstrap
from assistant.bench.fitting.asked import Asked
from assistant.bench.fitting.probability import fit_gate
from memory.recall.ranking import place, ranked_by
from memory.recall.shapes import Shapes

Gate = Callable[[Mapping[str, float]], bool]

_FIRST = (5, 10)


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of some model for the candidates of each question.

    Attributes:
        scores: one array a question.
        associative: whether they are of the candidates with association.
        guard: the talk that was fitted on, which decides how far they are trusted; None trusts them in any case.
        trust: overrules the guard.
    """

    scores: Sequence[NDArray[np.float32]]
    associative: bool
    guard: Shapes | None
    trust: float | None = None

    @staticmethod
    def nothing(asked: Sequence[Asked]) -> list[NDArray[np.float32]]:
        """A place for the scores of each question."""
        return [np.zeros(0, dtype=np.float32)] * len(asked)

    def final(self, number: int, one: Asked, names: Sequence[str], *, remark: bool) -> NDArray[np.float32]:
        """The scores of a question as recall ranks by them."""
        if self.guard is None:
            return self.scores[number]
        columns = dict(zip(names, one.side(self.associative).features.T, strict=True))
        about = {name: float(column[0]) for name, column in columns.items()}
        trust = self.guard.trust(about, remark=remark) if self.trust is None else self.trust
        return ranked_by(self.scores[number], columns, trust)


def compared(
    asked: Sequence[Asked], names: Sequence[str], made: Mapping[str, Scores]
) -> dict[str, dict[str, dict[str, Any]]]:
    """set -> category -> what is compared -> (n, R@5, R@10), and the gain of the first over the second with intervals.

    The plain sum of meaning and words stands beside it as `hybrid`. Adversarial questions count in.
    """
    gate = _gate(asked)
    rows: dict[str, list[tuple[float, ...]]] = {}
    kept = [number for number, one in enumerate(asked) if one.wanted]
    for label, scores in made.items():
        rows[label] = [
            _found(
                asked[number],
                scores.final(number, asked[number], names, remark=gate(asked[number].form)),
                gate,
                associative=scores.associative,
            )
            for number in kept
        ]
    rows["hybrid"] = [_found(asked[number], _hybrid(asked[number], names), gate, associative=True) for number in kept]
    first, second = list(rows)[:2]
    gains = np.array(rows[first]) - np.array(rows[second])
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, number in enumerate(kept):
        for category in ("all", asked[number].category):
            groups[asked[number].set_name, category].append(at)
    bootstrap = Bootstrap([f"{asked[number].set_name} {asked[number].conversation}" for number in kept])
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for (set_name, category), members in groups.items():
        inside = np.zeros(len(kept), dtype=bool)
        inside[members] = True
        table: dict[str, Any] = {
            label: (len(members), *np.mean([values[at] for at in members], axis=0)) for label, values in rows.items()
        }
        table["gain"] = [
            (float(gains[members, at].mean()), *bootstrap.interval(gains[:, at], inside.tolist())) for at in (0, 1)
        ]
        found[set_name][category] = table
    return found


def show(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    """Print what `compared` found."""
    for set_name, categories in found.items():
        for category, table in categories.items():
            many = next(iter(table.values()))[0]
            parts = [f"{label} {row[1]:.3f}/{row[2]:.3f}" for label, row in table.items() if label != "gain"]
            gain = "  ".join(f"{name} {g:+.3f} [{low:+.3f}, {high:+.3f}]" for name, (g, low, high) in
                             zip(("R@5", "R@10"), table["gain"], strict=True))  # fmt: skip
            print(f"  {set_name:<16} {category:<26} n {many:<5} {'  '.join(parts)}  | first over second {gain}")


def _found(one: Asked, score: NDArray[np.float32], gate: Gate, *, associative: bool) -> tuple[float, ...]:
    """Share of the evidence among the first 5 and 10; for a remark (by `gate`) the best of each session first."""
    side = one.side(associative)
    order = place(score, side.session, spread=gate(one.form))
    units = side.session[order][side.evidence[order]] if one.remark else order[side.evidence[order]]
    places = np.flatnonzero(side.evidence[order])
    return tuple(len(set(units[places < first].tolist())) / one.wanted for first in _FIRST)


def _gate(asked: Sequence[Asked]) -> Gate:
    """What tells a remark from a question, fitted to the form of all of them."""
    fitted = fit_gate(asked)
    weights: dict[str, float] = fitted["weights"]

    def is_remark(form: Mapping[str, float]) -> bool:
        return bool(fitted["bias"] + sum(weight * form.get(name, 0.0) for name, weight in weights.items()) > 0)

    return is_remark


def _hybrid(one: Asked, names: Sequence[str]) -> NDArray[np.float32]:
    columns = [list(names).index(name) for name in ("meaning.cosine_scaled", "words.bm25")]
    found: NDArray[np.float32] = one.full.features[:, columns].sum(axis=1)
    return found

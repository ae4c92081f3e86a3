"""Figures: from what every arm made of every question to means, intervals and differences, as plain values.

arms -> arm -> "all" and each category -> metric -> value (and "n", how many questions)
intervals -> the same -> metric -> [low, high]
differences -> the other arms -> the same -> metric -> [difference, low, high]
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.bench.bootstrap import Bootstrap
    from assistant.bench.sets import Question

Values = dict[str, list[float]]
"""Metric -> a value a question, NaN where the metric does not apply to it."""

ALL = "all"


def tables(
    questions: Sequence[Question], values: Mapping[str, Values], bootstrap: Bootstrap, against: str
) -> dict[str, Any]:
    """`arms`, `intervals`, `differences` and `against`, see the module.

    Args:
        questions: in the order of the values.
        values: arm -> metric -> a value a question. A metric counts the questions for which it is not NaN.
        bootstrap: made for these questions.
        against: the arm that others are compared with.
    """
    groups = {ALL: [True] * len(questions)}
    for name in sorted({question.category for question in questions}):
        groups[name] = [question.category == name for question in questions]
    arms: dict[str, Any] = {}
    intervals: dict[str, Any] = {}
    differences: dict[str, Any] = {}
    for arm, metrics in values.items():
        arms[arm], intervals[arm] = {}, {}
        if arm != against:
            differences[arm] = {}
        for group, members in groups.items():
            means, spread, apart = _row(metrics, values.get(against, {}), members, bootstrap)
            if not means:
                continue
            arms[arm][group], intervals[arm][group] = means, spread
            if arm in differences:
                differences[arm][group] = apart
    return {"arms": arms, "intervals": intervals, "differences": differences, "against": against}


def _row(
    metrics: Values, others: Values, members: Sequence[bool], bootstrap: Bootstrap
) -> tuple[dict[str, float], dict[str, list[float]], dict[str, list[float]]]:
    """Means, intervals and differences of one arm in one group; nothing where the group has no value."""
    means: dict[str, float] = {}
    spread: dict[str, list[float]] = {}
    apart: dict[str, list[float]] = {}
    most = 0
    for metric, column in metrics.items():
        chosen = [inside and not math.isnan(value) for inside, value in zip(members, column, strict=True)]
        many = sum(chosen)
        if not many:
            continue
        most = max(most, many)
        means[metric] = _mean(column, chosen)
        spread[metric] = [rounded(value) for value in bootstrap.interval(column, chosen)]
        if metric in others:
            gaps = [mine - theirs for mine, theirs in zip(column, others[metric], strict=True)]
            low, high = bootstrap.interval(gaps, chosen)
            apart[metric] = [_mean(gaps, chosen), rounded(low), rounded(high)]
    return ({"n": most, **means}, spread, apart) if means else ({}, {}, {})


def _mean(values: Sequence[float], chosen: Sequence[bool]) -> float:
    kept = [value for value, inside in zip(values, chosen, strict=True) if inside]
    return rounded(sum(kept) / len(kept))


def rounded(value: float) -> float:
    """A figure to four places."""
    return round(float(value), 4)


def plain(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A value as strict JSON has it: NaN and infinities are null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value

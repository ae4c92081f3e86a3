"""What a measuring of recall comes to: figures by arm and category, time, tokens, and knowing what is not there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.bench.arms import PRODUCT
from assistant.bench.bootstrap import Bootstrap
from assistant.bench.metrics import (
    DEPTH,
    RANKING,
    auc,
    calibration_error,
    quantiles,
    ranking_metrics,
    recall_curve,
    reliability,
)
from assistant.bench.report import Values, rounded, tables
from memory.recall.arms import limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.bench.recall import Ranked
    from assistant.bench.sets import Question

_ENOUGH = 0.95


def report(rows: Sequence[Sequence[Ranked]], against: str, seed: int) -> dict[str, Any]:
    """All figures about some questions; see `report.tables` for `arms`, `intervals`, `differences`.

    `gains` says what recall finds more than it does without association (`fused`) or without one kind of edge: arm ->
    category -> metric -> [gain, low, high]. Beside them, by arm: `curve` (R@1 to R@20), `abstention` (see
    `_abstention`), `reliability` (score against hit rate of what stands among the first ten), `timings` (ms), `tokens`.

    Args:
        rows: one a question, of one `Ranked` an arm, in the same order.
        against: the arm that others are compared with.
        seed: of the intervals.

    Raises `ValueError` without rows.
    """
    if not rows:
        raise ValueError("nothing was asked")
    questions = [row[0].question for row in rows]
    bootstrap = Bootstrap([question.conversation for question in questions], seed=seed)
    by_arm = {row.arm: [each[place] for each in rows] for place, row in enumerate(rows[0])}
    values = {arm: _values(ranked) for arm, ranked in by_arm.items()}
    return {
        **tables(questions, values, bootstrap, against),
        "gains": _gains(questions, values, bootstrap),
        "curve": {arm: _curve(ranked) for arm, ranked in by_arm.items()},
        "abstention": {arm: _abstention(ranked, bootstrap) for arm, ranked in by_arm.items()},
        "reliability": {arm: _reliability(ranked) for arm, ranked in by_arm.items()},
        "timings": {arm: _timings(ranked) for arm, ranked in by_arm.items()},
        "tokens": {arm: _tokens(ranked) for arm, ranked in by_arm.items()},
        "notes": sorted({note for row in rows for each in row for note in each.notes}),
    }


def _gains(questions: Sequence[Question], values: Mapping[str, Values], bootstrap: Bootstrap) -> dict[str, Any]:
    less = {arm: metrics for arm, metrics in values.items() if limits(arm) is not None}
    if PRODUCT not in values or not less:
        return {}
    lost = tables(questions, {PRODUCT: values[PRODUCT], **less}, bootstrap, PRODUCT)["differences"]
    return {
        arm: {
            group: {metric: [-apart, -high, -low] for metric, (apart, low, high) in metrics.items()}
            for group, metrics in groups.items()
        }
        for arm, groups in lost.items()
    }


def _values(ranked: Sequence[Ranked]) -> Values:
    """Metric -> a value a question; NaN for questions without evidence."""
    none = dict.fromkeys(RANKING, math.nan)
    each = [ranking_metrics(row.units, row.question.evidence) if row.question.evidence else none for row in ranked]
    return {metric: [values[metric] for values in each] for metric in RANKING}


def _curve(ranked: Sequence[Ranked]) -> list[float]:
    curves = [recall_curve(row.units, row.question.evidence) for row in ranked if row.question.evidence]
    return [rounded(value) for value in np.mean(curves, axis=0)] if curves else []


def _abstention(ranked: Sequence[Ranked], bootstrap: Bootstrap) -> Mapping[str, Any] | None:
    """AUC of the best score: questions that have an answer in the conversation against those that have none.

    Beside it (`told`) that of the probability that there is an answer, where the arm has one. None when there are none
    of either kind.
    """
    scores = np.array([max(row.scores, default=0.0) for row in ranked])
    told = np.array([math.nan if row.answerable is None else row.answerable for row in ranked])
    has = np.array([row.question.answerable for row in ranked])
    value, by_told = auc(scores, has), auc(told[~np.isnan(told)], has[~np.isnan(told)])
    if math.isnan(value):
        return None
    low, high = bootstrap.interval_of(lambda places: auc(scores[places], has[places]))
    return {
        "auc": rounded(value),
        "interval": [rounded(low), rounded(high)],
        "told": None if math.isnan(by_told) else rounded(by_told),
        "answerable": int(has.sum()),
        "unanswerable": int((~has).sum()),
    }


def _reliability(ranked: Sequence[Ranked]) -> Mapping[str, Any] | None:
    """How often what is scored so is evidence, over the first ten of every question, those without an answer too.

    None for an arm whose scores are no shares of one.
    """
    scores: list[float] = []
    hits: list[bool] = []
    for row in ranked:
        wanted = row.question.evidence if row.question.answerable else frozenset()
        scores += row.scores[:10]
        hits += [unit in wanted for unit in row.units[:10]]
    if not scores or max(scores) > 1 + 1e-6:
        return None
    bins = reliability(scores, hits)
    return {
        "error": rounded(calibration_error(bins)),
        "bins": [{name: rounded(value) if name != "n" else value for name, value in each.items()} for each in bins],
    }


def _timings(ranked: Sequence[Ranked]) -> Mapping[str, Mapping[str, float]]:
    rest = [row.rest_ms for row in ranked]
    whole = [row.rest_ms + row.embed_ms for row in ranked]
    found = {"without embedding": quantiles(rest), "with embedding": quantiles(whole)}
    return {name: {key: round(value, 2) for key, value in each.items()} for name, each in found.items()}


def _tokens(ranked: Sequence[Ranked]) -> Mapping[str, Any] | None:
    """Tokens of notes against those of the whole history, at ten notes and where 95 % of R@20 is reached first."""
    asked = [row for row in ranked if row.question.evidence]
    if not asked:
        return None
    curve = np.mean([recall_curve(row.units, row.question.evidence) for row in asked], axis=0)
    history = float(np.mean([row.history_tokens for row in asked]))
    enough = int(np.argmax(curve >= _ENOUGH * curve[-1] - 1e-12)) + 1

    def at(k: int) -> dict[str, Any]:
        notes = [row.note_tokens[min(k, len(row.note_tokens)) - 1] if row.note_tokens else 0 for row in asked]
        share = float(np.mean(notes)) / history if history else 0.0
        return {
            "messages": k,
            "recall": rounded(curve[k - 1]),
            "tokens": round(float(np.mean(notes)), 1),
            "share": rounded(share),
        }

    return {"history": round(history, 1), "ten": at(min(10, DEPTH)), "enough": at(enough)}


def per_question(row: Ranked) -> dict[str, Any]:
    """One arm's ranking of one question, for the analysis of what is missed."""
    question = row.question
    hits = [unit in question.evidence for unit in row.units]
    return {
        "conversation": question.conversation,
        "id": question.id,
        "category": question.category,
        "text": question.text,
        "arm": row.arm,
        "evidence": sorted(question.evidence),
        "missed": sorted(question.evidence - set(row.units[:10])),
        "ranked": list(row.ids),
        "hits": [place for place, hit in enumerate(hits, 1) if hit],
        "scores": [rounded(score) for score in row.scores],
        "metrics": {name: rounded(value) for name, value in ranking_metrics(row.units, question.evidence).items()}
        if question.evidence
        else None,
        "ms": round(row.rest_ms, 2),
        "embed_ms": round(row.embed_ms, 2),
    }

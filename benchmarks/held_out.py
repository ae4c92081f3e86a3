"""What scores of models that did not see a conversation find in it, in the form of the bench's figures.

Arms are ranked from the candidates that were measured: `recollect` and `fused` by their scores as recall uses them,
`vector` and `bm25` by one signal each, `hybrid` by the sum of both, scaled. Probabilities come from a calibration that
was fitted to the other folds, so nothing that is reported was fitted on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.bench.bootstrap import Bootstrap
from assistant.bench.fitting.asked import Asked
from assistant.bench.fitting.probability import fit_answerable, fit_calibration, fit_gate
from assistant.bench.fitting.weights import folds_of, shapes
from assistant.bench.metrics import DEPTH, auc, calibration_error, reliability
from memory.recall.model import FULL, WITHOUT_ASSOCIATION, Answerable, Calibration
from memory.recall.ranking import place, ranked_by
from memory.recall.shapes import Shapes
from memory.recall.trees import Trees

Rows = list[NDArray[np.float32]]

_SIGNALS = {"vector": ("meaning.cosine",), "bm25": ("words.bm25",), "hybrid": ("meaning.cosine_scaled", "words.bm25")}
_FIRST = 10


@dataclass(frozen=True, slots=True)
class _Probable:
    """Of one question: probabilities of its candidates, given an answer; its share; whether it is a remark.

    They are multiplied by the share, see `Answerable.share`.
    """

    each: NDArray[np.float64]
    share: float
    remark: bool


def figures(
    asked: Sequence[Asked], names: Sequence[str], held: Mapping[str, Rows], folds: int
) -> dict[str, dict[str, Any]]:
    """By set: `table` (category -> arm -> R@5 and R@10, each with its interval, and n), and what `recall_plots` takes.

    Beside them `abstention`: AUC of the best probability and of that of an answer by itself, questions with an answer
    against those without, with intervals; None for a set that has no questions of one kind. `held` is by
    `both_held_out`, of so many folds.
    """
    arms: dict[str, Rows] = {}
    for arm, signals in _SIGNALS.items():
        at = [list(names).index(signal) for signal in signals]
        arms[arm] = [one.full.features[:, at].sum(axis=1) for one in asked]
    is_remark = _remarks(asked)
    arms["fused"] = _as_used(asked, names, held[WITHOUT_ASSOCIATION], is_remark, associative=False)
    arms["recollect"] = _as_used(asked, names, held[FULL], is_remark, associative=True)
    curves = {
        arm: np.array(
            [
                _curve(one, score, spread=remark and arm not in _SIGNALS, associative=arm != "fused")
                for one, score, remark in zip(asked, scores, is_remark, strict=True)
            ]
        )
        for arm, scores in arms.items()
    }
    probable = _probabilities(asked, names, arms["recollect"], folds, is_remark)
    found = {}
    for name in dict.fromkeys(one.set_name for one in asked):
        inside = [at for at, one in enumerate(asked) if one.set_name == name]
        found[name] = _of_set(
            [asked[at] for at in inside],
            {arm: rows[inside] for arm, rows in curves.items()},
            [probable[at] for at in inside],
        )
    return found


def _as_used(
    asked: Sequence[Asked], names: Sequence[str], scores: Rows, is_remark: Sequence[bool], *, associative: bool
) -> Rows:
    """What the candidates of each question are ordered by, once it is known how far the scores are trusted."""
    guard = Shapes.of(shapes(asked, names))
    found: Rows = []
    for one, score, remark in zip(asked, scores, is_remark, strict=True):
        columns = dict(zip(names, one.side(associative).features.T, strict=True))
        trust = guard.trust({name: float(column[0]) for name, column in columns.items()}, remark=remark)
        found.append(ranked_by(score, columns, trust))
    return found


def _remarks(asked: Sequence[Asked]) -> list[bool]:
    gate = fit_gate(asked)
    return [
        gate["bias"] + sum(weight * one.form.get(name, 0.0) for name, weight in gate["weights"].items()) > 0
        for one in asked
    ]


def _curve(one: Asked, score: NDArray[np.float32], *, spread: bool, associative: bool) -> NDArray[np.float64]:
    """R@1 to R@`DEPTH`; NaN for a question without evidence."""
    found = np.full(DEPTH, np.nan)
    if not one.wanted:
        return found
    side = one.side(associative)
    order = place(score, side.session, spread=spread)[:DEPTH]
    units = side.session[order] if one.remark else order
    seen: set[int] = set()
    for at in range(DEPTH):
        if at < len(order) and side.evidence[order[at]]:
            seen.add(int(units[at]))
        found[at] = len(seen) / one.wanted
    return found


def _probabilities(
    asked: Sequence[Asked], names: Sequence[str], scores: Rows, folds: int, is_remark: Sequence[bool]
) -> list[_Probable]:
    """Of each question, by a calibration that was fitted to the other folds."""
    fold = np.array(folds_of(asked, folds))
    found: list[_Probable] = [_Probable(np.zeros(0), 1.0, remark) for remark in is_remark]
    for number in sorted(set(fold.tolist())):
        train = np.flatnonzero(fold != number).tolist()
        some, theirs = [asked[at] for at in train], [scores[at] for at in train]
        fitted = fit_calibration(some, theirs, names, associative=True)
        calibration = Calibration(fitted["score"], fitted["cue"], fitted["bias"], fitted["least"])
        told = fit_answerable(some, theirs, names, associative=True)
        for at in np.flatnonzero(fold == number).tolist():
            features = asked[at].full.features
            about = {name: float(features[0, list(names).index(name)]) for name in fitted["cue"]}
            share = 1.0
            if told and not is_remark[at]:
                columns = [list(names).index(name) for name in told["features"]]
                trees = Trees.of(told["trees"], 2 * len(columns) + 3)
                share = Answerable.share(Answerable(tuple(told["features"]), trees)(features[:, columns], scores[at]))
            found[at] = _Probable(calibration(scores[at], about), share, is_remark[at])
    return found


def _of_set(
    asked: Sequence[Asked], curves: Mapping[str, NDArray[np.float64]], probable: Sequence[_Probable]
) -> dict[str, Any]:
    """The figures of the questions of one set; `curves` has R@1 to R@`DEPTH` by arm, a row a question."""
    bootstrap = Bootstrap([one.conversation for one in asked])
    wanted = np.array([one.wanted > 0 for one in asked])
    categories = np.array([one.category for one in asked])
    table: dict[str, dict[str, Any]] = {}
    gains: dict[str, Any] = {}
    for group in ("all", *dict.fromkeys(categories[wanted].tolist())):
        chosen = wanted & ((categories == group) | (group == "all"))

        def told(
            rows: NDArray[np.float64], chosen: NDArray[np.bool_] = chosen
        ) -> dict[str, tuple[float, float, float]]:
            columns = {f"R@{first}": rows[:, first - 1] for first in (5, 10)}
            return {
                metric: (float(values[chosen].mean()), *bootstrap.interval(values.tolist(), chosen.tolist()))
                for metric, values in columns.items()
            }

        table[group] = {"n": int(chosen.sum()), **{arm: told(rows) for arm, rows in curves.items()}}
        gains[group] = told(curves["recollect"] - curves["fused"])
    bins = reliability(*_scored(asked, probable))
    return {
        "provenance": {"set": {"name": asked[0].set_name}},
        "table": table,
        "gains": {"fused": gains},
        "curve": {arm: rows[wanted].mean(axis=0).tolist() for arm, rows in curves.items()},
        "reliability": {"recollect": {"error": calibration_error(bins), "bins": bins}},
        "abstention": _abstention(asked, probable, bootstrap),
    }


def _scored(asked: Sequence[Asked], probable: Sequence[_Probable]) -> tuple[list[float], list[bool]]:
    """The scores of what stands among the first ten of each question, as recall shows them, and whether it is right."""
    scores: list[float] = []
    hits: list[bool] = []
    for one, its in zip(asked, probable, strict=True):
        order = place(its.each.astype(np.float32), one.full.session, spread=its.remark)[:_FIRST]
        scores += (np.minimum.accumulate(its.each[order]) * its.share).tolist()
        hits += (one.full.evidence[order] & one.answerable).tolist()
    return scores, hits


def _abstention(asked: Sequence[Asked], probable: Sequence[_Probable], bootstrap: Bootstrap) -> dict[str, Any] | None:
    has = np.array([one.answerable for one in asked])
    if has.all() or not has.any():
        return None
    told = {
        "score": np.array([float(its.each.max()) * its.share for its in probable]),
        "answer": np.array([its.share for its in probable]),
    }
    found: dict[str, Any] = {"answerable": int(has.sum()), "unanswerable": int((~has).sum())}
    for name, values in told.items():
        low, high = bootstrap.interval_of(partial(_auc_of, values, has))
        found[name] = (auc(values, has), low, high)
    return found


def _auc_of(values: NDArray[np.float64], has: NDArray[np.bool_], places: NDArray[Any]) -> float:
    return auc(values[places], has[places])


def show(found: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the tables, the gain of association, and how well the score tells what has no answer."""
    for name, about in found.items():
        print(f"\n{name}: R@5 / R@10 [their 95 % intervals], conversations left out of fitting")
        for group, arms in about["table"].items():
            cells = [f"{arm} {_cell(row['R@5'])} / {_cell(row['R@10'])}" for arm, row in arms.items() if arm != "n"]
            gain = " / ".join(f"{gained:+.3f} [{low:+.3f}, {high:+.3f}]"
                              for gained, low, high in about["gains"]["fused"][group].values())  # fmt: skip
            print(f"  {group:<26} n {arms['n']:<5} {'  '.join(cells)}  | recollect over fused {gain}")
        error = about["reliability"]["recollect"]["error"]
        told = about["abstention"]
        known = (
            f"AUC of the score {_cell(told['score'])}, of there being an answer {_cell(told['answer'])}, "
            if told
            else ""
        )
        print(f"  {known}calibration error {error:.3f}")


def _cell(values: tuple[float, float, float]) -> str:
    return f"{values[0]:.3f} [{values[1]:.3f}, {values[2]:.3f}]"

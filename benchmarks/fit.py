"""Fits the weights of recall: `python -m benchmarks fit SET.jsonl … [--out weights.json] [--folds N] [--cache FOLDER]`.

Each conversation is told to a memory of its own, and what the product measures of each candidate of each question is
what is fitted on: LambdaMART (LightGBM, extra `fit`), a logistic gate between questions and remarks, and a logistic
calibration on scores of models that did not see the conversation. All sets go into one model; a question of a small set
weighs more. With `--folds` the figures of leaving each fold of conversations out are printed, with `--out` weights are
written.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.bench.cache import Cache, CachedEmbedder
from assistant.bench.sets import QuestionSet, read
from assistant.locations import locations
from benchmarks.fitting_data import Asked, as_notes, collected, matrix_of
from benchmarks.fitting_figures import figures
from memory.embeddings import Embedder, load_embedder
from memory.recall.features import ASSOCIATIVE
from memory.recall.model import FORMAT, FULL, WITHOUT_ASSOCIATION, Trees, Weights, best_of

VERSION = "1"
"""Of the features: what was collected by another one is not read."""

_TREES = {
    "objective": "lambdarank",
    "lambdarank_truncation_level": 12,
    "num_leaves": 15,
    "max_depth": 7,
    "learning_rate": 0.08,
    "min_data_in_leaf": 60,
    "lambda_l2": 5.0,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "max_bin": 63,
    "verbose": -1,
    "num_threads": 1,
    "seed": 1,
    "deterministic": True,
}
_ROUNDS = 150
_SET_WEIGHT = 1500.0
_GATE = (
    "words", "sentences", "one_sentence", "ends_asking", "asks", "exclaims", "opens_asking", "opens_telling", "past",
)  # fmt: skip
_CALIBRATED = ("asked.best_cosine", "asked.best_bm25", "asked.lead")
_KEEPS = 0.98
_ANSWERABLE = {
    "objective": "binary",
    "num_leaves": 6,
    "max_depth": 5,
    "learning_rate": 0.06,
    "min_data_in_leaf": 30,
    "lambda_l2": 10.0,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "verbose": -1,
    "num_threads": 1,
    "seed": 1,
    "deterministic": True,
}
_TELLING = (
    "who.", "words.", "meaning.cosine", "meaning.with_previous", "neighbours.both", "neighbours.window",
    "session.both", "session.coverage", "association.open",
)  # fmt: skip
_NOT_FITTED = ("asked.sessions",)


def fit_trees(
    asked: Sequence[Asked], names: Sequence[str], *, associative: bool, rounds: int = _ROUNDS
) -> list[dict[str, Any]]:
    """Trees in the form of the weights file, fitted to put evidence first."""
    import lightgbm

    used = [place for place, name in enumerate(names) if _is_used(name, associative)]
    share = set_weights(asked)
    parts, labels, sizes, weights = [], [], [], []
    for one in asked:
        matrix, evidence, _ = matrix_of(one, associative)
        if evidence.any() and not evidence.all():
            parts.append(matrix[:, used])
            labels.append(evidence)
            sizes.append(len(evidence))
            weights.append(np.full(len(evidence), share[one.set_name], dtype=np.float32))
    data = lightgbm.Dataset(
        np.concatenate(parts), np.concatenate(labels).astype(int), group=sizes, weight=np.concatenate(weights)
    )
    model = lightgbm.train(_TREES, data, rounds)
    return [_exported(tree["tree_structure"], used) for tree in model.dump_model()["tree_info"]]


def _is_used(name: str, associative: bool) -> bool:
    return name not in _NOT_FITTED and (associative or not name.startswith(ASSOCIATIVE))


def set_weights(asked: Sequence[Asked]) -> dict[str, float]:
    """How much a question of each set weighs, so that sets of very different size count alike or nearly so."""
    many: dict[str, int] = defaultdict(int)
    for one in asked:
        many[one.set_name] += 1
    return {name: float(min(5.0, max(0.5, (_SET_WEIGHT / count) ** 0.7))) for name, count in many.items()}


def _exported(root: Mapping[str, Any], used: Sequence[int]) -> dict[str, Any]:
    """One tree as flat lists; inner nodes are numbered so that children come after their parents."""
    tree: dict[str, Any] = {"feature": [], "threshold": [], "left": [], "right": [], "leaf": []}

    def add(node: Mapping[str, Any]) -> int:
        if "leaf_value" in node:
            tree["leaf"].append(_short(node["leaf_value"]))
            return -len(tree["leaf"])
        number = len(tree["feature"])
        tree["feature"].append(used[node["split_feature"]])
        tree["threshold"].append(_short(node["threshold"]))
        tree["left"].append(0)
        tree["right"].append(0)
        tree["left"][number] = add(node["left_child"])
        tree["right"][number] = add(node["right_child"])
        return number

    if "leaf_value" in root:
        return {"feature": [0], "threshold": [0.0], "left": [-1], "right": [-1], "leaf": [_short(root["leaf_value"])]}
    add(root)
    return tree


def _short(number: float) -> float:
    return float(f"{number:.6g}")


def logistic(matrix: NDArray[np.float64], labels: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[Any]:
    """Weights and (last) bias of a logistic regression, by Newton's method with a little ridge."""
    inputs = np.c_[matrix, np.ones(len(matrix))]
    scale = np.r_[np.maximum(matrix.std(axis=0), 1e-6), 1.0]
    inputs = inputs / scale
    found = np.zeros(inputs.shape[1])
    ridge = 1e-3 * weights.sum() / len(found) * np.r_[np.ones(matrix.shape[1]), 0.0] / 10
    for _ in range(60):
        probable = 1 / (1 + np.exp(-np.clip(inputs @ found, -30, 30)))
        slope = inputs.T @ (weights * (labels - probable)) - ridge * found
        curve = (inputs * (weights * probable * (1 - probable))[:, None]).T @ inputs + np.diag(ridge + 1e-9)
        step = np.linalg.solve(curve, slope)
        found += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-7:
            break
    weights_and_bias: NDArray[Any] = found / scale
    return weights_and_bias


def fit_gate(asked: Sequence[Asked]) -> dict[str, Any]:
    """The logistic that tells a remark from a question by its form alone; both weigh the same in all."""
    matrix = np.array([[one.form[name] for name in _GATE] for one in asked])
    labels = np.array([one.remark for one in asked], dtype=np.float64)
    if labels.all() or not labels.any():
        return {"weights": {}, "bias": -1.0 if not labels.any() else 1.0}
    weights = np.where(labels > 0, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
    found = logistic(matrix, labels, weights)
    return {
        "weights": {name: round(float(one), 4) for name, one in zip(_GATE, found, strict=False)},
        "bias": round(float(found[-1]), 4),
    }


def fit_calibration(
    asked: Sequence[Asked], scores: Sequence[NDArray[np.float32]], names: Sequence[str], *, associative: bool
) -> dict[str, Any]:
    """From scores of models that did not see the conversation to probabilities. What has no answer has no evidence.

    Questions that ask for messages decide where there are any: of a session that is evidence not every message is.
    """
    precise = [not one.remark for one in asked]
    if any(precise):
        scores = [score for score, kept in zip(scores, precise, strict=True) if kept]
        asked = [one for one, kept in zip(asked, precise, strict=True) if kept]
    columns = [list(names).index(name) for name in _CALIBRATED]
    share = set_weights(asked)
    inputs, labels, weights = [], [], []
    for one, score in zip(asked, scores, strict=True):
        matrix, evidence, _ = matrix_of(one, associative)
        inputs.append(np.c_[score, matrix[:, columns]])
        labels.append(evidence & one.answerable)
        weights.append(np.full(len(score), share[one.set_name]))
    every, truth = np.concatenate(inputs).astype(np.float64), np.concatenate(labels)
    found = logistic(every, truth.astype(np.float64), np.concatenate(weights))
    probable = 1 / (1 + np.exp(-(every @ found[:-1] + found[-1])))
    least = float(np.quantile(probable[truth], 1 - _KEEPS))
    return {
        "score": _short(found[0]),
        "cue": {name: _short(one) for name, one in zip(_CALIBRATED, found[1:-1], strict=True)},
        "bias": _short(found[-1]),
        "least": _short(least),
    }


def fit_answerable(
    asked: Sequence[Asked], scores: Sequence[NDArray[np.float32]], names: Sequence[str], *, associative: bool
) -> dict[str, Any] | None:
    """Trees that tell questions with an answer from those without, by what their best candidates are like.

    The form of the question does not count. None when all questions are of one kind.
    """
    import lightgbm

    usable = [(one, score) for one, score in zip(asked, scores, strict=True) if not one.remark]
    labels = np.array([one.answerable for one, _ in usable], dtype=int)
    if labels.all() or not labels.any():
        return None
    kept = [place for place, name in enumerate(names) if name.startswith(_TELLING) and _is_used(name, associative)]
    rows = [best_of(matrix_of(one, associative)[0][:, kept], score) for one, score in usable]
    share = set_weights([one for one, _ in usable])
    data = lightgbm.Dataset(np.stack(rows), labels, weight=[share[one.set_name] for one, _ in usable])
    model = lightgbm.train(_ANSWERABLE, data, 60)
    every = list(range(rows[0].shape[0]))
    trees = [_exported(tree["tree_structure"], every) for tree in model.dump_model()["tree_info"]]
    return {"features": [names[place] for place in kept], "trees": trees}


def folds_of(asked: Sequence[Asked], folds: int) -> list[int]:
    """The fold of each question: all of one conversation, under whatever shape, are in one."""
    sizes: dict[str, int] = defaultdict(int)
    for one in asked:
        sizes[one.conversation] += 1
    fold_of: dict[str, int] = {}
    filled = [0] * folds
    for name in sorted(sizes, key=lambda each: (-sizes[each], each)):
        fold_of[name] = filled.index(min(filled))
        filled[fold_of[name]] += sizes[name]
    return [fold_of[one.conversation] for one in asked]


def held_out(
    asked: Sequence[Asked], names: Sequence[str], folds: int, *, associative: bool, never: frozenset[str] = frozenset()
) -> list[NDArray[np.float32]]:
    """The scores of each question's candidates by trees that did not see its conversation (nor any set of `never`)."""
    fold = folds_of(asked, folds)
    found: list[NDArray[np.float32]] = [np.zeros(0, dtype=np.float32)] * len(asked)
    for number in range(folds):
        train = [one for one, its in zip(asked, fold, strict=True) if its != number and one.set_name not in never]
        trees = Trees.of(fit_trees(train, names, associative=associative), len(names))
        for place_, (one, its) in enumerate(zip(asked, fold, strict=True)):
            if its == number:
                found[place_] = trees(matrix_of(one, associative)[0])
    return found


def fitted(
    asked: Sequence[Asked], names: Sequence[str], provenance: Mapping[str, Any], *, folds: int = 5
) -> dict[str, Any]:
    """Weights in the form of the weights file."""
    folds = max(2, min(folds, len({one.conversation for one in asked})))
    models = {}
    for name, associative in ((FULL, True), (WITHOUT_ASSOCIATION, False)):
        scores = held_out(asked, names, folds, associative=associative)
        models[name] = {
            "calibration": fit_calibration(asked, scores, names, associative=associative),
            "answerable": fit_answerable(asked, scores, names, associative=associative),
            "trees": fit_trees(asked, names, associative=associative),
        }
    return {
        "format": FORMAT,
        "version": f"{datetime.now(UTC):%Y-%m-%d}",
        "provenance": dict(provenance),
        "gate": fit_gate([one for one in asked if not one.set_name.endswith(NOTES)]),
        "features": list(names),
        "models": models,
    }


NOTES = "-notes"
"""What the name of a set in the shape of loose notes ends with."""


class Fitter:
    """Collects and fits. `refit` is what the bench calls for folds.

    Args:
        embedder: makes the vectors.
        cache: where collected features are kept; None keeps nothing.
    """

    def __init__(self, embedder: Embedder, cache: Path | None = None) -> None:
        self._embedder = embedder
        self._cache = cache

    def collect(
        self, sets: Sequence[QuestionSet], *, notes: Sequence[QuestionSet] = ()
    ) -> tuple[list[str], list[Asked]]:
        """All questions of these sets, and of those in `notes` some again in the shape of loose notes."""
        shapes = [*sets, *(as_notes(each, NOTES) for each in notes if not _asks_for_sessions(each))]
        names: list[str] = []
        every: list[Asked] = []
        for each in shapes:
            names, asked = collected(each, self._embedder, self._cache, VERSION)
            every += asked
        return names, every

    def refit(self, train: QuestionSet) -> dict[str, Any]:
        """Weights fitted on `train` alone (see `assistant.bench.folds.Refit`)."""
        names, asked = self.collect([train], notes=[train])
        return fitted(asked, names, provenance([train], asked))


def _asks_for_sessions(found: QuestionSet) -> bool:
    return any(question.by_session for each in found.conversations for question in each.questions)


def provenance(sets: Sequence[QuestionSet], asked: Sequence[Asked]) -> dict[str, Any]:
    """What weights were fitted on, and by what."""
    return {
        "by": "benchmarks/fit.py",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "method": f"LambdaMART, {_ROUNDS} trees of {_TREES['num_leaves']} leaves; logistic gate and calibration",
        "sets": [
            {
                "name": each.name,
                "sha256": each.sha256,
                "conversations": len(each.conversations),
                "questions": each.questions,
            }
            for each in sets
        ],
        "questions": len(asked),
    }


def _report(asked: Sequence[Asked], names: Sequence[str], folds: int, never: frozenset[str]) -> None:
    fitted_gate = fit_gate([one for one in asked if not one.set_name.endswith(NOTES) and one.set_name not in never])

    def is_remark(form: Mapping[str, float]) -> bool:
        total = sum(weight * form.get(name, 0.0) for name, weight in fitted_gate["weights"].items())
        return bool(fitted_gate["bias"] + total > 0)

    for name, associative in ((FULL, True), (WITHOUT_ASSOCIATION, False)):
        scores = held_out(asked, names, folds, associative=associative, never=never)
        print(f"\n{name}, {folds} folds of conversations left out")
        for set_name, categories in figures(asked, scores, is_remark, associative=associative).items():
            for category, row in categories.items():
                print(
                    f"  {set_name:<22} {category:<28} n {row['n']:<5.0f} R@5 {row['R@5']:.3f}  R@10 {row['R@10']:.3f}"
                )


def main() -> None:
    """Collect, report, fit, write."""
    import sys

    parser = argparse.ArgumentParser(prog="python -m benchmarks fit", description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--cache", type=Path)
    parser.add_argument(
        "--not-fitted", nargs="*", default=[], metavar="SET.jsonl", help="report on, and leave out of fitting"
    )
    parser.add_argument("--no-notes", action="store_true", help="do not fit on the talk as loose notes as well")
    wish = parser.parse_args(sys.argv[2:])
    places = locations(os.environ)
    embedder = load_embedder("local", places.models)
    with Cache(places.cache / "bench.db") as cache:
        fitter = Fitter(CachedEmbedder(embedder, cache), wish.cache)
        sets = [read(path) for path in wish.sets]
        fitted_on = [each for each in sets if each.name not in wish.not_fitted]
        names, asked = fitter.collect(sets, notes=[] if wish.no_notes else fitted_on)
        if wish.folds:
            _report(asked, names, wish.folds, frozenset(wish.not_fitted))
        if wish.out:
            used = [one for one in asked if one.set_name not in wish.not_fitted]
            weights = fitted(used, names, provenance(fitted_on, used))
            Weights.of(weights, str(wish.out))
            wish.out.write_text(_as_json(weights), encoding="utf-8")


def _as_json(weights: Mapping[str, Any]) -> str:
    """JSON with a line for each tree."""
    text = json.dumps({**weights, "models": {}}, ensure_ascii=False, indent=1)[:-1].rstrip()
    text = text[: text.rindex('"models"')]
    models = []
    for name, model in weights["models"].items():
        trees = ",\n   ".join(json.dumps(tree, separators=(",", ":")) for tree in model["trees"])
        parts = [f"{json.dumps(part)}: {json.dumps(model[part])}" for part in ("calibration", "answerable")]
        told = ",\n   ".join([*parts, f'"trees": [\n   {trees}\n   ]'])
        models.append(f"  {json.dumps(name)}: {{\n   {told}\n  }}")
    return text + '"models": {\n' + ",\n".join(models) + "\n }\n}\n"

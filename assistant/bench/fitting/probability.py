"""From scores to probabilities: is it a remark, is a candidate evidence, is there an answer at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.bench.fitting.models import exported, is_used, lightgbm, set_weights, short
from memory.recall.model import best_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from assistant.bench.fitting.asked import Asked

    Scores = Sequence[NDArray[np.float32]]

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
_TELLING_THE_FORM = ("who.user_of_self", "who.assistant_of_you", "who.echo")


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
    asked: Sequence[Asked], scores: Scores, names: Sequence[str], *, associative: bool
) -> dict[str, Any]:
    """From scores of models that did not see the conversation to probabilities, given that there is an answer.

    Questions that ask for messages decide where there are any: of a session that is evidence not every message is.
    Whether there is an answer is what `fit_answerable` tells.
    """
    precise = [not one.remark and one.answerable for one in asked]
    if any(precise):
        scores = [score for score, kept in zip(scores, precise, strict=True) if kept]
        asked = [one for one, kept in zip(asked, precise, strict=True) if kept]
    columns = [list(names).index(name) for name in _CALIBRATED]
    share = set_weights(asked)
    inputs, labels, weights = [], [], []
    for one, score in zip(asked, scores, strict=True):
        side = one.side(associative)
        inputs.append(np.c_[score, side.features[:, columns]])
        labels.append(side.evidence & one.answerable)
        weights.append(np.full(len(score), share[one.set_name]))
    every, truth = np.concatenate(inputs).astype(np.float64), np.concatenate(labels)
    found = logistic(every, truth.astype(np.float64), np.concatenate(weights))
    found[0] = max(found[0], 1e-3)
    probable = 1 / (1 + np.exp(-(every @ found[:-1] + found[-1])))
    least = float(np.quantile(probable[truth], 1 - _KEEPS)) if truth.any() else 0.0
    return {
        "score": short(found[0]),
        "cue": {name: short(one) for name, one in zip(_CALIBRATED, found[1:-1], strict=True)},
        "bias": short(found[-1]),
        "least": short(least),
    }


def fit_answerable(
    asked: Sequence[Asked], scores: Scores, names: Sequence[str], *, associative: bool
) -> dict[str, Any] | None:
    """Trees that tell questions with an answer from those without, by what their best candidates are like.

    The form of the question does not count, nor any feature that shows it: a set may word its questions without an
    answer in a way of its own (BEAM does), which tells nothing about other talk. None when all are of one kind.
    """
    usable = [(one, score) for one, score in zip(asked, scores, strict=True) if not one.remark]
    labels = np.array([one.answerable for one, _ in usable], dtype=int)
    if labels.all() or not labels.any():
        return None
    kept = [
        place
        for place, name in enumerate(names)
        if name.startswith(_TELLING) and name not in _TELLING_THE_FORM and is_used(name, associative)
    ]
    rows = [best_of(one.side(associative).features[:, kept], score) for one, score in usable]
    share = set_weights([one for one, _ in usable])
    program = lightgbm()
    data = program.Dataset(np.stack(rows), labels, weight=[share[one.set_name] for one, _ in usable])
    model = program.train(_ANSWERABLE, data, 60)
    every = list(range(rows[0].shape[0]))
    trees = [exported(tree["tree_structure"], every) for tree in model.dump_model()["tree_info"]]
    return {"features": [names[place] for place in kept], "trees": trees}

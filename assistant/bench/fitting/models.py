"""What puts evidence first: a linear sum of the features and small trees, each fitted by itself, and added.

They err differently: trees with half as much of the sum are better than either, and than trees that are fitted to what
the sum leaves. The weights of the sum move with the shape of the talk; without that it is no help.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.bench.fitting.variants import made_from
from memory.errors import UsageError
from memory.recall.features import ASSOCIATIVE
from memory.recall.linear import MOST_OFF, Linear, moved_by
from memory.recall.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from assistant.bench.fitting.asked import Asked

    Floats = NDArray[np.float32]

ROUNDS = 150
TREES: dict[str, Any] = {
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
"""Parameters of LightGBM."""

_SET_WEIGHT = 1500.0
_LEAST_ROWS = 20
_RIDGE, _STEPS = 3e-3, 80
_PART = 0.5
_SHAPE = ("asked.usual_length", "asked.usual_session", "asked.ends_asking")
_NOT_FITTED = ("asked.sessions", "asked.named", "asked.timed")


def lightgbm() -> Any:  # noqa: ANN401 - a module without types
    """LightGBM. Raises `UsageError` when the extra `fit` is not installed."""
    try:
        import lightgbm as found
        import scipy.optimize  # noqa: F401 - comes with it
    except ImportError as error:
        raise UsageError(
            "Fitting needs LightGBM, which is not installed.", "pip install 'recollect[fit]' brings it along."
        ) from error
    return found


def is_used(name: str, associative: bool) -> bool:
    """Whether a feature is fitted on; some serve to know the shape of the talk alone."""
    return name not in _NOT_FITTED and (associative or not name.startswith(ASSOCIATIVE))


def set_weights(asked: Sequence[Asked]) -> dict[str, float]:
    """How much a question of each set weighs, so that sets of very different size count alike or nearly so.

    A set with variants counts more than one without, and less than as many sets.
    """
    many = Counter(one.set_name for one in asked)
    family = Counter(made_from(name) for name in many)
    return {
        name: float(min(5.0, max(0.5, (_SET_WEIGHT / count) ** 0.7))) / math.sqrt(family[made_from(name)])
        for name, count in many.items()
    }


def fit_model(
    asked: Sequence[Asked], names: Sequence[str], *, associative: bool, rounds: int = ROUNDS
) -> dict[str, Any]:
    """`linear` and `trees` in the form of the weights file.

    Raises `UsageError` when no question has both evidence and something else among its candidates.
    """
    used = [place for place, name in enumerate(names) if is_used(name, associative)]
    share = set_weights(asked)
    parts, labels, sizes, weights = [], [], [], []
    for one in asked:
        side = one.side(associative)
        if side.evidence.any() and not side.evidence.all():
            parts.append(side.features[:, used])
            labels.append(side.evidence)
            sizes.append(len(side.evidence))
            weights.append(share[one.set_name])
    if not parts:
        raise UsageError(
            "Nothing can be fitted: of no question evidence stands among other candidates.",
            "Fitting takes questions whose `evidence` is in conversations of more than a few messages.",
        )
    matrix, evidence = np.concatenate(parts), np.concatenate(labels)
    trees = _fit_trees(matrix, evidence, sizes, np.repeat(weights, sizes), rounds)
    shape = [used.index(place) for place, name in enumerate(names) if name in _SHAPE]
    linear = _fit_linear(matrix, evidence, np.array(sizes), np.array(weights), shape)
    part = _PART * _spread(trees.predict(matrix), sizes) / _spread(linear(matrix), sizes)
    rows = np.c_[linear.mean, linear.scale, part * linear.weight].tolist()
    every = {names[place]: [short(number) for number in row] for place, row in zip(used, rows, strict=True)}
    return {
        "linear": {
            "shape": [names[used[place]] for place in shape],
            "features": dict(sorted(every.items(), key=lambda pair: -max(map(abs, pair[1][2:])))),
        },
        "trees": [exported(tree["tree_structure"], used) for tree in trees.dump_model()["tree_info"]],
    }


def scorer(model: Mapping[str, Any], names: Sequence[str]) -> tuple[Linear, Trees]:
    """What `fit_model` made, ready to score rows of all features."""
    return Linear.of(model["linear"], names), Trees.of(model["trees"], len(names))


def _spread(scores: NDArray[Any], sizes: Sequence[int]) -> float:
    """Standard deviation of scores among the candidates of a question, on average over questions."""
    return float(np.mean([part.std() for part in np.split(scores, np.cumsum(sizes)[:-1])])) + 1e-9


def _fit_trees(
    matrix: Floats, evidence: NDArray[np.bool_], sizes: Sequence[int], weights: NDArray[Any], rounds: int
) -> Any:  # noqa: ANN401 - a model of LightGBM
    program = lightgbm()
    data = program.Dataset(matrix, evidence.astype(int), group=sizes, weight=weights)
    least = min(int(TREES["min_data_in_leaf"]), max(_LEAST_ROWS, len(matrix) // 200))
    return program.train({**TREES, "min_data_in_leaf": least}, data, rounds)


def _fit_linear(
    matrix: Floats, evidence: NDArray[np.bool_], sizes: NDArray[Any], weights: NDArray[Any], shape: Sequence[int]
) -> Linear:
    """By the listwise softmax loss with a ridge (ListNet, Cao et al. 2007)."""
    from scipy.optimize import minimize

    mean, scale = matrix.mean(axis=0), matrix.std(axis=0)
    scale[scale < 1e-6] = 1e9
    inputs = (matrix - mean) / scale
    moved = moved_by(inputs[:, list(shape)])
    np.clip(inputs, -MOST_OFF, MOST_OFF, out=inputs)
    starts = np.r_[0, np.cumsum(sizes)[:-1]]
    owner = np.repeat(np.arange(len(sizes)), sizes)
    share = weights / weights.sum()
    target = evidence / np.add.reduceat(evidence.astype(np.float64), starts)[owner]
    size = (inputs.shape[1], moved.shape[1])

    def loss(found: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        score = ((inputs @ found.reshape(size).astype(np.float32)) * moved).sum(axis=1).astype(np.float64)
        most = np.maximum.reduceat(score, starts)
        grown = np.exp(score - most[owner])
        sums = np.add.reduceat(grown, starts)
        missed = np.log(sums) + most - np.add.reduceat(target * score, starts)
        off = (share[owner] * (grown / sums[owner] - target)).astype(np.float32)
        slope = (inputs.T @ (off[:, None] * moved)).ravel().astype(np.float64)
        return float(share @ missed + _RIDGE * (found @ found) / 2), slope + _RIDGE * found

    best = minimize(loss, np.zeros(size[0] * size[1]), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
    weight = best.reshape(size).astype(np.float32)
    return Linear(mean.astype(np.float32), scale.astype(np.float32), weight, np.array(shape, dtype=np.intp))


def exported(root: Mapping[str, Any], used: Sequence[int]) -> dict[str, Any]:
    """One tree as flat lists; inner nodes are numbered so that children come after their parents."""
    tree: dict[str, Any] = {"feature": [], "threshold": [], "left": [], "right": [], "leaf": []}

    def add(node: Mapping[str, Any]) -> int:
        if "leaf_value" in node:
            tree["leaf"].append(short(node["leaf_value"]))
            return -len(tree["leaf"])
        number = len(tree["feature"])
        tree["feature"].append(used[node["split_feature"]])
        tree["threshold"].append(short(node["threshold"]))
        tree["left"].append(0)
        tree["right"].append(0)
        tree["left"][number] = add(node["left_child"])
        tree["right"][number] = add(node["right_child"])
        return number

    if "leaf_value" in root:
        return {"feature": [0], "threshold": [0.0], "left": [-1], "right": [-1], "leaf": [short(root["leaf_value"])]}
    add(root)
    return tree


def short(number: float) -> float:
    """A number to six places that count."""
    return float(f"{number:.6g}")

"""Model: what weighs the features of a candidate. Small regression trees, as readable JSON, evaluated in NumPy.

The weights file also says when a cue is a remark and not a question (the gate), how a score becomes a probability (the
calibration), and what all of it was fitted on. It is written by `benchmarks/fit.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from memory.errors import RecollectError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT = 1
"""Version of the weights file; one of another version is not read."""

SHIPPED = "weights.json"
FULL, WITHOUT_ASSOCIATION = "full", "without association"
"""The two models in a weights file: the second was fitted on the same without the associative features."""


class WeightsError(RecollectError):
    """A weights file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Trees:
    """An ensemble of regression trees whose values are summed.

    Each array has a row a tree, padded. A node asks whether `feature` is at most `threshold` and goes `left`, else
    `right`; below nought these are leaves: -1 the first, -2 the second, and so on.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float32]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    leaf: NDArray[np.float32]

    def __call__(self, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """The sum over trees for each row of `matrix` (shape (rows, features)), shape (rows,)."""
        rows, trees = len(matrix), len(self.feature)
        if not rows or not trees:
            return np.zeros(rows, dtype=np.float32)
        width = self.feature.shape[1]
        offset = (np.arange(trees) * width)[None, :]
        node = np.zeros((rows, trees), dtype=np.int64)
        row = (np.arange(rows) * matrix.shape[1])[:, None]
        values = np.ascontiguousarray(matrix).ravel()
        feature, threshold = self.feature.ravel(), self.threshold.ravel()
        left, right = self.left.ravel(), self.right.ravel()
        for _ in range(width):
            inner = node >= 0
            if not inner.any():
                break
            at = np.where(inner, node, 0) + offset
            goes = np.where(values[row + feature[at]] <= threshold[at], left[at], right[at])
            node = np.where(inner, goes, node)
        leaves = -1 - node + (np.arange(trees) * self.leaf.shape[1])[None, :]
        found: NDArray[np.float32] = self.leaf.ravel()[leaves].sum(axis=1)
        return found

    @classmethod
    def of(cls, trees: Sequence[Mapping[str, Any]], features: int) -> Trees:
        """Trees over so many features, as they stand in the file.

        Raises `ValueError`, `KeyError` or `TypeError` for what are none.
        """
        width = max([1, *(len(tree["feature"]) for tree in trees)])
        leaves = max([1, *(len(tree["leaf"]) for tree in trees)])

        def padded(name: str, size: int, filler: float) -> NDArray[Any]:
            made = np.full((len(trees), size), filler, dtype=np.float64)
            for number, tree in enumerate(trees):
                values = np.array(tree[name], dtype=np.float64)
                if values.shape not in ((size,), (min(size, len(values)),)) or not np.isfinite(values).all():
                    raise ValueError(f"tree {number} has no good {name!r}")
                made[number, : len(values)] = values
            return made

        found = cls(
            padded("feature", width, 0).astype(np.int64),
            padded("threshold", width, 0).astype(np.float32),
            padded("left", width, -1).astype(np.int64),
            padded("right", width, -1).astype(np.int64),
            padded("leaf", leaves, 0).astype(np.float32),
        )
        if found.feature.min(initial=0) < 0 or found.feature.max(initial=0) >= features:
            raise ValueError("a tree asks for a feature that is not listed")
        found._check(trees)
        return found

    def _check(self, trees: Sequence[Mapping[str, Any]]) -> None:
        """Raise `ValueError` for a node that leads nowhere, or back."""
        for number, tree in enumerate(trees):
            inner, leaves = len(tree["feature"]), len(tree["leaf"])
            for side in ("left", "right"):
                for node, child in enumerate(tree[side]):
                    if not (node < child < inner or -leaves <= child < 0):
                        raise ValueError(f"node {node} of tree {number} leads nowhere")


@dataclass(frozen=True, slots=True)
class Calibration:
    """From a score to the probability that a candidate is what the cue was after: logistic in these.

    Attributes:
        score: of the model's score.
        cue: of features that are the same for all candidates of a cue (so no order changes), by name.
        bias: the rest.
        least: what is less probable than this is not relevant.
    """

    score: float
    cue: Mapping[str, float]
    bias: float
    least: float

    def __call__(self, scores: NDArray[np.float32], about: Mapping[str, float]) -> NDArray[np.float64]:
        """Probabilities of candidates with these scores, for a cue with these features."""
        shift = self.bias + sum(weight * about.get(name, 0.0) for name, weight in self.cue.items())
        found: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(self.score * scores.astype(np.float64) + shift, -30, 30)))
        return found


@dataclass(frozen=True, slots=True)
class Weights:
    """A weights file.

    Attributes:
        version: its name.
        names: the features that the trees number.
        trees, calibration: by model, `FULL` and `WITHOUT_ASSOCIATION`.
        gate: name of a number of the cue's form -> its weight in the logistic that tells a remark from a question.
        gate_bias: of that.
        provenance: what it was fitted on, and how.
    """

    version: str
    names: tuple[str, ...]
    trees: Mapping[str, Trees]
    calibration: Mapping[str, Calibration]
    gate: Mapping[str, float]
    gate_bias: float
    provenance: Mapping[str, Any]

    def is_remark(self, form: Mapping[str, float]) -> bool:
        """Whether a cue of this form is a remark, which calls for memories from many sessions, and not a question."""
        return self.gate_bias + sum(weight * form.get(name, 0.0) for name, weight in self.gate.items()) > 0

    @classmethod
    def of(cls, found: Any, where: str) -> Weights:  # noqa: ANN401 - any JSON
        """Weights as they stand in a file at `where`. Raises `WeightsError` that says what is wrong with it."""
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            version = found.get("format") if isinstance(found, dict) else None
            raise WeightsError(
                f"The weights in {where} are of format {version!r}, and this recollect reads format {FORMAT}.",
                "They are not used; fit them anew, or remove the file.",
            )
        try:
            names = tuple(str(name) for name in found["features"])
            models = found["models"]
            trees = {name: Trees.of(models[name]["trees"], len(names)) for name in (FULL, WITHOUT_ASSOCIATION)}
            calibration = {name: _calibration(models[name]["calibration"]) for name in trees}
            gate = {str(name): float(weight) for name, weight in found["gate"]["weights"].items()}
            return cls(
                str(found["version"]),
                names,
                trees,
                calibration,
                gate,
                float(found["gate"]["bias"]),
                dict(found["provenance"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise WeightsError(
                f"The weights in {where} are damaged: {error}.", "They are not used; fit them anew, or remove the file."
            ) from error


def _calibration(found: Mapping[str, Any]) -> Calibration:
    cue = {str(name): float(weight) for name, weight in found["cue"].items()}
    made = Calibration(float(found["score"]), cue, float(found["bias"]), float(found["least"]))
    if not np.isfinite([made.score, made.bias, made.least, *cue.values()]).all() or made.score <= 0:
        raise ValueError("the calibration has no good numbers")
    return made


def read_weights(path: Path) -> Weights:
    """The weights in a file. Raises `WeightsError`."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"The weights in {path} cannot be read: {error}.", "They are not used; fit them anew, or remove the file."
        ) from error
    return Weights.of(found, str(path))


@lru_cache(maxsize=1)
def shipped_weights() -> Weights:
    """The weights that come with the package. Raises `WeightsError`."""
    file = resources.files("memory.recall") / SHIPPED
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"The weights of the package cannot be read: {error}.", "Install recollect anew.") from error
    return Weights.of(found, f"the package ({SHIPPED})")

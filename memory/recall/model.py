"""Model: what weighs the features of a candidate. A linear sum and small trees, as readable JSON, evaluated in NumPy.

The weights file also says when a cue is a remark and not a question (the gate), how a score becomes a probability (the
calibration), and what all of it was fitted on. It is written by `benchmarks/fit.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from memory.errors import RecollectError
from memory.recall.linear import Linear
from memory.recall.shapes import Shapes
from memory.recall.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

FORMAT = 2
"""Version of the weights file."""

_READ = (1, FORMAT)

SHIPPED = "weights.json"
FULL, WITHOUT_ASSOCIATION = "full", "without association"
"""The two models in a weights file: the second was fitted on the same without the associative features."""


class WeightsError(RecollectError):
    """A weights file that cannot be used."""


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
class Answerable:
    """How probable it is that anything here answers a question, by what the best candidates are like.

    Attributes:
        names: of the features that count: of the best candidate, and on average of the best three.
        trees: over these and the three numbers of `of_scores`; their sum is the log-odds.
    """

    names: tuple[str, ...]
    trees: Trees

    @staticmethod
    def share(answerable: float) -> float:
        """What a probability that is given that there is an answer is multiplied by: the square of that of an answer.

        The square, as where an answer is doubtful the best candidates are so too: with it what stands among the first
        ten is evidence as often as it is said to be, and the best score tells what has no answer much better.
        """
        return answerable**2

    def __call__(self, matrix: NDArray[np.float32], scores: NDArray[np.float32]) -> float:
        """The probability, from the features `names` of candidates (shape (candidates, names)) and their scores."""
        total = float(self.trees(best_of(matrix, scores)[None, :])[0])
        return float(1 / (1 + np.exp(-np.clip(total, -30, 30))))


def best_of(matrix: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features of the best candidate, the mean of the best three's, and three numbers of the scores themselves."""
    order = np.argsort(-scores, kind="stable")[:5]
    top = scores[order]
    lead = float(top[0] - top[1]) if len(top) > 1 else 0.0
    about = np.array([top[0], lead, top.mean()], dtype=np.float32)
    found: NDArray[np.float32] = np.concatenate([matrix[order[0]], matrix[order[:3]].mean(axis=0), about])
    return found.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Weights:
    """A weights file.

    Attributes:
        version: its name.
        names: the features that the trees number.
        linear, trees, calibration: by model, `FULL` and `WITHOUT_ASSOCIATION`.
        gate: name of a number of the cue's form -> its weight in the logistic that tells a remark from a question.
        gate_bias: of that.
        answerable: by model; tells a question that has an answer here from one that has none. None where not fitted.
        shapes: the talk that was fitted on.
        provenance: what it was fitted on, and how.
    """

    version: str
    names: tuple[str, ...]
    linear: Mapping[str, Linear]
    trees: Mapping[str, Trees]
    calibration: Mapping[str, Calibration]
    gate: Mapping[str, float]
    gate_bias: float
    provenance: Mapping[str, Any]
    answerable: Mapping[str, Answerable | None] = field(default_factory=dict)
    shapes: Shapes = field(default_factory=lambda: Shapes.of([]))

    def scores(self, model: str, matrix: NDArray[np.float32]) -> NDArray[np.float32]:
        """The score of each row of `matrix` (shape (candidates, names)) by a model, shape (candidates,)."""
        found: NDArray[np.float32] = self.trees[model](matrix) + self.linear[model](matrix)
        return found

    def is_remark(self, form: Mapping[str, float]) -> bool:
        """Whether a cue of this form is a remark, which calls for memories from many sessions, and not a question."""
        return self.gate_bias + sum(weight * form.get(name, 0.0) for name, weight in self.gate.items()) > 0

    @classmethod
    def of(cls, found: Any, where: str) -> Weights:  # noqa: ANN401 - any JSON
        """Weights as they stand in a file at `where`. Raises `WeightsError` that says what is wrong with it.

        A file of format 1 has trees alone, and trusts them on every shape of talk.
        """
        if not isinstance(found, dict) or found.get("format") not in _READ:
            version = found.get("format") if isinstance(found, dict) else None
            raise WeightsError(
                f"The weights in {where} are of format {version!r}, and this recollect reads format {FORMAT}.",
                "They are not used; fit them anew, or remove the file.",
            )
        try:
            names = tuple(str(name) for name in found["features"])
            models = found["models"]
            trees = {name: Trees.of(models[name]["trees"], len(names)) for name in (FULL, WITHOUT_ASSOCIATION)}
            linear = {name: Linear.of(models[name].get("linear", {}), names) for name in trees}
            calibration = {name: _calibration(models[name]["calibration"]) for name in trees}
            gate = {str(name): float(weight) for name, weight in found["gate"]["weights"].items()}
            return cls(
                str(found["version"]),
                names,
                linear,
                trees,
                calibration,
                gate,
                float(found["gate"]["bias"]),
                dict(found["provenance"]),
                {name: _answerable(models[name].get("answerable")) for name in trees},
                Shapes.of(found.get("shapes", [])),
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


def _answerable(found: Mapping[str, Any] | None) -> Answerable | None:
    if found is None:
        return None
    names = tuple(str(name) for name in found["features"])
    return Answerable(names, Trees.of(found["trees"], 2 * len(names) + 3))


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

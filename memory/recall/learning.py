"""Learning from verdicts: a logistic fitted to what was useful and what was wrong, and a check that it does no harm.

The fit is a ridge regression around the package's own ranking: every verdict pulls, and the ridge pulls back with the
strength of `_RIDGE` verdicts on each signal. The check ranks questions of public sets, whose candidates come with the
package as a table of numbers without any text; what makes them worse is weakened, or not learned at all.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from memory.errors import RecollectError, UsageError
from memory.recall.personal import Personal, log_odds
from memory.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from memory.recall.model import Weights
    from memory.types import Feedback

    Floats = NDArray[np.float64]

MODEL = "model"
"""Name of the signal that keeps the probability by the package's weights alone."""

TABLE = "check.npz"
_RIDGE = 3.0
_LEAST_OF_EACH = 5
_MAY_LOSE = 0.002
_STRENGTHS = (1.0, 0.5, 0.25, 0.1)
_FIRST = 10


class NothingLearnedError(RecollectError):
    """What the verdicts ask for would make recall worse elsewhere."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of learning.

    Attributes:
        personal: what holds from now on.
        useful, wrong: how many verdicts of each kind it was learned from.
        strength: how much of what was fitted is used, 0 to 1; less than 1 where all of it made the check worse.
        right_before, right_after: share of pairs (one useful, one wrong) that are in the right order.
        check_before, check_after: share of the evidence of public questions among the first ten.
        questions: how many public questions were ranked.
    """

    personal: Personal
    useful: int
    wrong: int
    strength: float
    right_before: float
    right_after: float
    check_before: float
    check_after: float
    questions: int


@dataclass(frozen=True, slots=True)
class CheckTable:
    """Candidates of questions of public sets, as numbers.

    Attributes:
        version: of the package's weights it goes with.
        probability: by weights that did not see the conversation, shape (candidates,).
        signals: name of a signal -> shape (candidates,).
        question: which question each is a candidate of, counted from 0.
        evidence: whether it is evidence.
        wanted: how many pieces of evidence each question has.
    """

    version: str
    probability: Floats
    signals: Mapping[str, Floats]
    question: NDArray[np.int64]
    evidence: NDArray[np.bool_]
    wanted: Floats

    @classmethod
    def load(cls) -> CheckTable:
        """The table of the package. Raises `RecollectError` when it cannot be read."""
        file = resources.files("memory.recall") / TABLE
        try:
            with resources.as_file(file) as path, np.load(path, allow_pickle=False) as found:
                names = [str(name) for name in found["names"]]
                signals = {name: found["signals"][:, place].astype(np.float64) for place, name in enumerate(names)}
                return cls(
                    str(found["version"]),
                    found["probability"].astype(np.float64),
                    signals,
                    found["question"].astype(np.int64),
                    found["evidence"].astype(bool),
                    found["wanted"].astype(np.float64),
                )
        except (OSError, ValueError, KeyError) as error:
            raise RecollectError(
                f"The table that learning is checked with cannot be read: {error}.", "Install recollect anew."
            ) from error

    def recall(self, personal: Personal | None = None) -> float:
        """Share of the evidence among the first ten candidates, on average over questions."""
        scores = self.probability if personal is None else personal(self.probability, self.signals)
        order = np.lexsort((-scores, self.question))
        questions = self.question[order]
        starts = np.searchsorted(questions, np.arange(len(self.wanted)))
        first = np.arange(len(order)) - starts[questions] < _FIRST
        hits = np.bincount(questions[first & self.evidence[order]], minlength=len(self.wanted))
        return float(np.mean(hits / self.wanted))


def fingerprint(weights: Weights) -> str:
    """A name that other weights hardly have: their version, and a hash of the fitted numbers beside the trees."""
    calibrations = {name: asdict(one) for name, one in weights.calibration.items()}
    told = json.dumps([calibrations, dict(weights.gate), weights.gate_bias], sort_keys=True)
    return f"{weights.version}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"


def learn(given: Sequence[Feedback], version: str, table: CheckTable) -> Learned:
    """Fit to verdicts and check. `version` is that of the package's weights.

    Raises `UsageError` when there are too few verdicts, `NothingLearnedError` when what they ask for fails the check.
    """
    usable = [one for one in given if _usable(one, table)]
    labels = np.array([one.verdict is Verdict.USEFUL for one in usable], dtype=np.float64)
    useful, wrong = int(labels.sum()), int(len(labels) - labels.sum())
    if min(useful, wrong) < _LEAST_OF_EACH:
        raise UsageError(
            f"There is too little to learn from: {useful} useful and {wrong} wrong, given on recollections for a cue.",
            f"It takes {_LEAST_OF_EACH} of each; see `recollect feedback --help`.",
        )
    if table.version != version:
        raise RecollectError(
            f"The table that learning is checked with goes with weights {table.version}, and these are {version}.",
            "Install recollect anew.",
        )
    probability = np.array([one.signals[MODEL] for one in usable], dtype=np.float64)
    signals = {name: np.array([one.signals[name] for one in usable], dtype=np.float64) for name in table.signals}
    whole = _fit(probability, signals, labels, version, table)
    before = table.recall()
    tried = [(strength, whole.tempered(strength)) for strength in _STRENGTHS]
    kept = next(((s, one, after) for s, one in tried if (after := table.recall(one)) >= before - _MAY_LOSE), None)
    if kept is None:
        raise NothingLearnedError(
            f"Nothing was learned: what {useful + wrong} verdicts ask for makes the public check worse"
            f" ({before:.3f} before, {table.recall(tried[-1][1]):.3f} with a tenth of it).",
            "Recall stays as it is. Each verdict still counts for cues like its own.",
        )
    strength, personal, after = kept
    right = (_pairs(probability, labels), _pairs(personal(probability, signals), labels))
    about = {
        "learned": datetime.now(UTC).isoformat(timespec="seconds"),
        "useful": useful,
        "wrong": wrong,
        "strength": strength,
        "pairs right": {"before": round(right[0], 4), "after": round(right[1], 4)},
        "public check, evidence in the first ten": {"before": round(before, 4), "after": round(after, 4)},
    }
    personal = Personal(personal.base, personal.slope, personal.weights, personal.centre, about)
    return Learned(personal, useful, wrong, strength, *right, before, after, len(table.wanted))


def _usable(one: Feedback, table: CheckTable) -> bool:
    """Whether a verdict tells what should rank higher, and was given on a recollection whose signals are all kept."""
    judged = one.verdict in (Verdict.USEFUL, Verdict.WRONG)
    return judged and MODEL in one.signals and all(name in one.signals for name in table.signals)


def _fit(
    probability: Floats, signals: Mapping[str, Floats], labels: Floats, version: str, table: CheckTable
) -> Personal:
    """Newton's method on the logistic loss with a ridge around (1, 0, 0, …).

    Signals are scaled by their spread over the public questions, so that the ridge means the same for each. What people
    give verdicts on is no fair sample, so the bias is fitted and left out: it would change no order.
    """
    names = list(signals)
    centre = {name: float(table.signals[name].mean()) for name in names}
    spread = {name: float(table.signals[name].std()) or 1.0 for name in names}
    columns = [(signals[name] - centre[name]) / spread[name] for name in names]
    inputs = np.stack([log_odds(probability), *columns, np.ones(len(labels))], axis=1)
    start = np.zeros(inputs.shape[1])
    start[0] = 1.0
    ridge = np.full(inputs.shape[1], _RIDGE)
    ridge[0], ridge[-1] = 10 * _RIDGE, 0.1
    found = start.copy()
    for _ in range(100):
        probable = 1 / (1 + np.exp(-np.clip(inputs @ found, -30, 30)))
        slope = inputs.T @ (labels - probable) - ridge * (found - start)
        curve = (inputs * (probable * (1 - probable))[:, None]).T @ inputs + np.diag(ridge)
        step: Any = np.linalg.solve(curve, slope)
        found += np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-8:
            break
    weights = {name: float(found[place]) / spread[name] for place, name in enumerate(names, 1)}
    return Personal(version, float(max(found[0], 0.0)), weights, centre)


def _pairs(scores: Floats, labels: Floats) -> float:
    """Share of pairs of a useful and a wrong one in which the useful one scores higher; equals count half."""
    gap = scores[labels > 0][:, None] - scores[labels == 0][None, :]
    return float(np.mean((gap > 0) + 0.5 * (gap == 0)))

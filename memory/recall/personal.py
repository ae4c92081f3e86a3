"""Personal: what recall has learned from the user's own verdicts, laid over the weights of the package.

A logistic in the package's probability and the signals of the why: it starts as the package's own and is drawn back to
it, so that a few verdicts change little. It changes the order of what is recalled, not what counts as relevant.
The file `learned.json` lies beside the journal, readable by the user alone, and keeps what was learned before, so that
it can be undone.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from memory.errors import RecollectError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

FILE = "learned.json"
FORMAT = 1
_KEPT = 20
_EDGE = 1e-4


class LearnedError(RecollectError):
    """What was learned cannot be read; the package's own weights are used."""


@dataclass(frozen=True, slots=True)
class Personal:
    """What was learned for one scope.

    Attributes:
        base: version of the package's weights it is laid over; over others it means nothing.
        slope: of the package's log-odds; 1 leaves them as they are.
        weights: name of a signal -> its weight, per unit of the signal.
        centre: name of a signal -> the value at which its weight adds nothing.
        provenance: what it was learned from, when, and how the check went.
    """

    base: str
    slope: float = 1.0
    weights: Mapping[str, float] = field(default_factory=dict)
    centre: Mapping[str, float] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, probabilities: NDArray[np.float64], signals: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """The probabilities of candidates with these signals (each of shape (candidates,)), changed accordingly."""
        total = self.slope * log_odds(probabilities)
        for name, weight in self.weights.items():
            total += weight * (signals[name].astype(np.float64) - self.centre.get(name, 0.0))
        changed: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(total, -30, 30)))
        return changed

    def tempered(self, strength: float) -> Personal:
        """The same, only so strong (0 to 1)."""
        weights = {name: strength * weight for name, weight in self.weights.items()}
        return Personal(self.base, 1 + strength * (self.slope - 1), weights, self.centre, self.provenance)


def log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-odds of probabilities, which are kept off 0 and 1."""
    kept = np.clip(probabilities, _EDGE, 1 - _EDGE)
    found: NDArray[np.float64] = np.log(kept / (1 - kept))
    return found


class LearnedFile:
    """What was learned, by scope, the latest last. Raises `LearnedError` and `StorageError`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def stamp(self) -> tuple[int, int]:
        """Two numbers that change with the file; zeros when there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size

    def latest(self, scope: str) -> Personal | None:
        """What holds for the scope with this key; None when nothing was learned, or all was undone."""
        learned = self._read().get(scope)
        return learned[-1] if learned else None

    def add(self, scope: str, learned: Personal) -> None:
        """Let this hold from now on; a file that cannot be read is replaced."""
        try:
            kept = self._read()
        except LearnedError:
            kept = {}
        kept[scope] = [*kept.get(scope, []), learned][-_KEPT:]
        self._write(kept)

    def undo(self, scope: str) -> Personal | None:
        """Go back to what held before; what is undone, or None when there was nothing to undo."""
        kept = self._read()
        learned = kept.get(scope, [])
        if not learned:
            return None
        kept[scope] = learned[:-1]
        self._write(kept)
        return learned[-1]

    def clear(self, scope: str) -> None:
        """Drop all that was ever learned for a scope; a file that cannot be read goes as a whole."""
        try:
            kept = self._read()
        except LearnedError:
            self.path.unlink(missing_ok=True)
            return
        if kept.pop(scope, None) is not None:
            self._write(kept)

    def _read(self) -> dict[str, list[Personal]]:
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise self._broken(str(error)) from error
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            version = found.get("format") if isinstance(found, dict) else None
            raise self._broken(f"it is of format {version!r}, and this recollect reads format {FORMAT}")
        try:
            return {str(scope): [_checked(one) for one in kept] for scope, kept in found["scopes"].items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._broken(f"it is damaged ({error})") from error

    def _broken(self, why: str) -> LearnedError:
        return LearnedError(
            f"What was learned from your verdicts, in {self.path}, cannot be used: {why}.",
            "The weights of the package are used; `recollect learn` learns anew.",
        )

    def _write(self, kept: Mapping[str, Sequence[Personal]]) -> None:
        scopes = {scope: [asdict(one) for one in learned] for scope, learned in kept.items()}
        try:
            handle, name = tempfile.mkstemp(prefix=FILE, dir=self.path.parent)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as stream:
                    json.dump({"format": FORMAT, "scopes": scopes}, stream, ensure_ascii=False, indent=1)
                    stream.flush()
                    os.fsync(stream.fileno())
                Path(name).replace(self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StorageError(
                f"{self.path} cannot be written: {error.strerror or error}.", "Check permissions, and free some space."
            ) from error


def _checked(found: Mapping[str, Any]) -> Personal:
    weights = {str(name): float(value) for name, value in found["weights"].items()}
    centre = {str(name): float(value) for name, value in found["centre"].items()}
    made = Personal(str(found["base"]), float(found["slope"]), weights, centre, dict(found["provenance"]))
    if not all(math.isfinite(value) for value in (made.slope, *weights.values(), *centre.values())):
        raise ValueError("not all of its numbers are numbers")
    return made

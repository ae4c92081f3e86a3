"""Running all checks of a store without a test framework."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from memory.testing.checks import CHECKS, Check
from memory.testing.trial import ConformanceError, NotApplicable, Trial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memory.store import MemoryStore, Options


class Result(StrEnum):
    """How a check ended."""

    HOLDS = "holds"
    FAILS = "fails"
    NOT_APPLICABLE = "does not apply"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found.

    Attributes:
        check: which.
        result: how it ended.
        detail: what was expected and found, or why it does not apply; empty when it holds.
        seconds: how long it took.
    """

    check: Check
    result: Result
    detail: str
    seconds: float

    @property
    def held(self) -> bool:
        """Whether the store does what the check asks for."""
        return self.result is Result.HOLDS

    @property
    def failed(self) -> bool:
        """Whether the store does not."""
        return self.result is Result.FAILS


def run_checks(kind: type[MemoryStore], options: Options | None = None) -> Iterator[Outcome]:
    """Do every check, each with a store of its own in a temporary folder, and give what it found.

    On a server each works in a collection of its own, which is removed afterwards. Raises `ConfigError` when the
    options are wrong, and `StorageError` when the store cannot be opened at all.
    """
    with _trial(kind, options) as trial:
        trial.open()
    for check in CHECKS:
        with _trial(kind, options) as trial:
            start = time.perf_counter()
            result, detail = _done(check, trial)
            seconds = time.perf_counter() - start
        yield Outcome(check, result, detail, seconds)


@contextmanager
def _trial(kind: type[MemoryStore], options: Options | None) -> Iterator[Trial]:
    with tempfile.TemporaryDirectory(prefix="recollect-check-", ignore_cleanup_errors=True) as folder:
        trial = Trial(kind, Path(folder), options)
        try:
            yield trial
        finally:
            trial.end()


def _done(check: Check, trial: Trial) -> tuple[Result, str]:
    try:
        check.run(trial)
    except NotApplicable as reason:
        return Result.NOT_APPLICABLE, str(reason)
    except ConformanceError as error:
        return Result.FAILS, str(error)
    except Exception as error:  # noqa: BLE001 - a store may raise anything, and that is a finding
        return Result.FAILS, f"{type(error).__name__}: {error}"
    return Result.HOLDS, ""

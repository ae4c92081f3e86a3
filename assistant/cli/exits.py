"""The exit codes of every command."""

from __future__ import annotations

from enum import IntEnum

from memory.errors import RecollectError


class ExitCode(IntEnum):
    """What a command ends with."""

    FINE = 0
    FAILED = 1
    WRONG_USE = 2
    NOTHING = 3
    """Nothing relevant was recalled, and `--fail-if-nothing` was given; or there is no spark."""
    INTERRUPTED = 130
    """Ctrl-C or a request to end; what had come is kept."""


class StoppedError(RecollectError):
    """The user stopped it; the hint says what is kept."""

    exit_code = int(ExitCode.INTERRUPTED)

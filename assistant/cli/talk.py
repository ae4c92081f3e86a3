"""`recollect` alone: the conversation in the terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


def talk(model: str, overrides: Mapping[str, object], session: str | None) -> int:
    """Open the conversation. Raises `UsageError` where there is no terminal to hold it in."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "The conversation needs a terminal, and this is none.",
            'In a pipe or a script: `recollect ask "…"`, or `recollect run FILE`.',
        )
    from assistant.tui import run

    return run(os.environ, model=model, session=session, overrides=overrides)

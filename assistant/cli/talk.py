"""`recollect` alone: the conversation in the terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


def talk(
    model: str,
    overrides: Mapping[str, object],
    session: str | None,
    *,
    plain: bool = False,
    inline: bool = False,
) -> int:
    """Open the conversation: `plain` line by line, `inline` below what stands in the terminal.

    Without a terminal to draw in, a dumb one for instance, it is held line by line. Raises `UsageError` where there is
    neither a terminal nor `plain`.
    """
    if plain or os.environ.get("TERM") == "dumb":
        return _plain(model, overrides, session)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "The conversation needs a terminal, and this is none.",
            'In a pipe or a script: `recollect ask "…"`, `recollect run FILE`, or `recollect --plain`.',
        )
    from assistant.tui import run

    return run(os.environ, model=model, session=session, overrides=overrides, inline=inline)


def _plain(model: str, overrides: Mapping[str, object], session: str | None) -> int:
    from assistant.cli.options import Wish
    from assistant.cli.plain import plain

    with Wish(model or None, overrides).open() as assistant:
        return plain(assistant, session)

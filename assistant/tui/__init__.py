"""The terminal interface. `run` starts it; what is heavy is imported once the first frame is on the terminal."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_GRACE_SECONDS = 5.0


def run(
    environ: Mapping[str, str],
    *,
    model: str = "",
    session: str | None = None,
    overrides: Mapping[str, object] | None = None,
    inline: bool = False,
) -> int:
    """Run the interface until the user leaves.

    Args:
        environ: usually `os.environ`.
        model: the `--model` flag; empty lets the settings choose.
        session: id (or its beginning) of a session to go on with.
        overrides: other flags by dotted key, as for `Assistant.open`.
        inline: below what stands in the terminal, which then keeps the last screen in its scrollback.

    Returns 0, 130 when the system ended it or its terminal went away, 1 when it broke down.
    """
    from assistant.tui import pace

    pace.begin()
    from assistant.tui.app import RecollectApp
    from assistant.tui.hangup import outlived

    app = RecollectApp(environ, model=model, session=session, overrides=overrides, leaving=_end_in_time)
    with outlived():
        pace.run(app.run_async(inline=inline, inline_no_clear=inline))
    code = app.return_code or 0
    if not app.closed:
        _end_in_time(code)
        app.core.close()
    return code


def _end_in_time(code: int) -> None:
    """End the process even if a thread hangs in a download or an engine; the terminal and the journal are in order."""
    timer = threading.Timer(_GRACE_SECONDS, os._exit, (code,))
    timer.daemon = True
    timer.start()

"""How it ends, in a terminal of its own: told to by the system while it answers, or by the terminal going away."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import threading
import time
from pathlib import Path

import pytest
from textual.css.query import NoMatches

from assistant.app import Assistant
from assistant.drafts import Drafts
from assistant.tui.core import Core
from memory.types import Status
from tests.servers import ScriptedServer
from tests.tui.conftest import Open

_ENDS_WITHIN = 60.0
"""Seconds; a second on an idle machine, and what hangs is ended by force after five."""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_stop_is_survived_and_sigterm_keeps_what_had_come(environ: dict[str, str], tmp_path: Path) -> None:
    with ScriptedServer(["Once upon a time."], mode="slow") as server:
        variables = {
            **os.environ,
            **environ,
            "TERM": "xterm-256color",
            "RECOLLECT_BASE_URL": server.url,
            "RECOLLECT_MODEL": "scripted",
        }
        program = "import os, sys; from assistant.tui import run; sys.exit(run(os.environ))"
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(sys.executable, [sys.executable, "-c", program], variables)
        seen = read_until(terminal, b"Say something")
        os.write(terminal, b"A tale")
        os.write(terminal, b"\r")
        seen += read_until(terminal, b"Once")
        os.kill(pid, signal.SIGTSTP)
        os.waitpid(pid, os.WUNTRACED)
        while select.select([terminal], [], [], 0)[0]:
            os.read(terminal, 65536)
        os.kill(pid, signal.SIGCONT)
        seen += read_until(terminal, b"A tale")  # all is drawn anew
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGTERM)  # asked twice, it ends no less
        seen += read_until(terminal, b"\x1b[?1049l")
        drain(terminal)
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 130
    assert b"Traceback" not in seen
    with Assistant.open(environ) as assistant:
        (session,) = assistant.memory.sessions()
        kept = assistant.memory.session_messages(session.id)
    assert [(message.text, message.status) for message in kept] == [
        ("A tale", Status.COMPLETE),
        ("Once", Status.STOPPED),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(("inline", "deaf"), [(True, True), (False, False)])
def test_a_terminal_that_goes_away_ends_it_soon_and_keeps_the_draft(
    environ: dict[str, str], *, inline: bool, deaf: bool
) -> None:
    variables = {
        **os.environ,
        **environ,
        "TERM": "xterm-256color",
        "RECOLLECT_BASE_URL": "http://127.0.0.1:9",
        "RECOLLECT_MODEL": "scripted",
    }
    program = (
        "import os, signal, sys; import assistant.tui; assistant.tui._GRACE_SECONDS = 600; "  # nothing cuts it off
        f"signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP] if {deaf} else []); "
        f"sys.exit(assistant.tui.run(os.environ, inline={inline}))"
    )
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-c", program], variables)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    read_until(terminal, b"Say something")
    os.write(terminal, b"Half a thought")
    read_until(terminal, b"thought")
    os.close(terminal)
    closed, ended, status = time.monotonic(), 0, 0
    try:
        while not ended:
            assert time.monotonic() < closed + _ENDS_WITHIN, "it lives on without a terminal"
            ended, status = os.waitpid(pid, os.WNOHANG)
            select.select([], [], [], 0.02)
    finally:
        if not ended:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 130
    with Assistant.open(environ) as assistant:
        assert Drafts(assistant.locations.drafts).take() == "Half a thought"


async def test_what_goes_wrong_once_the_end_has_come_is_logged_alone(open_ui: Open, caplog) -> None:
    async with open_ui() as ui:
        ui.app.exit(return_code=130)
        ui.app._handle_exception(NoMatches("the transcript is gone"))
        assert ui.app.return_code == 130
        assert "the transcript is gone" in caplog.text
        ui.bugs.errors.clear()


def test_closing_may_outlast_the_loop(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    core, go, broken = Core(environ), threading.Event(), []
    monkeypatch.setattr(core, "close", lambda: go.wait(30))
    monkeypatch.setattr(threading, "excepthook", broken.append)

    async def leave() -> threading.Thread:
        waiting = asyncio.create_task(core.close_in_time())
        await asyncio.sleep(0)
        assert not waiting.done()
        return next(thread for thread in threading.enumerate() if thread.name == "recollect-quit")

    closing = asyncio.run(leave())
    go.set()
    closing.join(30)
    assert not closing.is_alive()
    assert not broken


def read_until(terminal: int, word: bytes, timeout: float = 60) -> bytes:
    """What comes out of the terminal until `word` has."""
    seen, deadline = b"", time.monotonic() + timeout
    while word not in seen:
        assert time.monotonic() < deadline, f"{word!r} did not come out: {seen[-400:]!r}"
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 65536)
    return seen


def drain(terminal: int) -> None:
    """Read what is left until the other side is closed."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # Linux says so when the other side is closed
        return

"""The one way in and out of the command line: errors, signals and closed streams end here, in one clear sentence."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from assistant.cli.exits import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from logging import Logger
    from types import FrameType

_STOP_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def enter(arguments: Sequence[str]) -> NoReturn:
    """Run one command line in this process and end it with the right exit code."""
    on_stop(_interrupt)
    os.umask(0o077)  # also what the stores' own engines write is the user's alone
    try:
        code = _run(arguments)
    except KeyboardInterrupt:
        code = _say("Interrupted.", "", ExitCode.INTERRUPTED)
    on_stop(_leave)
    _flush()
    if code == ExitCode.INTERRUPTED:
        _leave()  # at once: nothing is open any more, and Python may otherwise end itself by the signal
    sys.exit(int(code))


def on_stop(handler: Callable[[int, FrameType | None], object]) -> None:
    """Have Ctrl-C and requests to end call `handler`; a SIGHUP that is ignored (nohup) stays so."""
    for number in _STOP_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def _interrupt(_number: int, frame: FrameType | None) -> None:
    """End what is being done; at once while something is imported, which cannot be broken off cleanly."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            leave()
        frame = frame.f_back
    raise KeyboardInterrupt


def leave() -> NoReturn:
    """Say that it was interrupted, and end this process at once. What was said is in the journal by then."""
    _say("Interrupted.", "", ExitCode.INTERRUPTED)
    _leave()


def _leave(*_: object) -> NoReturn:
    os._exit(ExitCode.INTERRUPTED)


def _run(arguments: Sequence[str]) -> int:
    if not _streams():
        return _say("Standard output is closed.", "Give it somewhere to go, such as /dev/null.", ExitCode.FAILED)
    from memory.errors import RecollectError

    try:
        return _command(arguments) if arguments else _talk()
    except RecollectError as error:
        _log().info("ended with %s", type(error).__name__)
        return _say(error.message, error.hint, error.exit_code)
    except KeyboardInterrupt:
        return _say("Interrupted.", "", ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last resort: everything else is told from here
        return _unexpected(error)


def _command(arguments: Sequence[str]) -> int:
    from typer import Abort, Exit

    from assistant.cli.app import command

    program = command()
    try:
        with program.make_context("recollect", list(arguments)) as context:
            code = program.invoke(context)
        sys.stdout.flush()
    except Exit as end:
        code = end.exit_code
    except Abort:
        raise KeyboardInterrupt from None
    return int(code or 0)


def _talk() -> int:
    """The conversation, as most people start it: without the wait for a parser that has nothing to parse."""
    from assistant.cli.talk import talk

    return talk("", {}, None)


def _unexpected(error: Exception) -> int:
    """A wrong option, a full disk, or a fault of our own."""
    if hasattr(error, "format_message"):
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "recollect"
        code = getattr(error, "exit_code", ExitCode.WRONG_USE)
        return _say(_sentence(error.format_message()), f"`{path} --help` says what there is.", code)
    if isinstance(error, OSError) and error.errno in (errno.EPIPE, errno.EINVAL) and not error.filename:
        return ExitCode.FINE
    log_file = _log_error(error)
    if isinstance(error, OSError) and error.strerror:
        what = error.filename or "Reading or writing"
        hint = "Free some space." if error.errno == errno.ENOSPC else "Check its permissions, and that there is space."
        return _say(f"{what} failed: {error.strerror}.", hint, ExitCode.FAILED)
    hint = _where_it_is_told(log_file)
    return _say(f"Something unexpected went wrong ({type(error).__name__}).", hint, ExitCode.FAILED)


def _where_it_is_told(log_file: str) -> str:
    from assistant.logs import is_muted

    if log_file:
        return f"What happened is written to {log_file}."
    if is_muted():
        return "Nothing is written down of it, as this is incognito; without --incognito the log says more."
    return "Set RECOLLECT_HOME to a folder you may write to."


def _log_error(error: Exception) -> str:
    """Write the traceback to the log file; its path, or an empty text when that cannot be written."""
    from assistant.locations import locations
    from assistant.logs import is_muted, start_logging
    from memory.errors import RecollectError

    try:
        file = locations(os.environ).log_file
    except RecollectError:  # there is no place for it
        return ""
    if is_muted() or not start_logging(file):
        return ""
    _log().error("unexpected", exc_info=error)
    return str(file)


def _log() -> Logger:
    from logging import getLogger

    return getLogger(__name__)


def _say(message: str, hint: str, code: int) -> int:
    from assistant.display import safe

    text = f"recollect: {message}\n" + (f"  {hint}\n" if hint else "")
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(safe(text))
        sys.stderr.flush()
    return code


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _streams() -> bool:
    """Make the streams safe to use; False when standard output was closed from the start."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return sys.stdout is not None


def _flush() -> None:
    """Let the interpreter find nothing to complain about at its end when the reader of the output has left."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, sys.stdout.fileno())

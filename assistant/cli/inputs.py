"""What is given to a command as text: arguments and what is piped in."""

from __future__ import annotations

import codecs
import sys
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from memory.errors import UsageError

STANDARD_INPUT = "Standard input"
"""What standard input is called in messages."""

_MOST = 64 * 1024 * 1024
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def given(argument: str, what: str, *, argument_alone: bool = False) -> str:
    """The argument with what is piped in below it, either alone when the other is missing.

    Args:
        argument: from the command line.
        what: what to call it when there is none: "question".
        argument_alone: read nothing from a pipe when there is an argument.

    Raises `UsageError` when there is neither, or what is piped in is not text.
    """
    argument = tidy(argument)
    piped = (
        ""
        if sys.stdin.isatty() or (argument_alone and argument.strip())
        else read_text(sys.stdin.buffer, STANDARD_INPUT)
    )
    text = "\n\n".join(part for part in (argument.strip(), piped.strip("\n")) if part.strip())
    if not text:
        raise UsageError(f"There is no {what}.", f"Give the {what} as an argument, or pipe it in.")
    return text


def tidy(argument: str) -> str:
    """An argument with bytes that are no text replaced."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_file(path: str) -> str:
    """The text of a file (`-`: of standard input). Raises `UsageError` that says why it cannot be had."""
    if path == "-":
        return read_text(sys.stdin.buffer, STANDARD_INPUT)
    try:
        with Path(path).open("rb") as stream:
            return read_text(stream, path)
    except OSError as error:
        why = "is a folder" if Path(path).is_dir() else f"cannot be read: {error.strerror or error}"
        raise UsageError(f"{path} {why}.", "Name a file that you may read, or - for standard input.") from error


def read_text(stream: BinaryIO, name: str) -> str:
    """All of `stream` as text: UTF-8, or UTF-16 where its first bytes say so.

    Raises `UsageError` when it is not text, or longer than 64 MB.
    """
    data = stream.read(_MOST + 1)
    if len(data) > _MOST:
        raise UsageError(f"{name} is longer than {_MOST // 1024 // 1024} MB.", "Give less of it.")
    encoding = "utf-8"
    for mark, named in _BOMS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], named
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not text (byte {error.start + 1}).", "Give text in UTF-8.") from error
    if "\x00" in text:
        raise UsageError(f"{name} is not text: it holds NUL bytes.", "Give text in UTF-8.")
    return text


def span_of(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """The first and the last moment that two dates mean, in this machine's zone; None where none was given.

    Raises `UsageError` for what is no date, and when the first is after the last.
    """
    if since is None and until is None:
        return None, None
    from memory.recall.when import beginning, moment

    now = datetime.now().astimezone()
    first = beginning(tidy(since), now) if since is not None else None
    last = moment(tidy(until), now) if until is not None else None
    if first and last and first > last:
        raise UsageError(f"{since!r} is after {until!r}.", "Give the earlier date to --since.")
    return first, last

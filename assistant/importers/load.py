"""Carrying a file into the memory: opening it, choosing from it, remembering it in batches."""

from __future__ import annotations

import stat
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from assistant.importers.base import Importer, Item, Passed, Problem
from memory.errors import UsageError
from memory.secrets import Seen
from memory.types import NewMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from memory.memory import Memory

_KEPT_PROBLEMS = 20


@dataclass(slots=True)
class Report:
    """What an import did.

    Attributes:
        added: messages that are new in the memory.
        known: messages that it had already.
        forgotten: messages that were forgotten here and therefore not taken.
        passed: what was understood and passed over.
        problems: the first twenty pieces that could not be read.
        wrong: how many there were in all.
        conversations: the conversations seen, those that were not asked for too.
        secrets: messages in which a secret was found; it was taken out, or kept, or the message passed over, as
            `memory.secrets` has it.
    """

    added: int = 0
    known: int = 0
    forgotten: int = 0
    passed: int = 0
    problems: list[Problem] = field(default_factory=list)
    wrong: int = 0
    conversations: set[str] = field(default_factory=set)
    secrets: int = 0


@contextmanager
def opened(path: str) -> Iterator[tuple[BinaryIO, str, int]]:
    """The bytes at `path` (`-`: standard input) with what to call them and their number (0: not known).

    Raises `UsageError` that says why they cannot be had.
    """
    if path == "-":
        yield sys.stdin.buffer, "Standard input", 0
        return
    file = Path(path)
    try:
        stream = file.open("rb")
        about = file.stat()
    except OSError as error:
        why = "is a folder" if file.is_dir() else f"cannot be read: {error.strerror or error}"
        raise UsageError(f"{path} {why}.", "Name a file that you may read, or - for standard input.") from error
    with stream:
        yield stream, path, about.st_size if stat.S_ISREG(about.st_mode) else 0


def load(
    memory: Memory,
    source: Importer,
    stream: BinaryIO,
    name: str,
    *,
    conversations: Collection[str] = (),
    strict: bool = False,
    again: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Remember what `stream` holds.

    What was written stays when it is interrupted, and doing it again goes on from there, for messages are known by
    their conversation and id.

    Args:
        memory: where to.
        source: the importer of its format.
        stream, name: the input and what to call it.
        conversations: take these alone; empty takes all.
        strict: read everything first, and remember nothing when a piece of it cannot be read.
        again: take in also what was forgotten.
        progress: called with the bytes (or, where they cannot be told, messages) taken so far.

    Raises `UsageError` when there is nothing of the format in it or a conversation asked for is not.
    """
    report = Report()
    items: Iterable[Item] = source.read(stream, name)
    if strict:
        items = list(items)
        wrong = [item for item in items if isinstance(item, Problem)]
        if wrong:
            return Report(problems=wrong[:_KEPT_PROBLEMS], wrong=len(wrong))

    def seen(count: int) -> None:
        if progress:
            progress(stream.tell() if stream.seekable() else count)

    messages = _screened(_chosen(items, report, set(conversations)), report, memory)
    done = memory.remember_many(messages, seen, again=again)
    report.added, report.known, report.forgotten = done.added, done.skipped, done.forgotten
    missing = sorted(set(conversations) - report.conversations)
    if missing:
        have = ", ".join(sorted(report.conversations)[:10]) or "none"
        raise UsageError(f"{name} has no conversation {missing[0]!r}.", f"It has: {have}.")
    if not (report.added or report.known or report.forgotten or report.wrong or report.passed):
        raise UsageError(f"{name} is empty.", "Give a file with one message a line.")
    return report


def _chosen(items: Iterable[Item], report: Report, wanted: set[str]) -> Iterator[NewMessage]:
    """The messages to remember; everything else is counted."""
    for item in items:
        match item:
            case Passed():
                report.passed += 1
            case Problem():
                report.wrong += 1
                if len(report.problems) < _KEPT_PROBLEMS:
                    report.problems.append(item)
            case NewMessage():
                report.conversations.add(item.source)
                if not wanted or item.source in wanted:
                    yield item
                else:
                    report.passed += 1


def _screened(messages: Iterable[NewMessage], report: Report, memory: Memory) -> Iterator[NewMessage]:
    """The messages as they may be written; those that hold secrets are counted, and left out where such are refused."""
    screen = memory.journal.screen
    for message in messages:
        seen = screen.offered(message.text) if screen else Seen(message.text)
        report.secrets += seen is None or bool(seen.kinds)
        report.passed += seen is None
        if seen:
            yield replace(message, text=seen.text) if seen.kinds else message

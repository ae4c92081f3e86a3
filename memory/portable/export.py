"""Writing an export, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory.portable.lines import End, Header, ScopeLine
from memory.portable.writing import write
from memory.types import Scope, Selection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memory.journal import Journal
    from memory.memory import Memory
    from memory.portable.lines import Line

EVERYTHING = Selection(everything=True)


def export(memory: Memory, selection: Selection = EVERYTHING, *, everywhere: bool = False) -> Iterator[str]:
    """The lines of an export, each with its line end; at most a few hundred messages are in memory at a time.

    Args:
        memory: what is exported.
        selection: which messages, with the sessions, links and feedback that belong to them.
        everywhere: of every scope, not of the memory's own alone.
    """
    journal = memory.journal
    scopes = [Scope.of(key) for key in journal.scopes()] if everywhere else [memory.scope]
    for number, line in enumerate(_lines(journal, scopes, selection), 1):
        yield write(End(number) if isinstance(line, End) else line) + "\n"


def _lines(journal: Journal, scopes: Sequence[Scope], selection: Selection) -> Iterator[Line]:
    yield Header(tuple(scope.key for scope in scopes))
    for scope in scopes:
        yield ScopeLine(scope.key)
        yield from journal.records(scope, selection)
    yield End(0)

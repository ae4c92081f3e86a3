"""Kept: small answers of the journal, kept for as long as nothing is written to its file."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from memory.journal.rows import Part

    Key = tuple[Hashable, ...]

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound="Part")

_MOST = 512
_UNKNOWN = object()


class Kept:
    """Answers by what was asked. Safe to use from several threads.

    Args:
        revision: gives a number that is another one after any write, by this process or by another.
    """

    def __init__(self, revision: Callable[[], int]) -> None:
        self._revision = revision
        self._guard = threading.Lock()
        self._at = -1
        self._answers: dict[Key, Any] = {}
        self._writes = 0
        self._held = _Held()

    def get(self, key: Key, read: Callable[[], Any]) -> Any:  # noqa: ANN401 - any answer
        """The answer to `key`, by `read` when it is not known as of now."""
        now = self._now()
        if now == self._at:
            answer = self._answers.get(key, _UNKNOWN)
            if answer is not _UNKNOWN:
                return answer
        with self._guard:
            if now != self._at or len(self._answers) > _MOST:
                self._answers, self._at = {}, now
        answer = read()
        with self._guard:
            if self._at == now:
                self._answers[key] = answer
        return answer

    def _now(self) -> int:
        held, writes = self._held, self._writes
        if held.depth and held.writes == writes:
            return held.revision
        now = held.revision = self._revision()
        held.writes = writes
        return now

    def wrote(self) -> None:
        """Something was written by this process: what is held is looked at again."""
        self._writes += 1

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Look once for what other processes wrote, and take it that they write nothing while the block runs."""
        held = self._held
        held.depth += 1
        held.writes = -1
        try:
            yield
        finally:
            held.depth -= 1


class _Held(threading.local):
    """What a thread holds: how often, the writes of this process that it knows of, and the file's revision by then."""

    depth = 0
    writes = -1
    revision = -1


def kept(read: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Make a method of the journal that reads answer from memory until something is written.

    Its arguments must be hashable, and its answer small and not to be changed.
    """

    @wraps(read)
    def answer(self: S, /, *args: P.args, **more: P.kwargs) -> T:
        key = (read.__name__, *args, *more.items())
        found: T = self._db.kept.get(key, lambda: read(self, *args, **more))
        return found

    return answer

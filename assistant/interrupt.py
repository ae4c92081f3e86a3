"""Stopper: makes whatever a turn waits for end at once when the user stops it, from any thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Coroutine

T = TypeVar("T")


class Interrupted(Exception):  # noqa: N818
    """The user stopped the turn."""


class Stopper:
    """One turn's stop switch; made in the event loop in which it is used."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Stop; may be called from any thread, and more than once."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopped.set)

    async def race(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, or `Interrupted` as soon as the user stops. `work` is cancelled then."""
        task = asyncio.ensure_future(work)
        switch = asyncio.ensure_future(self._stopped.wait())
        try:
            await asyncio.wait({task, switch}, return_when=asyncio.FIRST_COMPLETED)
            if self._stopped.is_set():
                raise Interrupted
            return task.result()
        finally:
            await _cancel(switch)
            await _cancel(task)

    async def each(self, items: AsyncIterator[T]) -> AsyncGenerator[T]:
        """The items one by one, or `Interrupted` as soon as the user stops.

        They are taken in a task of their own, which is cancelled (and the iterator closed in it) however this ends.
        """
        queue: asyncio.Queue[tuple[T] | None] = asyncio.Queue()

        async def pump() -> None:
            try:
                async for item in items:
                    queue.put_nowait((item,))
            finally:
                queue.put_nowait(None)
                if aclose := getattr(items, "aclose", None):
                    await aclose()

        task = asyncio.ensure_future(pump())
        try:
            while (item := await self.race(queue.get())) is not None:
                yield item[0]
            await task
        finally:
            await _cancel(task)


async def _cancel(task: asyncio.Future[Any]) -> None:
    """End a task and wait until it has ended; its own error was seen by whoever waited for its result."""
    if not task.done():
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)

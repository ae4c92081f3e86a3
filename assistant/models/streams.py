"""A stream that is watched: it must begin, go on and end in time, and it is closed for certain."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from assistant.models.problems import SlowError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Ended:
    error: BaseException | None


async def watched(make: Callable[[], AsyncIterator[T]], *, first: float, between: float) -> AsyncGenerator[T]:
    """What `make()` yields, which runs in a task of its own.

    Closing this iterator cancels the task and waits for it, so that connections inside are closed when `aclose`
    returns; libraries' own generators are often left to the garbage collector. What is set in the task's context
    (tracing switched off) does not leak out of it.

    Args:
        make: makes the stream; called once, within the task.
        first: seconds that the first item may take.
        between: seconds that each further one may take.

    Raises `SlowError` when the time is up, and whatever the stream raises.
    """
    queue: asyncio.Queue[T | _Ended] = asyncio.Queue()

    async def pump() -> None:
        try:
            async for item in make():
                queue.put_nowait(item)
        except Exception as error:  # noqa: BLE001  (it is raised again where the items are read)
            queue.put_nowait(_Ended(error))
        else:
            queue.put_nowait(_Ended(None))

    task = asyncio.create_task(pump())
    limit, begun = first, False
    try:
        while True:
            try:
                async with asyncio.timeout(limit):
                    item = await queue.get()
            except TimeoutError:
                raise SlowError(limit, begun) from None
            if isinstance(item, _Ended):
                if item.error:
                    raise item.error
                return
            yield item
            limit, begun = between, True
    finally:
        task.cancel()
        await asyncio.wait([task])

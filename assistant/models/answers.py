"""One answer, whatever the wire: watched, cut at its stop texts, asked again without what the model refuses."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from assistant.models import problems
from assistant.models.base import Chunk
from assistant.models.stops import StopCutter
from assistant.models.streams import watched
from assistant.models.wires import Options, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from assistant.events import Prompt


class Answerer:
    """Asks through a wire.

    Args:
        wire: the way to the model.
        first: seconds that the first piece of an answer may take.
        between: seconds that each further one may take.
    """

    def __init__(self, wire: Wire, *, first: float, between: float) -> None:
        self._wire = wire
        self._first = first
        self._between = between
        self._refused: frozenset[str] = frozenset()

    async def answer(self, prompt: Prompt, *, max_tokens: int, temperature: float) -> AsyncGenerator[Chunk]:
        """The answer in pieces; raises errors as the libraries have them, or as in `problems`."""
        while True:
            options = Options(max_tokens, temperature, self._refused)
            begun = False
            try:
                async with aclosing(self._once(prompt, options)) as pieces:
                    async for chunk in pieces:
                        begun = begun or bool(chunk.text)
                        yield chunk
            except Exception as error:
                left = [name for name in problems.OPTIONAL if name not in self._refused]
                refused = problems.refused_parameter(error, left)
                if begun or not refused:
                    raise
                self._refused |= {refused}
            else:
                return

    async def _once(self, prompt: Prompt, options: Options) -> AsyncGenerator[Chunk]:
        cutter = StopCutter(prompt.stop)
        words = False
        source = watched(lambda: self._wire.stream(prompt, options), first=self._first, between=self._between)
        async with aclosing(source) as pieces:
            async for chunk in pieces:
                text = cutter.feed(chunk.text)
                words = words or bool(text.strip())
                if text or chunk.usage:
                    yield Chunk(text, chunk.usage)
                if cutter.stopped:
                    break
        if rest := cutter.end():
            words = words or bool(rest.strip())
            yield Chunk(rest)
        if not words:
            raise problems.EmptyAnswerError("stop")

"""Voice: a chat model asked one prompt at a time, each of which it answers once and for all."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Self

from assistant.bench.cache import answer_key
from memory.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

    from assistant.bench.cache import Cache
    from assistant.events import Prompt
    from assistant.loops import Ending
    from assistant.models.base import ChatModel, Progress


class Voice:
    """A model with the answers it gave before. A context manager, which lets go of the model at its end.

    Args:
        model: what answers.
        cache: where answers are kept, by everything that they depend on.
        temperature: as in a conversation.

    Attributes:
        asked: how many answers were made anew.
    """

    def __init__(self, model: ChatModel, cache: Cache, temperature: float) -> None:
        self.model = model
        self.asked = 0
        self._cache = cache
        self._temperature = temperature
        self._runner = asyncio.Runner()

    @property
    def name(self) -> str:
        """The model's name, with the server's address when one was given."""
        choice = self.model.choice
        return f"{choice.name} at {choice.base_url}" if choice.base_url else choice.name

    def ready(self, progress: Progress | None = None) -> None:
        """Bring the model up. Raises `ModelError` or `ArtifactError`."""
        self.run(self.model.ready(progress))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the work returns
        """The result of `work`, in the event loop that this model lives in."""
        return self._runner.run(work)

    def say(self, prompt: Prompt, max_tokens: int, ending: Ending | None = None) -> str:
        """The answer to `prompt`, from the cache when it was asked before.

        A prompt that gets no text is answered with an empty one. Raises `ModelError`.

        Args:
            prompt: what is asked.
            max_tokens: most tokens of the answer.
            ending: ends the answer where a conversation would; one answer's alone.
        """
        asked = json.dumps(
            [
                [[part.role, part.content] for part in prompt.parts],
                prompt.completion,
                list(prompt.stop),
                *([prompt.leaning] if prompt.leaning else []),
            ],
            ensure_ascii=True,
        )
        key = answer_key(self.name, asked, max_tokens, self._temperature)
        known = self._cache.answer(key)
        if known is None:
            said: str = self.run(self._stream(prompt, max_tokens, ending))
            self._cache.put_answer(key, said)
            self.asked += 1
            return said
        return (ending.take(known) + ending.end()).strip() if ending else known

    async def _stream(self, prompt: Prompt, max_tokens: int, ending: Ending | None) -> str:
        text = ""
        pieces = self.model.stream(prompt, max_tokens=max_tokens, temperature=self._temperature)
        async with aclosing(pieces):
            async for chunk in pieces:
                piece = chunk.text if text else chunk.text.lstrip()
                text += ending.take(piece) if ending else piece
                if ending and ending.over:
                    break
        return (text + (ending.end() if ending else "")).strip()

    def close(self) -> None:
        """Let go of the model; doing it twice is allowed."""
        try:
            self.run(self.model.close())
        except RuntimeError as error:
            raise ModelError(f"The model could not be let go of: {error}.") from error
        finally:
            self._runner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

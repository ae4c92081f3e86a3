"""ChatModel: what the conversation needs of a model, wherever it runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from assistant.events import Prompt, Usage

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what); total is 0 when it is not known."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which chat model was chosen, and why.

    Attributes:
        name: what the user would type to get it again: `embedded:smollm2-135m`, `openai:gpt-4o-mini`, …
        why: half a sentence for people: "set in config.toml", "OPENAI_API_KEY is set", "nothing is set".
        local: whether nothing leaves this machine when it answers.
        profile: which prompts suit it: `small` or `large`.
        base_url: the server's address when one was given; empty otherwise.
    """

    name: str
    why: str
    local: bool
    profile: str
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer; the last one carries the usage, where the server tells it."""

    text: str
    usage: Usage | None = None


class ChatModel(Protocol):
    """A model that answers prompts as a stream.

    Every method may raise `ModelError` (or `ArtifactError` while a model file is pulled), with a hint that says what to
    do. Nothing heavy is imported and nothing is connected to before `ready` is awaited.
    """

    choice: ModelChoice

    @property
    def context(self) -> int:
        """The most tokens that prompt and answer may have together; known once `ready` has returned."""
        ...

    @property
    def counts_exactly(self) -> bool:
        """Whether `count` uses the model's own tokenizer (and is not an estimate)."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether `ready` has nothing left to do."""
        ...

    async def ready(self, progress: Progress | None = None) -> None:
        """Bring the model up, pulling its file first where that is needed. Doing it twice is the same as once."""
        ...

    async def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without the few that a chat template adds around a message."""
        ...

    def stream(self, prompt: Prompt, *, max_tokens: int, temperature: float) -> AsyncGenerator[Chunk]:
        """The answer, piece by piece. Closing the iterator stops the model."""
        ...

    async def close(self) -> None:
        """Let go of engine and connections; doing it twice is allowed."""
        ...

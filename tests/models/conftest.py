"""The embedded model, brought up once, and what makes prompts and collects answers."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from assistant.events import Prompt, PromptPart, Usage
from assistant.models.base import ChatModel
from assistant.models.choose import choose
from assistant.models.create import create
from assistant.models.embedded import EmbeddedModel
from assistant.settings import Settings
from tests.servers import ScriptedServer


@dataclasses.dataclass
class Answer:
    """An answer as it came."""

    pieces: list[str]
    usage: Usage | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def chat(*texts: str, stop: tuple[str, ...] = ()) -> Prompt:
    """A chat of system, user, assistant, user, … in turn."""
    roles = ["system", *(["user", "assistant"] * len(texts))]
    parts = tuple(PromptPart(role, text, "message", 0) for role, text in zip(roles, texts, strict=False))
    return Prompt(parts, (), (), 0, 0, 0, True, False, stop)


def page(text: str, stop: tuple[str, ...] = ()) -> Prompt:
    """A page of text to be continued."""
    return Prompt((PromptPart("user", text, "message", 0),), (), (), 0, 0, 0, True, True, stop)


async def ask(model: ChatModel, prompt: Prompt, max_tokens: int = 24) -> Answer:
    """The whole answer."""
    answer = Answer([])
    async with aclosing(model.stream(prompt, max_tokens=max_tokens, temperature=0.0)) as chunks:
        async for chunk in chunks:
            answer.pieces.append(chunk.text)
            answer.usage = chunk.usage or answer.usage
    return answer


@pytest.fixture(scope="session")
def embedded(models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedModel]:
    """The default model, ready."""
    log = tmp_path_factory.mktemp("engine") / "recollect.log"
    model = create(choose(Settings(), {}, models_folder), Settings(), {}, models_folder, log)
    assert isinstance(model, EmbeddedModel)
    asyncio.run(model.ready())
    yield model
    asyncio.run(model.close())


@pytest.fixture
def served(scripted_server: ScriptedServer, tmp_path: Path) -> Callable[..., ChatModel]:
    """Makes a model of the scripted server: `served(environ, timeout=…, model=…)`."""

    def make(environ: dict[str, str] | None = None, **changes: object) -> ChatModel:
        values = {"base_url": scripted_server.url, "model": "scripted", "timeout": 5.0, **changes}
        settings = Settings(**values)  # type: ignore[arg-type]
        choice = choose(settings, environ or {}, tmp_path)
        return create(choice, settings, environ or {}, tmp_path, tmp_path / "log")

    return make

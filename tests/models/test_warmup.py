from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import prompts
from assistant.events import Usage
from assistant.models.base import ChatModel
from assistant.models.embedded import EmbeddedModel
from assistant.warmup import beginnings, warm_up
from tests.servers import ScriptedServer


async def _ask(model: ChatModel, page: bool) -> Usage:
    """The usage of an answer to a real prompt of one kind, with another message than the warm-up's."""
    chat, completion = beginnings(prompts.load("small", None))
    prompt = completion if page else chat
    last = replace(prompt.parts[-1], content=prompt.parts[-1].content + " What is my sister called?")
    usage = Usage()
    async for chunk in model.stream(replace(prompt, parts=(*prompt.parts[:-1], last)), max_tokens=8, temperature=0):
        usage = chunk.usage or usage
    return usage


def test_what_was_read_ahead_is_not_read_again(embedded: EmbeddedModel) -> None:
    async def ask() -> list[Usage]:
        await warm_up(embedded, prompts.load("small", None))
        return [await _ask(embedded, page) for page in (True, False)]

    for usage in asyncio.run(ask()):
        assert usage.prompt_tokens
        assert usage.cached_tokens
        assert usage.cached_tokens > usage.prompt_tokens * 0.9


def test_a_server_is_sent_nothing_ahead(
    served: Callable[..., ChatModel], scripted_server: ScriptedServer, tmp_path: Path
) -> None:
    asyncio.run(warm_up(served(), prompts.load("small", None)))
    assert scripted_server.bodies == []

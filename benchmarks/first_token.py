"""Time to the embedded model's first token, turn after turn, with its prompt cache used again and with it defeated.

The same conversation is had twice. The second time the first part of every prompt begins with another number, so
nothing that was read before fits. Both take turns on one engine.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assistant.app import Assistant
from assistant.context import pack
from assistant.locations import locations
from benchmarks.report import Figure, quick, show
from benchmarks.talk import cues, talk
from memory.types import Message, Role

if TYPE_CHECKING:
    from assistant.events import Prompt
    from assistant.models.base import ChatModel

_ANSWER = 12
_NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)


async def _first_token(model: ChatModel, prompt: Prompt) -> tuple[float, int]:
    """Milliseconds to the first token, and how many tokens of the prompt were reused."""
    start, first, cached = time.perf_counter(), 0.0, 0
    async with aclosing(model.stream(prompt, max_tokens=_ANSWER, temperature=0)) as chunks:
        async for chunk in chunks:
            if chunk.text and not first:
                first = (time.perf_counter() - start) * 1000
            if chunk.usage:
                cached = chunk.usage.cached_tokens or 0
    return first, cached


def _defeated(prompt: Prompt, number: int) -> Prompt:
    head = replace(prompt.parts[0], content=f"({number}) {prompt.parts[0].content}")
    return replace(prompt, parts=(head, *prompt.parts[1:]))


async def _measure(assistant: Assistant, turns: int) -> None:
    assistant.memory.remember_many(talk(200))
    model = assistant.model
    history: list[Message] = []
    start = time.perf_counter()
    await model.ready()
    loaded = (time.perf_counter() - start) * 1000
    with_cache, without, reused, sizes = [], [], [], []
    for number, cue in enumerate(cues(turns)):
        said = f"Tell me what you think. {cue.rstrip('?')}."
        recall = assistant.memory.recall(said, k=5)
        prompt = await pack(
            said, recall, history, prompts=assistant.prompts, model=model, settings=assistant.settings, now=_NOW
        )
        milliseconds, cached = await _first_token(model, prompt)
        without.append((await _first_token(model, _defeated(prompt, number)))[0])
        await _first_token(model, prompt)
        if number:
            with_cache.append(milliseconds)
            reused.append(float(cached))
            sizes.append(float(prompt.tokens))
        else:
            without.pop()
        for role, text in ((Role.USER, said), (Role.ASSISTANT, "That sounds like a lot to decide at once.")):
            id_ = f"{number}{role}"
            history.append(Message(seq=0, id=id_, role=role, text=text, session="b", exchange=id_, time=_NOW))
    show(
        f"Time to first token, {assistant.choice.name}",
        [
            Figure("prompt cache defeated", without, "ms"),
            Figure("prompt cache used again", with_cache, "ms"),
            Figure("loading the engine", [loaded], "ms"),
        ],
        "prompt cache defeated",
    )
    show("Prompts", [Figure("tokens", sizes, "tokens"), Figure("of them reused", reused, "tokens")], "tokens")
    await assistant.aclose()


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home:
        environ = {"RECOLLECT_HOME": home, "RECOLLECT_MODELS": str(locations(os.environ).models)}
        with Assistant.open(environ, model="smollm2-135m") as assistant:
            asyncio.run(_measure(assistant, 3 if quick() else 12))

"""Sparks: what the model makes of two memories that were never together. What it says is not remembered."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from assistant.clean import clean, defuse
from assistant.context import STOPS
from assistant.dates import today
from assistant.events import Prompt, PromptPart
from assistant.limits import Limits, limits_for
from assistant.loops import repeats
from assistant.notes import block, one_line
from assistant.recent import PART_TOKENS
from assistant.sizes import Sizes
from memory.errors import ModelError
from memory.types import Message, Recollection, Why
from prompts import fill

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime

    from assistant.interrupt import Stopper
    from assistant.models.base import ChatModel
    from assistant.settings import Settings
    from memory.sparks import Spark
    from prompts import PromptSet


async def spark_prompt(
    spark: Spark, *, prompts: PromptSet, model: ChatModel, settings: Settings, now: datetime
) -> Prompt:
    """Exactly what is sent to the model for a spark: the two memories as quoted notes, and what joins them.

    Raises `ModelError` when the context of the model, which must be ready, is too small for them.
    """
    limits = limits_for(prompts.profile, settings).within(model.context)
    completion = bool(prompts.page)
    content = fill(
        prompts.spark,
        first=_note(spark.first, limits),
        second=_note(spark.second, limits),
        path=" ".join(defuse(clean(spark.sentence())).split()),
        today=today(now),
    )
    said = [PromptPart("user", content, "message", 0)]
    if prompts.system and not completion:
        said.insert(0, PromptPart("system", prompts.system, "system", 0))
    counts = await Sizes(model).of([part.content for part in said])
    parts = tuple(
        PromptPart(part.role, part.content, part.kind, count + PART_TOKENS)
        for part, count in zip(said, counts, strict=True)
    )
    size, budget = sum(part.tokens for part in parts), model.context - limits.answer
    if size > budget:
        raise ModelError(
            f"The model's context of {model.context} tokens is too small for two memories of {size} tokens.",
            "Use a model with a longer context, or a shorter prompt.",
        )
    stop = STOPS if completion else ()
    return Prompt(parts, (), (), 0, size, budget, counted=model.counts_exactly, completion=completion, stop=stop)


async def idea_of(
    spark: Spark, *, prompts: PromptSet, model: ChatModel, settings: Settings, now: datetime, stopper: Stopper
) -> AsyncGenerator[str]:
    """What the model, which must be ready, makes of a spark, piece by piece.

    Raises `Interrupted` when it is stopped, and `ModelError` when the model fails or says nothing.
    """
    limits = limits_for(prompts.profile, settings).within(model.context)
    prompt = await stopper.race(spark_prompt(spark, prompts=prompts, model=model, settings=settings, now=now))
    said = ""
    chunks = model.stream(prompt, max_tokens=limits.answer, temperature=settings.temperature)
    async with aclosing(stopper.each(chunks)) as pieces:
        async for chunk in pieces:
            piece = clean(chunk.text) if said else clean(chunk.text).lstrip()
            if piece:
                said += piece
                yield piece
                if limits.end_loops and repeats(said):
                    break
    if not said.strip():
        raise ModelError("The model made nothing of it.", "Try again, or use another model.")


def _note(message: Message, limits: Limits) -> str:
    """A memory as a note: a line of its own, or each of its lines quoted."""
    alone = Recollection(message, (message,), 1.0, Why({}))
    return (block if limits.exchanges else one_line)(alone, limits.note_characters)

"""Has the embedded model read what all prompts begin with before anything is asked: its first answer comes sooner then.

Reading is what takes a small machine seconds; what was read stays in the engine's prompt cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.events import Prompt, PromptPart

if TYPE_CHECKING:
    from assistant.models.base import ChatModel
    from prompts import PromptSet


def beginnings(prompts: PromptSet) -> tuple[Prompt, ...]:
    """The stable beginning of each kind of prompt, the one for a chat first, as prompts of their own."""
    turns = [("system", prompts.system, "system")] if prompts.system else []
    for example in prompts.examples:
        turns += [("user", example.user, "example"), ("assistant", example.assistant, "example")]
    found = [_prompt([*turns, ("user", "Hello!", "message")], completion=False)]
    if prompts.page:
        found.append(_prompt([("user", prompts.page.partition("{")[0], "system")], completion=True))
    return tuple(found)


async def warm_up(model: ChatModel, prompts: PromptSet) -> None:
    """Bring an embedded model up and have it read the beginnings; a model elsewhere is left alone, as that costs money.

    Cancel it when something is asked: the engine does one thing at a time, and keeps what it has read so far. Raises
    what `ChatModel.ready` raises.
    """
    from assistant.models.embedded import EmbeddedModel

    if not isinstance(model, EmbeddedModel):
        return
    for start in beginnings(prompts):
        await model.read_ahead(start)


def _prompt(turns: list[tuple[str, str, str]], *, completion: bool) -> Prompt:
    parts = tuple(PromptPart(role, text, kind, 0) for role, text, kind in turns)
    return Prompt(parts, (), (), 0, 0, 0, counted=False, completion=completion)

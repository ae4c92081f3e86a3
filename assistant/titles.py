"""Titles that the model makes for sessions, off the path of any turn. What it says is taken only when it is a title."""

from __future__ import annotations

import re
from contextlib import aclosing
from typing import TYPE_CHECKING

from assistant.clean import clean, defuse
from assistant.display import safe_line
from assistant.events import Prompt, PromptPart
from memory.text import content_terms
from memory.types import Role
from prompts import fill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.models.base import ChatModel
    from memory.types import Message
    from prompts import PromptSet

_MESSAGES, _CHARACTERS = 4, 240
_TOKENS = 24
_LONGEST = 60
_QUOTES = re.compile(r"^[\s\"'“”„«»*#_`]+|[\s\"'“”„«»*#_`.]+$")
_LABEL = re.compile(r"^title\s*:\s*", re.IGNORECASE)


async def title_of(messages: Sequence[Message], *, model: ChatModel, prompts: PromptSet) -> str:
    """A title for the conversation that begins with `messages`; "" when the model makes none that fits.

    What it says must be one short line that shares a word with the talk: a small model that drifts names nothing.
    Raises what `ChatModel.stream` raises; the model must be ready.
    """
    talk = "\n".join(f"{_who(one)}: {_short(one.text)}" for one in messages[:_MESSAGES] if one.text.strip())
    if not talk:
        return ""
    prompt = title_prompt(talk, prompts)
    said = ""
    async with aclosing(model.stream(prompt, max_tokens=_TOKENS, temperature=0)) as chunks:
        async for chunk in chunks:
            said = (said + clean(chunk.text)).lstrip()
            if "\n" in said:
                break
    return fitting(said, talk)


def title_prompt(talk: str, prompts: PromptSet) -> Prompt:
    """Exactly what is sent for a title. `talk` is data: markers of chat templates in it are broken."""
    completion = bool(prompts.page)
    part = PromptPart("user", fill(prompts.title, talk=defuse(clean(talk))), "message", 0)
    return Prompt((part,), (), (), 0, 0, 0, counted=False, completion=completion, stop=("\n",) if completion else ())


def fitting(said: str, talk: str) -> str:
    """What was said as a title of `talk`; "" when it is none."""
    line = _LABEL.sub("", said.strip()).partition("\n")[0]
    line = safe_line(_QUOTES.sub("", line.replace("**", "").replace("`", "")))
    shared = set(content_terms(line)) & set(content_terms(talk))
    return line if 3 <= len(line) <= _LONGEST and shared else ""


def _who(message: Message) -> str:
    return safe_line(message.speaker, 40) or ("Assistant" if message.role is Role.ASSISTANT else "User")


def _short(text: str) -> str:
    return safe_line(text[: 4 * _CHARACTERS], _CHARACTERS)

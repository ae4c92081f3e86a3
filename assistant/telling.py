"""Telling: who said something and what an answer took, in the same words wherever it is shown to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.display import safe_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.events import Usage
    from memory.types import Message

_WHO = 24
_FAR_MORE = 2
_NAMES = {"user": "you", "assistant": "recollect"}


def who(message: Message, width: int = _WHO) -> str:
    """Who said it, on one line of at most `width` columns: the speaker's name, else "you", "recollect", or the role."""
    return safe_line(message.speaker, width) or _NAMES.get(message.role.value, message.role.value)


def tokens(usage: Usage | None, history: int = 0) -> str:
    """`862 tokens in of 25,400 remembered, 5 out`; empty when they are not known.

    Args:
        usage: of an answer.
        history: about how many tokens all that is remembered has; told when that is at least twice the prompt.
    """
    if usage is None or usage.prompt_tokens is None:
        return ""
    answer = f", {usage.completion_tokens:,} out" if usage.completion_tokens is not None else ""
    of_all = f" of {history:,} remembered" if history > _FAR_MORE * usage.prompt_tokens else ""
    return f"{usage.prompt_tokens:,} tokens in{of_all}{answer}"


def times(timings: Mapping[str, float]) -> list[str]:
    """How long recall, and the model up to its first word, took: `recall 14 ms`, `first word 1.2 s`."""
    names = {"recall": "recall", "first_token": "first word"}
    return [f"{name} {milliseconds(timings[key])}" for key, name in names.items() if key in timings]


def milliseconds(value: float) -> str:
    """A duration as people read it: `14 ms`, `1.2 s`."""
    return f"{value:.0f} ms" if value < 1000 else f"{value / 1000:.1f} s"

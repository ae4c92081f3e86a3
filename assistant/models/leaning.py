"""Words that an answer is to lean on, as the tokens of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.events import Prompt

NO_TOKEN = -1
"""Stands between texts that are taken apart together, and is no token of any model."""


def spelled(prompt: Prompt) -> list[str | int]:
    """What a tokenizer is to take apart: the words of a prompt's leaning, each as it stands within a line."""
    return [part for word, _ in prompt.leaning for part in (f" {word}", NO_TOKEN)]


def token_bias(prompt: Prompt, tokens: Sequence[int]) -> dict[int, float]:
    """Token -> what is added to its logit.

    A word is raised by its first token, after which the model goes on by itself; of a number every figure is. What is
    raised by one word and lowered by another is lowered.

    Args:
        prompt: with its leaning.
        tokens: what the tokenizer made of `spelled`.
    """
    found: dict[int, float] = {}
    words = iter(prompt.leaning)
    word, value, begun = *next(words, ("", 0.0)), False
    for token in tokens:
        if token == NO_TOKEN:
            word, value, begun = *next(words, ("", 0.0)), False
            continue
        if not begun or word[:1].isdigit():
            found[token] = min(value, found.get(token, value))
        begun = True
    return found

"""Sizes of texts in the model's tokens, and texts cut to a size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class Counter(Protocol):
        """What can count tokens: a `ChatModel`."""

        async def count(self, texts: Sequence[str]) -> list[int]:
            """Tokens of each text."""
            ...


_CHARACTERS_PER_TOKEN = 8
"""Hardly any text has fewer tokens than this makes of it, so that a long one need not be counted whole."""


class Sizes:
    """Counts with `model`, which remembers what it counted where that costs something."""

    def __init__(self, model: Counter) -> None:
        self._model = model

    async def of(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text."""
        return await self._model.count(texts) if texts else []

    async def one(self, text: str) -> int:
        """Tokens of `text`."""
        return (await self.of([text]))[0]

    async def fit(self, text: str, tokens: int) -> tuple[str, int]:
        """`text` cut to at most `tokens`, and how many characters were left out.

        Its beginning and its end are kept, as what is asked stands at one of them, with a line between that says how
        much is missing.
        """
        if len(text) <= tokens * _CHARACTERS_PER_TOKEN and await self.one(text) <= tokens:
            return text, 0
        keep = min(len(text), max(0, tokens) * _CHARACTERS_PER_TOKEN)
        while keep > 0:
            head, tail = keep * 2 // 3, keep - keep * 2 // 3
            left_out = len(text) - head - tail
            cut = f"{text[:head]}\n[… {left_out:,} characters left out …]\n{text[len(text) - tail :]}"
            size = await self.one(cut)
            if left_out > 0 and size <= tokens:
                return cut, left_out
            keep = min(keep - 1, keep * max(1, tokens) * 95 // (max(1, size) * 100))
        return "", len(text)

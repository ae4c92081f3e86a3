"""Evoked: what one answer had recalled, kept beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.events import Prompt
    from memory.types import Recall


class Evoked:
    """What was recalled, and the prompt in which some of it stood; either is None until it is known."""

    def __init__(self, recall: Recall | None = None, prompt: Prompt | None = None) -> None:
        self.recall = recall
        self.prompt = prompt

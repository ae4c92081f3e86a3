"""Evoked: what one answer had recalled, kept beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant.events import Prompt
    from memory.attribution import Attribution
    from memory.types import Recall


class Evoked:
    """What was recalled for an answer; what is not known yet is None or empty.

    Attributes:
        recall: what was recalled.
        prompt: the prompt in which some of it stood; known in the run of the program that made it.
        reply: id of the answer in the journal; empty until it is kept.
        question: what was said before it.
        inside: ids of the messages that stood in the prompt.
        leaning: what the answer leans on.
    """

    def __init__(
        self,
        recall: Recall | None = None,
        prompt: Prompt | None = None,
        *,
        reply: str = "",
        question: str = "",
        inside: Iterable[str] = (),
    ) -> None:
        self.recall = recall
        self.prompt = prompt
        self.reply = reply
        self.question = question
        self.inside = frozenset(inside)
        self.leaning: Attribution | None = None

    @property
    def packed(self) -> bool:
        """Whether it is known what stood in the prompt."""
        return self.prompt is not None or bool(self.reply)

    def take(self, prompt: Prompt) -> None:
        """The prompt is ready."""
        self.prompt = prompt
        self.inside = frozenset(note.message.id for note in prompt.notes)

    def shrink(self) -> None:
        """Let go of what can be read from the journal again."""
        if self.reply:
            self.recall = self.prompt = self.leaning = None

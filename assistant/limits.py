"""What goes into a prompt, and how much of it: by the model's profile, unless a setting says otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.loops import Ending

if TYPE_CHECKING:
    from assistant.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes of one prompt.

    Attributes:
        notes: most recollections in it.
        least_score: a recollection with a smaller score, and without a word of the question, bears on none.
        least_share: a recollection whose score is under this share of the best one's is no note.
        note_characters: most characters of one note's message.
        note_tokens: most tokens of all notes.
        history_tokens: most tokens of recent turns.
        message_tokens: most tokens of the user's message; 0 for as many as there is room.
        answer: most tokens of the answer.
        exchanges: a note is the whole exchange, each line of it quoted; else it is the message alone, in one line.
        best_last: notes stand in the order of their worth, the best right before the message; else in that of time.
        statements: notes are what was told, rather than questions and the model's own earlier answers.
        only_follow_ups: recent turns go in only with a message that refers back to them.
        notes_in_chat: notes go into a chat too, and not only into a page for completion.
        end_loops: an answer is ended when it repeats itself without end.
        one_sentence: an answer from notes is ended after its first sentence.
        favour: how much the words of the notes are raised in an answer from them; see `assistant.leaning`. 0 for not.
    """

    notes: int
    least_score: float
    least_share: float
    note_characters: int
    note_tokens: int
    history_tokens: int
    message_tokens: int
    answer: int
    exchanges: bool
    best_last: bool
    statements: bool
    only_follow_ups: bool
    notes_in_chat: bool
    end_loops: bool
    one_sentence: bool
    favour: float

    @property
    def recalled(self) -> int:
        """How many recollections to ask the memory for: some stand in the recent turns already, some are too long."""
        return self.notes + 4

    def ending(self, *, completion: bool) -> Ending:
        """Where an answer is ended; `completion` says whether it goes on from a page of notes."""
        return Ending(loops=self.end_loops, one_sentence=self.one_sentence and completion)

    def within(self, context: int) -> Limits:
        """The same for a model of `context` tokens: the answer at most a quarter of it, recent turns another."""
        return replace(
            self, answer=min(self.answer, context // 4), history_tokens=min(self.history_tokens, context // 4)
        )


PROFILES = {
    # Measured with SmolLM2-135M: it believes the note next to the question, loses itself in more than three, repeats
    # the turns before it, takes its own old mistakes for facts, and can only chat when no notes stand in the way.
    "small": Limits(
        notes=3,
        least_score=0.1,
        least_share=0.3,
        note_characters=320,
        note_tokens=420,
        history_tokens=300,
        message_tokens=1200,
        answer=160,
        exchanges=False,
        best_last=True,
        statements=True,
        only_follow_ups=True,
        notes_in_chat=False,
        end_loops=True,
        one_sentence=True,
        favour=3.0,
    ),
    "large": Limits(
        notes=12,
        least_score=0.0,
        least_share=0.0,
        note_characters=1200,
        note_tokens=3000,
        history_tokens=6000,
        message_tokens=0,
        answer=2048,
        exchanges=True,
        best_last=False,
        statements=False,
        only_follow_ups=False,
        notes_in_chat=True,
        end_loops=False,
        one_sentence=False,
        favour=0.0,
    ),
}


def limits_for(profile: str, settings: Settings) -> Limits:
    """The limits of a profile (`small` or `large`), with what the settings say in place of its own."""
    base = PROFILES[profile]
    return replace(
        base,
        notes=settings.recall.notes or base.notes,
        note_tokens=settings.recall.tokens or base.note_tokens,
        answer=settings.answer.max_tokens or base.answer,
    )

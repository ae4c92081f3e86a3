"""Packs a prompt: the stable part first, then recent turns, then the notes with the message, within a token budget.

What stands first does not change from turn to turn, so that the model's prompt cache is used again: the system text and
the examples never do, and recent turns grow at their end until they are cut back in one large step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.clean import defuse
from assistant.dates import today
from assistant.events import Prompt, PromptPart
from assistant.leaning import leaning, unknowing
from assistant.limits import Limits, limits_for
from assistant.notes import block, one_line
from assistant.packing.around import asks
from assistant.packing.choose import Chosen, Room, choose, noted
from assistant.packing.versions import Versions
from assistant.recent import PART_TOKENS, Recent, recent
from assistant.sizes import Sizes
from assistant.wording import is_of_self, is_question, refers_back, tells
from memory.errors import ModelError
from memory.text import content_terms
from memory.types import Message, Origin, Recall, Recollection, Role
from prompts import fill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from assistant.models.base import ChatModel
    from assistant.packing.note import Beside, Note
    from assistant.settings import Settings
    from prompts import PromptSet

RECENT = 8
"""So many of the last messages stand in nearly every prompt, and need not be recalled."""

STOPS = ("\n",)
_LEAST_MESSAGE = 24
_MARGIN = 4
"""Tokens that may appear where two counted texts are joined."""


async def pack(
    text: str,
    recall: Recall,
    turns: Sequence[Message],
    *,
    prompts: PromptSet,
    model: ChatModel,
    settings: Settings,
    now: datetime,
    around: Mapping[str, Beside] | None = None,
) -> Prompt:
    """Exactly what is sent to the model for `text`.

    Args:
        text: the user's message.
        recall: what it evoked; the best find room first.
        turns: the session's messages before it, in order.
        prompts: the wording.
        model: whose tokens are counted; it must be ready.
        settings: limits set by the user.
        now: for the date that stands beside the message.
        around: what has to stand beside a recollection, by the id of its message; see `packing.around.surroundings`.

    Raises `ModelError` when the model's context is too small for the system text and a message.
    """
    limits = limits_for(prompts.profile, settings).within(model.context)
    budget = model.context - limits.answer
    packer = _Packer(prompts, Sizes(model), limits, budget, today(now), model.counts_exactly, around or {})
    if prompts.page and _notes_answer(text, recall, limits.least_score):
        return await packer.page(text, recall, turns)
    if limits.only_follow_ups and not refers_back(text):
        return await packer.chat(text, recall, turns, shown=Recent(dropped=len(turns)))
    return await packer.chat(text, recall, turns)


def _notes_answer(text: str, recall: Recall, least: float) -> bool:
    """Whether `text` is a question that is answered from what was recalled.

    It is when that bears on it, or may have to be looked for there: a question about the user is no general knowledge,
    and a page of notes says so better than a chat. What goes on from the talk ("And of Spain?") needs something that
    tells; else it is answered from the turns before, as general questions are from what the model knows.
    """
    if not is_question(text):
        return False
    if any(_tells(each.message) for each in recall.recollections):
        return _bears(recall, least) or is_of_self(text)
    return bool(recall.recollections) and not refers_back(text)


def _bears(recall: Recall, least: float) -> bool:
    """Whether something that was recalled tells something about the cue: with a score of `least`, or in its words."""
    telling = [each for each in recall.recollections if _tells(each.message)]
    return any(each.score >= least or any(content_terms(term) for term in each.why.terms) for each in telling)


def _tells(message: Message) -> bool:
    """Whether a message tells something: it is no question, and not what a model once answered here."""
    answered = message.role is Role.ASSISTANT and message.origin is Origin.CHAT
    return not answered and not asks(message.text)


def _note_tells(note: Note) -> bool:
    """Whether a note tells something; a question does when its answer stands beside it."""
    return _tells(note.message) or (note.beside.after is not None and _tells(note.beside.after))


@dataclass(frozen=True, slots=True)
class _Packer:
    prompts: PromptSet
    sizes: Sizes
    limits: Limits
    budget: int
    today: str
    counted: bool
    around: Mapping[str, Beside]

    async def chat(self, text: str, recall: Recall, turns: Sequence[Message], shown: Recent | None = None) -> Prompt:
        """System text, examples, recent turns (or those given), and the user's turn with its notes."""
        stable = await self._stable(text)
        shown = shown or await recent(turns, self.limits.history_tokens, self.sizes)
        parts = (*stable, *shown.parts)
        return await self._close(parts, shown, text, recall, completion=False)

    async def page(self, text: str, recall: Recall, turns: Sequence[Message]) -> Prompt:
        """A page of examples that ends in the notes and the question, to be continued as plain text."""
        head = self.prompts.page.partition("{")[0]
        part = PromptPart("user", head, "system", await self.sizes.one(head) + _MARGIN)
        return await self._close((part,), Recent(dropped=len(turns)), text, recall, completion=True)

    async def _stable(self, text: str) -> tuple[PromptPart, ...]:
        examples = self.prompts.told if self.prompts.told and tells(text) else self.prompts.examples
        texts = [("system", self.prompts.system, "system")] if self.prompts.system else []
        for example in examples:
            texts += [("user", example.user, "example"), ("assistant", example.assistant, "example")]
        counts = await self.sizes.of([text for _, text, _ in texts])
        return tuple(
            PromptPart(role, text, kind, count + PART_TOKENS)
            for (role, text, kind), count in zip(texts, counts, strict=True)
        )

    async def _close(
        self, before: tuple[PromptPart, ...], shown: Recent, text: str, recall: Recall, *, completion: bool
    ) -> Prompt:
        """The prompt whose parts are `before` and the user's turn, filled up with notes."""
        room = self.budget - sum(part.tokens for part in before) - PART_TOKENS - _MARGIN
        frame = await self.sizes.one(self._turn("", None, completion=completion))
        room -= frame
        if room < _LEAST_MESSAGE:
            raise ModelError(
                f"The model's context of {self.budget + self.limits.answer} tokens is too small for the prompts.",
                "Use a model with a longer context, or shorter prompts and answers.",
            )
        most = min(room, self.limits.message_tokens or room)
        said = " ".join(text.split()) if completion else text  # a page's question is one line, whatever breaks lines
        message, cut = await self.sizes.fit(defuse(said), most)
        chosen, left_out = await self._notes(recall, shown, room - await self.sizes.one(message), completion=completion)
        while True:
            content = self._turn(message, chosen, completion=completion)
            size = await self.sizes.one(content)
            if size <= room + frame or not chosen.notes:
                break
            left_out = (*left_out, chosen.notes.pop().recollection)
        part = PromptPart("user", content, "message", size + PART_TOKENS)
        return Prompt(
            parts=(*before, part),
            notes=tuple(note.recollection for note in chosen.ordered(best_last=self.limits.best_last)),
            left_out=left_out,
            dropped_turns=shown.dropped,
            tokens=sum(each.tokens for each in (*before, part)),
            budget=self.budget,
            counted=self.counted,
            completion=completion,
            stop=STOPS if completion else (),
            cut_characters=cut,
            leaning=self._leaning(text, chosen, recall) if completion else (),
        )

    async def _notes(
        self, recall: Recall, shown: Recent, room: int, *, completion: bool
    ) -> tuple[Chosen, tuple[Recollection, ...]]:
        """The best notes that find room, and the recollections that do not stand in one."""
        wanted = [each for each in recall.recollections if each.message.id not in shown.shown]
        pinned = [each for each in recall.pinned if each.message.id not in shown.shown]
        if not completion and self.prompts.page and not self.limits.notes_in_chat:
            return Chosen([], Versions([])), (*wanted, *pinned)
        found, again = noted(wanted, self.around, self.limits.note_characters)
        notes = self._worthy(found)
        worthy = {note.message.id for note in notes}
        passed = [*(note.recollection for note in found if note.message.id not in worthy), *again]
        pins, _ = noted(pinned, self.around, self.limits.note_characters)
        notes += pins  # after all that was evoked: a pin takes only a place that would have stayed empty
        versions = Versions(notes)
        costs = await self.sizes.of([self._note(each) for each in versions.marked(notes)])
        fit = Room(self.limits.notes, min(room, self.limits.note_tokens), by_exchange=self.limits.exchanges)
        chosen, left_out = choose(notes, costs, fit, versions)
        return chosen, (*(note.recollection for note in left_out), *passed)

    def _worthy(self, notes: Sequence[Note]) -> list[Note]:
        """The notes that are not far below the best one; where some tell something, of those alone."""
        telling = [note for note in notes if _note_tells(note)] if self.limits.statements else []
        kept = telling or list(notes)
        least = self.limits.least_share * max((note.recollection.score for note in kept), default=0.0)
        return [note for note in kept if note.recollection.score >= least]

    def _note(self, note: Note) -> str:
        render = block if self.limits.exchanges else one_line
        return render(note.recollection, self.limits.note_characters, note.beside)

    def _leaning(self, question: str, chosen: Chosen, recall: Recall) -> tuple[tuple[str, float], ...]:
        """What the answer leans on, where the profile has it so: the notes, or if none bears on it, not knowing."""
        if not self.limits.favour:
            return ()
        if not _bears(recall, self.limits.least_score):
            return unknowing(self.limits.favour)
        notes = chosen.ordered(best_last=self.limits.best_last)
        written = "\n".join(map(self._note, notes))
        return leaning(notes, written, question, self.limits.favour)

    def _turn(self, message: str, chosen: Chosen | None, *, completion: bool) -> str:
        """The user's turn as it is sent."""
        once: dict[str, Note] = {}
        for each in chosen.ordered(best_last=self.limits.best_last) if chosen else ():
            once.setdefault(each.message.exchange if self.limits.exchanges else each.message.id, each)
        written = "\n".join(map(self._note, once.values()))
        if completion:
            return fill(self._page_tail, notes=written, message=message, today=self.today)
        template = self.prompts.notes if once else self.prompts.message
        return fill(template, notes=written, message=message, today=self.today)

    @property
    def _page_tail(self) -> str:
        _, brace, tail = self.prompts.page.partition("{")
        return brace + tail

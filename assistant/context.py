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
from assistant.limits import Limits, limits_for
from assistant.notes import block, in_time_order, one_line
from assistant.recent import PART_TOKENS, Recent, recent
from assistant.sizes import Sizes
from assistant.wording import is_question, refers_back, tells
from memory.errors import ModelError
from memory.types import Message, Origin, Recall, Recollection, Role
from prompts import fill

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from assistant.models.base import ChatModel
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

    Raises `ModelError` when the model's context is too small for the system text and a message.
    """
    limits = limits_for(prompts.profile, settings).within(model.context)
    budget = model.context - limits.answer
    packer = _Packer(prompts, Sizes(model), limits, budget, today(now), model.counts_exactly)
    if prompts.page and _notes_answer(text, recall):
        return await packer.page(text, recall, turns)
    if limits.only_follow_ups and not refers_back(text):
        return await packer.chat(text, recall, turns, shown=Recent(dropped=len(turns)))
    return await packer.chat(text, recall, turns)


def _notes_answer(text: str, recall: Recall) -> bool:
    """Whether `text` is a question that what was recalled may answer; one that goes on from the talk only if it tells.

    What follows up on a question without a memory ("And of Spain?") is answered from the turns before it instead.
    """
    if not is_question(text):
        return False
    told = recall.recollections
    return any(_tells(each.message) for each in told) if refers_back(text) else bool(told)


def _tells(message: Message) -> bool:
    """Whether a message tells something: it is no question, and not what a model once answered here."""
    answered = message.role is Role.ASSISTANT and message.origin is Origin.CHAT
    return not answered and not message.text.rstrip().endswith("?")


@dataclass(frozen=True, slots=True)
class _Packer:
    prompts: PromptSet
    sizes: Sizes
    limits: Limits
    budget: int
    today: str
    counted: bool

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
        frame = await self.sizes.one(self._turn("", [], completion=completion))
        room -= frame
        if room < _LEAST_MESSAGE:
            raise ModelError(
                f"The model's context of {self.budget + self.limits.answer} tokens is too small for the prompts.",
                "Use a model with a longer context, or shorter prompts and answers.",
            )
        most = min(room, self.limits.message_tokens or room)
        message, cut = await self.sizes.fit(defuse(text), most)
        notes, left_out = await self._notes(recall, shown, room - await self.sizes.one(message), completion=completion)
        while True:
            content = self._turn(message, notes, completion=completion)
            size = await self.sizes.one(content)
            if size <= room + frame or not notes:
                break
            left_out = (*left_out, notes.pop())
        part = PromptPart("user", content, "message", size + PART_TOKENS)
        return Prompt(
            parts=(*before, part),
            notes=tuple(self._ordered(notes)),
            left_out=left_out,
            dropped_turns=shown.dropped,
            tokens=sum(each.tokens for each in (*before, part)),
            budget=self.budget,
            counted=self.counted,
            completion=completion,
            stop=STOPS if completion else (),
            cut_characters=cut,
        )

    async def _notes(
        self, recall: Recall, shown: Recent, room: int, *, completion: bool
    ) -> tuple[list[Recollection], tuple[Recollection, ...]]:
        """The best recollections that find room, best first, and those that do not."""
        room = min(room, self.limits.note_tokens)
        wanted = [each for each in recall.recollections if each.message.id not in shown.shown]
        pinned = [each for each in recall.pinned if each.message.id not in shown.shown]
        if not completion and self.prompts.page and not self.limits.notes_in_chat:
            return [], (*wanted, *pinned)
        least = self.limits.least_share * max((each.score for each in wanted), default=0.0)
        passed = [each for each in wanted if each.score < least]
        wanted = [each for each in wanted if each.score >= least]
        if self.limits.statements and any(_tells(each.message) for each in wanted):
            passed += [each for each in wanted if not _tells(each.message)]
            wanted = [each for each in wanted if _tells(each.message)]
        wanted += pinned  # after all that was evoked: a pin takes only a place that would have stayed empty
        costs = await self.sizes.of([self._note(each) for each in wanted])
        chosen: list[Recollection] = []
        left_out: list[Recollection] = []
        exchanges: set[str] = set()
        for each, cost in zip(wanted, costs, strict=True):
            again = self.limits.exchanges and each.message.exchange in exchanges
            if again or (len(chosen) < self.limits.notes and cost + 2 <= room):
                chosen.append(each)
                room -= 0 if again else cost + 2
                exchanges.add(each.message.exchange)
            else:
                left_out.append(each)
        return chosen, (*left_out, *passed)

    def _ordered(self, notes: Iterable[Recollection]) -> list[Recollection]:
        """Notes, given best first, in the order in which they stand in the prompt."""
        return list(reversed(list(notes))) if self.limits.best_last else in_time_order(notes)

    def _note(self, recollection: Recollection) -> str:
        render = block if self.limits.exchanges else one_line
        return render(recollection, self.limits.note_characters)

    def _turn(self, message: str, notes: Sequence[Recollection], *, completion: bool) -> str:
        """The user's turn as it is sent."""
        once: dict[str, Recollection] = {}
        for each in notes:
            once.setdefault(each.message.exchange if self.limits.exchanges else each.message.id, each)
        written = "\n".join(self._note(each) for each in self._ordered(once.values()))
        if completion:
            return fill(self._page_tail, notes=written, message=message, today=self.today)
        template = self.prompts.notes if notes else self.prompts.message
        return fill(template, notes=written, message=message, today=self.today)

    @property
    def _page_tail(self) -> str:
        _, brace, tail = self.prompts.page.partition("{")
        return brace + tail

"""Chat: one conversation. Each turn recalls, packs, streams and remembers, and says so as a stream of typed events."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assistant.clean import clean
from assistant.context import RECENT, pack
from assistant.events import (
    Answered,
    Committed,
    Failed,
    ModelLoading,
    Packed,
    Prompt,
    Recalled,
    Screened,
    Stopped,
    Token,
    TurnEvent,
    Usage,
)
from assistant.history import history_of, still_known, unanswered
from assistant.interrupt import Interrupted, Stopper
from assistant.limits import limits_for
from assistant.packing.around import surroundings
from assistant.wording import cue_of
from memory.errors import ModelError, RecollectError, UsageError
from memory.journal import new_id
from memory.lookback import keep
from memory.pinned import with_pins
from memory.secrets import Screen, Seen
from memory.types import Message, NewMessage, Recall, Role, Status

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from assistant.models.base import ChatModel
    from assistant.packing.note import Beside
    from assistant.settings import Settings
    from memory.memory import Memory
    from prompts import PromptSet

_log = logging.getLogger(__name__)
_CONTEXT = 4


class _Turn:
    """What one turn has brought so far."""

    def __init__(self, text: str, question: Message | None = None) -> None:
        self.text = text
        self.started = time.perf_counter()
        self.question = question
        self.recall: Recall | None = None
        self.prompt: Prompt | None = None
        self.answer: list[str] = []
        self.usage = Usage()
        self.timings: dict[str, float] = {}
        self.settled = False
        self.seen: Seen | None = None

    @property
    def length(self) -> int:
        """Characters of the answer so far."""
        return sum(map(len, self.answer))

    def take(self, text: str) -> str:
        """Add a piece of the answer; returns what may be shown of it. An answer does not begin with blanks."""
        piece = clean(text) if self.answer else clean(text).lstrip()
        if piece:
            if not self.answer:
                self.mark("first_token")
            self.answer.append(piece)
        return piece

    def mark(self, name: str) -> None:
        """Note the milliseconds since the turn began."""
        self.timings[name] = (time.perf_counter() - self.started) * 1000


class Chat:
    """One conversation. One turn at a time; `stop` may be called from any thread.

    Args:
        memory: where messages are kept and recalled from.
        model: what answers.
        prompts: the wording.
        settings: limits.
        session: id of the session; its messages are read from the memory.
        remember: False writes nothing at all; the conversation lives as long as this object.
        recall: False recalls nothing.
    """

    def __init__(
        self,
        *,
        memory: Memory,
        model: ChatModel,
        prompts: PromptSet,
        settings: Settings,
        session: str,
        remember: bool = True,
        recall: bool = True,
    ) -> None:
        self.session = session
        self.remember = remember
        self.recall = recall
        self.history: list[Message] = []
        self._aside = set(memory.aside(session))
        self._memory = memory
        self.reread()
        self._model = model
        self._prompts = prompts
        self._settings = settings
        self._stopper: Stopper | None = None
        self._screen = Screen(settings.memory.secrets)
        self._limits = limits_for(prompts.profile, settings)
        self._lock = threading.Lock()

    def reread(self) -> None:
        """Go on from what is remembered of the session now: something was forgotten, or brought back. Blocks."""
        self.history[:] = history_of(self._memory, self.session, self.history)

    def go_on_from(self, before: Chat, until: Message | None = None) -> None:
        """Take over a conversation that is written nowhere; with `until` as if it and what followed were not said."""
        at = before.history.index(until) if until else len(before.history)
        self.session = before.session
        self._aside |= before._aside | {one.id for one in before.history[at:]}
        self.history[:] = before.history[:at]

    def stop(self) -> None:
        """End the turn that is running: it ends with `Stopped`, and what had come is kept and marked."""
        with self._lock:
            if self._stopper:
                self._stopper.stop()

    async def preview(self, text: str) -> Prompt:
        """Exactly what a turn that says `text` would send now; nothing is kept. Raises what recall and model raise."""
        text = clean(text)
        earlier = list(self.history)
        recall = await asyncio.to_thread(self._recall, text, None, earlier)
        around = await asyncio.to_thread(self._around, recall, None, earlier)
        await self._model.ready()
        return await self._pack(text, recall, earlier, around)

    async def _pack(self, text: str, recall: Recall, earlier: list[Message], around: Mapping[str, Beside]) -> Prompt:
        return await pack(
            text,
            recall,
            earlier,
            prompts=self._prompts,
            model=self._model,
            settings=self._settings,
            now=_now(),
            around=around,
        )

    async def turn(self, text: str) -> AsyncGenerator[TurnEvent]:
        """Say `text`; the events of the turn in order, the last one `Answered`, `Stopped` or `Failed`.

        Closing the generator or cancelling its task keeps and marks what had come. Raises `UsageError`, before
        anything happens, when there is nothing to say or the last turn is still running, and `SecretError` when the
        text holds a secret and such are refused.
        """
        text = clean(text)
        seen = await asyncio.to_thread(self._screen.see, text) if self.remember else Seen(text)
        text = seen.text
        if not text.strip():
            raise UsageError("There is nothing to answer: the message is empty.", "Say something.")
        if seen.kinds:
            yield Screened(seen)
        async with aclosing(self._turn(_Turn(text))) as events:
            async for event in events:
                yield event

    async def again(self) -> AsyncGenerator[TurnEvent]:
        """Answer the last message once more; the events are those of a turn. The answer before is kept.

        From then on the new answer stands for the exchange; the old one is neither shown to the model nor recalled in
        this conversation. Raises `UsageError` when nothing was said yet or a turn is running.
        """
        await self._let_go()
        at = next((at for at in reversed(range(len(self.history))) if self.history[at].role is Role.USER), None)
        if at is None:
            raise UsageError("There is nothing to answer again: nothing was said yet.", "Say something first.")
        question = self.history[at]
        async with aclosing(self._turn(_Turn(question.text, question))) as events:
            async for event in events:
                yield event

    async def _turn(self, turn: _Turn) -> AsyncGenerator[TurnEvent]:
        with self._lock:
            if self._stopper:
                raise UsageError("The last answer is still being written.", "Wait for it, or stop it first.")
            stopper = self._stopper = Stopper()
        before = self._taken_back(turn.question)
        try:
            async with aclosing(self._events(turn, stopper)) as events:
                async for event in events:
                    yield event
            end = await self._end(turn, Status.COMPLETE)
        except Interrupted:
            end = await self._end(turn, Status.STOPPED)
        except RecollectError as error:
            end = await self._end(turn, Status.FAILED, error)
        finally:
            self._abandon(turn)
            if not turn.length:
                self.history.extend(before)
            with self._lock:
                self._stopper = None
        if turn.seen:
            yield Screened(turn.seen)
        yield end

    def _taken_back(self, question: Message | None) -> list[Message]:
        """Take a question that is answered again, and its answer, out of the history; returns the answer."""
        if question is None:
            return []
        at = self.history.index(question)
        answer = self.history[at + 1 :]
        del self.history[at:]
        self._aside.update(message.id for message in answer)
        return answer

    async def _events(self, turn: _Turn, stopper: Stopper) -> AsyncGenerator[TurnEvent]:
        await self._let_go()
        earlier = list(self.history)
        question = turn.question
        if question is None:
            question = turn.question = await asyncio.to_thread(self._say, turn.text)
        self.history.append(question)
        yield Committed(question if self.remember else None)

        recall = await stopper.race(asyncio.to_thread(self._recall, turn.text, question, earlier))
        turn.recall = recall
        turn.timings["recall"] = recall.timings.get("total", 0.0)
        yield Recalled(recall)
        around = await stopper.race(asyncio.to_thread(self._around, recall, question, earlier))

        if not self._model.is_ready:
            yield ModelLoading(self._model.choice.name)
        await stopper.race(self._model.ready())
        prompt = turn.prompt = await stopper.race(self._pack(turn.text, recall, earlier, around))
        yield Packed(prompt)

        limits = self._limits.within(self._model.context)
        ending = limits.ending(completion=prompt.completion)
        chunks = self._model.stream(turn.prompt, max_tokens=limits.answer, temperature=self._settings.temperature)
        async with aclosing(stopper.each(chunks)) as pieces:
            async for chunk in pieces:
                turn.usage = chunk.usage or turn.usage
                if piece := turn.take(ending.take(chunk.text)):
                    yield Token(piece)
                if ending.over:
                    _log.info("the answer was ended: %s", "it went in circles" if ending.circles else "one sentence")
                    break
        if piece := turn.take(ending.end()):
            yield Token(piece)
        if not turn.length:
            raise ModelError("The model gave no answer.", "Try again, or say it in other words.")

    async def _let_go(self) -> None:
        """Send no more what another program has forgotten meanwhile."""
        self.history[:] = await asyncio.to_thread(still_known, self._memory, list(self.history))

    def _say(self, text: str) -> Message:
        """The user's message, in the journal unless this conversation is not remembered."""
        return self._store(NewMessage(role=Role.USER, text=text, session=self.session))

    def _store(self, message: NewMessage) -> Message:
        if self.remember:
            return self._memory.remember(message)
        made = new_id()
        return Message(
            seq=0,
            id=made,
            role=message.role,
            text=message.text,
            session=self.session,
            exchange=message.reply_to or made,
            time=_now(),
            status=message.status,
            model=message.model,
            used=message.used,
        )

    def _recall(self, text: str, question: Message | None, earlier: list[Message]) -> Recall:
        """What `text` evokes. A memory that cannot be searched costs the recollections, never the answer."""
        cue = cue_of(text, earlier)
        if not self.recall:
            return Recall(cue=cue, recollections=(), timings={})
        exclude = self._in_prompt(question, earlier)
        try:
            context = [message.text for message in earlier[-_CONTEXT:]]
            found = self._memory.recall(cue, k=self._limits.recalled, exclude=exclude, context=context)
            return with_pins(found, self._memory, exclude)
        except RecollectError as error:
            _log.warning("recall failed: %s", error)
            return Recall(cue=cue, recollections=(), timings={}, notes=(str(error),))

    def _around(self, recall: Recall, question: Message | None, earlier: list[Message]) -> dict[str, Beside]:
        """What has to stand beside the recollections; when the memory cannot say, they stand alone."""
        try:
            return surroundings(self._memory, recall.recollections, self._in_prompt(question, earlier))
        except RecollectError as error:
            _log.warning("what stands around the recollections is not known: %s", error)
            return {}

    def _in_prompt(self, question: Message | None, earlier: list[Message]) -> set[str]:
        """Ids of what stands in the prompt anyway (a question said again does too), or is of another course of this."""
        recent = () if self._limits.only_follow_ups else earlier[-RECENT:]
        again = unanswered(question.text, earlier) if question else ()
        return {*([question.id] if question else ()), *self._aside, *again, *(message.id for message in recent)}

    def _abandon(self, turn: _Turn) -> None:
        """Keep what had come when the turn was cancelled or closed; not awaited, as a second cancel would lose it."""
        if turn.settled:
            return
        try:
            self._keep(turn, Status.STOPPED)
        except RecollectError as error:
            _log.error("an answer of %d characters was cancelled and could not be kept: %s", turn.length, error)

    async def _end(self, turn: _Turn, status: Status, error: RecollectError | None = None) -> TurnEvent:
        turn.mark("total")
        text = "".join(turn.answer)
        turn.usage = await self._usage(turn, text)
        name = self._model.choice.name
        message: Message | None = None
        if turn.question:
            try:
                message = await asyncio.to_thread(self._keep, turn, status)
            except RecollectError as lost:
                return Failed(lost, text, None)
        shown = message if self.remember else None
        _log.info("turn %s: %s", status.value, {name: round(value) for name, value in turn.timings.items()})
        if error:
            return Failed(error, text, shown)
        if status is Status.STOPPED:
            return Stopped(text, shown, name, turn.timings, turn.usage)
        return Answered(text, shown, turn.usage, name, turn.timings)

    async def _usage(self, turn: _Turn, text: str) -> Usage:
        """The tokens of the turn; counted here when the answer was ended before the server told them."""
        if turn.usage != Usage() or not text or not turn.prompt:
            return turn.usage
        try:
            return Usage(turn.prompt.tokens, (await self._model.count([text]))[0], counted=True)
        except RecollectError as error:
            _log.warning("the tokens of the answer are not known: %s", error)
            return turn.usage

    def _keep(self, turn: _Turn, status: Status) -> Message | None:
        """Put the answer, whole or not, into the journal and the history; None when nothing had come."""
        turn.settled = True
        text = "".join(turn.answer)
        if not text.strip() or not turn.question:
            return None
        if self.remember and (seen := self._screen.answered(text)).kinds:
            text, turn.seen = seen.text, seen
        message = self._store(
            NewMessage(
                role=Role.ASSISTANT,
                text=text,
                session=self.session,
                reply_to=turn.question.id,
                status=status,
                model=self._model.choice.name,
                used=tuple(note.message.id for note in turn.prompt.notes) if turn.prompt else (),
                prompt_tokens=turn.usage.prompt_tokens,
                completion_tokens=turn.usage.completion_tokens,
            )
        )
        self.history.append(message)
        self._keep_recall(message, turn)
        return message

    def _keep_recall(self, reply: Message, turn: _Turn) -> None:
        """Keep with the answer what was recalled for it; what fails here costs nothing that was said."""
        if not self.remember or not turn.recall or not turn.prompt:
            return
        try:
            keep(self._memory, reply.id, turn.recall, reply.used)
        except RecollectError as error:
            _log.warning("what was recalled for an answer could not be kept: %s", error)


def _now() -> datetime:
    return datetime.now(UTC)

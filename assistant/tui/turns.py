"""How the events of a turn are shown in a transcript; imported when the first one comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.events import (
    Answered,
    Committed,
    Failed,
    ModelLoading,
    Packed,
    Recalled,
    Screened,
    Stopped,
    Token,
    TurnEvent,
)
from assistant.telling import milliseconds
from assistant.tui.texts import one_line
from assistant.tui.widgets.sayings import Answer, Remark
from memory.types import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.tui.widgets.talk import Talk
    from memory.errors import RecollectError
    from memory.types import Message


async def show(talk: Talk, answer: Answer, event: TurnEvent) -> None:
    """Bring `answer` and the conversation up to what has happened."""
    evoked = answer.item.evoked
    match event:
        case Screened(seen):
            await talk.add(Remark(seen.sentence()))
        case Committed(message):
            talk.heard(message)
        case Recalled(recall):
            evoked.recall = recall
            _doing(talk, answer, "getting the prompt ready")
            talk.post_message(talk.Evoking(evoked))
        case ModelLoading(name):
            _doing(talk, answer, f"getting {one_line(name, 40)} ready")
        case Packed(prompt):
            evoked.take(prompt)
            _doing(talk, answer, "thinking")
            talk.post_message(talk.Evoking(evoked))
        case Token(text):
            _first(talk, answer)
            answer.feed(text)
        case Answered(text=text, message=message, usage=usage, timings=timings):
            answer.end(text, Status.COMPLETE, _note(answer, timings))
            _kept(talk, answer, message)
            talk.turn_over(usage, timings)
        case Stopped(text=text, message=message, timings=timings):
            answer.end(text, Status.STOPPED, _note(answer, timings))
            _kept(talk, answer, message)
            talk.turn_over(None, timings)
        case Failed(error=error, text=text):
            await _fail(talk, answer, error, text)


def _first(talk: Talk, answer: Answer) -> None:
    if not answer.text:
        answer.waiting("")
        talk.post_message(talk.Activity("answering"))


def _doing(talk: Talk, answer: Answer, what: str) -> None:
    if not answer.text:
        answer.waiting(what)
    talk.post_message(talk.Activity(what))


def _kept(talk: Talk, answer: Answer, message: Message | None) -> None:
    """The answer is in the journal under an id (None: it is not remembered)."""
    if message:
        answer.item.id = answer.item.evoked.reply = message.id
        talk.post_message(talk.Kept(answer))


def _note(answer: Answer, timings: Mapping[str, float]) -> str:
    """What stands below an answer: how much was recalled for it, and how long it took."""
    prompt = answer.item.evoked.prompt
    notes = len(prompt.notes) if prompt else 0
    parts = [f"{notes} recalled" if notes else "nothing recalled"]
    if prompt and prompt.cut_characters:
        parts.append(f"{prompt.cut_characters:,} characters of your message did not fit")
    if total := timings.get("total"):
        parts.append(milliseconds(total))
    return " · ".join(parts)


async def _fail(talk: Talk, answer: Answer, error: RecollectError, text: str) -> None:
    """Show the error in place. What was said comes back into the composer when nothing was answered."""
    if text.strip():
        answer.end(text, Status.FAILED)
    else:
        await answer.remove()
        talk.give_back()
    await talk.trouble(error)
    talk.turn_over(None, {})

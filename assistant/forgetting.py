"""Forgetting as people ask for it: what they mean, and everything that has to let go of it.

The memory forgets its journal and indexes. What else this program may have written down on the way (its logs) is swept
here; see `assistant.sweeping`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from memory.errors import UsageError
from memory.types import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from assistant.app import Assistant
    from memory.memory import Memory
    from memory.types import Forgotten, Message, Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be forgotten, in the user's words. At most one of ids, about, containing and retention is said.

    Attributes:
        ids: messages and sessions, or beginnings of their ids.
        about: a cue; the exchanges of what it evokes are meant.
        most: how many recollections `about` may take.
        containing: exchanges with a message in which this stands are meant; upper and lower case are alike.
        since, until: only what was said then; with nothing else all of it.
        retention: what is too old, or too much, by the settings.
        alone: messages without the rest of their exchanges.
        doubted: with `retention` also what is too old by a clock that is not believed yet.
    """

    ids: tuple[str, ...] = ()
    about: str = ""
    most: int = 10
    containing: str = ""
    since: datetime | None = None
    until: datetime | None = None
    retention: bool = False
    alone: bool = False
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Doomed:
    """What that means: messages and sessions, what can be said of the sessions that were named, and doubts to tell."""

    selection: Selection
    sessions: tuple[Session, ...] = ()
    doubt: str = ""


def meant(assistant: Assistant, wanted: Wanted, *, look: bool = False) -> Doomed:
    """What is meant; with `look` nothing is written for it.

    Raises `UsageError` for an id that means nothing or two things, and for an empty cue or text.
    """
    memory = assistant.memory
    span = Selection(since=wanted.since, until=wanted.until)
    if wanted.ids:
        return _named(memory, wanted, span)
    found: list[Message] | None = None
    if wanted.about:
        recall = memory.recall(wanted.about, k=wanted.most)
        found = [each.message for each in recall.recollections]
    elif wanted.containing:
        found = list(_containing(memory, wanted.containing))
    if found is not None:
        return Doomed(replace(span, messages=_ids(memory, found, alone=wanted.alone)))
    if wanted.retention:
        from assistant.retention import outlived

        old = outlived(assistant, record=not look, asked=True)
        ids = (*old.gone, *old.held) if wanted.doubted else old.gone
        return Doomed(Selection(messages=ids), doubt=old.doubt)
    return Doomed(replace(span, everything=True))


def forget(assistant: Assistant, selection: Selection, *, dry_run: bool = False, undoable: bool = False) -> Forgotten:
    """Forget what is selected, everywhere; with `dry_run` only say what would go. See `Memory.forget`."""
    memory = assistant.memory
    if dry_run:
        return memory.forget_selected(selection, dry_run=True)
    from assistant.sweeping import Sweep

    sweep = Sweep(memory, assistant.locations)
    sweep.look(memory.journal.messages(memory.scope, selection))
    gone = memory.forget_selected(selection, undoable=undoable)
    if gone.messages:
        sweep.clean()
    return gone


def _named(memory: Memory, wanted: Wanted, span: Selection) -> Doomed:
    messages: list[Message] = []
    sessions: dict[str, Session] = {}
    for id_ in wanted.ids:
        message, no_message = _try(memory.find, id_)
        session, _ = _try(memory.session, id_)
        if message and session:
            raise UsageError(
                f"{id_!r} is the beginning of both a message's and a session's id.", "Give more of the id."
            )
        if session:
            sessions[session.id] = session
        elif message:
            messages.append(message)
        elif no_message:
            raise UsageError(
                f"{id_!r} names no one message and no one session: {no_message.message}",
                "`recollect recall` and `recollect sessions` show ids.",
            )
    selection = replace(span, messages=_ids(memory, messages, alone=wanted.alone), sessions=tuple(sessions))
    return Doomed(selection, tuple(sessions.values()))


def _try(find: Callable[[str], T], id_: str) -> tuple[T | None, UsageError | None]:
    """What is found under an id, or the reason why not."""
    try:
        return find(id_), None
    except UsageError as error:
        return None, error


def _containing(memory: Memory, text: str) -> Iterable[Message]:
    wanted = " ".join(text.split()).casefold()
    if not wanted:
        raise UsageError("There is no text to look for.", "Write: recollect forget --containing TEXT.")
    for message in memory.journal.messages(memory.scope, Selection(everything=True)):
        if wanted in " ".join(message.text.split()).casefold():
            yield message


def _ids(memory: Memory, found: Iterable[Message], *, alone: bool) -> tuple[str, ...]:
    """The ids of these messages, with those of their exchanges unless they go alone."""
    messages = list(found)
    ids = [message.id for message in messages]
    if not alone:
        exchanges = memory.journal.exchange(list(dict.fromkeys(message.exchange for message in messages)))
        ids += [each.id for exchange in exchanges.values() for each in exchange]
    return tuple(dict.fromkeys(ids))

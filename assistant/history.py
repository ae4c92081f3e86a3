"""What a conversation has said so far, as the model is told of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from memory.errors import StorageError
from memory.types import Message, Origin, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memory.memory import Memory

_log = logging.getLogger(__name__)
_MOST = 400


def history_of(memory: Memory, session: str, before: Sequence[Message] = ()) -> list[Message]:
    """The last messages of a session, for a branch with what it shares; of several answers to one message the last.

    `before` is the history until now: what it shares with another session stays when nothing of its own is left to
    lead there, as when the first exchange of a branch was just taken back.
    """
    found = memory.thread(session, _MOST)
    led = any(one.session != session for one in found)
    shared = [] if led else [one for one in before if one.session != session]
    return latest_answers([*shared, *found])


def still_known(memory: Memory, messages: Sequence[Message]) -> list[Message]:
    """`messages` without those that were forgotten meanwhile, in this program or in another one.

    What was never written stays, and so does all of it when the memory cannot be asked.
    """
    try:
        places = memory.journal.places([one.id for one in messages if one.seq])
    except StorageError as error:
        _log.warning("whether something was forgotten meanwhile is not known: %s", error)
        return list(messages)
    return [one for one in messages if not one.seq or one.seq in places]


def latest_answers(messages: Sequence[Message]) -> list[Message]:
    """`messages` without answers that were given again: of several to one message, one after the other, the last."""
    after = (*messages[1:], None)
    return [one for one, next_ in zip(messages, after, strict=False) if next_ is None or not _replaces(next_, one)]


def unanswered(text: str, messages: Sequence[Message]) -> list[str]:
    """Ids of the messages of this text that got no answer."""
    answered = {one.exchange for one in messages if one.role is Role.ASSISTANT}
    return [one.id for one in messages if one.text == text and one.exchange not in answered]


def _replaces(after: Message, before: Message) -> bool:
    both = (after, before)
    return after.exchange == before.exchange and all(
        one.role is Role.ASSISTANT and one.origin is Origin.CHAT for one in both
    )

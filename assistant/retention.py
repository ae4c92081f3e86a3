"""Retention: forgetting what is older, or more, than the settings allow. Off unless they say otherwise.

Age goes by the clock, and a clock may be wrong while what is forgotten is gone. So nothing is forgotten by a time that
is much later than any before it until that is borne out (see `memory.journal.clock`), and the user is told of it.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from memory.errors import RecollectError, UsageError
from memory.journal.retention import Keep
from memory.types import Selection

if TYPE_CHECKING:
    from assistant.app import Assistant
    from memory.journal.clock import Clock

_log = logging.getLogger(__name__)
_MEGABYTE = 1_000_000
_LEAST_LEAP = timedelta(days=7)
_LEAP_SHARE = 10


@dataclass(frozen=True, slots=True)
class Outlived:
    """What is not to be kept.

    Attributes:
        gone: ids of messages that are to go, oldest first.
        held: ids of messages that would go too if the clock could be believed.
        doubt: what to tell the user of those; "" when there are none.
    """

    gone: tuple[str, ...]
    held: tuple[str, ...] = ()
    doubt: str = ""


def outlived(assistant: Assistant, *, record: bool = True, asked: bool = False) -> Outlived:
    """What is not to be kept now. Raises `UsageError` when everything is kept.

    With `record` it is kept that the clock was seen; without it nothing is written. `asked`: the user asks for it now.
    """
    if not _limited(assistant):
        raise UsageError(
            "Everything is kept: memory.keep_days and memory.keep_megabytes are not set.",
            "Set one of them in config.toml; `recollect config` shows where that is.",
        )
    now, journal, scope = datetime.now(UTC), assistant.memory.journal, assistant.memory.scope
    clock = _clock(assistant, now, record=record, asked=asked)
    gone = journal.outlived(scope, _keep(assistant, clock.trusted), now)
    if clock.doubted is None:
        return Outlived(tuple(gone))
    known = set(gone)
    held = tuple(id_ for id_ in journal.outlived(scope, _keep(assistant, now), now) if id_ not in known)
    return Outlived(tuple(gone), held, _told(held, clock, now, assistant.settings.memory.keep_days))


def held_back(assistant: Assistant) -> str:
    """What to tell the user when something is too old by a clock that is not believed yet; "" mostly. It blocks.

    It costs one small reading while the clock is believed. What cannot be read or written is logged.
    """
    if assistant.incognito or not assistant.settings.memory.keep_days:
        return ""
    try:
        if _clock(assistant, datetime.now(UTC), record=not assistant.memory.journal.read_only).doubted is None:
            return ""
        return outlived(assistant, record=False).doubt
    except RecollectError as error:
        _log.warning("what has outlived its time is not known: %s", error)
        return ""


def believe(assistant: Assistant) -> None:
    """Believe the clock from now on: the user was asked. Raises `StorageError`."""
    if assistant.settings.memory.keep_days:
        assistant.memory.journal.believe_clock(datetime.now(UTC))


def start(assistant: Assistant) -> threading.Thread | None:
    """Forget what is not to be kept, in a thread; None when everything is kept. What is held back is logged."""
    if assistant.incognito or not _limited(assistant):
        return None
    thread = threading.Thread(target=_apply, args=(assistant,), name="recollect-retention", daemon=True)
    thread.start()
    return thread


def _apply(assistant: Assistant) -> None:
    from assistant.forgetting import forget

    try:
        found = outlived(assistant)
        if found.doubt:
            _log.warning("%s", found.doubt)
        gone = forget(assistant, Selection(messages=found.gone))
    except RecollectError as error:
        _log.warning("what has outlived its time could not be forgotten: %s", error)
    else:
        _log.info("%d messages had outlived their time and are forgotten", len(gone.messages))


def _limited(assistant: Assistant) -> bool:
    return bool(assistant.settings.memory.keep_days or assistant.settings.memory.keep_megabytes)


def _clock(assistant: Assistant, now: datetime, *, record: bool, asked: bool = False) -> Clock:
    """The clock, doubted when it is ahead by more than a week and more than a tenth of what `keep_days` says."""
    leap = max(_LEAST_LEAP, timedelta(days=assistant.settings.memory.keep_days / _LEAP_SHARE))
    return assistant.memory.journal.see_clock(now, leap, record=record, asked=asked)


def _keep(assistant: Assistant, now: datetime | None) -> Keep:
    """What is kept at a time; by age everything when there is none."""
    chosen = assistant.settings.memory
    since = now - timedelta(days=chosen.keep_days) if now and chosen.keep_days else None
    return Keep(since, round(chosen.keep_megabytes * _MEGABYTE) if chosen.keep_megabytes else None)


def _told(held: tuple[str, ...], clock: Clock, now: datetime, days: int) -> str:
    if not held:
        return ""
    from assistant.display import when

    what = "1 message is" if len(held) == 1 else f"{len(held):,} messages are"
    last = f"it said {when(clock.trusted)} when it was last believed" if clock.trusted else "nothing bears it out yet"
    return (
        f"By the clock of this machine ({when(now)}) {what} older than memory.keep_days = {days} allows; but {last}, "
        "so nothing of that is forgotten before the clock has gone on for a day from there. If the date is right: "
        "say yes to `recollect forget --retention`. If it is wrong: set the clock."
    )

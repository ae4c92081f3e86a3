"""Retention: forgetting what is older, or more, than the settings allow. Off unless they say otherwise."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from memory.errors import RecollectError, UsageError
from memory.journal.retention import Keep
from memory.types import Selection

if TYPE_CHECKING:
    from assistant.app import Assistant

_log = logging.getLogger(__name__)
_MEGABYTE = 1_000_000


def outdated(assistant: Assistant) -> list[str]:
    """The ids of messages that are not to be kept now, oldest first. Raises `UsageError` when everything is kept."""
    keep = _keep(assistant)
    if keep is None:
        raise UsageError(
            "Everything is kept: memory.keep_days and memory.keep_megabytes are not set.",
            "Set one of them in config.toml; `recollect config` shows where that is.",
        )
    return assistant.memory.journal.outlived(assistant.memory.scope, keep)


def start(assistant: Assistant) -> threading.Thread | None:
    """Forget what is not to be kept, in a thread; None when everything is kept."""
    if assistant.incognito or _keep(assistant) is None:
        return None
    thread = threading.Thread(target=_apply, args=(assistant,), name="recollect-retention", daemon=True)
    thread.start()
    return thread


def _apply(assistant: Assistant) -> None:
    from assistant.forgetting import forget

    try:
        gone = forget(assistant, Selection(messages=tuple(outdated(assistant))))
    except RecollectError as error:
        _log.warning("what has outlived its time could not be forgotten: %s", error)
    else:
        _log.info("%d messages had outlived their time and are forgotten", len(gone.messages))


def _keep(assistant: Assistant) -> Keep | None:
    chosen = assistant.settings.memory
    since = datetime.now(UTC) - timedelta(days=chosen.keep_days) if chosen.keep_days else None
    size = round(chosen.keep_megabytes * _MEGABYTE) if chosen.keep_megabytes else None
    return Keep(since, size) if since or size is not None else None

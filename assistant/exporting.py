"""Writes messages as JSON lines that `recollect import` reads again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from memory.types import Message


def write_messages(messages: Iterable[Message], path: Path) -> None:
    """Write one message a line, in the journal's order, into a file that the user alone may read.

    Raises `UsageError` when it cannot be written.
    """
    try:
        path.touch(mode=0o600, exist_ok=True)
        with path.open("w", encoding="utf-8") as file:
            for one in sorted(messages, key=lambda each: each.seq):
                file.write(json.dumps(_line(one), ensure_ascii=False) + "\n")
    except OSError as error:
        raise UsageError(
            f"The file {path} cannot be written: {error.strerror}.", "Name a file in a folder that you may write to."
        ) from error


def _line(message: Message) -> dict[str, object]:
    return {
        "type": "message",
        "conversation": message.source or "recollect",
        "session": message.session,
        "id": message.source_id or message.id,
        "speaker": message.speaker,
        "role": message.role.value,
        "time": message.time.isoformat() if message.time else None,
        "text": message.text,
    }

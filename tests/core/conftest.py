from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.app import Assistant
from assistant.chat import Chat
from assistant.events import Prompt, TurnEvent
from assistant.models.base import Chunk, ModelChoice, Progress
from memory.types import Message, Origin, Recall, Recollection, Role, Status, Why
from tests.servers import ScriptedServer

NOON = datetime(2024, 5, 7, 12, tzinfo=UTC)


class Counting:
    """A model that counts (a token for every three characters, as long words have several) and says one fixed thing."""

    counts_exactly = True
    is_ready = True

    def __init__(self, context: int = 4096, profile: str = "large") -> None:
        self.context = context
        self.choice = ModelChoice("counting", "a test", True, profile)
        self.counted: list[str] = []

    async def ready(self, progress: Progress | None = None) -> None:
        pass

    async def count(self, texts: Sequence[str]) -> list[int]:
        self.counted.extend(texts)
        return [-(-len(text.encode("utf-8", "replace")) // 3) for text in texts]

    async def stream(self, prompt: Prompt, *, max_tokens: int, temperature: float) -> AsyncIterator[Chunk]:
        yield Chunk("Fine.")

    async def close(self) -> None:
        pass


def said(text: str, number: int = 0, role: Role = Role.USER, **more: object) -> Message:
    """A message as a journal would give it back."""
    made = {
        "seq": number,
        "id": f"message{number:05d}",
        "role": role,
        "text": text,
        "session": "s",
        "exchange": f"message{number:05d}",
        "time": NOON + timedelta(minutes=number),
        "status": Status.COMPLETE,
        "origin": Origin.CHAT,
    }
    return Message(**(made | more))  # type: ignore[arg-type]


def recalled(*messages: Message, terms: tuple[str, ...] = ()) -> Recall:
    """These messages as recollections, best first."""
    found = tuple(
        Recollection(each, (each,), 1 - place / 100, Why({"meaning": 0.5}, (), terms))
        for place, each in enumerate(messages)
    )
    return Recall("cue", found, {"total": 1.0})


@pytest.fixture
def environ(scripted_server: ScriptedServer, models_folder: Path) -> dict[str, str]:
    return {
        "RECOLLECT_HOME": os.environ["RECOLLECT_HOME"],
        "RECOLLECT_MODELS": str(models_folder),
        "RECOLLECT_BASE_URL": scripted_server.url,
        "RECOLLECT_MODEL": "scripted",
        "RECOLLECT_TIMEOUT": "10",
    }


@pytest.fixture
def assistant(environ: dict[str, str]) -> Iterator[Assistant]:
    with Assistant.open(environ) as opened:
        yield opened


async def say(chat: Chat, text: str) -> list[TurnEvent]:
    return [event async for event in chat.turn(text)]


def stored(home: Path) -> list[tuple[str, str, str]]:
    """What the journal's file holds, read by another connection."""
    with sqlite3.connect(home / "memory" / "journal.db") as connection:
        return connection.execute("SELECT role, text, status FROM messages ORDER BY seq").fetchall()

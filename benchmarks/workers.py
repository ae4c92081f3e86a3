"""Processes that use one memory at once, and that may be killed: what `kills` and `writers` start.

Each tells what was acknowledged to it in lines on a pipe, at once, so that it is known after a kill.
"""

from __future__ import annotations

import asyncio
import os
import zlib
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.chat import Chat
from assistant.events import Answered, Committed, Prompt, Usage
from assistant.models.base import Chunk, ModelChoice
from assistant.settings import Settings
from memory.memory import Memory
from memory.types import NewMessage, Origin, Role, Scope

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from numpy.typing import NDArray

NAMES = ("tiny-a", "tiny-b")
"""Embedders to change over between."""

_SCOPE = Scope()


class Tiny:
    """An embedder that costs nothing: each word has a vector of its own, and a text has the sum of them."""

    def __init__(self, name: str = NAMES[0]) -> None:
        self.name, self.dimension = name, 48 if name == NAMES[0] else 32

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [self._sum(text.lower().split()) for text in texts]
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)

    def _sum(self, words: list[str]) -> NDArray[np.float64]:
        seeds = [zlib.crc32(f"{self.name} {word}".encode()) for word in words or [""]]
        total: NDArray[np.float64] = np.sum(
            [np.random.default_rng(seed).normal(size=self.dimension) for seed in seeds], axis=0
        )
        return total


class Echo:
    """A chat model that says what it was asked, in pieces; `wait` seconds lie before each."""

    def __init__(self, wait: float = 0.0) -> None:
        self.choice = ModelChoice("echo", "for measuring", local=True, profile="large")
        self.context, self.counts_exactly, self.is_ready = 8192, False, True
        self._wait = wait

    async def ready(self, progress: object = None) -> None:
        """Nothing to do."""

    async def count(self, texts: Sequence[str]) -> list[int]:
        return [len(text) // 4 + 1 for text in texts]

    async def stream(self, prompt: Prompt, *, max_tokens: int, temperature: float) -> AsyncGenerator[Chunk]:  # noqa: ARG002
        for word in prompt.parts[-1].content.split()[-12:]:
            await asyncio.sleep(self._wait)
            yield Chunk(f"{word} ")
        yield Chunk("", Usage())

    async def close(self) -> None:
        """Nothing to do."""


class Told:
    """Lines to whoever started this process; one is written whole or not at all."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe

    def __call__(self, *words: object) -> None:
        os.write(self._pipe, (" ".join(map(str, words)) + "\n").encode())


def opened(folder: Path, *, background: bool = True) -> Memory:
    """The memory in `folder`, with whichever embedder it was changed over to last."""
    from memory.journal.choices import chosen_at

    chosen = chosen_at(folder / "journal.db")
    name = chosen.embedder if chosen else NAMES[0]
    store = chosen.store if chosen else "chroma"
    return Memory.open(folder, embedder=Tiny(name), store=store, background=background, follow=Tiny)


def chat(folder: Path, run: str, told: Told) -> None:
    """Turns without an end: `+ id token` for each message that was acknowledged."""
    import prompts

    async def talk() -> None:
        with opened(folder) as memory:
            one = Chat(
                memory=memory,
                model=Echo(0.002),
                prompts=prompts.load("large"),
                settings=Settings(),
                session=f"chat-{run}",
            )
            told("begun")
            for number in count():
                async for event in one.turn(f"{run}c{number} reminds me of {run}c{number // 2}"):
                    match event:
                        case Committed(message) if message:
                            told("+", message.id, f"{run}c{number}")
                        case Answered(_, message) if message:
                            told("+", message.id, "-")

    asyncio.run(talk())


def imports(folder: Path, _run: str, told: Told) -> None:
    """The same thousand messages again and again, as one who imports a file once more."""
    with opened(folder) as memory:
        told("begun")
        for turn in count():
            for start in range(0, 1000, 50):
                batch = [
                    NewMessage(
                        Role.USER, f"import {n} of the diary of Lea", f"i{n % 7}", source="file", source_id=f"{n}",
                        origin=Origin.IMPORT,
                    )
                    for n in range(start, start + 50)
                ]  # fmt: skip
                memory.remember_many(batch)
                told("=", start, start + 50, turn)


def forget(folder: Path, run: str, told: Told) -> None:
    """Say two things, forget one: `? id` before it is forgotten and `- id` once that was acknowledged."""
    with opened(folder) as memory:
        told("begun")
        for number in count():
            kept, gone = (
                memory.remember(NewMessage(Role.USER, f"{run}{what}{number} is a secret", f"forget-{run}"))
                for what in "kg"
            )
            told("+", kept.id, f"{run}k{number}")
            told("?", gone.id)
            memory.forget(messages=[gone.id])
            told("-", gone.id)


def rebuild(folder: Path, _run: str, told: Told) -> None:
    """Change over from one embedder to the other and back, without an end."""
    from memory.journal import Journal
    from memory.upkeep.changeover import change_over

    journal = Journal.open(folder / "journal.db")
    told("begun")
    while True:
        chosen = journal.chosen()
        name = NAMES[1] if not chosen or chosen.embedder == NAMES[0] else NAMES[0]
        change_over(journal, folder, Tiny(name), "chroma", {})
        told("switched", name)


def backup(folder: Path, _run: str, told: Told) -> None:
    """Back up to the same file without an end."""
    from memory.upkeep.backup import back_up

    told("begun")
    while True:
        back_up(folder / "journal.db", folder.parent / "kept.backup")
        told("saved")


WORK: dict[str, Callable[[Path, str, Told], None]] = {
    "chat": chat, "import": imports, "rebuild": rebuild, "forget": forget, "backup": backup,
}  # fmt: skip


def work(what: str, folder: str, run: str, pipe: Any) -> None:  # noqa: ANN401 - a Connection of multiprocessing
    """Do one kind of work until killed."""
    WORK[what](Path(folder), run, Told(pipe.fileno()))


def restart(folder: str, pipe: Any) -> None:  # noqa: ANN401 - as above
    """Open the memory as the next one would, wait until the indexes have come round by themselves, and tell of all."""
    pipe.send(converged(Path(folder)))


def converged(folder: Path, seconds: float = 60.0) -> dict[str, Any]:
    """What is in the journal and in both indexes, once these have caught up without being told to."""
    import threading
    import time

    deadline, pause = time.monotonic() + seconds, threading.Event()
    with opened(folder) as memory:
        while time.monotonic() < deadline:
            if memory.stats().indexed == memory.stats().passages and _settled(memory):
                break
            pause.wait(0.01)
        with memory.journal.reading() as connection:
            messages = connection.execute("SELECT id, text, source_id FROM messages").fetchall()
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            sound = sound and not connection.execute("PRAGMA foreign_key_check").fetchall()
        passages = sorted(passage.id for passage in memory.journal.passages(0, 1 << 30))
        store = memory._indexer.vectors._store
        return {
            "messages": messages,
            "sound": sound,
            "passages": passages,
            "words": memory._indexer.words._reader().ids() if passages else [],
            "vectors": sorted(map(int, store.page(None, 1 << 30))) if store else None,
            "traced": memory._indexer.traces.lag() == 0,
        }


def _settled(memory: Memory) -> bool:
    indexer = memory._indexer
    return indexer.vectors.is_open and not (
        indexer.vectors.pending() or indexer.words.pending() or indexer.traces.lag() or indexer.embedding.missing()
    )


def drained(pipe: Any) -> list[list[str]]:  # noqa: ANN401 - as above
    """The whole lines that a process had told before it ended."""
    parts = []
    with suppress(OSError):
        while part := os.read(pipe.fileno(), 1 << 16):
            parts.append(part)
    text = b"".join(parts).decode()
    return [line.split() for line in text[: text.rfind("\n") + 1].splitlines()]

"""What keeping a message costs, beside a Chroma of one's own that is given the same texts and vectors.

Embedding is left out on both sides: it is the same work. Of recollect two things are told apart: what a turn waits for
(the message is committed to the journal) and what is done afterwards, off its path (both indexes, associations).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.locations import locations
from benchmarks.report import Figure, quick, show
from benchmarks.talk import talk
from memory.embeddings import Embedder, load_embedder
from memory.memory import Memory
from memory.types import NewMessage

_ONE_BY_ONE = 300
_BATCH = 256


class _Embedded:
    """An embedder that has done its work already."""

    def __init__(self, embedder: Embedder, texts: Sequence[str]) -> None:
        self.name, self.dimension = embedder.name, embedder.dimension
        self._embedder = embedder
        self.known = dict(zip(texts, embedder.embed(list(texts)), strict=True))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """From what is known; a passage of a long message is embedded now."""
        return np.stack([self.known[text] if text in self.known else self._embedder.embed([text])[0] for text in texts])


class _Clock:
    """Milliseconds a message, on the wall and of processor time."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    @contextmanager
    def over(self, messages: int) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall.append((time.perf_counter() - wall) * 1000 / messages)
        self.cpu.append((time.process_time() - cpu) * 1000 / messages)


def _chroma(folder: Path, messages: Sequence[NewMessage], embedded: _Embedded, batch: int) -> _Clock:
    """Texts, vectors and what belongs to them into one collection, as a program of one's own would."""
    import chromadb
    from chromadb.config import Settings

    client: Any = chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
    collection = client.create_collection("bare", embedding_function=None, configuration={"hnsw": {"space": "cosine"}})
    clock = _Clock()
    for start in range(0, len(messages), batch):
        some = messages[start : start + batch]
        with clock.over(len(some)):
            collection.add(
                ids=[str(start + n) for n in range(len(some))],
                documents=[message.text for message in some],
                embeddings=np.stack([embedded.known[message.text] for message in some]),
                metadatas=[{"session": message.session, "role": message.role.value} for message in some],
            )
    client.close()
    return clock


def _recollect(folder: Path, messages: Sequence[NewMessage], embedded: _Embedded, batch: int) -> tuple[_Clock, _Clock]:
    """The same into a memory: what is waited for, and what comes after (in batches, as it does beside a turn)."""
    kept, indexed = _Clock(), _Clock()
    with Memory.open(folder, embedder=embedded, background=False) as memory:
        memory.flush()
        for start in range(0, len(messages), batch):
            some = messages[start : start + batch]
            with kept.over(len(some)):
                if batch == 1:
                    memory.remember(some[0])
                else:
                    memory.remember_many(some)
        with indexed.over(len(messages)):
            memory.flush(3600)
    return kept, indexed


def _bytes(folder: Path, messages: int) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / messages


def _measure(title: str, messages: Sequence[NewMessage], embedded: _Embedded, batch: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bare, ours = Path(folder, "bare"), Path(folder, "ours")
        chroma = _chroma(bare, messages, embedded, batch)
        kept, indexed = _recollect(ours, messages, embedded, batch)
        sizes = [
            Figure("Chroma alone", [_bytes(bare, len(messages))], "B"),
            Figure("journal", [(ours / "journal.db").stat().st_size / len(messages)], "B"),
            Figure("full-text index", [_bytes(ours / "lexicon", len(messages))], "B"),
            Figure("Chroma as the index", [_bytes(ours / "chroma", len(messages))], "B"),
            Figure("all of recollect", [_bytes(ours, len(messages))], "B"),
        ]
    for what in ("wall", "cpu"):
        figures = [
            Figure("Chroma alone", getattr(chroma, what), "ms"),
            Figure("journal: what is waited for", getattr(kept, what), "ms"),
            Figure("both indexes and associations, later", getattr(indexed, what), "ms"),
        ]
        show(f"{title}: a message, {'time' if what == 'wall' else 'processor time'}", figures, "Chroma alone")
    show(f"{title}: a message on disk", sizes, "Chroma alone")


def main() -> None:
    """Measure and print. The sizes may be given: one by one, then in batches."""
    embedder = load_embedder("local", locations(os.environ).models)
    given = [int(word) for word in sys.argv[2:] if word.isdigit()]
    few, many = (given + given)[:2] if given else (50, 200) if quick() else (_ONE_BY_ONE, 5000)
    messages = list(talk(max(few, many)))
    embedded = _Embedded(embedder, list(dict.fromkeys(message.text for message in messages)))
    _measure(f"{few:,} one by one", messages[:few], embedded, 1)
    _measure(f"{many:,} in batches of {_BATCH}", messages[:many], embedded, _BATCH)

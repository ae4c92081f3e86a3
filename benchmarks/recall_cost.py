"""Recall time at 1,000 and 10,000 messages, split into the cue's embedding and the rest, beside a bare Chroma query;
and how fast an import is, beside the bare embedder."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.locations import locations
from benchmarks.report import Figure, quick, show
from benchmarks.talk import cues, talk
from memory.embeddings import Embedder, load_embedder
from memory.indexes import vectors
from memory.memory import Memory

_CUES = 100
_PARTS = ("candidates", "features", "rank")
_HELD = vectors.HELD


def _measure(size: int, embedder: Embedder, folder: Path) -> None:
    messages = list(talk(size))
    with Memory.open(folder, embedder=embedder, background=False) as memory:
        start = time.perf_counter()
        memory.remember_many(messages)
        written = time.perf_counter() - start
        memory.flush(3600, store=False)
        searchable = time.perf_counter() - start
        memory.flush(3600)
        whole = time.perf_counter() - start
        with _bare_chroma(embedder, memory) as ask:
            _recalls(memory, ask, 11)
            here, bare = _recalls(memory, ask, 12)
            vectors.HELD = 0
            through, _ = _recalls(memory, ask, 13)
            vectors.HELD = _HELD
    start = time.perf_counter()
    embedder.embed([message.text for message in messages])
    alone = time.perf_counter() - start
    rest = Figure("the rest", [found["total"] - found["embed"] for found in here], "ms")
    asked = Figure("bare Chroma query", bare, "ms")
    show(
        f"Recall at {size:,} messages",
        [
            asked,
            Figure("cue embedding", [found["embed"] for found in here], "ms"),
            rest,
            *(Figure(f"  of it: {part}", [found[part] for found in here], "ms") for part in _PARTS),
            Figure("the rest, vectors through the store", [found["total"] - found["embed"] for found in through], "ms"),
        ],
        asked.name,
    )
    print(
        f"  95 of 100: the rest takes {rest.quantile(0.95) / asked.quantile(0.95):.2f} x as long as a bare Chroma query"
    )
    show(
        f"Import of {size:,} messages",
        [
            Figure("bare embedder", [size / alone], "msg/s"),
            Figure("committed to the journal", [size / written], "msg/s"),
            Figure("embedded and in full text", [size / searchable], "msg/s"),
            Figure("everything, Chroma too", [size / whole], "msg/s"),
        ],
        "bare embedder",
    )


def _recalls(memory: Memory, ask: Callable[[str], float], seed: int) -> tuple[list[dict[str, float]], list[float]]:
    """The times of recalls of made-up cues, and of the bare queries between them, so that both have the same luck."""
    memory.recall("warm up")
    found, bare = [], []
    for cue in dict.fromkeys(cues(_CUES, seed)):
        found.append(dict(memory.recall(cue, k=10).timings))
        bare.append(ask(cue))
    return found, bare


@contextmanager
def _bare_chroma(embedder: Embedder, memory: Memory) -> Iterator[Callable[[str], float]]:
    """The same vectors in a Chroma of their own: gives the milliseconds that a query by a cue's vector takes."""
    import chromadb
    from chromadb.config import Settings

    with tempfile.TemporaryDirectory() as folder:
        client = chromadb.PersistentClient(path=folder, settings=Settings(anonymized_telemetry=False))
        collection = client.create_collection(
            "bare", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        after = 0
        while (rows := memory.journal.vectors(embedder.name, after, 1000)).seqs:
            collection.add(ids=[str(id_) for id_ in rows.passages], embeddings=rows.matrix)
            after = rows.seqs[-1]

        def ask(cue: str) -> float:
            vector = embedder.embed([cue])[0]
            start = time.perf_counter()
            collection.query(query_embeddings=[vector], n_results=10)
            return (time.perf_counter() - start) * 1000

        yield ask


def main() -> None:
    """Measure and print."""
    import os

    embedder = load_embedder("local", locations(os.environ).models)
    embedder.embed(["warm up"])
    sizes = [int(word) for word in sys.argv[2:] if word.isdigit()] or [1_000, 10_000]
    if quick():
        sizes = [200]
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            _measure(size, embedder, Path(folder))

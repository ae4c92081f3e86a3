"""Recall time at 1,000 and 10,000 messages, split into the cue's embedding and the rest, beside a bare Chroma query;
and how fast an import is, beside the bare embedder."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from assistant.locations import locations
from benchmarks.report import Figure, quick, show
from benchmarks.talk import cues, talk
from memory.embeddings import Embedder, load_embedder
from memory.memory import Memory

_CUES = 100


def _measure(size: int, embedder: Embedder, folder: Path) -> None:
    messages = list(talk(size))
    with Memory.open(folder, embedder=embedder, background=False) as memory:
        start = time.perf_counter()
        memory.remember_many(messages)
        written = time.perf_counter() - start
        memory.flush(3600, store=False)
        searchable = time.perf_counter() - start
        scan = _recalls(memory, 11)
        memory.flush(3600)
        whole = time.perf_counter() - start
        indexed = _recalls(memory, 12)
        bare = _bare_chroma(embedder, memory)
    start = time.perf_counter()
    embedder.embed([message.text for message in messages])
    alone = time.perf_counter() - start
    show(
        f"Recall at {size:,} messages",
        [
            Figure("bare Chroma query", bare, "ms"),
            Figure("cue embedding", [found["embed"] for found in indexed], "ms"),
            Figure("the rest, through the indexes", [found["total"] - found["embed"] for found in indexed], "ms"),
            Figure("the rest, store not open (scan)", [found["total"] - found["embed"] for found in scan], "ms"),
        ],
        "bare Chroma query",
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


def _recalls(memory: Memory, seed: int) -> list[dict[str, float]]:
    memory.recall("warm up")
    return [dict(memory.recall(cue, k=10).timings) for cue in dict.fromkeys(cues(_CUES, seed))]


def _bare_chroma(embedder: Embedder, memory: Memory) -> list[float]:
    """The same vectors in a Chroma of their own, asked the same cues."""
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
        times = []
        for vector in embedder.embed(cues(_CUES)):
            start = time.perf_counter()
            collection.query(query_embeddings=[vector], n_results=10)
            times.append((time.perf_counter() - start) * 1000)
        return times


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

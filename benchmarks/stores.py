"""Recall through each vector store, beside recollect's own search of the vectors that the journal holds.

    python -m benchmarks stores SET [--sample 200] [--conversations N] [--also 'NAME={"option": …}']

A memory of the usual size never asks its store (see `HELD` in `memory.indexes.vectors`), so each is asked here from the
first vector on. SET is a file as for `recollect bench recall`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.bench.cache import Cache, CachedEmbedder
from assistant.bench.recall import rank_all
from assistant.bench.recall_report import report
from assistant.bench.replay import Stage
from assistant.bench.sets import chosen, read
from assistant.locations import locations
from memory.embeddings import load_embedder
from memory.indexes import vectors

if TYPE_CHECKING:
    from assistant.bench.sets import QuestionSet

_QDRANT = {
    "class": "langchain_qdrant:QdrantVectorStore.construct_instance",
    "arguments": {"client_options": {"path": "{folder}/qdrant"}},
}
_STORES: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("memory", "memory", {}),
    ("chroma", "chroma", {}),
    ("qdrant in a folder", "langchain", _QDRANT),
)
_ARMS = ("recollect", "vector")
_METRICS = ("R@5", "R@10", "MRR")


def main() -> int:
    """Print the figures of each store, and how far they are from those without one; 1 when one is over a point off."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks stores", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--conversations", type=int, default=0)
    parser.add_argument("--also", action="append", default=[], help="a store and its options, as NAME=JSON")
    wish = parser.parse_args(sys.argv[2:])
    found = chosen(read(wish.set), sample=wish.sample, conversations=wish.conversations, seed=7)
    also = [one.partition("=") for one in wish.also]
    stores = [*_STORES, *((name, name.partition(" ")[0], json.loads(options or "{}")) for name, _, options in also)]
    where = locations(os.environ)
    with Cache(where.bench_cache) as cache:
        embedder = CachedEmbedder(load_embedder("local", where.models), cache)
        own = _figures(found, embedder, "memory", {}, held=vectors.HELD)
        print(f"{found.questions} questions of {wish.set.name}")
        _show("in recollect itself", own, own)
        furthest = 0.0
        for title, name, options in stores:
            figures = _figures(found, embedder, name, options, held=0)
            _show(title, figures, own)
            furthest = max(furthest, *(abs(figures[key] - own[key]) for key in own))
    print(f"furthest from it: {100 * furthest:.2f} points")
    return int(furthest > 0.01)


def _figures(
    found: QuestionSet, embedder: CachedEmbedder, store: str, options: Mapping[str, Any], *, held: int
) -> dict[tuple[str, str], float]:
    """Metrics of all questions, by arm and metric; `held` is up to how many vectors the store is not asked."""
    usual, vectors.HELD = vectors.HELD, held
    try:
        rows = list(rank_all(found, _ARMS, Stage(embedder, store, options), embedder))
    finally:
        vectors.HELD = usual
    made = report(rows, "vector", 7)
    if made["notes"]:
        print(f"  {store}: {'; '.join(made['notes'])}")
    return {(arm, metric): float(made["arms"][arm]["all"][metric]) for arm in _ARMS for metric in _METRICS}


def _show(title: str, figures: Mapping[tuple[str, str], float], own: Mapping[tuple[str, str], float]) -> None:
    cells = [f"{' '.join(key)} {value:.4f} ({value - own[key]:+.4f})" for key, value in figures.items()]
    print(f"  {title:<22} " + "  ".join(cells), flush=True)


if __name__ == "__main__":
    raise SystemExit(main())

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memory.memory import Memory
from memory.types import Message, NewMessage, Role


class Tiny:
    """An embedder that costs nothing: the same words have the same part of a vector, others none of it."""

    def __init__(self, name: str = "tiny", dimension: int = 64) -> None:
        self.name, self.dimension = name, dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = [self._sum(text.lower().replace(".", " ").replace("?", " ").split()) for text in texts]
        return np.stack([row / np.linalg.norm(row) for row in rows]).astype(np.float32)

    def _sum(self, words: list[str]) -> NDArray[np.float64]:
        return np.sum([_of_word(f"{self.name} {word}", self.dimension) for word in words or [""]], axis=0)


@cache
def _of_word(word: str, dimension: int) -> NDArray[np.float64]:
    return np.random.default_rng(zlib.crc32(word.encode())).normal(size=dimension)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "memory"


@pytest.fixture
def tiny(folder: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Memory]]:
    """Opens memories with an embedder that costs nothing, and closes them at the end; the module may name its store."""
    opened: list[Memory] = []

    def make(name: str = "tiny", background: bool = False, **options: object) -> Memory:
        options = {"store": getattr(request.module, "STORE", "chroma"), **options}
        memory = Memory.open(folder, embedder=Tiny(name), background=background, **options)
        opened.append(memory)
        return memory

    yield make
    for memory in opened:
        memory.close()


TEXTS = [
    "My passport expires on 3 March 2027.",
    "The spare key lies under the third flower pot.",
    "I started learning to play the cello in April.",
    "The tax form is in the blue box.",
    "Biscuit is the dog of my sister.",
]


def fill(memory: Memory, many: int = 40) -> list[Message]:
    """A few messages that are asked for, and others."""
    said = [memory.remember(NewMessage(Role.USER, text, "s1")) for text in TEXTS]
    memory.remember_many(NewMessage(Role.USER, f"Remark number {n} of the diary.", f"d{n % 3}") for n in range(many))
    return said


def best(memory: Memory, cue: str) -> str:
    return memory.recall(cue).recollections[0].message.text


def texts(memory: Memory) -> list[str]:
    return sorted(passage.text for passage in memory.journal.passages(0, 100_000))

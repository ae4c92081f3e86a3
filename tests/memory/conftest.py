from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memory.embeddings import Embedder, load_embedder
from memory.memory import Memory
from memory.types import Message, NewMessage, Role, Scope


@pytest.fixture(scope="session")
def embedder(models_folder: Path) -> Embedder:
    return load_embedder("local", models_folder)


@pytest.fixture
def open_memory(tmp_path: Path, embedder: Embedder) -> Iterator[Callable[..., Memory]]:
    """Opens memories on this test's folder (in the foreground unless asked) and closes them at the end."""
    opened: list[Memory] = []

    def make(folder: str = "memory", background: bool = False, **options: object) -> Memory:
        memory = Memory.open(tmp_path / folder, embedder=embedder, background=background, **options)
        opened.append(memory)
        return memory

    yield make
    for memory in opened:
        memory.close()


@pytest.fixture
def memory(open_memory: Callable[..., Memory]) -> Memory:
    return open_memory()


def say(memory: Memory, text: str, session: str = "s1", role: Role = Role.USER, **more: object) -> Message:
    return memory.remember(NewMessage(role=role, text=text, session=session, **more))


def fill(memory: Memory) -> dict[str, Message]:
    """A small memory of three sessions with things worth recalling and things that are not."""
    lines = {
        "puppy": ("a", Role.USER, "My sister Ana adopted a puppy yesterday, a brown labrador."),
        "puppy-reply": ("a", Role.ASSISTANT, "How lovely! Does it have a name yet?"),
        "biscuit": ("a", Role.USER, "Yes, she calls it Biscuit."),
        "cello": ("b", Role.USER, "I started learning to play the cello in April."),
        "cello-reply": ("b", Role.ASSISTANT, "The cello is a beautiful instrument."),
        "passport": ("c", Role.USER, "Remember that my passport expires on 3 March 2027."),
        "passport-reply": ("c", Role.ASSISTANT, "Noted."),
        "disk": ("c", Role.USER, "The deployment failed because the disk was full."),
        "disk-reply": ("c", Role.ASSISTANT, "Clean up old images first."),
    }
    return {name: say(memory, text, session, role) for name, (session, role, text) in lines.items()}


__all__ = ["Scope", "fill", "say"]

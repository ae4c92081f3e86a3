from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
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


def start_chroma(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A Chroma server on loopback that answers, and its port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    chroma = str(Path(sys.executable).with_name("chroma"))
    process = subprocess.Popen(
        [chroma, "run", "--host", "127.0.0.1", "--port", str(port), "--path", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not _listens(port):
        assert process.poll() is None
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)
    return process, port


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def chroma_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a Chroma server."""
    process, port = start_chroma(tmp_path_factory.mktemp("chroma-server"))
    yield port
    process.terminate()
    process.wait(10)


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

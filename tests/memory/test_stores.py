"""Stores by name, and what is particular to Chroma. What every store must do is in test_stores_conformance.py."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from memory.errors import ConfigError, StorageError, UsageError
from memory.registry import check_store, load_store, store_names
from memory.store import MemoryStore, StoreSpec

Open = Callable[..., MemoryStore]
DIMENSION = 8


def test_a_server_that_is_not_there_is_an_error_that_says_so(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        options = {"host": "127.0.0.1", "port": taken.getsockname()[1]}
        kind = load_store("chroma").chosen(options)
        assert kind.capabilities.many_processes
        with pytest.raises(StorageError, match=r"127\.0\.0\.1"):
            kind.open(StoreSpec(tmp_path, "test", DIMENSION, options))


def test_an_option_that_there_is_not_is_refused() -> None:
    with pytest.raises(ConfigError, match="'host'"):
        load_store("chroma").chosen({"hots": "x"})


def test_stores_are_named_without_being_imported() -> None:
    assert {"chroma", "memory"} <= set(store_names())
    code = (
        "import sys; from memory.registry import *; print(store_names()); check_store('chroma');"
        "assert not {'chromadb', 'memory.stores'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_wrong_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"chroma, langchain, memory.*Did you mean 'chroma'"):
        check_store("chrome")


def test_a_store_of_another_package_is_loaded_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[recollect.stores]\ntheirs = their_store:Theirs\nbroken = no_such_module:X\nodd = json:dumps\n"
    )
    (tmp_path / "their_store.py").write_text(
        "from memory.stores.inmemory import InMemoryStore\nclass Theirs(InMemoryStore): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert {"theirs", "broken", "chroma"} <= set(store_names())
    assert load_store("theirs").__name__ == "Theirs"
    with pytest.raises(UsageError, match="cannot be loaded"):
        load_store("broken")
    with pytest.raises(UsageError, match="not a MemoryStore"):
        load_store("odd")

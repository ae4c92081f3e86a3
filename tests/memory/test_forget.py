from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from memory.memory import Memory

from .conftest import fill, say


@pytest.mark.parametrize("flushed", [False, True])
def test_a_forgotten_message_never_comes_back(memory: Memory, flushed: bool) -> None:
    said = fill(memory)
    if flushed:
        memory.flush()
    memory.recall("passport")
    gone = memory.forget(messages=[said["passport"].id])
    assert gone.messages == (said["passport"].id,)
    assert all("passport" not in found.message.text for found in memory.recall("passport", k=9).recollections)
    memory.rebuild()
    assert all("passport" not in found.message.text for found in memory.recall("passport", k=9).recollections)


def test_a_dry_run_takes_nothing(memory: Memory) -> None:
    said = fill(memory)
    gone = memory.forget(sessions=["c"], dry_run=True)
    assert gone.dry_run
    assert set(gone.messages) == {said[name].id for name in ("passport", "passport-reply", "disk", "disk-reply")}
    assert memory.stats().messages == len(said)


def test_everything_goes(memory: Memory) -> None:
    fill(memory)
    memory.flush()
    memory.forget(everything=True)
    assert memory.stats().messages == 0
    assert memory.recall("passport").recollections == ()
    said = say(memory, "A new start.")
    assert memory.recall("new start").recollections[0].message.id == said.id


def test_no_file_holds_the_forgotten_text(open_memory: Callable[..., Memory], tmp_path: Path) -> None:
    memory = open_memory()
    fill(memory)
    said = say(memory, "The secret word is xylophonist.", "secret")
    memory.flush()
    memory.recall("xylophonist")
    memory.forget(messages=[said.id])
    memory.flush()
    memory.close()
    holding = [path for path in tmp_path.rglob("*") if path.is_file() and b"xylophonist" in path.read_bytes().lower()]
    assert holding == []

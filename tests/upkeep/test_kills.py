"""A sample of what `python -m benchmarks kills` does by the hundred, and whether it would see a loss at all."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.kills import Known, kill_often
from benchmarks.workers import WORK, converged, opened
from memory.types import NewMessage, Role

pytestmark = pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods(), reason="starting a process anew takes too long here"
)


@pytest.mark.timeout(600)
def test_every_kill_is_survived(tmp_path: Path) -> None:
    tried: Counter[str] = Counter()
    for what, complaints in kill_often(tmp_path, len(WORK), seed=11):
        tried[what] += 1
        assert complaints == [], what
    assert set(tried) == set(WORK)


def test_a_loss_would_be_seen(tmp_path: Path) -> None:
    with opened(tmp_path / "memory") as memory:
        said = [memory.remember(NewMessage(Role.USER, f"r1k{n} is a secret", "s")) for n in range(3)]
    known = Known()
    known.hear([["begun"], *(["+", one.id, f"r1k{n}"] for n, one in enumerate(said)), ["?", "x"], ["-", "x"]])
    found = converged(tmp_path / "memory")
    assert known.complaints(found) == []
    _, text, _ = found["messages"][0]
    for harmed, complaint in (
        ({"messages": found["messages"][1:]}, "acknowledged messages are lost"),
        ({"messages": [*found["messages"], ("y", text, "")]}, "messages are there twice"),
        ({"messages": [*found["messages"], ("x", "forgotten", "")]}, "forgotten messages came back"),
        ({"messages": [("a", text, "7"), ("b", text, "7"), *found["messages"]]}, "imported messages are there twice"),
        ({"vectors": found["vectors"][1:]}, "the vector index differs from the journal"),
        ({"words": []}, "the full-text index differs from the journal"),
        ({"sound": False}, "the journal is not sound"),
    ):
        assert complaint in known.complaints({**found, **harmed})
    known.hear([["=", "0", "50", "1"]])
    assert "imported messages are lost" in known.complaints(found)

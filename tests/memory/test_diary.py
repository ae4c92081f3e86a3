"""A person's talk with a small assistant over ten months: what a question is after comes first, or nearly so.

The shape of this talk, short sessions of short messages, is one that the shipped weights were not fitted on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from memory.embeddings import Embedder
from memory.memory import Memory
from memory.recall.model import shipped_weights
from memory.recall.shapes import Shapes
from memory.types import NewMessage, Role

DIARY = Path(__file__).parent / "fixtures" / "diary.txt"
"""A line an exchange: time|what the user said|what the assistant replied."""


@pytest.fixture(scope="module")
def diary(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Memory]:
    with Memory.open(tmp_path_factory.mktemp("diary"), embedder=embedder, background=False) as memory:
        fill(memory)
        yield memory


def fill(memory: Memory) -> None:
    """Tell the diary to a memory."""
    said = []
    for line in DIARY.read_text(encoding="utf-8").splitlines():
        time, user, assistant = line.split("|")
        at = datetime.fromisoformat(time).replace(tzinfo=UTC)
        session = time[:10]
        said += [
            NewMessage(role=Role.USER, text=user, session=session, time=at),
            NewMessage(role=Role.ASSISTANT, text=assistant, session=session, time=at + timedelta(seconds=8)),
        ]
    memory.remember_many(said)
    memory.flush(store=False)


@pytest.mark.parametrize(
    ("cue", "wanted"),
    [
        ("What is the name of my cat?", "Fidget"),
        ("What's the wifi password at my parents'?", "kaktus"),
        ("When is the wedding?", "5 June 2027"),
        ("What is Hana allergic to?", "celery"),
        ("How much did the cello cost?", "14,000"),
        ("Where did I propose?", "Kotor"),
        ("Who will be my witness?", "witness"),
        ("Who is my boss now?", "Jitka becomes"),
        ("When do I have Fridays off?", "Fridays off"),
        ("What shoe size do I have?", "44"),
        ("The twins are visiting on Saturday.", "twins"),
    ],
)
def test_what_is_asked_for_is_among_the_first_three(diary: Memory, cue: str, wanted: str) -> None:
    recall = diary.recall(cue, k=3)
    found = [each.message.text for each in recall.recollections]
    assert any(wanted in text for text in found), found
    assert recall.answerable is None, "talk of this shape was not fitted on"


def test_whether_there_is_an_answer_is_said_of_questions_where_the_shape_is_known(tmp_path: Path, embedder: Embedder):
    weights = replace(shipped_weights(), shapes=Shapes.of([]))
    with Memory.open(tmp_path, embedder=embedder, background=False, weights=weights) as memory:
        fill(memory)
        told = memory.recall("When is the wedding?").answerable
        assert told is not None
        assert 0 < told < 1
        assert memory.recall("I am so tired of the bridge in the office today.").answerable is None

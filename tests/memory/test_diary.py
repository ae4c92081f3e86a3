"""A person's talk with a small assistant over ten months: what a question is after comes first, or nearly so.

Nobody's talk of this shape, short sessions of short messages, was fitted on, only what other talk was made into.
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
from memory.recall.shapes import NUMBERS, Shapes
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


@pytest.mark.parametrize(("cues", "least"), [("questions", 0.85), ("remarks", 0.5)])
def test_what_is_asked_for_is_among_the_first_three(diary: Memory, cues: str, least: float) -> None:
    missed = {}
    lines = DIARY.with_name(f"diary_{cues}.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        cue, wanted = line.split("|")
        found = [each.message.text for each in diary.recall(cue, k=3).recollections]
        if not any(wanted in text for text in found):
            missed[cue] = found
    assert len(missed) <= (1 - least) * len(lines), missed


def test_what_changed_is_told_by_its_newest_word(diary: Memory) -> None:
    (first,) = diary.recall("When is the wedding?", k=1).recollections
    assert "5 June 2027" in first.message.text


def test_whether_there_is_an_answer_is_probable_where_there_is(diary: Memory) -> None:
    has, has_none = (
        [diary.recall(cue).answerable for cue in cues]
        for cues in (("When is the wedding?", "What shoe size do I have?"), ("Who is my landlord?", "Why is Mars red?"))
    )
    assert all(told is not None and 0 < told < 1 for told in [*has, *has_none])
    assert min(filter(None, has)) > max(filter(None, has_none))
    assert diary.recall("I am so tired of the bridge in the office today.").answerable is None, "it is no question"


def test_it_is_not_said_of_talk_of_a_shape_that_is_not_known(tmp_path: Path, embedder: Embedder) -> None:
    far = {name: [9.0, 0.1] for name in NUMBERS}
    weights = replace(shipped_weights(), shapes=Shapes.of([{"numbers": far}]))
    with Memory.open(tmp_path, embedder=embedder, background=False, weights=weights) as memory:
        fill(memory)
        recall = memory.recall("When is the wedding?")
        assert recall.answerable is None
        assert any("5 June 2027" in each.message.text for each in recall.recollections[:3])

"""The first day: in a memory of a few exchanges the user's own telling comes first, and not a reply that repeats it."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory.embeddings import Embedder
from memory.memory import Memory
from memory.types import Role

from .conftest import say

TOLD = [line.split("|") for line in (Path(__file__).parent / "fixtures" / "first_day.txt").read_text().splitlines()]
"""What the user said, what the assistant replied, and two questions about it (the second may be empty)."""


@pytest.mark.parametrize("many", [1, 4, len(TOLD)])
def test_what_the_user_told_comes_first(many: int, tmp_path: Path, embedder: Embedder) -> None:
    missed, lost = [], []
    with Memory.open(tmp_path, embedder=embedder, background=False) as memory:
        wanted: list[tuple[str, str]] = []
        for number, (told, reply, *questions) in enumerate(TOLD[:many]):
            session = f"s{number // 3}"
            message = say(memory, told, session)
            answer = say(memory, reply, session, Role.ASSISTANT)
            wanted += [
                (question, answer.id if "you suggest" in question else message.id) for question in questions if question
            ]
        memory.flush(store=False)
        for question, id_ in wanted:
            found = [each.message.id for each in memory.recall(question, k=3).recollections]
            missed += [question] if found[:1] != [id_] else []
            lost += [question] if id_ not in found else []
    assert len(missed) <= len(wanted) // 10, missed
    assert not lost


def test_a_question_about_something_else_finds_little(tmp_path: Path, embedder: Embedder) -> None:
    with Memory.open(tmp_path, embedder=embedder, background=False) as memory:
        for told, reply, *_ in TOLD[:4]:
            say(memory, told, "s")
            say(memory, reply, "s", Role.ASSISTANT)
        memory.flush(store=False)
        right = memory.recall("What am I allergic to?").recollections[0].score
        for cue in ("What is the capital of Peru?", "How do I cook rice?"):
            assert all(each.score < right / 2 for each in memory.recall(cue).recollections)

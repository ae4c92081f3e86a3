"""Cues and memories that nobody would draw on a board."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from memory.embeddings import Embedder
from memory.memory import Memory
from memory.types import NewMessage, Role

from .conftest import say

CUES = ("a", "the of and", "x" * 100_000, "word " * 20_000, "京都の旅館", "أين مفتاح المرآب؟", "🙂🙂", "?", "1", "\x00")


class Once:
    """The embedder of the tests, asked once for each text."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._known: dict[str, np.ndarray] = {}
        self.name, self.dimension = inner.name, inner.dimension

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            self._known |= dict(zip(fresh, self._inner.embed(fresh), strict=True))
        return np.stack([self._known[text] for text in texts])


@pytest.mark.parametrize("cue", CUES)
def test_a_memory_of_one_message_answers_whatever_is_asked(memory: Memory, cue: str) -> None:
    said = say(memory, "The garage code is 4711.")
    assert {each.message.id for each in memory.recall(cue).recollections} <= {said.id}
    assert [each.message.id for each in memory.recall("What is the garage code?").recollections] == [said.id]


def test_ten_thousand_equal_messages(tmp_path: object, embedder: Embedder) -> None:
    """Every one of them matches as well as all others, and none of them hides what is different."""
    with Memory.open(tmp_path / "memory", embedder=Once(embedder), background=False) as memory:  # type: ignore[operator]
        memory.remember_many(
            NewMessage(role=Role.USER, text="Good morning, coffee please.", session=f"s{number // 100}")
            for number in range(10_000)
        )
        plumber = say(memory, "The plumber comes on Thursday.", "plumber")
        memory.flush(600, store=False)
        assert memory.recall("When does the plumber come?").recollections[0].message.id == plumber.id
        equal = memory.recall("Good morning, coffee please.", k=5).recollections
        assert len(equal) == 5
        assert len({each.message.id for each in equal}) == 5
        for cue in CUES:
            assert len(memory.recall(cue, k=3).recollections) <= 3


@pytest.mark.parametrize("shift", [None, timedelta(days=3650), timedelta(days=-20000), timedelta()])
def test_messages_without_a_time_or_with_one_to_come(
    open_memory: Callable[..., Memory], shift: timedelta | None
) -> None:
    memory = open_memory()
    time = None if shift is None else datetime.now(UTC) + shift
    for number in range(70):
        say(memory, f"We talked about paint number {number}.", f"s{number // 7}", time=time)
    said = say(memory, "The plumber comes to mend the boiler.", "plumber", time=time)
    memory.flush(store=False)
    for cue in ("When does the plumber come?", "Who came last spring to mend the boiler?", "boiler in ten years"):
        found = memory.recall(cue, k=5).recollections
        assert said.id in {each.message.id for each in found}
        assert all(np.isfinite(each.score) for each in found)


@pytest.mark.parametrize(
    ("said", "cue"),
    [
        ("私は京都の小さな旅館に泊まりました。", "京都の旅館はどこ？"),
        ("وضعت مفتاح المرآب تحت الأصيص الأحمر", "أين مفتاح المرآب؟"),
        ("Ключ от гаража лежит под горшком.", "Где ключ от гаража?"),
        ("🎻🎻 concert 🙂", "🎻"),
    ],
)
def test_other_scripts_find_what_shares_their_words(memory: Memory, said: str, cue: str) -> None:
    wanted = say(memory, said, "wanted")
    for number in range(8):
        say(memory, f"Something else was said on day {number}.", f"s{number}")
    memory.flush(store=False)
    found = memory.recall(cue).recollections
    assert not found or found[0].message.id == wanted.id
    if "🎻" not in cue:
        assert found

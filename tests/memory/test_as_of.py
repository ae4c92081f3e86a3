"""What was known then: nothing said later comes back on any path."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from memory.memory import Memory
from memory.types import NewMessage, Origin, Role

from .conftest import say

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def found(memory: Memory, cue: str, as_of: datetime | None, k: int = 20) -> list[str]:
    return [each.message.text for each in memory.recall(cue, k=k, as_of=as_of).recollections]


def test_what_was_said_later_is_not_known_yet(memory: Memory) -> None:
    say(memory, "I live in Lisbon, near the river.", "a", time=day(0))
    say(memory, "I moved to Porto and live by the sea.", "b", time=day(30))
    assert found(memory, "Where do I live?", day(10)) == ["I live in Lisbon, near the river."]
    assert len(found(memory, "Where do I live?", day(40))) == 2
    assert len(found(memory, "Where do I live?", None)) == 2
    assert found(memory, "Where do I live?", day(-1)) == []


@pytest.mark.parametrize("indexed", [False, True])
def test_a_hundred_later_messages_do_not_crowd_out_the_one_that_was_known(memory: Memory, indexed: bool) -> None:
    say(memory, "The code of the garage is 4711.", "old", time=day(0))
    memory.remember_many(
        NewMessage(Role.USER, f"The code of the garage is {n}.", f"s{n}", time=day(2 + n / 100)) for n in range(150)
    )
    if indexed:
        assert memory.flush()
    assert found(memory, "What is the code of the garage?", day(1)) == ["The code of the garage is 4711."]


def test_neighbours_and_exchanges_end_there_too(memory: Memory) -> None:
    asked = say(memory, "Shall I buy the red bicycle?", "a", time=day(0))
    say(memory, "Yes, buy it.", "a", Role.ASSISTANT, time=day(5), reply_to=asked.id)
    say(memory, "I bought the red bicycle.", "a", time=day(6))
    (best,) = memory.recall("red bicycle", k=20, as_of=day(1)).recollections
    assert [message.id for message in best.exchange] == [asked.id]
    assert len(memory.recall("red bicycle", k=20, as_of=day(5)).recollections[0].exchange) == 2


def test_a_message_without_a_time_was_known_by_the_next_that_has_one(memory: Memory) -> None:
    def bring(text: str, session: str, time: datetime | None) -> None:
        say(memory, text, session, time=time, origin=Origin.IMPORT)

    bring("The parrot is called Anton.", "a", None)
    bring("Good night.", "a", day(3))
    bring("The parrot is called Berta.", "a", None)
    bring("The parrot is called Carla.", "b", None)
    assert found(memory, "What is the parrot called?", day(2)) == []
    later = found(memory, "What is the parrot called?", day(4))
    assert {"The parrot is called Anton.", "The parrot is called Berta."} <= set(later)
    assert "The parrot is called Carla." not in later
    assert "The parrot is called Carla." in found(memory, "What is the parrot called?", None)
    (note,) = memory.recall("What is the parrot called?", as_of=day(4)).notes
    assert note.startswith("One message that came up has no time")
    assert not memory.recall("What is the parrot called?").notes


def test_a_moment_without_a_zone_is_utc(memory: Memory) -> None:
    say(memory, "I live in Lisbon.", "a", time=day(0))
    assert found(memory, "Lisbon", day(0).replace(tzinfo=None))
    assert not found(memory, "Lisbon", day(0).replace(tzinfo=None) - timedelta(seconds=1))


def test_the_same_holds_with_messages_excluded(open_memory: Callable[..., Memory]) -> None:
    memory = open_memory()
    first = say(memory, "Tea with lemon is best.", "a", time=day(0))
    say(memory, "Tea with milk is best.", "b", time=day(1))
    say(memory, "Tea with rum is best.", "c", time=day(2))
    kept = memory.recall("tea", k=9, exclude={first.id}, as_of=day(1)).recollections
    assert [each.message.text for each in kept] == ["Tea with milk is best."]

"""Times in a cue, as recall sees them: by the calendar, and by events that the memory itself tells of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memory.memory import Memory
from memory.recall.allowed import Allowed
from memory.recall.anchors import anchor_dates, anchors_in
from memory.types import Message, Origin, Role, Scope

from .conftest import say


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def year(memory: Memory) -> Memory:
    lines = [
        ("2026-03-10", "The wedding of Ana is on 20 June."),
        ("2026-05-02", "I bought a red tent."),
        ("2026-05-20", "My birthday is on 3 May, as always."),
        ("2026-06-21", "What a wedding it was, we danced all night."),
        ("2026-07-04", "I bought a blue kayak."),
        ("2026-11-20", "I bought a green lamp."),
    ]
    for number, (day, text) in enumerate(lines):
        say(memory, text, f"s{number}", time=at(day), origin=Origin.IMPORT)
    assert memory.flush()
    return memory


def fits(memory: Memory, cue: str) -> dict[str, float]:
    found = memory.recall(cue, k=20).recollections
    return {each.message.text: each.why.signals["time"] for each in found}


@pytest.mark.parametrize(
    ("cue", "meant"),
    [
        ("What did I buy in July?", "I bought a blue kayak."),
        ("What did I buy two weeks after the wedding of Ana?", "I bought a blue kayak."),
        ("What did I buy the day before my birthday?", "I bought a red tent."),
        ("What did I buy this month?", "I bought a green lamp."),
    ],
)
def test_what_was_said_then_fits(year: Memory, cue: str, meant: str) -> None:
    found = fits(year, cue)
    assert found[meant] == 1
    assert all(value < 0.6 for text, value in found.items() if text.startswith("I bought") and text != meant)


def test_a_cue_without_a_time_has_none(year: Memory) -> None:
    assert set(fits(year, "What did I buy?").values()) == {0}


def test_an_event_is_dated_by_what_was_said_of_it(year: Memory) -> None:
    find = anchors_in(year.journal, year._indexer.words, Scope().key, Allowed(year.journal), [])
    assert find("the wedding of Ana")[0] == at("2026-06-20")
    assert find("my birthday")[0] == at("2026-05-03")
    assert find("the earthquake") == []
    assert find("the") == []
    early = Allowed(year.journal, as_of=at("2026-03-01"))
    assert anchors_in(year.journal, year._indexer.words, Scope().key, early, [])("the wedding") == []


def test_dates_beside_it_come_first_and_no_day_twice() -> None:
    def message(number: int, text: str, day: str | None) -> Message:
        time = at(day) if day else None
        return Message(number, f"m{number}", Role.USER, text, "s", f"m{number}", time=time)

    said = [
        message(1, "The wedding cake is ordered.", "2026-03-01T10:00"),
        message(2, "I slept badly. The wedding was yesterday!", "2026-06-21T10:00"),
        message(3, "Our wedding is on 20 June.", "2026-03-02T10:00"),
        message(4, "The wedding is soon.", None),
        message(5, "Nothing to see here, 5 May.", "2026-06-21T10:00"),
    ]
    assert anchor_dates("the wedding", said) == [at("2026-06-20"), at("2026-03-01T10:00"), at("2026-06-21T10:00")]

"""Browsing what is remembered, and the maps of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from memory.browse import WORDS, Query, browse, month_bounds
from memory.errors import UsageError
from memory.mapping import TOPIC, Mapper
from memory.memory import Memory
from memory.types import Scope
from tests.memory.conftest import fill, say


def test_everything_is_listed_and_narrowed(memory: Memory) -> None:
    march = say(memory, "The pears are ripe.", "old", time=datetime(2024, 3, 10, 12, tzinfo=UTC))
    may = say(memory, "The quinces are ripe.", "old", time=datetime(2024, 5, 10, 12, tzinfo=UTC))
    late = say(memory, "It is a long story about a boat, told at length.", "new", time=datetime(2025, 1, 2, tzinfo=UTC))
    memory.journal.pin([may.id], memory.scope)
    page = browse(memory, Query())
    assert page.messages == (late, may, march)
    assert page.months == (("2024-03", 1), ("2024-05", 1), ("2025-01", 1))
    assert page.scopes == (("default", 3),)
    assert page.own
    assert not page.more
    assert browse(memory, Query(order="oldest")).messages == (march, may, late)
    assert browse(memory, Query(order="longest")).messages[0] == late
    assert browse(memory, Query(month="2024-05")).messages == (may,)
    assert browse(memory, Query(session="old", order="session")).messages == (march, may)
    assert browse(memory, Query(pinned=True)).messages == (may,)
    limited = browse(memory, Query(limit=2))
    assert limited.messages == (late, may)
    assert limited.more
    with pytest.raises(UsageError, match="no month"):
        browse(memory, Query(month="2024-13"))


def test_search_is_by_meaning_or_by_words(memory: Memory) -> None:
    said = fill(memory)
    by_meaning = browse(memory, Query(text="musical instrument"))
    assert said["cello-reply"].id in by_meaning.scores
    assert by_meaning.messages[0].id in (said["cello"].id, said["cello-reply"].id)
    by_words = browse(memory, Query(text="passport", by=WORDS))
    assert [one.id for one in by_words.messages] == [said["passport"].id]
    assert by_words.scores == {said["passport"].id: 1.0}
    assert sum(many for _, many in by_words.months) == 1
    assert not browse(memory, Query(text="passport", by=WORDS, session="a")).messages


def test_another_scope_can_be_read(open_memory: Callable[..., Memory]) -> None:
    with open_memory(scope=Scope("default", "garden")) as garden:
        hers = say(garden, "The roses need water.")
    memory = open_memory()
    say(memory, "My passport expires.")
    page = browse(memory, Query(scope="default/garden"))
    assert page.messages == (hers,)
    assert not page.own
    assert [one.id for one in browse(memory, Query(text="roses", scope="default/garden")).messages] == [hers.id]
    assert not browse(memory, Query(text="roses")).messages
    assert dict(page.scopes) == {"default": 1, "default/garden": 1}


def test_months_begin_and_end_at_midnight_here() -> None:
    first, after = month_bounds("2024-12")
    assert (first.day, first.hour, after.year, after.month, after.day) == (1, 0, 2025, 1, 1)


def test_a_map_shows_what_a_memory_is_linked_to(memory: Memory) -> None:
    bees = say(memory, "Two of my beehives swarmed, and old Ottavia helped me catch the bees.", "bees")
    say(memory, "How good of her.", "bees")
    stage = say(memory, "A prison theatre rehearses comedy with Ottavia on Tuesdays.", "stage")
    boat = say(memory, "The engine of our sailing boat will not start.", "boat")
    memory.link(bees.id, boat.id)
    memory.flush()
    mapper = Mapper(memory)
    drawn = mapper.around(bees.id[:8])
    assert drawn.centre == bees.id
    assert drawn.nodes[0].id == bees.id
    shared = drawn.between(bees.id, stage.id)
    assert shared
    assert (shared.kind, shared.label, shared.told) == ("name", "Ottavia", "shares a name (Ottavia)")
    assert drawn.between(boat.id, bees.id).kind == "linked"
    assert all(link.source in {node.id for node in drawn.nodes} for link in drawn.links)
    assert all(0 < len(node.label) <= 22 for node in drawn.nodes)
    assert "beehives" in drawn.node(bees.id).label
    assert len(mapper.around(bees.id, 3).nodes) == 3


def test_a_map_of_a_topic_begins_with_what_it_evokes(memory: Memory) -> None:
    said = fill(memory)
    drawn = Mapper(memory).around("playing the cello")
    assert drawn.centre == TOPIC
    assert drawn.node(TOPIC).message is None
    assert drawn.between(TOPIC, said["cello"].id)
    with pytest.raises(UsageError, match="Nothing relevant"):
        Mapper(memory).around("quantum chromodynamics of gluons")
    with pytest.raises(UsageError):
        Mapper(memory).around("  ")
    with pytest.raises(UsageError):
        Mapper(memory).around("cello", 1)


def test_what_must_not_come_back_is_on_no_map(memory: Memory) -> None:
    from memory.types import Verdict

    said = fill(memory)
    memory.feedback(said["biscuit"].id, Verdict.NEVER)
    memory.flush()
    assert said["biscuit"].id not in {node.id for node in Mapper(memory).around(said["puppy-reply"].id).nodes}

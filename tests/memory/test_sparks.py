"""Sparks: pairs of memories far in meaning and yet connected."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from memory.errors import UsageError
from memory.memory import Memory
from memory.sitting import going_on
from memory.sparks import NEAR, Spark
from memory.types import STEP_KINDS, Message, NewMessage, Role, Verdict

from .conftest import say

TOLD = {
    "bees": ("hives", "Two of my beehives swarmed last week, and old Ottavia helped me catch the bees."),
    "honey": ("hives", "The honey harvest was poor because of the rain."),
    "stage": ("stage", "A prison theatre rehearses improvised comedy with Ottavia on Tuesdays."),
    "boat": ("boat", "The engine of our sailing boat will not start in cold water."),
    "tax": ("tax", "I must send the tax return before the end of May."),
    "cake": ("cake", "For Grandmother's birthday I baked a lemon pie with almonds."),
}
"""One pair alone is far and connected: bees and stage, by Ottavia."""


@pytest.fixture
def told(memory: Memory) -> dict[str, Message]:
    return {name: say(memory, text, session) for name, (session, text) in TOLD.items()}


def pairs(sparks: list[Spark]) -> list[tuple[str, str]]:
    return [(one.first.id, one.second.id) for one in sparks]


def holds(memory: Memory, spark: Spark) -> None:
    """What holds of every spark."""
    assert spark.first.session != spark.second.session
    assert len(spark.through) == len(spark.path) - 1
    assert [step.message_id for step in spark.path] == [*(one.id for one in spark.through), spark.second.id]
    source = spark.first
    for step, target in zip(spark.path, (*spark.through, spark.second), strict=True):
        assert step.kind in STEP_KINDS
        assert 0 < step.weight <= 1
        edges = {edge.other_seq for edge in memory.associations(source.id, 200)}
        assert target.seq in edges, "every step goes over an edge"
        source = target
    assert 1 - NEAR < spark.distance <= 1
    assert 0 < spark.connection <= 1


def test_the_one_pair_that_is_far_and_connected(memory: Memory, told: dict[str, Message]) -> None:
    (spark,) = memory.spark("beehives")
    assert pairs([spark]) == [(told["bees"].id, told["stage"].id)]
    holds(memory, spark)
    assert [step.label for step in spark.path] == ["Ottavia"]
    assert "Ottavia" in spark.sentence()
    (back,) = memory.spark("improvised theatre")
    assert pairs([back]) == [(told["stage"].id, told["bees"].id)]


def test_without_a_topic_it_begins_with_what_the_user_said_last(memory: Memory, told: dict[str, Message]) -> None:
    assert memory.spark() == []
    later = say(memory, "My knee hurts after running down the stairs, said the surgeon Ottavia.", "knee")
    say(memory, "Thank you!", "knee")
    say(memory, "Ottavia and bees and theatre and knees and so on and so forth.", "knee", Role.ASSISTANT)
    found = memory.spark()
    assert {one.first.id for one in found} == {later.id}
    assert {one.second.id for one in found} == {told["bees"].id, told["stage"].id}
    for one in found:
        holds(memory, one)
    assert len(memory.spark(count=1)) == 1


def test_a_path_over_a_message_between(memory: Memory) -> None:
    start = say(memory, "Our beehives swarmed and Ottavia caught the bees.", "a")
    bridge = say(memory, "The surgeon Ottavia plays the harpsichord on the market square.", "b")
    end = say(memory, "A harpsichord was burnt in the fire of the warehouse.", "c")
    say(memory, "I must send the tax return before the end of May.", "d")
    found = {one.second.id: one for one in memory.spark("beehives")}
    assert set(found) == {bridge.id, end.id}
    for one in found.values():
        holds(memory, one)
    assert found[end.id].first == start
    assert found[end.id].through == (bridge,)
    assert found[end.id].sentence().startswith("shares a")
    assert "harpsichord" in found[end.id].sentence()


@pytest.mark.parametrize("verdict", list(Verdict))
def test_what_must_never_come_back_does_not(memory: Memory, told: dict[str, Message], verdict: Verdict) -> None:
    memory.feedback(told["stage"].id, verdict)
    assert bool(memory.spark("beehives")) == (verdict is not Verdict.NEVER)


def test_nothing_leads_over_what_must_never_come_back(memory: Memory) -> None:
    say(memory, "Our beehives swarmed and Ottavia caught the bees.", "a")
    bridge = say(memory, "The surgeon Ottavia plays the harpsichord on the market square.", "b")
    say(memory, "A harpsichord was burnt in the fire of the warehouse.", "c")
    assert len(memory.spark("beehives")) == 2
    memory.feedback(bridge.id, Verdict.NEVER)
    assert memory.spark("beehives") == []


def test_what_was_together_before_is_no_spark(memory: Memory, told: dict[str, Message]) -> None:
    memory.link(told["bees"].id, told["stage"].id)
    assert memory.spark("beehives") == []


def test_what_was_recalled_together_is_no_spark(memory: Memory, told: dict[str, Message]) -> None:
    used = (told["bees"].id, told["stage"].id)
    asked = say(memory, "Hm?", "z")
    memory.remember(NewMessage(Role.ASSISTANT, "Hm.", "z", reply_to=asked.id, used=used))
    memory.flush()
    assert memory.spark("beehives") == []


ASKED = "Did Ottavia lend me her ladder for the cherry trees last summer?"


def test_what_was_just_asked_is_no_end_and_tells_what_it_is_about(memory: Memory, told: dict[str, Message]) -> None:
    asked = say(memory, ASKED, "now")
    assert asked.id in {end for pair in pairs(memory.spark("cherry trees")) for end in pair}
    assert asked.id not in {end for pair in pairs(memory.spark("cherry trees", session="now")) for end in pair}
    assert pairs(memory.spark("beehives", count=9, session="now")) == [(told["bees"].id, told["stage"].id)]
    say(memory, "And what became of the swarm of bees in my beehives?", "now")
    assert pairs(memory.spark(session="now")) == [(told["bees"].id, told["stage"].id)]


def test_what_was_said_long_ago_in_the_session_that_goes_on_can_be_an_end(memory: Memory) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=30)
    first = say(memory, TOLD["bees"][1], "diary", time=long_ago)
    second = say(memory, TOLD["stage"][1], "stage")
    say(memory, "The weather is nice today in the mountains.", "diary")
    assert pairs(memory.spark("beehives", session="diary")) == [(first.id, second.id)]


def test_a_question_and_what_was_recalled_for_it_are_no_spark(memory: Memory, told: dict[str, Message]) -> None:
    asked = say(memory, ASKED, "asked")
    ends = {asked.id, told["stage"].id}
    assert ends in [set(pair) for pair in pairs(memory.spark("cherry trees", count=9))]
    memory.remember(NewMessage(Role.ASSISTANT, "No.", "asked", reply_to=asked.id, used=(told["stage"].id,)))
    memory.flush()
    assert ends not in [set(pair) for pair in pairs(memory.spark("cherry trees", count=9))]
    assert ends not in [set(pair) for pair in pairs(memory.spark("prison theatre", count=9))]


def test_a_session_goes_on_for_an_hour(memory: Memory) -> None:
    assert going_on(memory.journal, memory.scope) == ""
    say(memory, "Hello there.", "old", time=datetime.now(UTC) - timedelta(minutes=61))
    assert going_on(memory.journal, memory.scope) == ""
    say(memory, "Hello again.", "new")
    assert going_on(memory.journal, memory.scope) == "new"


def test_a_word_that_matters_to_neither_joins_nothing(memory: Memory) -> None:
    say(memory, "I always water the tomatoes in the garden.", "a")
    say(memory, "The tax office always loses my letters.", "b")
    assert memory.spark("tomatoes") == []


def test_what_nearly_every_message_has_joins_nothing(memory: Memory, told: dict[str, Message]) -> None:
    assert memory.spark("beehives")
    for number, what in enumerate(["violin", "bicycle", "garage", "dentist", "carpet"]):
        say(memory, f"Dear Ottavia, the {what} is too expensive for me.", f"letter {number}")
    assert memory.spark("beehives") == []


def test_never_two_of_a_session(memory: Memory) -> None:
    for _, text in TOLD.values():
        say(memory, text, "one")
    assert memory.spark("beehives") == []
    assert memory.spark() == []


def test_no_near_duplicates(memory: Memory, told: dict[str, Message]) -> None:
    say(memory, TOLD["bees"][1], "again")
    say(memory, TOLD["stage"][1], "again")
    found = memory.spark("beehives", count=10)
    assert len(found) == 1
    assert (found[0].first.text, found[0].second.text) == (TOLD["bees"][1], TOLD["stage"][1])


@pytest.mark.parametrize("said", [[], ["Our beehives swarmed and Ottavia caught the bees."], ["ok", "ok", "ok"]])
def test_a_memory_of_hardly_anything_has_none(memory: Memory, said: list[str]) -> None:
    for number, text in enumerate(said):
        say(memory, text, f"s{number}")
    assert memory.spark() == []
    assert memory.spark("bees") == []


@pytest.mark.parametrize("topic", ["quantum chromodynamics", "zxqv blorf", "the", "?", "🦊", "量子", "   "])
def test_an_unknown_topic_has_none(memory: Memory, told: dict[str, Message], topic: str) -> None:
    assert memory.spark(topic) == []


def test_what_was_forgotten_does_not_come(memory: Memory, told: dict[str, Message]) -> None:
    assert memory.spark("beehives")
    memory.forget(messages=[told["stage"].id])
    assert memory.spark("beehives") == []


def test_wrong_count(memory: Memory) -> None:
    with pytest.raises(UsageError, match="0 sparks"):
        memory.spark(count=0)


def test_no_more_than_asked_and_stays_in_its_scope(open_memory: Callable[..., Memory]) -> None:
    from memory.types import Scope

    with open_memory() as memory:
        for session, text in TOLD.values():
            say(memory, text, session)
    with open_memory(scope=Scope("other")) as other:
        assert other.spark("beehives") == []
        say(other, TOLD["bees"][1], "x")
        assert other.spark("beehives") == []

"""Verdicts on recollections: what they change, how long they hold, how they go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from memory.errors import UsageError
from memory.memory import Memory
from memory.types import Message, Role, Scope, Verdict

from .conftest import fill, say

CUE = "What is my sister's dog called?"
ALIKE = "How is the dog of my sister called?"
OTHER = "Which bank has the lowest interest?"


def ids(memory: Memory, cue: str, **more: object) -> list[str]:
    return [found.message.id for found in memory.recall(cue, k=20, **more).recollections]


def score(memory: Memory, cue: str, message: Message) -> float:
    return next((each.score for each in memory.recall(cue, k=20).recollections if each.message.id == message.id), 0.0)


def pets(memory: Memory) -> dict[str, Message]:
    said = fill(memory)
    said["cat"] = say(memory, "My sister's cat is called Minka.", "d")
    said["bank"] = say(memory, "The bank on the corner has the lowest interest.", "e")
    return said


def test_never_is_gone_for_every_cue_and_from_exchanges(memory: Memory) -> None:
    said = pets(memory)
    memory.feedback(said["biscuit"].id, Verdict.NEVER, CUE)
    for cue in (CUE, "Biscuit", "she calls it Biscuit", OTHER):
        found = memory.recall(cue, k=20).recollections
        shown = {message.id for each in found for message in (each.message, *each.exchange)}
        assert said["biscuit"].id not in shown
        assert said["biscuit"].id not in {step.message_id for each in found for step in each.why.path}
    assert memory.feedback(said["biscuit"].id, None)
    assert said["biscuit"].id in ids(memory, "Biscuit")


def test_never_is_gone_from_associations_too(memory: Memory) -> None:
    said = pets(memory)
    assert memory.flush()
    others = {edge.other_seq for edge in memory.associations(said["puppy"].id, 20)}
    assert said["puppy-reply"].seq in others
    memory.feedback(said["puppy-reply"].id, Verdict.NEVER)
    assert {edge.other_seq for edge in memory.associations(said["puppy"].id, 20)} == others - {said["puppy-reply"].seq}


def test_wrong_lowers_it_for_cues_that_are_alike_and_for_no_others(memory: Memory) -> None:
    said = pets(memory)
    cat = said["cat"]
    before = {cue: score(memory, cue, cat) for cue in (CUE, ALIKE, "Minka the cat", OTHER)}
    memory.feedback(cat.id, Verdict.WRONG, CUE)
    assert score(memory, CUE, cat) < before[CUE] / 5
    assert score(memory, ALIKE, cat) < before[ALIKE] / 2
    assert score(memory, "Minka the cat", cat) == before["Minka the cat"]
    assert score(memory, OTHER, cat) == before[OTHER]
    assert ids(memory, CUE)[0] != cat.id
    why = next(each.why for each in memory.recall(CUE, k=20).recollections if each.message.id == cat.id)
    assert why.verdict is Verdict.WRONG
    assert why.signals["feedback"] == -1
    assert "you called it wrong" in why.sentence()


def test_useful_raises_it_for_cues_that_are_alike(memory: Memory) -> None:
    said = pets(memory)
    biscuit = said["biscuit"]
    before, other = score(memory, ALIKE, biscuit), score(memory, OTHER, biscuit)
    memory.feedback(biscuit.id, Verdict.USEFUL, CUE)
    assert ids(memory, CUE)[0] == biscuit.id
    assert score(memory, ALIKE, biscuit) > before
    assert score(memory, OTHER, biscuit) == other


def test_what_was_useful_comes_though_neither_words_nor_meaning_find_it(memory: Memory) -> None:
    said = pets(memory)
    cue = "zygomatic quantum chromodynamics lattice"
    assert ids(memory, cue) == []
    memory.feedback(said["cello"].id, Verdict.USEFUL, cue)
    assert ids(memory, cue)[0] == said["cello"].id
    assert said["cello"].id not in ids(memory, OTHER)[:1]


def test_outdated_stands_below_the_newer_one_and_is_marked(memory: Memory) -> None:
    old = say(memory, "I live in Lisbon now, in the street by the river.", "a")
    new = say(memory, "We moved: now I live in Porto, in a street by the sea.", "b")
    assert ids(memory, "Where in Lisbon do I live now, by the river?")[0] == old.id
    memory.feedback(old.id, Verdict.OUTDATED)
    first, second = memory.recall("Where in Lisbon do I live now, by the river?").recollections
    assert (first.message.id, second.message.id) == (new.id, old.id)
    assert second.why.verdict is Verdict.OUTDATED
    assert first.why.verdict is None


def test_the_latest_verdict_on_a_cue_holds(memory: Memory) -> None:
    said = pets(memory)
    assert memory.feedback(said["cat"].id, Verdict.WRONG, CUE) == ()
    (before,) = memory.feedback(said["cat"].id, Verdict.USEFUL, CUE)
    assert before.verdict is Verdict.WRONG
    (given,) = memory.feedback_of(said["cat"].id)
    assert (given.verdict, given.cue) == (Verdict.USEFUL, CUE)
    memory.feedback(said["cat"].id, Verdict.WRONG, OTHER)
    assert [each.verdict for each in memory.feedback_of(said["cat"].id)] == [Verdict.WRONG, Verdict.USEFUL]
    why = next(each.why for each in memory.recall(CUE, k=20).recollections if each.message.id == said["cat"].id)
    assert why.verdict is Verdict.USEFUL


def test_it_is_kept_with_the_recollection_it_was_given_on(memory: Memory) -> None:
    said = pets(memory)
    shown = memory.recall("cello").recollections[0]
    start = datetime.now(UTC)
    memory.feedback(said["cello"].id, Verdict.USEFUL, "cello", shown)
    memory.feedback(said["passport"].id, Verdict.USEFUL, "passport")
    passport, cello = memory.feedback_of()
    assert cello.score == shown.score
    assert cello.signals == shown.why.signals
    assert passport.signals["cosine"] > 0
    assert cello.time is not None
    assert start - timedelta(seconds=1) <= cello.time <= datetime.now(UTC)


def test_taking_back_one_or_all(memory: Memory) -> None:
    said = pets(memory)
    before = score(memory, CUE, said["cat"])
    for cue in (CUE, OTHER, ""):
        memory.feedback(said["cat"].id, Verdict.WRONG, cue)
    assert len(memory.feedback(said["cat"].id, None, OTHER)) == 1
    assert len(memory.feedback(said["cat"].id, None)) == 2
    assert memory.feedback_of() == []
    assert score(memory, CUE, said["cat"]) == before


def test_without_a_cue_it_counts_a_little_for_every_cue(memory: Memory) -> None:
    said = pets(memory)
    before = score(memory, CUE, said["cat"])
    memory.feedback(said["cat"].id, Verdict.WRONG)
    assert before / 5 < score(memory, CUE, said["cat"]) < before


@pytest.mark.parametrize("cue", ["a", "the of and", "東京", "🙂🙂", "x" * 100_000, "\ud800", "'; --"])
def test_odd_cues_are_kept_and_heeded(memory: Memory, cue: str) -> None:
    said = pets(memory)
    memory.feedback(said["cat"].id, Verdict.NEVER, cue)
    memory.feedback(said["bank"].id, Verdict.USEFUL, cue)
    assert len(memory.feedback_of()) == 2
    found = ids(memory, cue)
    assert said["cat"].id not in found
    assert said["bank"].id in found


def test_other_scopes_neither_see_nor_give_it(open_memory: Callable[..., Memory]) -> None:
    mine, theirs = open_memory(), open_memory(scope=Scope("work"))
    said = say(mine, "The wedding is in Porto.")
    say(theirs, "The wedding is in Porto.", "s2")
    mine.feedback(said.id, Verdict.NEVER)
    assert ids(mine, "wedding") == []
    assert len(ids(theirs, "wedding")) == 1
    assert theirs.feedback_of() == []
    for verdict in (Verdict.WRONG, None):
        with pytest.raises(UsageError, match=said.id):
            theirs.feedback(said.id, verdict)


def test_it_survives_and_holds_in_another_process_at_once(open_memory: Callable[..., Memory]) -> None:
    here, there = open_memory(), open_memory()
    said = say(here, "The spare key lies under the flower pot.")
    assert ids(there, "spare key") == [said.id]
    here.feedback(said.id, Verdict.NEVER)
    assert ids(there, "spare key") == []
    there.feedback(said.id, None)
    assert ids(here, "spare key") == [said.id]


def test_before_it_was_outdated_it_was_not(memory: Memory) -> None:
    said = say(memory, "I live in Lisbon.", "a", time=datetime(2026, 3, 1, tzinfo=UTC))
    memory.feedback(said.id, Verdict.OUTDATED)
    (then,) = memory.recall("Lisbon", as_of=datetime(2026, 3, 2, tzinfo=UTC)).recollections
    (now,) = memory.recall("Lisbon").recollections
    assert (then.why.verdict, now.why.verdict) == (None, Verdict.OUTDATED)
    memory.feedback(said.id, Verdict.NEVER, "Lisbon")
    assert ids(memory, "Lisbon", as_of=datetime(2026, 3, 2, tzinfo=UTC)) == []


def holding(folder: Path, secret: bytes) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and secret in path.read_bytes()]


def test_it_is_forgotten_with_the_message(open_memory: Callable[..., Memory], tmp_path: Path) -> None:
    memory = open_memory()
    said = say(memory, "The key lies under the pot.")
    memory.feedback(said.id, Verdict.USEFUL, "quixotic-marmalade where is it")
    assert holding(tmp_path, b"quixotic-marmalade")
    memory.forget(messages=[said.id])
    assert memory.feedback_of() == []
    assert holding(tmp_path, b"quixotic-marmalade") == []


def test_a_cue_that_was_a_message_is_forgotten_with_that_message(
    open_memory: Callable[..., Memory], tmp_path: Path
) -> None:
    memory = open_memory()
    key, pot = say(memory, "The key lies under the pot.", "a"), say(memory, "The pot is red.", "b")
    asked = say(memory, "quixotic-marmalade, where is the key?", "c")
    memory.feedback(key.id, Verdict.NEVER, asked.text)
    memory.feedback(pot.id, Verdict.WRONG, asked.text)
    memory.forget(messages=[asked.id])
    assert [(each.message_id, each.cue) for each in memory.feedback_of()] == [(key.id, "")]
    assert key.id not in ids(memory, "key")
    assert holding(tmp_path, b"quixotic-marmalade") == []


def test_hundreds_of_hidden_messages_leave_room_for_the_one_that_is_not(memory: Memory) -> None:
    hidden = [say(memory, f"The plumber comes on day {n}.", f"s{n}", Role.USER) for n in range(90)]
    shown = say(memory, "The plumber never comes.", "x")
    for message in hidden:
        memory.feedback(message.id, Verdict.NEVER)
    assert ids(memory, "plumber") == [shown.id]

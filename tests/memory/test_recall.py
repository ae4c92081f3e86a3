from __future__ import annotations

from collections.abc import Callable

import pytest

from memory.errors import UsageError
from memory.memory import Memory
from memory.types import NewMessage, Role, Scope

from .conftest import fill, say


def texts(memory: Memory, cue: str, k: int = 5) -> list[str]:
    return [found.message.text for found in memory.recall(cue, k=k).recollections]


def test_recall_finds_by_meaning_what_shares_no_word(memory: Memory) -> None:
    said = fill(memory)
    found = memory.recall("musical instruments I practise").recollections
    assert found[0].message.session == said["cello"].session
    assert found[0].why.signals["cosine"] > 0.2


def test_recall_finds_by_words(memory: Memory) -> None:
    said = fill(memory)
    best = memory.recall("passport").recollections[0]
    assert best.message.id == said["passport"].id
    assert best.why.terms == ("passport",)
    assert best.why.path[0].kind == "words"


def test_what_has_the_words_of_the_cue_says_so_beside_a_better_match(memory: Memory) -> None:
    first = say(memory, "My brother Ilja lives in Tartu and plays the oboe.", "a")
    say(memory, "I will remember that your brother Ilja lives in Tartu and plays the oboe.", "a", Role.ASSISTANT)
    whys = {each.message.id: each.why for each in memory.recall("What does my brother play?").recollections}
    assert whys[first.id].sentence().startswith("shares words (brother, play)")


def test_a_neighbour_of_a_match_comes_along_with_the_path_that_led_to_it(memory: Memory) -> None:
    said = fill(memory)
    memory.flush(store=False)
    found = memory.recall("Ana's brown labrador puppy", k=9).recollections
    by_id = {recollection.message.id: recollection for recollection in found}
    assert said["biscuit"].id in by_id
    path = by_id[said["puppy-reply"].id].why.path
    assert [step.kind for step in path][-1] == "neighbour"
    assert path[0].message_id == said["puppy"].id


def test_what_was_just_said_is_recalled_at_once_without_any_index(memory: Memory) -> None:
    fill(memory)
    said = say(memory, "The spare key lies under the third flower pot.", "d")
    assert not memory._indexer.vectors.is_open
    assert memory.recall("where is the spare key?").recollections[0].message.id == said.id


def test_the_answer_is_the_same_through_the_indexes_and_by_scanning(memory: Memory) -> None:
    fill(memory)
    scanned = memory.recall("What is my sister's dog called?", k=9)
    assert memory.flush()
    assert memory.stats().indexed == memory.stats().passages
    indexed = memory.recall("What is my sister's dog called?", k=9)
    assert [r.message.id for r in indexed.recollections] == [r.message.id for r in scanned.recollections]


def test_an_exchange_is_the_question_and_its_answer(memory: Memory) -> None:
    said = fill(memory)
    best = memory.recall("cello").recollections[0]
    assert [message.id for message in best.exchange] == [said["cello"].id, said["cello-reply"].id]


def test_nothing_relevant_is_an_answer(memory: Memory) -> None:
    fill(memory)
    assert memory.recall("zygomatic quantum chromodynamics lattice").recollections == ()


@pytest.mark.parametrize("cue", ["", "   ", "\n"])
def test_an_empty_cue_evokes_nothing(memory: Memory, cue: str) -> None:
    fill(memory)
    assert memory.recall(cue).recollections == ()


@pytest.mark.parametrize(
    "cue",
    ["a", "the of and", "東京", "مرحبا بالعالم", "🙂🙂", "x" * 100_000, "word " * 20_000, "\x00\x1b[31m", "'; --"],
)
def test_odd_cues_are_answered(memory: Memory, cue: str) -> None:
    fill(memory)
    assert len(memory.recall(cue, k=3).recollections) <= 3


def test_recall_of_none_is_refused(memory: Memory) -> None:
    with pytest.raises(UsageError):
        memory.recall("cello", k=0)


def test_excluded_messages_stay_away(memory: Memory) -> None:
    said = fill(memory)
    found = memory.recall("passport", k=9, exclude={said["passport"].id}).recollections
    assert said["passport"].id not in {recollection.message.id for recollection in found}


def test_scores_fall_and_lie_between_nought_and_one(memory: Memory) -> None:
    fill(memory)
    scores = [recollection.score for recollection in memory.recall("Ana's puppy Biscuit", k=9).recollections]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_scopes_do_not_see_each_other(open_memory: Callable[..., Memory]) -> None:
    mine, theirs = open_memory(), open_memory(scope=Scope("work"))
    say(mine, "The wedding is in Porto.")
    say(theirs, "The wedding photographer is late.", "s2")
    for memory in (mine, theirs):
        memory.flush(store=False)
    assert texts(mine, "wedding") == ["The wedding is in Porto."]
    assert texts(theirs, "wedding") == ["The wedding photographer is late."]
    assert [session.id for session in theirs.sessions()] == ["s2"]


def test_a_long_message_is_found_by_a_sentence_deep_inside(memory: Memory) -> None:
    filler = "The committee discussed the budget at length and adjourned without a decision. " * 60
    said = say(memory, f"{filler} By the way, the code of the garage is 4711. {filler}", "long")
    fill(memory)
    memory.flush(store=False)
    assert memory.recall("What is the garage code?").recollections[0].message.id == said.id


def test_equal_messages_by_the_hundred_do_no_harm(memory: Memory) -> None:
    memory.remember_many(NewMessage(role=Role.USER, text="ok", session=f"s{n}") for n in range(500))
    said = say(memory, "The plumber comes on Thursday.", "plumber")
    assert memory.recall("When does the plumber come?").recollections[0].message.id == said.id

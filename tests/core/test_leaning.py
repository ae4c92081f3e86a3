"""What the answer of a small model leans on: the telling words of its notes, or their dates and figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.context import pack
from assistant.leaning import leaning
from assistant.limits import PROFILES
from assistant.models.leaning import NO_TOKEN, spelled, token_bias
from assistant.packing.note import Age, Beside, Note
from assistant.settings import Settings
from prompts import load
from tests.core.conftest import NOON, Counting, recalled, said


def words(text: str, question: str, speaker: str = "") -> dict[str, float]:
    message = said(text, 1, speaker=speaker)
    notes = [Note(recalled(message).recollections[0])]
    return dict(leaning(notes, f"[7 May 2024] {speaker}: {text}", question, 3.0))


def test_the_telling_words_of_the_notes_are_raised() -> None:
    found = words("I'm so nervous, Ana, and don't sleep.", "How does Ben feel?", "Ben Ott")
    assert found == {"nervous": 3.0, "Ana": 3.0, "sleep": 3.0}


def test_words_of_the_question_are_not_raised() -> None:
    assert words("The dog is called Biscuit.", "What is the dog called?") == {"Biscuit": 3.0}


def test_who_asks_of_themselves_is_told_you() -> None:
    assert words("I hate olives.", "What do I hate?") == {"olives": 3.0, "You": 3.0, "Your": 3.0}


def test_what_no_longer_holds_is_not_leant_on_unless_it_is_asked_for() -> None:
    found = recalled(said("The boss is called Ruth.", 1), said("The boss is called Max.", 2)).recollections
    notes = [Note(one, Beside(age=age)) for one, age in zip(found, (Age.OLDER, Age.NEWEST), strict=True)]
    now = dict(leaning(notes, "", "Who is the boss?", 3.0))
    assert ("Max" in now, "Ruth" in now) == (True, False)
    assert {"Max", "Ruth"} <= dict(leaning(notes, "", "Who was the boss before?", 3.0)).keys()


def test_whose_it_is_makes_no_other_word() -> None:
    assert words("Ana's puppy is Biscuit, says Ana’s aunt.", "What is the name of Ana's puppy?") == {
        "Biscuit": 3.0,
        "says": 3.0,
        "aunt": 3.0,
    }


def test_asked_for_a_time_dates_and_figures_are_raised() -> None:
    found = words("We met two weeks ago and ate plums.", "When did we meet?")
    assert set(found) == {"two", "weeks", "ago"}, "the note tells a time of its own"
    assert set(found.values()) == {2.0}


@pytest.mark.parametrize("question", ["When was it?", "In which month was it?", "what day was it"])
def test_questions_for_a_time(question: str) -> None:
    assert "2024" in words("We ate plums.", question)
    assert "plums" not in words("We ate plums.", question)


@pytest.mark.parametrize("question", ["How long was it?", "How many are there?", "For how long?", "At what age?"])
def test_questions_for_a_number(question: str) -> None:
    assert words("I have had 3 plums for two days.", question) == {"3": 2.0, "two": 2.0, "days": 2.0}


@pytest.mark.parametrize("question", ["What happened when it rained?", "How are you?", "Which monkey?", "Whenever"])
def test_other_questions(question: str) -> None:
    assert words("We ate plums.", question) == {"ate": 3.0, "plums": 3.0}


def test_who_is_called_by_name_is_not_raised() -> None:
    assert set(words("Hey Nate, thanks! I saw Ruth, Nate!", "Whom did he see?")) == {"saw", "Ruth"}


async def test_it_goes_with_a_page_of_the_small_profile_alone() -> None:
    for profile, leans in (("small", True), ("large", False)):
        prompt = await pack(
            "What is the dog called?",
            recalled(said("The dog is called Biscuit.", 1)),
            [],
            prompts=load(profile),
            model=Counting(4096, profile),
            settings=Settings(),
            now=NOON,
        )
        assert (("Biscuit", PROFILES["small"].favour) in prompt.leaning) is leans
        assert bool(prompt.leaning) is leans
        talk = await pack(
            "I saw the dog.",
            recalled(said("The dog is called Biscuit.", 1)),
            [],
            prompts=load(profile),
            model=Counting(4096, profile),
            settings=Settings(),
            now=NOON,
        )
        assert not talk.leaning


async def test_a_word_is_raised_by_its_first_token_and_a_number_by_each() -> None:
    prompt = await pack(
        "What is the dog called?",
        recalled(said("The dog is called Biscuit.", 1)),
        [],
        prompts=load("small"),
        model=Counting(4096, "small"),
        settings=Settings(),
        now=NOON,
    )
    leaning_to = replace(prompt, leaning=(("Biscuit", 3.0), ("2024", 2.0), ("bis", -1.0)))
    assert spelled(leaning_to) == [" Biscuit", NO_TOKEN, " 2024", NO_TOKEN, " bis", NO_TOKEN]
    tokens = [11, 12, NO_TOKEN, 2, 0, 2, 4, NO_TOKEN, 11, NO_TOKEN]
    assert token_bias(leaning_to, tokens) == {11: -1.0, 2: 2.0, 0: 2.0, 4: 2.0}

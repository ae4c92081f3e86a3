from __future__ import annotations

import pytest

from assistant.wording import cue_of, is_of_self, is_question, refers_back, tells
from memory.types import Role
from tests.core.conftest import said


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("What is my name?", True),
        ("and where does she live", True),
        ("tell me my passport number", True),
        ("I went home.", False),
        ("Write a poem about rain", False),
        ("Look at this:\nis it good?", False),
        ("Whatever", False),
        ("Can you write a note for my aunt?", False),
        ("Could you tell me my code?", True),
    ],
)
def test_questions_are_told_from_the_rest(text: str, asks: bool):
    assert is_question(text) is asks


def test_a_follow_up_takes_what_it_follows_into_the_cue():
    turns = [said("My sister Ana lives in Ghent.", 1), said("Nice.", 2, Role.ASSISTANT)]
    assert cue_of("And what about her dog?", turns) == "My sister Ana lives in Ghent.\nAnd what about her dog?"
    assert cue_of("Why?", turns) == "My sister Ana lives in Ghent.\nWhy?"
    alone = "When does my passport expire, the red one from the embassy?"
    assert cue_of(alone, []) == alone
    assert cue_of("When does my brother's passport expire?", turns) == "When does my brother's passport expire?"
    assert len(cue_of("x" * 1_000_000, turns)) <= 4000


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("And what about her dog?", True),
        ("Why?", True),
        ("Why did the deployment fail?", False),
        ("When did she adopt it?", True),
        ("Make it shorter", True),
        ("Where did I put it?", True),
        ("What does my sister call her puppy?", False),
        ("Hello", False),
        ("Thanks, bye!", False),
        ("When does my passport expire?", False),
    ],
)
def test_follow_ups_are_told_from_the_rest(text: str, back: bool):
    assert refers_back(text) is back


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("My passport expires on 3 March 2027.", True),
        ("I'm allergic to peanuts", True),
        ("Okay, we moved to Ghent.", True),
        ("Remember that the code is 4417.", True),
        ("The meeting is at 3. Is that fine?", False),
        ("Write a poem about rain", False),
        ("Hello", False),
        ("Irene called", False),
        ("What is my name?", False),
        ("Remind me of the code", False),
    ],
)
def test_what_is_told_is_told_from_what_is_wanted(text: str, is_told: bool):
    assert tells(text) is is_told


@pytest.mark.parametrize(
    ("text", "own"),
    [("What is my name?", True), ("Where do I live?", True), ("Is it ours?", True), ("Where does Mia live?", False)],
)
def test_what_speaks_of_the_one_who_says_it(text: str, own: bool):
    assert is_of_self(text) is own

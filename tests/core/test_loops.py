from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.loops import Ending, first_sentence, repeats


@pytest.mark.parametrize(
    "text",
    [
        "Bye!\n\n" * 8,
        "I am glad. " + "I can help with my job, I can help with my wife, " * 4,
        "Well. " + "You remember me. " * 5,
        "no no no no no no no no no",
        "Your rent is 78" + "0" * 16,
    ],
)
def test_endless_repetition_is_noticed(text: str):
    assert repeats(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bye! Bye!",
        "Ha ha ha!",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        "----------------------------------------",
        "Row, row, row your boat, gently down the stream. Merrily, merrily, merrily, merrily, life is but a dream.",
        "    return 1\n    return 2\n    return 3\n    return 4\n",
        "A trillion is 1000000000000, and then there is aaaargh",
        "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15",
        "The cat sat on the mat. The dog sat on the mat. The bird sat on the mat. " * 2,
    ],
)
def test_ordinary_text_is_not(text: str):
    assert not repeats(text)


def test_long_texts():
    assert not repeats("ab" * 299 + "c")
    assert not repeats("".join(str(number) for number in range(5000)))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Biscuit. He is brown.", "Biscuit."),
        ("Really?! Yes.", "Really?!"),
        ("He said “no.” Then he left.", "He said “no.”"),
        ("Dr. Novak of St. Gallen.", "Dr. Novak of St. Gallen."),
        ("J. R. Smith", "J. R. Smith"),
        ("At 3 p.m. on Friday", "At 3 p.m. on Friday"),
        ("It costs 3.50 euros", "It costs 3.50 euros"),
        ("Wait ... what", "Wait ... what"),
        ("Biscuit.", "Biscuit."),
        ("", ""),
    ],
)
def test_the_first_sentence(text: str, first: str):
    assert first_sentence(text) == first


@given(st.text("abA. !?", max_size=60), st.integers(1, 7))
def test_an_answer_ends_after_its_first_sentence_however_it_comes(text: str, size: int):
    ending = Ending(loops=False, one_sentence=True)
    shown = ""
    for start in range(0, len(text), size):
        shown += ending.take(text[start : start + size])
        if ending.over:
            break
    assert (shown + ending.end()).rstrip() == first_sentence(text).rstrip()


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Toby, Toby, Toby, To", "Toby"),
        ("They love dogs, they love dogs, they love", "They love dogs"),
        ("Ghent, Lille, Ghent, Lille, Ghent", "Ghent, Lille"),
        ("Ghent, Lille, Ghent.", "Ghent, Lille"),
        ("Ann, Anna, Annabel", "Ann, Anna, Annabel"),
        ("Anna, Ann", "Anna, Ann"),
        ("Anna, Ann. And more.", "Anna, Ann."),
        ("Lea and Mia", "Lea and Mia"),
        ("Ana Ana Ana", "Ana"),
        ("No Ana Ana. And", "No Ana"),
        ("Ana Anastasia", "Ana Anastasia"),
        ("It is now nowhere", "It is now nowhere"),
        ("The one that that man had had", "The one that that man had had"),
        ("A lot, a", "A lot, a"),
        ("", ""),
    ],
)
def test_what_is_said_again_ends_a_list(text: str, shown: str, size: int):
    ending = Ending(loops=True, one_sentence=True)
    came = ""
    for start in range(0, len(text), size):
        came += ending.take(text[start : start + size])
        if ending.over:
            break
    assert came + ending.end() == shown


def test_an_answer_in_circles_is_ended_there():
    ending = Ending(loops=True, one_sentence=False)
    pieces = 0
    while not ending.over:
        ending.take("no ")
        pieces += 1
    assert ending.circles
    assert pieces < 10

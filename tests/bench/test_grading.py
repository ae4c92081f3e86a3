from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.bench.grading import abstains, contains, token_f1


def test_f1_by_hand() -> None:
    assert token_f1("The week before 9 June 2023", "the week before 9 June 2023.") == 1
    assert token_f1("In Oslo, Norway", "Oslo") == pytest.approx(2 * 1 / (3 + 1))
    assert token_f1("a cat and a cat", "cat") == pytest.approx(2 / (3 + 1))
    assert token_f1("dog", "cat") == 0
    assert token_f1("", "cat") == 0
    assert token_f1("the", "") == 1
    assert token_f1("Café", "cafe") == 1


@given(st.text(), st.text())
def test_laws_of_f1(one: str, other: str) -> None:
    assert token_f1(one, other) == pytest.approx(token_f1(other, one))
    assert 0 <= token_f1(one, other) <= 1
    assert token_f1(one, one) == 1


def test_contains_whole_words() -> None:
    assert contains("She moved to Oslo in May.", "Oslo")
    assert contains("It is the red bicycle!", "a red bicycle")
    assert not contains("She moved to Oslow.", "Oslo")
    assert not contains("red and bicycle", "red bicycle")
    assert not contains("anything", "")


@pytest.mark.parametrize(
    "answer",
    [
        "I don't know, you have not told me yet.",
        "I don’t remember that.",
        "I do not have any information about that.",
        "You never mentioned your boss.",
        "That is not mentioned in our conversations.",
        "There is no information about it.",
        "The notes don't mention a car.",
        "I'm not sure.",
        "I cannot find it.",
        "Unknown",
        "",
    ],
)
def test_abstentions(answer: str) -> None:
    assert abstains(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Biscuit",
        "She did not tell her mother.",
        "He knows the mayor.",
        "I remember that: it was in May.",
        "They have no children.",
        "Not in Oslo, but in Bergen.",
    ],
)
def test_answers_are_not_abstentions(answer: str) -> None:
    assert not abstains(answer)

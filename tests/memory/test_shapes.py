"""How far the weights are trusted, and what ranks where they are not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from memory.memory import Memory
from memory.recall.linear import Linear
from memory.recall.model import shipped_weights
from memory.recall.ranking import plain, ranked_by, steadied
from memory.recall.shapes import NUMBERS, Shapes
from memory.types import Role

from .conftest import say

Column = NDArray[np.float32]

numbers = st.floats(-8, 8)
_NEAR = ("meaning.cosine", "meaning.with_previous", "words.bm25_of_possible")


@given(st.lists(numbers, min_size=4, max_size=4), st.lists(numbers, min_size=4, max_size=4))
def test_trust_is_whole_in_the_middle_and_none_far_away(centre: list[float], step: list[float]) -> None:
    shapes = Shapes.of([{"numbers": {name: [mean, 0.5] for name, mean in zip(NUMBERS, centre, strict=True)}}])
    here = dict(zip(NUMBERS, centre, strict=True))
    assert shapes.trust(here) == 1.0
    off = {name: here[name] + one for name, one in zip(NUMBERS, step, strict=True)}
    further = {name: here[name] + 2 * one for name, one in zip(NUMBERS, step, strict=True)}
    assert 0 <= shapes.trust(further) <= shapes.trust(off) <= 1
    assert shapes.trust({name: one + 9 for name, one in here.items()}) == 0.0


def test_the_shipped_weights_trust_what_they_were_fitted_on() -> None:
    shapes = shipped_weights().shapes
    for centre, cues in zip(shapes.centre, shapes.cues, strict=True):
        here = dict(zip(shapes.names, centre, strict=True))
        assert all(shapes.trust(here, remark=bool(remark)) == 1.0 for remark, has in enumerate(cues) if has)
    assert shapes.trust(dict.fromkeys(shapes.names, 40.0)) == 0.0


@pytest.mark.parametrize(
    "found",
    [
        [{"numbers": {"asked.named": [0.0, 0.0]}}],
        [{"numbers": {"asked.named": [float("nan"), 1.0]}}],
        [{"numbers": {"asked.named": [0.0]}}],
        [{}],
    ],
)
def test_shapes_that_are_none_are_refused(found: list[dict[str, object]]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Shapes.of(found)


def test_a_linear_sum_by_hand() -> None:
    linear = Linear.of({"features": {"b": [1.0, 2.0, 3.0], "a": [0.0, 1.0, -1.0]}}, ["a", "b", "c"])
    assert linear(np.array([[1.0, 3.0, 9.0], [100.0, 1.0, 0.0]], dtype=np.float32)).tolist() == [2.0, -5.0]
    moving = Linear.of({"shape": ["c"], "features": {"a": [0.0, 1.0, 1.0, 10.0]}}, ["a", "b", "c"])
    assert moving(np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 2.0], [1.0, 0.0, 99.0]], dtype=np.float32)).tolist() == [
        1.0,
        21.0,
        31.0,
    ]
    for wrong in ([0.0, 0.0, 1.0], [0.0, 1.0], [0.0, 1.0, 1.0, 1.0], [0.0, 1.0, float("inf")]):
        with pytest.raises((ValueError, KeyError, TypeError)):
            Linear.of({"features": {"a": wrong}}, ["a", "b", "c"])
    with pytest.raises(KeyError):
        Linear.of({"features": {"x": [0.0, 1.0, 1.0]}}, ["a", "b", "c"])


def test_what_is_learnt_of_questions_is_not_trusted_on_remarks() -> None:
    here = dict.fromkeys(NUMBERS, 1.0)
    shape = {"numbers": {name: [1.0, 0.5] for name in NUMBERS}}
    questions = Shapes.of([{**shape, "cues": ["questions"]}])
    assert (questions.trust(here), questions.trust(here, remark=True)) == (1.0, 0.0)
    both = Shapes.of([{**shape, "cues": ["questions"]}, {**shape, "cues": ["remarks"]}])
    assert both.trust(here, remark=True) == 1.0
    assert Shapes.of([shape]).trust(here, remark=True) == 1.0, "a file that does not say is of both"


def test_without_trust_the_plain_sum_ranks() -> None:
    base = np.linspace(0, 1, 80, dtype=np.float32)
    scores = -base
    assert np.argmax(steadied(scores, base, trust=0.0)) == 79
    assert np.argmax(steadied(scores, base, trust=1.0)) == 0


def test_a_question_that_was_asked_before_does_not_stand_before_its_answer(memory: Memory) -> None:
    """Asked three times, answered once: the fact comes first, in a memory that small and in a grown one."""
    for session in ("a", "b", "c"):
        say(memory, "What is the name of my sister's dog?", session)
        say(memory, "You have not told me yet.", session, Role.ASSISTANT)
    fact = say(memory, "My sister's dog is called Biscuit, by the way.", "d")
    cue = "What is the name of my sister's dog?"
    memory.flush(store=False)
    assert memory.recall(cue).recollections[0].message.id == fact.id
    for number in range(70):
        say(memory, f"The dog of neighbour {number} barked at my sister today.", f"s{number // 5}")
    memory.flush(store=False)
    assert memory.recall(cue).recollections[0].message.id == fact.id


def test_echoes_stand_back() -> None:
    columns = even("words.base", "words.pairs", "who.speaker_meant", "asked.usual_length", "asked.named")
    columns["who.echo"] = np.array([1.0, 0.0], dtype=np.float32)
    assert plain(columns)[0] == plain(columns)[1]
    for trust in (0.0, 1.0):
        worth = ranked_by(np.array([2.0, 1.0], dtype=np.float32), columns, trust)
        assert worth[0] < worth[1]


def test_to_a_question_the_users_own_words_stand_before_a_reply_as_good() -> None:
    columns = even("words.base", "words.pairs", "asked.usual_length", "asked.one_sentence", "asked.ends_asking", *_NEAR)
    columns["who.user"] = np.array([0.0, 1.0], dtype=np.float32)
    assert np.argmax(plain(columns)) == 1
    asks_the_assistant = columns | {"asked.of_you": np.full(2, 0.2, dtype=np.float32)}
    tells = columns | {"asked.ends_asking": np.zeros(2, dtype=np.float32)}
    for others in (asks_the_assistant, tells):
        assert plain(others)[0] == plain(others)[1]


def test_of_two_that_match_alike_a_trifle_does_not_make_one_worthless() -> None:
    columns = even()
    columns["meaning.cosine"] = columns["meaning.with_previous"] = np.array([0.61, 0.6], dtype=np.float32)
    columns["meaning.cosine_scaled"] = np.array([1.0, 0.0], dtype=np.float32)
    columns["words.base"] = np.array([1.0, 0.33], dtype=np.float32)
    first, second = plain(columns)
    assert 0 < first - second < 0.05


def test_what_was_asked_before_does_not_make_all_else_look_far_away() -> None:
    columns = even(rows=80)
    cosine = np.linspace(0.1, 0.5, 80, dtype=np.float32)
    columns["meaning.cosine"] = columns["meaning.with_previous"] = cosine
    alone = plain(columns | {"words.base": (cosine - 0.1) / 0.4 * 2 / 3})
    again = columns | {"meaning.cosine": cosine.copy(), "meaning.with_previous": cosine.copy()}
    for name in ("meaning.cosine", "meaning.with_previous"):
        again[name][0] = 1.0
    again["who.echo"] = np.zeros(80, dtype=np.float32)
    again["who.echo"][0] = 1.0
    assert plain(again)[79] == pytest.approx(alone[79], abs=0.01)


def even(*named: str, rows: int = 2) -> dict[str, Column]:
    """Features of candidates that are alike: 0.8 for those `named`, else 0."""
    columns = {name: np.zeros(rows, dtype=np.float32) for name in shipped_weights().names}
    return columns | {name: np.full(rows, 0.8, dtype=np.float32) for name in named}

"""Long cues cut into their parts, and short ones put in other words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.memory import Memory
from memory.recall.parts import MOST_PARTS, parts_of, wordings_of
from memory.text import content_terms

from .conftest import say


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Where is my passport?", ()),
        ("", ()),
        (
            "Considering my form validation code, lazy loading setup, and bounce rate monitoring, which one failed?",
            (
                "Considering my form validation code",
                "lazy loading setup",
                "bounce rate monitoring",
                "which one failed?",
            ),
        ),
        (
            "The trip to Porto is settled. My sister Ana still has to book her flight to Lisbon!",
            ("The trip to Porto is settled.", "My sister Ana still has to book her flight to Lisbon!"),
        ),
        (
            "Wie war das mit dem Zahnarzt in München und der Rechnung von der Werkstatt in Augsburg?",
            ("Wie war das mit dem Zahnarzt in München", "der Rechnung von der Werkstatt in Augsburg?"),
        ),
        (
            "我想去京都看红叶。你还记得去年住的旅馆吗？",
            ("我想去京都看红叶。", "你还记得去年住的旅馆吗？"),
        ),
    ],
)
def test_a_long_cue_is_cut_where_it_lists_things(text: str, parts: tuple[str, ...]) -> None:
    assert parts_of(text) == parts


@given(st.text(alphabet="ab ,.?!\n。，and", max_size=300))
def test_parts_are_few_and_none_is_empty(text: str) -> None:
    found = parts_of(text)
    assert len(found) in (0, *range(2, MOST_PARTS + 1))
    assert all(one.strip() for one in found)
    assert set().union(*(content_terms(one) for one in found), set()) <= set(content_terms(text))


@pytest.mark.parametrize(
    ("text", "names", "wordings"),
    [
        ("What did Caroline research?", ["caroline"], ("Caroline research", "Caroline: research")),
        ("What did Ana Lima's puppy eat?", ["ana lima"], ("Ana Lima puppy eat", "Ana Lima: puppy eat")),
        ("Where is the garage key?", [], ("garage key",)),
        ("passport", [], ()),
        ("the of and", [], ()),
        ("word " * 60, [], ()),
    ],
)
def test_other_wordings(text: str, names: list[str], wordings: tuple[str, ...]) -> None:
    assert wordings_of(text, names) == wordings


def test_each_part_of_a_long_cue_finds_its_own(memory: Memory) -> None:
    """Between a hundred other things, what three parts ask for is among the candidates, each best for its part."""
    wanted = [
        say(memory, "The dentist moved my appointment to the ninth of June.", "a"),
        say(memory, "I put the winter tyres into Bernd's barn.", "b"),
        say(memory, "The cello bow costs four hundred euros.", "c"),
    ]
    for number in range(60):
        say(memory, f"On day {number} we talked about paint number {number * 7} for the fence.", f"s{number // 6}")
    cue = "Considering my dentist appointment, the winter tyres in the barn, the price of the cello bow, what is next?"
    memory.flush(store=False)
    found = memory.features(cue)
    assert found is not None
    scene, table = found
    assert len(scene.cue.parts) == 3
    row = {int(seq): at for at, seq in enumerate(scene.evidence.seqs[: scene.count])}
    best = table.columns["parts.rank"]
    assert all(best[row[one.seq]] == 1.0 for one in wanted)
    assert sorted(each.message.id for each in memory.recall(cue, k=3).recollections) == sorted(one.id for one in wanted)

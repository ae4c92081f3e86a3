"""Hostile texts through every door to a terminal, and hostile files through the importers; more of them by
`python -m benchmarks fuzz`."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz import doors, texts

HOSTILE = st.lists(st.sampled_from(texts.PIECES) | st.text(max_size=6), min_size=1, max_size=12).map("".join)
MANY = settings(max_examples=60, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("door", doors.TEXT_DOORS)
@MANY
@given(text=HOSTILE)
def test_nothing_in_a_text_is_obeyed(door: str, text: str) -> None:
    doors.TEXT_DOORS[door](text)


@MANY
@given(data=st.binary(max_size=300) | st.randoms(use_true_random=False).map(texts.lines))
def test_importers_survive_any_bytes(data: bytes) -> None:
    doors.imports(data)


def test_thousands_of_texts_and_files() -> None:
    source = random.Random(7)
    for _ in range(120):
        doors.imports(texts.lines(source))
        for door in doors.TEXT_DOORS.values():
            door(texts.text(source))


@pytest.mark.parametrize("bad", ["\x1b[31m", "\x9b", "\r", "\u202e", "\u2028", "\ud800", "\U000e0041", "\x00"])
def test_the_check_finds_what_it_is_for(bad: str) -> None:
    with pytest.raises(AssertionError):
        doors.harmless(f"a{bad}b")

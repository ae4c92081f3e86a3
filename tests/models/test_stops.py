"""An answer ends at a stop text, however it is cut into pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.models.stops import StopCutter


@given(st.text("ab\n", max_size=30), st.lists(st.text("ab\n", min_size=1, max_size=3), max_size=3), st.randoms())
def test_as_if_it_had_come_whole(text: str, stops: list[str], random) -> None:
    places = [place for stop in stops if (place := text.find(stop)) >= 0]
    expected = text[: min(places)] if places else text
    cutter, shown, rest = StopCutter(stops), "", text
    while rest and not cutter.stopped:
        size = random.randint(1, len(rest))
        shown += cutter.feed(rest[:size])
        assert expected.startswith(shown)
        rest = rest[size:]
    assert shown + cutter.end() == expected


def test_nothing_is_held_back_that_cannot_be_a_stop() -> None:
    cutter = StopCutter(["\n\n"])
    assert cutter.feed("one two") == "one two"
    assert cutter.feed("\n") == ""
    assert cutter.feed("three") == "\nthree"

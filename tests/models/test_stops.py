"""An answer ends at a stop text, however it is cut into pieces."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.models.stops import StopCutter


@settings(max_examples=400)
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


def test_a_stop_text_that_begins_before_another_ends_the_answer() -> None:
    cutter = StopCutter(["b", "aba"])
    assert [cutter.feed(piece) for piece in ("aa", "ab", "a")] == ["a", "a", ""]
    assert cutter.stopped
    ended = StopCutter(["b", "aba"])
    assert (ended.feed("aab"), ended.end()) == ("a", "a"), "it did not come whole"


def test_nothing_is_held_back_that_cannot_be_a_stop() -> None:
    cutter = StopCutter(["\n\n"])
    assert cutter.feed("one two") == "one two"
    assert cutter.feed("\n") == ""
    assert cutter.feed("three") == "\nthree"

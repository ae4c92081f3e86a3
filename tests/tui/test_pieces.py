"""The parts that need no terminal: Markdown as lines, tables, times, keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.content import Content
from textual.geometry import Offset
from textual.selection import Selection

from assistant.tui.markdown import chopped, markdown_lines, settled_end
from assistant.tui.tables import column_widths, word_widths
from assistant.tui.texts import ago, moment
from assistant.tui.widgets.prose import Prose
from assistant.tui.widgets.sayings import Item
from memory.types import Message, Origin, Role

NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
PAGE = """# Title

Some *text* with `code`, [a link](http://x.example/y) and <b>tags</b> that goes on until it has to wrap somewhere.

- one
- two
  - three

1. first
2. second

> quoted

```python
def double(x):
    return x * 2
```

| a | b |
|---|---|
| 1 | a cell with quite a few words in it |
"""


def plain(text: str, width: int = 60) -> list[str]:
    return [line.content.plain for line in markdown_lines(text, width)]


def test_a_page_is_laid_out() -> None:
    lines = plain(PAGE, 50)
    assert lines[0] == "Title"
    assert "Some text with code, a link <http://x.example/y>" in lines
    assert "• one" in lines
    assert "  ◦ three" in lines
    assert "2. second" in lines
    assert "▌ quoted" in lines
    assert "     return x * 2" in [line.rstrip() for line in lines]
    assert "<b>tags</b>" in " ".join(lines)
    assert any("│ a cell" in line for line in lines)


@given(st.text(max_size=400), st.integers(min_value=8, max_value=100))
@settings(max_examples=60)
def test_any_text_stays_within_the_width_and_streams_to_the_same_page(text: str, width: int) -> None:
    prose, whole = Prose(), Prose(text)
    streamed = ""
    for start in range(0, len(text), 37):
        streamed += text[start : start + 37]
        prose._text, prose._streaming, prose._laid = streamed, True, None
        prose._lines(width)
    prose.__dict__.update(_text=whole.text, _streaming=False, _laid=None)
    assert [line.content for line in prose._lines(width)] == [line.content for line in whole._lines(width)]
    assert all(
        line.content.expand_tabs(8).cell_length <= width
        for line in whole._lines(width)
        if "\t" not in line.content.plain
    )


@pytest.mark.parametrize("size", [1, 7, 40])
def test_a_page_that_streams_is_never_drawn_otherwise_than_whole(size: int) -> None:
    streaming = Prose()
    for start in range(0, len(PAGE), size):
        streaming._text += PAGE[start : start + size]
        streaming._streaming, streaming._laid = True, None
        so_far = [line.content.plain for line in streaming._lines(48)]
        assert so_far == plain(streaming._text, 48)


def test_only_the_last_block_may_still_change() -> None:
    assert PAGE[settled_end(PAGE) :].startswith("| a | b |")
    assert settled_end("one paragraph that grows") == 0


def test_code_is_cut_without_losing_a_character() -> None:
    text = "e\u0301" * 30 + "漢字" * 30
    assert "".join(piece.plain for piece in chopped(Content(text), 10)) == text
    assert all(piece.cell_length <= 10 for piece in chopped(Content(text), 10))


@given(st.lists(st.integers(0, 90), min_size=1, max_size=7), st.integers(25, 120))
def test_columns_share_the_width(natural: list[int], room: int) -> None:
    widths = column_widths(natural, room)
    assert sum(widths) <= room
    assert all(1 <= got <= max(1, wanted) for got, wanted in zip(widths, natural, strict=True))


@given(
    st.lists(st.lists(st.text("ab ", max_size=30), min_size=1, max_size=4), min_size=1, max_size=3), st.integers(9, 90)
)
def test_columns_of_words_share_the_width_and_break_no_word_that_has_room(cells: list[list[str]], room: int) -> None:
    widths = word_widths([[Content(cell) for cell in column] for column in cells], room)
    longest = [max([1, *(len(word) for cell in column for word in cell.split())]) for column in cells]
    assert sum(widths) <= max(room, 3 * len(cells))
    if sum(longest) <= room:
        assert all(width >= least for width, least in zip(widths, longest, strict=True))


def test_a_selection_puts_wrapped_lines_together() -> None:
    prose = Prose("- a list item that is long enough to wrap around\n- second")
    prose._lines = lambda width: markdown_lines(prose.text, 20)  # type: ignore[method-assign]
    text, _ = prose.get_selection(Selection(Offset(2, 0), None))
    assert text == "a list item that is long enough to wrap around\n• second"


@pytest.mark.parametrize(
    ("past", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=3), "3 minutes ago"),
        (timedelta(hours=2), "2 hours ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=20), "3 weeks ago"),
        (timedelta(days=400), "1 year ago"),
        (timedelta(days=700), "23 months ago"),
        (timedelta(days=1298), "3 years ago"),
        (timedelta(days=-2), "ahead of the clock"),
    ],
)
def test_times_are_told_in_words(past: timedelta, words: str) -> None:
    assert ago(NOW - past, NOW) == words


def test_times_that_are_unknown_or_far_off_do_not_break() -> None:
    assert (ago(None), moment(None)) == ("no date", "")
    for time in (datetime.min, datetime.max, datetime(2024, 1, 1)):
        assert ago(time, NOW)
        assert moment(time)


@pytest.mark.parametrize(("origin", "reply"), [(Origin.CHAT, "m1"), (Origin.IMPORT, "")])
def test_only_an_answer_that_was_made_here_has_recalled_something(origin: Origin, reply: str) -> None:
    message = Message(1, "m1", Role.ASSISTANT, "Good to know.", "s", "m1", origin=origin)
    assert Item.of(message).evoked.reply == reply

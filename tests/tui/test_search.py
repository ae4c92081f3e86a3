"""Searching everything that was said, and the list of sessions at the side."""

from __future__ import annotations

import pytest

from assistant.tui.screens.sessions import Sessions
from assistant.tui.widgets.snippets import places, snippet
from tests.tui.conftest import Open
from tests.tui.test_frame import remember


async def test_one_key_searches_and_enter_goes_to_the_place(open_ui: Open, environ, server) -> None:
    long = "Nothing of note happened for a long while on that day, " * 4 + "until the trombones arrived by train."
    place = remember(environ, ("Tell me about the day.", long))
    remember(environ, ("Something else entirely.", "Yes."))
    async with open_ui((120, 36), server=server) as ui:
        await ui.ready()
        await ui.press("f7")
        await ui.write("trombone")
        await ui.press("enter")
        await ui.until(lambda: "1 found · by words" in ui.shown)
        row = next(line for line in ui.shown.splitlines() if "…" in line and "trombones arrived" in line)
        assert "Nothing of note happened for a long while on that day, Nothing" not in row
        await ui.press("enter")
        await ui.until(lambda: ui.chat.talk.chat.session == place and "until the trombones" in ui.shown)
        await ui.press("ctrl+o")
        await ui.until(lambda: isinstance(ui.app.screen, Sessions) and "Something else entirely" in ui.shown)
        assert ui.app.screen.query_one(".box").region.x == 0
        await ui.press("ctrl+o")
        await ui.until(lambda: not isinstance(ui.app.screen, Sessions))


async def test_what_waits_is_not_lost_when_one_leaves(open_ui: Open, server) -> None:
    server.answers, server.mode = ["word " * 9], "slow"
    async with open_ui((120, 36), server=server) as ui:
        await ui.ready()
        await ui.write("go")
        await ui.press("enter")
        await ui.until(lambda: ui.chat.talk.busy and ui.answers and ui.answers[-1].startswith("word"))
        await ui.write("and then the violets")
        await ui.press("enter")
        await ui.until(lambda: "sent when the answer is done" in ui.shown)
        await ui.press("ctrl+q")
        await ui.until(lambda: ui.app._exit)
    server.mode = "ok"
    async with open_ui((120, 36), server=server) as ui:
        await ui.until(lambda: "violets" in ui.written)


@pytest.mark.parametrize(
    ("text", "query", "found"),
    [
        ("The bees swarmed.", "swarming bees", [(4, 8), (9, 16)]),
        ("Straße nach STRASSE", "strasse", [(0, 6), (12, 19)]),
        ("a b", "a", []),
        ("no", "", []),
    ],
)
def test_words_that_were_searched_for_are_found_by_their_stems(text: str, query: str, found) -> None:
    assert places(text, query) == found


def test_a_snippet_begins_before_the_words_and_keeps_the_width() -> None:
    assert snippet("word " * 50 + "needle in hay", "needle", 30).plain == "…word word word needle in hay"
    assert snippet("needle " * 30, "needle", 10).cell_length == 10

"""The list of commands that a slash brings up: found by their names and by what they do, taken with keys or a click."""

from __future__ import annotations

import pytest

from assistant.commands import slash_commands
from assistant.tui.completion import meant
from assistant.tui.screens.sessions import Sessions
from assistant.tui.widgets.offers import Offers
from tests.tui.conftest import Open, Ui


def offered(ui: Ui) -> list[str]:
    """The names in the list that is shown; empty when there is none."""
    shown = ui.chat.query_one(Offers)
    return [line.split()[0] for line in shown.render().plain.splitlines()] if shown.display else []


@pytest.mark.parametrize(
    ("text", "first", "also"),
    [
        ("/", "new", {"cost", "quit"}),
        ("/SE", "sessions", {"search"}),
        ("/rename", "sessions", set()),
        ("/colo", "theme", set()),
        ("/theme da", "theme", set()),
    ],
)
def test_commands_are_found_by_name_or_else_by_what_they_do(text, first, also) -> None:
    names = [one.name for one in meant(text)]
    assert names[0] == first
    assert also <= set(names)


@pytest.mark.parametrize("text", ["", "a/b", "/usr/bin", "/two\nlines", "/ ", "/undo now", "/nosuch thing", "/li"])
def test_what_is_no_command_offers_nothing(text) -> None:
    assert meant(text) == ()


async def test_a_slash_lists_the_commands_and_keys_go_through_them(open_ui: Open, server) -> None:
    async with open_ui((100, 30), server=server) as ui:
        await ui.ready()
        await ui.until(lambda: ui.chat.query(Offers))
        assert offered(ui) == []
        await ui.press("slash")
        await ui.until(lambda: offered(ui)[:2] == ["/new", "/resume"])
        await ui.shows("Start a new session")
        await ui.press("up")  # from the first to the last
        await ui.until(lambda: offered(ui)[-1:] == [f"/{slash_commands()[-1].name}"])
        await ui.press("s", "e", "down", "tab")
        assert ui.written == "/search "
        await ui.until(lambda: offered(ui) == ["/search"])
        await ui.press("escape")
        await ui.until(lambda: offered(ui) == [])
        assert ui.written == "/search "
        assert not server.bodies


async def test_enter_does_what_was_begun_and_only_writes_what_was_guessed(open_ui: Open, server) -> None:
    async with open_ui((60, 20), server=server) as ui:
        await ui.ready()
        await ui.write("/sess")
        await ui.press("enter")
        await ui.until(lambda: isinstance(ui.app.screen, Sessions))
        await ui.press("escape")
        await ui.write("/rename")
        await ui.press("enter")
        await ui.until(lambda: ui.written == "/sessions")
        assert ui.app.screen is ui.chat
        await ui.press("up", "enter")  # the list goes round: there is one
        await ui.until(lambda: isinstance(ui.app.screen, Sessions))
        await ui.press("escape", "slash", "enter")  # nothing was chosen yet
        await ui.until(lambda: ui.written == f"/{slash_commands()[0].name}")


async def test_a_click_takes_a_command_and_an_earlier_one_does_not_open_the_list(open_ui: Open, server) -> None:
    async with open_ui((100, 30), server=server) as ui:
        await ui.ready()
        await ui.press("slash")
        await ui.until(lambda: offered(ui))
        row = offered(ui).index("/title")
        await ui.pilot.click(Offers, offset=(5, row + 1))
        await ui.until(lambda: ui.written == "/title ")
        await ui.write("mine")
        await ui.press("enter")
        await ui.until(lambda: "Nothing was said in this session yet" in ui.shown)
        await ui.press("up")
        assert ui.written == "/title mine"
        assert offered(ui) == []

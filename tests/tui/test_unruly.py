"""Keys, clicks and messages that come at the wrong moment, or twice, and bugs: the program goes on."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.style import Style
from textual import events
from textual.content import Content
from textual.geometry import Offset
from textual.widgets import Input, OptionList, Static

from assistant.tui.messages import Trouble
from assistant.tui.screens.browser import BrowserScreen
from assistant.tui.screens.chat import ChatScreen
from assistant.tui.screens.choose import Choose
from assistant.tui.screens.dialog import Ask, Reader
from assistant.tui.screens.palette import Palette
from assistant.tui.screens.sessions import Sessions
from assistant.tui.widgets.listing import Listing
from assistant.tui.widgets.rows import Rows
from memory.errors import UsageError
from tests.servers import ScriptedServer
from tests.tui.conftest import Open


async def test_keys_that_go_about_in_what_was_said_do_nothing_while_nothing_was(
    open_ui: Open, server: ScriptedServer
) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.press("ctrl+end", "pageup", "pagedown", "alt+up", "alt+down")
        await ui.write("Hello")
        assert ui.written == "Hello"


async def test_a_large_paste_can_be_undone(open_ui: Open, server: ScriptedServer) -> None:
    async with open_ui((60, 20), server=server) as ui:
        await ui.ready()
        await ui.write("Look")
        ui.app.post_message(events.Paste("\n" + "line\n" * 50))
        await ui.until(lambda: ui.written.count("line") == 50)
        await ui.press("ctrl+z")
        await ui.until(lambda: ui.written == "Look")
        await ui.press("ctrl+y")
        await ui.until(lambda: ui.written.count("line") == 50)


async def test_words_are_deleted_as_in_a_shell(open_ui: Open, server: ScriptedServer) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.write("one two three")
        await ui.press("alt+backspace", "home", "alt+d")
        await ui.until(lambda: ui.written == " two ")


async def test_no_terminal_is_too_small(open_ui: Open, server: ScriptedServer) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        for size in ((4, 3), (1, 1), (3, 40), (200, 2), (120, 36)):
            await ui.pilot.resize_terminal(*size)
            await ui.until(lambda size=size: ui.app.size == size)
            await ui.pilot.pause()
        await ui.say("Hello")


async def test_what_is_chosen_twice_is_done_once(open_ui: Open, server: ScriptedServer) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.say("Where is the blue bicycle?")
        await ui.press("ctrl+o")
        await ui.until(lambda: isinstance(ui.app.screen, Sessions))
        await ui.until(lambda: ui.app.screen.query_one(OptionList).option_count)
        for _ in range(2):
            ui.app.screen.query_one(OptionList).action_select()
        await ui.until(lambda: ui.app.screen is ui.chat and ui.answers)
        await ui.command("/memory")
        await ui.until(lambda: isinstance(ui.app.screen, BrowserScreen) and ui.app.screen.rows.message)
        browser = ui.app.screen
        for _ in range(2):
            browser.rows.post_message(Rows.Opened(browser.rows.message))
        await ui.until(lambda: ui.app.screen is ui.chat)
        await ui.press("ctrl+p")
        await ui.until(lambda: isinstance(ui.app.screen, Palette))
        palette = ui.app.screen
        palette.dismiss()
        palette.dismiss()
        assert ui.app.screen is ui.chat


async def test_a_dialog_below_another_one_does_not_close_that(open_ui: Open, server: ScriptedServer) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        answers: list[object] = []
        below, above = Ask("Which one?", ""), Reader("Something to read", [])
        ui.app.push_screen(below, answers.append)
        ui.app.push_screen(above)
        await ui.until(lambda: above.is_mounted and below.is_mounted)
        below.query_one(Input).post_message(Input.Submitted(below.query_one(Input), "that"))
        await ui.pilot.pause()
        assert ui.app.screen_stack[-2:] == [below, above]
        assert not answers
        await ui.press("escape")
        await ui.until(lambda: ui.app.screen is below)
        await ui.press("x", "enter")
        await ui.until(lambda: answers == ["x"])


async def test_what_is_typed_ahead_waits_for_the_screen_it_is_for(
    open_ui: Open, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, make = asyncio.Event(), Ask._pre_process

    async def slowly(ask: Ask) -> bool:
        await go.wait()
        return await make(ask)

    monkeypatch.setattr(Ask, "_pre_process", slowly)
    async with open_ui(server=server) as ui:
        await ui.ready()
        answers: list[object] = []
        ui.app.push_screen(Ask("Which one?", ""), answers.append)
        ui.app.post_message(events.Key("a", "a"))
        ui.app.post_message(events.Key("enter", "\r"))
        await asyncio.sleep(0)
        go.set()
        await ui.until(lambda: answers == ["a"])


async def test_what_goes_wrong_before_all_is_there_is_told(
    open_ui: Open, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish = ChatScreen._furnish

    async def not_yet(_: ChatScreen) -> None: ...

    monkeypatch.setattr(ChatScreen, "_furnish", not_yet)
    async with open_ui(server=server) as ui:
        ui.chat.post_message(Trouble(UsageError("The disk is full.", "Make room.")))
        await ui.until(lambda: "The disk is full." in ui.shown)
        ui.chat.call_next(furnish, ui.chat)
        await ui.ready()
        await ui.say("Hello")


async def test_a_click_on_what_is_being_taken_away_is_dropped(
    open_ui: Open, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        gone = Static("gone")
        with monkeypatch.context() as patch:
            patch.setattr(ChatScreen, "get_widget_and_offset_at", lambda *_: (gone, Offset(0, 0)))
            for kind in (events.MouseDown, events.MouseUp):
                ui.app.post_message(kind(None, 10, 10, 0, 0, 1, False, False, False))
            await ui.pilot.pause()
        await ui.say("Hello")


async def test_a_list_that_is_filled_anew_is_pressed(open_ui: Open, server: ScriptedServer) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        dialog = Choose("Which one?", [Content("this"), Content("that")])
        ui.app.push_screen(dialog)
        await ui.until(lambda: dialog.is_mounted)
        listing = dialog.query_one(Listing)

        def click() -> None:
            style = Style(meta={"option": 1})
            listing.post_message(events.Click(listing, 1, 1, 0, 0, 1, False, False, False, style=style))

        listing.set_options([])
        listing.action_page_down()
        click()
        await ui.pilot.pause()
        assert ui.app.screen is dialog
        listing.add_options(["this", "that"])
        listing.action_page_down()
        click()
        await ui.until(lambda: ui.app.screen is ui.chat)


async def test_a_bug_in_what_a_key_does_ends_nothing(
    open_ui: Open, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: ChatScreen) -> None:
        raise KeyError("the place")

    monkeypatch.setattr(ChatScreen, "action_newest", broken)
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.write("Half a thought")
        await ui.press("ctrl+end")
        await ui.shows("Something went wrong inside recollect: KeyError")
        assert ui.written == "Half a thought"
        assert [str(error) for error in ui.bugs.errors] == ["'the place'"]
        ui.bugs.errors.clear()


async def test_leaving_a_session_whose_answer_is_cut_off_is_no_bug(open_ui: Open, server: ScriptedServer) -> None:
    server.answers, server.mode = ["word " * 9], "slow"
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.write("go")
        await ui.press("enter")
        await ui.until(lambda: ui.chat.talk.busy and ui.answers and ui.answers[-1].startswith("word"))
        leaving = asyncio.create_task(ui.chat.talk.settle(30))
        await asyncio.sleep(0)
        ui.chat.talk.workers.cancel_group(ui.chat.talk, "turn")
        await leaving
        await ui.press("ctrl+n")
        await ui.until(lambda: not ui.said)


def test_someone_who_presses_everything_ends_nothing(models_folder: Path) -> None:
    variables = {**os.environ, "RECOLLECT_MODELS": str(models_folder)}
    command = [sys.executable, "-m", "benchmarks", "monkey", "--quick"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "1 of 1 rounds without a bug"), done.stdout

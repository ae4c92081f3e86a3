"""Other courses of a conversation, through real keys: again, edited, branched, copied, titled; drafts, keys, costs."""

from __future__ import annotations

import base64
import os
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pyperclip
import pytest
from textual.widgets import OptionList

from assistant.app import Assistant
from assistant.drafts import Drafts
from assistant.tui.core import Core
from assistant.tui.widgets.sayings import Answer
from tests.servers import ScriptedServer
from tests.tui.conftest import Open


async def test_an_answer_is_given_again_and_the_old_one_stays_in_sight(open_ui: Open, server: ScriptedServer) -> None:
    server.answers = ["It is Biscuit.", "It is Rex."]
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.say("What is the dog called?")
        await ui.press("f5")
        await ui.until(lambda: len(ui.answers) == 2 and not ui.chat.talk.busy)
        assert ui.answers == ["It is Biscuit.", "It is Rex."]
        assert ui.said == ["What is the dog called?"]
        assert "the one below holds" in ui.feet[0]
        session = ui.chat.talk.chat.session
        await ui.command(f"/resume {session}")
        await ui.until(lambda: len(ui.answers) == 2 and ui.chat.query(Answer).first().has_class("-replaced"))
        assert not ui.chat.query(Answer).last().has_class("-replaced")


async def test_an_earlier_message_is_edited_and_both_courses_are_kept(open_ui: Open, server: ScriptedServer) -> None:
    server.answers = ["Fine."]
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.say("I have a boat.")
        await ui.say("It is red.")
        first = ui.chat.talk.chat.session
        await ui.press("f4")
        await ui.until(lambda: "Change which message?" in ui.shown)
        await ui.press("enter")
        await ui.until(lambda: ui.written == "It is red.")
        await ui.shows("Esc gives it up")
        await ui.press("escape")
        await ui.until(lambda: not ui.written and "Esc gives it up" not in ui.shown)
        await ui.press("f4", "enter")
        await ui.until(lambda: ui.written == "It is red.")
        await ui.press("backspace", "backspace", "backspace", "backspace")
        await ui.write("green.")
        await ui.press("enter")
        await ui.until(lambda: ui.said == ["I have a boat.", "It is green."] and not ui.chat.talk.busy)
        assert ui.chat.talk.chat.session != first
        assert "red" not in str(server.bodies[-1]["messages"])
        await ui.press("ctrl+o")
        await ui.until(lambda: "branch of I have a boat." in ui.shown)
        listing = ui.app.screen.query_one(OptionList)
        listing.highlighted = listing.get_option_index(first)
        await ui.press("p")
        await ui.until(lambda: "★ I have a boat." in ui.shown)
        await ui.press("escape")
        await ui.command(f"/resume {first}")
        await ui.until(lambda: ui.said == ["I have a boat.", "It is red."])


async def test_code_and_everything_can_be_copied(open_ui: Open, server: ScriptedServer) -> None:
    server.answers = ["Here:\n\n```python\nprint(1)\n```\n\nThat is all."]
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.command("/copy")
        await ui.until(lambda: "no answer to copy" in ui.shown)
        await ui.say("Show me.")
        await ui.command("/copy code")
        await ui.until(lambda: ui.app.clipboard == "print(1)\n")
        await ui.command("/copy all")
        await ui.until(lambda: ui.app.clipboard.startswith("Show me.\n\nHere:"))
        await ui.command("/copy nonsense")
        await ui.until(lambda: "Nothing is called nonsense" in ui.shown)


async def test_a_copy_goes_through_the_terminal_and_into_the_buffer_of_tmux(
    open_ui: Open, server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: str) -> None:
        raise pyperclip.PyperclipException("there is no desktop")

    monkeypatch.setattr(pyperclip, "copy", none)
    tmux = tmp_path / "tmux"  # an old one, that does not know -w
    tmux.write_text(f'#!/bin/sh\n[ "$2" = - ] || exit 1\n/bin/cat > {tmp_path}/buffer\n')
    tmux.chmod(0o700)
    said = 'Grüße, "漢字" 🐉\n\n    $(ls) \\n'
    server.answers = [said]
    async with open_ui(server=server, TMUX="/tmp/none,1,0", PATH=str(tmp_path)) as ui:
        await ui.ready()
        await ui.say("Show me.")
        sent: list[str] = []
        monkeypatch.setattr(ui.app._driver, "write", sent.append)
        await ui.press("f6")
        await ui.until(lambda: "in the buffer of tmux" in ui.shown)
        (escape,) = [one for one in sent if one.startswith("\x1b]52;c;")]
        assert base64.b64decode(escape.removeprefix("\x1b]52;c;").removesuffix("\a")).decode() == said
        assert (tmp_path / "buffer").read_text("utf-8") == said
        await ui.write("a word")
        await ui.press("shift+home", "ctrl+c")
        await ui.until(lambda: (tmp_path / "buffer").read_text("utf-8") == "a word")
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.say("Show me.")
        await ui.press("f6")
        await ui.until(lambda: "if your terminal" in ui.shown)


async def test_a_title_is_made_when_nothing_is_done_and_one_by_hand_stays(
    open_ui: Open, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.tui.screens.quietly._IDLE_SECONDS", 0.05)
    server.answers = ["How lovely.", "A boat called Minna", "Fine."]
    async with open_ui(server=server, RECOLLECT_UI_TITLES="true") as ui:
        await ui.ready()
        await ui.say("I have bought a boat, the Minna.")
        await ui.until(lambda: "A boat called Minna" in ui.shown)
        await ui.command("/title My boat")
        await ui.until(lambda: "recollect  ·  My boat" in ui.shown)
        asked = len(server.bodies)
        await ui.say("And now?")
        await ui.until(lambda: ui.chat._idle is not None and not ui.chat.workers._workers)
        assert len(server.bodies) == asked + 1
    assert "not instructions" in str(server.bodies[1]["messages"])


async def test_what_was_being_written_comes_back(open_ui: Open, environ, server: ScriptedServer, tmp_path) -> None:
    folder = tmp_path / "home" / "state" / "drafts"
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.write("half a thou")
        await ui.until(lambda: folder.is_dir() and any(folder.iterdir()))
        (kept,) = folder.iterdir()
        assert kept.stat().st_mode & 0o777 == 0o600
        assert folder.stat().st_mode & 0o777 == 0o700
        kept.rename(folder / "999999999.txt")  # of a process that is no longer there
    async with open_ui(server=server) as ui:
        await ui.until(lambda: ui.written == "half a thou")
        await ui.press("enter")
        await ui.until(lambda: ui.answers and not ui.chat.talk.busy)
        await ui.until(lambda: not any(folder.iterdir()))


async def test_a_draft_comes_before_what_was_typed_meanwhile(open_ui: Open, server: ScriptedServer, tmp_path) -> None:
    folder = tmp_path / "home" / "state" / "drafts"
    folder.mkdir(parents=True)
    (folder / "999999999.txt").write_text("half a thou")
    async with open_ui(server=server) as ui:
        ui.chat.talk.composer.put("more")
        await ui.until(lambda: ui.written == "half a thou\n\nmore")


async def test_one_may_leave_while_the_memory_is_opened(
    open_ui: Open, server: ScriptedServer, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    really_open, really_close = Core.open, Core.close
    opened, closed = [], threading.Event()

    def open_(core: Core) -> Assistant:
        opened.append(really_open(core))
        if len(opened) == 1:
            assert closed.wait(30)  # the screen hears of it when the end has begun, and it is closed again
        return opened[-1]

    def close(core: Core) -> None:
        really_close(core)
        closed.set()

    monkeypatch.setattr(Core, "open", open_)
    monkeypatch.setattr(Core, "close", close)
    async with open_ui(server=server) as ui:
        await ui.until(lambda: opened)
        await ui.write("Half a thought")
        await ui.press("ctrl+q")
        await ui.until(lambda: ui.app._exit)
    assert ui.app.return_code == 0
    with Assistant.open(environ) as assistant:
        assert Drafts(assistant.locations.drafts).take() == "Half a thought"


async def test_what_a_clock_far_ahead_would_forget_is_kept_and_told(
    open_ui: Open, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_ui(server=server, RECOLLECT_MEMORY_KEEP_DAYS="30") as ui:
        await ui.ready()
        await ui.say("The key is under the mat.")

    class Ahead(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=1500)

    monkeypatch.setattr("assistant.retention.datetime", Ahead)
    async with open_ui(server=server, RECOLLECT_MEMORY_KEEP_DAYS="30") as ui:
        await ui.until(lambda: "memory.keep_days = 30" in " ".join(ui.shown.split()))
        assert ui.app.core.assistant.memory.stats().messages == 2
    monkeypatch.setattr("assistant.retention.datetime", datetime)
    monkeypatch.setattr("assistant.tui.screens.chat._RETENTION_SECONDS", 0.1)
    async with open_ui(server=server, RECOLLECT_MEMORY_KEEP_DAYS="30") as ui:
        await ui.ready()
        assert "memory.keep_days" not in ui.shown
        monkeypatch.setattr("assistant.retention.datetime", Ahead)
        await ui.until(lambda: "memory.keep_days = 30" in " ".join(ui.shown.split()))
        assert ui.app.core.assistant.memory.stats().messages == 2


def test_the_draft_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "1.txt").write_text("theirs")
    assert Drafts(tmp_path).take() == ""
    assert (tmp_path / "1.txt").read_text() == "theirs"


def test_the_drafts_of_several_that_are_gone_come_back_one_after_the_other(tmp_path: Path) -> None:
    for name, text, time in (("999999998.txt", "older", 2), ("999999999.txt", "newer", 3), ("1.txt", "reused", 1)):
        (tmp_path / name).write_text(text)
        os.utime(tmp_path / name, (time, time))  # long before the process with the number 1 began
    (tmp_path / "999999998.new").write_text("ol")
    assert [Drafts(tmp_path).take() for _ in range(4)] == ["newer", "older", "reused", ""]
    assert not list(tmp_path.iterdir())


async def test_enter_may_break_the_line_and_keys_may_be_others(open_ui: Open, server: ScriptedServer, tmp_path) -> None:
    config = tmp_path / "home" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('[ui]\nenter = "newline"\n[ui.keys]\ncommand.new = "f9"\n')
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.press("a", "enter", "b")
        assert ui.written == "a\nb"
        await ui.press("ctrl+j")
        await ui.until(lambda: ui.answers and not ui.chat.talk.busy)
        assert ui.said == ["a\nb"]
        await ui.press("f9")
        await ui.until(lambda: not ui.said)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[ui.keys]\n"comand.new" = "f9"\n', "command.new"),
        ('[ui]\ntheme = "recolect"\n', "recollect"),
    ],
)
async def test_a_wrong_key_or_theme_is_told_of(open_ui: Open, server, tmp_path, text, words) -> None:
    config = tmp_path / "home" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(text)
    async with open_ui(server=server) as ui:
        await ui.until(lambda: words in ui.shown and "Did you mean" in ui.shown)
        await ui.ready()


async def test_a_theme_of_ones_own_is_worn(open_ui: Open, server, tmp_path) -> None:
    themes = tmp_path / "home" / "themes"
    themes.mkdir(parents=True)
    (themes / "dusk.toml").write_text('primary = "#8a6fd1"\nbackground = "#101018"\ndark = true\n')
    async with open_ui(server=server, RECOLLECT_UI_THEME="dusk") as ui:
        await ui.until(lambda: ui.app.theme == "dusk")
    (themes / "dawn.toml").write_text('primary = "#zz"\n')
    async with open_ui(server=server) as ui:
        await ui.until(lambda: "dawn.toml" in ui.shown and "no colour" in ui.shown)


async def test_costs_and_what_recall_saved_are_shown(open_ui: Open, environ, server: ScriptedServer, tmp_path) -> None:
    prices = tmp_path / "home" / "prices.toml"
    prices.parent.mkdir(parents=True)
    prices.write_text("[scripted]\ninput = 100.0\noutput = 200.0\n")
    with Assistant.open(environ) as assistant:
        from memory.types import NewMessage, Role

        for number in range(40):
            assistant.memory.remember(NewMessage(Role.USER, f"Note {number} about the garden. " * 20, "notes"))
    async with open_ui((160, 40), server=server) as ui:
        await ui.ready()
        await ui.say("Hello there.")
        await ui.until(lambda: "$0." in ui.shown and " remembered, " in ui.shown)
        await ui.command("/cost")
        await ui.until(lambda: "Recall saved" in ui.shown and "This session" in ui.shown)


@pytest.mark.skipif(sys.platform == "win32", reason="the editor is a shell script")
async def test_without_a_terminal_the_editor_says_why_not(open_ui: Open, server, monkeypatch) -> None:
    async with open_ui(server=server, EDITOR="true") as ui:
        await ui.ready()
        await ui.write("text")
        await ui.press("ctrl+g")
        await ui.until(lambda: "cannot be handed over" in ui.shown)
        assert ui.written == "text"

"""The frame: sizes, panel, dialogs, sessions, commands, and what untrusted text may not do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.widgets import OptionList

from assistant.app import Assistant
from assistant.commands import slash_commands
from assistant.tui.bindings import command_bindings
from assistant.tui.screens.chat import ChatScreen
from assistant.tui.slash import COMMANDS
from assistant.tui.widgets.composer import Composer
from assistant.tui.widgets.prose import Prose
from assistant.tui.widgets.recalled import Recalled
from memory.errors import StorageError
from memory.indexer import Indexer
from memory.types import NewMessage, Role
from tests.servers import ScriptedServer
from tests.tui.conftest import Open

HOSTILE = (
    "\x1b[31mred\x1b]52;c;aGk=\x07 [b]bold[/b] [@click=app.quit]go[/] \u202egnp.exe\u202c "
    "[site](http://evil.example/x) \x00"
)


def remember(environ: dict[str, str], *pairs: tuple[str, str], session: str = "") -> str:
    """Put exchanges into the memory; the session they are in."""
    with Assistant.open(environ) as assistant:
        session = session or assistant.memory.new_session()
        for question, answer in pairs:
            said = assistant.memory.remember(
                NewMessage(Role.USER, question, session, time=datetime(2024, 3, 4, 12, tzinfo=UTC))
            )
            assistant.memory.remember(
                NewMessage(Role.ASSISTANT, answer, session, reply_to=said.id, time=datetime(2024, 3, 4, 12, tzinfo=UTC))
            )
        return session


def test_every_command_of_the_registry_does_something_here() -> None:
    assert set(COMMANDS) == {command.name for command in slash_commands()}


def test_every_binding_has_an_id_and_a_description() -> None:
    bindings = [*command_bindings(), *ChatScreen.BINDINGS, *Composer.BINDINGS]
    assert all(binding.id and binding.description for binding in bindings)
    ids = [binding.id for binding in [*ChatScreen.BINDINGS, *Composer.BINDINGS]]
    assert len(ids) == len(set(ids))


async def test_the_panel_stands_beside_and_in_a_narrow_terminal_over_the_transcript(open_ui: Open, server) -> None:
    async with open_ui((120, 36), server=server) as ui:
        await ui.ready()
        panel = ui.chat.query_one(Recalled)
        assert panel.display
        await ui.press("f2")
        await ui.until(lambda: not panel.display)
        await ui.press("f2")
        await ui.until(lambda: panel.display)
        await ui.pilot.resize_terminal(60, 24)
        await ui.until(lambda: not panel.display)
        await ui.press("f2")
        await ui.until(lambda: panel.display and panel.size.width > 50)
        await ui.press("escape")
        await ui.until(lambda: not panel.display)
        await ui.say("Still here?")
        await ui.pilot.resize_terminal(20, 5)
        await ui.until(lambda: ui.app.size.height == 5)
        await ui.say("x")
        assert len(ui.answers) == 2
        await ui.shows("remembered")
        await ui.pilot.resize_terminal(160, 45)
        await ui.until(lambda: panel.display and "Recalled" in ui.shown)


async def test_a_session_is_resumed_at_start_and_from_the_list(open_ui: Open, environ, server) -> None:
    first = remember(environ, ("Where is the key?", "Under the *mat*."))
    second = remember(environ, ("What about the boat?", "It leaks."))
    async with open_ui(server=server, session=first) as ui:
        await ui.until(lambda: ui.said == ["Where is the key?"])
        await ui.until(lambda: "Under the mat." in ui.shown and "4 March 2024" in ui.shown)
        await ui.say("And now?")
        await ui.press("ctrl+o")
        await ui.until(lambda: "What about the boat?" in ui.shown)
        listing = ui.app.screen.query_one(OptionList)
        assert listing.highlighted_option.id == first
        listing.highlighted = listing.get_option_index(second)
        await ui.press("enter")
        await ui.until(lambda: ui.said == ["What about the boat?"])
    assert any("Where is the key?" in str(part) for part in server.bodies[0]["messages"])


async def test_an_unknown_session_is_told_of_and_one_may_go_on(open_ui: Open, server) -> None:
    async with open_ui(server=server, session="nosuchsession") as ui:
        await ui.until(lambda: ui.troubles)
        assert "nosuchsession" in ui.troubles[0]
        await ui.command("/new")
        await ui.ready()
        await ui.say("Hello.")
        assert ui.answers


async def test_what_is_typed_before_it_is_ready_is_said_then(open_ui: Open, server) -> None:
    async with open_ui(server=server) as ui:
        assert ui.chat.talk.chat is None
        await ui.write("Quick.")
        await ui.press("enter")
        await ui.until(lambda: ui.answers and not ui.chat.talk.busy)
        assert ui.said == ["Quick."]


async def test_a_memory_that_cannot_be_opened_is_told_of_and_tried_again(
    open_ui: Open, environ, server, tmp_path
) -> None:
    config = tmp_path / "home" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[memory]\nstor = 'chroma'\n")
    async with open_ui(server=server) as ui:
        await ui.until(lambda: ui.troubles)
        assert "stor" in ui.troubles[0]
        config.write_text("")
        await ui.say("Hello.")
        assert ui.answers == ["His name is **Biscuit**."]


async def test_forget_asks_and_takes_the_last_exchange_away(open_ui: Open, server) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.say("Keep this.")
        await ui.say("A secret.")
        await ui.command("/forget")
        await ui.until(lambda: "Forget this exchange?" in ui.shown and "A secret." in ui.shown)
        await ui.press("escape")
        await ui.until(lambda: ui.app.screen is ui.chat)
        assert ui.said == ["Keep this.", "A secret."]
        await ui.command("/forget")
        await ui.until(lambda: "Forget this exchange?" in ui.shown)
        await ui.press("y")
        await ui.until(lambda: ui.said == ["Keep this."])
        memory = ui.app.core.assistant.memory
        assert memory.stats().messages == 2
        assert not memory.recall("A secret.").recollections or all(
            "secret" not in one.message.text for one in memory.recall("A secret.").recollections
        )


async def test_commands_show_help_model_prompt_and_say_what_is_unknown(open_ui: Open, server) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        for key, words in (("f1", "/sessions"), ("f1", "Ctrl+N")):
            await ui.press(key)
            await ui.until(lambda words=words: words in ui.shown)
            lines = {key: line for line in ui.shown.splitlines() for key in ("Ctrl+N", "F5", "Ctrl+O") if key in line}
            assert len({line.index(key) for key, line in lines.items()}) == 1, "keys stand below each other"
            await ui.press("escape")
        await ui.command("/model")
        await ui.until(lambda: "Which model answers?" in ui.shown and "RECOLLECT_MODEL" in ui.shown)
        await ui.press("escape")
        await ui.say("Hello.")
        await ui.command("/prompt")
        await ui.until(lambda: "What was sent last" in ui.shown and "tokens" in ui.shown)
        await ui.press("escape")
        await ui.command("/copi")
        await ui.until(lambda: "Did you mean /copy?" in ui.shown)
        await ui.command("/copy")
        await ui.until(lambda: ui.app.clipboard == "His name is **Biscuit**.")


async def test_recall_shows_what_is_being_written_evokes(open_ui: Open, environ, server) -> None:
    remember(environ, ("The spare key hangs behind the clock.", "Good to know."))
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.write("where is the spare key")
        await ui.press("ctrl+r")
        await ui.until(lambda: "behind the clock" in ui.shown)
        assert ui.written == "where is the spare key"
        assert not server.bodies


async def test_untrusted_text_is_only_ever_text(open_ui: Open, environ, server: ScriptedServer) -> None:
    server.answers = [HOSTILE]
    session = remember(environ, (HOSTILE, HOSTILE))
    async with open_ui(server=server, session=session) as ui:
        await ui.until(lambda: ui.answers)
        await ui.say("[red]x[/red] http://evil.example")
        await ui.press("f3")
        await ui.pilot.pause()
        for shown in (ui.shown, await _closed(ui)):
            assert not set("\x1b\x00\x07\u202e\u202c") & set(shown)
        await ui.shows("[b]bold[/b]")
        await ui.shows("[red]x[/red]")
        await ui.shows("<http://evil.example/x>")
        for widget in ui.chat.query(Prose):
            assert "@click" not in str([span.style for span in widget.render().spans])


async def _closed(ui) -> str:
    await ui.press("escape")
    await ui.pilot.pause()
    return ui.shown


async def test_a_long_session_shows_its_end_and_grows_upwards(open_ui: Open, environ, server) -> None:
    session = remember(environ, *((f"question {at}", f"answer {at}") for at in range(100)))
    async with open_ui(server=server, session=session) as ui:
        await ui.until(lambda: "answer 99" in ui.shown)
        assert len(ui.said) < 60
        for _ in range(40):
            await ui.press("pageup")
        await ui.until(lambda: len(ui.said) > 60)
        await ui.until(lambda: "more below" in ui.shown)
        top = ui.transcript.scroll_y
        server.modes.append("slow")
        await ui.write("new")
        await ui.press("ctrl+end")
        await ui.until(lambda: "answer 99" in ui.shown and "more below" not in ui.shown)
        assert ui.transcript.scroll_y > top


async def test_reading_back_is_not_interrupted_by_the_stream(open_ui: Open, environ, server: ScriptedServer) -> None:
    session = remember(environ, *((f"question {at}", f"answer {at}") for at in range(30)))
    server.answers, server.mode = ["word " * 400], "slow"
    async with open_ui(server=server, session=session) as ui:
        await ui.until(lambda: "answer 29" in ui.shown)
        await ui.write("go")
        await ui.press("enter")
        await ui.until(lambda: ui.chat.talk.busy and ui.answers[-1].startswith("word"))
        await ui.press("pageup", "pageup")
        await ui.pilot.pause()
        place = ui.transcript.scroll_y
        server.go.set()
        await ui.until(lambda: not ui.chat.talk.busy)
        await ui.pilot.pause()
        assert ui.transcript.scroll_y == place
        await ui.shows("more below")


@pytest.mark.parametrize("theme", ["recollect", "recollect-light", "textual-light", "ansi-dark", "nord"])
async def test_themes_change_live(open_ui: Open, server, theme) -> None:
    async with open_ui((100, 30), server=server) as ui:
        await ui.ready()
        await ui.command(f"/theme {theme}")
        await ui.until(lambda: ui.app.theme == theme)
        await ui.say("`code` and **bold**")
        await ui.shows("Biscuit")


async def test_the_empty_session_looks_the_same(open_ui: Open, server, looks_the_same) -> None:
    async with open_ui((100, 30), server=server) as ui:
        await ui.ready()
        await ui.until(lambda: "Biscuit" in ui.shown and "opening" not in ui.shown)
        looks_the_same(ui)


async def test_a_terminal_of_five_lines_shows_what_matters_and_all_comes_back(
    open_ui: Open, environ: dict[str, str], server: ScriptedServer
) -> None:
    remember(environ, ("The spare key hangs behind the clock.", "Good to know."))
    server.answers = ["It hangs behind the clock in the hall, on a nail."]
    server.mode = "slow"
    async with open_ui(size=(100, 30), server=server) as ui:
        await ui.ready()
        await ui.write("Where is the key?")
        await ui.press("enter")
        await ui.until(lambda: "It" in ui.answers[-1:])
        await ui.pilot.resize_terminal(20, 5)
        await ui.until(lambda: "key?" in ui.shown.split("\n", 1)[0])
        server.go.set()
        await ui.until(lambda: not ui.chat.talk.busy)
        await ui.until(lambda: "takes it back" in ui.shown)
        await ui.press("pageup")
        await ui.until(lambda: "nail." in ui.shown)
        for keys, small, large in (
            (["f1"], "Say something", "Commands"),
            (["ctrl+o"], "● Where", "Enter goes on with it"),
            (["ctrl+f"], "Search by", "recollect  ·  Memory "),
            (["f7"], "Search by", "recollect  ·  Search "),
            (["f9"], "◆", "recollect  ·  Map  ·  Where is the key?"),
            ([*"/forget", "enter"], "Forget this", "y / n"),
        ):
            await ui.press(*keys)
            await ui.until(lambda small=small: small in ui.shown)
            await ui.pilot.resize_terminal(100, 30)
            await ui.until(lambda large=large: large in ui.shown)
            await ui.pilot.resize_terminal(20, 5)
            await ui.press("escape")
            await ui.until(lambda: ui.app.screen is ui.chat)
        await ui.pilot.resize_terminal(100, 30)
        await ui.until(lambda: "on a nail." in ui.shown and "Recalled" in ui.shown)


async def test_indexes_that_cannot_be_written_are_told_of_and_one_goes_on(
    open_ui: Open, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Indexer) -> bool:
        raise StorageError("The full-text index cannot be opened: it is read-only.")

    with monkeypatch.context() as patch:
        patch.setattr(Indexer, "step", broken)
        async with open_ui(size=(160, 36), server=server) as ui:
            await ui.ready()
            await ui.say("My boat is called Marigold.")
            await ui.until(lambda: "Indexing waits: The full-text index cannot be opened" in ui.shown)
            await ui.until(lambda: "indexing waits" in ui.shown)
            await ui.command("/new")
            await ui.until(lambda: not ui.said)
            await ui.say("What is my boat called?")
            assert "Marigold" in str(server.bodies[-1]["messages"])
            patch.undo()
            await ui.say("Thank you.")
            await ui.until(lambda: "indexing" not in ui.shown)


@pytest.mark.parametrize(
    ("variables", "theme", "expected"),
    [
        ({}, "", "recollect-16"),
        ({"COLORFGBG": "0;15"}, "", "recollect-16-light"),
        ({}, "nord", "nord"),
        ({"NO_COLOR": "1"}, "", "recollect"),
    ],
)
async def test_a_terminal_of_sixteen_colours_gets_these_and_not_their_nearest_greys(
    open_ui: Open, server, monkeypatch: pytest.MonkeyPatch, variables, theme, expected
) -> None:
    monkeypatch.delenv("COLORTERM")
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    async with open_ui((100, 30), server=server, RECOLLECT_UI_THEME=theme, **variables) as ui:
        await ui.ready()
        await ui.until(lambda: ui.app.theme == expected and "try it" in ui.shown)
        segments = [one for strip in ui.app.screen._compositor.render_strips() for one in strip]
        name = next(one.style for one in segments if "recollect" in one.text)
        assert name.color.is_system_defined == expected.startswith("recollect-16")
        where = next(one.style for one in segments if "kept word for word" in one.text)
        assert bool(where.dim) == expected.startswith("recollect-16")


async def test_notices_and_dialogs_leave_room_for_what_matters(open_ui: Open, server) -> None:
    """A notice covers neither the composer nor the panel; what cannot be undone is read before it is done."""
    async with open_ui((120, 30), server=server) as ui:
        await ui.ready()
        await ui.command("/nosuch")
        await ui.until(lambda: "There is no command" in ui.shown)
        notice = ui.chat.query_one("Toast").region
        await ui.until(lambda: ui.chat.query("#recalled"))
        assert notice
        assert not notice.overlaps(ui.chat.talk.composer.region)
        assert not notice.overlaps(ui.chat.query_one("#recalled").region)
        await ui.say("My name is Ana, and this is a message of more than one line on a narrow terminal.")
        await ui.pilot.resize_terminal(60, 20)
        await ui.command("/forget")
        await ui.until(lambda: "Forget this exchange?" in ui.shown)
        await ui.until(lambda: "no way back." in ui.shown and " Forget " in ui.shown and "Esc keeps" in ui.shown)
        await ui.shows("you  My name")


async def test_the_prompt_is_gone_through_part_by_part(open_ui: Open, environ, server) -> None:
    remember(environ, ("The spare key hangs behind the clock.", "Good to know."))
    async with open_ui((80, 24), server=server, RECOLLECT_PROMPTS="small") as ui:
        await ui.ready()
        await ui.say("Where is the spare key?")
        await ui.press("f3")
        await ui.until(lambda: "What was sent last" in ui.shown and "Tab next part" in ui.shown)
        reader = ui.app.screen.query_one(".reader")
        await ui.until(lambda: reader.max_scroll_y > 0)
        places = [0]
        for _ in range(30):
            await ui.press("tab")
            await ui.pilot.pause()
            places.append(round(reader.scroll_y))
            if not places[-1]:
                break
        assert places[-1] == 0
        assert places[:-1] == sorted(places[:-1])
        assert max(places) == reader.max_scroll_y


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_nothing_moves_while_the_memory_is_opened(open_ui: Open, environ, server, size) -> None:
    remember(environ, ("The spare key hangs behind the clock.", "Good to know."))
    async with open_ui(size, server=server) as ui:
        assert ui.chat.talk.chat is None
        first = ui.chat.query_one(".headline").region, ui.chat.talk.composer.region
        await ui.ready()
        await ui.until(lambda: "go on with" in ui.shown and ui.chat.query("#recalled"))
        assert (ui.chat.query_one(".headline").region, ui.chat.talk.composer.region) == first


async def test_a_theme_whose_colours_are_more_than_colours_is_worn(open_ui: Open, environ, server) -> None:
    themes = Path(environ["RECOLLECT_HOME"]) / "themes"
    themes.mkdir(parents=True)
    (themes / "own.toml").write_text('primary = "#8a6fd1"\n[variables]\nforeground = "white 80%"\n')
    async with open_ui((100, 30), server=server, RECOLLECT_UI_THEME="own") as ui:
        await ui.ready()
        await ui.until(lambda: ui.app.theme == "own")
        await ui.say("Hello.")
        assert "remembered" in ui.feet[-1]

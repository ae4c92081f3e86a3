"""Saying something and what comes of it, through real keys."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import OptionList

from assistant.app import Assistant
from assistant.tui.screens.detail import Detail
from assistant.tui.widgets.welcome import EXAMPLE, QUESTION
from memory.types import Status
from tests.servers import ScriptedServer
from tests.tui.conftest import Open


async def test_a_turn_is_answered_recalled_and_remembered(open_ui: Open, server: ScriptedServer, environ) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.say("My sister's dog is called Biscuit.")
        await ui.press("ctrl+n")
        await ui.until(lambda: not ui.said)
        await ui.say("What is my sister's dog called?")
        assert ui.answers == ["His name is **Biscuit**."]
        await ui.shows("His name is Biscuit.")
        await ui.until(lambda: "Biscuit." in ui.shown and "in the prompt" in ui.shown)
        await ui.shows("shares words")
        await ui.shows("just now")
        await ui.until(lambda: "4 messages in 2 sessions" in ui.shown)
        await ui.shows("scripted")
        await ui.shows("tokens")
    assert "Biscuit." in str(server.bodies[1]["messages"])
    with Assistant.open(environ) as again:
        kept = [
            message.text for session in again.memory.sessions() for message in again.memory.session_messages(session.id)
        ]
    assert kept.count("His name is **Biscuit**.") == 2
    assert len(kept) == 4


async def test_a_card_opens_with_exchange_signals_and_path(open_ui: Open, server: ScriptedServer) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.say("The blue bicycle is in the cellar.")
        await ui.press("ctrl+n")
        await ui.until(lambda: not ui.said)
        await ui.say("Where is the blue bicycle?")
        await ui.until(lambda: "The answer leans on" in ui.shown)
        ui.chat.query_one("#cards", OptionList).focus()
        await ui.press("enter")
        await ui.until(lambda: isinstance(ui.app.screen, Detail))
        await ui.until(lambda: "What found it" in ui.shown)
        await ui.shows("The blue bicycle is in the cellar.")
        await ui.shows("Path from your words")
        await ui.shows("the answer leans on it")
        await ui.press("escape")
        assert isinstance(ui.app.screen, type(ui.chat))


async def test_it_streams_and_esc_keeps_what_has_come(open_ui: Open, server: ScriptedServer) -> None:
    server.answers, server.modes = ["One two three four."], server.modes.__class__(["slow"])
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.write("Count.")
        await ui.press("enter")
        await ui.until(lambda: ui.answers == ["One"])
        await ui.until(lambda: "One" in ui.shown and "answering" in ui.shown)
        await ui.press("escape")
        await ui.until(lambda: not ui.chat.talk.busy)
        assert ui.answers == ["One"]
        assert ui.feet[0].startswith("■ stopped")
        session = ui.chat.talk.chat.session
        kept = ui.app.core.assistant.memory.session_messages(session)
        assert [message.status for message in kept] == [Status.COMPLETE, Status.STOPPED]
        server.go.set()
        await ui.say("Again.")
        assert len(ui.answers) == 2


async def test_what_is_typed_while_it_answers_waits_and_can_be_taken_back(
    open_ui: Open, server: ScriptedServer
) -> None:
    server.modes.append("slow")
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.write("First.")
        await ui.press("enter")
        await ui.until(lambda: ui.answers == ["His"])
        await ui.write("Second.")
        await ui.press("enter")
        await ui.write("Third.")
        await ui.press("enter")
        await ui.until(lambda: "› Third." in ui.shown)
        await ui.press("up")
        await ui.until(lambda: ui.written == "Third.")
        server.go.set()
        await ui.until(lambda: len(ui.answers) == 2 and not ui.chat.talk.busy)
        assert ui.said == ["First.", "Second."]
        assert ui.written == "Third."


@pytest.mark.parametrize(("mode", "words"), [("401", "key"), ("500", "error"), ("hang", "")])
async def test_what_failed_comes_back_into_the_composer(open_ui: Open, server: ScriptedServer, mode, words) -> None:
    server.modes.extend([mode] * 6)
    async with open_ui(server=server, RECOLLECT_TIMEOUT="3") as ui:
        await ui.ready()
        await ui.say("Tell me about the garden.")
        assert len(ui.troubles) == 1
        assert words in ui.troubles[0].lower()
        assert "Traceback" not in ui.shown
        assert ui.written == "Tell me about the garden."
        assert not ui.answers
        server.modes.clear()
        await ui.press("enter")
        await ui.until(lambda: ui.answers and not ui.chat.talk.busy)


async def test_a_dropped_answer_is_kept_and_marked(open_ui: Open, server: ScriptedServer) -> None:
    server.modes.extend(["drop"] * 3)
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.say("Hello.")
        assert ui.answers == ["His name"]
        assert ui.feet[0].startswith("▲ broken off")
        assert len(ui.troubles) == 1
        assert ui.written == ""


async def test_lines_break_and_history_comes_back(open_ui: Open, server: ScriptedServer) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        one_row = ui.chat.talk.composer.size.height
        await ui.write("first line\nsecond line\nthird line")
        await ui.until(lambda: ui.chat.talk.composer.size.height == one_row + 2)
        await ui.press("enter")
        await ui.until(lambda: ui.answers and not ui.chat.talk.busy)
        assert ui.said == ["first line\nsecond line\nthird line"]
        assert ui.chat.talk.composer.size.height == one_row
        await ui.say("another")
        await ui.write("")
        await ui.press("up")
        assert ui.written == "another"
        await ui.press("up")
        assert ui.written.startswith("first line")
        await ui.press("down", "down")
        assert ui.written in ("another", "")


async def test_a_large_paste_is_folded_and_sent_whole(open_ui: Open, server: ScriptedServer) -> None:
    from textual import events

    text = "all work and no play\n" * 4000
    async with open_ui(server=server) as ui:
        await ui.ready()
        ui.app.post_message(events.Paste(text))
        await ui.until(lambda: "characters]" in ui.written)
        await ui.press("enter")
        await ui.until(lambda: ui.answers and not ui.chat.talk.busy)
        session = ui.chat.talk.chat.session
        assert ui.app.core.assistant.memory.session_messages(session)[0].text.strip() == text.strip()
        await ui.shows("characters of your message did not fit")
        ui.app.post_message(events.Paste("as terminals\rsend\r\nlines"))
        await ui.until(lambda: ui.written == "as terminals\nsend\nlines")


async def test_the_embedded_model_answers(open_ui: Open) -> None:
    async with open_ui() as ui:
        await ui.write("My cat is called Minka.")
        await ui.press("enter")
        await ui.until(lambda: ui.answers and not ui.chat.talk.busy, 90)
        await ui.say("What is my cat called?", 90)
        assert "Minka" in ui.answers[1]
        await ui.shows("smollm2-135m")
        await ui.press("f3")
        await ui.until(lambda: "What was sent last" in ui.shown)
        await ui.until(lambda: "What is my cat called?" in ui.shown or "tokens" in ui.shown)


async def test_the_first_run_has_an_example_to_press(open_ui: Open, server: ScriptedServer) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.until(lambda: EXAMPLE in ui.shown)
        await ui.press("tab", "enter")
        await ui.until(lambda: ui.answers and not ui.chat.talk.busy)
        assert ui.said == [EXAMPLE]
        assert ui.written == QUESTION
        await ui.press("enter")
        await ui.until(lambda: len(ui.answers) == 2 and not ui.chat.talk.busy)


async def test_a_burst_of_keys_is_taken_in_its_order(open_ui: Open, server: ScriptedServer) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        for key in ["t", "e", "h", "backspace", "backspace", "h", "e", "left", "left", "left", "O", "enter", "n"]:
            ui.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await ui.until(lambda: ui.said == ["Othe"] and ui.written == "n")

"""Hostile words everywhere a person looks: title, sayings, answer, cards, details, prompt, errors."""

from __future__ import annotations

import random

from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from assistant.app import Assistant
from assistant.tui.guard import GUARD
from benchmarks.fuzz import texts
from benchmarks.fuzz.doors import harmless
from memory.types import NewMessage, Origin, Role
from tests.servers import ScriptedServer
from tests.tui.conftest import Open, Ui

HOSTILE = "biscuit " + "".join(
    piece for piece in texts.PIECES if not any("\ud800" <= each <= "\udfff" for each in piece)
)


def look(ui: Ui) -> None:
    """Everything on the terminal, character by character, and the links in it."""
    strips = ui.app.screen._compositor.render_strips()
    for strip in strips:
        for segment in strip:
            harmless(segment.text, lines=False)
            assert not (segment.style and segment.style.link)


def test_the_last_look_takes_out_what_a_widget_forgot() -> None:
    link = Style(bold=True, link="http://evil.example")
    line = [Segment("a\x1b[2J\u202eb\r\n\t", link), Segment("plain"), Segment("\x9b")]
    seen = GUARD.apply(line, Color(0, 0, 0))
    assert [segment.text for segment in seen] == ["a[2Jb", "plain", ""]
    assert seen[0].style == Style(bold=True)
    assert GUARD.apply(seen, Color(0, 0, 0)) is seen


async def test_nothing_hostile_is_obeyed_on_any_screen(open_ui: Open, environ: dict[str, str]) -> None:
    words = texts.text(random.Random(3), 40)
    hostile = (HOSTILE + words).encode("utf-8", "replace").decode()
    with Assistant.open(environ) as assistant:
        assistant.memory.remember(
            NewMessage(
                Role.USER,
                f"My dog biscuit barks. {hostile}",
                f"talk/{hostile[:300]}",
                speaker=hostile[:200],
                source=hostile[:100],
                source_id="1",
                origin=Origin.IMPORT,
            )
        )
    with ScriptedServer([f"The dog. {hostile}"]) as server:
        async with open_ui(server=server) as ui:
            await ui.ready()
            look(ui)
            await ui.say("What does my dog biscuit do?")
            look(ui)
            session = ui.chat.talk.chat.session
            ui.app.core.assistant.memory.rename(session, hostile[:500])
            for command in ("/sessions", "/prompt", "/model", "/help", "/nonsense\u202e", "/why"):
                await ui.command(command)
                await ui.pilot.pause(0.05)
                look(ui)
                await ui.press("escape")
            await ui.press("f6", "enter")
            await ui.pilot.pause(0.05)
            look(ui)

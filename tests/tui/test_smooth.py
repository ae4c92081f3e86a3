"""What keeps the interface smooth: a line more costs a line, and a session is laid out beside the loop."""

from __future__ import annotations

import threading

from assistant.app import Assistant
from assistant.tui.widgets.prose import Prose
from assistant.tui.widgets.sayings import Answer
from assistant.tui.widgets.transcript import Transcript
from memory.types import NewMessage, Role
from tests.servers import ScriptedServer
from tests.tui.conftest import Open

LINES = 30


async def test_a_line_more_is_drawn_alone_and_laid_out_once(open_ui: Open, server: ScriptedServer, monkeypatch) -> None:
    drawn: list[int] = []
    laid: list[Transcript] = []
    strip, arrange = Prose._strip, Transcript.arrange
    monkeypatch.setattr(Prose, "_strip", lambda self, line, y, *more: drawn.append(y) or strip(self, line, y, *more))
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.say("Hello!")
        await ui.still()
        answer = ui.chat.query(Answer).last()
        monkeypatch.setattr(Transcript, "arrange", lambda self, *more: laid.append(self) or arrange(self, *more))
        drawn.clear()
        for at in range(LINES):
            answer.feed(f"\n- line {at} of them")
            await ui.until(lambda at=at: f"line {at} of them" in ui.shown)
        await ui.still()
        assert ui.transcript.max_scroll_y > 0
    assert LINES <= len(drawn) <= 4 * LINES
    assert LINES <= len(laid) <= 2 * LINES


async def test_a_long_session_is_laid_out_beside_the_loop(open_ui: Open, environ, server, monkeypatch) -> None:
    laid: list[str] = []
    lay = Prose._laid_out

    def noted(self: Prose, width: int) -> object:
        laid.append(threading.current_thread().name)
        return lay(self, width)

    with Assistant.open(environ) as assistant:
        assistant.memory.remember_many(
            [NewMessage(Role.ASSISTANT if at % 2 else Role.USER, f"Saying {at}.", "long") for at in range(40)]
        )
    monkeypatch.setattr(Prose, "_laid_out", noted)
    async with open_ui(server=server, session="long") as ui:
        await ui.until(lambda: "Saying 39." in ui.shown and len(ui.said) + len(ui.answers) == 30)
        await ui.still()
        assert len(laid) == 30 and "MainThread" not in laid
        assert ui.said == [f"Saying {at}." for at in range(10, 40, 2)]
        await ui.press("pageup", "pageup", "pageup")
        await ui.until(lambda: len(ui.said) + len(ui.answers) == 40)
        assert "MainThread" not in laid

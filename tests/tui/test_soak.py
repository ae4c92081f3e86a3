"""A long sitting: nothing is lost, what is not in view is let go of, and it stays as light as it was.

The whole of it, 1,000 messages through a terminal with what it weighs, is `python -m benchmarks soak`.
"""

from __future__ import annotations

import asyncio
import gc

from textual.widget import Widget

from assistant.tui.widgets.transcript import Transcript
from tests.servers import ScriptedServer
from tests.tui.conftest import Open
from tests.tui.test_frame import remember

_BEFORE, _NOW = 60, 24


def widgets() -> int:
    """Widgets that are alive, whether they are mounted or not."""
    gc.collect()
    return sum(1 for each in gc.get_objects() if isinstance(each, Widget))


async def test_a_long_sitting_loses_nothing_and_lets_go_of_what_is_past(
    open_ui: Open, environ, server: ScriptedServer
) -> None:
    session = remember(environ, *((f"question {at}", f"answer {at}") for at in range(_BEFORE)))
    server.answers = [f"Answer **{at}**." for at in range(_NOW)]
    async with open_ui((100, 30), server=server, session=session) as ui:
        await ui.until(lambda: f"answer {_BEFORE - 1}" in ui.shown)
        alive = []
        for at in range(_NOW):
            ui.chat.talk.composer.insert(f"Say {at}.")
            await ui.press("enter")
            async with asyncio.timeout(30):
                while not ui.answers or ui.answers[-1] != f"Answer **{at}**." or ui.chat.talk.busy:
                    await asyncio.sleep(0.005)
            if at in (_NOW - 11, _NOW - 1):
                alive.append(widgets())
        assert len(ui.chat.query_one(Transcript).children) <= 100
        assert alive[1] - alive[0] < 40, "what is no longer shown is let go of"
        texts = [one.text for one in ui.app.core.assistant.memory.session_messages(session)]
        assert len(texts) == 2 * (_BEFORE + _NOW)
        assert texts[2 * _BEFORE :: 2] == [f"Say {at}." for at in range(_NOW)]
        assert texts[2 * _BEFORE + 1 :: 2] == [f"Answer **{at}**." for at in range(_NOW)]
        for _ in range(12):
            await ui.press("pageup")
        await ui.until(lambda: "more below" in ui.shown)

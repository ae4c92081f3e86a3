"""Makes the pictures in docs/images: the real program, its embedded model, and a small made-up memory.

    python docs/make_screenshot.py [--light]

`RECOLLECT_MODELS` says where the models are, when they are not in their usual place; they are pulled when they are
nowhere. Each picture is an SVG of the terminal.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from assistant.app import Assistant
from assistant.locations import locations
from assistant.tui.app import RecollectApp
from assistant.tui.screens.detail import Detail
from memory.types import NewMessage, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.tui.screens.chat import ChatScreen

IMAGES = Path(__file__).parent / "images"
SIZE = (128, 36)
QUESTION = "What did my sister name her dog?"
TALKS = (
    (240, "My sister Hanna has adopted a whippet, she named him Biscuit.", "How lovely. Whippets are gentle."),
    (171, "Biscuit is afraid of thunder, he hides in the bathtub.", "Poor Biscuit. A quiet room helps him."),
    (96, "We fixed the garden fence with Tom, it took all Saturday.", "That is good work for one day."),
    (41, "The tax form is due on the 31st, the folder is in the blue drawer.", "Noted: the blue drawer, the 31st."),
    (12, "Hanna is moving to Porto in spring.", "Porto is beautiful in spring."),
)


def remember(environ: dict[str, str]) -> None:
    """Put the made-up talks into a memory."""
    with Assistant.open(environ) as assistant:
        for days, said, answer in TALKS:
            time = datetime.now(UTC) - timedelta(days=days)
            session = assistant.memory.new_session()
            opening = assistant.memory.remember(NewMessage(Role.USER, said, session, time=time))
            assistant.memory.remember(
                NewMessage(Role.ASSISTANT, answer, session, time=time, reply_to=opening.id, model="embedded")
            )
        assistant.memory.flush()


async def picture(environ: dict[str, str], suffix: str) -> None:
    """Ask the question and keep what the terminal shows: the talk, and why a memory was recalled."""
    app = RecollectApp(environ)
    async with app.run_test(size=SIZE) as pilot:

        async def until(condition: Callable[[], bool]) -> None:
            async with asyncio.timeout(300):
                while not condition():
                    await pilot.pause(0.05)

        screen = cast("ChatScreen", app.screen)
        await until(lambda: screen.talk.chat is not None and any(each.group == "read-ahead" for each in app.workers))
        await until(lambda: not any(each.group == "read-ahead" and not each.is_finished for each in app.workers))
        screen.talk.composer.put(QUESTION)
        await pilot.press("enter")
        await until(lambda: screen.talk.last.prompt is not None and not screen.talk.busy)
        await pilot.pause(1)
        screen.talk.composer.cursor_blink = False
        keep(app, f"talk{suffix}.svg")
        screen.query_one("#cards").focus()
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Detail))
        await pilot.pause(0.5)
        keep(app, f"why{suffix}.svg")
    await app.core.close_in_time()


def keep(app: RecollectApp, name: str) -> None:
    """Write the terminal as SVG, with the fonts that the reader has."""
    IMAGES.mkdir(exist_ok=True)
    svg = re.sub(r"\s*@font-face {.*?}", "", app.export_screenshot(title="recollect"), flags=re.DOTALL)
    (IMAGES / name).write_text(svg.replace("Fira Code", "ui-monospace, DejaVu Sans Mono"), encoding="utf-8")
    print(IMAGES / name)  # noqa: T201


def main() -> None:
    """Make the pictures."""
    options = argparse.ArgumentParser(description="Makes the pictures in docs/images.")
    options.add_argument("--light", action="store_true", help="in the light colours, as *-light.svg")
    light = options.parse_args().light
    with tempfile.TemporaryDirectory() as home:
        environ = {"RECOLLECT_HOME": home, "RECOLLECT_MODELS": str(locations(os.environ).models)}
        if light:
            environ["RECOLLECT_UI_THEME"] = "recollect-light"
        remember(environ)
        asyncio.run(picture(environ, "-light" if light else ""))


if __name__ == "__main__":
    main()

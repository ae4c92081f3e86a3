"""Makes the pictures in docs/images: the real program, its embedded model, and a small made-up memory.

    python docs/make_screenshot.py [--light | --film]

`RECOLLECT_MODELS` says where the models are, when they are not in their usual place; they are pulled when they are
nowhere. Each picture is an SVG of the terminal; `--film` makes the moving one that the README begins with.
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

from film import Frame, film

from assistant.app import Assistant
from assistant.locations import locations
from assistant.tui.app import RecollectApp
from assistant.tui.screens.detail import Detail
from memory.types import NewMessage, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from assistant.tui.screens.chat import ChatScreen

IMAGES = Path(__file__).parent / "images"
SIZE = (128, 36)
FILM_SIZE = (104, 26)
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


class Sitting:
    """The program with somebody in front of it.

    Args:
        app: the program, running.
        pilot: presses keys.
    """

    def __init__(self, app: RecollectApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot
        self.screen = cast("ChatScreen", app.screen)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(300):
            while not condition():
                await self.pilot.pause(0.05)

    async def ready(self) -> None:
        """Wait until the model has read what all prompts begin with."""
        ahead = "read-ahead"
        await self.until(lambda: self.screen.talk.chat is not None and any(w.group == ahead for w in self.app.workers))
        await self.until(lambda: not any(w.group == ahead and not w.is_finished for w in self.app.workers))
        self.screen.talk.composer.cursor_blink = False

    @property
    def answered(self) -> bool:
        """Whether the answer is there."""
        return self.screen.talk.last.prompt is not None and not self.screen.talk.busy

    async def why(self) -> None:
        """Open why the first memory came."""
        self.screen.query_one("#cards").focus()
        await self.pilot.press("enter")
        await self.until(lambda: isinstance(self.app.screen, Detail))
        await self.pilot.pause(0.5)


async def picture(environ: dict[str, str], suffix: str) -> None:
    """Ask the question and keep what the terminal shows: the talk, and why a memory was recalled."""
    app = RecollectApp(environ)
    async with app.run_test(size=SIZE) as pilot:
        sitting = Sitting(app, pilot)
        await sitting.ready()
        sitting.screen.talk.composer.put(QUESTION)
        await pilot.press("enter")
        await sitting.until(lambda: sitting.answered)
        await pilot.pause(1)
        keep(app, f"talk{suffix}.svg")
        await sitting.why()
        keep(app, f"why{suffix}.svg")
    await app.core.close_in_time()


async def moving(environ: dict[str, str]) -> None:
    """Ask the question letter by letter and keep what is seen on the way, up to why a memory was recalled."""
    app, frames = RecollectApp(environ), []

    def take(seconds: float) -> None:
        svg = app.export_screenshot(title="recollect")
        if frames and frames[-1].svg.partition("</style>")[2] == svg.partition("</style>")[2]:
            frames[-1] = frames[-1]._replace(seconds=frames[-1].seconds + seconds)
        else:
            frames.append(Frame(svg, seconds))

    async with app.run_test(size=FILM_SIZE) as pilot:
        sitting = Sitting(app, pilot)
        await sitting.ready()
        take(1.2)
        for at, letter in enumerate(QUESTION):
            await pilot.press(letter)
            if at % 3 == 2:
                take(0.16)
        take(0.6)
        await pilot.press("enter")
        while not sitting.answered:
            await pilot.pause(0.15)
            take(0.22)
        await pilot.pause(1.5)
        take(3.5)
        still = len(frames) - 1
        await sitting.why()
        take(5)
    await app.core.close_in_time()
    (IMAGES / "recollect.svg").write_text(film(frames, still), encoding="utf-8")
    print(IMAGES / "recollect.svg", f"{len(frames)} pictures")  # noqa: T201


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
    options.add_argument("--film", action="store_true", help="the moving one, recollect.svg")
    wanted = options.parse_args()
    light = wanted.light
    os.environ["COLORTERM"] = "truecolor"  # whatever terminal this is run in
    with tempfile.TemporaryDirectory() as home:
        environ = {"RECOLLECT_HOME": home, "RECOLLECT_MODELS": str(locations(os.environ).models)}
        if light:
            environ["RECOLLECT_UI_THEME"] = "recollect-light"
        remember(environ)
        asyncio.run(moving(environ) if wanted.film else picture(environ, "-light" if light else ""))


if __name__ == "__main__":
    main()

"""What the screens look like: small and dark, large and light. One sitting for each, as opening costs the most.

`make test ARGS="tests/tui/test_pictures.py --snapshot-update"` makes the pictures anew; look at each before it is kept.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from assistant.app import Assistant
from assistant.tui import texts
from assistant.tui.evoked import Evoked
from assistant.tui.screens.detail import Detail
from assistant.tui.widgets.recalled import Cards
from memory.attribution import Attribution
from memory.journal import appending
from memory.types import Message, NewMessage, Recall, Role
from tests.servers import ScriptedServer
from tests.tui.conftest import Open, Ui
from tests.tui.test_recalled import path_card

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
TALKS = (
    (150, "The bees", "Two of my beehives swarmed last week, and old Ottavia helped me catch the bees.",
     "That was kind of Ottavia. Are both colonies settled again?"),
    (97, "On stage", "A prison theatre rehearses improvised comedy with Ottavia on Tuesdays.",
     "Improvised comedy in a prison theatre: what a good idea."),
    (40, "The boat", "The engine of our sailing boat will not start in cold water, and the bees are awake.",
     "Try it like this:\n\n1. Warm the **fuel filter** for `10` minutes.\n2. Open the choke.\n\n"
     "```python\ndef start(engine):\n    return engine.crank(seconds=5)\n```\n\n"
     "| part | state |\n|---|---|\n| filter | cold |\n| battery | *good* |"),
    (2, "", "Ottavia asked whether the honey of the swarmed bees is ready for the theatre's buffet.",
     "Not before June, if the bees settle."),
)  # fmt: skip


@pytest.fixture
def _still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock on the wall stands, in one time zone; ids are numbers, as a map is laid out by them."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return NOW.astimezone(tz)

    monkeypatch.setattr(texts, "datetime", Stopped)
    numbers = itertools.count()
    monkeypatch.setattr(appending, "new_id", lambda: f"{next(numbers):012d}")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    before = os.umask(0o077)  # as the command line does: nothing is to be told of files that others could open
    yield
    os.umask(before)


def remember(environ: dict[str, str]) -> str:
    """Put the talks into a memory; the session of the boat."""
    sessions = []
    with Assistant.open(environ) as assistant:
        memory = assistant.memory
        for at, (days, title, said, answer) in enumerate(TALKS):
            session, when = f"picture-{at}", NOW - timedelta(days=days)
            first = memory.remember(NewMessage(Role.USER, said, session, time=when))
            memory.remember(NewMessage(Role.ASSISTANT, answer, session, time=when, reply_to=first.id))
            if title:
                memory.rename(session, title)
            sessions.append(session)
        memory.flush()
    return sessions[2]


def evoked(session: str) -> Evoked:
    """What the answer about the boat had recalled: one memory that it leans on, one that was left out."""
    one = path_card().one
    other = Message(3, "m9", Role.USER, "The spare key hangs behind the kitchen clock.", session, "m9", time=NOW)
    found = Recall("boat", (one, one.__class__(other, (other,), 0.11, one.why)), {})
    made = Evoked(found, reply="r1", question="Why will the boat not start?", inside=(one.message.id,))
    made.leaning = Attribution((one.message.id,), ())
    return made


async def walk(ui: Ui, session: str, look: Callable[[Ui, str], Awaitable[None]]) -> None:
    """Go through the screens."""
    await ui.until(lambda: "battery" in ui.shown and "8 messages" in ui.shown)
    ui.chat.show_recalled(evoked(session))
    await ui.until(lambda: "Ottavia" in ui.shown)
    if ui.app.size.width >= 100:
        await look(ui, "chat")
    else:
        await look(ui, "panel")
        await ui.press("escape")
        await ui.until(lambda: "battery" in ui.shown)
        await look(ui, "chat")
    first = Message(2, "m1", Role.USER, "Two of my beehives swarmed, and Ottavia helped.", "s", "m1", speaker="Lea")
    await ui.app.push_screen(Detail([path_card()], 0, "beehives", fetch=lambda ids: {"m1": first}))
    await ui.until(lambda: "Two of my beehives swarmed, and" in ui.shown)
    await look(ui, "why")
    await ui.press("escape")
    await ui.press("f1")
    await ui.until(lambda: "/new" in ui.shown)
    await look(ui, "help")
    await ui.press("escape")
    await ui.press("ctrl+o")
    await ui.until(lambda: "On stage" in ui.shown and "The bees" in ui.shown)
    await look(ui, "sessions")
    await ui.press("escape")
    await ui.press("ctrl+f")
    await ui.until(lambda: "Two of my beehives" in ui.shown)
    await look(ui, "browser")
    await ui.press("escape")
    await ui.command("/spark")
    await ui.until(lambda: "Far apart" in ui.shown and "Ottavia" in ui.shown)
    await look(ui, "sparks")
    await ui.press("escape")
    await ui.command("/map Ottavia")
    await ui.until(lambda: "theatre" in ui.shown and "drawing" not in ui.shown)
    await look(ui, "map")
    await ui.press("escape")
    await ui.write("Why will the boat not start?")
    await ui.press("f3")
    await ui.until(lambda: "What would be sent" in ui.shown)
    await look(ui, "prompt")


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "recollect"), ((160, 48), "recollect-light")], ids=["small", "large"]
)
@pytest.mark.usefixtures("_still")
async def test_the_screens_look_the_same(
    open_ui: Open, environ: dict[str, str], server: ScriptedServer, looks_the_same, size, theme
) -> None:
    async def settled(ui: Ui) -> None:
        await ui.until(lambda: ui.app.theme == theme and "indexing" not in ui.shown and "opening" not in ui.shown)

    session = remember(environ)
    pictures: list[str] = []

    async def look(ui: Ui, name: str) -> None:
        for cards in ui.app.screen.query(Cards):
            cards.scroll_home(animate=False)
        await ui.still()
        looks_the_same(ui, name)
        pictures.append(name)

    async with open_ui(size, server=server, session=session, RECOLLECT_UI_THEME=theme) as ui:
        await ui.ready()
        await settled(ui)
        await walk(ui, session, look)
    assert len(pictures) >= 8

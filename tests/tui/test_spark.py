"""`/spark`: far memories that are connected, in the conversation."""

from __future__ import annotations

from assistant.app import Assistant
from memory.types import NewMessage, Role
from tests.servers import ScriptedServer
from tests.tui.conftest import Open


def remember(environ: dict[str, str], *texts: str) -> None:
    """Say each text in a session of its own."""
    with Assistant.open(environ) as assistant:
        for number, text in enumerate(texts):
            assistant.memory.remember(NewMessage(Role.USER, text, f"s{number}"))


async def test_a_pair_is_shown_with_what_joins_it(
    open_ui: Open, environ: dict[str, str], server: ScriptedServer
) -> None:
    remember(
        environ,
        "Two of my beehives swarmed last week, and old Ottavia helped me catch the bees.",
        "A prison theatre rehearses improvised comedy with Ottavia on Tuesdays. [b]\x1b[31m",
        "The engine of our sailing boat will not start in cold water.",
    )
    async with open_ui((120, 36), server=server) as ui:
        await ui.ready()
        await ui.command("/spark beehives")
        await ui.until(lambda: "Far apart, and connected  ·  beehives" in ui.shown)
        await ui.shows("beehives swarmed")
        await ui.shows("shares a name: Ottavia")
        await ui.shows("prison theatre")
        await ui.shows("[b]")  # what was said is no markup
        await ui.press("enter")
        await ui.until(lambda: ui.written.startswith("What could these two have to do"))
        assert "beehives" in ui.written
        assert "Ottavia on Tuesdays" in ui.written
        ui.chat.talk.composer.clear()
        await ui.command("/spark boat")
        await ui.until(lambda: "Nothing far away" in ui.shown)
    assert server.bodies == []

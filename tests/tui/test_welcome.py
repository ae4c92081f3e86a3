"""What an empty session shows of what was told long ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from assistant.app import Assistant
from assistant.longago import told_long_ago
from assistant.tui.widgets.welcome import Then, Welcome
from memory.types import NewMessage, Role, Verdict
from tests.servers import ScriptedServer
from tests.tui.conftest import Open

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
TOLD = "My sister Ana has adopted a brown labrador from the shelter in Ghent."


def remember(environ: dict[str, str], *told: tuple[str, float], now: datetime = NOW, **more: str) -> list[str]:
    """Say things so many days ago; their ids."""
    with Assistant.open(environ) as assistant:
        return [
            assistant.memory.remember(NewMessage(Role.USER, text, f"s{at}", time=now - timedelta(days=days), **more)).id
            for at, (text, days) in enumerate(told)
        ]


def told(environ: dict[str, str], now: datetime = NOW) -> str:
    with Assistant.open(environ) as assistant:
        found = told_long_ago(assistant.memory, now)
        return found.text if found else ""


@pytest.mark.parametrize("days", [28, 180, 366, 731])
def test_what_was_told_a_month_or_half_a_year_or_a_year_ago_comes_back(environ: dict[str, str], days: float) -> None:
    remember(environ, (TOLD, days))
    assert told(environ) == TOLD
    assert told(environ, NOW + timedelta(days=14)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "My dog is called Biscuit.",
        "What is the name of the labrador that my sister Ana adopted?",
        "Write a poem of four lines about a brown labrador from Ghent.",
        "My password for the shelter's site is hunter2hunter2, do not forget it.",
        "My sister Ana " * 40,
    ],
)
def test_what_is_short_or_long_or_asked_or_wanted_or_secret_does_not(environ: dict[str, str], text: str) -> None:
    remember({**environ, "RECOLLECT_MEMORY_SECRETS": "keep"}, (text, 30))
    assert told(environ) == ""


def test_one_thing_a_day_and_nothing_that_must_not_come_back(environ: dict[str, str]) -> None:
    others = [f"My sister Ana has told me for the {nth} time about her brown labrador." for nth in ("first", "second")]
    remember(environ, *((text, 30) for text in others))
    assert {told(environ, NOW + timedelta(days=day)) for day in range(2)} == set(others)
    with Assistant.open(environ) as assistant:
        memory = assistant.memory
        first, second = (memory.session_messages(f"s{at}")[0] for at in range(2))
        memory.feedback(first.id, Verdict.NEVER)
        assert [told_long_ago(memory, NOW + timedelta(days=day)) for day in range(2)] == [second, second]
        memory.forget(messages=[second.id])
        assert told_long_ago(memory, NOW) is None


async def test_it_is_shown_in_its_place_and_leads_to_where_it_was_said(
    open_ui: Open, environ: dict[str, str], server: ScriptedServer
) -> None:
    now = datetime.now(UTC)
    hostile = TOLD.replace("Ghent", "\x1b[31m[b]Ghent[/b]")
    remember(environ, (hostile, 30.44), *((f"Something else was said here, no. {at}.", 1) for at in range(4)), now=now)
    async with open_ui((160, 36), server=server) as ui:
        headline = ui.app.screen.query_one(".headline").region
        await ui.ready()
        await ui.until(lambda: "you said “My sister Ana has adopted a brown" in ui.shown)
        await ui.shows("[b]")
        assert ui.app.screen.query_one(".headline").region == headline, "nothing was pushed away"
        ui.app.screen.query_one(Then).focus()
        await ui.press("enter")
        await ui.until(lambda: ui.chat.talk.chat.session == "s0" and "from the shelter in" in ui.shown)
    for off in ({"RECOLLECT_UI_WELCOME": "false"}, {"RECOLLECT_MEMORY_INCOGNITO": "true"}):
        async with open_ui((160, 36), server=server, **off) as ui:
            await ui.ready()
            await ui.until(lambda: "Say something, or go on with" in ui.shown)
            assert ui.app.screen.query_one(Welcome).then is None
            assert not ui.app.screen.query(Then)
    assert server.bodies == []

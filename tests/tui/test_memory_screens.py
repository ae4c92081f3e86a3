"""The map and the memory browser, through real keys."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.widgets import Static

from assistant.app import Assistant
from assistant.tui.screens.browser import BrowserScreen
from assistant.tui.screens.map import MapScreen
from assistant.tui.screens.memoryscreen import MemoryScreen
from assistant.tui.widgets.mapview import MapView
from assistant.tui.widgets.rows import Rows
from assistant.tui.widgets.timeline import Timeline, every_month, years
from memory.types import NewMessage, Role, Verdict
from tests.servers import ScriptedServer
from tests.tui.conftest import Open, Ui

TALKS = (
    ("bees", 3, "Two of my beehives swarmed, and old Ottavia helped me catch the bees."),
    ("stage", 4, "A prison theatre rehearses comedy with Ottavia on Tuesdays. [b]\x1b[31m"),
    ("boat", 6, "The engine of our sailing boat will not start in cold water."),
)


def remember(environ: dict[str, str]) -> dict[str, str]:
    """Put the talks into the memory; their ids."""
    with Assistant.open(environ) as assistant:
        ids = {
            name: assistant.memory.remember(
                NewMessage(Role.USER, text, name, time=datetime(2026, month, 5, 12, tzinfo=UTC))
            ).id
            for name, month, text in TALKS
        }
        assistant.memory.flush()
    with Assistant.open(environ) as assistant:
        assistant.tighten()  # so that the interface need not tell that it did, over what is looked at
    return ids


def view(ui: Ui) -> MapView:
    return ui.app.screen.query_one(MapView)


async def test_a_map_is_walked_through_linked_and_written(
    open_ui: Open, environ: dict[str, str], server: ScriptedServer, tmp_path: Path
) -> None:
    ids = remember(environ)
    async with open_ui((80, 24), server=server) as ui:
        await ui.ready()
        await ui.command(f"/map {ids['bees']}")
        await ui.until(lambda: isinstance(ui.app.screen, MapScreen) and "◆" in ui.shown)
        assert view(ui).chosen == ids["bees"]
        await ui.shows("beehives")
        await ui.press("tab")
        await ui.until(lambda: "shares a name (Ottavia)" in ui.shown.replace("\n", " "))
        assert view(ui).chosen == ids["stage"]
        await ui.shows("[b]")  # what was said is no markup
        assert "\x1b" not in ui.shown
        await ui.press("enter")
        await ui.until(lambda: view(ui).drawn.centre == ids["stage"] and view(ui).chosen == ids["stage"])
        await ui.press("backspace")
        await ui.until(lambda: view(ui).drawn.centre == ids["bees"] and view(ui).chosen == ids["bees"])
        start = view(ui).chosen
        for key in ("left", "right", "up", "down"):
            await ui.press(key)
        await ui.until(lambda: view(ui).chosen in ids.values())
        assert start
        await ui.press("e")
        await ui.until(lambda: "Write the map" in ui.shown)
        await ui.press(*["backspace"] * 8)
        await ui.write(str(tmp_path / "bees.html"))
        await ui.press("enter")
        await ui.until(lambda: (tmp_path / "bees.html").exists())
        await ui.pilot.resize_terminal(40, 12)
        await ui.until(lambda: ui.app.size.width == 40 and "◆" in ui.shown)
        await ui.press("t")
        await ui.until(lambda: "A topic" in ui.shown)
        await ui.write("nothing of the kind, gluons and quarks")
        await ui.press("enter")
        await ui.pilot.resize_terminal(80, 24)
        await ui.until(lambda: isinstance(ui.app.screen, MapScreen))
        await ui.press("escape")
        await ui.until(lambda: ui.app.screen is ui.chat)


async def test_memories_are_found_forgotten_brought_back_pinned_linked_and_written(
    open_ui: Open, environ: dict[str, str], server: ScriptedServer, tmp_path: Path
) -> None:
    ids = remember(environ)
    async with open_ui((120, 36), server=server) as ui:
        await ui.ready()
        memory = ui.app.core.assistant.memory
        await ui.press("ctrl+f")
        await ui.until(lambda: "3 messages · newest first" in ui.shown)
        rows = ui.app.screen.query_one(Rows)
        assert [one.id for one in rows.messages] == [ids["boat"], ids["stage"], ids["bees"]]
        await ui.press("[")
        await ui.until(lambda: "Jun 2026, 1 message" in ui.shown and len(rows.messages) == 1)
        await ui.press("[")
        await ui.until(lambda: "Apr 2026" in ui.shown and rows.message.id == ids["stage"])
        await ui.until(lambda: "[b]" in ui.shown)
        assert "\x1b" not in ui.shown
        await ui.press("a")
        await ui.until(lambda: len(rows.messages) == 3)
        await ui.press("slash")
        await ui.write("insects")
        await ui.press("enter")
        await ui.until(lambda: "best first · bars beside the best" in ui.shown and "% relevant" in ui.shown)
        assert memory.recall("insects", k=1).recollections[0].score < 0.8
        best, *others = [line for line in ui.shown.splitlines() if "2026  ━" in line]
        assert "━━━━" in best, "the best has a full bar, however little it fits"
        assert not any("━━━━" in line for line in others)
        await ui.press("slash", *["backspace"] * 9)
        await ui.write("swarm of bees")
        await ui.press("enter")
        await ui.until(lambda: "by meaning · best first" in ui.shown and rows.message.id == ids["bees"])
        await ui.press("u")
        await ui.until(lambda: [each.cue for each in memory.feedback_of(ids["bees"])] == ["swarm of bees"])
        await ui.press("a", "r")
        await ui.until(lambda: "newest first" in ui.shown and len(rows.messages) == 3)
        await ui.press("home", "space", "space")
        await ui.until(lambda: "2 marked" in ui.shown)
        await ui.press("l")
        await ui.until(lambda: any(edge.kind == "linked" for edge in memory.associations(ids["boat"])))
        await ui.press("home", "space", "space", "p")
        await ui.until(lambda: len(memory.journal.pinned(memory.scope)) == 2)
        await ui.press("w")
        await ui.until(lambda: "Write 2 messages" in ui.shown)
        await ui.press(*["backspace"] * 20)
        await ui.write(str(tmp_path / "some.jsonl"))
        await ui.press("enter")
        await ui.until(lambda: (tmp_path / "some.jsonl").exists() and isinstance(ui.app.screen, BrowserScreen))
        lines = [json.loads(line) for line in (tmp_path / "some.jsonl").read_text().splitlines()]
        assert [line["session"] for line in lines if line["type"] == "message"] == ["stage", "boat"]
        assert [line["messages"] for line in lines if line["type"] == "link"]
        assert len([line for line in lines if line["type"] == "pin"]) == 2
        log = ui.app.core.assistant.locations.log_file
        with log.open("a") as written:
            written.write(f"WARNING some.package: cannot parse {TALKS[2][2]!r}\nINFO memory: a harmless line\n")
        await ui.press("f")
        await ui.until(lambda: "Forget 2 messages?" in ui.shown and "sailing boat" in ui.shown)
        await ui.press("y")
        await ui.until(lambda: "sailing" not in log.read_text())
        assert "a harmless line" in log.read_text()
        await ui.until(lambda: memory.stats().messages == 1)
        await ui.until(lambda: len(rows.messages) == 1)
        await ui.press("z")
        await ui.until(lambda: memory.stats().messages == 3 and len(rows.messages) == 3)
        assert len(memory.journal.pinned(memory.scope)) == 2
        await ui.press("home", "n")
        await ui.until(lambda: memory.feedback_of(ids["boat"])[0].verdict is Verdict.NEVER)
        await ui.press("enter")
        await ui.until(lambda: ui.app.screen is ui.chat and ui.said == [TALKS[2][2]])


def test_every_key_of_the_memory_screens_has_an_id_and_a_description() -> None:
    for screen in (MapScreen, BrowserScreen, MemoryScreen):
        bindings = [*screen.BINDINGS, *MapView.BINDINGS, *Rows.BINDINGS]
        assert all(binding.id and binding.description for binding in bindings)
        ids = [binding.id for binding in bindings]
        assert len(ids) == len(set(ids))


def test_the_timeline_has_every_month_and_goes_by_those_with_something() -> None:
    assert every_month(["2024-11", "2025-02"]) == ["2024-11", "2024-12", "2025-01", "2025-02"]
    assert every_month([]) == []
    assert every_month(["0001-01", "9999-12"]) == ["0001-01", "9999-12"]
    line = Timeline()
    line._counts = {"2024-11": 3, "2025-02": 1}
    line._months = every_month(sorted(line._counts))
    assert line.step(-1) == "2025-02"
    line.month = "2025-02"
    assert line.step(-1) == "2024-11"
    assert line.step(1) == ""


@pytest.mark.parametrize("each", [1, 2, 4])
@pytest.mark.parametrize("first", ["2023-01", "2023-09", "2023-11", "2023-12"])
def test_every_year_of_the_timeline_is_named_near_its_months(first: str, each: int) -> None:
    months = every_month([first, "2025-03"])
    named = years(months, each, len(months) * each)
    assert [year for _, year in named] == ["2023", "2024", "2025"]
    ends = [column + len(year) for column, year in named]
    assert all(column > end for (column, _), end in zip(named[1:], ends, strict=False))
    assert ends[-1] <= len(months) * each
    for column, year in named:
        begins = months.index(next(month for month in months if month.startswith(year))) * each
        assert abs(column - begins) <= 4


async def test_a_topic_lists_what_it_leads_to_and_the_browser_names_months_and_sessions(
    open_ui: Open, environ: dict[str, str], server: ScriptedServer
) -> None:
    remember(environ)
    with Assistant.open(environ) as assistant:
        assistant.memory.rename("bees", "The swarm")
    async with open_ui((120, 36), server=server) as ui:
        await ui.ready()
        await ui.command("/map Ottavia")
        await ui.until(lambda: isinstance(ui.app.screen, MapScreen) and "◆" in ui.shown and "leads to" in ui.shown)
        about = str(ui.app.screen.query_one("#about", Static).render())
        assert "the topic  Ottavia" in about
        assert about.count("● ") == 2 == sum("● " in line for line in about.splitlines())
        await ui.press("escape")
        await ui.command("/search Ottavia beehives")
        await ui.until(lambda: "in “The swarm”" in ui.shown)
        await ui.shows("2026 Apr")  # the year stands below its first month, the others have their names

"""An incognito conversation says so, and leaves every file as it was; what is too old goes when one is opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from memory.journal import Journal
from memory.types import NewMessage, Origin, Role, Scope
from tests.servers import ScriptedServer

from .conftest import Open


def files(home: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}


async def test_it_is_marked_and_nothing_is_written(
    open_ui: Open, server: ScriptedServer, environ: dict[str, str]
) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        assert "incognito" not in ui.shown
        await ui.say("My sister's dog is called Biscuit.")
    home = Path(environ["RECOLLECT_HOME"])
    before = files(home)
    async with open_ui(server=server, RECOLLECT_MEMORY_INCOGNITO="1") as ui:
        await ui.write("What is my sister's dog called?")
        await ui.ready()
        await ui.until(lambda: "incognito: nothing is kept" in ui.shown)
        await ui.press("enter")
        await ui.until(lambda: ui.answers and not ui.chat.talk.busy)
        assert ui.answers == ["His name is **Biscuit**."]
        await ui.say("And again?")
        await ui.command("/forget")
        await ui.command("/editor")
        await ui.until(lambda: "needs a file" in ui.shown)
        await ui.write("a draft")
    assert files(home) == before


async def test_it_goes_on_with_another_model(open_ui: Open, server: ScriptedServer, environ: dict[str, str]) -> None:
    async with open_ui(server=server, RECOLLECT_MEMORY_INCOGNITO="1") as ui:
        await ui.ready()
        await ui.say("My sister's dog is called Quillfeather.")
        before = ui.chat.talk.chat
        await ui.command("/model another")
        await ui.until(lambda: ui.chat.talk.chat is not before and ui.answers)
        await ui.say("What is it called?")
        assert ui.said == ["My sister's dog is called Quillfeather.", "What is it called?"]
        assert "Quillfeather" in str(server.bodies[-1]["messages"])
        assert server.bodies[-1]["model"] == "another"
    assert not [name for name, data in files(Path(environ["RECOLLECT_HOME"])).items() if b"Quillfeather" in data]


async def test_what_has_outlived_its_time_is_forgotten_in_the_background(
    open_ui: Open, server: ScriptedServer, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(environ["RECOLLECT_HOME"]) / "memory" / "journal.db"
    journal = Journal.open(path)
    for days, text in ((400, "Long ago."), (2, "The other day.")):
        time = datetime.now(UTC) - timedelta(days=days)
        journal.append(NewMessage(Role.USER, text, "s", time=time), Scope())
    async with open_ui(server=server, RECOLLECT_MEMORY_KEEP_DAYS="365") as ui:
        await ui.ready()
        await ui.until(lambda: [one.text for one in journal.session_messages("s", Scope())] == ["The other day."])
    monkeypatch.setattr("assistant.tui.screens.chat._RETENTION_SECONDS", 0.1)
    async with open_ui(server=server, RECOLLECT_MEMORY_KEEP_DAYS="365") as ui:
        await ui.ready()
        too_old = datetime.now(UTC) - timedelta(days=366)
        grown = NewMessage(Role.USER, "It grows old while one stays.", "s", time=too_old, origin=Origin.IMPORT)
        journal.append(grown, Scope())
        await ui.until(lambda: [one.text for one in journal.session_messages("s", Scope())] == ["The other day."])
    journal.close()


async def test_an_earlier_message_is_edited(open_ui: Open, server: ScriptedServer, environ: dict[str, str]) -> None:
    async with open_ui(server=server, RECOLLECT_MEMORY_INCOGNITO="1") as ui:
        await ui.ready()
        await ui.say("My sister's dog is called Quillfeather.")
        await ui.say("What is it called?")
        await ui.press("f4")
        await ui.until(lambda: "what came after it is gone" in ui.shown)
        await ui.press("down", "enter")
        await ui.until(lambda: ui.written == "My sister's dog is called Quillfeather.")
        await ui.press("home", *["delete"] * 2)
        await ui.write("Our")
        await ui.press("enter")
        await ui.until(lambda: ui.said == ["Our sister's dog is called Quillfeather."] and not ui.chat.talk.busy)
        assert "What is it called?" not in str(server.bodies[-1]["messages"])
        await ui.say("And now?")
        assert "Our sister's dog" in str(server.bodies[-1]["messages"])
    assert not [name for name, data in files(Path(environ["RECOLLECT_HOME"])).items() if b"Quillfeather" in data]

"""A secret in what is typed: told in the conversation, and in no file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assistant.drafts import Drafts
from assistant.tui.widgets.sayings import Remark
from memory.secrets import Screen
from tests.tui.conftest import Open

KEY = "sk-proj-Ab3dEfGh1jKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKl"


async def test_a_secret_is_told_at_once_and_kept_in_no_file(open_ui: Open, server: Any, tmp_path: Path) -> None:
    async with open_ui(server=server) as ui:
        await ui.ready()
        await ui.say(f"my key is {KEY}")
        (remark,) = ui.chat.query(Remark)
        assert "an API key, which was taken out" in str(remark.render())
        assert ui.answers[0].startswith("His name is")
        server.answers = [f"The key is {KEY}."]
        await ui.say("Which key?")
        assert "The answer held an API key, which was taken out" in str(ui.chat.query(Remark).last().render())
    assert KEY not in str(server.bodies)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_a_draft_holds_no_secret(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts", Screen("redact"))
    drafts.save(f"a walnut, and {KEY}")
    (file,) = (tmp_path / "drafts").iterdir()
    assert file.read_text() == "a walnut, and [API key removed]"


async def test_a_refused_message_comes_back_into_the_composer(open_ui: Open, server: Any) -> None:
    async with open_ui(server=server, RECOLLECT_MEMORY_SECRETS="refuse") as ui:
        await ui.ready()
        await ui.say(f"my key is {KEY}")
        assert "nothing of it was kept" in ui.troubles[0]
        assert KEY in ui.written
    assert not server.bodies


async def test_loose_folders_are_told_once(open_ui: Open, tmp_path: Path, eventually) -> None:
    (tmp_path / "home" / "memory").mkdir(parents=True)
    (tmp_path / "home" / "memory").chmod(0o755)
    async with open_ui() as ui:
        await ui.ready()
        await ui.until(
            lambda: "now they are yours alone" in " ".join(str(one.message) for one in ui.app._notifications)
        )
    assert (tmp_path / "home" / "memory").stat().st_mode & 0o077 == 0

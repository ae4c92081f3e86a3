"""The interface driven by keys, in this process, against a real memory and a scripted or a real model."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from assistant.tui.app import RecollectApp
from assistant.tui.screens.chat import ChatScreen
from assistant.tui.widgets.sayings import Answer, Said, Trouble
from assistant.tui.widgets.transcript import Transcript
from tests.servers import ScriptedServer

if TYPE_CHECKING:
    from textual.pilot import Pilot


class Bugs(logging.Handler):
    """What went wrong inside and was told, as the log has it. A test that makes something go wrong clears it."""

    _log = logging.getLogger("assistant.tui.core")

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[object] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of one."""
        self.errors.append(record.exc_info[1] if record.exc_info else record.getMessage())

    def __enter__(self) -> None:
        self._log.addHandler(self)

    def __exit__(self, *_: object) -> None:
        self._log.removeHandler(self)


class Ui:
    """A running interface: what a person would press and see."""

    def __init__(self, app: RecollectApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot
        self.bugs = Bugs()

    @property
    def chat(self) -> ChatScreen:
        """The conversation's screen."""
        return next(screen for screen in self.app.screen_stack if isinstance(screen, ChatScreen))

    @property
    def written(self) -> str:
        """What stands in the composer."""
        return self.chat.talk.composer.text

    @property
    def shown(self) -> str:
        """Everything on the terminal, as text."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    @property
    def transcript(self) -> Transcript:
        """What was said, as the widget that scrolls."""
        return self.chat.query_one(Transcript)

    @property
    def said(self) -> list[str]:
        """What people said, as the transcript has it."""
        return [widget.text for widget in self.chat.query(Said)]

    @property
    def answers(self) -> list[str]:
        """What the assistant said."""
        return [widget.text for widget in self.chat.query(Answer)]

    @property
    def feet(self) -> list[str]:
        """The line below each answer."""
        return [widget.foot.plain if widget.foot else "" for widget in self.chat.query(Answer)]

    @property
    def troubles(self) -> list[str]:
        """What went wrong, as shown."""
        return [str(widget.render()) for widget in self.chat.query(Trouble)]

    async def until(self, condition: Callable[[], Any], timeout: float = 30) -> None:
        """Wait until something is so."""
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    await self.pilot.pause(0.01)
        except TimeoutError:
            raise AssertionError(f"waited {timeout} s in vain; on the terminal:\n{self.shown}") from None

    async def shows(self, text: str) -> None:
        """Wait until `text` is on the terminal."""
        await self.until(lambda: text in self.shown)

    async def press(self, *keys: str) -> None:
        """Press keys."""
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        """Type text."""
        await self.pilot.press(*["ctrl+j" if character == "\n" else character for character in text])

    async def ready(self) -> None:
        """Wait until one is in a session."""
        await self.until(lambda: self.chat.talk.chat is not None)
        self.chat.talk.composer.cursor_blink = False  # a picture would show it or not by chance

    async def still(self) -> None:
        """Wait until what is shown has stayed the same for a moment."""
        seen: list[str] = []
        while len(seen) < 4 or len(set(seen[-4:])) > 1:
            await self.pilot.pause(0.02)
            seen.append(self.app.export_screenshot())

    async def say(self, text: str, timeout: float = 30) -> None:
        """Type text, send it, and wait for the answer's end."""
        before = len(self.said)
        await self.write(text)
        await self.press("enter")
        await self.until(lambda: len(self.said) > before and not self.chat.talk.busy, timeout)

    async def command(self, text: str) -> None:
        """Type a slash command and send it."""
        await self.write(text)
        await self.press("enter")
        await self.pilot.pause()


Open = Callable[..., Any]


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """All colours, whatever terminal the tests are run in."""
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture
def environ(tmp_path: Path, models_folder: Path) -> dict[str, str]:
    """An environment with a home of its own and the shared models; no titles are made, as that takes its own time."""
    return {
        "RECOLLECT_HOME": str(tmp_path / "home"),
        "RECOLLECT_MODELS": str(models_folder),
        "RECOLLECT_UI_TITLES": "false",
    }


@pytest.fixture
def open_ui(environ: dict[str, str]) -> Open:
    """Opens the interface at a size; what was opened is closed as a person would close it."""

    @asynccontextmanager
    async def open_(
        size: tuple[int, int] = (120, 36),
        *,
        server: ScriptedServer | None = None,
        session: str | None = None,
        **more: str,
    ) -> AsyncIterator[Ui]:
        variables = {**environ, **more}
        if server:
            variables |= {"RECOLLECT_BASE_URL": server.url, "RECOLLECT_MODEL": "scripted"}
        app = RecollectApp(variables, session=session)
        async with app.run_test(size=size, notifications=True) as pilot:
            ui = Ui(app, pilot)
            with ui.bugs:
                try:
                    yield ui
                finally:
                    if not app._exit:
                        await app.action_quit()
                        await ui.until(lambda: app._exit)
        assert ui.bugs.errors == []

    return open_


@pytest.fixture
def server() -> Any:
    """A scripted model."""
    with ScriptedServer(["His name is **Biscuit**."]) as running:
        yield running


class SvgExtension(SingleFileSnapshotExtension):
    """Snapshots of a screen, one SVG file each."""

    file_extension = "svg"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def looks_the_same(snapshot: Any) -> Callable[..., None]:
    """Compare the terminal with the picture of it that is kept; the name is for tests that look more than once."""

    def compare(ui: Ui, name: str = "") -> None:
        picture = re.sub(r"\s*@font-face {.*?}", "", ui.app.export_screenshot(title="recollect"), flags=re.DOTALL)
        picture = re.sub(r"message&#160;[0-9a-z]{12}", "message&#160;" + "x" * 12, picture)
        picture = re.sub(r"terminal-\d+", "terminal", picture)
        assert picture == (
            snapshot(extension_class=SvgExtension, name=name) if name else snapshot(extension_class=SvgExtension)
        )

    return compare

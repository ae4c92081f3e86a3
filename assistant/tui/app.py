"""The Textual application: colours, palette, and a quiet end however it comes about."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType

from assistant.commands import slash_commands
from assistant.tui.core import Core, in_thread, report_bug
from assistant.tui.guard import GUARD
from assistant.tui.hangup import Watch
from assistant.tui.screens.chat import ChatScreen
from assistant.tui.theme import DARK, DARK_FEW, LIGHT, LIGHT_FEW, few_colours, spoken
from memory.errors import RecollectError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from textual.actions import ActionParseResult
    from textual.dom import DOMNode
    from textual.filter import LineFilter
    from textual.screen import Screen
    from textual.theme import Theme

INTERRUPTED = 130
_SETTLE_SECONDS = 3.0
_LOOK_SECONDS = 0.5
_MADE_SECONDS = 2.0
_TEXTUALS = ("Quit", "Screenshot")
"""What the palette has from Textual; the rest is there under our own names, or does nothing here."""


class RecollectApp(App[int]):
    """The terminal interface.

    Args:
        environ: the environment of the program.
        model: the `--model` flag.
        session: id of a session to go on with.
        overrides: other flags by dotted key.
        leaving: called when everything is closed, before the screen is given back.

    Attributes:
        core: the assistant.
        closed: whether it was closed in order.
    """

    TITLE = "recollect"
    CSS_PATH = "recollect.tcss"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", id="command.quit", tooltip="Leave; what was said is kept", priority=True),
    ]

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        model: str = "",
        session: str | None = None,
        overrides: Mapping[str, object] | None = None,
        leaving: Callable[[int], None] | None = None,
    ) -> None:
        self._themes: dict[str, Theme] = {}
        super().__init__()
        self.core = Core(environ, model, overrides)
        self._session = session
        self._leaving = False
        self._terminal = Watch()
        self.closed = False
        self._when_leaving = leaving
        for theme in (DARK, LIGHT, DARK_FEW, LIGHT_FEW):
            self.register_theme(theme)
        few = self.console.color_system == "standard" and not self.no_color
        chosen = few_colours(environ) if few else DARK
        self.set_reactive(App.theme, chosen.name)  # nothing is styled yet that would have to be styled again
        self._refresh_truecolor_filter(self.ansi_theme)
        self.stylesheet.set_variables(self.get_css_variables())

    def register_theme(self, theme: Theme) -> None:
        """Add a theme, in the place of one of that name."""
        self._themes.clear()
        super().register_theme(theme)

    def get_theme(self, theme_name: str) -> Theme | None:
        """The theme of a name. It is asked for with every line that is drawn, so what was found is kept."""
        found = self._themes.get(theme_name) or super().get_theme(theme_name)
        if found:
            self._themes[theme_name] = found
        return found

    def get_css_variables(self) -> dict[str, str]:
        """Those of the theme, and the styles that are ours in every theme that does not say otherwise."""
        theirs = super().get_css_variables()
        self.theme_variables = {**spoken(self.current_theme, theirs), **theirs}
        return self.theme_variables

    def get_key_display(self, binding: Binding) -> str:
        """A key as the line at the foot has it: `^N`, `F1`; a letter by itself as it is typed."""
        shown = super().get_key_display(binding)
        return shown if len(shown) == 1 else shown.upper() if shown[0] in "^fF" else shown

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and the last look at what is drawn."""
        return [*super().get_line_filters(), GUARD]

    def get_default_screen(self) -> Screen[None]:
        """The conversation."""
        return ChatScreen(self.core, self._session, self.size)

    def copy_to_clipboard(self, text: str) -> None:
        """Put `text` (what is selected, or cut while writing) into the clipboard, every way there is."""
        from assistant.tui.clipboard import hand_on

        super().copy_to_clipboard(text)
        self.run_worker(in_thread(hand_on, text, self.core.environ), group="clipboard", exit_on_error=False)

    def on_mount(self) -> None:
        """End in order when the terminal or the system asks for it; draw all anew after a stop from outside."""
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        if not self.is_headless:
            self.set_interval(_LOOK_SECONDS, self._look_at_terminal)
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            try:
                if number is not None:
                    loop.add_signal_handler(number, self._told_to_end)
            except (NotImplementedError, RuntimeError, ValueError):
                return  # not on this platform, or not in the main thread
        if sys.platform != "win32":
            self._resume_with_terminal_alone()

    def _resume_with_terminal_alone(self) -> None:
        """Keep Textual from starting its threads anew at the SIGCONT that the system sends after SIGHUP.

        It would wait at the end for those that it had before, which would never hear of it.
        """
        resume = signal.getsignal(signal.SIGCONT)
        if callable(resume):
            signal.signal(signal.SIGCONT, lambda *told: None if self._terminal.gone() else resume(*told))

    def _look_at_terminal(self) -> None:
        """End when the terminal has gone: SIGHUP does not tell a program that blocks it or is of another session."""
        if self._terminal.gone():
            self._told_to_end()

    def _told_to_end(self) -> None:
        if not self._leaving:
            self.run_worker(self._leave(INTERRUPTED), group="leave")

    async def on_event(self, event: events.Event) -> None:
        """Do what a key or click asks for, once the screen that it is for is there.

        A click on what is being taken away is dropped: Textual looks for the parent of what was clicked, to begin a
        selection there, and ends the program where there is none any more.
        """
        if isinstance(event, events.InputEvent):
            await self._screen_made()
        if isinstance(event, events.MouseDown) and self.screen_stack:
            clicked, _ = self.screen.get_widget_and_offset_at(event.x, event.y)
            if clicked is not None and clicked is not self.screen and clicked.parent is None:
                return
        await super().on_event(event)

    async def _screen_made(self) -> None:
        """Wait until the screen on top has its widgets: what is typed ahead is meant for them."""
        if self.screen_stack and not self.screen.is_mounted:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.screen._mounted_event.wait(), _MADE_SECONDS)

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key is bound to; whether it did something. A bug in that is told, and ends nothing."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except Exception as error:  # noqa: BLE001 - whatever it is, what was being written stays
            self.notify(str(report_bug(error)), severity="error", markup=False, timeout=15)
            return True

    async def action_quit(self) -> None:
        """Stop and keep what is being written, close the memory, leave. A second time it does not wait."""
        if self._leaving:
            self.exit(return_code=0)
        self.run_worker(self._leave(0), group="leave")

    async def _leave(self, code: int) -> None:
        if self._leaving:
            return
        self._leaving = True
        screen = next((one for one in self.screen_stack if isinstance(one, ChatScreen)), None)
        if screen:
            screen.status.busy("closing")
            await screen.talk.settle(_SETTLE_SECONDS)
            try:
                await in_thread(screen.keep_draft)
            except RecollectError as error:
                self.log.warning(str(error))
        await self.core.close_in_time()
        self.closed = True
        if self._when_leaving:
            self._when_leaving(code)
        self.exit(return_code=code)

    def _handle_exception(self, error: Exception) -> None:
        """What goes wrong once the end has come is for the log alone: screens that are gone by then find nothing."""
        if self._exit:
            report_bug(error)
        else:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """A bug ends the program with a sentence; the traceback is for the log."""
        from rich.text import Text

        error = sys.exception() or RuntimeError("unknown")
        self.panic(Text(str(report_bug(error))))

    def action_command_palette(self) -> None:
        """Show the palette."""
        from assistant.tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def search_themes(self) -> None:
        """Show the palette with the themes alone."""
        from textual.theme import ThemeProvider

        from assistant.tui.screens.palette import Palette

        self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for a theme"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: what the slash commands do, then what Textual brings."""
        if isinstance(screen, ChatScreen):
            for command in slash_commands():
                if command.name != "quit":
                    name = command.name
                    key = screen.key_of(name)
                    title = f"{name.capitalize()}  ·  {key}" if key else name.capitalize()
                    yield SystemCommand(title, command.help, lambda name=name: screen.action_command(name))
        yield from (theirs for theirs in super().get_system_commands(screen) if theirs.title in _TEXTUALS)

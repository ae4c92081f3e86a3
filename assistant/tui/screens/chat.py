"""The conversation's screen: header, talk, the panel with what was recalled, status. It owns what is open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from assistant.tui.bindings import command_bindings
from assistant.tui.core import Core, first_imports, guarded, in_thread, paced, report_bug, warm_imports
from assistant.tui.dress import dress
from assistant.tui.messages import Counted, Entered, Opened, Pulling, Trouble
from assistant.tui.pace import few_arenas, settle, sweep
from assistant.tui.screens.recalling import Recalling
from assistant.tui.widgets.footer import Footer
from assistant.tui.widgets.ground import Ground
from assistant.tui.widgets.header import Header
from assistant.tui.widgets.status import Status
from assistant.tui.widgets.talk import Talk
from assistant.tui.widgets.welcome import Press, Then, Welcome
from memory.errors import RecollectError, UsageError

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.geometry import Size

    from assistant.app import Assistant
    from assistant.tui.remembered import Remembered
    from assistant.tui.widgets.sayings import Answer
    from memory.types import Message

_WIDTHS = [(0, "-narrow"), (100, "-wide")]
_HEIGHTS = [(0, "-tiny"), (10, "-short"), (20, "-tall")]
_LATER = Path(__file__).parents[1] / "conversation.tcss"
_RECENT = 4
_LAG_POLL = 1.0
_LAG_POLL_MOST = 60.0
_SETTLED_SECONDS = 60.0
_SWEEP_SECONDS = 0.3
_RETENTION_SECONDS = 6 * 3600.0


class ChatScreen(Ground, Recalling):
    """Opens the memory after the first frame and lets one talk in a session.

    Args:
        core: the assistant, not open yet.
        session: the session to go on with; None begins a new one.
        size: of the terminal, so that the first frame is styled once.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop", "Stop", id="talk.stop"),
        Binding("escape", "back", "Back to writing", id="talk.back", show=False),
        *command_bindings(),
        Binding("ctrl+end", "newest", "Newest line", id="talk.newest", show=False),
        Binding("alt+up", "look(-1)", "What an earlier answer recalled", id="recalled.earlier", show=False),
        Binding("alt+down", "look(1)", "What a later answer recalled", id="recalled.later", show=False),
        Binding("ctrl+t", "follow", "To the next memory that the answer refers to", id="recalled.follow", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = _WIDTHS
    VERTICAL_BREAKPOINTS = _HEIGHTS

    def __init__(self, core: Core, session: str | None, size: Size) -> None:
        super().__init__(core, _first_classes(size))
        self._wanted = session
        self._at = self._opening = ""
        self._remembered: Remembered | None = None
        self._indexed = -1
        self._trouble_told = ""
        self._pause = _LAG_POLL

    def compose(self) -> ComposeResult:
        """The frame."""
        yield Header(id="header")
        with Body(id="body"):
            yield Talk(self.core.run, id="talk")
            yield Widget(id="place")  # where the panel will be, so that nothing moves when it comes
        yield Status(id="status")
        yield Footer()

    @property
    def status(self) -> Status:
        """The status line."""
        return self.query_one(Status)

    def on_mount(self) -> None:
        """Let one type at once; the rest begins when the first frame is out."""
        self.talk.composer.focus()
        if self._wanted:
            self.talk.add_class("-talking")
        self.status.busy("opening the memory")
        self.call_after_refresh(self._furnish)
        self.set_timer(_SETTLED_SECONDS, settle)
        self.set_interval(_SWEEP_SECONDS, sweep)
        self.set_interval(_RETENTION_SECONDS, self.let_go)

    async def _furnish(self) -> None:
        """What is not needed to write: it comes when the first frame is out, and then the memory is opened."""
        from assistant.tui.widgets.recalled import Recalled

        few_arenas()
        self.app.stylesheet.read(_LATER)
        self.app.stylesheet.parse()
        async with self.batch():
            await self.query_one("#place").remove()
            await self.query_one("#body").mount(Recalled(id="recalled"))
        await self.talk.furnish()
        self.reopen()

    def reopen(self) -> None:
        """Open the memory and go into the wanted session."""
        self._open()

    @work(exclusive=True, group="open", exit_on_error=False)
    async def _open(self) -> None:
        try:
            await in_thread(first_imports)
            assistant = await in_thread(self.core.open)
            self.post_message(Opened(assistant))
            self.post_message(Entered(await in_thread(self.core.enter, self._wanted)))
        except RecollectError as error:
            self.post_message(Trouble(error))

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        if not self.core.is_open:
            return  # closed by now: the program ends
        self.status.model(event.assistant.choice)
        settings = event.assistant.settings.ui
        self.may_entitle = settings.titles
        self.set_class(settings.panel == "hidden", "-no-panel")
        if self.core.notice:
            self.notify(self.core.notice, severity="warning", markup=False, timeout=15)
        self.query_one(Header).incognito = event.assistant.incognito
        try:
            dress(self.app, settings, event.assistant.locations.themes)
        except RecollectError as error:
            self.notify(str(error), severity="warning", markup=False, timeout=15)
        self.take_draft(event.assistant)
        self._warm(event.assistant)

    @work(exclusive=True, group="warm", exit_on_error=False)
    async def _warm(self, assistant: Assistant) -> None:
        """Have embedder and model ready before they are asked; files that are not here are pulled, with a bar."""

        def tell(done: int, total: int, what: str) -> None:
            self.post_message(Pulling(done, total, what))

        progress = paced(tell)
        try:
            await in_thread(self.core.prepare, progress)
            model = await in_thread(lambda: assistant.model)
            await guarded(self.core.run(model.ready(progress)))
            await in_thread(warm_imports)
        except RecollectError as error:
            self.post_message(Trouble(error))
        else:
            self._read_ahead(assistant)
        finally:
            self.post_message(Pulling(0, 0, ""))

    @work(exclusive=True, group="read-ahead", exit_on_error=False)
    async def _read_ahead(self, assistant: Assistant) -> None:
        """Spare the first answer its wait, unless something is being asked by now."""
        if self.talk.busy:
            return
        try:
            await guarded(self.core.run(assistant.warm_up()))
        except RecollectError as error:
            self.log.warning(str(error))

    @on(Pulling)
    def _pulling(self, event: Pulling) -> None:
        from assistant.tui.widgets.pull import Pull

        pull = self.query_one(Pull)
        if event.what:
            pull.progress(event.done, event.total, event.what)
        else:
            pull.done()

    @on(Entered)
    def _entered(self, event: Entered) -> None:
        self._goes_in(event)

    @work(exclusive=True, group="enter", exit_on_error=False)
    async def _goes_in(self, event: Entered) -> None:
        """Show a session; in a worker, as a screen that handles a message draws no keys."""
        self._wanted = event.place.chat.session
        self.status.busy("")
        self.query_one(Header).session = event.place.title
        at, self._at = self._at, ""
        await self.talk.enter(event.place, at)
        if self._opening:
            self.talk.composer.put(self._opening)
            self._opening = ""
        if not isinstance(self.focused, Press):
            self.talk.composer.focus()
        if event.text:
            self.talk.ask(event.text)
        self.count()

    def enter(self, session: str | None) -> None:
        """Go into a session, or a new one (None)."""
        self._enter(session)

    def go_to(self, session: str, message: str) -> None:
        """Go to the place of a message in its session."""
        self.action_back()
        self._at = message
        if self.talk.chat and self.talk.chat.session == session:
            self._goes_to(message)
        else:
            self.enter(session)

    def begin(self, text: str) -> None:
        """Begin a new session with `text` in the composer, to be changed or sent."""
        self._opening = text
        self.enter(None)

    def kept(self, answer: Answer) -> None:
        """An answer is remembered."""
        if self._remembered is None:
            from assistant.tui.remembered import Remembered

            self._remembered = Remembered(self)
        self._remembered.kept(answer)

    async def undo_last(self) -> None:
        """Forget what was remembered last, or remember it again. Raises `UsageError` when there is nothing."""
        if self._remembered is None:
            raise UsageError("Nothing was remembered here a moment ago.", "/memory shows what is remembered.")
        await self._remembered.undo()

    def key_of(self, command: str) -> str:
        """The key of a command as it is bound now; empty when it has none."""
        from assistant.tui.screens.readers import keys_of

        bound = (found.binding for found in self.active_bindings.values())
        return next((keys_of([one.key]) for one in bound if one.id == f"command.{command}"), "")

    @work(group="open", exit_on_error=False)
    async def _goes_to(self, message: str) -> None:
        self._at = ""
        await self.talk.go_to(message)

    @work(exclusive=True, group="open", exit_on_error=False)
    async def _enter(self, session: str | None) -> None:
        try:
            await self.talk.settle(3)
            self.post_message(Entered(await in_thread(self.core.enter, session)))
        except RecollectError as error:
            self.post_message(Trouble(error))

    @on(Talk.Branch)
    def _branched(self, event: Talk.Branch) -> None:
        self._branch(event.instead, event.text)

    @work(exclusive=True, group="open", exit_on_error=False)
    async def _branch(self, instead: Message, text: str) -> None:
        """Go on from before `instead` in a branch; when that cannot be, the text comes back."""
        try:
            await self.talk.settle(3)
            self.post_message(Entered(await in_thread(self.core.branch, instead, self.talk.chat), text))
        except RecollectError as error:
            self.talk.composer.put(text)
            self.post_message(Trouble(error))

    @on(Trouble)
    async def _trouble(self, event: Trouble) -> None:
        self.status.busy("")
        await self.talk.trouble(event.error)

    @on(Counted)
    async def _counted(self, event: Counted) -> None:
        from assistant.costs import history_tokens

        self.status.memory(event.overview.stats, history_tokens(event.overview.characters))
        if event.title:
            self.query_one(Header).session = event.title
        if not self.talk.has_class("-talking"):
            await self.query_one(Welcome).show(event.overview)
        stats = event.overview.stats
        if stats.trouble != self._trouble_told:
            self._trouble_told = stats.trouble
            if stats.trouble:
                told = f"Indexing waits: {stats.trouble} What is said is kept and recalled all the same."
                self.notify(f"{told} `recollect doctor` looks into it.", severity="warning", markup=False, timeout=15)
        if stats.indexed < stats.passages:  # look again soon while it moves, and ever more rarely while it does not
            self._pause = _LAG_POLL if stats.indexed != self._indexed else min(_LAG_POLL_MOST, 2 * self._pause)
            self.set_timer(self._pause, self.count)
        self._indexed = stats.indexed

    @on(Then.Chosen)
    def _then(self, event: Then.Chosen) -> None:
        self.go_to(event.message.session, event.message.id)

    @on(Talk.Activity)
    def _activity(self, event: Talk.Activity) -> None:
        if event.what:
            self.workers.cancel_group(self, "read-ahead")
        self.status.busy(event.what)
        self.refresh_bindings()

    @on(Talk.Ended)
    def _ended(self, event: Talk.Ended) -> None:
        self.status.turn(event.usage, event.timings, self.cost_of(event.usage))
        self.count()
        self.entitle_later()
        settle()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that broke down is told of; what it was for can be tried again."""
        if event.state is WorkerState.ERROR and event.worker.error:
            self.post_message(Trouble(report_bug(event.worker.error)))

    @on(Talk.Resume)
    def _resume(self, event: Talk.Resume) -> None:
        self.enter(event.session)

    @on(Talk.Waiting)
    def _waiting(self) -> None:
        """Something is to be said and the memory is not open: try again, unless that is being done."""
        if not any(worker.group == "open" and worker.is_running for worker in self.workers):
            self.status.busy("opening the memory")
            self.reopen()

    @on(Talk.Command)
    def _command(self, event: Talk.Command) -> None:
        self.action_command(event.name, event.argument)

    def action_command(self, name: str, argument: str = "") -> None:
        """Do what the command of this name does."""
        from assistant.tui.slash import run

        run(self, name, argument)

    def action_stop(self) -> None:
        """Stop the answer; what has come of it is kept."""
        self.talk.stop()

    def action_back(self) -> None:
        """Close the panel that lies over the transcript, give up an edit, and go back to the composer."""
        self.remove_class("-panel")
        if self.talk.editing:
            self.talk.edit(None)
            self.talk.composer.put("")
        self.talk.composer.focus()

    def action_panel(self) -> None:
        """Show or hide the panel; in a narrow terminal it lies over the transcript."""
        self.toggle_class("-panel" if self.has_class("-narrow") else "-no-panel")
        panel = self.panel
        if self.has_class("-panel") and self.has_class("-narrow") and panel.cards:
            panel.query_one("#cards").focus()
        elif not panel.display:
            self.talk.composer.focus()

    def action_newest(self) -> None:
        """Go down to the newest line."""
        self.talk.newest()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """There is something to stop only while an answer is being written."""
        return self.talk.busy if action == "stop" and self.is_mounted else True


class Body(Ground, Horizontal):
    """The conversation, and beside it what was recalled."""


def _first_classes(size: Size) -> str:
    """The classes that the breakpoints will give for this size."""
    width = next(name for least, name in reversed(_WIDTHS) if size.width >= least)
    height = next(name for least, name in reversed(_HEIGHTS) if size.height >= least)
    return f"{width} {height}"

"""The memory browser: search, leaf through time, and put right what is remembered, one or many at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.message import Message as Posted
from textual.widgets import Input, Static

from assistant.telling import who
from assistant.tui.core import in_thread
from assistant.tui.screens.dialog import Ask, Confirm
from assistant.tui.screens.memoryscreen import MemoryScreen
from assistant.tui.texts import FAINT, MUTED, ago, count, moment, one_line, printable
from assistant.tui.widgets.cards import VERDICTS
from assistant.tui.widgets.rows import Rows
from assistant.tui.widgets.snippets import marked
from assistant.tui.widgets.timeline import Timeline
from memory.browse import BEST, MEANING, WORDS, Query
from memory.errors import RecollectError
from memory.types import Origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.widget import Widget

    from assistant.tui.memories import Memories
    from assistant.tui.screens.memoryscreen import Go
    from memory.browse import Page
    from memory.types import Forgotten, Message

_MORE = 500
_SHOWN = 20_000
_PREVIEW = 12
_ORDERS = (BEST, "newest", "oldest", "longest", "session")
_TYPING = 0.35
_ORIGINS = {Origin.IMPORT: "imported", Origin.TOOL: "said by another program"}
_NOTHING = "Nothing is found. a shows everything again."


class BrowserScreen(MemoryScreen):
    """Shows what is remembered; `text` is searched for at once. `search` searches by words, beginning in the input."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", id="browser.search", key_display="/"),
        Binding("t", "by", "Meaning/words", id="browser.by", show=False),
        Binding("left_square_bracket", "month(-1)", "Month", id="browser.earlier", key_display="["),
        Binding("right_square_bracket", "month(1)", "Next month", id="browser.later", key_display="]", show=False),
        Binding("s", "session", "This session alone", id="browser.session", show=False),
        Binding("c", "scope", "Another scope", id="browser.scope", show=False),
        Binding("r", "order", "Sort", id="browser.order"),
        Binding("a", "everything", "Everything again", id="browser.everything", show=False),
        Binding("P", "pinned", "Pinned alone", id="browser.pinned", show=False),
        Binding("f,delete", "forget", "Forget", id="browser.forget"),
        Binding("z", "undo", "Undo", id="browser.undo"),
        Binding("p", "pin", "Pin", id="browser.pin"),
        Binding("l", "link", "Link the two that are marked", id="browser.link", show=False),
        Binding("w", "export", "Export what is marked", id="browser.export", show=False),
        Binding("g", "place", "Go to its place", id="browser.place", show=False),
        Binding("m", "map", "Map", id="browser.map", show=False),
        Binding("u", "judge('useful')", "Useful for what is searched", id="browser.useful", show=False),
        Binding("x", "judge('wrong')", "Wrong for what is searched", id="browser.wrong", show=False),
        Binding("o", "judge('outdated')", "Outdated", id="browser.outdated", show=False),
        Binding("n", "judge('never')", "Never again", id="browser.never", show=False),
        Binding("v", "judge('none')", "Take the verdict back", id="browser.none", show=False),
    ]

    class Listed(Posted):
        """What was looked for is there."""

        def __init__(self, page: Page) -> None:
            super().__init__()
            self.page = page

    def __init__(self, memories: Memories, text: str, go: Go, *, search: bool = False) -> None:
        super().__init__(memories, "Search" if search else "Memory", go)
        self._query = Query(text=text, by=WORDS if search else MEANING)
        self._search = search
        self._page: Page | None = None
        self._titles: dict[str, str] = {}
        self._undo: Callable[[], object] | None = None

    def body(self) -> list[Widget]:
        """Search, time, what was found, the one under the cursor."""
        return [
            Input(self._query.text, placeholder=f"Search by {self._query.by}", id="search"),
            Timeline(id="timeline"),
            Static(id="what"),
            Container(
                Rows(id="rows"), VerticalScroll(Static(id="whole"), id="about", can_focus=False), id="browse-body"
            ),
        ]

    def on_mount(self) -> None:
        """List what is there."""
        if self._search and not self._query.text:
            self.query_one(Input).focus()
        else:
            self.rows.focus()
        self._look()

    @property
    def rows(self) -> Rows:
        """The list."""
        return self.query_one(Rows)

    # Looking

    def _ask(self, **changes: Any) -> None:  # noqa: ANN401 - fields of a query
        """Look for something else."""
        self._query = replace(self._query, **({"limit": _MORE} | changes))
        self._look()

    @work(exclusive=True, group="look", exit_on_error=False)
    async def _look(self) -> None:
        try:
            page = await in_thread(self.memories.browse, self._query)
            self._titles = self._titles or await in_thread(self.memories.titles)
            self.post_message(self.Listed(page))
        except RecollectError as error:
            self.tell(str(error), error=True)

    @on(Listed)
    def _listed(self, event: Listed) -> None:
        page = self._page = event.page
        self.query_one(Timeline).show(page.months, page.query.month)
        self.rows.show(page)
        self._say()

    def _say(self) -> None:
        """Say what is shown."""
        page = self._page
        if page is None:
            return
        query = page.query
        many = f"{len(page.messages):,}{'+' if page.more else ''}"
        parts = [f"{many} {'found' if query.text else 'messages'}"]
        parts += [f"by {query.by}"] if query.text else []
        order = query.order if query.text or query.order != BEST else "newest"
        parts.append("by session" if order == "session" else f"{order} first")
        parts += ["bars beside the best"] if page.scores and self.rows.has_bars else []
        parts += [f"session {one_line(query.session, 24)}"] if query.session else []
        parts += ["pinned alone"] if query.pinned else []
        parts += (
            [f"scope {one_line(query.scope, 30)}" + ("" if page.own else " (to be read only)")] if query.scope else []
        )
        parts += [f"{len(self.rows.marked):,} marked"] if self.rows.marked else []
        self.query_one("#what", Static).update(Content.styled(one_line(" · ".join(parts), 300), MUTED))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        """Search when nothing was typed for a moment."""
        event.stop()
        if event.value != self._query.text:
            self._query = replace(self._query, text=event.value, limit=_MORE)
            self._typing()

    @work(exclusive=True, group="typing", exit_on_error=False)
    async def _typing(self) -> None:
        import asyncio

        await asyncio.sleep(_TYPING)
        self._look()

    @on(Input.Submitted)
    def _searched(self, event: Input.Submitted) -> None:
        event.stop()
        self._ask(text=event.value)
        self.rows.focus()

    @on(Rows.Moved)
    def _moved(self, event: Rows.Moved) -> None:
        title = self._titles.get(event.message.session, "") if event.message else ""
        shown = whole(event.message, self._page, title) if event.message else Content.styled(_NOTHING, MUTED)
        self.query_one("#whole", Static).update(shown)
        self.query_one("#about").scroll_home(animate=False)
        self._say()

    @on(Rows.Ended)
    def _ended(self) -> None:
        """There may be more."""
        if self._page and self._page.more and self._page.query == self._query:
            self._ask(limit=self._query.limit + _MORE)

    @on(Rows.Opened)
    def _opened(self, event: Rows.Opened) -> None:
        self.go_to(event.message.session, event.message.id)

    @on(Timeline.Chosen)
    def _month(self, event: Timeline.Chosen) -> None:
        self._ask(month=event.month)

    def action_search(self) -> None:
        """Write what to search for."""
        self.query_one(Input).focus()

    def action_leave(self) -> None:
        """From the search to the list, from there to the conversation."""
        search = self.query_one(Input)
        if search.has_focus and search.value:
            self.rows.focus()
        else:
            super().action_leave()

    def action_by(self) -> None:
        """Search by meaning, or by words."""
        by = WORDS if self._query.by == MEANING else MEANING
        self.query_one(Input).placeholder = f"Search by {by}"
        self._ask(by=by)

    def action_month(self, by: int) -> None:
        """Go to the month before, or after; beyond the last one is everything."""
        self._ask(month=self.query_one(Timeline).step(by))

    def action_session(self) -> None:
        """Show the session of the message under the cursor alone, in its order; or no longer."""
        if self._query.session:
            self._ask(session="", order=BEST)
        elif self.rows.message:
            self._ask(session=self.rows.message.session, order="session", text="", month="")
            self.query_one(Input).clear()

    def action_scope(self) -> None:
        """Go through the scopes that there are."""
        if not self._page:
            return
        own = self.memories.memory.scope.key
        keys = [own, *(key for key, _ in self._page.scopes if key != own)]
        if len(keys) == 1:
            self.tell("There is no other scope than this one.")
            return
        after = keys[(keys.index(self._query.scope or own) + 1) % len(keys)]
        self._ask(scope="" if after == own else after, session="", month="")

    def action_order(self) -> None:
        """Sort by something else."""
        self._ask(order=_ORDERS[(_ORDERS.index(self._query.order) + 1) % len(_ORDERS)])

    def action_pinned(self) -> None:
        """Show only what is pinned, or everything."""
        self._ask(pinned=not self._query.pinned)

    def action_everything(self) -> None:
        """Narrow by nothing."""
        self._query = Query(by=self._query.by)
        self.query_one(Input).value = ""
        self.rows.marked.clear()
        self._look()

    # Putting right

    @work(exit_on_error=False)
    async def action_forget(self) -> None:
        """Forget what is marked, after showing what goes."""
        chosen = self.rows.chosen
        if not chosen or not self._may_change():
            return
        lines = [Content.assemble((f"{who(one)}  ", MUTED), one_line(one.text, 160)) for one in chosen[:_PREVIEW]]
        if len(chosen) > _PREVIEW:
            lines.append(Content.styled(f"and {len(chosen) - _PREVIEW:,} more", MUTED))
        lines.append(Content("They go out of the journal and both indexes. z brings them back until you leave."))
        title = f"Forget {count(len(chosen), 'message')}?"
        if not await self.app.push_screen_wait(Confirm(title, Content("\n\n").join(lines), "Forget")):
            return
        held: list[Forgotten] = []
        if await self.does(lambda: held.append(self.memories.forget([one.id for one in chosen]))):
            self._undo = lambda: self.memories.restore(held[0])
            self.rows.marked.clear()
            self.tell(f"{count(len(chosen), 'message')} forgotten · z brings back")
            self._look()

    @work(exit_on_error=False)
    async def action_undo(self) -> None:
        """Undo what was done last."""
        undo, self._undo = self._undo, None
        if undo is None:
            self.tell("There is nothing to undo.")
        elif await self.does(undo):
            self.tell("Undone.")
            self._look()

    @work(exit_on_error=False)
    async def action_pin(self) -> None:
        """Pin what is marked, or let go of it when all of it is pinned."""
        chosen = [one.id for one in self.rows.chosen]
        if chosen and self._page and self._may_change():
            pin = not all(id_ in self._page.pins for id_ in chosen)
            if await self.does(self.memories.pin, chosen, pin):
                self._undo = lambda: self.memories.pin(chosen, not pin)
                self.tell(f"{count(len(chosen), 'message')} {'pinned' if pin else 'let go of'}")
                self._look()

    @work(exit_on_error=False)
    async def action_link(self) -> None:
        """Link the two that are marked."""
        chosen = self.rows.chosen
        if len(chosen) != 2:
            self.tell("Mark two messages with the space bar, then press l.")
        elif self._may_change() and await self.does(self.memories.link, chosen[0].id, chosen[1].id):
            self.rows.marked.clear()
            self.rows.refresh()
            self.tell("Linked: what brings back one leads to the other now.")

    @work(exit_on_error=False)
    async def action_judge(self, verdict: str) -> None:
        """Say what the marked ones were worth; useful and wrong hold for what was searched for."""
        chosen = self.rows.chosen
        if not chosen or not self._may_change():
            return
        for one in chosen:
            if not await self.does(self.memories.judge, one.id, verdict, self._query.text):
                return
        told = "taken back" if verdict == "none" else f"called {verdict}"
        self.tell(f"{count(len(chosen), 'message')} {told}" + ("" if verdict == "none" else " · v takes it back"))
        self._look()

    @work(exit_on_error=False)
    async def action_export(self) -> None:
        """Write what is marked into a file: lines that `recollect import` reads, or Markdown by its name."""
        chosen = self.rows.chosen
        if not chosen:
            return
        title = f"Write {count(len(chosen), 'message')} to the file"
        name = await self.app.push_screen_wait(Ask(title, "memories.jsonl"))
        if name and await self.does(self.memories.export, chosen, name, not (self._page and self._page.own)):
            self.tell(f"Written: {name}")

    def action_place(self) -> None:
        """Go to where it was said."""
        self.rows.action_open()

    def action_map(self) -> None:
        """Show what it is linked to."""
        from assistant.tui.screens.map import MapScreen

        if self.rows.message and self._may_change():
            self.app.push_screen(MapScreen(self.memories, self.rows.message.id, self.go_to))

    def _may_change(self) -> bool:
        if self._page and not self._page.own:
            self.tell("This is another scope's memory. Start with its --profile and --project to change it.")
            return False
        return True


def whole(message: Message, page: Page | None, title: str = "") -> Content:
    """A message with all that is known of it; `title` is that of its session."""
    facts = [
        (f"{moment(message.time)}", "bold"),
        (f"  {ago(message.time)}", MUTED),
        (f"  {who(message)}", "$text-secondary"),
    ]
    marks = []
    if page and message.id in page.pins:
        marks.append(("  ▪ pinned", "$text-accent"))
    if page and (verdict := page.verdicts.get(message.id)):
        told, color = VERDICTS[verdict]
        marks.append((f"  {told}", color))
    said = marked(printable(message.text[:_SHOWN]), page.query.text if page else "")
    foot = [f"in “{one_line(title, 60)}”" if title else f"session {one_line(message.session, 40)}"]
    foot += [] if message.origin is Origin.CHAT else [_ORIGINS.get(message.origin, message.origin.value)]
    foot += [one_line(message.model, 40)] if message.model else []
    foot += [f"{len(message.used)} recalled for it"] if message.used else []
    foot += [f"{_percent(page.scores[message.id])} relevant"] if page and _is_likelihood(page, message) else []
    foot.append(f"message {message.id}")
    rule = Content.styled("─" * 3, FAINT)
    return Content("\n").join([Content.assemble(*facts, *marks), said, rule, Content.styled(" · ".join(foot), MUTED)])


def _is_likelihood(page: Page, message: Message) -> bool:
    """Whether it is known how likely it is that a message is relevant: that is so of a search by meaning."""
    return page.query.by == MEANING and message.id in page.scores


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %") if share >= 0.01 or not share else "less than 1 %"

"""Memories: what the screens ask of the memory, and do with it. Everything here blocks: it is for threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from memory.errors import UsageError
from memory.folders import expanded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.tui.core import Core
    from assistant.tui.evoked import Evoked
    from memory.attribution import Attribution
    from memory.browse import Page, Query
    from memory.mapping import Map, Mapper
    from memory.memory import Memory
    from memory.types import Forgotten, Message, Recall, Recollection, Verdict


_SESSIONS = 500


class Looked(NamedTuple):
    """What an earlier answer had recalled, what it leans on, and what is pinned now."""

    recall: Recall
    leaning: Attribution
    pins: frozenset[str]


class Memories:
    """The memory as the screens use it.

    Args:
        core: the open assistant.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._mapper: Mapper | None = None
        self._gone: Forgotten | None = None

    @property
    def memory(self) -> Memory:
        """The open memory. Raises `RecollectError` when it is not open."""
        return self._core.assistant.memory

    def look(self, evoked: Evoked, answer: str) -> Looked:
        """What an answer had recalled and leans on; for one of an earlier run it is read from the journal."""
        from memory.attribution import attribute
        from memory.lookback import look_back

        memory = self.memory
        recall = evoked.recall or look_back(memory, memory.find(evoked.reply))
        notes = [one for one in (*recall.recollections, *recall.pinned) if one.message.id in evoked.inside]
        leaning = evoked.leaning or attribute(memory, answer, evoked.question or recall.cue, notes)
        return Looked(recall, leaning, self.pins())

    def pins(self) -> frozenset[str]:
        """Ids of what is pinned."""
        return frozenset(one.id for one in self.memory.journal.pinned(self.memory.scope))

    def titles(self) -> dict[str, str]:
        """The titles of the latest sessions that have one, by their ids."""
        return {one.id: one.title for one in self.memory.sessions(_SESSIONS) if one.title}

    def messages(self, ids: Sequence[str]) -> dict[str, Message]:
        """Messages by their ids, without those that are not there."""
        listed = self.memory.journal.listed(self.memory.scope, ids=ids, limit=max(1, len(ids)))
        return {one.id: one for one in listed}

    def judge(self, message: str, verdict: str, cue: str, one: Recollection | None = None) -> Verdict | None:
        """Say what a memory was worth (`none` takes it back); the verdict that now holds for it and this cue."""
        from memory.types import Verdict

        wanted = None if verdict == "none" else Verdict(verdict)
        everywhere = wanted in (Verdict.OUTDATED, Verdict.NEVER)
        self.memory.feedback(message, wanted, "" if everywhere else cue, one)
        if wanted is None:
            self.memory.feedback(message, None)
        return wanted

    def pin(self, ids: Sequence[str], pinned: bool) -> None:
        """Pin messages, or let go of them."""
        self.memory.journal.pin(ids, self.memory.scope, pinned)

    def link(self, one: str, other: str) -> None:
        """Link two messages by hand."""
        self.memory.link(one, other)

    def map(self, about: str, most: int) -> Map:
        """The map around a message (by id) or a topic. Raises `UsageError` when there is nothing to show."""
        from memory.mapping import Mapper

        if self._mapper is None or self._mapper.memory is not self.memory:
            self._mapper = Mapper(self.memory)
        return self._mapper.around(about, most)

    def write_map(self, drawn: Map, name: str) -> None:
        """Write a map as a page for a browser. Raises `UsageError` when the file cannot be written."""
        from assistant.maps.page import write_page

        write_page(drawn, expanded(name))

    def browse(self, query: Query) -> Page:
        """What a query finds."""
        from memory.browse import browse

        return browse(self.memory, query)

    def export(self, messages: Sequence[Message], name: str, everywhere: bool = False) -> None:
        """Write messages into a file, as `recollect export` does: Markdown by its name, else lossless lines.

        Raises `UsageError` when it is there already or cannot be written.
        """
        from assistant.exporters import exported, form_of
        from assistant.exporters.file import new_file
        from memory.types import Selection

        wish = Selection(messages=tuple(one.id for one in messages))
        with new_file(expanded(name)) as file:
            file.writelines(exported(self.memory, form_of(name), wish, everywhere=everywhere))

    def exchange(self, message: str) -> list[Message]:
        """The messages of the exchange that a message belongs to."""
        found = self.memory.find(message)
        return list(self.memory.journal.exchange([found.exchange]).get(found.exchange, (found,)))

    def forget(self, ids: Sequence[str]) -> Forgotten:
        """Forget messages. Until the next forgetting they can be put back while the program runs."""
        from memory.types import Selection

        self._gone = self._core.forget(Selection(messages=tuple(dict.fromkeys(ids))), undoable=True)
        return self._gone

    def restore(self, gone: Forgotten) -> int:
        """Put back what was forgotten; how many messages. Raises `UsageError` when more was forgotten since."""
        if gone is not self._gone:
            raise UsageError("Something else was forgotten since.", "Only what was forgotten last can be put back.")
        return len(self.memory.undo_forget())

"""What was said, by session: the part of `Memory` that lists, names, pins and branches sessions and reads messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory.journal import new_id

if TYPE_CHECKING:
    from memory.journal import Journal
    from memory.types import Message, Scope, Session


class Reading:
    """Sessions and messages of one scope. Every method raises what the journal raises."""

    journal: Journal
    scope: Scope
    _counted: tuple[int, int, int] = (0, 0, 0)

    def sessions(self, limit: int = 50) -> list[Session]:
        """The latest sessions of this scope, newest first."""
        return self.journal.sessions(self.scope, limit)

    def new_session(self) -> str:
        """An id for a new session. It is kept with its first message."""
        return new_id()

    def session(self, prefix: str) -> Session:
        """The session whose id is or starts with `prefix`. Raises `UsageError` when there is none, or more than one."""
        return self.journal.session(prefix, self.scope)

    def rename(self, session: str, title: str) -> None:
        """Set a session's title by hand, or have it derived again with an empty one. Raises `UsageError`."""
        self.journal.rename(session, title, self.scope)

    def entitle(self, session: str, title: str) -> bool:
        """Give a session a title that was made for it; one that was set by hand stays. Whether it was given."""
        return self.journal.entitle(session, title, self.scope)

    def pin_session(self, session: str, pinned: bool = True) -> None:
        """Keep a session at the head of the list, or no longer. Raises `UsageError` when there is none."""
        self.journal.pin_session(session, pinned, self.scope)

    def branch(self, before: Message) -> str:
        """A new session that shares what was said before this message; its id. The old session stays as it is."""
        return self.journal.branch(before, self.scope)

    def is_branch(self, session: str) -> bool:
        """Whether this is the id of a branch, also of one that has no message of its own yet."""
        return self.journal.is_branch(session, self.scope)

    def thread(self, session: str, limit: int | None = None) -> list[Message]:
        """A session as it is read: for a branch what it shares, then its own; with `limit` the last messages."""
        return self.journal.thread(session, self.scope, limit)

    def aside(self, session: str) -> list[str]:
        """Ids of what was said where a branch came from, after it left: another course of the same conversation."""
        return self.journal.aside(session, self.scope)

    def session_messages(self, session: str, limit: int | None = None) -> list[Message]:
        """The messages of a session's own in order; with `limit` its last ones."""
        return self.journal.session_messages(session, self.scope, limit)

    def find(self, prefix: str) -> Message:
        """The message whose id starts with `prefix`. Raises `UsageError` when there is none or more than one."""
        return self.journal.find(prefix, self.scope)

    def characters(self) -> int:
        """About how many characters all messages have. What was counted is not counted again, but after forgetting."""
        forgotten, upto, known = self._counted
        gone = self.journal.last_tombstone()
        if gone != forgotten:
            upto = known = 0
        more, newest = self.journal.characters(self.scope.key, upto)
        self._counted = (gone, newest, known + more)
        return known + more

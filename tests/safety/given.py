"""A conversation whose memory is given, so that every prompt can be looked at as it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.chat import Chat
from assistant.events import Packed, Prompt
from assistant.settings import Settings
from memory.types import Message, NewMessage, Recall, Scope
from prompts import load
from tests.core.conftest import Counting, recalled


@dataclass
class Given:
    """A memory that evokes what it is given, and keeps what it is told."""

    evoked: Recall
    earlier: list[Message] = field(default_factory=list)
    kept: list[NewMessage] = field(default_factory=list)

    @property
    def journal(self) -> Given:
        return self

    scope = Scope()
    screen = None

    def neighbours(self, places: Sequence[int], most: int) -> dict[int, list[tuple[int, int]]]:
        return {}

    def by_seq(self, places: Sequence[int]) -> dict[int, Message]:
        return {}

    def places(self, ids: Sequence[str]) -> set[int]:
        return {one.seq for one in self.earlier if one.id in ids}

    def never(self, scope: Scope) -> set[str]:
        return set()

    def pinned(self, scope: Scope, most: int) -> list[Message]:
        return []

    def exchange(self, ids: Sequence[str]) -> list[Message]:
        return []

    def put_recalled(self, reply: str, rows: object, scope: Scope) -> None:
        pass

    def thread(self, session: str, limit: int | None = None) -> list[Message]:
        return self.earlier

    def aside(self, session: str) -> set[str]:
        return set()

    def recall(self, cue: str, **more: object) -> Recall:
        return self.evoked

    def remember(self, message: NewMessage) -> Message:
        self.kept.append(message)
        seq = 10_000 + len(self.kept)
        return Message(seq, f"kept{seq}", message.role, message.text, message.session, message.reply_to or f"kept{seq}")


async def prompted(profile: str, text: str, *messages: Message, earlier: Sequence[Message] = ()) -> Prompt:
    """The prompt of a turn that recalls these messages, best first, after the session's `earlier` ones."""
    memory = Given(recalled(*messages), list(earlier))
    model = Counting(8192, profile)
    chat = Chat(
        memory=memory, model=model, prompts=load(profile), settings=Settings(), session="s",  # type: ignore[arg-type]
    )  # fmt: skip
    prompts = [event.prompt async for event in chat.turn(text) if isinstance(event, Packed)]
    assert [message.text for message in memory.kept] == [text, "Fine."], "what was recalled is not stored again"
    return prompts[0]

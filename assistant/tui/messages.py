"""What the workers tell the conversation's screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from assistant.app import Assistant
    from assistant.tui.core import Overview, Place
    from memory.errors import RecollectError


class Opened(Message):
    """Settings and memory are open."""

    def __init__(self, assistant: Assistant) -> None:
        super().__init__()
        self.assistant = assistant


class Entered(Message):
    """A session is there to be talked in; `text` is said in it at once."""

    def __init__(self, place: Place, text: str = "") -> None:
        super().__init__()
        self.place = place
        self.text = text


class Counted(Message):
    """The memory's figures are there."""

    def __init__(self, overview: Overview, title: str) -> None:
        super().__init__()
        self.overview = overview
        self.title = title


class Pulling(Message):
    """Something large is on its way; `what` is empty when it has come."""

    def __init__(self, done: int, total: int, what: str) -> None:
        super().__init__()
        self.done = done
        self.total = total
        self.what = what


class Trouble(Message):
    """A worker failed."""

    def __init__(self, error: RecollectError) -> None:
        super().__init__()
        self.error = error

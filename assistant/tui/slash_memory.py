"""What the commands do that look at the memory: map, browser, sparks, feedback, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.tui.core import in_thread
from memory.errors import UsageError
from memory.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from assistant.tui.screens.chat import ChatScreen


async def _map(screen: ChatScreen, argument: str) -> None:
    """Show what a memory or topic is linked to; without one the highlighted card, what is written, or was said last."""
    from assistant.tui.screens.map import MapScreen

    about = argument or _at_hand(screen)
    if not about:
        raise UsageError("There is nothing to draw a map around yet.", "/map TOPIC draws one around a topic.")
    _ = screen.memories.memory
    screen.app.push_screen(MapScreen(screen.memories, about, screen.go_to))


def _at_hand(screen: ChatScreen) -> str:
    """What one is at: the highlighted card, what is being written, the last cue, what was said last."""
    card = screen.panel.chosen if screen.panel.has_focus_within else None
    if card:
        return card.one.message.id
    written = screen.talk.composer.text.strip()
    last = screen.talk.last.recall
    said = screen.talk.chat.history if screen.talk.chat else []
    return written or (last.cue if last else next((one.id for one in reversed(said) if one.seq), ""))


async def _memory(screen: ChatScreen, argument: str) -> None:
    """Browse what is remembered."""
    from assistant.tui.screens.browser import BrowserScreen

    _ = screen.memories.memory
    screen.app.push_screen(BrowserScreen(screen.memories, argument, screen.go_to))


async def _search(screen: ChatScreen, argument: str) -> None:
    """Search everything that was said, word by word."""
    from assistant.tui.screens.browser import BrowserScreen

    _ = screen.memories.memory
    screen.app.push_screen(BrowserScreen(screen.memories, argument, screen.go_to, search=True))


async def _spark(screen: ChatScreen, argument: str) -> None:
    """Show memories far from a topic and connected to it; without one, from what was said last."""
    from assistant.tui.screens.sparks import SparkScreen

    screen.status.busy("walking")
    try:
        session = screen.talk.chat.session if screen.talk.chat else ""
        sparks = await in_thread(lambda: screen.memories.memory.spark(argument, count=6, session=session))
    finally:
        screen.status.busy("")
    if not sparks:
        raise UsageError("Nothing far away is connected to that.", "Try another topic: /spark TOPIC.")
    screen.app.push_screen(SparkScreen(screen.memories, sparks, argument, screen))


async def _feedback(screen: ChatScreen, argument: str) -> None:
    """Say what the highlighted card, or else the first that the answer leans on, was worth."""
    names = [*(str(verdict) for verdict in Verdict), "none"]
    if argument not in names:
        raise UsageError("Say what it was worth.", f"/feedback with one of: {', '.join(names)}.")
    card = screen.panel.chosen
    if card is None:
        raise UsageError("Nothing is recalled here that could be judged.", "Say something, or use /recall CUE.")
    screen.act(card, "judge", argument)


async def _undo(screen: ChatScreen, _: str) -> None:
    await screen.undo_last()


COMMANDS: dict[str, Callable[[ChatScreen, str], Coroutine[Any, Any, None]]] = {
    "map": _map,
    "memory": _memory,
    "search": _search,
    "spark": _spark,
    "feedback": _feedback,
    "undo": _undo,
}
"""Those commands of the registry that look at the memory."""

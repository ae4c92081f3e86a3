"""What the commands of the registry do in the UI: one function for each name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from assistant.telling import who
from assistant.tui.core import guarded, in_thread
from assistant.tui.evoked import Evoked
from assistant.tui.screens.dialog import Ask, Confirm
from assistant.tui.screens.readers import help_reader
from assistant.tui.screens.sessions import Sessions
from assistant.tui.slash_memory import COMMANDS as MEMORY
from assistant.tui.slash_talk import COMMANDS as TALK
from assistant.tui.texts import MUTED, one_line
from memory.errors import RecollectError, UsageError
from memory.types import Selection

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from assistant.tui.screens.chat import ChatScreen
    from memory.types import Message

_SHOWN = 200


def run(screen: ChatScreen, name: str, argument: str) -> None:
    """Do what the command `name` does; an unknown one is answered with the nearest."""
    work = COMMANDS.get(name)
    if work is None:
        import difflib

        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"Did you mean /{near[0]}?" if near else "/help lists them."
        screen.notify(f"There is no command /{one_line(name, 40)}. {hint}", severity="warning", markup=False)
        return
    screen.run_worker(_reported(screen, work(screen, argument)), group="command", exit_on_error=False)


async def _reported(screen: ChatScreen, work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except RecollectError as error:
        mistaken = isinstance(error, UsageError)  # nothing is wrong with the program
        screen.notify(str(error), severity="warning" if mistaken else "error", markup=False, timeout=8)


async def _new(screen: ChatScreen, _: str) -> None:
    screen.enter(None)


async def _resume(screen: ChatScreen, argument: str) -> None:
    if argument:
        screen.enter(argument)
    else:
        await _sessions(screen, "")


async def _sessions(screen: ChatScreen, _: str) -> None:
    overview = await in_thread(screen.core.overview, 500)
    current = screen.talk.chat.session if screen.talk.chat else ""
    chosen = await screen.app.push_screen_wait(Sessions(overview.sessions, current))
    match chosen:
        case ("resume", session):
            screen.enter(session)
        case ("new", _):
            screen.enter(None)
        case ("rename", session):
            title = next((one.title for one in overview.sessions if one.id == session), "")
            if wanted := await screen.app.push_screen_wait(Ask("Another title", title)):
                await in_thread(lambda: screen.core.assistant.memory.rename(session, wanted))
            screen.count()
            await _sessions(screen, "")
        case ("pin", session):
            pinned = next((one.pinned for one in overview.sessions if one.id == session), False)
            await in_thread(lambda: screen.core.assistant.memory.pin_session(session, not pinned))
            await _sessions(screen, "")
        case ("forget", session):
            gone = await in_thread(screen.core.forget, Selection(sessions=(session,)))
            screen.notify(f"{len(gone.messages):,} messages are forgotten.", markup=False)
            if session == current:
                screen.enter(None)
            screen.count()


async def _forget(screen: ChatScreen, argument: str) -> None:
    """Forget the last exchange of this session, or the one that a message belongs to."""
    if screen.talk.busy or not screen.talk.chat:
        raise UsageError("An answer is being written.", "Stop it with Esc first.")
    session = screen.talk.chat.session
    if argument:
        messages: list[Message] = await in_thread(screen.core.exchange, argument)
    else:
        messages = await in_thread(screen.core.last_exchange, session)
    if not messages:
        raise UsageError("Nothing was said in this session yet.", "/forget ID forgets another exchange.")
    lines = [Content.assemble((f"{who(message)}  ", MUTED), one_line(message.text, _SHOWN)) for message in messages]
    lines.append(Content("It goes out of the journal and both indexes. There is no way back."))
    if not await screen.app.push_screen_wait(Confirm("Forget this exchange?", Content("\n\n").join(lines), "Forget")):
        return
    ids = tuple(message.id for message in messages)
    await in_thread(screen.core.forget, Selection(messages=ids))
    screen.notify("Forgotten.", markup=False)
    if messages[0].session == session:
        screen.enter(session if await in_thread(screen.core.last_exchange, session) else None)
    screen.count()


async def _recall(screen: ChatScreen, argument: str) -> None:
    """Show what a cue evokes; without one, what is being written."""
    cue = argument or screen.talk.composer.text.strip()
    if not cue:
        raise UsageError("There is no cue.", "Write something first, or use /recall CUE.")
    screen.status.busy("recalling")
    try:
        recall = await in_thread(lambda: screen.core.assistant.memory.recall(cue, k=20))
    finally:
        screen.status.busy("")
    screen.show_recalled(Evoked(recall, question=cue))


async def _why(screen: ChatScreen, _: str) -> None:
    screen.action_panel()


async def _prompt(screen: ChatScreen, _: str) -> None:
    """Show what was sent last, and what would be sent for what is being written."""
    from assistant.tui.screens.prompt import PromptDialog

    chat, sent, written = screen.talk.chat, screen.talk.last.prompt, screen.talk.composer.whole
    wanted = None
    if chat and written.strip() and not written.startswith("/") and not screen.talk.busy:
        screen.status.busy("packing")
        try:
            wanted = await guarded(screen.core.run(chat.preview(written)))
        finally:
            screen.status.busy("")
    if not sent and not wanted:
        raise UsageError("Nothing was sent to the model in this session yet.", "Write something first.")
    screen.app.push_screen(PromptDialog(sent, wanted))


async def _theme(screen: ChatScreen, argument: str) -> None:
    if not argument:
        screen.app.search_themes()
    elif argument in screen.app.available_themes:
        screen.app.theme = argument
    else:
        raise UsageError(f"There is no theme {one_line(argument, 40)}.", "/theme lists them.")


async def _help(screen: ChatScreen, _: str) -> None:
    screen.app.push_screen(help_reader([found.binding for found in screen.active_bindings.values()]))


async def _quit(screen: ChatScreen, _: str) -> None:
    await screen.app.run_action("quit")


COMMANDS: dict[str, Callable[[ChatScreen, str], Coroutine[Any, Any, None]]] = {
    "new": _new,
    "resume": _resume,
    "sessions": _sessions,
    "forget": _forget,
    "recall": _recall,
    "why": _why,
    "prompt": _prompt,
    "theme": _theme,
    "help": _help,
    "quit": _quit,
    **MEMORY,
    **TALK,
}
"""Every command that the registry gives to the UI."""

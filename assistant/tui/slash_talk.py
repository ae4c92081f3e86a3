"""What the commands about the conversation itself do: answer again, edit, copy, title, model, cost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.content import Content

from assistant.tui.clipboard import copy
from assistant.tui.core import in_thread
from assistant.tui.messages import Entered, Opened, Trouble
from assistant.tui.screens.choose import Choose
from assistant.tui.screens.dialog import Ask, Reader, Terms
from assistant.tui.texts import MUTED, ago, one_line
from assistant.tui.widgets.cards import meter
from assistant.tui.widgets.sayings import Answer, Said
from memory.errors import RecollectError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from assistant.models.offers import Offer
    from assistant.tui.screens.chat import ChatScreen

_FENCED = re.compile(r"^(?P<fence>`{3,}|~{3,})[^\n]*\n(?P<code>.*?)^(?P=fence)[ \t]*$", re.DOTALL | re.MULTILINE)
_BAR = 30
_BUSY = UsageError("An answer is being written.", "Stop it with Esc first.")


async def _again(screen: ChatScreen, _: str) -> None:
    screen.talk.again()


async def _edit(screen: ChatScreen, _: str) -> None:
    """Choose one of the user's own messages; what is sent next goes on from before it, in a branch."""
    if screen.talk.busy or not screen.talk.chat:
        raise _BUSY
    own = await in_thread(screen.core.own_messages, screen.talk.chat)
    if not own:
        raise UsageError("Nothing was said in this session yet.", "Say something first.")
    rows = [Content.assemble(one_line(one.text, 200), (f"\n{ago(one.time)}", MUTED)) for one in own]
    kept = "what came after it is gone" if screen.core.assistant.incognito else "the conversation as it is now is kept"
    keys = f"Enter edits it; {kept} · Esc closes"
    chosen = await screen.app.push_screen_wait(Choose("Change which message?", rows, keys))
    if chosen is not None:
        screen.talk.edit(own[chosen])


async def _editor(screen: ChatScreen, _: str) -> None:
    """Hand what is being written to the user's editor, and take it back."""
    from assistant.tui.editor import edited

    if screen.core.assistant.incognito:
        raise UsageError("An editor needs a file, and this session is incognito.", "Write here; Ctrl+J breaks lines.")
    composer = screen.talk.composer
    composer.put(edited(screen.app.suspend, composer.whole, screen.core.environ))
    composer.focus()


async def _copy(screen: ChatScreen, argument: str) -> None:
    """Copy the last answer; `code`: its last code block; `all`: all that is shown."""
    answers = [one for one in screen.query(Answer) if one.text]
    if not answers:
        raise UsageError("There is no answer to copy yet.")
    what, text = "The last answer", answers[-1].text
    if argument == "code":
        blocks = [found["code"] for one in reversed(answers) for found in reversed(list(_FENCED.finditer(one.text)))]
        if not blocks:
            raise UsageError("There is no code in the answers that are shown.")
        what, text = "The last code block", blocks[0]
    elif argument == "all":
        what = "The conversation"
        text = "\n\n".join(one.text for one in screen.query("Said, Answer") if isinstance(one, Said | Answer))
    elif argument:
        raise UsageError(f"Nothing is called {one_line(argument, 40)} here.", "/copy, /copy code or /copy all.")
    await copy(screen, text, what, screen.core.environ)


async def _title(screen: ChatScreen, argument: str) -> None:
    if not screen.talk.chat or not screen.talk.chat.history:
        raise UsageError("Nothing was said in this session yet.", "Say something first; then it can have a title.")
    session = screen.talk.chat.session
    wanted: str | None = argument
    if not argument:
        found = await in_thread(lambda: screen.core.assistant.memory.session(session))
        wanted = await screen.app.push_screen_wait(Ask("Another title", found.title))
    if wanted is not None:
        await in_thread(lambda: screen.core.assistant.memory.rename(session, one_line(wanted, 200)))
        screen.count()


async def _model(screen: ChatScreen, argument: str) -> None:
    """Change to the model that is named or chosen from what there is."""
    if screen.talk.busy:
        raise _BUSY
    name = argument or await _chosen_model(screen)
    if not name:
        return
    before = screen.talk.chat if screen.talk.has_class("-talking") else None
    incognito = screen.core.assistant.incognito
    screen.status.busy("changing the model")
    try:
        screen.post_message(Opened(await in_thread(screen.core.switch, name)))
    except RecollectError as error:
        screen.post_message(Trouble(error))
    finally:
        screen.status.busy("")
    if before and incognito:
        screen.post_message(Entered(await in_thread(screen.core.resume, before)))
    else:
        screen.enter(before.session if before else None)


async def _chosen_model(screen: ChatScreen) -> str:
    screen.status.busy("looking for models")
    try:
        found: list[Offer] = await in_thread(screen.core.offers)
    finally:
        screen.status.busy("")
    choice = screen.core.assistant.choice
    where = "on this machine; nothing leaves it" if choice.local else "elsewhere; only the prompt is sent there"
    rows = [_offer(one, one.name == choice.name, f"{choice.why}; {where}") for one in found]
    keys = "Enter chooses · Esc closes · any other: /model NAME"
    chosen = await screen.app.push_screen_wait(Choose("Which model answers?", rows, keys))
    return "" if chosen is None or found[chosen].name == choice.name else found[chosen].name


def _offer(offer: Offer, current: bool, why: str) -> Content:
    from assistant.costs import FREE

    price = "price not known"
    if offer.price == FREE:
        price = "costs nothing"
    elif offer.price:
        price = f"${offer.price.input:g} in, ${offer.price.output:g} out for a million tokens"
    what = why if current else one_line(offer.what, 90)
    return Content.assemble(
        ("● " if current else "  ", "$accent"), (one_line(offer.name, 60), "bold"), f"  {price}", (f"\n  {what}", MUTED)
    )


async def _cost(screen: ChatScreen, _: str) -> None:
    """What this session and its answers cost, and what the whole history would have cost instead."""
    if not screen.talk.chat:
        raise UsageError("The memory is not open yet.", "Wait a moment.")
    account = await in_thread(screen.core.account, screen.talk.chat.session)
    rows = Terms("", [(name, Content(value)) for name, value in account.rows()])
    beside = [_beside(account.last.prompt, account.history)] if account.last and account.last.prompt else []
    hint = Content.styled("Prices are in prices.toml; a file of that name in the config folder wins.", MUTED)
    screen.app.push_screen(Reader("What was spent, and what recall saved", [rows, *beside, hint]))


def _beside(prompt: int, history: int) -> Terms:
    """The last prompt beside everything that is remembered, as bars on one scale."""
    most = max(prompt, history)
    bars = [
        (name, Content.assemble(meter(size / most, _BAR, style), (f"  {size:,}", MUTED)))
        for name, size, style in (("The last prompt", prompt, "$accent"), ("Everything", history, "$secondary"))
    ]
    return Terms("What was sent, beside all that is remembered, in tokens", bars)


COMMANDS: dict[str, Callable[[ChatScreen, str], Coroutine[Any, Any, None]]] = {
    "again": _again,
    "edit": _edit,
    "editor": _editor,
    "copy": _copy,
    "title": _title,
    "model": _model,
    "cost": _cost,
}
"""The commands of the registry that are about the conversation itself."""

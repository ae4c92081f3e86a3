"""The slash commands of the line mode that look through the memory, judge it, or turn the conversation elsewhere."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from assistant.display import money, safe_line, when
from assistant.telling import who
from memory.browse import MEANING, WORDS, Query, browse
from memory.errors import UsageError
from memory.types import Role, Selection, Verdict

if TYPE_CHECKING:
    from assistant.cli.plain_commands import Line
    from memory.types import Message

_LISTED = 20
_NODES = 20
_SHOWN = 400


def said(line: Line, message: Message) -> None:
    """Show a message on a line: when, who, what, and its id."""
    line.terminal.data(f"[{when(message.time)}] {who(message)}: {safe_line(message.text, _SHOWN)}  ({message.id})")


def memory(line: Line, argument: str) -> None:
    """List what is remembered, or what comes near in meaning."""
    _browse(line, Query(argument, MEANING, limit=_LISTED))


def search(line: Line, argument: str) -> None:
    """Search everything that was said by its words."""
    if not argument:
        raise UsageError("There is nothing to search for.", "Write: /search WORDS.")
    _browse(line, Query(argument, WORDS, limit=_LISTED))


def _browse(line: Line, query: Query) -> None:
    page = browse(line.assistant.memory, query)
    for message in page.messages:
        said(line, message)
    if not page.messages:
        line.terminal.say("Nothing is found." if query.text else "Nothing is remembered yet.")
    elif page.more:
        line.terminal.say(f"The first {len(page.messages)}; more words narrow it down.")


def draw(line: Line, argument: str) -> None:
    """Show what a topic, or what was said last, is linked to, as a tree."""
    from assistant.maps.tree import tree_lines
    from memory.mapping import Mapper

    kept = [one for one in line.chat.history if one.seq]
    if not argument and not kept:
        raise UsageError("There is nothing to draw a map around yet.", "Write: /map TOPIC.")
    drawn = Mapper(line.assistant.memory).around(argument or kept[-1].id, _NODES)
    for row in tree_lines(drawn, line.terminal.width):
        line.terminal.raw(row)


def feedback(line: Line, argument: str) -> None:
    """Say what a memory was worth: the one named, or else the best in the last prompt."""
    name, _, id_ = argument.partition(" ")
    names = [*(str(verdict) for verdict in Verdict), "none"]
    if name not in names:
        raise UsageError(
            "Say what it was worth.", f"/feedback with one of: {', '.join(names)}; a memory's ID may follow."
        )
    notes = line.prompt.notes if line.prompt else ()
    memory = line.assistant.memory
    wanted = memory.find(id_.strip()).id if id_.strip() else ""
    note = max((one for one in notes if wanted in ("", one.message.id)), key=lambda one: one.score, default=None)
    if not note and not wanted:
        raise UsageError("No memory stood in the last prompt.", "Name one: /feedback VERDICT ID.")
    verdict = None if name == "none" else Verdict(name)
    everywhere = verdict in (None, Verdict.OUTDATED, Verdict.NEVER)
    asked = next((one.text for one in reversed(line.chat.history) if one.role is Role.USER), "")
    message = note.message if note else memory.find(wanted)
    if verdict is None and note:
        memory.feedback(message.id, None, asked)
    memory.feedback(message.id, verdict, "" if everywhere or not note else asked, note if verdict else None)
    said(line, message)
    line.terminal.say(f"You called it {verdict}." if verdict else "Nothing is said of it any more.")


def undo(line: Line, _: str) -> None:
    """Forget the exchange that was just remembered; when that was just done, remember it again."""
    from assistant.forgetting import forget

    memory = line.assistant.memory
    if line.taken_back:
        line.taken_back = False
        line.terminal.say(f"{len(memory.undo_forget())} messages are remembered again.")
    else:
        last = line.chat.history[-1].exchange if line.chat.history else ""
        exchange = [one for one in memory.session_messages(line.chat.session) if one.exchange == last]
        if not exchange:
            raise UsageError("Nothing was remembered here a moment ago.", "/memory shows what is older.")
        forget(line.assistant, Selection(messages=tuple(one.id for one in exchange)), undoable=True)
        line.taken_back = True
        line.terminal.say("Forgotten; /undo once more remembers it again.")
    line.chat.reread()


def edit(line: Line, argument: str) -> None:
    """List one's own messages, or choose one: what is said next goes on from before it, in a branch."""
    own = line.own()
    if not own:
        raise UsageError("Nothing was said in this session yet.", "Say something first.")
    if not argument:
        for message in own[-_LISTED:]:
            said(line, message)
        line.terminal.say("/edit ID or /edit last chooses one; what you say next stands in its place.")
        return
    found = own[-1:] if argument == "last" else [one for one in own if one.id.startswith(argument)]
    if len(found) != 1:
        what = "More than one message" if found else "No message"
        raise UsageError(f"{what} of yours here is {safe_line(argument, 40)}.", "/edit lists them.")
    line.instead = found[0]
    said(line, found[0])
    kept = "the conversation as it is now is kept" if line.chat.remember else "what came after it is gone then"
    line.terminal.say(f"What you say next stands in its place; {kept}.")


def editor(line: Line, _: str) -> str:
    """What was written in the user's own editor, to be said."""
    from assistant.tui.editor import edited

    if line.assistant.incognito:
        raise UsageError(
            "An editor needs a file, and this session is incognito.", 'Write here; """ begins a long text.'
        )
    return edited(contextlib.nullcontext, "", os.environ)


def copy(line: Line, argument: str) -> None:
    """Copy the last answer, or with `all` the conversation, into the system's clipboard or tmux's buffer."""
    from assistant.tui.clipboard import hand_on

    if argument not in ("", "all"):
        raise UsageError(f"Lines cannot copy {safe_line(argument, 40)}.", "/copy or /copy all.")
    history = line.chat.history
    answers = [one for one in history if one.role is Role.ASSISTANT]
    if not answers:
        raise UsageError("There is no answer to copy yet.")
    text = "\n\n".join(one.text for one in history) if argument else answers[-1].text
    where = hand_on(text, os.environ)
    if not where:
        raise UsageError("There is no clipboard here.", "recollect export writes to a file.")
    line.terminal.say(f"It is in {where}.")


def model(line: Line, argument: str) -> None:
    """List the models that could answer, or go on with another one."""
    from assistant.costs import FREE, load_prices
    from assistant.models.offers import offers

    opened = line.assistant
    if not argument:
        for offer in offers(opened.locations.models, os.environ, load_prices(opened.locations.prices), opened.model):
            price = offer.price
            told = "free" if price == FREE else f"{money(price.input)} in, {money(price.output)} out" if price else "-"
            line.terminal.data(f"{safe_line(offer.name, 60)}  {told}  {safe_line(offer.what)}")
        line.terminal.say("/model NAME goes on with another one; prices are for a million tokens.")
        return
    line.runner.run(opened.change_model(argument))
    line.go_on()
    line.terminal.say(f"{opened.choice.name} answers from now on.")

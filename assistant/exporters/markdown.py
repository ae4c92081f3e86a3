"""Markdown to read: session by session, each message as a quotation under the name of who said it.

What was said stands in a block quotation, line by line, so that nothing in it (headings, fences, HTML) reaches what
surrounds it. Links and feedback are not in it: to bring a memory back there are JSON lines.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.display import safe, safe_line, when
from memory.types import Scope, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memory.memory import Memory
    from memory.types import Message, Selection

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!~])")


def markdown(memory: Memory, selection: Selection, *, everywhere: bool = False) -> Iterator[str]:
    """The pieces of the document, a heading or a message each."""
    journal = memory.journal
    named = set(selection.messages)
    for scope in [Scope.of(key) for key in journal.scopes()] if everywhere else [memory.scope]:
        yield f"# {_plain(scope.key)}\n"
        pinned = {pin.message_id for pin in journal.pins(scope, selection)}
        for session in journal.titles(scope, selection):
            title = session.title or journal.session(session.id, scope).title
            marks = " · pinned" if session.pinned else ""
            yield f"\n## {_plain(title) or 'Without a title'}\n\nSession `{session.id.replace('`', ' ')}`{marks}\n"
            for message in journal.messages(scope, replace(selection, sessions=(session.id,), everything=False)):
                if not named or message.id in named or session.id in selection.sessions:
                    yield _message(message, message.id in pinned)


def _message(one: Message, pinned: bool) -> str:
    """A message: who, when, how it ended, its id; then what was said."""
    who = _plain(one.speaker or one.role.value)
    marks = [when(one.time) if one.time else "", "" if one.status is Status.COMPLETE else one.status.value, one.model]
    marks.append("pinned" if pinned else "")
    head = " · ".join([f"**{who}**", *(_plain(mark) for mark in marks if mark), f"`{one.id}`"])
    quoted = "\n".join(f"> {line}".rstrip() for line in safe(one.text).split("\n"))
    return f"\n{head}\n\n{quoted}\n"


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", safe_line(text))

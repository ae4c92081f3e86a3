"""The doors by which text of unknown origin reaches a terminal, a program, a prompt or the memory; each takes one text.

A door raises `AssertionError` when something of the text would be obeyed there. What that is, is told here apart from
the product's own idea of it.
"""

from __future__ import annotations

import io
import json
import logging
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest.mock import patch

from textual.content import Content

from assistant.clean import clean, defuse
from assistant.cli import shape
from assistant.cli.recall import _show as show_recall
from assistant.cli.sessions import _list as list_sessions
from assistant.cli.terminal import Terminal
from assistant.cli.turns import Writer, recalled_line
from assistant.importers import FORMATS, importer
from assistant.logs import formatter
from assistant.notes import block, one_line
from assistant.tui.markdown import markdown_lines, parser
from assistant.tui.screens.detail import detail
from assistant.tui.screens.sessions import row
from assistant.tui.texts import printable
from assistant.tui.widgets.cards import GROUPS, Card, card
from assistant.tui.widgets.sayings import Answer, Item, Remark, Said, Trouble
from memory.errors import RecollectError, UsageError
from memory.types import Message, NewMessage, Origin, Recall, Recollection, Role, Session, Step, Why

_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
_WIDE = 4000
NOW = datetime(2024, 5, 7, 12, tzinfo=UTC)


def harmless(shown: str, *, lines: bool = True) -> None:
    """Check that nothing in `shown` steers a terminal or turns the direction of writing."""
    for place, character in enumerate(shown):
        kind = unicodedata.category(character)
        fine = character in "\n\t" if lines else False
        assert fine or kind not in ("Cc", "Cs"), f"U+{ord(character):04X} in {shown[max(0, place - 30) : place + 30]!r}"
        assert character not in _TURNING, f"U+{ord(character):04X} in {shown[max(0, place - 30) : place + 30]!r}"
        assert not 0xE0000 <= ord(character) <= 0xE007F, f"a tag in {shown[max(0, place - 30) : place + 30]!r}"


def message(text: str, role: Role = Role.USER) -> Message:
    """A message whose every word is hostile."""
    return Message(
        1, "abcdefabcdef", role, text, text, "abcdefabcdef", text, NOW, text, text, origin=Origin.IMPORT, model=text
    )


def recollection(text: str) -> Recollection:
    """The same, recalled, with a why that quotes it."""
    said = message(text)
    path = (Step("words", text, said.id, 0.5), Step(text, text, said.id, 0.2))
    return Recollection(
        said, (said, message(text, Role.ASSISTANT)), 0.5, Why({"cosine": 0.5, text: 1.0}, path, (text,))
    )


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@contextmanager
def _terminal() -> Iterator[tuple[Terminal, _Screen]]:
    screen = _Screen()
    with patch("sys.stdout", screen), patch("sys.stderr", screen), patch.dict("os.environ", {"NO_COLOR": "1"}):
        yield Terminal(), screen


def command_line(text: str) -> None:
    """Everything that a command writes to a terminal: answers, narration, tables, errors, what was recalled."""
    found = recollection(text)
    with _terminal() as (terminal, screen):
        with Writer(terminal) as writer:
            for at in range(0, len(text), 7):
                writer.write(text[at : at + 7])
        terminal.say(text)
        terminal.tell(text)
        terminal.warn(text)
        terminal.table((text, "title"), [(text, text), (text, text)])
        terminal.say(recalled_line(found, terminal))
        show_recall(Recall(text, (found, found), {"total": 1.0}), terminal)
        list_sessions([Session(text, text, text, NOW, NOW, 2)], terminal, as_json=False)
    from assistant.cli.door import _say

    with _terminal() as (_, errors):
        _say(text, text, 1)
    harmless(screen.getvalue() + errors.getvalue())


def json_lines(text: str) -> None:
    """What programs read: the same words come back, and nothing in the line steers a terminal it is shown on."""
    value = {"message": shape.said(message(text)), "recollection": shape.recollection(recollection(text))}
    with _terminal() as (terminal, screen):
        terminal.json(value)
    line = screen.getvalue()
    if all(unicodedata.category(each) != "Cs" for each in text):  # halves of pairs are whole again when they meet
        assert json.loads(line)["message"]["text"] == text
    assert line.count("\n") == 1
    steering = [each for each in line[:-1] if unicodedata.category(each) in ("Cc", "Cs") or each in _TURNING]
    assert not steering, repr(line)


def _drawn(content: object) -> None:
    assert isinstance(content, Content), type(content)
    harmless(content.plain)
    for span in content.spans:
        assert isinstance(span.style, str), span
        assert "link" not in span.style, span
        assert "@" not in span.style, span


def interface(text: str) -> None:
    """The widgets of the terminal interface: sayings, cards, details, lists, errors."""
    found = recollection(text)
    shown = Card(found, next(iter(GROUPS)), 1, pinned=True)
    for made in (card(shown), detail(shown, text, "1 of 1", {}, 60), row(Session(text, text, text, NOW, NOW, 1), True)):
        _drawn(made)
    for said in (Said(Item.of(found.message)), Answer(Item.of(message(text, Role.ASSISTANT)))):
        for line in said._lines(60):
            _drawn(line.content)
    for note in (Trouble(RecollectError(text, text)), Remark(text)):
        _drawn(note.content)


def markdown(text: str) -> None:
    """An answer as a page: no character steers, and every link says where it leads."""
    shown = printable(text)
    for width in (31, _WIDE):
        lines = markdown_lines(shown, width)
        for line in lines:
            _drawn(line.content)
    page = "\n".join(line.content.plain for line in lines)
    for token in parser().parse(shown):
        for child in token.children or ():
            target = str(child.attrs.get("href") or child.attrs.get("src") or "")
            told = printable(target)
            bare = told.removeprefix("http://").removeprefix("mailto:").removesuffix("/")
            assert told in page or bare in page, (target, page)


def prompts(text: str) -> None:
    """Notes: one line, or every line of it quoted; what is made safe once stays as it is."""
    made = defuse(clean(text))
    assert defuse(made) == made
    made.encode()
    harmless(made.replace("\u200e", "").replace("\u200f", "").replace("\u061c", "").translate(_UNTURNED))
    found = recollection(text)
    line = one_line(found, 400)
    assert line.startswith("[imported, 7 May 2024] ")
    assert len(line.splitlines()) == 1, line
    assert not set("[]\n\r") & set(line.removeprefix("[imported, 7 May 2024] "))
    for quoted in block(found, 1200).split("\n"):
        assert quoted.startswith("> ") or (quoted.startswith("[7 May 2024, ") and quoted.endswith(", imported]")), (
            quoted
        )


_UNTURNED = dict.fromkeys([*range(0xE0000, 0xE0080), 0x2028, 0x2029])


def logs(text: str) -> None:
    """A line of the log."""
    record = logging.LogRecord("memory", logging.WARNING, "f", 1, "failed: %s", (text,), None)
    harmless(formatter().format(record))


def imports(data: bytes) -> None:
    """Every importer on bytes that may be anything: what can be kept, what can be told, or one error."""
    for name in FORMATS:
        try:
            items = list(importer(name).read(io.BytesIO(data), f"hostile.{name}"))
        except UsageError:
            continue
        for item in items:
            if isinstance(item, NewMessage):
                for value in (item.text, item.session, item.speaker, item.source, item.source_id):
                    value.encode()
                assert item.text.strip()
                assert item.session
                assert item.origin is Origin.IMPORT
            elif hasattr(item, "where"):
                with _terminal() as (terminal, screen):
                    terminal.warn(f"{item}.")
                harmless(screen.getvalue())


TEXT_DOORS: dict[str, Callable[[str], None]] = {
    door.__name__: door for door in (command_line, json_lines, interface, markdown, prompts, logs)
}
"""The doors for texts, by name; `imports` takes bytes."""

__all__ = ["TEXT_DOORS", "harmless", "imports", "message", "recollection"]

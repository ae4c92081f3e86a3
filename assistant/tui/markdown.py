"""Markdown as lines for a given width: one widget per message, the same while it streams and when it is done.

`markdown-it` parses; what it finds becomes Textual `Content` without markup, so nothing in a message is obeyed. Links
are text: the label, and beside it where it leads when that differs. HTML is shown as it was written.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import get_character_cell_size
from textual.content import Content, Span

from assistant.tui.tables import table_lines
from assistant.tui.texts import FAINT, MUTED, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode
    from textual.highlight import HighlightTheme

CODE = "$foreground on $surface"
_HEADINGS = {"h1": "bold underline $text-primary", "h2": "bold $text-primary", "h3": "bold $text-secondary"}
_INLINE = {"strong": "bold", "em": "italic", "s": "strike"}
_BULLETS = "•◦▪"
_LEAST = 8
_HIGHLIGHT_LIMIT = 20_000


class Line(NamedTuple):
    """A line of a page.

    Attributes:
        content: what stands there, no wider than the page.
        joined: it goes on with the line above (it was wrapped), so that copying makes one line of the two.
        lead: how many characters at its start are layout (indents, bars) and not to be copied when it is joined.
    """

    content: Content
    joined: bool = False
    lead: int = 0


def alike(one: Line, other: Line) -> bool:
    """Whether two lines look the same; contents are compared by their text alone."""
    return one is other or (one == other and one.content.spans == other.content.spans)


@cache
def parser() -> MarkdownIt:
    """The parser: tables, strike-through and bare links; HTML is text."""
    from markdown_it import MarkdownIt

    return MarkdownIt("gfm-like", {"html": False})


def markdown_lines(text: str, width: int) -> list[Line]:
    """`text` laid out `width` cells wide."""
    from markdown_it.tree import SyntaxTreeNode

    return _blocks(SyntaxTreeNode(parser().parse(text)).children, max(width, _LEAST))


def settled_end(text: str) -> int:
    """Where the last top-level block of `text` starts, in characters: what stands before will not change any more."""
    starts = [token.map[0] for token in parser().parse(text) if token.level == 0 and token.map]
    if len(starts) < 2:
        return 0
    return sum(len(line) for line in text.splitlines(keepends=True)[: starts[-1]])


def _blocks(nodes: Iterable[SyntaxTreeNode], width: int, tight: bool = False, depth: int = 0) -> list[Line]:
    lines: list[Line] = []
    for node in nodes:
        if lines and not tight:
            lines.append(Line(Content()))
        lines.extend(_block(node, width, depth))
    return lines


def _block(node: SyntaxTreeNode, width: int, depth: int) -> list[Line]:
    match node.type:
        case "heading":
            lines = wrapped(_inline(node, _HEADINGS.get(node.tag, "bold")), width)
        case "bullet_list" | "ordered_list":
            lines = _list(node, width, depth)
        case "blockquote":
            bar = Content.styled("▌ ", "$primary")
            lines = _prefixed(_blocks(node.children, max(_LEAST, width - 2), depth=depth + 1), bar, bar)
        case "fence" | "code_block":
            lines = _code(node.content, node.info.split(" ")[0] if node.info else "", width)
        case "hr":
            lines = [Line(Content.styled("─" * width, FAINT))]
        case "table":
            rows = [[_inline(cell) for cell in row.children] for part in node.children for row in part.children]
            lines = [Line(content) for content in table_lines(rows, width)]
        case _:
            lines = wrapped(_inline(node) if node.children else Content(node.content), width)
    return lines


def wrapped(content: Content, width: int) -> list[Line]:
    """`content` broken into lines between words."""
    lines: list[Line] = []
    for source in content.split("\n", allow_blank=True):
        lines.extend(Line(piece, joined=at > 0) for at, piece in enumerate(source.wrap(width)))
    return lines


def _prefixed(lines: Sequence[Line], first: Content, rest: Content) -> list[Line]:
    return [
        Line((rest if at else first) + line.content, line.joined, line.lead + len(rest if at else first))
        for at, line in enumerate(lines)
    ]


def _list(node: SyntaxTreeNode, width: int, depth: int) -> list[Line]:
    ordered = node.type == "ordered_list"
    number = int(node.attrs.get("start", 1)) if ordered else 0
    tight = all(child.hidden for item in node.children for child in item.children if child.type == "paragraph")
    marks = [
        f"{number + at}. " if ordered else f"{_BULLETS[depth % len(_BULLETS)]} " for at in range(len(node.children))
    ]
    indent = max((len(mark) for mark in marks), default=0)
    lines: list[Line] = []
    for mark, item in zip(marks, node.children, strict=True):
        inner = _blocks(item.children, max(_LEAST, width - indent), tight, depth + 1) or [Line(Content())]
        if lines and not tight:
            lines.append(Line(Content()))
        lines.extend(_prefixed(inner, Content.styled(mark.rjust(indent), "$text-primary"), Content(" " * indent)))
    return lines


def _code(code: str, language: str, width: int) -> list[Line]:
    room = width - 2
    lines: list[Line] = []
    for source in _highlighted(code.rstrip("\n"), language).split("\n", allow_blank=True):
        for at, piece in enumerate(chopped(source.expand_tabs(4), room)):
            pad = " " * max(0, room - piece.cell_length + 1)
            lines.append(Line(Content(" ").append(piece).append(pad).stylize_before(CODE), at > 0, 1))
    return lines


def chopped(line: Content, width: int) -> list[Content]:
    """A line cut every `width` cells, whatever stands there; wide characters stay whole."""
    if line.cell_length <= width:
        return [line]
    cuts, used = [], 0
    for at, character in enumerate(line.plain):
        size = get_character_cell_size(character)
        if used + size > width:
            cuts.append(at)
            used = 0
        used += size
    return line.divide(cuts)


def _highlighted(code: str, language: str) -> Content:
    """Code in colours where the language is known. They are theme variables, so that another theme recolours it."""
    if not language or len(code) > _HIGHLIGHT_LIMIT:
        return Content(code)
    from textual.highlight import highlight

    return highlight(code, language=language, theme=_colours()).stylize_before("$foreground")


@cache
def _colours() -> type[HighlightTheme]:
    """Textual's colours for code, quieter: spans cannot have automatic colours, and underlined names are not links."""
    from pygments.token import Token  # type: ignore[import-untyped]
    from textual import highlight

    class Quiet(highlight.HighlightTheme):
        STYLES = highlight.HighlightTheme.STYLES | {
            Token.Comment: f"italic {MUTED}",
            Token.Literal.String.Backtick: MUTED,
            Token.Name: "$foreground",
            Token.Name.Function: "$text-warning",
            Token.Name.Function.Magic: "$text-warning",
            Token.Operator: "$foreground",
        }

    return Quiet


def _inline(node: SyntaxTreeNode, style: str = "") -> Content:
    """The text inside a block, styled."""
    writer = _Writer()
    for child in node.children:
        writer.walk(child.children if child.type == "inline" else [child])
    content = Content(writer.text, spans=writer.spans)
    return content.stylize_before(style) if style else content


class _Writer:
    """Gathers text and the spans over it."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._at = 0
        self.spans: list[Span] = []

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, text: str, style: str = "") -> None:
        text = printable(text)  # again, for Markdown reads &#x202e; and %E2%80%AE as what they stand for
        self._parts.append(text)
        if style:
            self.spans.append(Span(self._at, self._at + len(text), style))
        self._at += len(text)

    def walk(self, nodes: Iterable[SyntaxTreeNode]) -> None:
        for node in nodes:
            start = self._at
            match node.type:
                case "text" | "html_inline" | "text_special":
                    self.add(node.content)
                case "softbreak" | "hardbreak":
                    self.add("\n")
                case "code_inline":
                    self.add(node.content, "$text-secondary on $surface")
                case "link":
                    self.walk(node.children)
                    self._target(start, str(node.attrs.get("href", "")))
                case "image":
                    self.add(f"image: {node.content}" if node.content else "image")
                    self._target(start, str(node.attrs.get("src", "")))
                case _:
                    self.walk(node.children)
                    if style := _INLINE.get(node.type):
                        self.spans.append(Span(start, self._at, style))

    def _target(self, start: int, target: str) -> None:
        """Mark what was added from `start` on as a link, and say where it leads unless it says so itself."""
        self.spans.append(Span(start, self._at, "underline"))
        shown = self.text[start:]
        told = {f"{scheme}{shown}{end}" for scheme in ("", "http://", "mailto:") for end in ("", "/")}
        if target and target not in told:
            self.add(f" <{target}>", MUTED)

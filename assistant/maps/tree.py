"""The map as text: a tree of what is linked to the centre, and what that is linked to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.dates import local_day, long_date
from assistant.display import safe_line
from assistant.telling import who

if TYPE_CHECKING:
    from memory.mapping import Link, Map, Node


def tree_lines(drawn: Map, width: int = 100) -> list[str]:
    """A line a memory, each below the one it is linked to, with what links the two; `width` 0 cuts nothing."""
    children = _children(drawn)
    lines = [safe_line(f"◆ {drawn.title}", width)]

    def grow(id_: str, lead: str) -> None:
        some = children.get(id_, [])
        for at, (link, node) in enumerate(some):
            last = at == len(some) - 1
            lines.append(safe_line_after(f"{lead}{'└─' if last else '├─'} ", f"{link.told}: {_told(node)}", width))
            grow(node.id, lead + ("   " if last else "│  "))

    grow(drawn.centre, "")
    return lines


def safe_line_after(lead: str, text: str, width: int) -> str:
    """`text` on one line after a lead that keeps its blanks."""
    return lead + safe_line(text, max(10, width - len(lead)) if width else 0)


def _told(node: Node) -> str:
    message = node.message
    if message is None:
        return node.label
    day = local_day(message)
    head = ", ".join(part for part in (who(message), long_date(day) if day else "") if part)
    return f"{node.id} [{head}] {message.text}"


def _children(drawn: Map) -> dict[str, list[tuple[Link, Node]]]:
    """Each node below the one that brought it: the strongest link to one that is a step nearer to the centre."""
    found: dict[str, list[tuple[Link, Node]]] = {}
    for node in drawn.nodes:
        if node.id == drawn.centre:
            continue
        nearer = [
            (link, other)
            for link in drawn.links
            for other in (link.source, link.target)
            if node.id in (link.source, link.target) and other != node.id and drawn.node(other).distance < node.distance
        ]
        if nearer:
            link, other = max(nearer, key=lambda pair: pair[0].weight)
            found.setdefault(other, []).append((link, node))
    return found

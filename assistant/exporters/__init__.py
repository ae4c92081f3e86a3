"""Taking the memory away in plain text: the lossless lines of `memory.portable`, or Markdown for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memory.memory import Memory
    from memory.types import Selection

FORMATS = ("jsonl", "md")
"""JSON lines, which can be imported again, and Markdown."""


def exported(memory: Memory, form: str, selection: Selection, *, everywhere: bool = False) -> Iterator[str]:
    """The pieces of an export in a format, in order. Raises `UsageError` for a format that there is not."""
    if form == "jsonl":
        from memory.portable import export

        return export(memory, selection, everywhere=everywhere)
    if form == "md":
        from assistant.exporters.markdown import markdown

        return markdown(memory, selection, everywhere=everywhere)
    raise UsageError(f"The format {form!r} is not known.", f"There are: {', '.join(FORMATS)}.")


def form_of(name: str) -> str:
    """The format that the name of a file asks for."""
    return "md" if name.lower().endswith((".md", ".markdown")) else "jsonl"


__all__ = ["FORMATS", "exported", "form_of"]

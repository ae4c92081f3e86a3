"""Writes the tables in the documents that follow from the code: `python docs/tables.py`; `--check` only compares.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.binding import Binding

from assistant.commands import cli_commands, slash_commands
from assistant.settings import Settings
from assistant.tui.screens.chat import ChatScreen
from assistant.tui.screens.readers import keys_of
from assistant.tui.widgets.composer import Composer

if TYPE_CHECKING:
    from collections.abc import Iterable

_DOCS = Path(__file__).resolve().parent
_BLOCK = re.compile(r"(<!-- table: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join([_row(*heads), "|" + "---|" * len(heads), *(_row(*row) for row in rows)]) + "\n"


def _settings(values: object, prefix: str = "") -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for field in fields(values):  # type: ignore[arg-type]
        value = getattr(values, field.name)
        if is_dataclass(value):
            rows += _settings(value, f"{prefix}{field.name}.")
        elif "doc" in field.metadata:
            key = f"{prefix}{field.name}"
            default = {"": "(empty)", "{}": "(none)"}.get(str(value), str(value))
            allowed = ", ".join(field.metadata.get("choices") or ())
            doc = field.metadata["doc"] + (f" One of: {allowed}." if allowed else "")
            rows.append((f"`{key}`", default, f"`RECOLLECT_{key.replace('.', '_').upper()}`", doc))
    return rows


def _bindings() -> list[tuple[str, ...]]:
    """Keys of the conversation that are no commands', with the ids by which they can be changed."""
    found = [binding for owner in (Composer, ChatScreen) for binding in owner.BINDINGS if isinstance(binding, Binding)]
    return [
        (_keys(binding.key.split(",")), binding.description, f"`{binding.id}`")
        for binding in found
        if binding.id and not binding.id.startswith("command.")
    ]


def _keys(keys: Iterable[str]) -> str:
    return ", ".join(f"`{keys_of([key])}`" for key in keys)


def tables() -> dict[str, str]:
    """Name of a table -> its Markdown."""
    return {
        "settings": _table(("key", "default", "environment", "what"), _settings(Settings())),
        "commands": _table(("command", "what"), [(f"`recollect {c.name}`", c.help) for c in cli_commands()]),
        "keys": _table(("key", "what"), [(_keys(c.keys), c.help) for c in slash_commands() if c.keys]),
        "bindings": _table(("key", "what", "id"), _bindings()),
        "slash": _table(
            ("in the conversation", "key", "what"),
            [
                (f"`/{c.name}{' ' + c.argument if c.argument else ''}`", " ".join(f"`{key}`" for key in c.keys), c.help)
                for c in slash_commands()
            ],
        ),
    }


def rewritten(text: str) -> str:
    """The document with its tables made anew. Raises `KeyError` for a table that nobody makes."""
    made = tables()
    return _BLOCK.sub(lambda found: found[1] + made[found["name"]] + found[3], text)


def main() -> int:
    """Rewrite every document, or with `--check` say which differ (exit code 1)."""
    stale = []
    for path in [_DOCS.parent / "README.md", *sorted(_DOCS.glob("*.md"))]:
        text = path.read_text(encoding="utf-8")
        fresh = rewritten(text)
        if fresh != text:
            stale.append(path.name)
            if "--check" not in sys.argv:
                path.write_text(fresh, encoding="utf-8")
    if stale:
        sys.stdout.write(f"{', '.join(stale)}: {'stale' if '--check' in sys.argv else 'rewritten'}\n")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    raise SystemExit(main())

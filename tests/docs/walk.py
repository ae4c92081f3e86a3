"""Reads the commands and sample files out of the documents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(?P<language>\w+)(?: (?P<name>\S+))?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    """One line of a shell block."""

    document: str
    line: str


def documents() -> list[Path]:
    """Everything people read."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(document: Path, language: str) -> list[tuple[str | None, str]]:
    """The fenced blocks of a language, with the file name behind it where there is one."""
    text = document.read_text(encoding="utf-8")
    return [(found["name"], found["body"]) for found in _FENCE.finditer(text) if found["language"] == language]


def commands(document: Path) -> list[Command]:
    """The lines of the shell blocks, joined where they go on, without comments."""
    found = []
    for _, body in blocks(document, "sh"):
        for line in body.replace("\\\n", " ").splitlines():
            bare = re.sub(r"\s+#\s.*$", "", line).strip()
            if bare and not bare.startswith("#"):
                found.append(Command(document.name, bare))
    return found


def write_samples(document: Path, folder: Path) -> None:
    """Lay the document's sample files (blocks with a file name) into a folder."""
    for language in ("text", "jsonl", "toml", "md"):
        for name, body in blocks(document, language):
            if name:
                path = folder / name
                assert folder in path.resolve().parents
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(body, encoding="utf-8")

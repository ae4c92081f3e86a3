"""`recollect where`: every folder and file that is used."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from assistant.cli import options as opt
from assistant.cli.exits import ExitCode
from assistant.commands import named

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.locations import Locations

app = opt.typer_app()


@app.command("where", help=named("where").help)
def where(json: opt.Json = False) -> int:
    """Print names, sizes and paths; works with a config.toml that cannot be read."""
    from assistant.cli.terminal import Terminal
    from assistant.display import size
    from assistant.locations import locations

    terminal = Terminal()
    found = {name: (path, _size(path)) for name, path in _places(locations(os.environ)).items()}
    if json:
        terminal.json({name: {"path": str(path), "bytes": bytes_} for name, (path, bytes_) in found.items()})
    else:
        rows = [(name, "-" if taken is None else size(taken), str(path)) for name, (path, taken) in found.items()]
        terminal.table(("what", "size", "where"), rows, right=(1,), cut=False)
    return ExitCode.FINE


def _places(where: Locations) -> dict[str, Path]:
    """What is where, in the order of importance."""
    from memory.journal.choices import LEXICON, chosen_at

    chosen = chosen_at(where.journal)
    return {
        "config": where.config_file,
        "prompts": where.prompts,
        "journal": where.journal,
        "full text": where.data / (chosen.words if chosen else LEXICON),
        "vectors": where.data / (chosen.place if chosen else "chroma"),
        "learned": where.data / "learned.json",
        "models": where.models,
        "cache": where.cache,
        "log": where.log_file,
    }


def _size(path: Path) -> int | None:
    """Bytes of a file, with what belongs to it (`-wal`, `-shm`), or of all files in a folder; None: not there."""
    try:
        about = path.stat()
    except OSError:
        return None
    if stat.S_ISDIR(about.st_mode):
        return sum(_file_size(inner) for inner in path.rglob("*"))
    return about.st_size + sum(_file_size(path.with_name(path.name + tail)) for tail in ("-wal", "-shm"))


def _file_size(path: Path) -> int:
    try:
        about = path.lstat()
    except OSError:
        return 0
    return about.st_size if stat.S_ISREG(about.st_mode) else 0

"""What SQLite keeps beside the journal's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def has_log(path: Path) -> bool:
    """Whether a write-ahead log with something in it lies beside a SQLite file, which alone is not all of it then."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except OSError:
        return False

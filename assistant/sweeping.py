"""Sweeping: taking what was forgotten out of logs, drafts and caches.

Logs tell what happened and never what was said; but an error may quote what somebody typed, and another package may
log what it likes. So a line goes that holds a word which the memory knows no longer, or a line of what was forgotten. A
draft goes as a whole when it holds such a line: it is what was sent, left behind by a program that was killed. What
`recollect bench` computed may be of one's own conversations and can be computed again, so all of it goes.
"""

from __future__ import annotations

import logging
import os
import shutil
from typing import TYPE_CHECKING

from memory.journal.traces import TERM
from memory.text import content_terms

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from assistant.locations import Locations
    from memory.memory import Memory
    from memory.types import Message

_log = logging.getLogger(__name__)
_LEAST_LINE, _LEAST_TERM = 8, 3
_MOST_TERMS, _MOST_LINES = 200_000, 2000


class Sweep:
    """Sweeps the logs after one forgetting: `look` before it, `clean` after it.

    Args:
        memory: that forgets.
        where: the folders of the program.
    """

    def __init__(self, memory: Memory, where: Locations) -> None:
        self._memory = memory
        self._log = where.log_file
        self._drafts = where.drafts
        self._computed = (where.bench_cache, where.bench_features)
        self._terms: set[str] = set()
        self._lines: set[str] = set()
        self._all = False

    def look(self, doomed: Iterable[Message]) -> None:
        """Remember the words of what is going to be forgotten, in memory alone. Of very much, all logs will go."""
        for message in doomed:
            self._terms.update(term for term in content_terms(message.text) if len(term) >= _LEAST_TERM)
            self._lines.update(line.strip() for line in message.text.splitlines() if len(line.strip()) >= _LEAST_LINE)
            if len(self._terms) > _MOST_TERMS or len(self._lines) > _MOST_LINES:
                self._all = True
                return

    def clean(self) -> None:
        """Take the lines out of the logs, and remove drafts and caches. What cannot be written stays, and is logged."""
        journal = self._memory.journal
        known = journal.node_keys(journal.scope_key(self._memory.scope.key), TERM, self._terms)
        gone = self._terms - known.keys()
        for path in sorted(self._log.parent.glob(f"{self._log.name}*")):
            try:
                self._clean(path, gone)
            except OSError as error:
                _log.warning("the log %s could not be swept: %s", path.name, error)
        for path in sorted(self._drafts.glob("*")):
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
                if any(part in text for part in self._lines):
                    path.unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                _log.warning("the draft %s could not be swept: %s", path.name, error)

        for path in self._computed:
            for each in path.parent.glob(f"{path.name}*"):
                try:
                    shutil.rmtree(each) if each.is_dir() and not each.is_symlink() else each.unlink()
                except OSError as error:
                    _log.warning("the cache %s could not be removed: %s", each.name, error)

    def _clean(self, path: Path, gone: set[str]) -> None:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        kept = "" if self._all else "".join(line for line in text.splitlines(True) if not self._tells(line, gone))
        if kept != text:
            data = kept.encode("utf-8", "surrogateescape")
            with path.open("r+b") as file:  # in place, as this process and others may be appending to it
                file.write(data)
                file.truncate()
                file.flush()
                os.fsync(file.fileno())

    def _tells(self, line: str, gone: set[str]) -> bool:
        return not gone.isdisjoint(content_terms(line)) or any(part in line for part in self._lines)

"""The log file: what happened and how long it took, never what was said.

Nothing goes to stderr: a front door owns the screen. A log that cannot be written never stops the program.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import re
from typing import TYPE_CHECKING

from memory.environment import SECRET_NAME
from memory.errors import StorageError
from memory.folders import private_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import TextIOWrapper
    from pathlib import Path

OURS = ("assistant", "memory", "prompts")
_MAX_BYTES = 1_000_000
_KEPT = 2


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A rotating file for the user alone (0600) that is silent when it cannot be written (a full disk)."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace")

    def close(self) -> None:
        """Let go of the file; what a full disk did not take is lost, as it would have been before."""
        with contextlib.suppress(OSError):
            super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Nothing: a log that fails must neither stop the program nor write over the screen."""


KEY = re.compile(
    r"(?i)(?<![a-z0-9])(?:sk|pk|rk|hf|gsk|xai|ghp|gho|glpat|xox[a-z])[-_][a-z0-9_-]{12,}"
    r"|(?<=bearer )[a-z0-9._~+/=-]{8,}|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"
    r"|(?<=key=)[^\s&\"']{8,}|(?<=token=)[^\s&\"']{8,}|(?<=password=)[^\s&\"']{4,}"
)
"""What has the form of a key, or of a password in an address."""
_LEAST_KEY = 8


def hidden(text: str, environ: Mapping[str, str]) -> str:
    """`text` without keys: the values of the environment's secrets, and what has the form of one."""
    for name, value in environ.items():
        if len(value) >= _LEAST_KEY and value in text and SECRET_NAME.search(name):
            text = text.replace(value, "[key]")
    return KEY.sub("[key]", text)


class _Formatter(logging.Formatter):
    """Records as text that steers no terminal it is shown on, and holds no keys."""

    def format(self, record: logging.LogRecord) -> str:
        """The record, made safe; its traceback too."""
        from assistant.display import safe

        return hidden(safe(super().format(record)), os.environ)


def formatter() -> logging.Formatter:
    """How a record is written."""
    return _Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")


class _State:
    """Whether the log was asked to write nothing."""

    muted = False


def mute() -> None:
    """Log nothing from now on, for a run that leaves no trace."""
    _State.muted = True
    root = logging.getLogger()
    _let_go(root)
    root.addHandler(logging.NullHandler())


def is_muted() -> bool:
    """Whether nothing is to be logged."""
    return _State.muted


def _let_go(root: logging.Logger) -> None:
    for old in [handler for handler in root.handlers if isinstance(handler, _PrivateFile | logging.NullHandler)]:
        root.removeHandler(old)
        old.close()


def start_logging(file: Path, level: int = logging.INFO) -> bool:
    """Send log records to `file`: ours from `level` on, other packages' from WARNING on (they put texts below it).

    Doing it again moves the log. Returns False when the file cannot be written; then nothing is logged.
    """
    _State.muted = False
    root = logging.getLogger()
    _let_go(root)
    logging.captureWarnings(capture=True)
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    try:
        private_folder(file.parent)
        handler: logging.Handler = _PrivateFile(file, maxBytes=_MAX_BYTES, backupCount=_KEPT)
    except (OSError, StorageError):
        root.addHandler(logging.NullHandler())
        return False
    handler.setFormatter(formatter())
    root.addHandler(handler)
    return True

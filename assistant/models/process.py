"""Starts, watches and ends the embedded engine's process (see `engine`)."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

from memory.environment import without_secrets
from memory.errors import ModelError, StorageError
from memory.folders import make_private

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENGINE = Path(__file__).with_name("engine.py")
_GRACE_SECONDS = 3.0
_MOMENT_SECONDS = 0.5


class EngineProcess:
    """One engine. `start` and `wait` are apart, so that other things can be done while it loads.

    Attributes:
        url: where it answers; empty before `wait` has returned.
        key: what it asks of who wants to be answered; made anew for every engine.
    """

    def __init__(self, log_file: Path) -> None:
        self.url = ""
        self.key = secrets.token_urlsafe(32)
        self._log_file = log_file
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def start(self, model: Path, context: int, threads: int, readings: Path | None = None) -> None:
        """Start it with a model file, and the folder where what it read is kept.

        Raises `StorageError` when its log cannot be written.
        """
        order = {"model": str(model), "key": self.key, "context": context, "threads": threads}
        if readings:
            order["readings"] = f"{readings}{os.sep}"
        with _open_log(self._log_file) as log:
            apart: Mapping[str, bool | int] = {"start_new_session": True}
            if sys.platform == "win32":
                apart = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
            process = subprocess.Popen(
                [sys.executable, "-P", str(_ENGINE)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                env=_environment(),
                **apart,  # type: ignore[call-overload]
            )
        with self._lock:
            self._process = process
        self._tell(process, json.dumps(order))

    def wait(self) -> None:
        """Until it answers. Raises `ModelError` when it cannot load the model, or ended."""
        process = self._process
        if process is None or process.stdout is None:
            raise ModelError("The embedded engine was closed.", "Start it again.")
        line = process.stdout.readline()
        try:
            reply = json.loads(line or "{}")
        except ValueError:
            reply = {}
        self.url = reply.get("url", "")
        if self.url:
            return
        _end(process)
        raise ModelError(
            f"The embedded engine could not start: {reply.get('error') or _ending(process.returncode)}",
            f"Its log is {self._log_file}.",
        )

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._process is not None and self._process.poll() is None

    def has_ended(self) -> bool:
        """Whether it is gone; one that has just broken off is given a moment to be so. Blocks."""
        if self._process is None:
            return True
        try:
            self._process.wait(_MOMENT_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        return True

    @property
    def ending(self) -> str:
        """How it ended, for people."""
        return _ending(self._process.poll() if self._process else None)

    @property
    def pid(self) -> int:
        """Its process id, 0 when there is none."""
        return self._process.pid if self._process else 0

    def close(self) -> None:
        """End it: its standard input is closed, which it obeys; while it loads, or if it does not, it is killed."""
        with self._lock:
            process, self._process = self._process, None
        if process:
            if not self.url:
                process.kill()
            _end(process)

    @staticmethod
    def _tell(process: subprocess.Popen[str], line: str) -> None:
        """Give it its order; one that has ended already is noticed by `wait`."""
        if process.stdin:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(f"{line}\n")
                process.stdin.flush()


def _end(process: subprocess.Popen[str]) -> None:
    if process.stdin:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def _ending(code: int | None) -> str:
    if code is None:
        return "it was closed"
    return f"it was ended by signal {-code}" if code < 0 else f"it ended with code {code}"


def _environment() -> dict[str, str]:
    """The engine's environment: without keys and passwords, which it has no use for, and threads that wait asleep.

    With the default of spinning, a machine that is busy with other things slows the engine down five to thirty times.
    """
    environment = without_secrets(os.environ)
    environment.setdefault("OMP_WAIT_POLICY", "passive")
    return environment


def _open_log(path: Path) -> IO[bytes]:
    try:
        make_private(path.parent)
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
    except OSError as error:
        raise StorageError(
            f"The log {path} cannot be written: {error.strerror or error}.", "Free some room, or set RECOLLECT_HOME."
        ) from error

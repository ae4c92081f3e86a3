"""The command line through its own door: in this process where that will do, in one of its own where it must be."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from assistant.cli.door import enter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.servers import ScriptedServer


@dataclass(frozen=True)
class Ran:
    """What a command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value on standard output."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Cli = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _models(models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECOLLECT_MODELS", str(models_folder))


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs a command line in this process, with standard input from a pipe (empty unless given)."""

    def run(*arguments: str, stdin: str | bytes = b"", env: dict[str, str] | None = None) -> Ran:
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        data = stdin.encode() if isinstance(stdin, str) else stdin
        streams = [io.TextIOWrapper(io.BytesIO(part), encoding="utf-8") for part in (data, b"", b"")]
        with monkeypatch.context() as patch:
            for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
                patch.setattr(sys, name, stream)
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            try:
                with pytest.raises(SystemExit) as end:
                    enter(arguments)
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)
        for stream in streams[1:]:
            stream.flush()
        out, err = (stream.buffer.getvalue().decode() for stream in streams[1:])  # type: ignore[attr-defined]
        assert "Traceback" not in out + err
        return Ran(int(end.value.code or 0), out, err)

    return run


@pytest.fixture
def scripted(scripted_server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> ScriptedServer:
    """A server that says what the test wants, in use by every command of the test."""
    scripted_server.answers = ["Biscuit is the dog of your sister."]
    monkeypatch.setenv("RECOLLECT_BASE_URL", scripted_server.url)
    monkeypatch.setenv("RECOLLECT_MODEL", "scripted")
    return scripted_server


@pytest.fixture
def process() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a command line in a process of its own; those that still run at the end are killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **options: Any) -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        made = subprocess.Popen(
            [sys.executable, "-m", "assistant.cli", *arguments],
            text=True, encoding="utf-8", env={**os.environ, **pipes.pop("env", {})}, **pipes,
        )  # fmt: skip
        started.append(made)
        return made

    yield start
    for made in started:
        if made.poll() is None:
            made.kill()
        made.communicate()


def complained(ran: Ran, code: int, *words: str) -> str:
    """Check that a command ended with `code` and one clear sentence (and a hint) that holds `words`."""
    assert ran.code == code, ran
    lines = ran.err.splitlines()
    assert lines, ran
    assert lines[-2 if lines[-1].startswith("  ") else -1].startswith("recollect: "), ran.err
    assert len([line for line in lines if line.startswith("recollect: ")]) == 1, ran.err
    assert re.match(r"recollect: .*[.?!]$", next(line for line in lines if line.startswith("recollect: "))), ran.err
    for word in words:
        assert word.lower() in ran.err.lower(), ran.err
    return ran.err


def message_line(said: str, number: int = 1, **more: object) -> str:
    """A line of an import."""
    line = {
        "type": "message", "conversation": "diary", "session": "march", "id": f"m{number}", "speaker": "Lea",
        "role": "user", "time": f"2026-03-02T09:{number % 60:02}:00", "text": said,
    }  # fmt: skip
    return json.dumps({**line, **more}, ensure_ascii=False)

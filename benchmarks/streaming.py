"""The model of `benchmarks.stalls.model` running beside the program, and what the program is told to ask it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.locations import locations

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def streaming(words: int, pause: float) -> Iterator[str]:
    """The model's base URL, while it runs in a process of its own; `pause` in seconds after each of its `words`."""
    command = [sys.executable, "-m", "benchmarks.stalls.model", str(words), str(pause)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as model:
        try:
            assert model.stdout is not None
            yield model.stdout.readline().strip()
        finally:
            model.terminate()


def environment(url: str, home: str) -> dict[str, str]:
    """What the program is told to ask the model at `url`, with all that is its own in `home`."""
    return {
        "TERM": "xterm-256color",
        "RECOLLECT_HOME": home,
        "RECOLLECT_MODELS": str(locations(os.environ).models),
        "RECOLLECT_BASE_URL": url,
        "RECOLLECT_MODEL": "scripted",
        "RECOLLECT_UI_TITLES": "false",
    }

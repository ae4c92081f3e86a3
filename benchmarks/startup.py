"""How long `recollect --help` takes, against a bare Python and against importing click. Runs take turns."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.report import Figure, quick, show

_RUNS = 15
_COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import click'": [sys.executable, "-c", "import click"],
    "recollect --help": [sys.executable, "-m", "assistant.cli", "--help"],
    "recollect --version": [sys.executable, "-m", "assistant.cli", "--version"],
}


def main() -> None:
    """Measure and print."""
    times: dict[str, list[float]] = {name: [] for name in _COMMANDS}
    for run in range(2 if quick() else _RUNS + 1):
        for name, command in _COMMANDS.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if run:
                times[name].append((time.perf_counter() - start) * 1000)
    show("Start-up (whole process)", [Figure(name, values, "ms") for name, values in times.items()], "python -c pass")

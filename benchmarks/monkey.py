"""Someone who presses everything: random keys, commands, clicks, pastes and sizes, while a model streams.

Counts what went wrong inside (it is in the program's log) and ends that nobody asked for. What it does is the same for
the same `--seed`, when it does it is not.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from assistant.app import Assistant
from assistant.commands import slash_commands
from assistant.locations import locations
from benchmarks.report import quick
from benchmarks.streaming import environment, streaming
from benchmarks.talk import cues, talk
from benchmarks.terminal import SIZE, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZES = [SIZE, (24, 80), (20, 60), (60, 240), (12, 40), (5, 20)]
_PAUSES = [0.01, 0.03, 0.1, 0.3]
_FUNCTIONS = ["OP", "OQ", "OR", "OS", "[15~", "[17~", "[18~", "[19~", "[20~", "[21~", "[23~", "[24~"]
_ABOUT = ["[A", "[B", "[C", "[D", "[H", "[F", "[Z", "[5~", "[6~", "[3~", "[1;3A", "[1;3B", "[1;5F", "[1;5H"]
_CONTROLS = "".join(chr(code) for code in range(1, 27) if chr(code) not in "\x03\x08\x09\x0d\x11\x13\x1a")
_LETTERS = "abcdefghijklmnopqrstuvwxyzG?/[]+-*. "
_BUG = re.compile(r"unexpected\n.*?(?=^\d{4}-\d\d-\d\d |\Z)", re.DOTALL | re.MULTILINE)
_CODES = (0, 130)


class Outcome(NamedTuple):
    """What came of one round: keys pressed, how it ended, what the log tells of bugs."""

    pressed: int
    code: int
    bugs: list[str]


class _Monkey:
    """Presses everything in a terminal."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._said = cues(50, seed)
        self._rows, self._columns = SIZE

    def press(self, terminal: Terminal) -> None:
        """Do one thing. Raises `OSError` when the program has ended."""
        if self._random.random() < 0.02:
            self._rows, self._columns = self._random.choice(_SIZES)
            terminal.resize(self._rows, self._columns)
        else:
            terminal.type(self._keys())
        terminal.rest(self._random.choice(_PAUSES))

    def _keys(self) -> str:
        choose = self._random.choice
        kinds: list[tuple[int, Callable[[], str]]] = [
            (25, lambda: "\x1b" + choose(_FUNCTIONS)),
            (20, lambda: ("\x1b" + choose(_ABOUT)) * choose([1, 1, 1, 3])),
            (7, lambda: choose(_CONTROLS)),
            (8, lambda: self._command() + "\r"),
            (8, lambda: choose(self._said) + "\r"),
            (8, lambda: "\r"),
            (6, lambda: "\x1b"),
            (8, lambda: choose(_LETTERS)),
            (7, self._click),
            (2, lambda: "\x1b[200~" + "a line that was pasted\n" * choose([1, 30, 400]) + "\x1b[201~"),
        ]
        (make,) = self._random.choices([make for _, make in kinds], [weight for weight, _ in kinds])
        return make()

    def _command(self) -> str:
        command = self._random.choice([one for one in slash_commands() if one.name != "quit"])
        argument = self._random.choice(["", "piano", "wrong", "nonsense", self._random.choice(self._said)])
        return f"/{command.name} {argument}".rstrip() if command.argument else f"/{command.name}"

    def _click(self) -> str:
        button = self._random.choice([0, 0, 0, 2, 64, 65])
        at = f"{button};{self._random.randint(1, self._columns)};{self._random.randint(1, self._rows)}"
        return f"\x1b[<{at}M\x1b[<{at}m" * self._random.choice([1, 1, 2])


def _round(seed: int, seconds: float, environ: dict[str, str]) -> Outcome:
    log = Path(locations(environ).log_file)
    told = log.stat().st_size if log.exists() else 0
    monkey, pressed = _Monkey(seed), 0
    command = [sys.executable, "-m", "assistant.cli"]
    terminal = Terminal(command, {**os.environ, **environ}, environ["HOME"])  # what it writes to files is written there
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            monkey.press(terminal)
            pressed += 1
        os.kill(terminal.pid, signal.SIGTERM)
    except OSError:
        pass  # it has ended: by a bug, or by the palette's own "Quit"
    code = terminal.ended(30)
    text = log.read_bytes()[told:].decode(errors="replace") if log.exists() else ""
    bugs = [found.rstrip().rpartition("\n")[2] for found in _BUG.findall(text)]
    return Outcome(pressed, code, bugs)


def main() -> None:
    """Press, look, print; exits with 1 when something went wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks monkey", description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=1 if quick() else 10)
    parser.add_argument("--seconds", type=float, default=6 if quick() else 60, help="of a round")
    parser.add_argument("--seed", type=int, default=1, help="of the first round")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args(sys.argv[2:])
    wrong = 0
    with streaming(24, 0.002) as url, tempfile.TemporaryDirectory() as home:
        told = {"HOME": home, "EDITOR": "true", "RECOLLECT_UI_TITLES": "true"}
        environ = {**environment(url, f"{home}/recollect"), **told}
        with Assistant.open(environ) as assistant:
            assistant.memory.remember_many(talk(200))
        for seed in range(asked.seed, asked.seed + asked.rounds):
            pressed, code, bugs = _round(seed, asked.seconds, environ)
            wrong += bool(bugs) or code not in _CODES
            print(f"seed {seed}: {pressed} keys, exit {code}", *bugs, sep="\n    ", flush=True)
    print(f"{asked.rounds - wrong} of {asked.rounds} rounds without a bug")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()

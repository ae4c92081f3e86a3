"""What a command writes: data on standard output, narration on standard error, each made safe where it is shown."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from assistant.display import columns, safe, safe_line

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

Progress = Callable[[int, int, str], None]

_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
_PAINT = re.compile(r"(\x1b\[\d{0,2}m)")
_NOT_IN_JSON = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


class Terminal:
    """The two streams of a command, and how loud it may be.

    Args:
        quiet: narrate nothing, not even on a terminal; errors are still said.
        verbose: narrate also where standard error is not a terminal.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.out: TextIO = sys.stdout
        self.err: TextIO = sys.stderr
        self.shown = self.out.isatty()
        self.narrating = not quiet and (verbose or self.err.isatty())
        self._bars = not quiet and self.err.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def width(self) -> int:
        """Columns there are to write on; 0 when it is not a terminal and nothing is to be cut."""
        return shutil.get_terminal_size().columns if self.shown else 0

    @property
    def err_width(self) -> int:
        """Columns of standard error; 0 when it is not a terminal."""
        return shutil.get_terminal_size().columns if self.err.isatty() else 0

    def data(self, text: str = "", end: str = "\n") -> None:
        """Write to standard output: word for word into a pipe or file, made safe on a terminal."""
        self.out.write((safe(text) if self.shown else text) + end)
        self.out.flush()

    def json(self, value: object) -> None:
        """Write one JSON value on one line; control characters and direction marks in it are escaped."""
        text = json.dumps(value, ensure_ascii=not _is_unicode(self.out), separators=(", ", ": "))
        self.out.write(_NOT_IN_JSON.sub(lambda found: json.dumps(found[0])[1:-1], text) + "\n")
        self.out.flush()

    def say(self, text: str, *, style: str = "dim") -> None:
        """A line of narration."""
        if self.narrating:
            self.err.write(painted(safe(text), style, self.err) + "\n")
            self.err.flush()

    def tell(self, text: str) -> None:
        """A line on standard error that belongs to a question asked there."""
        self.err.write(safe(text) + "\n")
        self.err.flush()

    def warn(self, text: str) -> None:
        """A line that is said also where nobody looks, for it matters."""
        self.err.write(f"recollect: {safe(text)}\n")
        self.err.flush()

    def paint(self, text: str, style: str) -> str:
        """Made safe and, where standard output is a terminal with colours, painted; to be written with `raw`."""
        return painted(safe(text) if self.shown else text, style, self.out)

    def raw(self, text: str = "") -> None:
        """Write a line of parts that are safe already; on a terminal all but our own colours is made so once more."""
        if self.shown:
            text = "".join(part if at % 2 else safe(part) for at, part in enumerate(_PAINT.split(text)))
        self.out.write(text + "\n")

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), cut: bool = True
    ) -> None:
        """Aligned columns under a dim head; on a terminal the last column is cut to fit, into a pipe it is whole.

        Args:
            head: names of the columns; left out where the output is not a terminal.
            rows: texts, as many as there are columns.
            right: places of the columns to align right.
            cut: whether the last column may be cut.
        """
        cells = [[safe_line(cell) for cell in row] for row in rows]
        shown = [[safe_line(name) for name in head], *cells] if self.shown else cells
        if not shown:
            return
        widths = [max(columns(row[place]) for row in shown) for place in range(len(head))]
        room = self.width - sum(widths[:-1]) - 2 * (len(head) - 1)
        for number, row in enumerate(shown):
            last = safe_line(row[-1], max(10, room)) if self.width and cut else row[-1]
            parts = [_padded(cell, widths[i], right=i in right) for i, cell in enumerate([*row[:-1], last])]
            line = "  ".join(parts).rstrip()
            self.raw(painted(line, "dim", self.out) if self.shown and number == 0 else line)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """A function to call with (done, total, what): bars on standard error, gone when it is over.

        They appear with the first call. Without a terminal there are none.
        """
        with contextlib.ExitStack() as closing:
            tasks: dict[str, TaskID] = {}
            bars: Bars | None = None

            def advance(done: int, total: int, what: str) -> None:
                nonlocal bars
                if not self._bars:
                    return
                if bars is None:
                    bars = closing.enter_context(_bars(self.err))
                if what not in tasks:
                    tasks[what] = bars.add_task(safe_line(what, 40), total=total or None)
                bars.update(tasks[what], completed=done, total=total or None)

            yield advance


def _bars(stream: TextIO) -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    what = TextColumn("{task.description}", markup=False)
    console = Console(file=stream)
    return Progress(what, BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=console, transient=True)


def painted(text: str, style: str, stream: TextIO) -> str:
    """`text` in a style where `stream` is a terminal that shows it (not with NO_COLOR or on a dumb one)."""
    plain = not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain or not text else f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def _padded(text: str, width: int, *, right: bool) -> str:
    gap = " " * max(0, width - columns(text))
    return gap + text if right else text + gap


def _is_unicode(stream: TextIO) -> bool:
    return (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "").startswith("utf")

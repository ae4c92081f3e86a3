"""Reading an export back, line by line, and taking it in batch by batch."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO

from memory.errors import UsageError
from memory.journal.records import Pinned, Restored, Titled
from memory.jsonlines import bounded_lines
from memory.portable.lines import VERSION, End, Header, ScopeLine
from memory.portable.reading import NewerError, read
from memory.portable.values import WrongLineError
from memory.secrets import Seen
from memory.types import Feedback, Message, Origin, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from memory.journal.records import Record
    from memory.memory import Memory
    from memory.portable.lines import Line

_LONGEST_LINE = 512 * 1024 * 1024
_BATCH = 500
_BATCH_CHARACTERS = 8_000_000
_KEPT_PROBLEMS = 20


@dataclass(slots=True)
class Report(Restored):
    """What a restoring did, as in `Restored`, and what it could not read.

    Attributes:
        problems: the first twenty, as (number of the line, what is wrong with it).
        wrong: how many there were in all.
    """

    problems: list[tuple[int, str]] = field(default_factory=list)
    wrong: int = 0

    def add(self, done: Restored) -> None:
        """Count in what a batch did."""
        for name in ("added", "known", "forgotten", "links", "verdicts", "pins"):
            setattr(self, name, getattr(self, name) + getattr(done, name))

    def problem(self, number: int, what: str) -> None:
        """Count in a line that cannot be read."""
        self.wrong += 1
        if len(self.problems) < _KEPT_PROBLEMS:
            self.problems.append((number, what))


@dataclass(frozen=True, slots=True)
class How:
    """How an export is taken in.

    Attributes:
        everywhere: put each scope of the file back into the one that it was exported from, instead of all into the
            memory's own.
        again: take in also what was forgotten.
        foreign: label every message as imported, whatever the file says of it, and take no pins: what somebody else
            pinned is not to stand before this user's model each time.
    """

    everywhere: bool = False
    again: bool = False
    foreign: bool = False


PLAINLY = How()


def restore(
    memory: Memory, stream: BinaryIO, name: str, how: How = PLAINLY, progress: Callable[[int], None] | None = None
) -> Report:
    """Take in the export that `stream` holds. What is known already is left as it is, so doing it twice is allowed.

    A line that cannot be read is passed over and counted. What was taken in stays when this is interrupted.

    Args:
        memory: where to.
        stream: read forward only, so that a pipe will do.
        name: what to call it in errors.
        how: see there.
        progress: called with the number of the line that was reached.

    Raises `UsageError` when it is no export, of a newer version, or of several scopes and not to go `everywhere`.
    """
    report = Report()
    taking = _Taking(memory, how, report)
    try:
        for number, line in check(stream, name, report):
            if number == 1 and isinstance(line, Header):
                _fits(line, name, how)
            taking.take(line)
            if progress and number % _BATCH == 0:
                progress(number)
        taking.write()
    finally:
        memory.written()
    return report


def check(stream: BinaryIO, name: str, report: Report) -> Iterator[tuple[int, Line]]:
    """The lines of an export that can be read, with their numbers; `report` is told of those that cannot.

    Raises `UsageError` when it is no export or of a newer version.
    """
    ended, number = False, 0
    for number, text in enumerate(bounded_lines(stream, _LONGEST_LINE), 1):
        if not text.strip():
            continue
        try:
            line = _read(text, number, name)
        except WrongLineError as wrong:
            report.problem(number, str(wrong))
            continue
        if isinstance(line, End):
            ended = True
            if line.lines != number:
                report.problem(number, f"it says that it is line {line.lines}: lines are missing or doubled")
        yield number, line
    if number == 0:
        raise UsageError(f"{name} is empty.", "Give a file that `recollect export` wrote.")
    if not ended:
        report.problem(number + 1, "the file ends before its last line: it is not whole")


def _read(text: bytes, number: int, name: str) -> Line:
    """One line; the first must say what the file is."""
    if len(text) > _LONGEST_LINE:
        raise WrongLineError(f"it is longer than {_LONGEST_LINE // 1024 // 1024} MB")
    try:
        line = read(text.removeprefix(b"\xef\xbb\xbf") if number == 1 else text)
    except NewerError as newer:
        raise UsageError(
            f"{name} was written by a newer recollect (format {newer.version}; this one reads up to {VERSION}).",
            "Install the newest recollect and import it with that; nothing was imported.",
        ) from newer
    except WrongLineError as wrong:
        if number == 1:
            raise UsageError(
                f"{name} is no export of recollect: of its first line, {wrong}.",
                "Give a file that `recollect export` wrote; `--format` names others.",
            ) from wrong
        raise
    if number == 1 and not isinstance(line, Header):
        raise UsageError(
            f"{name} is no export of recollect: its first line does not say so.", "`--format` names other formats."
        )
    return line


def _fits(header: Header, name: str, how: How) -> None:
    if not how.everywhere and len(header.scopes) > 1:
        raise UsageError(
            f"{name} holds {len(header.scopes)} profiles or projects: {', '.join(header.scopes[:10])}.",
            "Add --all-profiles to put each back in its place.",
        )


class _Taking:
    """Gathers records and writes them a batch at a time, each scope's to its own."""

    def __init__(self, memory: Memory, how: How, report: Report) -> None:
        self._memory = memory
        self._how = how
        self._report = report
        self._scope = memory.scope
        self._batch: list[Record] = []
        self._size = 0
        self._aliases: dict[str, str] = {}

    def take(self, line: Line) -> None:
        """Take in a line; what it holds is written with the batch that it belongs to."""
        match line:
            case Header() | End():
                return
            case ScopeLine(key):
                self.write()
                self._aliases = {}
                self._scope = Scope.of(key) if self._how.everywhere else self._memory.scope
                return
            case Message():
                if kept := self._screened(line):
                    self._size += len(kept.text)
                    self._batch.append(replace(kept, origin=Origin.IMPORT) if self._how.foreign else kept)
            case Pinned() if self._how.foreign:
                return
            case Titled(title=title, made=made):
                self._batch.append(replace(line, title=self._without(title), made=self._without(made)))
            case Feedback(cue=cue):
                self._batch.append(replace(line, cue=self._without(cue)))
            case _:
                self._batch.append(line)
        if len(self._batch) >= _BATCH or self._size >= _BATCH_CHARACTERS:
            self.write()

    def _screened(self, message: Message) -> Message | None:
        """The message as it may be written; None when it holds a secret and such are refused."""
        screen = self._memory.journal.screen
        seen = screen.offered(message.text) if screen else Seen(message.text)
        self._report.secrets += seen is None or bool(seen.kinds)
        return replace(message, text=seen.text) if seen and seen.kinds else message if seen else None

    def _without(self, text: str) -> str:
        """What is written beside messages, without the secrets that are not kept."""
        screen = self._memory.journal.screen
        return screen.without(text) if screen else text

    def write(self) -> None:
        """Write what was gathered."""
        if not self._batch:
            return
        cues = sorted({one.cue for one in self._batch if isinstance(one, Feedback) and one.cue.strip()})
        vectors = dict(zip(cues, self._memory.embedder.embed(cues), strict=True)) if cues else {}
        done = self._memory.journal.take_in(
            self._batch,
            self._scope,
            again=self._how.again,
            aliases=self._aliases,
            embedder=self._memory.embedder.name,
            vectors=vectors,
        )
        self._report.add(done)
        self._batch.clear()
        self._size = 0

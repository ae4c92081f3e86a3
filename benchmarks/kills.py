"""Kills a process at random moments while it talks, imports, rebuilds, forgets or backs up, and looks at what is left.

    python -m benchmarks kills 300 [--seed 7]

After each kill the memory is opened again as the next program would. The kill was survived if every message that was
acknowledged is there once and none that was forgotten, the journal is sound, and both indexes have come round to the
journal by themselves.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.workers import WORK, drained, restart, work
from memory.errors import RecollectError
from memory.upkeep import archive

_FRESH = 40
_OPENING = 0.25
_LONGEST = {"chat": 0.7, "import": 0.5, "rebuild": 1.2, "forget": 0.5, "backup": 0.4}


@dataclass
class Known:
    """What a home must hold after all that was acknowledged."""

    kept: dict[str, str] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    imported: set[str] = field(default_factory=set)

    def hear(self, lines: list[list[str]]) -> None:
        for kind, *rest in lines:
            if kind == "+":
                self.kept[rest[0]] = rest[1]
            elif kind == "?":
                self.unsure.add(rest[0])
            elif kind == "-":
                self.unsure.discard(rest[0])
                self.gone.add(rest[0])
            elif kind == "=":
                self.imported.update(map(str, range(int(rest[0]), int(rest[1]))))

    def complaints(self, found: dict[str, Any]) -> list[str]:
        """What is not as it should be, in words; empty when the kill was survived."""
        ids = [row[0] for row in found["messages"]]
        texts = Counter(
            row[1].split()[0] for row in found["messages"] if " reminds me " in row[1] or "secret" in row[1]
        )
        sources = Counter(row[2] for row in found["messages"] if row[2])
        passages = found["passages"]
        checks = {
            "the journal is not sound": not found["sound"],
            "acknowledged messages are lost": set(self.kept) - set(ids),
            "messages are there twice": [text for text in self.kept.values() if text != "-" and texts[text] > 1],
            "imported messages are lost": self.imported - set(sources),
            "imported messages are there twice": [source for source, many in sources.items() if many > 1],
            "forgotten messages came back": self.gone & set(ids),
            "the full-text index differs from the journal": found["words"] != passages,
            "the vector index differs from the journal": found["vectors"] != passages,
            "not everything is linked": not found["traced"],
        }
        return [what for what, wrong in checks.items() if wrong]


def main() -> int:
    """Kill as often as is asked, and print how many kills were survived; 1 when one was not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks kills", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("kills", nargs="?", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="ten kills, to see that it works")
    wish = parser.parse_args(sys.argv[2:])
    started = time.monotonic()
    tried: Counter[str] = Counter()
    lost: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (what, complaints) in enumerate(
            kill_often(Path(folder), 10 if wish.quick else wish.kills, wish.seed)
        ):
            tried[what] += 1
            if complaints:
                lost.append(f"kill {number} ({what}): {'; '.join(complaints)}")
                print(lost[-1], flush=True)
    total = sum(tried.values())
    print(", ".join(f"{what}: {count}" for what, count in sorted(tried.items())))
    print(f"survived {total - len(lost)} of {total} kills in {time.monotonic() - started:.0f} s (seed {wish.seed})")
    return 1 if lost else 0


def kill_often(folder: Path, kills: int, seed: int) -> Any:  # noqa: ANN401 - a generator of (what, complaints)
    """Kill and look, again and again; yields what was being done and what is wrong afterwards."""
    chance = random.Random(seed)
    context = multiprocessing.get_context(
        "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else None
    )
    if hasattr(context, "set_forkserver_preload"):
        context.set_forkserver_preload(["benchmarks.workers", "chromadb", "tantivy"])
    known, home = Known(), folder / "0"
    for number in range(kills):
        if number % _FRESH == 0:
            shutil.rmtree(home, ignore_errors=True)
            known, home = Known(), folder / str(number)
        what = list(WORK)[number % len(WORK)] if number >= 2 else ("chat", "import")[number]
        known.hear(_killed(context, what, home / "memory", f"r{number}", chance))
        complaints = known.complaints(_looked_at(context, home / "memory"))
        if (home / "kept.backup").exists():
            try:
                archive.check(home / "kept.backup")
            except RecollectError as error:
                complaints.append(f"the backup is not whole: {error}")
        yield what, complaints


def _killed(context: Any, what: str, memory: Path, run: str, chance: random.Random) -> list[list[str]]:  # noqa: ANN401
    """Start one kind of work, kill it at a random moment, and return what it had told."""
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(what, str(memory), run, writer), daemon=True)
    process.start()
    writer.close()
    heard: list[list[str]] = []
    if chance.random() > _OPENING:
        _wait_for_a_word(reader)
    process.join(chance.uniform(0, _LONGEST[what]))
    died = not process.is_alive()
    if not died:
        os.kill(process.pid, signal.SIGKILL)
    heard += drained(reader)
    process.join()
    reader.close()
    if died:
        raise RuntimeError(f"{what} ended by itself with {process.exitcode}")
    return heard


def _wait_for_a_word(reader: Any) -> None:  # noqa: ANN401
    """Wait until the process has said that it has begun, without taking what it says."""
    select.select([reader], [], [], 60)


def _looked_at(context: Any, memory: Path) -> dict[str, Any]:  # noqa: ANN401
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=restart, args=(str(memory), writer), daemon=True)
    process.start()
    writer.close()
    try:
        found: dict[str, Any] = reader.recv()
    except EOFError:
        process.join()
        found = {"messages": [], "sound": False, "passages": [], "words": None, "vectors": None, "traced": False}
    process.join(60)
    return found

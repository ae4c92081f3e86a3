"""`python -m benchmarks fuzz [N]`: hostile texts through every door, hostile files through every importer.

N inputs (100,000 unless another number is given) are shared out among the doors of `benchmarks.fuzz.doors`: texts put
together at random from pieces that do harm, and for the importers files of them. Where `atheris` is installed (extra
`fuzz`) N more files are made by it, guided by which lines of the importers they reach. What falls is printed whole.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.fuzz import texts
from benchmarks.report import quick

_DEFAULT = 100_000
_QUICK = 700
_SEED = 20_240_507
_SEEDS = 200
_SHOWN = 5
_DOORS = 7


def main() -> None:
    """Run them all; exits with 1 when something fell."""
    given = [int(each.replace(",", "")) for each in sys.argv[2:] if each.replace(",", "").isdigit()]
    count = _QUICK if quick() else given[0] if given else _DEFAULT
    fallen = _doors(-(-count // _DOORS))
    print(_guided(count))
    sys.exit(1 if fallen else 0)


def _doors(count: int) -> int:
    from benchmarks.fuzz import doors

    fallen: list[str] = []
    through: dict[str, Callable[[Any], None]] = {**doors.TEXT_DOORS, "imports": doors.imports}
    spent = dict.fromkeys(through, 0.0)
    source = random.Random(_SEED)
    for _ in range(count):
        text, data = texts.text(source), texts.lines(source)
        for name, door in through.items():
            given = data if name == "imports" else text
            begun = time.process_time()
            try:
                door(given)
            except Exception as error:  # noqa: BLE001  (whatever it is, it fell)
                fallen.append(name)
                if fallen.count(name) <= _SHOWN:
                    print(f"{name} fell on {given!r}: {type(error).__name__}: {str(error)[:500]}", flush=True)
            spent[name] += time.process_time() - begun
    print(f"{'door':<14} {'inputs':>9} {'survived':>9} {'ms each':>8}")
    for name, seconds in spent.items():
        print(f"{name:<14} {count:>9,} {count - fallen.count(name):>9,} {1000 * seconds / max(1, count):>8.2f}")
    print(f"{'all':<14} {count * len(spent):>9,} {count * len(spent) - len(fallen):>9,}", flush=True)
    return len(fallen)


def _guided(count: int) -> str:
    """The importers with atheris, in a process of its own, for it ends the one it runs in."""
    try:
        import atheris  # noqa: F401
    except ImportError:
        return "atheris is not installed (extra `fuzz`): the importers were not fuzzed by coverage"
    with tempfile.TemporaryDirectory() as folder:
        source = random.Random(_SEED)
        for number in range(_SEEDS):
            (Path(folder) / str(number)).write_bytes(texts.lines(source))
        options = [f"-runs={count}", f"-seed={_SEED}", "-max_len=2000", folder]
        command = [sys.executable, "-m", "benchmarks.fuzz.guided", *options]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    last = [line for line in ran.stderr.splitlines() if "DONE" in line or "Done" in line or "ERROR" in line]
    if ran.returncode != 0:
        print(ran.stdout[-2000:], ran.stderr[-3000:])
        sys.exit(1)
    return "importers, guided by coverage (atheris): " + " ".join(last)

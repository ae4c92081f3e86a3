"""Several processes on one memory: four that write and four that read, for minutes.

    python -m benchmarks writers --minutes 2 [--writers 4] [--readers 4]

Writers remember, hold conversations, and forget some of it; readers look for what was said last and note how long after
it was acknowledged they find it. Afterwards every acknowledged message must be there once, every forgotten one gone,
and both indexes equal to the journal. Any error of any process is told.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.workers import opened, restart
from memory.types import NewMessage, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

WITHIN = 2.0
"""Seconds after which what one process wrote must be recalled by the others."""

_A_WRITE_EACH = 0.05
_A_LOOK_EACH = 0.2
_FORGOTTEN = 40
_STARTING = 120


@dataclass
class Outcome:
    """What came of it.

    Attributes:
        written, forgotten: how many messages were acknowledged, and how many of these forgotten again.
        looks: how often a reader looked for what another process had just said.
        at_once: how often its first recall found it.
        seconds: from the acknowledgement to the end of the recall that found it, for each look; a reader looks for what
            all writers said in turn, so most of it is the time until it comes to this one.
        recalls: seconds that each recall took.
        troubles: what went wrong, in words.
    """

    written: int = 0
    forgotten: int = 0
    looks: int = 0
    at_once: int = 0
    recalls: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)


def main() -> int:
    """Let them work, and print what came of it; 1 when anything went wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks writers", description=__doc__.split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--quick", action="store_true", help="five seconds, to see that it works")
    wish = parser.parse_args(sys.argv[2:])
    seconds = 5.0 if wish.quick else wish.minutes * 60
    with tempfile.TemporaryDirectory() as folder:
        outcome = work_together(Path(folder) / "memory", seconds, wish.writers, wish.readers)
    late = sum(one > WITHIN for one in outcome.seconds)
    print(f"{wish.writers} writers and {wish.readers} readers for {seconds:.0f} s")
    print(f"writer-minutes {wish.writers * seconds / 60:.1f}; written {outcome.written}, forgotten {outcome.forgotten}")
    took = sorted(outcome.seconds) or [0.0]
    middle, nearly = took[len(took) // 2], took[int(len(took) * 0.99)]
    print(
        f"found by the others {len(outcome.seconds)} of {outcome.looks} times, {outcome.at_once} by their first recall"
    )
    print(f"seconds until then: median {middle:.2f}, 99 of 100 {nearly:.2f}, longest {took[-1]:.2f}; over 2: {late}")
    recalls = sorted(outcome.recalls) or [0.0]
    print(f"seconds of a recall: median {recalls[len(recalls) // 2]:.3f}, longest {recalls[-1]:.2f}")
    for trouble, many in Counter(outcome.troubles).items():
        print(f"wrong: {trouble} ({many} times)")
    print("nothing lost, nothing doubled, no error" if not outcome.troubles else f"{len(outcome.troubles)} troubles")
    return 1 if outcome.troubles else 0


def work_together(folder: Path, seconds: float, writers: int, readers: int, patience: float = 4 * WITHIN) -> Outcome:
    """Let writers and readers work on the memory in `folder` for some seconds, then look at what is there.

    A reader gives up looking for a message after `patience` seconds.
    """
    context: Any = multiprocessing.get_context(
        "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else None
    )
    if hasattr(context, "set_forkserver_preload"):
        context.set_forkserver_preload(["benchmarks.workers", "chromadb", "tantivy"])
    heard, said, ready = context.SimpleQueue(), context.SimpleQueue(), context.Barrier(writers + readers)
    latest = context.Manager().list([("", "", 0.0)] * writers)
    processes = [
        context.Process(target=_write, args=(str(folder), n, seconds, ready, latest, heard)) for n in range(writers)
    ]
    processes += [
        context.Process(target=_read, args=(str(folder), seconds, patience, ready, latest, said))
        for n in range(readers)
    ]
    for process in processes:
        process.start()
    kept: dict[str, str] = {}
    gone: set[str] = set()
    outcome = Outcome(troubles=[])
    for queue, many in ((heard, writers), (said, readers)):
        for _ in range(many):
            one = queue.get()
            kept |= one.get("kept", {})
            gone |= set(one.get("gone", ()))
            outcome.seconds += one.get("seconds", [])
            outcome.recalls += one.get("recalls", [])
            outcome.looks += one.get("looks", 0)
            outcome.at_once += one.get("at_once", 0)
            outcome.troubles += one["troubles"]
    for process in processes:
        process.join(60)
        if process.exitcode:
            outcome.troubles.append(f"a process ended with {process.exitcode}")
    outcome.written, outcome.forgotten = len(kept), len(gone)
    outcome.troubles += _compared(context, folder, kept, gone)
    return outcome


def _compared(context: Any, folder: Path, kept: dict[str, str], gone: set[str]) -> list[str]:  # noqa: ANN401
    reader, writer = context.Pipe(duplex=False)
    process = context.Process(target=restart, args=(str(folder), writer))
    process.start()
    found = reader.recv()
    process.join()
    ids = {row[0] for row in found["messages"]}
    texts = Counter(row[1] for row in found["messages"])
    checks = {
        "the journal is not sound": not found["sound"],
        "acknowledged messages are lost": set(kept) - gone - ids,
        "messages are there twice": [text for text, many in texts.items() if many > 1],
        "there are messages that nobody wrote": ids - set(kept),
        "forgotten messages came back": gone & ids,
        "the full-text index differs from the journal": found["words"] != found["passages"],
        "the vector index differs from the journal": found["vectors"] != found["passages"],
    }
    return [what for what, wrong in checks.items() if wrong]


def _write(folder: str, number: int, seconds: float, ready: Any, latest: Any, heard: Any) -> None:  # noqa: ANN401, PLR0917
    kept: dict[str, str] = {}
    gone: list[str] = []
    troubles: list[str] = []
    try:
        with opened(Path(folder)) as memory:
            ready.wait(_STARTING)
            turn, until = 0, time.time() + seconds
            while time.time() < until:
                token = f"zq{number}x{turn}"
                said = memory.remember(NewMessage(Role.USER, f"{token} was said by writer {number}", f"w{number}"))
                kept[said.id] = token
                if turn % _FORGOTTEN == _FORGOTTEN - 1:
                    memory.forget(messages=[said.id])
                    gone.append(said.id)
                elif turn % 4 == 0:
                    latest[number] = (said.id, token, time.time())
                turn += 1
                time.sleep(_A_WRITE_EACH)
    except Exception as error:  # noqa: BLE001 - all that goes wrong is told
        troubles.append(f"a writer failed {_where(error)}")
    heard.put({"kept": kept, "gone": gone, "troubles": troubles})


def _read(  # noqa: PLR0917
    folder: str,
    seconds: float,
    patience: float,
    ready: Any,  # noqa: ANN401
    latest: Sequence[tuple[str, str, float]],
    said: Any,  # noqa: ANN401
) -> None:
    took: list[float] = []
    recalls: list[float] = []
    seen: set[str] = set()
    troubles: list[str] = []
    looks = at_once = 0
    try:
        with opened(Path(folder)) as memory:
            ready.wait(_STARTING)
            until = time.time() + seconds
            while time.time() < until:
                for id_, token, when in list(latest):
                    if not id_ or id_ in seen:
                        continue
                    seen.add(id_)
                    looks += 1
                    tries = 0
                    while True:
                        tries += 1
                        began = time.time()
                        found = memory.recall(token, k=5)
                        recalls.append(time.time() - began)
                        if any(one.message.id == id_ for one in found.recollections):
                            took.append(time.time() - when)
                            at_once += tries == 1
                            break
                        if time.time() - when > patience:
                            troubles.append("what was said is not recalled by another process")
                            break
                    troubles.extend(found.notes)
                time.sleep(_A_LOOK_EACH)
    except Exception as error:  # noqa: BLE001 - as above
        troubles.append(f"a reader failed {_where(error)}")
    said.put({"seconds": took, "recalls": recalls, "at_once": at_once, "looks": looks, "troubles": troubles})


def _where(error: Exception) -> str:
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"in {Path(last.filename).name}, line {last.lineno}: {type(error).__name__}: {error}"

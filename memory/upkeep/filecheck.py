"""Examining folders and files: who may read them, what unfinished work left behind, whether there is room."""

from __future__ import annotations

import os
import re
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from memory.artifacts.files import megabytes
from memory.folders import writable
from memory.recall.personal import FILE as LEARNED
from memory.recall.personal import LearnedError, LearnedFile
from memory.upkeep.files import leftovers
from memory.upkeep.findings import Finding, Mend, fine, note, wrong
from memory.upkeep.restore import ASIDE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

PERMISSIONS, DISK, LEFT, LEARNED_PART = "permissions", "disk", "leftovers", "learned"
_LEAST, _LITTLE = 64 << 20, 1 << 30
_SHOWN = 3
_LEARNED_PART = re.compile(rf"{re.escape(LEARNED)}[A-Za-z0-9_]{{8}}")


def too_open(folders: Collection[Path]) -> list[Path]:
    """Folders and files of this user, in and with `folders`, that others may enter, read or write."""
    if os.name != "posix":
        return []
    found: list[Path] = []
    for folder in folders:
        for path in [folder, *_below(folder)]:
            try:
                about = path.lstat()
            except OSError:
                continue
            if not stat.S_ISLNK(about.st_mode) and about.st_mode & 0o077 and about.st_uid == os.geteuid():
                found.append(path)
    return found


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        yield from (Path(root, name) for name in (*folders, *files))


def foreign(folders: Collection[Path]) -> list[Path]:
    """Folders and files that belong to another user."""
    if os.name != "posix":
        return []
    found = []
    for folder in folders:
        for path in [folder, *_below(folder)]:
            try:
                if path.lstat().st_uid not in (os.geteuid(), 0):
                    found.append(path)
            except OSError:
                continue
    return found


def examine_permissions(folders: Collection[Path], shared: Collection[Path] = ()) -> Iterator[Finding]:
    """Whether everything in `folders` is the user's alone, and nothing in `shared` can be written by others."""
    open_ = too_open(folders)
    if open_:
        kinds = f"{len(open_)} {'is' if len(open_) == 1 else 'are'} open to others: {_named(open_)}"
        yield wrong(
            PERMISSIONS, kinds, "`recollect doctor --fix` makes them yours alone (0700, 0600).", Mend.PERMISSIONS
        )
    theirs = foreign(folders)
    if theirs:
        yield wrong(PERMISSIONS, f"{len(theirs)} belong to another user: {_named(theirs)}", "Change their owner.")
    loose = [path for path in shared if path.exists() and path.stat().st_mode & 0o022 and os.name == "posix"]
    if loose:
        yield wrong(PERMISSIONS, f"others may write to {_named(loose)}", "`chmod go-w` it.")
    locked = [path for path in folders if path.exists() and not writable(path)]
    if locked:
        yield wrong(PERMISSIONS, f"{_named(locked)} cannot be written", "Change the permissions.")
    if not (open_ or theirs or loose or locked):
        yield fine(PERMISSIONS, "every folder and file is yours alone")


def _named(paths: Collection[Path]) -> str:
    shown = ", ".join(str(path) for path in list(paths)[:_SHOWN])
    return shown + (f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else "")


def examine_disk(folder: Path) -> Iterator[Finding]:
    """Whether the disk has room for more."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        yield wrong(DISK, f"it cannot be asked for its free space: {error.strerror or error}", "Check the disk.")
        return
    if free < _LEAST:
        yield wrong(DISK, f"only {megabytes(free)} are free", "Free some space: nothing new can be kept soon.")
    elif free < _LITTLE:
        yield note(DISK, f"{megabytes(free)} are free", "Free some space before it runs out.")
    else:
        yield fine(DISK, f"{megabytes(free)} are free")


def left_behind(folder: Path, in_use: Collection[str]) -> list[Path]:
    """What may go without a loss: unfinished files of processes that are gone, and indexes that are not in use.

    Args:
        folder: the data folder.
        in_use: names of the index folders that are in use or being prepared.
    """
    if not folder.is_dir():
        return []
    found = set(leftovers(folder))
    for path in folder.iterdir():
        name = path.name
        owner = name.removesuffix(".lock").removesuffix(".seal").removesuffix(".id")
        unused = re.fullmatch(r"[\w.]+-[0-9a-z]{6}", owner) is not None and owner not in in_use
        if unused or _LEARNED_PART.fullmatch(name) or name in _FORMER:
            found.add(path)
    return sorted(found)


_FORMER = ("vectors.lock",)
"""What earlier versions made and this one does not use."""


def examine_leftovers(folder: Path, in_use: Collection[str]) -> Iterator[Finding]:
    """What is in the data folder and of no use, and memories that were set aside."""
    left = left_behind(folder, in_use)
    if left:
        todo = "`recollect doctor --fix` removes what no process uses."
        yield note(LEFT, f"{len(left)} of unfinished work: {_named(left)}", todo, Mend.LEFTOVERS)
    for path in sorted(folder.glob(f"{ASIDE}-*")):
        size = sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
        yield note(
            LEFT,
            f"{path} holds the memory that a restoring replaced ({megabytes(size)})",
            "Delete it when you do not want it back; forgetting does not reach it.",
        )


def examine_learned(folder: Path) -> Iterator[Finding]:
    """Whether what was learned from verdicts can be read."""
    try:
        LearnedFile(folder).latest("")
    except LearnedError as error:
        yield wrong(LEARNED_PART, error.message, "`recollect doctor --fix` moves it aside.", Mend.LEARNED)

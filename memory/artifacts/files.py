"""Files of the models folder: made for the user alone, placed whole or not at all, recognised by a receipt.

Beside each file `NAME` lies `NAME.receipt.json` with the size and sha256 it was verified with. A file with a receipt
and the right size is taken as it is; one without (copied there by hand) is hashed once.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, BinaryIO

from memory.errors import StorageError
from memory.folders import make_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from memory.artifacts.types import Progress

CHUNK = 1 << 20
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_SPARE = 16 << 20


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a file was when it was verified, and where it came from."""

    size: int
    sha256: str
    source: str


def receipt_path(path: Path) -> Path:
    """Where the receipt of a file is."""
    return path.with_name(f"{path.name}.receipt.json")


def read_receipt(path: Path) -> Receipt | None:
    """The receipt of a file; None when there is none that can be read."""
    try:
        kept = json.loads(receipt_path(path).read_text("utf-8"))
        return Receipt(int(kept["size"]), str(kept["sha256"]), str(kept["source"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_receipt(path: Path, sha256: str, source: str) -> None:
    """Record that a file was verified."""
    text = json.dumps(asdict(Receipt(path.stat().st_size, sha256, source)), indent=1)
    with new_file(receipt_path(path)) as file:
        file.write(text.encode())


def intact(path: Path) -> bool:
    """Whether a file has a receipt and the size that it says. Cheap: reads no more than the receipt."""
    receipt = read_receipt(path)
    try:
        return receipt is not None and path.stat().st_size == receipt.size
    except OSError:
        return False


def discard(path: Path) -> list[Path]:
    """Remove a file and its receipt; returns what was there. Raises `StorageError` when it cannot be removed."""
    gone = []
    with storage_errors(path):
        for each in (receipt_path(path), path):
            if each.exists() or each.is_symlink():
                each.unlink()
                gone.append(each)
    return gone


def sha256_of(path: Path, progress: Progress | None = None, what: str = "") -> str:
    """The sha256 of a file, in hexadecimal."""
    total, done, digest = path.stat().st_size, 0, hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
            done += len(block)
            if progress:
                progress(done, total, what)
    return digest.hexdigest()


def open_private(path: Path, *, append: bool = False, new: bool = False) -> BinaryIO:
    """Open a file for writing that only the user may read (0600); a `new` one may not be there, nor a link."""
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | (os.O_APPEND if append else os.O_TRUNC)
    flags |= os.O_EXCL if new else 0
    return os.fdopen(os.open(path, flags, 0o600), "ab" if append else "wb")


def place(temporary: Path, path: Path) -> None:
    """Give a whole file its name, so that it is there completely or not at all, also after a power cut."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.chmod(0o600)
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk, where the platform can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems cannot, and need not
            os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file that appears under its name only when the block ends well; a folder that others use is fine."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    temporary.unlink(missing_ok=True)
    try:
        with open_private(temporary, new=True) as file:
            yield file
        place(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def private_folder(path: Path) -> Path:
    """Make a folder for the user alone (0700) if it is not there. Raises `StorageError`."""
    with storage_errors(path):
        make_private(path)
    return path


def require_space(folder: Path, needed: int, what: str) -> None:
    """Raise `StorageError` when the disk has less than `needed` bytes free, and a little to spare."""
    free = shutil.disk_usage(folder).free
    if needed and free < needed + _SPARE:
        raise StorageError(
            f"{what} needs {megabytes(needed)} in {folder}, and the disk has {megabytes(free)} free.",
            "Free some space, or keep the models elsewhere with RECOLLECT_MODELS.",
        )


def megabytes(size: int) -> str:
    """A size for people: `94 MB`, `2.5 GB`."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"


def is_full(error: OSError) -> bool:
    """Whether an error says that the disk or the user's share of it is full."""
    return error.errno in _FULL


def full_disk(folder: Path) -> StorageError:
    """The error for a disk that filled up while a file was written."""
    return StorageError(
        f"The disk is full: {folder} cannot take the model file.",
        "Free some space, or keep the models elsewhere with RECOLLECT_MODELS.",
    )


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system says about `path` into a `StorageError`."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise full_disk(path.parent) from error
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Change its permissions, or keep the models elsewhere with RECOLLECT_MODELS.",
        ) from error

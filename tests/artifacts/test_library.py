"""The library: names of every form to files, and nothing outside of the models folder is ever touched."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from assistant.models import catalogue, library
from assistant.models.catalogue import CATALOGUE, DEFAULT, Fit, fits
from memory.errors import ArtifactError, StorageError, UsageError
from tests.artifacts.conftest import MODEL, leftovers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.artifacts.hub import Hub

NAME = "hf:owner/repo/model.gguf"


def named(folder: Path, name: str) -> library.Entry:
    return next(entry for entry in library.listing(folder) if entry.name == name)


@pytest.mark.parametrize("name", [NAME, "HF:owner/repo/sub/other.gguf", "embedded:hf:owner/repo/model.gguf"])
def test_a_file_of_the_hub_is_pulled_listed_resolved_and_removed(folder: Path, hub: Hub, name: str) -> None:
    assert library.resolve(name, folder) is None
    path = library.pull(name, folder)
    assert path.is_relative_to(folder)
    assert path.read_bytes()[:8] == MODEL[:8]
    assert library.resolve(name, folder) == path
    assert library.pull(name, folder) == path
    assert len(hub.ranges) == 1
    entry = named(folder, "hf:" + name.rpartition("hf:")[2].rpartition("HF:")[2])
    assert (entry.here, entry.size, entry.path) == (True, len(MODEL), path)
    assert path in library.remove(name, folder)
    assert library.remove(name, folder) == []
    assert library.resolve(name, folder) is None


def test_what_the_hub_has_under_the_name_must_be_a_model(folder: Path, hub: Hub) -> None:
    with pytest.raises(ArtifactError, match="not a GGUF"):
        library.pull("hf:owner/repo/liar.gguf", folder)
    assert leftovers(folder) == ["hf", "owner--repo"]


@pytest.mark.parametrize(
    "name",
    [
        "hf:owner/repo",
        "hf:owner/repo/notes.txt",
        "hf:owner/repo/../../../etc/x.gguf",
        "hf:../repo/x.gguf",
        "hf:owner/../x.gguf",
        "hf:owner/repo/model-00001-of-00003.gguf",
        "hf:",
    ],
)
def test_a_name_on_the_hub_that_cannot_be(folder: Path, name: str) -> None:
    for use in (library.pull, library.resolve, library.remove):
        with pytest.raises(UsageError):
            use(name, folder)
    assert not folder.exists()


def test_a_gguf_of_the_users_stays_where_it_is(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "My Model.gguf"
    mine.write_bytes(MODEL)
    assert library.pull(str(mine), folder) == mine
    entry = named(folder, "my-model")
    assert (entry.here, entry.path, entry.size) == (True, mine, len(MODEL))
    assert library.resolve("my-model", folder) == library.resolve("embedded:My-Model", folder) == mine
    assert library.pull("my-model", folder) == mine
    assert library.check_whole("my-model", folder)
    other = tmp_path / "other" / "My Model.gguf"
    other.parent.mkdir()
    other.write_bytes(MODEL)
    library.pull(str(other), folder)
    assert library.resolve("my-model-2", folder) == other
    assert library.remove("my-model", folder)
    assert library.remove(str(other), folder)
    assert mine.exists()
    assert other.exists()
    assert [entry.name for entry in library.listing(folder) if entry.path] == []


def test_a_linked_file_that_has_gone_is_said(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(MODEL)
    library.pull(str(mine), folder)
    mine.unlink()
    assert not named(folder, "mine").here
    with pytest.raises(ArtifactError, match="There is no file"):
        library.resolve("mine", folder)


@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF\x01\x00\x00\x00", b"PK\x03\x04" * 10])
def test_a_file_that_is_no_gguf_is_refused(folder: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match="not a GGUF"):
        library.pull(str(path), folder)
    assert not folder.exists()


def test_a_path_that_cannot_be_read_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="There is no file"):
        library.pull(str(tmp_path / "absent.gguf"), folder)
    (tmp_path / "folder.gguf").mkdir()
    with pytest.raises(StorageError, match="cannot be read"):
        library.pull(str(tmp_path / "folder.gguf"), folder)


def test_an_unknown_name_brings_the_nearest(folder: Path) -> None:
    for use in (library.pull, library.resolve, library.remove):
        with pytest.raises(UsageError, match="smolm2-135m") as caught:
            use("smolm2-135m", folder)
        assert "`smollm2-135m`" in caught.value.hint


def test_nothing_outside_of_the_folder_is_removed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "precious.gguf"
    outside.write_bytes(MODEL)
    for name in (str(outside), "../precious.gguf", f"{folder}/../precious.gguf"):
        assert library.remove(name, folder) == []
    assert outside.read_bytes() == MODEL


def test_the_default_model_is_what_it_says(default_model: Path, models_folder: Path, tmp_path: Path) -> None:
    """A damaged copy is found out, removed and never resolved."""
    real = default_model
    assert library.resolve(DEFAULT, models_folder) == real
    assert library.check_gguf(real) == real
    assert library.check_whole(DEFAULT, models_folder)
    for path in (real, real.with_name(f"{real.name}.receipt.json")):
        shutil.copy(path, tmp_path)
    copy = tmp_path / real.name
    with copy.open("r+b") as file:
        file.seek(50_000_000)
        file.write(b"damage")
    assert catalogue.resolve(DEFAULT, tmp_path) == copy
    assert not library.check_whole(DEFAULT, tmp_path)
    assert catalogue.resolve(DEFAULT, tmp_path) is None
    shutil.copy(real, tmp_path)
    with copy.open("r+b") as file:
        file.truncate(1000)
    assert catalogue.resolve(DEFAULT, tmp_path) is None


def test_the_catalogue_is_sound() -> None:
    assert DEFAULT in CATALOGUE
    assert len({file.artifact.file for file in CATALOGUE.values()}) == len(CATALOGUE)
    sizes = [file.artifact.size for file in CATALOGUE.values()]
    assert sizes == sorted(sizes)
    for name, file in CATALOGUE.items():
        assert file.name == name == file.artifact.name
        assert len(file.artifact.sha256) == 64
        assert file.artifact.hub is not None
        assert file.memory > file.artifact.size
        assert "/" not in file.artifact.file
    assert {file.profile for file in CATALOGUE.values()} == {"small", "large"}
    assert CATALOGUE[DEFAULT].profile == "small"


@pytest.mark.parametrize(("memory", "verdict"), [(1 << 30, Fit.YES), (4 << 30, Fit.TIGHT), (7 << 30, Fit.NO)])
def test_whether_a_machine_of_eight_gigabytes_could_run_it(memory: int, verdict: Fit) -> None:
    assert fits(memory, total=8 << 30, available=3 << 30) is verdict
    assert verdict.sentence


def test_this_machine_is_measured() -> None:
    assert fits(1) is Fit.YES
    assert fits(1 << 60) is Fit.NO

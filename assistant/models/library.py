"""The library: model files that are here or can be, by catalogue name, path or `hf:owner/repo/file.gguf`.

A GGUF given by its path stays where it is: the models folder keeps a small file with its path, nothing is copied, and
removing it removes that file alone. Everything else that is removed lies inside the models folder.
"""

from __future__ import annotations

import difflib
import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.models import readings
from assistant.models.catalogue import CATALOGUE, DEFAULT, ChatFile, Fit, fits, needed
from memory import artifacts
from memory.artifacts import Artifact, HubSource
from memory.artifacts.files import discard, new_file, private_folder, read_receipt, storage_errors
from memory.embeddings import LOCAL_NAMES, minilm
from memory.errors import ArtifactError, StorageError, UsageError
from memory.folders import expanded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memory.artifacts import Progress

DEFAULTS = "defaults"
"""The name that stands for all that is needed when nothing is set: the chat model and the embedder."""

_LINKS = "linked"
_HUB = "hf"
_HUB_NAME = re.compile(r"hf:(?P<repo>[\w.-]+/[\w.-]+)/(?P<file>(?:[\w.+-]+/)*[\w.+-]+\.gguf)", re.IGNORECASE)
_PART = re.compile(r"-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)
_LINK_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_HEADER = struct.Struct("<4sI")
_VERSIONS = (2, 3)


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the library.

    Attributes:
        name: what the user types.
        kind: `chat` or `embedder`.
        title: the model's own name, or where the file comes from.
        here: whether it is ready to be used.
        size: of its file when it is here, else of what would be pulled, in bytes.
        path: where it is; None when it is not here.
        licence, parameters, context: as in the catalogue; empty or 0 when not known.
        memory: bytes it needs to run; 0 when not known.
        fit: whether this machine could run it; None when not known.
        default: whether it is used when nothing is set.
    """

    name: str
    kind: str
    title: str
    here: bool
    size: int
    path: Path | None = None
    licence: str = ""
    parameters: int = 0
    context: int = 0
    memory: int = 0
    fit: Fit | None = None
    default: bool = False


def listing(models_folder: Path) -> list[Entry]:
    """What is here and what can be pulled: the embedder, the catalogue from small to large, then the user's own."""
    entries = [_embedder(models_folder)]
    entries += [_known(file, models_folder) for file in CATALOGUE.values()]
    entries += _pulled(models_folder)
    for name, path in _links(models_folder):
        size = path.stat().st_size if path.is_file() else 0
        entries.append(
            Entry(name, "chat", str(path), size > 0, size, path, memory=needed(size), fit=fits(needed(size)))
        )
    return entries


def resolve(name: str, models_folder: Path) -> Path | None:
    """The chat model's file if it is here: by catalogue name, linked name, path or `hf:…`. None when it must be pulled.

    Raises `UsageError` for a name that has none of these forms.
    """
    plain = _plain(name)
    if file := CATALOGUE.get(plain.lower()):
        return artifacts.present(file.artifact, models_folder)
    if plain.startswith("hf:"):
        return artifacts.present(_hub_artifact(plain), models_folder)
    linked = dict(_links(models_folder)).get(plain.lower())
    if linked:
        return check_gguf(linked)
    if _is_path(plain):
        return check_gguf(expanded(plain).absolute())
    raise _unknown(plain, models_folder)


def pull(name: str, models_folder: Path, progress: Progress | None = None) -> Path:
    """Get a model by name, ready to be used; returns its file (the embedder's folder for the embedder).

    Args:
        name: a catalogue name, `local` (the embedder), `defaults` (both; returns the chat model's file), a path to a
            GGUF (linked in place), or `hf:owner/repo/file.gguf`.
        models_folder: where model files are kept.
        progress: told (bytes done, bytes in all, what); what it raises ends the pull.

    Raises `UsageError` (unknown name), `ArtifactError` (cannot be had, not a GGUF) or `StorageError`.
    """
    plain = _plain(name)
    if plain.lower() == DEFAULTS:
        chat = pull(DEFAULT, models_folder, progress)
        pull(minilm.FOLDER, models_folder, progress)
        return chat
    if plain.lower() in LOCAL_NAMES:
        from memory.embeddings.local import LocalEmbedder

        LocalEmbedder(models_folder).prepare(progress)
        return models_folder / minilm.FOLDER
    if file := CATALOGUE.get(plain.lower()):
        return artifacts.fetch(file.artifact, models_folder, progress)
    if plain.startswith("hf:"):
        return _pull_from_hub(_hub_artifact(plain), models_folder, progress)
    linked = dict(_links(models_folder)).get(plain.lower())
    if linked:
        return check_gguf(linked)
    if _is_path(plain):
        return _link(expanded(plain).absolute(), models_folder)
    raise _unknown(plain, models_folder)


def remove(name: str, models_folder: Path) -> list[Path]:
    """Remove a model; returns the files that were removed, none when it was not here.

    Raises `UsageError` for an unknown name and `StorageError` when a file cannot be removed.
    """
    plain = _plain(name)
    if plain.lower() in LOCAL_NAMES:
        return minilm.remove(models_folder)
    if file := CATALOGUE.get(plain.lower()):
        return _discard(file.artifact, models_folder)
    if plain.startswith("hf:"):
        return _discard(_hub_artifact(plain), models_folder)
    for linked, path in _links(models_folder):
        if plain.lower() == linked or (_is_path(plain) and expanded(plain).absolute() == path):
            readings.drop(models_folder, path)
            return discard(_link_path(linked, models_folder))
    if _is_path(plain):
        return []
    raise _unknown(plain, models_folder)


def _discard(artifact: Artifact, models_folder: Path) -> list[Path]:
    if path := artifacts.present(artifact, models_folder):
        readings.drop(models_folder, path)
    return artifacts.discard(artifact, models_folder)


def check_whole(name: str, models_folder: Path) -> bool:
    """Whether a model's file has its right sha256, for when an engine cannot load it; a damaged one is removed.

    A linked file is the user's own: it is looked at, never removed.
    """
    plain = _plain(name)
    if file := CATALOGUE.get(plain.lower()):
        return artifacts.verify(file.artifact, models_folder)
    if plain.startswith("hf:"):
        return artifacts.verify(_hub_artifact(plain), models_folder)
    path = resolve(name, models_folder)
    return path is not None


def check_gguf(path: Path) -> Path:
    """The path, if a GGUF of a version that engines read lies there. Raises `ArtifactError` or `StorageError`."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER.size)
    except FileNotFoundError as error:
        raise ArtifactError(f"There is no file {path}.", "Check the path of the model.") from error
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}.", "Check its permissions.") from error
    if len(head) < _HEADER.size or head[:4] != b"GGUF" or _HEADER.unpack(head)[1] not in _VERSIONS:
        raise ArtifactError(f"{path} is not a GGUF model file.", "Give the path of a file in GGUF version 2 or 3.")
    return path


def _plain(name: str) -> str:
    """The name without `embedded:`, and `hf:` in lower case."""
    name = name.strip()
    if name.lower().startswith("embedded:"):
        name = name.partition(":")[2].strip()
    return f"hf:{name[3:]}" if name.lower().startswith("hf:") else name


def _is_path(name: str) -> bool:
    return name.lower().endswith(".gguf") or "/" in name or "\\" in name


def _unknown(name: str, models_folder: Path) -> UsageError:
    known = [*CATALOGUE, minilm.FOLDER, *(linked for linked, _ in _links(models_folder))]
    near = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"Did you mean `{near[0]}`? " if near else ""
    return UsageError(
        f"There is no model called {name!r}.",
        f"{hint}`recollect models` lists the names; a path to a GGUF or hf:owner/repo/file.gguf will do too.",
    )


def _embedder(models_folder: Path) -> Entry:
    files = minilm.installed(models_folder)
    here = any(minilm.ready(models_folder, precision) for precision in minilm.PRECISIONS)
    size = sum(each.stat().st_size for each in files) if here else minilm.WEIGHTS.size
    path = models_folder / minilm.FOLDER if here else None
    title, licence = minilm.NAME, minilm.WEIGHTS.licence
    return Entry(minilm.FOLDER, "embedder", title, here, size, path, licence, 22_700_000, 256, default=True)


def _known(file: ChatFile, models_folder: Path) -> Entry:
    path = artifacts.present(file.artifact, models_folder)
    return Entry(
        name=file.name,
        kind="chat",
        title=file.title,
        here=path is not None,
        size=file.artifact.size,
        path=path,
        licence=file.licence,
        parameters=file.parameters,
        context=file.context,
        memory=file.memory,
        fit=fits(file.memory),
        default=file.name == DEFAULT,
    )


def _pulled(models_folder: Path) -> Iterator[Entry]:
    """What was pulled by `hf:…`; the receipt tells its name."""
    for path in sorted((models_folder / _HUB).glob("*/*.gguf")):
        receipt = read_receipt(path)
        if receipt and receipt.source.startswith("hf:"):
            name = receipt.source.rpartition("@")[0]
            memory = needed(receipt.size)
            yield Entry(name, "chat", "", True, receipt.size, path, memory=memory, fit=fits(memory))


def _hub_artifact(name: str) -> Artifact:
    found = _HUB_NAME.fullmatch(name)
    if found is None or ".." in name:
        raise UsageError(f"{name!r} does not name a file on the hub.", "Write hf:owner/repo/file.gguf.")
    if _PART.search(name):
        raise UsageError(f"{name} is one of several parts of a model.", "Choose a model that is one file.")
    repo, file = found["repo"], found["file"]
    return Artifact(
        name=name,
        kind="chat",
        file=f"{_HUB}/{repo.replace('/', '--')}/{file.replace('/', '--')}",
        size=0,
        sha256="",
        licence="",
        hub=HubSource(repo, file),
    )


def _pull_from_hub(artifact: Artifact, models_folder: Path, progress: Progress | None) -> Path:
    path = artifacts.fetch(artifact, models_folder, progress)
    try:
        return check_gguf(path)
    except ArtifactError as error:
        artifacts.discard(artifact, models_folder)
        raise ArtifactError(f"{artifact.name} is not a GGUF model file.", "Choose another file.") from error


def _link(path: Path, models_folder: Path) -> Path:
    check_gguf(path)
    name = re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-._") or "model"
    taken = dict(_links(models_folder))
    for number in range(1, len(taken) + 2):
        free = name if number == 1 else f"{name}-{number}"
        if free not in CATALOGUE and free not in LOCAL_NAMES and taken.get(free, path) == path:
            break
    target = _link_path(free, models_folder)
    private_folder(target.parent)
    with storage_errors(target), new_file(target) as file:
        file.write(json.dumps({"path": str(path)}).encode())
    return path


def _link_path(name: str, models_folder: Path) -> Path:
    return models_folder / _LINKS / f"{name}.json"


def _links(models_folder: Path) -> Iterator[tuple[str, Path]]:
    """Linked names and the paths they stand for; what cannot be read is left out."""
    for file in sorted((models_folder / _LINKS).glob("*.json")):
        if not _LINK_NAME.fullmatch(file.stem):
            continue
        try:
            yield file.stem, Path(str(json.loads(file.read_text("utf-8"))["path"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue

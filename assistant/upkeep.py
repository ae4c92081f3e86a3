"""Looking after everything that recollect keeps: settings, prompts, models and the memory; and mending it.

What is examined here is what the memory does not know of; the memory itself is examined by `memory.upkeep`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memory.upkeep.findings import Finding, Mend, State, fine, note, wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

    from assistant.locations import Locations
    from assistant.settings import Settings
    from memory.artifacts.files import Receipt

    Progress = Callable[[int, int, str], None]

CONFIG, MODELS = "config", "models"


@dataclass(frozen=True, slots=True)
class House:
    """What is looked after.

    Attributes:
        where: all folders.
        environ: the environment, for settings.
        settings: of this run; the defaults when they cannot be read.
        trouble: what was wrong with the settings.
    """

    where: Locations
    environ: Mapping[str, str]
    settings: Settings
    trouble: tuple[Finding, ...] = field(default=())

    @classmethod
    def open(cls, environ: Mapping[str, str], overrides: Mapping[str, object] | None = None) -> House:
        """Everything of this environment, also when its settings are wrong."""
        from assistant.config import load_settings
        from assistant.locations import locations
        from assistant.settings import Settings
        from memory.errors import ConfigError

        where = locations(environ)
        try:
            return cls(where, environ, load_settings(where, environ, overrides))
        except ConfigError as error:
            return cls(where, environ, Settings(), (wrong(CONFIG, error.message, error.hint),))

    @property
    def folders(self) -> list[Path]:
        """Folders and files that must be the user's alone, of those that are there."""
        where = self.where
        found = [where.data, where.state, where.cache, where.prompts, where.config_file, where.keys_file]
        return [path for path in dict.fromkeys(found) if path.exists()]


def examine(house: House, progress: Progress | None = None) -> Iterator[Finding]:
    """All there is to say, part by part. Nothing is written."""
    from memory.upkeep.examine import examine as examine_memory
    from memory.upkeep.filecheck import examine_permissions

    yield from examine_config(house)
    yield from examine_permissions(house.folders, [house.where.models])
    chosen = house.settings.memory
    yield from examine_memory(house.where.data, chosen.store, chosen.store_options)
    yield from examine_missing(house)
    yield from examine_models(house.where.models, progress)


def examine_config(house: House) -> Iterator[Finding]:
    """Whether settings and the user's own prompts can be read."""
    import prompts
    from assistant.config import unknown_variables

    todo = "Take it out of the environment, or write it as it is meant."
    found = [*house.trouble, *(note(CONFIG, text.rstrip("."), todo) for text in unknown_variables(house.environ))]
    for profile in ("small", "large"):
        try:
            prompts.load(profile, house.where.prompts)
        except prompts.PromptError as error:
            found.append(wrong(CONFIG, error.message, error.hint))
    yield from dict.fromkeys(found)
    if not any(finding.state is State.WRONG for finding in found):
        file = house.where.config_file
        yield fine(CONFIG, str(file) if file.exists() else "the defaults: there is no config.toml")


def examine_missing(house: House) -> Iterator[Finding]:
    """Models that are wanted and not there: the embedder, which can be pulled, and files of the user's own."""
    from assistant.models.library import listing
    from memory.embeddings import LOCAL_NAMES

    local = house.settings.embeddings.lower() in LOCAL_NAMES
    for entry in listing(house.where.models):
        if entry.here:
            continue
        if entry.kind == "embedder" and local:
            todo = f"It is pulled when it is needed; `recollect models pull {entry.name}` does it now."
            yield note(MODELS, f"{entry.name}, which embeds, is not here", todo)
        elif entry.path is not None:
            todo = f"Put it back, or take the name out with `recollect models rm {entry.name}`."
            yield note(MODELS, f"{entry.name} is gone: there is no {entry.path}", todo)


def examine_models(folder: Path, progress: Progress | None = None) -> Iterator[Finding]:
    """Whether each model file is the one that was verified when it came, by its sha256."""
    from memory.artifacts.files import sha256_of
    from memory.upkeep.files import unfinished_files

    damaged = whole = 0
    for path, receipt in _received(folder):
        try:
            good = path.stat().st_size == receipt.size and sha256_of(path, progress, path.name) == receipt.sha256
        except OSError as error:
            yield wrong(MODELS, f"{path} cannot be read: {error.strerror or error}", "Check its permissions.")
            continue
        whole += good
        if not good:
            damaged += 1
            todo = "`recollect doctor --fix` removes it; it is pulled again when it is needed."
            yield wrong(MODELS, f"{path} is damaged", todo, Mend.MODELS)
    unfinished = len(unfinished_files(folder))
    if unfinished:
        yield note(MODELS, f"{unfinished} unfinished files", "`recollect doctor --fix` removes them.", Mend.MODELS)
    if not damaged:
        yield fine(MODELS, f"{whole} files, each with its checksum" if whole else "none are here yet")


def _received(folder: Path) -> Iterator[tuple[Path, Receipt]]:
    from memory.artifacts.files import read_receipt

    for noted in sorted(folder.rglob("*.receipt.json")):
        path = noted.with_name(noted.name.removesuffix(".receipt.json"))
        receipt = read_receipt(path)
        if receipt and path.exists():
            yield path, receipt


@dataclass(slots=True)
class Mended:
    """What was mended, in sentences."""

    done: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def mend(house: House, findings: Collection[Finding], progress: Progress | None = None) -> Mended:
    """Mend what the findings say can be mended without losing anything."""
    from memory.errors import RecollectError

    wanted = {finding.mend for finding in findings if finding.mend}
    mended = Mended()
    for what, work in _WORK.items():
        if what in wanted:
            try:
                mended.done.append(work(house, progress))
            except RecollectError as error:
                mended.failed.append(str(error))
    return mended


def _permissions(house: House, _: Progress | None) -> str:
    from memory.folders import tighten

    files = [path for path in house.folders if not path.is_dir()]
    changed = tighten([path for path in house.folders if path.is_dir()], files)
    return f"{len(changed)} folders and files are yours alone now"


def _leftovers(house: House, _: Progress | None) -> str:
    from memory.upkeep.examine import places
    from memory.upkeep.mend import tidy

    return f"{tidy(house.where.data, places(house.where.journal, house.settings.memory.store))} leftovers were removed"


def _models(house: House, progress: Progress | None) -> str:
    from memory.artifacts.files import discard, sha256_of
    from memory.upkeep.files import unfinished_files

    gone = 0
    for path, receipt in _received(house.where.models):
        if path.stat().st_size != receipt.size or sha256_of(path, progress, path.name) != receipt.sha256:
            discard(path)
            gone += 1
    for path in unfinished_files(house.where.models):
        path.unlink(missing_ok=True)
        gone += 1
    return f"{gone} damaged or unfinished model files were removed"


def _learned(house: House, _: Progress | None) -> str:
    from memory.upkeep.mend import set_learned_aside

    return f"what was learned was moved aside to {set_learned_aside(house.where.data).name}; learn anew"


def _vectors(house: House, _: Progress | None) -> str:
    from memory.journal import Journal

    journal = Journal.open(house.where.journal)
    try:
        journal.drop_broken_vectors()
    finally:
        journal.close()
    return "vectors that were none were removed, and are made anew"


def _scrub(house: House, _: Progress | None) -> str:
    from memory.errors import StorageError
    from memory.journal import Journal

    journal = Journal.open(house.where.journal)
    try:
        if not journal.scrub():
            raise StorageError("The journal is still read by another process.", "Close it and try again.")
    finally:
        journal.close()
    return "the journal's file was rewritten"


def _indexes(house: House, progress: Progress | None) -> str:
    from assistant.app import Assistant

    with Assistant(house.settings, house.where, house.environ) as assistant:
        assistant.rebuild(progress)
    return "the indexes were made anew from the journal"


_WORK: dict[Mend, Callable[[House, Progress | None], str]] = {
    Mend.PERMISSIONS: _permissions,
    Mend.LEFTOVERS: _leftovers,
    Mend.MODELS: _models,
    Mend.LEARNED: _learned,
    Mend.VECTORS: _vectors,
    Mend.INDEXES: _indexes,
    Mend.SCRUB: _scrub,
}
"""What is mended how, in this order."""


def enclosed(where: Locations) -> dict[str, Path]:
    """What goes into a backup beside the memory: settings and the user's own prompts, name -> path."""
    found = {"config.toml": where.config_file}
    for path in sorted(where.prompts.rglob("*.md")):
        found[f"prompts/{path.relative_to(where.prompts).as_posix()}"] = path
    return found


def put_back(where: Locations, files: Mapping[str, bytes]) -> tuple[list[Path], list[Path]]:
    """Write settings and prompts out of a backup; as (written, left as they are because others are there).

    Raises `StorageError`.
    """
    from memory.artifacts.files import new_file
    from memory.folders import private_folder
    from memory.upkeep.archive import enclosable
    from memory.upkeep.files import storage_errors

    written, left = [], []
    for name, content in files.items():
        if name == "learned.json" or not enclosable(name):
            continue
        path = where.config / name
        with storage_errors(path):
            if path.exists():
                if path.read_bytes() != content:
                    left.append(path)
                continue
            private_folder(path.parent)
            with new_file(path) as file:
                file.write(content)
        written.append(path)
    return written, left

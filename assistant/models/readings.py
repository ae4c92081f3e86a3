"""What the engine made of the beginning of a prompt, kept beside the models, so that the next start need not read it.

Instructions and examples are the same in every prompt of a kind, and reading them takes a small machine seconds. The
engine can write the state that its reading led to (the keys and values of attention) to a file, and take it up again in
some milliseconds. Nothing that anybody said stands in such a file: only what all prompts of a kind begin with.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import time
from dataclasses import replace
from importlib.metadata import version
from itertools import takewhile
from typing import TYPE_CHECKING

from assistant.events import PromptPart
from assistant.models import web
from memory.artifacts.files import discard, sha256_of
from memory.errors import RecollectError
from memory.folders import private_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.events import Prompt
    from assistant.models.process import EngineProcess

FOLDER = "readings"
"""In the models folder."""

_STABLE = ("system", "example")
_LEAST_CHARACTERS = 600
_MOST_BYTES = 192 << 20
_PART_SECONDS = 3600
_SUFFIX = ".reading"
_log = logging.getLogger(__name__)


def beginning(prompt: Prompt) -> Prompt | None:
    """What all prompts of this kind begin with, as a prompt of its own; None where that is read in no time."""
    stable = tuple(takewhile(lambda part: part.kind in _STABLE, prompt.parts))
    if sum(len(part.content) for part in stable) < _LEAST_CHARACTERS:
        return None
    if not prompt.completion:
        stable = (*stable, PromptPart("user", "Hello!", "message", 0))
    return replace(prompt, parts=stable, notes=(), left_out=(), stop=(), leaning=(), token_bias={})


class Readings:
    """The readings of one model file.

    Args:
        folder: as `prepare_folder` gives it.
        model: the model's file.
        seconds: patience with the engine.
        look: only take up what is there, and leave every file as it is.
    """

    def __init__(self, folder: Path, model: Path, seconds: float, *, look: bool = False) -> None:
        self.folder = folder
        self._look = look
        self._model = _mark(model)
        self._engine = version("xllamacpp")
        self._seconds = seconds

    def key(self, start: Prompt) -> str:
        """What a beginning is kept under: the model, the engine's version and the text, as hexadecimal digits."""
        texts = [text for part in start.parts for text in (part.role, part.content)]
        return f"{self._model}-{_digest(self._engine, 'page' if start.completion else 'chat', *texts)}"

    def restore(self, engine: EngineProcess, key: str, *, used: bool) -> bool:
        """Have the engine take up a reading; False when there is none that is whole. Blocks.

        Args:
            engine: what it holds is put aside in its own memory first.
            key: as `key` has it.
            used: whether it holds anything.

        A file that is damaged, or that the engine does not take, is removed.
        """
        for file in self._kept(key):
            try:
                if sha256_of(file) == file.stem.rpartition("-")[2]:
                    if used:
                        self._ask(engine, "/completion", {"prompt": " ", "n_predict": 1})
                    if self._ask(engine, "/slots/0?action=restore", {"filename": file.name}):
                        if not self._look:
                            os.utime(file)
                        return True
                if self._look:
                    continue
                _log.warning("%s is damaged or of another engine, and is removed", file)
                file.unlink(missing_ok=True)
            except OSError as error:
                _log.warning("%s could not be taken up: %s", file, error)
        return False

    def save(self, engine: EngineProcess, key: str, alone: Callable[[], bool]) -> None:
        """Keep what the engine has just read. Blocks.

        Args:
            engine: it has read the beginning, and nothing since.
            key: as `key` has it.
            alone: whether that is still so once the file is written; it is thrown away when not.
        """
        part = self.folder / f"{key}-{secrets.token_hex(4)}.part"
        try:
            if self._ask(engine, "/slots/0?action=save", {"filename": part.name}) and alone():
                part.replace(self.folder / f"{key}-{sha256_of(part)}{_SUFFIX}")
                self._tidy()
        except OSError as error:
            _log.warning("what the engine has read could not be kept in %s: %s", self.folder, error)
        finally:
            part.unlink(missing_ok=True)

    def _ask(self, engine: EngineProcess, path: str, body: dict[str, object]) -> bool:
        return web.ask(f"{engine.url}{path}", key=engine.key, seconds=self._seconds, body=body).status == 200

    def _kept(self, key: str) -> list[Path]:
        return list(self.folder.glob(f"{key}-*{_SUFFIX}"))

    def _tidy(self) -> None:
        """Remove what has not been used for longest when there is too much, and what was left half written."""
        for part in self.folder.glob("*.part"):
            if part.stat().st_mtime < time.time() - _PART_SECONDS:
                part.unlink(missing_ok=True)
        room = _MOST_BYTES
        for file in sorted(self.folder.glob(f"*{_SUFFIX}"), key=lambda file: -file.stat().st_mtime):
            room -= file.stat().st_size
            if room < 0:
                file.unlink(missing_ok=True)


def prepare_folder(models_folder: Path, *, make: bool) -> Path | None:
    """The folder for readings, where asked for made when it is not there; None when there is none."""
    folder = models_folder / FOLDER
    try:
        return folder if folder.is_dir() else private_folder(folder) if make else None
    except (OSError, RecollectError) as error:
        _log.info("what the engine reads is not kept: %s", error)
        return None


def drop(models_folder: Path, model: Path) -> None:
    """Remove the readings of a model file. Raises `StorageError` when one cannot be removed."""
    if model.is_file():
        for file in (models_folder / FOLDER).glob(f"{_mark(model)}-*"):
            discard(file)


def _mark(model: Path) -> str:
    about = model.stat()
    return _digest(model.name, str(about.st_size), str(about.st_mtime_ns))


def _digest(*texts: str) -> str:
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:24]

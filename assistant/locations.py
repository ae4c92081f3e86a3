"""Where everything lives: the whole story, in one place.

`RECOLLECT_HOME` moves everything; `RECOLLECT_MODELS` moves the model files alone. Without them the platform's own
folders are used. Folders are made for the user alone (0700) when they are first needed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import platformdirs

from memory.errors import ConfigError
from memory.folders import expanded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Locations:
    """The folders of one user.

    Attributes:
        config: `config.toml`, `prices.toml` and the user's own `prompts/` and `themes/`.
        data: `journal.db`, and the indexes that are made from it.
        models: model files, which may be pulled again at any time.
        state: the log, drafts and other traces of use.
        cache: what was computed and can be computed again; may be deleted at any time.
    """

    config: Path
    data: Path
    models: Path
    state: Path
    cache: Path

    @property
    def config_file(self) -> Path:
        """The user's settings."""
        return self.config / "config.toml"

    @property
    def keys_file(self) -> Path:
        """The names of the keys that are in the system's keyring."""
        return self.config / "keys"

    @property
    def prompts(self) -> Path:
        """The user's own prompts; a file here wins over the shipped one of the same name."""
        return self.config / "prompts"

    @property
    def prices(self) -> Path:
        """Prices of models of the user's own."""
        return self.config / "prices.toml"

    @property
    def themes(self) -> Path:
        """The user's own themes, a TOML file each."""
        return self.config / "themes"

    @property
    def drafts(self) -> Path:
        """What was being written when the program ended without being asked to."""
        return self.state / "drafts"

    @property
    def bench_cache(self) -> Path:
        """Vectors and answers of the sets that were measured."""
        return self.cache / "bench.db"

    @property
    def bench_features(self) -> Path:
        """What was measured of the sets that weights were fitted to."""
        return self.cache / "bench-features"

    @property
    def journal(self) -> Path:
        """The journal: the memory itself."""
        return self.data / "journal.db"

    @property
    def log_file(self) -> Path:
        """What the program and its engines log."""
        return self.state / "recollect.log"


def locations(environ: Mapping[str, str]) -> Locations:
    """The folders for this environment; nothing is made yet. Raises `UsageError` where there is no home folder."""
    home = environ.get("RECOLLECT_HOME", "").strip()
    if home:
        root = expanded(home).absolute()
        found = Locations(root, root / "memory", root / "models", root / "state", root / "cache")
    else:
        found = _of_the_platform()
    models = environ.get("RECOLLECT_MODELS", "").strip()
    if models:
        return replace(found, models=expanded(models).absolute())
    return found


def _of_the_platform() -> Locations:
    dirs = platformdirs.PlatformDirs("recollect", appauthor=False)
    try:
        return Locations(
            dirs.user_config_path,
            dirs.user_data_path,
            dirs.user_cache_path / "models",
            dirs.user_state_path,
            dirs.user_cache_path / "computed",
        )
    except RuntimeError as error:  # HOME is not set, and the user is not in the system's list
        raise ConfigError(
            "There is no home folder to keep anything in: HOME is not set, and this user has none.",
            "Set HOME, or RECOLLECT_HOME to a folder you may write to.",
        ) from error

"""API keys in the system's keyring, for those who would rather not have them in the environment.

A file beside config.toml lists the names of the keys that were put there, and nothing else; without it no keyring is
opened. What the environment has wins. The package `keyring` (extra `keyring`) knows the keyrings of macOS, Windows and
the Linux desktops.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from memory.errors import StorageError, UsageError
from memory.folders import private_folder, write_private

if TYPE_CHECKING:
    from pathlib import Path

SERVICE = "recollect"
"""What the keys are filed under in the keyring."""

_OWN = "RECOLLECT_API_KEY"


class Keys(Mapping[str, str]):
    """The environment, and for the names in `file` the keyring behind it; each is read when it is first asked for.

    Raises `StorageError` when a key is asked for and the keyring cannot be opened.
    """

    def __init__(self, environ: Mapping[str, str], file: Path) -> None:
        self._environ = environ
        self._names = names(file)
        self._read: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if self._environ.get(name) or name not in self._names:
            return self._environ[name]
        if name not in self._read:
            self._read[name] = _call("get_password", name) or ""
            if self._read[name] and self._environ is os.environ:
                os.environ.setdefault(name, self._read[name])  # where the clients of LangChain's providers look
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter({*self._environ, *self._names})

    def __len__(self) -> int:
        return len({*self._environ, *self._names})


def variable(name: str) -> str:
    """The variable that holds a provider's key: `OPENAI_API_KEY` for `openai`. Raises `UsageError` for another name."""
    from assistant.models.providers import PROVIDERS

    known = {key: one.key for key, one in PROVIDERS.items() if one.key} | {"server": _OWN}
    found = known.get(name.lower().replace("-", "_"), name.upper())
    if found not in known.values():
        raise UsageError(f"There is no key called {name!r}.", f"There are: {', '.join(sorted(known))}.")
    return found


def names(file: Path) -> tuple[str, ...]:
    """The names of the keys that are in the keyring."""
    try:
        return tuple(line.strip() for line in file.read_text("utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError):
        return ()


def put(name: str, key: str, file: Path) -> None:
    """Keep a key in the keyring. Raises `UsageError` for an empty one, `StorageError` when there is no keyring."""
    if not key.strip() or any(ord(each) < 32 for each in key.strip()):
        raise UsageError("That is no key.", "Paste the key alone, on one line.")
    _call("set_password", name, key.strip())
    _list({*names(file), name}, file)


def drop(name: str, file: Path) -> bool:
    """Take a key out of the keyring; whether it was there."""
    was = name in names(file)
    if was:
        with contextlib.suppress(UsageError):
            _call("delete_password", name)
        _list({*names(file)} - {name}, file)
    return was


def _list(found: set[str], file: Path) -> None:
    private_folder(file.parent)
    write_private(file, "".join(f"{name}\n" for name in sorted(found)))


def _call(what: str, *arguments: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError, PasswordDeleteError
    except ImportError as error:
        raise UsageError(
            "Keys in the system's keyring need the package keyring, which is not installed.",
            "Install it: pip install 'recollect[keyring]'. Or set the key in the environment.",
        ) from error
    try:
        done: Any = getattr(keyring, what)(SERVICE, *arguments)
    except PasswordDeleteError:
        return None
    except KeyringError as error:
        raise StorageError(
            f"The system's keyring cannot be used: {type(error).__name__}.",
            "Unlock it or start one, or set the key in the environment.",
        ) from error
    return str(done) if done else None

"""Writing in an editor of the user's own, while the interface steps aside."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

_CANDIDATES = ("sensible-editor", "nano", "vim", "vi", "emacs", "notepad")


def edited(aside: Callable[[], AbstractContextManager[object]], text: str, environ: Mapping[str, str]) -> str:
    """`text` after the user has changed it in `$VISUAL`, `$EDITOR` or the first editor that is here.

    It is written to a file for the user alone, which is removed again; in `aside` the terminal is free. Raises
    `UsageError` when there is no editor, it ends with an error, or the terminal cannot be handed over.
    """
    command = _command(environ)
    handle, name = tempfile.mkstemp(prefix="recollect-", suffix=".md")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        with aside():
            code = subprocess.run([*command, name], check=False).returncode
        if code:
            raise UsageError(f"{command[0]} ended with code {code}; the text is as it was.", "Set EDITOR to another.")
        return path.read_text(encoding="utf-8", errors="replace").removesuffix("\n")
    except SuspendNotSupported:
        raise UsageError(
            "This terminal cannot be handed over to an editor.", "Write here; Ctrl+J breaks lines."
        ) from None
    except OSError as error:
        raise UsageError(f"{command[0]} cannot be started: {error.strerror or error}.", "Set EDITOR.") from error
    finally:
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}~").unlink(missing_ok=True)


def _command(environ: Mapping[str, str]) -> list[str]:
    wanted = environ.get("VISUAL") or environ.get("EDITOR") or ""
    try:
        command = shlex.split(wanted, posix=os.name != "nt")
    except ValueError as error:
        raise UsageError(f"EDITOR is {wanted!r}: {error}.", "Set it to a command, such as nano.") from error
    if command:
        return command
    found = next((name for name in _CANDIDATES if shutil.which(name)), "")
    if not found:
        raise UsageError("There is no editor here.", "Set EDITOR to one, such as nano.")
    return [found]

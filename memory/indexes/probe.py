"""Trying an embedded store in a process of its own: one whose files are damaged may take its process with it.

    python -m memory.indexes.probe < {"store", "folder", "collection", "dimension", "options", "vectors"}

ends with 0 when the store opens, counts and searches.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from memory.store import StoreSpec

_log = logging.getLogger(__name__)
_SECONDS = 120


def survives(store: str, spec: StoreSpec, vectors: NDArray[np.float32]) -> bool:
    """Whether a store opens and searches for these vectors (shape (n, dimension)), tried in another process."""
    wish = {
        "store": store,
        "folder": str(spec.folder),
        "collection": spec.collection,
        "dimension": spec.dimension,
        "options": dict(spec.options),
        "vectors": vectors.tolist(),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "memory.indexes.probe"],
            input=json.dumps(wish),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            cwd=Path(__file__).parents[2],
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _log.warning("the store %s could not be tried: %s", store, error)
        return False
    if done.returncode:
        _log.warning("the store %s does not open: exit code %d", store, done.returncode)
    return done.returncode == 0


def main() -> int:
    """Open what standard input names, search, and close."""
    from memory.errors import RecollectError
    from memory.registry import load_store
    from memory.store import StoreSpec

    wish = json.load(sys.stdin)
    spec = StoreSpec(Path(wish["folder"]), wish["collection"], wish["dimension"], wish["options"])
    try:
        opened = load_store(wish["store"]).chosen(spec.options).open(spec)
        try:
            if opened.count():
                for vector in np.array(wish["vectors"], dtype=np.float32).reshape(-1, spec.dimension):
                    opened.search(vector, 1)
        finally:
            opened.close()
    except RecollectError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

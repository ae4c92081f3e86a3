"""The other process of `Trial.write_elsewhere`: opens a store, writes what standard input says, and dies at once."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path

import numpy as np

from memory.store import Entry, StoreSpec
from memory.testing.trial import DIED


def main() -> None:
    """Read what is wanted as JSON, write it, and end without closing anything."""
    wish = json.load(sys.stdin)
    module, _, names = wish["kind"].partition(":")
    kind = import_module(module)
    for name in names.split("."):
        kind = getattr(kind, name)
    options = wish["options"]
    spec = StoreSpec(Path(wish["folder"]), wish["collection"], wish["dimension"], options)
    store = kind.chosen(options).open(spec)
    store.upsert([Entry(id_, np.array(vec, dtype=np.float32), metadata) for id_, vec, metadata in wish["entries"]])
    store.set_identity(wish["identity"])
    os._exit(DIED)


if __name__ == "__main__":
    main()

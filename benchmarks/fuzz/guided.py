"""The importers under atheris: inputs are bent towards lines of the importers that none has reached yet."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["assistant.importers"]):
    from assistant.importers import jsonl  # noqa: F401

from benchmarks.fuzz.doors import imports


def main() -> None:
    """Run until the number of runs given on the command line; libFuzzer's own options hold."""
    atheris.Setup(sys.argv, imports)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

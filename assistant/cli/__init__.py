"""The command line: data on standard output, narration on standard error, exit codes as in `exits`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """The command `recollect`."""
    try:
        from assistant.cli.door import enter

        enter(sys.argv[1:])
    except KeyboardInterrupt:
        if sys.stderr is not None:
            sys.stderr.write("recollect: Interrupted.\n")
        os._exit(130)

"""`python -m assistant.cli` is the command `recollect`."""

from assistant.cli import main

main()

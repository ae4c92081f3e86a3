"""`python -m benchmarks NAME`: run one of the measuring programs, or list them."""

from __future__ import annotations

import sys
from importlib import import_module

_NAMES = {
    "startup": "recollect --help against a bare Python",
    "first_paint": "the UI's first frame against a bare Textual app, and its memory at rest",
    "stalls": "lateness of the UI's event loop and of keys, with 10 and with 1,000 messages",
    "soak": "1,000 messages through the keyboard: nothing lost, still quick, how much it grows",
    "monkey": "random keys, clicks, pastes and sizes: what goes wrong inside",
    "first_token": "time to the first token with and without prompt-cache reuse",
    "fit": "fit the weights of recall to sets of questions (extra `fit`)",
    "check_table": "make the table that `recollect learn` is checked with (extra `fit`)",
    "kills": "kill -9 at random moments of chat, import, rebuild, forget and backup: kills survived",
    "writers": "four writers and four readers on one memory: messages lost, time until others recall",
    "fuzz": "hostile texts and files through every door to the terminal and every importer (extra `fuzz`)",
    "stores": "recall through each vector store, beside the search without one",
    "message_cost": "what keeping a message costs: journal and indexes, against Chroma alone",
    "recall_cost": "recall time and import speed at 1,000 and 10,000 messages",
}


def main() -> int:
    """Run the named program; 2 when there is none of that name."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name not in _NAMES:
        print("usage: python -m benchmarks NAME\n\n" + "\n".join(f"  {key:<12} {what}" for key, what in _NAMES.items()))
        return 0 if name in ("", "--help", "-h") else 2
    import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

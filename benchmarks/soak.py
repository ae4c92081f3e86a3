"""A day's talk in one sitting: 1,000 messages through the keyboard, in a pseudo-terminal, with a model that streams.

Says whether all of them are in the journal in order, how long an exchange and a key took at the beginning and at the
end, and what the program weighs on the way.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time

from assistant.app import Assistant
from benchmarks.report import Figure, quick, show
from benchmarks.streaming import environment, streaming
from benchmarks.terminal import Terminal
from memory.types import Role

_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_EVERY = 100
_WORDS, _PAUSE = 24, 0.001


def _said(number: int) -> str:
    return f"Note {number}: the crate on shelf {number * 7 % 97} holds {number % 13} lamps."


def _talk(terminal: Terminal, exchanges: int) -> tuple[list[float], list[list[float]], list[float]]:
    """Seconds of each exchange; seconds of keys, and mebibytes, at the start and after every hundredth message."""
    exchange: list[float] = []
    keys: list[list[float]] = []
    weights: list[float] = []
    for number in range(exchanges + 1):
        if number % (_EVERY // 2) == 0:
            keys.append([])
            for letter in _LETTERS:
                terminal.type(letter)
                keys[-1].append(1000 * terminal.until(letter, 20))
            terminal.type("\x7f" * len(_LETTERS))
            weights.append(terminal.weight)
            print(f"  {2 * number:>5} messages: {weights[-1]:7.1f} MiB", file=sys.stderr)
        if number < exchanges:
            start = time.monotonic()
            terminal.type(_said(number) + "\r")
            terminal.until(f"Noted-{number}.", 60)
            terminal.until("takes it back", 60)
            exchange.append(1000 * (time.monotonic() - start))
    return exchange, keys, weights


def main() -> None:
    """Talk, look, print."""
    exchanges = 50 if quick() else 500
    with streaming(_WORDS, _PAUSE) as url, tempfile.TemporaryDirectory() as home:
        environ = environment(url, home)
        terminal = Terminal([sys.executable, "-m", "assistant.cli"], {**os.environ, **environ})
        terminal.until("recollect", 60)
        terminal.rest(8)
        exchange, keys, weights = _talk(terminal, exchanges)
        terminal.type("\x11")
        terminal.ended(30)
        with Assistant.open(environ) as assistant:
            (session,) = assistant.memory.sessions(10)
            kept = assistant.memory.session_messages(session.id)
            found = assistant.memory.recall(_said(3), k=1).recollections
    said = [one.text for one in kept if one.role is Role.USER]
    lost = sum(1 for number in range(exchanges) if number >= len(said) or said[number] != _said(number))
    print(f"{len(kept):,} messages kept, {lost} lost or out of order; the fourth is recalled: {bool(found)}")
    third = len(exchange) // 3
    parts = [
        Figure("the first third", exchange[:third], "ms"),
        Figure("the last third", exchange[-third:], "ms"),
    ]
    show("An exchange, from Enter to remembered", parts, parts[0].name)
    pressed = [Figure("at the beginning", keys[0], "ms"), Figure("at the end", keys[-1], "ms")]
    show("From a key to its letter on the terminal", pressed, pressed[0].name)
    show("Resident", [Figure("after 100 messages", [weights[1]], "MiB"), Figure("at the end", [weights[-1]], "MiB")],
         "after 100 messages")  # fmt: skip


if __name__ == "__main__":
    main()

"""Made-up talk of any length, the same for the same seed: for measuring cost, never quality."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from memory.types import NewMessage, Origin, Role

_WHO = ["Ana", "Ben", "my sister", "the landlord", "our neighbour", "Dr. Weiss", "Priya", "the new colleague"]
_DID = [
    "called about",
    "finally fixed",
    "lost",
    "bought",
    "is worried about",
    "wrote to me about",
    "gave away",
    "painted",
]
_WHAT = ["the old piano", "a leaking tap", "the trip to Lisbon", "two tickets", "the tax form", "a blue bicycle",
         "the garden fence", "her thesis", "the budget", "a box of letters", "the server migration",
         "his knee"]  # fmt: skip
_WHEN = ["yesterday", "last week", "on Monday", "before breakfast", "after the meeting", "in the spring", "at noon"]
_TAIL = ["and wants to know what I think.", "so I have to decide soon.", "which made me laugh.", "as I had feared.",
         "and it cost {n} euros.", "for the {n}th time.", "with {n} people watching.", "at number {n}."]  # fmt: skip


def talk(messages: int, seed: int = 7, session_length: int = 20) -> Iterator[NewMessage]:
    """`messages` messages of one to four sentences, in sessions of `session_length`, user and assistant in turn."""
    rng = random.Random(seed)
    start = datetime(2024, 1, 1, 8, tzinfo=UTC)
    for number in range(messages):
        text = " ".join(_sentence(rng) for _ in range(rng.randint(1, 4)))
        yield NewMessage(
            role=Role.ASSISTANT if number % 2 else Role.USER,
            text=text,
            session=f"talk/{number // session_length}",
            speaker="",
            time=start + timedelta(minutes=7 * number),
            source="talk",
            source_id=str(number),
            origin=Origin.IMPORT,
        )


def cues(count: int, seed: int = 11) -> list[str]:
    """`count` questions about such talk."""
    rng = random.Random(seed)
    return [f"What about {rng.choice(_WHAT)} that {rng.choice(_WHO)} {rng.choice(_DID)}?" for _ in range(count)]


def _sentence(rng: random.Random) -> str:
    parts = [rng.choice(_WHO), rng.choice(_DID), rng.choice(_WHAT), rng.choice(_WHEN), rng.choice(_TAIL)]
    sentence = " ".join(parts).format(n=rng.randint(2, 90))
    return sentence[0].upper() + sentence[1:]

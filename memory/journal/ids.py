"""Names of messages and sessions: short enough to read out, random enough never to meet."""

from __future__ import annotations

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 12


def new_id() -> str:
    """A fresh id of twelve characters (60 random bits; no i, l, o or u, which are misread)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))


def id_from(data: bytes) -> str:
    """The id that eight bytes mean: always the same for the same bytes."""
    number = int.from_bytes(data, "big")
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in range(LENGTH))


def is_id(text: str) -> bool:
    """Whether a text can be the id of a message."""
    return len(text) == LENGTH and set(text) <= set(_ALPHABET)

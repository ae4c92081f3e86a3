"""Names of messages and sessions: short enough to read out, random enough never to meet."""

from __future__ import annotations

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 12


def new_id() -> str:
    """A fresh id of twelve characters (60 random bits; no i, l, o or u, which are misread)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))

"""Findings: what an examination saw, how bad it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How bad a finding is."""

    FINE = "fine"
    NOTE = "note"
    """Worth knowing; nothing is wrong, or it puts itself right."""
    WRONG = "wrong"


class Mend(StrEnum):
    """What can be mended without losing anything."""

    PERMISSIONS = "permissions"
    LEFTOVERS = "leftovers"
    VECTORS = "vectors"
    """Vectors in the journal that are no vectors are made anew."""
    INDEXES = "indexes"
    """Both indexes, and what associations are made from, are made anew from the journal."""
    SCRUB = "scrub"
    MODELS = "models"
    LEARNED = "learned"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        part: what it is about: `journal`, `full text`, `vectors`, `associations`, `models`, …
        state: how bad it is.
        what: what was seen, in a sentence or a few words.
        todo: what to do; empty when nothing needs to be done.
        mend: what would mend it; None when nothing of the kind is needed or can be done.
    """

    part: str
    state: State
    what: str
    todo: str = ""
    mend: Mend | None = None


def fine(part: str, what: str) -> Finding:
    """All is well."""
    return Finding(part, State.FINE, what)


def note(part: str, what: str, todo: str = "", mend: Mend | None = None) -> Finding:
    """Worth knowing."""
    return Finding(part, State.NOTE, what, todo, mend)


def wrong(part: str, what: str, todo: str = "", mend: Mend | None = None) -> Finding:
    """Something is wrong."""
    return Finding(part, State.WRONG, what, todo, mend)

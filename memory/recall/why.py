"""From ranked candidates to recollections, each with its why: signals, shared words, the path from the cue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory.text import content_terms, shorten, term_spellings
from memory.types import Recollection, Step, Why

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memory.recall.fusion import Candidate
    from memory.types import Message

_LABEL = 60


def recollections(
    ranked: Sequence[Candidate],
    candidates: Mapping[int, Candidate],
    messages: Mapping[int, Message],
    exchanges: Mapping[str, tuple[Message, ...]],
    cue: str,
) -> tuple[Recollection, ...]:
    """The ranked candidates as recollections, in their order."""
    spelling = term_spellings(cue)
    order = dict.fromkeys(content_terms(cue))
    made = []
    for candidate in ranked:
        message = messages[candidate.seq]
        spelt = tuple(dict.fromkeys(spelling.get(term, term) for term in order if term in candidate.terms))
        why = Why(candidate.signals(), _path(candidate, candidates, messages, spelt), spelt)
        around = exchanges.get(message.exchange) or (message,)
        made.append(Recollection(message, around, round(candidate.score, 4), why))
    return tuple(made)


def _path(
    candidate: Candidate,
    candidates: Mapping[int, Candidate],
    messages: Mapping[int, Message],
    spelt: tuple[str, ...],
) -> tuple[Step, ...]:
    """How the cue led here: by itself, or through the neighbour that lifted it when that one matched better."""
    message = messages[candidate.seq]
    if candidate.through is not None:
        other = candidates[candidate.through[0]]
        if other.base > candidate.base and other.seq in messages:
            beside = messages[other.seq]
            kind = "words" if other.bm25 > 0 and other.coverage >= other.cosine else "meaning"
            label = shorten(beside.text, _LABEL)
            return (
                Step(kind, label, beside.id, round(other.base, 4)),
                Step("neighbour", label, message.id, round(candidate.through[1], 4)),
            )
    steps: list[Step] = []
    if spelt:
        steps.append(Step("words", ", ".join(spelt), message.id, round(candidate.coverage, 4)))
    if candidate.cosine > 0:
        steps.append(Step("meaning", shorten(message.text, _LABEL), message.id, round(candidate.cosine, 4)))
    return tuple(steps)

"""Cue: what did the evoking, taken apart: its vectors, terms, names and form, and what was said just before it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.known import loose_key
from memory.associations.names import names
from memory.journal.traces import TERM
from memory.recall.parts import parts_of, wordings_of
from memory.text import content_terms, cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from memory.indexes.embedding import Embedding
    from memory.journal import Journal

MOST_TERMS = 64
_LOOKUP_WORDS = 3
_ENDS = 4000
_CONTEXT_MESSAGES, _CONTEXT_WEIGHT = 4, 0.7
_CONTEXT_CHARACTERS = 2000
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE = re.compile(r"[^.!?。！？؟\n]+")
_ASKING = ("when", "where", "who", "how many", "how", "why", "which", "what")
_OPENS_ASKING = re.compile(
    r"(?:when|where|who|whom|whose|what|which|how|why|did|do|does|is|are|was|were|has|have|had|can|could|would|will"
    r"|should|in what|in which|on what)\b"
)
_OPENS_TELLING = re.compile(r"(?:i|i'm|i've|my|we|hi|hello|hey|yes|no|okay|ok|alright|thanks|that)\b")
_PAST = re.compile(r"\b(?:did|was|were|had|have i|has)\b")
_PLURAL = re.compile(r"\b(?:what|which) (?:\w+ )?\w+s\b|\ball\b|\blist\b|how many|different|various|between|order")
_SELF = frozenset(["i", "my", "me", "i'm", "i've", "we", "our", "us"])
_QUESTION_MARKS = ("?", "？", "؟")


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue, ready to be compared with messages.

    Attributes:
        text: as it was given; of a very long one its two ends.
        vectors: shape (1 or 2, dimension): of the cue, or of the two ends of a long one.
        mean: their mean, unit length.
        context: the mean with what was said just before mixed in, unit length; `mean` itself when nothing was.
        terms: its terms in order, at most `MOST_TERMS` distinct ones.
        distinct: those, each once.
        keys: their nodes' keys, below nought where no traced message has one.
        context_keys, context_terms: the same for the terms of what was said before; empty when nothing was.
        names: its names.
        parts: unit vectors of its parts, shape (parts, dimension); no rows when it is short or all of one piece.
        part_terms: of each part its distinct terms, as places in `distinct`.
        wordings: unit vectors of other wordings of it, shape (wordings, dimension).
        form: numbers that say what kind of utterance it is.
    """

    text: str
    vectors: NDArray[np.float32]
    mean: NDArray[np.float32]
    context: NDArray[np.float32]
    terms: tuple[str, ...]
    distinct: tuple[str, ...]
    keys: NDArray[np.int64]
    context_keys: NDArray[np.int64]
    context_terms: tuple[str, ...]
    names: frozenset[str]
    parts: NDArray[np.float32]
    part_terms: tuple[tuple[int, ...], ...]
    wordings: NDArray[np.float32]
    form: dict[str, float] = field(default_factory=dict)

    @property
    def is_lookup(self) -> bool:
        """Whether it is a few words alone, as one types them to look something up."""
        return len(_WORD.findall(self.text)) <= _LOOKUP_WORDS

    @property
    def has_context(self) -> bool:
        """Whether something was said before it."""
        return self.context is not self.mean


def ends(cue: str) -> str:
    """A cue, or the beginning and the end of a very long one."""
    return cue if len(cue) <= 2 * _ENDS else f"{cue[:_ENDS]}\n{cue[-_ENDS:]}"


def make_cue(text: str, said_before: Sequence[str], embedding: Embedding, journal: Journal, scope: int) -> Cue:
    """Take a cue apart. `said_before` is what precedes it in its session, the newest last; its last four count."""
    text = ends(text)
    spans = cut(text)
    chosen = spans if len(spans) <= 1 else [spans[0], spans[-1]]
    recent = [ends(one)[:_CONTEXT_CHARACTERS] for one in said_before[-_CONTEXT_MESSAGES:] if one.strip()]
    pieces = parts_of(text) if len(chosen) == 1 else ()
    named = names(text)
    others = wordings_of(text, named) if len(chosen) == 1 else ()
    embedded = embedding.embed([*(text[start:end] for start, end in chosen), *recent, *pieces, *others])
    vectors = np.stack(embedded[: len(chosen)]).astype(np.float32)
    mean = unit(vectors.mean(axis=0))
    context = mean
    if recent:
        told = embedded[len(chosen) : len(chosen) + len(recent)]
        context = unit(mean + _CONTEXT_WEIGHT * unit(np.mean(told, axis=0)))
    aspects = np.array(embedded[len(chosen) + len(recent) :], dtype=np.float32).reshape(-1, len(mean))
    terms = content_terms(text)
    distinct = tuple(dict.fromkeys(terms))[:MOST_TERMS]
    before = dict.fromkeys(term for one in reversed(recent) for term in content_terms(one))
    more = tuple(term for term in before if term not in distinct)[:MOST_TERMS]
    known = journal.node_keys(scope, TERM, [*distinct, *more])
    kept = set(distinct)
    place = {term: at for at, term in enumerate(distinct)}
    return Cue(
        text=text,
        vectors=vectors,
        mean=mean,
        context=context,
        terms=tuple(term for term in terms if term in kept),
        distinct=distinct,
        keys=_keys(distinct, known),
        context_keys=_keys(more, known),
        context_terms=more,
        names=frozenset(named),
        form=form_of(text),
        parts=aspects[: len(pieces)],
        part_terms=tuple(tuple(sorted({place[t] for t in content_terms(one) if t in place})) for one in pieces),
        wordings=aspects[len(pieces) :],
    )


def _keys(terms: Sequence[str], known: dict[str, int]) -> NDArray[np.int64]:
    return np.array([known[term] if term in known else loose_key(term) for term in terms], dtype=np.int64)


def unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """A vector at length one."""
    found: NDArray[np.float32] = (vector / (np.linalg.norm(vector) + 1e-9)).astype(np.float32)
    return found


def form_of(text: str) -> dict[str, float]:
    """What kind of utterance a text is, as numbers: its length, whether and what it asks, of whom it speaks.

    The question words are English; in other languages length, sentences and question marks are what there is.
    """
    lowered = text.strip().lower()
    words = _WORD.findall(lowered.replace("’", "'"))
    sentences = [one for one in _SENTENCE.findall(lowered) if one.strip()]
    many = max(1, len(words))
    opening = lowered[:60]
    form = {
        "words": math.log1p(len(words)),
        "sentences": math.log1p(len(sentences)),
        "one_sentence": float(len(sentences) == 1),
        "ends_asking": float(lowered.endswith(_QUESTION_MARKS)),
        "asks": float(any(mark in lowered for mark in _QUESTION_MARKS)),
        "exclaims": float("!" in lowered or "！" in lowered),
        "opens_asking": float(bool(_OPENS_ASKING.match(lowered))),
        "opens_telling": float(bool(_OPENS_TELLING.match(lowered))),
        "past": float(bool(_PAST.search(lowered))),
        "of_self": sum(word in _SELF for word in words) / many,
        "of_you": sum(word in ("you", "your") for word in words) / many,
        "plural": float(bool(_PLURAL.search(lowered))),
    }
    for asking in _ASKING:
        form["asks_" + asking.replace(" ", "_")] = float(bool(re.search(rf"\b{asking}\b", opening)))
    return form

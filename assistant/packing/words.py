"""Statements as words that can be compared: what carries no meaning is taken out, whatever could carry one is kept.

English fillers and contractions are known; in other languages texts are the same only when their words are.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from memory.stopwords import STOPWORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

_SENTENCE = re.compile(r"(?<=[.!?…。！？])\s+|(?<=[。！？])|\n+")
_TOKEN = re.compile(r"[+\-−]?\d+(?:[.,:/\-]\d+)*|[^\W_]+|[^\w\s.,;:!…\"'()\[\]{}–—\-_*。、・「」『』]")
_CONTRACTIONS = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(i)'m\b"), r"\1 am"),
    (re.compile(r"\b(you|we|they)'re\b"), r"\1 are"),
    (re.compile(r"\b(i|you|we|they)'ve\b"), r"\1 have"),
    (re.compile(r"\b(it|he|she|that|there|here|what|who|where)'s\b"), r"\1 is"),
)
_FILLING = "a an the hi hey hello oh ah wow ok okay well so just really very please also btw by way"
_FILLERS = frozenset(_FILLING.split())
_OPENINGS = re.compile(r"^(?:(?:please )?(?:remember|note|don't forget) (?:that )?|by the way,? |btw,? )")
_TURNING = "not no never none nobody nothing neither nor without"
NEGATIONS = frozenset(_TURNING.split())
"""Words that turn a statement into its opposite."""

_LIMITING = "yes now after before once only again still off on"
_KEPT = NEGATIONS | frozenset(_LIMITING.split())
_CHANGING = "now anymore longer instead changed change moved switched used actually meanwhile since new became turned"
CHANGES = frozenset(_CHANGING.split())
"""Words by which a statement may say that something is no longer as it was."""


def sentences(text: str) -> list[str]:
    """The sentences of a text, as they stand in it."""
    return [part for part in _SENTENCE.split(text) if part.strip()]


def words(sentence: str) -> tuple[str, ...]:
    """The words of a sentence in order, lower case, contractions written out, fillers and punctuation left out.

    Numbers keep their signs, and question marks, emoji and other signs count as words. Empty for nothing but fillers.
    """
    text = unicodedata.normalize("NFKC", sentence).casefold().replace("’", "'").strip()
    text = _OPENINGS.sub("", text)
    for pattern, plain in _CONTRACTIONS:
        text = pattern.sub(plain, text)
    return tuple(word for word in _TOKEN.findall(text) if word not in _FILLERS)


def content(found: Sequence[str]) -> list[str]:
    """Of some words those that tell what is said: no stop words, but those that turn or limit a meaning."""
    return [word for word in found if word not in STOPWORDS or word in _KEPT]

"""Grading: whether an answer says what it should, without a model that judges.

Answers are compared as in SQuAD (Rajpurkar et al. 2016): lower case, without punctuation and articles.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_ARTICLES = frozenset({"a", "an", "the"})
_WORD = re.compile(r"[^\W_]+")
_NOT = r"(?:n['’]?t| not)(?: really| actually| explicitly| specifically| directly| yet| ever)?"
_ABSTAINS = re.compile(
    rf"\b(?:i|we) (?:do|did|have|had|can|could|am|was){_NOT} (?:be )?(?:know|known|remember|recall|have|find|found|sure"
    r"|tell|told|say|determine|answer|see|seen|able|aware|certain)\b"
    r"|\bi can(?:not|['’]t) (?:remember|recall|find|tell|say|determine|answer|see)\b"
    r"|\bi['’]m not (?:sure|aware|certain)\b"
    rf"|\byou (?:(?:have|had|did|do){_NOT}|never) (?:told|tell|mention(?:ed)?|said|say|share[d]?|specif(?:y|ied)"
    r"|provided?|given?|gave)\b"
    rf"|\b(?:does|do|did|has|have){_NOT} (?:mention(?:ed)?|specify|state|provide|contain|include|indicate)\b"
    rf"|\b(?:is|are|was|were|been){_NOT} (?:been )?(?:mentioned|specified|stated|provided|discussed|available|known)\b"
    r"|\b(?:not|never) (?:been )?(?:explicitly |specifically )?(?:mentioned|specified|stated|provided|discussed)\b"
    r"|\bno (?:information|mention|record|memory|details|evidence|indication|answer)\b"
    r"|\b(?:unknown|unanswerable|cannot be (?:determined|answered))\b",
    re.IGNORECASE,
)


def words(text: str) -> list[str]:
    """The words that count, in order: lower case, without accents, punctuation and articles."""
    folded = "".join(each for each in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(each))
    return [word for word in _WORD.findall(folded) if word not in _ARTICLES]


def token_f1(answer: str, right: str) -> float:
    """Harmonic mean of precision and recall of the words of `answer` against those of the right one, 0 to 1.

    Two texts without any words agree.
    """
    said, wanted = Counter(words(answer)), Counter(words(right))
    if not said or not wanted:
        return float(said == wanted)
    shared = (said & wanted).total()
    return 2 * shared / (said.total() + wanted.total())


def contains(answer: str, right: str) -> bool:
    """Whether the right answer stands in `answer` as a run of whole words; False for a right answer without words."""
    wanted = words(right)
    said = words(answer)
    size = len(wanted)
    return bool(wanted) and any(said[start : start + size] == wanted for start in range(len(said) - size + 1))


def abstains(answer: str) -> bool:
    """Whether `answer` says, in English, that it does not know."""
    return bool(_ABSTAINS.search(answer)) or not words(answer)

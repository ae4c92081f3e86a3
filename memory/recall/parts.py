"""Parts of a long cue: its sentences, and the things that it lists, each to be looked for by itself.

"Considering my form validation, lazy loading and bounce rate, how do they …?" asks for several memories at once. One
vector of all of it lies somewhere between them and is near to none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memory.stopwords import STOPWORDS
from memory.text import content_terms

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_PARTS = 4
"""How many parts a cue is cut into at most; each costs an embedding and a search."""

_LEAST_TERMS, _TERMS_OF_A_PAIR = 5, 7
_MOST_WORDS = 24
_WORD = re.compile(r"[^\W_](?:[\w'’&-]*[^\W_])?")
_POSSESSIVE = re.compile(r"['’]s$")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")
_LIST = re.compile(r"\s*[,;:、，；،؛]\s*(?:(?:and|or|und|oder|et|ou|y|e)\s+)?|\s+(?:and|or|und|oder|et|ou)\s+")


def parts_of(text: str) -> tuple[str, ...]:
    """The parts of a cue in their order, at most `MOST_PARTS`; none when it is short or all of one piece.

    A cue of several sentences is cut into these, one of a single sentence where it lists things (at commas, "and", "or"
    and their like in some languages). What has fewer than two terms of its own belongs to the part before it; of too
    many parts those with the most terms are kept.
    """
    terms = len(set(content_terms(text)))
    if terms < _LEAST_TERMS:
        return ()
    pieces = _joined([one for one in _SENTENCE.split(text) if one and one.strip()])
    if len(pieces) < 2:
        pieces = _joined([one for one in _LIST.split(text) if one and one.strip()])
    if len(pieces) < 2 or (len(pieces) == 2 and terms < _TERMS_OF_A_PAIR):
        return ()
    if len(pieces) > MOST_PARTS:
        sizes = [len(set(content_terms(one))) for one in pieces]
        best = sorted(range(len(pieces)), key=lambda place: (-sizes[place], place))[:MOST_PARTS]
        pieces = [pieces[place] for place in sorted(best)]
    return tuple(pieces)


def _joined(pieces: list[str]) -> list[str]:
    """Pieces without their white space, those with fewer than two terms joined to the one before them."""
    found: list[str] = []
    for piece in (one.strip() for one in pieces):
        if found and len(set(content_terms(piece))) < 2:
            found[-1] = f"{found[-1]}, {piece}"
        else:
            found.append(piece)
    if len(found) > 1 and len(set(content_terms(found[0]))) < 2:
        found[1] = f"{found[0]}, {found[1]}"
        del found[0]
    return found


def wordings_of(text: str, names: Sequence[str]) -> tuple[str, ...]:
    """A short cue in other words: those of it that tell something, and these as if the first of its `names` said them.

    "What did Caroline research?" gives "Caroline research" and "Caroline: research", which is nearer to how passages
    of named speakers stand in the index. None for a long cue.
    """
    words = [_POSSESSIVE.sub("", word) for word in _WORD.findall(text)]
    if len(words) > _MOST_WORDS:
        return ()
    telling = [word for word in words if word.lower().split("'")[0] not in STOPWORDS]
    if not telling or len(telling) == len(words):
        return ()
    found = [" ".join(telling)]
    if names:
        of_name = set(names[0].split())
        rest = [word for word in telling if word.lower() not in of_name]
        said = [word for word in telling if word.lower() in of_name]
        if rest and said:
            found.append(f"{' '.join(said)}: {' '.join(rest)}")
    return tuple(found)

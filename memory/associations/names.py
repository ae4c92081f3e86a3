"""Names in a text, without a model: what is written with capitals inside a sentence, in quotation marks, in katakana.

Works where a script has capitals (a German noun counts as a name, which does no harm: it is common, and common ones
carry nothing); elsewhere quotation marks and katakana are what there is.
"""

from __future__ import annotations

import re
import unicodedata

from memory.stopwords import STOPWORDS

_WORD = re.compile(r"[^\W_](?:[\w’'&-]*[^\W_])?")
_JOINING = "of the de and for von van la le el del da du di der den dos das do bin al"
_JOINS = frozenset(_JOINING.split())
_OPENS = frozenset('.!?:;\n"“”«»‘*-–—#>()[]{}…·•。！？¿¡|/\\')
_QUOTED = re.compile(r"[“«「『《„]([^“”«»「」『』《》„\n]{2,60})[”»」』》“]")
_KATAKANA = re.compile(r"[\u30a1-\u30fa\u30fc]{3,}")
_POSSESSIVE = re.compile(r"['’]s$")
_CONTRACTED = re.compile(r"(\w+)['’](?:m|ll|ve|re|d|s|t)", re.IGNORECASE)
_LONGEST = 80
_MOST = 64
_TIMES = """
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
september october november december
"""
_MONTHS_AND_DAYS = frozenset(_TIMES.split())


def names(text: str) -> list[str]:
    """The names in a text, in lower case, each once, at most 64.

    A capitalised word at the beginning of a sentence counts only when more capitals follow it; of a name of three
    words or more the last two count as well. Days and months are times, not names.
    """
    found: dict[str, None] = {}
    for phrase in _phrases(text):
        lowered = [word.lower() for word in phrase]
        while lowered and lowered[0] in STOPWORDS:
            lowered = lowered[1:]
        _add(found, lowered)
        if len(lowered) > 2 and lowered[-2] not in _JOINS:
            _add(found, lowered[-2:])
    if not text.isascii():
        for match in _QUOTED.finditer(text):
            if len(words := match.group(1).lower().split()) <= 6:
                _add(found, words)
        for run in _KATAKANA.findall(text):
            _add(found, [run])
    return list(found)[:_MOST]


def speaker_name(speaker: str) -> str:
    """A speaker as a name: "Ana Lima (work)" -> "ana lima"."""
    return " ".join(re.sub(r"\(.*?\)", " ", speaker).lower().split())[:_LONGEST]


def _add(found: dict[str, None], words: list[str]) -> None:
    name = unicodedata.normalize("NFKC", " ".join(words))
    if 2 < len(name) <= _LONGEST and name not in STOPWORDS and name not in _MONTHS_AND_DAYS:
        found.setdefault(name)


def _phrases(text: str) -> list[list[str]]:
    """Runs of capitalised words, with small joining words between them ("Journal of Physics")."""
    phrases: list[list[str]] = []
    run: list[str] = []
    joins: list[str] = []
    opened = False
    end = -1

    def close() -> None:
        nonlocal run
        if run and (len(run) > 1 or not opened or _is_acronym(run[0])):
            phrases.append(run)
        run = []

    for match in _WORD.finditer(text):
        word = match.group()
        close_by = end >= 0 and text[end : match.start()] in (" ", "\u00a0")
        if not close_by:
            close()
            joins = []
        end = match.end()
        if word[0].isupper() and not _is_contraction(word):
            if not run:
                joins = []
                opened = _begins_sentence(text, match.start())
            run += [*joins, _POSSESSIVE.sub("", word)]
            joins = []
            if _POSSESSIVE.search(word):
                close()
        elif run and word in _JOINS and len(joins) < 2:
            joins.append(word)
        else:
            close()
            joins = []
    close()
    return phrases


def _is_contraction(word: str) -> bool:
    """Whether it is a stop word run together with another: I'm, We'll, That's, Don't."""
    match = _CONTRACTED.fullmatch(word)
    return match is not None and match.group(1).lower() in STOPWORDS


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _begins_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - 8) : start].rstrip(" \t\u00a0")
    return not before or before[-1] in _OPENS

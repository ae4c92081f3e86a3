"""Where an answer of a small model is ended: when it goes in circles, and after the sentence that was asked for."""

from __future__ import annotations

import re

_LONGEST = 200
_RUN = re.compile(r"([^\W_])\1{15}$")
_SHORT = "".join(rf"(?<!\b{word}\.)" for word in ("[A-Z]", "Mr", "Mrs", "Ms", "Dr", "Prof", "St", "vs", "etc", "No"))
_COMMA = re.compile(r"[,;]\s+|[,;]$")
_TWICE = re.compile(r"\b(?!had\b|that\b|very\b)([^\W\d_]{3,})\s+\1\b", re.IGNORECASE)
_LAST = re.compile(r"\b([^\W\d_]{3,})\s+([^\W\d_]*)$")
_NEXT_SENTENCE = re.compile(rf"(?<=[^\s.!?…])[.!?…]+[\"'”’)\]]*{_SHORT}(\s+)(?=[\"'“(\[]*[^\W_a-z])")


def repeats(text: str) -> bool:
    """Whether `text` ends in the same words said over and over: a long sentence three times, a short one four or six.

    So does a letter or a digit sixteen times in a row. Dashes, dots and blanks may be repeated at will, as in tables.
    """
    if _RUN.search(text):
        return True
    for length in range(3, min(_LONGEST, len(text) // 3) + 1):
        times = 6 if length < 12 else 4 if length < 40 else 3
        unit = text[-length:]
        if text.endswith(unit * times) and any(letter.isalpha() for letter in unit):
            return True
    return False


def first_sentence(text: str) -> str:
    """The first sentence of `text`, known to be whole when the next one has begun; else all of it."""
    found = _NEXT_SENTENCE.search(text)
    return text[: found.start(1)] if found else text


def _unrepeated(text: str, whole: bool) -> tuple[int, bool]:
    """How much of a list, item by item between commas, says nothing again; and whether something does.

    While it is not `whole`, its last item is only counted when it cannot become one that was said before.
    """
    said: set[str] = set()
    start = 0
    for found in (*_COMMA.finditer(text), None):
        item = text[start : found.start() if found else len(text)].strip(" .!?").casefold()
        open_ended = found is None and not whole
        if item and item in said and not open_ended:
            return len(text[:start].rstrip(" ,;")), True
        if open_ended and start and any(one.startswith(item) for one in said):
            return len(text[:start].rstrip(" ,;")), False
        said.add(item)
        start = found.end() if found else start
    return len(text), False


def _stuttered(text: str, whole: bool) -> tuple[int, bool]:
    """How much of a text comes before a word is said twice in a row ("Ana Ana"); and whether one is.

    While it is not `whole`, its last word is held back when it may become the one before it.
    """
    found = _TWICE.search(text)
    if found and (whole or found.end() < len(text)):
        return found.end(1), True
    last = _LAST.search(text)
    if last and not whole and last[1].casefold().startswith(last[2].casefold()):
        return last.end(1), False
    return len(text), False


class Ending:
    """Watches an answer that comes in pieces, and ends it where a small model has nothing more to say.

    Args:
        loops: end it when it repeats itself without end.
        one_sentence: end it after its first sentence, or at the first item of a list that it has said before.

    Attributes:
        over: whether the answer is to end here.
        circles: whether that is because it repeated itself.
    """

    def __init__(self, *, loops: bool, one_sentence: bool) -> None:
        self.over = False
        self.circles = False
        self._loops = loops
        self._one_sentence = one_sentence
        self._text = ""
        self._shown = 0

    def take(self, piece: str) -> str:
        """What may be shown now; what may turn out to be said again is held back until it is known."""
        self._text += piece
        if not self._one_sentence:
            self.over = self.circles = self._loops and repeats(self._text)
            return self._show(len(self._text))
        sentence = first_sentence(self._text)
        whole = len(sentence) < len(self._text)
        size, self.circles = min(_unrepeated(sentence, whole), _stuttered(sentence, whole))
        if self._loops and repeats(sentence):
            self.circles = True
        self.over = whole or self.circles
        return self._show(size)

    def end(self) -> str:
        """What was held back and is no repetition after all, when nothing more comes."""
        if self.over or not self._one_sentence:
            return ""
        return self._show(min(_unrepeated(self._text, whole=True), _stuttered(self._text, whole=True))[0])

    def _show(self, size: int) -> str:
        fresh = self._text[self._shown : size]
        self._shown = max(self._shown, size)
        return fresh

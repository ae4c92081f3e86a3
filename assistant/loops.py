"""Where an answer of a small model is ended: when it goes in circles, and after the sentence that was asked for."""

from __future__ import annotations

import re

_LONGEST = 200
_SHORT = "".join(rf"(?<!\b{word}\.)" for word in ("[A-Z]", "Mr", "Mrs", "Ms", "Dr", "Prof", "St", "vs", "etc", "No"))
_NEXT_SENTENCE = re.compile(rf"(?<=[^\s.!?…])[.!?…]+[\"'”’)\]]*{_SHORT}(\s+)(?=[\"'“(\[]*[^\W_a-z])")


def repeats(text: str) -> bool:
    """Whether `text` ends in the same words said over and over: a long sentence three times, a short one four or six.

    Dashes, dots and blanks may be repeated at will, as tables and code do.
    """
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


class Ending:
    """Watches an answer that comes in pieces.

    Args:
        loops: end it when it repeats itself without end.
        one_sentence: end it after its first sentence.

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

    def take(self, piece: str) -> str:
        """What of the next piece belongs to the answer."""
        before, self._text = len(self._text), self._text + piece
        if self._one_sentence:
            sentence = first_sentence(self._text)
            self.over = len(sentence) < len(self._text)
            piece = sentence[before:]
        if not self.over and self._loops and repeats(self._text):
            self.over = self.circles = True
        return piece

"""Notices when a small model repeats itself without end, so that the answer can be ended there."""

from __future__ import annotations

_LONGEST = 200


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

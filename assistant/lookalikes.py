"""What text looks like to a reader, rather than how it is written: for recognising what only pretends to be something.

Zero-width and other invisible characters are dropped, and characters that look like Latin letters or like brackets
become these. A few dozen are known by name; width and style variants fold by Unicode's compatibility forms (NFKC).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_INVISIBLE = ("Cf", "Mn", "Me", "Cc", "Cn", "Co", "Cs")
_KEPT = "\n\r\t"
_PLAIN = re.compile(r"[\n\r\t -~]*")
_SHAPES = {
    "<": "‹〈⟨˂❮❬〈ᐸ᚜",
    ">": "›〉⟩˃❯❭〉ᐳ᚛",
    "|": "¦∣│┃ǀ⎮⏐❘❙❚｜丨ı",
    "[": "【〔〖⟦⁅",
    "]": "】〕〗⟧⁆",
    "/": "⁄∕⟋╱",
    "_": "▁ˍ‿",
    ":": "ː˸։׃∶꞉：",
    "#": "♯⌗＃",
    "a": "аαɑ", "b": "Ьβ", "c": "сϲ", "d": "ԁ", "e": "еεҽ", "g": "ɡ", "h": "һ", "i": "іιɩӏ", "j": "ј", "k": "кκ",
    "m": "м", "n": "пη", "o": "оοσօ", "p": "рρ", "q": "ԛ", "r": "г", "s": "ѕ", "t": "тτ", "u": "υս", "v": "ѵν",
    "w": "ԝω", "x": "хχ", "y": "уγ", "z": "ᴢ",
}  # fmt: skip
_LOOKS_LIKE = {strange: plain for plain, many in _SHAPES.items() for strange in many}


def looks(text: str) -> str:
    """What `text` looks like, in lower case."""
    return text.lower() if _PLAIN.fullmatch(text) else text.translate(_TABLE)


def places(text: str) -> list[int]:
    """For each character of `looks(text)` the place in `text` where it comes from."""
    if _PLAIN.fullmatch(text):
        return list(range(len(text)))
    return [place for place, character in enumerate(text) for _ in _seen(character)]


class _Table(dict[int, str]):
    """Every character as it looks, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = _seen(chr(code))
        return self[code]


@lru_cache(maxsize=4096)
def _seen(character: str) -> str:
    """A character as it looks; nothing when it is invisible."""
    if character in _LOOKS_LIKE:
        return _LOOKS_LIKE[character]
    parts = []
    for each in unicodedata.normalize("NFKD", character):
        if unicodedata.category(each) in _INVISIBLE and each not in _KEPT:
            continue
        parts.append(_LOOKS_LIKE.get(each) or _LOOKS_LIKE.get(each.lower()) or each.lower())
    return "".join(parts)


_TABLE = _Table()

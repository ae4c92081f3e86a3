"""Text cut into passages and taken apart into terms; the one analysis that cue, scan and full-text index share.

A term is a word in lower case without accents, reduced to its stem by the English Snowball stemmer. Scripts written
without spaces between words (Chinese, Japanese, Thai, …) give overlapping pairs of characters, and Han characters
also by themselves.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

from memory.stopwords import STOPWORDS

if TYPE_CHECKING:
    from tantivy import TextAnalyzer

ANALYSIS = "3"
"""Version of the analysis: a full-text index made with another one is made anew."""

_LONGEST_TERM = 120
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_UNSPACED = f"[{_HAN}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\uac00-\ud7af]"
_UNSPACED_RUN = re.compile(f"{_UNSPACED}+")
_IS_HAN = re.compile(f"[{_HAN}]")

_MOST, _OVERLAP = 200, 40
_PIECE = re.compile(rf"\s+|{_UNSPACED}|[^\W_]{{1,24}}|\S")
_ABBREVIATION = "".join(rf"(?<!\b{word}\.)" for word in ("[A-Z]", "Mr", "Mrs", "Ms", "Dr", "Prof", "St", "vs", "etc"))
_SENTENCE_END = re.compile(rf"(?<![.!?…])[.!?…]++[\"'”’)\]]*+{_ABBREVIATION}(?=\s)|[。！？｡]++[」』”）]*+|\n")
_SURELY_SHORT = _MOST


@cache
def analyzer() -> TextAnalyzer:
    """The analysis of prepared text, as registered with the full-text index."""
    return _build(stop=False)


@cache
def _content_analyzer() -> TextAnalyzer:
    return _build(stop=True)


def _build(stop: bool) -> TextAnalyzer:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    builder = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.lowercase()).filter(Filter.ascii_fold())
    if stop:
        builder = builder.filter(Filter.custom_stopword(sorted(STOPWORDS)))
    return builder.filter(Filter.remove_long(_LONGEST_TERM)).filter(Filter.stemmer("english")).build()


def prepare(text: str) -> str:
    """Text as the analysis takes it: compatibility characters made one (NFKC), unspaced scripts cut into pairs."""
    if text.isascii():
        return text
    normal = unicodedata.normalize("NFKC", text)
    return _UNSPACED_RUN.sub(_pairs, normal).encode("utf-8", "replace").decode("utf-8")


def _pairs(run: re.Match[str]) -> str:
    """東京に -> 東京 京に 東 京, set off by spaces; a single character stays itself."""
    characters = run.group()
    if len(characters) == 1:
        return f" {characters} "
    pairs = [characters[i : i + 2] for i in range(len(characters) - 1)]
    return f" {' '.join([*pairs, *_IS_HAN.findall(characters)])} "


def terms(text: str) -> list[str]:
    """The terms of a text in order, repeated as they are."""
    return list(analyzer().analyze(prepare(text)))


def content_terms(text: str) -> list[str]:
    """The terms of a text without those of stop words ("the", "what", "my"); may be empty."""
    return list(_content_analyzer().analyze(prepare(text)))


def term_spellings(text: str) -> dict[str, str]:
    """Each term of a text with the spelling it first has there."""
    prepared = prepare(text)
    spellings: dict[str, str] = {}
    for token in analyzer().pre_tokenize(prepared).tokens:
        spellings.setdefault(token.text, prepared[token.char_offset_from : token.char_offset_to])
    return spellings


def cut(text: str) -> list[tuple[int, int]]:
    """Passages of a text as (start, end) in characters: short enough for an embedder that reads 256 tokens.

    A passage ends at the end of a sentence where there is one in its second half, else between words, else (in one very
    long word) anywhere. Each begins a little before the one before it ends, at a sentence where that is possible.
    Together they hold everything but the white space around them; a text without anything but white space has none.
    Takes linear time.
    """
    if len(text) <= _SURELY_SHORT:
        return _trimmed(text, [(0, len(text))])
    pieces = [(match.start(), match.end(), _tokens(match.group())) for match in _PIECE.finditer(text)]
    sums = [0, *accumulate(piece[2] for piece in pieces)]
    if sums[-1] <= _MOST:
        return _trimmed(text, [(0, len(text))])
    starts = [piece[0] for piece in pieces]
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    breaks = sorted({bisect_left(starts, end) for end in ends})
    spans = []
    first = 0
    while True:
        last = min(bisect_right(sums, sums[first] + _MOST) - 1, len(pieces))
        if last < len(pieces):
            half = bisect_left(sums, sums[first] + _MOST // 2)
            at = bisect_right(breaks, last) - 1
            last = breaks[at] if at >= 0 and breaks[at] > half else last
        spans.append((starts[first], pieces[last - 1][1]))
        if last >= len(pieces):
            return _trimmed(text, spans)
        back = bisect_left(sums, sums[last] - _OVERLAP)
        at = bisect_left(breaks, back)
        first = breaks[at] if at < len(breaks) and breaks[at] < last else back


def _tokens(piece: str) -> int:
    """How many tokens a word-piece tokenizer makes of a piece, at most or nearly so."""
    if piece.isspace():
        return 0
    if piece.isascii():
        return 1 + len(piece) // (7 if piece.isalpha() else 3)
    return len(piece)


def _trimmed(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans without white space at their ends, and without those that have nothing else."""
    kept = []
    for start, end in spans:
        inner = text[start:end]
        left = start + len(inner) - len(inner.lstrip())
        right = end - (len(inner) - len(inner.rstrip()))
        if left < right:
            kept.append((left, right))
    return kept


def shorten(text: str, most: int) -> str:
    """A text in one line of at most `most` characters, cut between words, with "…" where something is left out."""
    line = " ".join(text[: most * 4 + 40].split())
    if len(line) <= most and len(text) <= most * 4 + 40:
        return line
    head = line[: max(0, most - 1)]
    space = len(head) if line[len(head) : len(head) + 1] == " " else head.rfind(" ")
    return (head[:space] if space > most // 2 else head).rstrip(" ,;:") + "…"


_ROLES = frozenset({"", "user", "assistant", "system", "tool", "human", "ai"})


def is_named(speaker: str) -> bool:
    """Whether a speaker has a name of their own, and not only that of a part ("user")."""
    return speaker.strip().lower() not in _ROLES

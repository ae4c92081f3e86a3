"""Attribution: which recollections an answer leans on, and where, without asking a model.

A sentence of the answer leans on a note with which it shares what the question did not already say: words weighted by
their rarity in this memory, names and numbers among them. What shares no such word may lean by meaning: its vector and
the note's are near. It is a judgement of likeness; what a model really looked at it cannot know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from memory.associations.names import names
from memory.journal.traces import TERM
from memory.text import content_terms

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from memory.memory import Memory
    from memory.types import Recollection

    Shares = NDArray[np.float64]

SHARE = 0.3
"""A sentence leans on a note that has this share of what is new in it, by weight."""

NEAREST = 0.85
"""Of the notes a sentence leans on those count that have nearly as much of it as the best one."""

ALIKE = 0.6
"""By meaning a sentence leans on a note from this cosine on."""

_MOST_SENTENCES, _MOST_NOTES, _READ = 60, 24, 4000
_LEAST_WORDS = 3
_FENCE = re.compile(r"^ {0,3}(```|~~~).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_SENTENCE = re.compile(r"[^\n]*?(?:[.!?…。！？]+[*_\"'”’)\]]*(?=\s|$)|(?=\n)|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Attribution:
    """What an answer leans on.

    Attributes:
        notes: ids of the messages it leans on, in the order in which the answer comes to them; number n of a reference
            is the one at n - 1.
        strength: id -> the largest share of a sentence that the note has, from 0 to 1.
        places: (place in the answer in characters, numbers) of each reference, in order.
    """

    notes: tuple[str, ...] = ()
    strength: Mapping[str, float] = field(default_factory=dict)
    places: tuple[tuple[int, tuple[int, ...]], ...] = ()


def attribute(memory: Memory, answer: str, question: str, notes: Sequence[Recollection]) -> Attribution:
    """What `answer` to `question` leans on among the `notes` that stood in its prompt. For a thread: it embeds."""
    kept = list(notes)[:_MOST_NOTES]
    spans = sentences(answer)[:_MOST_SENTENCES]
    if not kept or not spans:
        return Attribution()
    words = [_words(text) for text in _texts(kept)]
    asked = _words(question)
    said = [_words(answer[start:end]) for start, end in spans]
    rarity = _rarity(memory, {word for some in said for word in some})
    shares = np.zeros((len(said), len(kept)))
    for row, some in enumerate(said):
        weigh = {word: rarity[word] for word in some - asked}
        total = sum(weigh.values())
        for column, has in enumerate(words):
            shares[row, column] = sum(weigh[word] for word in weigh.keys() & has) / total if total else 0.0
    lean = _leaning(shares)
    _by_meaning(memory, lean, [answer[start:end] for start, end in spans], kept, said)
    return _attribution(lean, [end for _, end in spans], [each.message.id for each in kept])


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of a text stand that say something, without those in blocks of code and in tables."""
    fenced = [found.span() for found in _FENCE.finditer(text)]
    spans = []
    for found in _SENTENCE.finditer(text):
        start, end = found.span()
        whole = found.group().strip()
        if not whole or whole.startswith(("|", "#", "    ")) or any(low <= start < high for low, high in fenced):
            continue
        if content_terms(whole):
            spans.append((start, end))
    return spans


def _texts(notes: Sequence[Recollection]) -> list[str]:
    """What each note says: the message, and of its exchange what is not a note of its own."""
    own = {each.message.id for each in notes}
    return [
        "\n".join(
            one.text[:_READ] for one in (each.message, *each.exchange) if one is each.message or one.id not in own
        )
        for each in notes
    ]


def _words(text: str) -> set[str]:
    return {*content_terms(text), *(term for name in names(text) for term in content_terms(name))}


def _rarity(memory: Memory, words: Collection[str]) -> dict[str, float]:
    scope = memory.journal.scope_key(memory.scope.key)
    keys = memory.journal.node_keys(scope, TERM, words)
    ordered = sorted(set(keys.values()))
    many = dict(zip(ordered, memory.journal.node_frequencies(np.array(ordered, dtype=np.int64)).tolist(), strict=True))
    total = max(2, memory.journal.trace_totals(scope)[0])
    return {word: float(np.log1p(total / max(1, many.get(keys.get(word, -1), 1)))) for word in words}


def _leaning(shares: Shares) -> Shares:
    """The shares that count: large enough, and nearly as large as the best of the sentence."""
    best = shares.max(axis=1, keepdims=True)
    kept: Shares = np.where((shares >= SHARE) & (shares >= NEAREST * best), shares, 0.0)
    return kept


def _by_meaning(
    memory: Memory,
    lean: Shares,
    texts: Sequence[str],
    notes: Sequence[Recollection],
    said: Sequence[set[str]],
) -> None:
    """Let each sentence that leans on nothing by its words lean on the note it is nearest to, if it is near."""
    rows = [row for row in range(len(texts)) if not lean[row].any() and len(said[row]) >= _LEAST_WORDS]
    vectors = memory.spreading.vectors([each.message.seq for each in notes])
    columns = [column for column, each in enumerate(notes) if each.message.seq in vectors]
    if not rows or not columns:
        return
    made = memory.embedder.embed([texts[row] for row in rows])
    for row, vector in zip(rows, made, strict=True):
        near = [float((vectors[notes[column].message.seq] @ np.asarray(vector)).max()) for column in columns]
        best = int(np.argmax(near))
        if near[best] >= ALIKE:
            lean[row, columns[best]] = near[best]


def _attribution(lean: Shares, ends: Sequence[int], ids: Sequence[str]) -> Attribution:
    numbers: dict[int, int] = {}
    places: list[tuple[int, tuple[int, ...]]] = []
    for row, end in enumerate(ends):
        columns = [int(column) for column in np.argsort(-lean[row], kind="stable") if lean[row, column] > 0]
        if columns:
            for column in columns:
                numbers.setdefault(column, len(numbers) + 1)
            places.append((end, tuple(sorted(numbers[column] for column in columns))))
    merged = [
        place for at, place in enumerate(places) if at + 1 == len(places) or places[at + 1][1] != place[1]
    ]  # of sentences in a row that lean on the same, the last is marked
    return Attribution(
        tuple(ids[column] for column in numbers),
        {ids[column]: round(float(lean[:, column].max()), 4) for column in numbers},
        tuple(merged),
    )

"""Examining the full-text index: its files by their checksums, and what it holds against the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory.errors import StorageError
from memory.indexes.segments import damage
from memory.indexes.words import WordIndex, state_names
from memory.journal.choices import LEXICON
from memory.lexicon import Lexicon
from memory.text import terms
from memory.upkeep.findings import Finding, Mend, fine, note, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from memory.journal import Journal

PART = "full text"
_TODO = "It is made anew while recollect is used; `recollect doctor --fix` does it now."
_SAMPLE = 64
_FOUND_AMONG = 200
_PAGE = 5000


def examine_words(journal: Journal, folder: Path) -> Iterator[Finding]:
    """What there is to say of it; nothing is written."""
    chosen = journal.chosen()
    index = WordIndex(journal, folder, chosen.words if chosen else LEXICON)
    newest, position = journal.last_passage(), index.position
    if not position:
        told = wrong if journal.index_state(state_names(index.place)[0]).position else note
        if newest:
            yield told(
                PART, "the index is not there, and the newest messages are searched directly", _TODO, Mend.INDEXES
            )
        else:
            yield fine(PART, "nothing to index")
        return
    broken = damage(index.path, {})
    if broken:
        yield wrong(PART, f"the index is damaged: {broken}", _TODO, Mend.INDEXES)
        return
    try:
        complaints = list(_compared(journal, Lexicon(index.path), position))
    except StorageError as error:
        complaints = [error.message]
    if complaints:
        yield wrong(PART, "; ".join(complaints), _TODO, Mend.INDEXES)
    if index.lag():
        yield note(PART, f"{index.lag():,} passages are not in it yet", "They are searched directly.")
    if not complaints:
        yield fine(PART, "every passage up to the newest is in it" if not index.lag() else "the rest is whole")


def _compared(journal: Journal, lexicon: Lexicon, position: int) -> Iterator[str]:
    held = set(lexicon.ids())
    wanted: set[int] = set()
    last = 0
    while page := journal.passages(last, _PAGE):
        wanted.update(passage.id for passage in page)
        last = page[-1].id
    missing = {one for one in wanted if one <= position} - held
    if missing:
        yield f"{len(missing):,} passages are missing from the index"
    stale = held - wanted - {passage for _, passage in journal.tombstones(0, 1 << 31)}
    if stale:
        yield f"the index holds {len(stale):,} passages that the journal does not"
    lost = 0
    sample = sorted(wanted & held)
    for passage in journal.passages_by_id(sample[:: max(1, len(sample) // _SAMPLE)]).values():
        words = terms(f"{passage.speaker}: {passage.text}")
        rare = sorted(set(words), key=lexicon.doc_freq)[:4]
        found = [id_ for id_, _ in lexicon.search(rare, passage.scope, _FOUND_AMONG)]
        lost += bool(rare) and passage.id not in found and len(found) < _FOUND_AMONG
    if lost:
        yield f"{lost} of a sample of {_SAMPLE} passages are not found by their own words"

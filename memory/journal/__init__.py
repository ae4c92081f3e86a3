"""The journal: all that was said, word for word, in one SQLite file. The truth that indexes are made from."""

from memory.journal.ids import new_id
from memory.journal.indexes import IndexState
from memory.journal.journal import Journal
from memory.journal.vectors import VectorRows

__all__ = ["IndexState", "Journal", "VectorRows", "new_id"]

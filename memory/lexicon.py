"""Lexicon: the full-text index of passages on tantivy, ranked by BM25.

It holds the terms of "speaker: text" under the passage's id and scope, and no text. Readers in any process see the last
commit; one process at a time writes.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

from memory.errors import StorageError
from memory.folders import narrow, private_folder
from memory.text import analyzer, prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from memory.types import Passage

_COLLECTIONS = 20
_HEAP = 30_000_000
_TOKENIZER = "recollect"


class Lexicon:
    """The index in one folder. Raises `StorageError` when it cannot be read or written.

    Args:
        path: its folder, readable by the user alone; made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        from tantivy import Index, SchemaBuilder

        self._path = path
        builder = SchemaBuilder()
        builder.add_unsigned_field("id", indexed=True, fast=True)
        builder.add_text_field("scope", tokenizer_name="raw", index_option="basic")
        builder.add_text_field("key", tokenizer_name=_TOKENIZER, index_option="freq")
        self._schema = builder.build()
        with self._explaining("opened"):
            if not (path / "meta.json").exists():
                private_folder(path)
                self._index = Index(self._schema, path=str(path))
            else:
                self._index = Index.open(str(path))
            self._index.register_tokenizer(_TOKENIZER, analyzer())
            self._searcher = self._index.searcher()
            self._narrow()

    def _narrow(self) -> None:
        """Keep tantivy's files, and its locks, to the user alone; it makes them with the usual permissions."""
        for path in self._path.iterdir():
            with suppress(FileNotFoundError):
                narrow(path)
        self._seen = (0, 0, 0)

    def reload(self) -> None:
        """See what was committed last, here or by another process."""
        with self._explaining("read"):
            # A commit replaces this file, which takes longer to read than to look at.
            seen = (self._path / "meta.json").stat()
            state = (seen.st_mtime_ns, seen.st_ino, seen.st_size)
            if state != self._seen:
                self._index.reload()
                self._searcher = self._index.searcher()
                self._seen = state

    @property
    def num_docs(self) -> int:
        """How many passages it holds."""
        return int(self._searcher.num_docs)

    def ids(self) -> list[int]:
        """The passages it holds, in ascending order."""
        from tantivy import Query

        with self._explaining("read"):
            most = max(1, self.num_docs)
            hits = self._searcher.search(Query.all_query(), most, count=False).hits
            found = self._searcher.fast_field_values("id", [address for _, address in hits])
        return sorted(int(id_ or 0) for id_ in found)

    def doc_freq(self, term: str) -> int:
        """In how many passages a term stands; those removed count until their files are merged."""
        with self._explaining("read"):
            return int(self._searcher.doc_freq("key", term))

    def search(self, terms: Sequence[str], scope: str, k: int) -> list[tuple[int, float]]:
        """The `k` best passages of `scope` that have any of `terms`, as (passage id, BM25 score), best first."""
        from tantivy import Occur, Query

        if not terms:
            return []
        searcher = self._searcher
        with self._explaining("read"):
            any_term = [
                (Occur.Should, Query.term_query(self._schema, "key", term, "freq")) for term in dict.fromkeys(terms)
            ]
            in_scope = Query.const_score_query(Query.term_query(self._schema, "scope", scope, "basic"), 0.0)
            query = Query.boolean_query([(Occur.Must, in_scope), (Occur.Must, Query.boolean_query(any_term))])
            hits = searcher.search(query, k, count=False).hits
            ids = searcher.fast_field_values("id", [address for _, address in hits])
        return [(int(id_ or 0), float(score)) for id_, (score, _) in zip(ids, hits, strict=True)]

    def update(self, passages: Sequence[Passage], gone: Sequence[int]) -> None:
        """Add the passages that follow what it holds and remove those with the ids in `gone`, in one commit.

        What an interrupted update left from the first of the passages on is replaced.
        """
        from tantivy import FieldType, Query

        with self._writer() as writer:
            if passages:
                after = Query.range_query(self._schema, "id", FieldType.Unsigned, lower_bound=passages[0].id)
                writer.delete_documents_by_query(after)
            self._add(writer, passages)
            if gone:
                writer.delete_documents_by_query(Query.term_set_query(self._schema, "id", list(gone)))

    def rewrite(self, batches: Iterable[Sequence[Passage]]) -> None:
        """Replace everything in one commit, after which no file holds a term of what was there before alone.

        Files that another thread still reads are let go of a moment later, so it is tried again for a second.
        """
        before = set(self._path.glob("*.*")) - {self._path / "meta.json"}
        with self._writer() as writer:
            writer.delete_all_documents()
            self._add(writer, chain.from_iterable(batches))
        pause = threading.Event()
        for _ in range(_COLLECTIONS):
            with self._writer() as writer:
                writer.garbage_collect_files()
            if not any(path.exists() for path in before if not path.name.startswith(".")):
                return
            pause.wait(0.05)

    def _add(self, writer: Any, passages: Iterable[Passage]) -> None:  # noqa: ANN401 - tantivy has no types
        from tantivy import Document

        for passage in passages:
            document = Document()
            document.add_unsigned("id", passage.id)
            document.add_text("scope", passage.scope)
            document.add_text("key", prepare(f"{passage.speaker}: {passage.text}"))
            writer.add_document(document)

    @contextmanager
    def _writer(self) -> Iterator[Any]:
        """A writer whose work is committed when the block ends and undone when it raises."""
        with self._explaining("written"):
            writer = self._index.writer(heap_size=_HEAP, num_threads=1)
            try:
                yield writer
                writer.commit()
            except BaseException:
                writer.rollback()
                raise
            finally:
                writer.wait_merging_threads()
                self._narrow()
        self.reload()

    @contextmanager
    def _explaining(self, done: str) -> Iterator[None]:
        try:
            yield
        except (ValueError, OSError, RuntimeError, TypeError, OverflowError) as error:
            raise StorageError(
                f"The full-text index at {self._path} cannot be {done}: {error}.",
                "Check that the disk is not full; `recollect rebuild` makes the index anew.",
            ) from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # what Rust calls a fault of its own, for a damaged file
                raise
            raise StorageError(
                f"The full-text index at {self._path} cannot be {done}: it is damaged.",
                "`recollect rebuild` makes the index anew.",
            ) from error

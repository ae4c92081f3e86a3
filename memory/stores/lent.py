"""LentVectors: hands vectors that are known already to code that wants to embed texts itself."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from memory.store import Vector


class LentVectors(Embeddings):
    """Knows the vectors of the texts that it was lent, for as long as it was lent them. One thread at a time.

    Where nothing is lent, any text has the same vector: stores embed a word of their own to learn the dimension.

    Args:
        dimension: length of every vector.
    """

    def __init__(self, dimension: int) -> None:
        self._any = np.full(dimension, dimension**-0.5, dtype=np.float32)
        self._lent: Mapping[str, Vector] | None = None

    @contextmanager
    def lent(self, vectors: Mapping[str, Vector]) -> Iterator[None]:
        """Know these vectors, by text, for a block."""
        self._lent = vectors
        try:
            yield
        finally:
            self._lent = None

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of texts. Raises `LookupError` for one that was not lent, while something is."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text; raises as `embed_documents` does."""
        if self._lent is not None and text not in self._lent:
            raise LookupError("the vector store asked for the vector of a text that it was not given")
        found: list[float] = (self._any if self._lent is None else self._lent[text]).tolist()
        return found

"""An embedder as LangChain knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

if TYPE_CHECKING:
    from memory.embeddings.base import Embedder


class EmbedderEmbeddings(Embeddings):
    """Gives any of recollect's embedders to code that takes a LangChain `Embeddings`."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector of length one a text. Raises as the embedder does."""
        rows: list[list[float]] = self.embedder.embed(texts).tolist()
        return rows

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text. Raises as the embedder does."""
        return self.embed_documents([text])[0]

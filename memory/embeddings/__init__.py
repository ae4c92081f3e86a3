"""Embedders: texts to unit vectors, in this process by default, through any LangChain provider by name.

Importing this and making an embedder imports nothing heavy; the model is loaded at the first `embed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory.embeddings.base import Embedder
from memory.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.embeddings import Embeddings

    from memory.artifacts import Progress

LOCAL_NAMES = ("local", "all-minilm-l6-v2")
"""What the local embedder may be called, in lower case."""


def load_embedder(name: str, models_folder: Path, progress: Progress | None = None) -> Embedder:
    """The embedder called `name`; nothing is loaded, pulled or connected to yet.

    Args:
        name: `local` (also `all-MiniLM-L6-v2`), or `provider:model` for a LangChain provider.
        models_folder: where model files are kept, and pulled to when they are not there.
        progress: told (done, total, what) when the first `embed` has to pull.

    Raises `UsageError` when the name has neither form. `embed` may raise `ArtifactError` (the model cannot be pulled),
    `StorageError` or `ModelError` (the provider fails).
    """
    if name.lower() in LOCAL_NAMES:
        from memory.embeddings.local import LocalEmbedder

        return LocalEmbedder(models_folder, progress)
    provider, _, model = name.partition(":")
    if provider and model:
        from memory.embeddings.providers import ProviderEmbedder

        return ProviderEmbedder(name)
    raise UsageError(
        f"There is no embedder called {name!r}.",
        "Use `local`, or `provider:model` such as `openai:text-embedding-3-small`.",
    )


def prepare(embedder: Embedder, progress: Progress | None = None) -> None:
    """Pull and load what an embedder needs, so that its first `embed` is quick. Raises as `embed` does."""
    from memory.embeddings.local import LocalEmbedder

    if isinstance(embedder, LocalEmbedder):
        embedder.prepare(progress)


def from_langchain(embeddings: Embeddings, name: str) -> Embedder:
    """A LangChain `Embeddings` as an embedder; its vectors are filed under `name`."""
    from memory.embeddings.providers import ProviderEmbedder

    return ProviderEmbedder(name, embeddings)


def as_langchain(embedder: Embedder) -> Embeddings:
    """An embedder as a LangChain `Embeddings`, for any code that takes one."""
    from memory.embeddings.langchain import EmbedderEmbeddings

    return EmbedderEmbeddings(embedder)


__all__ = ["LOCAL_NAMES", "Embedder", "as_langchain", "from_langchain", "load_embedder", "prepare"]

"""Embedders of LangChain providers: by name (`provider:model`), or any `Embeddings` that is given."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

from memory.errors import ModelError, RecollectError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

_PROBE = "dimension"
_TIMEOUT_SECONDS = 60
_HINTS = (
    (r"Authentication|PermissionDenied|Unauthorized|api_key|API key", "Check the provider's key in the environment."),
    (r"NotFound|does not exist", "Check the model's name."),
    (r"Timeout|Connection|Connect", "Check the network and the server's address, then try again."),
    (r"RateLimit|quota", "Wait a little, or check the account's quota."),
)


class ProviderEmbedder:
    """An `Embedder` on a LangChain `Embeddings`; its vectors are scaled to length one.

    Args:
        name: `provider:model`; what the vectors are filed under.
        embeddings: the LangChain object; when None, `init_embeddings(name)` makes it at the first use.

    Every use may raise `ModelError` with a hint. The dimension is asked for once, with the first vector.
    """

    def __init__(self, name: str, embeddings: Embeddings | None = None) -> None:
        self._name = name
        self._embeddings = embeddings
        self._dimension = 0
        self._guard = threading.Lock()

    @property
    def name(self) -> str:
        """`provider:model`."""
        return self._name

    @property
    def dimension(self) -> int:
        """How many numbers a vector has; embeds one word to find out, the first time."""
        if not self._dimension:
            self.embed([_PROBE])
        return self._dimension

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length one, one row a text. Raises `ModelError`."""
        import numpy as np

        if not texts:
            return np.empty((0, self.dimension), np.float32)
        embeddings = self._opened()
        try:
            rows = embeddings.embed_documents([text or " " for text in texts])  # providers refuse an empty text
        except RecollectError:
            raise
        except Exception as error:  # every provider raises classes of its own
            raise self._failure(error) from error
        return self._checked(rows, len(texts))

    def _checked(self, rows: list[list[float]], wanted: int) -> NDArray[np.float32]:
        import numpy as np

        try:
            vectors = np.asarray(rows, np.float32)
        except (TypeError, ValueError) as error:
            raise self._nonsense("vectors that are no numbers or not of one length") from error
        if vectors.ndim != 2 or len(vectors) != wanted:
            raise self._nonsense(f"{len(rows)} vectors for {wanted} texts")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not lengths.all():
            raise self._nonsense("a vector without a direction")
        if self._dimension and vectors.shape[1] != self._dimension:
            raise self._nonsense(f"vectors of {vectors.shape[1]} numbers where it gave {self._dimension} before")
        self._dimension = vectors.shape[1]
        unit: NDArray[np.float32] = vectors / lengths
        return unit

    def _opened(self) -> Embeddings:
        with self._guard:
            if self._embeddings is None:
                self._embeddings = self._open()
            return self._embeddings

    def _open(self) -> Embeddings:
        from langchain.embeddings import init_embeddings

        # A text is sent as it is: counting tokens first would download a tokenizer, and passages are short anyway.
        options: dict[str, Any] = (
            {"check_embedding_ctx_length": False, "timeout": _TIMEOUT_SECONDS}
            if self._name.startswith("openai:")
            else {}
        )
        try:
            made = init_embeddings(self._name, **options)
        except ImportError as error:
            raise ModelError(
                f"The embedder {self._name} needs a package that is not installed ({_first_line(error)}).",
                "Install the package that it names, or set `embeddings` to `local`.",
            ) from error
        except Exception as error:  # every provider raises classes of its own
            raise self._failure(error) from error
        return made

    def _failure(self, error: Exception) -> ModelError:
        described = f"{type(error).__name__}: {error}"
        hint = next((hint for pattern, hint in _HINTS if re.search(pattern, described)), "")
        return ModelError(
            f"The embedder {self._name} failed ({_first_line(error)}).",
            f"{hint} Or set `embeddings` to `local`.".strip(),
        )

    def _nonsense(self, what: str) -> ModelError:
        return ModelError(
            f"The embedder {self._name} answered nonsense: {what}.",
            "Check that the model is an embedding model, or set `embeddings` to `local`.",
        )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200].rstrip(".") if lines else type(error).__name__

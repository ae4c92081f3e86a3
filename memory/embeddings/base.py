"""What an embedder is to the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray


class Embedder(Protocol):
    """Makes vectors of texts. Safe to use from several threads."""

    @property
    def name(self) -> str:
        """The model's name; vectors of two embedders of one name can be compared."""
        ...

    @property
    def dimension(self) -> int:
        """How many numbers a vector has. A remote embedder may have to be asked."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of length one, one row a text: shape (len(texts), dimension)."""
        ...

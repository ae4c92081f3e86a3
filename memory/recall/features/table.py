"""The table of all features of the candidates of a cue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memory.recall.features.asked import asked
from memory.recall.features.association import association
from memory.recall.features.bridging import bridging
from memory.recall.features.meaning import meaning
from memory.recall.features.neighbours import neighbours
from memory.recall.features.parts import parts
from memory.recall.features.session import session
from memory.recall.features.when_said import when_said
from memory.recall.features.who import who
from memory.recall.features.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from memory.recall.candidates import Scene

    Column = NDArray[np.float32]

ASSOCIATIVE = ("association.", "bridging.")
"""What the names of the associative features begin with."""

ASKED = "asked."
"""What the names of those begin with that are the same for all candidates of a cue."""


@dataclass(frozen=True, slots=True)
class Table:
    """Features by name, each of shape (candidates,)."""

    columns: Mapping[str, Column]
    count: int

    def matrix(self, names: Sequence[str]) -> NDArray[np.float32]:
        """These features as columns, shape (candidates, names); one that is not there is 0."""
        nothing = np.zeros(self.count, dtype=np.float32)
        found = np.array([self.columns.get(name, nothing) for name in names], dtype=np.float32)
        return found.reshape(len(names), self.count).T


def table(scene: Scene) -> Table:
    """All features of a scene; without the associative ones when it is not associative."""
    columns: dict[str, Column] = {}
    groups = [meaning, words, parts, neighbours, session, who, when_said, asked]
    if scene.associative:
        groups[-1:-1] = [association, bridging]
    for group in groups:
        for name, column in group(scene, columns).items():
            columns[f"{group.__name__}.{name}"] = np.asarray(column, dtype=np.float32)
    return Table(columns, scene.count)

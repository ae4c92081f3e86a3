"""Refit: what `recollect bench recall --folds` fits the weights of each fold with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.bench.fitting.asked import collected
from assistant.bench.fitting.models import lightgbm
from assistant.bench.fitting.variants import made_from, with_variants
from assistant.bench.fitting.weights import fitted, provenance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assistant.bench.fitting.asked import Asked
    from assistant.bench.replay import Progress
    from assistant.bench.sets import QuestionSet
    from memory.embeddings import Embedder


class Refitter:
    """Measures all candidates once, and fits to those of some conversations as often as it is asked to.

    Args:
        found: the set that is tested.
        others: sets that are always fitted on as well.
        embedder: makes the vectors.
        cache: folder in which what was measured is kept for the next run.
        progress: called with (questions asked, questions in all, what).

    Raises `UsageError` when the extra `fit` is not installed, before anything is measured.
    """

    def __init__(
        self,
        found: QuestionSet,
        others: Sequence[QuestionSet],
        embedder: Embedder,
        cache: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        lightgbm()
        self._others = list(others)
        self._names: list[str] = []

        def measured(sets: Sequence[QuestionSet]) -> list[Asked]:
            """The questions of sets and of their variants, with their candidates."""
            every: list[Asked] = []
            for each in sets:
                for one in with_variants(each):
                    names, asked = collected(one, embedder, cache, progress)
                    self._names = self._names or names
                    every += asked
            return every

        self._asked = measured([found])
        self._always = measured(others)

    def __call__(self, train: QuestionSet) -> dict[str, Any]:
        """Weights fitted on `train` (a part of the set), on the others and all variants; see `bench.folds.Refit`."""
        wanted = {(each.name, one.id) for each in train.conversations for one in each.questions}
        asked = [
            one for one in self._asked if wanted & {(one.conversation, one.id), (made_from(one.conversation), one.id)}
        ]
        return fitted([*asked, *self._always], self._names, provenance([train, *self._others], asked))

"""Folds: figures on conversations that nothing was fitted on, by leaving each conversation out once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.bench.sets import Conversation, QuestionSet


class Refit(Protocol):
    """A program that fits the weights of recall anew."""

    def __call__(self, train: QuestionSet) -> Mapping[str, Any]:
        """Weights fitted on `train` alone, in the form of the shipped weights file."""
        ...


def split(found: QuestionSet, folds: int) -> list[tuple[QuestionSet, QuestionSet]]:
    """`folds` pairs of (train, test); every conversation is in one test and in all other trains.

    The largest conversations are dealt out first, each to the fold with the fewest questions, so that folds are alike
    in size and the same for the same set. Raises `UsageError` for fewer than two folds or fewer conversations than
    folds.
    """
    if not 2 <= folds <= len(found.conversations):
        raise UsageError(
            f"{found.name} cannot be split into {folds} folds: it has {len(found.conversations)} conversations.",
            "Take from 2 folds up to as many as there are conversations.",
        )
    dealt: list[list[Conversation]] = [[] for _ in range(folds)]
    for each in sorted(found.conversations, key=lambda one: (-len(one.questions), one.name)):
        min(dealt, key=lambda fold: sum(len(one.questions) for one in fold)).append(each)
    pairs = []
    for fold in dealt:
        names = {each.name for each in fold}
        train = tuple(each for each in found.conversations if each.name not in names)
        test = tuple(each for each in found.conversations if each.name in names)
        pairs.append((replace(found, conversations=train), replace(found, conversations=test)))
    return pairs

"""Folds: figures on conversations that nothing was fitted on, by leaving each conversation out once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from assistant.bench.sets import Conversation
from memory.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.bench.sets import QuestionSet


class Refit(Protocol):
    """A program that fits the weights of recall anew."""

    def __call__(self, train: QuestionSet) -> Mapping[str, Any]:
        """Weights fitted on `train` alone, in the form of the shipped weights file."""
        ...


@dataclass(frozen=True, slots=True)
class Folds:
    """A set in parts, each of which is tested on weights that were fitted on the others.

    Attributes:
        pairs: (train, test) of each fold.
        by_questions: the set has one conversation, so its questions were dealt out: what is tested was fitted on other
            questions about the same messages.
    """

    pairs: Sequence[tuple[QuestionSet, QuestionSet]]
    by_questions: bool


def split(found: QuestionSet, folds: int) -> Folds:
    """`folds` pairs of (train, test); every conversation is in one test and in all other trains.

    The largest conversations are dealt out first, each to the fold with the fewest questions, so that folds are alike
    in size and the same for the same set. Of a single conversation the questions are dealt out instead. Raises
    `UsageError` for fewer than two folds or fewer conversations (or questions of the only one) than folds.
    """
    alone = len(found.conversations) == 1
    most = found.questions if alone else len(found.conversations)
    if not 2 <= folds <= most:
        units = "questions" if alone else "conversations"
        raise UsageError(
            f"{found.name} cannot be split into {folds} folds: it has {most} {units}.",
            f"Take from 2 folds up to as many as there are {units}.",
        )
    whole = sorted(found.conversations, key=lambda one: (-len(one.questions), one.name))
    dealt: list[list[Conversation]] = [[] for _ in range(folds)]
    for each in _questions(whole[0]) if alone else whole:
        min(dealt, key=lambda fold: sum(len(one.questions) for one in fold)).append(each)
    parts = [_joined(found, fold) for fold in dealt]
    trains = [_joined(found, [one for other in dealt if other is not fold for one in other]) for fold in dealt]
    return Folds(list(zip(trains, parts, strict=True)), alone)


def _questions(conversation: Conversation) -> list[Conversation]:
    """The same conversation once for each of its questions."""
    return [Conversation(conversation.name, conversation.messages, [one]) for one in conversation.questions]


def _joined(found: QuestionSet, some: Sequence[Conversation]) -> QuestionSet:
    """A part of the set, in the set's order; a conversation that comes in pieces is made one."""
    pieces: dict[str, set[str]] = {}
    for each in some:
        pieces.setdefault(each.name, set()).update(one.id for one in each.questions)
    kept = (
        Conversation(each.name, each.messages, [one for one in each.questions if one.id in pieces[each.name]])
        for each in found.conversations
        if each.name in pieces
    )
    return replace(found, conversations=tuple(kept))

"""Measuring recall: every question of a set, ranked by every arm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from assistant.bench.arms import recalled
from assistant.bench.metrics import DEPTH
from assistant.bench.replay import replay
from assistant.limits import PROFILES
from assistant.models.tokens import estimate
from assistant.notes import block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from assistant.bench.cache import CachedEmbedder
    from assistant.bench.replay import Place, Stage
    from assistant.bench.sets import Conversation, Question, QuestionSet
    from memory.types import Recall

    Progress = Callable[[int, int, str], None]

_WARM_UP = "What did we talk about?"


@dataclass(frozen=True, slots=True)
class Ranked:
    """What one arm made of one question.

    Attributes:
        question, arm: which.
        ids: the file's ids of the ranked messages, best first, at most `DEPTH`.
        units: what counts as found at each place: those ids, or the sessions they are of.
        scores: of each place, as the arm gives them.
        rest_ms: milliseconds that it took without embedding the cue.
        embed_ms: milliseconds that embedding the cue took, in this run or the one that did it.
        note_tokens: tokens (estimated) of the first 1, 2, … messages as notes in a prompt for a large model.
        history_tokens: tokens (estimated) of everything said until then.
        notes: what went less than well.
        answerable: see `Recall.answerable`.
    """

    question: Question
    arm: str
    ids: tuple[str, ...]
    units: tuple[str, ...]
    scores: tuple[float, ...]
    rest_ms: float
    embed_ms: float
    note_tokens: tuple[int, ...]
    history_tokens: int
    notes: tuple[str, ...] = ()
    answerable: float | None = None


def rank_all(
    found: QuestionSet, arms: Sequence[str], stage: Stage, embedder: CachedEmbedder, asked: Progress | None = None
) -> Iterator[tuple[Ranked, ...]]:
    """For each question of the set, what each of `arms` ranks, in the order of `arms`.

    Args:
        found: the set.
        arms: some of `EVERY_RECALL_ARM`.
        stage: what conversations are replayed with.
        embedder: the one of the stage; asked what each cue cost.
        asked: called with (questions asked, questions in all, "asking").
    """
    done = 0
    for conversation in found.conversations:
        history = _history(conversation)
        for number, place in enumerate(replay(conversation, stage)):
            if number == 0:
                for arm in arms:
                    recalled(place.memory, arm, _WARM_UP, (), k=DEPTH, exclude=())
            yield _by_each(place, arms, number, embedder, history[place.told])
            done += 1
            if asked:
                asked(done, found.questions, "asking")


def _by_each(
    place: Place, arms: Sequence[str], number: int, embedder: CachedEmbedder, history: int
) -> tuple[Ranked, ...]:
    """One question by every arm; who goes first changes, as later ones find the memory's caches warm."""
    first = number % len(arms)
    made: dict[str, Ranked] = {}
    embed_ms = 0.0
    for arm in [*arms[first:], *arms[:first]]:
        embedder.spent = 0.0
        recall = recalled(place.memory, arm, place.question.text, place.earlier, k=DEPTH, exclude=place.hidden)
        embed_ms = embedder.spent or embed_ms
        made[arm] = _ranked(place.question, arm, recall, embed_ms, history)
    return tuple(made[arm] for arm in arms)


def _ranked(question: Question, arm: str, recall: Recall, embed_ms: float, history: int) -> Ranked:
    messages = [each.message for each in recall.recollections]
    ids = tuple(message.source_id for message in messages)
    return Ranked(
        question=question,
        arm=arm,
        ids=ids,
        units=tuple(message.session for message in messages) if question.by_session else ids,
        scores=tuple(each.score for each in recall.recollections),
        rest_ms=recall.timings.get("total", 0.0) - recall.timings.get("embed", 0.0),
        embed_ms=0.0 if arm == "bm25" else embed_ms,
        note_tokens=_note_tokens(recall),
        history_tokens=history,
        notes=recall.notes,
        answerable=recall.answerable,
    )


def _note_tokens(recall: Recall) -> tuple[int, ...]:
    """Tokens of the first 1, 2, … recollections as notes; an exchange that stands there already costs nothing."""
    characters = PROFILES["large"].note_characters
    total = 0
    exchanges: set[str] = set()
    sums = []
    for each in recall.recollections:
        if each.message.exchange not in exchanges:
            exchanges.add(each.message.exchange)
            total += _tokens(block(each, characters))
        sums.append(total)
    return tuple(sums)


@lru_cache(maxsize=4096)
def _tokens(text: str) -> int:
    return estimate(text)


def _history(conversation: Conversation) -> list[int]:
    """Tokens of the first 0, 1, 2, … messages, each headed by its speaker."""
    sums = [0]
    for message in conversation.messages:
        sums.append(sums[-1] + estimate(f"{message.speaker or message.role}: {message.text}"))
    return sums

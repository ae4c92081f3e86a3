"""Replay: a conversation told to a fresh memory, message by message, with each question asked at its own place.

A remark made in the middle of a conversation finds the memory as it was then: nothing that was said later is there,
not even in the counts that words are weighed by.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memory.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assistant.bench.sets import Conversation, Question
    from memory.embeddings import Embedder
    from memory.recall.model import Weights
    from memory.store import Options
    from memory.types import Message

    Progress = Callable[[int, int, str], None]

_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question is asked.

    Attributes:
        question: what is asked.
        memory: holding what has been said so far.
        earlier: what was said before it in its own session; empty when the question stands outside of all.
        hidden: ids of what may not be recalled.
        told: how many messages of the conversation have been said.
    """

    question: Question
    memory: Memory
    earlier: tuple[Message, ...]
    hidden: frozenset[str]
    told: int


@dataclass(frozen=True, slots=True)
class Stage:
    """What conversations are replayed with.

    Attributes:
        embedder: makes the vectors.
        store, store_options: the vector store.
        progress: called with (messages told, messages in all, what).
        weights: what recall weighs features by; None takes those of the package.
    """

    embedder: Embedder
    store: str
    store_options: Options
    progress: Progress | None = None
    weights: Weights | None = None


def replay(conversation: Conversation, stage: Stage) -> Iterator[Place]:
    """Each question at its place, in the order in which they come up.

    The memory lives in a folder of its own, which is gone afterwards.
    """
    places = conversation.places()
    end = len(conversation.messages)
    asked = sorted(conversation.questions, key=lambda each: places[each.before] if each.before else end)
    with (
        tempfile.TemporaryDirectory(prefix="recollect-bench-", ignore_cleanup_errors=True) as folder,
        Memory.open(
            Path(folder),
            embedder=stage.embedder,
            store=stage.store,
            store_options=stage.store_options,
            background=False,
            weights=stage.weights,
        ) as memory,
    ):
        told = 0
        for question in asked:
            place = places[question.before] if question.before else end
            if place > told:
                _tell(memory, conversation, told, place, stage.progress)
                told = place
            earlier: tuple[Message, ...] = ()
            if question.before:
                earlier = tuple(memory.session_messages(conversation.messages[place].session))
            yield Place(question, memory, earlier, frozenset(message.id for message in earlier), told)


def _tell(memory: Memory, conversation: Conversation, start: int, end: int, progress: Progress | None) -> None:
    """Remember the messages from `start` to `end`, and bring the indexes up to them."""

    def embedding(done: int, total: int, what: str) -> None:
        if progress and what == "embedding" and total:
            progress(start + (end - start) * done // total, len(conversation.messages), f"{conversation.name}: {what}")

    memory.remember_many(conversation.messages[start:end])
    memory.flush(_A_DAY, embedding)

"""What weights are fitted on: for every question of a set its candidates, their features, and which are evidence.

Made by the product's own code: each conversation is told to a memory of its own, and each question asked at its place.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.bench.replay import Stage, replay
from assistant.bench.sets import Conversation, QuestionSet
from memory.embeddings import Embedder


@dataclass(frozen=True, slots=True)
class Asked:
    """One question.

    Attributes:
        set_name, conversation, id, category: which.
        remark: it is said in the middle of a conversation, and asks for sessions.
        answerable: it has an answer in the conversation.
        features: shape (candidates, names), float32.
        plain: the same for the candidates without association.
        evidence, plain_evidence: which candidates are evidence.
        session, plain_session: their sessions, by key.
        wanted: how many pieces of evidence there are (sessions for a remark).
        form: of the cue.
    """

    set_name: str
    conversation: str
    id: str
    category: str
    remark: bool
    answerable: bool
    features: NDArray[np.float32]
    plain: NDArray[np.float32]
    evidence: NDArray[np.bool_]
    plain_evidence: NDArray[np.bool_]
    session: NDArray[np.int64]
    plain_session: NDArray[np.int64]
    wanted: int
    form: dict[str, float]


def collect(
    found: QuestionSet, embedder: Embedder, names: list[str], said: Callable[[str], None] = print
) -> Iterator[Asked]:
    """Every question of `found` with its features. `names` is filled with the features' names if it is empty."""
    stage = Stage(embedder, "memory", {})
    for conversation in found.conversations:
        said(f"{found.name}: {conversation.name}")
        for place in replay(conversation, stage):
            question, memory = place.question, place.memory
            context = [message.text for message in place.earlier]
            made = []
            for associative in (True, False):
                both = memory.features(question.text, exclude=place.hidden, context=context, associative=associative)
                if both is None:
                    break
                scene, table = both
                if not names:
                    names.extend(table.columns)
                messages = memory.journal.by_seq(scene.evidence.seqs[: scene.count].tolist())
                units = [
                    (messages[int(seq)].session if question.by_session else messages[int(seq)].source_id)
                    for seq in scene.evidence.seqs[: scene.count]
                ]
                evidence = np.array([unit in question.evidence for unit in units])
                made.append((table.matrix(names), evidence, scene.session[: scene.count], scene.cue.form))
            if len(made) < 2:
                continue
            (full, evidence, session, form), (plain, plain_evidence, plain_session, _) = made
            yield Asked(
                found.name, conversation.name, question.id, question.category, bool(question.before),
                question.answerable, full, plain, evidence, plain_evidence, session, plain_session,
                len(question.evidence), form,
            )  # fmt: skip


def collected(
    found: QuestionSet, embedder: Embedder, cache: Path | None, version: str
) -> tuple[list[str], list[Asked]]:
    """The names of the features and all questions of a set; kept in `cache` (a folder) for the next run."""
    path = cache / f"{Path(found.name).stem}-{found.sha256[:12]}-{version}.pickle" if cache else None
    if path and path.exists():
        kept: tuple[list[str], list[Asked]] = pickle.loads(path.read_bytes())
        return kept
    names: list[str] = []
    asked = list(collect(found, embedder, names))
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps((names, asked)))
    return names, asked


def matrix_of(one: Asked, associative: bool) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int64]]:
    """Features, evidence and sessions of the candidates of a question, with or without association."""
    if associative:
        return one.features, one.evidence, one.session
    return one.plain, one.plain_evidence, one.plain_session


def as_notes(found: QuestionSet, suffix: str, every: int = 4, seed: int = 0) -> QuestionSet:
    """A set in the shape of loose notes: every message a session of its own, in random order, without times.

    Of the questions each `every`th is kept when there are more than a thousand.
    """
    conversations = []
    for each in found.conversations:
        order = np.random.default_rng(seed).permutation(len(each.messages))
        messages = [
            replace(each.messages[place], session=f"{each.name}/note{number}", time=None, reply_to="")
            for number, place in enumerate(order.tolist())
        ]
        questions = each.questions[:: every if found.questions > 1000 else 1]
        conversations.append(Conversation(each.name, messages, questions))
    return replace(found, name=Path(found.name).stem + suffix, conversations=tuple(conversations))

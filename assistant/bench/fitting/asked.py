"""What weights are fitted on: for every question of a set its candidates, their features, and which are evidence.

Made by the product's own code: each conversation is told to a memory of its own, and each question asked at its place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.bench.replay import Stage, replay
from memory.folders import private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from assistant.bench.replay import Place, Progress
    from assistant.bench.sets import QuestionSet
    from memory.embeddings import Embedder

VERSION = "2"
"""Of the features: what was collected by another one is not read."""


_ABOUT = ("set_name", "conversation", "id", "category", "remark", "answerable", "wanted", "form")


@dataclass(frozen=True, slots=True)
class Side:
    """The candidates of a question, with association or without.

    Attributes:
        features: shape (candidates, names), float32.
        evidence: which of them are evidence.
        session: their sessions, by key.
    """

    features: NDArray[np.float32]
    evidence: NDArray[np.bool_]
    session: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question.

    Attributes:
        set_name, conversation, id, category: which.
        remark: it is said in the middle of a conversation, and asks for sessions.
        answerable: it has an answer in the conversation.
        wanted: how many pieces of evidence there are (sessions for a remark).
        form: of the cue.
        full, plain: its candidates with association and without.
    """

    set_name: str
    conversation: str
    id: str
    category: str
    remark: bool
    answerable: bool
    wanted: int
    form: dict[str, float]
    full: Side
    plain: Side

    def side(self, associative: bool) -> Side:
        """The candidates with association or without."""
        return self.full if associative else self.plain


def collect(
    found: QuestionSet, embedder: Embedder, names: list[str], progress: Progress | None = None
) -> Iterator[Asked]:
    """Every question of `found` with its features. `names` is filled with the features' names if it is empty.

    `progress` is called with (questions asked, questions in all, what). A question without any candidate is left out.
    """
    stage = Stage(embedder, "memory", {})
    done = 0
    for conversation in found.conversations:
        for place in replay(conversation, stage):
            done += 1
            if progress:
                progress(done, found.questions, f"{found.name}: measuring candidates")
            if (one := _asked(found.name, conversation.name, place, names)) is not None:
                yield one


def _asked(set_name: str, conversation: str, place: Place, names: list[str]) -> Asked | None:
    question, memory = place.question, place.memory
    sides: list[Side] = []
    form: dict[str, float] = {}
    for associative in (True, False):
        context = [message.text for message in place.earlier]
        both = memory.features(question.text, exclude=place.hidden, context=context, associative=associative)
        if both is None:
            return None
        scene, table = both
        if not names:
            names.extend(table.columns)
        seqs = scene.evidence.seqs[: scene.count].tolist()
        messages = memory.journal.by_seq(seqs)
        units = [messages[seq].session if question.by_session else messages[seq].source_id for seq in seqs]
        evidence = np.array([unit in question.evidence for unit in units], dtype=bool)
        sides.append(Side(table.matrix(names), evidence, scene.session[: scene.count]))
        form = scene.cue.form
    return Asked(
        set_name, conversation, question.id, question.category, bool(question.before), question.answerable,
        len(question.evidence), form, *sides,
    )  # fmt: skip


def collected(
    found: QuestionSet, embedder: Embedder, cache: Path | None, progress: Progress | None = None
) -> tuple[list[str], list[Asked]]:
    """The names of the features and all questions of a set; kept in `cache` (a folder) for the next run."""
    path = _kept_at(found, embedder, cache) if cache else None
    if path and path.exists():
        return _read(path)
    names: list[str] = []
    asked = list(collect(found, embedder, names, progress))
    if path:
        _write(path, names, asked)
    return names, asked


def _kept_at(found: QuestionSet, embedder: Embedder, cache: Path) -> Path:
    """A file for this set (or part of one), this embedder and these features."""
    import hashlib

    ids = [(each.name, [one.id for one in each.questions]) for each in found.conversations]
    told = json.dumps([found.sha256, found.name, embedder.name, VERSION, ids])
    return cache / f"{Path(found.name).stem}-{hashlib.sha256(told.encode()).hexdigest()[:16]}.npz"


def _write(path: Path, names: Sequence[str], asked: Sequence[Asked]) -> None:
    """Numbers, and the names of questions and conversations; no text."""
    about = [[getattr(one, name) for name in _ABOUT] for one in asked]
    arrays: dict[str, Any] = {"about": np.array(json.dumps(about)), "names": np.array(list(names))}
    for side in ("full", "plain"):
        parts: list[Side] = [getattr(one, side) for one in asked]
        arrays[f"{side} sizes"] = np.array([len(part.evidence) for part in parts], dtype=np.int64)
        for name in ("features", "evidence", "session"):
            arrays[f"{side} {name}"] = np.concatenate([getattr(part, name) for part in parts]) if parts else np.zeros(0)
    private_folder(path.parent)
    part_file = path.with_suffix(".part.npz")
    np.savez(part_file, **arrays)
    part_file.replace(path)


def _read(path: Path) -> tuple[list[str], list[Asked]]:
    with np.load(path, allow_pickle=False) as found:
        names = [str(name) for name in found["names"]]
        sides: list[list[Side]] = []
        for side in ("full", "plain"):
            ends = np.cumsum(found[f"{side} sizes"])[:-1]
            columns = [np.split(found[f"{side} {name}"], ends) for name in ("features", "evidence", "session")]
            sides.append([Side(*row) for row in zip(*columns, strict=True)])
        about = json.loads(str(found["about"]))
    rows: list[dict[str, Any]] = [dict(zip(_ABOUT, row, strict=True)) for row in about]
    return names, [Asked(**row, full=full, plain=plain) for row, full, plain in zip(rows, *sides, strict=True)]

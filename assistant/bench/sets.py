"""Sets: conversations with questions, in the neutral form of JSON lines.

    {"type": "message", "conversation", "session", "id", "speaker", "role", "time", "text"}
    {"type": "question", "conversation", "id", "text", "answer", "evidence": [message ids], "category"}

Messages are what `recollect import --format jsonl` reads. A question may have `evidence_sessions` in place of
`evidence`: a session counts as found when one of its messages is. With `before` (a message id) it is a remark made at
that place: only what was said earlier is known, and what precedes it in its own session is context and not recalled.
A question without evidence is one that the conversation has no answer to.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from assistant.importers.base import Problem
from assistant.importers.jsonl import JsonLines
from memory.errors import UsageError
from memory.types import NewMessage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

UNSORTED = "uncategorised"
"""The category of questions that name none."""

_UNANSWERABLE = frozenset({"adversarial", "abstention", "unanswerable"})


@dataclass(frozen=True, slots=True)
class Question:
    """A question, or a remark, put to a conversation.

    Attributes:
        id: its name, unique in its conversation.
        conversation: whose messages it is about.
        text: the cue.
        answer: the right answer; empty when there is none or it is not known.
        category: what it is counted under, besides all.
        evidence: what has to be found: ids of messages, or names of sessions.
        by_session: whether `evidence` names sessions.
        before: id of the message at whose place it is said; empty when everything has been said.
    """

    id: str
    conversation: str
    text: str
    answer: str = ""
    category: str = UNSORTED
    evidence: frozenset[str] = frozenset()
    by_session: bool = False
    before: str = ""

    @property
    def answerable(self) -> bool:
        """Whether the conversation holds an answer; an adversarial question's evidence is there to mislead."""
        return bool(self.evidence) and self.category not in _UNANSWERABLE


@dataclass(slots=True)
class Conversation:
    """A conversation's messages in order, and the questions put to it. Sessions are named `conversation/session`."""

    name: str
    messages: list[NewMessage] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def places(self) -> dict[str, int]:
        """Id of a message -> its place."""
        return {message.source_id: place for place, message in enumerate(self.messages)}


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A set as it was read.

    Attributes:
        name: the file's name.
        sha256: of the file.
        conversations: in the order of the file.
    """

    name: str
    sha256: str
    conversations: tuple[Conversation, ...]

    @property
    def messages(self) -> int:
        """How many messages it has."""
        return sum(len(each.messages) for each in self.conversations)

    @property
    def questions(self) -> int:
        """How many questions it has."""
        return sum(len(each.questions) for each in self.conversations)


def read(path: Path) -> QuestionSet:
    """The set in the file at `path`.

    Raises `UsageError` that names the line: what cannot be read, evidence that no message has, a question twice.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        why = "is a folder" if path.is_dir() else f"cannot be read: {error.strerror or error}"
        raise UsageError(f"{path} {why}.", "Name a file of JSON lines with messages and questions.") from error
    conversations: dict[str, Conversation] = {}
    for item in JsonLines().read(io.BytesIO(data), path.name):
        match item:
            case Problem():
                raise UsageError(
                    f"{item.where}: {item.what}.", "A set is measured whole: mend the line or take it out."
                )
            case NewMessage():
                conversations.setdefault(item.source, Conversation(item.source)).messages.append(item)
            case _:
                pass
    known = {name: _Known(each) for name, each in conversations.items()}
    for where, question in _questions(data, path):
        _check(where, question, known)
        conversations[question.conversation].questions.append(question)
    kept = tuple(each for each in conversations.values() if each.questions)
    if not kept:
        raise UsageError(
            f"{path} has no questions.", 'Questions are lines like {"type": "question", …}; see docs/bench.md.'
        )
    return QuestionSet(path.name, hashlib.sha256(data).hexdigest(), kept)


def _questions(data: bytes, path: Path) -> Iterator[tuple[str, Question]]:
    for number, line in enumerate(io.BytesIO(data), 1):
        if b'"question"' not in line:
            continue
        found = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
        if found.get("type") == "question":
            where = f"{path.name}:{number}"
            yield where, _question(found, where, path.stem)


def _question(found: Mapping[str, Any], where: str, conversation: str) -> Question:
    text = _text(found, "text", where)
    if not text.strip():
        raise UsageError(f"{where}: its `text` is empty.", "A question has something to ask.")
    category = _text(found, "category", where) or UNSORTED
    if category == "all":
        raise UsageError(f"{where}: a category cannot be called `all`.", "All questions together are called so.")
    by_session = "evidence_sessions" in found
    evidence = found.get("evidence_sessions" if by_session else "evidence") or []
    if not isinstance(evidence, list) or not all(isinstance(each, (str, int)) for each in evidence):
        raise UsageError(f"{where}: its evidence is not a list of ids.", 'Write it like "evidence": ["m12", "m40"].')
    name = _text(found, "conversation", where) or conversation
    return Question(
        id=_text(found, "id", where) or where,
        conversation=name,
        text=text,
        answer=_text(found, "answer", where),
        category=category,
        evidence=frozenset(f"{name}/{each}" if by_session else str(each) for each in evidence),
        by_session=by_session,
        before=_text(found, "before", where),
    )


def _text(found: Mapping[str, Any], key: str, where: str) -> str:
    value = found.get(key)
    if value is None:
        return ""
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        raise UsageError(f"{where}: its `{key}` is not text.", f'Write it like "{key}": "…".')
    return str(value)


class _Known:
    """The names in a conversation: of its messages, its sessions, and the questions so far."""

    def __init__(self, conversation: Conversation) -> None:
        self.messages = {message.source_id for message in conversation.messages}
        self.sessions = {message.session for message in conversation.messages}
        self.questions: set[str] = set()


def _check(where: str, question: Question, conversations: Mapping[str, _Known]) -> None:
    """Raise `UsageError` for a question that could never be answered because of a wrong name in it."""
    known = conversations.get(question.conversation)
    if known is None:
        raise UsageError(
            f"{where}: no message is of its conversation {question.conversation!r}.",
            "A question is asked of its own conversation only.",
        )
    if question.id in known.questions:
        raise UsageError(f"{where}: there is a question {question.id!r} already.", "Give each an id of its own.")
    known.questions.add(question.id)
    if question.before and question.before not in known.messages:
        raise UsageError(
            f"{where}: its `before` {question.before!r} is no message of its conversation.",
            "Name the message at whose place it is said.",
        )
    for each in sorted(question.evidence - (known.sessions if question.by_session else known.messages)):
        kind = "session" if question.by_session else "message"
        raise UsageError(
            f"{where}: its evidence {each!r} is no {kind} of its conversation.",
            "It could never be found; mend the id, or take it out.",
        )


def chosen(
    found: QuestionSet,
    *,
    categories: Collection[str] = (),
    conversations: int = 0,
    limit: int = 0,
    sample: int = 0,
    seed: int = 0,
) -> QuestionSet:
    """A smaller set: some categories, the first `conversations`, the first `limit` questions, `sample` drawn by `seed`.

    0 and () take all. Conversations without a question left are left out; the others keep all their messages. Raises
    `UsageError` for a category that no question has.
    """
    have = {question.category for each in found.conversations for question in each.questions}
    for name in categories:
        if name not in have:
            raise UsageError(f"{found.name} has no category {name!r}.", f"It has: {', '.join(sorted(have))}.")
    wanted_categories = set(categories) or have
    kept = found.conversations[: conversations or None]
    ids = [
        (each.name, question.id)
        for each in kept
        for question in each.questions
        if question.category in wanted_categories
    ][: limit or None]
    if sample and sample < len(ids):
        ids = _drawn(ids, sample, seed)
    wanted = set(ids)
    smaller = (
        Conversation(each.name, each.messages, [one for one in each.questions if (each.name, one.id) in wanted])
        for each in kept
    )
    return replace(found, conversations=tuple(each for each in smaller if each.questions))


def _drawn(ids: Sequence[tuple[str, str]], many: int, seed: int) -> list[tuple[str, str]]:
    """`many` of these, the same for the same seed and names whatever stands around them."""
    return sorted(ids, key=lambda each: hashlib.sha256(f"{seed} {each[0]} {each[1]}".encode()).digest())[:many]

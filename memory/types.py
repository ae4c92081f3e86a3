"""The words of recollect as plain values: message, session, passage, recollection, why.

Everything here is immutable and free of behaviour that needs a database or a model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence  # noqa: TC003 - annotations are read at run time by some callers
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - as above
from enum import StrEnum
from typing import Self


class Role(StrEnum):
    """Who spoke."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    TOOL = "tool"


class Status(StrEnum):
    """Whether a message is whole: an answer may have been stopped by the user or have failed half-way."""

    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"


class Origin(StrEnum):
    """How a message came into the journal; travels with it as a label of trust."""

    CHAT = "chat"
    IMPORT = "import"
    TOOL = "tool"


class Verdict(StrEnum):
    """What the user says of a recollection.

    USEFUL raises the message for similar cues, WRONG lowers it strongly for similar cues, OUTDATED puts it below newer
    ones for every cue and marks it, NEVER keeps it from ever coming back.
    """

    USEFUL = "useful"
    WRONG = "wrong"
    OUTDATED = "outdated"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose memory: a profile, optionally a project in it. A hard filter on every path."""

    profile: str = "default"
    project: str = ""

    @property
    def key(self) -> str:
        """The scope as one string, `profile` or `profile/project`, as stored in every index."""
        return f"{self.profile}/{self.project}" if self.project else self.profile

    @classmethod
    def of(cls, key: str) -> Self:
        """The scope with this key."""
        profile, _, project = key.partition("/")
        return cls(profile, project)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which messages of a scope are meant.

    Attributes:
        messages, sessions: ids; what has one of them is meant.
        everything: all of the scope is meant.
        since, until: of what is meant, only what was said from the one to the other (both included); a message whose
            time is not known is in no span.
    """

    messages: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    everything: bool = False
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(
        cls,
        messages: Iterable[str] = (),
        sessions: Iterable[str] = (),
        everything: bool = False,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Self:
        """What is meant by these; a span of time alone means everything in it."""
        named = (tuple(messages), tuple(sessions))
        spanned = since is not None or until is not None
        return cls(*named, everything or (spanned and not any(named)), since, until)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message about to be remembered.

    Attributes:
        role: who spoke.
        text: what was said, word for word.
        session: id of the session it belongs to (made by the journal when unknown to it).
        speaker: the speaker's name, or empty.
        time: when it was said; None when that is not known (imports only). A naive time is taken as wall-clock time
            of an unknown zone and comes back as UTC.
        source: where an import came from (a conversation's name); empty for what was said here.
        source_id: the id that the message had there. (scope, source, source_id) is unique: a second import skips it.
        reply_to: id of the user message that an assistant's message answers; makes the two one exchange.
        status, origin: see the enums.
        model: the name of the model that wrote it, for an assistant's message.
        used: ids of the messages whose recollection was in the prompt.
        prompt_tokens, completion_tokens: what the answer cost; None when unknown.
    """

    role: Role
    text: str
    session: str
    speaker: str = ""
    time: datetime | None = None
    source: str = ""
    source_id: str = ""
    reply_to: str = ""
    status: Status = Status.COMPLETE
    origin: Origin = Origin.CHAT
    model: str = ""
    used: tuple[str, ...] = ()
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the journal keeps it.

    Attributes:
        seq: its place in the journal; grows, is never used again, and orders messages that share a time.
        id: twelve characters, unique in the journal; what people and programs call it by.
        exchange: id of the message that opens its exchange (its own id when it opens one).
        Others: as in `NewMessage`.
    """

    seq: int
    id: str
    role: Role
    text: str
    session: str
    exchange: str
    speaker: str = ""
    time: datetime | None = None
    source: str = ""
    source_id: str = ""
    status: Status = Status.COMPLETE
    origin: Origin = Origin.CHAT
    model: str = ""
    used: tuple[str, ...] = ()
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a message short enough to embed whole.

    Attributes:
        id: its number in the journal; grows, and is never used again.
        message_seq, message_id: the message it was cut from.
        ordinal: 0 for the first passage of the message.
        start, end: the slice of the message's text, in characters.
        text: that slice.
        speaker: the message's speaker, for the full-text key "speaker: text".
        scope: the scope's key.
    """

    id: int
    message_seq: int
    message_id: str
    ordinal: int
    start: int
    end: int
    text: str
    speaker: str
    scope: str


@dataclass(frozen=True, slots=True)
class Session:
    """A run of messages.

    Attributes:
        id: its name in the journal.
        title: set by hand, else made for it, else derived from its first user message; may be empty.
        scope: the scope's key.
        started, last: times of its first and last message (None when unknown).
        messages: how many messages it has, without those it shares with another session.
        titled: whether the title was set or made, and not derived.
        pinned: whether it stands at the head of the list.
        parent: id of the session that it is a branch of; empty for none.
    """

    id: str
    title: str
    scope: str
    started: datetime | None
    last: datetime | None
    messages: int
    titled: bool = False
    pinned: bool = False
    parent: str = ""


STEP_KINDS = {
    "meaning": "close in meaning",
    "words": "shares words",
    "neighbour": "said next to a match",
    "name": "shares a name",
    "term": "shares a rare word",
    "similar": "like a match",
    "next": "said right after",
    "previous": "said right before",
    "same_time": "said at the same time",
    "recalled_together": "recalled together before",
    "linked": "linked by hand",
    "pinned": "pinned by you",
}
"""How a step of a path is told in words."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the path from the cue to a recollection.

    Attributes:
        kind: how the step was taken: one of `STEP_KINDS`.
        label: what to show: the matching words, or the text it came through, shortened.
        message_id: the message the step arrives at.
        weight: how strong the step was, from 0 to 1.
    """

    kind: str
    label: str
    message_id: str
    weight: float


@dataclass(frozen=True, slots=True)
class Why:
    """Which signals found a recollection, with their values, and the path from the cue.

    Attributes:
        signals: name of the signal -> value (cosine similarity, BM25 score, …), unscaled.
        path: from the cue to the recollection.
        terms: the cue's words that the recollection has, in the cue's own spelling.
        verdict: what the user said of it before that bears on this cue; None when nothing does.
    """

    signals: Mapping[str, float]
    path: tuple[Step, ...] = ()
    terms: tuple[str, ...] = ()
    verdict: Verdict | None = None

    def sentence(self) -> str:
        """The why in a few plain words, for a line of text; the steps on the way to another message are left out."""
        parts = [
            STEP_KINDS.get(step.kind, step.kind)
            + (f" ({step.label})" if step.kind in ("words", "name", "term") and step.label else "")
            for step in self.path
            if step.message_id == self.path[-1].message_id
        ]
        if self.verdict:
            parts.append(f"you called it {self.verdict}")
        return "; ".join(dict.fromkeys(parts)) or "found by its score"


@dataclass(frozen=True, slots=True)
class Recollection:
    """One recalled message with its exchange, its score and its why.

    Attributes:
        message: the message that was evoked.
        exchange: the messages of its exchange in order, itself among them.
        score: from 0 to 1, higher is better; comparable within one recall only.
        why: what found it.
    """

    message: Message
    exchange: tuple[Message, ...]
    score: float
    why: Why


@dataclass(frozen=True, slots=True)
class Recall:
    """What a cue evoked.

    Attributes:
        cue: the text that did the evoking.
        recollections: best first; empty when nothing relevant was found.
        timings: milliseconds by part: `embed`, `vectors`, `words`, `rank`, `total`.
        considered: how many candidate messages were ranked.
        notes: what went less than well and was worked around (a slow or broken index), for the log and the UI.
        pinned: what the user pinned and the cue did not evoke, the latest pin first; whoever recalls for a prompt adds
            it.
        answerable: the probability that what is asked is answered by anything here at all; None for a remark, in a
            small memory, and in talk of a shape that was not fitted on, where nothing can be told of it.
    """

    cue: str
    recollections: tuple[Recollection, ...]
    timings: Mapping[str, float]
    considered: int = 0
    notes: tuple[str, ...] = ()
    pinned: tuple[Recollection, ...] = ()
    answerable: float | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """A verdict on a recollection. The latest one on a message and a cue holds.

    Attributes:
        message_id: the message that was recalled.
        verdict: what the user said of it.
        cue: what it was recalled for; empty when the verdict is meant for every cue.
        time: when it was said; None becomes this moment.
        score, signals: of the recollection it was given on; None and empty when there was none.
    """

    message_id: str
    verdict: Verdict
    cue: str = ""
    time: datetime | None = None
    score: float | None = None
    signals: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stats:
    """How much is remembered and how far the indexes are.

    Attributes:
        messages, sessions, passages: counts in the journal.
        indexed: passages that both indexes hold.
        bytes: size of the journal on disk, in bytes.
        embedder, store: names of what is in use.
        trouble: why the indexes cannot be brought forward for now, in a sentence; empty when they can.
    """

    messages: int
    sessions: int
    passages: int
    indexed: int
    bytes: int
    embedder: str
    store: str
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a forgetting took away (or would take, when it was a dry run)."""

    messages: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an import did: how many messages were new, there already, and not taken because they were forgotten here."""

    added: int = 0
    skipped: int = 0
    ids: Sequence[str] = field(default=())
    forgotten: int = 0

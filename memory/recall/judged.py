"""Judged: what the user's verdicts mean for one cue, and how they change the ranking and the why.

First what `recollect learn` has learned from all verdicts changes the order a little (`memory.recall.personal`), then
each verdict does so for the message it was given on:

    never      the message is gone from every recall, whatever the cue
    wrong      its score is cut to a tenth at most, the more the cue is like the one it was wrong for
    outdated   its score is halved for every cue, and it stands below the best of the newer messages and all of them
               that fit half as well as it does
    useful     its score rises towards 1, the more the cue is like the one it was useful for

Two cues are alike by their vectors (the same at a cosine of 0.85, strangers at 0.55) or by their words (the share of
terms they have in common, of which a half will do). A verdict without a cue counts half for every cue. Of wrong and
useful the one whose cue is nearer holds, of equals the later.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from memory.recall.learning import MODEL
from memory.recall.personal import LearnedError, LearnedFile, Personal
from memory.text import content_terms
from memory.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from memory.journal import Journal
    from memory.journal.feedback import Judgement
    from memory.store import Vector
    from memory.types import Recollection

_SAME_COSINE, _STRANGE_COSINE = 0.85, 0.55
_SAME_TERMS = 0.5
_WITHOUT_CUE = 0.5
_LEAST = 0.15
_WRONG, _USEFUL, _OUTDATED = 0.9, 0.6, 0.5
_FITS = 0.5


class Scored(Protocol):
    """A candidate: its message's place, and its score from 0 to 1."""

    seq: int
    score: float


S = TypeVar("S", bound=Scored)


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts that bear on one cue.

    Attributes:
        never: ids of messages that must not come back.
        leaning: place of a message -> from -1 (wrong for this cue) to 1 (useful for it).
        outdated: places of messages that hold no longer.
        personal: what was learned; None when nothing was.
        note: what went wrong with that; empty when nothing did.
        model: place of a message -> its score by the weights of the package alone; filled in by `apply`.
    """

    never: frozenset[str] = frozenset()
    leaning: Mapping[int, float] | None = None
    outdated: frozenset[int] = frozenset()
    personal: Personal | None = None
    note: str = ""
    model: dict[int, float] = field(default_factory=dict)

    @property
    def useful(self) -> list[int]:
        """Places of messages that were useful for a cue like this: candidates, whether they are found or not."""
        return [seq for seq, lean in (self.leaning or {}).items() if lean > _WITHOUT_CUE]

    @property
    def changes(self) -> bool:
        """Whether anything was said or learned that may change an order."""
        return bool(self.leaning or self.outdated or self.personal is not None)

    def apply(self, ranked: Sequence[S], newer: Callable[[S, S], bool] | None = None) -> list[S]:
        """Candidates with their scores changed and ordered anew, best first; equals keep their order.

        `newer(a, b)` says whether `a` was said after `b`; without it the order of the journal decides.
        """
        after = newer or (lambda one, other: one.seq > other.seq)
        self.model.update({each.seq: each.score for each in ranked})
        if not self.changes:
            return list(ranked)
        if self.personal is not None:
            _learned(ranked, self.personal)
        before = {each.seq: each.score for each in ranked}
        for each in ranked:
            lean = (self.leaning or {}).get(each.seq, 0.0)
            each.score *= 1 + _WRONG * min(lean, 0.0)
            each.score += (1 - each.score) * _USEFUL * max(lean, 0.0)
        for each in ranked:
            if each.seq in self.outdated:
                later = [other for other in ranked if other.seq not in self.outdated and after(other, each)]
                least = min(_FITS * before[each.seq], max((before[other.seq] for other in later), default=0.0))
                fits = [other.score for other in later if before[other.seq] >= least]
                each.score = min([_OUTDATED * each.score, *(0.99 * score for score in fits)])
        return sorted(ranked, key=lambda each: (-each.score, each.seq in self.outdated))

    def marked(self, found: Iterable[Recollection]) -> tuple[Recollection, ...]:
        """Recollections whose why tells of the verdict.

        Beside their signals stand `model` (the score before what was learned and said changed it), and where a verdict
        bears on it `feedback` (-1 to 1).
        """
        return tuple(self._marked(each) for each in found)

    def _marked(self, each: Recollection) -> Recollection:
        seq = each.message.seq
        lean = (self.leaning or {}).get(seq, 0.0)
        if seq in self.outdated:
            verdict = Verdict.OUTDATED
        elif lean:
            verdict = Verdict.USEFUL if lean > 0 else Verdict.WRONG
        else:
            verdict = None
        signals = {**each.why.signals, MODEL: round(self.model.get(seq, each.score), 4)}
        if verdict:
            signals["feedback"] = round(lean, 4)
        return replace(each, why=replace(each.why, signals=signals, verdict=verdict))


def _learned(ranked: Sequence[Scored], personal: Personal) -> None:
    """Change the scores of candidates that have a table of features by what was learned from the user's verdicts."""
    from memory.recall.reasons import SIGNALS

    found: Any = getattr(ranked[0], "features", None) if ranked else None
    if found is None or any(SIGNALS.get(name) not in found.columns for name in personal.weights):
        return
    rows = [each.row for each in ranked]  # type: ignore[attr-defined]
    signals = {name: found.columns[SIGNALS[name]][rows] for name in personal.weights}
    scores = personal(np.array([each.score for each in ranked], dtype=np.float64), signals)
    for each, score in zip(ranked, scores, strict=True):
        each.score = float(score)


class Judge:
    """Reads the verdicts of a memory and says what they mean for a cue. Safe to use from several threads.

    Args:
        journal: where the verdicts are; what was learned from them lies beside it.
        embedder: name of what makes the vectors of cues.
        version: of the weights in use; what was learned over others is not used.
    """

    def __init__(self, journal: Journal, embedder: str, version: str = "") -> None:
        self._version = version
        self._file = LearnedFile(journal.folder)
        self._stamp = (0, 0)
        self._personal: dict[str, tuple[Personal | None, str]] = {}
        self._journal = journal
        self._embedder = embedder
        self._guard = threading.Lock()
        self._state = (0, 0, 0)
        self._kept: dict[str, list[tuple[Judgement, frozenset[str]]]] = {}

    def forget_texts(self) -> None:
        """Drop the cues that are kept in memory."""
        with self._guard:
            self._state, self._kept = (0, 0, 0), {}

    def of(self, cue: str, vectors: Sequence[Vector], scope: str, as_of: datetime | None = None) -> Judged:
        """The verdicts of the scope with this key that bear on `cue`.

        With `as_of` those that were given later are left out, except never, which holds always.
        """
        known = self._judgements(scope)
        personal, note = self._learned(scope)
        if not known:
            return Judged(personal=personal, note=note)
        terms = frozenset(content_terms(cue))
        leaning: dict[int, float] = {}
        outdated: set[int] = set()
        for judgement, its_terms in known:
            given = judgement.given
            if given.verdict is Verdict.NEVER or _later(given.time, as_of):
                continue
            if given.verdict is Verdict.OUTDATED:
                outdated.add(judgement.seq)
                continue
            alike = _alike(cue, terms, vectors, judgement, its_terms)
            if alike >= _LEAST and alike >= abs(leaning.get(judgement.seq, 0.0)):
                leaning[judgement.seq] = alike if given.verdict is Verdict.USEFUL else -alike
        never = frozenset(each.given.message_id for each, _ in known if each.given.verdict is Verdict.NEVER)
        return Judged(never, leaning, frozenset(outdated), personal, note)

    def _learned(self, scope: str) -> tuple[Personal | None, str]:
        """What was learned for the scope, and what is wrong with it."""
        stamp = self._file.stamp()
        if stamp == (0, 0) or not self._version:
            return None, ""
        with self._guard:
            if stamp != self._stamp:
                self._stamp, self._personal = stamp, {}
            if scope not in self._personal:
                self._personal[scope] = self._read_learned(scope)
            return self._personal[scope]

    def _read_learned(self, scope: str) -> tuple[Personal | None, str]:
        try:
            found = self._file.latest(scope)
        except LearnedError as error:
            return None, str(error)
        if found is not None and found.base != self._version:
            return None, (
                f"What was learned from your verdicts belongs to weights {found.base} and is not used with"
                f" {self._version}; `recollect learn` learns anew."
            )
        return found, ""

    def _judgements(self, scope: str) -> list[tuple[Judgement, frozenset[str]]]:
        state = self._journal.feedback_state()
        if state == (0, 0, 0):
            return []
        with self._guard:
            if state != self._state:
                self._state, self._kept = state, {}
            if scope in self._kept:
                return self._kept[scope]
        found = [
            (each, frozenset(content_terms(each.given.cue))) for each in self._journal.judgements(scope, self._embedder)
        ]
        with self._guard:
            if state == self._state:
                self._kept[scope] = found
        return found


def _later(time: datetime | None, as_of: datetime | None) -> bool:
    if as_of is None or time is None:
        return False
    return time > (as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC))


def _alike(
    cue: str, terms: frozenset[str], vectors: Sequence[Vector], judgement: Judgement, its_terms: frozenset[str]
) -> float:
    """How much two cues ask the same, from 0 to 1; a half for a verdict that was given without a cue."""
    other = judgement.given.cue
    if not other.strip():
        return _WITHOUT_CUE
    if other.strip() == cue.strip():
        return 1.0
    shared = len(terms & its_terms) / len(terms | its_terms) if terms and its_terms else 0.0
    its = judgement.vector
    cosine = max((float(vector @ its) for vector in vectors), default=0.0) if its is not None else 0.0
    near = (cosine - _STRANGE_COSINE) / (_SAME_COSINE - _STRANGE_COSINE)
    return min(1.0, max(shared / _SAME_TERMS if shared >= _SAME_TERMS / 2 else 0.0, near, 0.0))

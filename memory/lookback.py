"""Looking back: what was recalled when an answer was made, put together again from the ids that were kept with it.

What a step of a path is told by (the words, the name that two messages share) is made anew from the messages, so
that it says nothing of what was forgotten since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memory.associations.names import names, speaker_name
from memory.journal.recalled import Recalled
from memory.text import content_terms, shorten, term_spellings
from memory.types import Recall, Recollection, Role, Step, Verdict, Why

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from memory.memory import Memory
    from memory.types import Message

NOT_KEPT = "How these were found was not kept with this answer."
_LABEL = 60
_READ = 4000


def keep(memory: Memory, reply: str, recall: Recall, used: Collection[str]) -> None:
    """Keep with the answer `reply` what was recalled for it; `used` are the ids that stood in its prompt.

    Raises `StorageError` when it cannot be written.
    """
    rows = [
        Recalled(
            one.message.id,
            one.message.id in used,
            one.score,
            one.why.signals,
            tuple((step.kind, step.message_id, step.weight) for step in one.why.path),
        )
        for one in (*recall.recollections, *recall.pinned)
    ]
    if rows:
        memory.journal.put_recalled(reply, rows, memory.scope)


def look_back(memory: Memory, reply: Message) -> Recall:
    """What was recalled for an answer, as it was then; of an answer without a record what stood in its prompt.

    What was forgotten since, or is never to come back, is left out.
    """
    kept = memory.journal.recalled(reply.id, memory.scope)
    noted = bool(kept)
    if not kept:
        kept = [Recalled(id_, True, 0.0, {}, ()) for id_ in reply.used]
    ids = {one.message_id for one in kept} | {step[1] for one in kept for step in one.path}
    messages = {one.id: one for one in memory.journal.listed(memory.scope, ids=sorted(ids), limit=len(ids) or 1)}
    exchanges = memory.journal.exchange(sorted({one.exchange for one in messages.values()}))
    verdicts = {one.message_id: one.verdict for one in reversed(memory.feedback_of())}
    asked = memory.journal.exchange([reply.exchange]).get(reply.exchange, ())
    cue = next((one.text for one in asked if one.role is Role.USER and one.seq < reply.seq), "")
    found = []
    for one in kept:
        message = messages.get(one.message_id)
        if message is None or verdicts.get(message.id) is Verdict.NEVER:
            continue
        why = _why(one, message, messages, cue, verdicts.get(message.id))
        found.append(Recollection(message, exchanges.get(message.exchange, (message,)), one.score, why))
    pinned = [each for each in found if any(step.kind == "pinned" for step in each.why.path)]
    notes = () if noted or not found else (NOT_KEPT,)
    return Recall(cue, tuple(one for one in found if one not in pinned), {}, notes=notes, pinned=tuple(pinned))


def _why(kept: Recalled, message: Message, messages: Mapping[str, Message], cue: str, verdict: Verdict | None) -> Why:
    shared = _shared_words(cue, message.text)
    steps: list[Step] = []
    before: Message | None = None
    for kind, id_, weight in kept.path:
        at = messages.get(id_)
        if at is None:
            steps = []  # a message on the way was forgotten, so the way is no longer to be told
            break
        steps.append(Step(kind, _label(kind, before, at, cue), id_, weight))
        before = at
    return Why(dict(kept.signals), tuple(steps), shared, verdict)


def _label(kind: str, before: Message | None, at: Message, cue: str) -> str:
    if kind == "words":
        return ", ".join(_shared_words(cue, at.text))
    if kind == "name" and before is not None:
        return next(iter(_names(before) & _names(at)), "")
    if kind == "term" and before is not None:
        return next(iter(_shared_words(before.text, at.text)), "")
    return shorten((before or at).text, _LABEL)


def _names(message: Message) -> set[str]:
    return {*names(message.text[:_READ]), *([speaker_name(message.speaker)] if message.speaker else [])}


def _shared_words(one: str, other: str) -> tuple[str, ...]:
    """The words of `one` that `other` has too, as `one` spells them; the longest first, as rare words mostly are."""
    spelt = term_spellings(one[:_READ])
    has = set(content_terms(other[:_READ]))
    words = [spelt.get(term, term) for term in dict.fromkeys(content_terms(one[:_READ])) if term in has]
    return tuple(dict.fromkeys(words))

"""Whatever is said, linked and judged where: nothing of one profile or project ever shows in another."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.errors import UsageError
from memory.journal.rows import microseconds
from memory.memory import Memory
from memory.portable import export
from memory.recall.arms import CONTROLS
from memory.types import NewMessage, Role, Scope, Selection, Verdict

from .tiny import Tiny

SCOPES = [Scope(), Scope("work"), Scope("work", "garden"), Scope("default", "work")]
TEXTS = ["Ana has a dog called Biscuit.", "The dog of Ana sleeps.", "My passport expires in March.", "Biscuit!", "Yes?"]
CUES = ["Ana's dog Biscuit", "When does my passport expire?"]
STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("ssssalfn"), st.integers(0, 99), st.integers(0, 99)),
    min_size=6,
    max_size=24,
)


def live(memories: list[Memory], steps: list[tuple[int, str, int, int]]) -> list[str]:
    """Do things in all scopes, wrong ones too: what crosses is refused or passed over. The ids of all messages."""
    said: list[tuple[int, str]] = []
    for at, what, number, other in steps:
        memory = memories[at]
        one, two = (said[index % len(said)] if said else (0, "") for index in (number, other))
        if what in "sa" or not said:
            role = Role.ASSISTANT if what == "a" else Role.USER
            used = tuple({one[1], two[1]} - {""})
            answered = one[1] if what == "a" and said and one[0] == at else ""
            message = NewMessage(role, TEXTS[number % 5], "ab"[other % 2], "Lea", reply_to=answered, used=used)
            said.append((at, memory.remember(message).id))
        elif what == "l":
            with refused(one[0] != at or two[0] != at or one == two):
                memory.link(one[1], two[1])
        elif what == "f":
            with refused(one[0] != at):
                memory.feedback(one[1], [Verdict.USEFUL, Verdict.OUTDATED][other % 2], CUES[other % 2])
        else:
            with refused(one[0] != at):
                memory.forget(messages=[one[1]])
                said.remove(one)
    return [id_ for _, id_ in said]


@contextlib.contextmanager
def refused(expected: bool):
    """What crosses is refused with an error that a user can act on."""
    try:
        yield
    except UsageError:
        assert expected
    else:
        assert not expected


def shown(memory: Memory) -> set[str]:
    """The ids of every message that this memory shows, on every path there is."""
    found: set[str] = set()
    for cue in CUES:
        recalls = [memory.recall(cue, k=50), *(memory.rank(cue, arm, k=50) for arm in CONTROLS)]
        for each in [one for recall in recalls for one in recall.recollections]:
            found |= {each.message.id, *(message.id for message in each.exchange)}
            found |= {step.message_id for step in each.why.path}
        for spark in memory.spark(cue):
            found |= {spark.first.id, spark.second.id, *(step.message_id for step in spark.path)}
    own = [message for session in memory.sessions() for message in memory.session_messages(session.id)]
    found |= {message.id for message in own}
    seqs = [message.seq for message in own]
    reached = {edge.other_seq for message in own for edge in memory.associations(message.id)}
    reached |= set(memory.spreading.spread(dict.fromkeys(seqs, 1.0), hops=3).total)
    reached |= {other for _, other in memory.journal.linked(seqs)}
    reached |= {other for _, other, _ in memory.journal.together(seqs)}
    scope = memory.journal.scope_key(memory.scope.key)
    moments = [(scope, -1, microseconds(message.time)) for message in own if message.time][:20]
    reached |= {other for _, other, _ in memory.journal.close_in_time(moments, 10**15, 50)}
    reached |= {other for near in memory.journal.neighbours(seqs, 2).values() for other, _ in near}
    found |= {message.id for message in memory.journal.by_seq(list(reached)).values()}
    found |= {each.message_id for each in memory.feedback_of()}
    found |= set(memory.forget(everything=True, dry_run=True).messages)
    found |= {message.id for message in memory.journal.messages(memory.scope, Selection(everything=True))}
    for line in map(json.loads, export(memory)):
        found |= {line["id"]} if line["type"] == "message" else {line["message"]} if "message" in line else set()
        found |= set(line.get("messages", ()))
    return found


def check(store: str, steps: list[tuple[int, str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        memories = [
            stack.enter_context(Memory.open(Path(folder), embedder=Tiny(), store=store, background=False, scope=scope))
            for scope in SCOPES
        ]
        ids = live(memories, steps)
        memories[0].flush()
        own = [
            {id_ for id_ in ids if id_ in set(memory.forget(everything=True, dry_run=True).messages)}
            for memory in memories
        ]
        assert sum(map(len, own)) == len(ids)
        for memory, mine in zip(memories, own, strict=True):
            assert shown(memory) == mine
            for id_ in set(ids) - mine:
                for crossing in (memory.find, memory.associations):
                    with pytest.raises(UsageError):
                        crossing(id_)
                with pytest.raises(UsageError):
                    memory.forget(messages=[id_])
        for memory in memories:
            memory._dirty = False


@given(STEPS)
@settings(max_examples=8)
def test_nothing_ever_crosses(steps: list[tuple[int, str, int, int]]) -> None:
    check("memory", steps)


@given(STEPS)
@settings(max_examples=2)
def test_nothing_ever_crosses_through_chroma(steps: list[tuple[int, str, int, int]]) -> None:
    check("chroma", steps)

"""What a process keeps of messages between recalls: brought forward by what was said since, and always true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.associations.known import Known
from memory.journal import Journal
from memory.journal.traces import NAME, TERM
from memory.memory import Memory
from memory.types import Scope

from .conftest import say
from .tiny import Tiny

TEXTS = ("Ana plays the piano", "the boat to Porto", "Ana paid the tax", "bread from Porto", "a wasp in the garden")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(TEXTS), st.sampled_from(["a", "b"])),
        st.tuples(st.just("forget"), st.just(""), st.just("")),
        st.tuples(st.just("undo"), st.just(""), st.just("")),
    ),
    min_size=3,
    max_size=12,
)


def seen(known: Known, journal: Journal) -> tuple[object, ...]:
    """Everything of terms, names and sessions as `known` has it."""
    known.refresh()
    scope = journal.scope_key(Scope().key)
    words = {word for text in TEXTS for word in text.lower().split()}
    nodes = [
        *journal.node_keys(scope, TERM, words).values(),
        *journal.node_keys(scope, NAME, {"ana", "porto"}).values(),
    ]
    nodes.sort()
    assert nodes
    sessions = np.array([1, 2], dtype=np.int64)
    vectors, there = known.sessions.of(sessions, Tiny.dimension)
    return (
        known.nodes.frequencies(np.array(nodes, dtype=np.int64)).tolist(),
        [one.tolist() for one in known.nodes.messages(nodes)],
        np.round(vectors, 4).tolist(),
        there.tolist(),
    )


@settings(max_examples=8)
@given(steps=STEPS)
def test_what_another_process_wrote_since_is_seen_and_nothing_else_is_kept(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, str]]
) -> None:
    folder: Path = tmp_path_factory.mktemp("known")
    with (
        Memory.open(folder, embedder=Tiny(), background=False) as writer,
        Memory.open(folder, embedder=Tiny(), background=False) as reader,
    ):
        say(writer, TEXTS[0], "a")
        writer.flush(store=False)
        known = Known(reader.journal, Tiny.name)
        seen(known, reader.journal)
        undoable = False
        for what, text, session in steps:
            if what == "say":
                say(writer, text, session)
                writer.flush(store=False)
            elif what == "forget":
                first, newest = 1, writer.journal.last_message()
                if newest > first:
                    message = writer.journal.by_seq([newest])[newest]
                    writer.forget(messages=[message.id], undoable=True)
                    undoable = True
            elif what == "undo" and undoable:
                writer.undo_forget()
                undoable = False
            assert seen(known, reader.journal) == seen(Known(reader.journal, Tiny.name), reader.journal)

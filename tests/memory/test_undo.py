"""What was forgotten last comes back as it was, from the memory of the process that forgot it and from nowhere else."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.errors import UsageError
from memory.memory import Memory
from memory.types import Feedback, NewMessage, Role, Selection, Verdict

from .conftest import fill, say
from .test_portable import lines, opened, take, talks, traced, whole


@given(talks(), st.data())
@settings(max_examples=10)
def test_undoing_leaves_everything_as_it_was(live: Callable[[Memory], None], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as memory:
        live(memory)
        traced(memory)
        before = whole(memory), lines(memory)
        ids = [id_ for id_, *_ in before[0][0]]
        if not ids:
            return
        some = data.draw(st.sets(st.sampled_from(ids), min_size=1))
        gone, kept = memory.journal.forget_selected(Selection(messages=tuple(some)), memory.scope, undoable=True)
        assert set(gone.messages) == some
        memory._forgetter._kept = kept
        assert set(memory.undo_forget()) == some
        assert (whole(memory), lines(memory)) == before
        assert take(memory, before[1]).known == len(ids)


def test_it_is_found_again_and_everything_about_it_is_back(open_memory: Callable[..., Memory]) -> None:
    memory = open_memory()
    said = fill(memory)
    passport = said["passport"]
    memory.link(passport.id, said["disk"].id)
    memory.feedback(passport.id, Verdict.USEFUL, "papers")
    memory.remember(NewMessage(Role.ASSISTANT, "Both.", "d", used=(passport.id, said["disk"].id)))
    memory.rename("c", "Papers")
    memory.flush()
    other = open_memory()
    seen = other.recall("When does my passport expire?").recollections
    together = memory.journal.together([passport.seq])
    memory.forget(sessions=["c"], undoable=True)
    assert passport.id not in [one.message.id for one in other.recall("passport").recollections]
    assert memory.flush()
    assert set(memory.undo_forget()) == {said[name].id for name in ("passport", "passport-reply", "disk", "disk-reply")}
    for each in (memory, other):
        again = each.recall("When does my passport expire?").recollections
        assert [one.message.id for one in again] == [one.message.id for one in seen]
        assert [one.score for one in again] == pytest.approx([one.score for one in seen], abs=1e-3)
        assert [message.id for message in again[0].exchange] == [message.id for message in seen[0].exchange]
    assert memory.session("c").title == "Papers"
    assert [(one.verdict, one.cue) for one in memory.feedback_of(passport.id)] == [(Verdict.USEFUL, "papers")]
    assert memory.journal.linked([passport.seq]) == [(passport.seq, said["disk"].seq)]
    assert memory.journal.together([passport.seq]) == together
    assert memory.flush()
    assert memory.stats().indexed == memory.stats().passages
    with pytest.raises(UsageError, match="nothing to put back"):
        memory.undo_forget()


def test_only_the_last_is_kept_and_only_when_asked(memory: Memory) -> None:
    one, two = say(memory, "One."), say(memory, "Two.")
    memory.forget(messages=[one.id], undoable=True)
    memory.forget(messages=[two.id])
    with pytest.raises(UsageError):
        memory.undo_forget()
    assert memory.stats().messages == 0


def test_what_came_back_by_an_import_stays_as_it_is(tmp_path: Path) -> None:
    with opened(tmp_path) as memory:
        said = say(memory, "Here.", source="mail", source_id="1")
        memory.journal.put_feedback(Feedback(said.id, Verdict.NEVER), memory.scope)
        memory.forget(messages=[said.id], undoable=True)
        memory.remember_many([NewMessage(Role.USER, "Here.", "s1", source="mail", source_id="1")], again=True)
        assert memory.undo_forget() == ()
        assert [one.text for one in memory.session_messages("s1")] == ["Here."]

"""What is kept for looking back, what an answer leans on, pins, undo."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from memory.attribution import attribute, sentences
from memory.errors import UsageError
from memory.lookback import NOT_KEPT, keep, look_back
from memory.memory import Memory
from memory.pinned import with_pins
from memory.types import NewMessage, Recall, Role, Verdict
from tests.memory.conftest import fill, say


def answered(memory: Memory, question: str, answer: str) -> tuple[Recall, str]:
    """Ask in a session of its own, keep what was recalled; that, and the id of the reply."""
    asked = say(memory, question, "later")
    recall = memory.recall(question, exclude={asked.id})
    used = tuple(each.message.id for each in recall.recollections[:2])
    reply = memory.remember(NewMessage(Role.ASSISTANT, answer, "later", reply_to=asked.id, used=used))
    keep(memory, reply.id, recall, used)
    return recall, reply.id


def test_looking_back_shows_what_was_recalled_then(memory: Memory) -> None:
    said = fill(memory)
    question = "When does my passport expire?"
    before, reply = answered(memory, question, "On 3 March 2027.")
    say(memory, "My passport expires in 2031 now, I have a new one.", "z")
    back = look_back(memory, memory.find(reply))
    assert back.cue == question
    assert [each.message.id for each in back.recollections] == [each.message.id for each in before.recollections]
    first = back.recollections[0]
    assert first.message.id == said["passport"].id
    assert first.why.signals == pytest.approx(before.recollections[0].why.signals)
    assert [step.kind for step in first.why.path] == [step.kind for step in before.recollections[0].why.path]
    assert "passport" in first.why.terms
    assert first.score == before.recollections[0].score


def test_an_answer_without_a_record_shows_what_stood_in_its_prompt(memory: Memory) -> None:
    said = fill(memory)
    asked = say(memory, "When does my passport expire?", "later")
    used = (said["passport"].id, "000000000000")
    reply = memory.remember(NewMessage(Role.ASSISTANT, "In 2027.", "later", reply_to=asked.id, used=used))
    back = look_back(memory, reply)
    assert [each.message.id for each in back.recollections] == [said["passport"].id]
    assert back.notes == (NOT_KEPT,)
    assert not back.recollections[0].why.path


def test_nothing_of_a_forgotten_message_is_left_in_what_was_recalled(memory: Memory) -> None:
    said = fill(memory)
    _, reply = answered(memory, "What is the puppy of my sister Ana called?", "Biscuit.")
    kept = look_back(memory, memory.find(reply)).recollections
    assert said["puppy"].id in {each.message.id for each in kept}
    memory.forget(messages=[said["puppy"].id])
    back = look_back(memory, memory.find(reply)).recollections
    assert said["puppy"].id not in {each.message.id for each in back}
    for each in back:
        assert all(step.message_id != said["puppy"].id for step in each.why.path)
        assert all("labrador" not in step.label for step in each.why.path)
    memory.feedback(back[0].message.id, Verdict.NEVER)
    again = look_back(memory, memory.find(reply)).recollections
    assert back[0].message.id not in {each.message.id for each in again}


def test_the_journal_keeps_no_text_with_what_was_recalled(memory: Memory) -> None:
    fill(memory)
    answered(memory, "When does my passport expire?", "On 3 March 2027.")
    with sqlite3.connect(memory.journal.folder / "journal.db") as connection:
        rows = connection.execute("SELECT signals, path FROM recalled").fetchall()
    assert rows
    assert all(word not in str(rows) for word in ("passport", "expires", "March"))


@pytest.mark.parametrize(
    ("answer", "leaned"),
    [
        ("It expires on 3 March 2027.", ["passport"]),
        ("Your sister's **labrador** is called Biscuit.\n\nAnd you play the cello.", ["puppy", "biscuit", "cello"]),
        ("I do not know that.", []),
        ("```\nBiscuit labrador cello\n```", []),
        ("", []),
    ],
)
def test_an_answer_leans_on_what_it_shares_rare_words_with(memory: Memory, answer: str, leaned: list[str]) -> None:
    said = fill(memory)
    notes = memory.recall("sister puppy Biscuit cello passport expires", k=20).recollections
    found = attribute(memory, answer, "Tell me.", notes)
    names = {message.id: name.removesuffix("-reply") for name, message in said.items()}
    assert {names[id_] for id_ in found.notes} == set(leaned)
    assert all(0 < found.strength[id_] <= 1 for id_ in found.notes)
    numbers = [number for _, some in found.places for number in some]
    assert set(numbers) == set(range(1, len(found.notes) + 1))
    assert all(answer[place - 1] in ".!?" for place, _ in found.places)


def test_what_the_question_said_already_is_nothing_to_lean_on(memory: Memory) -> None:
    said = fill(memory)
    notes = memory.recall("cello").recollections
    assert said["cello"].id in {each.message.id for each in notes}
    assert not attribute(memory, "You asked about the cello.", "What about the cello I asked about?", notes).notes


def test_a_paraphrase_leans_by_meaning(memory: Memory) -> None:
    kept = say(memory, "The kids were terrified of the dog next door.")
    notes = memory.recall("dog next door").recollections
    found = attribute(memory, "The children were scared of the neighbour's puppy.", "What was it?", notes)
    assert found.notes == (kept.id,)


def test_sentences_leave_out_code_tables_and_headings() -> None:
    text = "# Head\nOne is here. Two is too!\n\n| a | b |\n\n~~~\nthree is. code\n~~~\n- four stays"
    assert [text[start:end].strip() for start, end in sentences(text)] == [
        "One is here.",
        "Two is too!",
        "- four stays",
    ]


def test_pins_come_after_what_was_evoked_and_go_with_the_message(memory: Memory) -> None:
    said = fill(memory)
    memory.journal.pin([said["cello"].id, said["passport"].id], memory.scope)
    recall = with_pins(memory.recall("When does my passport expire?", k=1), memory)
    assert said["passport"].id in {each.message.id for each in recall.recollections}
    assert [each.message.id for each in recall.pinned] == [said["cello"].id]
    assert recall.pinned[0].why.sentence() == "pinned by you"
    assert not with_pins(memory.recall("When?"), memory, {said["cello"].id, said["passport"].id}).pinned
    memory.feedback(said["cello"].id, Verdict.NEVER)
    assert not with_pins(memory.recall("passport", k=1), memory).pinned
    with pytest.raises(UsageError, match="to pin"):
        memory.journal.pin([said["disk"].id, "nosuchid"], memory.scope)
    assert said["disk"].id not in {one.id for one in memory.journal.pinned(memory.scope)}
    memory.forget(messages=[said["passport"].id])
    assert [one.id for one in memory.journal.pinned(memory.scope)] == [said["cello"].id]
    memory.journal.pin([said["cello"].id], memory.scope, pinned=False)
    assert not memory.journal.pinned(memory.scope)


def test_undo_brings_back_the_same_messages_at_their_places(open_memory: Callable[..., Memory]) -> None:
    memory = open_memory()
    said = fill(memory)
    memory.rename("a", "Ana and the puppy")
    memory.journal.pin([said["puppy"].id], memory.scope)
    memory.feedback(said["puppy"].id, Verdict.USEFUL, "What did Ana adopt?")
    memory.flush()
    before = {session: memory.session_messages(session) for session in ("a", "b", "c")}
    gone = [said[name].id for name in ("puppy", "puppy-reply", "biscuit", "passport")]
    memory.forget(messages=gone, undoable=True)
    assert {session.id for session in memory.sessions()} == {"b", "c"}
    assert not any("labrador" in each.message.text for each in memory.recall("brown labrador puppy").recollections)
    assert len(memory.undo_forget()) == 4
    assert {session: memory.session_messages(session) for session in before} == before
    assert memory.session("a").title == "Ana and the puppy"
    assert memory.recall("brown labrador puppy").recollections[0].message.id == said["puppy"].id
    assert [one.id for one in memory.journal.pinned(memory.scope)] == [said["puppy"].id]
    assert [each.verdict for each in memory.feedback_of(said["puppy"].id)] == [Verdict.USEFUL]
    assert {edge.kind for edge in memory.associations(said["puppy"].id)} >= {"next"}
    other = open_memory()
    assert other.recall("brown labrador puppy").recollections[0].message.id == said["puppy"].id

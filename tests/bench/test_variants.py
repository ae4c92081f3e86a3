"""Sets in other shapes of talk, to fit on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.bench.fitting.variants import in_first_person, made_from, variants
from assistant.bench.sets import QuestionSet, read
from memory.types import Role

LONG = "Yes, of course! " + "There is a lot to be said about this, and I shall say it. " * 8


def made(path: Path, lines: list[dict[str, object]]) -> QuestionSet:
    path.write_text("".join(json.dumps({"conversation": "c", **line}) + "\n" for line in lines), encoding="utf-8")
    return read(path)


def message(number: int, speaker: str, text: str) -> dict[str, object]:
    role = "assistant" if speaker in ("assistant", "Ben") else "user"
    time = f"2026-05-01T10:{number:02d}:00"
    return {"type": "message", "session": "s", "id": f"m{number}", "speaker": speaker, "role": role, "time": time,
            "text": text}  # fmt: skip


def question(number: int, text: str, evidence: str) -> dict[str, object]:
    return {"type": "question", "id": f"q{number}", "text": text, "evidence": [evidence]}


def test_of_two_people_either_tells_it_to_an_assistant(tmp_path: Path) -> None:
    said = [message(at, "Ana" if at % 2 else "Ben", f"This is number {at}. {LONG}") for at in range(1, 15)]
    found = made(
        tmp_path / "two.jsonl",
        [*said, question(1, "What did Ana count?", "m3"), question(2, "Did Ben and Ana count?", "m2")],
    )
    told, cut = variants(found)
    assert (told.name, cut.name) == ("two.jsonl~told", "two.jsonl~cut")
    assert {made_from(each.name) for each in told.conversations} == {"c"}
    (ana,) = told.conversations
    assert [one.text for one in ana.questions] == ["What did I count?"]
    assert {(each.role, each.speaker) for each in ana.messages} == {(Role.USER, ""), (Role.ASSISTANT, "")}
    replies = [each.text for each in ana.messages if each.role is Role.ASSISTANT]
    assert all(text.startswith("This is number") and len(text) < 100 for text in replies)
    assert next(each.text for each in ana.messages if each.role is Role.USER) == said[0]["text"]


def test_of_an_assistant_the_replies_are_cut_and_what_was_cut_is_not_asked_for(tmp_path: Path) -> None:
    said = [message(at, "user" if at % 2 else "assistant", f"Number {at}. {LONG}") for at in range(1, 15)]
    found = made(tmp_path / "one.jsonl", [*said, question(1, "Which?", "m3"), question(2, "What?", "m4")])
    curt, cut = variants(found)
    (one,) = curt.conversations
    assert [each.id for each in one.questions] == ["q1"]
    assert all(len(each.text) < 200 for each in one.messages if each.role is Role.ASSISTANT)
    (bits,) = cut.conversations
    assert [each.id for each in bits.questions] == ["q1", "q2"]
    assert [each.text for each in bits.messages] == [each["text"] for each in said]
    assert len({each.session for each in bits.messages}) == 3
    assert len({found.sha256, curt.sha256, cut.sha256}) == 3


def test_pages_without_sessions_have_no_variant(tmp_path: Path) -> None:
    pages = [{**message(at, f"Page {at}", "Something."), "session": f"p{at}"} for at in range(4)]
    assert variants(made(tmp_path / "pages.jsonl", [*pages, question(1, "What?", "m1")])) == []


@pytest.mark.parametrize(
    ("text", "mine"),
    [
        ("What did Ana research?", "What did I research?"),
        ("What is Ana's brother called?", "What is my brother called?"),
        ("Is Ana older than her sister?", "Am I older than my sister?"),
        ("Who has given a book to Ana?", "Who has given a book to me?"),
        ("Where does Ana want to go when she retires?", "Where do I want to go when I retires?"),
        ("What about Anastasia?", "What about Anastasia?"),
    ],
)
def test_questions_in_the_first_person(text: str, mine: str) -> None:
    assert in_first_person(text, "Ana") == mine

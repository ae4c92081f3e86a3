from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest

from assistant.importers import FORMATS, Passed, Problem, importer
from memory.errors import UsageError
from memory.types import NewMessage, Origin, Role

from .conftest import message_line


def read(data: str | bytes, name: str = "talk.jsonl") -> list[NewMessage | Problem | Passed]:
    raw = data.encode() if isinstance(data, str) else data
    return list(importer("jsonl").read(io.BytesIO(raw), name))


def test_a_message_keeps_everything_that_the_line_says() -> None:
    (found,) = read(message_line("I play the cello.", 7))
    assert found == NewMessage(
        role=Role.USER, text="I play the cello.", session="diary/march", speaker="Lea",
        time=datetime(2026, 3, 2, 9, 7), source="diary", source_id="m7", origin=Origin.IMPORT,
    )  # fmt: skip


def test_conversations_do_not_mix() -> None:
    one, two = read(message_line("a", conversation="x") + "\n" + message_line("b", conversation="y"))
    assert isinstance(one, NewMessage)
    assert isinstance(two, NewMessage)
    assert (one.session, two.session) == ("x/march", "y/march")
    assert (one.source_id, two.source_id) == ("m1", "m1")


def test_without_a_conversation_the_file_is_one() -> None:
    (found,) = read(message_line("a", conversation=None), "notes/2026.jsonl")
    assert isinstance(found, NewMessage)
    assert (found.source, found.session) == ("2026", "2026/march")


def test_questions_empty_messages_and_blank_lines_are_passed_over() -> None:
    data = "\n".join(['{"type": "question", "id": "q", "text": "Why?"}', "", "  ", message_line(" \n ")])
    assert read(data) == [Passed(), Passed()]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-03-02T09:00:00+02:00", datetime(2026, 3, 2, 7, tzinfo=UTC)),
        ("2026-03-02T07:00:00Z", datetime(2026, 3, 2, 7, tzinfo=UTC)),
        (1772434800, datetime(2026, 3, 2, 7, tzinfo=UTC)),
        (None, None),
        ("", None),
    ],
)
def test_times_in_their_forms(time: object, expected: datetime | None) -> None:
    (found,) = read(message_line("a", time=time))
    assert isinstance(found, NewMessage)
    assert found.time == expected


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"{not json", "not JSON"),
        (b"[1, 2]", "not an object"),
        (b"\xff\xfe\xfa", "not UTF-8"),
        (b'{"id": "1"}', "no `type`"),
        (b'{"type": "note"}', "'note'"),
        (message_line("a", id=None).encode(), "no `id`"),
        (message_line("a", id="").encode(), "`id` is empty"),
        (message_line("a", session=None).encode(), "no `session`"),
        (message_line("a", role="narrator").encode(), "'narrator'"),
        (message_line("a", text=["a"]).encode(), "`text` is not text"),
        (message_line("a", time="yesterday").encode(), "'yesterday'"),
        (message_line("a", time=1e30).encode(), "time"),
        (message_line("a", time=True).encode(), "time"),
        (b"[" * 100_000, "not JSON"),
        (b'{"type": "message", "id": ' + b"9" * 10_000 + b"}", "not JSON"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_the_rest_goes_on(line: bytes, what: str) -> None:
    first, problem, last = read(message_line("a").encode() + b"\n" + line + b"\n" + message_line("b", 2).encode())
    assert isinstance(first, NewMessage)
    assert isinstance(last, NewMessage)
    assert isinstance(problem, Problem)
    assert problem.where == "talk.jsonl:2"
    assert what in problem.what


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    found = read(b"\xef\xbb\xbf" + message_line("a").encode() + b"\r\n" + message_line("b", 2).encode() + b"\r\n")
    assert [item.text for item in found if isinstance(item, NewMessage)] == ["a", "b"]


def test_a_binary_file_is_refused_as_a_whole() -> None:
    with pytest.raises(UsageError, match="not a text file"):
        read(b"\x89PNG\r\n\x1a\n" + b"\x00" * 100)


def test_half_a_surrogate_pair_becomes_something_that_can_be_stored() -> None:
    (found,) = read(json.dumps({**json.loads(message_line("x")), "text": "a\ud83db"}))
    assert isinstance(found, NewMessage)
    found.text.encode()
    assert found.text[0] + found.text[-1] == "ab"


def test_an_unknown_format_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError) as wrong:
        importer("chatgtp")
    assert all(name in wrong.value.hint for name in FORMATS)

from __future__ import annotations

import pytest

from assistant.scripts import ScriptLine, missing, parse
from memory.errors import UsageError


def test_plain_text_is_one_prompt_a_paragraph() -> None:
    text = "\n\nThe code\nis 2580.\n   \n\nWhat is the code?\r\n"
    assert parse(text, "q.txt") == [ScriptLine(3, "The code\nis 2580."), ScriptLine(7, "What is the code?")]


def test_json_lines_carry_session_and_expectations() -> None:
    text = '{"prompt": "a"}\n\n{"prompt": "b", "session": "s", "expect": "x"}\n{"prompt": "c", "expect": ["x", "y"]}'
    assert parse(text, "q.jsonl") == [
        ScriptLine(1, "a"), ScriptLine(3, "b", "s", ("x",)), ScriptLine(4, "c", "", ("x", "y")),
    ]  # fmt: skip


def test_json_lines_are_known_by_their_look_too_and_either_form_can_be_insisted_on() -> None:
    text = '\ufeff{"prompt": "a"}'
    assert parse(text, "standard input") == [ScriptLine(1, "a")]
    assert parse(text, "q.txt", "text")[0].prompt == '{"prompt": "a"}'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no prompts"),
        (" \n\n ", "no prompts"),
        ('{"prompt": "a"}\nnot json', "f.jsonl:2"),
        ('{"prompt": "a", "expects": "b"}', "'expect'"),
        ('{"prompt": "a", "zzz": "b"}', "prompt, session, expect"),
        ('{"prompt": " "}', "no `prompt`"),
        ('{"prompt": 7}', "no `prompt`"),
        ('["a"]', "not a JSON object"),
        ('{"prompt": "a", "session": 7}', "`session` must be text"),
        ('{"prompt": "a", "expect": 7}', "`expect` must be"),
        ('{"prompt": "a", "expect": [""]}', "`expect` must be"),
        ("[" * 100_000, "f.jsonl:1"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line(text: str, words: str) -> None:
    with pytest.raises(UsageError) as wrong:
        parse(text, "f.jsonl")
    assert words in str(wrong.value)


def test_expectations_ignore_case_and_line_breaks() -> None:
    assert missing("It is called\n  BISCUIT, of Straße 5.", ["called biscuit", "strasse", "7"]) == ("7",)

from __future__ import annotations

import io
import json

import pytest

from assistant.cli.terminal import Terminal
from assistant.display import columns, safe, safe_line, size

NASTY = "a\x1b[31mb\x9b2Jc\x07\x7fd\u202ee\u2066f\U000e0041g\x00h\ud800i\rj\u2028k"


def test_nothing_that_a_terminal_obeys_is_left() -> None:
    shown = safe(NASTY)
    assert not any(ord(char) < 32 or 0x7F <= ord(char) <= 0x9F or char in "\u202e\u2066\u2028" for char in shown)
    shown.encode()
    assert shown.startswith("a\u241b[31mb")
    assert "".join(char for char in shown if char in "abcdefghijk") == "abcdefghijk"


def test_lines_tabs_and_windows_ends_stay_readable() -> None:
    assert safe("a\n\tb\r\nc") == "a\n\tb\nc"


def test_a_line_is_cut_by_columns_not_by_characters() -> None:
    assert safe_line("one\n two  three") == "one two three"
    assert columns(safe_line("日本語日本語日本語", 9)) <= 9
    assert safe_line("日本語日本語日本語", 9).endswith("…")
    assert safe_line("short", 9) == "short"


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (94_000_000, "94 MB")])
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_json_is_safe_on_any_stream_and_says_the_same(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace")
    monkeypatch.setattr("sys.stdout", stream)
    Terminal().json({"text": NASTY + " é 日本"})
    raw = stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    assert json.loads(raw) == {"text": NASTY + " é 日本"}
    assert not any(ord(char) < 32 or 0x7F <= ord(char) <= 0x9F or char == "\u202e" for char in raw.rstrip("\n"))

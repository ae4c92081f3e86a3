"""Feedback and `--as-of` through the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import Cli, complained, message_line

if TYPE_CHECKING:
    from pathlib import Path

CUE = "Where do I live?"


@pytest.fixture
def homes(cli: Cli, tmp_path: Path) -> dict[str, str]:
    """Two statements of which the second replaces the first, and something else; name -> id."""
    lines = [
        ("lisbon", "I live in Lisbon, by the river.", "2026-03-01T10:00:00"),
        ("porto", "I moved and live in Porto now, by the sea.", "2026-06-01T10:00:00"),
        ("cello", "I started learning to play the cello.", "2026-07-01T10:00:00"),
    ]
    file = tmp_path / "homes.jsonl"
    said = [message_line(text, conversation="d", session=name, id=name, time=time) for name, text, time in lines]
    file.write_text("\n".join(said) + "\n", encoding="utf-8")
    assert cli("import", str(file)).code == 0
    found = cli("recall", "live Lisbon Porto cello", "--json").json["recollections"]
    ids = {item["source_id"]: item["id"] for item in found}
    assert set(ids) == {"lisbon", "porto", "cello"}
    return ids


def recalled(cli: Cli, cue: str, *more: str) -> list[str]:
    return [item["source_id"] for item in cli("recall", cue, "--json", *more).json["recollections"]]


def test_as_of_answers_from_what_was_known_then(cli: Cli, homes: dict[str, str]) -> None:
    assert "porto" in recalled(cli, CUE)
    for date in ("2026-04-01", "1 April 2026", "2026-04-01T12:00", "April 2026", "1 avril 2026"):
        assert recalled(cli, CUE, "--as-of", date) == ["lisbon"]
    assert recalled(cli, CUE, "--as-of", "2020-01-01") == []
    assert cli("recall", CUE, "--as-of", "2026-04-01", "--json").json["as_of"].startswith("2026-04-01T23:59:59")


@pytest.mark.parametrize("date", ["", "soon", "2026-13-01", "31 June 2026"])
def test_a_wrong_date_is_refused(cli: Cli, date: str) -> None:
    complained(cli("recall", CUE, "--as-of", date), 2, "no date")


def test_outdated_goes_below_and_says_so(cli: Cli, homes: dict[str, str]) -> None:
    cue = "live in Lisbon by the river"
    assert recalled(cli, cue)[0] == "lisbon"
    ran = cli("feedback", homes["lisbon"], "outdated")
    assert (ran.code, ran.out) == (0, f"{homes['lisbon']}  outdated\n")
    found = cli("recall", cue, "--json").json["recollections"]
    assert [item["source_id"] for item in found][:2] == ["porto", "lisbon"]
    assert [item["why"]["verdict"] for item in found][:2] == [None, "outdated"]
    assert "you called it outdated" in cli("recall", cue).out


def test_never_and_back(cli: Cli, homes: dict[str, str]) -> None:
    assert cli("feedback", homes["lisbon"][:8], "never", "--cue", CUE, "--json").json["holds"][0]["verdict"] == "never"
    assert "lisbon" not in recalled(cli, "Lisbon")
    other = cli("feedback", homes["lisbon"], "useful", "--cue", "Lisbon")
    assert "still never" in other.err
    assert cli("feedback", homes["lisbon"], "none").out == f"{homes['lisbon']}  no longer useful, never\n"
    assert recalled(cli, "Lisbon")[0] == "lisbon"
    assert "nothing was said" in cli("feedback", homes["lisbon"], "NONE").out


def test_what_was_said_is_listed_and_replaced(cli: Cli, homes: dict[str, str]) -> None:
    assert cli("feedback", "--json").json == {"feedback": []}
    cli("feedback", homes["porto"], "wrong", "--cue", CUE)
    assert cli("feedback", homes["porto"], "useful", "--cue", CUE).out.endswith("useful (instead of wrong)\n")
    cli("feedback", homes["cello"], "wrong")
    (cello, porto) = cli("feedback", "--json").json["feedback"]
    assert (cello["message"], cello["verdict"], cello["cue"]) == (homes["cello"], "wrong", "")
    assert (porto["verdict"], porto["cue"]) == ("useful", CUE)
    assert porto["score"] > 0
    assert porto["signals"]["cosine"] > 0
    assert "I moved and live in Porto" in cli("feedback").out
    assert len(cli("feedback", homes["porto"], "--json").json["feedback"]) == 1
    assert cli("feedback", "--profile", "other", "--json").json == {"feedback": []}


def test_wrong_use_is_said(cli: Cli, homes: dict[str, str]) -> None:
    complained(cli("feedback", homes["porto"], "usefull"), 2, "usefull", "useful?")
    complained(cli("feedback", "zzzzzz", "useful"), 2, "zzzzzz")
    complained(cli("feedback", "--cue", "x"), 2, "Which message")
    complained(cli("feedback", homes["porto"], "useful", "--profile", "other"), 2, homes["porto"])

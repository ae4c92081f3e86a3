"""A clock that is wrong forgets nothing: through the commands and the line mode, with real files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from memory.journal import Journal
from memory.types import NewMessage, Role, Scope
from tests.servers import ScriptedServer

from .conftest import Cli

KEEP = {"RECOLLECT_MEMORY_KEEP_DAYS": "30"}
DAY = timedelta(days=1)


class Clock:
    """What stands for the machine's clock where retention and the journal look at it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = datetime.now(UTC)
        clock = self

        class Now(datetime):
            @classmethod
            def now(cls, tz=None):
                return clock.now.astimezone(tz)

        for module in ("assistant.retention", "memory.journal.appending"):
            monkeypatch.setattr(f"{module}.datetime", Now)

    def at(self, days: float) -> None:
        self.now += days * DAY


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def texts(home: Path, clock: Clock):
    """What is remembered; to begin with something of 40 days ago, of 20 and of today."""

    def read() -> list[str]:
        journal = Journal.open(home / "memory" / "journal.db")
        try:
            return [one.text for one in journal.session_messages("s", Scope())]
        finally:
            journal.close()

    journal = Journal.open(home / "memory" / "journal.db")
    for days in (40, 20, 0):
        journal.append(NewMessage(Role.USER, f"{days} days ago.", "s", time=clock.now - days * DAY), Scope())
    journal.close()
    return read


def talk(cli: Cli) -> str:
    """Open the line mode for a moment; what was said on standard error."""
    ran = cli("--plain", stdin="/quit\n", env=KEEP)
    assert ran.code == 0, ran.err
    return ran.err


@pytest.fixture(autouse=True)
def _in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done in the background is waited for, as the program here is open for a moment only."""
    from assistant import retention

    start = retention.start

    def waited(*args, **more):
        thread = start(*args, **more)
        if thread:
            thread.join(30)

    monkeypatch.setattr("assistant.cli.plain.start_retention", waited)


def test_a_leap_of_the_clock_is_told_and_forgets_nothing(
    cli: Cli, clock: Clock, texts, scripted: ScriptedServer
) -> None:
    assert "clock" not in talk(cli)
    assert texts() == ["20 days ago.", "0 days ago."], "the time that nobody doubts is heeded"
    clock.at(3000)
    told = talk(cli)
    assert "2 messages are older than memory.keep_days = 30" in told
    assert "set the clock" in told
    assert len(texts()) == 2
    clock.at(-2999)
    assert "clock" not in talk(cli), "it was set right"
    clock.at(2999.5)
    assert "2 messages are older" in talk(cli), "wrong at each start"
    assert len(texts()) == 2


def test_one_who_was_away_is_heeded_on_the_second_day(cli: Cli, clock: Clock, texts, scripted: ScriptedServer) -> None:
    talk(cli)
    clock.at(365)
    assert "2 messages are older" in talk(cli)
    clock.at(0.5)
    assert "2 messages are older" in talk(cli)
    clock.at(0.6)
    assert "older" not in talk(cli)
    assert texts() == []


def test_yes_does_not_vouch_for_the_clock_but_an_answer_does(
    cli: Cli, clock: Clock, texts, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(cli("forget", "--retention", "--yes", "--json", env=KEEP).json["messages"]) == 1
    clock.at(365)
    ran = cli("forget", "--retention", "--yes", "--json", env=KEEP)
    assert ran.json["messages"] == []
    assert "2 messages are older" in ran.err
    monkeypatch.setattr("assistant.cli.forget._sure", lambda *_: True)
    ran = cli("forget", "--retention", env=KEEP)
    assert "forgot 2 messages" in ran.out, ran
    assert texts() == []


def test_what_was_said_while_the_clock_stood_in_the_past_is_not_old(
    cli: Cli, clock: Clock, texts, scripted: ScriptedServer
) -> None:
    talk(cli)
    clock.at(-6000)
    cli("ask", "The battery is empty.", env=KEEP)
    clock.at(6000.1)
    for days in (0, 1.1):
        clock.at(days)
        talk(cli)
    assert len(texts()) == 2
    assert cli("sessions", "--json").json["sessions"][0]["messages"] == 2, "kept, and the last session"


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"trusted": "x", "doubted": null}', '{"trusted": 1e300}'])
def test_what_is_kept_of_the_clock_and_cannot_be_read_is_as_nothing(cli: Cli, texts, home: Path, kept: str) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(home / "memory" / "journal.db")) as connection:
        connection.execute("INSERT INTO meta VALUES ('clock', ?)", (kept,))
        connection.commit()
    assert len(cli("forget", "--retention", "--yes", "--json", env=KEEP).json["messages"]) == 1


def test_what_was_said_last_is_gone_on_with_whatever_the_clock_showed(
    cli: Cli, clock: Clock, scripted: ScriptedServer
) -> None:
    def heads() -> list[str]:
        return [one["title"] for one in cli("sessions", "--json").json["sessions"]]

    cli("ask", "The first.")
    clock.at(3000)
    cli("ask", "The clock is ahead.")
    assert heads() == ["The clock is ahead.", "The first."]
    clock.at(-3000)
    cli("ask", "It is right again.")
    assert heads() == ["It is right again.", "The clock is ahead.", "The first."]
    clock.at(-6000)
    cli("ask", "It is behind.")
    assert heads()[-1] == "It is behind.", "by its date"
    cli("ask", "--session", "last", "Which?")
    assert len(cli("sessions", "last", "--json").json["messages"]) == 4


def test_times_in_a_cue_are_not_reckoned_from_a_message_of_the_future(
    cli: Cli, clock: Clock, scripted: ScriptedServer
) -> None:
    clock.at(-1)
    cli("ask", "I planted a walnut.")
    clock.at(3001)
    cli("ask", "A walnut of the future.")
    clock.at(-3000)
    cli("ask", "Good morning.")
    found = cli("recall", "the walnut of yesterday", "--json").json["recollections"]
    fits = {one["text"]: one["why"]["signals"]["time"] for one in found}
    assert fits["I planted a walnut."] == 1

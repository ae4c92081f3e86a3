from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from memory.errors import RecollectError, UsageError
from memory.journal import Journal, new_id
from memory.types import Message, NewMessage, Origin, Role, Scope, Status

HOME, WORK = Scope(), Scope("work", "site")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "data" / "journal.db")
    yield opened
    opened.close()


def said(
    journal: Journal, text: str, role: Role = Role.USER, session: str = "s", scope: Scope = HOME, **more: object
) -> Message:
    return journal.append(NewMessage(role=role, text=text, session=session, **more), scope)


def test_what_was_said_comes_back_word_for_word(journal: Journal) -> None:
    time = datetime(2024, 2, 29, 23, 59, 59, 123456, timezone(timedelta(hours=5, minutes=30)))
    kept = journal.append(
        NewMessage(
            role=Role.ASSISTANT,
            text="  Ünï\x00 東京 🙂\r\n\ttail \u202e ",
            session="a/b c",
            speaker="Zoë",
            time=time,
            source="file.jsonl",
            source_id="D1:1",
            status=Status.STOPPED,
            origin=Origin.IMPORT,
            model="small",
            used=("aaaaaaaaaaaa", "bbbbbbbbbbbb"),
            prompt_tokens=7,
            completion_tokens=0,
        ),
        WORK,
    )
    assert (kept.text, kept.session, kept.speaker) == ("  Ünï\x00 東京 🙂\r\n\ttail \u202e ", "a/b c", "Zoë")
    assert kept.time == time
    assert kept.time.tzinfo is UTC
    assert (kept.source, kept.source_id, kept.status) == ("file.jsonl", "D1:1", Status.STOPPED)
    assert (kept.origin, kept.model, kept.used) == (Origin.IMPORT, "small", ("aaaaaaaaaaaa", "bbbbbbbbbbbb"))
    assert (kept.prompt_tokens, kept.completion_tokens) == (7, 0)
    assert journal.by_seq([kept.seq]) == {kept.seq: kept}
    assert journal.session_messages("a/b c", WORK) == [kept]


@pytest.mark.parametrize("text", ["", " \n ", "x" * 1_000_000, "東" * 20_000])
def test_texts_of_any_size_are_kept_whole(journal: Journal, text: str) -> None:
    kept = said(journal, text)
    assert journal.by_seq([kept.seq])[kept.seq].text == text
    for passage in journal.passages(0, 10_000):
        assert passage.text == text[passage.start : passage.end]


def test_halves_of_surrogate_pairs_do_not_stop_it(journal: Journal) -> None:
    assert said(journal, "a\ud83d\ude42b\udc00").text == "a🙂b\ufffd"


def test_a_message_without_a_time_is_given_one_unless_it_was_imported(journal: Journal) -> None:
    now = datetime.now(UTC)
    assert abs(said(journal, "now").time - now) < timedelta(minutes=1)
    assert said(journal, "then", origin=Origin.IMPORT).time is None
    assert said(journal, "naive", time=datetime(2020, 1, 2, 3, 4)).time == datetime(2020, 1, 2, 3, 4, tzinfo=UTC)
    assert said(journal, "before 1970", time=datetime(1912, 6, 23, tzinfo=UTC)).time.year == 1912


def test_ids_are_twelve_characters_and_all_different() -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(id_) for id_ in ids} == {12}


def test_an_exchange_is_a_question_and_what_followed_it(journal: Journal) -> None:
    first = said(journal, "one?")
    other = said(journal, "elsewhere", session="t")
    second = said(journal, "two?")
    tool = said(journal, "looked up", Role.TOOL)
    answer = said(journal, "an answer", Role.ASSISTANT)
    late = said(journal, "a late answer", Role.ASSISTANT, reply_to=first.id)
    more = said(journal, "nothing was asked", Role.ASSISTANT)
    assert (first.exchange, other.exchange) == (first.id, other.id)
    assert (second.exchange, tool.exchange, answer.exchange) == (second.id, second.id, second.id)
    assert (late.exchange, more.exchange) == (first.id, more.id)
    assert journal.exchange([first.id, second.id]) == {first.id: (first, late), second.id: (second, tool, answer)}


def test_a_reply_to_nothing_is_refused_and_one_to_something_forgotten_is_kept(journal: Journal) -> None:
    with pytest.raises(UsageError, match="nosuchnosuch"):
        said(journal, "hm", Role.ASSISTANT, reply_to="nosuchnosuch")
    assert journal.stats()[:2] == (0, 0)
    gone = said(journal, "forget me")
    journal.forget(messages=[gone.id], scope=HOME)
    answer = said(journal, "to what?", Role.ASSISTANT, reply_to=gone.id)
    assert answer.exchange == answer.id


def test_imports_are_linked_and_written_once(journal: Journal) -> None:
    def lines(count: int) -> list[NewMessage]:
        roles = [Role.USER, Role.ASSISTANT]
        return [
            NewMessage(roles[n % 2], f"line {n}", "s", source="f", source_id=str(n), origin=Origin.IMPORT)
            for n in range(count)
        ]

    assert journal.append_many(lines(4), HOME).added == 4
    again = journal.append_many(lines(6), HOME)
    assert (again.added, again.skipped, len(again.ids)) == (2, 4, 2)
    assert journal.append(lines(1)[0], HOME).text == "line 0"
    assert journal.append_many(lines(2), WORK).added == 2
    messages = journal.session_messages("s", HOME)
    assert [message.text for message in messages] == [f"line {n}" for n in range(6)]
    assert [message.exchange for message in messages] == [messages[n // 2 * 2].id for n in range(6)]
    assert journal.stats()[2] == 8


def test_a_batch_that_fails_leaves_nothing(journal: Journal) -> None:
    batch = [NewMessage(Role.USER, "fine", "s"), NewMessage(Role.ASSISTANT, "not", "s", reply_to="x" * 12)]
    with pytest.raises(UsageError):
        journal.append_many(batch, HOME)
    assert journal.stats()[:3] == (0, 0, 0)


def test_sessions_are_listed_newest_first_with_their_titles(journal: Journal) -> None:
    for day, session in [(3, "c"), (1, "a"), (2, "b")]:
        said(journal, "Well,", Role.ASSISTANT, session, time=datetime(2024, 1, day, tzinfo=UTC))
        said(journal, f"talk\n of day {day} " + "on and on " * 20, session=session, time=datetime(2024, 1, day, 1))
    said(journal, "of unknown time", session="z", origin=Origin.IMPORT)
    said(journal, "other scope", session="w", scope=WORK)
    journal.rename("b", "  By\nhand ", HOME)
    found = journal.sessions(HOME, 10)
    assert [session.id for session in found] == ["c", "b", "a", "z"]
    assert found[0].title.startswith("talk of day 3 on and on")
    assert found[0].title.endswith("…")
    assert len(found[0].title) <= 60
    assert (found[1].title, found[1].messages) == ("By hand", 2)
    assert (found[2].started, found[2].last) == (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, 1, tzinfo=UTC))
    assert (found[3].started, found[3].title) == (None, "of unknown time")
    assert [session.id for session in journal.sessions(HOME, 1)] == ["c"]
    with pytest.raises(UsageError):
        journal.rename("w", "not mine", HOME)


def test_sessions_are_found_by_the_beginning_of_their_names(journal: Journal) -> None:
    for session in ("talk", "talk/1", "tell_%"):
        said(journal, "x", session=session)
    said(journal, "x", session="theirs", scope=WORK)
    assert journal.session("talk", HOME).id == "talk"
    assert journal.session("tell", HOME).id == "tell_%"
    assert journal.session("tell_%", HOME).id == "tell_%"
    for wrong in ("t", "%", "", "theirs"):
        with pytest.raises(UsageError):
            journal.session(wrong, HOME)


def test_messages_are_found_by_the_beginning_of_their_ids_in_their_own_scope(journal: Journal) -> None:
    kept = [said(journal, f"m{n}") for n in range(40)]
    assert journal.find(kept[7].id[:10], HOME) == kept[7]
    assert journal.find(kept[7].id.upper(), HOME) == kept[7]
    for wrong in ("", "~", "%", kept[7].id + "0", "\ud800"):
        with pytest.raises(UsageError):
            journal.find(wrong, HOME)
    with pytest.raises(UsageError, match="no message"):
        journal.find(kept[7].id, WORK)
    shared = next(a.id[0] for a in kept for b in kept if a is not b and a.id[0] == b.id[0])
    with pytest.raises(UsageError, match="More than one"):
        journal.find(shared, HOME)


def test_neighbours_are_those_of_the_session_in_its_order(journal: Journal) -> None:
    mine = []
    for number in range(5):
        mine.append(said(journal, f"mine {number}").seq)
        said(journal, f"theirs {number}", session="other")
    around = journal.neighbours([mine[0], mine[2]], 2)
    assert around[mine[0]] == [(mine[1], 1), (mine[2], 2)]
    assert around[mine[2]] == [(mine[1], -1), (mine[3], 1), (mine[0], -2), (mine[4], 2)]


def test_threads_read_and_write_at_once(journal: Journal) -> None:
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(40):
                said(journal, f"{name} {number}", session=name)
                assert journal.session_messages(name, HOME)[-1].text == f"{name} {number}"
        except (RecollectError, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    seqs = [passage.message_seq for passage in journal.passages(0, 1000)]
    assert len(seqs) == 240
    assert seqs == sorted(seqs)


def test_a_closed_journal_says_so(journal: Journal) -> None:
    journal.close()
    journal.close()
    with pytest.raises(UsageError, match="closed"):
        journal.stats()
    with pytest.raises(UsageError, match="closed"):
        said(journal, "x")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_it_is_not_used_across_a_fork(journal: Journal) -> None:
    said(journal, "before")
    child = os.fork()
    if child == 0:
        try:
            journal.stats()
        except UsageError:
            journal.close()
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert said(journal, "after").text == "after"


def test_what_another_journal_wrote_is_seen_at_once(journal: Journal, tmp_path: Path) -> None:
    other = Journal.open(tmp_path / "data" / "journal.db")
    try:
        assert other.identity() == journal.identity()
        kept = said(other, "from there")
        assert journal.by_seq([kept.seq]) == {kept.seq: kept}
        assert said(journal, "from here").seq > kept.seq
    finally:
        other.close()


def test_ids_and_places_are_never_used_again(journal: Journal) -> None:
    kept = said(journal, "one")
    last = journal.last_passage()
    journal.forget(messages=[kept.id], scope=HOME)
    assert journal.last_passage() == 0
    assert said(journal, "two").seq > kept.seq
    assert journal.last_passage() > last

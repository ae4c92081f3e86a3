"""Branches of a session: what they share, what they leave aside, and titles and pins of sessions."""

from __future__ import annotations

import pytest

from memory.associations.tracing import IDENTITY, trace
from memory.errors import UsageError
from memory.journal import Journal
from memory.types import NewMessage, Role, Scope, Selection

HERE = Scope("default", "")


@pytest.fixture
def journal(tmp_path):
    opened = Journal.open(tmp_path / "journal.db")
    yield opened
    opened.close()


def say(journal: Journal, session: str, *texts: str) -> list:
    return [journal.append(NewMessage(Role.USER, text, session), HERE) for text in texts]


def texts(messages) -> list[str]:
    return [message.text for message in messages]


def test_a_branch_shares_what_was_said_before_and_leaves_the_rest_aside(journal) -> None:
    one, two, three = say(journal, "first", "one", "two", "three")
    branch = journal.branch(two, HERE)
    assert texts(journal.thread(branch, HERE)) == ["one"]
    assert branch not in {session.id for session in journal.sessions(HERE, 10)}
    say(journal, branch, "another two")
    say(journal, "first", "four")
    assert texts(journal.thread(branch, HERE)) == ["one", "another two"]
    assert texts(journal.thread("first", HERE)) == ["one", "two", "three", "four"]
    assert texts(journal.thread(branch, HERE, 1)) == ["another two"]
    assert len(journal.aside(branch, HERE)) == 3
    assert three.id in journal.aside(branch, HERE)
    assert one.id not in journal.aside(branch, HERE)
    listed = {session.id: session for session in journal.sessions(HERE, 10)}
    assert listed[branch].parent == "first"
    assert listed[branch].messages == 1


def test_a_branch_of_a_branch_goes_back_to_where_it_began(journal) -> None:
    one, two, _ = say(journal, "first", "one", "two", "three")
    middle = journal.branch(two, HERE)
    _, late = say(journal, middle, "other two", "other three")
    last = journal.branch(late, HERE)
    say(journal, last, "end")
    assert texts(journal.thread(last, HERE)) == ["one", "other two", "end"]
    early = journal.branch(one, HERE)
    say(journal, early, "fresh")
    assert texts(journal.thread(early, HERE)) == ["fresh"]
    journal.forget(sessions=["first"], scope=HERE)
    assert texts(journal.thread(last, HERE)) == ["other two", "end"]


def test_a_branch_is_seen_in_its_own_scope_alone(journal) -> None:
    _, two = say(journal, "first", "one", "two")
    branch = journal.branch(two, HERE)
    say(journal, branch, "other two")
    assert journal.thread(branch, Scope("else", "")) == []
    assert journal.aside(branch, Scope("else", "")) == []


def test_a_title_by_hand_wins_over_one_that_was_made(journal) -> None:
    say(journal, "first", "Where is the key to the old boat house by the lake?")
    assert journal.session("first", HERE).titled is False
    assert journal.entitle("first", "Key of the boat house", HERE)
    assert journal.session("first", HERE).title == "Key of the boat house"
    journal.rename("first", "Keys", HERE)
    assert not journal.entitle("first", "Something else", HERE)
    assert journal.session("first", HERE).title == "Keys"


def test_sessions_are_pinned_and_let_go(journal) -> None:
    say(journal, "first", "one")
    journal.pin_session("first", True, HERE)
    assert journal.session("first", HERE).pinned
    journal.pin_session("first", False, HERE)
    assert not journal.session("first", HERE).pinned
    with pytest.raises(UsageError):
        journal.pin_session("nosuch", True, HERE)


def test_where_a_branch_left_may_be_forgotten_and_put_back(journal) -> None:
    one, two, three = say(journal, "first", "one", "two", "three")
    branch = journal.branch(three, HERE)
    say(journal, branch, "other three")
    _, kept = journal.forget_selected(Selection(messages=(two.id,)), HERE, undoable=True)
    assert texts(journal.thread(branch, HERE)) == ["one", "other three"]
    assert journal.thread(branch, HERE)[0].id == one.id
    journal.put_back(kept, IDENTITY, trace)
    assert texts(journal.thread(branch, HERE)) == ["one", "two", "other three"]

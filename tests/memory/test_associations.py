"""Edges between messages, and activation that spreads along them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.associations import Associations
from memory.associations.known import Known
from memory.associations.names import names
from memory.associations.spread import FRONTIER, HUB, MOST_NODES
from memory.associations.tracing import TraceIndex
from memory.associations.types import DECAY, SHARES
from memory.errors import UsageError
from memory.journal import Journal
from memory.memory import Memory
from memory.types import NewMessage, Role, Scope

from .conftest import say

SCOPE = Scope()
WORDS = ["Ana", "Biscuit", "Lake Orta", "piano", "wasp", "bread", "boat", "Porto", "tax", "the", "garden"]


def told(journal: Journal, texts: list[str], sessions: int = 2) -> list[int]:
    """Texts said in turn in a few sessions; their places."""
    ids = [
        journal.append(NewMessage(Role.USER, f"and {text}", f"s{number % sessions}"), SCOPE).seq
        for number, text in enumerate(texts)
    ]
    index = TraceIndex(journal)
    while index.catch_up(3):
        pass
    return ids


def rows(journal: Journal) -> dict[str, object]:
    """All that associations are made of, by text and place and not by key."""
    with journal._db.read() as connection:
        said = connection.execute(
            "SELECT n.scope, n.kind, n.text, n.frequency, l.message FROM nodes n JOIN node_links l ON l.node = n.key"
        ).fetchall()
        texts = dict(connection.execute("SELECT key, text FROM nodes").fetchall())
        totals = connection.execute("SELECT * FROM trace_totals").fetchall()
        together = connection.execute("SELECT message, other, round(weight, 6) FROM together").fetchall()
        places = [row[0] for row in connection.execute("SELECT message FROM traces").fetchall()]
    traces = journal.traces(places)
    spelt = {seq: [texts[key] for key in one.terms.tolist()] for seq, one in traces.items()}
    return {
        "nodes": sorted(said),
        "orphans": set(texts.values()) - {row[2] for row in said},
        "totals": totals,
        "together": sorted(together),
        "terms": spelt,
    }


def spreading(journal: Journal) -> Associations:
    return Associations(journal, Known(journal, "none"), lambda queries: [[] for _ in queries])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I met Ana Lima at the Journal of Physics.", ["ana lima", "journal of physics"]),
        ("He said: Biscuit barks. She likes NASA.", ["nasa"]),
        ("We saw Tim's dog in München", ["tim", "münchen"]),
        ("Well, I'm sure I'll see Ana. And I've met O'Brien; Don't Look Up is on.", ["ana", "o'brien", "look up"]),
        ("So We’ll go, and That's it, I’d say.", []),
        ("Вчера мы встретили Анну Каренину", ["анну каренину"]),
        ("他读了《红楼梦》和タナカさん", ["红楼梦", "タナカ"]),
        ("nothing here. The end. Monday in June", []),
        ("", []),
    ],
)
def test_names_are_found_without_a_model(text: str, found: list[str]) -> None:
    assert names(text) == found


@given(st.text(max_size=400))
def test_names_of_any_text_are_few_and_in_small_letters(text: str) -> None:
    found = names(text)
    assert len(found) <= 64
    assert len(set(found)) == len(found)
    assert all(2 < len(name) <= 80 for name in found)


texts = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join), min_size=1, max_size=12)
quick = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[], Journal]:
    """Opens a new journal each time."""
    opened: list[Journal] = []

    def make() -> Journal:
        journal = Journal.open(tmp_path / f"j{len(opened)}" / "journal.db")
        opened.append(journal)
        return journal

    yield make
    for journal in opened:
        journal.close()


@quick
@given(texts=texts, gone=st.sets(st.integers(0, 11)))
def test_incremental_equals_rebuilt_and_forgetting_leaves_nothing(
    fresh: Callable[[], Journal], texts: list[str], gone: set[int]
) -> None:
    journal = fresh()
    told(journal, texts)
    everyone = journal.session_messages("s0", SCOPE) + journal.session_messages("s1", SCOPE)
    chosen = [message.id for number, message in enumerate(everyone) if number in gone]
    if chosen:
        journal.forget(messages=chosen, scope=SCOPE)
    kept = rows(journal)
    assert kept["orphans"] == set()
    TraceIndex(journal).reset()
    while TraceIndex(journal).catch_up(5):
        pass
    assert rows(journal) == kept
    assert len(kept["terms"]) == len(texts) - len(chosen)


@quick
@given(texts=texts, seeds=st.dictionaries(st.integers(1, 12), st.floats(0.01, 5), min_size=1, max_size=6))
def test_activation_is_positive_and_every_hop_passes_on_less(
    fresh: Callable[[], Journal], texts: list[str], seeds: dict[int, float]
) -> None:
    journal = fresh()
    places = set(told(journal, texts))
    seeds = {seq: amount for seq, amount in seeds.items() if seq in places}
    found = spreading(journal).spread(seeds)
    assert all(amount > 0 for amount in found.total.values())
    assert set(found.total) <= places
    first = sum(found.first.values())
    assert first <= DECAY * sum(seeds.values()) + 1e-9
    assert sum(found.later.values()) <= DECAY * first + 1e-9
    assert sum(found.total.values()) == pytest.approx(first + sum(found.later.values()))
    for seq in found.total.keys() - seeds.keys():
        path = found.path(seq)
        assert path[-1].target == seq
        assert path[0].source in seeds
        assert all(one.target == two.source for one, two in pairwise(path))


def test_shares_are_all_there_is() -> None:
    assert sum(SHARES.values()) == pytest.approx(1.0)


def test_the_more_share_a_name_the_less_each_gets(fresh: Callable[[], Journal]) -> None:
    amounts = []
    for many in (1, 3, 9):
        journal = fresh()
        places = told(journal, ["saw Biscuit"] * (many + 1) + ["other"] * 20, sessions=50)
        found = spreading(journal).spread({places[0]: 1.0}, hops=1, kinds=["name"])
        reached = set(found.by_kind["name"])
        assert reached == set(places[1 : many + 1])
        amounts.append(found.total[places[1]])
    assert amounts[0] > amounts[1] > amounts[2] > 0


def counting(inner: Callable[..., object], counts: list[int]) -> Callable[..., object]:
    """The same function, which notes how many things it was asked for."""

    def wrapped(asked: list[int]) -> object:
        counts.append(len(asked))
        return inner(asked)

    return wrapped


def test_hubs_carry_nothing_and_the_cost_depends_on_the_neighbourhood_alone(
    fresh: Callable[[], Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    for more in (0, 400):
        journal = fresh()
        places = told(journal, ["saw Biscuit by Porto", "near Porto", *["in Rome"] * more], sessions=500)
        wanted: list[int] = []
        monkeypatch.setattr(journal, "node_messages", counting(journal.node_messages, wanted))
        found = spreading(journal).spread({places[0]: 1.0}, kinds=["name", "term"])
        assert set(found.total) == {places[0], places[1]}
        read.append(sum(wanted))
    assert read[0] == read[1]
    hub = fresh()
    places = told(hub, ["saw Biscuit"] * (HUB["name"] + 1), sessions=500)
    assert spreading(hub).spread({places[0]: 1.0}, kinds=["name"]).total == {}
    assert max(FRONTIER) * MOST_NODES * HUB["name"] <= 10_000


def test_kinds_of_edges(memory: Memory) -> None:
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    ana = say(memory, "My sister Ana adopted a puppy called Biscuit.", "a", time=noon)
    after = say(memory, "We walked it at once.", "a", time=noon + timedelta(days=3))
    wasp = say(memory, "A wasp stung Biscuit at Lake Orta.", "b", time=noon + timedelta(days=9))
    tax = say(memory, "The tax form is due.", "c", time=noon + timedelta(hours=1))
    bread = say(memory, "I bought bread.", "d", time=noon + timedelta(days=30))
    dog = say(memory, "Her new dog is a lovely puppy, says my sister.", "e", time=noon + timedelta(days=60))
    memory.flush()
    memory.link(ana.id, bread.id)
    edges = {(edge.kind, edge.other_seq) for edge in memory.associations(ana.id)}
    assert {("next", after.seq), ("linked", bread.seq), ("similar", dog.seq), ("same_time", tax.seq)} <= edges
    shared = next(edge for edge in memory.associations(ana.id) if edge.other_seq == wasp.seq)
    assert (shared.kind, shared.label) == ("name", "biscuit")
    assert ("previous", ana.seq) in {(edge.kind, edge.other_seq) for edge in memory.associations(after.id)}
    assert ("linked", ana.seq) in {(edge.kind, edge.other_seq) for edge in memory.associations(bread.id)}
    assert len(memory.associations(ana.id, most=2)) == 2


def test_what_was_recalled_together_is_tied(memory: Memory) -> None:
    one, two = say(memory, "The piano is out of tune.", "a"), say(memory, "The tuner is called Abel.", "b")
    say(memory, "It needs a tuner.", "c")
    reply = say(memory, "Call Abel.", "c", role=Role.ASSISTANT, used=(one.id, two.id))
    memory.flush()
    seqs = {edge.other_seq for edge in memory.associations(one.id) if edge.kind == "recalled_together"}
    assert seqs == {two.seq}
    memory.forget(messages=[reply.id])
    assert not memory.journal.together([one.seq])


def test_links_need_two_messages_of_this_memory(memory: Memory, open_memory: Callable[..., Memory]) -> None:
    mine = say(memory, "Mine.")
    theirs = say(open_memory(scope=Scope("work")), "Theirs.")
    for other in (mine.id, theirs.id, "nothing"):
        with pytest.raises(UsageError):
            memory.link(mine.id, other)
    with pytest.raises(UsageError):
        memory.associations("nothing")


def test_two_hops_find_what_shares_nothing_with_the_cue(memory: Memory) -> None:
    said = SimpleNamespace(
        dog=say(memory, "My sister adopted a labrador puppy, and called it Biscuit.", "a"),
        vet=say(memory, "Today Biscuit limps; we drove to Doctor Weissenbruch.", "b"),
        key=say(memory, "I handed my spare key to Doctor Weissenbruch.", "c"),
    )
    for number in range(30):
        say(memory, f"I ate {number} apples and read the paper on the balcony.", f"x{number}")
    memory.flush()
    cue = "the labrador puppy my sister adopted"
    hybrid = {each.message.id for each in memory.rank(cue, "hybrid", k=2).recollections}
    assert said.vet.id not in hybrid or said.key.id not in hybrid
    path = memory.spreading.spread({said.dog.seq: 1.0}, kinds=("name", "term")).path(said.key.seq)
    assert [(hop.kind, hop.label, hop.target) for hop in path] == [
        ("term", "biscuit", said.vet.seq),
        ("name", "doctor weissenbruch", said.key.seq),
    ]
    found = {each.message.id: each for each in memory.recall(cue, k=8).recollections}
    assert {said.dog.id, said.vet.id} <= found.keys()
    step = found[said.vet.id].why.path[-1]
    assert (step.kind, step.label, step.message_id) == ("term", "Biscuit", said.vet.id)


def test_a_memory_that_lags_associates_all_the_same(memory: Memory) -> None:
    said = say(memory, "My boat lies at Lake Orta.", "a")
    memory.remember_many(NewMessage(role=Role.USER, text=f"Note {n} on apples", session=f"n{n}") for n in range(200))
    last = say(memory, "The zeppelin lands at Lake Orta tonight.", "z")
    found = memory.recall("When does the zeppelin land?")
    assert found.recollections[0].message.id == last.id
    assert memory.flush()
    assert ("name", last.seq) in {(edge.kind, edge.other_seq) for edge in memory.associations(said.id)}

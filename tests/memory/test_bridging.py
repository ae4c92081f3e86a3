"""What the best candidates tell that the cue does not say."""

from __future__ import annotations

import pytest

from memory.memory import Memory
from memory.types import Message

from .conftest import say

NAMES = ("bridging.names", "bridging.terms", "bridging.to_title", "bridging.from_title")


@pytest.fixture
def pages(memory: Memory) -> dict[str, Message]:
    """Pages with titles; the composer of the piece leads to the country, and the country to its capital."""
    told = {
        "piece": ("Aschenbrodel", "Aschenbrodel is a ballet that was composed by Johann Strauss."),
        "composer": ("Johann Strauss", "Johann Strauss lived and died in Ruritania, where he wrote waltzes."),
        "country": ("Ruritania", "Ruritania is led by chancellor Rudolf Rassendyll."),
        "other": ("Graustark", "Graustark is led by chancellor Grenfall Lorry."),
    }
    said = {name: say(memory, text, name, speaker=title) for name, (title, text) in told.items()}
    for number in range(40):
        say(
            memory,
            f"A ballet needs shoes of size {number}, a stage and patience.",
            f"n{number}",
            speaker=f"Note {number}",
        )
    memory.flush(store=False)
    return said


CUE = "Who led the country of the composer of the ballet Aschenbrodel?"


def test_a_name_that_the_best_has_and_the_cue_has_not_leads_on(memory: Memory, pages: dict[str, Message]) -> None:
    found = memory.features(CUE)
    assert found is not None
    scene, table = found
    row = {int(seq): at for at, seq in enumerate(scene.evidence.seqs[: scene.count])}
    piece, composer, country, other = (row[pages[name].seq] for name in ("piece", "composer", "country", "other"))
    columns = table.columns
    assert columns["bridging.to_title"][composer] == 1.0
    assert columns["bridging.link"][composer] > columns["bridging.link"][other]
    assert columns["bridging.two_hops"][country] > columns["bridging.two_hops"][other]
    assert columns["bridging.to_title"][piece] < 1.0, "its title is in the cue, so nothing new leads to it"


@pytest.mark.parametrize(("kind", "gone"), [("name", ("names", "to_title", "from_title")), ("term", ("terms",))])
def test_without_a_kind_of_edge_it_carries_nothing(
    memory: Memory, pages: dict[str, Message], kind: str, gone: tuple[str, ...]
) -> None:
    from memory.recall.engine import Wish

    wish = Wish(CUE, memory.scope, without=frozenset({kind}))
    found = memory._recaller.features(wish)
    assert found is not None
    columns = found[1].columns
    assert all(not columns[f"bridging.{name}"].any() for name in gone)
    assert any(columns[name].any() for name in NAMES)


def test_what_one_kind_of_edge_is_worth_can_be_asked_for(memory: Memory, pages: dict[str, Message]) -> None:
    ranked = memory.rank(CUE, "no-name", k=5).recollections
    assert pages["piece"].id in {each.message.id for each in ranked}


def test_a_cue_that_matches_nothing_has_no_bridges(memory: Memory) -> None:
    say(memory, "The cello has a bow.")
    found = memory.features("zygomatic lattice")
    assert found is not None
    assert not any(column.any() for name, column in found[1].columns.items() if name == "bridging.link")

"""`recollect bench recall --folds`, through its own door, and what it fits with."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assistant.bench.folds import split
from assistant.bench.sets import read
from memory.errors import UsageError
from memory.recall.model import FULL, WITHOUT_ASSOCIATION, Weights
from tests.cli.conftest import complained

from .conftest import Cli, lookup, message, write


def talk(name: str, many: int = 24) -> list[dict[str, object]]:
    """A conversation about many things, each asked for once."""
    things = ("kayak", "piano", "tent", "scarf", "ladder", "kettle", "violin", "saddle")
    lines: list[dict[str, object]] = []
    for number in range(many):
        thing, place = things[number % len(things)], f"{name} street {number}"
        lines.append(message(name, f"s{number // 4}", str(number), f"I left the {thing} in {place}."))
    lines += [
        lookup(
            name,
            f"q{number}",
            f"Where is the {things[number % len(things)]} of {name} street {number}?",
            "",
            str(number),
        )
        for number in range(0, many, 3)
    ]
    return lines


def test_folds_test_every_conversation_once_on_weights_that_have_not_seen_it(tiny: Path) -> None:
    found = read(tiny)
    folds = split(found, 2)
    assert not folds.by_questions
    assert sorted(each.name for _, test in folds.pairs for each in test.conversations) == ["diary", "work"]
    for train, test in folds.pairs:
        assert not {each.name for each in train.conversations} & {each.name for each in test.conversations}
        assert len(train.conversations) + len(test.conversations) == 2
    for many in (1, 3):
        with pytest.raises(UsageError, match="folds"):
            split(found, many)


def test_of_one_conversation_the_questions_are_dealt_out(tmp_path: Path) -> None:
    found = read(write(tmp_path / "one.jsonl", talk("Elm")))
    folds = split(found, 3)
    assert folds.by_questions
    tested = [one.id for _, test in folds.pairs for each in test.conversations for one in each.questions]
    assert sorted(tested) == sorted(one.id for one in found.conversations[0].questions)
    for train, test in folds.pairs:
        asked, held = ({one.id for each in part.conversations for one in each.questions} for part in (train, test))
        assert not asked & held
        assert train.messages == test.messages == found.messages
    with pytest.raises(UsageError, match="8 questions"):
        split(found, 9)


def test_a_users_own_set_in_folds(cli: Cli, tmp_path: Path) -> None:
    own = write(tmp_path / "own.jsonl", [*talk("Elm"), *talk("Oak")])
    other = write(tmp_path / "other.jsonl", talk("Birch"))
    options = ("--folds", "2", "--fit-with", str(other), "--arms", "bm25,fused,recollect")
    ran = cli("bench", "recall", str(own), *options, "--json", str(tmp_path / "out.json"))
    assert ran.code == 0, ran.err
    assert "fitted on the other conversations, and on other.jsonl: nothing tested was fitted on" in ran.out
    again = cli("bench", "recall", str(own), *options, "--json", "-")
    weights = again.json["provenance"]["weights"]
    assert weights == {
        "version": "fitted anew in 2 folds",
        "fitted_on": ["other.jsonl"],
        "fitted_here": False,
        "folds": 2,
        "by_questions": False,
    }
    arms = again.json["arms"]
    assert {arm: row["all"]["n"] for arm, row in arms.items()} == {"bm25": 16, "fused": 16, "recollect": 16}
    assert arms["recollect"]["all"]["R@10"] > 0.8
    assert set(again.json["gains"]) == {"fused"}


def test_what_folds_cannot_do_is_said_before_anything_is_measured(
    cli: Cli, tiny: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complained(cli("bench", "recall", str(tiny), "--folds", "9"), 2, "9 folds", "2 conversations")
    complained(cli("bench", "recall", str(tiny), "--fit-with", str(tiny)), 2, "--folds")
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    complained(cli("bench", "recall", str(tiny), "--folds", "2"), 2, "LightGBM", "recollect[fit]")
    assert not (home / "cache").exists()


def test_what_is_fitted_is_a_weights_file(tmp_path: Path, models_folder: Path) -> None:
    import json

    from assistant.bench.fitting.refit import Refitter
    from assistant.bench.fitting.weights import as_json
    from memory.embeddings import load_embedder

    found = read(write(tmp_path / "two.jsonl", [*talk("Elm"), *talk("Oak")]))
    embedder = load_embedder("local", models_folder)
    cache = tmp_path / "features"
    first = Refitter(found, [], embedder, cache)(found)
    kept = list(cache.iterdir())
    assert len(kept) == 2, "of the set, and of its talk in shorter sessions"
    again = Refitter(found, [], embedder, cache)(found)
    assert first["models"] == again["models"], "what was measured is kept, and fitting is the same each time"
    weights = Weights.of(json.loads(as_json(first)), "here")
    assert set(weights.trees) == {FULL, WITHOUT_ASSOCIATION}
    assert weights.provenance["sets"][0]["sha256"] == found.sha256
    assert not any(
        name.startswith(("association.", "bridging.")) for name in first["models"][WITHOUT_ASSOCIATION]["linear"]
    )
    nothing = read(
        write(tmp_path / "none.jsonl", [message("x", "s", "1", "Hello."), lookup("x", "q", "Hello?", "", "1")])
    )
    with pytest.raises(UsageError, match="Nothing can be fitted"):
        Refitter(nothing, [], embedder)(nothing)

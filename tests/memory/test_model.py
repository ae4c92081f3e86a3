"""The weights file, the trees in it, and what becomes of a file that cannot be used."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.memory import Memory
from memory.recall import model
from memory.recall.model import FULL, WITHOUT_ASSOCIATION, Trees, Weights, WeightsError, read_weights, shipped_weights
from memory.recall.ranking import place
from memory.types import NewMessage, Role

from .conftest import fill

FEATURES = 4


def tree_of(draw: st.DrawFn) -> dict[str, list[float]]:
    """A random tree of up to six inner nodes, each a split of a leaf."""
    numbers = st.floats(-5, 5, width=32)
    tree: dict[str, list[float]] = {"feature": [], "threshold": [], "left": [], "right": [], "leaf": []}

    def grow(left: int) -> int:
        if left == 0 or (tree["feature"] and draw(st.booleans())):
            tree["leaf"].append(draw(numbers))
            return -len(tree["leaf"])
        node = len(tree["feature"])
        tree["feature"].append(draw(st.integers(0, FEATURES - 1)))
        tree["threshold"].append(draw(numbers))
        tree["left"].append(0)
        tree["right"].append(0)
        tree["left"][node] = grow(left - 1)
        tree["right"][node] = grow(left - 1)
        return node

    grow(draw(st.integers(1, 3)))
    return tree


forests = st.lists(st.composite(tree_of)(), min_size=1, max_size=5)


def walked(tree: dict[str, list[float]], row: np.ndarray) -> float:
    node = 0
    while node >= 0:
        smaller = row[int(tree["feature"][node])] <= np.float32(tree["threshold"][node])
        node = int(tree["left" if smaller else "right"][node])
    return tree["leaf"][-1 - node]


@given(forest=forests, rows=st.lists(st.lists(st.floats(-6, 6, width=32), min_size=4, max_size=4), max_size=8))
def test_trees_give_what_walking_them_gives(forest: list[dict[str, list[float]]], rows: list[list[float]]) -> None:
    matrix = np.array(rows, dtype=np.float32).reshape(len(rows), FEATURES)
    expected = [sum(walked(tree, row) for tree in forest) for row in matrix]
    assert Trees.of(forest, FEATURES)(matrix) == pytest.approx(np.array(expected, dtype=np.float32), abs=1e-4)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("left", [0]),
        ("left", [-9]),
        ("right", [1]),
        ("feature", [FEATURES]),
        ("feature", [-1]),
        ("threshold", [float("nan")]),
        ("threshold", []),
        ("leaf", ["x", "y"]),
    ],
)
def test_trees_that_lead_nowhere_are_refused(part: str, value: list[object]) -> None:
    good = {"feature": [0], "threshold": [0.5], "left": [-1], "right": [-2], "leaf": [0.0, 1.0]}
    Trees.of([good], FEATURES)
    with pytest.raises((ValueError, KeyError, TypeError)):
        Trees.of([good | {part: value}], FEATURES)


def test_the_shipped_weights_say_what_they_were_fitted_on() -> None:
    shipped = shipped_weights()
    sets = shipped.provenance["sets"]
    assert sets
    assert all(len(each["sha256"]) == 64 and each["name"] for each in sets)
    assert set(shipped.trees) == {FULL, WITHOUT_ASSOCIATION}
    used = {name: {shipped.names[one] for one in trees.asked} for name, trees in shipped.trees.items()}
    assert not any(name.startswith("association.") for name in used[WITHOUT_ASSOCIATION])
    assert any(name.startswith("association.") for name in used[FULL])
    assert all(0 < one.least < 0.5 for one in shipped.calibration.values())


def test_the_gate_tells_remarks_from_questions() -> None:
    from memory.recall.cue import form_of

    gate = shipped_weights().is_remark
    for question in ("When did Ana adopt the puppy?", "What is the code of the garage?", "Who fixed my bike in May?"):
        assert not gate(form_of(question)), question
    remark = "I'm thinking about the trip again. I could take the train this time, and my sister wants to come along."
    assert gate(form_of(remark))


def test_scores_say_whether_there_is_an_answer(memory: Memory) -> None:
    """Enough talk of two people; what one of them did is asked of the one, and of the other."""
    for number in range(80):
        speaker = ("Caroline", "Melanie")[number % 2]
        thing = ("a kayak", "an old piano", "some paint", "a tent")[number // 2 % 4]
        text = f"I looked at {thing} on day {number}, and was not sure."
        memory.remember(NewMessage(role=Role.USER, text=text, session=f"s{number // 8}", speaker=speaker))
    text = "I finally bought the unicycle in Ghent, and I love it!"
    memory.remember(NewMessage(role=Role.USER, text=text, session="s3", speaker="Caroline"))
    memory.flush()
    right = memory.recall("When did Caroline buy the unicycle in Ghent?").recollections[0]
    wrong = memory.recall("When did Melanie buy the unicycle in Ghent?").recollections[0]
    assert right.message.text == wrong.message.text == text
    assert right.score > wrong.score


@pytest.fixture
def shipped() -> dict[str, object]:
    return json.loads((Path(model.__file__).parent / model.SHIPPED).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda found: found.update(format=99),
        lambda found: found.pop("models"),
        lambda found: found["models"].pop(FULL),
        lambda found: found["models"][FULL]["calibration"].update(score=-1),
        lambda found: found["models"][FULL]["calibration"].update(least=float("nan")),
        lambda found: found["gate"].update(weights=[1]),
        lambda found: found.update(features=[]),
        lambda found: found["models"][FULL]["answerable"].update(features=["words.base"]),
    ],
)
def test_a_broken_weights_file_is_said_to_be_one(
    spoil: Callable[[dict[str, object]], object], shipped: dict[str, object], tmp_path: Path
) -> None:
    found = copy.deepcopy(shipped)
    Weights.of(found, "here")
    spoil(found)
    path = tmp_path / "weights.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(WeightsError, match="weights"):
        read_weights(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00\xff"])
def test_what_is_no_weights_file_is_said_to_be_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(WeightsError):
        read_weights(path)
    with pytest.raises(WeightsError):
        read_weights(tmp_path)


def test_without_weights_recall_goes_by_the_plain_sum_and_says_so(
    open_memory: Callable[..., Memory], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> Weights:
        raise WeightsError("The weights of the package cannot be read.")

    monkeypatch.setattr("memory.recall.engine.shipped_weights", gone)
    memory = open_memory()
    said = fill(memory)
    found = memory.recall("When does my passport expire?")
    assert found.recollections[0].message.id == said["passport"].id
    assert any("plain sum" in note and "install" in note for note in found.notes)


@given(
    scores=st.lists(st.integers(0, 5), min_size=1, max_size=30),
    sessions=st.lists(st.integers(0, 4), min_size=30, max_size=30),
)
def test_spread_puts_the_best_of_each_session_first(scores: list[int], sessions: list[int]) -> None:
    values = np.array(scores, dtype=np.float32)
    keys = np.array(sessions[: len(scores)], dtype=np.int64)
    straight = place(values, keys, spread=False)
    assert sorted(straight.tolist()) == list(range(len(scores)))
    pairs = [(-values[row], -row) for row in straight]
    assert pairs == sorted(pairs)
    order = place(values, keys, spread=True)
    many = len(set(keys.tolist()))
    assert sorted(order.tolist()) == list(range(len(scores)))
    assert len(set(keys[order[:many]].tolist())) == many
    assert values[order[0]] == values.max()

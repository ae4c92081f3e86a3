"""Learning from verdicts: what is fitted, the check, the file and the way back."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memory.errors import RecollectError, UsageError
from memory.memory import Memory
from memory.recall.judged import Judged
from memory.recall.learning import CheckTable, NothingLearnedError, fingerprint, learn
from memory.recall.model import FORMAT, FULL, WITHOUT_ASSOCIATION, Weights, shipped_weights
from memory.recall.personal import FILE, LearnedError, LearnedFile, Personal
from memory.recall.reasons import SIGNALS
from memory.types import Feedback, Verdict

from .conftest import fill

NAMES = ("cosine", "coverage")


def table(good: str) -> CheckTable:
    """Public questions of which the signal `good` tells a little more of the evidence than the probability does."""
    draw = np.random.default_rng(1)
    shape = questions, _ = (200, 40)
    signals = {name: draw.random(shape) for name in NAMES}
    evidence = np.argsort(np.argsort(-(signals[good] + 3 * draw.random(shape)), axis=1), axis=1) < 4
    probability = 0.02 + 0.9 * np.where(evidence, draw.random(shape) ** 0.3, draw.random(shape) ** 1.5)
    question = np.repeat(np.arange(questions), shape[1])
    flat = {name: values.ravel() for name, values in signals.items()}
    return CheckTable("1", probability.ravel(), flat, question, evidence.ravel(), np.full(questions, 4.0))


def verdicts(good: str, count: int = 40, seed: int = 2) -> list[Feedback]:
    """Verdicts by which a recollection was useful when it had much of the signal `good`, whatever the model thought."""
    draw = np.random.default_rng(seed)
    made = []
    for number in range(count):
        signals = {name: float(draw.random()) for name in NAMES} | {"model": float(draw.uniform(0.2, 0.6))}
        verdict = Verdict.USEFUL if signals[good] > 0.5 else Verdict.WRONG
        made.append(Feedback(f"m{number}", verdict, "cue", score=0.5, signals=signals))
    return made


def small_weights() -> Weights:
    """Weights whose trees ask for the plain sum of meaning and words alone."""
    tree = [
        {"feature": [0], "threshold": [at / 20], "left": [-1], "right": [-2], "leaf": [0.0, 0.2]} for at in range(20)
    ]
    model = {"calibration": {"score": 1.0, "cue": {}, "bias": -2.0, "least": 0.0}, "trees": tree}
    return Weights.of(
        {
            "format": FORMAT,
            "version": "small",
            "provenance": {},
            "gate": {"weights": {}, "bias": -1.0},
            "features": ["words.base"],
            "models": {FULL: model, WITHOUT_ASSOCIATION: model},
        },
        "a test",
    )


@pytest.fixture
def weighed(open_memory: Callable[..., Memory]) -> Memory:
    memory = open_memory(weights=small_weights())
    fill(memory)
    memory.flush()
    return memory


def test_what_was_useful_ranks_higher_afterwards() -> None:
    found = learn(verdicts("coverage"), "1", table("coverage"))
    assert (found.useful + found.wrong, found.strength) == (40, 1.0)
    assert found.right_after > 0.9 > found.right_before
    assert found.check_after >= found.check_before - 0.002
    assert found.personal.weights["coverage"] > abs(found.personal.weights["cosine"])


def test_the_shipped_weights_are_the_start_and_few_verdicts_change_little() -> None:
    few, many = (learn(verdicts("coverage", count), "1", table("coverage")).personal for count in (24, 200))
    assert 0 < few.weights["coverage"] < many.weights["coverage"]
    assert 0.7 < few.slope < 1.3
    same = Personal("1", weights=dict.fromkeys(NAMES, 0.0))
    probability = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(same(probability, dict.fromkeys(NAMES, probability)), probability)


def test_what_makes_public_questions_worse_is_weakened_or_not_learned() -> None:
    public = table("coverage")
    strong = learn(verdicts("coverage", 400), "1", public)
    assert 0 < strong.strength < 1
    assert strong.check_after >= strong.check_before - 0.002
    contrary = {Verdict.USEFUL: Verdict.WRONG, Verdict.WRONG: Verdict.USEFUL}
    against = [replace(one, verdict=contrary[one.verdict]) for one in verdicts("coverage")]
    with pytest.raises(NothingLearnedError, match="worse"):
        learn(against, "1", public)


@pytest.mark.parametrize(
    "given",
    [
        [],
        verdicts("coverage", 8),
        [one for one in verdicts("coverage") if one.verdict is Verdict.USEFUL],
        [Feedback(one.message_id, one.verdict, one.cue) for one in verdicts("coverage")],
        [Feedback(one.message_id, Verdict.NEVER, one.cue, signals=one.signals) for one in verdicts("coverage")],
    ],
)
def test_too_few_are_refused(given: list[Feedback]) -> None:
    with pytest.raises(UsageError, match="too little"):
        learn(given, "1", table("coverage"))


def test_a_table_of_other_weights_is_refused() -> None:
    with pytest.raises(RecollectError, match="goes with weights 1"):
        learn(verdicts("coverage"), "2", table("coverage"))


def test_the_table_of_the_package_goes_with_its_weights() -> None:
    """After a new fit: `python -m benchmarks check_table`."""
    found = CheckTable.load()
    assert found.version == fingerprint(shipped_weights())
    assert set(found.signals) <= set(SIGNALS)
    assert 0.5 < found.recall() < 1


def test_equal_verdicts_and_equal_signals_do_no_harm() -> None:
    signals = {"cosine": 0.5, "coverage": 0.5, "model": 0.5}
    given = [
        Feedback(f"m{n}", Verdict.USEFUL if n % 2 else Verdict.WRONG, "cue", score=0.5, signals=signals)
        for n in range(40)
    ]
    found = learn(given, "1", table("coverage"))
    assert found.right_after == 0.5
    assert np.isfinite(list(found.personal.weights.values())).all()


def test_the_file_is_private_and_goes_back_step_by_step(tmp_path: Path) -> None:
    file = LearnedFile(tmp_path)
    assert file.latest("default") is None
    assert file.undo("default") is None
    one, two = Personal("1", 1.1, {"cosine": 0.5}, {"cosine": 0.2}), Personal("1", 1.2)
    file.add("default", one)
    file.add("default", two)
    file.add("work", one)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert file.latest("default") == two
    assert file.undo("default") == two
    assert file.latest("default") == one
    assert file.undo("default") == one
    assert file.latest("default") is None
    assert file.latest("work") == one
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


BROKEN = [
    "",
    "{",
    "[]",
    '{"format": 99, "scopes": {}}',
    '{"format": 1}',
    '{"format": 1, "scopes": {"default": [{"base": "1"}]}}',
    '{"format": 1, "scopes": {"default": [{"base": "1", "slope": NaN, "weights": {}, "centre": {}}]}}',
]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_is_said_to_be_so_and_replaced_by_the_next_learning(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    file = LearnedFile(tmp_path)
    with pytest.raises(LearnedError, match="cannot be used"):
        file.latest("default")
    file.add("default", Personal("1"))
    assert file.latest("default") == Personal("1")


def test_recall_goes_on_with_a_broken_file_and_says_so(weighed: Memory, tmp_path: Path) -> None:
    before = [each.message.id for each in weighed.recall("Ana's puppy").recollections]
    (tmp_path / "memory" / FILE).write_text('{"format": 99}')
    found = weighed.recall("Ana's puppy")
    assert [each.message.id for each in found.recollections] == before
    assert any("format 99" in note for note in found.notes)


def test_what_was_learned_over_other_weights_is_not_used_and_says_so(weighed: Memory, tmp_path: Path) -> None:
    LearnedFile(tmp_path / "memory").add("default", Personal("of another day", 1.0, {"cosine": -50.0}))
    found = weighed.recall("Ana's puppy")
    assert any("of another day" in note for note in found.notes)
    assert found.recollections[0].why.signals["model"] == found.recollections[0].score


def test_what_was_learned_changes_the_order_and_undoing_brings_it_back(weighed: Memory, tmp_path: Path) -> None:
    cue = "Ana's brown labrador puppy"
    before = weighed.recall(cue).recollections
    assert len(before) > 1
    version = weighed._recaller.version
    upside_down = Personal(version, 1.0, {"cosine": -60.0}, {"cosine": 0.0})
    LearnedFile(tmp_path / "memory").add("default", upside_down)
    after = weighed.recall(cue).recollections
    assert before[0].message.id != after[0].message.id
    assert after[0].why.signals["model"] != after[0].score
    assert weighed.unlearn() == upside_down
    assert [each.message.id for each in weighed.recall(cue).recollections] == [each.message.id for each in before]
    assert weighed.unlearn() is None


def test_forgetting_everything_forgets_what_was_learned(weighed: Memory, tmp_path: Path) -> None:
    file = LearnedFile(tmp_path / "memory")
    for scope in ("default", "work"):
        file.add(scope, Personal(weighed._recaller.version))
    weighed.forget(everything=True)
    assert (file.latest("default"), file.latest("work")) == (None, Personal(weighed._recaller.version))
    (tmp_path / "memory" / FILE).write_text("{")
    fill(weighed)
    weighed.forget(everything=True)
    assert not file.path.exists()


def test_without_anything_learned_scores_stay() -> None:
    assert Judged().apply([]) == []


def test_learning_from_this_memory_through_its_own_door(open_memory: Callable[..., Memory], tmp_path: Path) -> None:
    memory = open_memory()
    said = fill(memory)
    memory.flush()
    with pytest.raises(UsageError, match="too little"):
        memory.learn()
    cues = ("Ana's puppy", "a brown dog", "passport expires", "the disk was full", "cello lessons", "deployment")
    for cue in cues:
        for place, found in enumerate(memory.recall(cue, k=4).recollections):
            memory.feedback(found.message.id, Verdict.WRONG if place > 1 else Verdict.USEFUL, cue, found)
    learned = memory.learn()
    assert learned.questions > 100
    assert learned.right_after >= learned.right_before
    assert json.loads((tmp_path / "memory" / FILE).read_text())["scopes"]["default"]
    assert memory.recall("passport").recollections[0].message.id == said["passport"].id
    assert memory.unlearn() == learned.personal

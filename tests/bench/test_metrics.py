from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.bench.metrics import (
    RANKING,
    auc,
    calibration_error,
    gains,
    quantiles,
    ranking_metrics,
    recall_curve,
    reliability,
)

units = st.text("abcdefgh", min_size=1, max_size=1)
evidences = st.sets(units, min_size=1)


def test_values_computed_by_hand() -> None:
    ranked = ["x1", "a", "x2", "x3", "x4", "b", "x5", "x6", "x7", "x8", "x9", "c"]
    found = ranking_metrics(ranked, {"a", "b", "c", "d"})
    assert found == pytest.approx(
        {
            "R@5": 1 / 4,
            "R@10": 2 / 4,
            "R@20": 3 / 4,
            "all@10": 0.0,
            "any@10": 1.0,
            "nDCG@10": (1 / math.log2(3) + 1 / math.log2(7)) / (1 + 1 / math.log2(3) + 1 / 2 + 1 / math.log2(5)),
            "MRR": 1 / 2,
        }
    )


def test_a_session_found_twice_is_found_once() -> None:
    assert gains(["s1", "s1", "s2", "s1"], {"s1", "s2"}) == [True, False, True, False]
    found = ranking_metrics(["s1"] * 9 + ["s2"], {"s1", "s2"})
    assert (found["R@5"], found["R@10"], found["all@10"]) == (0.5, 1.0, 1.0)


def test_more_than_ten_pieces_of_evidence_can_still_give_a_perfect_ndcg() -> None:
    evidence = [str(number) for number in range(12)]
    found = ranking_metrics(evidence, evidence)
    assert (found["nDCG@10"], found["R@20"], found["all@10"]) == (pytest.approx(1), 1, 0)


def test_nothing_is_looked_at_beyond_twenty() -> None:
    ranked = [f"x{number}" for number in range(20)] + ["a"]
    assert set(ranking_metrics(ranked, {"a"}).values()) == {0.0}
    assert recall_curve(ranked, {"a"}) == [0.0] * 20


def test_without_evidence_there_are_no_metrics() -> None:
    with pytest.raises(ValueError, match="without evidence"):
        ranking_metrics(["a"], [])


@given(st.lists(units, max_size=25), evidences)
def test_laws_of_rankings(ranked: list[str], evidence: set[str]) -> None:
    found = ranking_metrics(ranked, evidence)
    assert tuple(found) == RANKING
    assert all(0 <= value <= 1 + 1e-12 for value in found.values())
    assert found["R@5"] <= found["R@10"] <= found["R@20"]
    assert found["all@10"] == float(found["R@10"] == 1)
    assert found["any@10"] == float(found["R@10"] > 0)
    curve = recall_curve(ranked, evidence)
    assert len(curve) == 20
    assert curve == sorted(curve)
    assert [curve[4], curve[9], curve[19]] == pytest.approx([found["R@5"], found["R@10"], found["R@20"]])


@given(st.lists(units, max_size=9), evidences)
def test_moving_evidence_to_the_front_never_hurts(ranked: list[str], evidence: set[str]) -> None:
    before = ranking_metrics(ranked, evidence)
    best = min(evidence)
    after = ranking_metrics([best, *(unit for unit in ranked if unit != best)], evidence)
    assert all(after[name] >= before[name] - 1e-9 for name in RANKING)
    assert after["MRR"] == 1


def test_auc_by_hand() -> None:
    assert auc([0.9, 0.8, 0.3, 0.1], [True, False, True, False]) == pytest.approx(3 / 4)
    assert auc([0.5, 0.5], [True, False]) == pytest.approx(0.5)
    assert math.isnan(auc([0.5], [True]))
    assert math.isnan(auc([], []))


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1))
def test_laws_of_auc(rows: list[tuple[int, bool]]) -> None:
    scores, positive = [float(score) for score, _ in rows], [is_it for _, is_it in rows]
    value = auc(scores, positive)
    if len(set(positive)) < 2:
        assert math.isnan(value)
        return
    pairs = [(a > b) + (a == b) / 2 for a, is_it in rows if is_it for b, is_other in rows if not is_other]
    assert value == pytest.approx(sum(pairs) / len(pairs))
    assert value + auc(scores, [not each for each in positive]) == pytest.approx(1)
    assert value == pytest.approx(auc([score**3 + 1 for score in scores], positive))


def test_reliability_by_hand() -> None:
    rows = reliability([0.0, 0.05, 0.95, 1.0, 1.7, -1], [False, True, True, True, False, False])
    assert [(row["low"], row["n"]) for row in rows] == [(0.0, 3), (0.9, 3)]
    assert rows[0]["rate"] == pytest.approx(1 / 3)
    assert rows[1]["score"] == pytest.approx((0.95 + 1 + 1) / 3)
    assert calibration_error(rows) == pytest.approx((abs(1 / 3 - 0.05 / 3) + abs((0.95 + 2) / 3 - 2 / 3)) / 2)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_reliability_counts_everything_once(rows: list[tuple[float, bool]]) -> None:
    made = reliability([score for score, _ in rows], [hit for _, hit in rows])
    assert sum(row["n"] for row in made) == len(rows)
    assert sum(row["n"] * row["rate"] for row in made) == pytest.approx(sum(hit for _, hit in rows))
    assert 0 <= calibration_error(made) <= 1


def test_quantiles() -> None:
    assert quantiles([]) == {}
    assert quantiles([1.0, 2.0, 3.0])["p50"] == 2.0

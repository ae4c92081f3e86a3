from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.bench.bootstrap import Bootstrap

columns = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(max_examples=30)
@given(columns, st.integers(1, 4))
def test_laws(values: list[float], conversations: int) -> None:
    names = [str(place % conversations) for place in range(len(values))]
    boot = Bootstrap(names, seed=3, resamples=100)
    low, high = boot.interval(values)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert (low, high) == Bootstrap(names, seed=3, resamples=100).interval(values)
    shifted = boot.interval([value + 1 for value in values])
    assert shifted == pytest.approx((low + 1, high + 1))


def test_one_conversation_is_the_ordinary_bootstrap_of_its_questions() -> None:
    values = [0.0] * 50 + [1.0] * 50
    low, high = Bootstrap(["a"] * 100, seed=1, resamples=4000).interval(values)
    assert low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.015)
    assert high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.015)


def test_conversations_that_differ_make_the_interval_wide() -> None:
    values = [0.0] * 50 + [1.0] * 50
    names = ["a"] * 50 + ["b"] * 50
    assert Bootstrap(names, seed=1).interval(values) == (0.0, 1.0)


def test_only_what_is_chosen_counts() -> None:
    boot = Bootstrap(["a", "a", "b", "b"], seed=1)
    assert boot.interval([1, 1, math.nan, math.nan], [True, True, False, False]) == (1, 1)
    assert all(math.isnan(value) for value in boot.interval([1, 1, 1, 1], [False] * 4))


def test_differences_are_paired() -> None:
    random = np.random.default_rng(0)
    mine = random.random(200)
    boot = Bootstrap(["a"] * 200, seed=1)
    low, high = boot.interval(mine - (mine - 0.1))
    assert (low, high) == pytest.approx((0.1, 0.1))


def test_any_statistic() -> None:
    boot = Bootstrap(["a"] * 4 + ["b"] * 4, seed=1)
    values = np.arange(8.0)
    low, high = boot.interval_of(lambda places: float(values[places].max()))
    assert 3 <= low <= high == 7
    assert all(math.isnan(value) for value in boot.interval_of(lambda _: math.nan))

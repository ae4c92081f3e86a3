"""The clock of the machine may be wrong; the journal's order is not. What is forgotten by age heeds that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from memory.journal.clock import BORNE_OUT, Clock, seen
from memory.journal.retention import _Exchange, _said

NOW = datetime(2026, 5, 1, tzinfo=UTC)
WEEK, DAY = timedelta(days=7), timedelta(days=1)
TIMES = st.integers(0, 40_000).map(lambda days: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days))


def after(*times: datetime, clock: Clock | None = None) -> Clock:
    for time in times:
        clock = seen(clock or Clock(), time, WEEK)
    assert clock
    return clock


def test_a_leap_is_believed_once_it_is_borne_out() -> None:
    far = NOW + timedelta(days=3000)
    assert after(NOW, clock=Clock(NOW - DAY)) == Clock(NOW)
    assert after(NOW, far, clock=Clock(NOW)) == Clock(NOW, far)
    assert after(far, far + DAY / 2, clock=Clock(NOW)) == Clock(NOW, far)
    assert after(far, far + DAY, clock=Clock(NOW)) == Clock(far + DAY)
    assert after(far, NOW + DAY, clock=Clock(NOW)) == Clock(NOW + DAY), "it was set right"
    assert after(far, NOW + DAY, far + DAY, clock=Clock(NOW)).trusted == NOW + DAY, "wrong at each start"
    assert after(NOW - 9000 * DAY, NOW, clock=Clock(NOW)) == Clock(NOW - 9000 * DAY, NOW), "an empty battery"


def test_one_who_comes_seldom_is_heeded_one_time_later() -> None:
    clock = Clock(NOW)
    for month in range(1, 6):
        time = NOW + 30 * month * DAY
        clock = seen(clock, time, WEEK)
        assert clock == Clock(max(NOW, time - 30 * DAY), time)


@given(st.lists(TIMES, min_size=1, max_size=12))
def test_whatever_the_clock_shows_nothing_newer_is_believed_than_it_shows(times: list[datetime]) -> None:
    clock = Clock()
    for place, time in enumerate(times):
        before, clock = clock, seen(clock, time, WEEK)
        assert clock.trusted is None or clock.trusted <= time
        assert clock.doubted is None or clock.doubted <= time
        if before.trusted and clock.trusted and clock.trusted - before.trusted > WEEK:
            assert any(clock.trusted - one >= timedelta() and time - one >= BORNE_OUT for one in times[:place])


def said(*times: int | None, origin: str = "chat") -> list[int | None]:
    return _said([_Exchange(str(place), time, 1, 0, origin) for place, time in enumerate(times)], now=100)


def test_the_order_tells_more_than_a_wrong_clock() -> None:
    assert said(10, 20, 5, 30) == [10, 20, 20, 30], "the clock stood in the past"
    assert said(10, 900, 20, 30) == [10, 20, 20, 30], "it stood in the future, and was set right"
    assert said(10, 900) == [10, 900], "nothing follows yet"
    assert said(None, 10, None) == [None, 10, None]
    assert said(10, 20, 5, 900, 30, origin="import") == [10, 20, 5, 900, 30], "files give their own times"

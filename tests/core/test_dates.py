from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.dates import local_day, long_date, resolve, today
from memory.types import Origin
from tests.core.conftest import NOON, said

MONDAY = date(2023, 5, 8)
ENDS = (
    *("tomorrow", "yesterday", "999 weeks ago", "in 999 years", "next month", "999 years ago"),
    *("last winter", "next summer", "999 years now", "a few years ago", "last Sun"),
)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("We met yesterday.", "We met yesterday (7 May 2023)."),
        ("Yesterday we met", "Yesterday (7 May 2023) we met"),
        ("the day before yesterday", "the day before yesterday (6 May 2023)"),
        ("See you tomorrow!", "See you tomorrow (9 May 2023)!"),
        ("last week", "last week (the week before 8 May 2023)"),
        ("next month", "next month (June 2023)"),
        ("last year", "last year (2022)"),
        ("last Friday", "last Friday (Friday, 5 May 2023)"),
        ("last Monday", "last Monday (Monday, 1 May 2023)"),
        ("next monday", "next monday (Monday, 15 May 2023)"),
        ("last Tues.", "last Tues (Tuesday, 2 May 2023)."),
        ("who last sat here", "who last sat here"),
        ("last friends", "last friends"),
        ("next Sunny day", "next Sunny day"),
        ("this past weekend", "this past weekend (the weekend before 8 May 2023)"),
        ("two weekends ago", "two weekends ago (two weekends before 8 May 2023)"),
        ("a few days ago", "a few days ago (a few days before 8 May 2023)"),
        ("last summer", "last summer (the summer of 2022)"),
        ("this summer", "this summer (the summer of 2023)"),
        ("next spring", "next spring (the spring of 2024)"),
        ("last winter", "last winter (the winter of 2022)"),
        ("for seven years now", "for seven years now (since 2016)"),
        ("seven years at sea", "seven years at sea"),
        ("two weeks ago", "two weeks ago (24 April 2023)"),
        ("a couple of days ago", "a couple of days ago (6 May 2023)"),
        ("6 months ago", "6 months ago (November 2022)"),
        ("in three days.", "in three days (11 May 2023)."),
        ("a year ago", "a year ago (2022)"),
        ("This evening", "This evening (8 May 2023)"),
        ("yesterdays", "yesterdays"),
        ("the last weekly paper", "the last weekly paper"),
        ("in three day trips", "in three day trips"),
        ("nothing here", "nothing here"),
        ("999 years ago", "999 years ago (1024)"),
    ],
)
def test_relative_times_are_made_absolute(text: str, meaning: str):
    assert resolve(text, MONDAY) == meaning


def test_months_cross_the_year():
    assert resolve("last month", date(2024, 1, 31)) == "last month (December 2023)"
    assert resolve("next month", date(2023, 12, 31)) == "next month (January 2024)"


@pytest.mark.parametrize(
    ("words", "month", "year"),
    [
        ("last summer", 1, 2022), ("last summer", 7, 2022), ("last summer", 9, 2023), ("last spring", 6, 2023),
        ("last winter", 2, 2021), ("last winter", 3, 2022), ("last autumn", 11, 2022), ("last autumn", 12, 2023),
        ("this winter", 1, 2022), ("next winter", 12, 2024), ("next autumn", 8, 2023), ("next spring", 1, 2023),
    ],
)  # fmt: skip
def test_a_season_is_named_by_the_year_in_which_it_begins(words: str, month: int, year: int):
    assert resolve(words, date(2023, month, 15)).endswith(f"of {year})")


@given(st.text(), st.dates())
def test_it_only_ever_adds(text: str, said_on: date):
    told = resolve(text, said_on)
    rest = iter(told)
    assert all(letter in rest for letter in text)


@given(
    st.dates(),
    st.sampled_from(ENDS),
)
def test_the_ends_of_the_calendar_do_not_break_it(said_on: date, words: str):
    assert resolve(words, said_on).startswith(words)


def test_the_day_is_the_speakers_own():
    late = said("x", time=NOON.replace(hour=23, minute=30))
    assert local_day(late) == late.time.astimezone().date()
    assert local_day(said("x", time=NOON.replace(hour=23), origin=Origin.IMPORT)) == date(2024, 5, 7)
    assert local_day(said("x", time=None)) is None


def test_dates_are_written_out():
    assert long_date(date(2024, 2, 1)) == "1 February 2024"
    noon = datetime(2024, 2, 1, 12).astimezone()
    assert today(noon) == "Thursday, 1 February 2024"
    assert today(noon + timedelta(days=1)) == "Friday, 2 February 2024"

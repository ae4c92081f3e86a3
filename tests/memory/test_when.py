"""Time expressions: what they mean from a fixed moment, and what is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.errors import UsageError
from memory.recall.timespan import HALVED, months_on
from memory.recall.when import Granularity, TimeSpan, match, moment, span

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
"""A Tuesday."""

MEANT = [
    ("What did I buy yesterday?", "2026-11-23", "2026-11-24"),
    ("the day before yesterday", "2026-11-22", "2026-11-23"),
    ("what did you say last night", "2026-11-23", "2026-11-24"),
    ("What have I told you today?", "2026-11-24", "2026-11-25"),
    ("What happened last week?", "2026-11-16", "2026-11-23"),
    ("What happened last weekend?", "2026-11-21", "2026-11-23"),
    ("Where was I last month?", "2026-10-01", "2026-11-01"),
    ("the month before last", "2026-09-01", "2026-10-01"),
    ("What did I read last year?", "2025-01-01", "2026-01-01"),
    ("two weeks ago I told you something", "2026-11-07", "2026-11-14"),
    ("a fortnight ago", "2026-11-07", "2026-11-14"),
    ("What did we do 3 days ago?", "2026-11-21", "2026-11-22"),
    ("a couple of days ago", "2026-11-22", "2026-11-23"),
    ("three months ago", "2026-08-09", "2026-09-09"),
    ("a year and a half ago", "2025-05-09", "2025-06-09"),
    ("over the past two weeks", "2026-11-10T15:30", "2026-11-24T15:30"),
    ("the last 3 days", "2026-11-21T15:30", "2026-11-24T15:30"),
    ("How was last spring?", "2026-03-01", "2026-06-01"),
    ("last autumn", "2025-09-01", "2025-12-01"),
    ("last fall", "2025-09-01", "2025-12-01"),
    ("last winter", "2025-12-01", "2026-03-01"),
    ("this summer", "2026-06-01", "2026-09-01"),
    ("the summer of 2023", "2023-06-01", "2023-09-01"),
    ("What did I plant in spring?", "2026-03-01", "2026-06-01"),
    ("What did I do in May?", "2026-05-01", "2026-06-01"),
    ("what did I do in may", "2026-05-01", "2026-06-01"),
    ("what happened in december", "2025-12-01", "2026-01-01"),
    ("last May", "2026-05-01", "2026-06-01"),
    ("last November", "2025-11-01", "2025-12-01"),
    ("In May 2023 Ana went where?", "2023-05-01", "2023-06-01"),
    ("the end of May", "2026-05-21T16:00", "2026-06-01"),
    ("on 3 March 2027", "2027-03-03", "2027-03-04"),
    ("on March 3rd, 2027", "2027-03-03", "2027-03-04"),
    ("on the 3rd of march", "2026-03-03", "2026-03-04"),
    ("What happened on December 24?", "2025-12-24", "2025-12-25"),
    ("2027-03-03", "2027-03-03", "2027-03-04"),
    ("3.4.2025", "2025-04-03", "2025-04-04"),
    ("3/4/2025", "2025-04-03", "2025-04-04"),
    ("4/13/2025", "2025-04-13", "2025-04-14"),
    ("Where did I live in 2019?", "2019-01-01", "2020-01-01"),
    ("What did I say on Sunday?", "2026-11-22", "2026-11-23"),
    ("Sunday", "2026-11-22", "2026-11-23"),
    ("on Tuesday", "2026-11-17", "2026-11-18"),
    ("last Friday", "2026-11-20", "2026-11-21"),
    ("next Friday", "2026-11-27", "2026-11-28"),
    ("Monday of last week", "2026-11-16", "2026-11-17"),
    ("What did I cook for Christmas?", "2025-12-24", "2025-12-27"),
    ("an hour ago", "2026-11-24T13:30", "2026-11-24T15:30"),
    ("two weeks before August 11, 2023", "2023-07-25", "2023-08-01"),
    ("the weekend before 4th October, 2023", "2023-09-30", "2023-10-02"),
    ("last week before 23 January, 2023", "2023-01-16", "2023-01-23"),
    ("the day after 23 January 2023", "2023-01-24", "2023-01-25"),
    ("during the April 7 call", "2026-04-07", "2026-04-08"),
    ("Was habe ich gestern gesagt?", "2026-11-23", "2026-11-24"),
    ("vor zwei Wochen", "2026-11-07", "2026-11-14"),
    ("Wo war ich letzten Sommer?", "2026-06-01", "2026-09-01"),
    ("am 3. März 2027", "2027-03-03", "2027-03-04"),
    ("letzten Montag", "2026-11-23", "2026-11-24"),
    ("Qu'est-ce que j'ai dit hier ?", "2026-11-23", "2026-11-24"),
    ("il y a deux semaines", "2026-11-07", "2026-11-14"),
    ("l’été dernier", "2026-06-01", "2026-09-01"),
    ("le 1er mai 2024", "2024-05-01", "2024-05-02"),
    ("¿Qué compré hace dos semanas?", "2026-11-07", "2026-11-14"),
    ("el 3 de marzo de 2027", "2027-03-03", "2027-03-04"),
    ("due settimane fa", "2026-11-07", "2026-11-14"),
    ("há duas semanas", "2026-11-07", "2026-11-14"),
    ("twee weken geleden", "2026-11-07", "2026-11-14"),
    ("две недели назад", "2026-11-07", "2026-11-14"),
    ("в мае 2024", "2024-05-01", "2024-06-01"),
    ("我昨天说了什么", "2026-11-23", "2026-11-24"),
    ("两周前", "2026-11-07", "2026-11-14"),
    ("2024年11月3日", "2024-11-03", "2024-11-04"),
    ("先週何を話した", "2026-11-16", "2026-11-23"),
]

NONE = [
    "May I ask you something?",
    "You may be right",
    "this may be wrong",
    "at last may I go",
    "no more than 3 may enter",
    "They march on",
    "We march 5 miles a day",
    "the march of the penguins",
    "Give me a second",
    "the second one",
    "on the second floor",
    "a spring roll",
    "Did she fall down?",
    "in the fall she hurt her knee",
    "April is my sister",
    "April's car",
    "Black Friday offers",
    "I swim every Sunday",
    "Sundays are quiet",
    "I need 2000 words",
    "in 2000 words",
    "the last one",
    "my last day of school",
    "version 3.4.2",
    "call 0151 2023 4455",
    "the wedding",
    "after the wedding",
    "two weeks after the wedding",
    "look after the dog",
    "on my birthday",
    "Wo ist hier die Küche?",
    "August Macke painted it",
    "31 June",
    "in 9999999 weeks",
    "9000 years ago",
    "",
    "🙂",
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("cue", "start", "end"), MEANT, ids=[row[0] for row in MEANT])
def test_what_is_meant(cue: str, start: str, end: str) -> None:
    found = span(cue, NOW)
    assert found is not None
    assert (found.start, found.end) == (at(start), at(end))
    assert found.text.lower() in cue.lower()


@pytest.mark.parametrize("cue", NONE)
def test_what_is_no_time(cue: str) -> None:
    assert span(cue, NOW) is None


def test_seasons_of_the_south() -> None:
    found = span("last summer", NOW, southern=True)
    assert found is not None
    assert (found.start, found.end) == (at("2025-12-01"), at("2026-03-01"))


def test_without_a_year_other_years_count_half() -> None:
    found = span("on 3 March", NOW)
    assert found is not None
    assert [match(found, at(f"{year}-03-03T12:00")) for year in (2026, 2025, 2019, 2027)] == [1, 0.5, 0.5, 0.5]
    assert match(found, at("2026-07-03")) == 0


def wedding(event: str) -> list[datetime]:
    known = {
        "the wedding": [at("2026-06-20T14:00")],
        "my birthday": [at("1990-05-03")],
        "ana's birthday": [at("2021-12-08")],
        "my exam": [at("2026-02-10"), at("2025-02-10")],
    }
    return known.get(event.lower(), [])


@pytest.mark.parametrize(
    ("cue", "start", "end"),
    [
        ("What did I buy two weeks after the wedding?", "2026-07-01", "2026-07-08"),
        ("the day before the wedding", "2026-06-19", "2026-06-20"),
        ("the week after the wedding I was ill", "2026-06-20T14:00", "2026-06-27T14:00"),
        ("shortly before the wedding", "2026-06-06T14:00", "2026-06-20T14:00"),
        ("during the wedding", "2026-06-20", "2026-06-24"),
        ("What did I eat on my birthday?", "2026-05-03", "2026-05-04"),
        ("on my birthday last year", "2025-05-03", "2025-05-04"),
        ("on my birthday in 2024", "2024-05-03", "2024-05-04"),
        ("What did we do for Ana's birthday?", "2025-12-08", "2025-12-09"),
        ("3 days before my exam", "2026-02-07", "2026-02-08"),
    ],
)
def test_times_told_by_an_event(cue: str, start: str, end: str) -> None:
    found = span(cue, NOW, wedding)
    assert found is not None
    assert (found.start, found.end) == (at(start), at(end))


def test_a_second_anchor_counts_half_and_an_unknown_event_means_nothing() -> None:
    found = span("3 days before my exam", NOW, wedding)
    assert found is not None
    assert match(found, at("2025-02-07T09:00")) == 0.5
    assert span("two weeks after the earthquake", NOW, wedding) is None


def test_events_are_looked_up_only_when_a_time_is_told_by_one() -> None:
    def refuse(event: str) -> list[datetime]:
        raise AssertionError(event)

    for cue in ("Who looks after the dog?", "after the wedding", "the day I left", "in May", "on my way"):
        span(cue, NOW, refuse)


def test_a_fit_falls_off_softly() -> None:
    found = span("on 3 March 2027", NOW)
    assert found is not None
    fits = [match(found, at("2027-03-03T12:00") + timedelta(days=away)) for away in range(-9, 10)]
    assert fits[9] == 1
    assert fits[:10] == sorted(fits[:10])
    assert fits[9:] == sorted(fits[9:], reverse=True)
    assert 0.5 < fits[10] < 1
    assert fits[0] == fits[-1] == 0
    assert match(found, None) == 0


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from([row[0] for row in MEANT]),
    st.integers(-12, 12),
)
@settings(max_examples=300)
def test_spans_run_forward_and_fits_lie_between_nought_and_one(now: datetime, cue: str, hours: int) -> None:
    zoned = now.replace(tzinfo=timezone(timedelta(hours=hours)))
    found = span(cue, zoned)
    assert found is not None
    assert found.start < found.end
    assert all(start < end for start, end in found.others)
    assert match(found, found.start) == match(found, found.end - timedelta(microseconds=1)) == 1
    assert 0.45 <= match(found, found.end + HALVED[found.granularity] - timedelta(seconds=1)) <= 1
    assert 0 <= match(found, zoned) <= 1


@given(st.text(max_size=200), st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))
@settings(max_examples=300)
def test_no_text_is_too_odd(text: str, now: datetime) -> None:
    found = span(text, now)
    assert found is None or found.start < found.end


@given(st.datetimes(datetime(1000, 1, 1), datetime(3000, 1, 1)), st.integers(-600, 600))
def test_months_add_up(time: datetime, count: int) -> None:
    there = months_on(time, count)
    assert (there.year * 12 + there.month) - (time.year * 12 + time.month) == count
    assert there.day == time.day or (there + timedelta(days=1)).day == 1


def test_a_long_cue_takes_no_time() -> None:
    start = datetime.now()
    for cue in ("1" * 100_000, "two weeks " * 10_000, "the " * 30_000, "after my a " * 9000, "last " * 20_000):
        span(cue, NOW, wedding)
    assert datetime.now() - start < timedelta(seconds=2)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-03-01", "2026-03-01T23:59:59.999999"),
        ("2026-03-01T18:00", "2026-03-01T18:00"),
        ("2026-03-01 18:00", "2026-03-01T18:00"),
        ("2026-03", "2026-03-31T23:59:59.999999"),
        ("yesterday", "2026-11-23T23:59:59.999999"),
        ("two weeks ago", "2026-11-10T15:30"),
        ("the end of May", "2026-05-31T23:59:59.999999"),
        ("3 March 2027", "2027-03-03T23:59:59.999999"),
        ("gestern", "2026-11-23T23:59:59.999999"),
        ("12 mars 2025", "2025-03-12T23:59:59.999999"),
        ("3 maja 2025", "2025-05-03T23:59:59.999999"),
    ],
)
def test_a_moment_is_the_end_of_what_is_said(text: str, meant: str) -> None:
    assert moment(text, NOW) == at(meant)


def test_a_zone_that_is_said_holds() -> None:
    assert moment("2026-03-01T18:00+02:00", NOW) == at("2026-03-01T16:00")


@pytest.mark.parametrize(
    "text", ["", "  ", "soon", "I left yesterday", "2026-13-01", "31 June", "x" * 9999, "🙂", "may"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no date"):
        moment(text, NOW)


def test_granularities_have_a_softness_each() -> None:
    assert set(HALVED) == set(Granularity)
    assert TimeSpan(NOW, NOW + timedelta(days=1), Granularity.DAY).others == ()


@pytest.mark.parametrize("text", ["9999-12-31", "31 December 9999", "999 years ago"])
def test_what_lies_beyond_all_years_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no date"):
        moment(text, datetime(500, 1, 1, tzinfo=UTC) if "ago" in text else NOW)

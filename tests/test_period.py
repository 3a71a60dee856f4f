"""Moments, days and periods in Shanghai (SPEC T1, R3)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfcs.period import SHANGHAI, Period, add_months, day_end, day_of, day_start, from_iso, iso

KINDS = ("day", "week", "month", "half-month", "quarter", "year")
DAYS = st.dates(date(1995, 1, 1), date(2100, 12, 31))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1995, 1, 1), datetime(2100, 1, 1), timezones=ZONES)


def test_x7_early_morning_belongs_to_the_shanghai_day() -> None:
    assert day_of(datetime(2026, 2, 28, 23, 0, tzinfo=UTC)) == date(2026, 3, 1)


def test_p1_seven_in_the_morning_of_the_first_is_in_the_new_month() -> None:
    assert Period.parse("month", "2026-03").contains(datetime(2026, 2, 28, 23, 0, tzinfo=UTC))


def test_a_day_ends_a_second_before_the_next() -> None:
    assert day_end(date(2026, 12, 31)) + timedelta(seconds=1) == day_start(date(2027, 1, 1))


@pytest.mark.parametrize("ask", [day_of, iso])
def test_a_time_without_zone_is_refused(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(ValueError, match="2026-10-03T15:20:00"):
        ask(datetime(2026, 10, 3, 15, 20))


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        pytest.param("2026-01-31", 1, "2026-02-28", id="G-last-day-when-shorter"),
        pytest.param("2024-01-31", 1, "2024-02-29", id="G-leap-year"),
        pytest.param("2024-02-29", 12, "2025-02-28", id="G-leap-day-next-year"),
        pytest.param("2026-01-31", 2, "2026-03-31", id="P33-anchor-day-kept"),
        pytest.param("2026-01-15", -1, "2025-12-15", id="back-over-new-year"),
        pytest.param("2026-08-31", 6, "2027-02-28", id="P37-six-months-are-no-180-days"),
        pytest.param("2026-12-31", 0, "2026-12-31", id="none"),
    ],
)
def test_months_are_added(day: str, n: int, expected: str) -> None:
    assert add_months(date.fromisoformat(day), n) == date.fromisoformat(expected)


@given(DAYS, st.integers(-600, 600))
def test_adding_months_lands_in_the_month_and_near_the_day(day: date, n: int) -> None:
    landed = add_months(day, n)
    assert landed.year * 12 + landed.month == day.year * 12 + day.month + n
    assert landed.day == day.day or (landed + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        pytest.param(datetime(2026, 10, 3, 15, 20, tzinfo=SHANGHAI), "2026-10-03T15:20:00+08:00", id="plain"),
        pytest.param(
            datetime(2026, 10, 3, 7, 20, 5, 999999, UTC), "2026-10-03T15:20:05+08:00", id="P7-offset-sign"
        ),
    ],
)
def test_moments_are_stored(moment: datetime, text: str) -> None:
    assert iso(moment) == text


@given(MOMENTS)
def test_stored_moments_come_back(moment: datetime) -> None:
    back = from_iso(iso(moment))
    assert back == moment - timedelta(microseconds=moment.microsecond)
    assert back.tzinfo is SHANGHAI


def test_stored_forms_of_other_places_are_moved_to_shanghai() -> None:
    assert iso(from_iso("2026-10-03T07:20:00+00:00")) == "2026-10-03T15:20:00+08:00"


@pytest.mark.parametrize("text", ["2026-10-03T15:20:00", "yesterday", "2026"])
def test_what_is_no_stored_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        from_iso(text)


@pytest.mark.parametrize(
    ("kind", "text", "label", "first", "days"),
    [
        ("day", "2026-10-03", "2026-10-03", "2026-10-03", 1),
        ("day", "2026年10月3日", "2026-10-03", "2026-10-03", 1),
        ("day", "20261003", "2026-10-03", "2026-10-03", 1),
        ("week", "2026-W40", "2026-W40", "2026-09-28", 7),
        ("week", "2026-10-04", "2026-W40", "2026-09-28", 7),
        pytest.param("week", "2024-12-30", "2025-W01", "2024-12-30", 7, id="P31-2024-12-30"),
        pytest.param("week", "2027-01-01", "2026-W53", "2026-12-28", 7, id="P31-2027-01-01"),
        ("month", "2026-10", "2026-10", "2026-10-01", 31),
        ("month", "2026年10月", "2026-10", "2026-10-01", 31),
        ("month", "２０２６年２月", "2026-02", "2026-02-01", 28),
        ("month", "202602", "2026-02", "2026-02-01", 28),
        ("month", "2024-2", "2024-02", "2024-02-01", 29),
        ("half-month", "2026-10-H1", "2026-10-H1", "2026-10-01", 15),
        ("half-month", "2026-02-h2", "2026-02-H2", "2026-02-16", 13),
        ("half-month", "2026年10月下半月", "2026-10-H2", "2026-10-16", 16),
        ("half-month", "2026-10-16", "2026-10-H2", "2026-10-16", 16),
        ("quarter", "2026-Q3", "2026-Q3", "2026-07-01", 92),
        ("quarter", "2026年第三季度", "2026-Q3", "2026-07-01", 92),
        ("quarter", "2026年4季度", "2026-Q4", "2026-10-01", 92),
        ("quarter", "2026-03-31", "2026-Q1", "2026-01-01", 90),
        ("year", "2026", "2026", "2026-01-01", 365),
        ("year", " 2024年 ", "2024", "2024-01-01", 366),
    ],
)
def test_labels_are_read(kind: str, text: str, label: str, first: str, days: int) -> None:
    period = Period.parse(kind, text)
    assert (period.label, period.first.isoformat(), period.days) == (label, first, days)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("month", "2026-13"),
        ("month", "2026-00"),
        ("month", "20261"),
        ("month", "26-10"),
        ("month", "2026-10-03"),
        ("day", "2026-02-29"),
        ("day", "2026-1003"),
        ("week", "2025-W53"),
        ("half-month", "2026-10-H3"),
        ("quarter", "2026-Q5"),
        ("year", "26"),
        ("year", "0000"),
        ("fortnight", "2026-10"),
    ],
)
def test_what_is_no_period_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match="fortnight" if kind == "fortnight" else text):
        Period.parse(kind, text)


@pytest.mark.parametrize(
    ("kind", "label", "previous", "year_before"),
    [
        ("day", "2024-02-29", "2024-02-28", "2023-02-28"),
        ("week", "2026-W01", "2025-W52", "2025-W01"),
        ("week", "2026-W53", "2026-W52", "2025-W52"),
        ("month", "2026-10", "2026-09", "2025-10"),
        ("month", "2026-01", "2025-12", "2025-01"),
        ("half-month", "2026-10-H1", "2026-09-H2", "2025-10-H1"),
        ("half-month", "2026-10-H2", "2026-10-H1", "2025-10-H2"),
        ("quarter", "2026-Q1", "2025-Q4", "2025-Q1"),
        ("year", "2026", "2025", "2025"),
    ],
)
def test_periods_are_compared_with_earlier_ones(
    kind: str, label: str, previous: str, year_before: str
) -> None:
    period = Period.parse(kind, label)
    assert (period.previous().label, period.year_before().label) == (previous, year_before)


def test_r3_the_month_is_half_open() -> None:
    month = Period.parse("month", "2026-10")
    assert month.contains(month.start)
    assert not month.contains(month.end)
    assert month.end == datetime(2026, 11, 1, tzinfo=SHANGHAI)


def test_p6_the_months_of_a_year_add_up_to_it() -> None:
    year = Period.parse("year", "2024")
    assert sum(Period.parse("month", f"2024-{month:02}").days for month in range(1, 13)) == year.days


@given(st.sampled_from(KINDS), DAYS)
def test_a_period_holds_its_day_and_is_read_back(kind: str, day: date) -> None:
    period = Period.of(kind, day)
    assert period.first <= day < period.after
    assert Period.parse(kind, period.label) == period
    assert period.previous().after == period.first
    assert period.contains(day_end(day))

"""Durations, limits, pauses and ages (SPEC T1, T4, G)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfcs.period import SHANGHAI, day_of, from_iso, iso
from kfcs.rules.durations import (
    CALENDAR_DAY,
    PAUSED,
    Deadline,
    Duration,
    Pause,
    age_threshold,
    days_counted,
    deadline,
    later,
)
from kfcs.workdays import load_calendar

CALENDAR = load_calendar()
MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2027, 6, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=SHANGHAI)
)
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=20)).map(
    lambda gap: timedelta(seconds=gap // timedelta(seconds=1))
)
UNITS = st.sampled_from(("m", "h", "d", "wd", "om"))
DURATIONS = st.builds(Duration, st.integers(0, 40), UNITS) | st.just(Duration(0, "same-day"))


def at(text: str) -> datetime:
    """``2026-10-03T15:20`` or ``2026-10-03T15:20:30``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def pause(text: str) -> Pause:
    """``2026-10-09T10:00/2026-10-12T09:00``; nothing after the stroke while it lasts."""
    start, _, end = text.partition("/")
    return Pause(at(start), at(end) if end else None)


def due(start: str, limit: str, *pauses: str, now: str | None = None) -> str:
    found = deadline(
        at(start),
        Duration.parse(limit),
        CALENDAR,
        [pause(text) for text in pauses],
        None if now is None else at(now),
    )
    return iso(found.due).removesuffix("+08:00")


# Durations


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("15m", 15, "m"),
        ("48h", 48, "h"),
        ("3d", 3, "d"),
        ("5wd", 5, "wd"),
        ("12om", 12, "om"),
        ("same-day", 0, "same-day"),
    ],
)
def test_t1_durations_are_read_and_written(text: str, amount: int, unit: str) -> None:
    assert Duration.parse(text) == Duration(amount, unit)
    assert str(Duration.parse(text)) == text


def test_a_plus_is_let_pass() -> None:
    assert Duration.parse("+3wd") == Duration(3, "wd")


@pytest.mark.parametrize(
    "text", ["", "5", "wd", "-3d", "1.5h", "3 w", "3days", "５d", "1000000d", "+same-day", "3D"]
)
def test_what_is_no_duration_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="no duration") as caught:
        Duration.parse(text)
    assert repr(text) in str(caught.value)


@given(DURATIONS)
def test_durations_come_back(duration: Duration) -> None:
    assert Duration.parse(str(duration)) == duration


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="'weeks'"):
        later(at("2026-10-13T10:00"), Duration(2, "weeks"), CALENDAR)


# Limits


@pytest.mark.parametrize(
    ("start", "limit", "expected"),
    [
        pytest.param("2026-10-03T15:20:10", "15m", "2026-10-03T15:35:10", id="T1-minutes-are-exact"),
        pytest.param("2026-09-30T23:00", "48h", "2026-10-02T23:00:00", id="T1-hours-run-through-breaks"),
        pytest.param("2026-09-30T23:59:59", "3d", "2026-10-03T23:59:59", id="T1-day-of-receipt-is-day-0"),
        pytest.param("2026-10-01T00:00", "3d", "2026-10-04T23:59:59", id="T1-so-it-is-at-midnight"),
        pytest.param("2026-09-30T10:00", "5wd", "2026-10-13T23:59:59", id="T1-over-national-day"),
        pytest.param("2026-10-03T10:00", "1wd", "2026-10-08T23:59:59", id="C26-received-on-a-holiday"),
        pytest.param("2026-10-09T10:00", "1wd", "2026-10-10T23:59:59", id="C41-onto-a-make-up-saturday"),
        pytest.param("2026-10-16T17:30", "2wd", "2026-10-20T23:59:59", id="C13-over-a-weekend"),
        pytest.param("2026-10-13T10:00", "0wd", "2026-10-13T23:59:59", id="T1-no-working-day"),
        pytest.param("2026-10-03T15:20", "same-day", "2026-10-03T23:59:59", id="T1-same-day"),
        pytest.param("2026-10-10T20:00", "12om", "2026-10-12T08:42:00", id="T1-office-minutes"),
        pytest.param("2026-10-13T11:55", "12om", "2026-10-13T13:37:00", id="T1-office-minutes-over-lunch"),
        pytest.param("2026-02-26T10:00", "3d", "2026-03-01T23:59:59", id="T1-over-february"),
        pytest.param("2024-12-30T10:00", "2wd", "2025-01-02T23:59:59", id="P31-over-new-year"),
        pytest.param("2026-09-28T10:00", "5wd", "2026-10-10T23:59:59", id="T2-to-the-make-up-saturday"),
        pytest.param("2026-09-28T10:00", "15wd", "2026-10-23T23:59:59", id="T2-through-it"),
        pytest.param("2040-12-31T09:00", "5wd", "2041-01-07T23:59:59", id="C45-past-the-notices"),
    ],
)
def test_t1_limits(start: str, limit: str, expected: str) -> None:
    assert due(start, limit) == expected


def test_x7_the_day_is_shanghais_wherever_the_moment_was_taken() -> None:
    found = deadline(from_iso("2026-10-12T16:30:00+00:00"), Duration(1, "wd"), CALENDAR)
    assert iso(found.due) == "2026-10-14T23:59:59+08:00"


@pytest.mark.parametrize(
    ("start", "limit", "years"),
    [
        pytest.param("2026-12-30T10:00", "1wd", (), id="T2-before-the-unpublished-year"),
        pytest.param("2026-12-30T10:00", "5wd", (2027,), id="T2-into-it"),
        pytest.param("2026-12-31T10:00", "0wd", (), id="T2-not-counting-at-all"),
        pytest.param("2040-12-31T10:00", "1wd", (2041,), id="T2-counts-from-the-next-day"),
        pytest.param("2026-12-31T17:29", "12om", (2027,), id="T2-office-minutes"),
        pytest.param("2040-12-31T10:00", "400d", (), id="T2-calendar-days-need-no-notice"),
    ],
)
def test_t2_the_count_names_the_years_it_guessed_at(start: str, limit: str, years: tuple[int, ...]) -> None:
    assert deadline(at(start), Duration.parse(limit), CALENDAR).provisional == years


def test_t2_corrections_of_an_unpublished_year_count() -> None:
    days = [at(f"2027-01-0{n}T00:00").date() for n in (1, 2, 4)]
    calendar = load_calendar([days[0], days[2]], [days[1]])
    found = deadline(at("2026-12-30T10:00"), Duration(5, "wd"), calendar)
    assert found == Deadline(at("2027-01-07T23:59:59"), (2027,))


@pytest.mark.parametrize(
    ("limit", "offset", "expected"),
    [
        pytest.param(
            "2026-10-09T23:59:59", "1wd", "2026-10-10T23:59:59", id="X15-same-calendar-as-the-clock"
        ),
        pytest.param("2026-09-30T23:59:59", "3wd", "2026-10-10T23:59:59", id="X15-over-national-day"),
        pytest.param("2026-10-13T11:00:00", "30m", "2026-10-13T11:30:00", id="X15-minutes"),
    ],
)
def test_e2_rungs_follow_by_the_same_arithmetic(limit: str, offset: str, expected: str) -> None:
    assert later(at(limit), Duration.parse(offset), CALENDAR) == at(expected)


@given(MOMENTS, MOMENTS, DURATIONS)
def test_who_begins_earlier_is_due_no_later(a: datetime, b: datetime, duration: Duration) -> None:
    a, b = sorted((a, b))
    assert a <= deadline(a, duration, CALENDAR).due <= deadline(b, duration, CALENDAR).due


# Pauses


@pytest.mark.parametrize(
    ("start", "limit", "waits", "expected"),
    [
        pytest.param(
            "2026-10-15T09:00", "1wd", ["2026-10-16T10:00/2026-10-19T09:00"], "2026-10-19T23:59:59",
            id="C6-held-friday-to-monday-adds-one-working-day",
        ),
        pytest.param(
            "2026-10-15T09:00", "1d", ["2026-10-16T10:00/2026-10-19T09:00"], "2026-10-19T23:59:59",
            id="T4-three-calendar-days",
        ),
        pytest.param(
            "2026-10-13T09:00", "5wd", ["2026-10-14T10:00/2026-10-14T18:00"], "2026-10-20T23:59:59",
            id="T4-paused-and-resumed-on-one-day",
        ),
        pytest.param(
            "2026-09-29T09:00", "2wd", ["2026-09-30T10:00/2026-10-08T09:00"], "2026-10-09T23:59:59",
            id="C6-national-day-is-not-added",
        ),
        pytest.param(
            "2026-10-13T09:00:00", "2h", ["2026-10-13T10:00:05/2026-10-13T10:30:15"], "2026-10-13T11:30:10",
            id="T4-hours-move-by-the-exact-length",
        ),
        pytest.param(
            "2026-10-13T09:00", "15m", ["2026-10-13T09:15/2026-10-13T10:00"], "2026-10-13T10:00:00",
            id="T4-a-pause-at-the-limit-still-moves-it",
        ),
        pytest.param(
            "2026-10-13T09:00", "15m", ["2026-10-13T09:15:01/2026-10-13T10:00"], "2026-10-13T09:15:00",
            id="T4-a-pause-after-the-limit-does-not",
        ),
        pytest.param(
            "2026-10-13T09:00", "1d",
            ["2026-10-14T12:00/2026-10-16T12:00", "2026-10-16T13:00/2026-10-18T09:00"],
            "2026-10-18T23:59:59", id="T4-the-limit-as-moved-by-the-earlier-pause",
        ),
        pytest.param(
            "2026-10-13T09:00", "1h",
            ["2026-10-13T09:10/2026-10-13T09:40", "2026-10-13T09:20/2026-10-13T09:50"],
            "2026-10-13T10:40:00", id="C7-overlapping-pauses-count-once",
        ),
        pytest.param(
            "2026-10-13T09:00", "3wd",
            ["2026-10-14T09:00/2026-10-16T09:00", "2026-10-15T09:00/2026-10-15T10:00"],
            "2026-10-20T23:59:59", id="C7-one-pause-inside-another",
        ),
        pytest.param(
            "2026-10-15T09:00", "1wd",
            ["2026-10-16T10:00/2026-10-17T12:00", "2026-10-17T09:00/2026-10-19T09:00"],
            "2026-10-19T23:59:59", id="C7-overlapping-pauses-are-one-wait",
        ),
        pytest.param(
            "2026-10-13T09:00", "1h", ["2026-10-13T08:00/2026-10-13T09:20"], "2026-10-13T10:20:00",
            id="C30-a-pause-from-before-the-start",
        ),
        pytest.param(
            "2026-10-13T09:00", "1h", ["2026-10-12T08:00/2026-10-12T09:20"], "2026-10-13T10:00:00",
            id="C30-a-pause-all-before-the-start",
        ),
        pytest.param(
            "2026-10-13T09:00", "1h", ["2026-10-13T09:20/2026-10-13T09:10"], "2026-10-13T10:00:00",
            id="C30-a-pause-that-ends-before-it-begins",
        ),
        pytest.param(
            "2026-10-13T11:30", "30om", ["2026-10-13T11:50/2026-10-13T13:40:30"], "2026-10-13T13:50:30",
            id="T4-office-minutes-move-by-office-time",
        ),
        pytest.param(
            "2026-10-13T11:30", "30om", ["2026-10-13T11:50/2026-10-13T12:30"], "2026-10-13T13:40:00",
            id="T4-office-minutes-resumed-at-lunch",
        ),
        pytest.param(
            "2026-10-13T09:00", "same-day", ["2026-10-13T10:00/2026-10-14T10:00"], "2026-10-14T23:59:59",
            id="T4-same-day-moves-by-days",
        ),
    ],
)  # fmt: skip
def test_t4_pauses_move_the_limit(start: str, limit: str, waits: list[str], expected: str) -> None:
    assert due(start, limit, *waits) == expected
    assert due(start, limit, *reversed(waits)) == expected


def test_t4_an_open_pause_lasts_until_now() -> None:
    assert due("2026-10-13T09:00", "1h", "2026-10-13T09:30/", now="2026-10-13T12:00") == "2026-10-13T12:30:00"
    assert due("2026-10-13T09:00", "1h", "2026-10-13T09:30/", now="2026-10-13T09:20") == "2026-10-13T10:00:00"
    assert due("2026-10-13T09:00", "1h", "2026-10-13T09:30/") == "2026-10-13T10:00:00"


def waits_from(start: datetime, gaps: list[timedelta]) -> list[Pause]:
    """Pauses one after another: between them and within them, so much time each."""
    moments = [start]
    for gap in gaps:
        moments.append(moments[-1] + gap)
    return [Pause(*pair) for pair in zip(moments[1::2], moments[2::2], strict=False)]


@given(MOMENTS, DURATIONS, st.lists(LENGTHS, max_size=6))
def test_t4_pauses_never_shorten(start: datetime, duration: Duration, gaps: list[timedelta]) -> None:
    waits = waits_from(start, gaps)
    dues = [deadline(start, duration, CALENDAR, waits[:n]).due for n in range(len(waits) + 1)]
    assert dues == sorted(dues)


@given(MOMENTS, DURATIONS, LENGTHS, LENGTHS, LENGTHS)
def test_t4_a_pause_in_two_parts_is_one(
    start: datetime, duration: Duration, before: timedelta, first: timedelta, second: timedelta
) -> None:
    a, b, c = start + before, start + before + first, start + before + first + second
    parts = deadline(start, duration, CALENDAR, [Pause(a, b), Pause(b, c)])
    assert parts == deadline(start, duration, CALENDAR, [Pause(a, c)])


@given(MOMENTS, DURATIONS, st.lists(LENGTHS, max_size=4))
def test_t4_the_same_pause_twice_is_one(start: datetime, duration: Duration, gaps: list[timedelta]) -> None:
    waits = waits_from(start, gaps)
    assert deadline(start, duration, CALENDAR, waits + waits) == deadline(start, duration, CALENDAR, waits)


@given(MOMENTS, st.integers(1, 3000), LENGTHS)
def test_t4_minutes_move_by_the_exact_length(start: datetime, minutes: int, length: timedelta) -> None:
    limit = Duration(minutes, "m")
    moved = deadline(start, limit, CALENDAR, [Pause(start, start + length)]).due
    assert moved - deadline(start, limit, CALENDAR).due == length


# Days counted


def test_t7_each_day_is_told_with_its_source() -> None:
    notes = days_counted(at("2026-09-30T10:00"), Duration(2, "wd"), CALENDAR)
    assert [note.working for note in notes] == [False] * 7 + [True, True]
    assert notes[0].source == "国务院办公厅关于2026年部分节假日安排的通知 国庆节"


def test_t7_paused_days_are_told() -> None:
    waits = [pause("2026-10-16T10:00/2026-10-19T09:00")]
    notes = days_counted(at("2026-10-15T09:00"), Duration(2, "wd"), CALENDAR, waits)
    told = {note.day.day: (note.working, note.source) for note in notes}
    assert told == {
        16: (True, "周一至周五"),
        17: (False, PAUSED),
        18: (False, PAUSED),
        19: (False, PAUSED),
        20: (True, "周一至周五"),
    }


def test_t7_calendar_days_all_count() -> None:
    notes = days_counted(at("2026-10-01T09:00"), Duration(3, "d"), CALENDAR)
    assert [(note.day.day, note.working, note.source) for note in notes] == [
        (n, True, CALENDAR_DAY) for n in (2, 3, 4)
    ]


def test_t7_office_minutes_tell_their_days_and_hours_none() -> None:
    notes = days_counted(at("2026-10-10T20:00"), Duration(12, "om"), CALENDAR)
    assert [(note.day.day, note.working) for note in notes] == [(10, True), (11, False), (12, True)]
    assert days_counted(at("2026-10-10T20:00"), Duration(48, "h"), CALENDAR) == ()


@given(MOMENTS, st.integers(0, 30), st.sampled_from(("d", "wd")), st.lists(LENGTHS, max_size=4))
def test_t7_as_many_days_count_as_the_limit_has(
    start: datetime, n: int, unit: str, gaps: list[timedelta]
) -> None:
    waits = waits_from(start, gaps)
    notes = days_counted(start, Duration(n, unit), CALENDAR, waits)
    assert sum(note.working for note in notes) == n
    last = day_of(deadline(start, Duration(n, unit), CALENDAR, waits).due)
    assert notes[-1].day == last if notes else last == day_of(start)


# Ages


@pytest.mark.parametrize(
    ("received", "days", "months", "waits", "expected"),
    [
        pytest.param("2026-10-10T09:00", 15, None, [], "2026-10-26T00:00", id="G1-fifteen-days"),
        pytest.param("2026-10-10T23:59:59", 7, None, [], "2026-10-18T00:00", id="G2-seven-days"),
        pytest.param("2026-01-31T09:00", None, 1, [], "2026-03-01T00:00", id="G-one-month-from-31-january"),
        pytest.param("2024-01-31T09:00", None, 1, [], "2024-03-01T00:00", id="G-leap-year"),
        pytest.param("2024-02-29T09:00", None, 1, [], "2024-03-30T00:00", id="G-from-the-leap-day"),
        pytest.param("2026-12-15T09:00", None, 1, [], "2027-01-16T00:00", id="G-over-new-year"),
        pytest.param(
            "2026-10-10T09:00", 15, None, ["2026-10-12T09:00/2026-10-15T09:00"], "2026-10-29T00:00",
            id="T4-ages-exclude-paused-days",
        ),
        pytest.param(
            "2026-10-10T09:00", None, 1, ["2026-11-10T23:00/2026-11-12T09:00"], "2026-11-13T00:00",
            id="T4-paused-on-the-last-day",
        ),
        pytest.param(
            "2026-10-10T09:00", 15, None, ["2026-10-26T00:00/2026-10-28T09:00"], "2026-10-26T00:00",
            id="T4-paused-too-late",
        ),
    ],
)  # fmt: skip
def test_g_ages(received: str, days: int | None, months: int | None, waits: list[str], expected: str) -> None:
    found = age_threshold(at(received), days, months, [pause(text) for text in waits], at("2027-12-31T00:00"))
    assert found == at(expected)


@pytest.mark.parametrize(("days", "months"), [(None, None), (15, 1)])
def test_an_age_is_in_days_or_in_months(days: int | None, months: int | None) -> None:
    with pytest.raises(ValueError, match="days or in months"):
        age_threshold(at("2026-10-10T09:00"), days, months)


@given(MOMENTS, MOMENTS)
def test_who_was_received_earlier_is_old_no_later(a: datetime, b: datetime) -> None:
    a, b = sorted((a, b))
    assert age_threshold(a, None, 1) <= age_threshold(b, None, 1)
    assert age_threshold(a, 15, None) <= age_threshold(b, 15, None)

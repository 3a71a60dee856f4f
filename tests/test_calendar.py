"""Working days, office hours and where they come from (SPEC T1, T2, T7, O1)."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfcs.period import SHANGHAI, from_iso
from kfcs.rules.calendar import OFFICE_HOURS, WorkCalendar, YearDays
from kfcs.workdays import load_calendar

ROOT = Path(__file__).resolve().parent.parent
CALENDAR = load_calendar()
DAY = timedelta(days=1)
DAYS = st.dates(date(2003, 6, 1), date(2028, 6, 1))
MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2027, 6, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=SHANGHAI)
)


def on(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    return from_iso(f"{text}:00+08:00")


def open_at(*spans: tuple[str, str], calendar: WorkCalendar = CALENDAR) -> WorkCalendar:
    hours = [(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in spans]
    return WorkCalendar(calendar.years, office_hours=hours)


# Working days


def test_t2_the_table_says_what_its_source_says() -> None:
    first, last = date(2004, 1, 1), date(2026, 12, 31)
    days = [first + n * DAY for n in range((last - first).days + 1)]
    assert [day for day in days if CALENDAR.is_working(day) != chinese_calendar.is_workday(day)] == []


def test_t2_the_table_is_what_the_script_writes() -> None:
    check = [sys.executable, str(ROOT / "scripts" / "make_calendar.py"), "--check"]
    assert subprocess.run(check, check=False).returncode == 0


@pytest.mark.parametrize(
    ("day", "working"),
    [
        pytest.param("2026-10-01", False, id="C28-a-known-holiday"),
        pytest.param("2026-10-10", True, id="C41-make-up-saturday"),
        pytest.param("2026-09-20", True, id="make-up-sunday-2026"),
        pytest.param("2019-04-28", True, id="C42-make-up-sunday"),
        pytest.param("2019-05-05", True, id="C42-second-make-up-sunday"),
        pytest.param("2017-09-30", True, id="C43-2017"),
        pytest.param("2007-12-29", True, id="C43-2007"),
        pytest.param("2008-09-27", True, id="C43-2008-saturday"),
        pytest.param("2008-09-28", True, id="C43-2008-sunday"),
        pytest.param("2020-01-31", False, id="C43-extended-after-publication"),
        pytest.param("2026-10-11", False, id="ordinary-sunday"),
        pytest.param("2026-10-12", True, id="ordinary-monday"),
    ],
)
def test_t2_days_work_by_the_notices(day: str, working: bool) -> None:
    assert CALENDAR.is_working(on(day)) is working


@pytest.mark.parametrize(
    ("day", "name"),
    [
        pytest.param("2026-09-26", "中秋节", id="O1-weekend-day-of-a-break"),
        pytest.param("2015-06-21", "端午节", id="O1-sunday-between-two-days-of-a-break"),
        pytest.param("2012-06-23", "端午节", id="O1-saturday-between-two-days-of-a-break"),
        pytest.param("2015-09-03", "抗战胜利70周年纪念日", id="O1-of-one-year-only"),
        pytest.param("2024-06-09", None, id="O1-a-weekend-that-only-touches-a-break"),
        pytest.param("2026-10-10", None, id="O1-make-up-saturday"),
        pytest.param("2026-10-25", None, id="O1-ordinary-sunday"),
    ],
)
def test_o1_a_break_has_its_weekend_days(day: str, name: str | None) -> None:
    assert CALENDAR.break_of(on(day)) == name


def test_t2_the_table_is_of_one_piece() -> None:
    assert sorted(CALENDAR.years) == list(range(2004, 2027))
    for year, days in CALENDAR.years.items():
        assert {day.year for day in (*days.off, *days.work)} == {year}
        assert not days.off.keys() & days.work.keys()
        assert all(day.weekday() >= 5 for day in days.work)
        assert not any(name.isascii() for name in (*days.off.values(), *days.work.values()))
        assert f"{year}年" in days.source


def test_c45_a_year_without_a_notice_is_monday_to_friday_and_provisional() -> None:
    assert CALENDAR.is_provisional(2041)
    assert not CALENDAR.is_provisional(2026)
    assert [day for day in range(1, 8) if CALENDAR.is_working(date(2041, 1, day))] == [1, 2, 3, 4, 7]


def test_t2_the_settings_correct_any_year() -> None:
    calendar = load_calendar(
        [on("2027-01-01"), on("2027-01-04"), on("2026-10-10")], [on("2027-01-02"), on("2026-10-01")]
    )
    assert [calendar.is_working(on(f"2027-01-0{n}")) for n in range(1, 6)] == [
        False,
        True,
        False,
        False,
        True,
    ]
    assert calendar.is_working(on("2026-10-01"))
    assert not calendar.is_working(on("2026-10-10"))
    assert calendar.is_provisional(2027)


def test_c33_a_day_given_twice_is_one_day() -> None:
    twice = load_calendar([on("2026-10-12"), on("2026-10-12")])
    assert twice.digest == load_calendar([on("2026-10-12")]).digest
    assert twice.add_working_days(on("2026-10-10"), 1) == on("2026-10-13")


def test_a_day_both_off_and_on_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-10-12"):
        load_calendar([on("2026-10-12")], [on("2026-10-12")])


@pytest.mark.parametrize("weekdays", [[1], [0, 1, 2, 3, 4], [5, 6], list(range(7))], ids=str)
def test_c1_any_set_of_weekdays_works(weekdays: list[int]) -> None:
    days = [date(2026, 1, 1) + n * DAY for n in range(365)]
    off = {day: "" for day in days if day.weekday() not in weekdays}
    work = {day: "" for day in days if day.weekday() in weekdays}
    calendar = WorkCalendar({2026: YearDays(off, work, "own")})
    assert calendar.add_working_days(on("2026-03-01"), 3).weekday() in weekdays
    assert calendar.working_days_in(on("2026-03-01"), on("2026-03-29")) == 4 * len(weekdays)


def test_c5_no_holidays_at_all_are_valid() -> None:
    assert WorkCalendar({}).add_working_days(on("2026-09-30"), 1) == on("2026-10-01")


def test_c3_a_search_without_end_stops() -> None:
    never = WorkCalendar({}, days_off=[date(2026, 1, 1) + n * DAY for n in range(366 * 40)])
    with pytest.raises(ValueError, match="2026-01-01"):
        never.add_working_days(on("2026-01-01"), 1)


def test_no_days_back() -> None:
    with pytest.raises(ValueError, match="-1"):
        CALENDAR.add_working_days(on("2026-01-01"), -1)


@pytest.mark.parametrize(
    ("nominal", "due"),
    [
        ("2024-02-10", "2024-02-18"),
        ("2024-04-05", "2024-04-07"),
        ("2024-06-10", "2024-06-11"),
        ("2024-10-05", "2024-10-08"),
        ("2025-05-05", "2025-05-06"),
        ("2025-10-05", "2025-10-09"),
        ("2026-04-05", "2026-04-07"),
        ("2026-05-05", "2026-05-06"),
        ("2026-10-05", "2026-10-08"),
        ("2026-10-10", "2026-10-10"),
    ],
)
def test_o1_dates_roll_onto_the_next_working_day(nominal: str, due: str) -> None:
    assert CALENDAR.next_working_day(on(nominal)) == on(due)


@pytest.mark.parametrize(
    ("nominal", "due"),
    [
        pytest.param("2024-02-10", "2024-02-19", id="T7-past-the-make-up-sunday"),
        pytest.param("2024-04-05", "2024-04-08", id="T7-to-the-monday"),
        pytest.param("2026-10-10", "2026-10-12", id="T7-off-the-make-up-saturday"),
        pytest.param("2026-10-05", "2026-10-08", id="T7-a-weekday-as-ever"),
    ],
)
def test_t7_a_policy_may_keep_dates_off_make_up_days(nominal: str, due: str) -> None:
    assert CALENDAR.next_working_day(on(nominal), allow_make_up=False) == on(due)


@pytest.mark.parametrize(
    ("nominal", "due"),
    [
        pytest.param("2026-09-25", "2026-09-26", id="O1-mid-autumn-moves-one-day"),
        pytest.param("2026-09-27", "2026-09-28", id="O1-a-weekend-day-of-the-break"),
        pytest.param("2026-10-05", "2026-10-06", id="O1-lands-inside-the-break"),
        pytest.param("2026-10-25", "2026-10-25", id="O1-an-ordinary-sunday-stays"),
        pytest.param("2026-10-10", "2026-10-10", id="O1-a-make-up-day-stays"),
        pytest.param("2041-01-01", "2041-01-01", id="O1-no-notice-no-break"),
    ],
)
def test_o1_statutory_plus_one(nominal: str, due: str) -> None:
    assert CALENDAR.plus_one_if_statutory(on(nominal)) == on(due)


def test_o1_a_day_of_a_break_on_which_we_work_stays() -> None:
    assert load_calendar(days_on=[on("2026-10-05")]).plus_one_if_statutory(on("2026-10-05")) == on(
        "2026-10-05"
    )


def naive(calendar: WorkCalendar, day: date, n: int) -> date:
    while n:
        day += DAY
        n -= calendar.is_working(day)
    return day


@given(DAYS, st.integers(0, 40))
def test_t1_counting_agrees_with_walking(day: date, n: int) -> None:
    assert CALENDAR.add_working_days(day, n) == naive(CALENDAR, day, n)


@given(DAYS, st.integers(0, 400))
def test_t1_counting_back_gives_the_count(day: date, n: int) -> None:
    due = CALENDAR.add_working_days(day, n)
    assert CALENDAR.working_days_in(day, due) == n
    assert CALENDAR.working_days_in(due, day) == 0


@given(DAYS, DAYS, DAYS)
def test_working_days_of_adjoining_spans_add_up(a: date, b: date, c: date) -> None:
    a, b, c = sorted((a, b, c))
    assert CALENDAR.working_days_in(a, c) == CALENDAR.working_days_in(a, b) + CALENDAR.working_days_in(b, c)


# Sources


@pytest.mark.parametrize(
    ("day", "source"),
    [
        pytest.param("2026-10-01", "国务院办公厅关于2026年部分节假日安排的通知 国庆节", id="C15-break"),
        pytest.param("2026-10-10", "国务院办公厅关于2026年部分节假日安排的通知 国庆节", id="C15-make-up"),
        pytest.param("2026-10-12", "周一至周五", id="C15-weekday"),
        pytest.param("2026-10-11", "双休日", id="C15-weekend"),
        pytest.param("2041-01-01", "周一至周五", id="C45-unpublished"),
        pytest.param("2026-10-13", "kfcs.toml", id="C15-own-day"),
    ],
)
def test_t7_each_day_has_its_source(day: str, source: str) -> None:
    assert load_calendar(days_off=[on("2026-10-13")]).describe(on(day)).source == source


def test_c43_what_changes_a_count_changes_the_digest() -> None:
    others = [
        load_calendar(days_off=[on("2026-10-12")]),
        load_calendar(days_on=[on("2026-10-12")]),
        load_calendar(office_hours=["09:00-12:00"]),
        WorkCalendar({}),
    ]
    assert len({CALENDAR.digest, *(calendar.digest for calendar in others)}) == 5
    assert load_calendar().digest == CALENDAR.digest


# Office hours


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        pytest.param("2026-10-10T20:00", 12, "2026-10-12T08:42", id="T1-after-hours-next-opening"),
        pytest.param("2026-10-13T11:55", 12, "2026-10-13T13:37", id="T1-over-lunch"),
        pytest.param("2026-10-13T11:48", 12, "2026-10-13T12:00", id="T1-ends-with-the-span"),
        pytest.param("2026-10-13T12:00", 12, "2026-10-13T13:42", id="T1-half-open-at-noon"),
        pytest.param("2026-10-13T07:00", 12, "2026-10-13T08:42", id="T1-before-hours"),
        pytest.param("2026-10-13T17:30", 1, "2026-10-14T08:31", id="T1-at-closing"),
        pytest.param("2026-09-30T17:25", 12, "2026-10-08T08:37", id="T1-over-national-day"),
        pytest.param("2026-10-09T17:25", 12, "2026-10-10T08:37", id="C41-into-a-make-up-saturday"),
        pytest.param("2026-10-13T08:30", 450, "2026-10-13T17:30", id="T1-one-whole-day"),
        pytest.param("2026-10-13T08:30", 451, "2026-10-14T08:31", id="T1-a-minute-more"),
        pytest.param("2026-10-12T13:30", 0, "2026-10-12T13:30", id="T1-nothing"),
        pytest.param("2026-10-11T10:00", 0, "2026-10-12T08:30", id="T1-nothing-on-a-sunday"),
    ],
)
def test_t1_office_minutes(start: str, minutes: int, end: str) -> None:
    assert CALENDAR.add_office_minutes(at(start), minutes) == at(end)


def test_c2_split_shifts_leave_lunch_out() -> None:
    office = open_at(("09:00", "13:00"), ("14:00", "18:00"))
    assert office.add_office_minutes(at("2026-10-13T12:50"), 20) == at("2026-10-13T14:10")


def test_c16_midnight_to_24_00_loses_no_minute() -> None:
    always = load_calendar(office_hours=["00:00-24:00"])
    assert always.add_office_minutes(at("2026-10-13T23:00"), 120) == at("2026-10-14T01:00")
    assert always.office_seconds_between(at("2026-10-13T00:00"), at("2026-10-15T00:00")) == 2 * 86_400


def test_c15_a_limit_over_skipped_days() -> None:
    calendar = WorkCalendar({}, days_off=[on("2016-11-11")], office_hours=[(time(9), time(21))])
    assert calendar.add_office_minutes(at("2016-11-09T23:00"), 24 * 60) == at("2016-11-14T21:00")


def test_c17_no_hours_are_refused_at_once_and_named_when_counted() -> None:
    with pytest.raises(ValueError, match="office_hours"):
        load_calendar(office_hours=[])
    shut = WorkCalendar({}, office_hours=[])
    assert shut.is_working(on("2026-10-12"))
    with pytest.raises(ValueError, match="no office hours"):
        shut.add_office_minutes(at("2026-10-12T09:00"), 1)


@pytest.mark.parametrize(
    "entry",
    ["12:00-08:30", "08:30-08:30", "8.30-12.00", "25:00-26:00", "08:30", "00:00-24:01", ""],
)
def test_c12_bad_hours_are_refused_by_name(entry: str) -> None:
    with pytest.raises(ValueError, match="office_hours") as caught:
        load_calendar(office_hours=[entry])
    assert repr(entry) in str(caught.value)


def test_c12_overlapping_hours_are_refused() -> None:
    with pytest.raises(ValueError, match=r"11:00"):
        load_calendar(office_hours=["08:30-12:00", "11:00-17:00"])


@given(MOMENTS, st.integers(0, 3000))
def test_office_time_added_is_office_time_between(start: datetime, minutes: int) -> None:
    end = CALENDAR.add_office_minutes(start, minutes)
    assert CALENDAR.office_seconds_between(start, end) == minutes * 60
    assert end >= start


@given(MOMENTS, MOMENTS)
def test_office_minutes_keep_order(a: datetime, b: datetime) -> None:
    a, b = sorted((a, b))
    assert CALENDAR.add_office_minutes(a, 90) <= CALENDAR.add_office_minutes(b, 90)


def test_the_usual_hours() -> None:
    assert WorkCalendar({}).spans == tuple(
        (opens.hour * 3600 + opens.minute * 60, closes.hour * 3600 + closes.minute * 60)
        for opens, closes in OFFICE_HOURS
    )


# Files beside the ledger

NOTICE = """
year = 2027
status = "official"
source = "通知"
off = [
  { from = "2026-12-31", to = "2027-01-02", name = "元旦" },
  { from = 2027-02-05, to = 2027-02-11, name = "春节" },
]
work = [{ date = "2026-12-27", name = "元旦" }, { date = "2027-02-14", name = "春节" }]
"""


def write_calendar(folder: Path, text: str, year: int = 2027) -> Path:
    (folder / f"calendar-{year}.toml").write_text(text, encoding="utf-8")
    return folder


def test_t2_a_file_brings_a_years_notice(tmp_path: Path) -> None:
    calendar = load_calendar(folder=write_calendar(tmp_path, NOTICE))
    assert not calendar.is_provisional(2027)
    assert [calendar.is_working(on(f"2027-02-{n:02}")) for n in (4, 5, 11, 12, 14)] == [
        True,
        False,
        False,
        True,
        True,
    ]
    assert calendar.describe(on("2027-02-05")).source == "通知 春节"
    assert calendar.plus_one_if_statutory(on("2027-02-05")) == on("2027-02-06")


def test_t2_new_years_break_may_begin_in_the_old_year(tmp_path: Path) -> None:
    calendar = load_calendar(folder=write_calendar(tmp_path, NOTICE))
    assert not calendar.is_working(on("2026-12-31"))
    assert calendar.is_working(on("2026-12-27"))
    assert not calendar.is_working(on("2026-10-01"))


def test_t2_a_file_of_a_guessed_year_stays_provisional(tmp_path: Path) -> None:
    text = NOTICE.replace("official", "provisional")
    assert load_calendar(folder=write_calendar(tmp_path, text)).is_provisional(2027)


def test_t2_the_settings_win_over_a_file(tmp_path: Path) -> None:
    calendar = load_calendar(days_on=[on("2027-02-05")], folder=write_calendar(tmp_path, NOTICE))
    assert calendar.is_working(on("2027-02-05"))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("year = 2027", "year = 2028", "2028"),
        ("year = 2027", 'year = "2027"', "'2027'"),
        ('"official"', '"final"', "'final'"),
        ("work =", "wrok =", "wrok"),
        ('"2027-01-02"', '"2027-02-30"', "2027-02-30"),
        ('"2027-01-02"', '"2026-12-01"', "2026-12-01"),
        ('"2027-02-14"', '"2027-02-07"', "2027-02-07"),
        ('"2027-02-14"', '"2029-02-07"', "2029-02-07"),
        ('{ date = "2027-02-14", name = "春节" }', '"2027-02-14"', "work"),
        ("year =", "year", "calendar-2027.toml"),
    ],
)
def test_c12_a_bad_file_is_refused_by_name(tmp_path: Path, old: str, new: str, named: str) -> None:
    write_calendar(tmp_path, NOTICE.replace(old, new))
    with pytest.raises(ValueError, match=r"calendar-2027\.toml") as caught:
        load_calendar(folder=tmp_path)
    assert named in str(caught.value)


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "calendar-notes.toml").write_text("no TOML", encoding="utf-8")
    assert load_calendar(folder=tmp_path).digest == CALENDAR.digest

"""What must be handed in, and when (O1): one row a rule of the presets, rolls, short months, periods, states."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfcs.i18n import in_language, render
from kfcs.period import Period, day_end, day_start, from_iso
from kfcs.policycheck import chain_faults, read_chain
from kfcs.rulebook import load_policy
from kfcs.rules.calendar import WorkCalendar
from kfcs.rules.obligations import (
    LENGTHS,
    PERIODS,
    ROLLS,
    DueDays,
    Duty,
    Obligation,
    doubled_period,
    duties_due,
    duty_for,
    usual_period,
)
from kfcs.words import codes
from kfcs.workdays import load_calendar

NOWHERE = Path("no-such-folder")
CALENDAR = load_calendar()
PRESETS = ("jinke", "rf-kf-zy-03", "front-desk", "appeals", "same-day", "call-centre", "specialist")
DAY = timedelta(days=1)


@cache
def obligations(preset: str) -> tuple[Obligation, ...]:
    return load_policy(preset, NOWHERE).obligations


def rule(due: dict[str, Any], roll: str = "none", period: str = "", make_up: bool = True) -> Obligation:
    """A rule of our own."""
    return Obligation(
        "ours", "", {}, False, "desk", DueDays.parse(due), period or usual_period(due), roll, make_up
    )


def due(obligation: Obligation, first: str, after: str, calendar: WorkCalendar = CALENDAR) -> list[Duty]:
    return duties_due([obligation], date.fromisoformat(first), date.fromisoformat(after), calendar)


def in_month(obligation: Obligation, label: str, calendar: WorkCalendar = CALENDAR) -> list[tuple[str, str]]:
    """The period and due date of what falls due in a month."""
    month = Period.parse("month", label)
    duties = duties_due([obligation], month.first, month.after, calendar)
    return [(duty.period.label, duty.day.isoformat()) for duty in duties]


# ---------------------------------------------------------------- the presets


class Row(NamedTuple):
    """A row of the presets' table of obligations, with due dates that show it: (period, day) in a year."""

    preset: str
    name: str
    by: str
    roll: str
    clause: str
    assumed: bool
    dates: tuple[tuple[str, str], ...]


JINKE = "金科集团客户服务管理体系"
POST = "客户服务专员岗位说明书 每月例行工作"
NEXT, PLUS_ONE = "next-working-day", "statutory-plus-one"
ROWS = (
    Row(
        "jinke",
        "branch-report",
        "branch",
        "none",
        "客户服务分部工作职责 5",
        False,
        (("2025-12", "2026-01-05"), ("2026-09", "2026-10-05")),
    ),
    Row(
        "jinke",
        "group-report",
        "group",
        NEXT,
        f"{JINKE} 集团公司客户服务中心管理职责 5",
        True,
        (("2026-04", "2026-05-11"), ("2026-09", "2026-10-10")),
    ),
    Row(
        "jinke",
        "score-feedback",
        "group",
        NEXT,
        f"{JINKE} 统一考评 (2)",
        False,
        (("2026-04", "2026-05-11"), ("2026-09", "2026-10-10")),
    ),
    Row(
        "jinke",
        "progress-report",
        "sales-desk",
        "none",
        f"{JINKE} 销售部客户服务人员工作职责 11",
        False,
        (("2026-02", "2026-02-28"), ("2026-10", "2026-10-30"), ("2026-12", "2026-12-30")),
    ),
    Row(
        "jinke",
        "skills-exchange",
        "group",
        "none",
        f"{JINKE} 集团公司客户服务中心管理职责 2",
        True,
        (("2026-02", "2026-02-28"), ("2026-12", "2026-12-31")),
    ),
    Row(
        "jinke",
        "quarter-ranking",
        "group",
        NEXT,
        f"{JINKE} 统一考评 (2)",
        True,
        (("2025-Q4", "2026-01-12"), ("2026-Q3", "2026-10-10")),
    ),
    Row(
        "rf-kf-zy-03",
        "work-report",
        "customer-service",
        "none",
        "RF-KF-ZY-03 6.5.4",
        False,
        (("2025-12", "2026-01-10"), ("2026-09", "2026-10-10")),
    ),
    Row(
        "rf-kf-zy-03",
        "defect-feedback",
        "customer-service",
        "none",
        "RF-KF-ZY-03 6.5.4",
        True,
        (("2026", "2026-01-31"),),
    ),
    Row(
        "front-desk",
        "complaint-data",
        "front-desk",
        "none",
        "客户投诉处理作业指导书 4.7",
        False,
        (("2025-12", "2026-01-03"), ("2026-09", "2026-10-03")),
    ),
    Row(
        "appeals",
        "daily-summary",
        "desk",
        "none",
        "客户诉求处理作业指导书 4.1",
        False,
        (("2026-01-01", "2026-01-01"), ("2026-10-03", "2026-10-03")),
    ),
    Row(
        "same-day",
        "statistics",
        "desk",
        "none",
        "客户投诉处理作业规程 3 (一)",
        True,
        (("2025-12", "2026-01-05"), ("2026-09", "2026-10-05")),
    ),
    Row(
        "call-centre",
        "annual-plan",
        "departments",
        "none",
        "北京房地产客户服务管理体系 信息报送：年度计划和总结",
        False,
        (("2026-01", "2026-01-15"),),
    ),
    Row(
        "call-centre",
        "annual-review",
        "customer-service",
        "none",
        "北京房地产客户服务管理体系 客户回访：年度服务评审报告",
        False,
        (("2025", "2026-01-31"),),
    ),
    Row(
        "specialist",
        "half-month-report",
        "specialist",
        PLUS_ONE,
        f"{POST} 9",
        True,
        (("2026-10-H1", "2026-10-15"), ("2026-10-H2", "2026-10-31"), ("2026-02-H1", "2026-02-16")),
    ),
    Row(
        "specialist",
        "monthly-report",
        "specialist",
        PLUS_ONE,
        f"{POST} 11",
        False,
        (("2026-09", "2026-09-26"), ("2026-10", "2026-10-25")),
    ),
    Row(
        "specialist",
        "case-writeup",
        "specialist",
        PLUS_ONE,
        f"{POST} 12",
        False,
        (("2026-09", "2026-09-26"), ("2026-10", "2026-10-25")),
    ),
    Row(
        "specialist",
        "cost-claim",
        "specialist",
        PLUS_ONE,
        f"{POST} 7",
        False,
        (("2026-09", "2026-09-26"), ("2026-10", "2026-10-25")),
    ),
    Row(
        "specialist",
        "service-inspection",
        "specialist",
        PLUS_ONE,
        f"{POST} 8",
        False,
        (("2026-09", "2026-09-26"), ("2026-10", "2026-10-25")),
    ),
    Row(
        "specialist",
        "month-summary",
        "specialist",
        PLUS_ONE,
        f"{POST} 14",
        False,
        (("2026-02", "2026-02-28"), ("2026-10", "2026-10-31")),
    ),
    Row(
        "specialist",
        "merchants",
        "specialist",
        PLUS_ONE,
        f"{POST} 15",
        False,
        (("2026-06", "2026-06-30"), ("2026-12", "2026-12-31")),
    ),
    Row(
        "specialist",
        "problem-customers",
        "specialist",
        PLUS_ONE,
        f"{POST} 17",
        True,
        (("2026-08", "2026-08-31"),),
    ),
    Row(
        "specialist",
        "satisfaction-survey",
        "specialist",
        PLUS_ONE,
        f"{POST} 17",
        False,
        (("2026-11", "2026-11-30"),),
    ),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.preset}: {row.clause}: {row.name}")
def test_an_obligation_stands_as_its_clause_states_it(row: Row) -> None:
    [obligation] = [each for each in obligations(row.preset) if each.id == row.name]
    assert (obligation.by, obligation.roll, obligation.clause, obligation.assumed) == row[2:6]
    made = [(duty.period.label, duty.day.isoformat()) for duty in due(obligation, "2026-01-01", "2027-01-01")]
    assert set(row.dates) <= set(made)


YEARLY = {"defect-feedback", "annual-plan", "annual-review", "problem-customers", "satisfaction-survey"}
COUNTS = {"daily-summary": 365, "half-month-report": 24, "quarter-ranking": 4, "merchants": 2}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.preset}: {row.name}")
def test_an_obligation_falls_due_as_often_a_year_as_it_says(row: Row) -> None:
    [obligation] = [each for each in obligations(row.preset) if each.id == row.name]
    wanted = COUNTS.get(row.name, 1 if row.name in YEARLY else 12)
    assert len(due(obligation, "2026-01-01", "2027-01-01")) == wanted


def test_the_presets_have_the_obligations_of_the_table_and_no_other() -> None:
    from kfcs.rulebook import PRESETS as FOLDER

    names = sorted(path.stem for path in FOLDER.glob("*.toml"))
    assert sorted((n, each.id) for n in names for each in obligations(n)) == sorted(row[:2] for row in ROWS)


@pytest.mark.parametrize("preset", PRESETS)
def test_who_hands_in_has_a_word(preset: str) -> None:
    assert {each.by for each in obligations(preset)} <= set(codes("recipient"))


# ---------------------------------------------------------------- rolls

NEXT_WORKING_DAY = (
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
)


@pytest.mark.parametrize(("nominal", "wanted"), NEXT_WORKING_DAY)
def test_a_due_date_rolls_to_the_next_working_day(nominal: str, wanted: str) -> None:
    day = date.fromisoformat(nominal)
    obligation = rule({"month": day.month, "day": day.day}, "next-working-day")
    assert [duty.day.isoformat() for duty in due(obligation, nominal, f"{day.year + 1}-01-01")] == [wanted]


@pytest.mark.parametrize(
    ("nominal", "wanted"),
    [("2024-02-10", "2024-02-19"), ("2024-04-05", "2024-04-08"), ("2026-10-10", "2026-10-12")],
)
def test_t7_a_make_up_weekend_may_be_ruled_out(nominal: str, wanted: str) -> None:
    obligation = rule({"day": date.fromisoformat(nominal).day}, "next-working-day", make_up=False)
    assert obligation.rolled(date.fromisoformat(nominal), CALENDAR).isoformat() == wanted


@pytest.mark.parametrize(
    ("nominal", "wanted"),
    [
        ("2026-09-25", "2026-09-26"),  # Mid-Autumn: one day, though that is a day of the break too
        ("2026-10-01", "2026-10-02"),
        ("2026-10-07", "2026-10-08"),
        ("2026-10-10", "2026-10-10"),  # a make-up Saturday
        ("2026-10-25", "2026-10-25"),  # an ordinary Sunday
        ("2023-12-31", "2024-01-01"),  # New Year's break of 2024 begins in 2023
    ],
)
def test_inside_a_public_holiday_a_date_moves_exactly_one_day(nominal: str, wanted: str) -> None:
    obligation = rule({"day": 25}, "statutory-plus-one")
    assert obligation.rolled(date.fromisoformat(nominal), CALENDAR).isoformat() == wanted


def test_without_a_roll_a_holiday_changes_nothing() -> None:
    assert in_month(rule({"day": 5}), "2026-10") == [("2026-09", "2026-10-05")]


def test_days_off_of_ones_own_move_a_date_and_days_on_keep_it() -> None:
    calendar = load_calendar(days_off=[date(2026, 11, 10)], days_on=[date(2026, 10, 5), date(2026, 9, 25)])
    assert in_month(rule({"day": 10}, "next-working-day"), "2026-11", calendar) == [("2026-10", "2026-11-11")]
    assert in_month(rule({"day": 5}, "next-working-day"), "2026-10", calendar) == [("2026-09", "2026-10-05")]
    assert in_month(rule({"day": 25}, "statutory-plus-one"), "2026-09", calendar) == [
        ("2026-09", "2026-09-25")
    ]


def test_a_date_belongs_to_the_month_into_which_it_rolls_and_keeps_its_period() -> None:
    last_day = rule({"day": "last"}, "next-working-day")
    assert in_month(last_day, "2026-02") == [("2026-01", "2026-02-02"), ("2026-02", "2026-02-28")]
    assert in_month(last_day, "2026-01") == []
    month_summary = next(each for each in obligations("specialist") if each.id == "month-summary")
    assert in_month(month_summary, "2025-01") == []
    assert in_month(month_summary, "2025-02") == [("2025-01", "2025-02-01"), ("2025-02", "2025-02-28")]
    merchants = next(each for each in obligations("specialist") if each.id == "merchants")
    assert in_month(merchants, "2023-12") == []
    assert in_month(merchants, "2024-01") == [("2023-12", "2024-01-01")]


def test_a_year_not_yet_published_is_told_where_it_decides() -> None:
    [rolled] = due(rule({"month": 3, "day": 10}, "next-working-day"), "2041-03-01", "2041-04-01")
    [fixed] = due(rule({"month": 3, "day": 10}), "2041-03-01", "2041-04-01")
    assert (rolled.guessed_years(CALENDAR), fixed.guessed_years(CALENDAR)) == ({2041}, set())


# ---------------------------------------------------------------- short months and years


def test_a_day_that_a_month_lacks_is_its_last_and_comes_back() -> None:
    """The anchor stays: counting on from 28 February would make it the 28th for ever."""
    assert [duty.day.day for duty in due(rule({"day": 31}), "2024-01-01", "2025-04-01")] == [
        31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31,
    ]  # fmt: skip
    assert [duty.day.day for duty in due(rule({"day": 30}), "2023-01-01", "2023-05-01")] == [30, 28, 30, 30]


def test_the_29th_of_february_is_the_28th_in_a_common_year() -> None:
    yearly = rule({"dates": ["02-29"]})
    assert [duty.day.isoformat() for duty in due(yearly, "2023-01-01", "2026-01-01")] == [
        "2023-02-28",
        "2024-02-29",
        "2025-02-28",
    ]


def test_a_yearly_date_comes_once_a_year() -> None:
    yearly = rule({"month": 7, "day": 22}, period="year")
    assert [duty.period.label for duty in due(yearly, "2024-01-01", "2027-01-01")] == ["2024", "2025", "2026"]


@pytest.mark.parametrize("day", range(1, 32))
def test_until_the_10th_it_is_for_the_month_before_later_for_its_own(day: int) -> None:
    [(label, _day)] = in_month(rule({"day": day}), "2026-01")
    assert label == ("2025-12" if day <= 10 else "2026-01")


@pytest.mark.parametrize(
    ("table", "period", "label"),
    [
        ({"day": 5}, "month", "2026-01"),
        ({"day": 25}, "last-month", "2025-12"),
        ({"month": 1, "day": 8}, "year", "2026"),
        ({"month": 1, "day": 8}, "last-year", "2025"),
        ({"quarter": 10}, "", "2025-Q4"),
        ({"dates": ["01-20"]}, "quarter", "2026-Q1"),
    ],
)
def test_a_period_may_be_named(table: dict[str, Any], period: str, label: str) -> None:
    assert in_month(rule(table, period=period), "2026-01")[0][0] == label


# ---------------------------------------------------------------- one duty


def test_a_duty_is_found_by_the_label_of_its_period() -> None:
    for preset in PRESETS:
        for duty in duties_due(obligations(preset), date(2026, 9, 1), date(2027, 3, 1), CALENDAR):
            assert duty_for(duty.obligation, duty.period.label, CALENDAR) == duty


def test_a_period_of_another_kind_is_refused_and_one_without_a_duty_is_none() -> None:
    merchants = next(each for each in obligations("specialist") if each.id == "merchants")
    assert duty_for(merchants, "2026-07", CALENDAR) is None
    assert duty_for(merchants, "2026年6月", CALENDAR) is not None
    with pytest.raises(ValueError, match="no month"):
        duty_for(merchants, "2026-Q2", CALENDAR)


REPORT = next(each for each in obligations("jinke") if each.id == "branch-report")


@pytest.mark.parametrize(
    ("handed_in", "now", "state", "days"),
    [
        (None, "2026-10-05T23:59:59", "upcoming", 0),
        (None, "2026-10-06T00:00:00", "missed", 1),
        ("2026-10-05T23:59:59", "2026-10-20T09:00:00", "done", 0),
        ("2026-10-06T00:00:00", "2026-10-20T09:00:00", "late", 1),
        ("2026-10-06T09:00:00", "2026-10-20T09:00:00", "late", 1),
        ("2026-10-07T09:00:00", "2026-10-20T09:00:00", "late", 2),
    ],
)
def test_how_a_duty_stands(handed_in: str | None, now: str, state: str, days: int) -> None:
    [duty] = due(REPORT, "2026-10-01", "2026-11-01")
    moment = None if handed_in is None else from_iso(f"{handed_in}+08:00")
    at = from_iso(f"{now}+08:00")
    assert duty.due == from_iso("2026-10-05T23:59:59+08:00")
    assert (duty.state(moment, at), duty.days_late(moment or at)) == (state, days)


# ---------------------------------------------------------------- properties

DAY_OF_MONTH = st.integers(1, 31) | st.just("last")
DUE = st.one_of(
    st.builds(lambda day: {"day": day}, DAY_OF_MONTH),
    st.builds(lambda day: {"quarter": day}, DAY_OF_MONTH),
    st.integers(1, 12).flatmap(
        lambda m: st.builds(lambda d: {"month": m, "day": d}, st.integers(1, LENGTHS[m - 1]))
    ),
    st.builds(lambda a, b: {"half_month": [a, b]}, st.integers(1, 15), st.integers(16, 31) | st.just("last")),
    st.just({"every": "day"}),
)
RULES = st.builds(rule, DUE, st.sampled_from(ROLLS), st.just(""), st.booleans())
MONTHS = st.integers(0, 12 * 22).map(lambda n: date(2005 + n // 12, n % 12 + 1, 1))


@given(RULES, MONTHS)
def test_each_period_is_due_once_and_each_month_adds_up_to_the_year(
    obligation: Obligation, first: date
) -> None:
    year = duties_due([obligation], first, first.replace(year=first.year + 1), CALENDAR)
    labels = [duty.period.label for duty in year]
    assert len(set(labels)) == len(labels)
    assert doubled_period(obligation) is None
    months = []
    month = Period.of("month", first)
    for _ in range(12):
        months += duties_due([obligation], month.first, month.after, CALENDAR)
        month = Period.of("month", month.after)
    assert months == year


@given(RULES, MONTHS)
def test_a_due_date_is_never_before_its_nominal_day(obligation: Obligation, first: date) -> None:
    for duty in duties_due([obligation], first, first + 62 * DAY, CALENDAR):
        assert duty.nominal <= duty.day <= duty.nominal + 14 * DAY
        assert day_start(duty.day) < duty.due == day_end(duty.day)
        if obligation.roll == "next-working-day":
            assert CALENDAR.is_working(duty.day)
        if obligation.roll == "statutory-plus-one":
            assert duty.day - duty.nominal <= DAY


@pytest.mark.parametrize(
    ("table", "period", "doubled"),
    [
        ({"day": 5}, "year", "2024"),
        ({"every": "day"}, "month", "2024-01"),
        ({"dates": ["06-20", "06-30"]}, "", "2024-06"),
        ({"dates": ["06-20", "07-05"]}, "", "2024-06"),
        ({"half_month": [15, "last"]}, "month", "2024-01"),
        ({"dates": ["06-30", "12-31"]}, "", None),
        ({"month": 1, "day": 31}, "last-year", None),
    ],
)
def test_two_due_dates_of_one_period_are_found(
    table: dict[str, Any], period: str, doubled: str | None
) -> None:
    assert doubled_period(rule(table, period=period)) == doubled


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"day": 0},
        {"day": 32},
        {"day": "first"},
        {"day": True},
        {"month": 2, "day": 30},
        {"month": 13, "day": 1},
        {"month": 1},
        {"day": 5, "every": "day"},
        {"dates": ["04-31"]},
        {"dates": ["4-3"]},
        {"half_month": [16, "last"]},
        {"half_month": [1, 15]},
        {"half_month": [15]},
    ],
    ids=str,
)
def test_days_that_do_not_exist_are_refused(table: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        DueDays.parse(table)


HEAD = """
name = "our"
extends = "base"
title = { zh = "我们的制度", en = "Ours" }

[[obligation]]
id = "monthly"
by = "branch"
due = { day = 5 }
clause = "ours 1"
title = { zh = "月报", en = "Monthly report" }
"""
ONE_WAY = "says in one way when it is due; give one of: day, month + day, dates, every, half_month, quarter"
NO_DAY = "names a day that does not exist, or one in the wrong half of the month"
FAULTS = {
    "an unknown key": ("due = ", 'rol = "none"\ndue = ', "rol: unknown key; did you mean roll?"),
    "an unknown key of due": ("{ day = 5 }", "{ days = 5 }", "due.days: unknown key; did you mean day?"),
    "an unknown roll": (
        "due = ",
        'roll = "next-workday"\ndue = ',
        "roll: 'next-workday' is unknown; did you mean next-working-day?",
    ),
    "an unknown period": (
        "due = ",
        'period = "lastmonth"\ndue = ',
        "period: 'lastmonth' is unknown; did you mean last-month?",
    ),
    "no day of a month": (
        "{ day = 5 }",
        "{ day = 32 }",
        'due.day: expected a day from 1 to 31, or "last", not 32',
    ),
    "a day that the month has not": ("{ day = 5 }", "{ month = 2, day = 30 }", f"due: {NO_DAY}"),
    "a date that is none": ("{ day = 5 }", '{ dates = ["06-31"] }', f"due: {NO_DAY}"),
    "two days of one half": ("{ day = 5 }", "{ half_month = [1, 15] }", f"due: {NO_DAY}"),
    "nothing": ("{ day = 5 }", "{}", f"due: {ONE_WAY}"),
    "a month without its day": ("{ day = 5 }", "{ month = 5 }", f"due: {ONE_WAY}"),
    "two ways at once": ("{ day = 5 }", '{ day = 5, every = "day" }', f"due: {ONE_WAY}"),
    "no table": ("{ day = 5 }", "5", "due: expected a table, not 5"),
    "twelve dates a year for one year": (
        "due = ",
        'period = "year"\ndue = ',
        "period: the period 2024 would be due twice; name a shorter period",
    ),
    "nobody": ('by = "branch"', "", "by: is missing: expected a text"),
    "no date": ("due = { day = 5 }", "", "due: is missing: expected a table"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_of_an_obligation_is_told_by_its_key(case: str, tmp_path: Path) -> None:
    old, new, wanted = FAULTS[case]
    (tmp_path / "policies").mkdir()
    path = tmp_path / "policies" / "our.toml"
    path.write_text(HEAD.replace(old, new, 1), encoding="utf-8")
    with in_language("en"):
        told = [render(fault) for fault in chain_faults(*read_chain("our", tmp_path))]
    start = f"{path}: obligation[monthly]."
    assert all(line.startswith(start) for line in told), told
    assert "; ".join(line.removeprefix(start) for line in told) == wanted


def test_two_obligations_of_one_name_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    row = HEAD[HEAD.index("[[obligation]]") :]
    (tmp_path / "policies" / "our.toml").write_text(HEAD + row, encoding="utf-8")
    with in_language("en"):
        [told] = [render(fault) for fault in chain_faults(*read_chain("our", tmp_path))]
    assert told.endswith("obligation[monthly]: a second rule with this id; give each rule an id of its own")


def test_a_child_moves_a_date_or_takes_an_obligation_out(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    text = """
name = "our"
extends = "jinke"
title = { zh = "我们的制度", en = "Ours" }
obligation = [{ id = "branch-report", due = { day = 3 } }, { id = "skills-exchange", off = true }]
"""
    (tmp_path / "policies" / "our.toml").write_text(text, encoding="utf-8")
    ours = {each.id: each for each in load_policy("our", tmp_path).obligations}
    assert set(ours) == {each.id for each in obligations("jinke")} - {"skills-exchange"}
    assert in_month(ours["branch-report"], "2026-10") == [("2026-09", "2026-10-03")]
    assert ours["branch-report"].by == "branch"


def test_the_periods_that_a_policy_may_name_are_periods() -> None:
    for period in PERIODS:
        assert rule({"day": 20}, period=period).period_of(date(2026, 5, 20)).label

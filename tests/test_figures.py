"""The figures of a report (R3): each rule as a table of rows and what they count as."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from report_office import Office

from kfcs.reports import charts, figures, rectifying, satisfaction
from kfcs.reports.rows import CallbackRow, CallbackState, CaseRow, ClockRow, RectificationRow, ResolutionRow

START, END, NOW = "2026-10-01T00:00:00+08:00", "2026-11-01T00:00:00+08:00", "2026-11-05T09:00:00+08:00"

PLAIN = CaseRow(
    case_id="CQ1-20261001-001",
    kind="complaint",
    validity=None,
    channel="phone",
    project="A",
    people=1,
    times=1,
    claim_fen=None,
    stage=None,
    code="quality.leak",
    level=4,
    department=None,
    logged_by="op1",
    repeat_of=None,
    closed_at=None,
    late=0,
    next_rise_at=None,
    typical=0,
    url=None,
    heat=None,
    impact=None,
    received_at="2026-10-01T09:00:00+08:00",
    first_asked=None,
)


def rows(*changes: dict[str, Any]) -> list[CaseRow]:
    return [PLAIN._replace(case_id=f"CQ1-20261001-{n:03d}", **change) for n, change in enumerate(changes, 1)]


# ---------------------------------------------------------------- rates


@pytest.mark.parametrize(
    ("part", "whole", "wanted"),
    [
        (0, 0, None),
        (0, 4, 0.0),
        (4, 4, 1.0),
        (1, 3, 0.3333),
        (2, 3, 0.6667),
        (1, 20000, 0.0001),
        (1, 20001, 0.0),
    ],
)
def test_r3_a_rate_has_four_decimals_and_nothing_to_measure_has_none(
    part: int, whole: int, wanted: float | None
) -> None:
    assert figures.rate(part, whole) == wanted


# ---------------------------------------------------------------- intake


def test_r3_intake_counts_complaints_whatever_their_validity_and_every_kind_by_kind() -> None:
    made = figures.intake(rows({"validity": "invalid"}, {"validity": "assist"}, {}, {"kind": "repair"}))
    assert made.complaints == 3
    assert made.by_kind == {"complaint": 3, "repair": 1}
    assert made.by_channel == {"phone": 3}


def test_r3_persons_and_times_are_sums_and_a_joined_complaint_counts_once() -> None:
    made = figures.intake(rows({"people": 10, "times": 3}, {"people": 2, "times": 1}))
    assert (made.complaints, made.persons, made.times) == (2, 12, 4)


def test_r3_levels_stand_in_their_order_and_other_counts_the_most_frequent_first() -> None:
    made = figures.intake(rows({"level": 4}, {"level": 1, "project": "B"}, {"level": 4, "project": "B"}))
    assert list(made.by_level.items()) == [("1", 1), ("4", 2)]
    assert list(made.by_project.items()) == [("B", 2), ("A", 1)]


@pytest.mark.parametrize(
    ("code", "category", "subcategory"),
    [("quality.leak", "quality", "quality.leak"), ("sales", "sales", None)],
)
def test_k2_a_category_alone_has_no_sub_category(code: str, category: str, subcategory: str | None) -> None:
    (row,) = rows({"code": code})
    assert (row.category, row.subcategory) == (category, subcategory)
    made = figures.intake([row])
    assert made.by_category == {category: 1}
    assert made.by_subcategory == ({subcategory: 1} if subcategory else {})


def test_p20_one_case_has_one_category() -> None:
    made = figures.intake(rows({"code": "sales.deed"}, {}, {"code": "quality"}))
    assert sum(made.by_category.values()) == made.complaints == 3
    assert made.by_subcategory == {"quality.leak": 1, "sales.deed": 1}


def test_r3_closure_counts_valid_complaints_and_those_closed_by_the_as_of() -> None:
    closed = "2026-10-09T09:00:00+08:00"
    made = figures.closure(
        rows(
            {"closed_at": closed},
            {"closed_at": closed, "validity": "invalid"},
            {"validity": "valid"},
            {"kind": "repair", "closed_at": closed},
        )
    )
    assert (made.received, made.closed, made.rate) == (2, 1, 0.5)
    assert figures.closure([]).rate is None


# ---------------------------------------------------------------- clocks


def test_r3_a_clock_counts_what_is_due_and_rates_what_is_decided() -> None:
    made = figures.clock_figures(
        [
            ClockRow("reply", "met", 3),
            ClockRow("reply", "breached", 1),
            ClockRow("reply", "running", 2),
            ClockRow("reply", "cancelled", 9),
            ClockRow("close", "running", 1),
        ],
        ["close", "reply"],
    )
    assert list(made) == ["close", "reply"]
    assert made["reply"] == figures.ClockFigure(due=6, met=3, breached=1, rate=0.75)
    assert made["close"].rate is None


def test_p3_clocks_together_are_weighed_by_their_runs() -> None:
    made = figures.clock_figures(
        [ClockRow("a", "met", 9), ClockRow("a", "breached", 1), ClockRow("b", "breached", 2)], ["a", "b"]
    )
    assert figures.pooled(made).rate == 0.75


def test_t3_silences_have_a_rate_of_their_own_and_drown_no_other() -> None:
    made = figures.clock_figures(
        [ClockRow("follow-up", "breached", 1), ClockRow("follow-up", "met", 9), ClockRow("reply", "met", 1)],
        ["reply"],
    )
    assert (made["follow-up"].breached, made["follow-up"].rate) == (1, 0.9)
    assert figures.pooled(made, {"follow-up"}).rate == 1.0


# ---------------------------------------------------------------- callbacks


def called(case: str, result: str, n: int = 3, epoch: int = 1) -> CallbackRow:
    return CallbackRow(case, n, "complaint", "回访员", result, epoch, 0)


def resolved(case: str, n: int = 1, needs: int = 1) -> ResolutionRow:
    return ResolutionRow(case, n, "op1", needs)


def test_r3_one_opinion_a_case_its_last_and_the_first_beside_it() -> None:
    told = satisfaction.told(
        [
            called("a", "unsatisfied", 3),
            called("a", "satisfied", 9, 2),
            called("b", "acceptable"),
            called("c", "refused"),
            called("d", "unreachable"),
        ]
    )
    assert (told.satisfied, told.acceptable, told.unsatisfied) == (1, 1, 0)
    assert (told.satisfaction, told.first_satisfaction) == (0.5, 0.0)
    assert satisfaction.told([]).satisfaction is None


PAST, AHEAD = "2026-10-20T23:59:59+08:00", "2026-11-09T23:59:59+08:00"


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (CallbackState(True, PAST, None, False), "done"),
        (CallbackState(False, PAST, None, False), "missed"),
        (CallbackState(False, AHEAD, None, False), "pending"),
        (CallbackState(False, PAST, "2026-10-19T09:00:00+08:00", False), "pending"),
        (CallbackState(False, PAST, "2026-10-25T09:00:00+08:00", False), "missed"),
        (CallbackState(False, PAST, "2026-10-19T09:00:00+08:00", True), "unreachable"),
        (CallbackState(False, None, None, False), None),
        (CallbackState(True, None, None, False), "done"),
    ],
)
def test_r3_how_the_callback_of_a_resolved_case_stands(state: CallbackState, verdict: str | None) -> None:
    made = satisfaction.callback_verdicts({"a": 1}, ["a"], {("a", 1): state}, NOW)
    assert made.get("a") == verdict


def test_r3_the_callback_rate_leaves_out_what_is_neither_done_nor_due_and_what_was_unreachable() -> None:
    verdicts = {"a": "done", "b": "missed", "c": "pending", "d": "unreachable"}
    made = satisfaction.callback_figures(verdicts, [])
    assert (made.needed, made.done, made.rate, made.unreachable) == (4, 1, 0.5, 1)


def test_h6_a_case_without_callback_is_not_needed_and_d13_the_last_resolution_counts() -> None:
    kept = [resolved("a", needs=0), resolved("b", 1), resolved("b", 2)]
    answered = [called("b", "unsatisfied", 3, 1)]
    last = satisfaction.last_resolutions(kept)
    assert last == {"b": 2}
    assert satisfaction.unanswered(last, answered) == ["b"]
    assert satisfaction.unanswered(last, [called("b", "refused", 5, 2)]) == []


# ---------------------------------------------------------------- rectification

ORDER = RectificationRow(
    case_id="a",
    id="R1",
    attempt=1,
    department="工程部",
    unit="防水公司",
    ordered_at="2026-10-02T09:00:00+08:00",
    due="2026-10-05T18:00:00+08:00",
    done_at="2026-10-05T18:00:00+08:00",
    inspected_at="2026-10-06T09:00:00+08:00",
    inspected_by="验收员",
    result="pass",
    fault=None,
    cost_fen=12_345,
    self_inspected=0,
    last=1,
    closed_at=None,
)


def test_r3_rectification_by_unit_and_t5_done_at_the_due_second_is_in_time() -> None:
    made = rectifying.rectification_figures([ORDER], START, END, NOW)
    unit = made.by_unit["防水公司"]
    assert (unit.ordered, unit.due, unit.in_time, unit.in_time_rate, unit.first_pass) == (1, 1, 1, 1.0, 1.0)
    assert unit.cost == Decimal("123.45")
    assert made.whole == unit


def test_h3_first_pass_is_lost_for_good_by_a_failed_inspection() -> None:
    failed = ORDER._replace(result="fail", fault="quality", last=0)
    again = ORDER._replace(attempt=2, ordered_at="2026-10-06T09:00:00+08:00")
    unit = rectifying.rectification_figures([failed, again], START, END, NOW).whole
    assert (unit.ordered, unit.due, unit.inspected, unit.first_pass) == (1, 2, 1, 0.0)
    assert unit.faults == {"quality": 1}


@pytest.mark.parametrize(
    ("change", "due", "in_time", "rate"),
    [
        ({"done_at": "2026-10-05T18:00:01+08:00"}, 1, 0, 0.0),
        ({"done_at": None}, 1, 0, 0.0),
        ({"done_at": None, "closed_at": "2026-10-04T09:00:00+08:00"}, 0, 0, None),
        ({"done_at": None, "closed_at": "2026-10-06T09:00:00+08:00"}, 1, 0, 0.0),
        ({"due": "2026-11-01T00:00:00+08:00"}, 0, 0, None),
    ],
)
def test_r3_a_limit_counts_in_its_month(
    change: dict[str, Any], due: int, in_time: int, rate: float | None
) -> None:
    unit = rectifying.rectification_figures([ORDER._replace(**change)], START, END, NOW).whole
    assert (unit.due, unit.in_time, unit.in_time_rate) == (due, in_time, rate)


# ---------------------------------------------------------------- charts


def test_charts_columns_reach_up_to_the_highest_value_and_nothing_is_no_column() -> None:
    marks = charts.columns([("09", 5, "5"), ("10", 10, "10"), ("11", None, "")])
    assert [mark.height for mark in marks] == [60.0, 120.0, 0.0]
    assert [mark.marked for mark in marks] == [False, False, True]
    assert len(charts.line(marks)) == 1


def test_charts_shares_fill_the_whole() -> None:
    parts = charts.shares([("a", 3), ("b", 1)])
    assert [(part.x, part.width, part.cumulated) for part in parts] == [(0.0, 75.0, 0.75), (75.0, 25.0, 1.0)]
    assert charts.shares([("a", 0)]) == []


# ---------------------------------------------------------------- from a ledger


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, "rf-kf-zy-03")


def day(month: int, day_: int, clock: str = "09:00:00") -> str:
    return f"2026-{month:02d}-{day_:02d}T{clock}+08:00"


def test_r3_p1_months_are_half_open_in_shanghai(office: Office) -> None:
    office.log(day(10, 31, "23:59:59"), "大堂漏水")
    office.log(day(11, 1, "00:00:00"), "车库漏水")
    office.log("2026-11-30T15:59:59+00:00", "电梯故障")
    assert office.json(day(12, 1), "--month", "2026-10")["intake"]["complaints"] == 1
    assert office.json(day(12, 1), "--month", "2026-11")["intake"]["complaints"] == 2
    assert office.json(day(12, 1), "--month", "2026-12")["intake"]["complaints"] == 0


def test_p6_days_add_up_to_half_months_and_months_to_quarter_and_year(office: Office) -> None:
    for month, date in ((9, 30), (10, 1), (10, 15), (10, 16), (10, 31), (12, 31)):
        office.log(day(month, date), f"漏水 {month}-{date}", project=f"P{month}{date}")

    def received(kind: str, label: str) -> int:
        return office.report("2027-01-05T09:00:00+08:00", label, kind).intake.complaints

    assert received("half-month", "2026-10-H1") == received("half-month", "2026-10-H2") == 2
    assert received("month", "2026-10") == 4
    assert received("day", "2026-10-16") == received("day", "2026-10-31") == 1
    assert received("week", "2026-W40") == 2
    assert received("quarter", "2026-Q4") == 5
    assert received("year", "2026") == 6


def test_h7_void_and_folded_in_cases_leave_every_count(office: Office) -> None:
    kept = office.log(day(11, 2), "厨房漏水", "--people", "2")
    folded = office.log(day(11, 2, "10:00:00"), "厨房也漏水", "--people", "3")
    void = office.log(day(11, 2, "11:00:00"), "测试登记", project="B")
    office.do(day(11, 3), "join", kept, "--case", folded)
    office.do(day(11, 3), "close", void, "--why", "void", "--reason", "误登")
    made = office.json(day(12, 20), "--month", "2026-11")
    assert made["intake"]["complaints"] == 1
    assert (made["intake"]["persons"], made["intake"]["times"]) == (5, 2)
    assert made["clocks"]["reply"]["due"] == 1
    assert made["closure"]["received"] == 1


def test_r3_the_level_is_the_one_of_the_as_of(office: Office) -> None:
    office.log(day(11, 2), "外墙开裂")
    assert office.json(day(11, 10), "--month", "2026-11")["intake"]["by_level"] == {"4": 1}
    assert office.json(day(11, 20), "--month", "2026-11")["intake"]["by_level"] == {"3": 1}
    before = office.json(day(11, 20), "--month", "2026-11", "--as-of", day(11, 10))
    assert before["intake"]["by_level"] == {"4": 1}


@pytest.mark.parametrize(
    ("cause", "by_category"),
    [(None, {"quality": 1}), ("property.facility", {"property": 1}), ("sales", {"sales": 1})],
)
def test_k3_statistics_use_the_final_cause_that_the_taxonomy_knows(
    office: Office, cause: str | None, by_category: dict[str, int]
) -> None:
    case = office.log(day(11, 2), "外墙开裂", "--category", "quality.crack")
    words = [] if cause is None else ["--cause", cause]
    office.do(day(11, 3), "resolve", case, "已处理", *words)
    assert office.json(day(11, 10), "--month", "2026-11")["intake"]["by_category"] == by_category


def test_t5_a_running_limit_is_due_and_in_no_rate(office: Office) -> None:
    office.log(day(11, 2), "外墙开裂")
    running = office.json(day(11, 3), "--month", "2026-11")["clocks"]["reply"]
    assert running == {"due": 1, "met": 0, "breached": 0, "rate": None}
    late = office.json(day(11, 20), "--month", "2026-11")["clocks"]["reply"]
    assert (late["breached"], late["rate"]) == (1, 0.0)


def test_r3_satisfaction_goes_by_the_day_of_the_callback_and_the_rate_by_the_resolution(
    office: Office,
) -> None:
    case = office.log(day(10, 28), "厨房漏水")
    office.do(day(10, 30), "resolve", case, "已修")
    office.do(day(11, 2), "callback", case, "--unsatisfied", "--by", "回访员")
    office.do(day(11, 3), "resolve", case, "再修")
    office.do(day(11, 5), "callback", case, "--satisfied", "--by", "回访员")
    october = office.json(day(12, 1), "--month", "2026-10")["callback"]
    november = office.json(day(12, 1), "--month", "2026-11")["callback"]
    assert (october["needed"], october["done"], october["satisfaction"]) == (1, 1, None)
    assert (november["needed"], november["done"], november["satisfaction"]) == (1, 1, 1.0)
    assert november["first_satisfaction"] == 0.0
    trend = office.json(day(12, 1), "--month", "2026-11")["trend"]
    assert [point["satisfaction"] for point in trend[-2:]] == [None, 1.0]


def test_h5_unreachable_is_counted_apart(office: Office) -> None:
    case = office.log(day(11, 2), "厨房漏水")
    office.do(day(11, 3), "resolve", case, "已修")
    for date in (4, 5, 6):
        office.do(day(11, date), "callback", case, "--unreachable")
    made = office.json(day(12, 1), "--month", "2026-11")["callback"]
    assert (made["unreachable"], made["rate"], made["satisfaction"]) == (1, None, None)


def test_p11_closure_is_the_end_state_and_a_reopened_case_is_not_closed(office: Office) -> None:
    case = office.log(day(11, 2), "厨房漏水")
    office.do(day(11, 3), "resolve", case, "已修")
    office.do(day(11, 4), "callback", case, "--satisfied")
    assert office.json(day(11, 5), "--month", "2026-11")["closure"]["rate"] == 1.0
    office.do(day(11, 6), "reopen", case, "--reason", "再次渗水")
    assert office.json(day(11, 7), "--month", "2026-11")["closure"]["rate"] == 0.0
    assert office.json(day(11, 7), "--month", "2026-11", "--as-of", day(11, 5))["closure"]["rate"] == 1.0


def test_r2_previous_period_and_last_year_stand_beside_the_figures(office: Office) -> None:
    office.log("2025-11-05T09:00:00+08:00", "去年漏水", project="B")
    office.log(day(10, 5), "上月漏水", project="C")
    office.log(day(11, 5), "本月漏水")
    office.log(day(11, 6), "本月又漏水", project="D")
    compared = office.report(day(12, 1), "2026-11").compared
    assert (compared.now.complaints, compared.previous.complaints, compared.year_before.complaints) == (
        2,
        1,
        1,
    )
    assert (compared.previous_period, compared.year_before_period) == ("2026-10", "2025-11")


def test_r3_late_entries_are_listed_in_the_month_of_their_at(office: Office) -> None:
    case = office.log(day(11, 5), "上月的事", "--at", day(10, 31))
    made = office.json(day(12, 1), "--month", "2026-10")["late_recorded"]
    assert made == [{"case": case, "kind": "complaint", "at": day(10, 31), "recorded_at": day(11, 5)}]
    assert office.json(day(12, 1), "--month", "2026-11")["late_recorded"] == []


def test_r3_another_branch_counts_for_itself(office: Office) -> None:
    office.log(day(11, 5), "本部漏水")
    assert office.report(day(12, 1), "2026-11").intake.complaints == 1
    assert office.report(day(12, 1), "2026-11", branch="成都").intake.complaints == 0


def test_a_report_is_a_value(office: Office) -> None:
    office.log(day(11, 5), "本部漏水")
    made = office.report(day(12, 1), "2026-11")
    assert made == office.report(day(12, 1), "2026-11")
    assert replace(made, received=9) != made


def test_r6_the_group_has_every_branch_and_a_row_each(office: Office) -> None:
    office.log(day(11, 5), "本部漏水")
    office.settle_in("成都")
    office.log(day(11, 6), "外地漏水", project="B")
    made = office.json(day(12, 1), "--month", "2026-11", "--group")
    assert (made["branch"], made["intake"]["complaints"]) == (None, 2)
    assert {row["branch"]: row["complaints"] for row in made["branches"]} == {"成都": 1, "重庆": 1}
    assert office.json(day(12, 1), "--month", "2026-11", "--branch", "成都")["intake"]["complaints"] == 1

"""Failures that users of similar tools reported about reports, periods and exports, each with the right behaviour.

The ids are those under which the reports are kept: P1 and so on. What concerns the figures alone (P1, P3, P6, P11,
P20) is tested with the figures, the length of lists (P8) and the bounds on a page (P5) with the report.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from casework import failures
from conftest import NewDesk
from shell import Shell


def report(kfcs: Shell, *words: str, now: str | None = None) -> Any:
    return kfcs.do("report", *words, "--format", "json", now=now).json


def exported(kfcs: Shell, table: str, *words: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(kfcs.do("export", table, *words).out)))


def closed(kfcs: Shell, case: str, now: str) -> None:
    kfcs.do("resolve", case, "x", now=now)
    kfcs.do("callback", case, "--satisfied")


def p2_an_edit_after_the_closure_moves_no_figure(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    closed(kfcs, case, "2026-11-04 09:00")
    before = report(kfcs, "--month", "2026-11", now="2027-01-05 09:00")
    kfcs.do("note", case, "补记", "--as", "internal")
    after = report(kfcs, "--month", "2026-11")
    assert (after["closure"], after["clocks"]) == (before["closure"], before["clocks"])
    assert kfcs.show(case)["closed_at"] == "2026-11-04T09:00:00+08:00"


def p7_a_moment_goes_out_with_the_offset_it_has(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kfcs.do("log", "x", "--project", "A", "--at", "2026-11-02T08:31:00+08:00", TZ="America/New_York")
    rows = kfcs.do("export", "cases", "--format", "json", TZ="America/New_York").json
    assert rows[0]["received_at"] == "2026-11-02T08:31:00+08:00"
    assert exported(kfcs, "cases")[0]["Received"] == "2026-11-02 08:31:00"


def p10_folded_cases_are_in_no_count_and_say_where_they_went(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kept, other = kfcs.log(), kfcs.log("车位划线不清楚")
    kfcs.do("join", kept, "--case", other)
    assert report(kfcs, "--month", "2026-11")["intake"]["complaints"] == 1
    rows = {row["Case"]: row["Folded into"] for row in exported(kfcs, "cases")}
    assert rows == {kept: "", other: kept}


def p12_a_reopening_counts_at_the_moment_of_the_reopening(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    closed(kfcs, case, "2026-11-04 09:00")
    kfcs.do("reopen", case, "--reason", "又漏了", now="2026-11-06 10:00")
    starts = {run["clock"]: run["start"] for run in kfcs.show(case)["clocks"] if run["epoch"] == 2}
    assert starts["close"] == "2026-11-06T10:00:00+08:00"


def p13_the_first_and_the_last_closure_are_both_kept(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    closed(kfcs, case, "2026-11-04 09:00")
    kfcs.do("reopen", case, "--reason", "x", now="2026-11-06 10:00")
    closed(kfcs, case, "2026-11-09 09:00")
    shown = kfcs.show(case)
    assert (shown["first_closed_at"][:10], shown["closed_at"][:10]) == ("2026-11-04", "2026-11-09")


def p16_a_list_behind_a_figure_has_the_bounds_of_its_report(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    for day in ("2026-07-01 00:00", "2026-09-30 23:59", "2026-10-01 00:00"):
        kfcs.log(project=day[:10], now=day)
    assert report(kfcs, "--quarter", "2026-Q3", now="2026-11-02 09:00")["intake"]["complaints"] == 2
    listed = kfcs.do(
        "report", "--quarter", "2026-Q3", "--cases", "intake.complaints", "--format", "json"
    ).json
    assert sorted(row["project"] for row in listed) == ["2026-07-01", "2026-09-30"]


def p17_a_period_is_printed_as_it_is_read(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    for option, period in (("--month", "2026-10"), ("--quarter", "2026-Q3"), ("--year", "2026")):
        assert report(kfcs, option, period)["period"] == period


def p21_void_cases_are_in_no_figure_of_acts_either(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log("外墙脱落", "--media", "exposed")
    kfcs.do("contact", case, "x", "--reply")
    kfcs.do("close", case, "--why", "void", "--reason", "误录")
    shown = report(kfcs, "--month", "2026-11")
    assert (shown["intake"]["by_kind"], shown["clocks"], shown["backlog"]["open"]) == ({}, {}, 0)


def p22_what_has_not_happened_is_blank(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    row = exported(kfcs, "cases")[0]
    assert (row["Resolved"], row["Closed"], row["Validity"]) == ("", "", "")
    assert kfcs.show(case)["resolved_at"] is None


def p23_the_zone_of_the_machine_shifts_no_figure(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kfcs.log(now="2026-10-31 23:59")
    kfcs.log(now="2026-11-01 00:00")
    for zone in ("UTC", "America/Los_Angeles", "Pacific/Auckland"):
        shown = kfcs.do("report", "--month", "2026-11", "--format", "json", TZ=zone).json
        assert (shown["intake"]["complaints"], shown["zone"]) == (1, "Asia/Shanghai"), zone


def p27_two_working_days_are_two_days_of_the_calendar_not_48_hours(new_desk: NewDesk) -> None:
    kfcs = new_desk("same-day")
    shown = kfcs.show(kfcs.log("x", "--channel", "letter", now="2026-11-06 16:00"))
    limit = next(run["due"] for run in shown["clocks"] if run["clock"] == "reply")
    assert limit == "2026-11-10T23:59:59+08:00"


def p28_each_figure_says_by_which_date_it_goes(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log(now="2026-10-30 09:00")
    closed(kfcs, case, "2026-11-02 09:00")
    october, november = (report(kfcs, "--month", month) for month in ("2026-10", "2026-11"))
    assert (october["intake"]["complaints"], november["intake"]["complaints"]) == (1, 0)
    assert (october["callback"]["satisfaction"], november["callback"]["satisfaction"]) == (None, 1.0)


def p30_a_quiet_case_closes_at_its_second_by_one_clock(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log("x", "--sensitive")
    kfcs.do("resolve", case, "x")
    for now, state in (("2026-11-09 23:55", "resolved"), ("2026-11-10 00:05", "closed")):
        kfcs.do("escalate", now=now, TZ="UTC")
        assert kfcs.show(case)["state"] == state, now


def p31_the_turn_of_the_year_has_the_year_of_its_day(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    assert kfcs.log(now="2024-12-30 09:00") == "CQ1-20241230-001"
    assert kfcs.log(now="2027-01-01 09:00") == "CQ1-20270101-001"
    shown = report(kfcs, "--week", "2024-12-30", now="2027-01-04 09:00")
    assert (shown["from"][:10], shown["to"][:10], shown["intake"]["complaints"]) == (
        "2024-12-30",
        "2025-01-06",
        1,
    )
    assert report(kfcs, "--month", "2026-12")["intake"]["complaints"] == 0


def p32_a_row_imported_as_done_has_its_end(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    file = kfcs.folder / "old.csv"
    file.write_text(
        "受理时间,楼盘,内容,处理结果,办结时间\n2026-09-01 09:00,A,漏水,已修好,2026-09-03 10:00\n",
        encoding="utf-8",
    )
    kfcs.do("import", "cases", str(file))
    assert exported(kfcs, "cases")[0]["Resolved"] == "2026-09-03 10:00:00"


def p33_the_last_day_of_a_month_does_not_drift(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    for month, last in (("2027-01", 30), ("2027-02", 28), ("2027-03", 30), ("2028-02", 29)):
        owed = kfcs.do("due", "--month", month, "--format", "json").json
        (progress,) = [row for row in owed if row["name"] == "progress-report"]
        assert progress["due"][:10] == f"{month}-{last}"


def p35_data_files_hold_words_and_numbers_not_marks(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    closed(kfcs, kfcs.log(), "2026-11-02 09:00")
    assert exported(kfcs, "callbacks")[0]["Result"] == "satisfied"
    assert report(kfcs, "--month", "2026-11")["callback"]["satisfaction"] == 1.0


def p36_what_recurs_is_there_once_a_period(new_desk: NewDesk) -> None:
    kfcs = new_desk("call-centre")
    for year in (2026, 2027):
        owed = kfcs.do("due", "--month", f"{year}-01", "--format", "json").json
        assert [row["name"] for row in owed] == ["annual-plan", "annual-review"]
        assert len({(row["name"], row["period"]) for row in owed}) == 2


def p37_a_day_that_no_calendar_has_is_refused(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    assert "2026-02-30" in kfcs.refused("contact", case, "x", "--promise", "2026-02-30", code=2)
    assert "2026-13" in kfcs.refused("report", "--month", "2026-13", code=2)


def p38_what_is_told_fits_the_clock_it_is_about(new_desk: NewDesk) -> None:
    kfcs = new_desk("specialist")
    case = kfcs.log(now="2026-11-02 09:00")
    rows = kfcs.escalate(now="2026-11-05 09:00")
    limits = {run["clock"]: run["due"] for run in kfcs.show(case)["clocks"]}
    assert {row["clock"] for row in rows} == {"contact", "plan", "resolve"}
    assert all(row["due"] == limits[row["clock"]] for row in rows)
    steps = {row["clock"]: row["next_step"] for row in rows}
    assert (steps["contact"], steps["resolve"]) == ("Contact the customer.", "Resolve the case.")


@failures("p", globals())
def test_a_failure_reported_of_another_tool(check: Callable[[NewDesk], None], new_desk: NewDesk) -> None:
    check(new_desk)

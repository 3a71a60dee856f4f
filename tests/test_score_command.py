"""`kfcs score` and `kfcs adjust` as people type them (S1–S4, R8, I3)."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from conftest import NewDesk
from shell import Shell

from kfcs.rules.score import one_decimal

NOVEMBER, DECEMBER = "2026-11-02 09:00", "2026-12-04 09:00"


def sheet(kfcs: Shell, *words: str, now: str = DECEMBER) -> Any:
    return kfcs.do("score", *words, "--format", "json", now=now).json


def items(made: Any) -> dict[str, Any]:
    return {row["id"]: row for row in made["items"]}


def points(made: Any) -> dict[str, float]:
    return {row["id"]: row["points"] for row in made["items"]}


def handed_in(kfcs: Shell, month: str = "2026-11", branch: str = "重庆", now: str = DECEMBER) -> None:
    kfcs.do("submit", "branch-report", "--period", month, "--branch", branch, now=now)


def give(kfcs: Shell, subject: str, points_: str, at: str, *words: str, now: str = DECEMBER) -> None:
    """Points under the rule that every scorecard has."""
    kfcs.do(
        "adjust",
        subject,
        "--points",
        points_,
        "--rule",
        "manual",
        "--reason",
        "通报",
        "--at",
        at,
        *words,
        now=now,
    )


@pytest.fixture
def busy(kfcs: Shell) -> Shell:
    """November at desk CQ1: two complaints replied to in time and one not, one rectified at the second go, two called
    back, one of them satisfied; the report handed in two days late."""
    first = kfcs.log("厨房漏水", now="2026-11-02 09:00")
    second = kfcs.log("客厅裂缝", now="2026-11-03 09:00")
    kfcs.log("物业费过高", now="2026-11-04 09:00")
    for case, day in ((first, "2026-11-03"), (second, "2026-11-04")):
        kfcs.do("contact", case, "已联系", "--reply", now=f"{day} 10:00")
    kfcs.do(
        "rectify", first, "--order", "堵漏", "--dept", "工程部", "--due", "2026-11-06", now="2026-11-03 11:00"
    )
    kfcs.do("rectify", first, "--done", "R1", now="2026-11-05 09:00")
    kfcs.do("rectify", first, "--inspect", "R1", "--fail", "--due", "2026-11-09", now="2026-11-05 10:00")
    kfcs.do("rectify", first, "--done", "R1", now="2026-11-09 09:00")
    kfcs.do("rectify", first, "--inspect", "R1", "--pass", now="2026-11-09 10:00")
    for case, result in ((first, "--satisfied"), (second, "--acceptable")):
        kfcs.do("resolve", case, "已处理", now="2026-11-10 09:00")
        kfcs.do("callback", case, result, now="2026-11-11 09:00")
    kfcs.do("submit", "branch-report", "--period", "2026-11", now="2026-12-07 09:00")
    return kfcs


# ---------------------------------------------------------------- the sheet


def test_s2_a_report_two_days_late_and_points_taken(kfcs: Shell) -> None:
    kfcs.do("submit", "branch-report", "--period", "2026-09", now="2026-11-02 09:00")
    give(kfcs, "重庆", "-1.5", "2026-09-20T09:00", now="2026-11-02 09:00")
    made = sheet(kfcs, "--month", "2026-09", now="2026-11-03 09:00")
    report = items(made)["report-on-time"]
    assert (report["points"], report["actual"], report["target"], report["assumed"]) == (0, 28, 0, True)
    assert (made["branch"], made["month"], made["state"], made["total"]) == ("重庆", "2026-09", "draft", 88.5)
    assert [(row["rule"], row["points"]) for row in made["adjustments"]] == [("manual", -1.5)]


@pytest.mark.parametrize("words", [(), ("--month",), ("--month", "2026-11")])
def test_s1_no_month_means_the_last_one(kfcs: Shell, words: tuple[str, ...]) -> None:
    handed_in(kfcs)
    made = sheet(kfcs, *words)
    assert (made["month"], made["total"]) == ("2026-11", 100)
    assert {row["empty"] for row in made["items"] if row["id"] != "report-on-time"} == {"full"}


def test_s2_what_is_not_handed_in_by_the_as_of_is_worth_nothing(kfcs: Shell) -> None:
    made = sheet(kfcs)
    assert (points(made)["report-on-time"], made["total"]) == (0, 90)
    handed_in(kfcs)
    assert sheet(kfcs, "--as-of", "2026-12-04 08:00")["total"] == 90
    assert sheet(kfcs)["total"] == 100


def test_s1_a_sheet_of_a_month(busy: Shell) -> None:
    made = sheet(busy, now="2026-12-10 09:00")
    limits = items(made)["clocks-met"]
    assert {name: given for name, given in points(made).items() if name != "clocks-met"} == {
        "report-on-time": 6,  # 7 December, due on the 5th
        "closed-in-time": 10,  # 2 of 3
        "rectified-in-time": 15,  # both attempts
        "first-pass": 0,  # failed at first
        "callback-done": 10,
        "satisfied": 7.5,  # 1 of 2
        "major-reported": 5,
    }
    assert {part["name"]: (part["got"], part["of"]) for part in limits["parts"]}["reply"] == (2, 3)
    assert limits["points"] == float(one_decimal(Decimal(20 * limits["got"]) / limits["of"]))
    assert made["total"] == pytest.approx(sum(points(made).values()))
    assert items(made)["satisfied"]["lost"] == ["CQ1-20261103-001"]
    assert items(made)["satisfied"]["cases"] == ["CQ1-20261102-001", "CQ1-20261103-001"]
    assert items(made)["closed-in-time"]["lost"] == ["CQ1-20261104-001"]


def test_a_sheet_and_the_report_have_the_same_figures(busy: Shell) -> None:
    made = items(sheet(busy, now="2026-12-10 09:00"))
    report = busy.do("report", "--month", "2026-11", "--format", "json").json
    clocks = report["clocks"]
    limits = ("dispatch", "contact", "reply", "plan", "promise", "follow-up")
    met = sum(clocks[name]["met"] for name in limits if name in clocks)
    breached = sum(clocks[name]["breached"] for name in limits if name in clocks)
    assert (made["clocks-met"]["got"], made["clocks-met"]["of"]) == (met, met + breached)
    assert made["closed-in-time"]["actual"] == clocks["close"]["rate"]
    assert made["rectified-in-time"]["actual"] == report["rectification"]["in_time_rate"]
    assert made["first-pass"]["actual"] == report["rectification"]["first_pass"]
    assert made["callback-done"]["actual"] == report["callback"]["rate"]
    assert made["satisfied"]["actual"] == report["callback"]["satisfaction"]


def test_s2_a_grave_case_without_its_brief_costs_five(kfcs: Shell) -> None:
    handed_in(kfcs)
    grave = kfcs.log("电梯坠落伤人", "--harm", "person", now="2026-11-02 09:00")
    reported = kfcs.log("退房", "--refund", project="B", now="2026-11-02 09:00")
    parts = [
        word for name in ("cause", "progress", "difficulty", "help-needed") for word in (f"--{name}", "x")
    ]
    kfcs.do("brief", reported, "--to", "group", *parts, now="2026-11-03 08:00")
    made = items(sheet(kfcs, now=DECEMBER))["major-reported"]
    assert (made["points"], made["actual"], made["lost"]) == (0, 1, [grave])
    assert made["cases"] == sorted([grave, reported])


def test_r3_a_case_handed_to_a_branch_counts_in_its_sheet(busy: Shell) -> None:
    busy.do("dispatch", "CQ1-20261104-001", "--to", "工程部", "--branch", "成都", now="2026-12-01 09:00")
    own, other = sheet(busy, now="2026-12-10 09:00"), sheet(busy, "--branch", "成都", now="2026-12-10 09:00")
    assert items(own)["closed-in-time"]["of"] == 2
    assert (items(other)["closed-in-time"]["of"], items(other)["report-on-time"]["points"]) == (1, 0)


@pytest.mark.parametrize(
    "words",
    [
        ("--month", "2026-13"),
        ("--month", "2026-11", "--quarter", "2026-Q3"),
        ("--branch", "上海"),
        ("--branch", " "),
        ("--desk", "CQ1"),
        ("--other", "80"),
        ("--desk", "XX9", "--other", "80"),
        ("--desk", "CQ1", "--other", "111"),
        ("--desk", "CQ1", "--other", "-1"),
        ("--desk", "CQ1", "--other", "gut"),
        ("--desk", "CQ1", "--other", "80", "--quarter"),
        ("--format", "docx"),
        ("-o", "x.rtf"),
        ("--lang", "fr"),
    ],
)
def test_i3_what_cannot_be_scored_is_exit_2_and_speaks(kfcs: Shell, words: tuple[str, ...]) -> None:
    kfcs.refused("score", *words, now=DECEMBER, code=2)


# ---------------------------------------------------------------- a desk


def test_s1_a_desk_is_half_its_sheet_and_half_what_others_give(busy: Shell) -> None:
    give(busy, "CQ1", "-2", "2026-11-20", now="2026-12-08 09:00")
    whole = sheet(busy, now="2026-12-10 09:00")
    made = sheet(busy, "--desk", "CQ1", "--other", "80", now="2026-12-10 09:00")
    report = items(made)["report-on-time"]
    assert (report["empty"], report["points"]) == ("full", 10)  # the branch's to hand in, not the desk's
    assert made["sheet"] == whole["total"] + 4 - 2
    assert (made["desk"], made["other"], made["part"]) == ("CQ1", 80, 0.5)
    assert made["total"] == pytest.approx((made["sheet"] + 80) / 2, abs=0.051)
    assert items(made)["satisfied"] == items(whole)["satisfied"]


# ---------------------------------------------------------------- points and penalties


@pytest.mark.parametrize(
    "words",
    [
        ("--points", "-10.5", "--rule", "manual", "--reason", "x"),
        ("--points", "11", "--rule", "manual", "--reason", "x"),
        ("--points", "viel", "--rule", "manual", "--reason", "x"),
        ("--points", "nan", "--rule", "manual", "--reason", "x"),
        ("--points", "0.001", "--rule", "manual", "--reason", "x"),
        ("--money", "50", "--rule", "manual", "--reason", "x"),
        ("--points", "1", "--money", "50", "--rule", "manual", "--reason", "x"),
        ("--rule", "manual", "--reason", "x"),
        ("--points", "1", "--rule", "nothing", "--reason", "x"),
        ("--points", "1", "--reason", "x"),
        ("--points", "1", "--rule", "manual"),
        ("--points", "1", "--rule", "manual", "--reason", " "),
        ("--points", "1", "--rule", "manual", "--reason", "x", "--case", "999"),
        ("--points", "1", "--rule", "manual", "--reason", "x", "--as", "tree"),
        ("--points", "1", "--rule", "manual", "--reason", "x", "--at", "2027-01-01"),
    ],
)
def test_s3_what_the_policy_does_not_allow_is_exit_2_and_writes_nothing(
    kfcs: Shell, words: tuple[str, ...]
) -> None:
    kfcs.refused("adjust", "重庆", *words, now=DECEMBER, code=2)
    assert sheet(kfcs)["adjustments"] == []


def test_s3_points_count_in_the_month_of_their_at(kfcs: Shell) -> None:
    handed_in(kfcs)
    give(kfcs, "重庆", "+2", "2026-11-30T23:59:59+08:00")
    give(kfcs, "重庆", "-3", "2026-12-01T00:00:00+08:00")
    assert sheet(kfcs)["total"] == 102
    assert sheet(kfcs, "--as-of", "2026-12-04 08:00")["adjustments"] == []


def test_s2_a_total_is_kept_within_0_and_110(kfcs: Shell) -> None:
    handed_in(kfcs)
    for _ in range(2):
        give(kfcs, "重庆", "10", "2026-11-10")
    assert sheet(kfcs)["total"] == 110
    for _ in range(14):
        give(kfcs, "重庆", "-10", "2026-11-10")
    assert sheet(kfcs)["total"] == 0


def test_s3_what_others_are_given_is_shown_and_in_no_total(kfcs: Shell) -> None:
    handed_in(kfcs)
    told = kfcs.do(
        "adjust", "张三", "--points", "-5", "--rule", "manual", "--reason", "x", "--as", "个人", now=DECEMBER,
    )  # fmt: skip
    assert (told.err, "张三" in told.out) == ("", True)
    give(kfcs, "工程部", "-1", "2026-11-03", now=DECEMBER)
    made = sheet(kfcs)
    assert (made["total"], made["adjustments"]) == (100, [])
    assert [(row["subject"], row["as"]) for row in made["penalties"]] == [("工程部", "department")]
    assert [row["subject"] for row in sheet(kfcs, "--month", "2026-12")["penalties"]] == ["张三"]


def test_an_unknown_subject_of_points_is_taken_as_a_branch_and_said_so(kfcs: Shell) -> None:
    told = kfcs.do("adjust", "成都", "--points", "1", "--rule", "manual", "--reason", "x", now=DECEMBER)
    assert "成都 is not known here and is taken as a branch" in told.err
    assert sheet(kfcs, "--branch", "成都", "--month", "2026-12")["adjustments"][0]["points"] == 1


def test_an_adjustment_taken_back_counts_nowhere(kfcs: Shell) -> None:
    give(kfcs, "重庆", "-3", "2026-11-10")
    kfcs.do("undo")
    assert sheet(kfcs)["adjustments"] == []


def test_an_adjustment_names_its_case(busy: Shell) -> None:
    give(busy, "重庆", "-1", "2026-11-10", "--case", "1104-001", now="2026-12-08 09:00")
    assert sheet(busy)["adjustments"][0]["case"] == "CQ1-20261104-001"


@pytest.mark.parametrize(
    ("rule", "money", "code"),
    [
        ("specialist.callback", "10", 0),
        ("specialist.callback", "50", 0),
        ("specialist.callback", "9.99", 2),
        ("specialist.callback", "50.01", 2),
        ("specialist.monthly-report.character", "30", 0),
        ("specialist.monthly-report.character", "35", 2),
        ("specialist.callback", "-20", 2),
    ],
)
def test_s3_a_fine_lies_within_its_range(new_desk: NewDesk, rule: str, money: str, code: int) -> None:
    desk = new_desk("specialist")
    answer = desk("adjust", "张三", "--money", money, "--rule", rule, "--reason", "x", "--as", "person")
    assert answer.code == code, answer.err


def test_a_policy_that_only_fines_shows_the_fines_of_a_month(new_desk: NewDesk) -> None:
    desk = new_desk("specialist")
    for rule, money in (
        ("specialist.callback", "20"),
        ("specialist.callback", "30.5"),
        ("specialist.survey", "100"),
    ):
        desk.do("adjust", "op1", "--money", money, "--rule", rule, "--reason", "<i>", "--at", "2026-11-02")
    made = sheet(desk)
    assert (made["total"], made["items"], made["fined"]) == (None, [], {"op1": 150.5})
    page = desk.do("score", "--format", "html", "--lang", "en").out
    assert "150.50" in page
    assert "The total" not in page
    assert "<i>" not in page
    assert "150.50 CNY" in desk.do("score", "--format", "md", "--lang", "en").out
    assert desk.do("score", "--format", "csv").out.splitlines()[-1].startswith("fined,op1")
    desk.refused("score", "confirm")
    desk.refused("score", "--quarter")


def test_s3_a_rule_for_persons_is_not_for_a_branch(new_desk: NewDesk) -> None:
    desk = new_desk("call-centre")
    words = ("--money", "60", "--rule", "first-asked.record", "--reason", "x")
    assert "it is for: person" in desk.refused("adjust", "重庆", *words, code=2)
    assert desk.do("adjust", "op1", *words).err == ""


def test_points_under_a_policy_without_a_scorecard_are_refused(new_desk: NewDesk) -> None:
    desk = new_desk("same-day")
    desk.refused("adjust", "重庆", "--points", "1", "--rule", "manual", "--reason", "x")
    desk.refused("score")


# ---------------------------------------------------------------- objection, confirmation, feedback


def test_s2_from_draft_to_fed_back(kfcs: Shell) -> None:
    handed_in(kfcs)
    kfcs.do("score", "object", "电话占线，已联系", "--item", "clocks-met", now=DECEMBER)
    made = sheet(kfcs)
    assert (made["state"], made["objections"][0]["item"]) == ("objected", "clocks-met")
    kfcs.refused("score", "confirm", "--fed-back")
    kfcs.do("score", "confirm")
    assert sheet(kfcs)["state"] == "confirmed"
    kfcs.refused("score", "confirm")
    kfcs.refused("score", "object", "太迟")
    kfcs.do("score", "confirm", "--fed-back")
    assert sheet(kfcs)["state"] == "fed-back"
    kfcs.refused("score", "confirm", "--fed-back")


@pytest.mark.parametrize(
    "words", [(), ("x", "--item", "nothing"), ("x", "--branch", "上海"), ("x", "--month", "13")]
)
def test_an_objection_to_nothing_is_refused(kfcs: Shell, words: tuple[str, ...]) -> None:
    kfcs.refused("score", "object", *words, now=DECEMBER, code=2)
    assert sheet(kfcs)["state"] == "draft"


def test_a_month_is_confirmed_when_it_has_ended(kfcs: Shell) -> None:
    kfcs.refused("score", "confirm", "--month", "2026-12", now=DECEMBER)


def test_an_objection_taken_back_leaves_a_draft(kfcs: Shell) -> None:
    kfcs.do("score", "object", "x", now=DECEMBER)
    kfcs.do("undo")
    assert sheet(kfcs)["state"] == "draft"


def test_r8_confirming_freezes_and_the_next_sheet_restates(kfcs: Shell) -> None:
    handed_in(kfcs)
    confirmed = kfcs.do("score", "confirm", "--format", "json", now=DECEMBER).json
    assert (confirmed["state"], confirmed["total"]) == ("confirmed", 100)
    late = kfcs.do(
        "adjust", "重庆", "--points", "-4", "--rule", "manual", "--reason", "补扣", "--at", "2026-11-28",
        now="2026-12-05 09:00",
    )  # fmt: skip
    assert "is confirmed" in late.err
    kfcs.log("厨房漏水", "--at", "2026-11-02 09:00", now="2026-12-05 10:00")
    frozen = sheet(kfcs, now="2026-12-20 09:00")
    assert (frozen["total"], frozen["adjustments"], frozen["restatements"]) == (100, [], [])
    following = sheet(kfcs, "--month", "2026-12", now="2027-01-20 09:00")
    [restated] = following["restatements"]
    assert (restated["month"], restated["frozen"]) == ("2026-11", 100)
    assert restated["now"] < 96
    assert {row["id"] for row in restated["items"]} == {"clocks-met", "closed-in-time"}


def test_r8_handing_the_scores_in_feeds_them_back_and_freezes_them(kfcs: Shell) -> None:
    handed_in(kfcs)
    handed_in(kfcs, branch="成都")
    told = kfcs.do("submit", "score-feedback", "--period", "2026-11", now="2026-12-08 09:00")
    assert "成都" in told.err
    assert "重庆" in told.err
    give(kfcs, "重庆", "-4", "2026-11-28", now="2026-12-09 09:00")
    made = sheet(kfcs, now="2026-12-10 09:00")
    assert (made["state"], made["total"]) == ("fed-back", 100)


# ---------------------------------------------------------------- a quarter


def ranking(kfcs: Shell, quarter: str = "2026-Q3", now: str = NOVEMBER) -> Any:
    return kfcs.do("score", "--quarter", quarter, "--format", "json", now=now).json


@pytest.fixture
def quarter(kfcs: Shell) -> Shell:
    """The third quarter of four branches: 甲 95, 95, 95; 乙 the same; 丙 79, 79, 79.9; 丁 from August on."""
    given = {"甲": ("-5",) * 3, "乙": ("-5",) * 3, "丙": ("-21", "-21", "-20.1"), "丁": (None, "-30", "-30")}
    for branch, taken in given.items():
        for month, points_ in zip(("07", "08", "09"), taken, strict=True):
            if points_ is None:
                continue
            at = f"2026-{int(month) + 1:02d}-05T09:00:00+08:00"
            kfcs.do(
                "submit",
                "branch-report",
                "--period",
                f"2026-{month}",
                "--branch",
                branch,
                "--at",
                at,
                now=NOVEMBER,
            )
            left = float(points_)
            while left:
                step = max(left, -10)
                give(kfcs, branch, f"{step:.1f}", f"2026-{month}-10", now=NOVEMBER)
                left = round(left - step, 1)
    return kfcs


def test_s2_a_quarter_is_ranked_by_the_average_of_its_months(quarter: Shell) -> None:
    made = ranking(quarter)
    rows = {row["branch"]: row for row in made["ranking"]}
    assert made["quarter"] == "2026-Q3"
    assert {name: row["rank"] for name, row in rows.items()} == {"甲": 1, "乙": 1, "丙": 3, "丁": 4}
    assert rows["甲"]["months"] == {"2026-07": 95, "2026-08": 95, "2026-09": 95}
    assert (rows["甲"]["average"], rows["甲"]["star"], rows["甲"]["reward"]) == (95, True, 1000)
    assert (rows["丙"]["average"], rows["丙"]["star"], rows["丙"]["reward"]) == (79.3, False, None)
    assert rows["丁"]["months"] == {"2026-07": None, "2026-08": 70, "2026-09": 70}


@pytest.mark.parametrize(("now", "star"), [("2026-09-30 23:59:59", False), ("2026-10-01 00:00", True)])
def test_s2_there_is_a_star_once_the_quarter_is_over(quarter: Shell, now: str, star: bool) -> None:
    first = ranking(quarter, now=now)["ranking"][0]
    assert (first["rank"], first["star"], first["reward"]) == (1, star, 1000 if star else None)


def test_s2_three_months_under_80_bring_a_proposal(quarter: Shell) -> None:
    made = ranking(quarter)
    assert [(row["branch"], row["months"]) for row in made["proposals"]] == [
        ("丙", ["2026-07", "2026-08", "2026-09"])
    ]
    assert "head" in made["proposals"][0]["reason"]
    assert sheet(quarter, "--month", "2026-09", "--branch", "丙", now=NOVEMBER)["three_months_under"] is True
    assert sheet(quarter, "--month", "2026-08", "--branch", "丙", now=NOVEMBER)["three_months_under"] is False
    assert sheet(quarter, "--month", "2026-09", "--branch", "丁", now=NOVEMBER)["three_months_under"] is False


def test_s2_a_run_may_begin_in_the_quarter_before(quarter: Shell) -> None:
    for _ in range(2):
        give(quarter, "丁", "-10", "2026-10-10", now=NOVEMBER)
    made = ranking(quarter, "2026-Q4", now="2027-01-05 09:00")
    assert ("丁", ["2026-08", "2026-09", "2026-10"]) in [
        (row["branch"], row["months"]) for row in made["proposals"]
    ]


def test_one_branch_of_a_quarter_keeps_its_rank_among_all(quarter: Shell) -> None:
    made = quarter.do(
        "score", "--quarter", "2026-Q3", "--branch", "丙", "--format", "json", now=NOVEMBER
    ).json
    assert [(row["branch"], row["rank"]) for row in made["ranking"]] == [("丙", 3)]


def test_a_month_that_has_not_ended_has_no_sheet_in_a_quarter(quarter: Shell) -> None:
    made = ranking(quarter, "2026-Q4", now="2026-11-20 09:00")
    assert made["ranking"][0]["months"]["2026-11"] is None
    assert made["ranking"][0]["months"]["2026-12"] is None


def test_the_ranking_as_a_page_and_as_tables(quarter: Shell) -> None:
    page = quarter.do("score", "--quarter", "2026-Q3", "--format", "html", now=NOVEMBER).out
    assert "金科集团明星客户服务部" in page
    assert "1,000.00" in page
    assert "建议更换主要负责人" in page
    rows = list(csv.reader(io.StringIO(quarter.do("score", "--quarter", "2026-Q3", now=NOVEMBER).out)))
    assert [row[:6] for row in rows[1:]][2] == ["3", "丙", "79.0", "79.0", "79.9", "79.3"]
    assert "丙" in quarter.do("score", "--quarter", "2026-Q3", "--format", "md", now=NOVEMBER).out


# ---------------------------------------------------------------- documents


@pytest.mark.parametrize("ending", ["html", "md", "csv", "json"])
def test_o_writes_the_format_of_its_ending_twice_the_same(busy: Shell, tmp_path: Path, ending: str) -> None:
    made = []
    for name in ("1", "2"):
        target = tmp_path / f"{name}.{ending}"
        answer = busy.do("score", "--month", "-o", str(target), now="2026-12-10 09:00")
        assert answer.out == ""
        made.append(target.read_bytes())
    assert made[0] == made[1]


def test_r8_the_same_as_of_gives_the_same_page(busy: Shell) -> None:
    words = ("score", "--month", "2026-11", "--format", "html", "--as-of", "2026-12-10 09:00")
    before = busy.do(*words, now="2026-12-11 09:00").out
    give(busy, "重庆", "-1", "2026-11-20", now="2026-12-11 10:00")
    busy.do("score", "confirm", "--month", "2026-11", now="2026-12-11 11:00")
    assert busy.do(*words, now="2026-12-12 09:00").out == before
    busy.do("verify")
    busy.do("rebuild")
    assert busy.do(*words, now="2026-12-12 09:00").out == before


def test_r4_the_page_shows_how_each_number_comes_about(busy: Shell) -> None:
    give(busy, "重庆", "-1.5", "2026-11-20", now="2026-12-08 09:00")
    page = busy.do("score", "--format", "html", "--lang", "en", now="2026-12-10 09:00").out
    made = sheet(busy, now="2026-12-10 09:00")
    for wanted in (
        "10 - 2 × 2 = 6",
        "15 × 1 ÷ 2 = 7.5",
        "10 × 0 ÷ 1 = 0.0",
        "handed in 2026-12-07 09:00",
        "CQ1-20261104-001",
        "-1.5",
        f"Total: {made['total']:.1f}",
        f"jinke@{made['policy']['digest']}",
        made["heads"][0]["hash"],
        "Scored by",
        "assumed",
    ):
        assert wanted in page, wanted


def test_i5_a_page_is_chinese_unless_lang_says(busy: Shell) -> None:
    assert 'lang="zh-CN"' in busy.do("score", "--format", "html", now="2026-12-10 09:00").out
    assert "客户服务分部考评表" in busy.do("score", "--format", "md").out


def test_r5_a_template_of_the_branch_wins(busy: Shell) -> None:
    own = busy.folder / "templates"
    own.mkdir()
    (own / "score.html.j2").write_text("{{ sheet.branch }}: {{ w.points(sheet.total) }}", encoding="utf-8")
    made = sheet(busy, now="2026-12-10 09:00")
    assert busy.do("score", "--format", "html").out == f"重庆: {made['total']:.1f}\n"


def test_a_reason_is_never_markup(kfcs: Shell) -> None:
    kfcs.do(
        "adjust", "重庆", "--points", "1", "--rule", "manual", "--reason", "<b>好</b>|x", "--at", "2026-11-10",
        now=DECEMBER,
    )  # fmt: skip
    assert "<b>好" not in kfcs.do("score", "--format", "html").out
    assert "<b>好" not in kfcs.do("score", "--format", "md").out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_s1_a_terminal_shows_the_total_the_items_with_bars_and_what_cost_points(
    busy: Shell, lang: str
) -> None:
    give(busy, "重庆", "-1.5", "2026-11-20T09:00", now="2026-12-10 09:00")
    made = sheet(busy, "--month", "2026-11")
    with mock.patch("kfcs.commands.scoring.screen_format_of", return_value="table"):
        told = busy.do("score", "--month", "2026-11", "--lang", lang, COLUMNS="80").out
    assert f"{made['total']:.1f}" in told
    assert "█" in told
    assert [case for item in made["items"] for case in item["cases"][:1] if case not in told] == []
    assert "-1.5" in told
    assert ("失分诉求单" if lang == "zh" else "points lost by") in told
    assert "\x1b" not in told, "NO_COLOR is honoured"


def test_a_pipe_gets_a_row_an_item_and_the_total(kfcs: Shell) -> None:
    handed_in(kfcs)
    rows = list(csv.reader(io.StringIO(kfcs.do("score", now=DECEMBER).out)))
    assert [row[0] for row in rows[1:]] == [*(row["id"] for row in sheet(kfcs)["items"]), "total"]
    assert rows[-1][5] == "100.0"


# ---------------------------------------------------------------- other policies


def test_property_indicators_is_a_board_of_red_and_green(new_desk: NewDesk) -> None:
    desk = new_desk("property-indicators")
    values = ("archive-filed=100%", "facilities=97.9", "buildings=98", "fire-accidents=0", "guard-posts=24")
    for typed in (*values, "refuse=是"):
        desk.do("report", "note", "x", "--month", "2026-11", "--indicator", typed, now=DECEMBER)
    desk.do("report", "note", "x", "--month", "2026-11", "--indicator", "fire-accidents=1", now=DECEMBER)
    made = sheet(desk)
    reached = {row["id"]: row["reached"] for row in made["items"]}
    assert {name: value for name, value in reached.items() if value is not None} == {
        "archive-filed": True,
        "facilities": False,
        "buildings": True,
        "fire-accidents": False,  # the last word typed holds
        "refuse": True,
        "guard-posts": True,
    }
    assert made["total"] == 66.7  # four of the six that were measured
    assert items(made)["greening"]["empty"] == "leave-out"


def test_property_indicators_measures_repairs(new_desk: NewDesk) -> None:
    desk = new_desk("property-indicators")
    prompt = desk.log("水管爆裂", "--kind", "repair", "--urgency", "15m", now="2026-11-02 09:00")
    booked = desk.log("门锁坏了", "--kind", "repair", now="2026-11-02 09:00")
    desk.do("dispatch", prompt, "--to", "工程部", now="2026-11-02 09:01")
    desk.do("contact", prompt, "已到", now="2026-11-02 09:10")
    desk.do("contact", booked, "约定", "--promise", "2026-11-03 12:00", now="2026-11-02 10:00")
    desk.do("resolve", prompt, "已修", now="2026-11-02 15:00")
    desk.do("resolve", booked, "已修", now="2026-11-04 09:00")
    desk.do("callback", prompt, "--satisfied", now="2026-11-03 09:00")
    made = items(sheet(desk))
    late = made["repairs-in-time"]
    assert (late["got"], late["of"], late["lost"], late["reached"]) == (1, 2, [booked], False)
    assert (made["repair-callback"]["got"], made["repair-callback"]["of"]) == (1, 2)


def test_property_indicators_counts_signed_satisfaction(new_desk: NewDesk) -> None:
    desk = new_desk("property-indicators")
    photo = desk.folder / "a.jpg"
    photo.write_bytes(b"signed")
    for n, words in enumerate((("--satisfied", "--signed", str(photo)), ("--satisfied",))):
        case = desk.log("投诉", project=f"P{n}", now="2026-11-02 09:00")
        desk.do("resolve", case, "x", now="2026-11-02 10:00")
        desk.do("callback", case, *words, now="2026-11-03 10:00")
    desk.log("投诉", project="Q", now="2026-11-02 09:00")
    made = items(sheet(desk))
    assert (made["signed-satisfaction"]["got"], made["signed-satisfaction"]["of"]) == (1, 2)
    assert (made["complaints-handled"]["got"], made["complaints-handled"]["of"]) == (2, 3)


def test_district_assessment_weighs_four_subjects_alike(new_desk: NewDesk) -> None:
    desk = new_desk("district-assessment")
    for n, result in enumerate(("--pass", "--pass", "--pass", "--fail")):
        desk.do("check", "保洁", "--place", f"{n}栋", "--matter", "楼道", result, now="2026-11-05 09:00")
    case = desk.log("投诉", now="2026-11-02 09:00")
    desk.do("resolve", case, "x", now="2026-11-02 10:00")
    made = sheet(desk)
    assert points(made) == {
        "satisfaction-survey": None,
        "complaint-handling": 25,
        "patrol-and-inspection": 18.8,
        "emergency-speed": None,
    }
    assert made["total"] == 87.6  # 43.8 of 50, weighed up to 100


def test_call_centre_gives_a_grade_out_of_ten(new_desk: NewDesk) -> None:
    desk = new_desk("call-centre")
    for n in range(3):
        desk.log("起诉", "--legal", "filed", project=f"P{n}", now="2026-11-02 09:00")
    made = sheet(desk)
    assert points(made) == {"prompt-information": 0.5, "regular-information": 8, "inquiry-satisfied": None}
    assert (made["total"], made["grade"]) == (8.5, "B")


@pytest.mark.parametrize(("satisfied", "reached"), [(9, True), (8, False)])
def test_call_centre_inquiries_are_to_satisfy_nine_of_ten(
    new_desk: NewDesk, satisfied: int, reached: bool
) -> None:
    """A target without points: it stands on the sheet, met or not."""
    desk = new_desk("call-centre")
    for n in range(10):
        case = desk.log(
            "请问装修要办什么手续", "--kind", "inquiry", "--phone", f"1390000000{n}", now="2026-11-02 09:00"
        )
        desk.do("resolve", case, "已解答", now="2026-11-02 09:00")
        desk.do("callback", case, "--satisfied" if n < satisfied else "--acceptable", now="2026-11-02 09:00")
    made = sheet(desk)
    [item] = [item for item in made["items"] if item["id"] == "inquiry-satisfied"]
    assert (item["actual"], item["reached"], item["weight"]) == (satisfied / 10, reached, 0)
    assert made["total"] == 10


def test_a_scorecard_of_ones_own_changes_only_what_differs(kfcs: Shell) -> None:
    folder = kfcs.folder / "policies"
    folder.mkdir()
    (folder / "ours.toml").write_text(
        """
name = "ours"
extends = "jinke"
[title]
zh = "我们的"
en = "Ours"
[scorecard]
cap = 100
[[scorecard.item]]
id = "report-on-time"
deduct = 0.5
[[scorecard.item]]
id = "major-reported"
off = true
""",
        encoding="utf-8",
    )
    kfcs.do("policy", "check", "ours")
    toml = kfcs.folder / "kfcs.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('"jinke"', '"ours"'), encoding="utf-8")
    kfcs.do("submit", "branch-report", "--period", "2026-11", now="2026-12-07 09:00")
    give(kfcs, "重庆", "10", "2026-11-10", now="2026-12-08 09:00")
    made = sheet(kfcs, now="2026-12-10 09:00")
    assert points(made)["report-on-time"] == 9
    assert "major-reported" not in points(made)
    assert (made["sum"]["weights"], made["sum"]["base"], made["total"]) == (95, 98.9, 100)


def test_json_of_a_sheet_is_what_the_interface_names(busy: Shell) -> None:
    made = sheet(busy, now="2026-12-10 09:00")
    assert {"branch", "month", "total", "state", "items", "adjustments", "three_months_under"} <= made.keys()
    wanted = {"id", "title", "weight", "target", "actual", "points", "cases", "assumed"}
    assert all(wanted <= row.keys() for row in made["items"])
    assert json.dumps(made["items"][0]["title"]) == '"Complaint report handed in on time"'

"""Reports of the group, of quarters and years, and what is restated once a report was handed in (R1, R6, R8)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_office import Office

from kfcs.period import Period
from kfcs.reports import figures, ineffective, yearly
from kfcs.reports.branches import BranchRow, ranked
from kfcs.reports.freezing import Restatement, changed
from kfcs.reports.render import render
from kfcs.reports.report import Headline
from kfcs.reports.rows import CaseRow, MeasureRow

JANUARY = "2027-01-20T09:00:00+08:00"


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Two branches in the last quarter of 2026; October's report handed in, one case recorded late."""
    office = Office(tmp_path_factory.mktemp("year"))
    grave = office.log(
        "2026-10-05T09:00:00+08:00", "厨房漏水", "--people", "12", "--category", "quality.leak"
    )
    order = ("--order", "防水", "--dept", "工程部", "--due", "2026-10-09 18:00", "--unit", "甲公司")
    office.do("2026-10-06T09:00:00+08:00", "rectify", grave, *order)
    office.do("2026-10-07T09:00:00+08:00", "rectify", grave, "--done", "R1")
    office.do("2026-10-07T10:00:00+08:00", "rectify", grave, "--inspect", "R1", "--pass")
    measures = ("--correction", "重做防水", "--prevention", "加强闭水试验，联系 13800000001")
    office.do("2026-10-08T09:00:00+08:00", "resolve", grave, "已修", *measures)
    office.do("2026-10-09T09:00:00+08:00", "callback", grave, "--satisfied", "--by", "回访员")
    fee = office.log("2026-10-12T09:00:00+08:00", "物业费过高", "--category", "property.fee", "--refund")
    office.do("2026-10-13T09:00:00+08:00", "verify-case", fee, "--invalid", "--reason", "查无此事")
    office.log("2026-10-14T09:00:00+08:00", "要求退房", "--category", "sales.contract", "--refund")
    office.do("2026-11-04T09:00:00+08:00", "submit", "branch-report", "--period", "2026-10")
    office.log("2026-11-06T09:00:00+08:00", "又漏水", "--category", "quality.leak")
    office.log(
        "2026-11-07T09:00:00+08:00",
        "补记",
        "--at",
        "2026-10-20T09:00:00+08:00",
        "--category",
        "property.order",
    )
    office.do("2026-11-08T09:00:00+08:00", "check", "案场", "--place", "售楼部", "--matter", "卫生", "--fail")
    office.do("2026-11-09T09:00:00+08:00", "check", "案场", "--place", "售楼部", "--matter", "卫生", "--fail")
    office.settle_in("成都")
    office.log("2026-12-06T09:00:00+08:00", "电梯坏", "--category", "property.facility", project="B")
    office.settle_in("重庆")
    return office


def made(office: Office, *words: str) -> Any:
    return office.json(JANUARY, *words)


# ---------------------------------------------------------------- branches


def branch(name: str, closed: float | None, kept: float | None) -> BranchRow:
    return BranchRow(name, Headline(1, 1, 1, closed, kept, None), 0, 0)


def test_r6_branches_rank_by_closure_then_timeliness_and_equal_ones_share_a_rank() -> None:
    rows = [branch("a", 0.5, 1.0), branch("b", 0.5, None), branch("c", 0.9, 0.1), branch("d", 0.5, 1.0)]
    rows.append(branch("e", None, None))
    assert [(row.branch, row.rank) for row in ranked(rows)] == [
        ("c", 1),
        ("a", 2),
        ("d", 2),
        ("b", 4),
        ("e", None),
    ]


def test_r6_every_branch_has_a_row_with_its_rank_and_what_it_is_ranked_by(year: Office) -> None:
    group = made(year, "--year", "2026", "--group")
    assert group["branches_ranked_by"] == "rates"
    assert {row["branch"]: row["complaints"] for row in group["branches"]} == {"重庆": 5, "成都": 1}
    assert {row["rank"] for row in group["branches"]} == {1, 2}
    assert all(
        {"overdue", "escalations", "satisfaction", "closure_rate"} <= set(row) for row in group["branches"]
    )
    assert made(year, "--year", "2026")["branches"] == []


def test_r6_a_month_is_ranked_by_its_score_sheets(year: Office) -> None:
    group = made(year, "--month", "2026-10", "--group")
    assert group["branches_ranked_by"] == "score"
    assert group["branches"][0]["rank"] == 1
    assert group["branches"][0]["score"] is not None


# ---------------------------------------------------------------- quarter and year


@pytest.mark.parametrize(
    ("kind", "label", "start", "end"),
    [
        ("quarter", "2026-Q4", "2026-10-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"),
        ("year", "2026", "2026-01-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"),
        ("half-month", "2026-10-H1", "2026-10-01T00:00:00+08:00", "2026-10-16T00:00:00+08:00"),
        ("half-month", "2026-10-H2", "2026-10-16T00:00:00+08:00", "2026-11-01T00:00:00+08:00"),
    ],
)
def test_r1_the_bounds_of_a_period(year: Office, kind: str, label: str, start: str, end: str) -> None:
    report = made(year, f"--{kind}", label)
    assert (report["period"], report["from"], report["to"]) == (label, start, end)


def test_r3_the_months_add_up_to_the_quarter_and_the_year(year: Office) -> None:
    quarter, whole = made(year, "--quarter", "2026-Q4"), made(year, "--year", "2026")
    assert [row["month"] for row in quarter["months"]] == ["2026-10", "2026-11", "2026-12"]
    assert len(whole["months"]) == 12
    for name in ("complaints", "persons", "times"):
        assert sum(row[name] for row in quarter["months"]) == quarter["intake"][name]
        assert sum(row[name] for row in whole["months"]) == whole["intake"][name]
    halves = [made(year, "--half-month", f"2026-10-H{n}")["intake"]["complaints"] for n in (1, 2)]
    assert sum(halves) == made(year, "--month", "2026-10")["intake"]["complaints"] == 4


def test_r1_defects_are_levels_i_to_iii_of_quality_design_and_service(year: Office) -> None:
    report = made(year, "--year", "2026")
    defect, *others = report["defects"]
    assert {other["field"] for other in others} == {"quality", "service"}
    assert {other["category"] for other in others} == {"quality", "property"}
    assert (defect["field"], defect["category"], defect["project"]) == ("quality", "quality", "A")
    assert defect["correction"] == "重做防水"
    assert "13800000001" not in defect["prevention"]
    assert made(year, "--month", "2026-10")["defects"] == []
    listed = year.do(
        JANUARY, "report", "--year", "2026", "--cases", "defects.quality", "--format", "json"
    ).json
    assert defect["case"] in [row["case"] for row in listed]
    assert len(listed) == sum(each["field"] == "quality" for each in report["defects"])


def test_the_field_of_a_category() -> None:
    fields = {
        name: yearly.field_of(name) for name in ("quality", "house", "design", "sales", "property", "other")
    }
    assert fields == {
        "quality": "quality",
        "house": "quality",
        "design": "design",
        "sales": None,
        "property": "service",
        "other": "service",
    }


def test_categories_stand_beside_those_of_the_year_before(year: Office) -> None:
    rows = {
        row["category"]: (row["now"], row["before"]) for row in made(year, "--year", "2026")["categories"]
    }
    assert rows == {"quality": (2, 0), "property": (2, 0), "sales": (1, 0)}
    later = {
        row["category"]: (row["now"], row["before"]) for row in made(year, "--year", "2027")["categories"]
    }
    assert later == {"quality": (0, 2), "property": (0, 2), "sales": (0, 1)}


# ---------------------------------------------------------------- restatements


def test_r8_what_arrives_after_the_handing_in_is_restated_in_the_next_report(year: Office) -> None:
    rows = made(year, "--month", "2026-11")["restatements"]
    found = {row["figure"]: (row["period"], row["submitted"], row["now"]) for row in rows}
    assert found["intake.complaints"] == ("2026-10", 3, 4)
    assert found["intake.by_category.property"] == ("2026-10", 1, 2)
    assert "intake.by_category.quality" not in found
    assert made(year, "--month", "2026-10")["restatements"] == []
    assert made(year, "--month", "2026-11", "--branch", "成都")["restatements"] == []


def test_r8_figures_are_kept_with_decimals_as_text() -> None:
    kept, now = (
        {"closure.rate": "0.5", "intake.complaints": 2},
        {"closure.rate": "0.75", "intake.complaints": 2},
    )
    assert changed("2026-10", kept, now) == [Restatement("2026-10", "closure.rate", "0.5", "0.75")]
    assert changed("2026-10", {}, {"intake.by_level.1": 1}) == [
        Restatement("2026-10", "intake.by_level.1", 0, 1)
    ]
    assert changed("2026-10", {"clocks.reply.rate": "1.0"}, {}) == [
        Restatement("2026-10", "clocks.reply.rate", "1.0", None)
    ]


# ---------------------------------------------------------------- actions, checks, people


def test_the_same_cause_again_within_90_days_is_an_ineffective_action(year: Office) -> None:
    (action,) = made(year, "--month", "2026-11")["ineffective_actions"]
    assert (action["cause"], action["days"], action["correction"]) == ("quality.leak", 29, "重做防水")
    words = ("report", "--month", "2026-11", "--cases", "ineffective_actions", "--format", "json")
    assert [row["case"] for row in year.do(JANUARY, *words).json] == [action["case"]]
    assert made(year, "--month", "2026-10")["ineffective_actions"] == []


PLAIN = CaseRow._make([None] * len(CaseRow._fields))._replace(
    case_id="b", kind="complaint", project="A", code="quality.leak", received_at="2026-10-31T09:00:00+08:00"
)
MEASURE = MeasureRow("a", "2026-08-02T09:00:00+08:00", "A", "quality.leak", "c", None)


@pytest.mark.parametrize(
    ("case", "measure", "count"),
    [
        ({}, {}, 1),
        ({"received_at": "2026-10-31T09:00:01+08:00"}, {}, 0),
        ({"kind": "repair"}, {}, 1),
        ({"kind": "inquiry"}, {}, 0),
        ({"project": "B"}, {}, 0),
        ({"code": "quality.crack"}, {}, 0),
        ({}, {"at": "2026-10-31T09:00:00+08:00"}, 0),
        ({}, {"case_id": "b"}, 0),
    ],
)
def test_what_makes_an_action_ineffective(case: dict[str, Any], measure: dict[str, Any], count: int) -> None:
    found = ineffective.ineffective_actions([PLAIN._replace(**case)], [MEASURE._replace(**measure)])
    assert len(found) == count


def test_c5_cases_found_to_be_others_are_counted_apart(year: Office) -> None:
    report = made(year, "--month", "2026-10")
    assert report["by_validity"] == {"valid": 0, "assist": 0, "invalid": 1, "unverified": 3}
    assert report["closure"]["received"] == 3
    assert figures.by_validity([])["assist"] == 0


def test_o4_checks_stand_in_the_report(year: Office) -> None:
    checks = made(year, "--month", "2026-11")["checks"]
    assert (checks["done"], checks["failed"]) == (2, 2)
    assert [(row["place"], row["failures"], row["days"]) for row in checks["repeated"]] == [("售楼部", 2, 2)]


def test_h11_who_inspected_own_work_is_named(year: Office) -> None:
    report = made(year, "--month", "2026-10")
    assert report["people"]["op1"]["self_inspected"] == 1
    assert report["rectification"]["self_inspected_by"] == {"op1": 1}


# ---------------------------------------------------------------- documents


@pytest.mark.parametrize("fmt", ["html", "md", "csv"])
def test_documents_have_all_of_it(year: Office, fmt: str) -> None:
    text = year.do(JANUARY, "report", "--year", "2026", "--group", "--format", fmt, "--lang", "zh").out
    assert all(word in text for word in ("成都", "重做防水", "2026-12", "售楼部"))
    month = year.do(JANUARY, "report", "--month", "2026-11", "--format", fmt, "--lang", "zh").out
    assert ("追溯更正" if fmt != "csv" else "restatements") in month


def test_the_period_before_a_quarter_of_the_year() -> None:
    assert Period.parse("quarter", "2026-Q1").previous().label == "2025-Q4"


def test_h8_a_deduction_stands_with_the_unit_that_bears_it(tmp_path: Path) -> None:
    office = Office(tmp_path)
    case = office.log("2026-11-02T09:00:00+08:00", "漏水，索赔", "--claim", "800")
    letter = tmp_path / "letter.txt"
    letter.write_text("承诺", encoding="utf-8")
    for words in (
        ("--apply", "800", "--grounds", "漏水"),
        ("--approve", "800"),
        ("--letter", str(letter)),
        ("--pay", "800"),
        ("--deduct", "600", "--from", "甲公司"),
    ):
        office.do("2026-11-03T09:00:00+08:00", "compensate", case, *words)
    report = office.json("2026-12-02T09:00:00+08:00", "--month", "2026-11")
    assert report["rectification"]["by_unit"]["甲公司"]["deducted"] == 600
    assert report["rectification"]["deducted"] == report["compensation"]["deducted"] == 600
    value = office.report("2026-12-02T09:00:00+08:00", "2026-11")
    assert "600.00" in render(value, "html", "zh")

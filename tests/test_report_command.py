"""`kfcs report` and `kfcs report note` as people type them (R1, R7, I3)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from conftest import NewDesk
from report_office import Office
from shell import Shell, settings

NOVEMBER = "2026-11-20T09:00:00+08:00"
DECEMBER = "2026-12-20T09:00:00+08:00"


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    first = office.log(
        "2026-11-02T09:00:00+08:00", "厨房漏水", "--people", "12", "--category", "quality.leak"
    )
    office.log("2026-11-03T09:00:00+08:00", "物业费过高", "--category", "property.fee", project="B")
    office.log("2026-11-04T09:00:00+08:00", "灯坏了", "--kind", "repair", project="B")
    office.do("2026-11-05T09:00:00+08:00", "resolve", first, "已修")
    office.do("2026-11-06T09:00:00+08:00", "callback", first, "--unsatisfied", "--by", "回访员")
    return office


@pytest.mark.parametrize("words", [(), ("--month",), ("--month", "default"), ("--month", "2026-11")])
def test_r1_no_month_means_the_last_one(office: Office, words: tuple[str, ...]) -> None:
    made = office.json(DECEMBER, *words)
    assert (made["period"], made["intake"]["complaints"]) == ("2026-11", 2)


@pytest.mark.parametrize(
    ("words", "period", "complaints"),
    [
        (("--day", "2026-11-02"), "2026-11-02", 1),
        (("--day",), "2026-12-19", 0),
        (("--week", "2026-11-03"), "2026-W45", 2),
        (("--half-month", "2026-11-16"), "2026-11-H2", 0),
        (("--quarter", "2026-Q4"), "2026-Q4", 2),
        (("--year", "2026"), "2026", 2),
        (("--year",), "2025", 0),
    ],
)
def test_r1_other_periods(office: Office, words: tuple[str, ...], period: str, complaints: int) -> None:
    made = office.json(DECEMBER, *words)
    assert (made["period"], made["intake"]["complaints"]) == (period, complaints)


@pytest.mark.parametrize(
    "words",
    [
        ("--month", "2026-13"),
        ("--month", "0001-01"),
        ("--month", "11月"),
        ("--quarter", "2026-Q5"),
        ("--day", "2026-02-30"),
        ("--month", "2026-11", "--year", "2026"),
        ("--cases", "intake.nothing"),
        ("--cases", "clocks.nothing.met"),
        ("--format", "docx"),
        ("-o", "x.rtf"),
        ("-o", "x.html", "--format", "csv"),
        ("--lang", "fr"),
        ("--as-of", "yesterdayish"),
    ],
)
def test_i3_a_value_that_nothing_could_make_right_is_exit_2_and_speaks(
    office: Office, words: tuple[str, ...]
) -> None:
    answer = office.run("report", *words, at=DECEMBER)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1


def test_without_a_format_a_pipe_gets_csv(office: Office) -> None:
    lines = list(csv.reader(io.StringIO(office.do(DECEMBER, "report").out)))
    assert ["intake", "by_project", "B", "1"] in lines


def test_a_table_is_a_summary_of_one_screen(office: Office) -> None:
    text = office.do(DECEMBER, "report", "--format", "table").out
    assert "Complaints received" in text
    assert "100.0%" not in text.split("Closure rate")[0]


@pytest.mark.parametrize("ending", ["html", "md", "csv", "json"])
def test_o_writes_the_format_of_its_ending_and_nothing_else(
    office: Office, tmp_path: Path, ending: str
) -> None:
    target = tmp_path / "out" / f"report.{ending}"
    target.parent.mkdir()
    answer = office.do(DECEMBER, "report", "-o", str(target))
    assert answer.out == ""
    assert target.stat().st_size > 500
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_o_into_a_folder_that_is_not_there_fails_with_one_line(office: Office, tmp_path: Path) -> None:
    answer = office.run("report", "-o", str(tmp_path / "no" / "r.html"), at=DECEMBER)
    assert answer.code == 2
    assert answer.err.count("\n") == 1


def test_r8_the_same_as_of_gives_the_same_file(office: Office, tmp_path: Path) -> None:
    as_of = "2026-12-01T00:00:00+08:00"
    one, two = tmp_path / "1.html", tmp_path / "2.html"
    office.do(DECEMBER, "report", "--as-of", as_of, "-o", str(one))
    office.log("2026-12-21T09:00:00+08:00", "又漏水", "--at", "2026-11-30T09:00:00+08:00", project="C")
    office.do("2026-12-22T09:00:00+08:00", "report", "--month", "2026-11", "--as-of", as_of, "-o", str(two))
    assert one.read_bytes() == two.read_bytes()


def test_i5_a_document_is_chinese_unless_lang_says(office: Office) -> None:
    assert 'lang="zh-CN"' in office.do(DECEMBER, "report", "--format", "html").out
    assert 'lang="en"' in office.do(DECEMBER, "report", "--format", "html", "--lang", "en").out


@pytest.mark.parametrize("command", ["report", "score"])
def test_i5_kfcs_toml_names_the_language_of_documents(kfcs: Shell, command: str) -> None:
    settings(kfcs, lang='"en"')
    words = (command, "--month", "2026-10", "--format", "html")
    assert 'lang="en"' in kfcs.do(*words).out
    assert 'lang="zh-CN"' in kfcs.do(*words, "--lang", "zh").out


# ---------------------------------------------------------------- R7: the cases behind a figure


def counts(made: object, path: str) -> int:
    value = made
    for part in path.split("."):
        assert isinstance(value, dict)
        value = value[part]
    assert isinstance(value, int)
    return value


@pytest.mark.parametrize(
    "figure",
    [
        "intake.complaints",
        "intake.by_kind.repair",
        "intake.by_level.2",
        "intake.by_category.quality",
        "intake.by_subcategory.property.fee",
        "intake.by_channel.phone",
        "intake.by_project.B",
        "intake.by_stage.none",
        "intake.by_department.none",
        "clocks.reply.due",
        "clocks.reply.breached",
        "clocks.reply.met",
        "callback.needed",
        "callback.done",
        "callback.unsatisfied",
        "callback.refused",
        "closure.received",
        "closure.closed",
        "rectification.ordered",
        "backlog.open",
        "backlog.overdue",
        "repeats.total",
        "groups.total",
        "watch.total",
        "typical.total",
    ],
)
def test_r7_p8_a_list_is_as_long_as_its_number(office: Office, figure: str) -> None:
    made = office.json(NOVEMBER, "--month", "2026-11")
    path = figure
    for dotted in ("property.fee",):  # a sub-category's own dot is not a step
        if figure.endswith(dotted):
            made["intake"]["by_subcategory"] = {"property": {"fee": made["intake"]["by_subcategory"][dotted]}}
    listed = office.do(NOVEMBER, "report", "--month", "2026-11", "--cases", figure, "--format", "json").json
    assert len(listed) == counts(made, path)


def test_r7_the_list_shows_cases_with_phones_masked(office: Office) -> None:
    office.log("2026-11-07T09:00:00+08:00", "请回电 13800000001", project="C")
    answer = office.do(
        NOVEMBER, "report", "--month", "2026-11", "--cases", "intake.by_project.C", "--format", "json"
    )
    assert answer.json[0]["text"] == "请回电 138****0001"


def test_r7_closure_open_are_those_received_and_not_closed(office: Office) -> None:
    listed = office.do(NOVEMBER, "report", "--month", "2026-11", "--cases", "closure.open").out
    assert len(listed.splitlines()) == 3


# ---------------------------------------------------------------- report note


def test_a_note_stands_in_its_section_and_both_are_kept_in_order(office: Office) -> None:
    for text in ("换了防水单位", "夜间无人值守"):
        office.do(DECEMBER, "report", "note", text, "--month", "2026-11", "--section", "causes")
    made = office.json(DECEMBER, "--month", "2026-11")
    assert [(note["section"], note["text"]) for note in made["notes"]] == [
        ("causes", "换了防水单位"),
        ("causes", "夜间无人值守"),
    ]
    assert "夜间无人值守" in office.do(DECEMBER, "report", "--format", "html").out
    assert office.json(DECEMBER, "--month", "2026-10")["notes"] == []


def test_an_indicator_is_kept_with_its_value(office: Office) -> None:
    office.do(DECEMBER, "report", "note", "档案齐", "--month", "2026-11", "--indicator", "archive=98%")
    note = office.json(DECEMBER)["notes"][0]
    assert (note["indicator"], note["value"]) == ("archive", "98%")


@pytest.mark.parametrize(
    "words",
    [
        ("x", "--section", "nowhere"),
        (" ",),
        ("x", "--indicator", "archive"),
        ("x", "--month", "2026-13"),
    ],
)
def test_a_note_that_fits_nowhere_is_refused(office: Office, words: tuple[str, ...]) -> None:
    assert office.run("report", "note", *words, at=DECEMBER).code == 2
    assert json.loads(office.do(DECEMBER, "report", "--format", "json").out)["notes"] == []


INDICATORS = {
    "a share": ("facilities=98%", 0),
    "a number where a share is wanted": ("facilities=97.9", 0),
    "a word": ("facilities=abc", 2),
    "more than the whole": ("greening=150%", 2),
    "below nothing": ("fire-accidents=-1", 2),
    "an indicator that there is not": ("nosuch=1", 2),
    "one that is counted, not typed": ("satisfaction=90%", 2),
}


@pytest.mark.parametrize("case", INDICATORS)
def test_i3_an_indicator_that_the_board_cannot_read_is_refused(new_desk: NewDesk, case: str) -> None:
    typed, code = INDICATORS[case]
    desk = new_desk("property-indicators")
    answer = desk("report", "note", "计数", "--month", "2026-10", "--indicator", typed)
    assert answer.code == code
    assert (answer.err == "") is (code == 0)


def test_o2_the_ambassador_of_a_project_is_named_where_its_owners_are_turned_to(new_desk: NewDesk) -> None:
    desk = new_desk("lifecycle")
    path = desk.folder / "homes.csv"
    path.write_text("项目,房号,业主,电话,签约日期\n云栖里,1-1,马某某,13900000001,2026-10-05\n", "utf-8")
    desk.do("home", "import", str(path))
    desk.do("project", "set", "云栖里", "--ambassador", "林晓岚")
    desk.do("project", "set", "云栖里", "--handed-over", "2026-06-01")
    rows = desk.do("touchpoints", "--month", "2026-11", "--format", "json").json
    assert {row["ambassador"] for row in rows if row["project"] == "云栖里"} == {"林晓岚"}
    assert "Ambassador: 林晓岚" in desk.do("home", "show", "1-1", "--format", "table").out
    assert "林晓岚" in desk.do("today", "--format", "csv").out
    before = desk.do("touchpoints", "--format", "json").json
    desk.do("rebuild")
    assert desk.do("touchpoints", "--format", "json").json == before
    desk.refused("project", "set", "云栖里", code=2)


def test_o1_a_period_that_has_not_begun_is_not_handed_in(kfcs: Shell) -> None:
    assert "has not begun yet" in kfcs.refused("submit", "branch-report", "--period", "2027-10")
    assert kfcs.do("submit", "branch-report", "--period", "2026-11").code == 0

"""Failures that users of similar tools reported about files: encodings, quotes, types, dates, duplicates, widths. Each
with the right behaviour. The ids are those under which the reports are kept: I1 and so on, and B1 for bug reports.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from casework import failures
from conftest import NewDesk
from shell import Answer, Shell, rows_of_tables

HEADER = "登记日期,客户姓名,联系电话,项目,房号,投诉内容"
ROW = "2026-10-05,沈一帆,05712345678,云栖台,0301,主卧飘窗渗水"
OTHER = "2026-10-06,马某某,13800000002,江与城,3-2-1101,车位被占"


def taken(kfcs: Shell, content: str | bytes, *words: str, name: str = "in.csv") -> Answer:
    """Import a file with this content."""
    path = kfcs.folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return kfcs("import", str(path), *words)


def text_of(*rows: str) -> str:
    return "\n".join([HEADER, *rows, ""])


def cases(kfcs: Shell) -> list[Any]:
    found: list[Any] = kfcs.do("export", "cases", "--reveal", "--format", "json").json
    return found


def workbook(kfcs: Shell, fill: Callable[[Any, Any], None], **options: Any) -> str:
    path = kfcs.folder / "in.xlsx"
    with xlsxwriter.Workbook(path, options) as book:
        fill(book, book.add_worksheet())
    return str(path)


# ---------------------------------------------------------------- values keep what they are


def i1_phones_rooms_and_numbers_stay_texts(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    taken(kfcs, text_of(ROW.replace("主卧飘窗渗水", "1e3")))
    assert [(row["phone"], row["home"], row["text"]) for row in cases(kfcs)] == [
        ("05712345678", "0301", "1e3")
    ]


def i16_an_eleven_digit_phone_is_looked_for_as_it_is(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    taken(kfcs, text_of(OTHER))
    assert [row["case"] for row in kfcs.do("search", "13800000002", "--format", "json").json] == [
        row["case"] for row in cases(kfcs)
    ]


def b11_a_number_past_fifteen_digits_is_no_number_any_more(new_desk: NewDesk) -> None:
    kfcs = new_desk()

    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["工单号", "登记日期", "项目", "投诉内容"])
        sheet.write_row(1, 0, [1914310000010100016, "2026-10-05", "A", "渗水"])
        sheet.write_row(2, 0, [42, "2026-10-05", "A", "车位"])

    answer = kfcs("import", workbook(kfcs, fill))
    assert (answer.code, [row["text"] for row in cases(kfcs)]) == (3, ["车位"])
    assert "lost its digits" in answer.err


def b12_a_phone_in_scientific_writing_is_damaged(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    answer = taken(kfcs, text_of(OTHER.replace("13800000002", "1.38E+10"), ROW))
    assert (answer.code, len(cases(kfcs))) == (3, 1)
    assert "give it in full" in answer.err


def b13_a_leading_zero_survives_a_workbook_and_back(new_desk: NewDesk) -> None:
    kfcs, twin = new_desk(), new_desk()
    taken(kfcs, text_of(ROW))
    path = kfcs.folder / "out.xlsx"
    kfcs.do("export", "cases", "--reveal", "-o", str(path))
    twin.do("import", str(path))
    assert [(row["phone"], row["home"]) for row in cases(twin)] == [("05712345678", "0301")]


def b14_a_customer_may_be_called_na(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    names = ["NA", "None", "Null", "nan"]
    taken(
        kfcs,
        text_of(
            *(
                OTHER.replace("马某某", f'"{name}"').replace("06", f"0{n}", 1)
                for n, name in enumerate(names, 1)
            )
        ),
    )
    assert [row["customer"] for row in cases(kfcs)] == names


def b15_an_empty_cell_is_empty(new_desk: NewDesk) -> None:
    kfcs = new_desk()

    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["登记日期", "客户姓名", "项目", "投诉内容"])
        sheet.write_row(1, 0, ["2026-10-05", None, "A", "渗水"])
        sheet.write_row(2, 0, ["2026-10-05", "马某某", "A", None])

    answer = kfcs("import", workbook(kfcs, fill))
    assert (answer.code, [row["customer"] for row in cases(kfcs)]) == (3, [None])
    assert "nothing says what the matter is" in answer.err


# ---------------------------------------------------------------- rows are whole, or refused


def i2_a_row_with_too_much_is_refused_and_one_with_too_little_is_looked_at(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    answer = taken(kfcs, text_of(ROW + ",剩余", "2026-10-06,马某某", OTHER))
    assert (answer.code, [row["customer"] for row in cases(kfcs)]) == (3, ["马某某"])
    assert "Row 2 rejected: it has 7 cells, the header 6; left over: 剩余" in answer.err
    assert "3 rows: 1 taken in, 0 there already, 0 repeated, 2 rejected." in answer.err


def i5_the_zero_character_costs_its_row_alone(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    assert taken(kfcs, text_of(ROW.replace("主卧", "主\0卧"), OTHER)).code == 3
    assert [row["customer"] for row in cases(kfcs)] == ["马某某"]


def i7_names_of_columns_may_have_spaces_around_them(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    assert taken(kfcs, text_of(OTHER).replace(",", " , ", 5)).code == 0
    assert cases(kfcs)[0]["phone"] == "13800000002"


def i10_every_row_is_in_or_rejected_or_there_already(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    good = [OTHER.replace("车位被占", f"车位{n}被占") for n in range(1508)]
    bad = [OTHER.replace("2026-10-06", "昨天")] * 3
    answer = taken(kfcs, text_of(*good, *bad, good[0]))
    assert "1512 rows: 1508 taken in, 0 there already, 1 repeated, 3 rejected." in answer.err
    assert len(cases(kfcs)) == 1508


def i11_a_row_with_an_impossible_date_is_in_the_rejects_file(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    rejects = kfcs.folder / "rejects.csv"
    taken(kfcs, text_of(OTHER.replace("2026-10-06", "2026-02-30"), ROW), "--rejects", str(rejects))
    [row] = csv.DictReader(rejects.read_text("utf-8-sig").splitlines())
    assert (row["登记日期"], row["客户姓名"]) == ("2026-02-30", "马某某")
    mended = rejects.read_text("utf-8-sig").replace("2026-02-30", "2026-02-28")
    assert taken(kfcs, mended, name="mended.csv").code == 0
    assert len(cases(kfcs)) == 2


def b4_two_columns_of_one_name_are_named(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    answer = taken(kfcs, "name,email,登记日期,name\nA,a@b,2026-10-05,B\n")
    assert (answer.code, "Several columns are called name." in answer.err, cases(kfcs)) == (2, True, [])


def b5_a_quotation_mark_that_is_not_closed_is_found_where_it_opens(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    rest = [OTHER.replace("车位被占", "字" * 5000)] * 60
    answer = taken(kfcs, text_of(ROW, OTHER.replace("马某某", '"马某某'), *rest))
    assert (answer.code, cases(kfcs)) == (2, [])
    assert "Line 3 opens a quotation mark that is not closed." in answer.err


# ---------------------------------------------------------------- encodings


def i3_gb18030_is_read_as_what_it_is(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    name = "㛃𬴊䶮"
    answer = taken(kfcs, text_of(OTHER.replace("马某某", name)).replace("\n", "\r\n").encode("gb18030"))
    assert ("Read as GB18030." in answer.err, cases(kfcs)[0]["customer"]) == (True, name)


def i6_a_mark_for_excel_and_none_for_a_pipe(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    taken(kfcs, text_of(OTHER))
    assert kfcs.do("export", "cases", "--excel").out[0] == "\ufeff"
    assert kfcs.do("export", "cases", "--format", "csv").out[0] != "\ufeff"


def b2_a_mark_before_a_quoted_header_is_no_part_of_it(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    quoted = "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in (HEADER, OTHER))
    assert taken(kfcs, quoted.encode("utf-8-sig")).code == 0
    assert cases(kfcs)[0]["received_at"].startswith("2026-10-06")


def b3_a_mark_is_taken_off_by_every_import(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log(now="2026-11-02 09:00")
    files = {
        "contacts": f"诉求单,联系时间,联系内容\n{case},2026-11-02 09:10,已联系\n",
        "rectifications": f"诉求单,下达时间,整改内容,责任部门,整改期限\n{case},2026-11-02 09:20,补线,工程部,2026-11-05\n",
        "homes": "项目,房号,业主\nA,1-1,马某某\n",
    }
    for what, content in files.items():
        path = kfcs.folder / f"{what}.csv"
        path.write_bytes(content.encode("utf-8-sig"))
        kfcs.do("import", what, str(path), now="2026-11-02 10:00")
    mapping = kfcs.folder / "m.toml"
    mapping.write_bytes('"Opened" = "登记日期"'.encode("utf-8-sig"))
    assert taken(kfcs, text_of(OTHER).replace("登记日期", "Opened"), "--map", str(mapping)).code == 0


def b33_nothing_depends_on_the_encoding_of_the_machine(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    path = kfcs.folder / "in.csv"
    path.write_bytes(text_of(OTHER).encode())
    environ = {**os.environ, **kfcs.environ, "KFCS_NOW": kfcs.now, "PYTHONUTF8": "0", "LC_ALL": "C",
               "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "utf-8"}  # fmt: skip
    run = [sys.executable, "-X", "warn_default_encoding", "-W", "error::EncodingWarning", "-m", "kfcs"]
    for words in (
        ["import", str(path)],
        ["report", "--month", "2026-10", "-o", "r.html"],
        ["export", "cases", "-o", "c.csv"],
    ):
        done = subprocess.run([*run, *words], env=environ, cwd=kfcs.folder, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
    assert "马" in (kfcs.folder / "c.csv").read_text("utf-8")


# ---------------------------------------------------------------- workbooks


def b7_rows_that_are_only_painted_are_no_rows(new_desk: NewDesk) -> None:
    kfcs = new_desk()

    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, HEADER.split(","))
        sheet.write_row(1, 0, OTHER.split(","))
        painted = book.add_format({"bg_color": "yellow"})
        for n in range(2, 5000):
            sheet.write_blank(n, 0, None, painted)
        sheet.write_blank(1_048_575, 0, None, painted)

    answer = kfcs("import", workbook(kfcs, fill))
    assert (answer.code, "1 rows: 1 taken in" in answer.err) == (0, True)


def b9_a_merged_value_belongs_to_each_of_its_rows(new_desk: NewDesk) -> None:
    kfcs = new_desk()

    def fill(_book: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, 2, "客诉台账")
        sheet.write_row(1, 0, ["项目", "登记日期", "投诉内容"])
        sheet.merge_range(2, 0, 4, 0, "云栖台")
        for n in range(3):
            sheet.write_row(2 + n, 1, ["2026-10-05", f"车位{n}"])
        sheet.write_row(5, 0, ["合计", "", 3])

    kfcs.do("import", workbook(kfcs, fill))
    assert [row["project"] for row in cases(kfcs)] == ["云栖台"] * 3


def b10_days_may_count_from_1904(new_desk: NewDesk) -> None:
    kfcs = new_desk()

    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["登记日期", "项目", "投诉内容"])
        sheet.write_datetime(1, 0, date(2026, 10, 5), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_row(1, 1, ["A", "渗水"])

    kfcs.do("import", workbook(kfcs, fill, date_1904=True))
    assert cases(kfcs)[0]["received_at"].startswith("2026-10-05")


def b16_what_is_called_xls_is_read_as_what_it_is(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    tabs = text_of(OTHER).replace(",", "\t").encode("gbk")
    cells = ("".join(f"<td>{cell}</td>" for cell in line.split(",")) for line in (HEADER, ROW))
    page = "<html><table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table></html>"
    assert [taken(kfcs, content, name="a.xls").code for content in (tabs, page.encode("gbk"))] == [0, 0]
    assert [row["customer"] for row in cases(kfcs)] == ["沈一帆", "马某某"]


def b17_a_line_break_written_out_is_one(new_desk: NewDesk) -> None:
    kfcs = new_desk()

    def fill(_book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["登记日期", "项目", "投诉内容"])
        sheet.write_row(1, 0, ["2026-10-05", "A", "第一行_x000D_\n第二行 _x0041_"])

    kfcs.do("import", workbook(kfcs, fill))
    assert cases(kfcs)[0]["text"] == "第一行\n第二行 _x0041_"


# ---------------------------------------------------------------- dates


def b18_the_word_for_the_half_of_the_day_may_stand_before_the_hour(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    taken(kfcs, text_of(OTHER.replace("2026-10-06", "2026/10/6 下午 02:26:26")))
    assert cases(kfcs)[0]["received_at"] == "2026-10-06T14:26:26+08:00"


def b21_shanghai_is_eight_hours_ahead_and_not_six_minutes_more(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kfcs.log(now="2026-11-02 23:59:59")
    reply = next(clock for clock in kfcs.show("001")["clocks"] if clock["clock"] == "reply")
    assert reply["due"] == "2026-11-09T23:59:59+08:00"


def b22_a_year_without_a_calendar_is_reckoned_and_named(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    answer = kfcs.do("log", "渗水", "--project", "A", "--format", "json", now="2031-12-30 09:00")
    assert "2031" in answer.err
    assert next(c for c in answer.json["clocks"] if c["clock"] == "reply")["due"].startswith("2032-01-06")


def b23_days_that_are_worked_for_others_count(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kfcs.log(now="2019-04-26 09:00")
    reply = next(clock for clock in kfcs.show("001")["clocks"] if clock["clock"] == "reply")
    assert reply["due"].startswith("2019-05-06"), "28 April and 5 May 2019 are worked Sundays"


def b24_a_day_missing_from_the_calendar_can_be_put_right(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    settings = kfcs.folder / "kfcs.toml"
    settings.write_text(settings.read_text("utf-8") + 'days_on = ["2026-11-07"]\n', encoding="utf-8")
    kfcs.log(now="2026-11-02 09:00")
    reply = next(clock for clock in kfcs.show("001")["clocks"] if clock["clock"] == "reply")
    assert reply["due"].startswith("2026-11-07")


# ---------------------------------------------------------------- twice the same


def i12_old_business_starts_no_alarm(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    taken(kfcs, text_of(OTHER))
    assert kfcs.escalate(now="2026-11-20 09:00") == []


def i13_what_is_imported_keeps_its_own_time(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log(now="2026-11-02 09:00")
    path = kfcs.folder / "contacts.csv"
    path.write_text(f"诉求单,联系时间,联系内容\n{case},2026-11-02 09:10,已联系\n", encoding="utf-8")
    kfcs.do("import", "contacts", str(path), now="2026-11-05 10:00")
    last = kfcs.show(case)["timeline"][-1]
    assert (last["at"], last["recorded_at"]) == ("2026-11-02T09:10:00+08:00", "2026-11-05T10:00:00+08:00")


def i18_what_comes_twice_is_taken_in_once(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    told = taken(kfcs, text_of(OTHER, OTHER, ROW)).err
    assert "3 rows: 2 taken in, 0 there already, 1 repeated, 0 rejected." in told


def i21_a_second_run_finds_everything_there(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    taken(kfcs, text_of(OTHER, ROW))
    ledger = kfcs.folder / "kfcs.db"
    before = rows_of_tables(ledger)
    assert "0 taken in, 2 there already" in taken(kfcs, text_of(ROW, OTHER), name="other.csv").err
    assert rows_of_tables(ledger) == before


def b25_a_second_complaint_on_another_day_is_one_of_its_own(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    taken(kfcs, text_of(OTHER, OTHER.replace("2026-10-06", "2026-10-20")))
    assert len(cases(kfcs)) == 2


def b26_one_number_for_two_matters_is_told_with_both_rows(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    answer = taken(kfcs, "工单号,登记日期,项目,投诉内容\nG1,2026-10-05,A,渗水\nG1,2026-10-06,A,车位\n")
    assert (answer.code, [row["text"] for row in cases(kfcs)]) == (3, ["渗水"])
    assert "Row 3 rejected: its number stands in row 2 already" in answer.err


# ---------------------------------------------------------------- going out


def i8_a_name_that_looks_like_a_formula_is_none(new_desk: NewDesk) -> None:
    kfcs, twin = new_desk(), new_desk()
    names = ["=1+1", "+86", "-1层", "@SUM(A1)", "＝1"]
    rows = (OTHER.replace("马某某", f'"{name}"').replace("06", f"0{n}", 1) for n, name in enumerate(names, 1))
    taken(kfcs, text_of(*rows))
    for_excel = kfcs.do("export", "cases", "--excel", "--reveal").out
    out = list(csv.DictReader(io.StringIO(for_excel[1:])))
    assert [row["Name"] for row in out] == [f"'{name}" for name in names]
    assert taken(twin, for_excel).code == 0
    assert [row["customer"] for row in cases(twin)] == names


def i22_what_a_filter_says_holds_for_every_format(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    taken(kfcs, text_of(OTHER, ROW))
    words = ("list", "--all", "--where", "project=江与城", "--where", "channel=来电")
    numbers = [row["case"] for row in kfcs.do(*words, "--format", "json").json]
    lines = [json.loads(line)["case"] for line in kfcs.do(*words, "--format", "jsonl").out.splitlines()]
    assert numbers == lines == [next(csv.reader([kfcs.do(*words, "--format", "csv").out.splitlines()[1]]))[0]]


def b32_chinese_in_a_narrow_table_is_not_cut_in_two(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    name = "云栖台滨江一期三号地块住宅及商业组团"
    kfcs.log(project=name)
    table = kfcs.do("list", "--format", "table", COLUMNS="160").out
    assert name[:7] in table
    assert {
        sum(2 if ord(c) > 0x2E80 else 1 for c in line.rstrip()) <= 160 for line in table.splitlines()
    } == {True}


def b35_markup_in_a_text_is_shown_as_typed(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    nasty = "<script>alert(1)</script>{{ 7*7 }}[red]x[/red]%s"
    case = kfcs.log(nasty)
    kfcs.do("note", case, nasty, "--as", "typical")
    path = kfcs.folder / "r.html"
    kfcs.do("report", "--month", "2026-11", "-o", str(path))
    page = path.read_text("utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7*7 }}" in page
    assert "[red]x[/red]" in kfcs.do("show", case, "--format", "table").out


def b37_a_text_that_begins_with_a_minus_stays_readable(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    words = ("--project", "A", "--claim", "500")
    assert "-- -1层车库漏水" in kfcs.refused("log", "-1层车库漏水", *words, code=2)
    kfcs.do("log", *words, "--", "-1层车库漏水")
    [row] = csv.DictReader(io.StringIO(kfcs.do("export", "cases", "--excel").out[1:]))
    assert (row["Text"], row["Claim"]) == ("'-1层车库漏水", "500.00")
    assert "-1层车库漏水" in kfcs.do("list", "--format", "csv").out


def b28_a_second_program_waits_and_both_are_done(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    environ = {**os.environ, **kfcs.environ, "KFCS_NOW": kfcs.now}
    files = []
    for n in range(2):
        path = Path(kfcs.folder / f"{n}.csv")
        path.write_text(
            text_of(*(OTHER.replace("车位被占", f"{n}号车位{m}被占") for m in range(300))), "utf-8"
        )
        files.append(path)
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "kfcs", "import", str(file)], env=environ, stderr=subprocess.PIPE
        )
        for file in files
    ]
    answers = [run.communicate(timeout=100)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], answers
    assert len(cases(kfcs)) == 600


@failures("i", globals())
def test_a_failure_reported_of_another_tool(check: Callable[[NewDesk], None], new_desk: NewDesk) -> None:
    check(new_desk)


@failures("b", globals())
def test_a_bug_reported_of_another_tool(check: Callable[[NewDesk], None], new_desk: NewDesk) -> None:
    check(new_desk)

"""Output (I2): the same rows for people and programs, and data that never acts."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest

from kfcs.errors import BadInput, Term, say
from kfcs.i18n import in_language
from kfcs.output import FORMATS, Column, emit, emit_json, to_json
from kfcs.widths import clip, harmless, pad, width, wrap

COLUMNS = (
    Column("case", "CASE", "id"),
    Column("channel", "TEXT", words="channel"),
    Column("claim", "NUMBER", "money"),
    Column("at", "TIME", "time"),
    Column("rate", "FORMAT", "rate"),
)
AT = datetime(2026, 10, 3, 7, 20, 5, tzinfo=UTC)
ROWS: list[dict[str, object]] = [
    {
        "case": "CQ1-20261003-001",
        "channel": "phone",
        "claim": Decimal("120000.5"),
        "at": AT,
        "rate": Decimal("0.93456"),
    },
    {"case": "0012", "channel": "unheard-of", "claim": None, "at": None, "rate": None},
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    with in_language("zh"):
        yield


def written(
    rows: Any, columns: Any = COLUMNS, fmt: str | None = None, *, tty: bool = False, excel: bool = False
) -> str:
    stream = Terminal() if tty else io.StringIO()
    emit(rows, columns, fmt, stream=stream, excel=excel)
    return stream.getvalue()


def text(value: object) -> list[dict[str, object]]:
    return [{"t": value}]


T = (Column("t", "TEXT"),)


def test_a_pipe_gets_csv_with_titles_in_the_language() -> None:
    assert written(ROWS) == (
        "单号,文字,数字,时间,格式\n"
        "CQ1-20261003-001,来电,120000.50,2026-10-03 15:20:05,0.93456\n"
        "0012,unheard-of,,,\n"
    )


def test_titles_are_translated() -> None:
    with in_language("en"):
        assert written([]) == "CASE,TEXT,NUMBER,TIME,FORMAT\n"


def test_json_keeps_codes_and_writes_numbers() -> None:
    out = written(ROWS, fmt="json")
    assert '"claim": 120000.50' in out
    assert json.loads(out) == [
        {
            "case": "CQ1-20261003-001",
            "channel": "phone",
            "claim": 120000.5,
            "at": "2026-10-03T15:20:05+08:00",
            "rate": 0.9346,
        },
        {"case": "0012", "channel": "unheard-of", "claim": None, "at": None, "rate": None},
    ]


def test_json_lines_have_a_row_a_line() -> None:
    lines = written(ROWS, fmt="jsonl").splitlines()
    assert [json.loads(line)["case"] for line in lines] == ["CQ1-20261003-001", "0012"]


def test_nothing_is_an_empty_list() -> None:
    assert written([], fmt="json") == "[]\n"
    assert written([], fmt="jsonl") == ""


def test_a_table_on_a_terminal_aligns_chinese() -> None:
    lines = written(ROWS, tty=True).splitlines()
    assert any("120,000.50" in line and "来电" in line and "93.5%" in line for line in lines)
    assert any("—" in line and "0012" in line for line in lines)
    titles, first = lines[0], next(line for line in lines if "CQ1" in line)
    assert width(titles.split("文字")[0]) == width(first.split("来电")[0])


def test_a_long_table_is_aligned_text() -> None:
    rows = [{"case": f"{n}", "channel": "phone"} for n in range(500)]
    lines = written(rows, tty=True).splitlines()
    assert len(lines) == 502
    assert {width(line.split("来电")[0]) for line in lines[2:]} == {width(lines[0].split("文字")[0])}


def test_markdown_escapes_what_would_be_markup() -> None:
    out = written(text("a|b\n<script>*x*"), T, "md")
    assert out.splitlines()[2] == "| a\\|b<br>&lt;script>\\*x\\* |"


def test_tsv_quotes_tabs() -> None:
    assert written(text("a\tb"), T, "tsv") == '文字\n"a\tb"\n'


@pytest.mark.parametrize("nasty", ["\x1b]0;owned\x07", "\x9b31m", "a\u202eb", "x\rfake", "[red]no[/3-1201]"])
@pytest.mark.parametrize("fmt", ["table", "csv", "tsv", "md", "json"])
def test_data_never_steers_a_terminal(fmt: str, nasty: str) -> None:
    out = written(text(nasty), T, fmt, tty=True)
    assert not set(out) & set("\x1b\x07\x9b\u202e\r")
    if nasty.startswith("["):
        assert "no" in out
        assert "red" in out


def test_a_pipe_gets_the_data_as_it_is() -> None:
    assert written(text("=1+1\x1b"), T, "csv") == "文字\n=1+1\x1b\n"


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@x", "＝1", "\t=1"])
def test_excel_csv_has_no_formulas(formula: str) -> None:
    out = written(text(formula), T, "csv", excel=True)
    assert out.startswith("\ufeff文字\n")
    assert f"'{formula}" in out


def test_excel_csv_keeps_numbers_and_phones() -> None:
    columns = (Column("n", "NUMBER", "number"), Column("phone", "TEXT", "id"))
    out = written([{"n": -3, "phone": "013800000000"}], columns, "csv", excel=True)
    assert out.splitlines()[1] == "-3,\t013800000000"


def test_xlsx_has_numbers_as_numbers_and_texts_as_texts() -> None:
    pytest.importorskip("xlsxwriter")
    calamine = pytest.importorskip("python_calamine")
    book = io.BytesIO()
    rows = [ROWS[0] | {"case": "0012"}, {"case": "=1+1", "channel": "phone", "claim": Decimal(5)}]
    emit(rows, COLUMNS, "xlsx", stream=book)
    book.seek(0)
    table = calamine.CalamineWorkbook.from_filelike(book).get_sheet_by_index(0).to_python()
    assert table[0] == ["单号", "文字", "数字", "时间", "格式"]
    assert table[1][:4] == ["0012", "来电", 120000.5, datetime(2026, 10, 3, 15, 20, 5)]
    assert table[2][:3] == ["=1+1", "来电", 5]


def test_c7_a_workbook_has_real_times_frozen_titles_and_filters() -> None:
    """Times and days are what a spreadsheet can reckon with, also where they come as ISO text."""
    pytest.importorskip("xlsxwriter")
    calamine = pytest.importorskip("python_calamine")
    columns = (Column("id", "TEXT", "id"), Column("at", "TIME", "time"))
    times = ["2026-10-03T15:20:05+08:00", "2026-10-03T07:20:05+00:00", "2026-10-03", "待定", None]
    book = io.BytesIO()
    emit([{"id": "a", "at": at} for at in times], columns, "xlsx", stream=book)
    book.seek(0)
    table = calamine.CalamineWorkbook.from_filelike(book).get_sheet_by_index(0).to_python()
    assert [row[1] for row in table[1:]] == [
        datetime(2026, 10, 3, 15, 20, 5),
        datetime(2026, 10, 3, 15, 20, 5),
        date(2026, 10, 3),
        "待定",
        "",
    ]
    sheet = ZipFile(book).read("xl/worksheets/sheet1.xml").decode()
    assert '<autoFilter ref="A1:B6"/>' in sheet
    assert 'topLeftCell="A2"' in sheet


def test_xlsx_is_not_for_a_terminal() -> None:
    with pytest.raises(BadInput):
        written(ROWS, fmt="xlsx", tty=True)


def test_an_unknown_format_is_refused_before_anything_is_written() -> None:
    stream = io.StringIO()
    with pytest.raises(BadInput, match="'pdf'"):
        emit(ROWS, COLUMNS, "pdf", stream=stream)
    assert stream.getvalue() == ""


@pytest.mark.parametrize("fmt", [f for f in FORMATS if f != "xlsx"])
def test_rows_may_come_from_a_generator(fmt: str) -> None:
    assert written((row for row in ROWS), fmt=fmt) == written(ROWS, fmt=fmt)


def test_a_value_as_json() -> None:
    stream = io.StringIO()
    value: dict[str, object] = {
        "money": Decimal("1.5"),
        "none": None,
        "on": date(2026, 10, 3),
        "list": [1, True, 0.25],
        "empty": {},
    }
    emit_json(value, stream)
    assert json.loads(stream.getvalue()) == {
        "money": 1.5,
        "none": None,
        "on": "2026-10-03",
        "list": [1, True, 0.25],
        "empty": {},
    }
    assert '"money": 1.50' in stream.getvalue()


def test_json_is_always_valid() -> None:
    nasty = '\ud800 \x9b \u2028 "\\ 水'
    assert json.loads(to_json(nasty)) == nasty
    assert to_json(float("nan")) == "null"
    assert to_json("水") == '"水"'
    assert to_json([say("yes"), Term("channel", "phone")]) == '["是", "phone"]'
    to_json(nasty).encode("utf-8")


def test_widths() -> None:
    assert width("ab投诉") == 6
    assert pad("投诉", 6) == "投诉  "
    assert pad("7", 3, right=True) == "  7"
    assert clip("一二三四", 6) == "一二.."
    assert clip("一二三", 6) == "一二三"
    assert harmless("a\nb\x00") == "a b\\x00"


@pytest.mark.parametrize("columns", [10, 20, 33])
def test_wrapping_keeps_every_character_and_the_width(columns: int) -> None:
    sentence = "把诉求单派给部门，reply in 5 working days。就重大、热点事项提交情况报告（五部分）。"
    lines = wrap(sentence, columns)
    assert max(map(width, lines)) <= columns + 2  # closing punctuation may hang over the edge
    assert "".join(lines).replace(" ", "") == sentence.replace(" ", "")
    assert not any(line[0] in "，。、）" for line in lines)

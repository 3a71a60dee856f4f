"""Files as rows (SPEC C6): what a file really is decides how it is read."""

from __future__ import annotations

import csv
import io
import json
import os
import threading
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from kfcs.errors import BadInput
from kfcs.intake.columns import known_names
from kfcs.intake.mappings import NO_MAPPING
from kfcs.intake.separated import Unreadable
from kfcs.intake.tables import Table, open_table

KNOWN = known_names("cases", NO_MAPPING)
HEADER = "登记日期,客户姓名,项目,投诉内容"
ROWS = ["2024-03-05,沈一帆,云栖台,主卧飘窗渗水", "2024-03-06,马𬴊,江与城,车位被占"]
CELLS = [row.split(",") for row in ROWS]

Read = tuple[Table, list[tuple[int, list[str] | str]]]


def read(path: Path, **options: str | None) -> Read:
    """A table and its rows; what cannot be read stands as its reason."""
    with open_table(str(path), KNOWN, **options) as table:
        return table, [(n, str(c.why) if isinstance(c, Unreadable) else c) for n, c in table.rows]


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes, name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def text_of(separator: str = "\n", delimiter: str = ",") -> str:
    return separator.join([HEADER, *ROWS, ""]).replace(",", delimiter)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 (BOM)"),
        ("gb18030", "GB18030"),
        ("utf-16", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
    ],
)
def test_the_encoding_is_told(file: Callable[[bytes], Path], encoding: str, shown: str) -> None:
    table, rows = read(file(text_of().encode(encoding)))
    assert (table.kind, table.header) == (shown, tuple(HEADER.split(",")))
    assert [cells for _, cells in rows] == CELLS


def test_a_gbk_file_that_is_ascii_for_long(file: Callable[[bytes], Path]) -> None:
    """The first Chinese character stands beyond any head that one might look at."""
    many = "date,name,project,text\n" + "2024-03-05,A,B,C\n" * 100_000 + "2024-03-05,沈一帆,B,C\n"
    table, rows = read(file(many.encode("gb18030")))
    assert (table.kind, len(rows), rows[-1][1]) == ("GB18030", 100_001, ["2024-03-05", "沈一帆", "B", "C"])


def test_an_encoding_that_is_given_and_wrong_is_refused(file: Callable[[bytes], Path]) -> None:
    with pytest.raises(BadInput, match="not all UTF-8"):
        read(file(text_of().encode("gb18030")), encoding="utf-8")
    with pytest.raises(BadInput, match="no encoding"):
        read(file(b"a,b"), encoding="utf-9")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(file: Callable[[bytes], Path], content: bytes) -> None:
    with pytest.raises(BadInput, match="no rows"):
        read(file(content))


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_line_ends_and_delimiters(file: Callable[[bytes], Path], ends: str, delimiter: str) -> None:
    _, rows = read(file(text_of(ends, delimiter).encode()))
    assert [cells for _, cells in rows] == CELLS


def test_cells_keep_their_lines_quotes_and_length(file: Callable[[bytes], Path]) -> None:
    told = '一、渗水；\r\n二、物业说"过保了"。\n\t\t诉求：' + "上门" * 100_000
    out = io.StringIO()
    csv.writer(out).writerows([HEADER.split(","), ["2024-03-05", "沈", "A", told]])
    _, rows = read(file(out.getvalue().encode()))
    assert rows == [(2, ["2024-03-05", "沈", "A", told])]


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (["a,b,c,d", 'a,b,"c,d', "a,b,c,d"], 3),
        (['a,b,"c\nc",d', 'a,b,"x ""y"" ,d', "a,b,c,d"], 4),
        (['a,"b\nb","c,d', 'a,b,c,"d"'], 3),
        (['"a,b,c,d'], 2),
    ],
)
def test_an_unclosed_quote_names_the_line_where_it_opened(
    file: Callable[[bytes], Path], rows: list[str], line: int
) -> None:
    with pytest.raises(BadInput, match=f"Line {line} opens"):
        read(file("\n".join([HEADER, *rows]).encode()))


def test_a_quote_inside_a_cell_costs_its_row_alone(file: Callable[[bytes], Path]) -> None:
    _, rows = read(file("\n".join([HEADER, '2024-03-05,"重要"客户,A,渗水', ROWS[0]]).encode()))
    assert rows[0] == (2, "a quotation mark stands inside a quoted cell; write it twice")
    assert rows[1] == (3, CELLS[0])


def test_ragged_rows_are_named_and_trailing_empty_cells_let_pass(file: Callable[[bytes], Path]) -> None:
    ragged = "\n".join([HEADER, "a,b,c", "a,b,c,d,e", "a,b,c,d,,", "", ",,,", "a,b,c,d"])
    _, rows = read(file(ragged.encode()))
    assert rows == [
        (2, "it has 3 cells, the header 4"),
        (3, "it has 5 cells, the header 4; left over: ['e']"),
        (4, ["a", "b", "c", "d"]),
        (7, ["a", "b", "c", "d"]),
    ]


def test_titles_sums_and_headers_printed_again_are_no_rows(file: Callable[[bytes], Path]) -> None:
    page = [
        "客户投诉登记表（2024年3月）,,,",
        "登记信息,,房产信息,",
        HEADER,
        ROWS[0],
        HEADER,
        ROWS[1],
        "合 计,,2,",
        "总计：2条,,,",
        ",小计,2,",
        "Grand Total,,2,",
    ]
    table, rows = read(file("\n".join(page).encode()))
    assert table.header == tuple(HEADER.split(","))
    assert [n for n, _ in rows] == [4, 6]


def test_headers_lose_what_cannot_be_seen(file: Callable[[bytes], Path]) -> None:
    table, _ = read(file('"\ufeff登记\n日期",客户姓名\u200b,　项目,投诉内容\n'.encode("utf-8-sig")))
    assert table.header == ("登记 日期", "客户姓名", "项目", "投诉内容")


def test_columns_of_one_name_are_refused(file: Callable[[bytes], Path]) -> None:
    with pytest.raises(BadInput, match="备注"):
        read(file("登记日期,项目,备注,备注\n".encode()))


def test_json_lines_and_json_keep_numbers_as_written(file: Callable[[bytes], Path]) -> None:
    first = '{"项目": "A", "工单号": 430000199001011234567, "金额": 8000.50, "退房": true, "备注": null}'
    second = '{"项目": "B", "附": ["x", 1]}'
    wanted = [["A", "430000199001011234567", "8000.50", "true", "", ""], ["B", "", "", "", "", '["x", 1]']]
    for content in (f"{first}\n\n{second}\n", f"[{first},\n {second}]"):
        table, rows = read(file(content.encode()))
        assert table.header == ("项目", "工单号", "金额", "退房", "备注", "附")
        assert [cells for _, cells in rows] == wanted


def test_a_broken_line_of_json_costs_that_row(file: Callable[[bytes], Path]) -> None:
    _, rows = read(file('{"项目": "A"}\n{"项目"\n{"项目": "B"}\n'.encode()))
    assert rows == [(1, ["A"]), (2, "it is no JSON object"), (3, ["B"])]
    _, rows = read(file('{"项目"\n{"项目": "A"},\n'.encode()))
    assert rows == [(1, "it is no JSON object"), (2, ["A"])]
    with pytest.raises(BadInput, match="not valid JSON"):
        read(file(b"[{]"))


def test_a_key_that_stands_twice_loses_neither_value(file: Callable[[bytes], Path]) -> None:
    """JSON readers keep the last value and say nothing."""
    twice = '{"项目": "A", "项目": "B"}'
    with open_table(str(file(f'{twice}\n{{"项目": "A", "项目 ": "B"}}\n'.encode())), KNOWN) as table:
        rows = [cells for _, cells in table.rows]
    assert [(str(row.why), row.cells) for row in rows if isinstance(row, Unreadable)] == [
        ("the key '项目' stands twice in it", [twice]),
        ("two of its keys are the same but for spaces", ['{"项目": "A", "项目 ": "B"}']),
    ]
    with pytest.raises(BadInput, match="'项目' stands twice"):
        read(file(f"[{twice}]".encode()))


def test_json_that_is_nested_without_end_is_refused(file: Callable[[bytes], Path]) -> None:
    with pytest.raises(BadInput, match="not valid JSON"):
        read(file(b"[" * 100_000))


@pytest.mark.parametrize(
    ("begins", "kind"),
    [
        (b"%PDF-1.4\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"MIME-Version: 1.0\n", "MHTML"),
        (b"\x1f\x8b\x08", "gzip"),
    ],
)
def test_a_file_that_is_no_table_is_called_what_it_is(
    file: Callable[[bytes], Path], begins: bytes, kind: str
) -> None:
    with pytest.raises(BadInput, match=f"The file is {kind}, not a table"):
        read(file(begins + b"a,b\n1,2\n", "客诉.xls"))


def test_a_file_of_no_one_encoding_names_the_lines(file: Callable[[bytes], Path]) -> None:
    mixed = f"{HEADER}\n{ROWS[0]}\n".encode() + f"{ROWS[0]}\n".encode("gbk")
    with pytest.raises(BadInput, match=r"UTF-8 \(line 3 is not\)"):
        read(file(mixed))


@pytest.mark.parametrize("name", ["base64", "rot13", "no-such"])
def test_a_codec_that_is_no_encoding_is_refused(file: Callable[[bytes], Path], name: str) -> None:
    with pytest.raises(BadInput, match=f"no encoding '{name}'"):
        read(file(HEADER.encode()), encoding=name)


XML = (
    '<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?>\n'
    '<Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="a"><Table>'
    '<Row><Cell ss:MergeAcross="2"><Data ss:Type="String">登记表</Data></Cell></Row>'
    "<Row><Cell><Data>登记日期</Data></Cell><Cell><Data>项目</Data></Cell><Cell><Data>投诉内容</Data></Cell></Row>"
    '<Row><Cell><Data ss:Type="DateTime">2024-03-05T15:20:00.000</Data></Cell>'
    '<Cell ss:MergeDown="1"><Data>云栖台</Data></Cell><Cell><Data>渗水&#10;两次</Data></Cell></Row>'
    "<Row><Cell/>{blank}</Row></Table></Worksheet></Workbook>"
)


def test_a_workbook_written_as_xml_is_read(file: Callable[[bytes], Path]) -> None:
    page = XML.format(blank='<Cell ss:Index="3"><Data>车位被占</Data></Cell>')
    _, rows = read(file(page.encode(), "客诉.xls"))
    assert rows == [
        (3, ["2024-03-05T15:20:00.000", "云栖台", "渗水\n两次"]),
        (4, ["", "云栖台", "车位被占"]),
    ]


def test_of_several_tables_in_a_page_the_number_is_said(file: Callable[[bytes], Path]) -> None:
    small = "<table><tr><td>登记日期<td>项目</tr><tr><td>2024-03-05<td>云栖台</tr></table>"
    table, _ = read(file((small + small.replace("</table>", "<tr><td>1<td>2</tr></table>")).encode()))
    assert str(table.kind) == "the largest of 2 tables in a web page"


PAGE = (
    "<html xmlns:x='urn'><head><meta charset=gb2312><title>客诉</title></head><body><table><tr><td>页眉</table>"
    "<table border=1><tr><td colspan=3>客户投诉登记表</td></tr>\n<tr><th>登记日期<th>项目<th>投诉内容</tr>"
    "<tr><td>2024-03-05</td><td rowspan=2>云栖台</td><td>主卧&nbsp;渗水<br>报修\n  两次 &lt;未修&gt;</td></tr>"
    "<tr><td>2024-03-06</td><td>车位<b>被占</b></td></tr></table>"
)


@pytest.mark.parametrize("encoding", ["gb2312", "utf-8", "utf-8-sig"])
def test_a_table_in_a_web_page_is_read_whatever_it_is_called(
    file: Callable[[bytes], Path], encoding: str
) -> None:
    """The largest table; a cell over several rows belongs to each of them, as in a workbook."""
    table, rows = read(file(PAGE.encode(encoding, "xmlcharrefreplace"), "客诉.xls"))
    assert (str(table.kind), table.header) == ("a table in a web page", ("登记日期", "项目", "投诉内容"))
    assert rows == [
        (3, ["2024-03-05", "云栖台", "主卧 渗水\n报修 两次 <未修>"]),
        (4, ["2024-03-06", "云栖台", "车位被占"]),
    ]


def test_a_web_page_without_a_table_is_refused(file: Callable[[bytes], Path]) -> None:
    with pytest.raises(BadInput, match="web page without a table"):
        read(file(b"<!doctype html><title>Log in</title><p>Session expired"))


# ---------------------------------------------------------------- workbooks


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A register as it is kept: a title, merged projects, typed dates, numbers for phones, a second sheet."""
    path = tmp_path / "台账.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("台账")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        minute = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.merge_range(0, 0, 0, 4, "客户投诉登记表")
        sheet.write_row(1, 0, ["登记日期", "项目", "联系电话", "投诉内容", "备注"])
        sheet.write_datetime(2, 0, date(2024, 3, 5), day)
        sheet.write_datetime(3, 0, datetime(2024, 3, 6, 15, 20, 6), minute)
        sheet.write_datetime(4, 0, time(9, 5), book.add_format({"num_format": "hh:mm"}))
        sheet.merge_range(2, 1, 3, 1, "云栖台")
        sheet.write(4, 1, "江与城")
        sheet.write_column(2, 2, [13800000001, 4.3000019900101e17, 1.5])
        sheet.write_column(2, 3, ["第一行_x000D_\n第二行", "车位", True])
        sheet.write(5, 0, "合计")
        book.add_worksheet("空")
        book.add_worksheet("旧").write(0, 0, "登记日期")
    return path


def test_a_workbook_is_read_as_it_was_typed(workbook: Path) -> None:
    table, rows = read(workbook)
    assert (str(table.kind), table.others) == ("sheet 台账", ("旧",))
    assert [(n, cells[:4]) for n, cells in rows if isinstance(cells, list)] == [
        (3, ["2024-03-05", "云栖台", "13800000001", "第一行\n第二行"]),
        (4, ["2024-03-06 15:20:06", "云栖台", "4.30000199001010E+17", "车位"]),
        (5, ["09:05:00", "江与城", "1.5", "TRUE"]),
    ]


def test_a_sheet_is_chosen_by_name_or_number(workbook: Path) -> None:
    assert read(workbook, sheet="旧")[0].header == read(workbook, sheet="3")[0].header == ("登记日期",)
    with pytest.raises(BadInput, match="no sheet '新'"):
        read(workbook, sheet="新")


def test_days_from_1904_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mac.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["登记日期", "项目"])
        sheet.write_datetime(1, 0, date(2024, 3, 5), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write(2, 0, 43894)
    table, rows = read(path)
    assert (table.date1904, [cells[0] for _, cells in rows]) == (True, ["2024-03-05", "43894"])


def test_a_locked_workbook_is_refused(file: Callable[[bytes], Path]) -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(BadInput, match="password"):
        read(file(locked))


def test_a_broken_workbook_is_refused(file: Callable[[bytes], Path]) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read(file(b"PK\x03\x04" + b"\0" * 100))


# ---------------------------------------------------------------- properties

CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('",;\t\n\r|='), max_size=20)
TABLE = st.lists(st.lists(CELL, min_size=3, max_size=3), max_size=5)


@given(
    rows=TABLE,
    delimiter=st.sampled_from(",\t;|"),
    encoding=st.sampled_from(["utf-8-sig", "gb18030", "utf-16"]),
)
def test_what_a_writer_wrote_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    header = ["登记日期", "项目", "投诉内容"]
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *(["2024-03-05", *row[1:]] for row in rows)])
    _, found = read(path)
    assert [cells for _, cells in found] == [["2024-03-05", *row[1:]] for row in rows]


@given(rows=TABLE)
def test_json_lines_bring_every_text_through(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("json") / "x.jsonl"
    names = ["登记日期", "项目", "投诉内容"]
    lines = [json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows]
    path.write_text("\n".join(['{"登记日期": "x", "项目": "", "投诉内容": ""}', *lines]), encoding="utf-8")
    _, found = read(path)
    assert [cells for _, cells in found][1:] == rows


@pytest.mark.parametrize(("megabytes", "refused"), [(60, False), (80, True)])
def test_a_workbook_that_swells_is_refused(tmp_path: Path, megabytes: int, refused: bool) -> None:
    """A zip bomb is told by its list of contents, before anything is unpacked."""
    path = tmp_path / "bomb.xlsx"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive, archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
        for _ in range(megabytes):
            sheet.write(b"0" * (1 << 20))
    with pytest.raises(BadInput, match=f"to {megabytes} MB" if refused else "cannot be read"):
        read(path)


def test_a_sheet_that_begins_to_the_right_keeps_its_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "shifted.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(3, 2, ["登记日期", "项目", "投诉内容"])
        sheet.write_row(5, 2, ["2024-03-05", "A", "渗水"])
    table, rows = read(path)
    assert table.header == ("", "", "登记日期", "项目", "投诉内容")
    assert rows == [(6, ["", "", "2024-03-05", "A", "渗水"])]


def test_a_workbook_that_is_broken_inside_is_refused(tmp_path: Path) -> None:
    """Its list of contents is whole, a sheet is not: that shows only when the sheet is read."""
    path = tmp_path / "broken.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write_row(0, 0, ["登记日期", "项目"])
    whole = {name: ZipFile(path).read(name) for name in ZipFile(path).namelist()}
    with ZipFile(path, "w") as archive:
        for name, content in whole.items():
            archive.writestr(name, content[:-40] + b"<<<" if "sheet1.xml" in name else content)
    with pytest.raises(BadInput, match="cannot be read"):
        read(path)


def test_a_cell_whose_formula_failed_is_not_empty(tmp_path: Path) -> None:
    """The reader of workbooks gives #REF! as nothing, and nothing would be lost without a word."""
    path = tmp_path / "failed.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("说明")
    sheet = book.add_worksheet("台 & 账")
    for n, name in enumerate(HEADER.split(",")):
        sheet.write(0, n, name)
    for row, shown in enumerate(["#REF!", "#N/A", "客户甲"], 1):
        sheet.write(row, 0, "2024-03-05")
        sheet.write_formula(row, 1, "=VLOOKUP(1,A1,2)", None, shown)
    book.close()
    _, rows = read(path)
    assert [cells[1] for _, cells in rows] == ["#REF!", "#N/A", "客户甲"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe_is_read(tmp_path: Path) -> None:
    """kfcs import <(zcat old.csv.gz) gives the name of one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(text_of().encode("gbk", "ignore"),))
    writer.start()
    table, rows = read(pipe)
    writer.join()
    assert table.kind == "GB18030"
    assert len(rows) == 2


def test_a_workbook_all_hidden_is_read_and_one_without_sheets_refused(tmp_path: Path) -> None:
    path = tmp_path / "hidden.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("台账")
    for n, name in enumerate(HEADER.split(",")):
        sheet.write(0, n, name)
    book.close()
    with ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    listed = parts["xl/workbook.xml"]
    for n, (state, read_as) in enumerate({b'state="hidden" ': "台账", None: None}.items()):
        made = tmp_path / f"{n}.xlsx"
        start, end = listed.index(b"<sheet "), listed.index(b"</sheets>")
        kept = b"" if state is None else listed[start:end].replace(b"<sheet ", b"<sheet " + state)
        with ZipFile(made, "w") as new:
            for name, content in parts.items():
                new.writestr(name, listed[:start] + kept + listed[end:] if content is listed else content)
        if read_as is None:
            with pytest.raises(BadInput, match="no rows"):
                read(made)
        else:
            assert read(made)[0].header == tuple(HEADER.split(","))


def test_a_damaged_old_workbook_over_which_the_reader_panics_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A panic is no ordinary error, and says so on the terminal itself."""

    class PanicException(BaseException):
        pass

    def panic(_file: object) -> object:
        os.write(2, b"thread panicked")
        raise PanicException("range start index 116 out of range")

    monkeypatch.setattr("python_calamine.CalamineWorkbook.from_filelike", panic)
    path = tmp_path / "old.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(BadInput, match="cannot be read: range start index"):
        read(path)
    assert capfd.readouterr().err == ""

"""Files that are meant to break whoever reads them: each is told in one line, with exit 2, and nothing is written."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from shell import Shell

DEEP = "[" * 100_000
DIGITS = "9" * 20_000
_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>项目</t></is></c></row>{rows}</sheetData></worksheet>'
)
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml"'
    ' ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.'
    'openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship'
    ' Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    "</Relationships>",
}  # fmt: skip


def workbook(rows: str) -> bytes:
    """An XLSX of one sheet, its XML as it is given."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, text)
        archive.writestr("xl/worksheets/sheet1.xml", _SHEET.format(rows=rows))
    return file.getvalue()


FAR = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'
ROW = '{"project":"A","received_at":"2026-11-01","text":'

MAPPED = ("import", "t.csv", "--map", "{}")
FILES: dict[str, tuple[str, bytes, tuple[str, ...], str]] = {
    "JSON lines nested without end": ("a.jsonl", f"{ROW}{DEEP}".encode(), ("import", "{}"), "nested too deeply"),
    "JSON nested without end": ("a.json", DEEP.encode(), ("import", "{}"), "nested too deeply"),
    "a sheet of two cells a world apart": ("a.xlsx", workbook(FAR), ("import", "{}"), "nearly all of them empty"),
    "texts nested without end": ("a.jsonl", f'{{"text":{DEEP}'.encode(), ("classify", "{}"), "is not JSON"),
    "a mapping nested without end": ("m.toml", f"a = {DEEP}".encode(), MAPPED, "nested too deeply"),
    "a mapping in JSON nested without end": ("m.json", f'{{"a":{DEEP}'.encode(), MAPPED, "nested too deeply"),
    "settings nested without end": ("kfcs.toml", f"x = {DEEP}".encode(), ("list",), "nested too deeply"),
    "settings with a number without end": ("kfcs.toml", f"[authority]\nx = {DIGITS}".encode(), ("list",), "too many digits"),
    "a policy nested without end": ("policies/p.toml", f"x = {DEEP}".encode(), ("policy", "show", "p"), "nested too deeply"),
    "a policy with a number without end": ("policies/p.toml", f"x = {DIGITS}".encode(), ("policy", "show", "p"), "too many digits"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_i3_a_file_that_is_meant_to_break_its_reader_is_told(kfcs: Shell, name: str) -> None:
    file, content, words, told = FILES[name]
    path = kfcs.folder / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    (kfcs.folder / "t.csv").write_text("项目,内容,登记日期\nA,漏水,2026-11-01\n", "utf-8")
    named = [
        str(path) if word == "{}" else word.replace("t.csv", str(kfcs.folder / "t.csv")) for word in words
    ]
    refused = kfcs.refused(*named, code=2)
    assert told in refused
    assert len(refused) < 1_500


REJECTED: dict[str, str] = {
    "half a character": ROW + '"\\ud800漏水"}',
    "zero": ROW + '"漏\\u0000水"}',
    "a number without end": f'{{"project":"A","received_at":"2026-11-01","text":"漏水","people":{DIGITS}}}',
    "a sum without end": '{"project":"A","received_at":"2026-11-01","text":"漏水","claim":1e400}',
    "a day that is none": '{"project":"A","received_at":NaN,"text":"漏水"}',
    "no object": "[1]",
}


@pytest.mark.parametrize("name", REJECTED)
def test_c6_a_row_that_cannot_be_read_is_rejected_by_itself(kfcs: Shell, name: str) -> None:
    path = kfcs.folder / "rows.jsonl"
    path.write_text(ROW + '"电梯停运"}\n' + REJECTED[name] + "\n", "utf-8")
    answer = kfcs("import", str(path))
    assert answer.code == 3, answer.err
    assert [row["text"] for row in kfcs.do("list", "--all", "--format", "json").json] == ["电梯停运"]


def test_a_text_as_long_as_a_book_is_classified(kfcs: Shell, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("内容\n" + "漏" * 200_000 + "\n", "utf-8")
    assert len(kfcs.do("classify", str(path), "--format", "json").json) == 1


NO_TEXT: dict[str, Callable[[Shell], tuple[str, ...]]] = {
    "log": lambda _desk: ("log", "\udcff漏水", "--project", "A"),
    "contact": lambda desk: ("contact", desk.log(), "\udcff"),
    "search": lambda desk: ("search", "\udcff"),
    "by": lambda desk: ("contact", desk.log(), "x", "--by", "\udcff"),
}


@pytest.mark.parametrize("name", NO_TEXT)
def test_i3_bytes_that_are_no_text_are_told(kfcs: Shell, name: str) -> None:
    """They reach a program as halves of characters."""
    assert "UTF-8" in kfcs.refused(*NO_TEXT[name](kfcs), code=2)
    assert kfcs("verify").code == 0


@pytest.mark.parametrize(
    "words", [("list", "--limit"), ("search", "漏", "--limit"), ("list", "--where", "people={}")], ids=str
)
def test_i3_a_number_that_no_table_holds_is_told(kfcs: Shell, words: tuple[str, ...]) -> None:
    kfcs.log("漏水")
    for digits in ("9" * 20, "9" * 5000):
        given = [word.format(digits) for word in words] + ([] if "{}" in words[-1] else [digits])
        assert len(kfcs.refused(*given, code=2)) < 1_500


LONG = [
    ("log", "x", "--project", "A", "--kind", "{}"),
    ("list", "--format", "{}"),
    ("show", "{}"),
    ("import", "{}"),
]


@pytest.mark.parametrize("words", LONG, ids=str)
def test_i3_an_error_about_a_long_value_stays_one_line_to_read(kfcs: Shell, words: tuple[str, ...]) -> None:
    refused = kfcs.refused(*[word.format("长" * 100_000) for word in words], code=2)
    assert len(refused) < 1_500
    assert refused.startswith("error: ")

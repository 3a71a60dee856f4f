"""Reports and scoring sheets as Word documents, PDF and workbooks (SPEC R4, R8): the same figures as on the page."""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from conftest import NewDesk
from docx import Document
from python_calamine import CalamineWorkbook
from shell import Shell

from kfcs.reports.printing import NAMES, find_browser
from kfcs.reports.worddoc import word_document

NASTY = '漏水<script>alert("x")</script> & {{ 7*7 }} \u202e反\u202c \x0b =1+1 ' + "长" * 90
NOVEMBER = "2026-11-05 09:00"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month of three complaints: two solved and called back, one open and escalated."""
    desk = Shell(tmp_path_factory.mktemp("month"))
    desk.do("init", "--branch", "重庆", "--branch-code", "CQ", "--desk", "CQ1", "--policy", "jinke")
    texts = (NASTY, "电梯异响", "车位被占")
    for n, text in enumerate(texts):
        desk.log(
            text,
            "--phone",
            f"1390000000{n}",
            "--people",
            str(n + 1),
            project="云栖里",
            now=f"2026-10-0{n + 5} 09:00",
        )
    for n, said in ((1, "--satisfied"), (2, "--acceptable")):
        case = f"CQ1-2026100{n + 5}-001"
        order = ("--order", "修", "--dept", "工程部", "--due", "2026-10-20", "--unit", "甲公司")
        desk.do("rectify", case, *order, now="2026-10-09 09:00")
        desk.do("rectify", case, "--done", "R1", "--cost", "1200.5", now="2026-10-10 09:00")
        desk.do("rectify", case, "--inspect", "R1", "--pass", now="2026-10-11 09:00")
        desk.do("resolve", case, "已修", now="2026-10-12 09:00")
        desk.do("callback", case, said, "--by", "回访员", now="2026-10-13 09:00")
    desk.escalate(now="2026-10-30 09:00")
    desk.do("report", "note", NASTY, "--month", "2026-10", "--section", "causes", now=NOVEMBER)
    return desk.folder


@pytest.fixture
def month(made: Path, tmp_path: Path) -> Shell:
    """That month in a folder of one's own."""
    return Shell(Path(shutil.copytree(made, tmp_path / "desk")))


def written(desk: Shell, name: str, *words: str, lang: str = "zh") -> bytes:
    path = desk.folder / name
    answer = desk.do(*words, "--lang", lang, "-o", str(path), now=NOVEMBER)
    assert (answer.out, answer.err) == ("", "")
    return path.read_bytes()


def report(desk: Shell, ending: str, lang: str = "zh") -> bytes:
    return written(desk, f"r.{ending}", "report", "--month", "2026-10", lang=lang)


def tabs(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def words_of(content: bytes) -> str:
    """All that a Word document says, its tables included, on one line."""
    document = Document(io.BytesIO(content))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return " ".join(" ".join([*(p.text for p in document.paragraphs), *cells]).split())


# ---------------------------------------------------------------- the same figures everywhere


def test_r4_the_same_figures_stand_in_every_format(month: Shell) -> None:
    figures = month.do("report", "--month", "2026-10", "--format", "json", now=NOVEMBER).json
    workbook, word = tabs(report(month, "xlsx")), words_of(report(month, "docx"))
    page = re.sub(r"<[^>]+>", " ", report(month, "html").decode())
    headline = {row[0]: row[1] for row in workbook["主要指标"][1:]}
    assert headline == {
        "受理投诉": figures["intake"]["complaints"],
        "人数": figures["intake"]["persons"],
        "次数": figures["intake"]["times"],
        "关闭率": pytest.approx(figures["closure"]["rate"], abs=1e-4),
        "按时率": pytest.approx(figures["compared"]["now"]["clocks_rate"], abs=1e-4),
        "满意率": figures["callback"]["satisfaction"],
        "回访率": figures["callback"]["rate"],
    }
    for clock, figure in figures["clocks"].items():
        [row] = [
            row
            for row in workbook["处理时效"][1:]
            if row[1:4] == [figure["due"], figure["met"], figure["breached"]]
        ][:1]
        assert all(row[0] in said for said in (word, page)), clock
    [unit] = workbook["整改情况"][1:]
    assert (unit[0], unit[7]) == ("甲公司", 2401.0)
    for said in ("66.7%", "50.0%", "甲公司", "2,401.00"):
        assert all(said in whole for whole in (word, page)), said


def test_r4_a_word_document_has_real_headings_tables_and_pages(month: Shell) -> None:
    content = report(month, "docx")
    document = Document(io.BytesIO(content))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings[:2] == ["一、主要指标", "二、要点"]
    assert len(headings) == len(set(headings)) > 8
    assert [p.text for p in document.paragraphs if p.style.name == "Title"] == ["客户投诉分析报告"]
    body = ZipFile(io.BytesIO(content)).read("word/document.xml").decode()
    foot = ZipFile(io.BytesIO(content)).read("word/footer1.xml").decode()
    assert body.count("w:tblHeader") >= 4
    assert "NUMPAGES" in foot
    page = document.sections[0]
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    assert len(document.inline_shapes) >= 3, "charts are pictures"
    assert all(place in words_of(content) for place in ("编制", "审核", "批准"))


@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_r8_the_same_figures_give_the_same_bytes(month: Shell, ending: str) -> None:
    assert report(month, ending) == report(month, ending)


@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_r4_what_people_typed_stays_what_it_is(month: Shell, ending: str) -> None:
    """No markup, no formula, no template; what XML cannot hold is left out, and nothing else."""
    content = report(month, ending)
    said = words_of(content) if ending == "docx" else str(tabs(content)["原因分析与改进建议"])
    assert '漏水<script>alert("x")</script> & {{ 7*7 }}' in said
    assert "=1+1" in said
    assert "长" * 90 in said
    with ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if "vba" in name.lower()]
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_r4_nothing_received_is_a_good_document_too(new_desk: NewDesk, ending: str, lang: str) -> None:
    content = report(new_desk("jinke"), ending, lang)
    if ending == "xlsx":
        made = tabs(content)
        assert all(len(rows) > 1 for rows in made.values()), "no empty sheets"
        assert next(iter(made)) == ("主要指标" if lang == "zh" else "Headline figures")
    else:
        assert ("一、主要指标" if lang == "zh" else "1. Headline figures") in words_of(content)


def test_s1_a_sheet_and_a_ranking_in_every_format(month: Shell) -> None:
    score = ("score", "--month", "2026-10")
    points = {
        i["title"]: i["points"] for i in month.do(*score, "--format", "json", now=NOVEMBER).json["items"]
    }
    [rows] = tabs(written(month, "s.xlsx", *score, lang="en")).values()
    assert {row[1]: row[5] for row in rows[1:] if row[1] in points} == points
    word = words_of(written(month, "s.docx", *score, lang="en"))
    assert all(title in word for title in points)
    quarter = ("score", "--quarter", "2026-Q3")
    assert list(tabs(written(month, "q.xlsx", *quarter))) == ["2026-Q3"]
    assert "重庆" in words_of(written(month, "q.docx", *quarter))


def test_r5_a_template_of_ones_own_holds_for_word_too(month: Shell) -> None:
    folder = month.folder / "templates"
    folder.mkdir()
    (folder / "report.html.j2").write_text(
        "<html><body><h1>自有模板 {{ w.period }}</h1></body></html>", "utf-8"
    )
    assert words_of(report(month, "docx")) == "自有模板 2026年10月"


# ---------------------------------------------------------------- the walk over a page

PAGES = {
    "text and breaks": ("<p>一<br>二 <b>三</b></p>", "一\n二 三"),
    "a list": ("<ul><li>甲</li><li>乙</li></ul>", "甲\n乙"),
    "parts of a line of facts": ('<p class="facts"><span>甲</span>\n<span>乙</span></p>', "甲    乙"),
    "blocks in blocks": ("<div><section><p>甲</p></section></div>", "甲"),
    "a script and a style": ("<script>x()</script><style>p{}</style><p>甲</p>", "甲"),
    "text in a block": ("<div>甲</div>", "甲"),
}


@pytest.mark.parametrize("case", PAGES)
def test_r4_a_page_is_read_from_top_to_bottom(case: str) -> None:
    inner, wanted = PAGES[case]
    content = word_document(f"<html><body>{inner}</body></html>", datetime(2026, 11, 1))
    assert "\n".join(p.text for p in Document(io.BytesIO(content)).paragraphs) == wanted


def test_r4_a_bar_in_a_row_is_a_picture() -> None:
    bar = '<svg height="14"><rect x="0" y="1" width="40%" height="12" fill="#2f7fc1"/></svg>'
    table = f"<table><tr><td>甲</td><td>{bar}</td><td></td><td class=n>3</td></tr></table>"
    content = word_document(f"<html><body>{table}</body></html>", datetime(2026, 11, 1))
    document = Document(io.BytesIO(content))
    [made] = document.tables
    assert [cell.text for cell in made.rows[0].cells] == ["甲", "", "3"], "an empty column is left out"
    assert len(document.inline_shapes) == 1


# ---------------------------------------------------------------- PDF

BROWSER = """#!{python}
import sys
target = next(a.partition("=")[2] for a in sys.argv if a.startswith("--print-to-pdf="))
assert {{"--headless", "--no-pdf-header-footer"}} <= set(sys.argv)
source = sys.argv[-1].removeprefix("file://")
open(target, "wb").write(b"%PDF-1.7 " + open(source, "rb").read())
"""


def browser(folder: Path, script: str = BROWSER) -> str:
    path = folder / "browser"
    path.write_text(script.format(python=sys.executable), "utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
def test_r4_a_pdf_is_the_page_as_a_browser_prints_it(month: Shell) -> None:
    path = month.folder / "r.pdf"
    named = browser(month.folder)
    month.do("report", "--month", "2026-10", "-o", str(path), now=NOVEMBER, KFCS_BROWSER=named)
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert content.removeprefix(b"%PDF-1.7 ") == report(month, "html")


REFUSED = {
    "no browser": (None, "Install Edge, Chrome or Chromium"),
    "one that prints nothing": ("#!{python}\nimport sys\nsys.exit('no display')\n", "no display"),
    "one that does not start": ("#!/no/such/program\n", "printed nothing"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
@pytest.mark.parametrize("case", REFUSED)
def test_i3_a_pdf_that_cannot_be_printed_leaves_no_file(month: Shell, case: str) -> None:
    script, told = REFUSED[case]
    path = month.folder / "r.pdf"
    named = "no-such-browser" if script is None else browser(month.folder, script)
    answer = month("report", "--month", "2026-10", "-o", str(path), now=NOVEMBER, KFCS_BROWSER=named)
    assert (answer.code, answer.out, path.exists()) == (2, "", False)
    assert told in answer.err


@pytest.mark.skipif(not any(map(shutil.which, NAMES)), reason="no browser on this machine")
def test_r4_a_real_browser_prints_a_real_pdf(month: Shell) -> None:
    assert os.path.isabs(find_browser())
    content = report(month, "pdf")
    assert content.startswith(b"%PDF")
    assert content.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) >= 2
    assert b"/FontFile" in content or b"/Type3" in content, "fonts are embedded"


def test_i3_an_ending_that_is_no_format_is_told_what_there_is(month: Shell) -> None:
    refused = month.refused("report", "-o", str(month.folder / "r.odt"), code=2)
    assert all(ending in refused for ending in (".html", ".docx", ".pdf", ".xlsx"))


def test_r5_the_data_of_a_template_are_printed_by_its_names(month: Shell) -> None:
    """Every name that is printed is one that a template can use, with that value."""
    told = month.do("report", "--month", "2026-10", "--data", "--lang", "zh", now=NOVEMBER).json
    assert told["lang"] == "zh"
    assert told["report"]["intake"]["complaints"] == 3
    assert told["report"]["callback"]["opinions"]["satisfaction"] == 0.5
    assert any("3 件" in finding["message"] for finding in told["report"]["findings"])
    names = (
        "intake.complaints",
        "callback.opinions.satisfaction",
        "heat",
        "backlog.open",
        "policy.digest",
        "trend[0].month",
    )
    folder = month.folder / "templates"
    folder.mkdir()
    lines = "\n".join(f"<p>{{{{ report.{name} }}}}</p>" for name in names)
    (folder / "report.html.j2").write_text(f"<html><body>{lines}</body></html>", "utf-8")
    page = report(month, "html").decode()
    for value in ("3", "0.5", told["report"]["policy"]["digest"], told["report"]["trend"][0]["month"]):
        assert f"<p>{value}</p>" in page


def test_r4_projects_and_categories_meet_in_one_table(new_desk: NewDesk) -> None:
    desk = new_desk("jinke")
    for n, (project, text) in enumerate((("甲", "漏水"), ("甲", "漏水"), ("甲", "车位被占"), ("乙", "漏水"))):
        desk.log(text, "--phone", f"1390000000{n}", project=project, now="2026-10-05 09:00")
    heat = desk.do("report", "--month", "2026-10", "--format", "json", now=NOVEMBER).json[
        "by_project_and_category"
    ]
    assert heat == {"甲": {"quality": 2, "property": 1}, "乙": {"quality": 1}}
    [table] = [
        t for t in Document(io.BytesIO(report(desk, "docx"))).tables if t.rows[0].cells[0].text == "楼盘"
    ]
    rows = [[cell.text for cell in row.cells] for row in table.rows]
    assert rows == [["楼盘", "工程质量", "物业管理", "合计"], ["甲", "2", "1", "3"], ["乙", "1", "", "1"]]
    assert 'class="heat"' in report(desk, "html").decode()


# ---------------------------------------------------------------- forms (H12)


@pytest.mark.parametrize("ending", ["docx", "pdf"])
@pytest.mark.parametrize("form", ["visit", "sheet", "receipt"])
def test_h12_a_form_is_written_for_word_and_as_pdf(month: Shell, form: str, ending: str) -> None:
    if ending == "pdf" and sys.platform == "win32":
        pytest.skip("a script is no program there")
    path = month.folder / f"form.{ending}"
    named = browser(month.folder) if ending == "pdf" else ""
    month.do(
        "print", "1006-001", "--form", form, "--reveal", "-o", str(path), now=NOVEMBER, KFCS_BROWSER=named
    )
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    content = path.read_bytes()
    said = words_of(content) if ending == "docx" else content.decode()
    for value in ("CQ1-20261006-001", "13900000001", "电梯异响"):
        assert value in said


def test_h12_a_sheet_for_word_is_framed_and_leaves_room_for_a_hand(month: Shell) -> None:
    path = month.folder / "sheet.docx"
    month.do("print", "1005-001", "--form", "sheet", "-o", str(path), now=NOVEMBER)
    document = Document(io.BytesIO(path.read_bytes()))
    facts = document.tables[0]
    assert len(facts.columns) == 4
    assert "w:gridSpan" in facts._tbl.xml
    assert "w:insideV" in facts._tbl.xml
    signing = [
        t for t in document.tables if len(t.rows) == 1 and t.rows[0].height and t.rows[0].height.mm > 20
    ]
    assert len(signing) == 3
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings, "the parts of the sheet"
    assert not any(text.startswith("一、") for text in headings), "they bear no numbers"


def test_the_case_file_and_the_call_list_for_word(month: Shell) -> None:
    path = month.folder / "case.docx"
    month.do("show", "1005-001", "-o", str(path), now=NOVEMBER)
    assert "CQ1-20261005-001" in words_of(path.read_bytes())
    month.do("touchpoints", "-o", str(month.folder / "calls.docx"), now=NOVEMBER)
    assert (month.folder / "calls.docx").stat().st_size > 1000

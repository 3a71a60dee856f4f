"""One set of figures in every format, sentences that can be traced to them, and pages that real programs show whole."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from html import escape, unescape
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from python_calamine import CalamineWorkbook
from shell import Shell

from kfcs.errors import say
from kfcs.i18n import render
from kfcs.reports.findings import Finding
from kfcs.reports.printing import NAMES

BROWSER = next(filter(None, map(shutil.which, NAMES)), None)
OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
needs_browser = pytest.mark.skipif(BROWSER is None, reason="no browser on this machine")
needs_office = pytest.mark.skipif(OFFICE is None, reason="no LibreOffice on this machine")
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext on this machine")

NOVEMBER = "2026-11-05 09:00"
LONG = "W" * 300
NASTY = '<script>document.title="hit"</script> & {{7*7}} {% if %} \U0001f600 \u202e反转\u202c 长' + "长" * 200
MONTH = ("report", "--month", "2026-10")
GROUP = ("report", "--month", "2026-10", "--group")
SCORE = ("score", "--month", "2026-10")


def worked(folder: Path, projects: Sequence[str], unit: str) -> Shell:
    """Two months of complaints, more in the second: solved, late, repeated, called back and fined."""
    desk = Shell(folder, lang="zh")
    desk.do("init", "--branch", "重庆", "--branch-code", "CQ", "--desk", "CQ1", "--policy", "jinke")
    desk.log("墙面开裂", "--phone", "13900000090", project=projects[0], now="2026-09-05 09:00")
    for n in range(9):
        project = projects[n % len(projects)]
        more = ("--people", str(1 + n % 4), "--phone", f"1390000000{n}", "--home", f"3-{n}")
        text = ("厨房漏水", "车位被占", "电梯异响")[n % 3]
        desk.log(f"{text}，{project}", *more, project=project, now=f"2026-10-{n + 3:02d} 09:00")
    for n in range(5):
        case = f"CQ1-202610{n + 3:02d}-001"
        desk.do("dispatch", case, f"请{unit}核实", "--to", "工程部", now=f"2026-10-{n + 3:02d} 09:30")
        desk.do("rectify", case, "--order", "修", "--dept", "工程部", "--due", "2026-10-20", "--unit", unit)
        desk.do("rectify", case, "--done", "R1", "--cost", "1200.50", now="2026-10-19 09:00")
        passed = ("--pass",) if n % 2 else ("--fail", "--due", "2026-10-25", "--fault", "quality")
        desk.do("rectify", case, "--inspect", "R1", *passed, "--by", "验收员", now="2026-10-19 10:00")
        if n % 2:
            desk.do("resolve", case, "已修", "--cause", "quality.leak", now="2026-10-21 09:00")
            said = "--satisfied" if n == 1 else "--unsatisfied"
            desk.do("callback", case, said, "--by", "回访员", now="2026-10-22 09:00")
    desk.escalate(now="2026-10-30 09:00")
    desk.do(
        "adjust", "重庆", "--points", "-1.5", "--rule", "manual", "--reason", "迟报", "--at", "2026-10-28"
    )
    return desk


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return worked(tmp_path_factory.mktemp("plain"), ("云栖里", "南麓苑", "江屿府"), "雨宁防水")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return worked(tmp_path_factory.mktemp("hostile"), (NASTY, LONG, "=1+1"), LONG)


def made(desk: Shell, ending: str, words: Sequence[str], lang: str = "zh") -> bytes:
    path = desk.folder / f"made.{ending}"
    desk.do(*words, "--lang", lang, "-o", str(path), now=NOVEMBER)
    return path.read_bytes()


def of_page(content: bytes) -> str:
    text = re.sub(r"<style>.*?</style>", " ", content.decode(), flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", text))


def of_word(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return " ".join([*(p.text for p in document.paragraphs), *cells])


def of_markdown(content: bytes) -> str:
    return re.sub(r"\\(.)", r"\1", unescape(content.decode()))


def of_pdf(content: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return done.stdout.decode()


READ: dict[str, Callable[[bytes], str]] = {"html": of_page, "docx": of_word, "md": of_markdown, "pdf": of_pdf}


def formats() -> list[Any]:
    marks = {"pdf": [needs_browser, needs_poppler]}
    return [pytest.param(ending, marks=marks.get(ending, ())) for ending in READ]


# ---------------------------------------------------------------- the same figures everywhere


def shown_in(figures: dict[str, Any]) -> list[str]:
    """What every page must show of a report, as people read it."""
    clocks = [figure for name, figure in figures["clocks"].items() if name != "follow-up"]
    intake, told = figures["intake"], figures["callback"]
    rates = [told["satisfaction"], figures["closure"]["rate"], figures["clocks_together"]["rate"]]
    rates += [figure["rate"] for figure in clocks] + [figures["rectification"]["first_pass"]]
    counts = [intake["complaints"], intake["persons"], figures["clocks_together"]["met"]]
    counts += [figure["met"] for figure in clocks] + list(intake["by_project"].values())
    money = [f"{unit['cost']:,.2f}" for unit in figures["rectification"]["by_unit"].values()]
    percents = [f"{rate * 100:.1f}%" for rate in rates if rate is not None]
    return [*map(str, counts), *percents, *money, *intake["by_project"]]


@pytest.mark.parametrize("ending", formats())
def test_r4_a_page_of_any_kind_shows_the_figures_of_the_report(plain: Shell, ending: str) -> None:
    figures = plain.do(*MONTH, "--format", "json", now=NOVEMBER).json
    said = READ[ending](made(plain, ending, MONTH))
    numbers = set(re.findall(r"[\d,]+(?:\.\d+)?%?", said))
    for value in shown_in(figures):
        assert value in numbers or value in said, value


@pytest.mark.parametrize("ending", formats())
def test_s1_a_page_of_any_kind_shows_the_points_of_the_sheet(plain: Shell, ending: str) -> None:
    sheet = plain.do(*SCORE, "--format", "json", now=NOVEMBER).json
    said = READ[ending](made(plain, ending, SCORE))
    numbers = set(re.findall(r"-?\d+(?:\.\d+)?", said))
    for value in (sheet["total"], *(item["points"] for item in sheet["items"])):
        assert f"{value:.1f}" in numbers
    assert "-1.5" in numbers


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value, 1):
            yield from leaves(inner, (*path, str(n)))
    else:
        yield ".".join(path), "" if value is None else value if isinstance(value, str) else json.dumps(value)


def test_r4_csv_and_json_of_a_report_are_one(plain: Shell) -> None:
    rows = list(csv.reader(io.StringIO(made(plain, "csv", MONTH).decode("utf-8-sig"))))[1:]
    told = {".".join(filter(None, row[:3] if row[0] != row[2] else row[:1])): row[3] for row in rows}
    wanted = json.loads(made(plain, "json", MONTH))
    numbers = {path: value for path, value in leaves(wanted) if re.fullmatch(r"-?\d+(\.\d+)?", value)}
    assert len(numbers) > 150
    assert {path: float(told[path]) for path in numbers} == {path: float(n) for path, n in numbers.items()}


def test_r4_a_workbook_has_the_figures_as_numbers(plain: Shell) -> None:
    figures = plain.do(*MONTH, "--format", "json", now=NOVEMBER).json
    book = CalamineWorkbook.from_filelike(io.BytesIO(made(plain, "xlsx", MONTH)))
    rows = {name: book.get_sheet_by_name(name).to_python()[1:] for name in book.sheet_names}
    by_project = {row[1]: row[2] for row in rows["受理情况"] if row[0] == "按楼盘"}
    assert by_project == figures["intake"]["by_project"]
    assert [row[1:4] for row in rows["处理时效"]] == [
        [figure["due"], figure["met"], figure["breached"]] for figure in figures["clocks"].values()
    ]
    [unit] = rows["整改情况"]
    assert (unit[1], unit[7]) == (5, figures["rectification"]["by_unit"]["雨宁防水"]["cost"])
    assert [row[1] for row in rows["近 13 个月走势"]] == [point["complaints"] for point in figures["trend"]]


# ---------------------------------------------------------------- sentences and their figures


def value_at(figures: Any, name: str) -> Any:
    """The figure of that name; what was counted by a code that did not occur is 0."""
    value = figures
    for part in name.split("."):
        value = value[int(part) - 1] if isinstance(value, list) else value.get(part, 0)
    return len(value) if isinstance(value, list) else value


def explained(values: Sequence[Any]) -> set[str]:
    """Numbers that a sentence may say of these figures: themselves, as rates, their sum, how they differ."""
    numbers = [value for value in values if isinstance(value, int | float)]
    said = {str(value) for value in numbers} | {f"{value * 100:.1f}%" for value in numbers}
    said |= {str(sum(value for value in numbers if isinstance(value, int)))}
    for one, other in permutations(numbers, 2):
        said |= {str(abs(one - other)), f"{abs(one - other) / other * 100:.1f}%" if other else ""}
        said |= {f"{one / other * 100:.1f}%" if other else ""}
    texts = " ".join(value for value in values if isinstance(value, str))
    return said | set(re.findall(r"\d+(?:\.\d+)?", texts))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "words", [MONTH, GROUP, ("report", "--year", "2026")], ids=["month", "group", "year"]
)
def test_r2_each_number_of_a_sentence_comes_from_the_figures_it_names(
    plain: Shell, words: Sequence[str], lang: str
) -> None:
    figures = plain.do(*words, "--format", "json", "--lang", lang, now=NOVEMBER).json
    told = [*figures["findings"], *figures["advice"]]
    assert len(told) > 8
    compared = figures["compared"]
    for finding in told:
        values = [value_at(figures, name) for name in finding["figures"]]
        assert values, finding
        text = finding["text"]
        for label in (compared["previous_period"], compared["year_before_period"]):
            text = text.replace(label, "")
        numbers = re.findall(r"\d+(?:\.\d+)?%?", text)
        assert set(numbers) <= explained(values), finding


def test_r2_a_sentence_writes_its_counts_as_the_tables_do() -> None:
    finding = Finding("intake", say("{count} of {project}", count=60149, project="天元道"), (("intake",),))
    assert render(finding.message) == "60,149 of 天元道"


def test_r2_the_page_says_which_figures_a_sentence_is_made_from(plain: Shell) -> None:
    page = made(plain, "html", MONTH).decode()
    figures = plain.do(*MONTH, "--format", "json", now=NOVEMBER).json
    named = [unescape(names) for names in re.findall(r'data-figures="([^"]*)"', page)]
    assert named == [" ".join(f["figures"]) for f in (*figures["findings"], *figures["advice"])]


def test_r2_what_rose_is_told_with_its_reason(plain: Shell) -> None:
    figures = plain.do(*MONTH, "--format", "json", "--lang", "en", now=NOVEMBER).json
    said = " ".join(finding["text"] for finding in figures["findings"])
    assert re.search(r"rose most: from \d to 3, mainly ", said)
    assert "By cause it is" in said


# ---------------------------------------------------------------- templates of one's own (R5)

CASE = "CQ1-20261004-001"
KINDS: dict[str, tuple[str, ...]] = {
    "report.html.j2": MONTH,
    "report.md.j2": MONTH,
    "score.html.j2": SCORE,
    "score.md.j2": SCORE,
    "ranking.html.j2": ("score", "--quarter", "2026-Q3"),
    "ranking.md.j2": ("score", "--quarter", "2026-Q3"),
    "case.html.j2": ("show", CASE),
    "calls.html.j2": ("touchpoints", "--month", "2026-10"),
    "form.html.j2": ("print", CASE, "--form", "sheet"),
    "cases-book.html.j2": ("report", "--cases-book", "--month", "2026-10"),
    "cases-book.md.j2": ("report", "--cases-book", "--month", "2026-10"),
    "form-receipt.html.j2": ("print", CASE, "--form", "receipt"),
    "form-coordination.html.j2": ("print", CASE, "--form", "coordination"),
    "form-reception.html.j2": ("print", CASE, "--form", "visit"),
    "parts.html.j2": MONTH,
    "base.css.j2": SCORE,
}


@pytest.mark.parametrize("name", KINDS)
def test_r5_a_template_of_ones_own_wins_for_every_kind_of_document(plain: Shell, name: str) -> None:
    ours = plain.folder / "templates"
    ours.mkdir(exist_ok=True)
    source = Path(__file__).parent.parent / "templates" / name
    # What others import of a template is macros: such a file is changed inside, any other is added to.
    text = source.read_text("utf-8").replace('<p>{{ _("Policy") }}', '<p>自有模板 {{ _("Policy") }}')
    (ours / name).write_text(text + ("" if name == "parts.html.j2" else "{# #}/* 自有模板 */"), "utf-8")
    try:
        ending = "md" if name.endswith(".md.j2") else "html"
        assert "自有模板" in made(plain, ending, KINDS[name]).decode()
    finally:
        (ours / name).unlink()


def test_r5_every_template_is_described(plain: Shell) -> None:
    told = (Path(__file__).parent.parent / "docs" / "templates.md").read_text("utf-8")
    names = [path.name for path in (Path(__file__).parent.parent / "templates").iterdir()]
    assert [name for name in names if f"`{name}`" not in told] == []


# ---------------------------------------------------------------- the book of typical cases (R1)


def test_r1_the_book_of_cases_tells_the_case_without_who_raised_it(tmp_path: Path) -> None:
    desk = Shell(tmp_path, lang="zh")
    desk.do("init", "--branch", "重庆", "--branch-code", "CQ", "--desk", "CQ1", "--policy", "jinke")
    case = desk.log(
        "欧阳明珠家 7-1-2103 厨房漏水，电话 13912345678",
        "--customer", "欧阳明珠", "--phone", "13912345678", "--home", "7-1-2103",
        project="云栖里", now="2026-10-05 09:00",
    )  # fmt: skip
    desk.do("contact", case, "欧阳明珠约周末上门 7-1-2103", now="2026-10-06 09:00")
    desk.do(
        "resolve",
        case,
        "已修",
        "--cause",
        "quality.leak",
        "--prevention",
        "交付前蓄水",
        now="2026-10-09 09:00",
    )
    desk.do("note", case, "欧阳明珠的案例：先查水源再修面层", "--as", "typical")
    words = ("report", "--cases-book", "--month", "2026-10")
    for ending in ("html", "md", "docx", "json"):
        content = made(desk, ending, words)
        said = READ[ending](content) if ending in READ else content.decode()
        for fact in ("云栖里", case, "厨房漏水", "先查水源再修面层", "交付前蓄水"):
            assert fact in said, (ending, fact)
        for private in ("欧阳明珠", "13912345678", "7-1-2103"):
            assert private not in said, (ending, private)
    [told] = desk.do(*words, "--format", "json", now=NOVEMBER).json["cases"]
    assert (told["days"], told["cause"]) == (4, "quality.leak")
    assert "先查水源" in desk.do(*words, now=NOVEMBER).out


REFUSED = {
    "another list": (("--cases-book", "--cases", "intake.complaints"), "--cases-book"),
    "a format without a page": (("--cases-book", "--format", "csv"), "csv"),
    "a table": (("--cases-book", "-o", "book.xlsx"), "xlsx"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_i3_a_book_that_cannot_be_is_refused(plain: Shell, case: str) -> None:
    words, told = REFUSED[case]
    answer = plain("report", *words, now=NOVEMBER)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err


def test_r1_a_book_without_cases_says_how_to_fill_it(plain: Shell) -> None:
    assert "--as typical" in plain.do(
        "report", "--cases-book", "--month", "2026-10", now=NOVEMBER
    ).out.replace("\\", "")


# ---------------------------------------------------------------- real programs

_MEASURE = """<!DOCTYPE html><iframe id="f" style="width:{width}px;height:900px;border:0" srcdoc="{page}"></iframe>
<script>onload = () => {{ const d = document.getElementById("f").contentDocument;
document.body.innerHTML = "<p id=w>" + d.documentElement.scrollWidth + " " + d.title + "</p>" }}</script>"""


def measured(page: bytes, width: int, folder: Path) -> tuple[int, str]:
    """How wide a page is in a window of that width, and its title after it was shown."""
    path = folder / "frame.html"
    path.write_text(_MEASURE.format(width=width, page=escape(page.decode())), "utf-8")
    done = browse(folder, "--dump-dom", path.as_uri())
    found = re.search(r'<p id="?w"?>(\d+) (.*?)</p>', done, re.DOTALL)
    assert found, done[:300]
    return int(found[1]), unescape(found[2])


def browse(folder: Path, *words: str) -> str:
    assert BROWSER is not None
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={folder / 'profile'}",
    ]
    return subprocess.run([*command, *words], capture_output=True, check=True, timeout=60).stdout.decode()


@needs_browser
@pytest.mark.parametrize("words", [MONTH, SCORE, ("show", CASE), ("print", CASE, "--form", "sheet")], ids=str)
def test_r4_no_page_is_wider_than_a_phone_and_no_text_runs(
    hostile: Shell, words: Sequence[str], tmp_path: Path
) -> None:
    width, title = measured(made(hostile, "html", words), 390, tmp_path)
    assert width <= 390
    assert title != "hit"


@needs_browser
@needs_poppler
@pytest.mark.parametrize("words", [MONTH, SCORE], ids=["report", "score"])
def test_r4_in_print_nothing_is_cut_off(hostile: Shell, words: Sequence[str]) -> None:
    content = made(hostile, "pdf", words)
    boxes = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=content, capture_output=True, check=True)
    pages = re.findall(r'<page width="([\d.]+)".*?</page>', boxes.stdout.decode(), re.DOTALL)
    rights = [float(right) for right in re.findall(r'xMax="([\d.]+)"', boxes.stdout.decode())]
    assert pages
    assert max(rights) <= float(pages[0])
    said = re.sub(r"\s", "", of_pdf(content))
    assert f"1/{len(pages)}" in said, "pages are numbered"
    assert words == SCORE or "W" * 20 in said
    if words == MONTH:
        assert "6,002.50" in said, "the last column of the widest table is there"


@needs_browser
@pytest.mark.skipif(shutil.which("pdffonts") is None, reason="no pdffonts on this machine")
def test_r4_chinese_fonts_are_embedded(plain: Shell, tmp_path: Path) -> None:
    path = tmp_path / "r.pdf"
    path.write_bytes(made(plain, "pdf", MONTH))
    listed = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True, text=True).stdout
    fonts = [line.split() for line in listed.splitlines()[2:]]
    assert fonts
    assert all(font[-5] == "yes" for font in fonts), listed


@needs_office
@needs_poppler
def test_r4_libreoffice_opens_every_document(hostile: Shell, tmp_path: Path) -> None:
    """Word documents and workbooks, as another program than the one that wrote them reads them."""
    wanted = {
        "month.docx": MONTH,
        "month.xlsx": MONTH,
        "sheet.docx": SCORE,
        "form.docx": ("print", CASE, "--form", "sheet"),
    }
    for name, words in wanted.items():
        (tmp_path / name).write_bytes(made(hostile, name.rpartition(".")[2], words))
    for ending in ("docx", "xlsx"):
        files = [str(tmp_path / name) for name in wanted if name.endswith(ending)]
        out = tmp_path / ending
        profile = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
        command = [str(OFFICE), profile, "--headless", "--convert-to", "pdf", "--outdir", str(out), *files]
        subprocess.run(command, capture_output=True, check=True, timeout=120)
    for path, facts in {
        "docx/month.pdf": ("客户投诉分析报告", "6,002.50", "编制"),
        "xlsx/month.pdf": ("受理情况", "6,002.50"),
        "docx/sheet.pdf": ("考评表", "批准"),
        "docx/form.pdf": (CASE,),
    }.items():
        said = re.sub(r"\s", "", of_pdf((tmp_path / path).read_bytes()))
        assert [fact for fact in facts if fact not in said] == [], path

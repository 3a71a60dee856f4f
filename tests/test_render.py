"""Reports as documents (R4, R5, R8): the same bytes, harmless texts, templates that can be replaced."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from report_office import Office

from kfcs.errors import BadInput
from kfcs.i18n import Language
from kfcs.reports.render import FORMATS, format_of, render
from kfcs.reports.report import Report

NASTY = '漏水<script>alert("x")</script> & |竖线| *星* =1+1 请联系 13800000001'


@pytest.fixture(scope="module")
def one_case(tmp_path_factory: pytest.TempPathFactory) -> Report:
    office = Office(tmp_path_factory.mktemp("one"))
    case = office.log("2026-10-05T09:00:00+08:00", NASTY, "--people", "5", project="<b>天湖</b>")
    office.do("2026-10-06T09:00:00+08:00", "resolve", case, "已修", "--cause", "quality.leak")
    office.do("2026-10-07T09:00:00+08:00", "callback", case, "--satisfied", "--by", "回访员")
    office.do(
        "2026-11-01T09:00:00+08:00", "report", "note", NASTY, "--month", "2026-10", "--section", "causes"
    )
    return office.report("2026-11-02T09:00:00+08:00", "2026-10")


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return Office(tmp_path_factory.mktemp("none")).report("2026-11-02T09:00:00+08:00", "2026-10")


class Page(HTMLParser):
    """The elements of a page, which must nest."""

    VOID = frozenset({"meta", "col", "line", "rect", "circle", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.addresses: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.addresses += [str(value) for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_r8_the_same_report_gives_the_same_bytes(one_case: Report, fmt: str, lang: Language) -> None:
    assert render(one_case, fmt, lang) == render(one_case, fmt, lang)


def test_r4_the_page_stands_alone(one_case: Report) -> None:
    page = Page(render(one_case, "html", "zh"))
    assert not page.addresses
    assert not page.seen & {"script", "link", "img", "iframe"}
    assert "svg" in page.seen


def test_markup_in_texts_stays_text(one_case: Report) -> None:
    text = render(one_case, "html", "zh")
    assert "<script>" not in text
    assert "<b>天湖" not in text
    assert "&lt;b&gt;天湖&lt;/b&gt;" in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("fmt", FORMATS)
def test_l4_phones_are_masked(one_case: Report, fmt: str) -> None:
    notes = one_case.notes
    assert notes
    assert "13800000001" not in json.dumps(one_case.texts)
    assert "138****0001" in one_case.texts[next(iter(one_case.texts))]
    assert "138****0001" in render(one_case, fmt, "zh").replace("\\*", "*")


def test_r4_the_page_names_bounds_zone_dates_signatures_policy_and_head(one_case: Report) -> None:
    text = render(one_case, "html", "en")
    for wanted in (
        "2026-10-01 00:00",
        "2026-11-01 00:00",
        "UTC+8",
        "by the day of receipt",
        "by the day on which the limit falls",
        "Prepared by",
        one_case.policy.digest,
        one_case.heads[0].hash,
        "not in the source, assumed",
    ):
        assert wanted in text


def test_r3_nothing_to_measure_prints_a_dash_and_an_empty_month_is_one_short_page(nothing: Report) -> None:
    text = render(nothing, "html", "en")
    Page(text)
    assert "—" in text
    assert not re.search(r">\s*(0\.0%|100\.0%)", text)
    assert text.count("<h2>") == 2


def test_markdown_keeps_cells_and_tags_apart(one_case: Report) -> None:
    text = render(one_case, "md", "en")
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert tables
    assert "<script" not in text
    assert "\\|竖线\\|" in text


def test_csv_is_one_line_a_figure_and_never_a_formula(one_case: Report) -> None:
    lines = list(csv.reader(io.StringIO(render(one_case, "csv", "en"))))
    assert lines[0] == ["Section", "Item", "Figure", "Value"]
    assert ["intake", "", "complaints", "1"] in lines
    assert ["callback", "", "satisfaction", "1.0"] in lines
    assert ["compensation", "", "paid", "0.00"] in lines
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "@", "+"))]


def test_json_has_the_keys_of_the_interface(one_case: Report) -> None:
    made = json.loads(render(one_case, "json", "en"))
    assert made["period"] == "2026-10"
    assert made["as_of"] == "2026-11-02T09:00:00+08:00"
    assert set(made) >= {
        "branch",
        "intake",
        "clocks",
        "rectification",
        "callback",
        "closure",
        "escalations",
        "repeats",
        "hot_topics",
        "compensation",
        "late_recorded",
        "restatements",
    }
    assert made["intake"]["by_category"] == {"quality": 1}


def test_r5_a_template_beside_the_ledger_wins(one_case: Report, tmp_path: Path) -> None:
    (tmp_path / "report.html.j2").write_text(
        "{{ report.intake.complaints }} {{ w.period }}", encoding="utf-8"
    )
    assert render(one_case, "html", "zh", tmp_path) == "1 2026年10月\n"


def test_r5_a_part_may_be_replaced_alone(one_case: Report, tmp_path: Path) -> None:
    (tmp_path / "base.css.j2").write_text("body { color: teal }", encoding="utf-8")
    text = render(one_case, "html", "zh", tmp_path)
    assert "color: teal" in text
    assert "@page" not in text


@pytest.mark.parametrize("source", ["{{ nobody }}", "{% if %}", "{{ report.intake.nothing }}"])
def test_r5_a_faulty_template_is_named(one_case: Report, tmp_path: Path, source: str) -> None:
    (tmp_path / "report.html.j2").write_text(source, encoding="utf-8")
    with pytest.raises(BadInput, match=r"report\.html\.j2"):
        render(one_case, "html", "zh", tmp_path)


@pytest.mark.parametrize(
    ("name", "fmt"), [("a.html", "html"), ("a.HTM", "html"), ("a.md", "md"), ("a.csv", "csv")]
)
def test_the_ending_gives_the_format(name: str, fmt: str) -> None:
    assert format_of(Path(name)) == fmt


@pytest.mark.parametrize("name", ["a.odt", "a.doc", "a.rtf", "a", "a.txt"])
def test_an_unknown_ending_is_refused_with_those_known(name: str) -> None:
    with pytest.raises(BadInput) as fault:
        format_of(Path(name))
    assert ".html" in str(fault.value.hint)

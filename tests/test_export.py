"""Export (SPEC C7, L4): complete, masked unless revealed, safe in a spreadsheet; and what went out comes in again."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from conftest import NewDesk
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from shell import Shell

from kfcs.exportcolumns import CASES
from kfcs.exporting import EXPORTS

KEYS = [column.key for column in CASES]
FACTS = [key for key in KEYS[: KEYS.index("impact") + 1] if key not in ("case", "branch")]
"""What a case is made of when it is logged."""


def rows_of(kfcs: Shell, what: str = "cases", *words: str) -> list[dict[str, Any]]:
    return list(kfcs.do("export", what, "--format", "json", *words).json)


def facts(kfcs: Shell) -> list[dict[str, Any]]:
    """The facts of every case, in an order that numbers do not decide."""
    found = [{name: row[name] for name in FACTS} for row in rows_of(kfcs, "cases", "--reveal")]
    return sorted(found, key=lambda row: json.dumps(row, ensure_ascii=False))


@pytest.fixture
def busy(kfcs: Shell) -> Shell:
    """A desk with two cases, one handled in every way."""
    first = kfcs.log(
        "厨房漏水，电话13900000009",
        "--customer",
        "赵女士",
        "--phone",
        "13800000001",
        "--home",
        "0301",
        "--claim",
        "8000",
    )
    kfcs.log("=cmd|' /C calc'!A0 停车费太高", "--customer", "钱先生", "--channel", "来访")
    kfcs.do("contact", first, "约好上门，手机13900000009", "--reply", "--promise", "2026-11-09")
    kfcs.do(
        "rectify",
        first,
        "--order",
        "换阀门",
        "--dept",
        "工程部",
        "--due",
        "2026-11-05",
        "--unit",
        "甲公司",
        now="2026-11-02 10:00",
    )
    kfcs.do("rectify", first, "--done", "R1", "--cost", "1200.50", now="2026-11-02 11:00")
    kfcs.do("resolve", first, "已修好", now="2026-11-02 12:00")
    kfcs.do("callback", first, "--unsatisfied", now="2026-11-02 13:00")
    kfcs.do("escalate", now="2026-11-20 09:00")
    return kfcs


def test_every_table_can_be_written(busy: Shell) -> None:
    counts = {what: len(rows_of(busy, what)) for what in EXPORTS}
    assert counts.pop("escalations") > 0
    assert counts == {
        "cases": 2,
        "entries": counts["entries"],
        "contacts": 1,
        "callbacks": 1,
        "rectifications": 1,
        "homes": 0,
        "disclosures": 0,
    }
    assert rows_of(busy, "rectifications")[0]["cost"] == 1200.5
    assert rows_of(busy, "contacts")[0]["reply"] is True
    assert "cannot be exported" in busy.refused("export", "birds", code=2)


@pytest.mark.parametrize("what", ["cases", "entries", "contacts"])
def test_people_are_masked_unless_revealed(busy: Shell, what: str) -> None:
    shown, revealed = busy.do("export", what).out, busy.do("export", what, "--reveal").out
    for private in ("赵女士", "13800000001", "13900000009"):
        assert private not in shown
    assert "13900000009" in revealed
    assert what == "contacts" or "赵女士" in revealed


def test_columns_of_a_file_that_nobody_looked_at_are_shown_on_demand_only(kfcs: Shell) -> None:
    path = kfcs.folder / "x.csv"
    path.write_text("登记日期,项目,内容,家属\n2026-11-01,A,停水,孙女士\n", encoding="utf-8")
    kfcs.do("import", str(path))
    assert "孙女士" not in kfcs.do("export", "entries").out
    assert "孙女士" in kfcs.do("export", "entries", "--reveal").out


def test_a_pipe_gets_the_text_as_it_is_and_excel_no_formula(busy: Shell) -> None:
    plain = list(csv.DictReader(io.StringIO(busy.do("export", "cases", "--reveal").out)))
    safe = busy.do("export", "cases", "--reveal", "--excel").out
    assert plain[1]["Text"].startswith("=cmd")
    assert (safe[0], plain[0]["Home"]) == ("\ufeff", "0301")
    rows = list(csv.DictReader(io.StringIO(safe[1:])))
    assert (rows[1]["Text"][0], rows[0]["Phone"], rows[0]["Home"]) == ("'", "\t13800000001", "\t0301")


def test_a_workbook_holds_ids_as_text_and_formulas_as_text(busy: Shell) -> None:
    path = busy.folder / "cases.xlsx"
    busy.do("export", "cases", "--reveal", "-o", str(path))
    table = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    header = dict(zip(table[0], table[1], strict=True))
    assert (header["Phone"], header["Home"], header["Claim"]) == ("13800000001", "0301", 8000.0)
    assert str(table[2][table[0].index("Text")]).startswith("=cmd")


@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "jsonl", "md", "xlsx"])
def test_the_ending_says_the_format_and_revealed_files_are_private(busy: Shell, ending: str) -> None:
    path = busy.folder / f"cases.{ending}"
    path.touch(mode=0o644)
    done = busy.do("export", "cases", "--reveal", "-o", str(path))
    assert (done.out, done.err) == ("", f"2 rows written to {path}.\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size > 100


def test_where_it_cannot_write(busy: Shell) -> None:
    assert "does not say its format" in busy.refused("export", "cases", "-o", "cases.doc", code=2)
    assert "There is no folder" in busy.refused(
        "export", "cases", "-o", str(busy.folder / "no" / "x.csv"), code=2
    )


@pytest.mark.parametrize("ending", ["csv", "tsv", "json", "jsonl", "xlsx"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_went_out_comes_in_again(new_desk: NewDesk, tmp_path: Path, ending: str, lang: str) -> None:
    one, two = new_desk(name="one", lang=lang), new_desk(name="two", lang=lang)
    one.log(
        "厨房漏水\n第二行", "--customer", "赵女士", "--phone", "13800000001", "--home", "0301", "--people", "3",
        "--claim", "8000.50", "--refund", "--remedy", "repair", "--media", "threatened", "--legal", "filed",
        "--harm", "property", "--accident", "--safety", "--vip", "--stage", "contract", "--ref", "12345-001",
        "--due", "2026-11-09 10:00", "--url", "https://example.invalid/1", "--heat", "120", "--impact", "high",
        "--first-asked", "小李", "--channel", "网站", "--category", "销售管理", now="2026-10-03 15:20",
    )  # fmt: skip
    one.log(
        "电梯异响",
        "--kind",
        "repair",
        "--urgency",
        "15m",
        "--emergency",
        "fire",
        "--sensitive",
        now="2026-10-04 08:00",
    )
    one.log("谁也不知道是什么", "--anonymous", "--public-harm", now="2026-10-04 08:00")
    path = tmp_path / f"cases.{ending}"
    one.do("export", "cases", "--reveal", "-o", str(path))
    two.do("import", str(path))
    assert facts(two) == facts(one)
    two.do("verify")
    again = one.do("import", str(path))
    assert "0 taken in, 3 there already" in again.err or "已有 3 行" in again.err


LINE = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).map(str.strip)
FORMULA = st.sampled_from(
    ["=1+1", "=HYPERLINK(x)", "+86", "@SUM", "＝", "1.38E+10", "0012", "3-Jan", '"', "a,b;c|d"]
)
TEXT = st.builds(str.__add__, FORMULA | st.just(""), LINE).filter(
    lambda text: bool(text) and not text.startswith(("'", "-"))
)
WORDS = {
    "channel": ["visit", "phone", "wechat"],
    "media": ["none", "threatened", "exposed"],
    "legal": ["none", "filed"],
    "harm": ["none", "person"],
    "category": ["quality.leak", "sales", "other"],
    "remedy": ["refund", "other"],
}
CASE = st.fixed_dictionaries(
    {"text": TEXT},
    optional={
        "customer": TEXT.filter(lambda name: name not in ("无", "没有", "/", "—")),
        "phone": st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
        "home": st.from_regex(r"[1-9]-[0-9]{1,2}-[0-9]{3,4}", fullmatch=True),
        "claim": st.decimals(0, 10**6, places=2).map(str),
        "people": st.integers(1, 500).map(str),
        **{name: st.sampled_from(words) for name, words in WORDS.items()},
    },
)


FORMATS = [("csv",), ("csv", "--excel"), ("tsv",), ("tsv", "--excel"), ("xlsx",), ("json",), ("jsonl",)]


@settings(max_examples=14)
@given(cases=st.lists(CASE, min_size=1, max_size=4), wanted=st.sampled_from(FORMATS))
def test_round_trip(new_desk: NewDesk, cases: list[dict[str, str]], wanted: tuple[str, ...]) -> None:
    """Whatever was logged, its export in any format makes the same cases at another desk."""
    one, two = new_desk(name="one"), new_desk(name="two")
    for n, case in enumerate(cases):
        options = [word for key, value in case.items() if key != "text" for word in (f"--{key}", value)]
        one.log(case["text"], *options, now=f"2026-10-{n + 1:02d} 08:00")
    path = str(one.folder / f"cases.{wanted[0]}")
    one.do("export", "cases", "--reveal", "-o", path, *wanted[1:])
    two.do("import", path, now=one.now)
    assert facts(two) == facts(one)


def test_a_text_that_no_cell_can_hold_is_not_cut_in_silence(kfcs: Shell) -> None:
    kfcs.log("漏" * 40_000)
    done = kfcs.do("export", "cases", "-o", str(kfcs.folder / "cases.xlsx"))
    assert "1 texts are longer than a cell of a workbook can be and were cut" in done.err
    assert "cut" not in kfcs.do("export", "cases", "-o", str(kfcs.folder / "cases.csv")).err

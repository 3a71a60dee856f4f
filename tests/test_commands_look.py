"""Looking: show, why, list, search, today, classify, through the command line (SPEC I2, I7, P3, T7, L5)."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from conftest import NewDesk
from shell import Shell

from kfcs import wordindex
from kfcs.rules.classify import Taxonomy
from kfcs.searching import searched_words
from kfcs.taxonomy import load_taxonomy_document
from kfcs.widths import width

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ("json", "jsonl", "csv", "tsv", "md", "table")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A dozen cases of several weeks, some closed, for commands that only read."""
    kfcs = Shell(tmp_path_factory.mktemp("office"))
    kfcs.do("init", "--branch", "重庆", "--branch-code", "CQ")
    texts = ["厨房漏水", "电梯停运", "物业费收费不透明", "宣传与实际不符，承诺未兑现", "墙面开裂", "门窗变形"]
    for n in range(12):
        words = (
            "--phone",
            f"138000000{n:02d}",
            "--customer",
            f"{'赵钱孙李'[n % 4]}女士",
            "--home",
            f"3-1-{n}02",
        )
        kfcs.log(texts[n % 6], *words, project="天元道" if n % 2 else "金科城", now=f"2026-10-{n + 10} 09:00")
    kfcs.do("dispatch", "10-001", "--to", "工程部", now="2026-10-12 09:00")
    kfcs.log("多户反映外墙脱落，已被媒体曝光", "--media", "exposed", "--people", "12", "--claim", "200000",
             "--channel", "媒体", now="2026-11-01 10:00")  # fmt: skip
    kfcs.do("resolve", "11-001", "已处理", now="2026-11-01 11:00")
    kfcs.do("callback", "11-001", "--satisfied", now="2026-11-02 08:00")
    kfcs.do("resolve", "12-001", "已处理", now="2026-11-02 08:30")
    kfcs.now = "2026-11-02T09:00:00+08:00"
    return kfcs


def rows(kfcs: Shell, *words: str, **more: Any) -> list[dict[str, Any]]:
    return list(kfcs.do(*words, "--format", "json", **more).json)


def numbers(kfcs: Shell, *words: str) -> list[str]:
    return [row["case"][4:] for row in rows(kfcs, *words)]


# ---------------------------------------------------------------- list


def test_the_gravest_first_then_the_earliest_due(office: Shell) -> None:
    found = rows(office, "list")
    order = [(row["level"], row["next_due"] or "9") for row in found]
    assert order == sorted(order)
    assert found[0]["level"] == 1
    assert "20261011-001" not in str(found)
    assert "20261011-001" in numbers(office, "list", "--all")
    assert len(found) == len(numbers(office, "list", "--all")) - 1 == 12


FILTERS = [
    (("--state", "resolved"), ["20261012-001"]),
    (("--state", "closed"), ["20261011-001"]),
    (("--state", "已关闭"), ["20261011-001"]),
    (("--level", "1"), ["20261101-001"]),
    (("--level", "一级"), ["20261101-001"]),
    (("--category", "sales.promise"), ["20261013-001", "20261019-001"]),
    (("--category", "sales"), ["20261013-001", "20261019-001"]),
    (("--department", "工程部"), ["20261010-001"]),
    (("--since", "2026-11-01"), ["20261101-001"]),
    (("--until", "2026-10-11"), ["20261010-001"]),
    (("--since", "2026-10-12", "--until", "2026-10-13"), ["20261012-001"]),
    (("--where", "media=已曝光"), ["20261101-001"]),
    (("--where", "claim=200000"), ["20261101-001"]),
    (("--where", "people=12"), ["20261101-001"]),
    (("--where", "customer=赵女士", "--where", "home=3-1-402"), ["20261014-001"]),
    (("--where", "phone=13800000004"), ["20261014-001"]),
    (("--where", "received_at=2026-10-14"), ["20261014-001"]),
    (("--where", "received_at=2026年10月14日"), ["20261014-001"]),
    (("--where", "case=14-001"), ["20261014-001"]),
    (("--where", "closed_why=回访满意"), ["20261011-001"]),
    (("--where", "channel=媒体", "--kind", "投诉"), ["20261101-001"]),
    (("--where", "logged_by=nobody"), []),
    (("--where", "home=３－１－４０２"), ["20261014-001"]),
    (("--where", "phone=138-0000-0004"), ["20261014-001"]),
    (("--where", "cause=no-such"), []),
    (("--where", "safety=yes"), []),
    (("--where", "urgency=15分钟"), []),
    (("--where", "repeat_of=20261014-001"), []),
    (("--branch", "成都"), []),
    (("--project", "' OR '1'='1"), []),
]


@pytest.mark.parametrize(("words", "wanted"), FILTERS, ids=[" ".join(words) for words, _w in FILTERS])
def test_lists_are_narrowed(office: Shell, words: tuple[str, ...], wanted: list[str]) -> None:
    assert sorted(numbers(office, "list", *words)) == wanted


def test_i7_facts_without_a_column_are_read_off_the_cases(kfcs: Shell) -> None:
    """As they stand after corrections; what was never said is what holds by default."""
    plain = kfcs.log("漏水一")
    grave = kfcs.log("漏水二", "--safety", "--urgency", "15m", "--ref", "ZF-7", "--anonymous")
    once = kfcs.log("漏水三", "--safety")
    kfcs.do("amend", once, "--set", "safety=no", "--reason", "slip")

    def found(where: str) -> set[str]:
        return {row["case"] for row in kfcs.do("list", "--where", where, "--format", "json").json}

    for where in ("safety=是", "urgency=15分钟", "authority_ref=ZF-7", "anonymous=yes"):
        assert found(where) == {grave}, where
    for where in ("safety=no", "urgency=2h", "authority_ref=", "anonymous=否"):
        assert found(where) == {plain, once}, where
    assert found("sensitive=no") == {plain, once, grave}
    assert kfcs("list", "--where", "safety=maybe").code == 2


def test_a_limit_and_overdue(office: Shell) -> None:
    assert len(numbers(office, "list", "--limit", "3")) == 3
    assert numbers(office, "list", "--limit", "3") == numbers(office, "list")[:3]
    overdue = rows(office, "list", "--overdue")
    assert overdue
    assert all(row["next_due"] < "2026-11-02T09:00:00" for row in overdue)


BAD = [
    (("list", "--limit", "0"), "0"),
    (("list", "--limit", "x"), "x"),
    (("list", "--sample", "-2"), "-2"),
    (("list", "--level", "9"), "9"),
    (("list", "--state", "maybe"), "maybe"),
    (("list", "--kind", "诉苦"), "诉苦"),
    (("list", "--category", "鸡毛"), "鸡毛"),
    (("list", "--where", "people"), "people"),
    (("list", "--where", "colour=red"), "colour"),
    (("list", "--where", "people=many"), "many"),
    (("list", "--where", "vip=maybe"), "maybe"),
    (("list", "--where", "claim=much"), "much"),
    (("list", "--where", "received_at=neulich"), "neulich"),
    (("list", "--since", "neulich"), "neulich"),
    (("list", "--columns", "case,colour"), "colour"),
    (("list", "--as-of", "neulich"), "neulich"),
    (("list", "--format", "pdf"), "pdf"),
    (("search", "--limit", "0", "x"), "0"),
    (("search", " "), "word"),
    (("show", "777"), "777"),
    (("why", "777"), "777"),
    (("classify", "no-such-file.txt"), "no-such-file.txt"),
    (("classify", "--policy", "nobody"), "nobody"),
]


@pytest.mark.parametrize(("words", "told"), BAD, ids=[" ".join(words) for words, _told in BAD])
def test_what_cannot_be_is_named(office: Shell, words: tuple[str, ...], told: str) -> None:
    assert told in office.refused(*words, code=2)


def test_a_sample_is_decided_by_its_seed(office: Shell) -> None:
    first = numbers(office, "list", "--sample", "5", "--seed", "7")
    assert first == numbers(office, "list", "--sample", "5", "--seed", "7")
    assert len(set(first)) == 5
    others = {tuple(numbers(office, "list", "--sample", "5", "--seed", str(seed))) for seed in range(6)}
    assert len(others) > 3
    assert set(numbers(office, "list", "--sample", "99")) == set(numbers(office, "list"))
    order = [(row["level"], row["next_due"] or "9") for row in rows(office, "list", "--sample", "5")]
    assert order == sorted(order)


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("words", [("list",), ("search", "漏水"), ("today",)], ids=lambda words: words[0])
def test_every_format_can_be_read_back(office: Shell, words: tuple[str, ...], fmt: str) -> None:
    out = office.do(*words, "--format", fmt).out
    wanted = len(rows(office, *words))
    match fmt:
        case "json":
            assert len(json.loads(out)) == wanted
        case "jsonl":
            assert len([json.loads(line) for line in out.splitlines()]) == wanted
        case "csv" | "tsv":
            read = list(csv.reader(io.StringIO(out), delimiter="," if fmt == "csv" else "\t"))
            assert {len(row) for row in read} == {len(read[0])}
            assert len(read) == wanted + 1
        case "md":
            lines = out.splitlines()
            assert len(lines) == wanted + 2
            assert {line.count(" | ") for line in lines} == {lines[0].count(" | ")}
        case "table":
            assert len(out.splitlines()) == wanted + 2


def test_csv_is_what_a_pipe_gets(office: Shell) -> None:
    assert office.do("list").out == office.do("list", "--format", "csv").out


def test_xlsx_goes_to_a_file(office: Shell, tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter")
    done = subprocess.run(
        [sys.executable, "-m", "kfcs", "list", "--format", "xlsx"],
        cwd=tmp_path,
        env=os.environ | office.environ | {"KFCS_NOW": office.now, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout[:2] == b"PK"


def test_chosen_columns(office: Shell) -> None:
    out = office.do("list", "--columns", "case, level,next_due", "--format", "csv").out
    assert out.splitlines()[0].count(",") == 2
    assert set(rows(office, "list", "--columns", "case,text")[0]) == {"case", "text"}


def test_people_are_masked_unless_revealed(office: Shell) -> None:
    for words in (("list",), ("search", "漏水"), ("today",), ("show", "14-001")):
        for fmt in ("json", "csv", "md", "table"):
            masked = office.do(*words, "--format", fmt).out
            assert "赵女士" not in masked
            assert not re.search(r"1380000\d{4}", masked)
        assert "女士" in office.do(*words, "--reveal", "--format", "json").out


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
@pytest.mark.parametrize("words", [("list", "--all"), ("today",), ("show", "14-001"), ("why", "14-001")])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_a_terminal_shows_fits_it(
    office: Shell, words: tuple[str, ...], columns: int, lang: str
) -> None:
    out = office.do(*words, "--format", "table", COLUMNS=str(columns), KFCS_LANG=lang).out
    lines = out.splitlines()
    assert "20261014-001" in out or words[0] == "today"
    if words[0] in ("list", "today") or columns >= 80:
        widest = max(lines, key=width)
        assert width(widest) <= columns, widest
    assert "+08:00" not in out
    assert not re.search(r"[a-z]+_[a-z]+", out), "no code of ours"


# ---------------------------------------------------------------- as of (L5)


def test_a_case_as_it_stood(office: Shell) -> None:
    case = "20261011-001"
    assert office.show(case)["state"] == "closed"
    then = office.show(case, "--as-of", "2026-11-01 11:30")
    assert (then["state"], len(then["timeline"])) == ("resolved", 2)
    before = office.show(case, "--as-of", "2026-10-12")
    assert (before["state"], len(before["timeline"])) == ("open", 1)
    office.refused("show", case, "--as-of", "2026-10-01", code=2)


def test_a_list_as_it_stood(office: Shell) -> None:
    assert numbers(office, "list", "--as-of", "2026-10-11 12:00") == ["20261010-001", "20261011-001"]
    assert numbers(office, "list", "--as-of", "2026-09-01") == []
    assert "20261011-001" in numbers(office, "list", "--as-of", "2026-11-01")
    assert len(numbers(office, "search", "女士", "--as-of", "2026-10-12 12:00")) == 3


def test_what_was_recorded_later_is_not_seen_earlier(kfcs: Shell) -> None:
    case = kfcs.log(now="2026-11-02 09:00")
    kfcs.do("contact", case, "补记", "--at", "2026-11-02 10:00", now="2026-11-04 09:00")
    assert len(kfcs.show(case, "--as-of", "2026-11-03")["timeline"]) == 1
    assert len(kfcs.show(case, "--as-of", "2026-11-04 09:00")["timeline"]) == 2


# ---------------------------------------------------------------- search (I7)


@pytest.fixture
def found(kfcs: Shell) -> Shell:
    kfcs.log("厨房漏水，水渍严重", "--home", "A栋-3-502", "--customer", "欧阳娜娜", "--phone", "13812345678")
    kfcs.log("100%的业主不满意_物业'; DROP TABLE cases; --", project="金科十年城", now="2026-11-02 10:00")
    kfcs.log("电梯🛗坏了𠮷祥苑 Lift ABC", project="ＡＢＣ广场", now="2026-11-02 11:00")
    return kfcs


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("漏水",), [1]),
        (("水渍",), [1]),
        (("水",), [1]),
        (("厨房", "严重"), [1]),
        (("厨房 严重",), [1]),
        (("厨房", "电梯"), []),
        (("100%",), [2]),
        (("%",), [2]),
        (("_",), [2]),
        (("满意_物",), [2]),
        (("'; DROP",), [2]),
        (('"',), []),
        (("\\",), []),
        (("*",), []),
        (("OR",), []),
        (("🛗",), [3]),
        (("𠮷",), [3]),
        (("lift", "abc"), [3]),
        (("LIFT",), [3]),
        (("ＡＢＣ",), [3]),
        (("a栋",), [1]),
        (("欧阳",), [1]),
        (("5678",), [1]),
        (("十年城",), [2]),
        (("20261102-003",), [3]),
        (("cq1-",), [3, 2, 1]),
    ],
    ids=lambda value: " ".join(map(str, value)) or "none",
)
def test_words_are_found_wherever_they_stand(found: Shell, words: tuple[str, ...], wanted: list[int]) -> None:
    assert [int(number[-3:]) for number in numbers(found, "search", *words)] == wanted


@pytest.mark.parametrize(
    "word",
    [
        "电梯", "電梯", "困人", "请处理", "(周末)", "（周末）", "周末）,夜里", '"电梯困人"', "“夜里两次”",
        "ｌｉｆｔ", "Lift 2", '"LIFT 2"', "３－２－１２０１", "3-2-1201", "3 - 2 - 1201", "138-0000-1234", "+86 138 0000 1234",
        "1234", "１２３４", "人",
    ],
)  # fmt: skip
def test_i7_a_word_is_found_however_it_is_written(kfcs: Shell, word: str) -> None:
    """Traditional and simplified characters, full and half width, quotation marks, a phone with hyphens."""
    text = "電梯困人（周末），夜里两次，Lift 2，請處理"
    case = kfcs.log(text, "--home", "3-2-1201", "--phone", "13800001234")
    kfcs.log("楼下垃圾没有清运", "--home", "3-2-1202", "--phone", "13800005678")
    assert [row["case"] for row in kfcs.do("search", word, "--format", "json").json] == [case]


@pytest.mark.parametrize(
    "word", ["lift", "1234", "3-2-1201", "电梯", "漏水", "(周末)", "100%", "ＬＩＦＴ", "138-0000-1234", "a栋"]
)
def test_i7_the_index_is_asked_for_every_writing(word: str) -> None:
    """A writing that the index cannot tell would have a million cases read one by one."""
    words = searched_words([word], Taxonomy.from_document(load_taxonomy_document("five")).spelling)
    cases = [(f"X-{n}", f"前{writing}后") for n, writing in enumerate(words[0])]
    with closing(sqlite3.connect(":memory:")) as connection:
        wordindex.create(connection)
        wordindex.add(connection, [*cases, ("Y", "别的事情")])
        assert wordindex.candidates(connection, words, 100) == list(range(1, len(cases) + 1))


def test_i7_another_writing_is_marked_as_it_stands(kfcs: Shell) -> None:
    kfcs.log("電梯困人")
    [row] = kfcs.do("search", "电梯", "--format", "json").json
    assert row["excerpt"] == "【電梯】困人"


def test_a_search_shows_the_newest_and_no_more_than_asked(found: Shell) -> None:
    assert [n[-3:] for n in numbers(found, "search", "CQ1", "--limit", "2")] == ["003", "002"]
    assert found("search").code == 2


def test_i7_the_best_match_comes_first(kfcs: Shell) -> None:
    """What bears the word as its name, then what speaks of little else; of equals the newest."""
    named = kfcs.log("电梯坏了", project="云栖里").removeprefix("CQ1-")
    told = [
        kfcs.log("云栖里云栖里", project="A"),
        kfcs.log("隔壁小区云栖里的人都说好，我们这边漏水三个月没人修，打电话也没有人接", project="A"),
        kfcs.log("云栖里漏水", project="A"),
        kfcs.log("云栖里漏水", project="A"),
    ]
    told = [number.removeprefix("CQ1-") for number in told]
    assert numbers(kfcs, "search", "云栖里") == [named, told[0], told[3], told[2], told[1]]
    assert numbers(kfcs, "search", "云栖里", "漏水") == [told[3], told[2], told[1]]


LONG = (
    "去年收房以来，物业从来没有人管过这件事情，打了很多次电话。地下车库Parking渗水，停车要交费，楼道也渗水"
    + "。" * 60
)
EXCERPTS = {
    "渗水": "…没有人管过这件事情，打了很多次电话。地下车库Parking【渗水】，停车要交费，楼道也【渗水】",
    "parking": "地下车库【Parking】渗水",
    "去年": "【去年】收房以来",
    "1390000": "去年收房以来",
}


@pytest.mark.parametrize("word", EXCERPTS)
def test_i7_an_excerpt_shows_where_the_word_stands(kfcs: Shell, word: str) -> None:
    kfcs.log(LONG, "--phone", "13900000001")
    [row] = kfcs.do("search", word, "--format", "json").json
    shown = row["excerpt"]
    assert EXCERPTS[word].lstrip("…")[-12:] in shown
    assert shown.count("【") == LONG.lower().count(word)
    assert len(shown) < 75
    assert shown.endswith("…")
    table = kfcs.do("search", word, "--format", "table").out
    assert "【" not in table


# ---------------------------------------------------------------- why (P3, T7)


def test_why_lists_each_counted_and_each_skipped_day_with_its_source(kfcs: Shell) -> None:
    kfcs.log("厨房漏水", now="2026-09-28 10:00")
    told = kfcs.do("why", "001", "--format", "json").json
    reply = next(clock for clock in told["clocks"] if clock["clock"] == "reply")
    counted = [day["day"] for day in reply["days"] if day["counted"]]
    assert counted == ["2026-09-29", "2026-09-30", "2026-10-08", "2026-10-09", "2026-10-10"]
    sources = {day["day"]: day["source"] for day in reply["days"]}
    assert "国庆节" in sources["2026-10-01"]
    assert "2026" in sources["2026-10-10"], "a Saturday worked by the State Council's notice"
    for lang in ("zh", "en"):
        out = kfcs.do("why", "001", KFCS_LANG=lang).out
        for day in sources:
            assert day[5:] in out
        assert "国庆节" in out


def test_why_in_both_languages(office: Shell) -> None:
    chinese = office.do("why", "20261101-001", KFCS_LANG="zh").out
    assert "一级" in chinese
    assert "RF-KF-ZY-03" in chinese
    assert "媒体" in chinese
    assert "周末" in chinese
    assert not re.search(r"[A-Za-z]{4,} [a-z]{3,}", chinese), "no English sentence"
    english = office.do("why", "20261101-001").out
    assert "Monday to Friday" in english
    assert "assumed" in english


def test_why_tells_when_a_level_will_rise(office: Shell) -> None:
    told = office.do("why", "20261010-001", "--format", "json").json
    assert told["level"]["level"] == 3, "15 days have passed"
    waiting = office.do("why", "20261021-001", "--format", "json").json
    assert waiting["level"]["rises"][0]["at"] == "2026-11-06T00:00:00+08:00"
    assert "2026-11-06 00:00" in office.do("why", "20261021-001").out


def test_why_names_escalations(kfcs: Shell) -> None:
    kfcs.log("漏水")
    kfcs.escalate(now="2026-11-20 09:00")
    told = kfcs.do("why", "001", "--format", "json").json
    assert told["escalations"]
    assert "2026-11-20 09:00" in kfcs.do("why", "001").out


def test_levels_keep_their_categories_under_another_taxonomy(new_desk: NewDesk) -> None:
    """A case of five categories stands where the policy now has eight: shown as it is, never a fault."""
    kfcs = new_desk()
    case = kfcs.log("厨房漏水")
    toml = kfcs.folder / "kfcs.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('"jinke"', '"appeals"'), encoding="utf-8")
    assert kfcs.show(case)["subcategory"] == "quality.leak"
    for words in (("show", case), ("why", case), ("list",), ("today",)):
        assert kfcs.do(*words, "--format", "table").out
    assert kfcs.log("物业费太高")
    assert kfcs.do("verify").code == 0


# ---------------------------------------------------------------- today (I7)


def test_today_lists_what_is_late_and_what_is_due(kfcs: Shell) -> None:
    kfcs.log("厨房漏水", "--phone", "13800000001", now="2026-11-02 09:00")
    late = kfcs.log("物业费", "--due", "2026-11-03 12:00", "--channel", "政府", now="2026-11-02 10:00")
    work = rows(kfcs, "today", now="2026-11-09 09:00")
    of_cases = [row for row in work if row["case"]]
    dues = [row["due"] for row in of_cases]
    assert dues == sorted(dues)
    assert of_cases[0]["case"] == late
    assert {row["case"] for row in of_cases if "reply" in row["what"]} == {late, "CQ1-20261102-001"}
    assert not [
        row for row in rows(kfcs, "today", now="2026-11-02 11:00") if row["case"] == "CQ1-20261102-001"
    ]


def test_today_in_chinese(office: Shell) -> None:
    out = office.do("today", "--format", "table", KFCS_LANG="zh", COLUMNS="120").out
    assert "逾期" in out
    assert "回复：" in out
    assert "overdue" not in out


# ---------------------------------------------------------------- classify (K2)


def classify(office: Shell, data: bytes, *words: str, lang: str = "en") -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "kfcs", "classify", *words],
        cwd=office.folder,
        env=os.environ | office.environ | {"PYTHONPATH": str(ROOT), "KFCS_LANG": lang},
        input=data,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return json.loads(done.stdout)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_classify_reads_lines_of_a_pipe(office: Shell, encoding: str) -> None:
    told = classify(office, "厨房漏水\r\n\r\n宣传与实际不符\r\n".encode(encoding))
    assert [row["text"] for row in told] == ["厨房漏水", "宣传与实际不符"]
    assert [row["subcategory"] for row in told] == ["quality.leak", "sales.advertising"]
    assert set(told[0]) == {
        "text",
        "kind",
        "category",
        "subcategory",
        "in_scope",
        "confidence",
        "rule",
        "words",
        "cues",
    }
    assert set(told[0]["cues"]) == {"people", "media", "legal", "harm", "refund", "repeat", "safety"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", '编号,投诉内容\n1,"厨房漏水，\n很严重"\n2,宣传与实际不符\n'),
        ("b.csv", "text,id\n厨房漏水,1\n宣传与实际不符,2\n"),
        ("c.jsonl", '{"text": "厨房漏水"}\n\n{"text": "宣传与实际不符", "id": 2}\n'),
        ("d.txt", "厨房漏水\n宣传与实际不符"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_classify_reads_files(office: Shell, tmp_path: Path, name: str, text: str, encoding: str) -> None:
    file = tmp_path / name
    file.write_bytes(text.encode(encoding))
    told = office.do("classify", str(file), "--format", "json").json
    assert [row["subcategory"] for row in told] == ["quality.leak", "sales.advertising"]


@pytest.mark.parametrize("text", ["", "\n\n", "text\n"])
def test_classify_of_nothing_is_nothing(office: Shell, tmp_path: Path, text: str) -> None:
    file = tmp_path / "empty.csv"
    file.write_text(text, encoding="utf-8")
    assert office.do("classify", str(file), "--format", "json").json == []


def test_classify_names_a_line_that_is_no_json(office: Shell, tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text('{"text": "a"}\n{"txt": "b"}\n', encoding="utf-8")
    assert "2" in office.refused("classify", str(file), code=2)
    file.write_bytes(b"\xff\xff\xff\x80")
    assert "UTF-8" in office.refused("classify", str(file), code=2)


def test_classify_needs_no_ledger(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "nowhere")
    (tmp_path / "nowhere").mkdir()
    file = tmp_path / "x.txt"
    file.write_text("厨房漏水", encoding="utf-8")
    assert (
        shell.do("classify", str(file), "--policy", "appeals", "--format", "json").json[0]["category"]
        == "house"
    )


# ---------------------------------------------------------------- what the options promise


def test_a_terminal_gets_a_table_and_a_case_for_reading(office: Shell) -> None:
    """With a terminal at the other end, show is a page and list a table; colours only where they are welcome."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screens = []
    for words in (["list"], ["show", "14-001"], ["today"]):
        screen = Terminal()
        environ = office.environ | {
            "KFCS_NOW": office.now,
            "NO_COLOR": "1",
            "COLUMNS": "80",
            "KFCS_LANG": "zh",
        }
        with mock.patch.dict(os.environ, environ), mock.patch("sys.stdout", screen):
            from kfcs.main import main

            assert main(words) == 0
        screens.append(screen.getvalue())
    assert all("\x1b" not in screen for screen in screens)
    assert "单号" in screens[0]
    assert screens[1].startswith("CQ1-20261014-001  投诉  处理中")

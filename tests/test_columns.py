"""Columns as people name them, and cells as they fill them (SPEC C6): nothing is guessed, nothing is dropped."""

from __future__ import annotations

from pathlib import Path

import pytest

from kfcs.cells import Column, titles
from kfcs.errors import BadInput
from kfcs.exportcolumns import CALLBACKS, CASES, CONTACTS
from kfcs.i18n import Language, in_language
from kfcs.intake.columns import (
    LANGUAGES,
    NEEDED,
    WHATS,
    Plan,
    _fields,
    folded,
    parse_settings,
    plan,
)
from kfcs.intake.mappings import NO_MAPPING, FileMapping, load_mapping
from kfcs.intake.values import (
    Damaged,
    Unfit,
    first_phone_in,
    iso_reader,
    moment_reader,
    read_count,
    read_flag,
    read_home,
    read_name,
    read_number,
    read_phone,
    read_sum,
    read_text,
    read_word,
)
from kfcs.period import iso


def fields(header: list[str], what: str = "cases", **mapping: str) -> dict[str, str]:
    """Field → header, as the plan has it."""
    made = plan(
        what,
        header,
        FileMapping(columns=mapping),
        {name: "2024-03-05" for name in NEEDED[what] if name != "result"} | _RESULT[what],
    )
    return {column.field: column.header for column in made.columns}


_RESULT = {name: {"result": "满意"} if name == "callbacks" else {} for name in WHATS}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("投诉时间", "received_at"),
        ("登记日期", "received_at"),
        ("留言时间", "received_at"),
        ("受理时间", "received_at"),
        ("楼盘名称", "project"),
        ("小 区", "project"),
        ("房号", "home"),
        ("业主", "customer"),
        ("留言用户", "customer"),
        ("手机号码(必填)", "phone"),
        ("联系电话　", "phone"),
        ("\ufeff人数", "people"),
        ("诉求内容", "text"),
        ("留言主题", "subject"),
        ("类别", "category"),
        ("来源", "channel"),
        ("索赔金额", "claim"),
        ("要求完成日期", "due"),
        ("状态", "status"),
        ("留言编号", "source_id"),
        ("工单号", "source_id"),
        ("答复意见", "reply"),
        ("答复时间", "reply_at"),
        ("Created Date", "received_at"),
        ("case_enquiry_id", "source_id"),
        ("ＶＩＰ", "vip"),
    ],
)
def test_a_header_is_known(header: str, field: str) -> None:
    found = plan("cases", [header, "登记日期", "项目", "内容"], NO_MAPPING, {}).columns
    assert header in [column.header for column in found if column.field == field] or field in (
        "received_at",
        "project",
    )
    assert folded(header) in _fields("cases")[field]


def test_every_name_means_one_field() -> None:
    for what in WHATS:
        names = [name for spellings in _fields(what).values() for name in dict.fromkeys(spellings)]
        assert sorted(names) == sorted(set(names)), what


@pytest.mark.parametrize(
    ("what", "columns"), [("cases", CASES), ("contacts", CONTACTS), ("callbacks", CALLBACKS)]
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_export_writes_import_knows(what: str, columns: tuple[Column, ...], lang: Language) -> None:
    """So that a table that was exported comes in again (C7)."""
    wanted = {"case": "source_id", "state": "status"} if what == "cases" else {}
    with in_language(lang):
        made = plan(what, titles(columns), NO_MAPPING, {})
    by_header = {column.header: column.field for column in made.columns}
    fields = _fields(what)
    with in_language(lang):
        for column, title in zip(columns, titles(columns), strict=True):
            field = wanted.get(column.key, column.key)
            assert by_header.get(title) == (field if field in fields else None), title


def test_the_more_certain_name_wins_and_the_other_is_kept() -> None:
    made = plan("cases", ["日期", "登记日期", "项目", "投诉内容", "姓名", "业主姓名"], NO_MAPPING, {})
    assert {c.field: c.header for c in made.columns}["received_at"] == "登记日期"
    assert {c.field: c.header for c in made.columns}["customer"] == "业主姓名"
    assert [name for _, name in made.extra] == ["日期", "姓名"]


def test_unknown_columns_are_kept_and_ordinals_are_not() -> None:
    made = plan("cases", ["序号", "登记日期", "项目", "内容", "楼栋", "", "行号", "原因"], NO_MAPPING, {})
    assert [name for _, name in made.extra] == ["楼栋", "#6"]


def test_what_is_missing_is_named_with_what_there_is() -> None:
    with pytest.raises(BadInput, match=r"received_at.*project.*甲.*乙"):
        plan("cases", ["甲", "乙", "内容"], NO_MAPPING, {})
    plan("cases", ["登记日期", "标题"], NO_MAPPING, {"project": "A"})


def test_a_mapping_says_what_unknown_headers_mean(tmp_path: Path) -> None:
    for name, content in (
        ("m.toml", '"Opened At" = "登记日期"\nEstate2 = "project"\n'),
        ("m.json", '{"Opened At": "received_at", "Estate2": "项目"}'),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8-sig")
        mapping = load_mapping(str(tmp_path / name))
        made = plan("cases", ["opened at", "Estate2", "登记日期", "内容"], mapping, {})
        assert {c.field: c.header for c in made.columns} == {
            "received_at": "opened at",
            "project": "Estate2",
            "text": "内容",
        }


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("a = 1", "header"),
        ("a: b", "neither TOML nor JSON"),
        ('a = "colour"', "no field"),
        ('zz = "text"', "does not have"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "m.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=why):
        plan("cases", ["a", "登记日期", "项目", "内容"], load_mapping(str(path)), {})
    with pytest.raises(BadInput, match="cannot be read"):
        load_mapping(str(tmp_path / "none.toml"))


def test_values_for_all_rows() -> None:
    assert parse_settings("cases", ["项目=A=B", "channel = 来电"]) == {"project": "A=B", "channel": "来电"}
    made = plan("cases", ["登记日期", "项目", "内容"], NO_MAPPING, {"project": "A", "channel": "来电"})
    assert made.fixed == {"project": "A", "channel": "phone"}
    assert "project" not in {column.field for column in made.columns}
    for wrong in ("project", "project=", "colour=red"):
        with pytest.raises(BadInput):
            parse_settings("cases", [wrong])
    with pytest.raises(BadInput, match="--set people"):
        plan("cases", ["登记日期", "项目", "内容"], NO_MAPPING, {"people": "many"})


# ---------------------------------------------------------------- phones


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800000007", "13800000007"),
        ("13800000007.0", "13800000007"),
        ("'13800000008", "13800000008"),
        ("\t13800000008", "13800000008"),
        ("+86 138-0000-0009", "13800000009"),
        ("８６－１３８００００００１０", "13800000010"),
        ("138 0000 0011", "13800000011"),
        ("073188000012", "073188000012"),
        ("０７３１—８８０００００１", "073188000001"),
        ("(0731)88000001转8001", "073188000001转8001"),
        ("023-60000001 ext. 8", "02360000001转8"),
        ("4008001234", "4008001234"),
        ("12345", "12345"),
        ("+852 2345 6789", "+85223456789"),
        ("无", None),
        ("", None),
        ("-", None),
    ],
)
def test_a_phone_is_kept_as_it_is_dialled(text: str, phone: str | None) -> None:
    assert read_phone(text) == phone


@pytest.mark.parametrize("text", ["1.38E+10", "1.380000001E+10", "１．３８E+10"])
def test_a_rounded_phone_is_refused(text: str) -> None:
    with pytest.raises(Damaged):
        read_phone(text)


@pytest.mark.parametrize(
    "text", ["7318xxxxxx", "138****0001", "73188000012", "138000000", "13800000013/13800000014", "张三"]
)
def test_what_is_no_phone_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(Unfit) as refused:
        read_phone(text)
    assert not isinstance(refused.value, Damaged)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800000013/13800000014", "13800000013"),
        ("13800000013 13800000014", "13800000013"),
        ("13800000013 或 无", "13800000013"),
        ("13800000013/1380", "13800000013"),
        ("13800000013（妻）", "13800000013"),
        ("王女士１３８００００００１３", "13800000013"),
        ("7318xxxxxx", None),
        ("138****0013", None),
        ("138000000131", None),
    ],
)
def test_of_several_phones_or_more_than_a_phone_the_first_beyond_doubt_is_taken(
    text: str, phone: str | None
) -> None:
    assert first_phone_in(text) == phone


# ---------------------------------------------------------------- other cells


@pytest.mark.parametrize("text", ["是", "√", "V", "☑", "✅", "Yes", "1", "TRUE", "有", "Ｙ"])
def test_yes(text: str) -> None:
    assert read_flag(text) is True


@pytest.mark.parametrize("text", ["否", "×", "□", "☐", "❌", "no", "0", "", "False", "无"])
def test_no(text: str) -> None:
    assert read_flag(text) is None


def test_numbers_and_sums() -> None:
    assert [read_count(text) for text in ("12", "１２人", "3.0", "1,200", "无")] == [12, 12, 3, 1200, None]
    assert [read_sum(text) for text in ("1,234.50", "￥1234.50", "1.2万元", "-")] == [
        "1234.50",
        "1234.50",
        "12000.00",
        None,
    ]
    for read, text in (
        (read_count, "多人"),
        (read_count, "1.5"),
        (read_sum, "一千二百元"),
        (read_flag, "也许"),
    ):
        with pytest.raises(Unfit):
            read(text)


def test_names_of_things() -> None:
    assert [read_name(text) for text in ("NA", "None", "Null", "nan", "无", "-")] == [
        "NA",
        "None",
        "Null",
        "nan",
        None,
        None,
    ]
    assert [read_number(text) for text in ("00001", "2.0", "'0301")] == ["00001", "2", "0301"]
    assert [read_home(text) for text in ("３－１－０８０２", "0301", "802.0", "/")] == [
        "3-1-0802",
        "0301",
        "802",
        None,
    ]
    for read, text in (
        (read_number, "4.30000199001010E+17"),
        (read_home, "3-Jan"),
        (read_home, "1月3日"),
        (read_home, "2024-03-01"),
    ):
        with pytest.raises(Unfit):
            read(text)


def test_the_apostrophe_before_a_formula_goes() -> None:
    """So that what was neutralised on export comes in as it was."""
    assert [read_text(text) for text in ("'=1+1", "=1+1", "'tis", " 漏水 ", "")] == [
        "=1+1",
        "=1+1",
        "'tis",
        "漏水",
        None,
    ]


def test_words() -> None:
    channel = read_word("channel")
    assert [channel(text) for text in ("来电", "电 话", "12345转办", "微信", "", "-")] == [
        "phone",
        "phone",
        "government",
        "wechat",
        None,
        None,
    ]
    with pytest.raises(Unfit):
        channel("飞鸽")


def test_times() -> None:
    at = moment_reader()
    assert iso(at("2024年3月5日 下午3:20")) == "2024-03-05T15:20:00+08:00"
    assert iso(at("45356")) == iso(moment_reader(date1904=True)("43894")) == "2024-03-05T00:00:00+08:00"
    assert iso_reader()("2024-03-05") == "2024-03-05T23:59:59+08:00"
    assert at("") is None
    for text in ("昨天", "3月5日", "05/03/24", "2024-02-30", "########", "1924-03-05", "15:20:00"):
        with pytest.raises(Unfit):
            at(text)


def test_a_plan_knows_what_a_file_calls_a_field() -> None:
    made: Plan = plan("cases", ["登记日期", "项目", "内容"], NO_MAPPING, {})
    assert (made.header_of("received_at"), made.header_of("reply")) == ("登记日期", "reply")

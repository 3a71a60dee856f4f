"""Taking in, joining, judging and correcting at the desk, through the command line (SPEC C, L1, I)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import NewDesk
from shell import Shell, settings

from kfcs.words import codes, word

TEXT = "厨房漏水，多次反映没人管"


def log(kfcs: Shell, *words: str, **more: Any) -> dict[str, Any]:
    shown: dict[str, Any] = kfcs.do(
        "log", TEXT, "--project", "天元道", "--format", "json", *words, **more
    ).json
    return shown


# ---------------------------------------------------------------- log: what is asked and answered (C1)


def test_the_answer_names_number_category_level_and_limits(kfcs: Shell) -> None:
    out = kfcs.do("log", TEXT, "--project", "天元道").out
    assert "CQ1-20261102-001" in out
    assert "leak" in out.lower()
    assert "漏水" in out
    assert "RF-KF-ZY-03" in out
    assert "2026-11-09 23:59" in out


def test_the_answer_in_chinese(new_desk: NewDesk) -> None:
    out = new_desk(lang="zh").do("log", TEXT, "--project", "天元道").out
    assert "CQ1-20261102-001  投诉  处理中" in out
    assert "四级" in out
    assert "渗漏" in out


def test_what_is_not_said_has_a_default(kfcs: Shell) -> None:
    shown = log(kfcs)
    wanted = {
        "kind": "complaint", "channel": "phone", "people": 1, "times": 1, "media": "none", "legal": "none",
        "harm": "none", "claim": None, "refund": False, "state": "open", "validity": None, "department": None,
        "first_asked": "op1", "branch": "重庆", "desk": "CQ1", "repeat_of": None, "urgency": "2h", "home": None,
        "received_at": "2026-11-02T09:00:00+08:00", "cause": None, "callbacks": [], "rectifications": [],
    }  # fmt: skip
    assert {key: shown[key] for key in wanted} == wanted


def test_everything_that_can_be_said_is_kept(kfcs: Shell) -> None:
    photo = kfcs.folder.parent / "照片.jpg"
    photo.write_bytes(b"jpeg")
    words = {
        "--kind": "求助", "--channel": "来访", "--home": "3-1-502", "--customer": "赵女士", "--phone": "13800000001",
        "--people": "4", "--claim": "12,000.50", "--remedy": "赔偿", "--urgency": "半小时", "--media": "扬言曝光",
        "--legal": "已起诉", "--harm": "财产损失", "--emergency": "火灾", "--stage": "交付后", "--category": "门窗工程",
        "--first-asked": "李静", "--ref": "12345-77", "--due": "2026-11-05", "--url": "https://x.cn/1",
        "--heat": "300", "--impact": "大", "--evidence": str(photo),
    }  # fmt: skip
    flags = ("--refund", "--accident", "--public-harm", "--safety", "--vip", "--sensitive", "--reveal")
    shown = log(kfcs, *(part for pair in words.items() for part in pair), *flags)
    wanted = {
        "kind": "help", "channel": "visit", "home": "3-1-502", "customer": "赵女士", "phone": "13800000001",
        "people": 4, "claim": 12000.5, "remedy": "compensation", "urgency": "30m", "media": "threatened",
        "legal": "filed", "harm": "property", "emergency": "fire", "stage": "after-handover",
        "category": "quality", "subcategory": "quality.door-window", "first_asked": "李静",
        "authority_ref": "12345-77", "authority_due": "2026-11-05T23:59:59+08:00", "url": "https://x.cn/1",
        "heat": 300, "impact": "high", "refund": True, "accident": True, "public_harm": True, "safety": True,
        "vip": True, "sensitive": True,
    }  # fmt: skip
    assert {key: shown[key] for key in wanted} == wanted
    [kept] = shown["timeline"][0]["evidence"]
    assert kept["name"] == "照片.jpg"
    assert len(kept["sha256"]) == 64


FIELDS = ("kind", "channel", "media", "legal", "harm", "remedy", "stage", "emergency")


def test_words_are_read_in_both_languages(kfcs: Shell) -> None:
    wanted = {field: codes(field)[-1] for field in FIELDS}
    for said in (
        {field: word(field, code, "zh") for field, code in wanted.items()},
        {field: code.upper() for field, code in wanted.items()},
    ):
        shown = log(kfcs, *(part for field in FIELDS for part in (f"--{field}", said[field])))
        assert {field: shown[field] for field in FIELDS} == wanted


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("text", ("--project", "A")),
        ("--project", ("漏水",)),
        ("text", ("", "--project", "A")),
        ("text", ("   ", "--project", "A")),
        ("--project", ("漏水", "--project", " ")),
    ],
)
def test_a_script_is_told_what_is_missing(kfcs: Shell, missing: str, words: tuple[str, ...]) -> None:
    assert missing in kfcs.refused("log", *words, code=2)
    assert kfcs.do("list").out.count("\n") == 1


BAD = [
    ("--kind", "诉苦", "complaint 投诉"),
    ("--channel", "传真", "phone 来电"),
    ("--urgency", "3h", "30m"),
    ("--media", "maybe", "threatened"),
    ("--legal", "x", "filed"),
    ("--harm", "x", "property"),
    ("--remedy", "x", "apology"),
    ("--stage", "x", "pre-sale"),
    ("--emergency", "x", "fire"),
    ("--impact", "x", "high"),
    ("--people", "0", "number"),
    ("--people", "-3", "number"),
    ("--people", "三", "三"),
    ("--people", "99999999", "number"),
    ("--heat", "-1", "number"),
    ("--claim", "八千", "8000"),
    ("--claim", "-5", "8000"),
    ("--claim", "1.005", "8000"),
    ("--phone", "1.38E+10", "spreadsheet"),
    ("--phone", "无", "digits"),
    ("--due", "昨天下午", "2026-10-03 15:20"),
    ("--due", "2026-02-30", "2026-10-03 15:20"),
    ("--category", "鸡毛蒜皮", "quality"),
    ("--evidence", "no-such-file.jpg", "no-such-file.jpg"),
    ("--at", "2026-13-01", "2026-10-03 15:20"),
    ("--at", "2026-11-03", "ahead"),
    ("--at", "+1h", "ahead"),
    ("--repeat-of", "777", "777"),
    ("--format", "pdf", "jsonl"),
]


@pytest.mark.parametrize(("option", "value", "help_"), BAD, ids=[f"{o} {v}" for o, v, _h in BAD])
def test_a_value_that_cannot_be_is_named(kfcs: Shell, option: str, value: str, help_: str) -> None:
    told = kfcs.refused("log", TEXT, "--project", "A", option, value, code=2)
    assert value in told
    assert help_ in told
    assert kfcs.do("list").out.count("\n") == 1, "nothing was written"


def test_and_in_chinese_too(new_desk: NewDesk) -> None:
    kfcs = new_desk(lang="zh")
    for option, value, _help in BAD[::2]:
        answer = kfcs("log", TEXT, "--project", "A", option, value)
        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith("错误：")
        assert answer.err.count("\n") == 1
        assert value in answer.err


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("13800000001", "13800000001"),
        ("138 0000 0001", "13800000001"),
        ("138-0000-0001", "13800000001"),
        ("１３８００００００01", "13800000001"),
        ("+86 138 0000 0001", "13800000001"),
        ("023-60000000转8001", "02360000000转8001"),
        ("95588", "95588"),
        ("0012345", "0012345"),
    ],
)
def test_phones_are_kept_as_dialled(kfcs: Shell, said: str, stored: str) -> None:
    assert log(kfcs, "--phone", said, "--reveal")["phone"] == stored


AT = [
    ("2026-10-03 15:20", "2026-10-03T15:20:00+08:00"),
    ("2026-10-03T15:20:07", "2026-10-03T15:20:07+08:00"),
    ("2026-10-03T07:20:00Z", "2026-10-03T15:20:00+08:00"),
    ("2026-10-03T09:20:00+02:00", "2026-10-03T15:20:00+08:00"),
    ("2026年10月3日 下午3:20", "2026-10-03T15:20:00+08:00"),
    ("2026年10月3日下午3点20分", "2026-10-03T15:20:00+08:00"),
    ("2026/10/3 15:20", "2026-10-03T15:20:00+08:00"),
    ("２０２６-10-03　１５：２０", "2026-10-03T15:20:00+08:00"),
    ("now", "2026-11-02T09:00:00+08:00"),
    ("-2h", "2026-11-02T07:00:00+08:00"),
    ("-3d", "2026-10-30T09:00:00+08:00"),
    ("+4m", "2026-11-02T09:04:00+08:00"),
]


@pytest.mark.parametrize(("said", "stored"), AT, ids=[said for said, _stored in AT])
def test_the_time_of_an_act_in_every_form(kfcs: Shell, said: str, stored: str) -> None:
    shown = log(kfcs, "--at", said)
    assert shown["received_at"] == stored
    assert shown["case"] == f"CQ1-{stored[:10].replace('-', '')}-001"
    assert shown["timeline"][0]["recorded_at"] == "2026-11-02T09:00:00+08:00"


def test_numbers_count_by_the_day_received(kfcs: Shell) -> None:
    """The day is that of Shanghai, whenever it is recorded (C2)."""
    days = ["2026-11-01 23:59:59", "2026-11-02 00:00", "2026-11-01 08:00", "2026-11-02 08:00"]
    assert [kfcs.log("x", "--at", day)[4:] for day in days] == [
        "20261101-001",
        "20261102-001",
        "20261101-002",
        "20261102-002",
    ]
    assert kfcs.log("x", "--at", "2026-10-31T16:00:00Z") == "CQ1-20261101-003"


def test_the_thousandth_case_of_a_day(kfcs: Shell) -> None:
    from kfcs.desk import Desk
    from kfcs.entries import Draft

    case = kfcs.log()
    desk = Desk.open(str(kfcs.folder / "kfcs.db"), write=True)
    with desk.ledger.writing():
        body = {"text": "x", "project": "A", "level_at_log": 4, "proposed": {}}
        at = desk.projection.case(case).received_at
        desk.record_new([Draft("complaint", at, "op1", body, "CQ1-20261102-999")])
    assert kfcs.log() == "CQ1-20261102-1000"
    assert kfcs.log() == "CQ1-20261102-1001"
    assert kfcs.show("1001")["case"] == "CQ1-20261102-1001"
    kfcs.refused("show", "001", code=2)
    assert kfcs.show("02-001")["case"] == case


def test_who_acts(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("contact", case, "--by", "王芳")
    kfcs.do("contact", case, KFCS_OPERATOR=" 李静 ")
    timeline = kfcs.show(case)["timeline"]
    assert [act["by"] for act in timeline] == ["op1", "王芳", "李静"]


def test_a_text_of_many_lines_and_signs_is_kept_as_it_is(kfcs: Shell) -> None:
    text = "第一行\n第二行\t<b>粗</b> [red]x[/red] =1+1 '; DROP TABLE cases; -- \x1b[31m 📌𠮷 “引号”"
    case = kfcs.log(text)
    assert kfcs.show(case, "--reveal")["text"] == text
    for fmt in ("table", "csv", "tsv", "md", "jsonl"):
        assert "\x1b" not in kfcs.do("list", "--format", "table").out
        assert kfcs.do("list", "--format", fmt).out
    assert kfcs.do("verify").code == 0


def test_a_person_is_masked_unless_revealed(kfcs: Shell) -> None:
    shown = log(kfcs, "--customer", "欧阳女士", "--phone", "13800000001")
    assert (shown["customer"], shown["phone"]) == ("欧***", "138****0001")
    assert "13800000001" not in json.dumps(shown)
    shown = log(kfcs, "--customer", "欧阳女士", "--phone", "13800000001", "--reveal")
    assert (shown["customer"], shown["phone"]) == ("欧阳女士", "13800000001")


def test_phones_in_texts_are_masked_wherever_they_stand(kfcs: Shell) -> None:
    case = kfcs.log("请回电13900001111")
    kfcs.do("contact", case, "改约13900001111")
    kfcs.do("amend", case, "--set", "text=请回电13900002222", "--reason", "号码13900001111有误")
    kfcs.do("brief", case, "--to", "leader", "--cause", "见13900001111", "--progress", "已约13900001111",
            "--difficulty", "无", "--help-needed", "无")  # fmt: skip
    for words in (
        ("show", case),
        ("list",),
        ("search", "请回电"),
        ("log", "请回电13900002222", "--project", "A"),
    ):
        for fmt in ("json", "csv", "table"):
            out = kfcs.do(*words, "--format", fmt).out
            assert "13900001111" not in out, words
            assert "13900002222" not in out, words
    assert "13900002222" in kfcs.do("show", case, "--reveal").out


# ---------------------------------------------------------------- cues and repeats (K2, C3)


def test_cues_are_proposals_unless_accepted(kfcs: Shell) -> None:
    text = "5户业主家中漏水，再不解决就找媒体曝光"
    case = kfcs.log(text)
    shown = kfcs.show(case)
    assert (shown["people"], shown["media"]) == (1, "none")
    assert shown["cues"]["people"] == 5
    assert any(
        "cue" in row["what"] for row in kfcs.do("today", "--format", "json").json if row["case"] == case
    )
    accepted = kfcs.show(kfcs.log(text, "--accept-cues"))
    assert (accepted["people"], accepted["media"], accepted["cues"]) == (5, "threatened", {})


def test_likely_repeats_are_shown(kfcs: Shell) -> None:
    first = kfcs.log(TEXT, "--home", "3-1-502", "--phone", "13800000001", now="2026-10-20 09:00")
    other = kfcs.log("电梯停运", "--home", "3-1-502", now="2026-10-21 09:00")
    shown = log(kfcs, "--phone", "13800000001", now="2026-11-02 09:00")
    assert [(r["case"], r["why"]) for r in shown["likely_repeats"]] == [(first, "phone")]
    assert other not in str(shown["likely_repeats"])
    late = log(kfcs, "--phone", "13800000001", "--project", "A", now="2026-12-25 09:00")
    assert first not in str(late["likely_repeats"])


def test_a_repeat_joins_an_open_case_and_makes_a_linked_one_of_a_closed(kfcs: Shell) -> None:
    case = kfcs.log()
    joined = kfcs.do("log", "还在漏", "--project", "A", "--repeat-of", case, "--format", "json").json
    assert (joined["case"], joined["times"]) == (case, 2)
    kfcs.do("close", case, "--why", "withdrawn", "--reason", "客户撤回")
    linked = kfcs.do("log", "又漏了", "--project", "A", "--repeat-of", case, "--format", "json").json
    assert (linked["repeat_of"], linked["times"]) == (case, 1)
    assert linked["case"] != case


# ---------------------------------------------------------------- names (C10)


def test_without_lists_any_name_is_taken_silently(kfcs: Shell) -> None:
    assert kfcs.do("log", TEXT, "--project", "随便", "--first-asked", "某人").err == ""
    assert kfcs.do("dispatch", "001", "--to", "任意部门").err == ""


def test_an_unknown_name_is_taken_with_a_warning_that_names_the_nearest(kfcs: Shell) -> None:
    settings(
        kfcs, departments='["工程部", "物业公司"]', staff='["王芳", "李静"]', projects='{"天元道" = ["天元"]}'
    )
    answer = kfcs.do("log", TEXT, "--project", "天元到", "--first-asked", "王方", "--format", "json")
    assert (answer.json["project"], answer.json["first_asked"]) == ("天元到", "王方")
    assert "天元到" in answer.err
    assert "天元道" in answer.err
    assert "王芳" in answer.err
    answer = kfcs.do("dispatch", "001", "--to", "工程")
    assert "工程部" in answer.err
    assert kfcs.do("dispatch", "001", "--to", "工程部").err == ""
    answer = kfcs.do("rectify", "001", "--order", "x", "--dept", "财务", "--due", "+3d")
    assert "财务" in answer.err
    answer = kfcs.do("note", "001", "x", "--as", "investigation", "--confirmed-by", "李竟")
    assert "李静" in answer.err


def test_aliases_become_the_name(kfcs: Shell) -> None:
    settings(
        kfcs, departments='["工程部"]', staff='["王芳"]', aliases='{"工程维修部" = "工程部", "芳姐" = "王芳"}'
    )
    kfcs.do("project", "set", "天元道一期", "--alias", "天元道", "--alias", "TYD")
    shown = log(kfcs, "--project", "ｔｙｄ", "--first-asked", "芳姐")
    assert (shown["project"], shown["first_asked"]) == ("天元道一期", "王芳")
    kfcs.do("dispatch", "001", "--to", "工程维修部")
    assert kfcs.show("001")["department"] == "工程部"
    rows = kfcs.do("list", "--project", "tyd", "--department", "工程维修部", "--format", "json").json
    assert [row["case"] for row in rows] == ["CQ1-20261102-001"]


def test_strict_names_refuse_and_write_nothing(kfcs: Shell) -> None:
    settings(kfcs, departments='["工程部"]', strict_names="true", projects='{"天元道" = []}')
    case = kfcs.log(TEXT, project="天元道")
    assert "天元道" in kfcs.refused("log", TEXT, "--project", "天元到", code=2)
    assert "工程部" in kfcs.refused("dispatch", case, "--to", "工程", code=2)
    kfcs.do("dispatch", case, "--to", "工程部")
    assert len(kfcs.show(case)["timeline"]) == 2


# ---------------------------------------------------------------- join, verify-case, reopen


def test_complainants_join(kfcs: Shell) -> None:
    case = kfcs.log(TEXT, "--phone", "13800000001")
    kfcs.do(
        "join", case, "--customer", "钱先生", "--phone", "13800000002", "--home", "3-1-602", "--people", "3"
    )
    shown = kfcs.show(case)
    assert (shown["people"], shown["times"]) == (4, 2)
    assert shown["timeline"][1]["customer"] == "钱**"


def test_a_case_is_folded_into_another(kfcs: Shell) -> None:
    one, two = kfcs.log(TEXT, "--people", "2"), kfcs.log(TEXT, "--people", "3")
    kfcs.do("join", one, "--case", two)
    assert (kfcs.show(one)["people"], kfcs.show(one)["times"]) == (5, 2)
    assert (kfcs.show(two)["state"], kfcs.show(two)["merged_into"]) == ("closed", one)
    told = kfcs.refused("dispatch", two, "--to", "工程部")
    assert one in told
    assert "itself" in kfcs.refused("join", one, "--case", one, code=2)
    assert kfcs.do("verify").code == 0


def test_an_amended_or_undone_fold_reaches_both_cases(kfcs: Shell) -> None:
    """The tables of both are what the entries amount to, whatever happens to one of them."""
    one, two, three = (kfcs.log(TEXT, "--people", n) for n in ("2", "3", "4"))
    kfcs.do("join", two, "--case", three)
    kfcs.do("join", one, "--case", two)
    assert kfcs.show(one)["people"] == 9
    kfcs.do("amend", three, "--set", "people=5", "--reason", "漏记一户")
    assert kfcs.show(one)["people"] == 10
    assert "10" in kfcs.do("list", "--columns", "case,people").out
    assert kfcs.do("verify").code == 0
    kfcs.do("undo")
    kfcs.do("undo")
    assert (kfcs.show(one)["people"], kfcs.show(two)["state"]) == (2, "open")
    assert kfcs.do("verify").code == 0


def test_the_last_verification_holds(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("verify-case", case, "--invalid", "--reason", "非我方")
    kfcs.do("verify-case", case, "--valid", "--reason", "复核属实")
    assert kfcs.show(case)["validity"] == "valid"
    assert "--reason" in kfcs.refused("verify-case", case, "--valid", code=2)
    assert "--assist" in kfcs.refused("verify-case", case, "--reason", "x", code=2)
    assert "--assist" in kfcs.refused("verify-case", case, "--valid", "--invalid", "--reason", "x", code=2)


def test_reopening_needs_a_reason_and_a_state(kfcs: Shell) -> None:
    case = kfcs.log()
    assert "--reason" in kfcs.refused("reopen", case, code=2)
    assert "open" in kfcs.refused("reopen", case, "--reason", "x")
    kfcs.do("resolve", case, "已修")
    kfcs.do("reopen", case, "--reason", "又漏")
    assert kfcs.show(case)["state"] == "open"


# ---------------------------------------------------------------- amend and undo (L1)

AMENDED = [
    ("people=3", "people", 3),
    ("claim=8000", "claim", 8000.0),
    ("media=已曝光", "media", "exposed"),
    ("kind=维修", "kind", "repair"),
    ("category=渗漏", "subcategory", "quality.leak"),
    ("category=sales", "category", "sales"),
    ("home=3-1-503", "home", "3-1-503"),
    ("refund=是", "refund", True),
    ("vip=true", "vip", True),
    ("received_at=2026-11-01 08:00", "received_at", "2026-11-01T08:00:00+08:00"),
    ("first-asked=李静", "first_asked", "李静"),
    ("stage=售前", "stage", "pre-sale"),
]


@pytest.mark.parametrize(("change", "field", "value"), AMENDED, ids=[change for change, _f, _v in AMENDED])
def test_a_field_is_corrected(kfcs: Shell, change: str, field: str, value: object) -> None:
    case = kfcs.log()
    kfcs.do("amend", case, "--set", change, "--reason", "核对")
    shown = kfcs.show(case)
    assert shown[field] == value
    assert shown["timeline"][0]["amended_by"]
    assert shown["timeline"][1]["reason"] == "核对"
    assert kfcs.do("verify").code == 0


def test_a_person_is_corrected_and_stays_out_of_the_entry(kfcs: Shell) -> None:
    case = kfcs.log(TEXT, "--phone", "13800000001")
    kfcs.do("amend", case, "--set", "phone=13800000009", "--set", "customer=赵女士", "--reason", "核对")
    shown = kfcs.show(case, "--reveal")
    assert (shown["phone"], shown["customer"]) == ("13800000009", "赵女士")
    kfcs.do("amend", case, "--set", "phone=", "--reason", "空号")
    assert kfcs.show(case, "--reveal")["phone"] is None
    assert "13800000009" not in kfcs.do("show", case).out


def test_entries_are_named_by_id_number_or_case(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("contact", case, "第一次")
    entry = kfcs.show(case)["timeline"][1]["id"]
    kfcs.do("amend", entry, "--set", "text=第二次", "--reason", "x")
    kfcs.do("amend", "001#2", "--set", "reply=yes", "--reason", "x")
    kfcs.do("amend", "001", "--set", "people=2", "--reason", "x")
    assert [bool(act["amended_by"]) for act in kfcs.show(case)["timeline"][:2]] == [True, True]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("001", "--reason", "x"), "--set"),
        (("001", "--set", "people=3"), "--reason"),
        (("001", "--set", "people", "--reason", "x"), "people=3"),
        (("001", "--set", "people=0", "--reason", "x"), "people"),
        (("001", "--set", "colour=red", "--reason", "x"), "colour"),
        (("001", "--set", "media=maybe", "--reason", "x"), "maybe"),
        (("001", "--set", "refund=maybe", "--reason", "x"), "maybe"),
        (("001", "--set", "text=", "--reason", "x"), "text"),
        (("001", "--set", "at=2026-11-05", "--reason", "x"), "ahead"),
        (("001#9", "--set", "people=3", "--reason", "x"), "001#9"),
        (("001#²", "--set", "people=3", "--reason", "x"), "²"),
        (("001#x", "--set", "people=3", "--reason", "x"), "001#x"),
        (("nowhere", "--set", "people=3", "--reason", "x"), "nowhere"),
        (("001#2", "--set", "at=2026-11-01", "--reason", "x"), "received"),
        (("001", "--set", "at=2026-11-02 10:30", "--reason", "x"), "10:00"),
    ],
)
def test_a_correction_that_cannot_be(kfcs: Shell, words: tuple[str, ...], told: str) -> None:
    kfcs.log()
    kfcs.do("dispatch", "001", "--to", "工程部", now="2026-11-02 10:00")
    assert told in kfcs.refused("amend", *words, code=2, now="2026-11-02 11:00")
    assert len(kfcs.show("001")["timeline"]) == 2


def test_what_a_machine_recorded_is_not_corrected(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.escalate(now="2026-12-01 09:00")
    kfcs.refused("amend", f"{case}#2", "--set", "rung=9", "--reason", "x", code=4)


def test_undo_takes_back_ones_own_last_entry(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("contact", case, "错了", "--reply")
    answer = kfcs.do("undo")
    assert "contact" in answer.err
    shown = kfcs.show(case)
    assert [act["undone"] for act in shown["timeline"]] == [False, True, False]
    assert [run["state"] for run in shown["clocks"] if run["clock"] == "reply"] == ["running"]
    assert kfcs.do("verify").code == 0


def test_undo_of_a_case_voids_it_and_the_next_undo_goes_further_back(kfcs: Shell) -> None:
    first, second = kfcs.log("甲"), kfcs.log("乙")
    kfcs.do("undo")
    assert (kfcs.show(second)["state"], kfcs.show(second)["closed_why"]) == ("closed", "void")
    kfcs.do("undo")
    assert kfcs.show(first)["closed_why"] == "void"
    assert "nothing" in kfcs.refused("undo")


def test_undo_of_a_correction_brings_back_what_it_corrected(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("amend", case, "--set", "people=4", "--reason", "x")
    kfcs.do("undo")
    assert kfcs.show(case)["people"] == 1
    assert kfcs.do("verify").code == 0
    kfcs.do("rebuild")
    assert kfcs.show(case)["people"] == 1


def test_undo_is_for_fifteen_minutes_and_for_oneself(kfcs: Shell) -> None:
    case = kfcs.log()
    assert "op2" in kfcs.refused("undo", "--by", "op2")
    kfcs.refused("undo", now="2026-11-02 09:15:01")
    kfcs.do("undo", now="2026-11-02 09:15:00")
    assert kfcs.show(case)["closed_why"] == "void"


def test_undo_stands_back_where_others_have_acted_since(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("dispatch", case, "--to", "工程部", "--by", "op2")
    assert "op2" in kfcs.refused("undo")
    assert kfcs.show(case)["state"] == "open"


def test_a_second_folder_is_a_second_desk(new_desk: NewDesk, tmp_path: Path) -> None:
    one, two = new_desk(name="one"), new_desk(name="two")
    one.log()
    assert two.do("list").out.count("\n") == 1
    assert "CQ1-20261102-001" in two.do("list", "--ledger", str(one.folder / "kfcs.db")).out


def test_a_home_is_one_however_its_signs_are_typed(kfcs: Shell) -> None:
    first = kfcs.log("厨房漏水", "--home", "３－１－５０２")
    assert kfcs.show(first)["home"] == "3-1-502"
    second = kfcs.do("log", "厨房又漏水", "--project", "A", "--home", "3-1-502", "--format", "json").json
    assert [repeat["case"] for repeat in second["likely_repeats"]] == [first]
    kfcs.do("amend", second["case"], "--set", "home=３-１-５０３", "--reason", "写错")
    assert kfcs.show(second["case"])["home"] == "3-1-503"


IGNORED = {
    "--customer": "钱先生",
    "--phone": "13800000002",
    "--home": "3-1-602",
    "--people": "1",
}


@pytest.mark.parametrize("option", IGNORED)
def test_c3_folding_a_case_in_refuses_what_it_would_ignore(kfcs: Shell, option: str) -> None:
    one, two = (kfcs.log("漏水", "--phone", f"1380000000{n}", project="天元道") for n in (1, 2))
    told = kfcs.refused("join", one, "--case", two, option, IGNORED[option], code=2)
    assert option in told
    assert kfcs.show(two)["merged_into"] is None

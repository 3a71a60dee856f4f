"""Handling a case through the command line: dispatch to closure, what is refused and why (SPEC H, T4)."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import NewDesk
from shell import Shell, clocks

LATER = "2026-11-02 10:00"


@pytest.fixture
def case(kfcs: Shell) -> str:
    return kfcs.log("厨房漏水", "--phone", "13800000001")


@pytest.fixture
def paper(tmp_path: Path) -> str:
    file = tmp_path / "签字单.pdf"
    file.write_bytes(b"%PDF")
    return str(file)


# ---------------------------------------------------------------- dispatch


def test_a_case_is_dispatched(kfcs: Shell, case: str) -> None:
    answer = kfcs.do(
        "dispatch", case, "--to", "工程部", "--contact-within", "30m", "--due", "2026-11-06", now=LATER
    )
    assert case in answer.out
    shown = kfcs.show(case)
    assert shown["department"] == "工程部"
    assert clocks(shown)["contact"] == "running"
    due = {run["clock"]: run["due"] for run in shown["clocks"]}
    assert (due["contact"], due["handle"]) == ("2026-11-02T10:30:00+08:00", "2026-11-06T23:59:59+08:00")


def test_the_chain_of_hand_overs_is_kept(kfcs: Shell, case: str) -> None:
    kfcs.do("dispatch", case, "--to", "工程部", now=LATER)
    kfcs.do("dispatch", case, "--to", "物业公司", "--outside-help")
    kfcs.do("dispatch", case, "--to", "设计部", "--coordinate")
    shown = kfcs.show(case)
    assert (shown["department"], shown["coordinating"]) == ("物业公司", ["设计部"])
    assert [act["department"] for act in shown["timeline"][1:]] == ["工程部", "物业公司", "设计部"]
    assert shown["first_asked"] == "op1"


def test_h1_what_a_department_is_asked_for_stands_on_its_sheets(kfcs: Shell, case: str) -> None:
    kfcs.do("dispatch", case, "尽快查漏", "--to", "工程部", now=LATER)
    kfcs.do("dispatch", case, "请确认防水节点做法，电话 13912345678", "--to", "设计部", "--coordinate")
    assert kfcs.show(case)["timeline"][-1]["text"].startswith("请确认防水节点做法")
    for form in ("sheet", "coordination"):
        told = kfcs.do("print", case, "--form", form).out
        assert "请确认防水节点做法，电话 139****5678" in told
    kfcs.do("amend", f"{case}#3", "--set", "text=请出图", "--reason", "改")
    assert "请出图" in kfcs.do("print", case, "--form", "coordination").out


def test_a_case_is_handed_to_a_branch(kfcs: Shell, case: str) -> None:
    kfcs.do("dispatch", case, "--to", "客户服务部", "--branch", "成都", now=LATER)
    assert kfcs.show(case)["branch"] == "成都"
    rows = kfcs.do("list", "--branch", "成都", "--format", "json").json
    assert [row["case"] for row in rows] == [case]
    kfcs.do("dispatch", case, "--to", "工程部")
    assert kfcs.show(case)["branch"] == "成都"
    assert kfcs.show(case, "--as-of", "2026-11-02 09:30")["branch"] == "重庆"
    kfcs.do("verify")
    report = kfcs.do(
        "report", "--month", "2026-11", "--branch", "成都", "--format", "json", now="2026-12-01 09:00"
    )
    assert report.json["intake"]["complaints"] == 1


BAD = [
    (("dispatch",), "--to"),
    (("dispatch", "--to", " "), "--to"),
    (("dispatch", "--to", "X", "--contact-within", "soon"), "soon"),
    (("dispatch", "--to", "X", "--contact-within", "-3d"), "-3d"),
    (("dispatch", "--to", "X", "--due", "2026-11-01"), "--due"),
    (("dispatch", "--to", "X", "--due", "下周"), "下周"),
    (("contact", "--promise", "2026-11-02 10:00"), "--promise"),
    (("contact", "--promise", "2026-11-01"), "--promise"),
    (("contact", "--promise", "不久"), "不久"),
    (("rectify",), "--order"),
    (("rectify", "--order", "X"), "--dept"),
    (("rectify", "--order", "X", "--dept", "Y"), "--due"),
    (("rectify", "--order", "X", "--done", "R1"), "--done"),
    (("rectify", "--order", "X", "--dept", "Y", "--due", "2026-11-01"), "--due"),
    (("rectify", "--done", "R1"), "R1"),
    (("rectify", "--done", "R7"), "R7"),
    (("rectify", "--inspect", "R1"), "--pass"),
    (("rectify", "--inspect", "R1", "--pass", "--fail"), "--fail"),
    (("rectify", "--inspect", "R1", "--pass"), "R1"),
    (("rectify", "--done", "R1", "--cost", "很多"), "很多"),
    (("resolve", "--cause", "鸡毛蒜皮"), "鸡毛蒜皮"),
    (("callback",), "--satisfied"),
    (("callback", "--satisfied", "--refused"), "--refused"),
    (("callback", "--satisfied", "--signed", "no-such.pdf"), "no-such.pdf"),
    (("close",), "--why"),
    (("close", "--why", "withdrawn"), "--reason"),
    (("close", "--why", "累了", "--reason", "x"), "累了"),
    (("note",), "text"),
    (("note", "x", "--as", "闲聊"), "闲聊"),
    (("note", "x", "--as", "investigation"), "--confirmed-by"),
    (("note", "x", "--as", "人员借用"), "--leader"),
    (("note", "x", "--as", "coordination"), "--approved-by"),
    (("note", "x", "--as", "supervision", "--dept", "工程部"), "--due"),
    (("note", "x", "--as", "supervision", "--due", "+3d"), "--dept"),
    (("note", "x", "--as", "penalty-proposal", "--dept", "工程部"), "--to"),
    (("note", "x", "--evidence", "no-such.jpg"), "no-such.jpg"),
    (("brief", "--to", "group", "--cause", "x"), "--progress"),
    (("brief", "--cause", "a", "--progress", "b", "--difficulty", "c", "--help-needed", "d"), "--to"),
    (
        (
            "brief",
            "--to",
            "媒体",
            "--cause",
            "a",
            "--progress",
            "b",
            "--difficulty",
            "c",
            "--help-needed",
            "d",
        ),
        "媒体",
    ),
    (("contact", "--at", "2026-11-02 08:59"), "received"),
    (("contact", "--at", "2026-11-03"), "ahead"),
    (("resolve", "--at", "2026-11-02 08:59"), "received"),
]


@pytest.mark.parametrize(("words", "told"), BAD, ids=[" ".join(words) for words, _told in BAD])
def test_what_no_state_could_make_right_is_named(
    kfcs: Shell, case: str, words: tuple[str, ...], told: str
) -> None:
    assert told in kfcs.refused(words[0], case, *words[1:], now=LATER, code=2)
    assert len(kfcs.show(case)["timeline"]) == 1


ACTS = [
    ("dispatch", "--to", "X"), ("contact", "x"), ("rectify", "--order", "X", "--dept", "Y", "--due", "+3d"),
    ("resolve", "x"), ("callback", "--satisfied"), ("close", "--why", "void", "--reason", "x"),
    ("note", "x"), ("reopen", "--reason", "x"), ("verify-case", "--valid", "--reason", "x"), ("join",), ("show",),
    ("why",),
    ("brief", "--to", "group", "--cause", "a", "--progress", "b", "--difficulty", "c", "--help-needed", "d"),
]  # fmt: skip


@pytest.mark.parametrize("words", ACTS, ids=lambda words: words[0])
def test_a_case_that_does_not_exist(kfcs: Shell, case: str, words: tuple[str, ...]) -> None:
    for ending in ("999", "CQ1-20261102-999", "%", "_", "'", "1 OR 1=1", "厨房"):
        assert ending in kfcs.refused(words[0], ending, *words[1:], code=2)
    kfcs.refused(words[0], "", *words[1:], code=2)


@pytest.mark.parametrize(
    "words", [act for act in ACTS if act[0] not in ("show", "why")], ids=lambda words: words[0]
)
def test_an_ambiguous_ending_writes_nothing(kfcs: Shell, case: str, words: tuple[str, ...]) -> None:
    other = kfcs.log(now="2026-11-03 09:00")
    told = kfcs.refused(words[0], "001", *words[1:], code=2)
    assert case in told
    assert other in told
    assert len(kfcs.show(case)["timeline"]) == len(kfcs.show(other)["timeline"]) == 1


def test_endings_however_they_are_typed(kfcs: Shell, case: str) -> None:
    for ending in (case, case.lower(), "1", "001", "02-001", "-20261102-001", "０01", " 001 "):
        if not ending.startswith("-"):
            assert kfcs.show(ending)["case"] == case


# ---------------------------------------------------------------- contact, promise, waiting


def test_contacts_answer_their_clocks(kfcs: Shell, case: str) -> None:
    kfcs.do("dispatch", case, "--to", "工程部", "--contact-within", "30m", now=LATER)
    kfcs.do("contact", case, "已致电", "--ack", now="2026-11-02 10:30")
    assert (clocks(kfcs.show(case))["contact"], clocks(kfcs.show(case))["reply"]) == ("met", "running")
    kfcs.do("contact", case, "已答复", "--promise", "2026-11-06 18:00", now="2026-11-03 09:00")
    shown = kfcs.show(case)
    assert (clocks(shown)["reply"], clocks(shown)["promise"]) == ("met", "running")
    kfcs.do("resolve", case, now="2026-11-06 18:00:00")
    assert clocks(kfcs.show(case))["promise"] == "met"


def test_waiting_on_the_customer_pauses(kfcs: Shell, case: str) -> None:
    kfcs.do("contact", case, "约定上门，客户出差", "--waiting-on-customer", now="2026-11-03 09:00")
    assert clocks(kfcs.show(case))["close"] == "paused"
    kfcs.do("contact", case, "客户已回", now="2026-11-05 09:00")
    shown = kfcs.show(case)
    assert clocks(shown)["close"] == "running"
    assert {run["clock"]: run["due"] for run in shown["clocks"]}["close"] == "2026-11-25T23:59:59+08:00"


# ---------------------------------------------------------------- rectification, resolution, callback, closure


def test_rectifications_are_numbered_and_inspected(kfcs: Shell, case: str, paper: str) -> None:
    order = ("rectify", case, "--order", "更换阀门", "--dept", "工程部", "--due", "2026-11-04 18:00")
    assert "R1" in kfcs.do(*order, "--unit", "某公司", now=LATER).err
    assert "R2" in kfcs.do(*order).err
    assert kfcs.show(case)["state"] == "rectifying"
    told = kfcs.refused("rectify", case, "--inspect", "R1", "--pass")
    assert "--done" in told
    kfcs.do("rectify", case, "--done", "r1", "--cost", "850.50", "--evidence", paper)
    assert "already" in kfcs.refused("rectify", case, "--done", "R1")
    kfcs.do(
        "rectify",
        case,
        "--inspect",
        "R1",
        "--fail",
        "--fault",
        "质量",
        "--due",
        "2026-11-06",
        "--reason",
        "仍渗",
    )
    assert "R1" in kfcs.refused("resolve", case)
    kfcs.do("rectify", case, "--done", "R1", "--cost", "100")
    kfcs.do("rectify", case, "--inspect", "R1", "--pass")
    assert "already" in kfcs.refused("rectify", case, "--inspect", "R1", "--pass")
    assert "R2" in kfcs.refused("resolve", case)
    kfcs.do("resolve", case, "--despite", "R2 已取消")
    first, second = kfcs.show(case)["rectifications"]
    assert (first["first_pass"], first["result"], first["cost"], first["unit"]) == (
        False,
        "pass",
        950.5,
        "某公司",
    )
    assert (second["id"], second["done_at"]) == ("R2", None)


def test_a_done_cannot_lie_before_its_order(kfcs: Shell, case: str) -> None:
    kfcs.do("rectify", case, "--order", "X", "--dept", "Y", "--due", "+3d", now=LATER)
    kfcs.refused("rectify", case, "--done", "R1", "--at", "2026-11-02 09:30", code=2)
    kfcs.do("rectify", case, "--done", "R1", now="2026-11-02 12:00")
    kfcs.refused("rectify", case, "--inspect", "R1", "--pass", "--at", "2026-11-02 11:00", code=2)


@pytest.mark.parametrize(
    ("result", "state", "why"),
    [
        ("--satisfied", "closed", "satisfied"),
        ("--acceptable", "closed", "acceptable"),
        ("--refused", "closed", "refused"),
        ("--unsatisfied", "open", None),
        ("--unreachable", "resolved", None),
    ],
)
def test_callbacks(kfcs: Shell, case: str, paper: str, result: str, state: str, why: str | None) -> None:
    assert "open" in kfcs.refused("callback", case, result)
    kfcs.do("resolve", case, "已修")
    kfcs.do("callback", case, result, "回访", "--signed", paper, now="2026-11-03 09:00")
    shown = kfcs.show(case)
    assert (shown["state"], shown["closed_why"]) == (state, why)
    assert shown["callbacks"][0]["result"] == result[2:]


def test_three_vain_days_close(kfcs: Shell, case: str) -> None:
    kfcs.do("resolve", case, "已修")
    for now in ("2026-11-03 09:00", "2026-11-03 18:00", "2026-11-04 09:00"):
        kfcs.do("callback", case, "--unreachable", now=now)
    assert kfcs.show(case)["state"] == "resolved"
    kfcs.do("callback", case, "--unreachable", now="2026-11-05 09:00")
    assert (kfcs.show(case)["state"], kfcs.show(case)["closed_why"]) == ("closed", "unreachable")


@pytest.mark.parametrize(("policy", "grave", "warned"), [("major-hot", True, True), ("call-centre", True, True),
                                                         ("major-hot", False, False), ("jinke", True, False)])  # fmt: skip
def test_major_hot_4_1_3_a_plan_needs_consent_first(
    new_desk: NewDesk, policy: str, grave: bool, warned: bool
) -> None:
    kfcs = new_desk(policy)
    case = kfcs.log("外墙脱落", *(["--media", "threatened"] if grave else []))
    told = kfcs.do("contact", case, "方案", "--plan", now=LATER)
    assert ("headquarters must consent" in told.err) is warned
    assert "must consent" not in kfcs.do("contact", case, "一般联系").err
    kfcs.do("note", case, "统筹", "--as", "coordination", "--approved-by", "王总")
    assert "must consent" not in kfcs.do("contact", case, "方案", "--plan", now="2026-11-02 11:00").err


def test_no_agreement_needs_three_contacts_and_one_that_says_so(kfcs: Shell, case: str) -> None:
    close = ("close", case, "--why", "无法达成一致", "--reason", "分歧大")
    for held in range(3):
        assert str(held) in kfcs.refused(*close)
        kfcs.do("contact", case, "协商")
    assert "--no-agreement" in kfcs.refused(*close)
    kfcs.do("amend", f"{case}#3", "--set", "no_agreement=是", "--reason", "漏记")
    kfcs.do(*close)
    assert kfcs.show(case)["closed_why"] == "no-agreement"


def test_what_closing_needs(kfcs: Shell, case: str) -> None:
    assert "verify-case" in kfcs.refused("close", case, "--why", "invalid", "--reason", "x")
    kfcs.do("verify-case", case, "--invalid", "--reason", "x")
    kfcs.do("close", case, "--why", "无效", "--reason", "x")
    told = kfcs.refused("close", case, "--why", "void", "--reason", "x")
    assert "closed" in told
    assert "Reopen" in told


STATES = {
    "open": (),
    "rectifying": (("rectify", "--order", "X", "--dept", "Y", "--due", "+3d"),),
    "resolved": (("resolve", "x"),),
    "closed": (("resolve", "x"), ("callback", "--satisfied")),
}
ALLOWED = {
    "dispatch": {"open", "rectifying", "resolved"},
    "contact": {"open", "rectifying", "resolved"},
    "rectify": {"open", "rectifying"},
    "resolve": {"open"},
    "callback": {"resolved"},
    "reopen": {"resolved", "closed"},
    "verify-case": {"open", "rectifying", "resolved", "closed"},
    "join": {"open", "rectifying", "resolved"},
}


@pytest.mark.parametrize("state", STATES)
def test_an_act_that_the_state_does_not_allow_says_what_it_does(kfcs: Shell, case: str, state: str) -> None:
    for words in STATES[state]:
        kfcs.do(words[0], case, *words[1:])
    before = len(kfcs.show(case)["timeline"])
    for words in ACTS:
        if words[0] not in ALLOWED or state in ALLOWED[words[0]]:
            continue
        told = kfcs.refused(words[0], case, *words[1:])
        assert case in told, words
    assert len(kfcs.show(case)["timeline"]) == before
    assert kfcs.show(case)["state"] == state


def test_refusals_in_chinese(new_desk: NewDesk) -> None:
    kfcs = new_desk(lang="zh")
    case = kfcs.log("漏水")
    for words, told in (
        (("callback", case, "--satisfied"), "处理中"),
        (("resolve", case, "--cause", "x y"), "x y"),
        (("close", case, "--why", "invalid", "--reason", "x"), "kfcs verify-case"),
        (("undo", "--by", "无名"), "无名"),
    ):
        answer = kfcs(*words)
        assert answer.code in (2, 4)
        assert (answer.out, answer.err.startswith("错误：")) == ("", True)
        assert told in answer.err
        assert not set("abcdefg") & set(answer.err.split("：")[1].split("。")[0]) - set(
            "kfcs verify-case--satisfied x y"
        )


def test_one_hand_may_not_do_and_inspect_where_the_policy_says_so(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    (kfcs.folder / "policies").mkdir()
    (kfcs.folder / "policies" / "strict.toml").write_text(
        'name = "strict"\nextends = "jinke"\nsource = "x"\nseparation = "refuse"\n[title]\nzh = "严"\nen = "strict"\n',
        encoding="utf-8",
    )
    toml = kfcs.folder / "kfcs.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('"jinke"', '"strict"'), encoding="utf-8")
    case = kfcs.log()
    kfcs.do("rectify", case, "--order", "X", "--dept", "Y", "--due", "+3d")
    kfcs.do("rectify", case, "--done", "R1")
    assert "op1" in kfcs.refused("rectify", case, "--inspect", "R1", "--pass")
    kfcs.do("rectify", case, "--inspect", "R1", "--pass", "--despite", "只有一人值班")
    kfcs.do("resolve", case)
    assert "op1" in kfcs.refused("callback", case, "--satisfied")
    kfcs.do("callback", case, "--satisfied", "--by", "op2")
    assert kfcs.show(case)["timeline"][3]["self_inspected"] is True


# ---------------------------------------------------------------- notes and briefs

NOTES = [
    ("investigation", ("--confirmed-by", "李静")),
    ("人员借用", ("--leader", "张总")),
    ("coordination", ("--approved-by", "陈总")),
    ("supervision", ("--dept", "工程部", "--due", "2026-11-05")),
    ("处罚建议", ("--dept", "工程部", "--to", "集团", "--due", "2026-11-05")),
    ("follow-up", ()),
    ("typical", ()),
    ("internal", ()),
]


@pytest.mark.parametrize(("kind", "words"), NOTES, ids=[kind for kind, _words in NOTES])
def test_the_centres_powers_are_recorded(kfcs: Shell, case: str, kind: str, words: tuple[str, ...]) -> None:
    kfcs.do("note", case, "说明", "--as", kind, *words)
    act = kfcs.show(case)["timeline"][-1]
    assert (act["kind"], act["text"]) == ("note", "说明")
    for value in words[1::2]:
        assert any(str(value) in str(kept) for kept in act.values())


def test_a_brief_has_five_parts(kfcs: Shell) -> None:
    case = kfcs.log("媒体已曝光", "--media", "exposed")
    assert clocks(kfcs.show(case))["brief"] == "running"
    kfcs.do("brief", case, "--to", "集团", "--cause", "起因", "--progress", "进展", "--difficulty", "难点",
            "--help-needed", "协助", now=LATER)  # fmt: skip
    shown = kfcs.show(case)
    assert clocks(shown)["brief"] == "met"
    act = shown["timeline"][-1]
    assert (act["to"], act["content"], act["cause"], act["help_needed"]) == (
        "group",
        "媒体已曝光",
        "起因",
        "协助",
    )


def test_every_act_answers_where_the_case_stands(kfcs: Shell, case: str) -> None:
    for words in (("dispatch", "--to", "X"), ("contact", "x"), ("note", "x"), ("resolve", "x")):
        out = kfcs.do(words[0], case, *words[1:]).out
        assert out.startswith(case)
        assert out.count("\n") == 1
        shown = kfcs.do("contact" if words[0] != "resolve" else "note", case, "x", "--format", "json").json
        assert shown["case"] == case
    assert kfcs.do("verify").code == 0

"""Papers to print and sign (H12): the forms, the case file and the call list, through the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from conftest import NewDesk
from shell import Answer, Shell, settings
from test_render import Page

from kfcs.papers.capitals import capitals

FORMS = ("visit", "phone", "letter", "sheet", "coordination", "commitment", "receipt")
TEXT = "厨房墙面渗水，橱柜泡坏了，请联系 13800000001"
NASTY = (
    '漏水<script>alert("x")</script> & {{ 7 * 7 }} {% raw %} \u202egnp.exe \x1b[31m ' + "长" * 300 + "W" * 300
)


@pytest.fixture
def worked(kfcs: Shell) -> tuple[Shell, str]:
    """A case with everything that papers show, on the way to its callback."""
    settings(kfcs, phone='"023-67891234"')
    case = kfcs.log(
        TEXT, "--home", "3-1-502", "--customer", "赵女士", "--phone", "13800000001", "--channel", "visit",
        "--claim", "8000", "--remedy", "compensation", "--first-asked", "谭若溪", "--vip", project="天元道",
    )  # fmt: skip
    kfcs.do("dispatch", case, "--to", "工程部", "--contact-within", "30m", "--due", "+3d")
    kfcs.do("dispatch", case, "--to", "物业公司", "--coordinate", "--due", "2026-11-05")
    kfcs.do("sign", case, "--as", "received", "--by", "周工", now="2026-11-02 10:00")
    kfcs.do("sign", case, "--as", "customer", "--by", "赵女士")
    kfcs.do("contact", case, "约定下午上门", "--reply", "--ack", "--promise", "+3d", now="2026-11-02 10:30")
    kfcs.do(
        "note", case, "提供上门记录 13900000009", "--as", "coordination", "--approved-by", "罗启明",
        "--dept", "物业公司", "--due", "2026-11-04 12:00",
    )  # fmt: skip
    kfcs.do("rectify", case, "--order", "更换阀门", "--dept", "工程部", "--unit", "固川防水", "--due", "+2d")
    kfcs.do("compensate", case, "--apply", "6050.50", "--grounds", "防水失效")
    kfcs.do("compensate", case, "--approve", "6050.50", "--by", "罗启明")
    return kfcs, case


def text_of(answer: Answer) -> str:
    """What a page says, its markup and spaces aside."""
    body = re.sub(r"<style>.*?</style>", "", answer.out, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def printed(kfcs: Shell, case: str, form: str, *words: str) -> str:
    answer = kfcs.do("print", case, "--form", form, *words)
    Page(answer.out)
    return text_of(answer)


# ---------------------------------------------------------------- each form


TITLES = {
    "visit": ("来访登记表", "Record of a visit"),
    "phone": ("来电登记表", "Record of a call"),
    "letter": ("来信登记表", "Record of a letter"),
    "sheet": ("投诉处理单", "Handling sheet"),
    "coordination": ("协调单", "Coordination sheet"),
    "commitment": ("承诺书", "Letter of commitment"),
    "receipt": ("回执", "Receipt"),
}
RECEPTION = ("约定下午上门", "谭若溪", "2026-11-02 10:30", "工程部", "8,000.00")
FACTS = {
    "visit": RECEPTION,
    "phone": RECEPTION,
    "letter": RECEPTION,
    "sheet": ("rf.level.4", "RF-KF-ZY-03 6.3.1", "2026-11-09 23:59", "R1", "更换阀门", "固川防水", "周工"),
    "coordination": ("物业公司", "提供上门记录", "2026-11-04 12:00", "罗启明", "周工 2026-11-02 10:00"),
    "commitment": ("6,050.50", "防水失效", "罗启明"),
    "receipt": ("谭若溪", "023-67891234", "2026-11-05 10:30"),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("form", FORMS)
def test_h12_a_form_holds_the_facts(worked: tuple[Shell, str], form: str, lang: str) -> None:
    kfcs, case = worked
    told = printed(kfcs, case, form, "--lang", lang, "--reveal")
    for fact in (*FACTS[form], TITLES[form][lang == "en"], case, "天元道", "3-1-502", "赵女士", TEXT):
        assert fact in told, fact
    assert ("Number" in told) == (lang == "en")
    assert ("单号" in told) == (lang == "zh")


@pytest.mark.parametrize("form", FORMS)
def test_i5_a_form_is_called_by_its_word_in_both_languages(worked: tuple[Shell, str], form: str) -> None:
    kfcs, case = worked
    assert TITLES[form][0] in printed(kfcs, case, TITLES[form][0])


@pytest.mark.parametrize("form", FORMS)
def test_l4_personal_data_is_masked(worked: tuple[Shell, str], form: str) -> None:
    kfcs, case = worked
    told = printed(kfcs, case, form)
    assert "赵**" in told
    assert not [name for name in ("赵女士", "13800000001", "13900000009") if name in told]


@pytest.mark.parametrize(
    ("form", "place", "signed"),
    [
        ("visit", "客户签字", "赵女士 2026-11-02 10:00"),
        ("letter", "责任部门签收", "周工 2026-11-02 10:00"),
        ("sheet", "责任部门签收", "周工 2026-11-02 10:00"),
        ("sheet", "返单", "周工 2026-11-03 09:00"),
        ("sheet", "客户签字", "赵女士 2026-11-02 10:00"),
        ("coordination", "返单", "周工 2026-11-03 09:00"),
    ],
)
def test_h12_signatures_on_record_are_shown(
    worked: tuple[Shell, str], form: str, place: str, signed: str
) -> None:
    kfcs, case = worked
    kfcs.do("sign", case, "--as", "returned", "--by", "周工", now="2026-11-03 09:00")
    assert f"{place} {signed}" in printed(kfcs, case, form, "--reveal")


def test_h12_a_later_signature_of_the_customer_is_not_one_of_the_reception(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("resolve", case, "已修")
    kfcs.do("sign", case, "--as", "customer", "--by", "王五")
    assert "王五" not in printed(kfcs, case, "visit", "--reveal")
    assert "王五" in printed(kfcs, case, "sheet", "--reveal")


def test_h12_a_fresh_sheet_leaves_room_for_hands(kfcs: Shell) -> None:
    case = kfcs.log("车库灯不亮", "--anonymous")
    page = kfcs.do("print", case, "--form", "sheet").out
    assert page.count('<tr class="line">') == 5
    assert "■" not in page
    assert "□ 满意" in text_of(kfcs.do("print", case, "--form", "sheet"))


def test_h12_what_is_among_us_stands_on_no_paper_that_the_customer_signs(worked: tuple[Shell, str]) -> None:
    kfcs, case = worked
    told = {form: "重要" in printed(kfcs, case, form) for form in FORMS}
    assert [form for form, said in told.items() if said] == ["coordination"]


def test_h12_a_department_that_is_only_suggested_is_said_to_be(kfcs: Shell) -> None:
    case = kfcs.log("厨房漏水")
    assert "工程部（建议）" in printed(kfcs, case, "sheet")
    kfcs.do("dispatch", case, "--to", "工程部")
    assert "（建议）" not in printed(kfcs, case, "sheet")


def test_h12_the_sheet_shows_result_and_callback(worked: tuple[Shell, str]) -> None:
    kfcs, case = worked
    kfcs.do("rectify", case, "--done", "R1", "--cost", "1200.5", now="2026-11-03 09:00")
    kfcs.do("resolve", case, "阀门已换", "--cause", "quality.leak", "--prevention", "复查同批外墙")
    kfcs.do("callback", case, "--acceptable", "还行")
    told = printed(kfcs, case, "sheet")
    for fact in ("1,200.50", "阀门已换", "渗漏", "复查同批外墙", "■ 基本满意", "还行"):
        assert fact in told, fact


def test_h12_what_was_amended_or_taken_back_is_printed_as_it_stands(kfcs: Shell) -> None:
    case = kfcs.log("厨房漏水", "--phone", "13800000001")
    kfcs.do("dispatch", case, "--to", "物业")
    kfcs.do("amend", f"{case}#2", "--set", "department=工程部", "--reason", "写错")
    kfcs.do("contact", case, "打错电话")
    kfcs.do("undo")
    told = printed(kfcs, case, "phone")
    assert "工程部" in told
    assert not [gone for gone in ("物业", "打错电话") if gone in told]


def test_h12_a_superior_is_asked_for_the_help_of_the_brief(kfcs: Shell) -> None:
    case = kfcs.log("地下车库渗水", "--people", "12")
    parts = ("--cause", "收口不严", "--progress", "已围挡", "--difficulty", "要停用车位")
    kfcs.do("brief", case, "--to", "group", *parts, "--help-needed", "请协调施工单位")
    told = printed(kfcs, case, "coordination")
    for fact in ("协调对象 集团", "收口不严", "已围挡", "要停用车位", "请协调施工单位"):
        assert fact in told, fact


def test_l5_a_form_as_of_a_time(worked: tuple[Shell, str]) -> None:
    kfcs, case = worked
    told = printed(kfcs, case, "sheet", "--as-of", "2026-11-02 09:30")
    assert "更换阀门" not in told
    assert "数据截至： 2026-11-02 09:30" in told.replace("：", "： ").replace("  ", " ")
    assert "nothing is approved" in kfcs.refused(
        "print", case, "--form", "commitment", "--as-of", "2026-11-02 09:30"
    )


def test_h12_a_receipt_promises_no_time_that_has_passed(kfcs: Shell) -> None:
    case = kfcs.log()
    assert "答复时间 2026-11-09 23:59" in printed(kfcs, case, "receipt")
    kfcs.now = "2026-11-20 09:00"
    assert "2026-11-09" not in printed(kfcs, case, "receipt")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10", "壹拾元整"),
        ("1005.06", "壹仟零伍元零陆分"),
        ("6050.50", "陆仟零伍拾元伍角整"),
        ("10001", "壹万零壹元整"),
        ("100500", "壹拾万零伍佰元整"),
        ("20000000", "贰仟万元整"),
        ("100010000", "壹亿零壹万元整"),
        ("1000001000000", "壹万亿零壹佰万元整"),
        ("1234567890.12", "壹拾贰亿叁仟肆佰伍拾陆万柒仟捌佰玖拾元壹角贰分"),
    ],
)
def test_h8_a_sum_in_capitals(amount: str, text: str) -> None:
    assert capitals(Decimal(amount)) == f"人民币{text}"


def test_h8_the_letter_has_the_sum_in_capitals(worked: tuple[Shell, str]) -> None:
    kfcs, case = worked
    assert "人民币陆仟零伍拾元伍角整" in printed(kfcs, case, "commitment")
    assert "6,050.50 CNY" in printed(kfcs, case, "commitment", "--lang", "en")


# ---------------------------------------------------------------- the case file


CASE_FILE = (
    "rf.level.4", "RF-KF-ZY-03 6.2.4", "2026-11-05 10:30", "更换阀门", "工程部", "6,050.50", "周工", "branch head",
    "clock.contact", "jinke@", "recorded late", "amended by #", "taken back", "-1.0", "催办不力", "Bathrooms",
)  # fmt: skip


def test_h12_the_case_file_holds_all_that_was_recorded(worked: tuple[Shell, str]) -> None:
    kfcs, case = worked
    kfcs.do("escalate")
    kfcs.do("contact", case, "三天前谈过", "--at", "2026-11-02 11:00", now="2026-11-05 09:00")
    kfcs.do("amend", case, "--set", "people=2", "--reason", "夫妻二人")
    kfcs.do("note", case, "写错了")
    kfcs.do("undo")
    kfcs.do("adjust", "工程部", "--points", "-1", "--rule", "manual", "--reason", "催办不力", "--case", case)
    kfcs.do("rectify", case, "--done", "R1")
    kfcs.do("resolve", case, "已修")
    kfcs.do("callback", case, "--unsatisfied", "Bathrooms")
    page = kfcs.do("show", case, "--format", "html", "--lang", "en")
    Page(page.out)
    told = text_of(page)
    for fact in CASE_FILE:
        assert fact in told, fact
    entries = kfcs.do("export", "entries", "--format", "json").json
    assert entries[-1]["hash"] in told
    assert f"CQ1 · {len(entries)} " in told
    assert "赵女士" not in told
    assert "13900000009" not in told


def test_i5_the_case_file_is_chinese_unless_asked(worked: tuple[Shell, str]) -> None:
    kfcs, case = worked
    assert "诉求档案" in kfcs.do("show", case, "--format", "HTML").out
    assert "Case file" in kfcs.do("show", case, "--format", "html", "--lang", "en").out
    assert "天元道" in kfcs.do("show", case, "--format", "table", "--lang", "zh").out
    assert "处理中" not in kfcs.do("show", case, "--format", "table").out
    settings(kfcs, lang='"en"')
    assert "Case file" in kfcs.do("show", case, "--format", "html").out


def test_l4_what_was_written_of_a_case_is_masked_in_json_too(worked: tuple[Shell, str]) -> None:
    kfcs, case = worked
    kfcs.do(
        "rectify", case, "--order", "先电 13900000009", "--dept", "工程部", "--due", "+2d",
        now="2026-11-02 11:00",
    )  # fmt: skip
    kfcs.do("compensate", kfcs_claim(kfcs), "--apply", "10", "--grounds", "见短信 13900000009")
    assert "13900000009" not in kfcs.do("show", case, "--format", "json").out
    assert "13900000009" in kfcs.do("show", case, "--format", "json", "--reveal").out


def kfcs_claim(kfcs: Shell) -> str:
    return kfcs.log("车位划线不清", "--claim", "10")


# ---------------------------------------------------------------- the call list


@pytest.fixture
def homes(new_desk: NewDesk, tmp_path: Path) -> Shell:
    kfcs = new_desk("lifecycle")
    table = tmp_path / "homes.csv"
    table.write_text(
        "项目,房号,业主,电话,签约日期,交付日期\n天元道,3-1-503,钱先生,13800000002,2026-10-20,\n"
        "<b>云栖里</b>,8-2-101,孙女士,13800000003,2026-10-21,\n",
        encoding="utf-8",
    )
    kfcs.do("home", "import", str(table))
    return kfcs


def test_o2_the_call_list(homes: Shell) -> None:
    page = homes.do("touchpoints", "--format", "html").out
    Page(page)
    assert "<b>云栖里" not in page
    told = text_of(homes.do("touchpoints", "--format", "html"))
    for fact in (
        "客户联络清单",
        "2026年11月",
        "天元道",
        "<b>云栖里</b>",
        "3-1-503",
        "钱**",
        "138****0002",
        "待办 2",
    ):
        assert fact in told, fact
    assert "销售服务满意度回访" in told
    assert told.count("□") == 2
    told = text_of(homes.do("touchpoints", "--format", "html", "--lang", "en", "--reveal"))
    for fact in ("Call list", "钱先生", "13800000002", "Satisfaction with the sales service"):
        assert fact in told, fact


def test_o2_what_is_done_stands_apart(homes: Shell) -> None:
    homes.do("touchpoints", "done", "sales-satisfaction", "--home", "3-1-503")
    homes.do("touchpoints", "done", "sales-satisfaction", "--home", "8-2-101")
    told = text_of(homes.do("touchpoints", "--format", "html"))
    assert "待办 0 项，已办 2 项" in told
    assert "本月没有待联络的客户" in told


# ---------------------------------------------------------------- harmless, private


def every_page(kfcs: Shell, case: str, *words: str) -> list[str]:
    forms = [kfcs.do("print", case, "--form", form, *words).out for form in FORMS if form != "commitment"]
    return [*forms, kfcs.do("show", case, "--format", "html", *words).out]


def test_r4_nasty_texts_are_harmless(kfcs: Shell) -> None:
    case = kfcs.log(NASTY, "--customer", NASTY[:30], "--home", "<i>1</i>", project="<b>天湖</b>")
    kfcs.do("dispatch", case, "--to", "<img src=x>")
    kfcs.do("contact", case, NASTY)
    for page in every_page(kfcs, case, "--reveal"):
        seen = Page(page)
        assert not {"script", "i", "img"} & seen.seen
        assert not seen.addresses
        assert not re.search("[\x00-\x08\x1b\u202a-\u202e]", page)
        assert "{{ 7 * 7 }}" in unescape(page)


def test_r5_a_template_beside_the_ledger_wins(kfcs: Shell) -> None:
    case = kfcs.log("漏水")
    own = kfcs.folder / "templates"
    own.mkdir()
    (own / "form-receipt.html.j2").write_text("<p>我们的回执 {{ case.text }}</p>", encoding="utf-8")
    assert "我们的回执 漏水" in printed(kfcs, case, "receipt")
    (own / "case.html.j2").write_text("{{ case.nothing.here }}", encoding="utf-8")
    assert "case.html.j2" in kfcs.refused("show", case, "--format", "html", code=2)


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def without_heads(page: str) -> str:
    """A page without the heads of the ledger at its foot: each look at personal data is an entry more."""
    return re.sub(r"<footer.*?</footer>", "", page, flags=re.DOTALL)


Command = Callable[[str], tuple[str, ...]]
WRITING: dict[str, Command] = {
    "print": lambda case: ("print", case, "--form", "receipt"),
    "show": lambda case: ("show", case),
    "touchpoints": lambda case: ("touchpoints",),
}


@pytest.mark.parametrize("command", WRITING.values(), ids=WRITING)
def test_l4_a_file_with_personal_data_is_for_its_owner_alone(kfcs: Shell, command: Command) -> None:
    words = command(kfcs.log())
    path = kfcs.folder / "page.html"
    assert kfcs.do(*words, "-o", str(path)).out == ""
    assert mode_of(path) & 0o044
    path.chmod(0o666)
    kfcs.do(*words, "-o", str(path), "--reveal")
    assert mode_of(path) == 0o600
    page = kfcs.do(*words, *(() if words[0] == "print" else ("--format", "html")), "--reveal").out
    assert without_heads(path.read_text(encoding="utf-8")) == without_heads(page)
    assert not list(kfcs.folder.glob(".*.part"))


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("print", "{case}"), "--form"),
        (("print", "{case}", "--form", "poster"), "'poster'"),
        (("print", "{case}", "--form", "sheet", "--lang", "fr"), "fr"),
        (("print", "{case}", "--form", "sheet", "-o", "x.txt"), "x.txt"),
        (("print", "{case}", "--form", "sheet", "-o", "nowhere/x.html"), "nowhere"),
        (("print", "{case}", "--form", "sheet", "-o", "kfcs.toml/x.html"), "kfcs.toml"),
        (("print", "{case}", "--form", "sheet", "-o", "folder.html"), "folder.html"),
        (("print", "999", "--form", "sheet"), "999"),
        (("print", "999", "--form", "commitment"), "999"),
        (("show", "{case}", "-o", "x.pdf7"), "x.pdf7"),
        (("show", "{case}", "--format", "json", "-o", "x.html"), "json"),
        (("show", "{case}", "--format", "htm"), "htm"),
        (("touchpoints", "--format", "csv", "-o", "x.html"), "csv"),
        (("list", "--format", "html"), "html"),
    ],
)
def test_i3_what_no_state_could_make_right(
    kfcs: Shell, words: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(kfcs.folder)
    (kfcs.folder / "folder.html").mkdir()
    case = kfcs.log()
    before = sorted(path.name for path in kfcs.folder.iterdir())
    assert told in kfcs.refused(*(word.format(case=case) for word in words), code=2)
    assert sorted(path.name for path in kfcs.folder.iterdir()) == before


def test_i3_a_commitment_needs_an_approval(kfcs: Shell) -> None:
    case = kfcs.log("橱柜泡坏", "--claim", "800")
    assert "--approve" in kfcs.refused("print", case, "--form", "commitment", "-o", "x.html")

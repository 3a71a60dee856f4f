"""The homes archive, nodes, design changes, touchpoints and surveys at the command line (O2, O3, C1, K4, L4)."""

from __future__ import annotations

import csv
import stat
from pathlib import Path
from typing import Any

import pytest
from conftest import NewDesk
from shell import Shell

HEADER = "项目,房号,业主,电话,签约日期,交付日期,保修项目,保修到期"
HOMES = (
    "A,1-101,钱先生,13800000001,2026-10-31,,,",
    "A,1-102,孙女士,13800000002,2026-09-30,2026-10-15,防水,2027-01-31",
    "A,1-103,李四,13800000003,2026-08-20,,,",
    "B,1-101,周五,13800000004,2026-09-30,2025-10-15,,",
)


@pytest.fixture
def office(new_desk: NewDesk) -> Shell:
    """A desk under lifecycle whose archive holds four homes of two projects, on 2 November 2026."""
    shell = new_desk("lifecycle")
    take_in(shell, *HOMES)
    return shell


def written(shell: Shell, *rows: str, header: str = HEADER, name: str = "homes.csv") -> str:
    path = shell.folder / name
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return str(path)


def take_in(
    shell: Shell, *rows: str, header: str = HEADER, code: int = 0, options: tuple[str, ...] = ()
) -> str:
    """Import rows; gives what was said on stderr."""
    answer = shell("home", "import", written(shell, *rows, header=header), *options)
    assert answer.code == code, answer.err
    return answer.err


def homes(shell: Shell, *words: str) -> dict[tuple[str, str], Any]:
    rows = shell.do("home", "list", "--format", "json", *words).json
    return {(row["project"], row["home"]): row for row in rows}


def due(shell: Shell, month: str = "2026-11", *words: str) -> list[Any]:
    return list(shell.do("touchpoints", "--month", month, "--format", "json", *words).json)


def entries(shell: Shell) -> int:
    return int(shell.do("verify", "--format", "json").json["entries"])


def the_home(shell: Shell, who: str, *words: str) -> Any:
    [found] = shell.do("home", "show", who, "--format", "json", *words).json
    return found


# ---------------------------------------------------------------- import


def test_homes_are_taken_in_and_the_same_file_again_adds_nothing(office: Shell) -> None:
    before = entries(office)
    assert "4 rows: 0 taken in, 4 there already, 0 repeated, 0 rejected." in take_in(office, *HOMES)
    assert entries(office) == before
    assert homes(office).keys() == {("A", "1-101"), ("A", "1-102"), ("A", "1-103"), ("B", "1-101")}


def test_a_later_file_changes_just_what_it_says_otherwise(office: Shell) -> None:
    take_in(office, "A,1-101,,,,2026-11-01,,")
    row = homes(office, "--reveal")["A", "1-101"]
    assert (row["owner"], row["phone"]) == ("钱先生", "13800000001")
    assert (row["signed_on"], row["handed_over_on"]) == ("2026-10-31", "2026-11-01")


def test_a_change_and_back_again_is_no_repetition(office: Shell) -> None:
    take_in(office, "A,1-101,钱先生,13800000009,,,,")
    assert homes(office, "--reveal")["A", "1-101"]["phone"] == "13800000009"
    take_in(office, *HOMES)
    assert homes(office, "--reveal")["A", "1-101"]["phone"] == "13800000001"


def test_rows_of_one_home_tell_of_it_together(office: Shell) -> None:
    rows = ("C,2-201,吴一,13900000001,,,防水,2031-01-31", "C,2-201,郑二,13900000002,,,门窗,2028-01-31")
    take_in(office, *rows, rows[0])
    home = the_home(office, "2-201", "--reveal")
    assert [person["owner"] for person in home["owners"]] == ["吴一", "郑二"]
    assert [each["item"] for each in home["warranty"]] == ["门窗", "防水"]
    assert the_home(office, "13900000002")["home"] == "2-201"
    before = entries(office)
    take_in(office, *rows)
    assert entries(office) == before


def test_a_file_that_names_one_of_two_owners_leaves_the_other(office: Shell) -> None:
    take_in(office, "C,2-201,吴一,13900000001,,,,", "C,2-201,郑二,13900000002,,,,")
    take_in(office, "C,2-201,郑二,13900000003,,,,")
    owners = the_home(office, "2-201", "--reveal")["owners"]
    assert [(each["owner"], each["phone"]) for each in owners] == [
        ("吴一", "13900000001"),
        ("郑二", "13900000003"),
    ]


def test_a_sold_home_has_its_new_owner_alone(office: Shell) -> None:
    take_in(office, "A,1-103,王五,13900000005,,,,")
    assert [each["owner"] for each in the_home(office, "1-103", "--reveal")["owners"]] == ["王五"]
    assert office("home", "show", "13800000003").code == 2


REJECTED = (
    ("no project", ",1-1,甲,,,,,", "项目 is empty"),
    ("no home", "A,,甲,,,,,", "房号 is empty"),
    ("a home made a date", "A,3-Jan,甲,,,,,", "is a date, not a home"),
    ("a phone in scientific notation", "A,1-1,甲,1.38E+10,,,,", "lost its digits"),
    ("a signing ahead", "A,1-1,甲,,2026-12-01,,,", "lies ahead of now"),
    ("no date", "A,1-1,甲,,someday,,,", "签约日期"),
    ("a warranty without its end", "A,1-1,甲,,,,防水,", "保修到期 is empty"),
    ("an end without its warranty", "A,1-1,甲,,,,,2027-01-31", "保修项目 is empty"),
    ("an owner of common works", "A,,甲,,,,外墙,2027-01-31", "房号 is empty"),
)


@pytest.mark.parametrize(("row", "why"), [r[1:] for r in REJECTED], ids=[r[0] for r in REJECTED])
def test_a_row_is_wholly_in_or_rejected_with_its_reason(new_desk: NewDesk, row: str, why: str) -> None:
    office = new_desk("lifecycle")
    told = take_in(office, "A,9-9,乙,13700000001,,,,", row, code=3)
    assert why in told
    assert homes(office).keys() == {("A", "9-9")}
    rejects = office.folder / "homes.rejects.csv"
    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    [kept] = list(csv.DictReader(rejects.read_text(encoding="utf-8-sig").splitlines()))
    assert (kept["row"], why in kept["reason"]) == ("3", True)


def test_two_rows_that_contradict_each_other_on_a_date(office: Shell) -> None:
    rows = ("C,1,甲,,2026-10-01,,,", "C,1,甲,,2026-10-02,,,")
    assert "row 2 gives another date for the same home (2026-10-01)" in take_in(office, *rows, code=3)
    assert homes(office)["C", "1"]["signed_on"] == "2026-10-01"


def test_warranties_in_columns_of_their_own_and_phones_called_contact(office: Shell) -> None:
    header = "小区,室号,产权人,contact,防水保修到期,门窗 保修截止日期"
    take_in(office, "C,5,吴一,13900000001,2031年1月31日,2028/1/31", header=header)
    home = the_home(office, "13900000001", "--reveal")
    assert (home["owner"], home["phone"], home["contact"]) == ("吴一", "13900000001", None)
    assert [(each["item"], each["expires_on"]) for each in home["warranty"]] == [
        ("门窗", "2028-01-31"),
        ("防水", "2031-01-31"),
    ]


def test_what_holds_for_all_rows_and_a_dry_run(office: Shell) -> None:
    path = written(office, "7,吴一,13900000001", header="房号,业主,电话", name="few.csv")
    before = entries(office)
    told = office.do("home", "import", path, "--set", "项目=C", "--dry-run").err
    assert "1 taken in" in told
    assert "Nothing was written" in told
    assert entries(office) == before
    office.do("import", "homes", path, "--set", "project=C")
    assert ("C", "7") in homes(office)


def test_a_file_without_a_project_is_refused_as_a_whole(office: Shell) -> None:
    path = written(office, "7,吴一", header="房号,业主", name="few.csv")
    assert "No column holds project" in office.refused("home", "import", path, code=2)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_was_exported_comes_in_again(office: Shell, new_desk: NewDesk, lang: str) -> None:
    take_in(office, "A,1-102,共有人,13800000012,,,门窗,2028-01-31", "A,,,,,,外墙,2027-01-20")
    path = str(office.folder / "out.csv")
    office.environ["KFCS_LANG"] = lang
    office.do("export", "homes", "--reveal", "-o", path)
    other = new_desk("lifecycle", name="other", lang=lang)
    other.do("home", "import", path)
    exported = ("export", "homes", "--reveal", "--format", "json")
    assert other.do(*exported).json == office.do(*exported).json
    assert "孙女士" not in office.do("export", "homes").out


# ---------------------------------------------------------------- looking


def test_names_and_phones_are_masked_unless_revealed(office: Shell) -> None:
    for words in (("home", "list"), ("home", "show", "1-102"), ("touchpoints",), ("today",)):
        hidden, shown = office.do(*words).out, office.do(*words, "--reveal").out
        assert "孙女士" not in hidden, words
        assert "13800000002" not in hidden, words
        assert "孙**" in hidden, words
        assert "孙女士" in shown, words
        assert "13800000002" in shown, words


def test_a_home_at_a_glance(office: Shell) -> None:
    number = office.log(
        "厨房漏水", "--home", "1-102", "--phone", "13800000002", "--vip", "--legal", "threatened"
    )
    office.do("contact", number, "约定上门", "--promise", "2026-11-05 12:00")
    home = the_home(office, "1-102")
    assert (home["project"], home["stage"], home["handed_over_on"]) == ("A", "after-handover", "2026-10-15")
    assert home["warranty"] == [
        {"item": "防水", "expires_on": "2027-01-31", "days_left": 90, "expired": False}
    ]
    assert home["cautions"] == ["vip", "legal"]
    assert [(each["case"], each["text"]) for each in home["cases"]] == [(number, "厨房漏水")]
    assert home["promises"] == [{"case": number, "due": "2026-11-05T12:00:00+08:00", "state": "running"}]
    assert {each["touchpoint"] for each in home["touchpoints"]} == {
        "handover-satisfaction",
        "warranty-expiry",
    }


def test_a_promise_that_was_not_kept_is_a_caution(office: Shell) -> None:
    number = office.log("厨房漏水", "--home", "1-102")
    office.do("contact", number, "约定上门", "--promise", "2026-11-05 12:00")
    office.now = "2026-11-05T12:00:01+08:00"
    home = the_home(office, "1-102")
    assert (home["promises"][0]["state"], home["cautions"]) == ("breached", ["overdue"])


def test_the_last_opinion_counts_among_the_cautions(office: Shell) -> None:
    number = office.log("厨房漏水", "--home", "1-102", "--sensitive", "--phone", "13800000002")
    assert the_home(office, "1-102")["cautions"] == ["sensitive"]
    other = office.log("电梯异响", "--home", "1-102", "--phone", "13800000002")
    office.do("resolve", other, "已修")
    office.do("callback", other, "--unsatisfied")
    assert the_home(office, "1-102")["cautions"] == ["sensitive", "unsatisfied"]
    office.do("resolve", other, "再修")
    office.do("callback", other, "--satisfied")
    assert the_home(office, "1-102")["cautions"] == ["sensitive"]
    assert number in {each["case"] for each in the_home(office, "1-102")["cases"]}


def test_a_phone_of_no_home_shows_its_cases(office: Shell) -> None:
    number = office.log("路灯不亮", "--phone", "13900000077", "--customer", "过路人")
    home = the_home(office, "13900000077")
    assert (home["home"], home["owner"]) == (None, "过**")
    assert [each["case"] for each in home["cases"]] == [number]


def test_a_home_name_of_two_projects_shows_both(office: Shell) -> None:
    found = office.do("home", "show", "1-101", "--format", "json").json
    assert [each["project"] for each in found] == ["A", "B"]
    assert the_home(office, "1-101", "--project", "B")["project"] == "B"


def test_a_page_for_a_person(office: Shell) -> None:
    office.do("survey", "1-102", "--stage", "交付后", "--score", "80")
    number = office.log("厨房漏水", "--home", "1-102", "--vip")
    page = office.do("home", "show", "1-102", "--format", "table").out.splitlines()
    assert page[0] == "A  1-102  孙** 138****0002  after handover"
    assert page[1] == "Under warranty: 防水 until 2027-01-31 (90 days)"
    assert page[2] == "Mind: vip"
    assert "To do by 2026-11-30: Notice before a warranty ends" in page
    assert "Survey of 2026-11-02: after handover, 80.0 points" in page
    assert page[-1].startswith(number)


UNKNOWN = (
    ("home", "show", "9-909"),
    ("home", "show", "13999999999"),
    ("survey", "9-909", "--stage", "contract", "--score", "80"),
    ("touchpoints", "done", "sales-satisfaction", "--home", "9-909"),
    ("touchpoints", "done", "sales-satisfaction", "--home", "1-101", "--project", "C"),
    ("touchpoints", "done", "sales-satisfaction", "--home", "1-101"),
    ("touchpoints", "done", "sales-satisfaction", "--project", "Z"),
    ("touchpoints", "done", "tea-party", "--home", "1-102"),
    ("touchpoints", "done", "sales-satisfaction"),
    ("touchpoints", "--month", "2026-13"),
    ("project", "node", "A", "roof-garden"),
    ("project", "node", " ", "exterior-done"),
    ("project", "node", "A", "exterior-done", "--at", "2026-11-04"),
    ("project", "design-change", "A", "--home", "9-909"),
    ("survey", "1-102", "--stage", "contract", "--score", "101"),
    ("survey", "1-102", "--stage", "contract", "--score", "nan"),
    ("survey", "1-102", "--stage", "honeymoon", "--score", "80"),
    ("survey", "1-102", "--stage", "contract"),
    ("survey", "1-102", "--score", "80"),
)


@pytest.mark.parametrize("words", UNKNOWN, ids=" ".join)
def test_what_does_not_exist_is_refused_and_writes_nothing(office: Shell, words: tuple[str, ...]) -> None:
    before = entries(office)
    office.refused(*words, code=2)
    assert entries(office) == before


# ---------------------------------------------------------------- what the archive tells a case


@pytest.mark.parametrize(
    ("words", "stage"),
    [
        (("--home", "1-101"), "contract"),
        (("--home", "1-102"), "after-handover"),
        (("--phone", "13800000001"), "contract"),
        (("--home", "１－１０２"), "after-handover"),
        (("--home", "1-102", "--stage", "contract"), "contract"),
        (("--home", "9-909"), None),
        ((), None),
        (("--home", "1-101", "--at", "2026-10-30 12:00"), "pre-sale"),
        (("--home", "1-102", "--at", "2026-10-14 12:00"), "contract"),
    ],
)
def test_the_stage_comes_from_the_archive(office: Shell, words: tuple[str, ...], stage: str | None) -> None:
    case = office.show(office.log("咨询进度", *words))
    assert case["stage"] == stage


def test_the_owner_is_shown_and_never_filled_in(office: Shell) -> None:
    answer = office.do("log", "厨房漏水", "--project", "A", "--home", "1-102", "--format", "json").json
    assert answer["archive"]["owner"] == "孙**"
    assert (answer["customer"], answer["phone"]) == (None, None)
    case = office.show(answer["case"], "--reveal")
    assert (case["customer"], case["phone"]) == (None, None)
    assert "孙** 138****0002" in office.do("log", "卫生间漏水", "--project", "A", "--home", "1-102").out


def test_nothing_is_shown_of_a_home_that_is_not_there(office: Shell) -> None:
    answer = office.do("log", "厨房漏水", "--project", "A", "--home", "9-909", "--format", "json").json
    assert answer["archive"] is None


def test_a_project_is_handed_over_with_its_first_home_unless_it_is_set(new_desk: NewDesk) -> None:
    """K4: within three months after the handover engineering, property company after; cases are judged anew."""
    office = new_desk("lifecycle")
    case = office.log("墙面开裂")
    assert office.show(case)["suggested_department"] == "engineering"
    take_in(office, "A,1-102,,,,2026-07-15,,", "A,1-103,,,,2026-09-15,,")
    assert office.show(case)["suggested_department"] == "property-company"
    office.do("project", "set", "A", "--handed-over", "2026-09-01")
    assert office.show(case)["suggested_department"] == "engineering"
    office.do("verify")


# ---------------------------------------------------------------- touchpoints


def test_what_is_due_in_a_month(office: Shell) -> None:
    office.do("project", "node", "A", "主体结构封顶", "--at", "2026-10-31")
    found = [(r["touchpoint"], r["project"], r["home"], r["from"], r["due"], r["state"]) for r in due(office)]
    assert found == [
        ("progress-notice", "A", None, "2026-10-31", "2026-11-02", "upcoming"),
        ("sales-satisfaction", "A", "1-101", "2026-11-01", "2026-11-10", "upcoming"),
        ("handover-satisfaction", "A", "1-102", "2026-11-01", "2026-11-10", "upcoming"),
        ("warranty-expiry", "A", "1-102", "2026-11-01", "2026-11-30", "upcoming"),
    ]
    assert [row["touchpoint"] for row in due(office, "2026-12")] == []
    october = [(row["touchpoint"], row["home"], row["state"]) for row in due(office, "2026-10")]
    assert ("sales-satisfaction", "1-102", "missed") in october


def test_this_month_unless_another_is_named(office: Shell) -> None:
    bare = office.do("touchpoints", "--format", "json").json
    assert bare == due(office) == office.do("touchpoints", "--month", "--format", "json").json


def test_done_late_and_missed(office: Shell) -> None:
    office.do(
        "touchpoints",
        "done",
        "sales-satisfaction",
        "--home",
        "1-101",
        "--project",
        "A",
        now="2026-11-10 17:00",
    )
    office.do("touchpoints", "done", "交付服务满意度回访", "--home", "1-102", now="2026-11-11 09:00")
    states = {row["touchpoint"]: row["state"] for row in due(office)}
    assert states == {
        "sales-satisfaction": "done",
        "handover-satisfaction": "late",
        "warranty-expiry": "upcoming",
    }
    office.now = "2026-12-01T00:00:00+08:00"
    assert {row["touchpoint"]: row["state"] for row in due(office)}["warranty-expiry"] == "missed"


def test_done_twice_is_refused_unless_it_adds_something(office: Shell) -> None:
    words = ("touchpoints", "done", "warranty-expiry", "--home", "1-102")
    office.do(*words)
    assert "was done on 2026-11-02" in office.refused(*words)
    office.do(*words, "--receipt", "RA123")


def test_nothing_to_do_is_refused(office: Shell) -> None:
    assert "falls due" in office.refused("touchpoints", "done", "warranty-expiry", "--home", "1-103")


def test_not_years_before_its_time(office: Shell) -> None:
    take_in(office, "A,1-103,,,,,屋面,2031-10-31")
    refusal = office.refused("touchpoints", "done", "warranty-expiry", "--home", "1-103")
    assert "not to be done there before 2031-08-01" in refusal


def test_one_act_for_a_whole_project(office: Shell) -> None:
    take_in(office, "A,1-104,赵六,,2026-10-05,,,")
    office.do("touchpoints", "done", "sales-satisfaction", "--project", "A")
    states = {row["home"]: row["state"] for row in due(office) if row["touchpoint"] == "sales-satisfaction"}
    assert states == {"1-101": "done", "1-104": "done"}


def test_what_tells_several_apart(office: Shell) -> None:
    take_in(office, "A,1-102,,,,,门窗,2027-01-15")
    office.do("touchpoints", "done", "warranty-expiry", "--home", "1-102", "--what", "防水")
    states = {row["about"]: row["state"] for row in due(office) if row["touchpoint"] == "warranty-expiry"}
    assert states == {"防水": "done", "门窗": "upcoming"}


def test_an_open_day_is_recorded_though_nothing_was_due(office: Shell) -> None:
    answer = office.do("touchpoints", "done", "open-day", "--project", "B")
    assert "recorded all the same" not in answer.err
    office.do("project", "node", "Q", "exterior-done")
    assert "recorded all the same" in office.do("touchpoints", "done", "open-day", "--project", "Q").err


def test_common_works_of_a_project(office: Shell) -> None:
    take_in(office, "A,,,,,,外墙,2027-01-20")
    [row] = [row for row in due(office) if row["home"] is None]
    assert (row["touchpoint"], row["about"], row["due"]) == ("warranty-expiry", "外墙", "2026-11-20")
    assert "外墙" in {each["item"] for each in the_home(office, "1-103")["warranty"]}
    assert ("A", "") not in homes(office)


def test_a_closed_repair_is_asked_about_and_a_sensitive_one_is_not(office: Shell) -> None:
    told: list[str] = []
    for words in ((), ("--sensitive",)):
        case = office.log("水管漏水", "--kind", "repair", "--home", "1-102", "--phone", "13800000002", *words)
        office.do("resolve", case, "已修")
        told.append(case)
    office.do("callback", told[0], "--satisfied", now="2026-11-04 10:00")
    office.escalate(now="2026-11-20 10:00")
    assert office.show(told[1])["state"] == "closed"
    rows = [row for row in due(office) if row["touchpoint"] == "rectification-satisfaction"]
    assert [(row["about"], row["from"], row["due"]) for row in rows] == [
        (told[0], "2026-11-04", "2026-11-11")
    ]
    office.do("touchpoints", "done", "rectification-satisfaction", "--home", "1-102")
    [row] = [row for row in due(office) if row["touchpoint"] == "rectification-satisfaction"]
    assert row["state"] == "late"


def test_the_same_node_on_the_same_day_is_recorded_once(office: Shell) -> None:
    words = ("project", "node", "A", "exterior-done", "--at", "2026-11-01")
    office.do(*words)
    before = entries(office)
    assert "recorded already" in office.do(*words).err
    assert entries(office) == before
    office.do("project", "node", "A", "exterior-done", "--at", "2026-11-02")
    assert len([row for row in due(office) if row["touchpoint"] == "progress-notice"]) == 2


def test_letters_on_a_change_of_design_go_to_those_who_have_bought_and_not_moved_in(
    new_desk: NewDesk,
) -> None:
    office = new_desk("jinke")
    take_in(office, *HOMES)
    office.do("project", "design-change", "A", "--at", "2026-11-01")
    assert {row["home"]: (row["from"], row["due"]) for row in due(office)} == {
        "1-101": ("2026-11-01", "2026-11-03"),
        "1-103": ("2026-11-01", "2026-11-03"),
    }
    office.do("touchpoints", "done", "design-change", "--home", "1-103", "--receipt", "RA1")
    assert {row["home"]: row["feedback"] for row in due(office)} == {"1-101": None, "1-103": "missing"}
    office.do("touchpoints", "done", "design-change", "--home", "1-103", "--feedback", "同意变更")
    assert {row["home"]: row["feedback"] for row in due(office)} == {"1-101": None, "1-103": "collected"}


def test_a_change_of_design_may_name_its_homes_or_have_none(new_desk: NewDesk) -> None:
    office = new_desk("jinke")
    take_in(office, *HOMES)
    office.do("project", "design-change", "A", "--home", "1-101")
    assert [row["home"] for row in due(office)] == ["1-101"]
    office.do("project", "design-change", "Q")
    assert [(row["project"], row["home"]) for row in due(office)] == [("A", "1-101"), ("Q", None)]


def test_a_policy_that_asks_for_no_notice_says_so(office: Shell) -> None:
    assert "asks for no notice" in office.do("project", "design-change", "A").err


def test_joint_acceptance_goes_by_the_planned_handover(new_desk: NewDesk) -> None:
    office = new_desk("specialist")
    take_in(office, "A,1,2027-04-30", "A,2,2027-04-28", "B,1,", header="项目,房号,计划交付日期")
    office.do("project", "set", "B", "--handed-over", "2027-04-15")
    found = {
        (r["touchpoint"], r["project"], r["due"]) for r in (*due(office, "2027-02"), *due(office, "2027-03"))
    }
    assert found == {
        ("house-check", "A", "2027-02-28"),
        ("joint-acceptance", "A", "2027-02-28"),
        ("joint-acceptance-organised", "A", "2027-03-28"),
        ("house-check", "B", "2027-02-15"),
        ("joint-acceptance", "B", "2027-02-15"),
        ("joint-acceptance-organised", "B", "2027-03-15"),
    }
    assert [row["project"] for row in due(office, "2027-10")] == ["A", "B"]


# ---------------------------------------------------------------- the list of the day


def work(shell: Shell, *words: str) -> list[Any]:
    rows = shell.do("today", "--format", "json", *words).json
    return [row for row in rows if row["case"] is None and "satisfaction" in str(row["text"])]


def test_overdue_touchpoints_stand_in_today_and_go_when_done(office: Shell) -> None:
    office.now = "2026-11-11T09:00:00+08:00"
    assert [(row["what"], row["home"], row["due"]) for row in work(office)] == [
        ("tell or ask: overdue", "1-101", "2026-11-10"),
        ("tell or ask: overdue", "1-102", "2026-11-10"),
    ]
    office.do("touchpoints", "done", "sales-satisfaction", "--home", "1-101", "--project", "A")
    assert [row["home"] for row in work(office)] == ["1-102"]


def test_many_homes_are_one_line(office: Shell) -> None:
    take_in(office, "A,1-104,赵六,,2026-10-05,,,")
    [row] = [row for row in work(office) if "sales" in row["text"]]
    assert (row["home"], row["what"]) == (None, "tell or ask: can be done now")
    assert row["text"].endswith("homes: 2")


def test_what_was_past_when_the_archive_came_is_no_failure_of_today(office: Shell) -> None:
    """1-102 was signed in September: its call was due before the archive was there."""
    texts = [(row["text"], row["home"]) for row in office.do("today", "--format", "json").json]
    assert not [text for text, home in texts if "sales" in text and home in ("1-102", "1-103")]


# ---------------------------------------------------------------- surveys


def test_a_survey_counts_in_the_report_by_stage_and_does_the_call(office: Shell) -> None:
    office.do("survey", "1-102", "--stage", "after-handover", "--score", "90", "--score", "80.5")
    office.do("survey", "1-101", "--project", "A", "--stage", "签约", "--score", "60")
    office.do("survey", "1-103", "--stage", "contract", "--score", "71")
    report = office.do("report", "--month", "2026-11", "--format", "json").json
    assert report["surveys"] == {
        "contract": {"count": 2, "average": 65.5},
        "after-handover": {"count": 1, "average": 85.25},
    }
    states = {(row["touchpoint"], row["home"]): row["state"] for row in due(office)}
    assert states["handover-satisfaction", "1-102"] == "done"
    assert states["sales-satisfaction", "1-101"] == "done"


def test_other_months_and_branches_are_left_out(office: Shell) -> None:
    office.do("survey", "1-102", "--stage", "contract", "--score", "90", "--at", "2026-10-31 23:59:59")
    assert office.do("report", "--month", "2026-11", "--format", "json").json["surveys"] == {}
    october = ("report", "--month", "2026-10", "--format", "json")
    assert office.do(*october).json["surveys"] == {"contract": {"count": 1, "average": 90.0}}
    assert office.do(*october, "--branch", "成都").json["surveys"] == {}


# ---------------------------------------------------------------- the ledger


def test_what_was_taken_back_or_corrected_is_gone(office: Shell) -> None:
    office.do("project", "node", "A", "exterior-done")
    office.do("undo")
    assert not [row for row in due(office) if row["touchpoint"] == "progress-notice"]
    entry = office.do("survey", "1-102", "--stage", "contract", "--score", "10", "--format", "json").json[
        "entry"
    ]
    office.do("amend", entry, "--set", "score=100", "--reason", "slip")
    report = office.do("report", "--month", "2026-11", "--format", "json").json
    assert report["surveys"] == {"contract": {"count": 1, "average": 100.0}}
    office.do("verify")


def test_an_owner_is_corrected_and_an_import_taken_back(new_desk: NewDesk) -> None:
    office = new_desk("lifecycle")
    take_in(office, "A,1,吴一,13900000001,2026-10-01,,,")
    [entry] = [
        row["id"] for row in office.do("export", "entries", "--format", "json").json if row["kind"] == "home"
    ]
    office.do(
        "amend", entry, "--set", "phone=13900000002", "--set", "signed_on=2026-10-09", "--reason", "slip"
    )
    row = homes(office, "--reveal")["A", "1"]
    assert (row["owner"], row["phone"], row["signed_on"]) == ("吴一", "13900000002", "2026-10-09")
    take_in(office, "A,2,郑二,13900000003,,,,")
    office.do("undo")
    assert homes(office).keys() == {("A", "1")}
    office.do("verify")


def everything(shell: Shell) -> list[Any]:
    """All that can be seen of the archive."""
    shown = [shell.do("home", "list", "--reveal").out, shell.do("home", "show", "1-102", "--reveal").out]
    return [*shown, due(shell), due(shell, "2026-10"), shell.do("today").out]


def test_a_rebuild_gives_the_same_and_the_past_can_be_asked(office: Shell) -> None:
    case = office.log("水管漏水", "--kind", "repair", "--home", "1-102")
    office.do("resolve", case, "已修")
    office.do("project", "node", "A", "exterior-done")
    office.do("project", "design-change", "A")
    office.do("survey", "1-102", "--stage", "contract", "--score", "90")
    office.do("touchpoints", "done", "warranty-expiry", "--home", "1-102", "--receipt", "RA1")
    take_in(office, "A,1-102,孙女士,13800000022,,,门窗,2028-01-31")
    before = everything(office)
    office.do("verify")
    office.do("rebuild")
    assert everything(office) == before
    past = office("home", "show", "1-102", "--as-of", "2026-11-01")
    assert past.code == 2  # nothing had been recorded by then


def test_a_merged_ledger_brings_its_homes(office: Shell, new_desk: NewDesk) -> None:
    other = new_desk("lifecycle", name="other")
    settings = other.folder / "kfcs.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("CQ1", "CQ2"), encoding="utf-8")
    take_in(other, "A,2-201,吴一,13900000001,2026-10-09,,,")
    other.do("project", "node", "A", "exterior-done")
    for _ in range(2):
        office.do("merge", str(other.folder / "kfcs.db"))
    assert ("A", "2-201") in homes(office)
    assert [row for row in due(office) if row["touchpoint"] == "progress-notice"]
    office.do("verify")


def test_the_workbook_that_excel_writes(office: Shell, tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter")
    pytest.importorskip("python_calamine")
    path = tmp_path / "homes.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("业主档案")
    rows = [
        ["业主档案（2026）"],
        HEADER.split(","),
        ["C", "6-601", "吴一", 13900000001, 46296, 46310, "防水", 47878],
    ]
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    book.close()
    office.do("home", "import", str(path))
    row = homes(office, "--reveal")["C", "6-601"]
    assert (row["phone"], row["signed_on"], row["handed_over_on"]) == (
        "13900000001",
        "2026-10-01",
        "2026-10-15",
    )

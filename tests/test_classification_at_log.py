"""What the rules propose as a case is logged, and what a person says (SPEC K2, K4, C3)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from conftest import NewDesk
from shell import Answer, Shell

# ---------------------------------------------------------------- proposals and what overrules them


def test_the_rules_propose_and_name_the_words(kfcs: Shell) -> None:
    shown = kfcs.show(kfcs.log("厨房顶棚漏水"))
    assert (shown["category"], shown["subcategory"]) == ("quality", "quality.leak")
    assert (shown["proposed"]["subcategory"], "漏水" in "".join(shown["proposed"]["words"])) == (
        "quality.leak",
        True,
    )


@pytest.mark.parametrize(
    ("given", "category", "subcategory"),
    [
        ("sales.promise", "sales", "sales.promise"),
        ("property", "property", None),
        ("工程质量", "quality", None),
        ("渗漏", "quality", "quality.leak"),
    ],
)
def test_a_person_overrules_and_both_are_kept(
    kfcs: Shell, given: str, category: str, subcategory: str | None
) -> None:
    shown = kfcs.show(kfcs.log("电梯困人", "--category", given))
    assert (shown["category"], shown["subcategory"]) == (category, subcategory)
    assert shown["proposed"]["subcategory"] == "quality.lift"


def test_an_unknown_category_is_refused_also_where_the_case_would_only_be_joined(kfcs: Shell) -> None:
    kfcs.refused("log", "电梯困人", "--project", "A", "--category", "nonsense", code=2)
    case = kfcs.log()
    kfcs.refused("log", "又来", "--project", "A", "--category", "nonsense", "--repeat-of", case, code=2)
    assert len(kfcs.show(case)["timeline"]) == 1


# ---------------------------------------------------------------- cues

CUED = "我们5户业主要求退房，再不解决就找电视台曝光并起诉"
CUES = {"people": 5, "media": "threatened", "legal": "threatened", "refund": True}


def to_confirm(kfcs: Shell) -> set[str]:
    """The cases whose cues `today` lists."""
    return {row["case"] for row in kfcs.do("today", "--format", "json").json if "cue" in row["what"]}


def test_cues_are_stored_and_decide_nothing(kfcs: Shell) -> None:
    case = kfcs.log(CUED)
    shown = kfcs.show(case)
    assert {name: shown["cues"].get(name) for name in CUES} == CUES
    assert (shown["level"], shown["people"], shown["refund"]) == (4, 1, False)
    assert to_confirm(kfcs) == {case}


def test_accepted_cues_are_facts(kfcs: Shell) -> None:
    case = kfcs.log(CUED, "--accept-cues")
    shown = kfcs.show(case)
    assert {name: shown[name] for name in CUES} == CUES
    assert (shown["level"], shown["cues"], to_confirm(kfcs)) == (2, {}, set())


def test_what_was_said_is_no_cue(kfcs: Shell) -> None:
    shown = kfcs.show(kfcs.log(CUED, "--people", "12", "--media", "exposed", "--refund"))
    assert set(shown["cues"]) & {"people", "media", "refund"} == set()
    assert shown["cues"]["legal"] == "threatened"


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        pytest.param(
            ["home=3-1-502"], {"people", "media", "legal", "refund"}, id="another field settles none"
        ),
        pytest.param(
            ["media=threatened"], {"people", "legal", "refund"}, id="setting a fact settles its cue"
        ),
        pytest.param(["media=none"], {"people", "legal", "refund"}, id="so does denying it"),
        pytest.param(["media=none", "legal=none", "people=1", "refund=no"], set(), id="all denied"),
    ],
)
def test_a_cue_waits_until_somebody_says_what_holds(kfcs: Shell, changes: list[str], left: set[str]) -> None:
    case = kfcs.log(CUED)
    kfcs.do("amend", case, *[word for change in changes for word in ("--set", change)], "--reason", "核实")
    assert (set(kfcs.show(case)["cues"]) & set(CUES), to_confirm(kfcs)) == (left, {case} if left else set())


def test_taking_the_answer_back_asks_again(kfcs: Shell) -> None:
    case = kfcs.log("再不解决就找电视台曝光")
    kfcs.do("amend", case, "--set", "media=none", "--reason", "核实")
    assert to_confirm(kfcs) == set()
    kfcs.do("undo")
    assert to_confirm(kfcs) == {case}


def test_a_closed_case_asks_nothing(kfcs: Shell) -> None:
    case = kfcs.log(CUED)
    kfcs.do("close", case, "--why", "withdrawn", "--reason", "x")
    assert (kfcs.show(case)["cues"], to_confirm(kfcs)) == ({}, set())


# ---------------------------------------------------------------- likely repeats

WORDS = "车库入口道闸抬杆太慢"
FIRST = ("--phone", "13800000001", "--home", "3-1-502", "--category", "property.parking")
LIKELY: dict[str, tuple[str | None, Sequence[str]]] = {
    "the same phone and matter": ("phone", ("--phone", "13800000001", "--category", "property.parking")),
    "the same home and matter": ("home", ("--home", "3-1-502", "--category", "property.parking")),
    "the same phone, a matter without a sub-category": ("phone", ("--phone", "13800000001", "--category", "property")),
    "the same phone, another matter": (None, ("--phone", "13800000001", "--category", "property.noise")),
    "the same home of another project": (None, ("--home", "3-1-502", "--category", "property.parking", "--project", "B")),
    "the same phone in another project": (
        "phone", ("--phone", "13800000001", "--category", "property.parking", "--project", "B")),
    "another phone and home": (None, ("--phone", "13800000002", "--home", "3-1-503", "--category", "property.parking")),
}  # fmt: skip


def repeats(answer: Answer) -> list[tuple[str, str]]:
    return [(row["case"], row["why"]) for row in answer.json["likely_repeats"]]


def log(kfcs: Shell, text: str, *words: str, now: str = "2026-11-20 09:00") -> Answer:
    more = words if "--project" in words else ("--project", "A", *words)
    return kfcs.do("log", text, *more, "--format", "json", now=now)


@pytest.mark.parametrize(("why", "words"), LIKELY.values(), ids=LIKELY)
def test_who_may_be_repeating_themselves(kfcs: Shell, why: str | None, words: Sequence[str]) -> None:
    case = kfcs.log(WORDS, *FIRST)
    assert repeats(log(kfcs, "又是那件事情", *words)) == ([(case, why)] if why else [])


def test_nearly_the_same_words_in_the_project_may_be_a_repeat(kfcs: Shell) -> None:
    case = kfcs.log(WORDS)
    assert repeats(log(kfcs, WORDS + "！！", "--category", "other")) == [(case, "text")]
    assert repeats(log(kfcs, WORDS, "--project", "B")) == []


def test_who_joined_may_be_repeating_themselves_too(kfcs: Shell) -> None:
    case = kfcs.log(WORDS, *FIRST)
    kfcs.do("join", case, "--phone", "13800000007")
    again = log(kfcs, "又是那件事情", "--phone", "13800000007", "--category", "property.parking")
    assert repeats(again) == [(case, "phone")]


@pytest.mark.parametrize(
    ("now", "found"), [("2026-12-02 09:00", True), ("2026-12-02 09:00:01", False)], ids=["30 days", "more"]
)
def test_thirty_days_back(kfcs: Shell, now: str, found: bool) -> None:
    kfcs.log(WORDS, *FIRST)
    assert bool(repeats(log(kfcs, "又是那件事情", *FIRST, now=now))) is found


def test_closed_cases_are_shown_and_void_or_folded_ones_are_not(kfcs: Shell) -> None:
    closed, void, other, folded = (kfcs.log(WORDS, *FIRST) for _ in range(4))
    kfcs.do("close", closed, "--why", "withdrawn", "--reason", "x")
    kfcs.do("close", void, "--why", "void", "--reason", "x")
    kfcs.do("join", other, "--case", folded)
    assert {case for case, _ in repeats(log(kfcs, "又是那件事情", *FIRST))} == {closed, other}


# ---------------------------------------------------------------- said to be a repeat


def test_a_repeat_of_an_open_case_joins_it_with_all_that_was_said(kfcs: Shell) -> None:
    case = kfcs.log(WORDS, *FIRST)
    words = (
        "--repeat-of",
        case,
        "--phone",
        "13800000002",
        "--people",
        "3",
        "--media",
        "threatened",
        "--claim",
        "200",
    )
    again = log(kfcs, "再不解决就起诉", *words)
    shown = again.json
    assert (shown["case"], shown["people"], shown["times"], shown["media"], shown["claim"]) == (
        case,
        4,
        2,
        "threatened",
        200,
    )
    assert (shown["level"], shown["cues"].get("legal")) == (3, "threatened")


def test_cues_of_a_repeat_may_be_accepted(kfcs: Shell) -> None:
    case = kfcs.log(WORDS)
    assert log(kfcs, "再不解决就起诉", "--repeat-of", case, "--accept-cues").json["legal"] == "threatened"
    kfcs.do("close", case, "--why", "withdrawn", "--reason", "x")
    linked = log(kfcs, "再不解决就起诉", "--repeat-of", case, "--accept-cues").json
    assert (linked["repeat_of"], linked["legal"]) == (case, "threatened")


def test_a_case_awaiting_its_callback_is_joined_and_stays_resolved(kfcs: Shell) -> None:
    case = kfcs.log(WORDS, *FIRST)
    kfcs.do("resolve", case, "x")
    shown = log(kfcs, "又来了", "--repeat-of", case).json
    assert (shown["case"], shown["state"], shown["times"]) == (case, "resolved", 2)


def test_a_repeat_is_not_told_before_the_case_was_received(kfcs: Shell) -> None:
    case = kfcs.log(WORDS)
    words = ("log", "又来了", "--project", "A", "--repeat-of", case, "--at", "2026-11-01 09:00")
    kfcs.refused(*words, code=2, now="2026-11-03 09:00")


@pytest.mark.parametrize("policy_level", [("closed", 3), ("quiet", 3), ("open", 4)], ids=lambda pair: pair[0])
def test_only_a_repeat_after_handling_is_a_second_complaint(
    new_desk: NewDesk, policy_level: tuple[str, int]
) -> None:
    state, level = policy_level
    kfcs = new_desk("major-hot")
    case = kfcs.log(WORDS, *(["--sensitive"] if state == "quiet" else []))
    if state != "open":
        kfcs.do("resolve", case, "x")
    if state == "closed":
        kfcs.do("callback", case, "--satisfied")
    assert log(kfcs, "又来了", "--repeat-of", case, now="2026-11-04 09:00").json["level"] == level


# ---------------------------------------------------------------- suggested department

ROUTES: dict[str, tuple[str, str, str | None]] = {
    "quality, no handover known": ("quality.leak", "engineering", None),
    "quality within three months": ("quality.leak", "engineering", "2026-08-03"),
    "quality on the last day of three months": ("quality.leak", "engineering", "2026-08-02"),
    "quality after three months": ("quality.leak", "property-company", "2026-08-01"),
    "design after three months": ("design.layout", "property-company", "2026-08-01"),
    "before the handover": ("design.layout", "engineering", "2026-12-01"),
    "sales": ("sales.promise", "sales", "2026-08-01"),
    "property": ("property.noise", "property-company", None),
    "other": ("other.attitude", "customer-service", None),
}


@pytest.mark.parametrize(("category", "department", "handed_over"), ROUTES.values(), ids=ROUTES)
def test_a_department_is_suggested_and_none_has_it_yet(
    kfcs: Shell, category: str, department: str, handed_over: str | None
) -> None:
    if handed_over:
        kfcs.do("project", "set", "A", "--handed-over", handed_over)
    shown = kfcs.show(kfcs.log("投诉", "--category", category))
    assert (shown["suggested_department"], shown["department"]) == (department, None)

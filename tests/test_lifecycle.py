"""What a case's state allows (SPEC H4-H7, H10, H11), and what each act makes of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from casework import CASE, Story, moment, policy, stamp
from conftest import NewDesk
from shell import Shell, clocks

from kfcs.entries import Person
from kfcs.errors import KfcsError, say
from kfcs.rules.lifecycle import (
    may_call_back,
    may_close,
    may_handle,
    may_inspect,
    may_join,
    may_rectify,
    may_reopen,
    may_resolve,
    separation,
)

DUE = "2026-11-06T18:00:00+08:00"

# ---------------------------------------------------------------- state and act

STATES: dict[str, Callable[[], Story]] = {
    "open": Story,
    "rectifying": lambda: Story().order("11-02 10:00", due="11-06 18:00"),
    "resolved": lambda: Story().resolve("11-02 10:00"),
    "quiet": lambda: Story(sensitive=True).resolve("11-02 10:00"),
    "closed": lambda: Story().resolve("11-02 10:00").callback("11-02 11:00", "satisfied"),
    "void": lambda: Story().close("11-02 10:00", "void"),
    "folded in": lambda: Story().add("join", "11-02 10:00", case="CQ1-20261102-009", refers=CASE),
}
ACTS: dict[str, Callable[[Story], KfcsError | None]] = {
    "dispatch": lambda s: may_handle(s.case(), say("Dispatching")),
    "contact": lambda s: may_handle(s.case(), say("A contact")),
    "join": lambda s: may_join(s.case()),
    "order": lambda s: may_rectify(s.case()),
    "resolve": lambda s: may_resolve(s.case(), None),
    "resolve despite": lambda s: may_resolve(s.case(), "业主自行修好"),
    "callback": lambda s: may_call_back(s.case()),
    "withdrawn": lambda s: may_close(s.case(), "withdrawn", policy("jinke")),
    "beyond authority": lambda s: may_close(s.case(), "beyond-authority", policy("jinke")),
    "void": lambda s: may_close(s.case(), "void", policy("jinke")),
    "duplicate": lambda s: may_close(s.case(), "duplicate", policy("jinke")),
    "reopen": lambda s: may_reopen(s.case()),
}
TAKING = {"dispatch", "contact", "join"}
ALLOWED: dict[str, set[str]] = {
    "open": TAKING
    | {"order", "resolve", "resolve despite", "withdrawn", "beyond authority", "void", "duplicate"},
    "rectifying": TAKING | {"order", "resolve despite", "withdrawn", "beyond authority", "void", "duplicate"},
    "resolved": TAKING | {"callback", "void", "duplicate", "reopen"},
    "quiet": TAKING | {"void", "duplicate", "reopen"},
    "closed": {"reopen"},
    "void": set(),
    "folded in": set(),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", STATES)
def test_a_state_allows_an_act_or_refuses_it_with_a_reason(state: str, act: str) -> None:
    refusal = ACTS[act](STATES[state]())
    assert (refusal is None) is (act in ALLOWED[state])
    assert refusal is None or refusal.exit_code == 4


SETTINGS: dict[str, tuple[Sequence[str], Sequence[Sequence[str]]]] = {
    "open": ((), ()),
    "rectifying": ((), [("rectify", "@", "--order", "x", "--dept", "工程部", "--due", DUE)]),
    "resolved": ((), [("resolve", "@", "x")]),
    "quiet": (("--sensitive",), [("resolve", "@", "x")]),
    "closed": ((), [("resolve", "@", "x"), ("callback", "@", "--satisfied")]),
    "void": ((), [("close", "@", "--why", "void", "--reason", "x")]),
    "folded in": ((), [("join", "OTHER", "--case", "@")]),
}
COMMANDS: dict[str, Sequence[str]] = {
    "dispatch": ("dispatch", "@", "--to", "工程部"),
    "contact": ("contact", "@", "x"),
    "join": ("join", "@", "--phone", "13800000002"),
    "order": ("rectify", "@", "--order", "x", "--dept", "工程部", "--due", DUE),
    "resolve": ("resolve", "@", "x"),
    "resolve despite": ("resolve", "@", "x", "--despite", "x"),
    "callback": ("callback", "@", "--satisfied"),
    "withdrawn": ("close", "@", "--why", "withdrawn", "--reason", "x"),
    "beyond authority": ("close", "@", "--why", "beyond-authority", "--reason", "x"),
    "void": ("close", "@", "--why", "void", "--reason", "x"),
    "duplicate": ("close", "@", "--why", "duplicate", "--reason", "x"),
    "reopen": ("reopen", "@", "--reason", "x"),
}
NEXT = {
    "open": "Dispatch, contact, rectify or resolve it",
    "rectifying": "Record --done, or give --despite|Finish or inspect its rectification",
    "resolved": "Record its callback, or reopen it",
    "closed": "Reopen it first, or log a new case with --repeat-of",
    "quiet": "closes by itself|reopen it",
    "void": "Reopen it first|log the matter anew",
    "folded in": "was folded into",
}


@pytest.mark.parametrize("state", STATES)
def test_what_a_state_forbids_is_refused_with_what_would_be_allowed(kfcs: Shell, state: str) -> None:
    words, acts = SETTINGS[state]
    names = {"OTHER": kfcs.log(project="B"), "@": kfcs.log("厨房漏水", "--phone", "13800000001", *words)}

    def typed(command: Sequence[str]) -> list[str]:
        return [names.get(word, word) for word in command]

    for command in acts:
        kfcs.do(*typed(command))
    kfcs.now = "2026-11-03T09:00:00+08:00"
    before = kfcs.show(names["@"])["timeline"]
    for act, command in COMMANDS.items():
        if act not in ALLOWED[state]:
            said = kfcs.refused(*typed(command))
            assert any(part in said for part in NEXT[state].split("|")), said
    assert kfcs.show(names["@"])["timeline"] == before


def test_a_note_may_be_added_to_a_closed_case_but_not_to_one_folded_in(kfcs: Shell) -> None:
    closed, other, folded = kfcs.log(), kfcs.log(project="B"), kfcs.log(project="C")
    kfcs.do("close", closed, "--why", "withdrawn", "--reason", "x")
    kfcs.do("note", closed, "入案例库", "--as", "typical")
    kfcs.do("join", other, "--case", folded)
    assert f"record this on {other}" in kfcs.refused("note", folded, "x")


# ---------------------------------------------------------------- names and values before states


@pytest.mark.parametrize(
    "command",
    [
        ("rectify", "@", "--done", "R1"),
        ("rectify", "@", "--inspect", "R7", "--pass"),
        ("resolve", "@", "x", "--cause", "说不清"),
        ("contact", "@", "x", "--promise", "2026-11-02 08:00"),
        ("contact", "@", "x", "--promise", "whenever"),
        ("dispatch", "@", "--to", "工程部", "--due", "2026-11-02 08:00"),
        ("dispatch", "@", "--to", "工程部", "--contact-within", "soon"),
        ("dispatch", "@"),
        ("close", "@", "--why", "because", "--reason", "x"),
        ("close", "@", "--why", "withdrawn"),
        ("callback", "@"),
        ("callback", "@", "--satisfied", "--refused"),
        ("callback", "@", "--satisfied", "--signed", "no-such-file.pdf"),
        ("verify-case", "@", "--valid"),
        ("reopen", "@"),
        ("join", "@", "--people", "0"),
        ("join", "@", "--case", "20200101-999"),
        ("join", "@", "--case", "@"),
        ("contact", "@", "x", "--at", "2026-11-01 09:00"),
        ("contact", "@", "x", "--at", "+1d"),
        ("note", "@", "x", "--as", "supervision", "--dept", "工程部"),
        ("brief", "@", "--to", "group", "--cause", "x"),
    ],
    ids=lambda command: " ".join(command),
)
def test_a_value_that_no_state_makes_right_is_exit_2_even_on_a_closed_case(
    kfcs: Shell, command: Sequence[str]
) -> None:
    case = kfcs.log()
    kfcs.do("close", case, "--why", "withdrawn", "--reason", "x")
    kfcs.refused(*[case if word == "@" else word for word in command], code=2)


def test_an_unknown_case_is_exit_2(kfcs: Shell) -> None:
    assert "20200101-999" in kfcs.refused("resolve", "20200101-999", "x", code=2)


def test_the_state_is_looked_at_before_the_order_in_time(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("resolve", case, "x", now="2026-11-03 09:00")
    assert "is resolved" in kfcs.refused("resolve", case, "x", "--at", "2026-11-02 10:00")
    assert "before the last turn" in kfcs.refused("callback", case, "--satisfied", "--at", "2026-11-02 10:00")


# ---------------------------------------------------------------- resolution


def test_a_case_may_be_resolved_at_once() -> None:
    assert may_resolve(Story().case(), None) is None


@pytest.mark.parametrize(
    ("story", "state", "allowed"),
    [
        pytest.param(Story().order("11-02 10:00", due="11-06 18:00"), "rectifying", False, id="ordered"),
        pytest.param(
            Story().order("11-02 10:00", due="11-06 18:00").done("11-03 10:00"),
            "open",
            True,
            id="done, not inspected",
        ),
        pytest.param(
            Story()
            .order("11-02 10:00", due="11-06 18:00")
            .done("11-03 10:00")
            .inspect("11-04 10:00", "fail"),
            "rectifying",
            False,
            id="failed",
        ),
        pytest.param(
            Story()
            .order("11-02 10:00", due="11-06 18:00")
            .done("11-03 10:00")
            .inspect("11-04 10:00", "pass"),
            "open",
            True,
            id="passed",
        ),
        pytest.param(
            Story()
            .order("11-02 10:00", due="11-06 18:00")
            .order("11-02 10:00", due="11-06 18:00", r="R2")
            .done("11-03 10:00"),
            "rectifying",
            False,
            id="one of two done",
        ),
    ],
)
def test_an_open_or_failed_rectification_keeps_a_case_from_being_resolved(
    story: Story, state: str, allowed: bool
) -> None:
    case = story.case()
    assert (case.state, may_resolve(case, None) is None, may_resolve(case, "x")) == (state, allowed, None)


def test_the_refusal_names_what_is_missing() -> None:
    refusal = may_resolve(Story().order("11-02 10:00", due="11-06 18:00").case(), None)
    assert "R1 not done" in str(refusal)


@pytest.mark.parametrize(
    ("story", "allowed"),
    [
        pytest.param(Story().order("11-02 10:00", due="11-06 18:00"), False, id="not done"),
        pytest.param(Story().order("11-02 10:00", due="11-06 18:00").done("11-03 10:00"), True, id="done"),
        pytest.param(
            Story()
            .order("11-02 10:00", due="11-06 18:00")
            .done("11-03 10:00")
            .inspect("11-04 10:00", "pass"),
            False,
            id="passed already",
        ),
        pytest.param(
            Story()
            .order("11-02 10:00", due="11-06 18:00")
            .done("11-03 10:00")
            .inspect("11-04 10:00", "fail"),
            False,
            id="failed and not done again",
        ),
    ],
)
def test_only_what_was_done_is_inspected(story: Story, allowed: bool) -> None:
    case = story.case()
    assert (may_inspect(case, case.rectifications[0]) is None) is allowed


def test_a_failed_rectification_is_ordered_again_under_its_number_and_first_pass_is_lost(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("rectify", case, "--order", "补漏", "--dept", "工程部", "--due", "2026-11-04 18:00")
    kfcs.do("rectify", case, "--done", "R1", "--cost", "300", now="2026-11-03 09:00")
    kfcs.do("rectify", case, "--inspect", "R1", "--fail", "--fault", "quality", "--due", "2026-11-06 18:00")
    assert "R1" in kfcs.refused("rectify", case, "--inspect", "R1", "--pass")
    kfcs.do("rectify", case, "--done", "r1", "--cost", "120.50", now="2026-11-05 09:00")
    kfcs.do("rectify", case, "--inspect", "R1", "--pass")
    (order,) = kfcs.show(case)["rectifications"]
    told = {name: order[name] for name in ("id", "due", "result", "first_pass", "cost")}
    assert told == {"id": "R1", "due": DUE, "result": "pass", "first_pass": False, "cost": 420.5}


def test_a_number_of_a_rectification_is_never_given_twice(kfcs: Shell) -> None:
    case = kfcs.log()
    order = ("rectify", case, "--order", "补漏", "--dept", "工程部", "--due", DUE, "--format", "json")
    kfcs.do(*order)
    kfcs.do("undo")
    kfcs.do(*order)
    kfcs.do(*order)
    assert [order["id"] for order in kfcs.show(case)["rectifications"]] == ["R2", "R3"]


# ---------------------------------------------------------------- callback

CALLBACKS: dict[str, tuple[str, str | None, list[tuple[str, str]]]] = {
    "satisfied closes": ("closed", "satisfied", [("11-03 10:00", "satisfied")]),
    "acceptable closes": ("closed", "acceptable", [("11-03 10:00", "acceptable")]),
    "refused closes": ("closed", "refused", [("11-03 10:00", "refused")]),
    "unsatisfied reopens": ("open", None, [("11-03 10:00", "unsatisfied")]),
    "unreachable keeps it due": ("resolved", None, [("11-03 10:00", "unreachable")]),
    "unreachable twice on one day is one day": (
        "resolved",
        None,
        [("11-03 10:00", "unreachable"), ("11-03 18:00", "unreachable"), ("11-04 10:00", "unreachable")],
    ),
    "unreachable on a third day closes": (
        "closed",
        "unreachable",
        [("11-03 10:00", "unreachable"), ("11-04 10:00", "unreachable"), ("11-09 10:00", "unreachable")],
    ),
    "reached on the third day": (
        "closed",
        "satisfied",
        [("11-03 10:00", "unreachable"), ("11-04 10:00", "unreachable"), ("11-05 10:00", "satisfied")],
    ),
    "midnight in Shanghai parts the days": (
        "closed",
        "unreachable",
        [("11-03 23:59:59", "unreachable"), ("11-04 00:00", "unreachable"), ("11-05 00:00", "unreachable")],
    ),
}


@pytest.mark.parametrize(("state", "why", "calls"), CALLBACKS.values(), ids=CALLBACKS)
def test_what_a_callback_makes_of_a_case(state: str, why: str | None, calls: list[tuple[str, str]]) -> None:
    story = Story().resolve("11-02 10:00")
    for at, result in calls:
        story.callback(at, result)
    case = story.case()
    assert (case.state, case.closed and case.closed.why) == (state, why)


def test_days_in_vain_count_anew_after_another_resolution() -> None:
    story = (
        Story()
        .resolve("11-02 10:00")
        .callback("11-03 10:00", "unreachable")
        .callback("11-04 10:00", "unreachable")
    )
    story.reopen("11-04 11:00").resolve("11-04 12:00").callback("11-05 10:00", "unreachable")
    assert story.case().state == "resolved"


@pytest.mark.parametrize(
    ("facts", "person", "called"),
    [
        pytest.param({}, Person(), True, id="a nameless customer who is not anonymous"),
        pytest.param({"anonymous": True}, Person(), False, id="anonymous without contact"),
        pytest.param({"anonymous": True}, Person(phone="13800000001"), True, id="anonymous with a phone"),
        pytest.param(
            {"anonymous": True}, Person(contact="a@b.cn"), True, id="anonymous with another contact"
        ),
        pytest.param({"sensitive": True}, Person(phone="13800000001"), False, id="sensitive"),
        pytest.param({"on_the_spot": True}, Person(), False, id="solved on the spot"),
        pytest.param(
            {"on_the_spot": True, "unsatisfied": True}, Person(), True, id="not solved on the spot after all"
        ),
    ],
)
def test_who_is_called_back(facts: dict[str, Any], person: Person, called: bool) -> None:
    story = Story(person=person, **facts)
    assert story.case().state == (
        "resolved" if facts.get("on_the_spot") and not facts.get("unsatisfied") else "open"
    )
    case = story.resolve("11-02 10:00").case() if story.case().state == "open" else story.case()
    assert (case.needs_callback, may_call_back(case) is None) == (called, called)


# ---------------------------------------------------------------- quiet closure


@pytest.mark.parametrize(
    "words", [("--sensitive",), ("--anonymous",), ("--on-the-spot",)], ids=lambda w: w[0]
)
def test_without_a_callback_a_case_closes_after_seven_quiet_days(kfcs: Shell, words: tuple[str, ...]) -> None:
    case = kfcs.log("已当场处理", *words)
    if kfcs.show(case)["state"] == "open":
        kfcs.do("resolve", case, "已处理")
    kfcs.escalate(now="2026-11-09 23:59:59")
    assert kfcs.show(case)["state"] == "resolved"
    kfcs.escalate(now="2026-11-10 00:00")
    shown = kfcs.show(case)
    assert (shown["state"], [c for c in clocks(shown) if c in ("callback", "follow-up")]) == ("closed", [])


def test_a_repeat_opens_a_quiet_case_and_its_days_start_anew(kfcs: Shell) -> None:
    case = kfcs.log("举报收费不入账", "--sensitive")
    kfcs.do("resolve", case, "已核查", now="2026-11-03 09:00")
    again = kfcs.log("再次举报", "--sensitive", "--repeat-of", case, now="2026-11-06 09:00")
    assert (again, kfcs.show(case)["state"]) == (case, "open")
    kfcs.do("resolve", case, "已核查", now="2026-11-07 09:00")
    kfcs.escalate(now="2026-11-14 23:59:59")
    assert kfcs.show(case)["state"] == "resolved"
    kfcs.escalate(now="2026-11-15 00:00")
    assert kfcs.show(case)["state"] == "closed"


# ---------------------------------------------------------------- closing without a callback

CONTACTS = ("11-03 10:00", "11-04 10:00", "11-05 10:00")


@pytest.mark.parametrize(
    ("marks", "allowed"),
    [
        pytest.param((False, False, True), True, id="three contacts, the last one marked"),
        pytest.param((True, False, False), True, id="three contacts, an earlier one marked"),
        pytest.param((False, False, False), False, id="three contacts, none marked"),
        pytest.param((False, True), False, id="two contacts"),
    ],
)
def test_no_agreement_needs_three_contacts_and_the_mark(marks: tuple[bool, ...], allowed: bool) -> None:
    story = Story()
    for at, mark in zip(CONTACTS, marks, strict=False):
        story.contact(at, no_agreement=mark)
    assert (may_close(story.case(), "no-agreement", policy("jinke")) is None) is allowed


@pytest.mark.parametrize(
    ("validities", "allowed"),
    [((), False), (("valid",), False), (("invalid",), True), (("invalid", "valid"), False)],
    ids=["never verified", "verified valid", "verified invalid", "the last word is valid"],
)
def test_closing_as_invalid_needs_the_verification(validities: tuple[str, ...], allowed: bool) -> None:
    story = Story()
    for validity in validities:
        story.add("verification", "11-03 10:00", validity=validity)
    assert (may_close(story.case(), "invalid", policy("jinke")) is None) is allowed


@pytest.mark.parametrize("why", ["void", "duplicate"])
def test_void_and_duplicate_leave_every_count_and_clock(why: str) -> None:
    story = Story().contact("11-03 10:00", reply=True).close("11-04 10:00", why)
    runs = story.judged().clocks
    assert (story.case().counted, {run.state(moment("11-30 09:00")) for run in runs}) == (
        False,
        {"cancelled"},
    )


# ---------------------------------------------------------------- reopening


def test_reopening_starts_the_clocks_anew_and_keeps_the_old_verdicts() -> None:
    story = Story().close("11-12 10:00").reopen("11-30 09:00")
    told = [(stamp(run.due), run.state(moment("12-01 09:00"))) for run in story.runs("reply")]
    assert (story.case().state, told) == (
        "open",
        [("11-09 23:59:59", "breached"), ("12-07 23:59:59", "running")],
    )


def test_a_case_reopened_with_an_order_pending_is_rectifying() -> None:
    story = (
        Story()
        .order("11-02 10:00", due="11-06 18:00")
        .resolve("11-03 10:00")
        .callback("11-04 10:00", "unsatisfied")
    )
    assert story.case().state == "rectifying"


def test_closed_reopened_and_closed_again_keeps_both_callbacks() -> None:
    story = Story().resolve("11-03 10:00").callback("11-04 10:00", "satisfied").reopen("11-05 10:00")
    story.resolve("11-06 10:00").callback("11-07 10:00", "unsatisfied").resolve("11-08 10:00")
    case = story.callback("11-09 10:00", "satisfied").case()
    assert [(c.epoch, c.result) for c in case.callbacks] == [
        (1, "satisfied"),
        (2, "unsatisfied"),
        (3, "satisfied"),
    ]
    assert (len(case.resolutions), len(case.closures), case.state) == (3, 2, "closed")


# ---------------------------------------------------------------- doing and checking


@pytest.mark.parametrize(
    ("by", "doer", "despite", "allowed"),
    [("a", "b", None, True), ("a", "a", None, False), ("a", "a", "人手不足", True), ("a", None, None, True)],
    ids=["another", "the same", "the same, with a reason", "nobody did"],
)
def test_a_policy_that_parts_doing_and_checking(
    by: str, doer: str | None, despite: str | None, allowed: bool
) -> None:
    strict = policy("jinke")._replace(separation="refuse")
    doers = () if doer is None else (doer, "c")
    assert (separation(strict, by, doers, despite) is None) is allowed
    assert separation(policy("jinke"), by, doers, despite) is None


def test_under_such_a_policy_one_cannot_call_back_or_inspect_ones_own_work(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    (kfcs.folder / "strict.toml").write_text(
        'name = "strict"\nextends = "jinke"\nsource = "x"\nseparation = "refuse"\n'
        '[title]\nzh = "严"\nen = "strict"\n',
        "utf-8",
    )
    settings_file = kfcs.folder / "kfcs.toml"
    settings_file.write_text(settings_file.read_text("utf-8").replace('"jinke"', '"strict.toml"'), "utf-8")
    case = kfcs.log()
    kfcs.do("rectify", case, "--order", "补漏", "--dept", "工程部", "--due", DUE)
    kfcs.do("rectify", case, "--done", "R1")
    assert "op1" in kfcs.refused("rectify", case, "--inspect", "R1", "--pass")
    kfcs.do("rectify", case, "--inspect", "R1", "--pass", "--by", "op2")
    kfcs.do("resolve", case, "x")
    kfcs.refused("callback", case, "--satisfied")
    kfcs.do("callback", case, "--satisfied", "--despite", "人手不足")


def test_the_same_person_is_recorded_as_having_checked_their_own_work(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("rectify", case, "--order", "补漏", "--dept", "工程部", "--due", DUE)
    kfcs.do("rectify", case, "--done", "R1")
    kfcs.do("rectify", case, "--inspect", "R1", "--pass")
    kfcs.do("resolve", case, "x")
    kfcs.do("callback", case, "--satisfied")
    with sqlite3.connect(kfcs.folder / "kfcs.db") as connection:
        assert connection.execute("SELECT self_inspected FROM rectifications").fetchall() == [(1,)]
        assert connection.execute("SELECT self_called FROM callbacks").fetchall() == [(1,)]


# ---------------------------------------------------------------- joining and folding in


def test_a_case_folded_in_is_one_with_the_other(kfcs: Shell) -> None:
    one, two = (
        kfcs.log("水质发黄", "--phone", "13800000001"),
        kfcs.log("水黄", "--people", "4", "--phone", "13800000002"),
    )
    kfcs.do("join", two, "--phone", "13800000003")
    kfcs.do("join", one, "--case", two)
    told = kfcs.show(one)
    assert (told["people"], told["times"], kfcs.show(two)["state"]) == (6, 3, "closed")


def test_what_is_folded_in_brings_its_gravest_facts(kfcs: Shell) -> None:
    one, two = (
        kfcs.log("外墙脱落"),
        kfcs.log("外墙砸伤人", "--harm", "person", "--claim", "3000", project="B"),
    )
    assert [kfcs.show(case)["level"] for case in (one, two)] == [4, 1]
    kfcs.do("join", one, "--case", two)
    assert kfcs.show(one)["level"] == 1


@pytest.mark.parametrize(
    "fold",
    [("one", "two"), ("two", "three"), ("three", "two")],
    ids=["again into the same", "the survivor's part takes another in", "another takes the part in"],
)
def test_what_was_folded_in_is_not_folded_again(kfcs: Shell, fold: tuple[str, str]) -> None:
    names = {name: kfcs.log(project=name) for name in ("one", "two", "three")}
    kfcs.do("join", names["one"], "--case", names["two"])
    kfcs.refused("join", names[fold[0]], "--case", names[fold[1]])


def test_a_case_is_not_folded_in_before_it_was_received(kfcs: Shell) -> None:
    one, two = kfcs.log(), kfcs.log(project="B", now="2026-11-04 09:00")
    kfcs.refused("join", one, "--case", two, "--at", "2026-11-03 09:00", code=2)


def test_a_repeat_of_a_case_folded_in_joins_the_survivor_at_the_end_of_the_chain(kfcs: Shell) -> None:
    one, two, three = (kfcs.log(project=name) for name in "ABC")
    kfcs.do("join", two, "--case", three)
    kfcs.do("join", one, "--case", two)
    assert kfcs.log("又来了", "--repeat-of", three, project="C") == one


OWN_WORK = {
    "ordered and inspected": (("甲", "乙", "甲"), "丙", "丁", True, False),
    "done and inspected": (("甲", "乙", "乙"), "丙", "丁", True, False),
    "done and called back": (("甲", "乙", "丙"), "丙", "乙", False, True),
    "resolved and called back": (("甲", "乙", "丙"), "丁", "丁", False, True),
    "each by another": (("甲", "乙", "丙"), "丁", "戊", False, False),
}


@pytest.mark.parametrize("case", OWN_WORK)
@pytest.mark.parametrize("separated", [False, True], ids=["recorded", "refused"])
def test_h11_who_had_a_hand_in_it_does_not_check_it(new_desk: NewDesk, case: str, separated: bool) -> None:
    (ordered, done, inspected), resolved, called, own_inspection, own_call = OWN_WORK[case]
    kfcs = new_desk()
    if separated:
        (kfcs.folder / "strict.toml").write_text(
            'name = "strict"\nextends = "jinke"\nseparation = "refuse"\n[title]\nzh = "严"\nen = "strict"\n',
            "utf-8",
        )
        text = (kfcs.folder / "kfcs.toml").read_text("utf-8")
        (kfcs.folder / "kfcs.toml").write_text(text.replace('"jinke"', '"strict.toml"'), "utf-8")
    number = kfcs.log("渗水", "--phone", "13900000001")
    kfcs.do("rectify", number, "--order", "补漏", "--dept", "工程部", "--due", "+2d", "--by", ordered)
    kfcs.do("rectify", number, "--done", "R1", "--by", done)
    inspection = kfcs("rectify", number, "--inspect", "R1", "--pass", "--by", inspected)
    kfcs.do("resolve", number, "已修", "--by", resolved)
    call = kfcs("callback", number, "--satisfied", "--by", called)
    assert (inspection.code, call.code) == (
        (4 if own_inspection else 0, 4 if own_call else 0) if separated else (0, 0)
    )
    if not separated:
        shown = kfcs.show(number)["timeline"]
        assert next(act for act in shown if act["kind"] == "inspection")["self_inspected"] is own_inspection
        rows = kfcs.do("export", "callbacks", "--format", "json").json
        assert [row["self_called"] for row in rows] == [own_call]

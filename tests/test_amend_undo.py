"""What corrections and taking back do to levels, clocks, states and counts (SPEC L1)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from shell import Shell, clocks

DUE = "2026-11-06 18:00"


def amend(kfcs: Shell, entry: str, *changes: str, now: str | None = None) -> None:
    sets = [word for change in changes for word in ("--set", change)]
    kfcs.do("amend", entry, *sets, "--reason", "核对", now=now)


# ---------------------------------------------------------------- corrections and what follows from them


def test_a_correction_moves_the_level_both_ways(kfcs: Shell) -> None:
    case = kfcs.log("车位划线不清", "--people", "30")
    assert kfcs.show(case)["level"] == 2
    amend(kfcs, case, "people=3")
    assert kfcs.show(case)["level"] == 3
    amend(kfcs, case, "media=exposed")
    assert kfcs.show(case)["level"] == 1


def test_a_corrected_receipt_moves_the_limits_and_the_number_stays(kfcs: Shell) -> None:
    case = kfcs.log(now="2026-11-03 09:00")
    amend(kfcs, case, "received_at=2026-11-02 09:00")
    shown = kfcs.show(case)
    due = {run["clock"]: run["due"] for run in shown["clocks"]}
    assert (shown["case"], due["reply"]) == ("CQ1-20261103-001", "2026-11-09T23:59:59+08:00")


def test_a_corrected_contact_answers_the_clock(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("contact", case, "x", now="2026-11-04 09:00")
    assert clocks(kfcs.show(case, now="2026-11-12 09:00"))["reply"] == "breached"
    amend(kfcs, f"{case}#2", "reply=yes")
    assert clocks(kfcs.show(case))["reply"] == "met"


def test_a_kind_that_was_wrong_changes_clocks_and_counts(kfcs: Shell) -> None:
    cases = [
        kfcs.log("道闸太慢", "--phone", f"1380000000{n}", "--category", "property.parking") for n in (1, 2, 3)
    ]
    assert kfcs.show(cases[0])["level"] == 3
    amend(kfcs, cases[2], "kind=repair")
    shown = kfcs.show(cases[2])
    assert (kfcs.show(cases[0])["level"], "reply" in clocks(shown)) == (4, False)


def test_a_corrected_callback_reopens_and_its_clocks_start_then(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("resolve", case, "x", now="2026-11-04 09:00")
    kfcs.do("callback", case, "--satisfied", now="2026-11-05 09:00")
    amend(kfcs, f"{case}#3", "result=unsatisfied", now="2026-11-06 09:00")
    shown = kfcs.show(case)
    assert shown["state"] == "open"
    latest = next(run for run in shown["clocks"] if run["clock"] == "reply")
    assert (latest["epoch"], latest["due"]) == (2, "2026-11-12T23:59:59+08:00")


def test_a_closure_corrected_to_void_leaves_every_count(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("close", case, "--why", "withdrawn", "--reason", "x")
    amend(kfcs, f"{case}#2", "why=void")
    assert set(clocks(kfcs.show(case)).values()) == {"cancelled"}


def test_both_stay_in_the_timeline_and_as_of_before_nothing_was_corrected(kfcs: Shell) -> None:
    case = kfcs.log("车位划线不清", "--people", "30")
    amend(kfcs, case, "people=3", now="2026-11-02 10:00")
    acts = kfcs.show(case)["timeline"]
    assert [(act["kind"], act.get("people")) for act in acts] == [("complaint", 30), ("amendment", None)]
    assert acts[0]["amended_by"] == [acts[1]["id"]]
    assert kfcs.show(case, "--as-of", "2026-11-02 09:59:59")["people"] == 30
    assert kfcs.show(case, "--as-of", "2026-11-02 10:00")["people"] == 3


@pytest.mark.parametrize(
    ("entry", "change"),
    [
        ("#2", "promise=2026-11-03 09:00"),
        ("#2", "promise=2026-11-02 08:00"),
        ("#2", "at=2026-11-02 08:59:59"),
        ("#2", "at=2026-11-05 18:00"),
        ("", "received_at=2026-11-03 09:00:01"),
        ("#2", "colour=red"),
        ("#4", "text=x"),
    ],
    ids=[
        "a promise at its contact's own time",
        "a promise before it",
        "an act before the receipt",
        "a contact at the time it promises",
        "a receipt after the first act",
        "no such field",
        "no such entry",
    ],
)
def test_a_correction_that_would_turn_time_round_is_refused(kfcs: Shell, entry: str, change: str) -> None:
    case = kfcs.log()
    kfcs.do("contact", case, "x", "--promise", "2026-11-05 18:00", now="2026-11-03 09:00")
    kfcs.refused("amend", case + entry, "--set", change, "--reason", "x", code=2, now="2026-11-06 09:00")
    assert len(kfcs.show(case)["timeline"]) == 2


def test_what_was_taken_back_is_not_corrected(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("contact", case, "x")
    kfcs.do("undo")
    kfcs.refused("amend", f"{case}#2", "--set", "reply=yes", "--reason", "x")


# ---------------------------------------------------------------- taking back

UNDONE: dict[str, tuple[Sequence[Sequence[str]], str]] = {
    "a join": ([("join", "@", "--people", "30")], "open"),
    "a verification": ([("verify-case", "@", "--invalid", "--reason", "x")], "open"),
    "a dispatch": ([("dispatch", "@", "--to", "工程部", "--due", DUE)], "open"),
    "a contact": ([("contact", "@", "x", "--reply", "--promise", DUE)], "open"),
    "an order": ([("rectify", "@", "--order", "x", "--dept", "工程部", "--due", DUE)], "open"),
    "work done": (
        [
            ("rectify", "@", "--order", "x", "--dept", "工程部", "--due", DUE),
            ("rectify", "@", "--done", "R1"),
        ],
        "rectifying",
    ),
    "a resolution": ([("resolve", "@", "x", "--cause", "quality.leak")], "open"),
    "a callback": ([("resolve", "@", "x"), ("callback", "@", "--satisfied")], "resolved"),
    "a callback that reopened": ([("resolve", "@", "x"), ("callback", "@", "--unsatisfied")], "resolved"),
    "a closure": ([("close", "@", "--why", "withdrawn", "--reason", "x")], "open"),
    "a reopening": (
        [("close", "@", "--why", "withdrawn", "--reason", "x"), ("reopen", "@", "--reason", "x")],
        "closed",
    ),
    "a note": ([("note", "@", "x", "--as", "typical")], "open"),
}


@pytest.mark.parametrize(("acts", "state"), UNDONE.values(), ids=UNDONE)
def test_what_was_taken_back_leaves_the_case_as_it_was(
    kfcs: Shell, acts: Sequence[Sequence[str]], state: str
) -> None:
    case = kfcs.log()
    typed = [[case if word == "@" else word for word in act] for act in acts]
    for act in typed[:-1]:
        kfcs.do(*act)
    before = kfcs.show(case)
    kfcs.do(*typed[-1])
    assert kfcs.show(case) != before
    kfcs.do("undo")
    after = kfcs.show(case)
    aside = ("timeline", "clocks")
    assert {k: v for k, v in after.items() if k not in aside} == {
        k: v for k, v in before.items() if k not in aside
    }
    runs = [
        {run["clock"]: run for run in shown["clocks"] if run["clock"] != "follow-up"}
        for shown in (before, after)
    ]
    assert (runs[0], after["state"]) == (runs[1], state)
    assert kfcs.do("verify").code == 0


def test_escalations_stay_when_their_ground_is_taken_back(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("join", case, "--people", "30")
    assert {row["level"] for row in kfcs.escalate()} == {2}
    kfcs.do("undo")
    shown = kfcs.show(case)
    assert (shown["level"], len(shown["escalations"]), kfcs.escalate()) == (4, 2, [])


def test_an_escalation_in_between_does_not_keep_one_from_taking_back(kfcs: Shell) -> None:
    case = kfcs.log("外墙脱落", "--media", "exposed")
    kfcs.escalate()
    kfcs.do("undo")
    assert kfcs.show(case)["closed_why"] == "void"


def test_each_desk_takes_back_what_was_typed_at_it(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("contact", case, "x")
    kfcs.do("contact", case, "y", "--by", "op2")
    kfcs.do("undo", "--by", "op2")
    kfcs.do("undo")
    assert [act["undone"] for act in kfcs.show(case)["timeline"]] == [False, True, True, False, False]


def test_a_field_that_an_act_cannot_do_without_is_not_emptied(kfcs: Shell) -> None:
    """An order without its limit would be none."""
    case = kfcs.log("厨房漏水")
    kfcs.do("rectify", case, "--order", "换阀门", "--dept", "工程部", "--due", "2026-11-05 18:00")
    assert "cannot be empty" in kfcs.refused("amend", f"{case}#2", "--set", "due=", "--reason", "x", code=2)
    assert kfcs.show(case)["rectifications"][0]["due"].startswith("2026-11-05T18:00")

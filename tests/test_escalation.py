"""The escalation job (SPEC E): what is raised, to whom, once, however often or late it runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from casework import Story, calendar, moment, policy, stamp
from conftest import NewDesk
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import Shell, rows_of_tables

from kfcs.period import iso
from kfcs.rules.escalate import ladder_for, rungs_due
from kfcs.rules.facts import Surroundings

ROOT = Path(__file__).resolve().parent.parent

Row = dict[str, Any]


def rungs(rows: Iterable[Row], clock: str = "reply") -> list[int]:
    return [row["rung"] for row in rows if row["clock"] == clock]


def of(rows: Iterable[Row], rule: str) -> list[Row]:
    return [row for row in rows if row["rule"] == rule]


def events(story: Story, now: str, under: str = "jinke") -> list[tuple[str, int]]:
    """What a case would have raised without a clock: rule and rung."""
    return [(e.rule, e.rung) for e in story.judged(under).due_case_escalations(moment(now))]


# ---------------------------------------------------------------- clocks and rungs

# reply is due 11-09 23:59:59, a Monday
RUNGS: dict[str, tuple[str, list[int]]] = {
    "not at the due second": ("11-09 23:59:59", []),
    "rung 1 a second later": ("11-10 00:00:00", [1]),
    "rung 2 not within the next working day": ("11-10 23:59:59", [1]),
    "rung 2 after it": ("11-11 00:00:00", [1, 2]),
    "rung 3 after three": ("11-13 00:00:00", [1, 2, 3]),
    "a weekend moves rung 4": ("11-16 23:59:59", [1, 2, 3]),
    "rung 4 after five working days": ("11-17 00:00:00", [1, 2, 3, 4]),
}


@pytest.mark.parametrize(("now", "reached"), RUNGS.values(), ids=RUNGS)
def test_a_breach_climbs_the_ladder_by_its_offsets(now: str, reached: list[int]) -> None:
    run, ladder = Story().run("reply"), ladder_for(policy("jinke"), {}, calendar())
    assert [rung.rung for rung in rungs_due(run, ladder, moment(now))] == reached


ANSWERED: dict[str, tuple[str, list[int]]] = {
    "in time": ("11-09 23:59:59", []),
    "a second late": ("11-10 00:00:00", [1]),
    "a day late": ("11-11 10:00:00", [1, 2]),
    "a week late": ("11-17 10:00:00", [1, 2, 3, 4]),
}


@pytest.mark.parametrize(("at", "kept"), ANSWERED.values(), ids=ANSWERED)
def test_what_is_answered_late_keeps_the_rungs_that_had_passed_and_no_more(at: str, kept: list[int]) -> None:
    run, ladder = Story().contact(at, reply=True).run("reply"), ladder_for(policy("jinke"), {}, calendar())
    assert [rung.rung for rung in rungs_due(run, ladder, moment("12-30 09:00"))] == kept


def test_important_customers_have_a_ladder_of_their_own(new_desk: NewDesk) -> None:
    kfcs = new_desk("front-desk")
    cases = kfcs.log(), kfcs.log("贵宾投诉", "--vip", project="B")
    kfcs.do("contact", cases[1], "到场", "--on-site")
    rows = kfcs.escalate(now="2026-11-02 09:30:01")
    told = [(row["case"], row["rung"], row["recipient"]) for row in rows if row["clock"] == "dispatch"]
    assert told == [(cases[0], 1, "branch-head"), (cases[1], 1, "service-head"), (cases[1], 2, "manager")]


def test_an_escalation_names_all_that_a_leader_needs(kfcs: Shell) -> None:
    (kfcs.folder / "kfcs.toml").write_text(
        (kfcs.folder / "kfcs.toml").read_text("utf-8") + '[recipients]\nbranch-head = "王经理"\n', "utf-8"
    )
    case = kfcs.log()
    (row,) = of(kfcs.escalate(now="2026-11-10 08:00:00"), "clock.reply")
    wanted = {
        "case": case,
        "rule": "clock.reply",
        "clause": "RF-KF-ZY-03 6.3.1",
        "clock": "reply",
        "rung": 1,
        "recipient": "branch-head",
        "recipient_name": "王经理",
        "level": 4,
        "due": "2026-11-09T23:59:59+08:00",
        "late_seconds": 8 * 3600 + 1,
        "at": "2026-11-10T08:00:00+08:00",
        "next_step": "Reply to the customer.",
    }
    assert {name: row.get(name) for name in wanted} == wanted


def test_the_level_told_is_that_of_the_run_even_when_it_rises_in_it(kfcs: Shell) -> None:
    kfcs.log()
    rows = kfcs.escalate(now="2026-11-18 00:00:00")
    assert {row["level"] for row in rows} == {3}


# ---------------------------------------------------------------- levels

LEVELS: dict[str, tuple[list[tuple[str, int]], str, Story]] = {
    "first graded I: rungs 2 and 3 at once": (
        [("level-at-once", 2), ("level-at-once", 3)], "11-02 09:00", Story(media="exposed", level_at_log=1)),
    "first graded II as well": ([("level-at-once", 2), ("level-at-once", 3)], "11-02 09:00", Story(refund=True, level_at_log=2)),
    "first graded III: nothing": ([], "11-02 09:00", Story(people=3, level_at_log=3)),
    "raised to III by a join": ([("level-raised", 1)], "11-03 09:00", Story(level_at_log=4).add("join", "11-03 09:00", people=2)),
    "raised to II by a join": (
        [("level-at-once", 2), ("level-at-once", 3)], "11-03 09:00",
        Story(level_at_log=4).add("join", "11-03 09:00", people=20)),
    "raised to III by age": ([("level-raised", 1)], "11-18 00:00:00", Story(level_at_log=4)),
    "not yet of that age": ([], "11-17 23:59:59", Story(level_at_log=4)),
    "raised by an amendment": (
        [("level-at-once", 2), ("level-at-once", 3)], "11-03 09:00",
        Story(level_at_log=4).amend(1, "11-03 09:00", media="exposed")),
    "lowered by an amendment": ([], "11-03 09:00", Story(people=30, level_at_log=2).amend(1, "11-02 09:05", people=2)),
    "III by age and II by a join in one late run": (
        [("level-raised", 1), ("level-at-once", 2), ("level-at-once", 3)], "11-25 09:00",
        Story(level_at_log=4).add("join", "11-20 09:00", people=20)),
    "II before its age came: III was never had": (
        [("level-at-once", 2), ("level-at-once", 3)], "11-25 09:00",
        Story(level_at_log=4).add("join", "11-10 09:00", people=20)),
}  # fmt: skip


@pytest.mark.parametrize(("raised", "now", "story"), LEVELS.values(), ids=LEVELS)
def test_a_level_is_raised_when_graver_than_at_log(
    raised: list[tuple[str, int]], now: str, story: Story
) -> None:
    assert events(story, now) == raised


def test_a_level_is_raised_by_others_complaints() -> None:
    judged = Story(level_at_log=4).judged("jinke", Surroundings(3))
    assert [(e.rule, e.level) for e in judged.due_case_escalations(moment("11-02 10:00"))] == [
        ("level-raised", 3)
    ]


def test_a_level_is_raised_once_and_never_again_after_it_fell_and_rose(kfcs: Shell) -> None:
    case = kfcs.log("水质发黄", "--people", "5")
    kfcs.do("join", case, "--people", "5", "--phone", "13800000002")
    assert [row["level"] for row in kfcs.escalate()] == [2, 2]
    kfcs.do("amend", case, "--set", "people=1", "--reason", "x")
    assert (kfcs.show(case)["level"], kfcs.escalate()) == (3, [])
    kfcs.do("amend", case, "--set", "people=9", "--reason", "x")
    assert (kfcs.show(case)["level"], kfcs.escalate()) == (2, [])
    kfcs.do("amend", case, "--set", "media=exposed", "--reason", "x")
    assert [(row["rule"], row["level"]) for row in kfcs.escalate()] == [("level-at-once", 1)] * 2


# ---------------------------------------------------------------- what happened

EVENTS: dict[str, tuple[list[tuple[str, int]], str, Story]] = {
    "an inspection failed": (
        [("inspection-failed", 1)], "11-05 09:00",
        Story().order("11-03 09:00", due="11-05 18:00").done("11-04 09:00").inspect("11-05 09:00", "fail")),
    "an inspection passed": (
        [], "11-05 09:00",
        Story().order("11-03 09:00", due="11-05 18:00").done("11-04 09:00").inspect("11-05 09:00", "pass")),
    "two inspections failed": (
        [("inspection-failed", 1)] * 2, "11-07 09:00",
        Story().order("11-03 09:00", due="11-05 18:00").done("11-04 09:00").inspect("11-05 09:00", "fail")
        .done("11-06 09:00").inspect("11-07 09:00", "fail")),
    "a callback unsatisfied": (
        [("callback-unsatisfied", 1)], "11-04 09:00",
        Story().resolve("11-03 09:00").callback("11-04 09:00", "unsatisfied")),
    "a callback in vain": (
        [("callback-unreachable", 1)], "11-04 09:00",
        Story().resolve("11-03 09:00").callback("11-04 09:00", "unreachable")),
    "two in vain are told once": (
        [("callback-unreachable", 1)], "11-05 09:00",
        Story().resolve("11-03 09:00").callback("11-04 09:00", "unreachable").callback("11-05 09:00", "unreachable")),
    "in vain, then unsatisfied": (
        [("callback-unsatisfied", 1), ("callback-unreachable", 1)], "11-06 09:00",
        Story().resolve("11-03 09:00").callback("11-04 09:00", "unreachable").callback("11-05 09:00", "unsatisfied")),
    "closed by the callback": (
        [], "11-06 09:00",
        Story().resolve("11-03 09:00").callback("11-04 09:00", "unreachable").callback("11-05 09:00", "satisfied")),
    "supervision at its due second": ([], "11-05 18:00", Story().note("11-03 09:00", "supervision", due="11-05 18:00")),
    "supervision overdue": (
        [("supervision-overdue", 2)], "11-05 18:00:01", Story().note("11-03 09:00", "supervision", due="11-05 18:00")),
    "a penalty proposal overdue": (
        [("supervision-overdue", 2)], "11-05 18:00:01", Story().note("11-03 09:00", "penalty-proposal", due="11-05 18:00")),
    "a note of another kind": ([], "11-05 18:00:01", Story().note("11-03 09:00", "internal", due="11-05 18:00")),
    "resolved before the supervision was due": (
        [], "11-06 09:00", Story().note("11-03 09:00", "supervision", due="11-05 18:00").resolve("11-05 18:00")),
    "resolved after": (
        [("supervision-overdue", 2)], "11-06 09:00",
        Story().note("11-03 09:00", "supervision", due="11-05 18:00").resolve("11-05 18:01")),
    "what is still to come": (
        [], "11-04 08:59:59", Story().resolve("11-03 09:00").callback("11-04 09:00", "unsatisfied")),
}  # fmt: skip


@pytest.mark.parametrize(("raised", "now", "story"), EVENTS.values(), ids=EVENTS)
def test_what_happened_is_raised(raised: list[tuple[str, int]], now: str, story: Story) -> None:
    assert events(story, now) == raised


def test_a_missed_promise_and_a_long_silence_are_raised(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("contact", case, "x", "--promise", "2026-11-04 18:00")
    assert [row["rule"] for row in kfcs.escalate(now="2026-11-04 18:00:01")] == ["clock.promise"]
    rows = kfcs.escalate(now="2026-11-10 00:00:00")
    assert "clock.follow-up" in {row["rule"] for row in rows}


def test_a_hot_topic_is_raised_once_a_month(kfcs: Shell) -> None:
    words = ("--category", "property.parking")
    for n in (1, 2, 3):
        kfcs.log("道闸太慢", "--phone", f"1380000000{n}", *words)
    (row,) = of(kfcs.escalate(), "hot-topic")
    assert (row["case"], row["subject"], row["rung"]) == (None, "A/property.parking", 1)
    kfcs.log("道闸太慢", "--phone", "13800000004", *words)
    assert of(kfcs.escalate(), "hot-topic") == []
    for n in (1, 2, 3):
        kfcs.log("道闸太慢", "--phone", f"1380000000{n}", *words, now="2026-12-01 09:00")
    assert len(of(kfcs.escalate(), "hot-topic")) == 1


def test_two_people_or_three_repairs_make_no_hot_topic(kfcs: Shell) -> None:
    for n in (1, 2):
        kfcs.log("道闸太慢", "--phone", f"1380000000{n}", "--category", "property.parking")
    kfcs.log("道闸太慢", "--phone", "13800000001", "--category", "property.parking")
    for n in (1, 2, 3):
        kfcs.log(
            "道闸坏了", "--kind", "repair", "--phone", f"1380000001{n}", "--category", "property.parking"
        )
    assert of(kfcs.escalate(), "hot-topic") == []


# ---------------------------------------------------------------- what is never raised


@pytest.mark.parametrize(
    "act",
    [
        ("close", "@", "--why", "withdrawn", "--reason", "x"),
        ("close", "@", "--why", "void", "--reason", "x"),
        ("close", "@", "--why", "duplicate", "--reason", "x"),
        ("join", "OTHER", "--case", "@"),
    ],
    ids=["closed", "void", "duplicate", "folded in"],
)
@pytest.mark.parametrize("late", [False, True], ids=["before the breach", "after it, before any run"])
def test_what_is_done_with_is_never_escalated(kfcs: Shell, act: tuple[str, ...], late: bool) -> None:
    other = kfcs.log("别的事", "--kind", "praise", project="B")
    case = kfcs.log("外墙脱落", "--media", "exposed")
    names = {"@": case, "OTHER": other}
    kfcs.do(*[names.get(word, word) for word in act], now="2026-11-20 09:00" if late else "2026-11-03 09:00")
    assert [row for row in kfcs.escalate(now="2026-12-20 09:00") if row["case"] == case] == []


def test_history_is_never_escalated_and_live_rows_are(kfcs: Shell) -> None:
    (kfcs.folder / "old.csv").write_text(
        "项目,内容,时间,电话\nA,车位划线不清,2026-10-20 09:00,13800000001\nA,门禁坏了,2026-10-30 09:00,13800000002\n",
        "utf-8",
    )
    kfcs.do("import", "cases", str(kfcs.folder / "old.csv"))
    assert {row["case"] for row in kfcs.escalate(now="2026-12-20 09:00")} == {"CQ1-20261030-001"}


def test_while_the_customer_is_waited_on_close_is_not_escalated(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("contact", case, "等客户提供照片", "--waiting-on-customer", "--reply", now="2026-11-04 09:00")
    rows = kfcs.escalate(now="2027-01-20 09:00")
    assert {row["clock"] for row in rows} == {"follow-up"}


# ---------------------------------------------------------------- once, and the same set whenever it runs


def test_run_twice_adds_nothing(kfcs: Shell) -> None:
    kfcs.log("外墙脱落", "--media", "exposed")
    first = kfcs.escalate(now="2026-11-30 09:00")
    assert first
    assert kfcs.escalate() == []
    assert kfcs.escalate(now="2026-11-30 09:00:01") == []


def test_rungs_that_were_missed_are_caught_up_in_order_in_one_run(kfcs: Shell) -> None:
    kfcs.log()
    assert rungs(kfcs.escalate(now="2026-11-30 09:00")) == [1, 2, 3, 4]


LIVES: dict[str, Callable[[str], list[str]]] = {
    "dispatch": lambda case: ["dispatch", case, "--to", "工程部", "--contact-within", "30m", "--due", "+2d"],
    "coordinate": lambda case: ["dispatch", case, "--to", "物业", "--coordinate"],
    "reply": lambda case: ["contact", case, "x", "--reply"],
    "promise": lambda case: ["contact", case, "x", "--promise", "+1d"],
    "waiting": lambda case: ["contact", case, "x", "--waiting-on-customer"],
    "no agreement": lambda case: ["contact", case, "x", "--no-agreement"],
    "order": lambda case: ["rectify", case, "--order", "x", "--dept", "工程部", "--due", "+1d"],
    "done": lambda case: ["rectify", case, "--done", "R1"],
    "fail": lambda case: ["rectify", case, "--inspect", "R1", "--fail"],
    "people": lambda case: ["join", case, "--people", "3"],
    "supervise": lambda case: ["note", case, "x", "--as", "supervision", "--dept", "工程部", "--due", "+2d"],
    "resolve": lambda case: ["resolve", case, "x", "--despite", "x"],
    "unreachable": lambda case: ["callback", case, "--unreachable"],
    "unsatisfied": lambda case: ["callback", case, "--unsatisfied"],
    "brief": lambda case: [
        "brief", case, "--to", "group", "--cause", "x", "--progress", "x", "--difficulty", "x", "--help-needed", "x"],
}  # fmt: skip
lives = st.lists(
    st.tuples(st.sampled_from(sorted(LIVES)), st.integers(2, 26), st.integers(0, 23)), min_size=2, max_size=6
)
KEYS = "SELECT key, rule, recipient FROM escalations WHERE case_id IS NOT NULL ORDER BY key"


UUID = re.compile("[0-9a-f]{8}-[0-9a-f-]{27}")


def keys(kfcs: Shell) -> list[tuple[str, ...]]:
    """What was escalated; the entries that caused it by one word, for no two ledgers give them the same id."""
    with sqlite3.connect(kfcs.folder / "kfcs.db") as connection:
        return sorted((UUID.sub("entry", key), *rest) for key, *rest in connection.execute(KEYS))


def live(kfcs: Shell, life: list[tuple[str, int, int]], runs: Iterable[datetime]) -> list[tuple[str, ...]]:
    """Live a case through and run the job at some moments, each after what was done before it."""
    first = moment("11-01 09:00")
    case = kfcs.log("车位划线不清", "--people", "2", now=iso(first))
    acts = [(moment(f"11-{day:02} {hour:02}:30"), LIVES[name](case)) for name, day, hour in life]
    steps = sorted([*acts, *((at, ["escalate"]) for at in runs)], key=lambda step: step[0])
    for at, words in steps:
        assert kfcs(*words, now=iso(at)).code in (0, 2, 4)
    return keys(kfcs)


@settings(max_examples=4)
@given(life=lives, outage=st.tuples(st.integers(2, 12), st.integers(2, 17)))
def test_an_outage_of_days_gives_the_set_of_runs_in_time(
    new_desk: NewDesk, life: list[tuple[str, int, int]], outage: tuple[int, int]
) -> None:
    daily = [moment("11-01 12:00") + timedelta(days=n, seconds=1) for n in range(29)]
    begin, length = outage
    after = [at for at in daily if not begin <= at.day < begin + length]
    assert live(new_desk(), life, after) == live(new_desk(), life, daily)


@settings(max_examples=2)
@given(life=lives)
def test_how_often_it_runs_does_not_matter(new_desk: NewDesk, life: list[tuple[str, int, int]]) -> None:
    first, last = moment("11-01 12:00"), moment("11-29 12:00")
    often = [first + timedelta(hours=9 * n) for n in range(75)]
    assert live(new_desk(), life, [*often, last]) == live(new_desk(), life, [last])


def test_a_key_does_not_change_when_acts_are_recorded_late_or_taken_back(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("contact", case, "x", "--promise", "2026-11-05 18:00", now="2026-11-04 09:00")
    kfcs.escalate(now="2026-11-06 09:00")
    kfcs.do("contact", case, "x", "--promise", "2026-11-04 18:00", "--at", "2026-11-03 09:00")
    kfcs.do("undo")
    kfcs.do("contact", case, "x", "--promise", "2026-11-04 17:00", "--at", "2026-11-03 09:00")
    assert rungs(kfcs.escalate(), "promise") == []


# ---------------------------------------------------------------- quiet closure, dry run, exit code


def test_quiet_cases_close_first_and_are_told_on_stderr_only(kfcs: Shell) -> None:
    case = kfcs.log("外墙脱落", "--media", "exposed", "--sensitive")
    kfcs.do("resolve", case, "x", now="2026-11-03 09:00")
    answer = kfcs.do("escalate", "--format", "json", now="2026-11-11 00:00:00")
    assert [row for row in answer.json if row["case"] == case] == []
    assert f"{case} closed by itself" in answer.err
    shown = kfcs.show(case)
    last = shown["timeline"][-1]
    assert (last["kind"], last["at"], shown["state"]) == (
        "auto-closure",
        "2026-11-11T00:00:00+08:00",
        "closed",
    )


def test_appeals_4_1_each_setback_goes_one_rung_up(new_desk: NewDesk) -> None:
    """An unsatisfied callback or a missed promise: supervisor, department head, quality department, company (E2)."""
    kfcs = new_desk("appeals")
    case = kfcs.log("电梯停运", now="2026-11-02 09:00")
    raised: list[tuple[str, int, str]] = []

    def run(now: str) -> None:
        rules = ("callback-unsatisfied", "promise-missed")
        raised.extend(
            (e["rule"], e["rung"], e["recipient"]) for e in kfcs.escalate(now=now) if e["rule"] in rules
        )
        assert kfcs.do("verify").code == 0

    kfcs.do("contact", case, "约定", "--reply", "--promise", "2026-11-03 18:00", now="2026-11-02 10:00")
    run("2026-11-03 18:01")
    assert raised == [], "the first missed promise is raised by its clock"
    kfcs.do("contact", case, "改期", "--promise", "2026-11-05 18:00", now="2026-11-04 09:00")
    run("2026-11-05 18:00")
    assert raised == [], "met at exactly the due second (T5)"
    run("2026-11-05 18:01")
    assert raised == [("promise-missed", 2, "department-head")]
    for day, recipient in ((9, "quality-department"), (10, "company-leader"), (11, "company-leader")):
        kfcs.do("resolve", case, "修好", now=f"2026-11-{day:02} 09:00")
        kfcs.do("callback", case, "--unsatisfied", now=f"2026-11-{day:02} 15:00")
        run(f"2026-11-{day:02} 15:01")
        assert raised[-1] == ("callback-unsatisfied", min(day - 6, 4), recipient)
    run("2026-11-12 09:00")
    assert len(raised) == 4, "each setback once"


def test_appeals_4_1_a_run_that_comes_late_raises_the_same_rungs(new_desk: NewDesk) -> None:
    kfcs = new_desk("appeals")
    case = kfcs.log("电梯停运", now="2026-11-02 09:00")
    for day in (3, 4):
        kfcs.do("resolve", case, "修好", now=f"2026-11-{day:02} 09:00")
        kfcs.do("callback", case, "--unsatisfied", now=f"2026-11-{day:02} 15:00")
    added = kfcs.escalate(now="2026-11-04 15:01")
    assert sorted(e["rung"] for e in added if e["rule"] == "callback-unsatisfied") == [1, 2]


def test_call_centre_each_missed_limit_goes_one_rung_up(new_desk: NewDesk) -> None:
    kfcs = new_desk("call-centre")
    case = kfcs.log("电梯停运", now="2026-11-02 09:00")
    kfcs.do("contact", case, "约定", "--reply", "--promise", "2026-11-02 12:00", now="2026-11-02 10:00")
    kfcs.escalate(now="2026-11-02 12:01")
    kfcs.do("contact", case, "改期", "--promise", "2026-11-02 16:00", now="2026-11-02 13:00")
    added = kfcs.escalate(now="2026-11-02 16:01")
    assert [e["rung"] for e in added if e["rule"] == "promise-missed"] == [2]


def entries(kfcs: Shell) -> list[tuple[Any, ...]]:
    with sqlite3.connect(kfcs.folder / "kfcs.db") as connection:
        return connection.execute("SELECT * FROM entries ORDER BY rowid").fetchall()


def test_a_dry_run_prints_what_a_run_adds_and_changes_nothing(kfcs: Shell) -> None:
    kfcs.log("外墙脱落", "--media", "exposed")
    quiet = kfcs.log("举报", "--sensitive", project="B")
    kfcs.do("resolve", quiet, "x")
    kfcs.do("escalate", now="2026-11-10 09:00")
    before = rows_of_tables(kfcs.folder / "kfcs.db")
    dry = kfcs.do("escalate", "--dry-run", "--format", "json", now="2026-11-17 09:00")
    assert rows_of_tables(kfcs.folder / "kfcs.db") == before
    run = kfcs.do("escalate", "--format", "json")
    assert (dry.out, dry.err) == (run.out, run.err)
    assert entries(kfcs)[: len(entries(kfcs)) - len(run.json)] != entries(kfcs)


def test_a_dry_run_may_look_ahead_and_a_run_may_not(kfcs: Shell) -> None:
    kfcs.log()
    ahead = kfcs.escalate("--dry-run", "--now", "2026-11-18 00:00:00")
    assert (rungs(ahead), {row["level"] for row in ahead}) == ([1, 2, 3, 4], {3})
    assert "ahead" in kfcs.refused("escalate", "--now", "2026-11-18 00:00:00", code=2)
    assert kfcs.escalate() == []


def test_a_run_for_a_moment_that_has_passed_raises_what_was_due_then(kfcs: Shell) -> None:
    kfcs.log()
    assert rungs(kfcs.escalate("--now", "2026-11-10 00:00:00", now="2026-11-30 09:00")) == [1]
    assert rungs(kfcs.escalate()) == [2, 3, 4]


@pytest.mark.parametrize(
    ("words", "found", "code"), [((), True, 0), (("--exit-code",), True, 10), (("--exit-code",), False, 0)]
)
def test_the_exit_code_tells_of_escalations_only_when_asked(
    kfcs: Shell, words: tuple[str, ...], found: bool, code: int
) -> None:
    if found:
        kfcs.log("外墙脱落", "--media", "exposed")
    assert kfcs("escalate", *words, now="2026-11-02 09:01").code == code


def test_a_quiet_closure_alone_is_no_escalation(kfcs: Shell) -> None:
    kfcs.log("已解决", "--on-the-spot")
    (kfcs.folder / "kfcs.toml").open("a", encoding="utf-8").write("obligations_since = 2027-01-01\n")
    answer = kfcs("escalate", "--exit-code", "--format", "json", now="2026-11-12 09:00")
    assert (answer.code, answer.json) == (0, [])


# ---------------------------------------------------------------- at once and beside others


def test_runs_that_overlap_add_each_escalation_once(kfcs: Shell) -> None:
    for n in range(12):
        kfcs.log("外墙脱落", "--media", "exposed", "--phone", f"138000000{n:02}", project=f"P{n}")
    environ = {k: v for k, v in os.environ.items() if not k.startswith("KFCS_")} | kfcs.environ
    environ |= {"KFCS_NOW": "2026-11-20T09:00:00+08:00", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "kfcs", "escalate", "--format", "json"]
    runs = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [json.loads(run.communicate(timeout=120)[0]) for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    rows = [
        (row["case"], row["rule"], row["rung"], row["due"], row["subject"]) for rows in told for row in rows
    ]
    assert len(rows) == len(set(rows)) == len(keys(kfcs)) + sum(row[0] is None for row in rows)
    assert kfcs.escalate(now="2026-11-20 09:00") == []


def test_a_ledger_of_two_desks_is_escalated_once_whoever_runs(new_desk: NewDesk) -> None:
    one, two = new_desk(), new_desk()
    one.log("外墙脱落", "--media", "exposed")
    first = one.escalate(now="2026-11-20 09:00")
    shutil.copy(one.folder / "kfcs.db", two.folder / "other.db")
    answer = two("merge", str(two.folder / "other.db"), now="2026-11-20 09:00")
    assert first
    assert (answer.code, two.escalate()) == (0, [])


def test_what_the_job_wrote_stands_in_the_case_and_stops_nothing(kfcs: Shell) -> None:
    case = kfcs.log()
    before = list(kfcs.show(case, now="2026-11-20 09:00")["clocks"])
    kfcs.escalate()
    shown = kfcs.show(case)
    assert shown["clocks"] == before
    assert [row["rung"] for row in shown["escalations"] if row["clock"] == "reply"] == [1, 2, 3, 4]
    assert {act["by"] for act in shown["timeline"][1:]} == {"kfcs"}


def test_a_reopened_case_is_not_escalated_in_its_first_minute(kfcs: Shell) -> None:
    case = kfcs.log()
    kfcs.do("close", case, "--why", "withdrawn", "--reason", "x", now="2026-11-03 09:00")
    kfcs.do("reopen", case, "--reason", "x", now="2026-11-30 09:00")
    assert [row["clock"] for row in kfcs.escalate()] == [None]
    assert [row["clock"] for row in kfcs.escalate(now="2026-12-07 23:59:59")] == []


def test_stamps_are_written_as_these_tests_write_them() -> None:
    assert stamp(moment("11-10 00:00:01")) == "11-10 00:00:01"


ANSWERS = {
    "the department answers in time": (("--as", "follow-up", "--dept", "工程部"), "2026-11-03 09:00", 0),
    "it answers too late": (("--as", "follow-up", "--dept", "工程部"), "2026-11-03 10:00:01", 1),
    "another department answers": (("--as", "follow-up", "--dept", "物业公司"), "2026-11-03 09:00", 1),
    "somebody notes something": (("--as", "internal", "--dept", "工程部"), "2026-11-03 09:00", 1),
}


@pytest.mark.parametrize("case", ANSWERS)
@pytest.mark.parametrize(
    "demand", [("supervision",), ("penalty-proposal", "--to", "人事部")], ids=lambda d: d[0]
)
def test_h9_what_a_department_has_answered_is_not_raised(
    kfcs: Shell, case: str, demand: tuple[str, ...]
) -> None:
    words, at, raised = ANSWERS[case]
    number = kfcs.log(now="2026-11-02 10:00")
    kfcs.do("note", number, "限期答复", "--as", *demand, "--dept", "工程部", "--due", "2026-11-03 10:00")
    kfcs.do("note", number, "已答复", *words, now=at)
    rows = kfcs.escalate(now="2026-11-03 11:00")
    assert sum(row["rule"] == "supervision-overdue" for row in rows) == raised

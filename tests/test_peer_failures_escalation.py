"""Failures that users of similar tools reported about their escalation jobs, each with the right behaviour here.

The ids are those under which the reports are kept: X1 and so on.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from casework import failures
from conftest import NewDesk
from shell import clocks, settings

ROOT = Path(__file__).resolve().parent.parent
GRAVE = ("--media", "exposed")


def rungs(rows: list[dict[str, object]], clock: str = "reply") -> list[object]:
    return [row["rung"] for row in rows if row["clock"] == clock]


def x1_a_dry_run_changes_nothing(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kfcs.log("外墙脱落", *GRAVE)
    before = kfcs.do("export", "entries", "--format", "jsonl").out
    assert kfcs.escalate("--dry-run", now="2026-11-20 09:00")
    assert kfcs.do("export", "entries", "--format", "jsonl").out == before
    assert kfcs.escalate()


def x2_days_off_lengthen_the_wait_and_a_second_run_does_nothing(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    settings(kfcs, days_off='["2026-11-09", "2026-11-10"]')
    kfcs.log()
    assert rungs(kfcs.escalate(now="2026-11-11 23:59:59")) == []
    assert rungs(kfcs.escalate(now="2026-11-12 00:00:00")) == [1]
    assert rungs(kfcs.escalate(now="2026-11-12 00:00:01")) == []


def x3_a_calendar_belongs_to_its_own_desk(new_desk: NewDesk) -> None:
    one, two = new_desk(), new_desk()
    settings(one, days_off='["2026-11-09"]')
    one.log()
    two.log()
    assert rungs(one.escalate(now="2026-11-10 00:00:00")) == []
    assert rungs(two.escalate(now="2026-11-10 00:00:00")) == [1]


def x5_the_first_run_does_not_raise_what_is_young(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kfcs.log()
    assert kfcs.escalate(now="2026-11-02 09:05") == []


def x6_a_wait_on_the_customer_cannot_hide_a_case_for_ever(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    kfcs.do("contact", case, "等客户", "--waiting-on-customer", "--reply", now="2026-11-03 09:00")
    assert rungs(kfcs.escalate(now="2026-11-11 00:00:00"), "follow-up") == [1]
    assert case in kfcs.do("today", "--format", "csv").out


def x7_a_day_is_a_day_of_shanghai(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kfcs.log(now="2026-11-02T23:30:00+00:00")  # 3 November, 07:30 in Shanghai
    assert rungs(kfcs.escalate(now="2026-11-10T15:59:59+00:00")) == []
    assert rungs(kfcs.escalate(now="2026-11-10T16:00:00+00:00")) == [1]


def x8_the_level_depends_on_time_not_on_how_often_the_job_ran(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    for hour in range(24):
        kfcs.escalate(now=f"2026-11-17 {hour:02}:30")
    assert kfcs.show(case)["level"] == 4
    assert kfcs.show(case, now="2026-11-18 00:00:00")["level"] == 3


def x11_each_rung_fires_once(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kfcs.log()
    fired = [
        rungs(kfcs.escalate(now=f"2026-11-{day} {hour:02}:00"))
        for day in range(10, 18)
        for hour in (1, 9, 17)
    ]
    assert [rung for run in fired for rung in run] == [1, 2, 3, 4]


def x12_what_an_outage_missed_is_caught_up_and_the_next_rung_follows(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kfcs.log()
    assert rungs(kfcs.escalate(now="2026-11-13 09:00")) == [1, 2, 3]
    assert rungs(kfcs.escalate(now="2026-11-17 00:00:00")) == [4]


def x13_what_the_program_writes_satisfies_no_clock(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    kfcs.escalate(now="2026-11-10 09:00")
    assert {clocks(kfcs.show(case))[name] for name in ("reply", "follow-up")} == {"breached"}
    assert rungs(kfcs.escalate(now="2026-11-11 09:00"), "follow-up") == [2]


def x15_a_rung_is_counted_in_the_calendar_of_its_clock(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    settings(kfcs, days_off='["2026-11-10"]')
    kfcs.log()
    assert rungs(kfcs.escalate(now="2026-11-11 23:59:59")) == [1]
    assert rungs(kfcs.escalate(now="2026-11-12 00:00:00")) == [2]


def x16_a_run_waits_for_a_desk_that_writes_and_then_catches_up(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kfcs.log()
    environ = {k: v for k, v in os.environ.items() if not k.startswith("KFCS_")} | kfcs.environ
    environ |= {"KFCS_NOW": "2026-11-13T09:00:00+08:00", "PYTHONPATH": str(ROOT)}
    with sqlite3.connect(kfcs.folder / "kfcs.db", isolation_level=None) as desk:
        desk.execute("BEGIN IMMEDIATE")
        run = subprocess.Popen(
            [sys.executable, "-m", "kfcs", "escalate"], env=environ, stdout=subprocess.PIPE
        )
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(timeout=1.5)
        desk.execute("COMMIT")
    assert run.wait(timeout=60) == 0
    assert run.stdout is not None
    run.stdout.close()
    assert rungs(kfcs.escalate(now="2026-11-13 09:00")) == []


def x17_each_clock_has_escalations_of_its_own(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    kfcs.do("dispatch", case, "--to", "工程部", "--contact-within", "30m")
    assert rungs(kfcs.escalate(now="2026-11-02 09:30:01"), "contact") == [1]
    assert rungs(kfcs.escalate(now="2026-11-10 00:00:00"), "reply") == [1]


def x18_a_limit_that_moved_is_raised_again_the_same_day(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    kfcs.do("contact", case, "x", "--promise", "2026-11-03 10:00")
    assert rungs(kfcs.escalate(now="2026-11-03 10:00:01"), "promise") == [1]
    kfcs.do("contact", case, "x", "--promise", "2026-11-03 15:00")
    assert rungs(kfcs.escalate(now="2026-11-03 15:00:01"), "promise") == [1]


def x20_one_command_makes_one_entry(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log("外墙脱落", *GRAVE)
    assert [act["kind"] for act in kfcs.show(case)["timeline"]] == ["complaint"]


def x21_what_was_folded_in_before_its_limit_is_not_escalated(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    one, two = kfcs.log("保安态度差"), kfcs.log(project="B")
    kfcs.do("join", one, "--case", two)
    rows = kfcs.escalate(now="2026-12-01 09:00")
    assert ({row["case"] for row in rows} == {one}, set(clocks(kfcs.show(two)).values())) == (
        True,
        {"cancelled"},
    )


def x22_a_clock_that_the_policy_no_longer_has_is_raised_no_more(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    assert rungs(kfcs.escalate(now="2026-11-10 00:00:00")) == [1]
    file = kfcs.folder / "kfcs.toml"
    file.write_text(file.read_text("utf-8").replace('"jinke"', '"base"'), "utf-8")
    assert rungs(kfcs.escalate(now="2026-11-20 00:00:00")) == []
    shown = kfcs.show(case)
    assert ("reply" in clocks(shown), rungs(shown["escalations"])) == (False, [1])


def x23_no_cap_a_run(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    rows = "".join(f"P{n % 12},第{n}件事,2026-11-02 09:00,{13800000000 + n}\n" for n in range(240))
    (kfcs.folder / "rows.csv").write_text("项目,内容,时间,电话\n" + rows, "utf-8")
    kfcs.do("import", "cases", str(kfcs.folder / "rows.csv"), "--live")
    added = kfcs.escalate(now="2026-11-10 00:00:00")
    assert len({row["case"] for row in added if row["clock"] == "reply"}) == 240


def x25_a_case_closed_since_it_fell_due_is_not_raised(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    cases = kfcs.log(), kfcs.log(project="B")
    kfcs.do("close", cases[0], "--why", "withdrawn", "--reason", "x", now="2026-11-12 09:00")
    assert {row["case"] for row in kfcs.escalate()} == {cases[1]}


def x26_later_rungs_come_though_the_job_wrote_in_between(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kfcs.log()
    days = ("10 00:00:00", "11 00:00:00", "13 00:00:00", "17 00:00:00")
    assert [rungs(kfcs.escalate(now=f"2026-11-{day}"), "follow-up") for day in days] == [[1], [2], [3], [4]]


def x27_no_other_command_escalates(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log("外墙脱落", *GRAVE)
    kfcs.now = "2026-11-30T09:00:00+08:00"
    for words in (("list",), ("today",), ("show", case), ("report",), ("verify",), ("contact", case, "x")):
        kfcs.do(*words)
    assert kfcs.show(case)["escalations"] == []


def x28_a_customer_who_writes_again_does_not_restart_the_wait(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    kfcs.log("催办", "--repeat-of", case, now="2026-11-06 09:00")
    kfcs.log("再催", "--repeat-of", case, now="2026-11-09 18:00")
    due = next(run["due"] for run in kfcs.show(case)["clocks"] if run["clock"] == "reply")
    assert (due, rungs(kfcs.escalate(now="2026-11-10 00:00:00"))) == ("2026-11-09T23:59:59+08:00", [1])


def x30_two_jobs_at_one_second_both_succeed(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kfcs.log()
    environ = {k: v for k, v in os.environ.items() if not k.startswith("KFCS_")} | kfcs.environ
    environ |= {"KFCS_NOW": "2026-11-10T00:00:00+08:00", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "kfcs", "escalate", "--format", "json"]
    runs = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outs = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0]
    assert sum(out.count('"clock.reply"') for out in outs) == 1


@failures("x", globals())
def test_a_failure_reported_of_another_tool(check: Callable[[NewDesk], None], new_desk: NewDesk) -> None:
    check(new_desk)

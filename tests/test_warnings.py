"""Warnings before a limit passes (SPEC E6): off by default, in the clock's own calendar, each given once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from casework import Story, calendar, moment
from conftest import NewDesk
from shell import Shell, settings

from kfcs.rules.clocks import ClockRun, warning_at
from kfcs.rules.durations import Duration, Pause, deadline

SHARES: dict[str, tuple[str, str, int, str]] = {
    "half of two hours": ("11-02 09:00", "2h", 50, "11-02 10:00"),
    "80 % of five working days: the end of the fourth": ("11-02 09:00", "5wd", 80, "11-06 23:59:59"),
    "half of five working days: noon of the third": ("11-02 09:00", "5wd", 50, "11-05 12:00"),
    "half of three days: noon of the second": ("11-02 09:00", "3d", 50, "11-04 12:00"),
    "working days over a weekend": ("11-05 09:00", "2wd", 50, "11-06 23:59:59"),
    "half of office minutes over noon": ("11-02 11:30", "60om", 75, "11-02 13:45"),
    "half of what is left of the day": ("11-02 12:00", "same-day", 50, "11-02 17:59:59.5"),
}


@pytest.mark.parametrize("case", SHARES)
def test_e6_a_share_is_of_what_the_clock_counts(case: str) -> None:
    start, limit, share, wanted = SHARES[case]
    duration = Duration.parse(limit)
    due = deadline(moment(start), duration, calendar()).due
    run = ClockRun("reply", 1, moment(start), due, limit=duration)
    assert warning_at(run, share, calendar()) == moment(wanted)


def test_e6_paused_days_are_no_part_of_the_share() -> None:
    pause = Pause(moment("11-03 09:00"), moment("11-05 09:00"))
    duration = Duration.parse("4wd")
    due = deadline(moment("11-02 09:00"), duration, calendar(), (pause,)).due
    run = ClockRun("close", 1, moment("11-02 09:00"), due, limit=duration)
    assert due == moment("11-10 23:59:59")
    assert warning_at(run, 50, calendar(), (pause,)) == moment("11-06 23:59:59")


# ---------------------------------------------------------------- from the command line


def warn(kfcs: Shell, base: str, clock: str, *shares: str) -> None:
    """Put a policy in force that asks for warnings on one clock of another."""
    (kfcs.folder / "w.toml").write_text(
        f'name = "w"\nextends = "{base}"\n[title]\nzh = "预警"\nen = "warned"\n'
        f'[[clock]]\nid = "{clock}"\nwarn = {json.dumps(shares)}\n',
        "utf-8",
    )
    text = (kfcs.folder / "kfcs.toml").read_text("utf-8")
    (kfcs.folder / "kfcs.toml").write_text(text.replace(f'"{base}"', '"w.toml"'), "utf-8")


@pytest.fixture
def desk(new_desk: NewDesk) -> Shell:
    kfcs = new_desk("base")
    warn(kfcs, "base", "promise", "80%", "50%")
    kfcs.log(now="2026-11-02 10:00")
    kfcs.do("contact", "001", "约定", "--promise", "2026-11-02 20:00")
    return kfcs


def told(rows: Any) -> list[tuple[str, int, str, int]]:
    return [(row["rule"], row["rung"], row["recipient"], row["late_seconds"]) for row in rows]


FIRST, SECOND = ("warning.promise", 1, "staff", 0), ("warning.promise", 2, "staff", 0)


def test_e6_each_warning_comes_when_its_share_has_passed_and_once(desk: Shell) -> None:
    assert desk.escalate(now="2026-11-02 14:59:59") == []
    dry = desk.escalate("--dry-run", now="2026-11-02 15:00")
    assert told(dry) == told(desk.escalate(now="2026-11-02 15:00")) == [FIRST]
    assert desk.escalate(now="2026-11-02 17:59:59") == []
    assert told(desk.escalate(now="2026-11-02 18:00")) == [SECOND]
    rows = desk.escalate(now="2026-11-02 20:00:01")
    assert [(row["rule"], row["rung"], row["late_seconds"]) for row in rows] == [("clock.promise", 1, 1)]
    assert desk("verify").code == 0
    assert "promise soon due" in desk.do("show", "001", "--format", "table").out


def test_e6_an_outage_is_caught_up_with_in_order(desk: Shell) -> None:
    rows = desk.escalate(now="2026-11-02 21:00")
    assert [(row["rule"], row["rung"]) for row in rows] == [
        ("clock.promise", 1), ("warning.promise", 1), ("warning.promise", 2)
    ]  # fmt: skip


ENDED = {
    "answered before its share had passed": (("resolve", "001", "已修"), "2026-11-02 14:00", []),
    "answered between the two": (("resolve", "001", "已修"), "2026-11-02 16:00", [FIRST]),
    "another time agreed before": (
        ("contact", "001", "改期", "--promise", "2026-11-04 16:00"),
        "2026-11-02 14:00",
        [],
    ),
}


@pytest.mark.parametrize("case", ENDED)
def test_e6_what_is_done_is_not_warned_of(desk: Shell, case: str) -> None:
    words, at, wanted = ENDED[case]
    desk.do(*words, now=at)
    assert told(desk.escalate(now="2026-11-02 19:00")) == wanted


def test_e6_a_policy_that_asks_for_none_gives_none(new_desk: NewDesk) -> None:
    kfcs = new_desk("base")
    kfcs.log(now="2026-11-02 10:00")
    kfcs.do("contact", "001", "约定", "--promise", "2026-11-02 20:00")
    assert kfcs.escalate(now="2026-11-02 19:59:59") == []
    assert Story().judged("base").watches == []


def test_e6_who_waits_on_the_customer_is_not_warned(new_desk: NewDesk) -> None:
    kfcs = new_desk("rf-kf-zy-03")
    warn(kfcs, "rf-kf-zy-03", "close", "50%")
    settings(kfcs)
    kfcs.log(now="2026-11-02 10:00")
    kfcs.do("contact", "001", "等回复", "--waiting-on-customer", "--reply", now="2026-11-02 10:00")
    rows = kfcs.escalate(now="2026-11-20 10:00")
    assert "warning.close" not in [row["rule"] for row in rows]

"""Whom to tell and ask, from when and by when (O2): every touchpoint of the presets, over month and year ends."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfcs.i18n import in_language, render
from kfcs.period import Period
from kfcs.policycheck import chain_faults, read_chain
from kfcs.rulebook import PRESETS, load_policy
from kfcs.rules.calendar import WorkCalendar
from kfcs.rules.durations import Duration
from kfcs.rules.touchpoints import (
    TRIGGERS,
    Cause,
    DayForm,
    Done,
    DoneList,
    Occasion,
    Outcome,
    TouchpointRule,
    meant,
    occasions,
    state_of,
)
from kfcs.touchpointfaults import touchpoint_faults, ways_of

NOWHERE = Path("no-such-folder")
CALENDAR = WorkCalendar({})


@cache
def rules(preset: str) -> dict[str, TouchpointRule]:
    return {rule.id: rule for rule in load_policy(preset, NOWHERE).touchpoints}


def the(
    preset: str, touchpoint: str, on: str, home: str | None = "1-101", what: str | None = None
) -> Occasion:
    """The occasion that one cause gives a touchpoint of a preset."""
    day = date.fromisoformat(on)
    cause = Cause("A", home, day, f"{what or ''} {on}".strip(), what, day)
    [found] = occasions(rules(preset)[touchpoint], [cause], CALENDAR)
    return found


ROWS = (
    # preset, touchpoint, what happened or will happen on, from, due
    ("lifecycle", "sales-satisfaction", "2026-10-31", "2026-11-01", "2026-11-10"),
    ("lifecycle", "sales-satisfaction", "2026-10-01", "2026-11-01", "2026-11-10"),
    ("lifecycle", "sales-satisfaction", "2026-12-31", "2027-01-01", "2027-01-10"),
    ("lifecycle", "sales-satisfaction", "2028-02-29", "2028-03-01", "2028-03-10"),
    ("lifecycle", "handover-satisfaction", "2026-11-30", "2026-12-01", "2026-12-10"),
    ("lifecycle", "handover-satisfaction", "2026-12-01", "2027-01-01", "2027-01-10"),
    ("lifecycle", "progress-notice", "2026-10-03", "2026-10-03", "2026-10-05"),
    ("lifecycle", "progress-notice", "2026-12-31", "2026-12-31", "2027-01-02"),
    ("lifecycle", "progress-notice", "2028-02-28", "2028-02-28", "2028-03-01"),
    ("lifecycle", "progress-notice", "2027-02-27", "2027-02-27", "2027-03-01"),
    ("lifecycle", "open-day", "2027-03-31", "2027-02-01", "2027-02-28"),
    ("lifecycle", "open-day", "2027-01-15", "2026-12-01", "2026-12-15"),
    ("lifecycle", "warranty-expiry", "2027-01-31", "2026-11-01", "2026-11-30"),
    ("lifecycle", "warranty-expiry", "2028-04-30", "2028-02-01", "2028-02-29"),
    ("lifecycle", "warranty-expiry", "2027-04-30", "2027-02-01", "2027-02-28"),
    ("lifecycle", "warranty-expiry", "2027-02-28", "2026-12-01", "2026-12-28"),
    ("lifecycle", "warranty-expiry", "2027-03-01", "2027-01-01", "2027-01-01"),
    ("lifecycle", "rectification-satisfaction", "2026-12-28", "2026-12-28", "2027-01-04"),
    ("jinke", "design-change", "2026-11-02", "2026-11-02", "2026-11-04"),
    ("jinke", "design-change", "2028-02-27", "2028-02-27", "2028-02-29"),
    ("specialist", "joint-acceptance", "2027-04-30", "2027-02-28", "2027-02-28"),
    ("specialist", "joint-acceptance", "2027-01-31", "2026-11-30", "2026-11-30"),
    ("specialist", "house-check", "2028-04-30", "2028-02-29", "2028-02-29"),
    ("specialist", "joint-acceptance-organised", "2027-03-31", "2027-02-28", "2027-02-28"),
    ("specialist", "joint-acceptance-organised", "2027-01-15", "2026-12-15", "2026-12-15"),
    ("specialist", "annual-survey", "2026-01-01", "2026-10-01", "2026-11-30"),
)
"""One touchpoint of POLICIES a line or several; nothing of a preset is left out."""


@pytest.mark.parametrize(
    ("preset", "touchpoint", "on", "start", "due"),
    ROWS,
    ids=[f"{rules(row[0])[row[1]].clause}: {row[1]} {row[2]}" for row in ROWS],
)
def test_a_touchpoint_begins_and_is_due_as_its_clause_says(
    preset: str, touchpoint: str, on: str, start: str, due: str
) -> None:
    what = "exterior-done" if touchpoint == "progress-notice" else None
    found = the(preset, touchpoint, on, what=what)
    assert (found.start.isoformat(), found.due.isoformat()) == (start, due)


def test_every_touchpoint_of_the_presets_is_in_the_table_and_no_other() -> None:
    names = [path.stem for path in PRESETS.glob("*.toml")]
    assert {(name, rule) for name in names for rule in rules(name)} == {row[:2] for row in ROWS}


def test_there_are_ten_nodes_and_no_notice_of_any_other() -> None:
    rule = rules("lifecycle")["progress-notice"]
    assert len(rule.nodes) == 10
    day = date(2026, 11, 2)
    causes = [
        Cause("A", None, day, f"{node} {day}", node, day) for node in (*sorted(rule.nodes), "roof-garden")
    ]
    assert [each.cause.what for each in occasions(rule, causes, CALENDAR)] == sorted(rule.nodes)


def test_each_is_listed_in_the_months_in_which_it_begins_or_is_due() -> None:
    survey = the("specialist", "annual-survey", "2026-01-01")
    months = [Period.of("month", date(2026, month, 1)) for month in range(1, 13)]
    assert [month.label for month in months if survey.touches(month)] == ["2026-10", "2026-11"]


# ---------------------------------------------------------------- the forms


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1st of next month", "2027-02-01"),
        ("last day of next month", "2027-02-28"),
        ("31st of next month", "2027-02-28"),
        ("last day of this month", "2027-01-31"),
        ("22nd of that month", "2027-01-22"),
        ("29 February", "2027-02-28"),
        ("30 november", "2027-11-30"),
    ],
)
def test_a_form_of_a_day(text: str, day: str) -> None:
    assert DayForm.parse(text).of(date(2027, 1, 31)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10th",
        "0th of next month",
        "32nd of next month",
        "1st of last month",
        "30 February",
        "10 Nov",
        "31 April",
    ],
)
def test_what_is_no_form_of_a_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        DayForm.parse(text)


def test_working_days_are_counted_by_the_calendar() -> None:
    rule = rules("jinke")["design-change"]._replace(within=Duration.parse("2wd"))
    assert rule.days(date(2026, 11, 6), CALENDAR) == (date(2026, 11, 6), date(2026, 11, 10))


ALL_RULES = [rule for path in PRESETS.glob("*.toml") for rule in rules(path.stem).values()]


@given(rule=st.sampled_from(ALL_RULES), on=st.dates(date(2024, 1, 1), date(2032, 12, 31)))
def test_what_is_to_be_done_lies_within_reach_of_its_cause(rule: TouchpointRule, on: date) -> None:
    """Causes are looked up by it, so nothing may lie beyond."""
    if rule.trigger == "yearly":
        return
    back, ahead = rule.reach()
    start, due = rule.days(on, CALENDAR)
    assert on - back <= start <= due <= on + ahead


# ---------------------------------------------------------------- what has become of it


@pytest.mark.parametrize(
    ("done_on", "today", "state"),
    [
        (None, "2026-10-20", "upcoming"),
        (None, "2026-11-10", "upcoming"),
        (None, "2026-11-11", "missed"),
        ("2026-11-10", "2026-12-01", "done"),
        ("2026-11-11", "2026-12-01", "late"),
    ],
)
def test_states(done_on: str | None, today: str, state: str) -> None:
    occasion = the("lifecycle", "sales-satisfaction", "2026-10-31")
    on = None if done_on is None else date.fromisoformat(done_on)
    assert state_of(occasion, on, date.fromisoformat(today)) == state


def done(occasion: Occasion, on: str, **changed: Any) -> Done:
    cause = occasion.cause
    made = Done(occasion.rule.id, cause.project, cause.home, cause.matter, date.fromisoformat(on))
    return made._replace(**changed)


def test_done_once_stays_done_on_its_first_day_and_gathers_answers() -> None:
    letter = the("jinke", "design-change", "2026-11-02")
    told = [done(letter, "2026-11-06", feedback=True), done(letter, "2026-11-04")]
    assert DoneList(told).of(letter) == Outcome(date(2026, 11, 4), True)


def test_done_for_a_project_is_done_for_each_of_its_homes() -> None:
    letter = the("jinke", "design-change", "2026-11-02")
    assert DoneList([done(letter, "2026-11-03", home=None)]).of(letter).on == date(2026, 11, 3)


@pytest.mark.parametrize(
    "other",
    [
        {"home": "1-102"},
        {"project": "B"},
        {"matter": "2026-11-09"},
        {"touchpoint": "progress-notice"},
    ],
)
def test_what_was_done_elsewhere_does_not_count(other: dict[str, str]) -> None:
    letter = the("jinke", "design-change", "2026-11-02")
    assert DoneList([done(letter, "2026-11-03", **other)]).of(letter).on is None


def test_a_survey_counts_from_the_day_of_its_cause_on() -> None:
    call = the("lifecycle", "sales-satisfaction", "2026-10-15")
    before, after = done(call, "2026-10-14", matter=None), done(call, "2026-10-15", matter=None)
    assert DoneList([before]).of(call).on is None
    assert DoneList([before, after]).of(call).on == date(2026, 10, 15)


def warranties(*ends: str) -> list[Occasion]:
    return [the("lifecycle", "warranty-expiry", end, what=f"item {n}") for n, end in enumerate(ends)]


def test_what_is_meant_is_what_it_is_time_for() -> None:
    missed, now, coming = warranties("2026-11-30", "2027-01-31", "2027-02-28")
    assert meant([coming, missed, now], date(2026, 11, 20)) == [now]
    assert meant([coming, missed], date(2026, 11, 20)) == [missed]
    assert meant([coming], date(2026, 11, 20)) == [coming]


def test_the_last_one_missed_is_meant_and_not_one_of_years_ago() -> None:
    old, recent = warranties("2019-06-30", "2026-11-30")
    assert meant([old, recent], date(2026, 11, 20)) == [recent]


def test_one_notice_tells_of_all_that_ends_on_one_day() -> None:
    roof, wall, pipes = warranties("2027-01-31", "2027-01-31", "2027-02-28")
    assert meant([roof, wall, pipes], date(2026, 11, 20)) == [roof, wall]


def test_what_is_years_ahead_is_not_meant() -> None:
    assert meant(warranties("2031-01-31"), date(2026, 11, 20)) == []


# ---------------------------------------------------------------- faults of a policy

WHOLE = {"id": "ours", "clause": "ours 1", "title": {"zh": "我们的", "en": "Ours"}}


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_trigger_takes_its_own_ways_only(trigger: str) -> None:
    values: dict[str, Any] = {"due": "10th of next month", "within": "2d", "months_before": 2}
    if trigger == "yearly":
        values["due"] = "30 November"
    for way, value in values.items():
        told = list(touchpoint_faults({**WHOLE, "trigger": trigger, way: value}))
        assert (told == []) == (way in ways_of(trigger)), (way, told)


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ({"trigger": "signed"}, "touchpoint[ours]"),
        ({"trigger": "signed", "due": "1st of next month", "within": "2d"}, "touchpoint[ours]"),
        ({"trigger": "signed", "due": "30 November"}, "touchpoint[ours].due"),
        ({"trigger": "yearly", "due": "30 November", "from": "1st of this month"}, "touchpoint[ours].from"),
        ({"trigger": "node", "within": "48h"}, "touchpoint[ours].within"),
        ({"trigger": "signed", "within": "2d", "nodes": ["exterior-done"]}, "touchpoint[ours].nodes"),
    ],
)
def test_faults(row: dict[str, Any], key: str) -> None:
    assert [fault.key for fault in touchpoint_faults({**WHOLE, **row})] == [key]


def test_faults_of_a_file_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "ours.toml").write_text(
        """
name = "ours"
extends = "lifecycle"
title = { zh = "我们的", en = "Ours" }

[[touchpoint]]
id = "open-day"
months_before = 0

[[touchpoint]]
id = "tea"
trigger = "birthday"
due = "tomorrow"
clause = "ours 2"
title = { zh = "茶话会", en = "Tea" }

[[touchpoint]]
id = "progress-notice"
nodes = ["roof"]
survey = "contract"
within = "5d"
""",
        encoding="utf-8",
    )
    with in_language("en"):
        told = [render(fault).split(": ", 1)[1] for fault in chain_faults(*read_chain("ours", tmp_path))]
    assert sorted(line.split(":")[0] for line in told) == [
        "touchpoint[open-day].months_before",
        "touchpoint[progress-notice].nodes",
        "touchpoint[tea].due",
        "touchpoint[tea].trigger",
    ]


def test_a_policy_changes_one_key_of_its_parents_row(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "ours.toml").write_text(
        'name = "ours"\nextends = "lifecycle"\ntitle = { zh = "我们的", en = "Ours" }\n'
        '[[touchpoint]]\nid = "sales-satisfaction"\ndue = "5th of next month"\n'
        '[[touchpoint]]\nid = "open-day"\noff = true\n',
        encoding="utf-8",
    )
    ours = {rule.id: rule for rule in load_policy("ours", tmp_path).touchpoints}
    assert ours.keys() == rules("lifecycle").keys() - {"open-day"}
    start, due = ours["sales-satisfaction"].days(date(2026, 10, 31), CALENDAR)
    assert (start, due) == (date(2026, 11, 1), date(2026, 11, 5))
    assert due - start == timedelta(days=4)

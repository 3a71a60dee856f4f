"""Why a case stands as it does (SPEC P3, T7): level, category, department, each limit with the days it counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TextIO

from kfcs.errors import N_, Message, Term, say
from kfcs.i18n import language, render
from kfcs.period import iso
from kfcs.rules.calendar import DayNote
from kfcs.rules.clocks import PAUSABLE, ClockRun
from kfcs.rules.durations import days_counted
from kfcs.rules.facts import pauses_of
from kfcs.rules.judgement import Judgement
from kfcs.rules.policy import Rule
from kfcs.showing import level_name, worth_showing


def reasons(judgement: Judgement, now: datetime) -> dict[str, Any]:
    """Everything that decided, each with its rule and clause."""
    case = judgement.case
    level, rule = judgement.level(now)
    return {
        "case": case.case_id,
        "policy": judgement.policy.name,
        "policy_digest": judgement.policy.digest,
        "level": {
            "level": level,
            "name": level_name(judgement.policy, level, language()),
            **_rule(rule),
            "facts": _facts(judgement),
            "rises": [{"at": iso(r.at), "level": r.level, **_rule(r.rule)} for r in judgement.graded.rises],
        },
        "category": {
            "category": case.category,
            "subcategory": case.subcategory,
            "given": case.category_given is not None,
            "proposed": dict(case.proposed),
        },
        "department": None
        if judgement.route is None
        else {"suggested": judgement.route.department, **_rule(judgement.route)},
        "clocks": [_clock(judgement, run, now) for run in judgement.clocks if worth_showing(run, now)],
        "escalations": [
            {"rule": r.rule, "clause": r.clause, "rung": r.rung, "recipient": r.recipient, "at": iso(r.at)}
            for r in case.escalations
        ],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {"rule": rule.id, "clause": rule.clause, "title": rule.title[language()], "assumed": rule.assumed}


def _facts(judgement: Judgement) -> dict[str, Any]:
    """The facts that say something: what is unset, none or the usual is left out."""
    usual = (None, False, "none", 0)
    return {name: value for name, value in judgement.facts.items() if value not in usual}


def _clock(judgement: Judgement, run: ClockRun, now: datetime) -> dict[str, Any]:
    rule = judgement.policy.clock(run.clock)
    assert rule is not None
    return {
        "clock": run.clock,
        "epoch": run.epoch,
        "start": iso(run.start),
        "limit": None if run.limit is None else str(run.limit),
        "due": iso(run.due),
        "state": run.state(now),
        "provisional": list(run.provisional),
        **_rule(rule),
        "days": [_day(note) for note in _days(judgement, run)],
    }


def _days(judgement: Judgement, run: ClockRun) -> tuple[DayNote, ...]:
    if run.limit is None or run.limit.unit not in ("wd", "d"):
        return ()
    pauses = tuple(p for p in pauses_of(judgement.case) if p.end is not None) if run.clock in PAUSABLE else ()
    return days_counted(run.start, run.limit, judgement.ladder.calendar, pauses, run.start)


def _day(note: DayNote) -> dict[str, Any]:
    return {"day": note.day.isoformat(), "counted": note.working, "source": note.source}


def print_reasons(told: Mapping[str, Any], stream: TextIO) -> None:
    """The reasons as sentences."""
    for line in _lines(told):
        stream.write(render(line) + "\n")


def _lines(told: Mapping[str, Any]) -> list[Message]:
    level = told["level"]
    lines = [
        say(N_("{case} under policy {policy}"), case=told["case"], policy=told["policy"]),
        say(N_("Level {name}: {title} ({rule}, {clause}){mark}"), **_said(level), name=level["name"]),
        say(
            N_("  facts: {facts}"),
            facts=", ".join(f"{name}={value}" for name, value in level["facts"].items()),
        ),
    ]
    lines += [
        say(N_("  becomes graver on {at}: {title} ({clause})"), **_said(rise), at=rise["at"])
        for rise in level["rises"]
    ]
    proposed = told["category"]["proposed"]
    lines.append(
        say(
            N_("Category {category}: proposed by {rule}, words {words}"),
            category=told["category"]["subcategory"] or told["category"]["category"],
            rule=proposed.get("rule", "–"),
            words="、".join(proposed.get("words", ())) or "–",
        )
        if not told["category"]["given"]
        else say(
            N_("Category {category}: given by a person"),
            category=told["category"]["subcategory"] or told["category"]["category"],
        )
    )
    if told["department"]:
        department = told["department"]
        lines.append(
            say(
                N_("Department {department}: {title} ({rule})"),
                department=Term("department", department["suggested"]),
                **_said(department),
            )
        )
    for clock in told["clocks"]:
        lines += _clock_lines(clock)
    for raised in told["escalations"]:
        lines.append(
            say(
                N_("Escalated {at} to {recipient}, rung {rung} ({rule}, {clause})"),
                **{**raised, "recipient": Term("recipient", raised["recipient"])},
            )
        )
    return lines


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    mark = say(N_(" — assumed: the source does not state it")) if row["assumed"] else ""
    return {"title": row["title"], "rule": row["rule"], "clause": row["clause"], "mark": mark}


def _clock_lines(clock: Mapping[str, Any]) -> list[Message]:
    head = say(
        N_("{clock}: {state}, due {due}, counted from {start}, limit {limit} ({title}, {clause}){mark}"),
        **_said(clock),
        clock=Term("clock", clock["clock"]),
        state=Term("clock-state", clock["state"]),
        due=clock["due"],
        start=clock["start"],
        limit=clock["limit"] or say(N_("as set")),
    )
    if not clock["limit"] or not clock["limit"].endswith("wd"):
        return [head]
    skipped = [day for day in clock["days"] if not day["counted"]]
    counted = [day for day in clock["days"] if day["counted"]]
    lines = [head, say(N_("  counted: {days}"), days=_list(counted))]
    return [*lines, say(N_("  skipped: {days}"), days=_list(skipped))] if skipped else lines


def _list(days: list[Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{day['day'][5:]} ({day['source']})" if day["source"] else day["day"][5:] for day in days
    )

"""Why a case stands as it does (SPEC P3, T7): level, category, department, each limit with the days it counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kfcs.i18n import language
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

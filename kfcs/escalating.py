"""One run of the escalation job (SPEC E): close what is quiet, raise what is due, in one transaction.

The run asks the projection for what is due and touches nothing else: clocks whose next rung has come, cases whose
next look has come, topics that have become hot, obligations that nobody handed in. State is looked at inside the
writing transaction, so that two runs at once, or a run beside a desk at work, record each escalation once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from kfcs import duties
from kfcs.desk import Desk
from kfcs.entries import Draft
from kfcs.generalrows import escalation_key
from kfcs.period import from_iso, iso
from kfcs.rules.clocks import ClockRun
from kfcs.rules.escalate import (
    Escalation,
    Ladder,
    clock_escalation,
    ladder_for,
    next_rung,
    run_sort_key,
    rungs_due,
    topic_escalations,
)
from kfcs.rules.policy import Policy

ROBOT = "kfcs"
"""Who records what no person did."""


@dataclass(frozen=True)
class Outcome:
    """What a run did: escalations in order, and the numbers of the cases that closed by themselves."""

    escalations: tuple[Escalation, ...]
    closed: tuple[str, ...]


class _DryRun(Exception):
    """Ends the transaction of a dry run, so that everything it wrote is rolled back."""


def run(desk: Desk, now: datetime, *, dry: bool = False) -> Outcome:
    """Do one run at ``now``. A dry run does the same and takes it all back (E6)."""
    outcomes: list[Outcome] = []
    try:
        with desk.ledger.writing():
            outcomes.append(_run(replace(desk, operator=ROBOT), now))
            if dry:
                raise _DryRun
    except _DryRun:
        pass
    return outcomes[0]


def _run(desk: Desk, now: datetime) -> Outcome:
    closed = _close_quiet_cases(desk, now)
    cases = _cases_due(desk, now)
    clocks = _clocks_due(desk, now)
    topics = _topics_due(desk, now)
    owed = [e for e in duties.overdue(desk, now) if not _recorded(desk, e)]
    made = sorted([*clocks, *cases, *topics, *owed], key=run_sort_key)
    branches = _branches(desk, [e.case_id for e in made])
    entries = desk.append([_draft(desk, escalation, branches) for escalation in made])
    desk.projection.escalated(entries)
    for case_id in {e.case_id for e in cases if e.case_id}:
        desk.projection.refresh(case_id, now)
    return Outcome(tuple(made), tuple(closed))


# ---------------------------------------------------------------- closures


def _close_quiet_cases(desk: Desk, now: datetime) -> list[str]:
    """Close each case whose quiet days are over, at the moment at which they were (H6), before anything is raised."""
    closed = []
    for case_id in _due_numbers(desk, now):
        judgement = desk.projection.judge(desk.projection.case(case_id))
        moment = desk.projection.quiet_closure(judgement.case)
        if moment is not None and moment <= now:
            body = {"why": "quiet"}
            desk.record([Draft("auto-closure", moment, ROBOT, body, case_id)])
            closed.append(case_id)
    return closed


def _due_numbers(desk: Desk, now: datetime) -> list[str]:
    rows = desk.ledger.connection.execute(
        "SELECT case_id FROM cases INDEXED BY cases_check WHERE next_check_at <= ?", (iso(now),)
    )
    return sorted(row[0] for row in rows)


# ---------------------------------------------------------------- clocks

# The plus keeps SQLite from walking all clocks in their order when a handful are due.
_CLOCKS_DUE = """
SELECT k.rowid, k.case_id, k.clock, k.epoch, k.start, k.due, k.stopped_at, k.cancelled_at, k.rung, c.level, c.vip
FROM clocks k INDEXED BY clocks_rung CROSS JOIN cases c ON c.case_id = k.case_id
WHERE k.next_rung_at <= ? AND c.state <> 'closed' AND c.history = 0 AND c.counted
ORDER BY +k.case_id, k.clock, k.epoch
"""


def _clocks_due(desk: Desk, now: datetime) -> list[Escalation]:
    """The rungs that breached clocks have reached, read off the projection: no case is folded for them unless its
    ladder depends on it."""
    made: list[Escalation] = []
    after: list[tuple[int, str | None, int]] = []
    rules = _rules(desk)
    for row in desk.ledger.connection.execute(_CLOCKS_DUE, (iso(now),)).fetchall():
        run_ = _clock_run(row)
        policy, ladder = rules(row[1])
        rungs = [rung for rung in rungs_due(run_, ladder, now) if rung.rung > row[8]]
        made += [clock_escalation(row[1], run_, rung, row[9], policy, now) for rung in rungs]
        highest = max([rung.rung for rung in rungs], default=row[8])
        following = next_rung(run_, ladder, highest)
        after.append((highest, None if following is None else iso(following), row[0]))
    desk.ledger.connection.executemany("UPDATE clocks SET rung = ?, next_rung_at = ? WHERE rowid = ?", after)
    return made


def _rules(desk: Desk) -> Callable[[str], tuple[Policy, Ladder]]:
    """The policy and ladder of each case: the same for all, unless policies are dated or rungs have conditions."""
    policy = desk.book.policy
    if not desk.book.earlier and not any(rung.when for rung in policy.ladder):
        same = (policy, ladder_for(policy, {}, desk.book.calendar))
        return lambda case_id: same

    def of_case(case_id: str) -> tuple[Policy, Ladder]:
        judgement = desk.projection.judge(desk.projection.case(case_id))
        return judgement.policy, judgement.ladder

    return of_case


def _clock_run(row: tuple[Any, ...]) -> ClockRun:
    stopped, cancelled = row[6], row[7]
    return ClockRun(
        clock=row[2],
        epoch=row[3],
        start=from_iso(row[4]),
        due=from_iso(row[5]),
        stopped_at=from_iso(stopped) if stopped else None,
        cancelled_at=from_iso(cancelled) if cancelled else None,
    )


# ---------------------------------------------------------------- cases and topics


def _cases_due(desk: Desk, now: datetime) -> list[Escalation]:
    """What cases have come to by age or by an act: levels raised, failed inspections, unsatisfied callbacks (E2). Each
    case looked at has its level of now in the tables afterwards."""
    made: list[Escalation] = []
    for case_id in _due_numbers(desk, now):
        judgement = desk.projection.judge(desk.projection.case(case_id))
        due = judgement.due_case_escalations(now)
        if due:
            made += due
            level = judgement.level(now)[0]
            desk.ledger.connection.execute("UPDATE cases SET level = ? WHERE case_id = ?", (level, case_id))
        else:
            desk.projection.refresh(case_id, now)
    return made


def _topics_due(desk: Desk, now: datetime) -> list[Escalation]:
    """Matters that several people complain of and that were not raised before (E2)."""
    connection = desk.ledger.connection
    rows = connection.execute(
        "SELECT project, matter, month FROM topics WHERE pending = 1 ORDER BY 1, 2, 3"
    ).fetchall()
    ladder = ladder_for(desk.book.policy, {}, desk.book.calendar)
    made: list[Escalation] = []
    for project, matter, month in rows:
        lowest = desk.book.policy.grading.lowest
        made += topic_escalations(f"{project}/{matter}", month, desk.book.policy, ladder, lowest, (), now)
    connection.execute("UPDATE topics SET pending = 0 WHERE pending = 1")
    return [e for e in made if not _recorded(desk, e)]


def _recorded(desk: Desk, escalation: Escalation) -> bool:
    key = escalation_key(
        escalation.case_id, escalation.clock or escalation.rule, escalation.epoch, escalation.rung
    )
    return (
        desk.ledger.connection.execute("SELECT 1 FROM escalations WHERE key = ?", (key,)).fetchone()
        is not None
    )


def _branches(desk: Desk, case_ids: Iterable[str | None]) -> dict[str, str]:
    """The branch of each case that is raised, in one query."""
    wanted = {case_id for case_id in case_ids if case_id}
    if len(wanted) > 500:
        rows: Iterator[tuple[str, str]] = desk.ledger.connection.execute("SELECT case_id, branch FROM cases")
        return {case_id: branch for case_id, branch in rows if case_id in wanted}
    marks = ",".join("?" * len(wanted))
    return dict(
        desk.ledger.connection.execute(
            f"SELECT case_id, branch FROM cases WHERE case_id IN ({marks})", tuple(wanted)
        )
    )


def _draft(desk: Desk, escalation: Escalation, branches: dict[str, str]) -> Draft:
    body: dict[str, Any] = {
        "rule": escalation.rule,
        "clause": escalation.clause,
        "epoch": escalation.epoch,
        "rung": escalation.rung,
        "recipient": escalation.recipient,
        "level": escalation.level,
        "branch": escalation.branch or branches.get(escalation.case_id or "", desk.settings.branch),
    }
    if escalation.clock:
        body["clock"] = escalation.clock
    if escalation.due:
        body["due"] = iso(escalation.due)
    if escalation.subject:
        body["subject"] = escalation.subject
    return Draft("escalation", escalation.at, ROBOT, body, escalation.case_id)

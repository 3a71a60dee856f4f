"""A judged case as rows of tables: what reports, lists and the escalation query (SPEC L5).

A case has one row in ``cases`` and its own rows in the other tables; all are replaced together with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any, TypeVar

from kfcs.cases import Case
from kfcs.money import fen
from kfcs.period import iso
from kfcs.rules.judgement import Judgement
from kfcs.rules.lifecycle import handlers_of, signature_awaited, workers_of

TABLES: Mapping[str, str] = {
    "cases": """
        case_id TEXT PRIMARY KEY, reversed TEXT NOT NULL, desk TEXT NOT NULL, branch TEXT NOT NULL,
        kind TEXT NOT NULL, state TEXT NOT NULL, validity TEXT, counted INTEGER NOT NULL, history INTEGER NOT NULL,
        channel TEXT NOT NULL, project TEXT NOT NULL, home TEXT, customer TEXT, phone TEXT, text TEXT NOT NULL,
        people INTEGER NOT NULL, times INTEGER NOT NULL, claim_fen INTEGER, refund INTEGER NOT NULL,
        remedy TEXT, media TEXT NOT NULL, legal TEXT NOT NULL, harm TEXT NOT NULL, emergency TEXT,
        vip INTEGER NOT NULL, stage TEXT, category TEXT NOT NULL, subcategory TEXT, demand TEXT, cause TEXT,
        level INTEGER NOT NULL, level_rule TEXT NOT NULL, level_at_log INTEGER,
        suggested_department TEXT, department TEXT, first_asked TEXT, logged_by TEXT NOT NULL,
        repeat_of TEXT, merged_into TEXT, url TEXT, heat INTEGER, impact TEXT,
        received_at TEXT NOT NULL, month TEXT NOT NULL, late INTEGER NOT NULL,
        resolved_at TEXT, closed_at TEXT, closed_why TEXT, reopenings INTEGER NOT NULL,
        needs_callback INTEGER NOT NULL, cues_open INTEGER NOT NULL, typical INTEGER NOT NULL,
        neighbours INTEGER NOT NULL, neighbours_since TEXT NOT NULL, cause_again INTEGER NOT NULL,
        sheet TEXT, next_due TEXT, next_rise_at TEXT, next_check_at TEXT""",
    "clocks": """
        case_id TEXT NOT NULL, clock TEXT NOT NULL, epoch INTEGER NOT NULL, branch TEXT NOT NULL,
        start TEXT NOT NULL, due TEXT NOT NULL, stopped_at TEXT, cancelled_at TEXT, paused INTEGER NOT NULL,
        rung INTEGER NOT NULL, next_rung_at TEXT, PRIMARY KEY (case_id, clock, epoch)""",
    "resolutions": """
        case_id TEXT NOT NULL, n INTEGER NOT NULL, branch TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL,
        "by" TEXT NOT NULL, on_the_spot INTEGER NOT NULL, needs_callback INTEGER NOT NULL, callback_due TEXT,
        counted INTEGER NOT NULL, correction TEXT, prevention TEXT, PRIMARY KEY (case_id, n)""",
    "callbacks": """
        case_id TEXT NOT NULL, n INTEGER NOT NULL, branch TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL,
        "by" TEXT NOT NULL, result TEXT NOT NULL, epoch INTEGER NOT NULL, signed INTEGER NOT NULL,
        self_called INTEGER NOT NULL, counted INTEGER NOT NULL, PRIMARY KEY (case_id, n)""",
    "rectifications": """
        case_id TEXT NOT NULL, id TEXT NOT NULL, attempt INTEGER NOT NULL, branch TEXT NOT NULL, what TEXT NOT NULL,
        department TEXT NOT NULL, unit TEXT, ordered_at TEXT NOT NULL, due TEXT NOT NULL, done_at TEXT,
        inspected_at TEXT, inspected_by TEXT, result TEXT, fault TEXT, cost_fen INTEGER,
        self_inspected INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (case_id, id, attempt)""",
    "contacts": """
        case_id TEXT NOT NULL, n INTEGER NOT NULL, at TEXT NOT NULL, "by" TEXT NOT NULL, text TEXT,
        reply INTEGER NOT NULL, plan INTEGER NOT NULL, promise TEXT, on_site INTEGER NOT NULL,
        waiting_on_customer INTEGER NOT NULL, no_agreement INTEGER NOT NULL, ack INTEGER NOT NULL,
        PRIMARY KEY (case_id, n)""",
    "compensations": """
        case_id TEXT NOT NULL, n INTEGER NOT NULL, branch TEXT NOT NULL, project TEXT NOT NULL, home TEXT,
        step TEXT NOT NULL, amount_fen INTEGER NOT NULL, unit TEXT, at TEXT NOT NULL, "by" TEXT NOT NULL,
        PRIMARY KEY (case_id, n)""",
}
INDEXES = (
    "CREATE UNIQUE INDEX cases_reversed ON cases (reversed)",
    "CREATE INDEX cases_month ON cases (month, branch)",
    "CREATE INDEX cases_complaints ON cases (month, branch, project, people, times, validity, state)"
    " WHERE kind = 'complaint' AND counted = 1",
    "CREATE INDEX cases_uncounted ON cases (case_id, resolved_at) WHERE counted = 0",
    "CREATE INDEX cases_matter ON cases (project, month, category)",
    "CREATE INDEX cases_check ON cases (next_check_at) WHERE next_check_at IS NOT NULL",
    "CREATE INDEX cases_rise ON cases (next_rise_at) WHERE next_rise_at IS NOT NULL",
    "CREATE INDEX cases_open ON cases (level, next_due, branch, kind, received_at) WHERE state <> 'closed'",
    "CREATE INDEX cases_gravest ON cases (level, coalesce(next_due, '9999'), case_id) WHERE state <> 'closed'",
    "CREATE INDEX cases_sheet ON cases (sheet) WHERE sheet IS NOT NULL",
    "CREATE INDEX cases_received ON cases (received_at, case_id)",
    "CREATE INDEX cases_home ON cases (project, home) WHERE home IS NOT NULL",
    "CREATE INDEX cases_phone ON cases (phone) WHERE phone IS NOT NULL",
    "CREATE INDEX clocks_due ON clocks (clock, due, branch, stopped_at, cancelled_at, paused)",
    "CREATE INDEX clocks_running ON clocks (due)"
    " WHERE stopped_at IS NULL AND cancelled_at IS NULL AND paused = 0",
    "CREATE INDEX clocks_rung ON clocks (next_rung_at) WHERE next_rung_at IS NOT NULL",
    'CREATE INDEX resolutions_at ON resolutions (at, branch, counted, case_id, n, "by", needs_callback)',
    "CREATE INDEX resolutions_measures ON resolutions (at) WHERE correction IS NOT NULL OR prevention IS NOT NULL",
    "CREATE INDEX callbacks_told ON callbacks (result, at, branch)",
    "CREATE INDEX callbacks_again ON callbacks (case_id) WHERE epoch > 1",
    "CREATE INDEX rectifications_ordered ON rectifications (ordered_at)",
    "CREATE INDEX rectifications_due ON rectifications (due)",
    "CREATE INDEX rectifications_inspected ON rectifications (inspected_at) WHERE inspected_at IS NOT NULL",
    "CREATE INDEX contacts_at ON contacts (at)",
    "CREATE INDEX compensations_at ON compensations (at)",
    "CREATE INDEX compensations_home ON compensations (project, home) WHERE home IS NOT NULL",
)

OF_ONE_CASE = tuple(TABLES)
T = TypeVar("T")


def write(
    connection: sqlite3.Connection, judgements: Sequence[Judgement], moments: Sequence[datetime]
) -> None:
    """Write the rows of cases that have none, each as it stands at its moment, or at its last entry where the clock has
    gone back behind that."""
    rows = [
        case_row(j, max(now, j.case.timeline[-1].entry.recorded_at))
        for j, now in zip(judgements, moments, strict=True)
    ]
    _insert(connection, "cases", rows)
    _insert(connection, "clocks", _every(clock_rows, judgements))
    handled = [j for j in judgements if len(j.case.timeline) > 1 or j.case.resolutions]
    cases = [j.case for j in handled]
    _insert(connection, "resolutions", _every(_resolution_rows, handled))
    _insert(connection, "callbacks", _every(_callback_rows, cases))
    _insert(connection, "rectifications", _every(_rectification_rows, cases))
    _insert(connection, "contacts", _every(_contact_rows, cases))
    _insert(connection, "compensations", _every(_compensation_rows, cases))


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        marks = ",".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def remove(connection: sqlite3.Connection, case_id: str) -> None:
    """Delete the rows of a case, which are about to be written anew."""
    for table in OF_ONE_CASE:
        connection.execute(f"DELETE FROM {table} WHERE case_id = ?", (case_id,))


def _every(rows: Callable[[T], list[tuple[Any, ...]]], things: Iterable[T]) -> list[tuple[Any, ...]]:
    return list(chain.from_iterable(map(rows, things)))


def case_row(judgement: Judgement, now: datetime) -> tuple[Any, ...]:
    """The row of ``cases`` for a judged case, its level as of ``now``."""
    case = judgement.case
    level, rule = judgement.level(now)
    received_at = iso(case.received_at)
    closed = case.closed
    return (
        case.case_id,
        case.case_id[::-1],
        case.desk,
        case.branch,
        case.kind,
        case.state,
        case.validity,
        int(case.counted),
        int(case.history),
        case.channel,
        case.project,
        case.home,
        case.person.name,
        case.person.phone,
        case.text,
        case.people,
        case.times,
        fen(case.claim),
        int(case.refund),
        case.remedy,
        case.media,
        case.legal,
        case.harm,
        case.emergency,
        int(case.vip),
        case.stage,
        case.category,
        case.subcategory,
        case.proposed.get("demand"),
        case.cause,
        level,
        rule.id,
        level if case.level_at_log is None else case.level_at_log,
        judgement.route.department if judgement.route else None,
        case.department,
        case.first_asked,
        case.by,
        case.repeat_of,
        case.merged_into,
        case.url,
        case.heat,
        case.impact,
        received_at,
        received_at[:7],
        int((case.recorded_at - case.received_at).total_seconds() > 86_400),
        iso(case.resolutions[-1].at) if case.resolutions else None,
        iso(closed.at) if closed else None,
        closed.why if closed else None,
        len(case.epochs) - 1,
        int(case.needs_callback),
        int(case.cues_open),
        int(any(note.kind == "typical" for note in case.notes)),
        judgement.around.complainants,
        " ".join(map(iso, judgement.around.since)),
        int(judgement.around.cause_again),
        signature_awaited(case, judgement.policy),
        _iso(judgement.next_due()),
        _iso(judgement.graded.next_rise(now)) if case.state != "closed" and case.counted else None,
        _iso(judgement.next_look(now)),
    )


def clock_rows(judgement: Judgement) -> list[tuple[Any, ...]]:
    """The rows of ``clocks`` for a judged case, also those of a clock that age will start: whoever reads looks at ``start``."""
    case = judgement.case
    return [
        (
            case.case_id,
            run.clock,
            run.epoch,
            case.branch,
            iso(run.start),
            iso(run.due),
            _iso(run.stopped_at),
            _iso(run.cancelled_at),
            int(run.paused),
            judgement.highest_rung(run),
            _iso(judgement.next_rung(run)),
        )
        for run in judgement.clocks
    ]


def _resolution_rows(judgement: Judgement) -> list[tuple[Any, ...]]:
    case = judgement.case
    due = {run.epoch: iso(run.due) for run in judgement.clocks if run.clock == "callback"}
    return [
        (
            case.case_id,
            n,
            case.branch,
            case.kind,
            iso(r.at),
            r.by,
            int(r.on_the_spot),
            int(case.needs_callback),
            due.get(n),
            int(case.counted),
            r.correction,
            r.prevention,
        )
        for n, r in enumerate(case.resolutions, 1)
    ]


def _callback_rows(case: Case) -> list[tuple[Any, ...]]:
    return [
        (
            case.case_id,
            c.n,
            case.branch,
            case.kind,
            iso(c.at),
            c.by,
            c.result,
            c.epoch,
            int(c.signed),
            int(c.by in handlers_of(case, c.epoch)),
            int(case.counted),
        )
        for c in case.callbacks
    ]


def _rectification_rows(case: Case) -> list[tuple[Any, ...]]:
    return [
        (
            case.case_id,
            order.id,
            attempt.number,
            case.branch,
            order.what,
            order.department,
            order.unit,
            iso(attempt.ordered_at),
            iso(attempt.due),
            _iso(attempt.done_at),
            _iso(attempt.inspected_at),
            attempt.inspected_by,
            attempt.result,
            attempt.fault,
            fen(order.cost),
            int(attempt.inspected_by in workers_of(attempt)),
            int(attempt is order.current),
        )
        for order in case.rectifications
        for attempt in order.attempts
    ]


def _contact_rows(case: Case) -> list[tuple[Any, ...]]:
    texts = {act.n: act.entry.body.get("text") for act in case.timeline if act.entry.kind == "contact"}
    return [
        (
            case.case_id,
            c.n,
            iso(c.at),
            c.by,
            texts.get(c.n),
            int(c.reply),
            int(c.plan),
            _iso(c.promise),
            int(c.on_site),
            int(c.waiting),
            int(c.no_agreement),
            int(c.ack),
        )
        for c in case.contacts
    ]


def _compensation_rows(case: Case) -> list[tuple[Any, ...]]:
    """The steps that stand: an application or approval made anew replaces the one before."""
    steps = [act for act in case.timeline if act.entry.kind == "compensation" and not act.undone]
    last = {act.entry.body["step"]: act.n for act in steps}
    return [
        (
            case.case_id,
            act.n,
            case.branch,
            case.project,
            case.home,
            step,
            fen(Decimal(act.entry.body.get("amount", "0"))),
            act.entry.body.get("unit"),
            iso(act.entry.at),
            act.entry.by,
        )
        for act in steps
        if (step := act.entry.body["step"]) in ("pay", "deduct") or act.n == last[step]
    ]


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)

"""Which causes come again: the final cause of each resolved case, by project (SPEC G4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from kfcs.cases import Case
from kfcs.period import day_of, day_start, iso

TABLES: Mapping[str, str] = {
    "causes": """
        case_id TEXT PRIMARY KEY, project TEXT NOT NULL, cause TEXT NOT NULL, received_at TEXT NOT NULL,
        resolved_at TEXT NOT NULL""",
}
INDEXES = ("CREATE INDEX causes_of ON causes (project, cause)",)

DAYS = timedelta(days=90)
"""A cause has come again when the last case of it was resolved no more days before."""

Cause = tuple[str, str, str, str]
"""Project, cause, when the case was received and when it was resolved."""


def keep(connection: sqlite3.Connection, cases: Iterable[Case]) -> None:
    """Write the rows of cases that have none, where they were resolved and their final cause is known."""
    rows = [row for case in cases if (row := _row(case)) is not None]
    connection.executemany("INSERT INTO causes VALUES (?,?,?,?,?)", rows)


def _row(case: Case) -> tuple[Any, ...] | None:
    if not (case.cause and case.resolutions and case.counted):
        return None
    return case.case_id, case.project, case.cause, iso(case.received_at), iso(case.resolutions[-1].at)


def cause_of(connection: sqlite3.Connection, case_id: str) -> Cause | None:
    """The cause that stands for a case."""
    row: Cause | None = connection.execute(
        "SELECT project, cause, received_at, resolved_at FROM causes WHERE case_id = ?", (case_id,)
    ).fetchone()
    return row


def came_before(connection: sqlite3.Connection, case: Case) -> bool:
    """Whether an earlier case of the project had the same final cause and was resolved in the 90 days before."""
    if case.cause is None:
        return False
    since = iso(day_start(day_of(case.received_at) - DAYS))
    row = connection.execute(
        "SELECT 1 FROM causes WHERE project = ? AND cause = ? AND case_id <> ? AND received_at < ?"
        " AND resolved_at >= ? LIMIT 1",
        (case.project, case.cause, case.case_id, iso(case.received_at), since),
    ).fetchone()
    return row is not None


def cases_of(connection: sqlite3.Connection, project: str, cause: str) -> list[tuple[str, bool]]:
    """The cases of a cause in a project, each with whether its row says that the cause came before."""
    rows = connection.execute(
        "SELECT case_id, cause_again FROM cases WHERE case_id IN"
        " (SELECT case_id FROM causes WHERE project = ? AND cause = ?)",
        (project, cause),
    )
    return [(case_id, bool(again)) for case_id, again in rows]

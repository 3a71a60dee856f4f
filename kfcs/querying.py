"""Lists over the projection (SPEC I2, I7): what is open, what matches."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from kfcs.desk import Desk
from kfcs.errors import N_
from kfcs.masking import mask_text
from kfcs.money import from_fen
from kfcs.output import Column
from kfcs.period import iso
from kfcs.showing import LIST_COLUMNS, list_row

if TYPE_CHECKING:
    from kfcs.filters import Filters

LIST = (
    Column("case", N_("Case"), "id"),
    Column("level", N_("Level"), "number", words="level"),
    Column("state", N_("State"), "id", words="state"),
    Column("kind", N_("Kind"), "id", words="kind"),
    Column("branch", N_("Branch"), "id"),
    Column("project", N_("Project"), "id"),
    Column("home", N_("Home"), "id"),
    Column("customer", N_("Name"), "id"),
    Column("phone", N_("Phone"), "id"),
    Column("channel", N_("Channel"), "id", words="channel"),
    Column("category", N_("Category"), "id", words="category"),
    Column("subcategory", N_("Sub-category"), "id"),
    Column("department", N_("Department"), "id"),
    Column("received_at", N_("Received"), "time"),
    Column("next_due", N_("Next due"), "time"),
    Column("people", N_("People"), "number"),
    Column("times", N_("Times"), "number"),
    Column("claim", N_("Claim"), "money"),
    Column("validity", N_("Validity"), "id", words="validity"),
    Column("text", N_("Text"), width=40),
)

CASE_COLUMNS = ", ".join(LIST_COLUMNS)


def cases_matching(desk: Desk, filters: Filters, *, reveal: bool) -> Iterator[dict[str, Any]]:
    """The cases that match, gravest first, then earliest due."""
    given = list(filters.conditions(desk))
    conditions = " AND ".join(condition for condition, _values in given) or "1"
    values = [value for _condition, wanted in given for value in wanted]
    limit = filters.limit if filters.limit and not filters.sample else -1
    select = "SELECT {columns} FROM {source} WHERE {conditions} ORDER BY " + _ORDER + " LIMIT ?"
    found = [
        desk.ledger.connection.execute(
            select.format(columns=CASE_COLUMNS, source=source, conditions=f"({conditions}) AND {besides}"),
            (*values, limit),
        )
        for source, besides in _sources(desk)
    ]
    merged = heapq.merge(*found, key=_order)
    rows: Iterable[dict[str, Any]] = (dict(zip(LIST_COLUMNS, row, strict=True)) for row in merged)
    if filters.sample:
        rows = _sampled(list(rows), filters.sample, filters.seed)
    return (list_row(row, reveal=reveal) for row in islice(rows, filters.limit))


_ORDER = "level, coalesce(next_due, '9999'), case_id"
_PLACES = tuple(LIST_COLUMNS.index(name) for name in ("level", "next_due", "case_id"))


def _order(row: Sequence[Any]) -> tuple[int, str, str]:
    level, due, case_id = (row[place] for place in _PLACES)
    return level, due or "9999", case_id


def _sources(desk: Desk) -> list[tuple[str, str]]:
    """Where cases are read from: those that stand as when they were looked at last, by their index, and the others."""
    if not with_risen_levels(desk):
        return [("cases", "1")]
    return [
        ("cases", "case_id NOT IN (SELECT case_id FROM risen)"),
        ("risen_cases", "case_id IN (SELECT case_id FROM risen)"),
    ]


def _sampled(rows: list[dict[str, Any]], size: int, seed: int) -> list[dict[str, Any]]:
    """A sample that the seed alone decides, whatever the order of the rows."""
    from hashlib import sha256

    ranked = sorted(rows, key=lambda row: sha256(f"{seed}:{row['case_id']}".encode()).digest())[:size]
    return sorted(ranked, key=lambda row: (row["level"], row["next_due"] or "9999", row["case_id"]))


def with_risen_levels(desk: Desk) -> int:
    """A view ``risen_cases`` over ``cases``: levels that age has raised since the last run, brought up to now; how many.

    It is temporary: a reading command leaves the ledger's file as it is.
    """
    connection = desk.ledger.connection
    rows = connection.execute(
        "SELECT case_id FROM cases WHERE next_rise_at <= ?", (iso(desk.now),)
    ).fetchall()
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS risen (case_id TEXT PRIMARY KEY, level INTEGER)")
    for (case_id,) in rows:
        level, _rule = desk.projection.judge(desk.projection.case(case_id)).level(desk.now)
        connection.execute("INSERT OR REPLACE INTO risen VALUES (?, ?)", (case_id, level))
    if rows:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(cases)")]
        shown = ", ".join(
            "coalesce(r.level, c.level) AS level" if name == "level" else f"c.{name}" for name in columns
        )
        body = f"SELECT {shown} FROM cases c LEFT JOIN risen r ON r.case_id = c.case_id"
    else:
        body = "SELECT * FROM cases"
    connection.execute("DROP VIEW IF EXISTS temp.risen_cases")
    connection.execute(f"CREATE TEMP VIEW risen_cases AS {body}")
    return len(rows)


def adjustments_of(desk: Desk, case_id: str, *, reveal: bool) -> list[dict[str, Any]]:
    """The points and fines that were given over a case (S3)."""
    rows = desk.ledger.connection.execute(
        'SELECT subject, subject_kind, rule, points, money_fen, reason, at, "by" FROM adjustments'
        " WHERE case_id = ? ORDER BY at, entry_id",
        (case_id,),
    )
    return [
        {
            "subject": subject,
            "as": kind,
            "rule": rule,
            "points": None if points is None else float(points),
            "money": from_fen(money),
            "reason": reason if reveal else mask_text(reason),
            "at": at,
            "by": by,
        }
        for subject, kind, rule, points, money, reason, at, by in rows
    ]

"""Tables for what belongs to no case: what was handed in, checks made, points and fines given (SPEC O1, O4, S3).

A row is an entry with its corrections; one that was taken back has none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kfcs.entries import Entry
from kfcs.money import fen
from kfcs.period import iso
from kfcs.rules.checks import matter_key

TABLES: Mapping[str, str] = {
    "submissions": """
        entry_id TEXT PRIMARY KEY, name TEXT NOT NULL, period TEXT NOT NULL, branch TEXT NOT NULL, at TEXT NOT NULL,
        recorded_at TEXT NOT NULL, "by" TEXT NOT NULL, figures_digest TEXT""",
    "checks": """
        entry_id TEXT PRIMARY KEY, branch TEXT NOT NULL, subject TEXT NOT NULL, place TEXT NOT NULL,
        matter TEXT NOT NULL, key TEXT NOT NULL, result TEXT NOT NULL, at TEXT NOT NULL, "by" TEXT NOT NULL,
        text TEXT""",
    "adjustments": """
        entry_id TEXT PRIMARY KEY, case_id TEXT, branch TEXT NOT NULL, subject TEXT NOT NULL,
        subject_kind TEXT NOT NULL, rule TEXT NOT NULL, points TEXT, money_fen INTEGER, reason TEXT NOT NULL,
        at TEXT NOT NULL, "by" TEXT NOT NULL""",
}
KINDS = ("submission", "check", "adjustment")
"""The kinds of entry that leave a row here."""
INDEXES = (
    "CREATE INDEX submissions_of ON submissions (name, period, branch)",
    "CREATE INDEX submissions_branch ON submissions (branch, recorded_at)",
    "CREATE INDEX checks_at ON checks (at)",
    "CREATE INDEX adjustments_at ON adjustments (at)",
    "CREATE INDEX adjustments_case ON adjustments (case_id) WHERE case_id IS NOT NULL",
    "CREATE INDEX checks_failed ON checks (branch, key, at) WHERE result = 'fail'",
)
_CORRECTED = {
    "submissions": ("at",),
    "checks": ("subject", "place", "matter", "result", "text", "at"),
    "adjustments": (),
}
"""The columns that a correction may set."""


def keep(connection: sqlite3.Connection, entry: Entry) -> None:
    """Write the row of an entry that has one."""
    body = entry.body
    if entry.kind == "submission":
        row: tuple[Any, ...] = (
            entry.id, body["name"], body["period"], body.get("branch", ""), iso(entry.at), iso(entry.recorded_at),
            entry.by, body.get("figures_digest"),
        )  # fmt: skip
        connection.execute("INSERT INTO submissions VALUES (?,?,?,?,?,?,?,?)", row)
    elif entry.kind == "check":
        row = (
            entry.id, body.get("branch", ""), body["subject"], body["place"], body["matter"],
            matter_key(body["place"], body["matter"]), body["result"], iso(entry.at), entry.by, body.get("text"),
        )  # fmt: skip
        connection.execute("INSERT INTO checks VALUES (?,?,?,?,?,?,?,?,?,?)", row)
    elif entry.kind == "adjustment":
        money = None if body.get("money") is None else fen(Decimal(body["money"]))
        row = (
            entry.id, body.get("case"), body.get("branch", ""), body["subject"], body["as"], body["rule"],
            body.get("points"), money, body["reason"], iso(entry.at), entry.by,
        )  # fmt: skip
        connection.execute("INSERT INTO adjustments VALUES (?,?,?,?,?,?,?,?,?,?,?)", row)


def correct(connection: sqlite3.Connection, amendment: Entry) -> None:
    """Bring a row up to a correction of its entry; what was taken back goes."""
    for table, columns in _CORRECTED.items():
        if amendment.body.get("undo"):
            connection.execute(f"DELETE FROM {table} WHERE entry_id = ?", (amendment.refers,))
            continue
        values = {name: value for name, value in amendment.body.get("set", {}).items() if name in columns}
        for name, value in values.items():
            connection.execute(f"UPDATE {table} SET {name} = ? WHERE entry_id = ?", (value, amendment.refers))
        if table == "checks" and {"place", "matter"} & set(values):
            _key_anew(connection, amendment.refers)


def _key_anew(connection: sqlite3.Connection, entry_id: str | None) -> None:
    query = "SELECT place, matter FROM checks WHERE entry_id = ?"
    for place, matter in connection.execute(query, (entry_id,)).fetchall():
        key = matter_key(place, matter)
        connection.execute("UPDATE checks SET key = ? WHERE entry_id = ?", (key, entry_id))

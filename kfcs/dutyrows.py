"""Tables for what belongs to no case: what was handed in, and checks made (SPEC O1, O4).

A row is an entry with its corrections; one that was taken back has none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

from kfcs.entries import Entry
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
}
INDEXES = (
    "CREATE INDEX submissions_of ON submissions (name, period, branch)",
    "CREATE INDEX submissions_branch ON submissions (branch, recorded_at)",
    "CREATE INDEX checks_at ON checks (at)",
    "CREATE INDEX checks_failed ON checks (branch, key, at) WHERE result = 'fail'",
)
_CORRECTED = {"submissions": ("at",), "checks": ("subject", "place", "matter", "result", "text", "at")}
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

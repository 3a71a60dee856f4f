"""What an entry leaves in tables that are no case's: escalations, standard answers, projects, files, late records.

Duties and the homes archive have modules of their own, ``kfcs.dutyrows`` and ``kfcs.archive`` (SPEC L5).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from kfcs import dutyrows
from kfcs.entries import DISCLOSURE, Entry
from kfcs.period import iso

TABLES: Mapping[str, str] = {
    "escalations": """
        key TEXT PRIMARY KEY, entry_id TEXT NOT NULL, case_id TEXT, branch TEXT NOT NULL, rule TEXT NOT NULL,
        clause TEXT NOT NULL, clock TEXT, epoch TEXT NOT NULL, rung INTEGER NOT NULL, recipient TEXT NOT NULL,
        level INTEGER NOT NULL, due TEXT, at TEXT NOT NULL, subject TEXT""",
    "late": """
        entry_id TEXT PRIMARY KEY, case_id TEXT, kind TEXT NOT NULL, at TEXT NOT NULL, recorded_at TEXT NOT NULL""",
    "sources": "key TEXT PRIMARY KEY, case_id TEXT NOT NULL, entry_id TEXT NOT NULL",
    "projects": "project TEXT PRIMARY KEY, handed_over TEXT, aliases TEXT NOT NULL, ambassador TEXT",
    "answers": """
        project TEXT NOT NULL, subject TEXT NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL,
        "by" TEXT NOT NULL, uses INTEGER NOT NULL, PRIMARY KEY (project, subject)""",
}
INDEXES = (
    "CREATE INDEX escalations_at ON escalations (at)",
    "CREATE INDEX escalations_case ON escalations (case_id)",
    "CREATE INDEX late_at ON late (at)",
)

LATE_SECONDS = 86_400
"""An entry recorded so long after it happened was recorded late (L2)."""


def escalation_key(case_id: str | None, clock_or_rule: str, epoch: object, rung: int) -> str:
    """The key under which an escalation is recorded once (E5)."""
    return f"{case_id or ''}|{clock_or_rule}|{epoch}|{rung}"


def keep(connection: sqlite3.Connection, entry: Entry) -> None:
    """Write what an entry of any kind leaves here."""
    if entry.kind == "project":
        _project(connection, entry)
    elif entry.kind == "escalation":
        _escalation(connection, entry)
    elif entry.kind == "answer":
        _answer(connection, entry)
    elif entry.kind in dutyrows.KINDS:
        dutyrows.keep(connection, entry)
    elif entry.kind == "amendment" and entry.case_id is None:
        dutyrows.correct(connection, entry)
    for answer in entry.body.get("answers", ()):
        connection.execute("UPDATE answers SET uses = uses + 1 WHERE id = ?", (answer,))
    if entry.body.get("source"):
        keep_sources(connection, [entry])
    elif _is_late(entry):
        connection.execute(
            "INSERT INTO late VALUES (?,?,?,?,?)",
            (entry.id, entry.case_id, entry.kind, iso(entry.at), iso(entry.recorded_at)),
        )


def leaves_something(entry: Entry) -> bool:
    """Whether an entry leaves something in tables that are no case's, here or in the modules that ``keep`` asks."""
    body = entry.body
    return (
        (entry.case_id is None and entry.kind != DISCLOSURE)
        or entry.kind == "escalation"
        or "answers" in body
        or "source" in body
        or _is_late(entry)
    )


def _is_late(entry: Entry) -> bool:
    """Whether an entry was recorded late (L2); rows of files bear their own times (C8)."""
    seconds = (entry.recorded_at - entry.at).total_seconds()
    return not entry.derived and not entry.body.get("source") and seconds > LATE_SECONDS


def keep_sources(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Note the rows of files that entries came from, so that none is taken in twice (C6)."""
    rows = [(entry.body["source"]["key"], entry.case_id, entry.id) for entry in entries]
    connection.executemany("INSERT OR IGNORE INTO sources VALUES (?,?,?)", rows)


def _answer(connection: sqlite3.Connection, entry: Entry) -> None:
    body = entry.body
    connection.execute(
        "INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?,?,0)",
        (body["project"], body["subject"], entry.id, body["text"], iso(entry.at), entry.by),
    )


def _project(connection: sqlite3.Connection, entry: Entry) -> None:
    body = entry.body
    known = connection.execute(
        "SELECT handed_over, aliases, ambassador FROM projects WHERE project = ?", (body["project"],)
    ).fetchone()
    handed_over = body.get("handed_over") or (known[0] if known else None)
    aliases = [name for name in (known[1] if known else "").split("\n") if name]
    aliases += [name for name in body.get("aliases", ()) if name not in aliases]
    connection.execute(
        "INSERT OR REPLACE INTO projects VALUES (?,?,?,?)",
        (
            body["project"],
            handed_over,
            "\n".join(aliases),
            body.get("ambassador") or (known and known[2]),
        ),
    )


def _escalation(connection: sqlite3.Connection, entry: Entry) -> None:
    body = entry.body
    connection.execute(
        "INSERT OR IGNORE INTO escalations VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            escalation_key(entry.case_id, body.get("clock") or body["rule"], body["epoch"], body["rung"]),
            entry.id,
            entry.case_id,
            body.get("branch", ""),
            body["rule"],
            body["clause"],
            body.get("clock"),
            str(body["epoch"]),
            body["rung"],
            body["recipient"],
            body["level"],
            body.get("due"),
            iso(entry.at),
            body.get("subject"),
        ),
    )

"""The index by which cases are found by words (SPEC I7): every two characters that stand side by side in a case.

A word of two characters or more is in a case only if each of its pairs is, so the index names the cases to look at;
whether the word is really there is read off the case itself. The index keeps pairs, not places: it is a third the size,
and Chinese needs no splitting into words.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from operator import add as joined

FIELDS = ("case_id", "text", "project", "home", "customer", "phone")
"""The columns of ``cases`` that are searched."""

_TABLES = (
    "CREATE TABLE searched (id INTEGER PRIMARY KEY, case_id TEXT NOT NULL UNIQUE) STRICT",
    "CREATE VIRTUAL TABLE pairs USING fts5"
    " (found, content='', columnsize=0, detail=none, tokenize='unicode61 remove_diacritics 0')",
)
_SAFE = re.compile("[0-9a-z\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u3400-\u4dbf\u4e00-\u9fff]{2}")
"""Pairs that every SQLite takes for one word; others are left to the reading of the case."""


def haystack(fields: Iterable[str | None]) -> str:
    """What is searched of a case: its fields, each on a line of its own, so that no word reaches over two."""
    return "\n".join(field or "" for field in fields)


def create(connection: sqlite3.Connection) -> None:
    """An empty index in place of the one that there is."""
    connection.execute("DROP TABLE IF EXISTS searched")
    connection.execute("DROP TABLE IF EXISTS pairs")
    for table in _TABLES:
        connection.execute(table)


def add(connection: sqlite3.Connection, cases: Sequence[tuple[str, str]]) -> None:
    """Take in cases that are not in the index: number and haystack of each."""
    last = connection.execute("SELECT max(id) FROM searched").fetchone()[0] or 0
    connection.executemany(
        "INSERT INTO searched VALUES (?,?)",
        ((n, case_id) for n, (case_id, _text) in enumerate(cases, last + 1)),
    )
    connection.executemany(
        "INSERT INTO pairs (rowid, found) VALUES (?,?)",
        ((n, _pairs(text)) for n, (_case_id, text) in enumerate(cases, last + 1)),
    )


def change(connection: sqlite3.Connection, case_id: str, before: str, after: str) -> None:
    """Bring a case's pairs up to what is searched of it now; what it no longer holds is taken out (L4)."""
    if before == after:
        return
    row = connection.execute("SELECT id FROM searched WHERE case_id = ?", (case_id,)).fetchone()
    if row is None:
        add(connection, [(case_id, after)])
        return
    connection.execute(
        "INSERT INTO pairs (pairs, rowid, found) VALUES ('delete', ?, ?)", (row[0], _pairs(before))
    )
    connection.execute("INSERT INTO pairs (rowid, found) VALUES (?,?)", (row[0], _pairs(after)))


def standing(connection: sqlite3.Connection, case_id: str) -> str | None:
    """What is searched of a case as its row stands; None where it has none."""
    row = connection.execute(
        f"SELECT {', '.join(FIELDS)} FROM cases WHERE case_id = ?", (case_id,)
    ).fetchone()
    return None if row is None else haystack(row)


def _pairs(text: str) -> str:
    """The pairs of a text as the index takes them in: one that comes twice is kept once there."""
    return " ".join(map(joined, text, text[1:]))


def candidates(connection: sqlite3.Connection, words: Iterable[Sequence[str]], most: int) -> list[int] | None:
    """The index numbers of cases that may hold every word in one of its writings; None where that would be more than
    ``most``, or any."""
    wanted = [alternatives for writings in words if (alternatives := _alternatives(writings))]
    if not wanted:
        return None
    rows = connection.execute(
        "SELECT rowid FROM pairs WHERE pairs MATCH ? LIMIT ?", (" AND ".join(wanted), most + 1)
    ).fetchall()
    return None if len(rows) > most else [row[0] for row in rows]


def _alternatives(writings: Iterable[str]) -> str | None:
    """What the index is asked for one word; None where a writing of it is in no pair that the index surely has."""
    found: set[str] = set()
    for writing in writings:
        pairs = sorted({pair for pair in map(joined, writing, writing[1:]) if _SAFE.fullmatch(pair)})
        if not pairs:
            return None
        found.add(" AND ".join(f'"{pair}"' for pair in pairs))
    return f"({' OR '.join(f'({each})' for each in sorted(found))})"

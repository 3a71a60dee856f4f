"""Hot topics: matters of which enough different people complained in a project's month (SPEC E2)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from kfcs.crowd import Matter

TABLES: Mapping[str, str] = {
    "topics": """
        project TEXT NOT NULL, matter TEXT NOT NULL, month TEXT NOT NULL, complainants INTEGER NOT NULL,
        live INTEGER NOT NULL, pending INTEGER NOT NULL, PRIMARY KEY (project, matter, month)""",
}
INDEXES = ("CREATE INDEX topics_pending ON topics (pending) WHERE pending = 1",)

HOT = 3
"""How many different complainants make a matter hot, where the policy names no other number."""


def refresh(connection: sqlite3.Connection, matter: Matter, hot: int) -> None:
    """Find anew which matters of a category are hot in a project's month: with ``hot`` different people on one."""
    project, month, category = matter
    rows = connection.execute(
        "SELECT subcategory, key, live FROM complainants WHERE project = ? AND month = ? AND category = ?",
        (project, month, category),
    ).fetchall()
    connection.execute(
        "DELETE FROM topics WHERE project = ?1 AND matter >= ?3 AND matter < ?3 || '/' AND month = ?2"
        " AND (matter = ?3 OR matter LIKE ?3 || '.%')",
        (project, month, category),
    )
    for topic, (people, live) in _people_by_topic(category, rows).items():
        if len(people) >= hot:
            pending = live and not _raised(connection, project, topic, month)
            connection.execute(
                "INSERT INTO topics VALUES (?,?,?,?,?,?)",
                (project, topic, month, len(people), int(live), int(pending)),
            )


def _people_by_topic(category: str, rows: Iterable[tuple[Any, ...]]) -> dict[str, tuple[set[str], bool]]:
    """People by topic, and whether one of them is live: each sub-category with those who gave none; the category itself
    where no sub-category is hot."""
    by_sub: dict[str | None, tuple[set[str], bool]] = {}
    for sub, key, live in rows:
        people, lives = by_sub.get(sub, (set(), False))
        by_sub[sub] = (people | {key}, lives or bool(live))
    general, general_live = by_sub.pop(None, (set(), False))
    topics = {str(sub): (people | general, live or general_live) for sub, (people, live) in by_sub.items()}
    if general and not any(len(people) >= HOT for people, _ in topics.values()):
        everyone = general.union(*[people for people, _ in by_sub.values()])
        topics[category] = (everyone, general_live or any(live for _, live in by_sub.values()))
    return topics


def _raised(connection: sqlite3.Connection, project: str, topic: str, month: str) -> bool:
    """Whether the topic was escalated already (E5)."""
    prefix = f"|hot-topic|{project}/{topic}|{month}|"
    row = connection.execute(
        "SELECT 1 FROM escalations WHERE key >= ? AND key < ? LIMIT 1", (prefix, prefix + "~")
    ).fetchone()
    return row is not None

"""How many different people complained of one matter (SPEC G): asked of the tables for one case, or for many at once."""

from __future__ import annotations

import sqlite3

ENOUGH = 10
"""Complainants are counted up to here; beyond, one more changes no rule."""

_SAME_MATTER = "category = ?3 AND (?4 IS NULL OR subcategory IS NULL OR subcategory = ?4)"
_COUNT = f"""
SELECT DISTINCT key FROM (
    SELECT key FROM complainants WHERE project = ?1 AND month = ?2 AND {_SAME_MATTER}
    UNION ALL
    SELECT key FROM complainants WHERE project = ?1 AND month = ?2 AND text_key = ?5 AND text_key <> ''
) LIMIT ?6
"""

Groups = dict[str | None, set[str]]


def count_one(
    connection: sqlite3.Connection, project: str, month: str, category: str, subcategory: str | None, key: str
) -> int:
    """The different complainants of a matter in a project's month, or of nearly the same text, up to ``ENOUGH``."""
    rows = connection.execute(_COUNT, (project, month, category, subcategory, key, ENOUGH))
    return len(rows.fetchall())


class Crowd:
    """The complainants in the tables, read once for each project and month that is asked about.

    It is right for as long as no complainant is added or taken away. Sets stop growing at ``ENOUGH``.
    """

    MONTHS = 256
    """So many projects' months are kept in memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._months: dict[tuple[str, str], _Month] = {}

    def count(self, project: str, month: str, category: str, subcategory: str | None, key: str) -> int:
        """What ``count_one`` tells."""
        found = self._months.get((project, month))
        if found is None:
            if len(self._months) >= self.MONTHS:
                self._months.clear()
            found = self._months[project, month] = _Month(self._connection, project, month)
        return found.count(category, subcategory, key)


class _Month:
    """The complainants of one project in one month, by matter and by text."""

    def __init__(self, connection: sqlite3.Connection, project: str, month: str) -> None:
        self._matters: dict[str, Groups] = {}
        self._everyone: dict[str, set[str]] = {}
        self._texts: dict[str, set[str]] = {}
        rows = connection.execute(
            "SELECT category, subcategory, text_key, key FROM complainants WHERE project = ? AND month = ?", (project, month)
        )
        for category, subcategory, text, key in rows:
            _add(self._matters.setdefault(category, {}).setdefault(subcategory, set()), key)
            _add(self._everyone.setdefault(category, set()), key)
            if text:
                _add(self._texts.setdefault(text, set()), key)

    def count(self, category: str, subcategory: str | None, text: str) -> int:
        people = self._everyone.get(category, set())
        if subcategory is not None:
            matters = self._matters.get(category, {})
            people = matters.get(subcategory, set()) | matters.get(None, set())
        if text:
            people = people | self._texts.get(text, set())
        return min(len(people), ENOUGH)


def _add(people: set[str], key: str) -> None:
    if len(people) < ENOUGH:
        people.add(key)

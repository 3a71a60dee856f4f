"""How many different people complained of one matter (SPEC G), for one case or for many at once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from kfcs.cases import Case
from kfcs.period import add_months, day_end, day_of, day_start, from_iso, iso
from kfcs.rules.classify import text_key

TABLES: Mapping[str, str] = {
    "complainants": """
        case_id TEXT NOT NULL, key TEXT NOT NULL, project TEXT NOT NULL, month TEXT NOT NULL,
        category TEXT NOT NULL, subcategory TEXT, text_mark TEXT NOT NULL, live INTEGER NOT NULL,
        at TEXT NOT NULL""",
}
INDEXES = (
    "CREATE INDEX complainants_matter ON complainants (project, month, category)",
    "CREATE INDEX complainants_text ON complainants (project, month, text_mark) WHERE text_mark <> ''",
    "CREATE INDEX complainants_case ON complainants (case_id)",
)

ENOUGH = 10
"""Complainants are counted up to here; beyond, one more changes no rule."""

_SAME_MATTER = "category = ?3 AND (?4 IS NULL OR subcategory IS NULL OR subcategory = ?4)"
_COUNT = f"""
SELECT DISTINCT key FROM (
    SELECT key FROM complainants WHERE project = ?1 AND month = ?2 AND {_SAME_MATTER}
    UNION ALL
    SELECT key FROM complainants WHERE project = ?1 AND month = ?2 AND text_mark = ?5 AND text_mark <> ''
) LIMIT ?6
"""

Groups = dict[str | None, set[str]]
Matter = tuple[str, str, str]
"""Project, month and category (or text): within one, cases count towards each other's level."""


def matter_of(case: Case) -> Matter:
    """The matter of a case, by its category."""
    return case.project, iso(case.received_at)[:7], case.category


def matters(connection: sqlite3.Connection) -> list[Matter]:
    """Every matter that somebody complained of."""
    return connection.execute("SELECT DISTINCT project, month, category FROM complainants").fetchall()


def complains(case: Case) -> bool:
    """Whether the case's complainants count towards the levels of others (G)."""
    return case.kind == "complaint" and case.counted


def keep(connection: sqlite3.Connection, cases: Iterable[tuple[Case, str]]) -> None:
    """Write the complainants of cases that have no rows yet, each case with the mark of its text."""
    rows = (row for case, mark in cases for row in _rows(case, mark))
    connection.executemany("INSERT INTO complainants VALUES (?,?,?,?,?,?,?,?,?)", rows)


def _rows(case: Case, mark: str) -> list[tuple[Any, ...]]:
    if not complains(case):
        return []
    project, month, category = matter_of(case)
    sub, live = case.subcategory, int(not case.history)
    return [
        (case.case_id, who, project, month, category, sub, mark, live, iso(at))
        for who, at in zip(case.complainants, case.complained_at, strict=True)
    ]


@lru_cache(maxsize=4096)
def text_mark(text: str) -> str:
    """What the tables keep to tell near-identical texts by (C3): a digest of the text's key, which is as long as the
    text; empty where that is."""
    key = text_key(text)
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest() if key else ""


def count_one(
    connection: sqlite3.Connection, project: str, month: str, category: str, subcategory: str | None, key: str
) -> int:
    """The different complainants of a matter in a project's month, or of nearly the same text, up to ``ENOUGH``."""
    rows = connection.execute(_COUNT, (project, month, category, subcategory, key, ENOUGH))
    return len(rows.fetchall())


_ARRIVALS = f"""
SELECT at, key FROM complainants WHERE project = ?1 AND month IN (?6, ?7, ?8)
AND (({_SAME_MATTER}) OR (text_mark = ?5 AND text_mark <> '')) ORDER BY at, key
"""


def arrivals(
    connection: sqlite3.Connection,
    place: Matter,
    subcategory: str | None,
    key: str,
    rolling_at: datetime | None,
) -> tuple[datetime, ...]:
    """When each of the different complainants of a matter came, the first first, up to ``ENOUGH``.

    The window is the month of ``place``; with ``rolling_at``, the busiest month from day to day that holds that moment.
    """
    months = [place[1]] * 3 if rolling_at is None else months_near(place[1])
    rows = connection.execute(_ARRIVALS, (*place, subcategory, key, *months))
    came = [(from_iso(at), who) for at, who in rows]
    firsts = _firsts(came) if rolling_at is None else _busiest(came, rolling_at)
    return tuple(firsts[:ENOUGH])


def months_near(month: str) -> list[str]:
    """A month with the one before and the one after it."""
    first = from_iso(f"{month}-01T00:00:00+08:00").date()
    return [f"{add_months(first, n):%Y-%m}" for n in (-1, 0, 1)]


def _firsts(came: Sequence[tuple[datetime, str]]) -> list[datetime]:
    """When each came for the first time, in order."""
    firsts: dict[str, datetime] = {}
    for at, who in came:
        firsts.setdefault(who, at)
    return list(firsts.values())


def _busiest(came: Sequence[tuple[datetime, str]], moment: datetime) -> list[datetime]:
    """The same within the month, from the day on which somebody came to that day of the next, that saw the most and
    holds a moment."""
    best: list[datetime] = []
    for begin in dict.fromkeys(day_start(day_of(at)) for at, _ in came if at <= moment):
        end = day_end(add_months(day_of(begin), 1))
        if moment <= end:
            best = max(best, _firsts([(at, who) for at, who in came if begin <= at <= end]), key=len)
    return best


class Standing(NamedTuple):
    """What the tables say of a case's complainants: their matter, the mark of the text, and who came when."""

    project: str
    month: str
    category: str
    subcategory: str | None
    mark: str
    people: str

    @property
    def matter(self) -> Matter:
        return self.project, self.month, self.category


def standing(connection: sqlite3.Connection, case_id: str) -> Standing | None:
    """How the complainants of a case stand in the tables; None where it has none."""
    row = connection.execute(
        "SELECT project, month, category, subcategory, text_mark, group_concat(key || at, char(10))"
        " FROM complainants WHERE case_id = ? GROUP BY case_id",
        (case_id,),
    ).fetchone()
    return None if row is None else Standing(*row)


_PLACES = (
    "(SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b, json_extract(value, '$[2]') AS c"
    " FROM json_each(?1))"
)
_MAY_CHANGE = "(neighbours < ?2 OR ?3 OR neighbours_since <> '')"
_NEAR_BY_MATTER = (
    f"SELECT case_id, neighbours || ' ' || neighbours_since FROM {_PLACES} CROSS JOIN cases"
    f" ON project = a AND month = b AND category = c WHERE {_MAY_CHANGE}"
)
_NEAR_BY_TEXT = (
    "SELECT case_id, neighbours || ' ' || neighbours_since FROM cases WHERE case_id IN (SELECT case_id FROM"
    f" {_PLACES} CROSS JOIN complainants ON project = a AND month = b AND text_mark = c AND text_mark <> '')"
    f" AND {_MAY_CHANGE}"
)


def near(
    connection: sqlite3.Connection,
    matters: Iterable[Matter],
    texts: Iterable[Matter],
    *,
    rolling: bool,
    all_counts: bool,
) -> dict[str, str]:
    """The cases of matters, or of the same text, each with how its row stores who complained beside it (``as_stored``).

    With ``rolling`` those of the months before and after too; without ``all_counts`` none that has ``ENOUGH``.
    """
    found: dict[str, str] = {}
    for sql, wanted in ((_NEAR_BY_MATTER, matters), (_NEAR_BY_TEXT, texts)):
        places = sorted(
            (project, window, what)
            for project, month, what in wanted
            for window in (months_near(month) if rolling else (month,))
        )
        found.update(connection.execute(sql, (json.dumps(places), ENOUGH, all_counts)))
    return found


def as_stored(complainants: int, since: Iterable[datetime]) -> str:
    """How many complained, and when each did where that matters, as ``cases`` keeps it."""
    return f"{complainants} {' '.join(map(iso, since))}"


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
            "SELECT category, subcategory, text_mark, key FROM complainants WHERE project = ? AND month = ?",
            (project, month),
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

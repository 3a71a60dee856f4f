"""The tables of the homes archive and of service touchpoints, filled from their entries (SPEC L5, O2, O3).

They belong to the projection, which has them filled anew on a rebuild, and brought up to what is appended.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from kfcs.entries import Entry, Person
from kfcs.homes import WHOLE_PROJECT, Home, Warranty, fold_home, home_name, standing
from kfcs.ledger import Ledger
from kfcs.period import day_of, iso

TABLES: Mapping[str, str] = {
    "homes": """
        project TEXT NOT NULL, home TEXT NOT NULL, signed_on TEXT, handed_over_on TEXT, planned_on TEXT,
        known_on TEXT NOT NULL, PRIMARY KEY (project, home)""",
    "owners": """
        project TEXT NOT NULL, home TEXT NOT NULL, n INTEGER NOT NULL, name TEXT, phone TEXT, contact TEXT,
        PRIMARY KEY (project, home, n)""",
    "warranties": """
        project TEXT NOT NULL, home TEXT NOT NULL, item TEXT NOT NULL, expires_on TEXT NOT NULL,
        PRIMARY KEY (project, home, item)""",
    "home_entries": "entry_id TEXT PRIMARY KEY, project TEXT NOT NULL, home TEXT NOT NULL",
    "nodes": """
        entry_id TEXT PRIMARY KEY, project TEXT NOT NULL, node TEXT NOT NULL, day TEXT NOT NULL""",
    "design_changes": """
        entry_id TEXT NOT NULL, project TEXT NOT NULL, home TEXT, day TEXT NOT NULL,
        UNIQUE (entry_id, home)""",
    "touchpoints_done": """
        entry_id TEXT NOT NULL, touchpoint TEXT NOT NULL, project TEXT NOT NULL, home TEXT, matter TEXT NOT NULL,
        day TEXT NOT NULL, receipt TEXT, feedback TEXT, "by" TEXT NOT NULL, PRIMARY KEY (entry_id, matter)""",
    "surveys": """
        entry_id TEXT PRIMARY KEY, project TEXT NOT NULL, home TEXT NOT NULL, branch TEXT NOT NULL,
        stage TEXT NOT NULL, at TEXT NOT NULL, points INTEGER NOT NULL, answers INTEGER NOT NULL""",
}
INDEXES = (
    "CREATE INDEX homes_name ON homes (home)",
    "CREATE INDEX homes_signed ON homes (signed_on) WHERE signed_on IS NOT NULL",
    "CREATE INDEX homes_handed_over ON homes (handed_over_on) WHERE handed_over_on IS NOT NULL",
    "CREATE INDEX owners_phone ON owners (phone) WHERE phone IS NOT NULL",
    "CREATE INDEX warranties_expiry ON warranties (expires_on)",
    "CREATE INDEX home_entries_home ON home_entries (project, home)",
    "CREATE INDEX nodes_day ON nodes (day)",
    "CREATE INDEX touchpoints_done_place ON touchpoints_done (project, home)",
    "CREATE INDEX surveys_at ON surveys (at)",
    "CREATE INDEX surveys_home ON surveys (project, home)",
)

Row = tuple[Any, ...]
POINTS = 100
"""Scores are kept in hundredths, so that an average is exact."""


def average(points: int, answers: int) -> float | None:
    """The average of scores kept in hundredths, half up to two decimals."""
    return (2 * points + answers) // (2 * answers) / POINTS if answers else None


def fill(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Fill empty tables from every entry of the kinds kept here, and the amendments that may concern them."""
    homes: dict[tuple[str, str], list[Entry]] = {}
    for entry in standing(entries):
        if entry.kind == "home":
            homes.setdefault(_place(entry), []).append(entry)
        elif entry.kind in _ROWS:
            _insert(connection, entry)
    for told in homes.values():
        _write_home(connection, fold_home(told))
        _note_entries(connection, told)


def bring_up(connection: sqlite3.Connection, ledger: Ledger, entries: Iterable[Entry]) -> bool:
    """Bring the tables up to entries just appended, whatever they are; returns whether they concern homes."""
    fresh: dict[tuple[str, str], list[Entry]] = {}
    known: dict[tuple[str, str], None] = {}
    for appended in entries:
        entry = _target(ledger, appended)
        if entry is None:
            continue
        if entry.kind == "home":
            place = _place(entry)
            if entry is appended and (place in fresh or not _is_known(connection, place)):
                fresh.setdefault(place, []).append(entry)
            else:
                known[place] = None
                _note_entries(connection, [entry])
        else:
            table, _ = _ROWS[entry.kind]
            connection.execute(f"DELETE FROM {table} WHERE entry_id = ?", (entry.id,))
            for stands in standing([entry, *_amendments(connection, ledger, entry.id)]):
                _insert(connection, stands)
    for told in fresh.values():
        _write_home(connection, fold_home(told))
        _note_entries(connection, told)
    for project, home in known:
        _refresh_home(connection, ledger, project, home)
    return bool(fresh or known)


def _target(ledger: Ledger, appended: Entry) -> Entry | None:
    """The entry of ours that an appended one is or amends."""
    found: Entry | None = appended
    if appended.kind == "amendment" and appended.case_id is None and appended.refers:
        found = ledger.entry(appended.refers)
    return found if found is not None and found.kind in KINDS else None


def _amendments(connection: sqlite3.Connection, ledger: Ledger, entry_id: str) -> list[Entry]:
    rows = connection.execute(
        "SELECT id FROM entries WHERE refers = ? AND kind = 'amendment'", (entry_id,)
    ).fetchall()
    return [entry for (found,) in rows if (entry := ledger.entry(found)) is not None]


# ---------------------------------------------------------------- homes


def _place(entry: Entry) -> tuple[str, str]:
    return entry.body["project"], entry.body.get("home") or WHOLE_PROJECT


def _is_known(connection: sqlite3.Connection, place: tuple[str, str]) -> bool:
    """Whether an entry of a home was recorded before."""
    found = connection.execute("SELECT 1 FROM home_entries WHERE project = ? AND home = ? LIMIT 1", place)
    return found.fetchone() is not None


def _note_entries(connection: sqlite3.Connection, entries: Sequence[Entry]) -> None:
    rows = [(entry.id, *_place(entry)) for entry in entries]
    connection.executemany("INSERT OR IGNORE INTO home_entries VALUES (?,?,?)", rows)


def _refresh_home(connection: sqlite3.Connection, ledger: Ledger, project: str, home: str) -> None:
    ids = connection.execute(
        "SELECT entry_id FROM home_entries WHERE project = ? AND home = ?", (project, home)
    ).fetchall()
    told = [entry for (entry_id,) in ids if (entry := ledger.entry(entry_id)) is not None]
    changes = [change for entry in told for change in _amendments(connection, ledger, entry.id)]
    for table in ("homes", "owners", "warranties", "home_entries"):
        connection.execute(f"DELETE FROM {table} WHERE project = ? AND home = ?", (project, home))
    if stands := standing([*told, *changes]):
        _write_home(connection, fold_home(stands))
        _note_entries(connection, stands)


def _write_home(connection: sqlite3.Connection, home: Home) -> None:
    place = (home.project, home.home)
    days = [_text(day) for day in (home.signed_on, home.handed_over_on, home.planned_on, home.known_on)]
    connection.execute("INSERT INTO homes VALUES (?,?,?,?,?,?)", (*place, *days))
    owners = [
        (*place, n, person.name, person.phone, person.contact) for n, person in enumerate(home.owners, 1)
    ]
    connection.executemany("INSERT INTO owners VALUES (?,?,?,?,?,?)", owners)
    warranties = [(*place, item, day.isoformat()) for item, day in home.warranties]
    connection.executemany("INSERT INTO warranties VALUES (?,?,?,?)", warranties)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


# ---------------------------------------------------------------- the other kinds, each an entry a row or several


def _insert(connection: sqlite3.Connection, entry: Entry) -> None:
    table, rows = _ROWS[entry.kind]
    made = list(rows(entry))
    connection.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(made[0]))})", made)


def _node(entry: Entry) -> Iterator[Row]:
    yield entry.id, entry.body["project"], entry.body["node"], _day(entry)


def _design_change(entry: Entry) -> Iterator[Row]:
    for home in entry.body.get("homes") or [None]:
        yield entry.id, entry.body["project"], home, _day(entry)


def _done(entry: Entry) -> Iterator[Row]:
    body = entry.body
    for matter in body.get("matters") or [""]:
        yield (
            entry.id,
            body["touchpoint"],
            body["project"],
            body.get("home"),
            matter,
            _day(entry),
            body.get("receipt"),
            body.get("feedback"),
            entry.by,
        )


def _survey(entry: Entry) -> Iterator[Row]:
    body = entry.body
    scores = [int(score) for score in body["scores"]]
    yield (
        entry.id,
        body["project"],
        body["home"],
        body.get("branch", ""),
        body["stage"],
        iso(entry.at),
        sum(scores),
        len(scores),
    )


def _day(entry: Entry) -> str:
    return day_of(entry.at).isoformat()


_ROWS: Mapping[str, tuple[str, Callable[[Entry], Iterator[Row]]]] = {
    "node": ("nodes", _node),
    "design-change": ("design_changes", _design_change),
    "touchpoint": ("touchpoints_done", _done),
    "survey": ("surveys", _survey),
}
KINDS = frozenset({"home", *_ROWS})
"""The kinds of entries that these tables are filled from; none belongs to a case."""


# ---------------------------------------------------------------- reading


def handovers(connection: sqlite3.Connection) -> dict[str, date]:
    """The earliest handover of each project's homes (K4)."""
    rows = connection.execute(
        "SELECT project, min(handed_over_on) FROM homes WHERE handed_over_on IS NOT NULL GROUP BY project"
    )
    return {project: date.fromisoformat(day) for project, day in rows}


def find_home(connection: sqlite3.Connection, project: str, home: str) -> Home | None:
    """A home of a project as the archive has it."""
    row = connection.execute(
        "SELECT signed_on, handed_over_on, planned_on, known_on FROM homes WHERE project = ? AND home = ?",
        (project, home),
    ).fetchone()
    if row is None:
        return None
    owners = connection.execute(
        "SELECT name, phone, contact FROM owners WHERE project = ? AND home = ? ORDER BY n", (project, home)
    )
    warranties = connection.execute(
        "SELECT item, expires_on FROM warranties WHERE project = ? AND home = ? ORDER BY expires_on, item",
        (project, home),
    )
    days = [None if text is None else date.fromisoformat(text) for text in row]
    return Home(
        project,
        home,
        tuple(Person(*owner) for owner in owners.fetchall()),
        days[0],
        days[1],
        days[2],
        tuple(Warranty(item, date.fromisoformat(day)) for item, day in warranties.fetchall()),
        days[3] or date.max,
    )


class Place(NamedTuple):
    """Where a home is: its project and its own name."""

    project: str
    home: str


def places_named(connection: sqlite3.Connection, home: str, project: str | None = None) -> list[Place]:
    """The homes of a name: at most one in each project."""
    rows = connection.execute(
        "SELECT project, home FROM homes WHERE home = ?1 AND home <> '' AND (?2 IS NULL OR project = ?2)"
        " ORDER BY project",
        (home, project),
    )
    return [Place(*row) for row in rows]


def places_of_cases(connection: sqlite3.Connection, home: str, project: str | None = None) -> list[Place]:
    """The homes of a name that cases are about, though the archive may not have them."""
    rows = connection.execute(
        "SELECT DISTINCT project, home FROM cases WHERE home = ?1 AND (?2 IS NULL OR project = ?2)"
        " ORDER BY project",
        (home, project),
    )
    return [Place(*row) for row in rows]


def places_of_phone(connection: sqlite3.Connection, phone: str, project: str | None = None) -> list[Place]:
    """The homes that belong to somebody with this phone."""
    rows = connection.execute(
        "SELECT DISTINCT project, home FROM owners WHERE phone = ?1 AND (?2 IS NULL OR project = ?2)"
        " ORDER BY project, home",
        (phone, project),
    )
    return [Place(*row) for row in rows]


def home_of(
    connection: sqlite3.Connection, project: str, home: str | None, phone: str | None
) -> Place | None:
    """The home of the archive that is meant: the one named, else the only one of the project with this phone."""
    found: list[Place] = []
    if home is not None:
        found = places_named(connection, home_name(home), project)
    elif phone is not None:
        found = places_of_phone(connection, phone, project)
    return found[0] if len(found) == 1 else None


def stage_known(
    connection: sqlite3.Connection, project: str, home: str | None, phone: str | None, day: date
) -> str | None:
    """The stage of a customer on a day, by the archive (C1); None where it does not tell."""
    place = home_of(connection, project, home, phone)
    known = None if place is None else find_home(connection, *place)
    return None if known is None else known.stage(day)

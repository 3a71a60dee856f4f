"""What gives occasion to a touchpoint, as the ledger tells it: signings, handovers, nodes, repairs … (SPEC O2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from kfcs.desk import Desk
from kfcs.rules.touchpoints import Cause


class Where(NamedTuple):
    """Where to look: everywhere, in a project, or at one home."""

    project: str | None = None
    home: str | None = None


EVERYWHERE = Where()


Causes = Iterator[Cause]


def causes_of(desk: Desk, trigger: str, first: date, after: date, where: Where = EVERYWHERE) -> Causes:
    """What a trigger gave occasion to from one day until before another, at a place."""
    return _CAUSES[trigger](desk, first, after, where)


def _rows(desk: Desk, sql: str, first: date, after: date, place: Where) -> list[tuple[Any, ...]]:
    """Rows of a statement about what lies from one day until before another, at a place."""
    values = {
        "first": first.isoformat(),
        "after": after.isoformat(),
        "project": place.project,
        "home": place.home,
    }
    return desk.ledger.connection.execute(sql, values).fetchall()


_HERE = "(:project IS NULL OR project = :project) AND (:home IS NULL OR home = :home)"
_IN_PROJECT = "(:project IS NULL OR project = :project)"


def _of_homes(column: str) -> Callable[[Desk, date, date, Where], Causes]:
    """A day of each home's life; one occasion a month, should the day be corrected within it."""
    sql = (
        f"SELECT project, home, {column}, known_on FROM homes"
        f" WHERE {column} >= :first AND {column} < :after AND home <> '' AND {_HERE}"
    )

    def causes(desk: Desk, first: date, after: date, place: Where) -> Causes:
        for project, home, day, known in _rows(desk, sql, first, after, place):
            yield Cause(project, home, _day(day), day[:7], None, _day(known))

    return causes


def _warranties(desk: Desk, first: date, after: date, place: Where) -> Causes:
    sql = (
        "SELECT project, home, expires_on, item, known_on FROM warranties JOIN homes USING (project, home)"
        f" WHERE expires_on >= :first AND expires_on < :after AND {_HERE}"
    )
    for project, home, day, item, known in _rows(desk, sql, first, after, place):
        yield Cause(project, home or None, _day(day), f"{item} {day}", item, _day(known))


def _nodes(desk: Desk, first: date, after: date, place: Where) -> Causes:
    sql = f"SELECT DISTINCT project, day, node FROM nodes WHERE day >= :first AND day < :after AND {_IN_PROJECT}"
    for project, day, node in _rows(desk, sql, first, after, place):
        yield Cause(project, None, _day(day), f"{node} {day}", node, _day(day))


def _design_changes(desk: Desk, first: date, after: date, place: Where) -> Causes:
    """One for each home that the change names, else for each home sold and not handed over by then."""
    sql = (
        "SELECT DISTINCT project, home, day FROM design_changes"
        f" WHERE day >= :first AND day < :after AND {_IN_PROJECT} AND (home IS NULL OR :home IS NULL OR home = :home)"
    )
    for project, home, day in _rows(desk, sql, first, after, place):
        homes = [home] if home is not None else _sold(desk, project, day)
        for each in homes or [None]:
            if place.home in (None, each):
                yield Cause(project, each, _day(day), day, None, _day(day))


def _sold(desk: Desk, project: str, day: str) -> list[str]:
    rows = desk.ledger.connection.execute(
        "SELECT home FROM homes WHERE project = ?1 AND home <> '' AND signed_on <= ?2"
        " AND (handed_over_on IS NULL OR handed_over_on > ?2) ORDER BY home",
        (project, day),
    )
    return [home for (home,) in rows]


def _closed_repairs(desk: Desk, first: date, after: date, place: Where) -> Causes:
    """Repairs that were done and closed, and of which the customer may be asked (H6)."""
    sql = (
        "SELECT c.project, c.home, substr(c.closed_at, 1, 10), c.case_id FROM cases c"
        " WHERE c.closed_at >= :first AND c.closed_at < :after AND c.counted AND NOT c.history AND c.needs_callback"
        " AND c.resolved_at IS NOT NULL"
        " AND c.closed_why IN ('satisfied', 'acceptable', 'unreachable', 'refused', 'quiet')"
        " AND (:project IS NULL OR c.project = :project) AND (:home IS NULL OR c.home = :home)"
        " AND (c.kind = 'repair' OR EXISTS"
        " (SELECT 1 FROM rectifications r WHERE r.case_id = c.case_id AND r.result = 'pass'))"
    )
    for project, home, day, case_id in _rows(desk, sql, first, after, place):
        yield Cause(project, home, _day(day), case_id, case_id, _day(day))


def _planned_handovers(desk: Desk, first: date, after: date, place: Where) -> Causes:
    """The first planned day of each month in which homes of a project are to be handed over; else the project's own."""
    sql = (
        "SELECT project, min(day), min(known_on) FROM (SELECT project, coalesce(planned_on, handed_over_on) AS day,"
        f" known_on FROM homes WHERE {_IN_PROJECT}) WHERE day >= :first AND day < :after"
        " GROUP BY project, substr(day, 1, 7)"
    )
    own = (
        "SELECT project, handed_over, :first FROM projects WHERE handed_over >= :first AND handed_over < :after"
        f" AND {_IN_PROJECT} AND NOT EXISTS (SELECT 1 FROM homes h WHERE h.project = projects.project"
        " AND coalesce(h.planned_on, h.handed_over_on) IS NOT NULL)"
    )
    for statement in (sql, own):
        for project, day, known in _rows(desk, statement, first, after, place):
            yield Cause(project, None, _day(day), day[:7], None, _day(known))


def _years(desk: Desk, first: date, after: date, place: Where) -> Causes:
    """Every year in which a project has homes in the archive."""
    sql = (
        f"SELECT project, min(known_on) FROM homes WHERE {_IN_PROJECT} AND known_on < :after GROUP BY project"
    )
    for project, known in _rows(desk, sql, first, after, place):
        for year in range(max(first.year, _day(known).year), after.year + 1):
            yield Cause(project, None, date(year, 1, 1), str(year), None, _day(known))


_CAUSES: Mapping[str, Callable[[Desk, date, date, Where], Causes]] = {
    "signed": _of_homes("signed_on"),
    "handed-over": _of_homes("handed_over_on"),
    "warranty": _warranties,
    "node": _nodes,
    "design-change": _design_changes,
    "rectification-closed": _closed_repairs,
    "handover-due": _planned_handovers,
    "yearly": _years,
}


def _day(text: str) -> date:
    return date.fromisoformat(text)

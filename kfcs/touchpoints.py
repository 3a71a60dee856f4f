"""Touchpoints against the ledger (SPEC O2): what falls due when, for whom, and what has been done of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from kfcs.desk import Desk
from kfcs.entries import Draft
from kfcs.errors import N_, BadInput, Forbidden
from kfcs.period import DAY, Period, day_of, from_iso
from kfcs.rules.policy import Policy
from kfcs.rules.touchpoints import (
    Cause,
    Done,
    DoneList,
    Occasion,
    Outcome,
    TouchpointRule,
    meant,
    occasions,
    state_of,
)

OVERDUE_SHOWN = 92 * DAY
"""How long something that was not done stays on the list of the day; the list of its month keeps it for ever."""
_EARLIEST, _LATEST = date(1990, 1, 1), date(2200, 1, 1)


class Where(NamedTuple):
    """Where to look: everywhere, in a project, or at one home."""

    project: str | None = None
    home: str | None = None


EVERYWHERE = Where()


class Standing(NamedTuple):
    """An occasion and how it stands."""

    occasion: Occasion
    outcome: Outcome
    state: str

    @property
    def open(self) -> bool:
        return self.outcome.on is None

    @property
    def feedback(self) -> str | None:
        """Whether the customer's answer has come in; None where none is asked for, or nothing was sent yet."""
        if not self.occasion.rule.feedback or self.open:
            return None
        return "collected" if self.outcome.feedback else "missing"


def due_in(desk: Desk, month: Period) -> list[Standing]:
    """What begins or is due in a month, by the policy in force on its first day, in the order of it."""
    policy = desk.book.policy_on(month.first)
    found = [o for o in _between(desk, policy, month.first, month.after) if o.touches(month)]
    return _standing(desk, found)


def to_do(desk: Desk) -> list[Standing]:
    """What can be done today: begun and not done, or overdue for less than ``OVERDUE_SHOWN``.

    What was past already when the ledger first heard of it is left out: an archive that was imported late is no
    list of failures.
    """
    today = day_of(desk.now)
    found = [
        occasion
        for occasion in _between(desk, desk.book.policy, today - OVERDUE_SHOWN, today + DAY)
        if occasion.start <= today
        and occasion.due >= max(today - OVERDUE_SHOWN, occasion.cause.known_on)
    ]
    return [each for each in _standing(desk, found) if each.open]


def at_home(desk: Desk, project: str, home: str) -> list[Standing]:
    """What is open for one home and was not past when the ledger heard of it."""
    found = _between(desk, desk.book.policy, _EARLIEST, _LATEST, Where(project, home))
    mine = [o for o in found if o.cause.home == home and o.due >= o.cause.known_on]
    return [each for each in _standing(desk, mine) if each.open]


def _standing(desk: Desk, found: Iterable[Occasion]) -> list[Standing]:
    today = day_of(desk.now)
    listed = sorted(found, key=lambda o: (o.due, o.cause.project, o.cause.home or "", o.rule.id, o.cause.matter))
    rules = {occasion.rule.id: occasion.rule for occasion in listed}
    done = DoneList(_done(desk, rules.values()))
    outcomes = [(occasion, done.of(occasion)) for occasion in listed]
    return [Standing(o, outcome, state_of(o, outcome.on, today)) for o, outcome in outcomes]


# ---------------------------------------------------------------- occasions


def _between(
    desk: Desk, policy: Policy, first: date, after: date, place: Where = EVERYWHERE
) -> Iterator[Occasion]:
    """The occasions of a policy whose days may lie from one day until before another."""
    for rule in policy.touchpoints:
        back, ahead = rule.reach()
        causes = _CAUSES[rule.trigger](desk, first - ahead, after + back, place)
        yield from occasions(rule, causes, desk.book.calendar)


Causes = Iterator[Cause]


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
    sql = f"SELECT DISTINCT project, day, node, known_on FROM nodes WHERE day >= :first AND day < :after AND {_IN_PROJECT}"
    seen = set()
    for project, day, node, known in _rows(desk, sql, first, after, place):
        if (project, day, node) not in seen:
            seen.add((project, day, node))
            yield Cause(project, None, _day(day), f"{node} {day}", node, _day(known))


def _design_changes(desk: Desk, first: date, after: date, place: Where) -> Causes:
    """One for each home that the change names, else for each home sold and not handed over by then."""
    sql = (
        "SELECT project, home, day, min(known_on) FROM design_changes"
        f" WHERE day >= :first AND day < :after AND {_IN_PROJECT} AND (home IS NULL OR :home IS NULL OR home = :home)"
        " GROUP BY project, home, day"
    )
    for project, home, day, known in _rows(desk, sql, first, after, place):
        homes = [home] if home is not None else _sold(desk, project, day)
        for each in homes or [None]:
            if place.home in (None, each):
                yield Cause(project, each, _day(day), day, None, _day(known))


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
        " AND c.resolved_at IS NOT NULL AND c.closed_why IN ('satisfied', 'acceptable', 'unreachable', 'refused', 'quiet')"
        " AND (:project IS NULL OR c.project = :project) AND (:home IS NULL OR c.home = :home) AND (c.kind = 'repair' OR EXISTS"
        " (SELECT 1 FROM rectifications r WHERE r.case_id = c.case_id AND r.result = 'pass'))"
    )
    for project, home, day, case_id in _rows(desk, sql, first, after, place):
        yield Cause(project, home, _day(day), case_id, case_id, _day(day))


def _planned_handovers(desk: Desk, first: date, after: date, place: Where) -> Causes:
    """The first planned day of each month in which homes of a project are to be handed over; else the project's own."""
    sql = (
        "SELECT project, min(day), min(known_on) FROM (SELECT project, coalesce(planned_on, handed_over_on) AS day,"
        f" known_on FROM homes WHERE {_IN_PROJECT}) WHERE day >= :first AND day < :after GROUP BY project, substr(day, 1, 7)"
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
    sql = f"SELECT project, min(known_on) FROM homes WHERE {_IN_PROJECT} AND known_on < :after GROUP BY project"
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


# ---------------------------------------------------------------- done


def _done(desk: Desk, rules: Iterable[TouchpointRule]) -> Iterator[Done]:
    """What was recorded of some touchpoints, and the surveys that do some of them too."""
    find = desk.ledger.connection.execute
    stages: dict[str, list[str]] = {}
    for rule in rules:
        if rule.survey:
            stages.setdefault(rule.survey, []).append(rule.id)
        rows = find(
            "SELECT project, home, matter, day, feedback FROM touchpoints_done WHERE touchpoint = ?", (rule.id,)
        )
        for project, home, matter, day, feedback in rows:
            yield Done(rule.id, project, home, matter, _day(day), bool(feedback))
    for stage, ids in stages.items():
        for project, home, at in find("SELECT project, home, at FROM surveys WHERE stage = ?", (stage,)):
            for rule_id in ids:
                yield Done(rule_id, project, home, None, day_of(from_iso(at)))


class Said(NamedTuple):
    """What somebody says of a touchpoint that was done: where, and what came of it; ``what`` tells several apart."""

    rule: TouchpointRule
    project: str
    home: str | None
    receipt: str | None = None
    feedback: str | None = None
    what: str | None = None


def done_draft(desk: Desk, said: Said, at: datetime) -> tuple[Draft, list[Occasion]]:
    """The entry that records it, and the occasions that it does: those still open, else those done before, to which it
    adds a receipt or an answer. A touchpoint of a project that nothing gave occasion to is recorded all the same.

    Raises Forbidden where a home has none of the kind, or all of it is done and nothing is added.
    """
    day = day_of(at)
    there = _occasions_at(desk, said, day)
    if said.home is not None and not there:
        raise Forbidden(
            N_("Nothing of the kind {touchpoint} falls due for home {home} of {project}."),
            touchpoint=said.rule.id,
            home=said.home,
            project=said.project,
        )
    chosen = meant([each.occasion for each in there if each.open], day)
    if not chosen and there:
        if not (said.receipt or said.feedback):
            raise Forbidden(
                N_("{touchpoint} was done on {day}. Add what came of it with --receipt or --feedback."),
                touchpoint=said.rule.id,
                day=max(each.outcome.on for each in there if each.outcome.on),
            )
        chosen = meant([each.occasion for each in there], day)
    matters = list(dict.fromkeys(occasion.cause.matter for occasion in chosen)) or [day.isoformat()]
    body = {
        "touchpoint": said.rule.id,
        "project": said.project,
        "home": said.home,
        "matters": matters,
        "receipt": said.receipt,
        "feedback": said.feedback,
    }
    kept = {name: value for name, value in body.items() if value}
    return Draft("touchpoint", at, desk.operator, kept), chosen


def _occasions_at(desk: Desk, said: Said, day: date) -> list[Standing]:
    """How the occasions of one kind stand at a home, or in the whole of a project, that had come up by a day."""
    back, ahead = said.rule.reach()
    place = Where(said.project, said.home)
    causes = _CAUSES[said.rule.trigger](desk, _EARLIEST, day + back + ahead + 366 * DAY, place)
    found = [o for o in occasions(said.rule, causes, desk.book.calendar) if o.cause.on <= day or o.rule.months_before]
    if said.home is not None:
        found = [occasion for occasion in found if occasion.cause.home == said.home]
    if said.what:
        found = [occasion for occasion in found if said.what in occasion.cause.matter]
    return _standing(desk, found)


def rule_named(desk: Desk, name: str) -> TouchpointRule:
    """The touchpoint of the policy in force that a name or title names. Raises BadInput for none."""
    rules = desk.book.policy.touchpoints
    wanted = name.strip()
    for rule in rules:
        if wanted in (rule.id, *rule.title.values()):
            return rule
    if not rules:
        raise BadInput(N_("The policy {policy} has no touchpoints."), policy=desk.book.policy.name)
    raise BadInput(
        N_("There is no touchpoint {name}. Known are: {known}."), name=name, known=[rule.id for rule in rules]
    )

"""Touchpoints against the ledger (SPEC O2): what falls due when, for whom, and what has been done of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from kfcs.causes import EVERYWHERE, Where, causes_of
from kfcs.desk import Desk
from kfcs.entries import Draft
from kfcs.errors import N_, BadInput, Forbidden
from kfcs.period import DAY, Period, day_of, from_iso
from kfcs.rules.policy import Policy
from kfcs.rules.touchpoints import (
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
        if occasion.start <= today and occasion.due >= max(today - OVERDUE_SHOWN, occasion.cause.known_on)
    ]
    return [each for each in _standing(desk, found) if each.open]


def gathered(standings: Iterable[Standing]) -> list[list[Standing]]:
    """What is to be done alike: the same thing in one project by the same day, in the order of that."""
    alike: dict[tuple[date, str, str], list[Standing]] = {}
    for each in standings:
        occasion = each.occasion
        alike.setdefault((occasion.due, occasion.cause.project, occasion.rule.id), []).append(each)
    return list(alike.values())


def at_home(desk: Desk, project: str, home: str) -> list[Standing]:
    """What is open for one home and was not past when the ledger heard of it."""
    found = _between(desk, desk.book.policy, _EARLIEST, _LATEST, Where(project, home))
    mine = [o for o in found if o.cause.home == home and o.due >= o.cause.known_on]
    return [each for each in _standing(desk, mine) if each.open]


def _standing(desk: Desk, found: Iterable[Occasion]) -> list[Standing]:
    today = day_of(desk.now)
    listed = sorted(
        found, key=lambda o: (o.due, o.cause.project, o.cause.home or "", o.rule.id, o.cause.matter)
    )
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
        causes = causes_of(desk, rule.trigger, first - ahead, after + back, place)
        yield from occasions(rule, causes, desk.book.calendar)


# ---------------------------------------------------------------- done


def _done(desk: Desk, rules: Iterable[TouchpointRule]) -> Iterator[Done]:
    """What was recorded of some touchpoints, and the surveys that do some of them too."""
    find = desk.ledger.connection.execute
    stages: dict[str, list[str]] = {}
    for rule in rules:
        if rule.survey:
            stages.setdefault(rule.survey, []).append(rule.id)
        rows = find(
            "SELECT project, home, matter, day, feedback FROM touchpoints_done WHERE touchpoint = ?",
            (rule.id,),
        )
        for project, home, matter, day, feedback in rows:
            yield Done(rule.id, project, home, matter, date.fromisoformat(day), bool(feedback))
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
        chosen = _done_before(said, there, day)
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


def _done_before(said: Said, there: Iterable[Standing], day: date) -> list[Occasion]:
    """The occasions done before to which a receipt or an answer is added. Raises Forbidden where there is none."""
    done = [(each.occasion, each.outcome.on) for each in there if each.outcome.on]
    if not done:
        raise Forbidden(
            N_("{touchpoint} is not to be done there before {day}."),
            touchpoint=said.rule.id,
            day=min(each.occasion.start for each in there),
        )
    if not (said.receipt or said.feedback):
        raise Forbidden(
            N_("{touchpoint} was done on {day}. Add what came of it with --receipt or --feedback."),
            touchpoint=said.rule.id,
            day=max(on for _, on in done),
        )
    return meant([occasion for occasion, _ in done], day)


def _occasions_at(desk: Desk, said: Said, day: date) -> list[Standing]:
    """How the occasions of one kind stand at a home, or in the whole of a project, that had come up by a day."""
    place = Where(said.project, said.home)
    causes = causes_of(desk, said.rule.trigger, _EARLIEST, _LATEST, place)
    found = [
        o
        for o in occasions(said.rule, causes, desk.book.calendar)
        if o.cause.on <= day or o.rule.months_before
    ]
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

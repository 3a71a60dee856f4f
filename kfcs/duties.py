"""Obligations against the ledger (SPEC O1, E2, E7): how each duty stands, handing in, and what is overdue.

A branch's duties are looked for from the ledger's first day on (``obligations_since`` in ``kfcs.toml`` names another);
those of further branches from the day on which they first handed something in here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from kfcs.desk import Desk
from kfcs.entries import Draft, canonical
from kfcs.errors import N_, BadInput, Forbidden, say
from kfcs.period import DAY, Period, day_of, from_iso, iso
from kfcs.rulebook import RuleBook
from kfcs.rules.escalate import Escalation, Ladder, ladder_for
from kfcs.rules.obligations import Duty, Obligation, duties_due, duty_for
from kfcs.rules.overdue import last_moment, next_overdue, overdue_escalations, overdue_ladder, still_climbing

BEGAN = "began"
"""The setting that keeps when a ledger was set up: its first day, though nothing be recorded on it."""
DUE_SOON = 5 * DAY
"""How long before its due a duty is on the list of the day (I7)."""
_LOOKED = "obligations looked at"
_SOON = timedelta(days=40)
"""Where the next due date is looked for first: most come every month."""
_AHEAD = timedelta(days=400)
"""How far the next due date is looked for: no obligation comes less often than once a year."""


class HandedIn(NamedTuple):
    """One handing in, as recorded; the first one of a duty stands. ``figures_digest`` names figures that it froze."""

    entry: str
    at: datetime
    recorded_at: datetime
    by: str
    figures_digest: str | None


class Standing(NamedTuple):
    """A duty of a branch and how it stands at ``now``."""

    duty: Duty
    branch: str
    handed_in: HandedIn | None
    now: datetime

    @property
    def state(self) -> str:
        """upcoming, done, late or missed."""
        return self.duty.state(self.handed_in.at if self.handed_in else None, self.now)

    @property
    def days_late(self) -> int:
        """Calendar days, begun ones counted, that it was late; while it is not handed in, by ``now``."""
        return self.duty.days_late(self.handed_in.at if self.handed_in else self.now)


# ---------------------------------------------------------------- what there is to hand in


def obligations(book: RuleBook) -> dict[str, Obligation]:
    """The obligations by name, those of the policy in force before those of earlier ones."""
    found: dict[str, Obligation] = {}
    for policy in (book.policy, *book.earlier):
        for obligation in policy.obligations:
            found.setdefault(obligation.id, obligation)
    return found


def duties_between(book: RuleBook, first: date, after: date) -> list[Duty]:
    """What falls due from one day until before another, each by the policy in force on its nominal day (P3)."""
    found = [
        duty
        for policy in (book.policy, *book.earlier)
        for duty in duties_due(policy.obligations, first, after, book.calendar)
        if book.policy_on(duty.nominal) is policy
    ]
    return sorted(found, key=lambda duty: duty.day)


def find_duty(desk: Desk, name: str, period: str) -> Duty:
    """The duty that a name and a period's label name. Raises BadInput for what is none."""
    book = desk.book
    known = obligations(book)
    if not known:
        raise BadInput(N_("The policy {policy} has no obligations."), policy=book.policy.name)
    if name not in known:
        raise BadInput(
            N_("There is no obligation {name}. Known are: {known}."), name=name, known=", ".join(known)
        )
    for policy in (book.policy, *book.earlier):
        obligation = policy.obligation(name)
        duty = None if obligation is None else _duty_for(obligation, period, book)
        if duty is not None and book.policy_on(duty.nominal) is policy:
            return duty
    raise _no_period(desk, known[name], period)


def _duty_for(obligation: Obligation, period: str, book: RuleBook) -> Duty | None:
    try:
        return duty_for(obligation, period, book.calendar)
    except (ValueError, OverflowError):
        return None


def _no_period(desk: Desk, obligation: Obligation, period: str) -> BadInput:
    """The refusal of a period that an obligation has not, with the last one that it had."""
    today = day_of(desk.now)
    past = duties_due([obligation], today - _AHEAD, today + DAY, desk.book.calendar)
    return BadInput(
        N_("--period {value} is no period of {name}."),
        hint=say(N_("The last one was {period}."), period=past[-1].period.label),
        value=period,
        name=obligation.id,
    )


# ---------------------------------------------------------------- how it stands


def standing(desk: Desk, name: str, period: str, branch: str | None = None) -> Standing:
    """How one duty stands: when it was handed in, whether late and by how many days. Raises BadInput for no duty."""
    return _standing(desk, find_duty(desk, name, period), _named(desk, branch))


def due_in(desk: Desk, month: Period, branch: str | None = None) -> list[Standing]:
    """What falls due in a period, by the rolled dates, in their order."""
    duties = duties_between(desk.book, month.first, month.after)
    return [_standing(desk, duty, _named(desk, branch)) for duty in duties]


def open_duties(desk: Desk) -> list[Standing]:
    """What is due soon or missed: the work list's part, of every branch that hands in here (I7)."""
    upto = day_of(desk.now + DUE_SOON) + DAY
    found = [_standing(desk, *owed) for owed in _owed(desk, first_day(desk), upto)]
    return [each for each in found if each.handed_in is None]


def _named(desk: Desk, branch: str | None) -> str:
    return desk.settings.branch if branch is None else branch


def _standing(desk: Desk, duty: Duty, branch: str) -> Standing:
    return Standing(duty, branch, handed_in(desk, duty, branch), desk.now)


_HANDED_IN = """
SELECT entry_id, at, recorded_at, "by", figures_digest FROM submissions
WHERE name = ? AND period = ? AND (branch = ? OR ?) ORDER BY at, recorded_at, entry_id LIMIT 1
"""


def handed_in(desk: Desk, duty: Duty, branch: str) -> HandedIn | None:
    """The handing in that stands: the first, by when it happened."""
    row = desk.ledger.connection.execute(
        _HANDED_IN, (duty.name, duty.period.label, branch, duty.obligation.shared)
    ).fetchone()
    if row is None:
        return None
    entry, at, recorded_at, by, digest = row
    return HandedIn(entry, from_iso(at), from_iso(recorded_at), by, digest)


def hand_in(
    desk: Desk, duty: Duty, branch: str, moment: datetime, figures: Mapping[str, Any] | None = None
) -> Standing:
    """Record that a duty was handed in. Raises Forbidden when it was before: the first one stands.

    ``figures`` are those that a report froze by being handed in; the entry keeps them and their digest (R8).
    """
    if duty.period.start > moment:
        raise Forbidden(
            N_("{name} is for {period}, which has not begun yet."), name=duty.name, period=duty.period.label
        )
    with desk.ledger.writing():
        before = handed_in(desk, duty, branch)
        if before is not None:
            raise Forbidden(
                N_("{name} for {period} was handed in at {when} by {who} already; the first one stands."),
                name=duty.name,
                period=duty.period.label,
                when=before.at,
                who=before.by,
            )
        body: dict[str, Any] = {"name": duty.name, "period": duty.period.label, "branch": branch}
        if figures is not None:
            body["figures"] = dict(figures)
            body["figures_digest"] = sha256(canonical(figures).encode()).hexdigest()
        desk.record([Draft("submission", moment, desk.operator, body)])
    return _standing(desk, duty, branch)


# ---------------------------------------------------------------- who owes it, and since when


def first_day(desk: Desk) -> date:
    """The day from which on a duty counts (E7): as the settings say, else the ledger's first."""
    if desk.settings.obligations_since is not None:
        return desk.settings.obligations_since
    firsts = (desk.ledger.setting(BEGAN), desk.ledger.first_recorded_at())
    return day_of(min([from_iso(first) for first in firsts if first], default=desk.now))


def _branches(desk: Desk) -> dict[str, date]:
    """The branches that hand in here, the desk's own first, each with the day from which on it does."""
    since = first_day(desk)
    own = desk.settings.branch
    rows = desk.ledger.connection.execute(
        "SELECT branch, min(recorded_at) FROM submissions WHERE branch <> ? GROUP BY branch", (own,)
    )
    return {own: since} | {branch: max(since, day_of(from_iso(first))) for branch, first in rows}


def _owed(desk: Desk, first: date, after: date) -> Iterator[tuple[Duty, str]]:
    """Each duty of these days with the branch that owes it; one that is owed once, with the desk's own.

    A desk without a branch, such as the group's, owes what is owed once, and nothing else.
    """
    branches = _branches(desk)
    named = [branch for branch in branches if branch]
    for duty in duties_between(desk.book, first, after):
        owing = [desk.settings.branch] if duty.obligation.shared else named
        yield from ((duty, branch) for branch in owing if duty.day >= branches[branch])


# ---------------------------------------------------------------- what is overdue


class _Look(NamedTuple):
    """The last look at obligations: when, when the next is due, and under what."""

    at: datetime
    next: datetime
    since: str
    book: str

    @classmethod
    def remembered(cls, text: str | None) -> _Look | None:
        if text is None:
            return None
        at, following, since, book = text.split(" ", 3)
        return cls(from_iso(at), from_iso(following), since, book)

    def __str__(self) -> str:
        return f"{iso(self.at)} {iso(self.next)} {self.since} {self.book}"


def overdue(desk: Desk, now: datetime) -> list[Escalation]:
    """The rungs that overdue duties have reached, recorded or not, since the last look; inside ``ledger.writing()``.

    Nothing is computed before the next due date or rung. The moments looked for do not depend on what was handed in,
    so taking a submission back needs no new look.
    """
    policy, calendar = desk.book.policy, desk.book.calendar
    ladder = overdue_ladder(policy, ladder_for(policy, {}, calendar))
    if ladder is None or not obligations(desk.book):
        return []
    since = first_day(desk)
    last = _Look.remembered(desk.ledger.setting(_LOOKED))
    if last is not None and last.since != str(since):
        last = None
    if last is not None and now < last.next and last.book == desk.book.fingerprint:
        return []
    made = [
        escalation
        for duty, branch in _owed(desk, _from(since, last, ladder), day_of(now) + DAY)
        if last is None or last_moment(duty.due, ladder) > last.at
        for escalation in _escalations(desk, duty, branch, ladder, now)
    ]
    following = _next_look(desk, ladder, now)
    desk.ledger.set_setting(_LOOKED, str(_Look(now, following, str(since), desk.book.fingerprint)))
    return made


def _from(since: date, last: _Look | None, ladder: Ladder) -> date:
    return since if last is None else max(since, still_climbing(last.at, ladder))


def _escalations(desk: Desk, duty: Duty, branch: str, ladder: Ladder, now: datetime) -> list[Escalation]:
    handed = handed_in(desk, duty, branch)
    at = None if handed is None else handed.at
    return overdue_escalations(duty, branch, at, desk.book.policy, ladder, now)


def _next_look(desk: Desk, ladder: Ladder, now: datetime) -> datetime:
    first = still_climbing(now, ladder)
    for ahead in (_SOON, _AHEAD):
        duties = duties_between(desk.book, first, day_of(now + ahead))
        following = next_overdue(duties, ladder, now)
        if following is not None and following <= now + ahead:
            return following
    return now + _AHEAD

"""The facts of a case that conditions may name, each computed in one place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from kfcs.cases import Case
from kfcs.period import day_of
from kfcs.rules.durations import Pause


class Surroundings(NamedTuple):
    """What the rest of the ledger tells about a case.

    ``complainants`` counts the different people who complained of the same matter in the window, this case's own
    among them when it is a complaint; ``handed_over`` is the project's day of collective handover. ``since`` says when
    each of those people came, the first first, where the policy has a clock that depends on it. ``cause_again``: an
    earlier case had the same final cause.
    """

    complainants: int = 0
    handed_over: date | None = None
    since: tuple[datetime, ...] = ()
    cause_again: bool = False

    def until(self, moment: datetime) -> Surroundings:
        """The same without the people who came after a moment."""
        return self._replace(complainants=sum(at <= moment for at in self.since)) if self.since else self


ALONE = Surroundings()


def facts_of(case: Case, around: Surroundings = ALONE) -> Mapping[str, Any]:
    """Every fact of ``kfcs.rules.conditions.FACTS`` but the level, by name."""
    return {
        "kind": case.kind,
        "channel": case.channel,
        "category": case.category,
        "subcategory": case.subcategory,
        "cause": case.cause,
        "stage": case.stage,
        "media": case.media,
        "legal": case.legal,
        "harm": case.harm,
        "emergency": case.emergency,
        "is_emergency": case.emergency is not None,
        "urgency": case.urgency,
        "validity": case.validity,
        "accident": case.accident,
        "public_harm": case.public_harm,
        "refund": case.refund,
        "safety": case.safety,
        "vip": case.vip,
        "anonymous": case.anonymous,
        "sensitive": case.sensitive,
        "people": case.people,
        "times": case.times,
        "claim": case.claim,
        "complainants": around.complainants,
        "handled_before": case.handled_before,
        "cause_again": around.cause_again,
        "our_fault": case.validity not in ("assist", "invalid"),
        "coordinate": bool(case.coordinating) or any([d.coordinate for d in case.dispatches]),
        "outside_help": any([d.outside_help for d in case.dispatches]),
        "no_agreement": any([c.no_agreement for c in case.contacts]),
        "handed_over": around.handed_over is not None and around.handed_over <= day_of(case.received_at),
        "months_since_handover": months_since(around.handed_over, case.received_at),
    }


def facts_since(case: Case) -> Mapping[str, datetime]:
    """When each fact that an act brings about came true; facts of the receipt are not listed."""
    moments = {
        "coordinate": [d.at for d in case.dispatches if d.coordinate],
        "outside_help": [d.at for d in case.dispatches if d.outside_help],
        "no_agreement": [c.at for c in case.contacts if c.no_agreement],
    }
    return {fact: min(at) for fact, at in moments.items() if at}


def months_since(handed_over: date | None, moment: datetime) -> int | None:
    """Whole calendar months that have passed since a handover; None before it or without one. As with ages (G), the same
    day of the next month still belongs to the first one: the month has passed with that day."""
    if handed_over is None or handed_over > day_of(moment):
        return None
    day = day_of(moment)
    months = (day.year - handed_over.year) * 12 + day.month - handed_over.month
    return max(months - 1, 0) if day.day <= handed_over.day else months


def pauses_of(case: Case) -> tuple[Pause, ...]:
    """The times of waiting on the customer (T4): each from its contact to the next one without the flag.

    Resolution and closure end the wait too. The last pause has no end while it goes on.
    """
    if not any([contact.waiting for contact in case.contacts]):
        return ()
    ends = [r.at for r in case.resolutions] + [c.at for c in case.closures]
    pauses: list[Pause] = []
    since: datetime | None = None
    for contact in sorted(case.contacts, key=lambda c: (c.at, c.n)):
        if contact.waiting and since is None:
            since = contact.at
        elif not contact.waiting and since is not None:
            pauses.append(Pause(since, _first_after(since, contact.at, ends)))
            since = None
    if since is not None:
        pauses.append(Pause(since, _first_after(since, None, ends)))
    return tuple(pauses)


def _first_after(since: datetime, end: datetime | None, ends: list[datetime]) -> datetime | None:
    later = [moment for moment in (*ends, end) if moment is not None and moment >= since]
    return min(later, default=None)

"""Obligations that nobody handed in: whom that reaches, and when (SPEC E2, E5, E7)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from kfcs.period import DAY, add_months, day_end, day_of
from kfcs.rules.escalate import SECOND, Escalation, Ladder
from kfcs.rules.obligations import Duty
from kfcs.rules.policy import Policy, Rung

RULE = "obligation-overdue"


def overdue_ladder(policy: Policy, ladder: Ladder) -> Ladder | None:
    """The rungs that an overdue obligation climbs, each at its offset from the due; None without a rule for it."""
    rule = policy.events.get(RULE)
    if rule is None:
        return None
    return ladder._replace(rungs=tuple(rung for rung in ladder.rungs if rung.rung in rule.rungs))


def overdue_epoch(duty: Duty, branch: str) -> str:
    """What tells one overdue duty from another (E5): its name and period, and the branch that owes it."""
    name = f"{duty.name}|{duty.period.label}"
    return name if duty.obligation.shared else f"{name}|{branch}"


def overdue_escalations(
    duty: Duty, branch: str, handed_in: datetime | None, policy: Policy, ladder: Ladder, now: datetime
) -> list[Escalation]:
    """The rungs that a duty has reached, recorded or not; handed in late, it keeps those that passed before."""
    end = now if handed_in is None else min(now, handed_in)
    epoch = overdue_epoch(duty, branch)
    return [_escalation(duty, branch, epoch, rung, policy, now) for rung in ladder.passed(duty.due, end)]


def _escalation(duty: Duty, branch: str, epoch: str, rung: Rung, policy: Policy, now: datetime) -> Escalation:
    return Escalation(
        case_id=None,
        rule=RULE,
        clause=duty.obligation.clause,
        clock=None,
        epoch=epoch,
        rung=rung.rung,
        recipient=rung.to,
        level=policy.grading.lowest,
        due=duty.due,
        at=now,
        next_step=RULE,
        subject=f"{duty.name} {duty.period.label}",
        branch=branch,
    )


def last_moment(due: datetime, ladder: Ladder) -> datetime:
    """When the last rung above a due is reached."""
    return max([ladder.moment(rung, due) for rung in ladder.rungs], default=due) + SECOND


def still_climbing(moment: datetime, ladder: Ladder) -> date:
    """The first of a month before which everything due had reached its last rung by a moment."""
    first = day_of(moment).replace(day=1)
    while last_moment(day_end(first - DAY), ladder) >= moment:
        first = add_months(first, -1)
    return first


def next_overdue(duties: Collection[Duty], ladder: Ladder, now: datetime) -> datetime | None:
    """When a duty next reaches a rung, whether or not it has been handed in; None when all have passed."""
    moments = [ladder.moment(rung, duty.due) + SECOND for duty in duties for rung in ladder.rungs]
    return min([moment for moment in moments if moment > now], default=None)

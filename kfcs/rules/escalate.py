"""What must be escalated, to whom, and when the next look is due (SPEC E).

Everything here is a pure function of facts, policy and a moment. The key of an escalation (E5) is the case, the clock
or rule, its epoch and the rung: whoever asks again, however often or late, gets the same set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from kfcs.cases import Callback, Case, Note
from kfcs.errors import N_, Message, say
from kfcs.folding import vain_days
from kfcs.period import day_end, day_of
from kfcs.rules.calendar import WorkCalendar
from kfcs.rules.clocks import ClockRun, warning_at
from kfcs.rules.conditions import any_holds
from kfcs.rules.durations import later
from kfcs.rules.facts import Surroundings, pauses_of
from kfcs.rules.grade import Graded, levels_until
from kfcs.rules.policy import EventRule, Policy, Rung

Key = tuple[str, str, int]
"""(clock or rule, epoch, rung) within one case."""

SECOND = timedelta(seconds=1)


class Escalation(NamedTuple):
    """One escalation due: who must hear of what, under which rule, and how late it is."""

    case_id: str | None
    rule: str
    clause: str
    clock: str | None
    epoch: str
    rung: int
    recipient: str
    level: int
    due: datetime | None
    at: datetime
    next_step: str
    subject: str | None = None
    branch: str | None = None

    @property
    def late_seconds(self) -> int:
        """Whole seconds since the limit passed; 0 for rules without a limit, and for warnings before it."""
        return 0 if self.due is None else max(0, int((self.at - self.due).total_seconds()))

    @property
    def key(self) -> Key:
        return (self.clock or self.rule, self.epoch, self.rung)


class Ladder(NamedTuple):
    """The rungs that hold for one case, and the moment each is reached after a breach."""

    rungs: tuple[Rung, ...]
    calendar: WorkCalendar

    def moment(self, rung: Rung, due: datetime) -> datetime:
        """The last moment before the rung: it is reached once that has passed."""
        return due if rung.after is None else later(due, rung.after, self.calendar)

    def passed(self, due: datetime, now: datetime) -> list[Rung]:
        """The rungs reached by ``now`` when the limit was ``due``."""
        return [rung for rung in self.rungs if self.moment(rung, due) < now]

    def next_after(self, due: datetime, rung: int) -> datetime | None:
        """When the first rung above ``rung`` is reached."""
        above = [r for r in self.rungs if r.rung > rung]
        return self.moment(above[0], due) + SECOND if above else None


def ladder_for(policy: Policy, facts: Mapping[str, Any], calendar: WorkCalendar) -> Ladder:
    """The ladder of a case: rungs with a condition that holds, else those without one."""
    special = tuple(rung for rung in policy.ladder if rung.when and any_holds(rung.when, facts))
    return Ladder(special or tuple(rung for rung in policy.ladder if not rung.when), calendar)


def rungs_due(run: ClockRun, ladder: Ladder, now: datetime) -> list[Rung]:
    """The rungs of a breached clock reached by now; one answered late keeps those that passed before (E5)."""
    if run.state(now) != "breached":
        return []
    end = run.ended_at
    return ladder.passed(run.due, now if end is None else min(now, end))


def next_rung(run: ClockRun, ladder: Ladder, highest: int) -> datetime | None:
    """When a clock next reaches a rung above ``highest``, if nothing happens before; None for never."""
    if run.paused:
        return None
    moment = ladder.next_after(run.due, highest)
    end = run.ended_at
    if moment is None or (end is not None and end < moment):
        return None
    return moment


def clock_escalation(
    case_id: str, run: ClockRun, rung: Rung, level: int, policy: Policy, now: datetime
) -> Escalation:
    """The escalation of one rung of a breached clock."""
    rule = policy.clock(run.clock)
    assert rule is not None
    return Escalation(
        case_id=case_id,
        rule=f"clock.{run.clock}",
        clause=rule.clause,
        clock=run.clock,
        epoch=str(run.epoch),
        rung=rung.rung,
        recipient=rung.to,
        level=level,
        due=run.due,
        at=now,
        next_step=run.clock,
    )


def case_escalations(
    case: Case,
    policy: Policy,
    graded: Graded,
    ladder: Ladder,
    raised: Collection[Key],
    now: datetime,
    around: Surroundings,
    clocks: Sequence[ClockRun],
) -> list[Escalation]:
    """The escalations of a case that no clock drives and that are not recorded yet: level raised, failed inspection,
    unsatisfied or unreachable callback, overdue supervision, a promise missed after another setback (E2)."""
    if case.history or case.state == "closed" or not case.counted:
        return []
    return [
        Escalation(
            case_id=case.case_id,
            rule=due.rule.id,
            clause=due.rule.clause,
            clock=None,
            epoch=due.epoch,
            rung=rung.rung,
            recipient=rung.to,
            level=due.level or graded.at(now)[0],
            due=due.limit,
            at=now,
            next_step=due.rule.id,
        )
        for due in (*_levels_raised(case, policy, graded, around, now), *_events(case, policy, clocks, now))
        for rung in _rungs(due, ladder)
        if (due.rule.id, due.epoch, rung.rung) not in raised
    ]


WARNED = "staff"
"""Who is warned before a limit passes: those who handle the case."""


def warnings(
    case: Case,
    policy: Policy,
    graded: Graded,
    raised: Collection[Key],
    now: datetime,
    watches: Iterable[Watch],
) -> list[Escalation]:
    """The warnings of clocks that ask for some before their limit, due and not recorded yet (E6)."""
    if case.history or case.state == "closed" or not case.counted:
        return []
    return [
        Escalation(
            case_id=case.case_id,
            rule=watch.rule,
            clause=watch.clause,
            clock=None,
            epoch=str(watch.run.epoch),
            rung=watch.number,
            recipient=WARNED,
            level=graded.at(now)[0],
            due=watch.run.due,
            at=now,
            next_step=watch.run.clock,
        )
        for watch in watches
        if watch.reached(now) and (watch.rule, str(watch.run.epoch), watch.number) not in raised
    ]


class Watch(NamedTuple):
    """A warning of a run: the how manieth it is, and when it is to be given."""

    run: ClockRun
    number: int
    moment: datetime
    clause: str

    @property
    def rule(self) -> str:
        return f"warning.{self.run.clock}"

    def reached(self, now: datetime) -> bool:
        """Whether its moment has come before the run ended; one who waits on the customer is not warned."""
        ended = self.run.ended_at
        return self.moment <= now and not self.run.paused and (ended is None or ended > self.moment)


def watches_of(case: Case, policy: Policy, calendar: WorkCalendar, clocks: Sequence[ClockRun]) -> list[Watch]:
    """The warnings that the clocks of a case ask for, whether their moment has come or not."""
    rules = {rule.id: rule for rule in policy.clocks if rule.warn}
    if not rules:
        return []
    pauses = pauses_of(case)
    return [
        Watch(run, number, warning_at(run, share, calendar, pauses), rules[run.clock].clause)
        for run in clocks
        if run.clock in rules
        for number, share in enumerate(sorted(rules[run.clock].warn), 1)
    ]


class _Due(NamedTuple):
    """Something that a rule wants raised: what tells it from others, its limit, a level that the case had then, and,
    for a rule that climbs, the how manieth setback of the case it is."""

    rule: EventRule
    epoch: str
    limit: datetime | None = None
    level: int | None = None
    setback: int = 1


LEVEL_RULES = ("level-at-once", "level-raised")


def _levels_raised(
    case: Case, policy: Policy, graded: Graded, around: Surroundings, now: datetime
) -> Iterator[_Due]:
    """Each level graver than at log and than any escalated before; a case first graded at an at-once level counts (E2).

    A run that comes late raises the levels between as well, as runs in time would have (E5).
    """
    level, _ = graded.at(now)
    before = min(
        [int(raised.epoch) for raised in case.escalations if raised.rule in LEVEL_RULES], default=None
    )
    at_log = case.level_at_log or level
    at_once, raised_rule = (policy.events.get(name) for name in LEVEL_RULES)
    floor = min(before or at_log, at_log)
    had = levels_until(case, policy.grading, around, now) if level < floor - 1 else ()
    for reached in sorted({level, *(between for between in had if level < between < floor)}, reverse=True):
        if at_once is not None and reached in at_once.levels:
            if before is None or reached <= before:
                yield _Due(at_once, str(reached), level=reached)
        elif raised_rule is not None and reached < floor:
            yield _Due(raised_rule, str(reached), level=reached)


def _events(case: Case, policy: Policy, clocks: Sequence[ClockRun], now: datetime) -> Iterator[_Due]:
    """What happened until now and wants raising, told apart by the entry that caused it (E5)."""
    rules = policy.events
    caused = _entry_ids(case)
    if rule := rules.get("inspection-failed"):
        attempts = [attempt for order in case.rectifications for attempt in order.attempts]
        for failed in [
            a for a in attempts if a.result == "fail" and a.inspected_at and a.inspected_at <= now
        ]:
            yield _Due(rule, caused[failed.inspected_n])
    callbacks = [callback for callback in case.callbacks if callback.at <= now]
    unsatisfied = [c for c in callbacks if c.result == "unsatisfied"]
    if (rule := rules.get("callback-unsatisfied")) and not rule.climbs:
        yield from [_Due(rule, caused[callback.n]) for callback in unsatisfied]
    yield from _setbacks(rules, unsatisfied, caused, _missed_promises(clocks, now))
    if rule := rules.get("callback-unreachable"):
        for number in range(1, len(case.resolutions) + 1):
            tries = [c for c in callbacks if c.epoch == number and c.result == "unreachable"]
            if len(vain_days(tries, number)) >= max(rule.threshold, 1):
                yield _Due(rule, caused[tries[0].n])
    if rule := rules.get("supervision-overdue"):
        for note in case.notes:
            if note.kind in ("supervision", "penalty-proposal") and note.due and note.due < now:
                if not any([note.at <= at <= note.due for at in _answers(case, note)]):
                    yield _Due(rule, caused[note.n], note.due)


def _answers(case: Case, demand: Note) -> list[datetime]:
    """When what a department was to answer was answered: by a follow-up of that department, or by the resolution."""
    follow_ups = [
        note.at
        for note in case.notes
        if note.kind == "follow-up" and note.department == demand.department and note.n > demand.n
    ]
    return [*follow_ups, *(resolution.at for resolution in case.resolutions)]


def _missed_promises(clocks: Sequence[ClockRun], now: datetime) -> list[ClockRun]:
    """The promises to the customer that were not kept."""
    return [run for run in clocks if run.clock == "promise" and run.state(now) == "breached"]


def _setbacks(
    rules: Mapping[str, EventRule],
    unsatisfied: Sequence[Callback],
    caused: Mapping[int, str],
    missed: Sequence[ClockRun],
) -> Iterator[_Due]:
    """What sends a case one rung up each time, in the order in which it happened. A promise that is the first setback
    is raised by its clock already."""
    found: list[tuple[datetime, EventRule, str, datetime | None]] = []
    if (rule := rules.get("callback-unsatisfied")) and rule.climbs:
        found += [(callback.at, rule, caused[callback.n], None) for callback in unsatisfied]
    if (rule := rules.get("promise-missed")) and rule.climbs:
        found += [(run.due, rule, str(run.epoch), run.due) for run in missed]
    for number, (_at, rule, epoch, limit) in enumerate(sorted(found, key=lambda each: each[0]), 1):
        if limit is None or number > 1:
            yield _Due(rule, epoch, limit, setback=number)


def _entry_ids(case: Case) -> Mapping[int, str]:
    return {act.n: act.entry.id for act in case.timeline}


def _rungs(due: _Due, ladder: Ladder) -> list[Rung]:
    """The rungs that are reached at once; for a rule that climbs the one of the setback, the highest for all beyond."""
    rungs = [rung for rung in ladder.rungs if rung.rung in due.rule.rungs]
    return rungs[: due.setback][-1:] if due.rule.climbs else rungs


def next_look(
    case: Case,
    policy: Policy,
    graded: Graded,
    now: datetime,
    pending: bool,
    clocks: Sequence[ClockRun],
    watches: Iterable[Watch],
) -> datetime | None:
    """The earliest moment at which a rule other than a clock's could change something; None for never (E1)."""
    if case.history or case.state == "closed" or not case.counted:
        return None
    moments = [now] if pending else []
    rise = graded.next_rise(now)
    if rise is not None:
        moments.append(rise)
    closes = quiet_closure(case, policy)
    if closes is not None:
        moments.append(closes)
    moments += [w.moment for w in watches if w.moment > now and w.run.ended_at is None and not w.run.paused]
    moments += [note.due + SECOND for note in case.notes if note.due is not None and note.due >= now]
    if "promise-missed" in policy.events:
        promised = [run for run in clocks if run.clock == "promise" and run.ended_at is None]
        moments += [run.due + SECOND for run in promised if not run.paused and run.due >= now]
    return min(moments, default=None)


def quiet_closure(case: Case, policy: Policy) -> datetime | None:
    """When a resolved case without callback closes by itself: after so many quiet days (H6)."""
    if case.state != "resolved" or case.needs_callback or case.resolved is None:
        return None
    return day_end(day_of(case.resolved.at) + timedelta(days=policy.quiet_days)) + SECOND


def topic_escalations(
    topic: str,
    month: str,
    policy: Policy,
    ladder: Ladder,
    lowest: int,
    raised: Collection[Key],
    now: datetime,
) -> list[Escalation]:
    """The escalations of a hot topic: as many different people on one matter in one month as the policy says (E2)."""
    rule = policy.events.get("hot-topic")
    if rule is None:
        return []
    epoch = f"{topic}|{month}"
    return [
        Escalation(
            case_id=None,
            rule=rule.id,
            clause=rule.clause,
            clock=None,
            epoch=epoch,
            rung=rung.rung,
            recipient=rung.to,
            level=lowest,
            due=None,
            at=now,
            next_step=rule.id,
            subject=topic,
        )
        for rung in _rungs(_Due(rule, epoch), ladder)
        if (rule.id, epoch, rung.rung) not in raised
    ]


NEXT_STEPS: Mapping[str, Message] = {
    "dispatch": say(N_("Dispatch the case to a department.")),
    "contact": say(N_("Contact the customer.")),
    "on-site": say(N_("Go to the scene and record cause, extent and first measures.")),
    "reply": say(N_("Reply to the customer.")),
    "plan": say(N_("Give the customer a plan.")),
    "promise": say(N_("Do what was promised, or agree a new time with the customer.")),
    "handle": say(N_("Finish the handling that was dispatched.")),
    "resolve": say(N_("Resolve the case.")),
    "close": say(N_("Bring the case to its closure.")),
    "rectification": say(N_("Finish the rectification.")),
    "inspection": say(N_("Inspect the rectification.")),
    "callback": say(N_("Call the customer back.")),
    "brief": say(N_("Hand in the brief.")),
    "follow-up": say(N_("Follow up: nobody has acted on the case for days.")),
    "authority": say(N_("Answer the authority.")),
    "event-report": say(N_("Hand in the department's event report.")),
    "level-at-once": say(N_("Take charge of the case: it is grave.")),
    "level-raised": say(N_("Take charge of the case: its level has become graver.")),
    "hot-topic": say(N_("Look into the matter as a whole: several people complain of it.")),
    "inspection-failed": say(N_("Have the failed rectification done again.")),
    "callback-unsatisfied": say(N_("Handle the case again: the customer is not satisfied.")),
    "promise-missed": say(N_("See to it yourself: what was promised was not done once more.")),
    "callback-unreachable": say(N_("Find another way to reach the customer.")),
    "supervision-overdue": say(N_("Demand the overdue answer from the department.")),
    "obligation-overdue": say(N_("Hand it in, or say why it cannot be.")),
}
"""What the one who is told should do next, by clock or rule (E3)."""


def run_sort_key(escalation: Escalation) -> tuple[str, str, str, int]:
    """A stable order for escalations of one run: by case, clock or rule, epoch, rung."""
    return (escalation.case_id or "", escalation.clock or escalation.rule, escalation.epoch, escalation.rung)

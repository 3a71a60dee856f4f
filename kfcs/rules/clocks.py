"""Clocks: what must have happened by when (SPEC T3–T6).

``clock_runs`` reads every run of every clock off a case. A run does not depend on the time at which it is asked;
``ClockRun.state`` judges it at a moment. Starts and stops are acts of people only (T6): derived entries leave no
trace in a ``Case`` that this module looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from kfcs.cases import Case
from kfcs.period import SHANGHAI
from kfcs.rules.calendar import WorkCalendar
from kfcs.rules.conditions import any_holds
from kfcs.rules.durations import Duration, Pause, deadline
from kfcs.rules.facts import facts_since, pauses_of
from kfcs.rules.grade import Graded, grave_since
from kfcs.rules.policy import ClockRule, Limit, LimitException, Policy

PAUSABLE = frozenset({"resolve", "close"})
"""Clocks that wait while the customer is waited on (T4)."""


class Start(NamedTuple):
    """One beginning of a clock. ``until`` ends the epoch it belongs to; ``own`` is a limit that the act named."""

    epoch: int
    at: datetime
    own: datetime | str | None = None
    until: datetime | None = None
    stopped: datetime | None = None
    replaced: datetime | None = None


class ClockRun(NamedTuple):
    """One run of a clock, from ``start`` to ``due``.

    ``stopped_at`` is the act that answered it; ``cancelled_at`` when its case was closed or merged, or the limit
    replaced, before an answer. ``paused`` says that the customer is being waited on. ``provisional`` names years
    whose working days are not published yet.
    """

    clock: str
    epoch: int
    start: datetime
    due: datetime
    stopped_at: datetime | None = None
    cancelled_at: datetime | None = None
    paused: bool = False
    provisional: tuple[int, ...] = ()
    limit: Duration | None = None

    @property
    def ended_at(self) -> datetime | None:
        ends = [moment for moment in (self.stopped_at, self.cancelled_at) if moment is not None]
        return min(ends, default=None)

    def state(self, now: datetime) -> str:
        """running, met, breached, paused or cancelled at a moment (T5): met at exactly the due second is met."""
        if self.stopped_at is not None:
            return "met" if self.stopped_at <= self.due else "breached"
        if self.cancelled_at is not None:
            return "cancelled" if self.cancelled_at <= self.due else "breached"
        if self.paused:
            return "paused"
        return "running" if now <= self.due else "breached"


def clock_runs(
    case: Case, policy: Policy, calendar: WorkCalendar, facts: Mapping[str, Any], graded: Graded
) -> tuple[ClockRun, ...]:
    """Every run of every clock of the policy on a case, in the policy's order, the latest run of a clock first."""
    if not case.counted:
        return tuple(_cancelled(run, case) for run in _runs(case, policy, calendar, facts, graded))
    return tuple(_runs(case, policy, calendar, facts, graded))


def _runs(
    case: Case, policy: Policy, calendar: WorkCalendar, facts: Mapping[str, Any], graded: Graded
) -> Iterator[ClockRun]:
    pauses = pauses_of(case)
    reachable = graded.reachable
    for rule in policy.clocks:
        if case.kind not in rule.kinds or (rule.when and not any_holds(rule.when, facts)):
            continue
        if rule.levels and not rule.levels & reachable:
            continue
        exceptions = [exception for exception in rule.exceptions if any_holds(exception.when, facts)]
        begin = next((exception.start for exception in exceptions if exception.start), rule.start)
        if begin == "level":
            starts = [Start(1, at) for at in grave_since(case, policy.grading, graded, rule.levels)]
        else:
            starts = _STARTS[begin](case)
        if not starts:
            continue
        runs = [_run(rule, start, exceptions, case, calendar, pauses) for start in starts]
        standing = [run for run in runs if run is not None]
        if begin == "silence":
            standing = [run for run in standing if run.ended_at is None or run.ended_at > run.due]
        yield from reversed(standing)


def _cancelled(run: ClockRun, case: Case) -> ClockRun:
    """A run of a case that leaves every clock: cancelled, whatever it was (H7, C3)."""
    end = _left(case) or run.due
    return run._replace(stopped_at=None, cancelled_at=min(end, run.due), paused=False)


def _run(
    rule: ClockRule,
    start: Start,
    exceptions: Sequence[LimitException],
    case: Case,
    calendar: WorkCalendar,
    pauses: Sequence[Pause],
) -> ClockRun | None:
    over: tuple[Pause, ...] = ()
    if rule.id in PAUSABLE:
        over = tuple(pause for pause in pauses if pause.end is not None and pause.end > start.at)
    counted = _due(start, rule.limit, case, calendar, over)
    for exception in exceptions:
        if exception.limit and (counted is None or not _came_too_late(exception, case, counted.due)):
            counted = _due(start, exception.limit, case, calendar, over)
            break
    if counted is None:
        return None
    stopped, cancelled = _end(rule, start, case)
    waiting = rule.id in PAUSABLE and any(
        [pause.end is None and pause.start <= counted.due for pause in pauses]
    )
    return ClockRun(
        clock=rule.id,
        epoch=start.epoch,
        start=start.at,
        due=counted.due,
        stopped_at=stopped,
        cancelled_at=cancelled,
        paused=waiting and stopped is None and cancelled is None,
        provisional=counted.provisional,
        limit=counted.duration,
    )


def _came_too_late(exception: LimitException, case: Case, due: datetime) -> bool:
    """Whether an act that grants another limit came only after the breach: a breach that has happened stays."""
    named = {test.fact for alternative in exception.when for test in alternative.comparisons}
    return any([since > due for fact, since in facts_since(case).items() if fact in named])


class _Counted(NamedTuple):
    due: datetime
    provisional: tuple[int, ...]
    duration: Duration | None


def _due(
    start: Start, limit: Limit, case: Case, calendar: WorkCalendar, pauses: tuple[Pause, ...]
) -> _Counted | None:
    """The limit counted from the start; None where it was to be named by an act and was not."""
    if isinstance(start.own, str):
        duration = Duration.parse(start.own)
    elif limit.by == "own":
        return None if start.own is None else _Counted(start.own, (), None)
    elif limit.duration is not None:
        duration = limit.duration
    else:
        duration = Duration.parse(case.urgency)
    counted = deadline(start.at, duration, calendar, pauses, start.at)
    return _Counted(counted.due, counted.provisional, duration)


def _end(rule: ClockRule, start: Start, case: Case) -> tuple[datetime | None, datetime | None]:
    """When the run was answered, and when it was cancelled instead."""
    answers = [start.stopped] if start.stopped else []
    for name in rule.until:
        answers += [at for at in _STOPS[name](case) if at >= start.at]
    stopped = min(answers, default=None)
    ends = [moment for moment in (start.replaced, start.until, _left(case)) if moment and moment >= start.at]
    cancelled = min(ends, default=None)
    if stopped is not None and (cancelled is None or stopped <= cancelled):
        return stopped, None
    return None, cancelled


def _left(case: Case) -> datetime | None:
    """When the case was closed or folded into another, which cancels what still runs."""
    if case.merged_into:
        return next(act.entry.at for act in case.timeline if act.entry.case_id != case.case_id)
    return case.closed.at if case.closed else None


# ---------------------------------------------------------------- where runs begin


def _from_log(case: Case) -> list[Start]:
    """Each epoch: the receipt, then every reopening (T6)."""
    ends = [*case.epochs[1:], None]
    return [Start(n, at, until=end) for n, (at, end) in enumerate(zip(case.epochs, ends, strict=True), 1)]


def _from_receipt(case: Case) -> list[Start]:
    return [Start(1, case.received_at, own=case.authority_due)]


def _from_dispatch(case: Case) -> list[Start]:
    """The first dispatch of each epoch."""
    starts = []
    for epoch in _from_log(case):
        within = [
            d for d in case.dispatches if epoch.at <= d.at and (epoch.until is None or d.at < epoch.until)
        ]
        if within:
            first = min(within, key=lambda d: (d.at, d.n))
            starts.append(Start(epoch.epoch, first.at, own=first.contact_within, until=epoch.until))
    return starts


def _from_on_site(case: Case) -> list[Start]:
    """The first contact marked on-site of each epoch."""
    starts = []
    for epoch in _from_log(case):
        there = [c.at for c in case.contacts if c.on_site and epoch.at <= c.at < (epoch.until or _FAR)]
        if there:
            starts.append(Start(epoch.epoch, min(there), until=epoch.until))
    return starts


def _from_promise(case: Case) -> list[Start]:
    """Each promise; the next one agreed replaces it (T4)."""
    promises = [(c.at, c.n, c.promise) for c in case.contacts if c.promise is not None]
    return _each_replacing_the_last(promises)


def _from_due_dispatch(case: Case) -> list[Start]:
    """Each dispatch with a due of its own; the next such one replaces it."""
    return _each_replacing_the_last([(d.at, d.n, d.due) for d in case.dispatches if d.due is not None])


def _each_replacing_the_last(limits: list[tuple[datetime, int, datetime]]) -> list[Start]:
    limits = sorted(limits)
    ends = [at for at, _, _ in limits[1:]]
    return [
        Start(epoch, at, own=due, replaced=ends[epoch - 1] if epoch <= len(ends) else None)
        for epoch, (at, _, due) in enumerate(limits, 1)
    ]


def _from_order(case: Case) -> list[Start]:
    """Each attempt at each rectification, stopped when it is done."""
    attempts = [attempt for order in case.rectifications for attempt in order.attempts]
    attempts.sort(key=lambda a: (a.ordered_at, a.number))
    return [Start(n, a.ordered_at, own=a.due, stopped=a.done_at) for n, a in enumerate(attempts, 1)]


def _from_done(case: Case) -> list[Start]:
    """Each attempt that was done, stopped when it is inspected."""
    done = [a for order in case.rectifications for a in order.attempts if a.done_at is not None]
    done.sort(key=lambda a: (a.done_at or _FAR, a.number))
    return [Start(n, a.done_at or _FAR, stopped=a.inspected_at) for n, a in enumerate(done, 1)]


def _from_resolution(case: Case) -> list[Start]:
    """Each resolution that wants a callback, stopped by the callback that reached the customer (H5, H6)."""
    if not case.needs_callback:
        return []
    starts = []
    for number, resolution in enumerate(case.resolutions, 1):
        reached = [c.at for c in case.callbacks if c.epoch == number and c.result != "unreachable"]
        until = next((at for at in case.epochs if at > resolution.at), None)
        stopped = min(reached, default=None)
        starts.append(Start(number, resolution.at, until=until, stopped=stopped))
    return starts


def _from_silence(case: Case) -> list[Start]:
    """Each person's act; the next one ends the silence. Only a silence that was too long, or still lasts, matters."""
    acts = sorted(case.person_acts, key=lambda act: (act[1], act[0]))
    starts = [
        Start(n, at, stopped=end) for (n, at), (_, end) in zip(acts, [*acts[1:], (0, None)], strict=True)
    ]
    quiet_from = case.resolved.at if case.resolved and not case.needs_callback else _FAR
    left = min(_left(case) or _FAR, quiet_from)
    return [start for start in starts if start.at < left]


_FAR = datetime(9999, 12, 31, tzinfo=SHANGHAI)

_STARTS: Mapping[str, Callable[[Case], list[Start]]] = {
    "log": _from_log,
    "receipt": _from_receipt,
    "dispatch": _from_dispatch,
    "contact.on-site": _from_on_site,
    "promise": _from_promise,
    "dispatch.due": _from_due_dispatch,
    "rectification.ordered": _from_order,
    "rectification.done": _from_done,
    "resolution": _from_resolution,
    "silence": _from_silence,
}
STARTS = (*_STARTS, "level")
"""Where a clock of a policy may begin."""


# ---------------------------------------------------------------- what stops them


def _resolved(case: Case) -> list[datetime]:
    return [r.at for r in case.resolutions]


_STOPS: Mapping[str, Callable[[Case], list[datetime]]] = {
    "dispatch": lambda case: [d.at for d in case.dispatches],
    "contact": lambda case: [c.at for c in case.contacts],
    "contact.reply": lambda case: [c.at for c in case.contacts if c.reply or c.promise],
    "contact.plan": lambda case: [c.at for c in case.contacts if c.plan],
    "contact.on-site": lambda case: [c.at for c in case.contacts if c.on_site],
    "rectification.ordered": lambda case: [a.ordered_at for r in case.rectifications for a in r.attempts],
    "rectification.done": lambda case: [],
    "inspection": lambda case: [],
    "callback": lambda case: [],
    "act": lambda case: [],
    "resolution": _resolved,
    "closure": lambda case: [c.at for c in case.closures],
    "brief": lambda case: [b.at for b in case.briefs],
}
STOPS = tuple(_STOPS)
"""What may stop a clock of a policy. An act that belongs to one start (an inspection, a callback) stops that alone."""

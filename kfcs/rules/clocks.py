"""Clocks: what must have happened by when (SPEC T3–T6).

``clock_runs`` reads every run of every clock off a case. A run does not depend on the time at which it is asked;
``ClockRun.state`` judges it at a moment. Starts and stops are acts of people only (T6): derived entries leave no
trace in a ``Case`` that this module looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from kfcs.cases import Attempt, Brief, Case, Closure, Contact, Dispatch, Mark, Resolution
from kfcs.entries import Entry
from kfcs.period import DAY, day_end, day_start
from kfcs.rules.calendar import WorkCalendar
from kfcs.rules.conditions import any_holds
from kfcs.rules.durations import Duration, Pause, days_counted, deadline
from kfcs.rules.facts import ALONE, Surroundings, facts_since, pauses_of
from kfcs.rules.grade import Graded, grave_since
from kfcs.rules.policy import ClockRule, Limit, LimitException, Policy

PAUSABLE = frozenset({"resolve", "close"})
"""Clocks that wait while the customer is waited on (T4)."""


class Start(NamedTuple):
    """One beginning of a clock, by the entry ``n``. ``until`` ends the epoch it belongs to, or replaces the limit;
    ``own`` is a limit that the act named; ``stopped`` is the answer that belongs to this start alone."""

    epoch: int
    at: datetime
    n: int = 0
    own: datetime | str | None = None
    until: Mark | None = None
    stopped: Mark | None = None

    @property
    def mark(self) -> Mark:
        return self.at, self.n


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
    case: Case,
    policy: Policy,
    calendar: WorkCalendar,
    facts: Mapping[str, Any],
    graded: Graded,
    around: Surroundings = ALONE,
) -> tuple[ClockRun, ...]:
    """Every run of every clock of the policy on a case, in the policy's order, the latest run of a clock first."""
    if not case.counted:
        return tuple(_cancelled(run, case) for run in _runs(case, policy, calendar, facts, graded, around))
    return tuple(_runs(case, policy, calendar, facts, graded, around))


def _runs(
    case: Case,
    policy: Policy,
    calendar: WorkCalendar,
    facts: Mapping[str, Any],
    graded: Graded,
    around: Surroundings = ALONE,
) -> Iterator[ClockRun]:
    pauses = pauses_of(case)
    departures = _departures(case)
    reachable = graded.reachable
    started: dict[str, list[Start]] = {}
    for rule in policy.clocks:
        if case.kind not in rule.kinds or (rule.when and not any_holds(rule.when, facts)):
            continue
        if rule.levels and not rule.levels & reachable:
            continue
        exceptions = _holding(rule, facts)
        begin = _beginning(rule, exceptions)
        if begin == "level":
            starts = [Start(1, at) for at in grave_since(case, policy.grading, graded, rule.levels, around)]
        elif begin in started:
            starts = started[begin]
        else:
            starts = started[begin] = _STARTS[begin](case)
        if starts:
            runs = [_run(rule, start, exceptions, case, calendar, pauses, departures) for start in starts]
            yield from reversed([run for run in runs if run is not None])


def _holding(rule: ClockRule, facts: Mapping[str, Any]) -> Sequence[LimitException]:
    """The exceptions of a clock whose condition is met."""
    if not rule.exceptions:
        return ()
    return [exception for exception in rule.exceptions if any_holds(exception.when, facts)]


def _beginning(rule: ClockRule, exceptions: Sequence[LimitException]) -> str:
    """Where a clock begins: as an exception says, else as the rule does."""
    for exception in exceptions:
        if exception.start:
            return exception.start
    return rule.start


def warning_at(run: ClockRun, share: int, calendar: WorkCalendar, pauses: Sequence[Pause] = ()) -> datetime:
    """When so many per cent of a run have passed, in the clock's own calendar (E6): of working days, calendar days or
    office minutes as it counts them, else of the time from its start to its limit."""
    unit = "" if run.limit is None else run.limit.unit
    if run.limit is not None and unit == "om":
        whole = calendar.office_seconds_between(run.start, run.due)
        return calendar.add_office_seconds(run.start, whole * share // 100)
    if run.limit is not None and unit in ("d", "wd"):
        notes = days_counted(run.start, run.limit, calendar, pauses, run.start)
        counted = [note.day for note in notes if note.working]
        whole, part = divmod(len(counted) * share, 100)
        if not counted:
            return run.due
        return day_start(counted[whole]) + part * DAY / 100 if part else day_end(counted[whole - 1])
    return run.start + (run.due - run.start) * share / 100


def _cancelled(run: ClockRun, case: Case) -> ClockRun:
    """A run of a case that leaves every clock: cancelled, whatever it was (H7, C3)."""
    end = max(_departures(case))[0]
    return run._replace(stopped_at=None, cancelled_at=min(end, run.due), paused=False)


def _run(
    rule: ClockRule,
    start: Start,
    exceptions: Sequence[LimitException],
    case: Case,
    calendar: WorkCalendar,
    pauses: Sequence[Pause],
    departures: Sequence[Mark],
) -> ClockRun | None:
    stopped, cancelled = _end(rule, start, case, departures)
    over: tuple[Pause, ...] = ()
    if pauses and rule.id in PAUSABLE:
        over = _over(pauses, start.at, min([at for at in (stopped, cancelled) if at], default=None))
    counted = _due(start, rule.limit, case, calendar, over)
    for exception in exceptions:
        if exception.limit and (counted is None or not _came_too_late(exception, case, counted.due)):
            counted = _due(start, exception.limit, case, calendar, over)
            break
    if counted is None:
        return None
    waiting = any([pause.end is None and pause.start <= counted.due for pause in pauses])
    return ClockRun(
        clock=rule.id,
        epoch=start.epoch,
        start=start.at,
        due=counted.due,
        stopped_at=stopped,
        cancelled_at=cancelled,
        paused=waiting and rule.id in PAUSABLE and stopped is None and cancelled is None,
        provisional=counted.provisional,
        limit=counted.duration,
    )


def _over(pauses: Sequence[Pause], start: datetime, ended: datetime | None) -> tuple[Pause, ...]:
    """The waits that are over for a run: who still waits on the customer when the run ends has waited until then."""
    ends = [(pause, pause.end or ended) for pause in pauses]
    return tuple(Pause(pause.start, end) for pause, end in ends if end is not None and end > start)


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


def _end(
    rule: ClockRule, start: Start, case: Case, departures: Sequence[Mark]
) -> tuple[datetime | None, datetime | None]:
    """When the run was answered, and when it was cancelled instead. What follows in the same second follows."""
    answers = [mark for name in rule.until for mark in _STOPS[name](case)]
    stopped = _first_after(start, [*answers, start.stopped])
    cancelled = _first_after(start, [*departures, start.until])
    if stopped is not None and (cancelled is None or stopped <= cancelled):
        return stopped[0], None
    return None, None if cancelled is None else cancelled[0]


def _first_after(start: Start, marks: Iterable[Mark | None]) -> Mark | None:
    return min([mark for mark in marks if mark is not None and mark > start.mark], default=None)


def _departures(case: Case) -> list[Mark]:
    """Each time the case was closed or folded into another, which cancels what then still ran for good."""
    closed = [(closure.at, closure.n) for closure in case.closures]
    return closed if case.merged is None else [*closed, case.merged]


# ---------------------------------------------------------------- where runs begin


def _from_log(case: Case) -> list[Start]:
    """Each epoch: the receipt, then every reopening (T6)."""
    ends = [*(epoch.mark for epoch in case.epochs[1:]), None]
    return [
        Start(number, epoch.at, epoch.n, until=end)
        for number, (epoch, end) in enumerate(zip(case.epochs, ends, strict=True), 1)
    ]


def _from_receipt(case: Case) -> list[Start]:
    return [Start(1, case.received_at, case.epochs[0].n, own=case.authority_due)]


def _from_dispatch(case: Case) -> list[Start]:
    """The first dispatch of each epoch."""
    return _first_of_each_epoch(case, [(d.at, d.n, d.contact_within) for d in case.dispatches])


def _from_on_site(case: Case) -> list[Start]:
    """The first contact marked on-site of each epoch."""
    return _first_of_each_epoch(case, [(c.at, c.n, None) for c in case.contacts if c.on_site])


def _first_of_each_epoch(case: Case, acts: list[tuple[datetime, int, str | None]]) -> list[Start]:
    starts: list[Start] = []
    if not acts:
        return starts
    for epoch in _from_log(case):
        within = [
            act for act in acts if epoch.mark <= act[:2] and (epoch.until is None or act[:2] < epoch.until)
        ]
        if within:
            at, n, own = min(within, key=lambda act: act[:2])
            starts.append(Start(epoch.epoch, at, n, own=own, until=epoch.until))
    return starts


def _from_promise(case: Case) -> list[Start]:
    """Each promise; the next one agreed replaces it (T4)."""
    promises = [(c.at, c.n, c.promise) for c in case.contacts if c.promise is not None]
    return _each_replacing_the_last(case, promises, "contact", "promise")


def _from_due_dispatch(case: Case) -> list[Start]:
    """Each dispatch with a due of its own; the next such one replaces it."""
    limits = [(d.at, d.n, d.due) for d in case.dispatches if d.due is not None]
    return _each_replacing_the_last(case, limits, "dispatch", "due")


def _each_replacing_the_last(
    case: Case, limits: list[tuple[datetime, int, datetime]], kind: str, field: str
) -> list[Start]:
    """Starts that are counted in the order recorded, those taken back too: an act keeps its number when another is
    recorded late, amended or taken back, and so is not escalated anew (E5)."""
    if not limits:
        return []
    standing = {n for _, n, _ in limits}
    acts = [act for act in case.timeline if act.entry.kind == kind]
    setting = [act.n for act in acts if act.entry.body.get(field) or act.n in standing]
    limits = sorted(limits)
    nexts = [*[limit[:2] for limit in limits[1:]], None]
    return [
        Start(setting.index(n) + 1, at, n, own=due, until=following)
        for (at, n, due), following in zip(limits, nexts, strict=False)
    ]


def _from_order(case: Case) -> list[Start]:
    """Each attempt at each rectification, stopped when it is done."""
    return [
        Start(
            number, a.ordered_at, a.n, own=a.due, stopped=None if a.done_at is None else (a.done_at, a.done_n)
        )
        for number, a in _attempts(case)
    ]


def _from_done(case: Case) -> list[Start]:
    """Each attempt that was done, stopped when it is inspected."""
    starts = []
    for number, a in _attempts(case):
        if a.done_at is not None:
            stopped = None if a.inspected_at is None else (a.inspected_at, a.inspected_n)
            starts.append(Start(number, a.done_at, a.done_n, stopped=stopped))
    return sorted(starts, key=lambda start: start.mark)


def _attempts(case: Case) -> list[tuple[int, Attempt]]:
    """The attempts at all rectifications with their numbers, as they follow each other in time.

    They are counted in the order recorded, those taken back too: a number stays with its attempt.
    """
    if not case.rectifications:
        return []
    attempts = [attempt for order in case.rectifications for attempt in order.attempts]
    ordering = {act.n for act in case.timeline if _orders(act.entry)} | {attempt.n for attempt in attempts}
    numbers = {n: number for number, n in enumerate(sorted(ordering), 1)}
    return sorted([(numbers[a.n], a) for a in attempts], key=lambda found: (found[1].ordered_at, found[1].n))


def _orders(entry: Entry) -> bool:
    return entry.kind == "rectification-ordered" or (
        entry.kind == "inspection" and entry.body.get("result") == "fail"
    )


def _from_resolution(case: Case) -> list[Start]:
    """Each resolution that wants a callback, stopped by the callback that reached the customer (H5, H6)."""
    starts: list[Start] = []
    if not case.resolutions or not case.needs_callback:
        return starts
    for number, resolution in enumerate(case.resolutions, 1):
        mark = resolution.at, resolution.n
        reached = [(c.at, c.n) for c in case.callbacks if c.epoch == number and c.result != "unreachable"]
        until = next((epoch.mark for epoch in case.epochs if epoch.mark > mark), None)
        starts.append(Start(number, *mark, until=until, stopped=min(reached, default=None)))
    return starts


def _from_silence(case: Case) -> list[Start]:
    """Each person's act while the case is to be followed up; the next one ends the silence, as what settles the case
    does. Only such acts are counted, so that the number does not depend on how often the program wrote (E5)."""
    acts = sorted((at, n) for n, at in case.person_acts)
    rests = list(_rests(case))
    of_people = [act.n for act in case.timeline if not act.entry.derived]
    numbers = {n: number for number, n in enumerate(of_people, 1)}
    starts = []
    for act, following in zip(acts, [*acts[1:], None], strict=True):
        if not any([begin <= act and (end is None or act < end) for begin, end in rests]):
            settled = min([begin for begin, _ in rests if begin > act], default=None)
            starts.append(Start(numbers[act[1]], *act, until=settled, stopped=following))
    return starts


def _rests(case: Case) -> Iterator[tuple[Mark, Mark | None]]:
    """The times in which nobody need act: closed or folded in, or resolved where no callback is due (H6)."""
    begins = _departures(case)
    if not case.needs_callback:
        begins += [(resolution.at, resolution.n) for resolution in case.resolutions]
    for begin in begins:
        yield begin, next((epoch.mark for epoch in case.epochs if epoch.mark > begin), None)


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


def _marks(acts: Iterable[Dispatch | Contact | Resolution | Closure | Brief]) -> list[Mark]:
    return [(act.at, act.n) for act in acts]


_STOPS: Mapping[str, Callable[[Case], list[Mark]]] = {
    "dispatch": lambda case: _marks(case.dispatches),
    "contact": lambda case: _marks(case.contacts),
    "contact.reply": lambda case: _marks(c for c in case.contacts if c.reply or c.promise),
    "contact.plan": lambda case: _marks(c for c in case.contacts if c.plan),
    "contact.on-site": lambda case: _marks(c for c in case.contacts if c.on_site),
    "rectification.ordered": lambda case: [
        (a.ordered_at, a.n) for r in case.rectifications for a in r.attempts
    ],
    "rectification.done": lambda case: [],
    "inspection": lambda case: [],
    "callback": lambda case: [],
    "act": lambda case: [],
    "resolution": lambda case: _marks(case.resolutions),
    "closure": lambda case: _marks(case.closures),
    "brief": lambda case: _marks(case.briefs),
}
STOPS = tuple(_STOPS)
"""What may stop a clock of a policy. An act that belongs to one start (an inspection, a callback) stops that alone."""

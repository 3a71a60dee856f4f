"""When a customer is to be called, told or asked (SPEC O2): occasions, and what has become of them. Pure.

A rule names what gives the occasion (a signing, a handover, a node of the works …) and when it is due, by one of a
few forms. What happened is handed in as causes; the ledger and the month are the caller's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple, Self

from kfcs.period import DAY, Period, add_months, day_of, day_start
from kfcs.rules.calendar import WorkCalendar
from kfcs.rules.durations import Duration, deadline

TRIGGERS = (
    "signed",
    "handed-over",
    "node",
    "design-change",
    "warranty",
    "rectification-closed",
    "handover-due",
    "yearly",
)
"""What gives an occasion."""
AHEAD = ("warranty", "handover-due")
"""Triggers that name a day to come: what is to be done is due so many months before it."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_LEAP_YEAR = 2024
LAST = 31
"""The day of a month that stands for its last: a shorter month has it on its own last day."""


class DayForm(NamedTuple):
    """A day, told from another: of the same month, the next, or that of the due day; or a fixed one of the year."""

    day: int
    month: str
    """``this``, ``next``, ``that``, or a month's English name."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """``10th of next month``, ``last day of this month``, ``1st of that month`` or ``30 November``.

        Raises ValueError, naming the text, for anything else.
        """
        longest = LAST
        if found := _OF_MONTH.fullmatch(text.strip()):
            day = LAST if found["last"] else int(found["day"])
            month = found["month"]
        elif found := _OF_YEAR.fullmatch(text.strip()):
            day, month = int(found["day"]), found["month"].capitalize()
            first = date(_LEAP_YEAR, MONTHS.index(month) + 1, 1)
            longest = (add_months(first, 1) - first).days
        else:
            raise ValueError(f"{text!r} is no day such as 10th of next month or 30 November")
        if not 1 <= day <= longest:
            raise ValueError(f"{text!r} is no day of a month")
        return cls(day, month)

    @property
    def fixed(self) -> bool:
        """Whether it is a day of the year, whatever happened when."""
        return self.month in MONTHS

    def of(self, day: date) -> date:
        """The day that this form means from another one; a month too short for it has it on its last day."""
        if self.fixed:
            first = date(day.year, MONTHS.index(self.month) + 1, 1)
        else:
            first = add_months(day.replace(day=1), 1 if self.month == "next" else 0)
        return min(first + (self.day - 1) * DAY, add_months(first, 1) - DAY)


_OF_MONTH = re.compile(
    r"(?:(?P<last>last day)|(?P<day>[0-9]{1,2})(?:st|nd|rd|th)) of (?P<month>this|next|that) month"
)
_OF_YEAR = re.compile(rf"(?P<day>[0-9]{{1,2}}) (?P<month>{'|'.join(MONTHS)})", re.IGNORECASE)


class TouchpointRule(NamedTuple):
    """What is to be done for a customer, what gives the occasion, and when it is due.

    One of ``due``, ``within`` and ``months_before`` says when. ``start`` is the first day on which it makes sense;
    without it that is the day of the occasion, or the due day itself where the occasion is still to come. ``survey``
    is the stage whose survey does it too; ``feedback`` says that the customer's answer is to be collected.
    """

    id: str
    clause: str
    title: Mapping[str, str]
    assumed: bool
    trigger: str
    start: DayForm | None = None
    due: DayForm | None = None
    within: Duration | None = None
    months_before: int = 0
    nodes: frozenset[str] = frozenset()
    survey: str | None = None
    feedback: bool = False

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """The rule that a row of a valid policy states."""
        start, due, within = row.get("from"), row.get("due"), row.get("within")
        return cls(
            id=row["id"],
            clause=row["clause"],
            title=row["title"],
            assumed=bool(row.get("assumed")),
            trigger=row["trigger"],
            start=None if start is None else DayForm.parse(start),
            due=None if due is None else DayForm.parse(due),
            within=None if within is None else Duration.parse(within),
            months_before=row.get("months_before", 0),
            nodes=frozenset(row.get("nodes", ())),
            survey=row.get("survey"),
            feedback=bool(row.get("feedback")),
        )

    def days(self, on: date, calendar: WorkCalendar) -> tuple[date, date]:
        """From when and by when it is to be done for what happened, or will happen, on a day."""
        if self.due is not None:
            due = self.due.of(on)
        elif self.within is not None:
            due = day_of(deadline(day_start(on), self.within, calendar).due)
        else:
            due = add_months(on, -self.months_before)
        if self.start is None:
            return (due if self.trigger in AHEAD else on), due
        return min(self.start.of(due if self.start.month == "that" else on), due), due

    def reach(self) -> tuple[timedelta, timedelta]:
        """How far before its cause, and how far after it, what is to be done can lie: for looking causes up."""
        if self.trigger in AHEAD:
            return (self.months_before + 2) * 31 * DAY, 0 * DAY
        span = 0 if self.within is None else self.within.amount * (4 if self.within.unit == "wd" else 1) + 31
        return 31 * DAY, max(2 * 31, span) * DAY


class Cause(NamedTuple):
    """Something that gives an occasion: where, when, and what tells it from others of its kind.

    ``home`` is None for what concerns a whole project; ``what`` is the node, the warranty or the case, where there is
    one. ``known_on`` is the day on which the ledger heard of it.
    """

    project: str
    home: str | None
    on: date
    matter: str
    what: str | None
    known_on: date


class Occasion(NamedTuple):
    """One thing to be done for one home, or one project."""

    rule: TouchpointRule
    cause: Cause
    start: date
    due: date

    @property
    def place(self) -> tuple[str, str | None]:
        return self.cause.project, self.cause.home

    def touches(self, period: Period) -> bool:
        """Whether it begins or is due in a period."""
        return any(period.first <= day < period.after for day in (self.start, self.due))


def occasions(rule: TouchpointRule, causes: Iterable[Cause], calendar: WorkCalendar) -> Iterator[Occasion]:
    """What a rule asks for on each cause of its trigger."""
    for cause in causes:
        if rule.nodes and cause.what not in rule.nodes:
            continue
        yield Occasion(rule, cause, *rule.days(cause.on, calendar))


# ---------------------------------------------------------------- what has been done


class Done(NamedTuple):
    """Somebody did it: for a home, or for all homes of a project at once (``home`` None).

    ``matter`` is that of the occasion; None, of a survey, fits every occasion that began by then.
    """

    touchpoint: str
    project: str
    home: str | None
    matter: str | None
    on: date
    feedback: bool = False


class Outcome(NamedTuple):
    """When an occasion was first seen to, and whether the customer's answer has come in."""

    on: date | None
    feedback: bool


class DoneList:
    """What has been done, ready to be asked for one occasion after another."""

    def __init__(self, done: Iterable[Done]) -> None:
        self._by_matter: dict[tuple[str, str, str | None, str | None], Outcome] = {}
        self._surveys: dict[tuple[str, str, str | None], list[date]] = {}
        for each in done:
            if each.matter is None:
                self._surveys.setdefault(each[:3], []).append(each.on)
                continue
            key = each[:4]
            before = self._by_matter.get(key)
            first = each.on if before is None or before.on is None else min(each.on, before.on)
            self._by_matter[key] = Outcome(first, each.feedback or (before is not None and before.feedback))

    def of(self, occasion: Occasion) -> Outcome:
        """What has become of an occasion."""
        rule, cause = occasion.rule, occasion.cause
        found = [
            outcome
            for home in dict.fromkeys((cause.home, None))
            if (outcome := self._by_matter.get((rule.id, cause.project, home, cause.matter)))
        ]
        days = [outcome.on for outcome in found if outcome.on]
        surveys = self._surveys.get((rule.id, cause.project, cause.home), ())
        days += [day for day in surveys if day >= cause.on]
        return Outcome(min(days, default=None), any(outcome.feedback for outcome in found))


def state_of(occasion: Occasion, done_on: date | None, today: date) -> str:
    """upcoming, done, late (done after its due day) or missed (past it, and not done)."""
    if done_on is not None:
        return "done" if done_on <= occasion.due else "late"
    return "missed" if today > occasion.due else "upcoming"


EARLY = 92 * DAY
"""How long before its time something may be done ahead."""


def meant(open_ones: Sequence[Occasion], day: date) -> list[Occasion]:
    """Which of the occasions still open at a place is meant when somebody says on a day that it is done.

    The one whose time it is; else the one missed last; else the next to come, unless that is still long in coming. With
    it go all that are due on the same day: one notice tells of every warranty that ends then.
    """
    near = [occasion for occasion in open_ones if occasion.start <= day + EARLY]
    if not near:
        return []

    def rank(occasion: Occasion) -> tuple[int, int]:
        if occasion.start <= day <= occasion.due:
            return 0, occasion.due.toordinal()
        past = occasion.due < day
        return (1, -occasion.due.toordinal()) if past else (2, occasion.due.toordinal())

    due = min(near, key=rank).due
    return [occasion for occasion in near if occasion.due == due]

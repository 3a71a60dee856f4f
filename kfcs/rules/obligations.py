"""What must be handed in by a date (SPEC O1): on which days it falls due, for which period, and how it stands.

The days that a rule names are nominal. Each is counted from its own month, never from the last due date, so that the
31st comes back after a short month. Rolling moves the due date and leaves the period as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from kfcs.period import DAY, Period, add_months, day_end, day_of
from kfcs.rules.calendar import WorkCalendar

LAST = 31
"""The last day of every month: a day that a month lacks is its last one."""
TENTH = 10
"""What is due by this day is for the month before, where a rule does not say otherwise."""
REACH = 62 * DAY
"""How far a due date may lie after its nominal day; the longest break known is ten days."""

ROLLS = ("none", "next-working-day", "statutory-plus-one")
PERIODS = ("day", "month", "last-month", "half-month", "quarter", "last-quarter", "year", "last-year")
BY_THE_TENTH = "by-the-tenth"
"""The period of a rule that names none: the month before until the 10th, the month of the day after it."""
DUE_FORMS = (("day",), ("day", "month"), ("dates",), ("every",), ("half_month",), ("quarter",))
"""The keys that together say when something is due."""
QUARTER_MONTHS = (1, 4, 7, 10)
LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""The most days that each month has."""

SHARED = frozenset({"group", "group-centre", "headquarters"})
"""Those who are one for all branches: what they hand in, they hand in once."""


class DueDays(NamedTuple):
    """The nominal days: every day, or days of a month, each of one month of the year or of all."""

    days: tuple[tuple[int | None, int], ...] = ()
    daily: bool = False

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> DueDays:
        """The days that a policy's table names. Raises ValueError, saying what is wrong with it."""
        form = tuple(sorted(table))
        if form not in DUE_FORMS:
            raise ValueError(f"no way to say when something is due: {', '.join(form)}")
        if form == ("every",):
            return cls(daily=True)
        if form == ("dates",):
            return cls(tuple(_month_and_day(text) for text in table["dates"]))
        if form == ("half_month",):
            return cls(tuple((None, day) for day in _half_months(table["half_month"])))
        if form == ("quarter",):
            return cls(tuple((month, _day(table["quarter"])) for month in QUARTER_MONTHS))
        return cls((_of_month(table.get("month"), table["day"]),))

    def in_month(self, first: date) -> list[date]:
        """The nominal days of the month that begins so."""
        after = add_months(first, 1)
        length = (after - first).days
        if self.daily:
            return [first + n * DAY for n in range(length)]
        wanted = {min(day, length) for month, day in self.days if month in (None, first.month)}
        return [first.replace(day=day) for day in sorted(wanted)]


def _day(value: Any) -> int:
    if value == "last":
        return LAST
    if type(value) is not int or not 1 <= value <= LAST:
        raise ValueError(f"{value!r} is no day of a month")
    return value


def _of_month(month: Any, value: Any) -> tuple[int | None, int]:
    day = _day(value)
    if month is None:
        return None, day
    if type(month) is not int or not 1 <= month <= 12:
        raise ValueError(f"{month!r} is no month")
    if value != "last" and day > LENGTHS[month - 1]:
        raise ValueError(f"month {month} has no day {day}")
    return month, day


def _month_and_day(text: Any) -> tuple[int | None, int]:
    month, dash, day = str(text).partition("-")
    if not (dash and len(month) == len(day) == 2 and month.isdecimal() and day.isdecimal()):
        raise ValueError(f"{text!r} is no date such as 06-30")
    return _of_month(int(month), int(day))


def _half_months(values: Any) -> tuple[int, int]:
    if not isinstance(values, list) or len(values) != 2:
        raise ValueError("expected two days, one in each half of the month")
    first, second = map(_day, values)
    if not first <= 15 < second:
        raise ValueError("expected two days, the first until the 15th, the second after it")
    return first, second


def usual_period(due: Mapping[str, Any]) -> str:
    """The period of what is due so, where the rule names none."""
    for key, period in (("every", "day"), ("half_month", "half-month"), ("quarter", "last-quarter")):
        if key in due:
            return period
    return BY_THE_TENTH


class Obligation(NamedTuple):
    """A rule: what is to be handed in (its id is the name), by whom, when, and for which period."""

    id: str
    clause: str
    title: Mapping[str, str]
    assumed: bool
    by: str
    due: DueDays
    period: str
    roll: str = "none"
    make_up: bool = True

    @property
    def shared(self) -> bool:
        """Whether it is handed in once for all branches."""
        return self.by in SHARED

    @property
    def period_kind(self) -> str:
        """The kind of its periods, as `Period` names it."""
        return "month" if self.period == BY_THE_TENTH else self.period.removeprefix("last-")

    def period_of(self, nominal: date) -> Period:
        """The period for which it is due on a nominal day."""
        if self.period == BY_THE_TENTH:
            month = Period.of("month", nominal)
            return month.previous() if nominal.day <= TENTH else month
        period = Period.of(self.period_kind, nominal)
        return period.previous() if self.period.startswith("last-") else period

    def rolled(self, nominal: date, calendar: WorkCalendar) -> date:
        """The due date of a nominal day (O1, T7)."""
        if self.roll == "next-working-day":
            return calendar.next_working_day(nominal, self.make_up)
        if self.roll == "statutory-plus-one":
            return calendar.plus_one_if_statutory(nominal)
        return nominal


class Duty(NamedTuple):
    """One thing to hand in: an obligation for one period, unique by its name and the period's label."""

    obligation: Obligation
    period: Period
    nominal: date
    day: date

    @property
    def name(self) -> str:
        return self.obligation.id

    @property
    def due(self) -> datetime:
        """The last second at which it is on time."""
        return day_end(self.day)

    def state(self, handed_in: datetime | None, now: datetime) -> str:
        """upcoming, done, late (handed in after its due) or missed (past and not handed in)."""
        if handed_in is not None:
            return "done" if handed_in <= self.due else "late"
        return "upcoming" if now <= self.due else "missed"

    def days_late(self, moment: datetime) -> int:
        """Calendar days, begun ones counted, from the due to a moment; 0 when that is on time."""
        return max((day_of(moment) - self.day).days, 0)

    def guessed_years(self, calendar: WorkCalendar) -> set[int]:
        """The years whose working days are not published and that decided the due date (T2)."""
        if self.obligation.roll == "none":
            return set()
        return {year for year in (self.nominal.year, self.day.year) if calendar.is_provisional(year)}


def duties_due(
    obligations: Iterable[Obligation], first: date, after: date, calendar: WorkCalendar
) -> list[Duty]:
    """What falls due from one day until before another, by the rolled date; in the order of it, then the policy's."""
    found = [
        duty
        for obligation in obligations
        for duty in _duties(
            obligation, first - REACH if obligation.roll != "none" else first, after, calendar
        )
        if first <= duty.day < after
    ]
    return sorted(found, key=lambda duty: duty.day)


def duty_for(obligation: Obligation, text: str, calendar: WorkCalendar) -> Duty | None:
    """The duty for the period that a label names; None when the obligation has no such period.

    Raises ValueError for what is no period of its kind.
    """
    period = Period.parse(obligation.period_kind, text)
    following = Period.of(period.kind, period.after)
    duties = _duties(obligation, period.first, following.after, calendar)
    return next((duty for duty in duties if duty.period.label == period.label), None)


def _duties(obligation: Obligation, first: date, after: date, calendar: WorkCalendar) -> Iterator[Duty]:
    """The duties whose nominal day lies from one day until before another."""
    month = first.replace(day=1)
    while month < after:
        for nominal in obligation.due.in_month(month):
            if first <= nominal < after:
                day = obligation.rolled(nominal, calendar)
                yield Duty(obligation, obligation.period_of(nominal), nominal, day)
        month = add_months(month, 1)


def doubled_period(obligation: Obligation) -> str | None:
    """A period for which the obligation would be due twice; None when each has one due date (P1)."""
    seen: set[str] = set()
    for n in range(48):  # four years, one of them a leap year
        for nominal in obligation.due.in_month(add_months(date(2024, 1, 1), n)):
            label = obligation.period_of(nominal).label
            if label in seen:
                return label
            seen.add(label)
    return None

"""How long things may take (SPEC T1, T4, G): durations, the limits they set, pauses, and ages.

Minutes and hours are exact. The day something begins is day 0, and N days or working days end at 23:59:59 of
the N-th one after it. A wait on the customer moves a limit by what it took, measured in the limit's own unit
and calendar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from kfcs.period import DAY, add_months, day_end, day_of, day_start, in_shanghai
from kfcs.rules.calendar import DayNote, WorkCalendar

UNITS = ("m", "h", "d", "wd", "same-day", "om")
CALENDAR_DAY = "自然日"
"""The source of a day that counts whatever day it is, in the language of the notices."""
PAUSED = "等待客户"
"""The source of a day that does not count because the office waited on the customer (T4)."""

_FORM = re.compile(r"\+?([0-9]{1,5})(m|h|wd|d|om)")
_MICROSECOND = timedelta(microseconds=1)


class Duration(NamedTuple):
    """So many minutes (m), hours (h), calendar days (d), working days (wd), office minutes (om); same-day."""

    amount: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Duration:
        """``15m``, ``48h``, ``3d``, ``5wd``, ``12om`` or ``same-day`` (T1); a plus before it is let pass.

        Raises ValueError, naming the text, for anything else.
        """
        return _parsed(text)

    def __str__(self) -> str:
        return self.unit if self.unit == "same-day" else f"{self.amount}{self.unit}"


@lru_cache(maxsize=256)
def _parsed(text: str) -> Duration:
    plain = text.strip()
    if plain == "same-day":
        return Duration(0, plain)
    found = _FORM.fullmatch(plain)
    if found is None:
        raise ValueError(f"{text!r} is no duration; write it like 15m, 48h, 3d, 5wd, 12om or same-day")
    return Duration(int(found[1]), found[2])


class Pause(NamedTuple):
    """A wait on the customer (T4); `end` is None while it lasts."""

    start: datetime
    end: datetime | None


class Deadline(NamedTuple):
    """A limit, and the years its count touched whose working days are not published (T2)."""

    due: datetime
    provisional: tuple[int, ...] = ()


def deadline(
    start: datetime,
    duration: Duration,
    calendar: WorkCalendar,
    pauses: Iterable[Pause] = (),
    now: datetime | None = None,
) -> Deadline:
    """The limit of what began at `start` (T1), moved by the pauses (T4).

    An open pause lasts until `now`, and has no effect yet when no `now` is given. A pause that begins after
    the limit, as earlier pauses have moved it, has none either.
    """
    if not pauses:
        if duration.unit in _BY_DAY:
            return _of_day(day_of(start), duration, calendar)
        if duration.unit in _EXACT:
            return Deadline(in_shanghai(start) + duration.amount * _EXACT[duration.unit])
    due, _ = _extended(_count(start, duration, calendar), _waits(start, pauses, now))
    return Deadline(due, _guessed(start, due, duration, calendar))


_BY_DAY = frozenset({"d", "wd", "same-day"})
"""Units whose limit depends on the day of the start alone."""
_EXACT = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}
"""Units that are counted by the clock, whatever day it is."""


@lru_cache(maxsize=16_384)
def _of_day(day: date, duration: Duration, calendar: WorkCalendar) -> Deadline:
    """The limit of what began on a day and never waited; a calendar's answers never change."""
    start = day_start(day)
    due = _count(start, duration, calendar).limit(0)
    return Deadline(due, _guessed(start, due, duration, calendar))


def later(moment: datetime, offset: Duration, calendar: WorkCalendar) -> datetime:
    """The moment that lies an offset after another by the same arithmetic: a rung of a ladder (E2)."""
    return _count(moment, offset, calendar).limit(0)


def days_counted(
    start: datetime,
    duration: Duration,
    calendar: WorkCalendar,
    pauses: Iterable[Pause] = (),
    now: datetime | None = None,
) -> tuple[DayNote, ...]:
    """Each day from the one after `start` to the limit, whether it counted, and by which source (T7).

    A paused day does not count. For office minutes the day of the start is listed too; minutes and hours
    count no days.
    """
    if duration.unit in ("m", "h"):
        return ()
    due, waits = _extended(_count(start, duration, calendar), _waits(start, pauses, now))
    first, last = day_of(start) + (0 if duration.unit == "om" else 1) * DAY, day_of(due)
    if duration.unit == "om":
        return tuple(calendar.describe(day) for day in _each(first, last))
    paused = {day for begin, end in waits for day in _each(day_of(begin) + DAY, day_of(end))}
    note = calendar.describe if duration.unit == "wd" else _calendar_day
    return tuple(DayNote(day, False, PAUSED) if day in paused else note(day) for day in _each(first, last))


def age_threshold(
    received: datetime,
    days: int | None,
    months: int | None,
    pauses: Iterable[Pause] = (),
    now: datetime | None = None,
) -> datetime:
    """The moment from which "unresolved N days" or "N months after receipt" is true (G).

    That is 00:00 of the day after day N, or after the same day of the N-th next month (its last day when
    shorter), moved by the paused days. Raises ValueError unless just one of days and months is given.
    """
    last = _last_day(day_of(received), days, months)
    if not pauses:
        return day_start(last + DAY)
    due, _ = _extended(_days_from(last), _waits(received, pauses, now))
    return day_start(day_of(due) + DAY)


def _last_day(day: date, days: int | None, months: int | None) -> date:
    """The last day of an age; ValueError unless just one of days and months is given."""
    if (days is None) == (months is None):
        raise ValueError("an age is given in days or in months")
    return day + days * DAY if days is not None else add_months(day, months or 0)


class _Count(NamedTuple):
    """A way of counting, in one unit: the limit with so much added, and how much of a wait counts."""

    limit: Callable[[int], datetime]
    paused: Callable[[datetime, datetime], int]


def _count(start: datetime, duration: Duration, calendar: WorkCalendar) -> _Count:
    start, day, amount = in_shanghai(start), day_of(start), duration.amount
    match duration.unit:
        case "m" | "h":
            return _exact_from(start + amount * _EXACT[duration.unit])
        case "d":
            return _days_from(day + amount * DAY)
        case "same-day":
            return _days_from(day)
        case "wd":
            return _Count(
                lambda more: day_end(calendar.add_working_days(day, amount + more)),
                lambda begin, end: calendar.working_days_in(day_of(begin), day_of(end)),
            )
        case "om":
            return _Count(
                lambda more: calendar.add_office_seconds(start, amount * 60 + more),
                calendar.office_seconds_between,
            )
    raise ValueError(f"{duration.unit!r} is no unit of time; expected one of {', '.join(UNITS)}")


def _exact_from(limit: datetime) -> _Count:
    return _Count(lambda more: limit + more * _MICROSECOND, lambda begin, end: (end - begin) // _MICROSECOND)


def _days_from(last: date) -> _Count:
    """Calendar days: of a wait those after its first count, up to and including its last (T4)."""
    return _Count(
        lambda more: day_end(last + more * DAY), lambda begin, end: (day_of(end) - day_of(begin)).days
    )


Wait = tuple[datetime, datetime]


def _waits(start: datetime, pauses: Iterable[Pause], now: datetime | None) -> list[Wait]:
    """The pauses in order, none before `start`; those that touch are one wait: nothing counts twice."""
    waits: list[Wait] = []
    for pause in sorted(pauses, key=lambda pause: pause.start):
        begin, end = max(pause.start, start), now if pause.end is None else pause.end
        if end is None or end <= begin:
            continue
        if waits and begin <= waits[-1][1]:
            begin, end = waits[-1][0], max(waits.pop()[1], end)
        waits.append((begin, end))
    return waits


def _extended(count: _Count, waits: Iterable[Wait]) -> tuple[datetime, list[Wait]]:
    """The limit moved by the waits, and those of them that moved it or could have."""
    due, more, effective = count.limit(0), 0, []
    for begin, end in waits:
        if begin > due:
            break
        more += count.paused(begin, end)
        due = count.limit(more)
        effective.append((begin, end))
    return due, effective


def _guessed(start: datetime, due: datetime, duration: Duration, calendar: WorkCalendar) -> tuple[int, ...]:
    """The years without a notice among the days counted: for working days from the day after the start on."""
    if duration.unit not in ("wd", "om"):
        return ()
    first = day_of(start) + (1 if duration.unit == "wd" else 0) * DAY
    return tuple(year for year in range(first.year, day_of(due).year + 1) if calendar.is_provisional(year))


def _calendar_day(day: date) -> DayNote:
    return DayNote(day, True, CALENDAR_DAY)


def _each(first: date, last: date) -> Iterator[date]:
    return (first + n * DAY for n in range((last - first).days + 1))

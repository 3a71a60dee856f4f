"""How long things may take (SPEC T1, T4): durations, deadlines, pauses and ages. Pure arithmetic in Shanghai."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from kfcs.period import add_months, day_end, day_of, day_start
from kfcs.rules.calendar import DayNote, WorkCalendar

_FORM = re.compile(r"\+?(\d{1,5})(m|h|d|wd|om)")
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Duration:
    """So many minutes (m), hours (h), calendar days (d), working days (wd), office minutes (om), or the same day."""

    amount: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Duration:
        """``15m``, ``48h``, ``3d``, ``5wd``, ``12om`` or ``same-day``. Raises ValueError for anything else."""
        return _parse(text)

    def __str__(self) -> str:
        return self.unit if self.unit == "same-day" else f"{self.amount}{self.unit}"


@lru_cache(maxsize=256)
def _parse(text: str) -> Duration:
    if text.strip() == "same-day":
        return Duration(0, "same-day")
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"no duration: {text!r}")
    return Duration(int(match[1]), match[2])


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait on the customer, from one contact to the next; ``end`` is None while it lasts (T4)."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A limit, and the years it touches whose working days are not published (T2)."""

    due: datetime
    provisional: tuple[int, ...] = ()


def deadline(
    start: datetime,
    duration: Duration,
    calendar: WorkCalendar,
    pauses: Sequence[Pause] = (),
    now: datetime | None = None,
) -> Deadline:
    """The limit of something that began at ``start`` (T1), moved by the pauses (T4).

    The day of ``start`` is day 0. A pause still open lasts until ``now``; one that begins after the limit, as earlier
    pauses moved it, has no effect.
    """
    due = _count(start, duration, calendar)
    paused: Duration | timedelta = _NOTHING
    for begin, end in _spans(start, pauses, now):
        if begin > due:
            break
        paused = _add(paused, _paused(begin, end, duration, calendar))
        due = _moved(start, duration, calendar, paused)
    return Deadline(due, _provisional(start, due, duration, calendar))


def later(moment: datetime, offset: Duration, calendar: WorkCalendar) -> datetime:
    """The moment an offset after another one: the rungs of a ladder (E2)."""
    return _count(moment, offset, calendar)


def _count(start: datetime, duration: Duration, calendar: WorkCalendar) -> datetime:
    amount = duration.amount
    match duration.unit:
        case "m":
            return start + timedelta(minutes=amount)
        case "h":
            return start + timedelta(hours=amount)
        case "d":
            return day_end(day_of(start) + timedelta(days=amount))
        case "wd":
            return day_end(calendar.add_working_days(day_of(start), amount))
        case "om":
            return calendar.add_office_minutes(start, amount)
    return day_end(day_of(start))


def _spans(
    start: datetime, pauses: Sequence[Pause], now: datetime | None
) -> list[tuple[datetime, datetime]]:
    """The pauses as spans after ``start`` that do not overlap, the earliest first."""
    spans: list[tuple[datetime, datetime]] = []
    for pause in sorted(pauses, key=lambda p: p.start):
        end = pause.end if pause.end is not None else now
        if end is None:
            continue
        begin = max(pause.start, start, spans[-1][1] if spans else start)
        if begin < end:
            spans.append((begin, end))
    return spans


def _paused(begin: datetime, end: datetime, duration: Duration, calendar: WorkCalendar) -> timedelta | Duration:
    """What one pause adds, in the unit of the duration: days after its first up to and including its last."""
    first, last = day_of(begin), day_of(end)
    if duration.unit in ("d", "same-day"):
        return Duration((last - first).days, "d")
    if duration.unit == "wd":
        return Duration(calendar.working_days_in(first, last), "wd")
    if duration.unit == "om":
        return Duration(calendar.office_minutes_between(begin, end), "om")
    return end - begin


def _add(total: Duration | timedelta, more: Duration | timedelta) -> Duration | timedelta:
    if isinstance(more, timedelta):
        return more + (total if isinstance(total, timedelta) else _NOTHING)
    return Duration(more.amount + (total.amount if isinstance(total, Duration) else 0), more.unit)


def _moved(start: datetime, duration: Duration, calendar: WorkCalendar, paused: Duration | timedelta) -> datetime:
    if isinstance(paused, timedelta):
        return _count(start, duration, calendar) + paused
    return _count(start, Duration(duration.amount + paused.amount, paused.unit), calendar)


def _provisional(start: datetime, due: datetime, duration: Duration, calendar: WorkCalendar) -> tuple[int, ...]:
    if duration.unit not in ("wd", "om"):
        return ()
    years = range(day_of(start).year, day_of(due).year + 1)
    return tuple(year for year in years if calendar.is_provisional(year))


def days_counted(
    start: datetime,
    duration: Duration,
    calendar: WorkCalendar,
    pauses: Sequence[Pause] = (),
    now: datetime | None = None,
) -> tuple[DayNote, ...]:
    """Each day from the one after ``start`` to the limit, whether it counted, and by which source (T7)."""
    due = deadline(start, duration, calendar, pauses, now).due
    first, last = day_of(start), day_of(due)
    return tuple(calendar.describe(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


def age_threshold(
    received: datetime,
    days: int | None,
    months: int | None,
    pauses: Sequence[Pause],
    now: datetime,
) -> datetime:
    """The moment from which "unresolved N days" or "N months after receipt" is true (G).

    00:00 of the day after day N, or after the same day of the N-th next month (its last day when shorter), moved by the
    paused days.
    """
    day = day_of(received)
    last = add_months(day, months) if months is not None else day + timedelta(days=days or 0)
    for begin, end in _spans(received, pauses, now):
        if begin >= day_start(last + timedelta(days=1)):
            break
        last += timedelta(days=(day_of(end) - day_of(begin)).days)
    return day_start(last + timedelta(days=1))

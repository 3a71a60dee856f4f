"""Days, months and other periods, all in Shanghai (SPEC T1, R3)."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has kept one offset since 1991; a fixed one is right for every date here, and needs no zone files."""

_DAY = timedelta(days=1)
_LAST_SECOND = time(23, 59, 59, tzinfo=SHANGHAI)
_MIDNIGHT = time(0, tzinfo=SHANGHAI)


def day_of(moment: datetime) -> date:
    """The Shanghai day of a moment."""
    return moment.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """00:00:00 of a day in Shanghai."""
    return datetime.combine(day, _MIDNIGHT)


def day_end(day: date) -> datetime:
    """23:59:59 of a day in Shanghai, the last second that still belongs to it."""
    return datetime.combine(day, _LAST_SECOND)


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later or earlier; the month's last day when it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def iso(moment: datetime) -> str:
    """A moment as it is stored and printed: ``2026-10-03T15:20:00+08:00``, in Shanghai, to the second."""
    if moment.tzinfo is not SHANGHAI:
        moment = moment.astimezone(SHANGHAI)
    return moment.isoformat(timespec="seconds")


def from_iso(text: str) -> datetime:
    """A moment that ``iso`` wrote."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=SHANGHAI) if text.endswith("+08:00") else moment.astimezone(SHANGHAI)


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span of days, ``first`` to the day before ``after``, with the label it is asked for by."""

    kind: str
    label: str
    first: date
    after: date

    @property
    def start(self) -> datetime:
        return day_start(self.first)

    @property
    def end(self) -> datetime:
        """The first moment that no longer belongs to the period."""
        return day_start(self.after)

    @property
    def days(self) -> int:
        return (self.after - self.first).days

    def contains(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def previous(self) -> Period:
        """The period of the same kind just before this one."""
        return Period.of(self.kind, self.first - _DAY)

    def year_before(self) -> Period:
        """The same period of the year before; for a week, the week of the same number of days ago."""
        if self.kind == "week":
            return Period.of("week", self.first - timedelta(weeks=52))
        return Period.of(self.kind, add_months(self.first, -12))

    @classmethod
    def of(cls, kind: str, day: date) -> Period:
        """The period of a kind that holds a day. Raises ValueError for an unknown kind."""
        if kind == "day":
            return cls(kind, day.isoformat(), day, day + _DAY)
        if kind == "week":
            monday = day - timedelta(days=day.weekday())
            year, week, _ = day.isocalendar()
            return cls(kind, f"{year}-W{week:02d}", monday, monday + timedelta(days=7))
        if kind == "half-month":
            return _half_month(day)
        if kind in _MONTHS:
            return _months(kind, day)
        raise ValueError(f"no such period: {kind}")

    @classmethod
    def parse(cls, kind: str, text: str) -> Period:
        """The period that a label names (``2026-10``, ``2026年10月``, ``2026-Q3``, ``2026-10-H1``, ``2026-W40``).

        A week or half month may also be named by a day in it. Raises ValueError naming the text.
        """
        match = _LABELS[kind].fullmatch(text.strip())
        try:
            if match is None:
                if kind in ("week", "half-month", "quarter", "day"):
                    return cls.of(kind, date.fromisoformat(text.strip()))
                raise ValueError(text)
            return cls.of(kind, _READERS[kind](match))
        except (ValueError, OverflowError):
            raise ValueError(text) from None


def _half_month(day: date) -> Period:
    first = day.replace(day=1)
    middle = day.replace(day=16)
    if day < middle:
        return Period("half-month", f"{day:%Y-%m}-H1", first, middle)
    return Period("half-month", f"{day:%Y-%m}-H2", middle, add_months(first, 1))


_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def _months(kind: str, day: date) -> Period:
    length = _MONTHS[kind]
    first = date(day.year, (day.month - 1) // length * length + 1, 1)
    labels = {"month": f"{first:%Y-%m}", "quarter": f"{first.year}-Q{(first.month + 2) // 3}", "year": f"{first.year}"}
    return Period(kind, labels[kind], first, add_months(first, length))


_LABELS = {
    "day": re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"),
    "week": re.compile(r"(\d{4})-?W(\d{2})"),
    "month": re.compile(r"(\d{4})(?:[-/.年])?(\d{1,2})月?"),
    "half-month": re.compile(r"(\d{4})-(\d{1,2})-H([12])"),
    "quarter": re.compile(r"(\d{4})(?:-?Q|年第?)([1-4一二三四])(?:季度)?"),
    "year": re.compile(r"(\d{4})年?"),
}
_READERS = {
    "day": lambda m: date(int(m[1]), int(m[2]), int(m[3])),
    "week": lambda m: date.fromisocalendar(int(m[1]), int(m[2]), 1),
    "month": lambda m: date(int(m[1]), int(m[2]), 1),
    "half-month": lambda m: date(int(m[1]), int(m[2]), 1 if m[3] == "1" else 16),
    "quarter": lambda m: date(int(m[1]), "一二三四1234".index(m[2]) % 4 * 3 + 1, 1),
    "year": lambda m: date(int(m[1]), 1, 1),
}

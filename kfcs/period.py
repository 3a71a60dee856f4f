"""Moments, days and calendar periods, all in Shanghai (SPEC T1, R3).

A period is half-open, ``[start, end)``: the first second of October belongs to October alone, so that the
months of a year add up to the year. Every moment here is aware; a naive one is refused with ValueError,
because it would take the time zone of whichever machine it happens to be on.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has kept one offset and no summer time since 1991: the fixed offset is right for every later date,
and spares each start the reading of time-zone data."""

DAY = timedelta(days=1)
_LAST_SECOND = time(23, 59, 59, tzinfo=SHANGHAI)
_MIDNIGHT = time(0, tzinfo=SHANGHAI)


def in_shanghai(moment: datetime) -> datetime:
    """The same moment on the clock of Shanghai. Raises ValueError for a naive one."""
    if moment.tzinfo is SHANGHAI:
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()}: a time without its time zone")
    return moment.astimezone(SHANGHAI)


def day_of(moment: datetime) -> date:
    """The day it is in Shanghai: from 16:00 UTC on that is already the next one (R3)."""
    return in_shanghai(moment).date()


def day_start(day: date) -> datetime:
    """00:00:00 of the day."""
    return datetime.combine(day, _MIDNIGHT)


def day_end(day: date) -> datetime:
    """23:59:59 of the day, the last second at which a limit in days is still met (T1, T5)."""
    return datetime.combine(day, _LAST_SECOND)


def add_months(day: date, n: int) -> date:
    """The same day n months on (back when negative), or that month's last day when it is shorter (G, O1).

    Count each date of a series from its first one: going on from a shortened date drifts from the 31st to the
    28th.
    """
    years, month = divmod(day.month - 1 + n, 12)
    first = date(day.year + years, month + 1, 1)
    return first.replace(day=min(day.day, _length_of_month(first)))


def _length_of_month(first: date) -> int:
    # 31 days after the first it is the next month, and its day tells by how many days this one was shorter.
    return 31 if first.month == 12 else 32 - (first + 31 * DAY).day


@lru_cache(maxsize=4096)
def iso(moment: datetime) -> str:
    """The stored form, which sorts as text: ``2026-10-03T15:20:00+08:00``, in Shanghai, to the second."""
    return in_shanghai(moment).isoformat(timespec="seconds")


def from_iso(text: str) -> datetime:
    """A stored moment. Raises ValueError for what is no ISO 8601 time with its offset."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=SHANGHAI) if text.endswith("+08:00") else in_shanghai(moment)


class Period(NamedTuple):
    """The days from `first` up to, and not including, `after`; `label` is how it is written and asked for."""

    kind: str
    """day, week, month, half-month, quarter or year"""
    label: str
    first: date
    after: date

    @classmethod
    def of(cls, kind: str, day: date) -> Period:
        """The period of a kind that holds the day. Raises ValueError for an unknown kind."""
        match kind:
            case "day":
                return cls(kind, day.isoformat(), day, day + DAY)
            case "week":
                year, week, weekday = day.isocalendar()
                monday = day - (weekday - 1) * DAY
                return cls(kind, f"{year}-W{week:02}", monday, monday + 7 * DAY)
            case "month":
                first = day.replace(day=1)
                return cls(kind, first.isoformat()[:7], first, add_months(first, 1))
            case "half-month":
                return cls._half_month(day)
            case "quarter":
                quarter = (day.month + 2) // 3
                first = date(day.year, quarter * 3 - 2, 1)
                return cls(kind, f"{day.year}-Q{quarter}", first, add_months(first, 3))
            case "year":
                return cls(kind, f"{day.year}", date(day.year, 1, 1), date(day.year + 1, 1, 1))
        raise _unknown(kind)

    @classmethod
    def parse(cls, kind: str, text: str) -> Period:
        """The period that a label names, as ``2026-W40``, ``2026-10``, ``2026-10-H1`` or ``2026-Q3``.

        The Chinese forms (``2026年10月``, ``2026年第3季度``, ``2026年10月上半月``) are read too, and a week,
        a half-month or a quarter by any of its days. Raises ValueError, naming the text, for what is no such
        period.
        """
        if kind not in _FORMS:
            raise _unknown(kind)
        plain = _plain(text)
        for form in _FORMS[kind]:
            if found := re.fullmatch(form, plain):
                try:
                    return cls.of(kind, _day_named(found.groupdict()))
                except ValueError as error:
                    raise ValueError(f"{text}: {error}") from None
        raise ValueError(f"{text}: no {kind}; write it like {_EXAMPLES[kind]}")

    @property
    def start(self) -> datetime:
        """The first moment that belongs to the period."""
        return day_start(self.first)

    @property
    def end(self) -> datetime:
        """The first moment that no longer belongs to it."""
        return day_start(self.after)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.after - self.first).days

    def contains(self, moment: datetime) -> bool:
        """Whether the moment lies in the period by the clock of Shanghai."""
        return self.first <= day_of(moment) < self.after

    def previous(self) -> Period:
        """The period of the same kind just before: September for October (R2)."""
        return Period.of(self.kind, self.first - DAY)

    def year_before(self) -> Period:
        """The same period of the year before (R2); where that year has no 53rd week, its last one."""
        if self.kind != "week":
            return Period.of(self.kind, add_months(self.first, -12))
        year, week, _ = self.first.isocalendar()
        last = date(year - 1, 12, 28)  # always in the last week of its year
        return Period.of("week", date.fromisocalendar(year - 1, min(week, last.isocalendar().week), 1))

    @classmethod
    def _half_month(cls, day: date) -> Period:
        month = cls.of("month", day)
        middle = month.first.replace(day=16)
        if day < middle:
            return cls("half-month", f"{month.label}-H1", month.first, middle)
        return cls("half-month", f"{month.label}-H2", middle, month.after)


_YEAR = "(?P<year>[12][0-9]{3})"
_MONTH = f"{_YEAR}(?:[-/.](?P<month>[0-9]{{1,2}})|年(?P<month_zh>[0-9]{{1,2}})月)"
_DAY = (
    f"{_YEAR}(?P<mark>[-/.])(?P<month>[0-9]{{1,2}})(?P=mark)(?P<day>[0-9]{{1,2}})",
    f"{_YEAR}年(?P<month>[0-9]{{1,2}})月(?P<day>[0-9]{{1,2}})日?",
    f"{_YEAR}(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}})",
)
_FORMS: dict[str, tuple[str, ...]] = {
    "day": _DAY,
    "week": (f"{_YEAR}-?W(?P<week>[0-9]{{1,2}})", f"{_YEAR}年第?(?P<week>[0-9]{{1,2}})周", *_DAY),
    "month": (_MONTH, f"{_YEAR}(?P<month>[0-9]{{2}})"),
    "half-month": (f"{_MONTH}-?(?P<half>H[12]|[上下]半月)", *_DAY),
    "quarter": (f"{_YEAR}-?Q(?P<quarter>[1-4])", f"{_YEAR}年第?(?P<quarter>[1-4一二三四])季度?", *_DAY),
    "year": (f"{_YEAR}年?",),
}
_EXAMPLES = {
    "day": "2026-10-03",
    "week": "2026-W40",
    "month": "2026-10",
    "half-month": "2026-10-H1",
    "quarter": "2026-Q3",
    "year": "2026",
}


def _unknown(kind: str) -> ValueError:
    return ValueError(f"{kind}: no kind of period; expected one of {', '.join(_EXAMPLES)}")


def _plain(text: str) -> str:
    """The label without spaces, and full-width characters as the plain ones."""
    if not text.isascii():
        from unicodedata import normalize  # seldom needed, and this module is on the way of every start

        text = normalize("NFKC", text)
    return "".join(text.split()).upper()


def _day_named(parts: dict[str, str | None]) -> date:
    """The first day that the parts of a label fit. Raises ValueError for a 13th month and the like."""
    year = int(parts["year"] or 0)
    if week := parts.get("week"):
        return date.fromisocalendar(year, int(week), 1)
    month = int(parts.get("month") or parts.get("month_zh") or 1)
    if quarter := parts.get("quarter"):
        month = "1234一二三四".index(quarter) % 4 * 3 + 1
    if half := parts.get("half"):
        return date(year, month, 1 if half in ("H1", "上半月") else 16)
    return date(year, month, int(parts.get("day") or 1))

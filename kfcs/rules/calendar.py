"""Which days work, and when the office is open (SPEC T1, T2, T7, O1).

Working days follow the State Council's notices with their make-up days, corrected by the user's own days; a
year whose notice is not out is Monday to Friday and called provisional. Counting is done on sorted lists of
day numbers, one a year, made when a year is first asked for.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple

from kfcs.period import DAY, day_of, day_start, in_shanghai

OFFICE_HOURS = ((time(8, 30), time(12, 0)), (time(13, 30), time(17, 30)))
"""The office hours of those who set none (T1)."""
SETTINGS = "kfcs.toml"
"""The source of a day that the user has set."""
ORDINARY_WEEKDAY = "周一至周五"
ORDINARY_WEEKEND = "双休日"
"""The sources of days that no notice speaks of, in the language of the notices."""

_SECONDS_A_DAY = 24 * 60 * 60
_SEARCHED_YEARS = 30
"""How far a search goes before it says that there is no such day: no count of ours is longer than this."""


class YearDays(NamedTuple):
    """One year of the notices: the days of its breaks, weekend days among them, and its make-up days, each
    with the name of the break. `provisional` marks a table that somebody has written ahead of the notice.
    """

    off: Mapping[date, str]
    work: Mapping[date, str]
    source: str
    provisional: bool = False


class DayNote(NamedTuple):
    """Whether a day works (or, in a list of counted days, whether it counts), and who says so."""

    day: date
    working: bool
    source: str


class WorkCalendar:
    """The days and hours of one office; what it answers never changes."""

    def __init__(
        self,
        years: Mapping[int, YearDays],
        days_off: Iterable[date] = (),
        days_on: Iterable[date] = (),
        office_hours: Sequence[tuple[time, time]] = OFFICE_HOURS,
    ) -> None:
        """`days_off` and `days_on` win over the notices (T2). Office hours are half-open; an end of 00:00
        means 24:00.

        Raises ValueError for a day both off and on, and for hours that overlap or end before they begin.
        """
        self.years = years
        self.days_off = frozenset(days_off)
        self.days_on = frozenset(days_on)
        if both := self.days_off & self.days_on:
            raise ValueError(f"{min(both)} is both in days_off and in days_on")
        self.spans = _spans(office_hours)
        """The office hours, as seconds of the day."""
        self._ordinals: dict[int, list[int]] = {}

    # Days

    def is_working(self, day: date) -> bool:
        """Whether the day works: by the user's own days, else the notice, else Monday to Friday (T2)."""
        if day in self.days_on:
            return True
        if day in self.days_off:
            return False
        notice = self.years.get(day.year)
        if notice is not None:
            if day in notice.work:
                return True
            if day in notice.off:
                return False
        return day.weekday() < 5

    def is_provisional(self, year: int) -> bool:
        """Whether the year is guessed at, its notice not being out (T2), whatever the user's own days."""
        notice = self.years.get(year)
        return notice is None or notice.provisional

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after the day; the day itself for 0.

        Raises ValueError below 0, and when there is none within 30 years.
        """
        if n == 0:
            return day
        left = n
        for year in range(day.year, day.year + _SEARCHED_YEARS):
            working = self._working_in(year)
            passed = bisect_right(working, day.toordinal()) if year == day.year else 0
            if 0 < left <= len(working) - passed:
                return date.fromordinal(working[passed + left - 1])
            left -= len(working) - passed
        raise ValueError(f"{day}: no {n} working days on within {_SEARCHED_YEARS} years")

    def working_days_in(self, after: date, upto: date) -> int:
        """How many days work after one day, up to and including another; 0 when that is not later."""
        first, last = after.toordinal(), upto.toordinal()
        if last <= first:
            return 0
        years = (self._working_in(year) for year in range(after.year, upto.year + 1))
        return sum(bisect_right(working, last) - bisect_right(working, first) for working in years)

    def next_working_day(self, day: date, allow_make_up: bool = True) -> date:
        """The day itself when it works, else the next that does; over make-up Saturdays and Sundays where
        those are not allowed (T7). Raises ValueError when there is none within 30 years.
        """
        found = self.add_working_days(day - DAY, 1)
        while not allow_make_up and found.weekday() >= 5 and found.year < day.year + _SEARCHED_YEARS:
            found = self.add_working_days(found, 1)
        return found

    def break_of(self, day: date) -> str | None:
        """The name of the break that the notice gives the day; None for an ordinary day, weekend or not."""
        notice = self.years.get(day.year)
        return None if notice is None else notice.off.get(day)

    def plus_one_if_statutory(self, day: date) -> date:
        """O1, statutory-plus-one: a day inside a named break moves by exactly one day, wherever it lands; an
        ordinary weekend does not move, nor does a day of the break on which this office works (`days_on`).
        """
        return day if self.break_of(day) is None or day in self.days_on else day + DAY

    def describe(self, day: date) -> DayNote:
        """Whether the day works, by the settings, by a notice and its break, or by the plain week (T7)."""
        return DayNote(day, self.is_working(day), self._source(day))

    def _source(self, day: date) -> str:
        if day in self.days_on or day in self.days_off:
            return SETTINGS
        notice = self.years.get(day.year)
        name = None if notice is None else notice.work.get(day, notice.off.get(day))
        if notice is None or name is None:
            return ORDINARY_WEEKDAY if day.weekday() < 5 else ORDINARY_WEEKEND
        return f"{notice.source} {name}".strip()

    def _working_in(self, year: int) -> list[int]:
        """The working days of a year as ordinals, in order."""
        if year not in self._ordinals:
            first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
            self._ordinals[year] = [n for n in range(first, last + 1) if self.is_working(date.fromordinal(n))]
        return self._ordinals[year]

    # Office hours

    def add_office_minutes(self, moment: datetime, n: int) -> datetime:
        """The moment after n minutes of office hours on working days; outside them the count starts at the
        next opening (T1). Raises ValueError when there are no office hours.
        """
        return self.add_office_seconds(moment, n * 60)

    def add_office_seconds(self, moment: datetime, n: int) -> datetime:
        """As `add_office_minutes`, in seconds. A count that fills a span ends with it, not at the next
        opening.
        """
        start = self._opening(moment)
        if n == 0:
            return start
        total = self._open_before(start) + n
        days = (total - 1) // self._open_a_day
        return _at(self.add_working_days(day_of(start), days), self._clock(total - days * self._open_a_day))

    def office_seconds_between(self, after: datetime, upto: datetime) -> int:
        """Seconds of office hours from one moment to another; 0 when that is not later."""
        if upto <= after:
            return 0
        days = self.working_days_in(day_of(after) - DAY, day_of(upto) - DAY)
        return days * self._open_a_day + self._open_before(upto) - self._open_before(after)

    @cached_property
    def _open_a_day(self) -> int:
        seconds = sum(closes - opens for opens, closes in self.spans)
        if not seconds:
            raise ValueError("there are no office hours to count in")
        return seconds

    def _opening(self, moment: datetime) -> datetime:
        """The moment itself when the office is open, else its next opening."""
        day, second = day_of(moment), _second_of_day(moment)
        for opens, closes in self.spans if self.is_working(day) else ():
            if second < closes:
                return _at(day, max(opens, second))
        if not self.spans:
            raise ValueError("there are no office hours to count in")
        return _at(self.add_working_days(day, 1), self.spans[0][0])

    def _open_before(self, moment: datetime) -> int:
        """Seconds that the office was open on the day before the moment."""
        if not self.is_working(day_of(moment)):
            return 0
        second = _second_of_day(moment)
        return sum(max(min(closes, second) - opens, 0) for opens, closes in self.spans)

    def _clock(self, open_seconds: int) -> int:
        """The second of the day by which the office has been open so long."""
        left = open_seconds
        for opens, closes in self.spans:
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise AssertionError(f"{open_seconds} s are more than a day of office hours")

    # Identity

    @cached_property
    def digest(self) -> str:
        """Names these tables, corrections and hours; kept with what was computed from them, so that a later
        change shows (T2).
        """
        hashed = hashlib.sha256()
        for line in self._lines():
            hashed.update(f"{line}\n".encode())
        return hashed.hexdigest()[:16]

    def _lines(self) -> Iterator[str]:
        for year in sorted(self.years):
            notice = self.years[year]
            yield f"{year} {notice.source} {notice.provisional}"
            for days in (notice.off, notice.work):
                yield " ".join(f"{day.toordinal()} {days[day]}" for day in sorted(days))
        for own in (self.days_off, self.days_on):
            yield " ".join(f"{day.toordinal()}" for day in sorted(own))
        yield repr(self.spans)


def _spans(hours: Sequence[tuple[time, time]]) -> tuple[tuple[int, int], ...]:
    spans = tuple(sorted((_seconds(opens), _seconds(closes) or _SECONDS_A_DAY) for opens, closes in hours))
    earlier = 0
    for opens, closes in spans:
        if opens >= closes:
            raise ValueError(f"office hours {_written(opens)}-{_written(closes)} end before they begin")
        if opens < earlier:
            raise ValueError(f"office hours overlap at {_written(opens)}")
        earlier = closes
    return spans


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


def _written(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}"


def _second_of_day(moment: datetime) -> int:
    return _seconds(in_shanghai(moment).time())


def _at(day: date, second: int) -> datetime:
    return day_start(day) + timedelta(seconds=second)

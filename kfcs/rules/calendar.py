"""Working days by the State Council's notices, office hours, and the user's corrections (SPEC T1, T2, T7, O1)."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from kfcs.period import SHANGHAI, day_of

DEFAULT_OFFICE_HOURS = ((time(8, 30), time(12, 0)), (time(13, 30), time(17, 30)))
END_OF_DAY = 24 * 60
"""24:00 as minutes of the day, the only end that is no time of that day."""
_FARTHEST_YEARS = 30
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class YearDays:
    """One year's notice: days of its breaks (weekend days among them) and make-up days, each with the break's name."""

    off: Mapping[date, str]
    work: Mapping[date, str]
    source: str
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class DayNote:
    """Whether a day works, and who says so."""

    day: date
    working: bool
    source: str


@dataclass
class WorkCalendar:
    """Which days work. A year without a notice is Monday to Friday, corrected by the user's own days (T2)."""

    years: Mapping[int, YearDays]
    days_off: frozenset[date] = frozenset()
    days_on: frozenset[date] = frozenset()
    office_hours: Sequence[tuple[time, time | None]] = DEFAULT_OFFICE_HOURS
    _days: dict[int, list[int]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.days_off = frozenset(self.days_off)
        self.days_on = frozenset(self.days_on)
        self._spans = sorted((_minutes(start), _minutes(end)) for start, end in self.office_hours)

    # ------------------------------------------------------------ days

    def is_working(self, day: date) -> bool:
        """Whether a day works: the user's corrections first, then the notice, then Monday to Friday."""
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
        """Whether a year's working days are not published yet."""
        notice = self.years.get(year)
        return notice is None or notice.provisional

    def _working_ordinals(self, year: int) -> list[int]:
        days = self._days.get(year)
        if days is None:
            first, after = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1
            days = [n for n in range(first, after) if self.is_working(date.fromordinal(n))]
            self._days[year] = days
        return days

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after a day; the day itself for 0. Raises ValueError when there is none for 30 years."""
        if n == 0:
            return day
        for year in range(day.year, min(day.year + _FARTHEST_YEARS, 9999)):
            days = self._working_ordinals(year)
            passed = bisect_right(days, day.toordinal()) if year == day.year else 0
            if passed + n <= len(days):
                return date.fromordinal(days[passed + n - 1])
            n -= len(days) - passed
        raise ValueError(f"no {n} working days after {day} within {_FARTHEST_YEARS} years")

    def working_days_in(self, after: date, upto: date) -> int:
        """How many working days lie after one day, up to and including another."""
        if upto <= after:
            return 0
        total = 0
        for year in range(after.year, upto.year + 1):
            days = self._working_ordinals(year)
            total += bisect_right(days, upto.toordinal()) - bisect_right(days, after.toordinal())
        return total

    def next_working_day(self, day: date, allow_make_up: bool = True) -> date:
        """The day itself when it works, else the next that does; make-up weekend days only where allowed (T7)."""
        wanted = day
        while not self.is_working(wanted) or (wanted.weekday() >= 5 and not allow_make_up):
            wanted += _DAY
            if wanted.year > day.year + _FARTHEST_YEARS:
                raise ValueError(f"no working day after {day} within {_FARTHEST_YEARS} years")
        return wanted

    def break_of(self, day: date) -> str | None:
        """The name of the break that a notice gives a day; None for an ordinary day or weekend."""
        notice = self.years.get(day.year)
        return None if notice is None else notice.off.get(day)

    def plus_one_if_statutory(self, day: date) -> date:
        """O1, statutory-plus-one: a day of a named break moves by exactly one day, wherever it lands."""
        return day + _DAY if self.break_of(day) is not None else day

    def describe(self, day: date) -> DayNote:
        """Whether a day works and by which source: kfcs.toml, a notice, or the plain week (T7)."""
        working = self.is_working(day)
        if day in self.days_on or day in self.days_off:
            return DayNote(day, working, "kfcs.toml")
        notice = self.years.get(day.year)
        if notice is None:
            return DayNote(day, working, "")
        name = notice.work.get(day) or notice.off.get(day)
        return DayNote(day, working, f"{notice.source} {name}".strip() if name else "")

    # ------------------------------------------------------------ office hours

    def add_office_minutes(self, moment: datetime, n: int) -> datetime:
        """The moment n minutes of office time later; outside office hours the count starts at the next opening (T1).

        Seconds of the start are kept within office hours. Raises ValueError when no office hours exist.
        """
        if not self._spans:
            raise ValueError("office hours are empty")
        moment = moment.astimezone(SHANGHAI)
        left = timedelta(minutes=n)
        day = day_of(moment)
        for _ in range(366 * _FARTHEST_YEARS):
            if self.is_working(day):
                for opens, closes in self._opening(day):
                    begin = max(moment, opens)
                    if begin < closes:
                        if begin + left <= closes:
                            return begin + left
                        left -= closes - begin
            day += _DAY
        raise ValueError(f"no {n} office minutes after {moment}")

    def office_minutes_between(self, begin: datetime, end: datetime) -> int:
        """Whole minutes of office time from one moment to another."""
        total = timedelta(0)
        day = day_of(begin)
        while day <= day_of(end):
            if self.is_working(day):
                for opens, closes in self._opening(day):
                    total += max(min(closes, end) - max(opens, begin), timedelta(0))
            day += _DAY
        return int(total.total_seconds() // 60)

    def _opening(self, day: date) -> list[tuple[datetime, datetime]]:
        midnight = datetime.combine(day, time(0, tzinfo=SHANGHAI))
        return [(midnight + timedelta(minutes=a), midnight + timedelta(minutes=b)) for a, b in self._spans]

    # ------------------------------------------------------------ identity

    @property
    def digest(self) -> str:
        """Names exactly these tables, corrections and hours; kept with what was computed from them."""
        parts = [f"{year}:{sorted(d.items())}" for year, n in sorted(self.years.items()) for d in (n.off, n.work)]
        parts += [str(sorted(self.days_off)), str(sorted(self.days_on)), str(self._spans)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _minutes(moment: time | None) -> int:
    return END_OF_DAY if moment is None else moment.hour * 60 + moment.minute



"""Read the working-day tables and the user's corrections; ``kfcs.rules.calendar`` counts in them (T2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any

from kfcs.parsing import parsed
from kfcs.period import DAY
from kfcs.rules.calendar import OFFICE_HOURS, WorkCalendar, YearDays

_NOTICES = Path(__file__).parent / "calendars" / "state-council.json"
_SPAN = re.compile("([0-9]{1,2}):([0-9]{2}) ?[-–—~至] ?([0-9]{1,2}):([0-9]{2})")
_KEYS = {"year", "status", "source", "off", "work"}
_STATUSES = ("official", "provisional")


def load_calendar(
    days_off: Iterable[date] = (),
    days_on: Iterable[date] = (),
    office_hours: Sequence[str] | None = None,
    folder: Path | None = None,
) -> WorkCalendar:
    """The calendar in force: the State Council's notices, under files ``calendar-2027.toml`` in `folder`,
    under the days and hours of the settings (``08:30-12:00``; None: the usual ones).

    Raises ValueError naming the entry that is wrong: better at once than when a limit is counted.
    """
    years: Mapping[int, YearDays] = _notices()
    if folder is not None:
        for path in sorted(folder.glob("calendar-[0-9][0-9][0-9][0-9].toml")):
            years = _with(years, path)
    return WorkCalendar(years, days_off, days_on, _hours(office_hours))


class Notices(Mapping[int, YearDays]):
    """The State Council's notices by year, each read when it is first asked for."""

    def __init__(self, table: Mapping[str, Mapping[str, Any]]) -> None:
        self._table = table
        self._years: dict[int, YearDays] = {}

    def __getitem__(self, year: int) -> YearDays:
        if year not in self._years:
            row = self._table[str(year)]
            self._years[year] = YearDays(_days(year, row["off"]), _days(year, row["work"]), row["source"])
        return self._years[year]

    def __iter__(self) -> Iterator[int]:
        return map(int, self._table)

    def __len__(self) -> int:
        return len(self._table)


@cache
def _notices() -> Notices:
    return Notices(json.loads(_NOTICES.read_text(encoding="utf-8")))


def _days(year: int, names: Mapping[str, str]) -> dict[date, str]:
    return {date(year, int(day[:2]), int(day[3:])): name for day, name in names.items()}


def _hours(entries: Sequence[str] | None) -> tuple[tuple[time, time], ...]:
    if entries is None:
        return OFFICE_HOURS
    if not entries:
        raise ValueError('office_hours is empty; leave it out, or write ["08:30-12:00", "13:30-17:30"]')
    return tuple(_span(entry) for entry in entries)


def _span(entry: str) -> tuple[time, time]:
    """One span of office hours; an end of 24:00 is the midnight that ends the day."""
    found = _SPAN.fullmatch(entry.strip().replace("：", ":"))
    if found is None:
        raise ValueError(f"office_hours: {entry!r} is not like 08:30-12:00")
    hour, minute, end_hour, end_minute = map(int, found.groups())
    if (end_hour, end_minute) == (24, 0):
        end_hour = 0
    elif (end_hour, end_minute) <= (hour, minute):
        raise ValueError(f"office_hours: {entry!r} ends before it begins")
    try:
        return time(hour, minute), time(end_hour, end_minute)
    except ValueError:
        raise ValueError(f"office_hours: {entry!r} holds no time of day") from None


def _with(years: Mapping[int, YearDays], path: Path) -> Mapping[int, YearDays]:
    """The years with those of a file over them. Raises ValueError naming file and entry."""
    import tomllib  # only where there is such a file

    try:
        table = parsed(tomllib.loads, path.read_text(encoding="utf-8-sig"))
        year, file_days = _year_file(table)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None
    if path.stem != f"calendar-{year}":
        raise ValueError(f"{path.name}: year = {year} is not the year of the file's name")
    own = {year: _of_year(year, file_days)}
    if any(day.year < year for day in (*file_days.off, *file_days.work)):
        own[year - 1] = _year_before(years.get(year - 1), year, file_days)
    return {**years, **own}


def _year_file(table: Mapping[str, Any]) -> tuple[int, YearDays]:
    """One year's file: year, status, source, ``off = [{from, to, name}]``, ``work = [{date, name}]``."""
    if unknown := sorted(set(table) - _KEYS):
        raise ValueError(f"{unknown[0]}: no such key; expected {', '.join(sorted(_KEYS))}")
    year, status = table.get("year"), table.get("status", "official")
    if type(year) is not int:
        raise ValueError(f"year = {year!r}: expected a year like 2027")
    if status not in _STATUSES:
        raise ValueError(f"status = {status!r}: expected {' or '.join(_STATUSES)}")
    off = {day: name for row in _rows(table, "off") for day, name in _break(row)}
    work = {_day(row, "date"): str(row.get("name", "")) for row in _rows(table, "work")}
    if both := sorted(off.keys() & work.keys()):
        raise ValueError(f"{both[0]} is both in off and in work")
    if strange := sorted(day for day in off.keys() | work.keys() if not _belongs(day, year)):
        raise ValueError(f"{strange[0]} is not a day of {year}")
    source = str(table.get("source", f"calendar-{year}.toml"))
    return year, YearDays(off, work, source, status == "provisional")


def _belongs(day: date, year: int) -> bool:
    # New Year's break may begin, or be worked for, in the last days of the old year: so it was for 2019.
    return day.year == year or (day.year == year - 1 and day.month == 12)


def _of_year(year: int, days: YearDays) -> YearDays:
    return YearDays(_only(year, days.off), _only(year, days.work), days.source, days.provisional)


def _year_before(notice: YearDays | None, year: int, file_days: YearDays) -> YearDays:
    """The old year's notice, with the December days that the new year's file names over it."""
    known = notice or YearDays({}, {}, "", provisional=True)
    off, work = _only(year - 1, file_days.off), _only(year - 1, file_days.work)
    return YearDays(
        {day: name for day, name in known.off.items() if day not in work} | off,
        {day: name for day, name in known.work.items() if day not in off} | work,
        known.source or file_days.source,
        known.provisional,
    )


def _only(year: int, days: Mapping[date, str]) -> dict[date, str]:
    return {day: name for day, name in days.items() if day.year == year}


def _rows(table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    rows = table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError(f"{key}: expected a list of tables")
    return rows


def _break(row: Mapping[str, Any]) -> Iterator[tuple[date, str]]:
    first = _day(row, "from")
    last = _day(row, "to") if "to" in row else first
    if last < first:
        raise ValueError(f"off: {first} to {last} ends before it begins")
    return ((first + n * DAY, str(row.get("name", ""))) for n in range((last - first).days + 1))


def _day(row: Mapping[str, Any], key: str) -> date:
    """A day, written as a TOML date or as a text."""
    value = row.get(key)
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value or "")
    except (TypeError, ValueError):
        raise ValueError(f"{key} = {value!r}: expected a day like 2027-02-05") from None

"""Read the working-day tables and the user's corrections: the edge that feeds ``kfcs.rules.calendar`` (SPEC T2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from kfcs.rules.calendar import DEFAULT_OFFICE_HOURS, WorkCalendar, YearDays

_TABLE = Path(__file__).parent / "calendars" / "state-council.json"
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~至]\s*(\d{1,2}):(\d{2})")


class Published(Mapping[int, YearDays]):
    """The State Council's notices by year; a year's days are read when they are first asked for."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table
        self._years: dict[int, YearDays] = {}

    def __getitem__(self, year: int) -> YearDays:
        if year not in self._years:
            row = self._table[str(year)]
            self._years[year] = YearDays(_days(year, row["off"]), _days(year, row["work"]), row["source"])
        return self._years[year]

    def __iter__(self) -> Iterator[int]:
        return (int(year) for year in self._table)

    def __len__(self) -> int:
        return len(self._table)


def load_calendar(
    days_off: Iterable[date] = (),
    days_on: Iterable[date] = (),
    office_hours: Sequence[str] | None = None,
    folder: Path | None = None,
) -> WorkCalendar:
    """The calendar in force: the published tables, files ``calendar-YEAR.toml`` in ``folder`` over them, then the days
    and hours of the settings. Raises ValueError naming the entry that is wrong.
    """
    text = _TABLE.read_text(encoding="utf-8")
    years: Mapping[int, YearDays] = Published(json.loads(text))
    own = {} if folder is None else dict(_year_file(path) for path in sorted(folder.glob("calendar-*.toml")))
    if own:
        years = {**years, **own}
    hours = DEFAULT_OFFICE_HOURS if office_hours is None else tuple(_span(entry) for entry in office_hours)
    return WorkCalendar(years, frozenset(days_off), frozenset(days_on), hours)


def _days(year: int, names: Mapping[str, str]) -> dict[date, str]:
    return {date(year, int(day[:2]), int(day[3:])): name for day, name in names.items()}


def _span(entry: str) -> tuple[time, time | None]:
    """One span of office hours, ``08:30-12:00``; it may end at ``24:00``."""
    match = _SPAN.fullmatch(entry.strip())
    if match is None:
        raise ValueError(f"office_hours: {entry!r} is not like 08:30-12:00")
    hour, minute, end_hour, end_minute = map(int, match.groups())
    try:
        start = time(hour, minute)
        end = None if (end_hour, end_minute) == (24, 0) else time(end_hour, end_minute)
    except ValueError:
        raise ValueError(f"office_hours: {entry!r} is not a time of day") from None
    if end is not None and end <= start:
        raise ValueError(f"office_hours: {entry!r} ends before it begins")
    return start, end


def _year_file(path: Path) -> tuple[int, YearDays]:
    """One year's table beside the ledger: year, status, source, off = [{from, to, name}], work = [{date, name}]."""
    import tomllib

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        off = {day: row.get("name", "") for row in table.get("off", ()) for day in _each(row["from"], row["to"])}
        work = {_day(row["date"]): row.get("name", "") for row in table.get("work", ())}
        days = YearDays(off, work, str(table.get("source", path.name)), table.get("status") == "provisional")
        return int(table["year"]), days
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name}: {error}") from None


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _each(first: object, last: object) -> list[date]:
    start, end = _day(first), _day(last)
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]

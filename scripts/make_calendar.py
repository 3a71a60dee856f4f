#!/usr/bin/env python3
"""Write kfcs/calendars/state-council.json from the development package chinesecalendar.

usage: make_calendar.py            write the table
       make_calendar.py --check    change nothing; exit 1 when the table differs from the package

`off` holds the days that the year's notice gives to a break, and the weekend days inside it; a weekend
that only touches a break is an ordinary one. `work` holds the weekend days that the notice makes working
days.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

from chinese_calendar.constants import Holiday, holidays, workdays

TABLE = Path(__file__).resolve().parent.parent / "kfcs" / "calendars" / "state-council.json"
NAMES = {
    Holiday.new_years_day: "元旦",
    Holiday.spring_festival: "春节",
    Holiday.tomb_sweeping_day: "清明节",
    Holiday.labour_day: "劳动节",
    Holiday.dragon_boat_festival: "端午节",
    Holiday.national_day: "国庆节",
    Holiday.mid_autumn_festival: "中秋节",
    Holiday.anti_fascist_70th_day: "抗战胜利70周年纪念日",
}
AMENDED = {2015: "（含后来的补充通知）", 2019: "（含后来的补充通知）", 2020: "（含后来的补充通知）"}
"""The victory day of 2015, the longer Labour Day of 2019, the extended Spring Festival of 2020."""


def table() -> str:
    off = {day: _name(name) for day, name in holidays.items()}
    off |= dict(_weekends_inside(off))
    work = {day: _name(name) for day, name in workdays.items()}
    years = {
        str(year): {
            "off": _of_year(year, off),
            "work": _of_year(year, work),
            "source": f"国务院办公厅关于{year}年部分节假日安排的通知{AMENDED.get(year, '')}",
        }
        for year in sorted({day.year for day in off})
    }
    return json.dumps(years, ensure_ascii=False, indent=1) + "\n"


def _name(english: str) -> str:
    return NAMES[Holiday(english)]


def _of_year(year: int, days: Mapping[date, str]) -> dict[str, str]:
    return {f"{day:%m-%d}": name for day, name in sorted(days.items()) if day.year == year}


def _weekends_inside(off: Mapping[date, str]) -> Iterator[tuple[date, str]]:
    """Weekend days between two days of one break that the package leaves to its weekday rule."""
    for first, name in off.items():
        gap = [first + timedelta(days=n) for n in range(1, 3)]
        gap = gap[: next((n for n, day in enumerate(gap) if day in off or day in workdays), 2)]
        closed = bool(gap) and off.get(gap[-1] + timedelta(days=1)) == name
        if closed and all(day.weekday() >= 5 for day in gap):
            yield from ((day, name) for day in gap)


def main() -> int:
    text = table()
    if "--check" in sys.argv[1:]:
        current = TABLE.read_text(encoding="utf-8") if TABLE.exists() else ""
        if current != text:
            print(f"{TABLE.name} differs from chinesecalendar: run scripts/make_calendar.py", file=sys.stderr)
        return int(current != text)
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

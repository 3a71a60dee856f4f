"""Times and dates as people and spreadsheets write them (SPEC C6); what is not certain is refused."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from unicodedata import normalize

from kfcs.period import DAY, SHANGHAI, day_end, day_start, in_shanghai

ORDERS = ("year-first", "day-first", "month-first")
"""How the parts of a date stand. Only a file's mapping can say that 04/12/2018 is one or the other."""

_LONGEST = 64
"""No time is longer; a cell that holds a letter of complaint is not looked through for one."""

# What systems write: nearly every row of an import ends here.
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(Z|\+(?:0[0-9]|1[0-4]):[0-5][0-9])?"
)


@cache
def _compiled(form: str) -> re.Pattern[str]:
    """A pattern when it is first needed: together they take milliseconds, and most commands read ISO only."""
    return re.compile(form, re.VERBOSE)


def parse_time(text: str, now: datetime, *, end_of_day: bool = False) -> datetime:
    """A moment as a person wrote it, in Shanghai, to the second.

    Reads ISO 8601 (without an offset it is Shanghai's), ``2026/10/3 15:20``, ``2026年10月3日 下午3:20``,
    and what lies so far from now: ``now``, ``-2h``, ``+30m``, ``+3d``, ``-1w``. A day without a time is
    its first second, or its last with ``end_of_day``. Raises ValueError naming the text.
    """
    moment = _iso(text)
    if moment is not None:
        return moment
    folded = _folded(text)
    try:
        return _relative(folded, now) or _written(folded, end_of_day)
    except (ValueError, OverflowError):
        raise _unreadable(text) from None


def parse_cell_time(
    value: str | int | float | datetime | date,
    *,
    end_of_day: bool = False,
    date1904: bool = False,
    order: str = ORDERS[0],
) -> datetime:
    """A moment as a spreadsheet holds it: a typed date, a serial number, or what ``parse_time`` reads.

    Serials count days from 1899-12-30, or from 1904-01-01 with ``date1904``. With an ``order`` that puts the year last,
    31/01/2022 is read as well. A cell has no now to be relative to. Raises ValueError naming the value.
    """
    if isinstance(value, str):
        moment = _iso(value)
        if moment is not None:
            return moment
    try:
        if isinstance(value, datetime):
            return _whole_second(value)
        if isinstance(value, date):
            return _of_day(value, end_of_day)
        # A whole number that a sheet holds as a float is one that was typed: 20261003.0.
        text = _folded(value if isinstance(value, str) else f"{value!r}").removesuffix(".0")
        if _compiled(_SERIAL).fullmatch(text):
            return _from_serial(float(text), end_of_day, date1904)
        return _written(text if order == ORDERS[0] else _year_first(text, order), end_of_day)
    except (ValueError, OverflowError):
        raise _unreadable(value) from None


def parse_date(text: str) -> date:
    """The day of what ``parse_time`` reads but the relative ones. Raises ValueError naming the text."""
    moment = _iso(text)
    if moment is None:
        try:
            moment = _written(_folded(text), False)
        except (ValueError, OverflowError):
            raise _unreadable(text) from None
    return moment.date()


def _unreadable(value: object) -> ValueError:
    shown = repr(value)
    return ValueError(f"no time: {shown if len(shown) <= _LONGEST else shown[:_LONGEST] + '…'}")


def _iso(text: str) -> datetime | None:
    """The moment of plain ISO text; None for all other text, and for what no calendar has."""
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=SHANGHAI) if match[1] is None else moment.astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        return None


# ---------------------------------------------------------------- folding

_ODD = str.maketrans(
    dict.fromkeys(
        [0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)],
    )
    | {ord(c): "-" for c in "‐‑‒–—―−"}
    | {ord(a): b for a, b in zip("∶。．點時號週兩○", ":..点时号周两〇", strict=True)}
)
"""Marks without a width go; odd dashes, stops and traditional characters become the plain ones."""
_ODD_ONES = "[" + "".join(map(chr, _ODD)) + "]"
_WEEKDAY = r"[(\[【]?\s*(?:周|星期|礼拜)[一二三四五六日天]\s*[)\]】]?"
_NUMERAL = "(?<![0-9])[〇零一二两三四五六七八九十廿卅]+(?![0-9])"
_DIGITS = str.maketrans("〇零一二两三四五六七八九", "001223456789")


def _folded(text: str) -> str:
    """Text with one way of writing each sign, Chinese numerals as digits, and no weekday."""
    if len(text) > _LONGEST:
        return ""
    if not text.isascii():
        text = normalize("NFKC", text)
        if _compiled(_ODD_ONES).search(text):
            text = text.translate(_ODD)
        text = _compiled(_NUMERAL).sub(_number, _compiled(_WEEKDAY).sub(" ", text))
    return text.strip().lstrip("'").lstrip()


def _number(match: re.Match[str]) -> str:
    run = match[0].replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = run.partition("十")
    if ten:
        run = f"{tens or 1}{ones or 0}"
    return run.translate(_DIGITS)


# ---------------------------------------------------------------- forms

_RELATIVE = r"([+-][0-9]{1,5})\s*([mhdw])"
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _relative(text: str, now: datetime) -> datetime | None:
    match = _compiled(_RELATIVE).fullmatch(text)
    if match is None and text != "now":
        return None
    away = timedelta(0) if match is None else timedelta(**{_UNITS[match[2]]: int(match[1])})
    return in_shanghai(now).replace(microsecond=0) + away


_DATE = r"""
     ([0-9]{4}|[0-9]{2})\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*(?:[日号]|(?![0-9]))
    |([0-9]{4}|[0-9]{2}(?=\.))\s*([-/.])\s*([0-9]{1,2})\s*\5\s*([0-9]{1,2})(?![0-9])
    |((?:19|2[01])[0-9]{2})([0-9]{2})([0-9]{2})(?:(?=[T\s]*[0-9]{4}(?:[0-9]{2})?(?![0-9:]))|(?![0-9]))
"""
_WORD = r"上午|下午|午后|中午|正午|凌晨|清晨|早晨|早上|早|傍晚|晚上|晚间|晚|夜间|夜里|深夜|[AP]\.?M\.?"
_TIME = rf"""
    \s*[T,]?\s*
    (?: ([0-9]{{2}})([0-9]{{2}})([0-9]{{2}})?
      | ({_WORD})?\s*([0-9]{{1,2}})
        (?: \s*:\s*([0-9]{{1,2}})(?:\s*:\s*([0-9]{{1,2}})(?:[.,][0-9]+)?)?
          | \s*([点时])\s*
            (?: 整 | 钟 | (半) | ([13])刻
              | ([0-9]{{2}}|[0-9](?=\s*分)) (?:\s*分(?:\s*([0-9]{{1,2}})\s*秒?)?)?
            )?
        )?
        \s*({_WORD})?
    )
    \s*(Z|UTC|GMT|(?:UTC|GMT)?[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?|(?:UTC|GMT)[+-][0-9])?
"""
_OFFSET = r"([+-])([0-9]{1,2}):?([0-9]{2})?"


def _written(text: str, end_of_day: bool) -> datetime:
    """The moment of folded text. Raises ValueError."""
    text = text.upper()
    match = _compiled(_DATE).match(text)
    if match is None:
        raise ValueError(text)
    a, b, c, year, sign, month, day, *compact = match.groups()
    if a is not None:
        year, month, day = a, b, c
    elif year is None:
        year, month, day = compact
    wanted = date(_full_year(year, day, sign), int(month), int(day))
    rest = text[match.end() :]
    return _at(wanted, rest, compact[0] is not None) if rest else _of_day(wanted, end_of_day)


_YEAR_LAST = r"([0-9]{1,2})([-/.])([0-9]{1,2})\2((?:19|2[01])[0-9]{2}|[0-9]{2})(?![0-9.])"


def year_stands_last(text: str) -> bool:
    """Whether a text begins with a date such as 04/12/2018 or 5/3/24, of which nobody can tell the month."""
    return _compiled(_YEAR_LAST).match(text.strip()) is not None


def _year_first(text: str, order: str) -> str:
    """The text with its date turned round, where it is one whose year stands last."""
    match = _compiled(_YEAR_LAST).match(text)
    if match is None:
        return text
    first, _sign, second, year = match.groups()
    day, month = (first, second) if order == "day-first" else (second, first)
    return f"{_full(year)}-{month}-{day}{text[match.end() :]}"


def _full(year: str) -> int:
    """A year of two digits is one from 1970 to 2069."""
    short = 0 if len(year) == 4 else 2000 if int(year) < 70 else 1900
    return int(year) + short


def _full_year(year: str, day: str, sign: str | None) -> int:
    """A year of two digits is one in ``24年3月5日`` and ``24.3.5``; ``05.03.24`` may be either way."""
    if len(year) == 2 and sign is not None and len(day) == 2 and int(year) <= 12:
        raise ValueError(year)
    return _full(year)


def _at(day: date, text: str, compact: bool) -> datetime:
    """The moment of a day that the rest of a text names. Raises ValueError."""
    match = _compiled(_TIME).fullmatch(text)
    if match is None:
        raise ValueError(text)
    hhmmss, before, after, offset = match.group(1, 2, 3), match[4], match[13], match[14]
    if hhmmss[0] is not None:
        if not compact:
            raise ValueError(text)
        hour, minute, second = hhmmss
    else:
        hour, second = match[5], match[7] or match[12]
        minute = match[6] or match[11] or ("30" if match[9] else match[10] and str(15 * int(match[10])))
        # An hour alone is one only with a word that says so.
        if (before and after) or not (minute or match[8] or before or after):
            raise ValueError(text)
    # 09:00-11:30 is a span of time, not an offset.
    if offset and offset[0] == "-" and second is None and "T" not in text:
        raise ValueError(text)
    word = before or after
    hours = int(hour) if word is None else _HOURS[word.replace(".", "")][int(hour)]
    return _combined(day, hours, int(minute or 0), int(second or 0), offset)


def _combined(day: date, hour: int, minute: int, second: int, offset: str | None) -> datetime:
    if hour == 24 and minute == second == 0:
        day, hour = day + DAY, 0
    moment = datetime.combine(day, time(hour, minute, second, tzinfo=SHANGHAI))
    if offset is None:
        return moment
    match = _compiled(_OFFSET).search(offset)
    ahead = timedelta(0) if match is None else timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    zone = timezone(-ahead if match is not None and match[1] == "-" else ahead)
    return moment.replace(tzinfo=zone).astimezone(SHANGHAI)


class _Hours(dict[int, int]):
    """The hours of the day that may stand with a word, by the hour as written."""

    def __missing__(self, hour: int) -> int:
        raise ValueError(hour)


_AM = _Hours({12: 0} | {h: h for h in range(12)})
_DAWN = _Hours({12: 0} | {h: h for h in range(7)})
_MORNING = _Hours({h: h for h in range(12)})
_NOON = _Hours({11: 11, 12: 12, 1: 13, 2: 14, 13: 13, 14: 14})
_PM = _Hours({h: h + 12 for h in range(1, 12)} | {h: h for h in range(12, 24)})
# 晚上12点 and 夜里1点 are of this day to one and of the next to another.
_EVENING = _Hours({h: h + 12 for h in range(5, 12)} | {h: h for h in range(17, 25)})
_HOURS = {
    **dict.fromkeys(("上午", "AM"), _AM),
    **dict.fromkeys(("下午", "午后", "傍晚", "PM"), _PM),
    **dict.fromkeys(("中午", "正午"), _NOON),
    "凌晨": _DAWN,
    **dict.fromkeys(("清晨", "早晨", "早上", "早"), _MORNING),
    **dict.fromkeys(("晚上", "晚间", "晚", "夜间", "夜里", "深夜"), _EVENING),
}

# ---------------------------------------------------------------- spreadsheets

_SERIAL = r"[2-7][0-9]{4}(?:\.[0-9]+)?|80000"
_EPOCH, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
_SECONDS = 24 * 60 * 60


def _from_serial(serial: float, end_of_day: bool, date1904: bool) -> datetime:
    days, fraction = divmod(serial, 1)
    day = (_EPOCH_1904 if date1904 else _EPOCH) + timedelta(days=int(days))
    if not fraction:
        return _of_day(day, end_of_day)
    return day_start(day) + timedelta(seconds=round(fraction * _SECONDS))


def _of_day(day: date, end_of_day: bool) -> datetime:
    return day_end(day) if end_of_day else day_start(day)


def _whole_second(moment: datetime) -> datetime:
    """A typed time of a sheet: its fraction of a second is what the serial could not hold."""
    local = moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment.astimezone(SHANGHAI)
    return (local + timedelta(microseconds=500_000)).replace(microsecond=0)

"""One cell of a file as a value (SPEC C6). What cannot be told for certain is refused, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from kfcs.errors import N_, BadInput, Message, say
from kfcs.homes import home_name
from kfcs.intake.facts import MOST_PEOPLE
from kfcs.money import parse_money
from kfcs.period import iso
from kfcs.phones import dialled, mobile_in, plain_phone
from kfcs.times import ORDERS, parse_cell_time, year_stands_last
from kfcs.words import parse_word

EARLIEST_YEAR = 1990
"""A date before this is a slip of the pen: 1924 for 2024."""
NOTHING = frozenset({"", "-", "--", "—", "/", "\\", "无", "没有", "未留", "不详", "未提供", "暂无"})
"""What people write into a cell that they leave empty. A customer may be called NA, None or Null."""

_STARTS_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
_BLANKS = re.compile("[\\s\ufeff\u200b-\u200f\u2060]+")
_EXPONENT = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
_BROKEN_HOME = re.compile(
    r"\d{1,2}-[A-Za-z]{3}|[A-Za-z]{3}-\d{1,2}|\d{1,2}月\d{1,2}日|\d{4}-\d\d-\d\d(?: 00:00:00)?"
)
_SEVERAL = re.compile(r"[/;,、；]|或")
_TAIL = re.compile("(?:转办|转来|转交|投诉|热线|渠道|平台)$")
"""What may stand behind a word without changing it: 12345转办, 来电投诉."""
_YES = frozenset({"是", "有", "对", "√", "✓", "✔", "✔️", "✅", "☑", "v", "y", "yes", "true", "1", "t"})
_NO = frozenset(
    {"否", "无", "没有", "×", "✗", "✘", "❌", "☐", "□", "x", "n", "no", "false", "0", "f", "-", "/"}
)


ERRORS = frozenset({
    "#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA",
})  # fmt: skip
"""What a spreadsheet writes where a formula failed: the value is gone."""


class Unfit(Exception):
    """A cell that a row cannot be taken in with, and why."""

    def __init__(self, why: Message) -> None:
        super().__init__(str(why))
        self.why = why


def read_text(text: str) -> str | None:
    """A text as it stands, without the space around it and the apostrophe that kept a spreadsheet from running it."""
    stripped = text.strip()
    if stripped[:1] == "'" and stripped[1:2] in _STARTS_FORMULA:
        stripped = stripped[1:].strip()
    return stripped or None


def read_name(text: str) -> str | None:
    """A name, or None for what stands in an empty cell."""
    stripped = read_text(text)
    return None if stripped in NOTHING else stripped


def read_word(kind: str) -> Callable[[str], str | None]:
    """How the words of a vocabulary are read."""

    @lru_cache(maxsize=1024)
    def read(text: str) -> str | None:
        plain = text.strip() if text.isascii() else _BLANKS.sub("", text)
        if plain in NOTHING and not _is_word(kind, plain):
            return None
        for word in (plain, _TAIL.sub("", plain)):
            if _is_word(kind, word):
                return parse_word(kind, word)
        raise Unfit(say(N_("{value} is no word for it"), value=repr(text)))

    return read


def _is_word(kind: str, text: str) -> bool:
    try:
        return bool(parse_word(kind, text))
    except BadInput:
        return False


@lru_cache(maxsize=1024)
def read_flag(text: str) -> bool | None:
    """是 or 否, √ or ×, yes or no, 1 or 0."""
    word = normalize("NFKC", text).strip().casefold()
    if word in _YES:
        return True
    if word in _NO or not word:
        return None
    raise Unfit(say(N_("{value} is neither yes nor no"), value=repr(text)))


LONGEST = 18
"""No count or number of ours has more digits."""


@lru_cache(maxsize=4096)
def read_count(text: str) -> int | None:
    """A whole number from 0 on; units such as 人 and 户 may follow it."""
    plain = normalize("NFKC", text).strip().rstrip("人户名个次").replace(",", "").removesuffix(".0").strip()
    if plain in NOTHING:
        return None
    if not plain.isdecimal() or len(plain) > LONGEST or int(plain) > MOST_PEOPLE:
        raise Unfit(say(N_("{value} is no whole number that can be"), value=repr(text)))
    return int(plain)


def read_people(text: str) -> int | None:
    """How many people; nobody is nobody in particular, so one."""
    return read_count(text) or None


@lru_cache(maxsize=4096)
def read_sum(text: str) -> str | None:
    """A sum in CNY, exact to the fen."""
    if text.strip() in NOTHING:
        return None
    try:
        return str(parse_money(text))
    except ValueError:
        raise Unfit(say(N_("{value} is no sum in CNY"), value=repr(text))) from None


def read_number(text: str) -> str | None:
    """A number that names something, such as a work order's: text, all of it."""
    plain = normalize("NFKC", text).strip().removeprefix("'").strip()
    if _EXPONENT.fullmatch(plain):
        raise Unfit(say(N_("{value} has lost its digits in a spreadsheet"), value=repr(text)))
    return None if plain in NOTHING else plain.removesuffix(".0")


def read_home(text: str) -> str | None:
    """A home; one that a spreadsheet has made a date of (3-Jan) is ``Unfit``: nobody can tell which it was."""
    plain = home_name(text).removeprefix("'").strip()
    if _BROKEN_HOME.fullmatch(plain):
        raise Unfit(say(N_("{value} is a date, not a home"), value=repr(text)))
    return None if plain in NOTHING else plain.removesuffix(".0")


def read_phone(text: str) -> str | None:
    """A phone as it is dialled: its digits, an extension after 转.

    Raises Damaged for one that a spreadsheet has rounded, and Unfit for what is otherwise no phone: masked, too short,
    without its leading zero, or several.
    """
    if text.isdecimal() and text.isascii() and len(text) == 11 and text[0] == "1":
        return text
    plain = plain_phone(text)
    if plain in NOTHING:
        return None
    if _EXPONENT.fullmatch(plain):
        raise Damaged(
            say(N_("phone {value} has lost its digits in a spreadsheet; give it in full"), value=repr(text))
        )
    if phone := dialled(plain):
        return phone
    raise Unfit(say(N_("{value} is no phone number"), value=repr(text)))


class Damaged(Unfit):
    """A value whose digits are gone: the row waits until somebody gives them."""


def first_phone_in(text: str) -> str | None:
    """The first phone of a cell that holds several, or more than a phone; None where none is beyond doubt."""
    found = []
    for part in _SEVERAL.split(normalize("NFKC", text)):
        try:
            phone = read_phone(part)
        except Unfit:
            return mobile_in(text)
        found += [phone] if phone else []
    return next(iter(found), None)


def moment_reader(
    date1904: bool = False, order: str = ORDERS[0], *, end_of_day: bool = False
) -> Callable[[str], Any]:
    """How the times of a file are read; ``date1904`` where its bare numbers count from 1904, ``order`` as in ``ORDERS``."""

    @lru_cache(maxsize=4096)
    def read(text: str) -> Any:
        if text.strip() in NOTHING:
            return None
        try:
            moment = parse_cell_time(text, date1904=date1904, order=order, end_of_day=end_of_day)
        except ValueError:
            raise Unfit(_no_date(text)) from None
        if moment.year < EARLIEST_YEAR:
            raise Unfit(say(N_("{value} lies too far back"), value=repr(text)))
        return moment

    return read


def _no_date(text: str) -> Message:
    if year_stands_last(text):
        return say(N_("{value} may be one of two days; say which with --dates"), value=repr(text))
    return say(N_("{value} is no date that can be told for certain"), value=repr(text))


def iso_reader(date1904: bool = False, order: str = ORDERS[0]) -> Callable[[str], Any]:
    """How a limit is read: as the ISO text that an entry keeps; a day alone means its end."""
    read = moment_reader(date1904, order, end_of_day=True)

    def limit(text: str) -> str | None:
        moment = read(text)
        return None if moment is None else iso(moment)

    return limit

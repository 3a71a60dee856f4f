"""One cell of a table: what a column holds, and how a value reads in CSV and to a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from kfcs.i18n import _, language, shown
from kfcs.period import SHANGHAI
from kfcs.words import word

Kind = Literal["text", "id", "number", "money", "time", "rate"]

RIGHT = frozenset({"number", "money", "rate"})
"""The kinds that stand at the right edge of their column."""

_OFFSET = timedelta(hours=8)


class Column(NamedTuple):
    """One column: the key in the row (and in JSON), its title as a msgid, and how its values read.

    `words` names the vocabulary of a column of codes: people see the words, JSON keeps the codes.
    `width` is the most columns that it may take in a table. A time may be a datetime, or ISO text.
    """

    key: str
    title: str
    kind: Kind = "text"
    width: int | None = None
    words: str | None = None


def titles(columns: Sequence[Column]) -> list[str]:
    """The titles of columns in the language."""
    return [_(column.title) for column in columns]


Reader = Callable[[object], str]


def plain(column: Column) -> Reader:
    """How values of a column read in CSV and TSV: complete, and without grouping."""
    text = _text(column)

    def read(value: object) -> str:
        # Nearly every cell is one of these two, and a long list has a hundred thousand cells.
        if type(value) is str:
            return text(value)
        return "" if value is None else _number_or_time(value, column)

    return read


def pretty(column: Column) -> Reader:
    """How values of a column read in a table: for people."""
    complete = plain(column)
    nothing = "—" if column.kind == "rate" else ""

    def read(value: object) -> str:
        if value is None:
            return nothing
        if column.kind == "time":
            return complete(value)[:16]
        if column.kind in ("rate", "money") and isinstance(value, int | float | Decimal):
            return f"{value * 100:.1f}%" if column.kind == "rate" else f"{value:,.2f}"
        return complete(value)

    return read


def _text(column: Column) -> Callable[[str], str]:
    if column.kind == "time":
        return _without_offset
    if column.words is None:
        return lambda text: text
    return _Words(column.words, language()).__getitem__


class _Words(dict[str, str]):
    """The words of a vocabulary, each looked up once: a column has few codes and many rows."""

    def __init__(self, kind: str, lang: str) -> None:
        self.kind, self.lang = kind, lang

    def __missing__(self, code: str) -> str:
        self[code] = word(self.kind, code, self.lang)
        return self[code]


def _without_offset(text: str) -> str:
    """ISO text of a time in Shanghai as spreadsheets read it; other text as it is."""
    return f"{text[:10]} {text[11:19]}" if text[10:11] == "T" else text


def _number_or_time(value: object, column: Column) -> str:
    match value:
        case bool():
            return shown(value)
        case int() | float() | Decimal():
            return f"{value:.2f}" if column.kind == "money" else f"{value}"
        case datetime():
            return f"{local(value).replace(tzinfo=None, microsecond=0)}"
        case list() | tuple():
            return shown([plain(column)(item) for item in value])
    return value.isoformat() if isinstance(value, date) else shown(value)


def local(moment: datetime) -> datetime:
    """The moment in Shanghai; one without an offset is there already."""
    if moment.tzinfo is None or moment.utcoffset() == _OFFSET:
        return moment
    return moment.astimezone(SHANGHAI)

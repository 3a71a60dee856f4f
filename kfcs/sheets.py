"""XLSX (C7, R4): sheets with frozen titles and filters, numbers and times as such, and what people typed as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple

from kfcs.cells import RIGHT, Column, local, plain, titles
from kfcs.errors import BadInput, say

_NAME = 31
"""Characters that the name of a sheet may have."""
_ROWS = 1_048_576
_CHARACTERS = 32_767
_NUMBER_FORMATS = {
    "number": "General",
    "money": "#,##0.00",
    "rate": "0.0%",
    "time": "yyyy-mm-dd hh:mm",
    "day": "yyyy-mm-dd",
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_WIDTHS = {"text": 24, "id": 20, "time": 17, "money": 14}

Write = Callable[[int, object], bool]
Row = Mapping[str, object]


class Rate(float):
    """A share of one that stands in a column of other numbers."""


class Chart(NamedTuple):
    """What is drawn beside a table: ``column``, ``bar`` or ``line``, by the cells of one column, of others' numbers."""

    kind: str
    title: str
    by: str
    of: tuple[str, ...]


class Tab(NamedTuple):
    """One sheet of a workbook: its name, its table, and what is drawn beside it."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    charts: tuple[Chart, ...] = ()


def write_xlsx(rows: Iterable[Row], columns: Sequence[Column], stream: BinaryIO) -> int:
    """Write the rows as a workbook of one sheet; returns how many texts were cut, because no cell can hold them.

    Raises BadInput where the writer is not installed.
    """
    # Rows go out as they come, so that a large table needs no more memory than a small one.
    with _workbook(stream, constant_memory=True) as book:
        return _fill(book, book.add_worksheet(), rows, columns).cut


def write_book(tabs: Sequence[Tab], stream: BinaryIO, title: str, made_at: datetime) -> None:
    """Write a workbook of several sheets that is ready to be printed; BadInput where the writer is not installed.

    ``made_at`` is its date of creation, so that the same figures give the same bytes (R8).
    """
    with _workbook(stream) as book:
        book.set_properties({"title": title, "author": "kfcs", "created": made_at.replace(tzinfo=None)})
        for tab in tabs:
            sheet = book.add_worksheet(tab.name[:_NAME])
            last = _fill(book, sheet, tab.rows, tab.columns).last
            _draw(book, sheet, tab, last)
            _set_up_page(sheet, f"{title}  {tab.name}")


@contextmanager
def _workbook(stream: BinaryIO, **options: Any) -> Iterator[Any]:
    """A workbook that is written to the stream at the end. Raises OSError where the stream takes no more."""
    try:
        import xlsxwriter
        from xlsxwriter.exceptions import FileCreateError
    except ImportError as missing:
        raise BadInput(
            "XLSX needs the package {name}.", hint=say("Install kfcs[xlsx]."), name="xlsxwriter"
        ) from missing
    try:
        with xlsxwriter.Workbook(stream, options or {"in_memory": True}) as book:
            yield book
    except FileCreateError as error:
        [fault] = error.args
        raise fault from None


def _set_up_page(sheet: Any, title: str) -> None:
    """A4 across, as wide as one page, titles on each."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    # An ampersand begins a code of the header.
    sheet.set_header(f"&L{title.replace('&', '&&')}")
    sheet.set_footer("&C&P / &N")


def _draw(book: Any, sheet: Any, tab: Tab, last: int) -> None:
    """The charts of a tab, one below the other, to the right of its table."""
    places = {column.key: at for at, column in enumerate(tab.columns)}
    names = titles(tab.columns)
    for n, wanted in enumerate(tab.charts if last else ()):
        chart = book.add_chart({"type": wanted.kind})
        for key in wanted.of:
            at, by = places[key], places[wanted.by]
            chart.add_series({
                "name": names[at],
                "categories": [sheet.get_name(), 1, by, last, by],
                "values": [sheet.get_name(), 1, at, last, at],
            })  # fmt: skip
        chart.set_title({"name": wanted.title, "name_font": {"size": 12}})
        chart.set_legend({"none": True} if len(wanted.of) == 1 else {"position": "bottom"})
        if wanted.kind == "bar":
            chart.set_y_axis({"reverse": True})
        elif all(tab.columns[places[key]].kind == "rate" for key in wanted.of):
            chart.set_y_axis({"num_format": "0%"})
        sheet.insert_chart(1 + 16 * n, len(tab.columns) + 1, chart)


class _Filled(NamedTuple):
    """The number of the last row of a table, and how many texts were cut."""

    last: int
    cut: int


def _fill(book: Any, sheet: Any, rows: Iterable[Row], columns: Sequence[Column]) -> _Filled:
    """Write a table."""
    sheet.freeze_panes(1, 0)
    for at, (column, title) in enumerate(zip(columns, titles(columns), strict=True)):
        edge = {"align": "right"} if column.kind in RIGHT else {}
        sheet.write_string(0, at, title, book.add_format({"bold": True, "bottom": 1, **edge}))
    styles = {kind: book.add_format({"num_format": code}) for kind, code in _NUMBER_FORMATS.items()}
    writers = [_writer(sheet, at, column, styles) for at, column in enumerate(columns)]
    n = cut = 0
    for n, row in enumerate(rows, start=1):
        if n >= _ROWS:
            raise BadInput("XLSX holds {count} rows at most.", hint=say("Use csv."), count=_ROWS - 1)
        for column, write in zip(columns, writers, strict=True):
            cut += write(n, row.get(column.key))
    sheet.autofilter(0, 0, n, len(columns) - 1)
    return _Filled(n, cut)


def _writer(sheet: Any, at: int, column: Column, styles: Mapping[str, Any]) -> Write:
    """What writes one column and says whether it cut; a text goes in by `write_string`, which makes no formula of `=…`."""
    sheet.set_column(at, at, column.width or _WIDTHS.get(column.kind, 12))
    text = plain(column)

    def write(row: int, value: object) -> bool:
        if column.kind == "time" and (moment := _moment(value)) is not None:
            sheet.write_datetime(row, at, moment, styles["time" if isinstance(moment, datetime) else "day"])
        elif column.kind in RIGHT and isinstance(value, int | float | Decimal):
            kind = "rate" if isinstance(value, Rate) else column.kind
            sheet.write_number(row, at, float(value), styles[kind])
        elif value is not None:
            whole = text(value)
            sheet.write_string(row, at, whole[:_CHARACTERS])
            return len(whole) > _CHARACTERS
        return False

    return write


def _moment(value: object) -> datetime | date | None:
    """A time without its offset, or a day, whether it comes as such or as ISO text; None for anything else."""
    if isinstance(value, datetime):
        return local(value).replace(tzinfo=None)
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    return date.fromisoformat(value) if _DAY.fullmatch(value) else _moment(_time(value))


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None

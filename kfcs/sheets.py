"""XLSX (C7): one sheet with frozen titles and filters, numbers and times as such, and what people typed as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from kfcs.cells import RIGHT, Column, local, plain, titles
from kfcs.errors import BadInput, say

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

Write = Callable[[int, object], None]


def write_xlsx(rows: Iterable[Mapping[str, object]], columns: Sequence[Column], stream: BinaryIO) -> None:
    """Write the rows as a workbook of one sheet; BadInput where the writer is not installed."""
    try:
        import xlsxwriter
    except ImportError as missing:
        raise BadInput(
            "XLSX needs the package {name}.", hint=say("Install kfcs[xlsx]."), name="xlsxwriter"
        ) from missing
    # Rows go out as they come, so that a large table needs no more memory than a small one.
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        _fill(book, rows, columns)


def _fill(book: Any, rows: Iterable[Mapping[str, object]], columns: Sequence[Column]) -> None:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, titles(columns), book.add_format({"bold": True}))
    styles = {kind: book.add_format({"num_format": code}) for kind, code in _NUMBER_FORMATS.items()}
    writers = [_writer(sheet, at, column, styles) for at, column in enumerate(columns)]
    n = 0
    for n, row in enumerate(rows, start=1):
        if n >= _ROWS:
            raise BadInput("XLSX holds {count} rows at most.", hint=say("Use csv."), count=_ROWS - 1)
        for column, write in zip(columns, writers, strict=True):
            write(n, row.get(column.key))
    sheet.autofilter(0, 0, n, len(columns) - 1)


def _writer(sheet: Any, at: int, column: Column, styles: Mapping[str, Any]) -> Write:
    """What writes one column; a text goes in by `write_string`, which makes no formula of `=…`."""
    sheet.set_column(at, at, column.width or _WIDTHS.get(column.kind, 12))
    text = plain(column)

    def write(row: int, value: object) -> None:
        if column.kind == "time" and (moment := _moment(value)) is not None:
            sheet.write_datetime(row, at, moment, styles["time" if isinstance(moment, datetime) else "day"])
        elif column.kind in RIGHT and isinstance(value, int | float | Decimal):
            sheet.write_number(row, at, float(value), styles[column.kind])
        elif value is not None:
            sheet.write_string(row, at, text(value)[:_CHARACTERS])

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

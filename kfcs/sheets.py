"""XLSX (C7): one sheet with frozen titles, numbers as numbers, and what people typed as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from kfcs.cells import RIGHT, Column, local, plain, titles
from kfcs.errors import BadInput, say

_ROWS = 1_048_576
_CHARACTERS = 32_767
_NUMBER_FORMATS = {"number": "General", "money": "#,##0.00", "rate": "0.0%", "time": "yyyy-mm-dd hh:mm"}
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
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        _fill(book, rows, columns)


def _fill(book: Any, rows: Iterable[Mapping[str, object]], columns: Sequence[Column]) -> None:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, titles(columns), book.add_format({"bold": True}))
    styles = {kind: book.add_format({"num_format": code}) for kind, code in _NUMBER_FORMATS.items()}
    writers = [_writer(sheet, at, column, styles) for at, column in enumerate(columns)]
    for n, row in enumerate(rows, start=1):
        if n >= _ROWS:
            raise BadInput("XLSX holds {count} rows at most.", hint=say("Use csv."), count=_ROWS - 1)
        for column, write in zip(columns, writers, strict=True):
            write(n, row.get(column.key))


def _writer(sheet: Any, at: int, column: Column, styles: Mapping[str, Any]) -> Write:
    """What writes one column; a text goes in by `write_string`, which makes no formula of `=…`."""
    sheet.set_column(at, at, column.width or _WIDTHS.get(column.kind, 12))
    text = plain(column)

    def write(row: int, value: object) -> None:
        if isinstance(value, datetime):
            sheet.write_datetime(row, at, local(value).replace(tzinfo=None), styles["time"])
        elif column.kind in RIGHT and isinstance(value, int | float | Decimal):
            sheet.write_number(row, at, float(value), styles[column.kind])
        elif value is not None:
            sheet.write_string(row, at, text(value)[:_CHARACTERS])

    return write

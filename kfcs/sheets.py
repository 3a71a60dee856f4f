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
from kfcs.widths import width

_NAME = 31
"""Characters that the name of a sheet may have."""
_ROWS = 1_048_576
_CHARACTERS = 32_767
_CHART = 240
"""Pixels down that a chart has at the least."""
_LINE = 17
_ROW_PIXELS = 23
"""The height of a line of a sheet in points, and in pixels."""
_MOST_LINES = 24
"""Lines of a text that a row makes room for: no row may be higher than 409 points."""
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
    """What is drawn beside a table: ``column``, ``bar`` or ``line``, by the cells of one column, of others' numbers.

    ``shares`` draws the numbers of a row as parts of one bar; ``rows`` are the first and the last to draw, from 1.
    """

    kind: str
    title: str
    by: str
    of: tuple[str, ...]
    colours: tuple[str, ...] = ("#2f7fc1",)
    shares: bool = False
    rows: tuple[int, int] | None = None


class Tab(NamedTuple):
    """One sheet of a workbook: its name, its table, and what is drawn beside it."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    charts: tuple[Chart, ...] = ()
    heat: tuple[str, ...] = ()
    """Columns whose cells are tinted by their numbers."""


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
            last = _fill(book, sheet, tab.rows, tab.columns, wrap=True).last
            _tint(sheet, tab, last)
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


def _tint(sheet: Any, tab: Tab, last: int) -> None:
    """Shade the numbers of some columns, the highest the darkest; the numbers stay what they are."""
    places = [at for at, column in enumerate(tab.columns) if column.key in tab.heat]
    if places and last:
        scale = {"type": "2_color_scale", "min_color": "#ffffff", "max_color": "#82b2da"}
        sheet.conditional_format(1, places[0], last, places[-1], scale | {"min_type": "num", "min_value": 0})


def _draw(book: Any, sheet: Any, tab: Tab, last: int) -> None:
    """The charts of a tab, one below the other, to the right of its table."""
    places = {column.key: at for at, column in enumerate(tab.columns)}
    names = titles(tab.columns)
    row = 1
    for wanted in tab.charts if last else ():
        chart = book.add_chart(
            {"type": wanted.kind} | ({"subtype": "percent_stacked"} if wanted.shares else {})
        )
        first, end = wanted.rows or (1, last)
        for key, colour in zip(wanted.of, wanted.colours, strict=True):
            at, by = places[key], places[wanted.by]
            look = {"color": colour, "width": 2.25} if wanted.kind == "line" else {"none": True}
            chart.add_series({
                "name": names[at],
                "categories": [sheet.get_name(), first, by, end, by],
                "values": [sheet.get_name(), first, at, end, at],
                "gap": 60,
                "line": look,
                **({} if wanted.kind == "line" else {"fill": {"color": colour}}),
                **({} if wanted.shares else {"data_labels": {"value": True, "font": {"size": 8}}}),
            })  # fmt: skip
        chart.set_title({"name": wanted.title, "name_font": {"size": 12}, "overlay": False})
        lines = {"visible": True, "line": {"color": "#d9dfe6", "width": 0.75}}
        (chart.set_y_axis if wanted.kind != "bar" else chart.set_x_axis)({"major_gridlines": lines})
        chart.set_legend({"none": True} if len(wanted.of) == 1 else {"position": "bottom"})
        if wanted.kind == "bar":
            chart.set_y_axis({"reverse": True, "major_gridlines": {"visible": False}})
            chart.set_x_axis({"major_gridlines": lines, "label_position": "high"})
        elif all(tab.columns[places[key]].kind == "rate" for key in wanted.of):
            chart.set_y_axis({"num_format": "0%", "min": 0, "max": 1, "major_gridlines": lines})
        bars = end - first + 1 if wanted.kind == "bar" else 0
        height = max(_CHART, 90 + 22 * bars)
        chart.set_size({"width": 520, "height": height})
        sheet.insert_chart(row, len(tab.columns) + 1, chart)
        row += height // _ROW_PIXELS + 2


class _Filled(NamedTuple):
    """The number of the last row of a table, and how many texts were cut."""

    last: int
    cut: int


def _fill(
    book: Any, sheet: Any, rows: Iterable[Row], columns: Sequence[Column], *, wrap: bool = False
) -> _Filled:
    """Write a table. With ``wrap`` its long texts are broken to the column's width."""
    sheet.freeze_panes(1, 0)
    if wrap:
        sheet.set_default_row(_LINE)
        sheet.set_row(0, _LINE * 1.3)
    for at, (column, title) in enumerate(zip(columns, titles(columns), strict=True)):
        edge = {"align": "right"} if column.kind in RIGHT else {}
        look = {"bold": True, "bottom": 2, "bottom_color": "#0b4f8a", "bg_color": "#f3f6f9", "valign": "top"}
        sheet.write_string(0, at, title, book.add_format(look | edge | ({"text_wrap": True} if wrap else {})))
    styles = {
        kind: book.add_format({"num_format": code, "valign": "top"}) for kind, code in _NUMBER_FORMATS.items()
    }
    styles["first"] = book.add_format({"valign": "top"} | ({"text_wrap": True} if wrap else {}))
    styles["text"] = book.add_format({"valign": "top", "indent": 1} | ({"text_wrap": True} if wrap else {}))
    writers = [_writer(sheet, at, column, styles) for at, column in enumerate(columns)]
    n = cut = 0
    for n, row in enumerate(rows, start=1):
        if n >= _ROWS:
            raise BadInput("XLSX holds {count} rows at most.", hint=say("Use csv."), count=_ROWS - 1)
        if wrap:
            sheet.set_row(n, _LINE * _lines(row, columns))
        for column, write in zip(columns, writers, strict=True):
            cut += write(n, row.get(column.key))
    sheet.autofilter(0, 0, n, len(columns) - 1)
    return _Filled(n, cut)


def _lines(row: Row, columns: Sequence[Column]) -> int:
    """How many lines the longest text of a row takes in its column: not every program makes room for them by itself."""
    texts = [(row.get(column.key), _width(column)) for column in columns if column.kind not in RIGHT]
    wanted = [
        sum(max(1, -(-width(line) // (wide - 2))) for line in text.splitlines())
        for text, wide in texts
        if isinstance(text, str)
    ]
    return min(max([1, *wanted]), _MOST_LINES)


def _width(column: Column) -> int:
    return column.width or _WIDTHS.get(column.kind, 12)


def _writer(sheet: Any, at: int, column: Column, styles: Mapping[str, Any]) -> Write:
    """What writes one column and says whether it cut; a text goes in by `write_string`, which makes no formula of `=…`."""
    sheet.set_column(at, at, _width(column))
    text = plain(column)

    def write(row: int, value: object) -> bool:
        if column.kind == "time" and (moment := _moment(value)) is not None:
            sheet.write_datetime(row, at, moment, styles["time" if isinstance(moment, datetime) else "day"])
        elif column.kind in RIGHT and isinstance(value, int | float | Decimal):
            kind = (
                "rate" if isinstance(value, Rate) else "money" if isinstance(value, Decimal) else column.kind
            )
            sheet.write_number(row, at, float(value), styles[kind])
        elif value is not None:
            whole = text(value)
            sheet.write_string(row, at, whole[:_CHARACTERS], styles["text" if at else "first"])
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

"""The table in a web page, or in a workbook written as XML (SPEC C6): many systems export one and call it .xls."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser

_BREAK = "\0"
"""Where a line ends; a page cannot hold it itself."""
_XML = {"row": "tr", "cell": "td"}
"""What the elements of Excel's XML of 2003 are called in a page; its tables and their texts need no other name."""
_LINE_END = re.compile("\r\n?|\n")
MOST_CELLS = 5_000_000
"""A page with more is none that a person exported."""


def table_of_page(text: Iterable[str]) -> tuple[list[list[str]] | None, int]:
    """The rows of the page's largest table, None where it has none; and how many tables of rows and columns it has.

    A cell over several rows gives each its value, one over several columns leaves the others empty, as in a workbook.
    """
    reader = _Reader()
    for line in text:
        reader.feed(line)
        if reader.cells > MOST_CELLS:
            break
    reader.close()
    tables = [rows for rows in reader.tables if rows]
    count = sum(len(rows) > 1 and max(map(len, rows)) > 1 for rows in tables)
    return max(tables, key=len, default=None), count


class _Reader(HTMLParser):
    """Collects tables; what stands in a table within a cell belongs to the inner one alone."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self.cells = 0
        self._in_xml = False
        self._open: list[_Open] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = tag.removeprefix("ss:")
        tag = _XML.get(tag, tag)
        if tag == "workbook":
            self._in_xml = True
        elif tag == "table":
            self._open.append(_Open())
            self.tables.append(self._open[-1].rows)
        elif not self._open:
            return
        elif tag == "tr":
            self._open[-1].begin_row()
        elif tag in ("td", "th"):
            given = dict(attrs)
            if place := given.get("ss:index"):
                self._open[-1].skip_to(_span(place) - 1)
            down, across = given.get("ss:mergedown"), given.get("ss:mergeacross")
            self._open[-1].begin_cell(
                _span(given.get("rowspan")) if down is None else 1 + _span(down),
                _span(given.get("colspan")) if across is None else 1 + _span(across),
            )
            self.cells += 1
        elif tag in ("br", "p", "div"):
            self._open[-1].text(_BREAK)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that is empty: in XML a cell or a row too."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        tag = tag.removeprefix("ss:")
        tag = _XML.get(tag, tag)
        if self._open and tag in ("td", "th", "tr", "table"):
            self._open[-1].end_cell()
            if tag == "table":
                self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            # In a page a line's end is a space like any other; in a cell of XML it is one that was typed.
            self._open[-1].text(_LINE_END.sub(_BREAK, data) if self._in_xml else data)


class _Open:
    """A table that is being read."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self._parts: list[str] | None = None
        self._spans = (1, 1)
        self._over: dict[int, tuple[int, str]] = {}
        """Column → for how many more rows a cell from above reaches down, and its value."""

    def begin_row(self) -> None:
        self.end_cell()
        self.rows.append([])
        self._fill()

    def begin_cell(self, down: int, across: int) -> None:
        self.end_cell()
        if not self.rows:
            self.begin_row()
        self._parts, self._spans = [], (down, across)

    def skip_to(self, column: int) -> None:
        """Leave cells empty up to a column, counted from 0."""
        self.end_cell()
        row = self.rows[-1]
        row.extend([""] * (column - len(row)))

    def text(self, text: str) -> None:
        if self._parts is not None:
            self._parts.append(text)

    def end_cell(self) -> None:
        if self._parts is None:
            return
        lines = (" ".join(line.split()) for line in "".join(self._parts).split(_BREAK))
        value = "\n".join(lines).strip()
        down, across = self._spans
        row = self.rows[-1]
        for n in range(across):
            if down > 1:
                self._over[len(row)] = down - 1, value if n == 0 else ""
            row.append(value if n == 0 else "")
        self._parts = None
        self._fill()

    def _fill(self) -> None:
        """The cells that reach down into the row from above."""
        row = self.rows[-1]
        while (reaching := self._over.pop(len(row), None)) is not None:
            more, value = reaching
            if more > 1:
                self._over[len(row)] = more - 1, value
            row.append(value)


def _span(text: str | None) -> int:
    return (
        min(int(text), 1000)
        if text and text.isascii() and text.isdecimal() and len(text) < 9 and int(text) > 0
        else 1
    )

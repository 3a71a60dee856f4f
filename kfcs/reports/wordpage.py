"""What stands on a page, as a Word document is to have it: texts and their marks, rows and the room of their columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple, TypeAlias

from lxml.html import HtmlElement

_LONG_COLUMN = 36
"""A column of texts wants the room of so many letters, however long they are."""
RULED = frozenset({"grid", "ruled", "signing"})
"""Classes of tables that are filled in by hand: framed, as wide as the line, with every column."""
HEIGHTS = {"line": 9, "lines": 18, "space": 32}
_SIGNING = 24
"""Millimetres that a hand has, by the class of a row or cell, and to sign."""
_LETTER = 0.235
"""Millimetres that a letter takes for each point of its size."""
EDGES = 3.4
"""Millimetres of a column that stay empty beside its words."""
BAR = 34
"""Millimetres of a bar that is drawn in a row."""
_BREAK = "\0"
"""Where a line ends; no page holds it itself."""


def classes_of(element: HtmlElement) -> list[str]:
    return (element.get("class") or "").split()


def text_of(element: HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())


Piece = tuple[str, bool, list[str]]
"""A text, whether it is bold, and the classes of what it stands in."""


def pieces(element: HtmlElement, bold: bool) -> Iterator[Piece]:
    """The texts of an element in their order; line breaks and blocks within it begin a new line."""
    begun = False
    for text, strong, classes in _raw_pieces(element, bold, classes_of(element)):
        if text == _BREAK:
            if begun:
                yield "\n", strong, classes
        elif text.strip():
            begun = True
            yield re.sub(r"[ \t\r\n]+", " ", text), strong, classes


def _raw_pieces(element: HtmlElement, bold: bool, classes: list[str]) -> Iterator[Piece]:
    if element.text:
        yield element.text, bold, classes
    for child in element:
        if isinstance(child.tag, str) and child.tag not in ("svg", "style"):
            own = classes_of(child)
            if child.tag == "br" or "more" in own or (child.tag in ("b", "span") and _is_signing(element)):
                yield _BREAK, bold, classes
            yield from _raw_pieces(child, bold or child.tag in ("b", "strong"), own or classes)
        if child.tail:
            yield child.tail, bold, classes


def _is_signing(cell: HtmlElement) -> bool:
    """Whether a cell is a place to sign, where title, name and time stand below each other."""
    table = next(cell.iterancestors("table"), None)
    return cell.tag == "td" and table is not None and "signing" in classes_of(table) and bool(text_of(cell))


def colours_of(style: str) -> dict[str, str]:
    """The colours that a page names, each as it is named first: what is named later is for paper alone."""
    found: list[tuple[str, str]] = re.findall(r"(--[\w-]+):\s*(#[0-9a-fA-F]{3,6})", style)
    return dict(reversed(found))


COVERED = "covered"
"""A place of a row over which the cell to its left reaches."""
Cell: TypeAlias = Any
"""An element of a row, or ``COVERED``."""


def spread(line: HtmlElement) -> list[Cell]:
    """The cells of a row, one that reaches over several columns followed by the places that it covers."""
    cells: list[Cell] = []
    for cell in line.iterchildren("td", "th"):
        span = int(cell.get("colspan") or 1)
        cells += [cell, *[COVERED] * (span - 1)]
    return cells


def is_ruled(cell: HtmlElement) -> bool:
    return any(RULED & set(classes_of(above)) for above in cell.iterancestors("table"))


def row_height(line: HtmlElement, *, signing: bool) -> int | None:
    """How many millimetres a row leaves to a hand; None for as many as its words take."""
    named = {name for part in (line, *line) if isinstance(part.tag, str) for name in classes_of(part)}
    return max([HEIGHTS[name] for name in named & HEIGHTS.keys()], default=_SIGNING if signing else None)


def is_bar(cell: Cell) -> bool:
    """Whether a cell holds nothing but a drawn bar."""
    return not isinstance(cell, str) and cell.find("svg") is not None and not text_of(cell)


def filled_columns(rows: Sequence[Sequence[Cell]]) -> list[int]:
    """The columns that hold words, numbers or drawn bars."""
    width = max((len(row) for row in rows), default=0)
    filled = [
        [is_bar(cell) or (not isinstance(cell, str) and bool(text_of(cell))) for cell in row] for row in rows
    ]
    return [at for at in range(width) if any(at < len(row) and row[at] for row in filled)]


def weights(rows: Sequence[Sequence[Cell]], kept: Sequence[int], ruled: AbstractSet[str]) -> list[float]:
    """How the columns of a form share the line: places to sign alike, the labels of a grid little."""
    if "signing" in ruled:
        return [1.0] * len(kept)
    labels = {at for row in rows for at, cell in enumerate(row) if cell != COVERED and cell.tag == "th"}
    return [_LABEL if at in labels else 1.0 for at in kept]


_LABEL = 0.45
"""The room of a label beside that of what it names."""


class Room(NamedTuple):
    """The millimetres that a column wants, whether it can do with less, and what it would take for a line a text."""

    wanted: float
    fixed: bool
    whole: float

    @classmethod
    def of(cls, rows: Sequence[Sequence[Cell]], at: int, size: float) -> Room:
        """All of it for numbers, names of things and bars; of texts as much as a line of them takes."""
        cells = _cells(rows, at)
        letters = _longest(rows, at)
        wanted = EDGES + min(letters, _LONG_COLUMN) * size * _LETTER
        if any(map(is_bar, cells)):
            return cls(max(wanted, BAR), True, BAR)
        classes = {name for cell in cells for name in classes_of(cell)}
        return cls(
            wanted,
            bool({"n", "id"} & classes) and letters <= _LONG_COLUMN,
            EDGES + letters * size * _LETTER,
        )


def _cells(rows: Sequence[Sequence[Cell]], at: int) -> list[HtmlElement]:
    """The cells of a column that reach over no other."""
    wide = [row[at] for row in rows if at < len(row) and row[at + 1 : at + 2] != [COVERED]]
    return [cell for cell in wide if not isinstance(cell, str)]


def _longest(rows: Sequence[Sequence[Cell]], at: int) -> int:
    """Letters of the longest text of a column."""
    return max((_wide(text_of(cell)) for cell in _cells(rows, at)), default=1)


def _wide(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


_NUMERALS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """A number up to 99 in Chinese, as headings bear it."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _NUMERALS[ones]
    return f"{_NUMERALS[tens] if tens > 1 else ''}十{_NUMERALS[ones] if ones else ''}"

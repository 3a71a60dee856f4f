"""A file as rows of text (SPEC C6): what it really is decides how it is read, not what it is called.

CSV and JSON lines are read as a stream, so that a file of a million rows needs no more memory than one of a hundred.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from kfcs.errors import N_, BadInput, Message, say
from kfcs.intake.charset import detect, shown_name
from kfcs.intake.jsonrows import read_objects
from kfcs.intake.separated import (
    HEAD_ROWS,
    Cells,
    Numbered,
    Unreadable,
    clean_name,
    delimiter_of,
    read_separated,
)
from kfcs.intake.spool import no_room
from kfcs.intake.webpages import table_of_page
from kfcs.intake.workbooks import is_workbook, numbered, read_sheet

SPOOLED = 8 << 20
"""So much of what comes through a pipe is kept in memory; the rest lies in a nameless file."""
_SUM = re.compile(
    r"(?:合计|总计|小计|共计|累计|(?:grand|sub)?totals?|sum)[:：]?\d*(?:条|件|户|起|宗|个|项)?", re.IGNORECASE
)
"""What stands first in a row that only sums the others up, without its spaces: 合 计, 总计：3条."""
_NO_TABLES = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"{\\rtf": "RTF",
    b"MIME-Version": "MHTML",
    b"\x1f\x8b": "gzip",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"SQLite format 3": "SQLite",
}
"""What files begin with that are no tables, whatever their names say."""
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype|html|head|table|meta|body|\?xml)", re.IGNORECASE | re.DOTALL
)

Known = Callable[[str], bool]
"""Whether a name of a column is one that the program knows."""


@dataclass(frozen=True)
class Table:
    """The header of a file and its rows as they come: each with its number, as cells of text or why it is none.

    ``kind`` says what was read: an encoding, or that it is a workbook. ``others`` are sheets that were not read;
    ``date1904`` says that a bare number in a column of dates counts from 1904.
    """

    name: str
    kind: str | Message
    header: tuple[str, ...]
    rows: Iterator[Numbered]
    others: tuple[str, ...] = ()
    date1904: bool = False


@contextmanager
def open_table(
    path: str, known: Known, *, encoding: str | None = None, sheet: str | None = None
) -> Iterator[Table]:
    """The table in a file, or on standard input for ``-``. Raises BadInput for what cannot be read."""
    with _opened(path) as file:
        name = Path(path).name if path != "-" else "-"
        yield _checked(replace(_read(file, known, encoding, sheet), name=name))


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    """A file that can be read twice."""
    if path == "-":
        with _copied(sys.stdin.buffer) as copy:
            yield copy
        return
    try:
        file = open(path, "rb")  # noqa: SIM115
    except OSError as error:
        raise BadInput(
            N_("{file} cannot be read: {fault}."), file=path, fault=error.strerror or str(error)
        ) from None
    with file:
        if file.seekable():
            yield file
        else:
            with _copied(file) as copy:
                yield copy


@contextmanager
def _copied(pipe: BinaryIO) -> Iterator[BinaryIO]:
    """What comes through a pipe, which is read once only."""
    with SpooledTemporaryFile(max_size=SPOOLED) as copy:
        try:
            copyfileobj(pipe, copy)
            copy.seek(0)
        except OSError as error:
            raise no_room(error) from None
        yield cast(BinaryIO, copy)


def _read(file: BinaryIO, known: Known, encoding: str | None, sheet: str | None) -> Table:
    head = file.read(4096)
    file.seek(0)
    if is_workbook(head):
        return _workbook(file, known, sheet)
    if other := next((kind for mark, kind in _NO_TABLES.items() if head.startswith(mark)), None):
        raise BadInput(
            N_("The file is {kind}, not a table."),
            hint=say(N_("Open it where it was made and save the table as .xlsx or CSV UTF-8.")),
            kind=other,
        )
    codec = detect(file, encoding)
    text = io.TextIOWrapper(file, encoding=codec, newline="")
    if _HTML.match(head.lstrip(b"\xef\xbb\xbf")):
        return _web_page(text, known)
    start = text.read(4096).lstrip("\ufeff \t\r\n")
    text.seek(0)
    table = _objects(text) if start.startswith(("{", "[")) else _separated(text, known)
    return replace(table, kind=shown_name(codec))


def _workbook(file: BinaryIO, known: Known, wanted: str | None) -> Table:
    sheet = read_sheet(file, wanted)
    header, rows = _after_header(numbered(sheet.rows), known)
    return Table(
        "",
        say(N_("sheet {name}"), name=sheet.name),
        header,
        _data(rows, header),
        sheet.others,
        sheet.date1904,
    )


def _web_page(text: io.TextIOWrapper, known: Known) -> Table:
    """The table of a web page, which old systems write and call .xls."""
    rows, count = table_of_page(text)
    if rows is None:
        raise BadInput(
            N_("This is a web page without a table, whatever its name says."),
            hint=say(N_("Open it in Excel or WPS and save it as .xlsx or CSV UTF-8.")),
        )
    header, data = _after_header(iter(enumerate(rows, 1)), known)
    kind = say(N_("a table in a web page"))
    if count > 1:
        kind = say(N_("the largest of {count} tables in a web page"), count=count)
    return Table("", kind, header, _data(data, header))


# ---------------------------------------------------------------- separated values


def _separated(text: io.TextIOWrapper, known: Known) -> Table:
    delimiter = delimiter_of(text, lambda cells: _score(cells, known))
    text.seek(0)
    header, rows = _after_header(read_separated(text, delimiter), known)
    return Table("", "", header, _data(rows, header))


def _after_header(rows: Iterator[Numbered], known: Known) -> tuple[tuple[str, ...], Iterator[Numbered]]:
    """The header, which titles may precede, and the rows below it."""
    head = list(islice(rows, HEAD_ROWS))
    scores = [_score(cells, known) if isinstance(cells, list) else 0 for _, cells in head]
    filled = [
        at for at, (_, cells) in enumerate(head) if isinstance(cells, list) and any(map(str.strip, cells))
    ]
    if not filled:
        raise BadInput(N_("The file has no rows."))
    best = max(scores)
    at = scores.index(best) if best > 1 else filled[0]
    header = head[at][1]
    assert isinstance(header, list)
    return tuple(map(clean_name, header)), chain(head[at + 1 :], rows)


def _score(cells: Cells, known: Known) -> int:
    return sum(known(clean_name(cell)) for cell in cells)


def _data(rows: Iterable[Numbered], header: Sequence[str]) -> Iterator[Numbered]:
    """The rows that are data: no blank ones, no sums, no header printed again; each as long as the header."""
    width = len(header)
    for number, cells in rows:
        if isinstance(cells, Unreadable):
            yield number, cells
        elif len(cells) == width and cells[0] and cells[0][0].isdigit():
            yield number, cells  # the common case, decided at a glance
        elif any(map(str.strip, cells)) and not _is_furniture(cells, header):
            yield number, _fitted(cells, width)


def _is_furniture(cells: Cells, header: Sequence[str]) -> bool:
    first = clean_name(next(cell for cell in cells if cell.strip()))
    if _SUM.fullmatch(first.replace(" ", "")):
        return True
    return first in header and tuple(map(clean_name, cells)) == tuple(header)


def _fitted(cells: Cells, width: int) -> Cells | Unreadable:
    surplus = [cell for cell in cells[width:] if cell.strip()]
    if len(cells) >= width and not surplus:
        return cells[:width]
    why = say(N_("it has {count} cells, the header {width}"), count=len(cells), width=width)
    if surplus:
        why = say(N_("{why}; left over: {surplus}"), why=why, surplus=surplus)
    return Unreadable(why, (cells + [""] * width)[:width])


def _objects(text: io.TextIOWrapper) -> Table:
    """A list of objects, or an object a line."""
    header, rows = read_objects(text)
    return Table("", "", header, rows)


# ---------------------------------------------------------------- the header


def _checked(table: Table) -> Table:
    """The table, its header fit for use. Raises BadInput naming columns that bear one name."""
    twice = sorted({name for name in table.header if name and table.header.count(name) > 1})
    if twice:
        raise BadInput(
            N_("Several columns are called {names}."),
            hint=say(N_("Give each column a name of its own.")),
            names=twice,
        )
    if not any(table.header):
        raise BadInput(N_("The file has no header: its first row must name the columns."))
    return table

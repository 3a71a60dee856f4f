"""Rows of a workbook: XLSX and the old XLS, read by python-calamine (SPEC C6)."""

from __future__ import annotations

import os
import re
import sys
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, BinaryIO
from zipfile import BadZipFile, ZipFile

from kfcs.errors import N_, BadInput, say
from kfcs.intake.failedcells import Failed, failed_cells

ZIP_MARK = b"PK\x03\x04"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_LINE_END = re.compile("_x000D_\n?|\r\n?")
MOST_UNPACKED, MUCH_UNPACKED, MOST_TIMES = 2 << 30, 64 << 20, 200
"""So many bytes no workbook holds; of more than a little, none packs so tightly (a zip bomb)."""
_BROKEN = (BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, EOFError, zlib.error)
"""What Python's own reader says of archives that are none, or that only others can unpack."""
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_CELL = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_REFERENCE, _BLOCK = 16, 1 << 20
"""So many bytes a reference to a cell has at most, and so many are looked through at a time."""
MOST_CELLS = 60_000_000
"""Over so many cells no table of ours reaches: a million rows of sixty columns."""
_EXACT_UP_TO = 10**15
"""Excel keeps fifteen digits of a number; beyond, the rest is lost."""


@dataclass(frozen=True)
class Sheet:
    """One sheet as text: its rows as they come, and the names of the others that hold something."""

    name: str
    rows: Iterator[list[str]]
    others: tuple[str, ...]
    date1904: bool


def is_workbook(head: bytes) -> bool:
    """Whether a file that begins so is a workbook, whatever its name says."""
    return head.startswith((ZIP_MARK, OLE_MARK))


def read_sheet(file: BinaryIO, wanted: str | None) -> Sheet:
    """The sheet named or numbered, else the first visible one that holds rows.

    Raises BadInput for what cannot be read.
    """
    book = _opened(file)
    names = [sheet.name for sheet in book.sheets_metadata if str(sheet.visible).endswith(".Visible")]
    filled = _read(lambda: [name for name in names if book.get_sheet_by_name(name).height])
    if not book.sheet_names:
        raise BadInput(N_("The file has no rows."))
    name = _chosen(wanted, list(book.sheet_names), filled or names or list(book.sheet_names))
    sheet = _read(lambda: book.get_sheet_by_name(name))
    left = [""] * (sheet.start or (0, 0))[1]
    cells = (left + list(map(_text, row)) for row in sheet.iter_rows())
    rows = _filled_down(_with_failed(cells, failed_cells(file, name)), sheet.merged_cell_ranges or ())
    return Sheet(name, rows, tuple(other for other in filled if other != name), _counts_from_1904(file))


def _opened(file: BinaryIO) -> Any:
    try:
        from python_calamine import CalamineWorkbook
    except ImportError:
        raise BadInput(
            N_("Workbooks need the package {name}."),
            hint=say(N_("Install kfcs[xlsx], or save the sheet as CSV UTF-8.")),
            name="python-calamine",
        ) from None
    _check_size(file)
    _check_extent(file)
    content = file.read()
    file.seek(0)
    if content.startswith(OLE_MARK) and _ENCRYPTED in content:
        raise BadInput(
            N_("The workbook is protected by a password."),
            hint=say(N_("Open it, remove the password, save it.")),
        )
    return _read(lambda: CalamineWorkbook.from_filelike(file))


def _read(look: Callable[[], Any]) -> Any:
    """What is read of a workbook. Raises BadInput for what is broken in it, which may show at any sheet."""
    from python_calamine import CalamineError

    try:
        with _without_panic():
            return look()
    except CalamineError as error:
        fault = str(error).rstrip(".")
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        fault = str(error).rstrip(".")
    raise BadInput(
        N_("The workbook cannot be read: {fault}."),
        hint=say(N_("Save it as .xlsx or CSV UTF-8.")),
        fault=fault,
    )


@contextmanager
def _without_panic() -> Iterator[None]:
    """Keep from the terminal what the reader writes there by itself when a damaged file makes it panic."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # nothing is open there
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _check_size(file: BinaryIO) -> None:
    """Raises BadInput for a workbook that would fill the memory once it is unpacked, by mistake or on purpose."""
    try:
        with ZipFile(file) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except _BROKEN:
        return
    finally:
        size = file.seek(0, 2)
        file.seek(0)
    if unpacked > MOST_UNPACKED or (unpacked > MUCH_UNPACKED and unpacked > MOST_TIMES * size):
        raise BadInput(
            N_("The workbook grows from {size} MB to {unpacked} MB when it is unpacked."),
            hint=say(N_("Save the sheet as CSV UTF-8 and import that.")),
            size=size >> 20,
            unpacked=unpacked >> 20,
        )


def _check_extent(file: BinaryIO) -> None:
    """Raises BadInput for a sheet of few cells that lie so far apart that the room between them fills the memory."""
    try:
        with ZipFile(file) as archive:
            for name in archive.namelist():
                if _SHEET.fullmatch(name) and (cells := _extent(archive, name)) > MOST_CELLS:
                    raise BadInput(
                        N_("A sheet of the workbook reaches over {cells} cells, nearly all of them empty."),
                        hint=say(
                            N_("Delete the empty rows and columns behind its data, or save it as CSV UTF-8.")
                        ),
                        cells=cells,
                    )
    except _BROKEN:
        return
    finally:
        file.seek(0)


def _extent(archive: ZipFile, name: str) -> int:
    """How many cells lie between the first of a sheet and the one farthest to the right and the one lowest."""
    lowest, columns, rest = 0, {b"A"}, b""
    with archive.open(name) as sheet:
        while block := sheet.read(_BLOCK):
            found = _CELL.findall(rest + block)
            rest = block[-_REFERENCE:]
            columns.update(column for column, _row in found)
            lowest = max([lowest, *(int(row) for _column, row in found)])
    return lowest * max(map(_number_of, columns))


def _number_of(column: bytes) -> int:
    """The number of a column by its letters: A is 1, AA is 27."""
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number


def _chosen(wanted: str | None, names: Sequence[str], filled: Sequence[str]) -> str:
    if wanted is None:
        return (filled or names)[0]
    if wanted in names:
        return wanted
    if wanted.isdecimal() and len(wanted) < 9 and 0 < int(wanted) <= len(names):
        return names[int(wanted) - 1]
    raise BadInput(N_("There is no sheet {name}. There are: {names}."), name=repr(wanted), names=tuple(names))


def _with_failed(rows: Iterator[list[str]], failed: Failed) -> Iterator[list[str]]:
    """The rows with what is shown in cells whose formula failed."""
    for n, row in enumerate(rows):
        for column, shown in failed.get(n, ()):
            if column < len(row):
                row[column] = shown
        yield row


Ranges = Sequence[tuple[tuple[int, int], tuple[int, int]]]


def _filled_down(rows: Iterator[list[str]], ranges: Ranges) -> Iterator[list[str]]:
    """Give each row under a merged cell its value; to the right nothing is filled."""
    begins: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _right) in ranges:
        if bottom > top:
            begins.setdefault(top, []).append((left, bottom))
    open_cells: dict[int, tuple[int, str]] = {}
    for n, row in enumerate(rows):
        for left, (_bottom, value) in open_cells.items():
            if left < len(row):
                row[left] = row[left] or value
        for left, bottom in begins.get(n, ()):
            if left < len(row):
                open_cells[left] = bottom, row[left]
        if open_cells:
            open_cells = {left: cell for left, cell in open_cells.items() if cell[0] > n}
        yield row


def _text(cell: Any) -> str:
    """A cell as a person would have typed it."""
    if isinstance(cell, str):
        return _LINE_END.sub("\n", cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | int):
        return _number(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, date | time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _number(value: float) -> str:
    """Whole numbers without a point; those whose last digits Excel has lost, with their exponent."""
    if abs(value) >= _EXACT_UP_TO:
        return f"{value:.14E}"
    return str(int(value)) if value == int(value) else repr(value)


def _counts_from_1904(file: BinaryIO) -> bool:
    """Whether the workbook counts its days from 1904, as bare numbers in a column of dates then do."""
    try:
        with ZipFile(file) as archive:
            head = archive.read("xl/workbook.xml")[:4096]
    except (*_BROKEN, KeyError):
        return False
    finally:
        file.seek(0)
    return re.search(rb'date1904="(1|true)"', head) is not None


def numbered(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows with the numbers that the spreadsheet shows at its edge."""
    return iter(enumerate(rows, 1))

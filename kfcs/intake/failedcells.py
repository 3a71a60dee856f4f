"""Cells of a workbook whose formula failed (#REF!, #N/A): the reader of workbooks gives them as empty, which they are
not."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

Failed = dict[int, list[tuple[int, str]]]
"""Row → column and what is shown there, both counted from 0."""

PIECE = 1 << 20
_BROKEN = (
    BadZipFile, KeyError, StopIteration, ElementTree.ParseError, NotImplementedError, OSError, EOFError, ValueError,
    RuntimeError, zlib.error,
)  # fmt: skip
"""What is said of archives that are none, or that lack a part; the reader of the workbook then says what is wrong."""
_MARK = b't="e"'
_CELL = re.compile(rb'<c\s([^>]*\bt="e"[^>]*)(?<!/)>(.*?)</c>', re.DOTALL)
_PLACE = re.compile(rb'\br="([A-Z]+)(\d+)"')
_SHOWN = re.compile(rb"<v>([^<]*)</v>")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def failed_cells(file: BinaryIO, sheet: str) -> Failed:
    """The failed cells of a sheet of an XLSX; none of any other file. The file is back at its start afterwards."""
    found: Failed = {}
    try:
        with ZipFile(file) as archive, archive.open(_part_of(archive, sheet)) as part:
            for column, row, shown in _scanned(part):
                found.setdefault(row, []).append((column, shown))
    except _BROKEN:
        return {}
    finally:
        file.seek(0)
    return found


def _part_of(archive: ZipFile, sheet: str) -> str:
    """Where in the archive a sheet lies."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    relation = next(each.get(_RELATION) for each in book.iter() if each.get("name") == sheet)
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(str(each.get("Target")) for each in links if each.get("Id") == relation)
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _scanned(part: IO[bytes]) -> Iterator[tuple[int, int, str]]:
    """Column, row and text of each failed cell, the sheet read a piece at a time."""
    kept = b""
    while piece := part.read(PIECE):
        kept += piece
        # The last cell may go on in the next piece; where none begins, one may be about to.
        end = max(kept.rfind(b"<c "), kept.rfind(b"<c\n"))
        end = len(kept) - 2 if end < 0 else end
        whole, kept = kept[:end], kept[end:]
        if _MARK in whole:
            yield from map(_told, _CELL.finditer(whole))
    yield from map(_told, _CELL.finditer(kept))


def _told(cell: re.Match[bytes]) -> tuple[int, int, str]:
    place, shown = _PLACE.search(cell[1]), _SHOWN.search(cell[2])
    if place is None:
        raise KeyError("r")
    letters = place[1].decode()
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1, int(place[2]) - 1, shown[1].decode() if shown else "#N/A"

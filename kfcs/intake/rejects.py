"""The rows that were not taken in, in a file that can be mended and imported again (SPEC C6)."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from contextlib import ExitStack
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, Self

from kfcs.aside import written
from kfcs.errors import N_, Message
from kfcs.i18n import _, render

SHOWN = 5
"""So many rejected rows are named on the terminal; all of them stand in the file."""
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_LONGEST_NUMBER = 10
"""Spreadsheets round or shorten longer numbers when they show them."""


class Rejects:
    """A file of rejected rows, begun when the first one comes; ``path`` None keeps count only.

    It takes its place when the block is through; an import that fails leaves what stood there before.
    """

    def __init__(self, path: Path | None, header: Sequence[str]) -> None:
        self.path = path
        self.header = header
        self.count = 0
        self.first: list[tuple[int, Message]] = []
        self._file: IO[str] | None = None
        self._writer: Any = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: Any) -> None:
        self._stack.__exit__(*fault)

    def add(self, number: int, cells: Sequence[str], why: Message) -> None:
        """Put a row aside with its number and the reason."""
        self.count += 1
        if len(self.first) < SHOWN:
            self.first.append((number, why))
        if self.path is None:
            return
        if self._file is None:
            self._begin(self.path)
        padded = [*cells, *[""] * (len(self.header) - len(cells))]
        self._writer.writerow([*map(_for_spreadsheet, padded), number, render(why)])

    def flush(self) -> None:
        """Have all that was put aside on the disk before the rows of the same chunk are committed."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())

    def _begin(self, path: Path) -> None:
        """The file holds what customers wrote, so it is for its owner alone (L4)."""
        file = self._stack.enter_context(written(path, private=True))
        self._file = self._stack.enter_context(
            TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
        )
        self._writer = csv.writer(self._file)
        self._writer.writerow([*self.header, _(N_("row")), _(N_("reason"))])


def _for_spreadsheet(text: str) -> str:
    """A cell that a spreadsheet neither runs nor rounds; reading it again gives the same text."""
    if text.startswith(_FORMULA):
        return "'" + text
    return "\t" + text if text.isdecimal() and (len(text) > _LONGEST_NUMBER or text[0] == "0") else text

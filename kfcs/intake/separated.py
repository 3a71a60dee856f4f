"""Rows of separated values: CSV and TSV as spreadsheets and other systems write them (SPEC C6)."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from kfcs.errors import N_, BadInput, Message, say

DELIMITERS = ",\t;|"
HEAD_ROWS = 20
"""The header is looked for in so many rows: titles may stand above it."""
csv.field_size_limit(2**31 - 1)

_UNSEEN = re.compile("[\ufeff\u200b-\u200f\u2060\u202a-\u202e]")

Cells = list[str]


@dataclass(frozen=True)
class Unreadable:
    """A row that is none, and why; ``cells`` is what can be shown of it."""

    why: Message
    cells: Cells


Numbered = tuple[int, Cells | Unreadable]
"""A row with its number as a spreadsheet shows it."""


def clean_name(text: str) -> str:
    """A name of a column without what cannot be seen and without line breaks."""
    return " ".join(_UNSEEN.sub("", text).split())


def delimiter_of(lines: Iterable[str], score: Callable[[Cells], int]) -> str:
    """What separates the cells: the character that brings out the most known column names, else the commonest in the
    first line that has any."""
    head = list(islice(lines, HEAD_ROWS))

    def merit(delimiter: str) -> tuple[int, int]:
        rows = list(_parsed(head, delimiter))
        return max(map(score, rows), default=0), next(
            (n for line in head if (n := _count(line, delimiter))), 0
        )

    return max(DELIMITERS, key=merit)


def _parsed(lines: list[str], delimiter: str) -> Iterator[Cells]:
    return iter(csv.reader(lines, delimiter=delimiter))


def _count(line: str, delimiter: str) -> int:
    """How often a character stands outside quotation marks."""
    return sum(part.count(delimiter) for part in line.split('"')[::2])


def read_separated(text: TextIO, delimiter: str) -> Iterator[Numbered]:
    """The rows of a text opened with ``newline=""``: line ends of every kind, cells of any length.

    Raises BadInput naming the line in which a quotation mark was opened and never closed.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 0
    while True:
        lines.kept.clear()
        number += 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error:
            if len(lines.kept) != 1 or lines.ended:
                raise _unclosed(lines, delimiter) from None
            why = say(N_("a quotation mark stands inside a quoted cell; write it twice"))
            yield number, Unreadable(why, [lines.kept[0].rstrip("\r\n")])


class _Lines:
    """The lines of a text, those of the row being read kept for saying what is wrong with it."""

    def __init__(self, text: TextIO) -> None:
        self.text = iter(text)
        self.kept: list[str] = []
        self.read = 0
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        try:
            line = next(self.text)
        except StopIteration:
            self.ended = True
            raise
        self.read += 1
        self.kept.append(line)
        return line


def _unclosed(lines: _Lines, delimiter: str) -> BadInput:
    first = lines.read - len(lines.kept) + 1
    return BadInput(
        N_("Line {line} opens a quotation mark that is not closed. Nothing was imported."),
        line=first + _opening(lines.kept, delimiter),
    )


def _opening(lines: list[str], delimiter: str) -> int:
    """In which of the lines of a row the last quoted cell begins."""
    quoted, at_start, opened = False, True, 0
    for n, line in enumerate(lines):
        for character in line:
            if quoted:
                quoted = character != '"'
            elif character == '"':
                # Right behind a closing mark it is a doubled one, and the cell goes on.
                quoted, opened = True, n if at_start else opened
            at_start = not quoted and character in (delimiter, "\r", "\n")
    return opened

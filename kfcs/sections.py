"""Headings and what belongs under each, aligned for a terminal (SPEC I2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from kfcs.errors import Message
from kfcs.i18n import render
from kfcs.listing import room
from kfcs.widths import harmless, pad, width, wrap

WIDEST = 100
"""More columns than these are hard to read across."""

Line = Message | str
Section = tuple[str, Sequence[Line]]
"""A heading and its lines; the heading stands before the first."""


def print_sections(sections: Iterable[Section], stream: TextIO) -> None:
    """Write sections, each line wrapped beside its heading. Empty ones are left out."""
    kept = [(heading, lines) for heading, lines in sections if lines]
    column = max((width(heading) for heading, _lines in kept), default=0) + 2
    columns = max(min(room(), WIDEST) - column, 30)
    for heading, lines in kept:
        for line in _wrapped(pad(heading, column), lines, columns):
            stream.write(line + "\n")


def _wrapped(before: str, lines: Sequence[Line], columns: int) -> Iterator[str]:
    blank = " " * width(before)
    for line in lines:
        text = harmless(render(line) if isinstance(line, Message) else line)
        if width(text) <= columns:  # as it is: wrapping would close up what is spaced out
            yield f"{before}{text}"
            before = blank
            continue
        for n, piece in enumerate(wrap(text, columns - 2)):
            yield f"{before}{'' if n == 0 else '  '}{piece}"
            before = blank

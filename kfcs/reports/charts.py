"""Where the marks of a chart stand; the templates draw them. Across in per cent, down in pixels.

Charts are as wide as the page, on paper and on a phone, and their letters keep their size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

HEIGHT = 120
"""Pixels for the tallest column."""
GAP = 0.3
"""The share of a column's place that stays empty."""


@dataclass(frozen=True)
class ColumnMark:
    """One column, or one point of a line: where it stands and what is written at it."""

    label: str
    text: str
    x: float
    width: float
    middle: float
    top: float
    height: float
    marked: bool


@dataclass(frozen=True)
class Segment:
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True)
class Share:
    """One part of a whole."""

    code: str
    count: int
    x: float
    width: float
    share: float
    cumulated: float


def tint(share: float) -> str:
    """A shade of the bars' colour for a share of the highest value; words on it stay dark on light."""
    mixed = (round(255 + (part - 255) * 0.6 * share) for part in (0x2F, 0x7F, 0xC1))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def columns(values: Sequence[tuple[str, float | None, str]]) -> list[ColumnMark]:
    """Columns from zero up to the highest value; the last, the period itself, is marked."""
    highest = max((value for _, value, _ in values if value is not None), default=0) or 1
    return [_mark(n, len(values), row, highest) for n, row in enumerate(values)]


def _mark(n: int, places: int, row: tuple[str, float | None, str], highest: float) -> ColumnMark:
    label, value, text = row
    place = 100 / places
    height = round(HEIGHT * (value or 0) / highest, 1)
    return ColumnMark(
        label=label,
        text=text if value is not None else "",
        x=round(place * (n + GAP / 2), 2),
        width=round(place * (1 - GAP), 2),
        middle=round(place * (n + 0.5), 2),
        top=round(HEIGHT - height, 1),
        height=height,
        marked=n == places - 1,
    )


def line(marks: Sequence[ColumnMark]) -> list[Segment]:
    """The line through neighbouring points; broken where there was nothing to measure."""
    return [Segment(a.middle, a.top, b.middle, b.top) for a, b in pairwise(marks) if a.text and b.text]


def shares(counts: Sequence[tuple[str, int]]) -> list[Share]:
    """The parts of a whole side by side, in the order given; nothing where the whole is nothing."""
    whole = sum(count for _, count in counts)
    if not whole:
        return []
    ends = list(accumulate(count for _, count in counts))
    return [
        Share(
            code=code,
            count=count,
            x=round(100 * (end - count) / whole, 2),
            width=round(100 * count / whole, 2),
            share=round(count / whole, 4),
            cumulated=round(end / whole, 4),
        )
        for (code, count), end in zip(counts, ends, strict=True)
    ]

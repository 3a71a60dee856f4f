"""What a year's report has besides: the defects to feed back, and its months and categories in review (SPEC R1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kfcs.desk import Desk
from kfcs.masking import mask_text
from kfcs.period import Period
from kfcs.reports.comparing import headline_of
from kfcs.reports.reading import Reading
from kfcs.reports.report import Headline
from kfcs.reports.rows import CaseRow, HandlingRow

GRAVEST = 3
"""Levels I to III are fed back."""
ALWAYS = ("quality", "design", "service")
_FIELDS: Mapping[str, str | None] = {
    "quality": "quality",
    "house": "quality",
    "equipment": "quality",
    "design": "design",
    "developer": "design",
    "sales": None,
}
"""Which defects a category belongs to; sales are not fed back, and every other category is service."""


@dataclass(frozen=True)
class Defect:
    """A complaint to feed back to those who design, build and serve."""

    case: str
    received_at: str
    project: str
    field: str
    level: int
    category: str
    subcategory: str | None
    cause: str | None
    correction: str | None
    prevention: str | None
    text: str


@dataclass(frozen=True)
class MonthRow:
    """The headline figures of one month."""

    month: str
    headline: Headline

    def as_json(self) -> dict[str, Any]:
        return {"month": self.month, **asdict(self.headline)}


@dataclass(frozen=True)
class CategoryYear:
    """Complaints of a category in the year and in the year before."""

    category: str
    now: int
    before: int


@dataclass(frozen=True)
class Yearly:
    """All of it; empty for shorter periods, but for the months of a quarter."""

    defects: tuple[Defect, ...] = ()
    months: tuple[MonthRow, ...] = ()
    categories: tuple[CategoryYear, ...] = ()


def field_of(category: str) -> str | None:
    """quality, design or service; None for sales."""
    return _FIELDS.get(category, "service")


def yearly(desk: Desk, reading: Reading, rows: Iterable[CaseRow], by_category: Mapping[str, int]) -> Yearly:
    """What the period's report has besides the figures of every period."""
    kind = reading.period.kind
    months = months_of(desk, reading) if kind in ("quarter", "year") else ()
    if kind != "year":
        return Yearly(months=months)
    taxonomy = desk.book.policy.taxonomy
    codes = [*taxonomy.categories, *taxonomy.subcategories]
    before = reading.of(reading.period.year_before()).categories(codes)
    return Yearly(defects_of(reading, rows), months, categories_of(by_category, before))


def months_of(desk: Desk, reading: Reading) -> tuple[MonthRow, ...]:
    """The headline figures of each month, by the policy of that month (P3)."""
    made, month = [], Period.of("month", reading.period.first)
    while month.first < reading.period.after:
        policy = desk.book.policy_on(month.first)
        made.append(MonthRow(month.label, headline_of(reading.of(month), policy)))
        month = Period.of("month", month.after)
    return tuple(made)


def categories_of(now: Mapping[str, int], before: Mapping[str, int]) -> tuple[CategoryYear, ...]:
    """The categories of both years, the most frequent of this one first."""
    names = sorted({*now, *before}, key=lambda name: (-now.get(name, 0), -before.get(name, 0), name))
    return tuple(CategoryYear(name, now.get(name, 0), before.get(name, 0)) for name in names)


def fed_back(rows: Iterable[CaseRow]) -> list[CaseRow]:
    """Complaints of levels I to III about quality, design and service that were not found invalid."""
    return [
        row
        for row in rows
        if row.kind == "complaint"
        and row.level <= GRAVEST
        and row.validity != "invalid"
        and field_of(row.category) is not None
    ]


def defects_of(reading: Reading, rows: Iterable[CaseRow]) -> tuple[Defect, ...]:
    """The defects, field by field, the gravest first."""
    chosen = fed_back(rows)
    handled = {row.case_id: row for row in reading.handlings(row.case_id for row in chosen)}
    made = [_defect(row, handled[row.case_id]) for row in chosen]
    return tuple(sorted(made, key=lambda d: (ALWAYS.index(d.field), d.level, d.received_at, d.case)))


def _defect(row: CaseRow, handled: HandlingRow) -> Defect:
    return Defect(
        case=row.case_id,
        received_at=row.received_at,
        project=row.project,
        field=field_of(row.category) or "service",
        level=row.level,
        category=row.category,
        subcategory=row.subcategory,
        cause=handled.cause,
        correction=_masked(handled.correction),
        prevention=_masked(handled.prevention),
        text=mask_text(handled.text),
    )


def _masked(text: str | None) -> str | None:
    return None if text is None else mask_text(text)

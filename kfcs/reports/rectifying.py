"""Rectification by responsible unit (SPEC R2, R3). Pure: rows in, numbers out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kfcs.money import from_fen
from kfcs.reports.figures import NO_MONEY, Counts, rate
from kfcs.reports.rows import RectificationRow


@dataclass(frozen=True)
class UnitFigure:
    """Rectification by one responsible unit, else the department: the same figures as of the whole."""

    ordered: int
    due: int
    in_time: int
    in_time_rate: float | None
    inspected: int
    first_pass: float | None
    faults: Counts
    cost: Decimal
    deducted: Decimal = NO_MONEY


@dataclass(frozen=True)
class RectificationFigures:
    """Limits falling in the period; orders and inspections by their own dates; cost by the last limit."""

    whole: UnitFigure
    by_unit: Mapping[str, UnitFigure]
    self_inspected: int
    self_inspected_by: Counts


def rectification_figures(
    rows: Sequence[RectificationRow],
    start: str,
    end: str,
    now: str,
    deductions: Mapping[str, Decimal] | None = None,
) -> RectificationFigures:
    """By unit; ``deductions`` are what each unit was made to bear in the period, whatever it was ordered to do."""
    borne = deductions or {}
    units: dict[str, list[RectificationRow]] = {}
    for row in rows:
        units.setdefault(row.unit or row.department, []).append(row)
    by_unit = {
        name: replace(_unit_figure(units.get(name, []), start, end, now), deducted=borne.get(name, NO_MONEY))
        for name in {**units, **borne}
    }
    checked = rectification_sets(rows, start, end, now)["inspections"]
    return RectificationFigures(
        whole=replace(_unit_figure(rows, start, end, now), deducted=sum(borne.values(), NO_MONEY)),
        by_unit=dict(sorted(by_unit.items(), key=lambda pair: (-pair[1].ordered, -pair[1].due, pair[0]))),
        self_inspected=sum(row.self_inspected for row in checked),
        self_inspected_by=dict(
            sorted(
                Counter(
                    row.inspected_by for row in checked if row.self_inspected and row.inspected_by
                ).items()
            )
        ),
    )


def rectification_sets(
    rows: Iterable[RectificationRow], start: str, end: str, now: str
) -> dict[str, list[RectificationRow]]:
    """The attempts behind each figure of rectification."""

    def within(moment: str | None) -> bool:
        return moment is not None and start <= moment < end

    due = [(row, _attempt_verdict(row, now)) for row in rows if within(row.due)]
    inspections = [row for row in rows if within(row.inspected_at)]
    return {
        "ordered": [row for row in rows if row.attempt == 1 and within(row.ordered_at)],
        "due": [row for row, verdict in due if verdict != "cancelled"],
        "in_time": [row for row, verdict in due if verdict == "met"],
        "late": [row for row, verdict in due if verdict == "breached"],
        "inspections": inspections,
        "inspected": [row for row in inspections if row.attempt == 1],
        "first_pass": [row for row in inspections if row.attempt == 1 and row.result == "pass"],
        "failed": [row for row in inspections if row.result == "fail"],
        "costed": [row for row, _ in due if row.last and row.cost_fen],
    }


def _attempt_verdict(row: RectificationRow, now: str) -> str:
    """How the attempt's clock stands, as of ``now`` (T5)."""
    if row.done_at is not None:
        return "met" if row.done_at <= row.due else "breached"
    if row.closed_at is not None and row.closed_at <= row.due:
        return "cancelled"
    return "breached" if row.due < now else "running"


def _unit_figure(rows: Sequence[RectificationRow], start: str, end: str, now: str) -> UnitFigure:
    sets = rectification_sets(rows, start, end, now)
    in_time, late = len(sets["in_time"]), len(sets["late"])
    faults = Counter(row.fault for row in sets["failed"] if row.fault)
    return UnitFigure(
        ordered=len(sets["ordered"]),
        due=len(sets["due"]),
        in_time=in_time,
        in_time_rate=rate(in_time, in_time + late),
        inspected=len(sets["inspected"]),
        first_pass=rate(len(sets["first_pass"]), len(sets["inspected"])),
        faults=dict(sorted(faults.items())),
        cost=from_fen(sum(row.cost_fen or 0 for row in sets["costed"])) or NO_MONEY,
    )

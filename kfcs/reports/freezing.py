"""Figures frozen when a report is handed in, and what became of them since (SPEC R8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from kfcs.desk import Desk
from kfcs.period import Period
from kfcs.reports.reading import Reading
from kfcs.reports.report import Report
from kfcs.reports.scope import Scope

OF_A_BRANCH = ("branch-report", "monthly-report", "half-month-report")
OF_THE_GROUP = ("group-report", "annual-review")
"""The hand-ins that are reports, by their names in the policies."""
LOOKED_BACK = 3
"""Periods before a report's own whose frozen figures are looked at again."""

Value = int | str | None
"""A count, or a rate or sum as text, so that no digit is lost; None where there was nothing to measure."""


class Restatement(NamedTuple):
    """A figure of a report handed in earlier that would be another now; named as ``--cases`` takes it."""

    period: str
    figure: str
    submitted: Value
    now: Value


def frozen(desk: Desk, period: Period, branch: str) -> dict[str, Value]:
    """The headline figures of a report as they stand, to be kept in the entry that hands it in.

    Without a branch they are those of the whole group.
    """
    from kfcs.reports.monthly import build

    return flat(build(desk, period, branch or Scope.GROUP, plain=True))


def to_freeze(desk: Desk, name: str, period: Period, branch: str) -> dict[str, Value] | None:
    """The figures that handing in ``name`` freezes; None where it is no report."""
    if name in OF_THE_GROUP:
        return frozen(desk, period, "")
    return frozen(desk, period, branch) if name in OF_A_BRANCH else None


def flat(report: Report) -> dict[str, Value]:
    """The figures that are compared with what was handed in."""
    intake, told = report.intake, report.callback.opinions
    figures: dict[str, Any] = {
        "intake.complaints": intake.complaints,
        "intake.persons": intake.persons,
        "intake.times": intake.times,
        **_counts("intake.by_kind", intake.by_kind),
        **_counts("intake.by_level", intake.by_level),
        **_counts("intake.by_category", intake.by_category),
        **_fields("closure", report.closure, ("received", "closed", "rate")),
        **_fields("callback", report.callback, ("needed", "done", "rate")),
        **_fields("callback", told, ("satisfied", "acceptable", "unsatisfied", "satisfaction")),
        **_fields(
            "rectification",
            report.rectification.whole,
            ("ordered", "due", "in_time", "in_time_rate", "first_pass"),
        ),
        **_fields("compensation", report.compensation, ("claimed", "approved", "paid", "deducted")),
        "escalations.total": report.escalations.total,
    }
    for clock, figure in report.clocks.items():
        figures |= _fields(f"clocks.{clock}", figure, ("due", "met", "breached", "rate"))
    return {name: _plain(value) for name, value in figures.items()}


def restatements(desk: Desk, reading: Reading) -> tuple[Restatement, ...]:
    """What of the reports handed in for the periods before would be another figure now, the earliest period first."""
    found: list[Restatement] = []
    period = reading.period
    for _ in range(LOOKED_BACK):
        period = period.previous()
        kept = _kept(desk, reading.of(period))
        if kept is not None:
            found = [*changed(period.label, kept, _live(desk, reading, period)), *found]
    return tuple(found)


def _live(desk: Desk, reading: Reading, period: Period) -> Mapping[str, Value]:
    from kfcs.reports.monthly import build

    return flat(build(desk, period, Scope.GROUP if reading.branch is None else reading.branch, plain=True))


def changed(period: str, kept: Mapping[str, Value], now: Mapping[str, Value]) -> list[Restatement]:
    """The figures that differ, in the order of the report; a count that was not there was nothing."""
    names = [*now, *(name for name in kept if name not in now)]
    pairs = [(name, _value(kept, name), _value(now, name)) for name in names]
    return [Restatement(period, name, then, value) for name, then, value in pairs if then != value]


def _value(figures: Mapping[str, Value], name: str) -> Value:
    if name in figures:
        return figures[name]
    return None if name.rpartition(".")[2] in ("rate", "in_time_rate", "first_pass", "satisfaction") else 0


def _kept(desk: Desk, reading: Reading) -> Mapping[str, Value] | None:
    """The figures that the first handing in of this report froze."""
    entry_id = reading.handed_in(OF_THE_GROUP, OF_A_BRANCH)
    entry = None if entry_id is None else desk.ledger.entry(entry_id)
    return None if entry is None else entry.body.get("figures")


def _counts(name: str, counts: Mapping[str, int]) -> dict[str, int]:
    return {f"{name}.{code}": count for code, count in counts.items()}


def _fields(name: str, part: object, fields: tuple[str, ...]) -> dict[str, Any]:
    return {f"{name}.{field}": getattr(part, field) for field in fields}


def _plain(value: Any) -> Value:
    return value if value is None or isinstance(value, int) else str(value)

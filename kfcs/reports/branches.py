"""The branches side by side, ranked (SPEC R6): by their score sheets, else by closure rate and then timeliness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from kfcs.desk import Desk
from kfcs.reports.comparing import headline_of
from kfcs.reports.reading import Reading
from kfcs.reports.report import Headline
from kfcs.rules.policy import Policy

SCORE, RATES = "score", "rates"


@dataclass(frozen=True)
class BranchRow:
    """A branch in the report of the group; ``rank`` is None where there is nothing to rank it by."""

    branch: str
    headline: Headline
    overdue: int
    escalations: int
    score: Decimal | None = None
    rank: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "branch": self.branch,
            "rank": self.rank,
            "score": None if self.score is None else float(self.score),
            **asdict(self.headline),
            "overdue": self.overdue,
            "escalations": self.escalations,
        }


@dataclass(frozen=True)
class Branches:
    """The branches, the first of the ranking first; ``ranked_by`` is ``score`` or ``rates``."""

    rows: tuple[BranchRow, ...] = ()
    ranked_by: str = RATES


def branches_of(desk: Desk, reading: Reading, policy: Policy) -> Branches:
    """A row for each branch that received something in the period or has a case open from before."""
    names = reading.branches()
    rows = [_row(replace(reading, branch=name), policy) for name in names]
    scores = _scores(desk, reading, policy, names)
    if scores:
        return Branches(ranked([replace(row, score=scores.get(row.branch)) for row in rows]), SCORE)
    return Branches(ranked(rows), RATES)


def _row(reading: Reading, policy: Policy) -> BranchRow:
    _open, _complaints, overdue = reading.backlog()
    escalations = sum(count for _rule, _rung, count in reading.escalation_counts())
    return BranchRow(reading.branch or "", headline_of(reading, policy), overdue, escalations)


def _scores(desk: Desk, reading: Reading, policy: Policy, names: Sequence[str]) -> Mapping[str, Decimal]:
    """The totals of the sheets of a month that has ended; a report of another period has no sheet of its own."""
    if reading.period.kind != "month" or policy.scorecard is None or reading.now < reading.period.end:
        return {}
    from kfcs.reports.scoring import Scoring

    scoring = Scoring(desk)
    totals = {name: scoring.total(name, reading.period) for name in names if name}
    return {name: total for name, total in totals.items() if total is not None}


def ranked(rows: Sequence[BranchRow]) -> tuple[BranchRow, ...]:
    """The rows in the order of their ranks; equal ones share a rank; without a figure there is none."""
    by_score = any(row.score is not None for row in rows)
    merits = {row.branch: _merit(row, by_score) for row in rows}
    known = [merit for merit in merits.values() if merit is not None]
    placed = []
    for row in rows:
        merit = merits[row.branch]
        rank = None if merit is None else 1 + sum(other > merit for other in known)
        placed.append(replace(row, rank=rank))
    return tuple(sorted(placed, key=lambda row: (row.rank is None, row.rank or 0, row.branch)))


def _merit(row: BranchRow, by_score: bool) -> tuple[float, float] | None:
    if by_score:
        return None if row.score is None else (float(row.score), 0.0)
    closed, kept = row.headline.closure_rate, row.headline.clocks_rate
    return None if closed is None and kept is None else (_rate(closed), _rate(kept))


def _rate(value: float | None) -> float:
    """A rate to rank by: nothing to measure stands behind any rate."""
    return -1.0 if value is None else value

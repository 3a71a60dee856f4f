"""A quarter's ranking of the branches, and what follows for those too low for too long (SPEC S2, S4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kfcs.period import DAY, Period
from kfcs.reports.report import Head
from kfcs.reports.scoresheet import CardMark, made_from, number
from kfcs.reports.scoring import Scoring, months_until
from kfcs.rules.score import Ranked, Standing, average, pooled, ranked, runs_under, unmeasured
from kfcs.rules.scorecard import Scorecard


@dataclass(frozen=True)
class Proposal:
    """A branch that was under the limit for too long: what follows (S2)."""

    branch: str
    months: tuple[str, ...]
    totals: tuple[Decimal | None, ...]


@dataclass(frozen=True)
class Ranking:
    """The branches of a quarter by the average of their months."""

    quarter: Period
    as_of: datetime
    rows: tuple[Ranked, ...]
    proposals: tuple[Proposal, ...]
    policy: CardMark
    heads: tuple[Head, ...]

    def of(self, branch: str | None) -> Ranking:
        """One branch's row, ranked among all."""
        return replace(
            self,
            rows=tuple(row for row in self.rows if row.standing.branch == branch),
            proposals=tuple(each for each in self.proposals if each.branch == branch),
        )

    @property
    def reward(self) -> Decimal | None:
        """What a star branch is given."""
        card = self.policy.card
        return None if card is None or card.star is None else card.star.reward

    @property
    def months(self) -> tuple[str, ...]:
        """The labels of the quarter's months."""
        return tuple(label for label, _total in self.rows[0].standing.months) if self.rows else ()

    def as_json(self, lang: str = "en") -> dict[str, Any]:
        """The ranking as programs read it."""
        return {
            "quarter": self.quarter.label,
            "ranking": [self._row_json(row) for row in self.rows],
            "proposals": [
                {
                    "branch": each.branch,
                    "months": list(each.months),
                    "totals": [number(total) for total in each.totals],
                    "reason": self.reason.get(lang, ""),
                }
                for each in self.proposals
            ],
            **made_from(self.as_of, self.policy, self.heads),
        }

    @property
    def reason(self) -> Mapping[str, str]:
        """What the policy says of branches under the limit."""
        card = self.policy.card
        return {} if card is None or card.replacement is None else card.replacement.title

    def _row_json(self, row: Ranked) -> dict[str, Any]:
        star = row.star and self.reward is not None
        return {
            "rank": row.rank,
            "branch": row.standing.branch,
            "months": {label: number(total) for label, total in row.standing.months},
            "average": number(row.standing.average),
            "star": star,
            "reward": self.reward if star else None,
            "tie_breaks": [
                None if share is None else round(float(share), 4) for share in row.standing.shares
            ],
        }


def ranking(scoring: Scoring, quarter: Period) -> Ranking:
    """Every branch by the average of the quarter's months; the first is the star once the quarter is over (S2)."""
    last = Period.of("month", quarter.after - DAY)
    card = scoring.card(last)
    months = months_until(last, 3)
    names = [name for name in scoring.branches() if scoring.first_month(name)]
    rows = ranked(_standing(scoring, name, months, card) for name in names)
    over = scoring.desk.now >= quarter.end
    return Ranking(
        quarter=quarter,
        as_of=scoring.desk.now,
        rows=tuple(row._replace(star=row.star and over) for row in rows),
        proposals=tuple(_proposals(scoring, names, last, card)),
        policy=scoring.mark(last),
        heads=scoring.heads(),
    )


def _standing(scoring: Scoring, branch: str, months: list[Period], card: Scorecard) -> Standing:
    totals = [(month.label, scoring.total(branch, month)) for month in months]
    measured = [month for month, (_label, total) in zip(months, totals, strict=True) if total is not None]
    ties = tuple(_tie_break(scoring, branch, measured, item) for item in card.tie_breaks)
    less = unmeasured(item.empty for item in card.items if item.id in card.tie_breaks)
    return Standing(branch, totals, average(total for _label, total in totals), ties, less)


def _tie_break(scoring: Scoring, branch: str, months: Iterable[Period], item: str) -> Fraction | None:
    return pooled(s for month in months for s in scoring.scores(branch, month) if s.id == item)


def _proposals(scoring: Scoring, names: Iterable[str], last: Period, card: Scorecard) -> Iterable[Proposal]:
    """The branches that were under the limit for so many months in a row, the last of them in the quarter."""
    rule = card.replacement
    if rule is None:
        return
    months = months_until(last, 3 + rule.months - 1)
    for name in names:
        totals = [(month.label, scoring.total(name, month)) for month in months]
        for run in runs_under(totals, rule):
            yield Proposal(name, run, tuple(total for label, total in totals if label in run))

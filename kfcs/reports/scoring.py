"""Make sheets and rankings from a ledger (SPEC S1–S4): figures from the report's functions, points from the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from kfcs.desk import Desk
from kfcs.duties import find_duty, handed_in, obligations
from kfcs.errors import N_, BadInput, Forbidden, say
from kfcs.period import Period
from kfcs.reports.report import Head
from kfcs.reports.scoreacts import CONFIRMED, FED_BACK, score_acts
from kfcs.reports.scorefigures import ScoreFigures
from kfcs.reports.scorefreezing import thawed_scores, thawed_sum
from kfcs.reports.scorereading import ScoreReading, desks, first_months
from kfcs.reports.scoresheet import CardMark, DeskHalf, Restated, Sheet
from kfcs.rules.policy import Policy
from kfcs.rules.score import (
    HALF,
    Adjustment,
    ItemScore,
    Measured,
    halved,
    points_given,
    runs_under,
    scored,
    total_of,
)
from kfcs.rules.scorecard import Scorecard

LOOKED_BACK = 3
"""Months before the sheet's own that are looked through for figures restated since they were frozen (R8)."""


class Scoring:
    """The scores of one ledger as it stands at ``desk.now``; what is asked for twice is computed once."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.connection = desk.ledger.connection
        self.acts = score_acts(desk.ledger)
        names = [o.id for o in obligations(desk.book).values() if o.by == "branch"]
        self.first_months = first_months(self.connection, names)
        self._scores: dict[tuple[str | None, str], tuple[ItemScore, ...]] = {}

    # ------------------------------------------------------------ the policy

    def policy(self, month: Period) -> Policy:
        """The policy a month is judged by (P3)."""
        return self.desk.book.policy_on(month.first)

    def card(self, month: Period) -> Scorecard:
        """The scorecard of a month's policy. Raises Forbidden where it has none."""
        policy = self.policy(month)
        if policy.scorecard is None:
            raise Forbidden(
                N_("Policy {name} has no scorecard."),
                name=policy.name,
                hint=say(N_("kfcs policy list shows the policies; kfcs policy show NAME their rules.")),
            )
        return policy.scorecard

    def mark(self, month: Period) -> CardMark:
        policy = self.policy(month)
        return CardMark(policy.name, policy.title, policy.digest, policy.scorecard, policy.penalties)

    # ------------------------------------------------------------ whom

    def branches(self) -> list[str]:
        """Every branch of which the ledger knows."""
        return sorted({*self.first_months, *self.acts.subjects(), self.desk.settings.branch} - {""})

    def check_branch(self, branch: str | None) -> None:
        """Raises BadInput for a branch of which nothing is known: its sheet would be full marks for a misspelling."""
        known = self.branches()
        if branch is not None and branch not in known:
            raise unknown_name(N_("There is no branch {name} in this ledger."), branch, known)

    def check_desk(self, name: str) -> None:
        known = desks(self.connection) | {self.desk.settings.desk} - {""}
        if name not in known:
            raise unknown_name(N_("There is no desk {name} in this ledger."), name, sorted(known))

    # ------------------------------------------------------------ one month

    def reading(self, branch: str | None, month: Period, desk: str | None = None) -> ScoreReading:
        return ScoreReading(self.connection, month, branch, self.desk.now, self.policy(month).unrated, desk)

    def sheet(self, branch: str | None, month: Period) -> Sheet:
        """The sheet of a branch: as confirmed, else as the ledger stands."""
        if self.policy(month).scorecard is None and self._fines(month):
            return self._sheet_of_fines(branch, month)
        made = self._thawed(branch, month) or self._live(branch, month)
        recent = self._recent(branch, month)
        rule = self.card(month).replacement
        return replace(
            made,
            state=self.state(branch, month),
            objections=self.acts.objected(branch or "", month.label),
            others=self.acts.given_to_others(branch or "", month),
            restated=self._restated(branch, month),
            recent=tuple(recent),
            under=tuple(run for run in runs_under(recent, rule) if run[-1] == month.label),
        )

    def _fines(self, month: Period) -> bool:
        """Whether a month's policy has rules that fine sums."""
        return any(rule.money is not None for rule in self.policy(month).penalties.values())

    def _sheet_of_fines(self, branch: str | None, month: Period) -> Sheet:
        """Under a policy that scores nothing: what was fined in the month, and no total."""
        return Sheet(
            branch=branch,
            month=month,
            as_of=self.desk.now,
            state="draft",
            scores=(),
            adjustments=self.acts.given(branch or "", month),
            sum=None,
            grade=None,
            policy=self.mark(month),
            heads=self.heads(),
            others=self.acts.given_to_others(branch or "", month),
        )

    def heads(self) -> tuple[Head, ...]:
        return tuple(Head(name, seq, head) for name, (seq, head) in self.desk.ledger.heads().items())

    def desk_sheet(self, branch: str | None, month: Period, desk: str, other: Decimal) -> Sheet:
        """The sheet over one desk's cases, with what others give it (S1)."""
        card = self.card(month)
        figures = ScoreFigures(self.desk, self.reading(branch, month, desk), self.policy(month))
        made = self._made(branch, month, _scored(card, figures), self.acts.given(desk, month, "desk"))
        part = HALF if card.desk_share is None else card.desk_share
        total = None if made.sum is None else halved(made.sum.total, other, part)
        return replace(made, half=DeskHalf(desk, part, other, total))

    def state(self, branch: str | None, month: Period) -> str:
        """How far a sheet has come (S2)."""
        name, label = branch or "", month.label
        if self.acts.fed_back(name, label) or self._feedback_handed_in(month):
            return FED_BACK
        if self.acts.confirmed(name, label):
            return CONFIRMED
        return "objected" if self.acts.objected(name, label) else "draft"

    def _feedback_handed_in(self, month: Period) -> bool:
        """Whether the scores of a month were handed in as fed back (``kfcs submit``)."""
        name = self.card(month).feedback
        if name is None:
            return False
        try:
            duty = find_duty(self.desk, name, month.label)
        except BadInput:  # the policy in force has no such obligation for this month
            return False
        return handed_in(self.desk, duty, self.desk.settings.branch) is not None

    def _live(self, branch: str | None, month: Period) -> Sheet:
        """The sheet as the ledger stands, whether or not it was confirmed as another."""
        figures = ScoreFigures(self.desk, self.reading(branch, month), self.policy(month))
        scores = _scored(self.card(month), figures)
        return self._made(branch, month, scores, self.acts.given(branch or "", month))

    def _made(
        self,
        branch: str | None,
        month: Period,
        scores: tuple[ItemScore, ...],
        adjustments: tuple[Adjustment, ...],
    ) -> Sheet:
        card = self.card(month)
        total = total_of(card, scores, points_given(adjustments))
        return Sheet(
            branch=branch,
            month=month,
            as_of=self.desk.now,
            state="draft",
            scores=scores,
            adjustments=adjustments,
            sum=total,
            grade=None if total is None else card.grade(total.total),
            policy=self.mark(month),
            heads=self.heads(),
        )

    # ------------------------------------------------------------ what was frozen

    def _kept(self, branch: str | None, month: Period) -> Mapping[str, Any] | None:
        """The figures that a confirmation froze; None while there is none."""
        found = self.acts.confirmed(branch or "", month.label)
        return None if found is None else found.sheet

    def _thawed(self, branch: str | None, month: Period) -> Sheet | None:
        """The sheet as it was confirmed, with the cases that are behind its figures now."""
        found = self.acts.confirmed(branch or "", month.label)
        kept = self._kept(branch, month)
        if found is None or kept is None:
            return None
        figures = ScoreFigures(self.desk, self.reading(branch, month), self.policy(month))
        items = {item.id: item for item in self.card(month).items}
        scores = [
            score._replace(measured=_with_cases(score, figures.measured(items[score.id])))
            if score.id in items
            else score
            for score in thawed_scores(kept)
        ]
        given = [each for each in self.acts.given(branch or "", month) if each.entry in kept["adjustments"]]
        made = self._made(branch, month, tuple(scores), tuple(given))
        total = thawed_sum(kept)
        grade = None if total is None else self.card(month).grade(total.total)
        return replace(made, sum=total, grade=grade, frozen_at=found.at)

    def _restated(self, branch: str | None, month: Period) -> tuple[Restated, ...]:
        """The months before whose confirmed figures would be others now (R8)."""
        found = []
        before = month
        for _ in range(LOOKED_BACK):
            before = before.previous()
            kept = self._kept(branch, before)
            if kept is not None:
                then, now = thawed_sum(kept), self._live(branch, before)
                changed = _changed(thawed_scores(kept), now.scores)
                total = None if then is None else then.total
                if changed or total != now.total:
                    found.append(Restated(before.label, total, now.total, changed))
        return tuple(found[::-1])

    # ------------------------------------------------------------ several months

    def total(self, branch: str | None, month: Period) -> Decimal | None:
        """The total of a month; None for one without a sheet: not ended, or before the branch first shows."""
        if self.desk.now < month.end or month.label < (self.first_month(branch) or "9999"):
            return None
        kept = self._kept(branch, month)
        if kept is not None:
            then = thawed_sum(kept)
            return None if then is None else then.total
        given = points_given(self.acts.given(branch or "", month))
        total = total_of(self.card(month), self.scores(branch, month), given)
        return None if total is None else total.total

    def scores(self, branch: str | None, month: Period) -> tuple[ItemScore, ...]:
        """The items of a month as the ledger stands, or as confirmed, without the cases behind them."""
        key = (branch, month.label)
        if key not in self._scores:
            kept = self._kept(branch, month)
            if kept is not None:
                self._scores[key] = thawed_scores(kept)
            else:
                reading = self.reading(branch, month)
                figures = ScoreFigures(self.desk, reading, self.policy(month), with_cases=False)
                self._scores[key] = _scored(self.card(month), figures)
        return self._scores[key]

    def first_month(self, branch: str | None) -> str | None:
        """The first month in which a branch shows in the ledger; it has a sheet from then on."""
        if branch is None:
            return min(self.first_months.values(), default=None)
        shown = {self.first_months[branch]} if branch in self.first_months else set()
        return min(shown | self.acts.months_of(branch), default=None)

    def _recent(self, branch: str | None, month: Period) -> list[tuple[str, Decimal | None]]:
        """The totals of so many months up to this one as the rule on low scores looks at."""
        rule = self.card(month).replacement
        months = months_until(month, rule.months if rule else 1)
        return [(each.label, self.total(branch, each)) for each in months]


def _scored(card: Scorecard, figures: ScoreFigures) -> tuple[ItemScore, ...]:
    return tuple(scored(item, figures.measured(item)) for item in card.items)


def _with_cases(score: ItemScore, now: Measured) -> Measured:
    return score.measured._replace(cases=now.cases, lost=now.lost)


def _changed(
    then: Iterable[ItemScore], now: Iterable[ItemScore]
) -> tuple[tuple[str, Decimal | None, Decimal | None], ...]:
    after = {score.id: score.points for score in now}
    return tuple((s.id, s.points, after.get(s.id)) for s in then if s.points != after.get(s.id))


def months_until(last: Period, count: int) -> list[Period]:
    """So many consecutive months, the last one given."""
    months = [last]
    while len(months) < count:
        months.append(months[-1].previous())
    return months[::-1]


def unknown_name(text: str, name: str, known: list[str]) -> BadInput:
    near = get_close_matches(name, known, n=1)
    hint = (
        say(N_("Did you mean {names}?"), names=near) if near else say(N_("Known are: {names}."), names=known)
    )
    return BadInput(text, name=repr(name), hint=hint if known else None)

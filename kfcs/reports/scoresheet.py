"""A scoring sheet and a quarter's ranking, whole: every format is rendered from them (SPEC S1, S2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from kfcs.period import Period, from_iso, iso
from kfcs.reports.report import Head
from kfcs.reports.scoreacts import Objection
from kfcs.rules.score import Adjustment, ItemScore, Measured, Part, Ranked, Total
from kfcs.rules.scorecard import Grade, Penalty, Scorecard, Target


@dataclass(frozen=True)
class CardMark:
    """The policy that a sheet was made under."""

    name: str
    title: Mapping[str, str]
    digest: str
    card: Scorecard | None
    penalties: Mapping[str, Penalty]

    @property
    def assumed(self) -> bool:
        return self.card is not None and (self.card.assumed or any(item.assumed for item in self.card.items))


@dataclass(frozen=True)
class DeskHalf:
    """A desk's score of the month: the sheet over its cases and what others give it, each by its part (S1)."""

    desk: str
    part: Decimal
    other: Decimal
    total: Decimal | None


@dataclass(frozen=True)
class Restated:
    """A month whose figures were frozen and would be others now: the items that differ, as (id, then, now)."""

    month: str
    frozen: Decimal | None
    now: Decimal | None
    items: tuple[tuple[str, Decimal | None, Decimal | None], ...]


@dataclass(frozen=True)
class Sheet:
    """The score of a branch, or a desk, in one month."""

    branch: str | None
    month: Period
    as_of: datetime
    state: str
    scores: tuple[ItemScore, ...]
    adjustments: tuple[Adjustment, ...]
    sum: Total | None
    grade: Grade | None
    policy: CardMark
    heads: tuple[Head, ...]
    half: DeskHalf | None = None
    frozen_at: datetime | None = None
    objections: tuple[Objection, ...] = ()
    others: tuple[Adjustment, ...] = ()
    restated: tuple[Restated, ...] = ()
    recent: tuple[tuple[str, Decimal | None], ...] = ()
    under: tuple[tuple[str, ...], ...] = ()

    @property
    def total(self) -> Decimal | None:
        """What the month is worth: with a desk's other half, where there is one."""
        if self.half is not None:
            return self.half.total
        return None if self.sum is None else self.sum.total

    @property
    def ended(self) -> bool:
        return self.as_of >= self.month.end

    def as_json(self, lang: str = "en") -> dict[str, Any]:
        """The sheet as programs read it: points are numbers, titles in one language."""
        made = {
            "branch": self.branch,
            "month": self.month.label,
            "total": _number(self.total),
            "state": self.state,
            "items": [_item_json(score, lang) for score in self.scores],
            "adjustments": [adjustment_json(each) for each in self.adjustments],
            "three_months_under": bool(self.under),
            "grade": self.grade.id if self.grade else None,
            "sum": _sum_json(self.sum),
            "recent": {label: _number(total) for label, total in self.recent},
            "objections": [objection._asdict() for objection in self.objections],
            "penalties": [adjustment_json(each) for each in self.others],
            "restatements": [_restated_json(each) for each in self.restated],
            "frozen_at": self.frozen_at,
            "as_of": self.as_of,
            "policy": {
                "name": self.policy.name,
                "digest": self.policy.digest,
                "assumed": self.policy.assumed,
            },
            "heads": [{"desk": head.desk, "seq": head.seq, "hash": head.hash} for head in self.heads],
        }
        if self.half is not None:
            made |= {
                "desk": self.half.desk,
                "part": _number(self.half.part),
                "sheet": None if self.sum is None else _number(self.sum.total),
                "other": _number(self.half.other),
            }
        return made


def _number(value: Decimal | None) -> int | float | None:
    """A number for JSON: 20 for 20.0."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _actual(score: ItemScore) -> int | float | None:
    if score.actual is None:
        return None
    return _number(score.actual.quantize(Decimal("0.0001")))


def _item_json(score: ItemScore, lang: str) -> dict[str, Any]:
    return {
        "id": score.id,
        "title": score.title[lang],
        "weight": _number(score.weight),
        "target": _number(score.target.value),
        "actual": _actual(score),
        "points": _number(score.points),
        "cases": list(score.measured.cases),
        "assumed": score.assumed,
        "lost": list(score.measured.lost),
        "got": _number(score.measured.got),
        "of": _number(score.measured.of),
        "measure": score.measure,
        "formula": score.formula,
        "empty": score.empty,
        "reached": score.reached,
        "parts": [_part_json(part) for part in score.measured.parts],
        "clause": score.clause,
    }


def _part_json(part: Part) -> dict[str, Any]:
    return {
        "kind": part.kind,
        "name": part.name,
        "got": part.got,
        "of": part.of,
        "due": part.due,
        "at": part.at,
    }


def adjustment_json(adjustment: Adjustment) -> dict[str, Any]:
    return {
        "subject": adjustment.subject,
        "as": adjustment.subject_kind,
        "rule": adjustment.rule,
        "points": _number(adjustment.points),
        "money": adjustment.money,
        "reason": adjustment.reason,
        "case": adjustment.case,
        "at": adjustment.at,
        "by": adjustment.by,
        "entry": adjustment.entry,
    }


def _sum_json(total: Total | None) -> dict[str, Any] | None:
    return None if total is None else {name: _number(value) for name, value in total._asdict().items()}


def _restated_json(restated: Restated) -> dict[str, Any]:
    items = [{"id": name, "frozen": _number(then), "now": _number(now)} for name, then, now in restated.items]
    return {
        "month": restated.month,
        "frozen": _number(restated.frozen),
        "now": _number(restated.now),
        "items": items,
    }


# ---------------------------------------------------------------- a sheet frozen


def frozen(sheet: Sheet) -> dict[str, Any]:
    """What a confirmation keeps of a sheet: its figures and points, without the cases behind them."""
    return {
        "items": [_frozen_item(score) for score in sheet.scores],
        "sum": None
        if sheet.sum is None
        else {name: str(value) for name, value in sheet.sum._asdict().items()},
        "adjustments": [each.entry for each in sheet.adjustments],
    }


def _frozen_item(score: ItemScore) -> dict[str, Any]:
    measured = score.measured
    return {
        "id": score.id,
        "title": dict(score.title),
        "clause": score.clause,
        "assumed": score.assumed,
        "measure": score.measure,
        "formula": score.formula,
        "weight": str(score.weight),
        "deduct": str(score.deduct),
        "target": [score.target.comparison, str(score.target.value), score.target.percent],
        "got": _text(measured.got),
        "of": _text(measured.of),
        "failed": measured.failed,
        "parts": [[*part[:4], _moment(part.due), _moment(part.at)] for part in measured.parts],
        "actual": _text(score.actual),
        "points": _text(score.points),
        "empty": score.empty,
        "reached": score.reached,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _moment(value: datetime | None) -> str | None:
    return None if value is None else iso(value)


def thawed_scores(kept: Mapping[str, Any]) -> tuple[ItemScore, ...]:
    """The items of a sheet as a confirmation keeps them."""
    return tuple(map(_thawed_item, kept["items"]))


def thawed_sum(kept: Mapping[str, Any]) -> Total | None:
    return None if kept["sum"] is None else Total(**{name: Decimal(v) for name, v in kept["sum"].items()})


def _thawed_item(row: Mapping[str, Any]) -> ItemScore:
    comparison, value, percent = row["target"]
    parts = [
        Part(kind, name, got, of, _from(due), _from(at)) for kind, name, got, of, due, at in row["parts"]
    ]
    return ItemScore(
        id=row["id"],
        title=row["title"],
        clause=row["clause"],
        assumed=row["assumed"],
        measure=row["measure"],
        formula=row["formula"],
        weight=Decimal(row["weight"]),
        deduct=Decimal(row["deduct"]),
        target=Target(comparison, Decimal(value), percent),
        measured=Measured(_decimal(row["got"]), _decimal(row["of"]), row["failed"], parts=tuple(parts)),
        actual=_decimal(row["actual"]),
        points=_decimal(row["points"]),
        empty=row["empty"],
        reached=row["reached"],
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _from(text: str | None) -> datetime | None:
    return None if text is None else from_iso(text)


# ---------------------------------------------------------------- a quarter


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
                    "totals": [_number(total) for total in each.totals],
                    "reason": self.reason.get(lang, ""),
                }
                for each in self.proposals
            ],
            "as_of": self.as_of,
            "policy": {
                "name": self.policy.name,
                "digest": self.policy.digest,
                "assumed": self.policy.assumed,
            },
            "heads": [{"desk": head.desk, "seq": head.seq, "hash": head.hash} for head in self.heads],
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
            "months": {label: _number(total) for label, total in row.standing.months},
            "average": _number(row.standing.average),
            "star": star,
            "reward": self.reward if star else None,
            "tie_breaks": [
                None if share is None else round(float(share), 4) for share in row.standing.shares
            ],
        }

"""A scoring sheet, whole: every format is rendered from it (SPEC S1, S2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from kfcs.period import Period
from kfcs.reports.report import Head
from kfcs.reports.scoreacts import Objection
from kfcs.rules.score import Adjustment, ItemScore, Part, Total
from kfcs.rules.scorecard import Grade, Penalty, Scorecard


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
    def fined(self) -> dict[str, Decimal]:
        """What each subject was fined in the month, together."""
        sums: dict[str, Decimal] = {}
        for each in (*self.adjustments, *self.others):
            if each.money is not None:
                sums[each.subject] = sums.get(each.subject, Decimal(0)) + each.money
        return dict(sorted(sums.items()))

    @property
    def ended(self) -> bool:
        return self.as_of >= self.month.end

    def as_json(self, lang: str = "en") -> dict[str, Any]:
        """The sheet as programs read it: points are numbers, titles in one language."""
        made = {
            "branch": self.branch,
            "month": self.month.label,
            "total": number(self.total),
            "state": self.state,
            "items": [_item_json(score, lang) for score in self.scores],
            "adjustments": [adjustment_json(each) for each in self.adjustments],
            "three_months_under": bool(self.under),
            "grade": self.grade.id if self.grade else None,
            "sum": _sum_json(self.sum),
            "recent": {label: number(total) for label, total in self.recent},
            "objections": [objection._asdict() for objection in self.objections],
            "penalties": [adjustment_json(each) for each in self.others],
            "fined": self.fined,
            "restatements": [_restated_json(each) for each in self.restated],
            "frozen_at": self.frozen_at,
            **made_from(self.as_of, self.policy, self.heads),
        }
        if self.half is not None:
            made |= {
                "desk": self.half.desk,
                "part": number(self.half.part),
                "sheet": None if self.sum is None else number(self.sum.total),
                "other": number(self.half.other),
            }
        return made


def made_from(as_of: datetime, policy: CardMark, heads: Iterable[Head]) -> dict[str, Any]:
    """Of when, under which policy and from which chains a document was made, as programs read it (R8, L3)."""
    return {
        "as_of": as_of,
        "policy": {"name": policy.name, "digest": policy.digest, "assumed": policy.assumed},
        "heads": [{"desk": head.desk, "seq": head.seq, "hash": head.hash} for head in heads],
    }


def number(value: Decimal | None) -> int | float | None:
    """A number for JSON: 20 for 20.0."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _actual(score: ItemScore) -> int | float | None:
    if score.actual is None:
        return None
    return number(score.actual.quantize(Decimal("0.0001")))


def _item_json(score: ItemScore, lang: str) -> dict[str, Any]:
    return {
        "id": score.id,
        "title": score.title[lang],
        "weight": number(score.weight),
        "target": number(score.target.value),
        "actual": _actual(score),
        "points": number(score.points),
        "cases": list(score.measured.cases),
        "assumed": score.assumed,
        "lost": list(score.measured.lost),
        "got": number(score.measured.got),
        "of": number(score.measured.of),
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
        "points": number(adjustment.points),
        "money": adjustment.money,
        "reason": adjustment.reason,
        "case": adjustment.case,
        "at": adjustment.at,
        "by": adjustment.by,
        "entry": adjustment.entry,
    }


def _sum_json(total: Total | None) -> dict[str, Any] | None:
    return None if total is None else {name: number(value) for name, value in total._asdict().items()}


def _restated_json(restated: Restated) -> dict[str, Any]:
    items = [{"id": name, "frozen": number(then), "now": number(now)} for name, then, now in restated.items]
    return {
        "month": restated.month,
        "frozen": number(restated.frozen),
        "now": number(restated.now),
        "items": items,
    }

"""What a confirmation keeps of a sheet, and the sheet made of it again (SPEC R8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from kfcs.period import from_iso, iso
from kfcs.reports.scoresheet import Sheet
from kfcs.rules.score import ItemScore, Measured, Part, Total
from kfcs.rules.scorecard import Target


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

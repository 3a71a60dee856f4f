"""Points, totals and ranks (SPEC S1–S4). Pure: figures in, a scored sheet out; Decimal, half up, one decimal.

What is printed is what is added up: each item's points have one decimal, and the total is the sum of the printed
points, so that a person with a pencil comes to the same number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple

from kfcs.rules.scorecard import MEASURES, Replacement, Scorecard, ScoreItem, Target

ZERO = Decimal(0)
HALF = Decimal("0.5")


def one_decimal(value: Decimal) -> Decimal:
    """Half up to one decimal (S4): 79.95 is 80.0."""
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


# ---------------------------------------------------------------- figures


class Part(NamedTuple):
    """One of the things a figure was added up from: a clock with its runs, or an obligation with its dates."""

    kind: str
    name: str
    got: int | None
    of: int | None = None
    due: datetime | None = None
    at: datetime | None = None


class Measured(NamedTuple):
    """A figure. A share is ``got`` of ``of``; a count of faults or a typed value stands in ``got`` alone.

    ``failed``: what ought to be there is not, and there are no points for it. ``cases`` are those behind the figure,
    ``lost`` those of them that cost points.
    """

    got: Decimal | None = None
    of: Decimal | None = None
    failed: bool = False
    cases: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


NOTHING = Measured()
"""There was nothing to measure."""


def share(got: int, of: int, cases: Iterable[str] = (), lost: Iterable[str] = ()) -> Measured:
    """So many of so many; nothing to measure where there were none."""
    return Measured(Decimal(got), Decimal(of), cases=tuple(cases), lost=tuple(lost))


# ---------------------------------------------------------------- one item


class ItemScore(NamedTuple):
    """One line of a sheet, whole: it can be read and recomputed without the policy it was made under.

    ``points`` is None where the item is left out of the sum. ``reached`` tells red from green.
    """

    id: str
    title: Mapping[str, str]
    clause: str
    assumed: bool
    measure: str
    formula: str
    weight: Decimal
    deduct: Decimal
    target: Target
    measured: Measured
    actual: Decimal | None
    points: Decimal | None
    empty: str | None
    reached: bool | None


def actual_of(measure: str, measured: Measured) -> Decimal | None:
    """The figure as one number: a share as a fraction of one; None where there is nothing to measure."""
    if measured.got is None:
        return None
    if MEASURES[measure].gives == "share":
        return measured.got / measured.of if measured.of else None
    return measured.got


def scored(item: ScoreItem, measured: Measured) -> ItemScore:
    """What a figure is worth by its item."""
    actual = actual_of(item.measure, measured)
    nothing = actual is None and not measured.failed
    return ItemScore(
        id=item.id,
        title=item.title,
        clause=item.clause,
        assumed=item.assumed,
        measure=item.measure,
        formula=item.formula,
        weight=item.weight,
        deduct=item.deduct,
        target=item.target,
        measured=measured,
        actual=actual,
        points=_points(item, measured, actual),
        empty=item.empty if nothing else None,
        reached=None if nothing else actual is not None and item.target.reached(actual),
    )


def _points(item: ScoreItem, measured: Measured, actual: Decimal | None) -> Decimal | None:
    if measured.failed:
        return one_decimal(ZERO)
    if actual is None or measured.got is None:
        return one_decimal(item.weight) if item.empty == "full" else None
    match item.formula:
        case "deduct":
            return one_decimal(max(ZERO, item.weight - actual * item.deduct))
        case "reached":
            return one_decimal(item.weight if item.target.reached(actual) else ZERO)
    if measured.of:  # multiplied first, so that a half stays exactly a half
        return one_decimal(item.weight * measured.got / measured.of)
    return one_decimal(item.weight * min(max(actual, ZERO), Decimal(1)))


# ---------------------------------------------------------------- the sheet


class Adjustment(NamedTuple):
    """Points or money given by a person under a rule of the policy (S3)."""

    entry: str
    subject: str
    subject_kind: str
    rule: str
    points: Decimal | None
    money: Decimal | None
    reason: str
    case: str | None
    at: datetime
    by: str


class Total(NamedTuple):
    """A sheet's sum, step by step: points of the items, weighed up to the whole, adjusted, kept within its limits."""

    points: Decimal
    weights: Decimal
    base: Decimal
    adjusted: Decimal
    total: Decimal


def total_of(card: Scorecard, scores: Iterable[ItemScore], adjusted: Decimal = ZERO) -> Total | None:
    """The total of a sheet; None where every item is left out.

    Where the weights that count do not make up the whole, the points are weighed up to it: that is how an item left out
    gives its weight to the others.
    """
    counted = [score for score in scores if score.points is not None]
    points = sum((score.points or ZERO for score in counted), ZERO)
    weights = sum((score.weight for score in counted), ZERO)
    if not weights:
        return None
    base = one_decimal(points if weights == card.total else card.total * points / weights)
    total = one_decimal(min(max(base + adjusted, card.floor), card.cap))
    return Total(points, weights, base, adjusted, total)


def points_given(adjustments: Iterable[Adjustment]) -> Decimal:
    """The points of adjustments together; money is no points."""
    return sum((each.points for each in adjustments if each.points is not None), ZERO)


def halved(sheet: Decimal, other: Decimal, part: Decimal = HALF) -> Decimal:
    """A desk's score of the month: its part by the branch's sheet, the rest by others (S1)."""
    return one_decimal(part * sheet + (1 - part) * other)


# ---------------------------------------------------------------- months and ranks

Months = Sequence[tuple[str, Decimal | None]]
"""Consecutive months with their totals; None where there is no sheet."""


def average(totals: Iterable[Decimal | None]) -> Decimal | None:
    """The mean of the sheets there are; None where there is none."""
    found = [total for total in totals if total is not None]
    return one_decimal(sum(found, ZERO) / len(found)) if found else None


def runs_under(months: Months, rule: Replacement | None) -> list[tuple[str, ...]]:
    """The longest runs of consecutive months under the limit, those only that are long enough (S2)."""
    runs: list[list[str]] = [[]]
    for label, total in months if rule else ():
        if rule and total is not None and total < rule.under:
            runs[-1].append(label)
        elif runs[-1]:
            runs.append([])
    return [tuple(run) for run in runs if rule and len(run) >= rule.months]


class Standing(NamedTuple):
    """A branch in a quarter: its months, and its shares for the tie-breaks in their order.

    A share of which nothing was measured is None; ``unmeasured`` says what it then counts as.
    """

    branch: str
    months: Months
    average: Decimal | None
    shares: tuple[Fraction | None, ...] = ()
    unmeasured: Fraction = Fraction(1)


class Ranked(NamedTuple):
    """A branch with its rank; None without a sheet in the quarter."""

    rank: int | None
    standing: Standing
    star: bool


def ranked(standings: Iterable[Standing]) -> list[Ranked]:
    """By average, then by the tie-breaks; those still equal share a rank, and the next one is left out (S4)."""
    rows = sorted(standings, key=lambda each: each.branch)
    measured = [row for row in rows if row.average is not None]
    measured.sort(key=_key, reverse=True)
    made: list[Ranked] = []
    for at, row in enumerate(measured, 1):
        last = made[-1] if made else None
        rank = last.rank if last and _key(last.standing) == _key(row) else at
        made.append(Ranked(rank, row, rank == 1))
    return [*made, *(Ranked(None, row, False) for row in rows if row.average is None)]


def _key(row: Standing) -> tuple[Fraction, ...]:
    shares = (row.unmeasured if share is None else share for share in row.shares)
    return (Fraction(row.average or ZERO), *shares)


def pooled(scores: Iterable[ItemScore]) -> Fraction | None:
    """One item's share over several months, weighed by what was measured; None where nothing was."""
    rows = list(scores)
    of = sum((row.measured.of or ZERO for row in rows), ZERO)
    return Fraction(sum((row.measured.got or ZERO for row in rows), ZERO)) / Fraction(of) if of else None


def unmeasured(empty: Iterable[str]) -> Fraction:
    """What a share of nothing counts as: the whole where items then have full marks, else less than any (S4)."""
    return Fraction(1) if set(empty) <= {"full"} else Fraction(-1)

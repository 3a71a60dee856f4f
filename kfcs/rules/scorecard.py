"""A scorecard as data: what is measured, how much it weighs, what may be added or taken off (SPEC S1–S4).

An item names one of a closed set of measures, with its parameters, and a formula that turns the figure into points.
Sums and weights are Decimals made of the numbers as the policy writes them, so that 0.1 is a tenth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

FORMULAS = ("rate", "deduct", "reached")
"""How a figure becomes points: weight × rate; weight − figure × deduct; weight when the target is reached, else 0."""
EMPTY = ("full", "leave-out")
"""What an item with nothing to measure gets: full marks, or no place in the sum (S4)."""
SUBJECTS = ("branch", "desk", "department", "person")
"""Who may be given points or a penalty (S3)."""


class Measure(NamedTuple):
    """One kind of figure: a ``share`` of a whole, a ``count`` of faults, or a ``value`` that people typed.

    ``needs`` are the parameters it cannot do without, ``takes`` those it may have. ``of_cases`` tells whether the
    figure is counted from cases, so that it can be told for one desk.
    """

    gives: str
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    of_cases: bool = True


_NARROWED = ("kinds", "emergencies")
MEASURES: Mapping[str, Measure] = {
    "clocks-met": Measure("share", ("clocks",), ("per_case", *_NARROWED)),
    "clocks-missed": Measure("count", ("clocks",), ("per_case", *_NARROWED)),
    "rectified-in-time": Measure("share", takes=_NARROWED),
    "first-pass": Measure("share", takes=_NARROWED),
    "called-back": Measure("share", takes=_NARROWED),
    "satisfaction": Measure("share", takes=_NARROWED),
    "signed-satisfied": Measure("share"),
    "valid-handled": Measure("share"),
    "days-late": Measure("count", ("obligations",), of_cases=False),
    "hand-ins-late": Measure("count", ("obligations",), of_cases=False),
    "checks-passed": Measure("share", of_cases=False),
    "survey": Measure("share", of_cases=False),
    "indicator": Measure("value", ("indicator",), of_cases=False),
}
"""The closed set of measures by name. What each of them counts is told in docs/scoring.md."""

FORMULAS_OF: Mapping[str, tuple[str, ...]] = {
    "share": ("rate", "reached"),
    "count": ("deduct", "reached"),
    "value": ("reached", "rate"),
}
"""The formulas that fit a measure, the one that holds unless another is named first."""


class Target(NamedTuple):
    """What an item is to reach: ``>= 95%``, ``= 0``. ``percent`` tells how to write the number."""

    comparison: str
    value: Decimal
    percent: bool

    @classmethod
    def parse(cls, text: str) -> Target:
        """Raises ValueError for what is no comparison with a number."""
        found = re.fullmatch(r"(>=|<=|=)\s*(\d+(?:\.\d+)?)\s*(%?)", text.strip())
        if found is None:
            raise ValueError(text)
        comparison, number, percent = found.groups()
        value = Decimal(number) / 100 if percent else Decimal(number)
        return cls(comparison, value, bool(percent))

    def reached(self, value: Decimal) -> bool:
        match self.comparison:
            case ">=":
                return value >= self.value
            case "<=":
                return value <= self.value
        return value == self.value


WHOLE = Target(">=", Decimal(1), True)
NONE_OF_IT = Target("=", Decimal(0), False)


class ScoreItem(NamedTuple):
    """One line of a scorecard."""

    id: str
    clause: str
    title: Mapping[str, str]
    assumed: bool
    weight: Decimal
    measure: str
    formula: str
    target: Target
    deduct: Decimal
    empty: str
    clocks: tuple[str, ...]
    obligations: tuple[str, ...]
    indicator: str
    kinds: tuple[str, ...]
    emergencies: bool
    per_case: bool


class Grade(NamedTuple):
    """A letter for a total from a number of points on."""

    id: str
    clause: str
    title: Mapping[str, str]
    assumed: bool
    least: Decimal


class Star(NamedTuple):
    """What the first of a quarter's ranking is given, by its own subsidiary (S2)."""

    clause: str
    title: Mapping[str, str]
    assumed: bool
    reward: Decimal


class Replacement(NamedTuple):
    """So many months in a row under so many points: talk with the leader, propose another head (S2)."""

    clause: str
    title: Mapping[str, str]
    assumed: bool
    under: Decimal
    months: int


class Scorecard(NamedTuple):
    """The sheet of a month: its items, and what follows from its total."""

    clause: str
    title: Mapping[str, str]
    assumed: bool
    total: Decimal
    floor: Decimal
    cap: Decimal
    items: tuple[ScoreItem, ...]
    grades: tuple[Grade, ...]
    tie_breaks: tuple[str, ...]
    feedback: str | None
    desk_share: Decimal | None
    star: Star | None
    replacement: Replacement | None

    def item(self, item_id: str) -> ScoreItem | None:
        return next((item for item in self.items if item.id == item_id), None)

    def grade(self, total: Decimal) -> Grade | None:
        """The grade of a total; None where the scorecard has none."""
        return next((grade for grade in self.grades if total >= grade.least), None)


class Penalty(NamedTuple):
    """A rule of ``kfcs adjust``: points or money within a range (S3). ``step``: whole multiples of it only."""

    id: str
    clause: str
    title: Mapping[str, str]
    assumed: bool
    points: tuple[Decimal, Decimal] | None
    money: tuple[Decimal, Decimal] | None
    step: Decimal | None
    subjects: tuple[str, ...]

    def allows(self, value: Decimal) -> bool:
        """Whether a value lies within the range, at one of its steps."""
        low, high = self.points or self.money or (Decimal(0), Decimal(0))
        return low <= value <= high and (self.step is None or value % self.step == 0)


# ---------------------------------------------------------------- from the document


def scorecard_of(row: Mapping[str, Any] | None) -> Scorecard | None:
    """The scorecard that a valid document describes; None where it has none."""
    if row is None:
        return None
    star, replacement, share = row.get("star"), row.get("replacement"), row.get("desk_share")
    grades = [Grade(**_base(grade), least=number(grade["least"])) for grade in row.get("grade", ())]
    return Scorecard(
        **_named(row),
        total=number(row["total"]),
        floor=number(row.get("floor", 0)),
        cap=number(row["cap"]),
        items=tuple(_item(item) for item in row["item"] if not item.get("off")),
        grades=tuple(sorted(grades, key=lambda grade: -grade.least)),
        tie_breaks=tuple(row.get("tie_breaks", ())),
        feedback=row.get("feedback"),
        desk_share=None if share is None else number(share),
        star=None if star is None else Star(**_named(star), reward=number(star["reward"])),
        replacement=None
        if replacement is None
        else Replacement(
            **_named(replacement), under=number(replacement["under"]), months=replacement["months"]
        ),
    )


def _item(row: Mapping[str, Any]) -> ScoreItem:
    gives = MEASURES[row["measure"]].gives
    formula = row.get("formula", FORMULAS_OF[gives][0])
    target = row.get("target")
    return ScoreItem(
        **_base(row),
        weight=number(row["weight"]),
        measure=row["measure"],
        formula=formula,
        target=Target.parse(target) if target else NONE_OF_IT if formula == "deduct" else WHOLE,
        deduct=number(row.get("deduct", 0)),
        empty=row.get("empty", "full"),
        clocks=tuple(row.get("clocks", ())),
        obligations=tuple(row.get("obligations", ())),
        indicator=row.get("indicator", ""),
        kinds=tuple(row.get("kinds", ())),
        emergencies=bool(row.get("emergencies")),
        per_case=bool(row.get("per_case")),
    )


def penalties_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Penalty]:
    """The rules of ``kfcs adjust`` by id."""
    return {row["id"]: _penalty(row) for row in rows if not row.get("off")}


def _penalty(row: Mapping[str, Any]) -> Penalty:
    step = row.get("step")
    return Penalty(
        **_base(row),
        points=_range(row.get("points")),
        money=_range(row.get("money")),
        step=None if step is None else number(step),
        subjects=tuple(row.get("subjects", SUBJECTS)),
    )


def _range(numbers: Sequence[float] | None) -> tuple[Decimal, Decimal] | None:
    return None if numbers is None else (number(numbers[0]), number(numbers[1]))


def number(value: float | str) -> Decimal:
    """The number as it was written: 0.1 is a tenth."""
    return Decimal(str(value))


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"clause": row["clause"], "title": row["title"], "assumed": bool(row.get("assumed"))}


def _base(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], **_named(row)}

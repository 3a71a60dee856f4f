"""The shape of a policy's scorecard (SPEC S1–S4); checked table by table by `kfcs.scorefaults`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, field

from kfcs.errors import N_
from kfcs.policyshape import Count, Flag, Kinds, Number, Rule, Shape, Text, Title
from kfcs.rules.scorecard import EMPTY, FORMULAS, MEASURES, Target

Texts = Annotated[list[str], Meta(min_length=1, description=N_("a list of texts"))]
Goal = Annotated[
    str, Meta(description=N_('a target such as ">= 95%" or "= 0"'), extra={"parse": Target.parse})
]
MeasureName = Annotated[str, Meta(description=N_("a text"), extra={"known": tuple(MEASURES)})]
Formula = Annotated[str, Meta(description=N_("a text"), extra={"known": FORMULAS})]
WhenEmpty = Annotated[str, Meta(description=N_("a text"), extra={"known": EMPTY})]
Share = Annotated[float, Meta(ge=0, le=1, description=N_("a number from 0 to 1"))]


class Consequence(Shape, kw_only=True):
    """What follows from a total, and where that is written."""

    clause: Text
    title: Title
    assumed: Flag = False


class Star(Consequence, kw_only=True):
    """The first of a quarter (S2)."""

    reward: Number


class Replacement(Consequence, kw_only=True):
    """Months in a row under a total (S2)."""

    under: Number
    months: Count


class Grade(Rule, kw_only=True):
    """A letter, and the least total it is given for."""

    completed: ClassVar[bool] = True
    least: Number


class ScoreItem(Rule, kw_only=True):
    """One line: what is measured and how it becomes points."""

    completed: ClassVar[bool] = True
    weight: Number
    measure: MeasureName
    formula: Formula = ""
    target: Goal = ""
    deduct: Number = 0
    empty: WhenEmpty = "full"
    clocks: Texts = field(default_factory=list)
    obligations: Texts = field(default_factory=list)
    indicator: Text = ""
    kinds: Kinds = field(default_factory=list)
    emergencies: Flag = False
    per_case: Flag = False
    off: Flag = False


class Scorecard(Consequence, kw_only=True):
    """A whole scorecard."""

    completed: ClassVar[bool] = True
    total: Number
    cap: Number
    floor: Number = 0
    item: list[ScoreItem]
    grade: list[Grade] = field(default_factory=list)
    tie_breaks: Texts = field(default_factory=list)
    feedback: Text = ""
    desk_share: Share = 1
    star: Star | None = None
    replacement: Replacement | None = None

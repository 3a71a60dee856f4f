"""The shape of a policy file: its tables, the keys a row may have, and what each of them holds (SPEC P1).

The structs are the declaration; `kfcs.policyfaults` reads them field by field, so that every fault is found
at once. They need msgspec, so this module is imported only where a file is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct, field

from kfcs.errors import N_
from kfcs.rules.clocks import STARTS, STOPS
from kfcs.rules.durations import Duration
from kfcs.rules.obligations import PERIODS, ROLLS
from kfcs.rules.policy import Limit
from kfcs.rules.scorecard import SUBJECTS
from kfcs.rules.touchpoints import TRIGGERS, DayForm
from kfcs.taxonomy import TAXONOMIES
from kfcs.words import codes


def _one_of(known: Sequence[str]) -> Meta:
    return Meta(description=N_("a text"), extra={"known": tuple(known)})


def _some_of(known: Sequence[str]) -> Meta:
    return Meta(description=N_("a list of texts"), extra={"known": tuple(known)})


def _parsed(parse: Callable[[str], object], description: str) -> Meta:
    """A text, or each text of a list, that ``parse`` must understand: it raises ValueError otherwise."""
    return Meta(description=description, extra={"parse": parse})


def _days(text: str) -> None:
    if not re.fullmatch(r"[1-9]\d*d", text):
        raise ValueError(text)


def _share(text: str) -> None:
    if not re.fullmatch(r"[1-9]\d?%", text):
        raise ValueError(text)


Text = Annotated[str, Meta(min_length=1, description=N_("a text"))]
Flag = Annotated[bool, Meta(description=N_("true or false"))]
Count = Annotated[int, Meta(ge=1, description=N_("a whole number from 1"))]
Counts = Annotated[
    list[Annotated[int, Meta(ge=1)]],
    Meta(min_length=1, description=N_("a list of whole numbers such as [1, 2]")),
]
Number = Annotated[float, Meta(ge=0, le=1_000_000, description=N_("a number from 0"))]
Range = Annotated[
    list[Annotated[float, Meta(ge=-1_000_000, le=1_000_000)]],
    Meta(min_length=2, max_length=2, description=N_("the least and the most, such as [-10, 10]")),
]
Table = Annotated[dict[str, Any], Meta(description=N_("a table"))]
Time = Annotated[str, _parsed(Duration.parse, N_("a duration such as 30m, 48h, 3d, 5wd, 12om or same-day"))]
TimeLimit = Annotated[
    str, _parsed(Limit.parse, N_("own, urgency, or a duration such as 30m, 48h, 3d, 5wd, 12om or same-day"))
]
DayOf = Annotated[
    str, _parsed(DayForm.parse, N_("a day such as 10th of next month, 1st of that month or 30 November"))
]
Days = Annotated[str, _parsed(_days, N_("a number of calendar days such as 7d"))]
Shares = Annotated[list[str], _parsed(_share, N_('a list of percentages such as ["50%", "80%"]'))]
DayOfMonth = Annotated[
    Annotated[int, Meta(ge=1, le=31)] | Literal["last"], Meta(description=N_('a day from 1 to 31, or "last"'))
]
Start = Annotated[str, _one_of(STARTS)]
Stops = Annotated[str | list[str], _some_of(STOPS)]
Kinds = Annotated[list[str], _some_of(codes("kind"))]
Condition = Annotated[
    dict[str, Any] | list[dict[str, Any]],
    Meta(description=N_("a table of comparisons, or a list of them"), extra={"condition": "facts"}),
]
Alternatives = Annotated[
    list[dict[str, Any]],
    Meta(description=N_("a list of tables of comparisons"), extra={"condition": "facts"}),
]
AgedAlternatives = Annotated[
    list[dict[str, Any]],
    Meta(description=N_("a list of tables of comparisons"), extra={"condition": "facts and ages"}),
]


class Shape(Struct, kw_only=True, forbid_unknown_fields=True):
    """One table of a policy file."""

    completed: ClassVar[bool] = False
    """Whether a parent's table may give what this one leaves out; see `COMPLETED` for the lists of a policy."""


class Title(Shape, kw_only=True):
    """A title in both languages."""

    zh: Text
    en: Text


class Rule(Shape, kw_only=True):
    """What every rule has: its name, where it comes from, and whether the source is silent."""

    id: Text
    clause: Text
    title: Title
    assumed: Flag = False


class LevelRule(Rule, kw_only=True):
    """A level, and when a case has it (G)."""

    level: Count
    any: AgedAlternatives = field(default_factory=list)


class Grading(Shape, kw_only=True):
    """A scheme of levels. A file gives the whole of it or nothing."""

    id: Text
    names: Table
    rule: list[LevelRule]
    window: Annotated[str, _one_of(("calendar-month", "rolling-month"))] = "calendar-month"


class Except(Shape, kw_only=True):
    """Another limit or beginning of a clock, and when it holds."""

    when: Condition
    limit: TimeLimit | None = None
    start: Start | None = field(name="from", default=None)


class Clock(Rule, kw_only=True):
    """A clock (T3)."""

    start: Start = field(name="from")
    until: Stops
    limit: TimeLimit
    kinds: Kinds = field(default_factory=list)
    when: Condition = field(default_factory=dict)
    levels: Counts = field(default_factory=list)
    exceptions: list[Except] = field(name="except", default_factory=list)
    warn: Shares = field(default_factory=list)
    off: Flag = False


class Rung(Rule, kw_only=True):
    """One step of the ladder (E2)."""

    rung: Count
    to: Text
    after: Time = ""
    when: Condition = field(default_factory=dict)


class Event(Rule, kw_only=True):
    """An escalation that no clock drives (E2)."""

    rungs: Counts
    threshold: Count = 1
    levels: Counts = field(default_factory=list)
    climbs: Flag = False
    off: Flag = False


class Route(Rule, kw_only=True):
    """Which department a case is proposed to (K4)."""

    department: Text
    any: Alternatives = field(default_factory=list)


class Due(Shape, kw_only=True):
    """When something is due: one of the forms that `kfcs.rules.obligations` reads."""

    day: DayOfMonth = 1
    month: Annotated[int, Meta(ge=1, le=12, description=N_("a month from 1 to 12"))] = 1
    dates: Annotated[
        list[str], Meta(min_length=1, description=N_('a list of dates such as ["06-30", "12-31"]'))
    ] = field(default_factory=list)
    every: Annotated[str, _one_of(("day",))] = ""
    half_month: Annotated[
        list[DayOfMonth],
        Meta(min_length=2, max_length=2, description=N_('two days such as [15, "last"]')),
    ] = field(default_factory=list)
    quarter: DayOfMonth = 1


class Obligation(Rule, kw_only=True):
    """Something to hand in by a date (O1)."""

    by: Text
    due: Due
    period: Annotated[str, _one_of(PERIODS)] = ""
    roll: Annotated[str, _one_of(ROLLS)] = "none"
    make_up: Flag = True
    off: Flag = False


class Penalty(Rule, kw_only=True):
    """What may be added, taken off or fined by hand (S3)."""

    points: Range = field(default_factory=list)
    money: Range = field(default_factory=list)
    step: Number = 0
    subjects: Annotated[list[str], _some_of(SUBJECTS)] = field(default_factory=list)
    off: Flag = False


class Touchpoint(Rule, kw_only=True):
    """What is to be done for a customer, on what occasion and by when (O2)."""

    trigger: Annotated[str, _one_of(TRIGGERS)]
    start: DayOf = field(name="from", default="")
    due: DayOf = ""
    within: Time = ""
    months_before: Count = 1
    nodes: Annotated[list[str], _some_of(codes("node"))] = field(default_factory=list)
    survey: Annotated[str, _one_of(codes("stage"))] = ""
    feedback: Flag = False
    off: Flag = False


class Closure(Shape, kw_only=True):
    """When a case closes by itself, and how often it was talked about without agreement (H6, H7)."""

    quiet: Days
    no_agreement_contacts: Count


class Consent(Rule, kw_only=True):
    """At which levels a plan needs consent before the customer is told of it."""

    levels: Counts


class Sheet(Rule, kw_only=True):
    """Which signatures the sheet of a case must bear, and whether a limit goes with it (H12)."""

    signatures: Annotated[list[str], _some_of(("received", "returned"))]
    limit: Flag = False


class Rates(Rule, kw_only=True):
    """The validities whose cases enter no rate (C5)."""

    without: Annotated[list[str], _some_of(codes("validity"))]


class Policy(Shape, kw_only=True):
    """A whole file."""

    name: Text
    title: Title
    extends: Text = ""
    source: Annotated[str, Meta(description=N_("a text"))] = ""
    inherited_assumed: Flag = False
    since: date | None = None
    before: str | None = None
    taxonomy: Annotated[str, _one_of(TAXONOMIES)]
    separation: Annotated[str, _one_of(("record", "refuse"))] = "record"
    closure: Closure
    consent: Consent | None = None
    sheet: Sheet | None = None
    rates: Rates | None = None
    grading: Grading
    clock: list[Clock] = field(default_factory=list)
    ladder: list[Rung] = field(default_factory=list)
    event: list[Event] = field(default_factory=list)
    routing: list[Route] = field(default_factory=list)
    obligation: list[Obligation] = field(default_factory=list)
    scorecard: Table = field(default_factory=dict)
    penalty: list[Penalty] = field(default_factory=list)
    touchpoint: list[Touchpoint] = field(default_factory=list)


COMPLETED: dict[str, type[Shape]] = {
    "clock": Clock,
    "ladder": Rung,
    "event": Event,
    "routing": Route,
    "obligation": Obligation,
    "penalty": Penalty,
    "touchpoint": Touchpoint,
}
"""The lists whose rows complete, key by key, the parent's row of the same id."""

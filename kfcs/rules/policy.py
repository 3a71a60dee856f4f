"""A policy: one regime of rules as data (SPEC P1).

``Policy.from_document`` takes the merged, validated document that ``kfcs.policies`` makes of a TOML file and its
parents. Every rule keeps the clause of the source document it comes from, and whether it is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from kfcs.rules.classify import Taxonomy
from kfcs.rules.conditions import Alternative, alternatives
from kfcs.rules.durations import Duration

if TYPE_CHECKING:
    from kfcs.rules.obligations import Obligation
    from kfcs.rules.scorecard import Penalty, Scorecard
    from kfcs.rules.touchpoints import TouchpointRule

CLOCKED_KINDS = ("complaint", "repair", "help")
"""Kinds that a clock runs for unless it names others (T3)."""


class Rule(Protocol):
    """What every rule has: an id, the clause it comes from, its titles, and whether the source is silent."""

    @property
    def id(self) -> str: ...
    @property
    def clause(self) -> str: ...
    @property
    def title(self) -> Mapping[str, str]: ...
    @property
    def assumed(self) -> bool: ...


class LevelRule(NamedTuple):
    """A level and the alternatives of which one must hold; none at all means: the rest (G)."""

    id: str
    clause: str
    title: Mapping[str, str]
    assumed: bool
    level: int
    any: tuple[Alternative, ...]


class Grading(NamedTuple):
    """A scheme of levels, 1 the gravest."""

    id: str
    names: Mapping[int, Mapping[str, str]]
    rules: tuple[LevelRule, ...]
    window: str

    @property
    def lowest(self) -> int:
        return max(self.names)


class Limit(NamedTuple):
    """How long a clock runs: a duration, the case's ``urgency``, or a limit of its ``own`` that an act names."""

    by: str
    duration: Duration | None

    @classmethod
    def parse(cls, text: str) -> Limit:
        return cls(text, None) if text in ("own", "urgency") else cls("duration", Duration.parse(text))


class LimitException(NamedTuple):
    """A limit, or another beginning, that holds instead where a condition is met."""

    when: tuple[Alternative, ...]
    limit: Limit | None
    start: str | None


class ClockRule(NamedTuple):
    """A clock: what starts it, what stops it, how long it may take (T3)."""

    id: str
    clause: str
    title: Mapping[str, str]
    assumed: bool
    kinds: frozenset[str]
    start: str
    until: tuple[str, ...]
    limit: Limit
    when: tuple[Alternative, ...]
    exceptions: tuple[LimitException, ...]
    warn: tuple[int, ...]
    levels: frozenset[int]


class Rung(NamedTuple):
    """One step of the ladder: whom a breach reaches, and how long after it (E2)."""

    id: str
    clause: str
    title: Mapping[str, str]
    assumed: bool
    rung: int
    to: str
    after: Duration | None
    when: tuple[Alternative, ...]


class EventRule(NamedTuple):
    """A rule of escalation that no clock drives: which rungs it reaches at once.

    A rule that ``climbs`` reaches one rung alone, and with each further setback of the case the next one: the rungs it
    names are then those that it may climb.
    """

    id: str
    clause: str
    title: Mapping[str, str]
    assumed: bool
    rungs: tuple[int, ...]
    threshold: int
    levels: tuple[int, ...]
    climbs: bool = False


class Route(NamedTuple):
    """Which department a case is proposed to (K4)."""

    id: str
    clause: str
    title: Mapping[str, str]
    assumed: bool
    department: str
    any: tuple[Alternative, ...]


class _Parts(NamedTuple):
    """What a policy is made of."""

    name: str
    title: Mapping[str, str]
    source: str
    extends: str | None
    since: date | None
    before: str | None
    digest: str
    separation: str
    quiet_days: int
    no_agreement_contacts: int
    taxonomy: Taxonomy
    grading: Grading
    clocks: tuple[ClockRule, ...]
    ladder: tuple[Rung, ...]
    events: Mapping[str, EventRule]
    routes: tuple[Route, ...]
    document: Mapping[str, Any]


class Policy(_Parts):
    """A regime of rules. ``digest`` names exactly this text of it; ``document`` is what it was made from.

    One that holds only ``since`` a day names the policy that held ``before`` (P3).
    """

    # What is asked of every case is worked out once.

    @cached_property
    def times_complainants(self) -> bool:
        """Whether it matters when others complained, not only how many did: a clock begins with a level that they bring."""
        brought = {
            rule.level for rule in self.grading.rules for test in rule.any if test.names("complainants")
        }
        return any(clock.levels & brought for clock in self.clocks if clock.start == "level")

    @cached_property
    def asks_for_causes(self) -> bool:
        """Whether a level depends on a cause that came again (G4)."""
        return any(test.names("cause_again") for rule in self.grading.rules for test in rule.any)

    @cached_property
    def rolling(self) -> bool:
        """Whether complainants are counted from day to day instead of by calendar month (G)."""
        return self.grading.window == "rolling-month"

    def clock(self, clock_id: str) -> ClockRule | None:
        return next((clock for clock in self.clocks if clock.id == clock_id), None)

    @property
    def consent_levels(self) -> tuple[int, ...]:
        """The levels at which a plan needs consent before the customer is told of it."""
        return tuple(self.document.get("consent", {}).get("levels", ()))

    @property
    def sheet_signatures(self) -> tuple[str, ...]:
        """The signatures that the sheet of a case must bear (H12)."""
        return tuple(self.document.get("sheet", {}).get("signatures", ()))

    @property
    def sheet_limit(self) -> bool:
        """Whether a department is always given a limit with the sheet."""
        return bool(self.document.get("sheet", {}).get("limit"))

    @property
    def unrated(self) -> tuple[str, ...]:
        """Validities whose cases enter no rate: only what is our own fault is held against us (C5)."""
        return tuple(self.document.get("rates", {}).get("without", ()))

    # What only some commands need is read when it is asked for, so that a front desk does not pay for it.

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """What must be handed in by whom and when (O1)."""
        return tuple(_obligation(row) for row in self.document["obligation"] if not row.get("off"))

    @property
    def scorecard(self) -> Scorecard | None:
        """How a month is scored, where the policy scores one (S1)."""
        from kfcs.rules.scorecard import scorecard_of

        return scorecard_of(self.document.get("scorecard"))

    @property
    def penalties(self) -> Mapping[str, Penalty]:
        """What may be adjusted, by rule, and within which range (S3)."""
        from kfcs.rules.scorecard import penalties_of

        return penalties_of(self.document["penalty"])

    @property
    def touchpoints(self) -> tuple[TouchpointRule, ...]:
        """Whom the desk turns to of itself, and when (O2)."""
        from kfcs.rules.touchpoints import TouchpointRule

        rows = self.document.get("touchpoint", ())
        return tuple(TouchpointRule.from_row(row) for row in rows if not row.get("off"))

    def touchpoint(self, name: str) -> TouchpointRule | None:
        return next((rule for rule in self.touchpoints if rule.id == name), None)

    def obligation(self, name: str) -> Obligation | None:
        return next((obligation for obligation in self.obligations if obligation.id == name), None)

    @classmethod
    def from_document(cls, document: Mapping[str, Any], digest: str = "") -> Policy:
        """The policy a valid document describes. Raises KeyError or ValueError for one that was not validated."""
        closure = document["closure"]
        return cls(
            name=document["name"],
            title=document["title"],
            source=document.get("source", ""),
            extends=document.get("extends"),
            since=date.fromisoformat(document["since"]) if document.get("since") else None,
            before=document.get("before"),
            digest=digest,
            separation=document.get("separation", "record"),
            quiet_days=Duration.parse(closure["quiet"]).amount,
            no_agreement_contacts=closure["no_agreement_contacts"],
            taxonomy=Taxonomy.from_document(document["taxonomy_document"]),
            grading=_grading(document["grading"]),
            clocks=tuple(_clock(row) for row in document["clock"] if not row.get("off")),
            ladder=tuple(sorted((_rung(row) for row in document["ladder"]), key=lambda rung: rung.rung)),
            events={row["id"]: _event(row) for row in document["event"] if not row.get("off")},
            routes=tuple(_route(row) for row in document["routing"]),
            document=document,
        )


def _base(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "clause": row["clause"],
        "title": row["title"],
        "assumed": bool(row.get("assumed")),
    }


def _grading(row: Mapping[str, Any]) -> Grading:
    rules = [
        LevelRule(**_base(rule), level=rule["level"], any=alternatives(rule.get("any", [{}])))
        for rule in row["rule"]
    ]
    names = {int(level): name for level, name in row["names"].items()}
    return Grading(
        row["id"], names, tuple(sorted(rules, key=lambda r: r.level)), row.get("window", "calendar-month")
    )


def _clock(row: Mapping[str, Any]) -> ClockRule:
    until = row["until"]
    return ClockRule(
        **_base(row),
        kinds=frozenset(row.get("kinds", CLOCKED_KINDS)),
        start=row["from"],
        until=(until,) if isinstance(until, str) else tuple(until),
        limit=Limit.parse(row["limit"]),
        when=_when(row),
        exceptions=tuple(_exception(item) for item in row.get("except", ())),
        warn=tuple(int(share.rstrip("%")) for share in row.get("warn", ())),
        levels=frozenset(row.get("levels", ())),
    )


def _exception(row: Mapping[str, Any]) -> LimitException:
    limit = row.get("limit")
    return LimitException(_when(row), None if limit is None else Limit.parse(limit), row.get("from"))


def _when(row: Mapping[str, Any]) -> tuple[Alternative, ...]:
    when = row.get("when")
    if when is None:
        return ()
    return alternatives([when] if isinstance(when, Mapping) else when)


def _rung(row: Mapping[str, Any]) -> Rung:
    after = row.get("after")
    return Rung(
        **_base(row),
        rung=row["rung"],
        to=row["to"],
        after=None if after is None else Duration.parse(after),
        when=_when(row),
    )


def _event(row: Mapping[str, Any]) -> EventRule:
    return EventRule(
        **_base(row),
        rungs=tuple(row["rungs"]),
        threshold=row.get("threshold", 0),
        levels=tuple(row.get("levels", ())),
        climbs=row.get("climbs", False),
    )


def _route(row: Mapping[str, Any]) -> Route:
    return Route(**_base(row), department=row["department"], any=alternatives(row.get("any", [{}])))


def _obligation(row: Mapping[str, Any]) -> Obligation:
    from kfcs.rules.obligations import DueDays, Obligation, usual_period

    return Obligation(
        **_base(row),
        by=row["by"],
        due=DueDays.parse(row["due"]),
        period=row.get("period") or usual_period(row["due"]),
        roll=row.get("roll", "none"),
        make_up=row.get("make_up", True),
    )

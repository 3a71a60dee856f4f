"""What a case is: facts, people, events and state, as its entries amount to (SPEC L5, H10).

``kfcs.folding`` makes a ``Case`` of entries. It decides nothing: levels, deadlines and permissions are computed from a
``Case`` by ``kfcs.rules``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from kfcs.entries import Entry, Person

LATE_AFTER = timedelta(hours=24)
"""An entry recorded later than this after it happened is shown as late-recorded (L2)."""


Mark = tuple[datetime, int]
"""A place in a case's order: when something happened, then the number of its entry."""


class Epoch(NamedTuple):
    """A beginning: the receipt, or an act that opened the case again (T6)."""

    n: int
    at: datetime

    @property
    def mark(self) -> Mark:
        return self.at, self.n


class Act(NamedTuple):
    """One entry of a case's timeline, numbered ``n`` from 1 in the order recorded."""

    n: int
    entry: Entry
    amended_by: tuple[str, ...] = ()
    undone: bool = False

    @property
    def late_recorded(self) -> bool:
        entry = self.entry
        return not entry.derived and entry.recorded_at - entry.at > LATE_AFTER


class Dispatch(NamedTuple):
    n: int
    at: datetime
    by: str
    department: str
    contact_within: str | None
    due: datetime | None
    coordinate: bool
    outside_help: bool


class Contact(NamedTuple):
    n: int
    at: datetime
    by: str
    reply: bool
    plan: bool
    promise: datetime | None
    on_site: bool
    waiting: bool
    no_agreement: bool
    ack: bool


class Attempt(NamedTuple):
    """One go at a rectification: ordered (by the entry ``n``), done, inspected. A failed inspection starts the next."""

    number: int
    n: int
    ordered_at: datetime
    due: datetime
    ordered_by: str
    done_at: datetime | None = None
    done_by: str | None = None
    done_n: int = 0
    inspected_at: datetime | None = None
    inspected_by: str | None = None
    inspected_n: int = 0
    result: str | None = None
    fault: str | None = None


class Rectification(NamedTuple):
    """An order to put something right (整改), ``id`` R1, R2 … within its case; ``entry`` is what ordered it."""

    id: str
    entry: str
    what: str
    department: str
    unit: str | None
    attempts: tuple[Attempt, ...]
    cost: Decimal | None = None

    @property
    def current(self) -> Attempt:
        return self.attempts[-1]

    @property
    def pending(self) -> bool:
        """Open or failed: not yet done, or done and found wanting. Done and not inspected is not pending (H4)."""
        return self.current.done_at is None

    @property
    def first_pass(self) -> bool | None:
        """Whether the first inspection passed; None while there was none."""
        result = self.attempts[0].result
        return None if result is None else result == "pass"


class Resolution(NamedTuple):
    n: int
    at: datetime
    by: str
    on_the_spot: bool = False
    correction: str | None = None
    prevention: str | None = None


class Callback(NamedTuple):
    n: int
    at: datetime
    by: str
    result: str
    epoch: int
    signed: bool = False


class Closure(NamedTuple):
    n: int
    at: datetime
    by: str
    why: str


class Signature(NamedTuple):
    """The sheet of a case, signed: ``received`` or ``returned`` by the department, or signed by the ``customer`` (H12)."""

    n: int
    at: datetime
    by: str
    role: str


class Handover(NamedTuple):
    """A case passed on: from whom, to whom, when, and who recorded it (H1)."""

    at: datetime
    giver: str
    taker: str
    by: str


class Brief(NamedTuple):
    n: int
    at: datetime
    by: str
    to: str


class Note(NamedTuple):
    n: int
    at: datetime
    by: str
    kind: str
    department: str | None
    due: datetime | None
    approved_by: str | None = None


class Compensation(NamedTuple):
    """How far a case's compensation has come (H8). Sums in CNY; ``applied`` and ``approved`` are None until then."""

    applied: Decimal | None = None
    grounds: str | None = None
    approved: Decimal | None = None
    approved_by: str | None = None
    letter: bool = False
    paid: Decimal = Decimal("0.00")
    deducted: Decimal = Decimal("0.00")


class Raised(NamedTuple):
    """An escalation that was recorded."""

    at: datetime
    rule: str
    clause: str
    clock: str | None
    epoch: str
    rung: int
    recipient: str
    level: int
    due: datetime | None

    @property
    def key(self) -> tuple[str, str, int]:
        """Clock or rule, epoch, rung: two desks that raised the same have raised it once (E5)."""
        return (self.clock or self.rule, self.epoch, self.rung)


class Case(NamedTuple):
    """What the entries of one case amount to. Money in CNY; times aware; codes are SPEC's English words."""

    case_id: str
    desk: str
    by: str
    received_at: datetime
    recorded_at: datetime
    kind: str
    channel: str
    branch: str
    project: str
    text: str
    home: str | None
    person: Person
    people: int
    times: int
    claim: Decimal | None
    refund: bool
    remedy: str | None
    urgency: str
    media: str
    legal: str
    harm: str
    accident: bool
    public_harm: bool
    emergency: str | None
    safety: bool
    vip: bool
    anonymous: bool
    sensitive: bool
    stage: str | None
    first_asked: str | None
    authority_ref: str | None
    authority_due: datetime | None
    url: str | None
    heat: int | None
    impact: str | None
    evidence: tuple[Mapping[str, Any], ...]
    repeat_of: str | None
    handled_before: bool
    history: bool
    proposed: Mapping[str, Any]
    category_given: str | None
    subcategory_given: str | None
    cues: Mapping[str, Any]
    level_at_log: int | None
    source: Mapping[str, Any] | None
    complainants: tuple[str, ...]
    complained_at: tuple[datetime, ...]
    claims: Mapping[str, Decimal]
    people_of: Mapping[str, int]
    """For how many each complainant speaks; who comes twice is counted once, and speaks for the larger number."""
    parts: Mapping[str, Case]
    validity: str | None
    cause: str | None
    correction: str | None
    prevention: str | None
    action_verified: str | None
    department: str | None
    coordinating: tuple[str, ...]
    merged_into: str | None
    merged: Mark | None
    epochs: tuple[Epoch, ...]
    dispatches: tuple[Dispatch, ...]
    contacts: tuple[Contact, ...]
    rectifications: tuple[Rectification, ...]
    resolutions: tuple[Resolution, ...]
    callbacks: tuple[Callback, ...]
    closures: tuple[Closure, ...]
    signatures: tuple[Signature, ...]
    briefs: tuple[Brief, ...]
    notes: tuple[Note, ...]
    compensation: Compensation
    escalations: tuple[Raised, ...]
    person_acts: tuple[tuple[int, datetime], ...]
    resolved: Resolution | None
    closed: Closure | None
    timeline: tuple[Act, ...]

    @property
    def state(self) -> str:
        """open, rectifying, resolved or closed (H10)."""
        if self.closed or self.merged_into:
            return "closed"
        if self.resolved:
            return "resolved"
        return "rectifying" if any(r.pending for r in self.rectifications) else "open"

    @property
    def category(self) -> str:
        return self.category_given or self.proposed.get("category") or "other"

    @property
    def subcategory(self) -> str | None:
        """The full dotted code, or None: a person who gave a category alone leaves none (K2)."""
        return self.subcategory_given if self.category_given else self.proposed.get("subcategory")

    @property
    def counted(self) -> bool:
        """Whether it enters counts: void, duplicate and folded-in cases leave every count and clock (H7, C3)."""
        return self.merged_into is None and not (self.closed and self.closed.why in ("void", "duplicate"))

    @property
    def needs_callback(self) -> bool:
        """Solved on the spot, anonymous without contact, and sensitive cases have no callback (H6)."""
        on_the_spot = bool(self.resolutions and self.resolutions[-1].on_the_spot)
        unreachable = self.anonymous and not (self.person.phone or self.person.contact)
        return not (on_the_spot or unreachable or self.sensitive)

    @property
    def cues_open(self) -> bool:
        """Whether cues wait to be confirmed: setting a fact settles its cue, as closing the case settles all (K2)."""
        return bool(self.cues) and self.state != "closed"

    @property
    def handovers(self) -> tuple[Handover, ...]:
        """Who passed the case on to whom. A department that is to coordinate takes nothing over (H1)."""
        made: list[Handover] = []
        holder = self.first_asked or self.by
        for dispatch in self.dispatches:
            if dispatch.department != holder and not (dispatch.coordinate and made):
                made.append(Handover(dispatch.at, holder, dispatch.department, dispatch.by))
                holder = dispatch.department
        return tuple(made)

    @property
    def responsible(self) -> str:
        """Who answers for the case: the person first asked, until a hand-over is recorded (H1)."""
        passed_on = self.handovers
        return passed_on[-1].taker if passed_on else self.first_asked or self.by

    @property
    def next_rectification(self) -> str:
        """The id of the next order. One that was taken back keeps its own."""
        return f"R{1 + sum(act.entry.kind == 'rectification-ordered' for act in self.timeline)}"

    def rectification(self, rectification_id: str) -> Rectification | None:
        return next((r for r in self.rectifications if r.id == rectification_id.upper()), None)

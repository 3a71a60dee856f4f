"""A case is the fold of its entries (SPEC L5).

``fold`` reads entries in the order recorded, each by the handler of its kind, and returns what they amount to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from kfcs.amended import amended, told_apart
from kfcs.cases import (
    Act,
    Attempt,
    Brief,
    Callback,
    Case,
    Closure,
    Compensation,
    Contact,
    Dispatch,
    Epoch,
    Mark,
    Note,
    Raised,
    Rectification,
    Resolution,
    Signature,
)
from kfcs.entries import Entry, Person, in_recorded_order
from kfcs.period import day_of, from_iso

UNREACHABLE_DAYS = 3
"""A callback tried in vain on this many different days closes the case (H5)."""


class _State:
    """The fold's working copy of a ``Case``: the same names, lists for what grows."""

    def __init__(self) -> None:
        self.people_of: dict[str, int] = {}
        self.merged: dict[str, Case] = {}
        self.times = 1
        self.complainants: dict[str, datetime] = {}
        self.claims: dict[str, Decimal] = {}
        self.joined: list[Mapping[str, Any]] = []
        self.taken_in: set[str] = set()
        self.repeated = False
        self.cues: dict[str, Any] = {}
        self.validity: str | None = None
        self.cause: str | None = None
        self.correction: str | None = None
        self.prevention: str | None = None
        self.action_verified: str | None = None
        self.branch: str | None = None
        self.department: str | None = None
        self.coordinating: list[str] = []
        self.merged_into: str | None = None
        self.merged_mark: Mark | None = None
        self.epochs: list[Epoch] = []
        self.dispatches: list[Dispatch] = []
        self.contacts: list[Contact] = []
        self.rectifications: dict[str, Rectification] = {}
        self.resolutions: list[Resolution] = []
        self.callbacks: list[Callback] = []
        self.closures: list[Closure] = []
        self.signatures: list[Signature] = []
        self.briefs: list[Brief] = []
        self.notes: list[Note] = []
        self.compensation = Compensation()
        self.escalations: list[Raised] = []
        self.person_acts: list[tuple[int, datetime]] = []
        self.resolved: Resolution | None = None
        self.closed: Closure | None = None
        self.complaint: Entry | None = None

    @property
    def quiet(self) -> bool:
        """Resolved and not to be called back, so waiting for its quiet days (H6)."""
        assert self.complaint is not None
        body = self.complaint.body
        if self.closed or not self.resolved:
            return False
        silent = body.get("anonymous") and not (self.complaint.person.phone or self.complaint.person.contact)
        return bool(self.resolved.on_the_spot or silent or body.get("sensitive"))


def fold(entries: Iterable[Entry], folded_in: Mapping[str, Case] | None = None) -> Case:
    """The case that ``entries`` (of one case, with those that fold it into another) amount to.

    ``folded_in`` holds the cases that were folded into this one, by number. Raises ValueError when no entry
    received the case, which only a damaged ledger can show.
    """
    standing, timeline = amended(told_apart(in_recorded_order(entries)))
    state = _State()
    state.merged = dict(folded_in or {})
    for n, entry in standing:
        handler = _HANDLERS.get(entry.kind)
        if handler is not None and (state.complaint is not None or entry.kind == "complaint"):
            handler(state, n, entry)
        if not entry.derived:
            state.person_acts.append((n, entry.at))
    if state.complaint is None:
        raise ValueError("no entry receives the case")
    return _case(state, timeline)


# ---------------------------------------------------------------- one handler a kind


def _complaint(state: _State, n: int, entry: Entry) -> None:
    state.complaint = entry
    body = entry.body
    state.epochs.append(Epoch(n, entry.at))
    _add_complainant(state, entry)
    if body.get("on_the_spot") and not body.get("unsatisfied"):
        _resolve(state, Resolution(n, entry.at, entry.by, on_the_spot=True))


def _join(state: _State, n: int, entry: Entry) -> None:
    assert state.complaint is not None
    if entry.case_id != state.complaint.case_id:
        if entry.case_id not in state.taken_in:
            state.merged_into, state.merged_mark = entry.case_id, (entry.at, n)
        return
    if entry.refers and entry.refers == state.merged_into:
        return  # two desks folded the cases into each other: the first one counts
    if entry.refers:
        state.taken_in.add(entry.refers)
    other = state.merged.get(entry.refers or "")
    state.times += other.times if other else 1
    if other:
        _take_over(state, other)
    else:
        _add_complainant(state, entry)
        state.joined.append(entry.body)
        state.cues |= entry.body.get("cues", {})
    if entry.body.get("repeat") and any([r.at <= entry.at for r in state.resolutions]):
        state.repeated = True
        if state.quiet and state.resolutions[-1].at <= entry.at:
            _reopen(state, n, entry.at)


def _take_over(state: _State, other: Case) -> None:
    """What a case that is folded in brings: its people, what they claim, and the facts that make it grave."""
    for key, at in zip(other.complainants, other.complained_at, strict=True):
        state.complainants.setdefault(key, at)
    for key, people in other.people_of.items():
        _keep_greater(state.people_of, key, people)
    for key, claim in other.claims.items():
        _keep_greater(state.claims, key, claim)
    state.joined.append({name: getattr(other, name) for name in (*_DEGREES, *_RAISING, "emergency")})


def _verification(state: _State, n: int, entry: Entry) -> None:
    state.validity = entry.body["validity"]


def _dispatch(state: _State, n: int, entry: Entry) -> None:
    body = entry.body
    state.branch = body.get("branch") or state.branch
    coordinate = bool(body.get("coordinate"))
    if not coordinate or state.department is None:
        state.department = body["department"]
    elif body["department"] not in state.coordinating:
        state.coordinating.append(body["department"])
    state.dispatches.append(
        Dispatch(
            n=n,
            at=entry.at,
            by=entry.by,
            department=body["department"],
            contact_within=body.get("contact_within"),
            due=_time(body.get("due")),
            coordinate=coordinate,
            outside_help=bool(body.get("outside_help")),
        )
    )


def _contact(state: _State, n: int, entry: Entry) -> None:
    body = entry.body
    state.contacts.append(
        Contact(
            n=n,
            at=entry.at,
            by=entry.by,
            reply=bool(body.get("reply")),
            plan=bool(body.get("plan")),
            promise=_time(body.get("promise")),
            on_site=bool(body.get("on_site")),
            waiting=bool(body.get("waiting_on_customer")),
            no_agreement=bool(body.get("no_agreement")),
            ack=bool(body.get("ack")),
        )
    )


def _rectification_ordered(state: _State, n: int, entry: Entry) -> None:
    body = entry.body
    attempt = Attempt(1, n, entry.at, from_iso(body["due"]), entry.by)
    order = Rectification(body["r"], entry.id, body["what"], body["department"], body.get("unit"), (attempt,))
    state.rectifications[order.id] = order


def _rectification_done(state: _State, n: int, entry: Entry) -> None:
    order = state.rectifications.get(entry.body["r"])
    if order is None:
        return
    cost = entry.body.get("cost")
    total = order.cost if cost is None else (order.cost or Decimal(0)) + Decimal(cost)
    done = order.current._replace(done_at=entry.at, done_by=entry.by, done_n=n)
    state.rectifications[order.id] = order._replace(attempts=(*order.attempts[:-1], done), cost=total)


def _inspection(state: _State, n: int, entry: Entry) -> None:
    order = state.rectifications.get(entry.body["r"])
    if order is None:
        return
    body = entry.body
    inspected = order.current._replace(
        inspected_at=entry.at,
        inspected_n=n,
        inspected_by=body.get("inspector") or entry.by,
        result=body["result"],
        fault=body.get("fault"),
    )
    attempts = (*order.attempts[:-1], inspected)
    if body["result"] == "fail":
        due = _time(body.get("due")) or entry.at + (inspected.due - inspected.ordered_at)
        attempts = (*attempts, Attempt(len(attempts) + 1, n, entry.at, due, entry.by))
    state.rectifications[order.id] = order._replace(attempts=attempts)


def _resolution(state: _State, n: int, entry: Entry) -> None:
    body = entry.body
    state.cause = body.get("cause") or state.cause
    state.correction = body.get("correction") or state.correction
    state.prevention = body.get("prevention") or state.prevention
    measures = (body.get("correction") or None, body.get("prevention") or None)
    _resolve(state, Resolution(n, entry.at, entry.by, False, *measures))


def _action_verification(state: _State, n: int, entry: Entry) -> None:
    state.action_verified = entry.body["result"]


def _callback(state: _State, n: int, entry: Entry) -> None:
    result = entry.body["result"]
    epoch = len(state.resolutions)
    signed = bool(entry.body.get("signed")) or _signed_since(state, state.resolutions[-1].n if epoch else n)
    state.callbacks.append(Callback(n, entry.at, entry.by, result, epoch, signed))
    if result in ("satisfied", "acceptable", "refused"):
        _close(state, Closure(n, entry.at, entry.by, result))
    elif result == "unsatisfied":
        _reopen(state, n, entry.at)
    elif len(vain_days(state.callbacks, epoch)) >= UNREACHABLE_DAYS:
        _close(state, Closure(n, entry.at, entry.by, "unreachable"))


def vain_days(callbacks: Iterable[Callback], epoch: int) -> set[Any]:
    """The different days on which the callback of a resolution was tried in vain (H5)."""
    return {day_of(c.at) for c in callbacks if c.epoch == epoch and c.result == "unreachable"}


def _signature(state: _State, n: int, entry: Entry) -> None:
    role = entry.body["as"]
    state.signatures.append(Signature(n, entry.at, entry.by, role))
    if role == "customer" and state.callbacks and state.callbacks[-1].epoch == len(state.resolutions):
        state.callbacks[-1] = state.callbacks[-1]._replace(signed=True)


def _signed_since(state: _State, n: int) -> bool:
    """Whether the customer has signed what was done since the entry ``n``."""
    return any([signature.role == "customer" and signature.n > n for signature in state.signatures])


def _closure(state: _State, n: int, entry: Entry) -> None:
    _close(state, Closure(n, entry.at, entry.by, entry.body["why"]))


def _reopening(state: _State, n: int, entry: Entry) -> None:
    _reopen(state, n, entry.at)


def _brief(state: _State, n: int, entry: Entry) -> None:
    state.briefs.append(Brief(n, entry.at, entry.by, entry.body["to"]))


def _note(state: _State, n: int, entry: Entry) -> None:
    body = entry.body
    department, approved_by = body.get("department"), body.get("approved_by")
    state.notes.append(
        Note(n, entry.at, entry.by, body["as"], department, _time(body.get("due")), approved_by)
    )


def _compensation(state: _State, n: int, entry: Entry) -> None:
    body = entry.body
    held = state.compensation
    step, amount = body["step"], Decimal(body.get("amount", "0"))
    if step == "apply":
        held = held._replace(applied=amount, grounds=body.get("grounds"))
    elif step == "approve":
        held = held._replace(approved=amount, approved_by=entry.by)
    elif step == "letter":
        held = held._replace(letter=True)
    elif step == "pay":
        held = held._replace(paid=held.paid + amount)
    elif step == "deduct":
        held = held._replace(deducted=held.deducted + amount)
    state.compensation = held


def _escalation(state: _State, n: int, entry: Entry) -> None:
    body = entry.body
    raised = Raised(
        at=entry.at,
        rule=body["rule"],
        clause=body["clause"],
        clock=body.get("clock"),
        epoch=str(body["epoch"]),
        rung=body["rung"],
        recipient=body["recipient"],
        level=body["level"],
        due=_time(body.get("due")),
    )
    if raised.key not in [known.key for known in state.escalations]:
        state.escalations.append(raised)


_HANDLERS: Mapping[str, Callable[[_State, int, Entry], None]] = {
    "complaint": _complaint,
    "join": _join,
    "verification": _verification,
    "dispatch": _dispatch,
    "contact": _contact,
    "rectification-ordered": _rectification_ordered,
    "rectification-done": _rectification_done,
    "inspection": _inspection,
    "resolution": _resolution,
    "callback": _callback,
    "action-verification": _action_verification,
    "signature": _signature,
    "closure": _closure,
    "auto-closure": _closure,
    "reopening": _reopening,
    "brief": _brief,
    "note": _note,
    "compensation": _compensation,
    "escalation": _escalation,
}


# ---------------------------------------------------------------- shared steps


def _time(text: str | None) -> datetime | None:
    return None if text is None else from_iso(text)


def _resolve(state: _State, resolution: Resolution) -> None:
    state.resolutions.append(resolution)
    state.resolved = resolution


def _close(state: _State, closure: Closure) -> None:
    state.closures.append(closure)
    state.closed = closure


def _reopen(state: _State, n: int, at: datetime) -> None:
    state.epochs.append(Epoch(n, at))
    state.resolved = None
    state.closed = None


def complainant_key(person: Person, home: str | None, otherwise: str) -> str:
    """Who complained: told apart by phone, else home, else name, else each case or joining is one (G)."""
    if person.phone:
        phone = person.phone
        return "phone:" + (phone if phone.isdigit() else "".join(filter(str.isdigit, phone)))
    if home:
        return "home:" + home
    return "name:" + person.name if person.name else otherwise


def _add_complainant(state: _State, entry: Entry) -> None:
    key = complainant_key(entry.person, entry.body.get("home"), "entry:" + entry.id)
    state.complainants.setdefault(key, entry.at)
    _keep_greater(state.people_of, key, int(entry.body.get("people", 1)))
    if (claim := entry.body.get("claim")) is not None:
        _keep_greater(state.claims, key, Decimal(claim))


Number = TypeVar("Number", int, Decimal)


def _keep_greater(held: dict[str, Number], key: str, value: Number) -> None:
    """What one person says twice counts once, by the greater."""
    held[key] = max(value, held.get(key, value))


_DEGREES: Mapping[str, tuple[str, ...]] = {
    "media": ("none", "threatened", "exposed"),
    "legal": ("none", "threatened", "filed"),
    "harm": ("none", "property", "person"),
}
_RAISING = ("refund", "accident", "public_harm", "safety")


def _gravest(body: Mapping[str, Any], joined: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The facts that make a case grave, each as the gravest of those who raised it tells it: one case, one level."""
    told = (body, *joined)
    made: dict[str, Any] = {
        name: max((facts.get(name) or "none" for facts in told), key=degrees.index)
        for name, degrees in _DEGREES.items()
    }
    made |= {name: any(facts.get(name) for facts in told) for name in _RAISING}
    emergency = next((facts["emergency"] for facts in told if facts.get("emergency")), None)
    return made | {"emergency": emergency}


_FROM_BODY: Mapping[str, Any] = {
    "home": None,
    "refund": False,
    "remedy": None,
    "urgency": "2h",
    "media": "none",
    "legal": "none",
    "harm": "none",
    "accident": False,
    "public_harm": False,
    "emergency": None,
    "safety": False,
    "vip": False,
    "anonymous": False,
    "sensitive": False,
    "stage": None,
    "authority_ref": None,
    "url": None,
    "heat": None,
    "impact": None,
    "repeat_of": None,
    "history": False,
    "level_at_log": None,
    "source": None,
}
"""Fields of a complaint's body that a case takes over as they are, with what holds when none was given."""


def _case(state: _State, timeline: tuple[Act, ...]) -> Case:
    entry = state.complaint
    assert entry is not None
    body = {**entry.body, **_gravest(entry.body, state.joined)} if state.joined else entry.body
    get = body.get
    return Case(
        case_id=entry.case_id or "",
        desk=entry.desk,
        by=entry.by,
        received_at=entry.at,
        recorded_at=entry.recorded_at,
        kind=get("kind", "complaint"),
        channel=get("channel", "phone"),
        branch=state.branch or get("branch", ""),
        project=get("project", ""),
        text=get("text", ""),
        person=entry.person,
        people=sum(state.people_of.values()),
        times=state.times,
        claim=sum(state.claims.values(), Decimal(0)) if state.claims else None,
        first_asked=get("first_asked") or entry.by,
        authority_due=_time(get("authority_due")),
        evidence=tuple(get("evidence", ())),
        proposed=get("proposed", {}),
        category_given=get("category"),
        subcategory_given=get("subcategory"),
        cues={**get("cues", {}), **state.cues},
        complainants=tuple(state.complainants),
        complained_at=tuple(state.complainants.values()),
        handled_before=state.repeated or get("repeat_of") is not None,
        claims=state.claims,
        people_of=state.people_of,
        parts=state.merged,
        validity=state.validity,
        cause=state.cause,
        correction=state.correction,
        prevention=state.prevention,
        action_verified=state.action_verified,
        department=state.department,
        coordinating=tuple(state.coordinating),
        merged_into=state.merged_into,
        merged=state.merged_mark,
        epochs=tuple(state.epochs),
        dispatches=tuple(state.dispatches),
        contacts=tuple(state.contacts),
        rectifications=tuple(state.rectifications.values()),
        resolutions=tuple(state.resolutions),
        callbacks=tuple(state.callbacks),
        closures=tuple(state.closures),
        signatures=tuple(state.signatures),
        briefs=tuple(state.briefs),
        notes=tuple(state.notes),
        compensation=state.compensation,
        escalations=tuple(state.escalations),
        person_acts=tuple(state.person_acts),
        resolved=state.resolved,
        closed=state.closed,
        timeline=timeline,
        **{**_FROM_BODY, **{name: value for name, value in body.items() if name in _FROM_BODY}},
    )

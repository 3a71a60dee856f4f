"""Correcting an entry: the correction is an entry of its own (SPEC L1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from kfcs.amended import apply_amendment
from kfcs.bodies import NEEDED
from kfcs.cases import Case
from kfcs.desk import AHEAD, Desk, given_time
from kfcs.entries import NOBODY, Draft, Entry, Person
from kfcs.errors import N_, BadInput, Forbidden
from kfcs.homes import DATES
from kfcs.intake.complaint import DEFAULTS
from kfcs.intake.facts import checked_field, checked_phone, checked_score, needed_day
from kfcs.period import from_iso, iso
from kfcs.rules.lifecycle import before_receipt
from kfcs.words import parse_word

UNDO_WITHIN = timedelta(minutes=15)

_FLAGS = ("refund", "accident", "public_harm", "safety", "vip", "anonymous", "sensitive")
_FIELDS: Mapping[str, frozenset[str]] = {
    "complaint": frozenset(
        {"kind", "channel", "project", "home", "customer", "phone", "contact", "text", "people", "claim", "remedy",
         "urgency", "media", "legal", "harm", "emergency", "stage", "category", "subcategory", "first_asked",
         "authority_ref", "authority_due", "url", "heat", "impact", "received_at", "at", *_FLAGS}
    ),
    "join": frozenset(
        {"people", "customer", "phone", "home", "text", "claim", "media", "legal", "harm", "emergency", "at",
         "refund", "accident", "public_harm", "safety"}
    ),
    "verification": frozenset({"validity", "reason", "at"}),
    "dispatch": frozenset({"department", "text", "due", "coordinate", "outside_help", "contact_within", "branch", "at"}),
    "contact": frozenset({"text", "reply", "plan", "promise", "on_site", "waiting_on_customer", "no_agreement", "ack", "at"}),
    "rectification-ordered": frozenset({"what", "department", "unit", "due", "at"}),
    "rectification-done": frozenset({"cost", "at"}),
    "inspection": frozenset({"result", "fault", "due", "reason", "at"}),
    "resolution": frozenset({"text", "cause", "correction", "prevention", "at"}),
    "callback": frozenset({"result", "text", "at"}),
    "closure": frozenset({"why", "reason", "at"}),
    "reopening": frozenset({"reason", "at"}),
    "note": frozenset({"text", "as", "department", "due", "at"}),
    "home": frozenset({"owner", "phone", "contact", *DATES}),
    "node": frozenset({"node", "at"}),
    "design-change": frozenset({"at"}),
    "touchpoint": frozenset({"receipt", "feedback", "at"}),
    "survey": frozenset({"stage", "score", "at"}),
    "submission": frozenset({"at"}),
    "check": frozenset({"subject", "place", "matter", "result", "text", "at"}),
    "signature": frozenset({"as", "customer", "at"}),
    "brief": frozenset({"to", "content", "cause", "progress", "difficulty", "help_needed", "at"}),
}  # fmt: skip
"""The fields of each kind of entry that may be corrected, under the names that ``show`` gives them."""

_PERSON = {"customer": "name", "owner": "name", "phone": "phone", "contact": "contact"}
_VOCABULARY = {
    "result": "callback",
    "validity": "validity",
    "why": "closing",
    "as": "note",
    "to": "brief-to",
    "fault": "fault",
}
_TIMES = ("due", "promise", "authority_due")
_ACT_FLAGS = (
    "coordinate",
    "outside_help",
    "reply",
    "plan",
    "on_site",
    "waiting_on_customer",
    "no_agreement",
    "ack",
)


def find_entry(desk: Desk, given: str) -> Entry:
    """The entry that was named: by id, as CASE#n, or by a case, meaning its first. Raises BadInput for none."""
    entry = desk.ledger.entry(given.strip())
    if entry is not None:
        return entry
    ending, _, number = given.partition("#")
    case = desk.projection.case(desk.number(ending))
    n = int(number[:18]) if number.isdecimal() else 1 if not number else 0
    if not 1 <= n <= len(case.timeline):
        raise BadInput(
            N_("{case} has no entry {given}; kfcs show numbers them from 1 to {last}."),
            case=case.case_id,
            given=given,
            last=len(case.timeline),
        )
    return case.timeline[n - 1].entry


def amendment(desk: Desk, wrong: Entry, changes: Sequence[str], reason: str) -> Draft:
    """The entry that corrects ``wrong`` by ``field=value`` texts. Raises BadInput or Forbidden."""
    if wrong.kind not in _FIELDS:
        raise Forbidden(
            N_("An entry of this kind ({kind}) is not corrected; record what happened instead."),
            kind=wrong.kind,
        )
    pairs = [_pair(change) for change in changes]
    person = {name: _person(name, value) for name, value in pairs if name in _PERSON}
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name not in _FIELDS[wrong.kind]:
            raise BadInput(
                N_("{field} is no field of this entry ({kind}). Its fields are: {known}."),
                field=name,
                kind=wrong.kind,
                known=", ".join(sorted(_FIELDS[wrong.kind])),
            )
        if name not in _PERSON:
            values.update(_checked(desk, wrong, name, value))
    _must_be_in_order(desk, wrong, values)
    body: dict[str, Any] = {"set": values, "reason": reason}
    if person:
        body["person_fields"] = sorted(_PERSON[name] for name in person)
    who = Person(**{_PERSON[name]: value for name, value in person.items()}) if person else NOBODY
    return Draft("amendment", desk.now, desk.operator, body, wrong.case_id, refers=wrong.id, person=who)


def _must_be_in_order(desk: Desk, wrong: Entry, values: Mapping[str, Any]) -> None:
    """Times that a correction sets must leave the act after the receipt, and its limits after the act."""
    case = None if wrong.case_id is None else desk.projection.case(wrong.case_id)
    standing = wrong if case is None else _as_corrected(wrong, case)
    at = from_iso(values["at"]) if values.get("at") else standing.at
    limits = {name: values.get(name, standing.body.get(name)) for name in ("due", "promise")}
    for name, limit in limits.items() if values.keys() & {*limits, "at"} else ():
        if limit and from_iso(limit) <= at:
            raise BadInput(
                N_("--{option} {limit} does not lie after {at}, when this happened."),
                option=name,
                limit=from_iso(limit),
                at=at,
            )
    if "at" not in values or case is None:
        return
    if wrong.kind != "complaint":
        if (early := before_receipt(case, at)) is not None:
            raise early
        return
    first = min([moment for n, moment in case.person_acts if n > 1], default=at)
    if first < at:
        raise BadInput(
            N_("{at} lies after what was done first with {case} ({first})."),
            at=at,
            case=case.case_id,
            first=first,
        )


def _as_corrected(entry: Entry, case: Case) -> Entry:
    """An entry as its corrections so far leave it. Raises Forbidden for one that was taken back."""
    acts = {act.entry.id: act for act in case.timeline}
    act = acts.get(entry.id)
    if act is None:
        return entry
    if act.undone:
        raise Forbidden(
            N_("This entry of {case} was taken back; there is nothing to correct."), case=case.case_id
        )
    for change in act.amended_by:
        entry = apply_amendment(entry, acts[change].entry)
    return entry


def taking_back(desk: Desk, last: Entry) -> Draft:
    """The entry that takes back what somebody has just recorded. A case that should not have been is closed as void.

    Raises Forbidden when it is too late: after 15 minutes, or when others have acted on the case since.
    """
    if desk.now - last.recorded_at > UNDO_WITHIN:
        raise Forbidden(
            N_("The last entry of {who} was recorded at {when}, more than 15 minutes ago. Use kfcs amend."),
            who=desk.operator,
            when=last.recorded_at,
        )
    if last.kind == "erasure":
        raise Forbidden(N_("What was erased is gone and cannot be taken back."))
    since = [] if last.case_id is None else _acts_since(desk, last)
    if since:
        raise Forbidden(
            N_("{who} has acted on {case} since, so the entry is not taken back. Use kfcs amend."),
            who=since[0].by,
            case=last.case_id,
        )
    if last.kind == "amendment" and _corrects_a_fold(desk, last):
        raise Forbidden(N_("This correction is not taken back. Correct the entry again with kfcs amend."))
    if last.kind == "complaint":
        body = {"why": "void", "reason": "undo", "undo": True}
        return Draft("closure", desk.now, desk.operator, body, last.case_id, refers=last.id)
    body = {"undo": True, "reason": "undo"}
    return Draft("amendment", desk.now, desk.operator, body, last.case_id, refers=last.id)


def _acts_since(desk: Desk, last: Entry) -> list[Entry]:
    """What people have done with the case of an entry after it, corrections and what was taken back aside."""
    timeline = desk.projection.case(str(last.case_id)).timeline
    place = next(act.n for act in timeline if act.entry.id == last.id)
    return [
        act.entry
        for act in timeline[place:]
        if not act.entry.derived and not act.undone and act.entry.kind != "amendment"
    ]


def _corrects_a_fold(desk: Desk, amendment: Entry) -> bool:
    """Whether it corrects what other tables than one case's own are read from: a fold, or an entry of no case."""
    corrected = desk.ledger.entry(str(amendment.refers))
    return corrected is None or corrected.case_id is None or bool(corrected.refers)


def _pair(change: str) -> tuple[str, str]:
    name, equals, value = change.partition("=")
    if not equals or not name.strip():
        raise BadInput(N_("--set {value} is not field=value, as --set people=3."), value=change)
    return name.strip().replace("-", "_"), value.strip()


def _person(name: str, value: str) -> str | None:
    if not value:
        return None
    return checked_phone(value) if name == "phone" else value


def _checked(desk: Desk, wrong: Entry, name: str, value: str) -> dict[str, Any]:
    """The fields of the body that a correction sets; None returns one to its default."""
    if name in ("at", "received_at"):
        moment = given_time(value, desk.now)
        if moment > desk.now + AHEAD:
            raise BadInput(
                N_("--at {value} lies ahead of now ({now}). Give a time that has passed."),
                value=value,
                now=desk.now,
            )
        return {"at": iso(moment)}
    if name in (*_FLAGS, *_ACT_FLAGS):
        return {name: _flag(name, value) or None}
    if not value or value.lower() == "null":
        return _emptied(wrong, name)
    if wrong.kind == "complaint" and name in ("category", "subcategory"):
        return _category(desk, value)
    if wrong.kind in ("inspection", "check") and name == "result":
        return {"result": parse_word("inspection", value)}
    if name in _VOCABULARY and wrong.kind != "inspection":
        return {name: parse_word(_VOCABULARY[name], value)}
    if name == "cause" and wrong.kind == "resolution":
        return {"cause": cause_code(desk, value)}
    if name in DATES:
        return {name: needed_day(name, value).isoformat()}
    if name == "node":
        return {name: parse_word("node", value)}
    if name == "score":
        return {"scores": [checked_score(value)]}
    if name == "cost":
        return {"cost": checked_field("claim", value, desk.now)}
    if name in _TIMES:
        return {name: checked_field("authority_due", value, desk.now)}
    checked = checked_field(name, value, desk.now)
    return {name: None if DEFAULTS.get(name) == checked else checked}


def _emptied(wrong: Entry, name: str) -> dict[str, Any]:
    if name in NEEDED.get(wrong.kind, ()) or name in (
        "text",
        "project",
        "result",
        "why",
        "validity",
        "department",
        "what",
        "subject",
        "place",
        "matter",
        "node",
        "stage" if wrong.kind == "survey" else "",
        "score",
    ):
        raise BadInput(N_("{field} cannot be empty."), field=name)
    return {"category": None, "subcategory": None} if name == "category" else {name: None}


def _category(desk: Desk, value: str) -> dict[str, Any]:
    resolved = desk.book.policy.taxonomy.resolve(value)
    if resolved is None:
        known = ", ".join(desk.book.policy.taxonomy.categories)
        raise BadInput(N_("{value} is no category. Known are: {known}."), value=value, known=known)
    return {"category": resolved[0], "subcategory": resolved[1]}


def cause_code(desk: Desk, value: str) -> str:
    """A final cause: a category, a sub-category, or a word of one's own in that shape (K3)."""
    resolved = desk.book.policy.taxonomy.resolve(value)
    if resolved is not None:
        return resolved[1] or resolved[0]
    if re.fullmatch(r"[a-z][a-z-]*(\.[a-z-]+)?", value):
        return value
    known = ", ".join(desk.book.policy.taxonomy.categories)
    raise BadInput(
        N_("{value} is no cause. Give a category or sub-category: {known}."), value=value, known=known
    )


def _flag(name: str, value: str) -> bool:
    if value.lower() in ("true", "yes", "1", "是", "√"):
        return True
    if value.lower() in ("false", "no", "0", "否", "×", "", "null"):
        return False
    raise BadInput(N_("{field} is yes or no, not {value}."), field=name, value=value)

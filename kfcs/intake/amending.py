"""Correcting an entry: the correction is an entry of its own (SPEC L1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from kfcs.desk import AHEAD, Desk, given_time
from kfcs.entries import NOBODY, Draft, Entry, Person
from kfcs.errors import N_, BadInput, Forbidden
from kfcs.intake.complaint import DEFAULTS
from kfcs.intake.facts import checked_field, checked_phone
from kfcs.period import iso
from kfcs.words import parse_word

UNDO_WITHIN = timedelta(minutes=15)

_FLAGS = ("refund", "accident", "public_harm", "safety", "vip", "anonymous", "sensitive")
_FIELDS: Mapping[str, frozenset[str]] = {
    "complaint": frozenset(
        {"kind", "channel", "project", "home", "customer", "phone", "contact", "text", "people", "claim", "remedy",
         "urgency", "media", "legal", "harm", "emergency", "stage", "category", "subcategory", "first_asked",
         "authority_ref", "authority_due", "url", "heat", "impact", "received_at", "at", *_FLAGS}
    ),
    "join": frozenset({"people", "customer", "phone", "home", "at"}),
    "verification": frozenset({"validity", "reason", "at"}),
    "dispatch": frozenset({"department", "due", "coordinate", "outside_help", "contact_within", "at"}),
    "contact": frozenset({"text", "reply", "plan", "promise", "on_site", "waiting_on_customer", "no_agreement", "ack", "at"}),
    "rectification-ordered": frozenset({"what", "department", "unit", "due", "at"}),
    "rectification-done": frozenset({"cost", "at"}),
    "inspection": frozenset({"result", "fault", "due", "reason", "at"}),
    "resolution": frozenset({"text", "cause", "correction", "prevention", "at"}),
    "callback": frozenset({"result", "text", "at"}),
    "closure": frozenset({"why", "reason", "at"}),
    "reopening": frozenset({"reason", "at"}),
    "note": frozenset({"text", "as", "department", "due", "at"}),
    "brief": frozenset({"to", "content", "cause", "progress", "difficulty", "help_needed", "at"}),
}  # fmt: skip
"""The fields of each kind of entry that may be corrected, under the names that ``show`` gives them."""

_PERSON = {"customer": "name", "phone": "phone", "contact": "contact"}
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
    n = int(number) if number.isdigit() else 1 if not number else 0
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
    body: dict[str, Any] = {"set": values, "reason": reason}
    if person:
        body["person_fields"] = sorted(_PERSON[name] for name in person)
    who = Person(**{_PERSON[name]: value for name, value in person.items()}) if person else NOBODY
    return Draft("amendment", desk.now, desk.operator, body, wrong.case_id, refers=wrong.id, person=who)


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
    if wrong.kind == "inspection" and name == "result":
        return {"result": parse_word("inspection", value)}
    if name in _VOCABULARY and wrong.kind != "inspection":
        return {name: parse_word(_VOCABULARY[name], value)}
    if name == "cause" and wrong.kind == "resolution":
        return {"cause": cause_code(desk, value)}
    if name == "cost":
        return {"cost": checked_field("claim", value, desk.now)}
    if name in _TIMES:
        return {name: checked_field("authority_due", value, desk.now)}
    checked = checked_field(name, value, desk.now)
    return {name: None if DEFAULTS.get(name) == checked else checked}


def _emptied(wrong: Entry, name: str) -> dict[str, Any]:
    if name in ("text", "project", "result", "why", "validity", "department", "what"):
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

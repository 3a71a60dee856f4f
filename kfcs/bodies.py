"""What the entry of each kind holds (SPEC L1, L6): the fields it needs, and what each field can be.

Entries of our own are right because commands made them. Those of another ledger were made by whoever had the file, with
a chain that holds; they are looked at before they are taken over, so that nothing in them can break what reads them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from kfcs.parsing import parsed
from kfcs.period import from_iso, iso

NEEDED: Mapping[str, tuple[str, ...]] = {
    "action-verification": ("result",),
    "adjustment": ("subject", "as", "rule", "reason"),
    "amendment": (),
    "answer": ("project", "subject", "text"),
    "auto-closure": ("why",),
    "brief": ("to",),
    "callback": ("result",),
    "check": ("subject", "place", "matter", "result"),
    "closure": ("why",),
    "compensation": ("step",),
    "complaint": ("text", "project"),
    "contact": (),
    "design-change": ("project",),
    "disclosure": ("command", "people", "file", "asked"),
    "dispatch": ("department",),
    "erasure": ("entries", "pseudonyms"),
    "escalation": ("rule", "clause", "epoch", "rung", "recipient", "level"),
    "home": ("project",),
    "inspection": ("r", "result"),
    "join": (),
    "node": ("project", "node"),
    "note": ("as", "text"),
    "project": ("project",),
    "rectification-done": ("r",),
    "rectification-ordered": ("r", "what", "department", "due"),
    "reopening": (),
    "report-note": ("period", "section", "text", "branch"),
    "resolution": (),
    "score-confirmation": ("branch", "month", "step"),
    "score-objection": ("branch", "month", "reason"),
    "signature": ("as",),
    "submission": ("name", "period"),
    "survey": ("project", "home", "stage", "scores"),
    "touchpoint": ("touchpoint", "project", "matters"),
    "verification": ("validity",),
}
"""Every kind of entry, with the fields that it cannot do without."""

_OF_A_CASE = frozenset(
    {
        *("action-verification", "auto-closure", "brief", "callback", "closure", "compensation", "complaint"),
        *("contact", "dispatch", "inspection", "join", "note", "rectification-done", "rectification-ordered"),
        *("reopening", "resolution", "signature", "verification"),
    }
)
_OF_EITHER = frozenset({"amendment", "escalation"})

_ID = re.compile("[0-9a-f-]{36}")
_DESK = re.compile("[A-Z0-9][A-Z0-9_-]{0,39}")
_CASE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,39}-\d{8}-\d{3,9}")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,4})?")
_MONTH = re.compile(r"\d{4}-\d{2}")
DIGEST = re.compile("[0-9a-f]{64}")
"""A SHA-256 as it is written."""
YEARS = range(1950, 2150)
"""No moment of a customer-service centre lies outside; reckoning in days and months never leaves the calendar."""
_GREATEST = 2**53

Fits = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _GREATEST


def _level(value: Any) -> bool:
    return _count(value) and 1 <= value <= 4


def _number(value: Any) -> bool:
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None


def _month(value: Any) -> bool:
    return isinstance(value, str) and _MONTH.fullmatch(value) is not None and _day(value + "-01")


def _moment(value: Any) -> bool:
    """A stored moment, in the one form that sorts as text."""
    try:
        return isinstance(value, str) and int(value[:4]) in YEARS and iso(from_iso(value)) == value
    except (ValueError, OverflowError):
        return False


def _day(value: Any) -> bool:
    try:
        return (
            isinstance(value, str)
            and date.fromisoformat(value).isoformat() == value
            and int(value[:4]) in YEARS
        )
    except ValueError:
        return False


def _one_of(*words: str) -> Fits:
    return lambda value: value in words


def _all(each: Fits) -> Fits:
    return lambda value: isinstance(value, list) and all(map(each, value))


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, bool)) or _count(value)


def _table(known: Mapping[str, Fits], *needed: str, others: Fits = _plain) -> Fits:
    """A table whose known fields fit; what else it holds is no more than a text or a number."""

    def fits(value: Any) -> bool:
        if not isinstance(value, dict) or not value.keys() >= set(needed):
            return False
        return all(known.get(name, others)(each) for name, each in value.items())

    return fits


def _anything(value: Any) -> bool:
    return True


def _pseudonym(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and all(each is None or _is_pseudonym(each) for each in value)
    )


PSEUDONYM = re.compile(r"已删除[0-9a-f]{6}|000\d{10}")
"""What stands for a value that was erased: a name or another contact, or a phone."""


def _is_pseudonym(value: Any) -> bool:
    return isinstance(value, str) and PSEUDONYM.fullmatch(value) is not None


def _digest(value: Any) -> bool:
    return isinstance(value, str) and DIGEST.fullmatch(value) is not None


_FILE = _table({"name": _text, "size": _count, "sha256": _digest}, "name", "sha256")
_PERSON_FIELDS = ("name", "phone", "contact")
_DEGREES: Mapping[str, Fits] = {
    "media": _one_of("none", "threatened", "exposed"),
    "legal": _one_of("none", "threatened", "filed"),
    "harm": _one_of("none", "property", "person"),
}
_FLAGS = (
    *(
        "refund",
        "accident",
        "public_harm",
        "safety",
        "vip",
        "anonymous",
        "sensitive",
        "history",
        "on_the_spot",
    ),
    *(
        "unsatisfied",
        "repeat",
        "undo",
        "coordinate",
        "outside_help",
        "reply",
        "plan",
        "on_site",
        "ack",
        "also",
    ),
    *("waiting_on_customer", "no_agreement", "self_inspected", "self_called", "file"),
)
_PROPOSED = ("category", "subcategory", "rule", "kind", "demand")
_FIELDS: dict[str, Fits] = {
    **dict.fromkeys(_FLAGS, _flag),
    **dict.fromkeys(("people", "heat", "rung", "rows"), _count),
    **dict.fromkeys(("level", "level_at_log"), _level),
    **dict.fromkeys(("amount", "claim", "cost", "money", "points"), _number),
    **dict.fromkeys(("due", "promise", "authority_due", "at"), _moment),
    **dict.fromkeys(("handed_over", "signed_on", "handed_over_on", "planned_on"), _day),
    **dict.fromkeys(("answers", "homes", "cases", "matters", "aliases", "entries"), _all(_text)),
    **_DEGREES,
    "month": _month,
    "scores": _all(lambda value: _count(value) and value <= 10_000),
    "person_fields": _all(_one_of(*_PERSON_FIELDS)),
    "pseudonyms": _all(_pseudonym),
    "evidence": _all(_FILE),
    "signed": _FILE,
    "warranties": _all(_table({"item": _text, "expires_on": _day}, "item", "expires_on")),
    "proposed": _table({"words": _all(_text), "in_scope": _flag, **dict.fromkeys(_PROPOSED, _text)}),
    "cues": _table({**_DEGREES, "people": _count}),
    "source": _table({"key": _text, "extra": _table({}, others=_anything)}, "key"),
    "origin": _table({}),
    "asked": _table({}),
    "figures": _table({}, others=_anything),
    "sheet": _table({}, others=_anything),
}  # fmt: skip
"""What a field can be, whatever the kind; every other one is a text."""
_FIELDS["set"] = lambda value: (
    isinstance(value, dict)
    and all(
        each is None or (name != "set" and _FIELDS.get(name, _text)(each)) for name, each in value.items()
    )
)


def misfit(row: Sequence[Any]) -> str | None:
    """The column or field that keeps a row of ``entries`` from being read as an entry; None for none."""
    entry, desk, _seq, _prev, at, recorded_at, kind, case_id, refers, by, _policy, text = row[:12]
    if kind not in NEEDED:
        return "kind"
    if kind not in _OF_EITHER and (case_id is None) is (kind in _OF_A_CASE):
        return "case_id"
    columns: dict[str, object] = {
        "id": _ID.fullmatch(entry),
        "desk": _DESK.fullmatch(desk),
        "at": _moment(at),
        "recorded_at": _moment(recorded_at),
        "case_id": case_id is None or _CASE.fullmatch(case_id),
        "refers": refers or (refers is None and kind != "amendment"),
        "by": by.strip(),
    }
    wrong: str | None = next((name for name, fits in columns.items() if not fits), None)
    return wrong or _misfit_of(kind, text)


def _misfit_of(kind: str, text: str) -> str | None:
    try:
        body = parsed(json.loads, text)
    except ValueError:
        return "body"
    if not isinstance(body, dict):
        return "body"
    needed = next((name for name in NEEDED[kind] if body.get(name) is None), None)
    if needed is not None:
        return needed
    for name, value in body.items():
        if not _FIELDS.get(name, _text)(value):
            return str(name)
    if kind == "erasure" and len(body["entries"]) != len(body["pseudonyms"]):
        return "pseudonyms"
    return None

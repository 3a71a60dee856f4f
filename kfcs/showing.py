"""A case as scripts and people read it (SPEC I6, INTERFACE): one dict, masked unless revealed (L4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from kfcs.cases import Act
from kfcs.entries import Person
from kfcs.masking import mask_name, mask_phone, mask_text
from kfcs.money import from_fen
from kfcs.period import iso
from kfcs.rules.clocks import ClockRun
from kfcs.rules.judgement import Judgement
from kfcs.rules.lifecycle import signature_awaited
from kfcs.rules.policy import Policy


def case_json(judgement: Judgement, now: datetime, *, reveal: bool = False) -> dict[str, Any]:
    """The JSON of a case, with the names that INTERFACE gives its fields; times in ISO, money as Decimal."""
    case = judgement.case
    level, rule = judgement.level(now)
    return {
        "case": case.case_id,
        "kind": case.kind,
        "state": case.state,
        "validity": case.validity,
        "branch": case.branch,
        "desk": case.desk,
        "project": case.project,
        "home": case.home,
        "customer": shown_name(case.person, reveal),
        "phone": shown_phone(case.person, reveal),
        "channel": case.channel,
        "received_at": iso(case.received_at),
        "text": case.text if reveal else mask_text(case.text),
        "people": case.people,
        "times": case.times,
        "claim": case.claim,
        "refund": case.refund,
        "remedy": case.remedy,
        "urgency": case.urgency,
        "media": case.media,
        "legal": case.legal,
        "harm": case.harm,
        "accident": case.accident,
        "public_harm": case.public_harm,
        "emergency": case.emergency,
        "safety": case.safety,
        "vip": case.vip,
        "anonymous": case.anonymous,
        "sensitive": case.sensitive,
        "stage": case.stage,
        "category": case.category,
        "subcategory": case.subcategory,
        "demand": case.proposed.get("demand"),
        "proposed": dict(case.proposed),
        "cues": dict(case.cues) if case.cues_open else {},
        "cause": case.cause,
        "correction": _written(case.correction, reveal),
        "prevention": _written(case.prevention, reveal),
        "action_verified": case.action_verified,
        "level": level,
        "level_name": level_name(judgement.policy, level),
        "level_rule": rule.id,
        "suggested_department": judgement.route.department if judgement.route else None,
        "department": case.department,
        "coordinating": list(case.coordinating),
        "first_asked": case.first_asked,
        "responsible": case.responsible,
        "handovers": [{"from": h.giver, "to": h.taker, "at": iso(h.at), "by": h.by} for h in case.handovers],
        "repeat_of": case.repeat_of,
        "merged_into": case.merged_into,
        "authority_ref": case.authority_ref,
        "authority_due": None if case.authority_due is None else iso(case.authority_due),
        "url": case.url,
        "heat": case.heat,
        "impact": case.impact,
        "history": case.history,
        "resolved_at": iso(case.resolutions[-1].at) if case.resolutions else None,
        "first_resolved_at": iso(case.resolutions[0].at) if case.resolutions else None,
        "closed_at": iso(case.closed.at) if case.closed else None,
        "first_closed_at": iso(case.closures[0].at) if case.closures else None,
        "closed_why": case.closed.why if case.closed else None,
        "clocks": [clock_json(run, now) for run in judgement.clocks if worth_showing(run, now)],
        "rectifications": _written([_rectification_json(order) for order in case.rectifications], reveal),
        "callbacks": [
            {"result": c.result, "at": iso(c.at), "by": c.by, "signed": c.signed} for c in case.callbacks
        ],
        "escalations": [_escalation_json(raised) for raised in case.escalations],
        "signatures": [{"as": s.role, "at": iso(s.at), "by": s.by} for s in case.signatures],
        "signature_awaited": signature_awaited(case, judgement.policy),
        "compensation": _written({"claimed": case.claim, **case.compensation._asdict()}, reveal),
        "timeline": [act_json(act, reveal) for act in case.timeline],
    }


def shown_name(person: Person, reveal: bool) -> str | None:
    return person.name if reveal or person.name is None else mask_name(person.name)


def shown_phone(person: Person, reveal: bool) -> str | None:
    return person.phone if reveal or person.phone is None else mask_phone(person.phone)


def level_name(policy: Policy, level: int, lang: str = "zh") -> str:
    """A level as its scheme names it."""
    return policy.grading.names[level][lang]


def category_title(policy: Policy, code: str, lang: str) -> str:
    """A category or sub-category as the taxonomy names it; one of another taxonomy stands for itself."""
    try:
        return policy.taxonomy.title(code, lang)
    except KeyError:
        return code


def worth_showing(run: ClockRun, now: datetime) -> bool:
    """Whether a run says something of a case: not one that is yet to begin, nor a silence that was ended in time."""
    return run.start <= now and not (run.clock == "follow-up" and run.state(now) == "met")


def clock_json(run: Any, now: datetime) -> dict[str, Any]:
    return {
        "clock": run.clock,
        "epoch": run.epoch,
        "start": iso(run.start),
        "due": iso(run.due),
        "state": run.state(now),
        "stopped_at": None if run.stopped_at is None else iso(run.stopped_at),
        "cancelled_at": None if run.cancelled_at is None else iso(run.cancelled_at),
        "provisional": list(run.provisional),
    }


def _rectification_json(order: Any) -> dict[str, Any]:
    now = order.current
    last = next((a for a in reversed(order.attempts) if a.result), now)
    return {
        "id": order.id,
        "what": order.what,
        "department": order.department,
        "unit": order.unit,
        "ordered_at": iso(order.attempts[0].ordered_at),
        "due": iso(now.due),
        "done_at": None if now.done_at is None else iso(now.done_at),
        "result": last.result,
        "fault": last.fault,
        "attempts": len(order.attempts),
        "first_pass": order.first_pass,
        "cost": order.cost,
    }


def _escalation_json(raised: Any) -> dict[str, Any]:
    return {
        "rule": raised.rule,
        "clause": raised.clause,
        "clock": raised.clock,
        "epoch": raised.epoch,
        "rung": raised.rung,
        "recipient": raised.recipient,
        "level": raised.level,
        "at": iso(raised.at),
        "due": None if raised.due is None else iso(raised.due),
    }


_PRIVATE = frozenset({"person"})


def act_json(act: Act, reveal: bool) -> dict[str, Any]:
    entry = act.entry
    body = {name: _written(value, reveal) for name, value in entry.body.items() if name not in _PRIVATE}
    return {
        "n": act.n,
        "id": entry.id,
        "entry": entry.id,
        "kind": entry.kind,
        "at": iso(entry.at),
        "recorded_at": iso(entry.recorded_at),
        "by": entry.by,
        "late_recorded": act.late_recorded,
        "amended_by": list(act.amended_by),
        "undone": act.undone,
        "self_inspected": bool(entry.body.get("self_inspected")),
        "refers": entry.refers,
        "folds_in": entry.refers if entry.kind == "join" else None,
        "customer": shown_name(entry.person, reveal),
        "phone": shown_phone(entry.person, reveal),
        **{name: value for name, value in body.items() if name not in ("kind",)},
    }


def _written(value: Any, reveal: bool) -> Any:
    """What people wrote, as it may be shown."""
    return value if reveal else _masked(value)


def _masked(value: Any) -> Any:
    """A body's value with the phones, identity cards and addresses in whatever people wrote masked."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {name: _masked(each) for name, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list) else value


LIST_COLUMNS = (
    "case_id",
    "level",
    "state",
    "kind",
    "branch",
    "project",
    "home",
    "customer",
    "phone",
    "channel",
    "category",
    "subcategory",
    "department",
    "received_at",
    "next_due",
    "people",
    "times",
    "claim_fen",
    "validity",
    "text",
)
"""Columns of the table ``cases`` that a list shows."""


def list_row(row: Mapping[str, Any], *, reveal: bool = False) -> dict[str, Any]:
    """One case of a list, from its row of ``cases``, under the names of INTERFACE."""
    claim: Decimal | None = from_fen(row["claim_fen"])
    person = Person(row["customer"], row["phone"])
    shown = {name: row[name] for name in LIST_COLUMNS if name not in ("case_id", "claim_fen")}
    return {
        "case": row["case_id"],
        **shown,
        "customer": shown_name(person, reveal),
        "phone": shown_phone(person, reveal),
        "text": row["text"] if reveal else mask_text(row["text"]),
        "claim": claim,
    }


def one_line(text: str, length: int = 60) -> str:
    """A text on one line, cut to a length that a list can hold."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"

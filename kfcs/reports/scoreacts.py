"""What people do about scores: points and penalties, objections, confirmations (SPEC S2, S3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from kfcs.entries import Draft, Entry
from kfcs.ledger import Ledger
from kfcs.masking import mask_text
from kfcs.period import Period, day_of
from kfcs.rules.score import Adjustment

ADJUSTMENT, OBJECTION, CONFIRMATION = "adjustment", "score-objection", "score-confirmation"
BRANCH = "branch"
CONFIRMED, FED_BACK = "confirmed", "fed-back"
STATES = ("draft", "objected", CONFIRMED, FED_BACK)
"""A sheet's way (S2)."""


class Objection(NamedTuple):
    """What a branch says against a sheet, and against which item of it."""

    branch: str
    month: str
    item: str | None
    reason: str
    at: datetime
    by: str


class Confirmation(NamedTuple):
    """A sheet confirmed, with its figures as they then stood, or fed back to the branch."""

    branch: str
    month: str
    step: str
    sheet: Mapping[str, Any] | None
    at: datetime
    by: str


@dataclass(frozen=True)
class ScoreActs:
    """All of them in a ledger, in the order recorded; those taken back are left out.

    ``branches`` names, by entry, the branch whose desk recorded an adjustment.
    """

    adjustments: tuple[Adjustment, ...]
    objections: tuple[Objection, ...]
    confirmations: tuple[Confirmation, ...]
    branches: Mapping[str, str]

    def given(self, subject: str, period: Period, kind: str = BRANCH) -> tuple[Adjustment, ...]:
        """What a subject was given in a month: that of the ``at`` (S3)."""
        return tuple(
            a
            for a in self.adjustments
            if a.subject == subject and a.subject_kind == kind and period.contains(a.at)
        )

    def given_to_others(self, branch: str, period: Period) -> tuple[Adjustment, ...]:
        """What a branch's desks gave in a month to desks, departments and persons: it is in no branch's total."""
        return tuple(
            a
            for a in self.adjustments
            if a.subject_kind != BRANCH and self.branches.get(a.entry) == branch and period.contains(a.at)
        )

    def objected(self, branch: str, month: str) -> tuple[Objection, ...]:
        return tuple(o for o in self.objections if (o.branch, o.month) == (branch, month))

    def confirmed(self, branch: str, month: str) -> Confirmation | None:
        """The confirmation that froze a month's figures."""
        found = [c for c in self._steps(branch, month) if c.step == CONFIRMED]
        return found[0] if found else None

    def fed_back(self, branch: str, month: str) -> Confirmation | None:
        found = [c for c in self._steps(branch, month) if c.step == FED_BACK]
        return found[0] if found else None

    def _steps(self, branch: str, month: str) -> list[Confirmation]:
        return [c for c in self.confirmations if (c.branch, c.month) == (branch, month)]

    def months_of(self, branch: str) -> set[str]:
        """The months in which anything was done about a branch's score."""
        given = {
            day_of(a.at).isoformat()[:7]
            for a in self.adjustments
            if (a.subject, a.subject_kind) == (branch, BRANCH)
        }
        objected = {each.month for each in self.objections if each.branch == branch}
        return given | objected | {each.month for each in self.confirmations if each.branch == branch}

    def subjects(self) -> set[str]:
        """The branches that anything was done about."""
        given = {a.subject for a in self.adjustments if a.subject_kind == BRANCH}
        return given | {each.branch for each in self.objections} | {c.branch for c in self.confirmations}


def score_acts(ledger: Ledger) -> ScoreActs:
    entries = ledger.general_entries((ADJUSTMENT, OBJECTION, CONFIRMATION, "amendment"))
    undone = {entry.refers for entry in entries if entry.kind == "amendment" and entry.body.get("undo")}
    standing = [entry for entry in entries if entry.id not in undone]

    def of(kind: str) -> list[Entry]:
        return [entry for entry in standing if entry.kind == kind]

    return ScoreActs(
        adjustments=tuple(map(adjustment_of, of(ADJUSTMENT))),
        objections=tuple(map(_objection, of(OBJECTION))),
        confirmations=tuple(map(_confirmation, of(CONFIRMATION))),
        branches={entry.id: entry.body.get("branch", "") for entry in of(ADJUSTMENT)},
    )


def adjustment_of(entry: Entry) -> Adjustment:
    body = entry.body
    return Adjustment(
        entry=entry.id,
        subject=body["subject"],
        subject_kind=body["as"],
        rule=body["rule"],
        points=_decimal(body.get("points")),
        money=_decimal(body.get("money")),
        reason=mask_text(body["reason"]),
        case=body.get("case"),
        at=entry.at,
        by=entry.by,
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _objection(entry: Entry) -> Objection:
    body = entry.body
    reason = mask_text(body["reason"])
    return Objection(body["branch"], body["month"], body.get("item"), reason, entry.at, entry.by)


def _confirmation(entry: Entry) -> Confirmation:
    body = entry.body
    return Confirmation(body["branch"], body["month"], body["step"], body.get("sheet"), entry.at, entry.by)


# ---------------------------------------------------------------- drafts


def adjustment_draft(
    subject: str,
    kind: str,
    rule: str,
    value: Mapping[str, Decimal],
    reason: str,
    *,
    case: str | None,
    branch: str,
    at: datetime,
    by: str,
) -> Draft:
    """Points or money given to a subject; ``value`` holds the one or the other by its name."""
    body: dict[str, Any] = {"subject": subject, "as": kind, "rule": rule, "reason": reason, "branch": branch}
    body.update({name: f"{number}" for name, number in value.items()})
    if case is not None:
        body["case"] = case
    return Draft(ADJUSTMENT, at, by, body)


def objection_draft(branch: str, month: str, item: str | None, reason: str, at: datetime, by: str) -> Draft:
    body = {"branch": branch, "month": month, "reason": reason}
    if item is not None:
        body["item"] = item
    return Draft(OBJECTION, at, by, body)


def confirmation_draft(
    branch: str, month: str, step: str, sheet: Mapping[str, Any] | None, at: datetime, by: str
) -> Draft:
    body: dict[str, Any] = {"branch": branch, "month": month, "step": step}
    if sheet is not None:
        body["sheet"] = dict(sheet)
    return Draft(CONFIRMATION, at, by, body)

"""Texts that people add to a report: causes, proposals, typical cases (``kfcs report note``)."""

from __future__ import annotations

from datetime import datetime

from kfcs.entries import Draft
from kfcs.ledger import Ledger
from kfcs.masking import mask_text
from kfcs.period import Period
from kfcs.reports.report import ReportNote

KIND = "report-note"
SECTIONS = ("causes", "proposals", "typical", "other")


def note_draft(
    period: Period,
    branch: str,
    section: str,
    text: str,
    indicator: tuple[str, str] | None,
    by: str,
    at: datetime,
) -> Draft:
    """The entry that records a text, or the value of an indicator that people keep."""
    body = {"period": period.label, "section": section, "text": text}
    if branch:
        body["branch"] = branch
    if indicator is not None:
        body["indicator"], body["value"] = indicator
    return Draft(kind=KIND, at=at, by=by, body=body)


def report_notes(ledger: Ledger, period: Period, branch: str | None) -> tuple[ReportNote, ...]:
    """The texts recorded for a period and branch, in the order recorded; those taken back are left out."""
    entries = ledger.general_entries((KIND, "amendment"))
    undone = {entry.refers for entry in entries if entry.kind == "amendment" and entry.body.get("undo")}
    return tuple(
        ReportNote(
            section=entry.body["section"],
            text=mask_text(entry.body["text"]),
            by=entry.by,
            at=entry.at,
            indicator=entry.body.get("indicator"),
            value=entry.body.get("value"),
        )
        for entry in entries
        if entry.kind == KIND
        and entry.id not in undone
        and entry.body["period"] == period.label
        and (branch is None or entry.body.get("branch", branch) == branch)
    )

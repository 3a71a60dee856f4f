"""Checks in the ledger (SPEC O4): recording one, counting what failed before, and the figures of a period."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from kfcs.desk import Desk
from kfcs.entries import Draft, Entry
from kfcs.errors import N_, Message, say
from kfcs.period import Period, from_iso, iso
from kfcs.rules.checks import (
    FAIL,
    Check,
    CheckFigures,
    RepeatedFailure,
    check_figures,
    matter_key,
    repeated_failure,
)

_COLUMNS = "at, branch, subject, place, matter, result, text"


class Checked(NamedTuple):
    """A check as recorded; ``failures`` are those of its place and matter until it, when it failed."""

    entry: Entry
    failures: RepeatedFailure | None

    @property
    def message(self) -> Message:
        """What the one who checked must know."""
        body = self.entry.body
        if self.failures is None:
            return say(N_("{place}, {matter}: in order."), place=body["place"], matter=body["matter"])
        if self.failures.failures == 1:
            text = N_("{place}, {matter}: not in order, for the first time.")
            return say(text, place=body["place"], matter=body["matter"])
        return say(
            N_("{place}, {matter}: not in order; failures so far: {count}, within days: {days}."),
            place=body["place"],
            matter=body["matter"],
            count=self.failures.failures,
            days=self.failures.days,
        )

    def as_json(self) -> dict[str, Any]:
        """The check, with how often its place and matter has failed and over how many days."""
        body, found = self.entry.body, self.failures
        return {
            "entry": self.entry.id,
            **{name: body.get(name) for name in ("subject", "place", "matter", "result", "text", "branch")},
            "at": iso(self.entry.at),
            "by": self.entry.by,
            "failures": 0 if found is None else found.failures,
            "days": None if found is None else found.days,
        }


def record_check(desk: Desk, body: Mapping[str, Any], moment: datetime) -> Checked:
    """Record a check of this body; a failure is counted with those of its place and matter until its moment."""
    with desk.ledger.writing():
        [entry] = desk.append([Draft("check", moment, desk.operator, body)])
        desk.projection.recorded([entry], desk.now)
        found = failures_until(desk, entry) if body["result"] == FAIL else None
    return Checked(entry, found)


def failures_until(desk: Desk, entry: Entry) -> RepeatedFailure:
    """The failures of a failed check's branch, place and matter until it."""
    rows = desk.ledger.connection.execute(
        f"SELECT {_COLUMNS} FROM checks WHERE branch = ? AND key = ? AND result = 'fail'"
        " AND (at < ? OR (at = ? AND entry_id <= ?)) ORDER BY at, entry_id",
        (
            entry.body["branch"],
            matter_key(entry.body["place"], entry.body["matter"]),
            iso(entry.at),
            iso(entry.at),
            entry.id,
        ),
    )
    return repeated_failure([_check(row) for row in rows])


def checks_in(desk: Desk, period: Period, branch: str | None = None) -> list[Check]:
    """The checks made in a period, of a branch or of all, in their order."""
    rows = desk.ledger.connection.execute(
        f"SELECT {_COLUMNS} FROM checks WHERE at >= ? AND at < ? AND (? IS NULL OR branch = ?) ORDER BY at, entry_id",
        (iso(period.start), iso(period.end), branch, branch),
    )
    return [_check(row) for row in rows]


def figures_of(desk: Desk, period: Period, branch: str | None = None) -> CheckFigures:
    """Checks made and failed in a period, and what failed again at one place in one matter (R2)."""
    return check_figures(checks_in(desk, period, branch))


def _check(row: tuple[Any, ...]) -> Check:
    return Check(from_iso(row[0]), *row[1:])

"""Actions that did not last: the same cause in the project again after it was corrected or prevented (SPEC R2).

Pure: rows in, a list out.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from kfcs.masking import mask_text
from kfcs.period import day_of, from_iso, iso
from kfcs.reports.rows import CaseRow, MeasureRow

WITHIN = timedelta(days=90)
KINDS = frozenset({"complaint", "repair"})


class IneffectiveAction(NamedTuple):
    """A case received in the period, and the earlier one whose action ought to have kept it from happening."""

    case: str
    received_at: str
    project: str
    cause: str
    earlier: str
    resolved_at: str
    days: int
    correction: str | None
    prevention: str | None


def ineffective_actions(
    rows: Iterable[CaseRow], measures: Iterable[MeasureRow]
) -> tuple[IneffectiveAction, ...]:
    """The cases of the period with an action of the same project and cause in the 90 days before, the latest one."""
    by_matter: dict[tuple[str, str], list[MeasureRow]] = {}
    for measure in measures:
        by_matter.setdefault((measure.project, measure.code), []).append(measure)
    found = []
    if not by_matter:
        return ()
    for row in rows:
        known = by_matter.get((row.project, row.code))
        if known is None or row.kind not in KINDS:
            continue
        earliest = iso(from_iso(row.received_at) - WITHIN)
        before = [m for m in known if earliest <= m.at < row.received_at and m.case_id != row.case_id]
        if before:
            found.append(_action(row, max(before, key=lambda m: (m.at, m.case_id))))
    return tuple(sorted(found, key=lambda action: (action.received_at, action.case)))


def _action(row: CaseRow, earlier: MeasureRow) -> IneffectiveAction:
    return IneffectiveAction(
        case=row.case_id,
        received_at=row.received_at,
        project=row.project,
        cause=row.code,
        earlier=earlier.case_id,
        resolved_at=earlier.at,
        days=(day_of(from_iso(row.received_at)) - day_of(from_iso(earlier.at))).days,
        correction=None if earlier.correction is None else mask_text(earlier.correction),
        prevention=None if earlier.prevention is None else mask_text(earlier.prevention),
    )

"""What to bear in mind before saying anything to a customer, drawn from the cases of a home (SPEC O2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from kfcs.cases import Case
from kfcs.desk import Desk
from kfcs.period import iso

OFTEN, OFTEN_WITHIN = 3, timedelta(days=365)
"""So many complaints within so long are a caution."""


def cautions(desk: Desk, numbers: Sequence[str]) -> list[str]:
    """What to bear in mind before saying anything, the weightiest first."""
    cases = [case for number in numbers if (case := desk.projection.case(number)).counted]
    found = dict.fromkeys(_cautions_in(desk, cases))
    marks = ",".join("?" * len(numbers))
    late = desk.ledger.connection.execute(
        f"SELECT 1 FROM clocks JOIN cases USING (case_id) WHERE case_id IN ({marks}) AND due < ? AND stopped_at IS NULL"
        " AND cancelled_at IS NULL AND NOT paused AND state <> 'closed' AND NOT history LIMIT 1",
        (*numbers, iso(desk.now)),
    ).fetchone()
    return [*found, "overdue"] if late else list(found)


def _cautions_in(desk: Desk, cases: Sequence[Case]) -> Iterator[str]:
    facts = (
        ("sensitive", [case.sensitive for case in cases]),
        ("vip", [case.vip for case in cases]),
        ("legal", [case.legal != "none" for case in cases]),
        ("media", [case.media != "none" for case in cases]),
        ("harm", [case.harm != "none" for case in cases]),
        ("refund", [case.refund for case in cases]),
    )
    yield from (name for name, told in facts if any(told))
    opinions = [
        call for case in cases for call in case.callbacks if call.result not in ("unreachable", "refused")
    ]
    if opinions and max(opinions, key=lambda call: (call.at, call.n)).result == "unsatisfied":
        yield "unsatisfied"
    recent = [
        case for case in cases if case.kind == "complaint" and desk.now - case.received_at <= OFTEN_WITHIN
    ]
    if len(recent) >= OFTEN:
        yield "repeat"

"""What is wrong with an obligation: how it says when it is due, and periods that it has twice (SPEC O1, P1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kfcs.errors import N_, say
from kfcs.policyfaults import Fault, row_key, table_faults
from kfcs.policyshape import Due
from kfcs.rules.obligations import DUE_FORMS, DueDays, Obligation, doubled_period, usual_period


def due_faults(row: Mapping[str, Any]) -> Iterator[Fault]:
    """A table ``due`` that says nothing, says it in two ways, or names a day that does not exist."""
    due = row.get("due")
    if not isinstance(due, dict):
        return
    key = f"{row_key('obligation', 0, row)}.due"
    if any(table_faults(due, Due)):
        return  # told where the table is checked
    if tuple(sorted(due)) not in DUE_FORMS:
        forms = [" + ".join(sorted(form, reverse=True)) for form in DUE_FORMS]
        yield Fault(key, say(N_("says in one way when it is due; give one of: {names}"), names=forms))
        return
    try:
        DueDays.parse(due)
    except (ValueError, TypeError):
        yield Fault(key, say(N_("names a day that does not exist, or one in the wrong half of the month")))


def period_faults(row: Mapping[str, Any]) -> Iterator[Fault]:
    """An obligation, given whole, with two due dates for one period: nobody could say which was handed in."""
    try:
        due, period = DueDays.parse(row["due"]), row.get("period") or usual_period(row["due"])
        rule = Obligation(row["id"], "", {}, False, row.get("by", ""), due, period)
        doubled = doubled_period(rule)
    except (ValueError, TypeError, KeyError):
        return  # told where the table is checked
    if doubled is not None:
        yield Fault(
            f"{row_key('obligation', 0, row)}.period",
            say(N_("the period {period} would be due twice; name a shorter period"), period=doubled),
        )

"""Cases that may say again what another has said (SPEC C3): shown at ``log``, remarked at ``import``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from kfcs.cases import Case
from kfcs.desk import Desk
from kfcs.folding import complainant_key
from kfcs.period import iso
from kfcs.rules.classify import text_key
from kfcs.rules.likeness import alike

REPEAT_DAYS = 30
"""Likely repeats are looked for this many days back."""


class Likely(NamedTuple):
    """A case that the one just logged may repeat, and what speaks for it."""

    case_id: str
    received_at: str
    state: str
    text: str
    why: str


def likely_repeats(desk: Desk, case: Case, limit: int = 5) -> list[Likely]:
    """Cases of the last 30 days that this one may repeat: same home or phone with the same matter, also of those who
    joined, or nearly the same text in the project (C3)."""
    since = iso(case.received_at - timedelta(days=REPEAT_DAYS))
    values = {
        "case": case.case_id,
        "since": since,
        "until": iso(case.received_at),
        "month": since[:7],
        "project": case.project,
        "home": case.home,
        "phone": case.person.phone,
        "key": complainant_key(case.person, case.home, ""),
    }
    found: dict[str, Likely] = {}
    for place in (_BY_PERSON, _BY_JOINING, _BY_PROJECT):
        for row in desk.ledger.connection.execute(_MAY_REPEAT.format(place=place), values):
            if row[0] not in found and (why := _likeness(case, row, joined=place == _BY_JOINING)):
                found[row[0]] = Likely(row[0], row[1], row[2], row[3], why)
    return sorted(found.values(), key=lambda likely: likely.received_at, reverse=True)[:limit]


_MAY_REPEAT = (
    "SELECT case_id, received_at, state, text, category, subcategory, home, phone, project FROM cases"
    " WHERE case_id <> :case AND counted AND received_at >= :since AND received_at <= :until AND {place}"
    " ORDER BY received_at DESC LIMIT 2000"
)
_BY_PERSON = "((home = :home AND project = :project) OR phone = :phone)"
_BY_JOINING = "case_id IN (SELECT case_id FROM complainants WHERE project = :project AND month >= :month AND key = :key)"
_BY_PROJECT = "project = :project AND month >= :month"


def _likeness(case: Case, row: Sequence[Any], *, joined: bool) -> str | None:
    _, _, _, text, category, subcategory, home, phone, project = row
    if subcategory and case.subcategory:
        same_matter = subcategory == case.subcategory
    else:
        same_matter = category == case.category
    if same_matter and case.person.phone and (phone == case.person.phone or joined):
        return "phone"
    if same_matter and case.home and project == case.project and (home == case.home or joined):
        return "home"
    return "text" if project == case.project and alike(text_key(case.text), text_key(text)) else None


# ---------------------------------------------------------------- many at once

_SINCE = f"strftime('%Y-%m-%dT%H:%M:%S', substr(a.received_at, 1, 19), '-{REPEAT_DAYS} days') || '+08:00'"
# A row that names the day alone stands at its first second: what was logged later on that day came before it too.
_EARLIER = (
    "b.case_id <> a.case_id AND b.counted AND b.received_at < substr(a.received_at, 1, 10) || 'T24'"
    " AND (b.received_at < a.received_at OR b.case_id NOT IN (SELECT value FROM json_each(?1))"
    f" OR b.received_at = a.received_at AND b.case_id < a.case_id) AND b.received_at >= {_SINCE}"
)
_SAME_MATTER = "b.category = a.category AND (a.subcategory IS NULL OR b.subcategory IS NULL OR b.subcategory = a.subcategory)"
_ALL_AT_ONCE = f"""
SELECT mine, max(earlier) FROM (
    SELECT a.case_id AS mine, b.case_id AS earlier FROM cases a CROSS JOIN cases b ON b.phone = a.phone
    WHERE a.case_id IN (SELECT value FROM json_each(?1)) AND {_EARLIER} AND {_SAME_MATTER}
    UNION ALL
    SELECT a.case_id, b.case_id FROM cases a CROSS JOIN cases b ON b.project = a.project AND b.home = a.home
    WHERE a.case_id IN (SELECT value FROM json_each(?1)) AND {_EARLIER} AND {_SAME_MATTER}
    UNION ALL
    SELECT a.case_id, b.case_id FROM cases a CROSS JOIN complainants x ON x.case_id = a.case_id
    CROSS JOIN complainants y INDEXED BY complainants_text ON y.project = x.project
    AND y.month IN (x.month, strftime('%Y-%m', x.month || '-01', '-1 month')) AND y.text_mark = x.text_mark
    AND y.text_mark <> '' CROSS JOIN cases b ON b.case_id = y.case_id
    WHERE a.case_id IN (SELECT value FROM json_each(?1)) AND {_EARLIER}
) GROUP BY mine ORDER BY mine
"""


def earlier_cases(desk: Desk, case_ids: Iterable[str]) -> list[tuple[str, str]]:
    """Of many cases those that may repeat an earlier one, each with that: the same phone or home with the same matter, or
    the same text in the project, within 30 days; of the day itself also what the ledger had already."""
    return desk.ledger.connection.execute(_ALL_AT_ONCE, (json.dumps(list(case_ids)),)).fetchall()

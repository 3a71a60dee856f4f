"""Cases as rows of a list: what one sees of the cases behind a figure (SPEC R7)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from kfcs.desk import Desk
from kfcs.errors import N_
from kfcs.masking import mask_text
from kfcs.money import from_fen
from kfcs.output import Column
from kfcs.period import iso
from kfcs.reports.monthly import level_now

COLUMNS = (
    Column("case", N_("Case"), "id"),
    Column("received_at", N_("Received"), "time"),
    Column("kind", N_("Kind"), words="kind"),
    Column("level", N_("Level"), "number"),
    Column("state", N_("State"), words="state"),
    Column("project", N_("Project")),
    Column("category", N_("Category"), words="category"),
    Column("subcategory", N_("Sub-category")),
    Column("channel", N_("Channel"), words="channel"),
    Column("people", N_("People"), "number"),
    Column("times", N_("Times"), "number"),
    Column("claim", N_("Claim"), "money"),
    Column("department", N_("Department"), words="department"),
    Column("next_due", N_("Limit"), "time"),
    Column("closed_at", N_("Closed"), "time"),
    Column("text", N_("Matter"), width=40),
)

_SQL = (
    "SELECT case_id, received_at, kind, level, state, project, category, subcategory, channel, people, times,"
    " claim_fen, department, next_due, closed_at, text, next_rise_at FROM cases WHERE case_id IN"
    " (SELECT value FROM json_each(?))"
)
_KEYS = [column.key for column in COLUMNS]
_BATCH = 500


def case_rows(desk: Desk, numbers: Sequence[str]) -> Iterator[dict[str, object]]:
    """The rows of these cases, in the order given; phone numbers in the text are masked."""
    for start in range(0, len(numbers), _BATCH):
        batch = numbers[start : start + _BATCH]
        rows = desk.ledger.connection.execute(_SQL, (json.dumps(list(batch)),)).fetchall()
        by_number = {row[0]: row for row in rows}
        yield from (_row(desk, by_number[number]) for number in batch if number in by_number)


def _row(desk: Desk, row: Sequence[object]) -> dict[str, object]:
    *columns, rises = row
    shown = dict(zip(_KEYS, columns, strict=True))
    fen = shown["claim"]
    shown["claim"] = from_fen(fen) if isinstance(fen, int) else None
    shown["text"] = mask_text(str(shown["text"]))
    if rises and str(rises) <= iso(desk.now):
        shown["level"] = level_now(desk, str(shown["case"]))
    return shown

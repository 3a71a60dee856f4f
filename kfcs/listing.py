"""Lists of cases on a terminal (SPEC I2): as many columns as fit, levels by name, limits by how late they are.

Scripts read the whole rows (``kfcs.querying.LIST``); what is cut here is cut for the eye alone.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any

from kfcs.cells import Column
from kfcs.errors import N_, say
from kfcs.i18n import language, render
from kfcs.output import check_format
from kfcs.period import from_iso
from kfcs.rules.policy import Policy
from kfcs.showing import category_title, level_name, one_line
from kfcs.widths import clip, harmless, width
from kfcs.words import word

CASE = Column("case", N_("Case"), "id")
LEVEL = Column("level", N_("Level"), "id")
STATE = Column("state", N_("State"), "id", words="state")
DUE = Column("due", N_("Due"), "id")
PROJECT = Column("project", N_("Project"), "id", width=16)
HOME = Column("home", N_("Home"), "id", width=12)
CUSTOMER = Column("customer", N_("Name"), "id", width=10)
PHONE = Column("phone", N_("Phone"), "id", width=14)
CATEGORY = Column("category", N_("Category"), "id", width=16)
DEPARTMENT = Column("department", N_("Department"), "id", width=14)
KIND = Column("kind", N_("Kind"), "id", words="kind")
WHAT = Column("what", N_("To do"), "id", width=24)
TEXT = Column("text", N_("Text"), "id")

CASES = (CASE, LEVEL, STATE, KIND, DUE, PROJECT, HOME, CATEGORY, DEPARTMENT, CUSTOMER, TEXT)
"""What a list shows, from left to right."""
_CASES_FIRST = (CASE, LEVEL, DUE, PROJECT, CATEGORY, STATE, HOME, DEPARTMENT, CUSTOMER, KIND)
WORK = (WHAT, DUE, CASE, LEVEL, PROJECT, HOME, CUSTOMER, PHONE, DEPARTMENT, TEXT)
_WORK_FIRST = (CASE, WHAT, DUE, LEVEL, PROJECT, PHONE, HOME, CUSTOMER, DEPARTMENT)
SAMPLE = 200
_GAP = 3
_LEAST_TEXT = 16

Table = tuple[Iterator[Mapping[str, Any]], tuple[Column, ...]]


def as_table(fmt: str | None) -> bool:
    """Whether rows go to a person: a table was asked for, or a terminal reads along."""
    name = check_format(fmt)
    return name == "table" or (name is None and sys.stdout.isatty())


def room() -> int:
    """How many columns the terminal has."""
    return shutil.get_terminal_size((120, 24)).columns


def case_table(rows: Iterable[Mapping[str, Any]], policy: Policy, now: datetime) -> Table:
    """Rows of ``cases_matching`` and the columns that the terminal has room for."""
    return _fitted((_shown(row, row["next_due"], policy, now) for row in rows), CASES, _CASES_FIRST)


def work_table(rows: Iterable[Mapping[str, Any]], policy: Policy, now: datetime) -> Table:
    """Rows of ``work_of_today``, the same way."""
    return _fitted((_shown(row, row["due"], policy, now) for row in rows), WORK, _WORK_FIRST)


def _shown(row: Mapping[str, Any], due: Any, policy: Policy, now: datetime) -> dict[str, Any]:
    code = row.get("subcategory") or row.get("category")
    level = row.get("level")
    return {
        **row,
        "level": None if level is None else level_name(policy, level, language()),
        "category": category_title(policy, code, language()) if code else None,
        "due": due_text(due if isinstance(due, str) or due is None else due.isoformat(), now),
        "text": one_line(str(row.get("excerpt") or row.get("text") or ""), 400),
    }


def due_text(due: str | None, now: datetime) -> str:
    """When a limit ends, or how long ago it did; a limit that is a day alone ends with the day."""
    if due is None:
        return ""
    if len(due) == len("2026-11-10"):
        late = (now.date() - from_iso(f"{due}T00:00:00+08:00").date()).days
        return render(say(N_("{n} d late"), n=late)) if late > 0 else _short(due, now)
    moment = from_iso(due)
    return late_text(now - moment) if moment < now else _short(f"{due[:10]} {due[11:16]}", now)


def _short(text: str, now: datetime) -> str:
    return text[5:] if text[:4] == f"{now:%Y}" else text


def late_text(late: timedelta) -> str:
    """How late something is, in the largest unit that says it."""
    minutes = int(late.total_seconds() // 60)
    if minutes < 60:
        return render(say(N_("{n} min late"), n=max(minutes, 1)))
    if minutes < 48 * 60:
        return render(say(N_("{n} h late"), n=minutes // 60))
    return render(say(N_("{n} d late"), n=minutes // (24 * 60)))


def _fitted(rows: Iterator[dict[str, Any]], columns: Sequence[Column], first: Sequence[Column]) -> Table:
    """The columns that fit, the weightiest first; the text takes the room that is left, on one line."""
    sample = list(islice(rows, SAMPLE))
    left = room() - _LEAST_TEXT
    sizes: dict[str, int] = {}
    for column in first:
        size = _size(column, sample)
        if size and (size + _GAP <= left or column is CASE):
            sizes[column.key] = size
            left -= size + _GAP
    text = max(left + _LEAST_TEXT, 8)
    kept = tuple(c for c in columns if c.key in sizes or c is TEXT)
    limits = {c.key: c.width for c in kept if c.width} | {TEXT.key: text}
    return (_cut(row, limits) for row in chain(sample, rows)), kept


def _size(column: Column, sample: Sequence[Mapping[str, Any]]) -> int:
    """How wide a column is; 0 where it holds nothing, or the same usual thing everywhere."""
    cells = [_text(column, row.get(column.key)) for row in sample]
    if not any(cells) or (column is KIND and set(cells) == {_text(KIND, "complaint")}):
        return 0
    longest = max(width(harmless(cell)) for cell in cells)
    return max(width(render(say(column.title))), min(longest, column.width or longest))


def _text(column: Column, value: Any) -> str:
    if value is None:
        return ""
    return word(column.words, str(value), language()) if column.words else str(value)


def _cut(row: Mapping[str, Any], limits: Mapping[str, int]) -> Mapping[str, Any]:
    return {
        **row,
        **{key: clip(harmless(str(row[key])), size) for key, size in limits.items() if row.get(key)},
    }

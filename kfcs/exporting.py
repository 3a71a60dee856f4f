"""Tables out of the ledger (SPEC C7): cases with all their facts, entries, and the acts on cases.

What ``export cases --reveal`` writes, ``import cases`` reads again: the columns bear the names that import knows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import TextIOWrapper
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from kfcs.archive import find_home
from kfcs.aside import written
from kfcs.cases import Case
from kfcs.desk import Desk
from kfcs.disclosure import record
from kfcs.entries import DISCLOSURE, canonical
from kfcs.errors import N_, BadInput
from kfcs.exportcolumns import (
    CALLBACKS,
    CASES,
    CONTACTS,
    DISCLOSURES,
    ENTRIES,
    ESCALATIONS,
    HOMES,
    RECTIFICATIONS,
)
from kfcs.masking import mask_name, mask_phone, mask_text
from kfcs.money import from_fen
from kfcs.output import FORMATS, Column, Row, check_format, emit
from kfcs.querying import with_risen_levels

_FLAGS = frozenset({
    "reply", "plan", "on_site", "waiting_on_customer", "no_agreement", "ack", "signed",
    "self_called", "self_inspected",
})  # fmt: skip
_FREE_TEXT = frozenset({"text", "what", "unit"})


class Export(NamedTuple):
    """What can be exported: its columns, and where the rows come from."""

    columns: tuple[Column, ...]
    rows: Callable[[Desk, bool], Iterator[Row]]
    people: str | None = None
    """SQL that counts the people in it; None where nothing in it is personal."""


def export_table(
    desk: Desk, what: str, fmt: str | None, output: str | None, *, excel: bool, reveal: bool
) -> int:
    """Write a table to a file or to standard output, row by row; returns how many rows.

    A file stands there once it is whole; one with revealed data is for its owner alone (L4). Raises BadInput for what
    cannot be exported or written, and for a format that does not exist.
    """
    export = EXPORTS.get(what)
    if export is None:
        raise BadInput(
            N_("{what} cannot be exported. Known are: {known}."), what=repr(what), known=tuple(EXPORTS)
        )
    name = None if output is None else check_format(fmt) or _format_of(output, excel)
    if reveal and export.people is not None:
        _put_on_record(desk, what, export.people, output)
    rows = _Counted(export.rows(desk, reveal))
    if output is None:
        emit(rows, export.columns, fmt or ("csv" if excel else None), stream=sys.stdout, excel=excel)
        return rows.count
    with written(Path(output), private=reveal) as file:
        if name == "xlsx":
            emit(rows, export.columns, name, stream=file)
        else:
            with TextIOWrapper(file, encoding="utf-8", newline="") as text:
                emit(rows, export.columns, name, stream=text, excel=excel)
    return rows.count


def _put_on_record(desk: Desk, what: str, people: str, output: str | None) -> None:
    count = desk.ledger.connection.execute(people).fetchone()[0]
    record(desk, "export", {"what": what}, people=count, to_file=output is not None)


class _Counted:
    """Rows that are counted as they pass."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self.rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self.rows:
            self.count += 1
            yield row


def _format_of(output: str, excel: bool) -> str:
    ending = Path(output).suffix.lower().removeprefix(".")
    if ending in FORMATS:
        return ending
    if excel:
        return "csv"
    raise BadInput(N_("{file} does not say its format; let it end with one of {known}, or give --format."),
                   file=output, known=FORMATS[1:])  # fmt: skip


# ---------------------------------------------------------------- rows


def _cases(desk: Desk, reveal: bool) -> Iterator[Row]:
    """Every case with its facts, by number."""
    with_risen_levels(desk)
    for case_id, level in desk.ledger.connection.execute(
        "SELECT case_id, level FROM risen_cases ORDER BY case_id"
    ):
        yield case_row(desk.projection.case(case_id), level, reveal)


def case_row(case: Case, level: int, reveal: bool) -> dict[str, Any]:
    """The facts of a case, and where it stands."""
    person = case.person
    told = {column.key: getattr(case, column.key, None) for column in CASES}
    shown = {
        "case": case.case_id,
        "level": str(level),
        "customer": person.name,
        "phone": person.phone,
        "contact": person.contact,
        "resolved_at": case.resolutions[-1].at if case.resolutions else None,
        "closed_at": case.closed.at if case.closed else None,
        "closed_why": case.closed.why if case.closed else None,
    }
    return _masked(told | shown, reveal)


def _masked(row: dict[str, Any], reveal: bool) -> dict[str, Any]:
    """The row without personal data, unless it is to be revealed."""
    if reveal:
        return row
    masks: Mapping[str, Callable[[str | None], str]] = {
        "customer": mask_name,
        "owner": mask_name,
        "phone": mask_phone,
        "contact": mask_name,
        **dict.fromkeys(_FREE_TEXT, mask_text),
    }
    return row | {name: mask(row[name]) for name, mask in masks.items() if row.get(name)}


def _entries(desk: Desk, reveal: bool) -> Iterator[Row]:
    """Every entry, in the order recorded."""
    for entry in desk.ledger.all_entries():
        person = entry.person
        row = {column.key: getattr(entry, column.key, None) for column in ENTRIES}
        row |= {
            "case": entry.case_id,
            "customer": person.name,
            "phone": person.phone,
            "contact": person.contact,
        }
        row["body"] = canonical(entry.body) if reveal else mask_text(canonical(_without_extra(entry.body)))
        yield _masked(row, reveal)


def _without_extra(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A body without the columns of a file that nobody looked at: they may name anybody."""
    source = body.get("source")
    if not source or "extra" not in source:
        return body
    return {**body, "source": {name: value for name, value in source.items() if name != "extra"}}


def _of_table(table: str, order: str, columns: Iterable[Column]) -> Callable[[Desk, bool], Iterator[Row]]:
    """The rows of a table of the projection."""
    names = {"case": "case_id", "cost": "cost_fen"}
    keys = [column.key for column in columns]
    chosen = ", ".join(f'"{names.get(key, key)}"' for key in keys)

    def rows(desk: Desk, reveal: bool) -> Iterator[Row]:
        for values in desk.ledger.connection.execute(f"SELECT {chosen} FROM {table} ORDER BY {order}"):
            row = dict(zip(keys, values, strict=True))
            row |= {name: bool(row[name]) for name in _FLAGS & row.keys()}
            if "cost" in row:
                row["cost"] = from_fen(row["cost"])
            yield _masked(row, reveal)

    return rows


def _disclosures(desk: Desk, reveal: bool) -> Iterator[Row]:
    """Who saw personal data in full, when, and at what (L4)."""
    for entry in desk.ledger.general_entries((DISCLOSURE,)):
        body = entry.body
        asked = (f"{name}={value}" for name, value in body["asked"].items())
        seen = (*body.get("cases", ()), *body.get("homes", ()))
        yield {
            "at": entry.at,
            "desk": entry.desk,
            "by": entry.by,
            "command": body["command"],
            "asked": ", ".join(asked),
            "people": body["people"],
            "seen": ", ".join(seen),
            "file": body["file"],
        }


def _homes(desk: Desk, reveal: bool) -> Iterator[Row]:
    """The homes archive as it is taken in: a row a home, and one more for each further owner and warranty."""
    connection = desk.ledger.connection
    for place in connection.execute("SELECT project, home FROM homes ORDER BY project, home").fetchall():
        home = find_home(connection, *place)
        if home is None:
            continue
        days: dict[str, Any] = {"signed_on": home.signed_on, "planned_on": home.planned_on}
        days["handed_over_on"] = home.handed_over_on
        for owner, warranty in zip_longest(home.owners or (None,), home.warranties):
            row: dict[str, Any] = {"project": home.project, "home": home.home or None, **days}
            if owner is not None:
                row |= {"owner": owner.name, "phone": owner.phone, "contact": owner.contact}
            if warranty is not None:
                row |= {"warranty_item": warranty.item, "warranty_until": warranty.expires_on}
            yield _masked(row, reveal)


_PEOPLE_OF_CASES = "SELECT count(*) FROM (SELECT DISTINCT customer, phone FROM cases WHERE customer IS NOT NULL OR phone IS NOT NULL)"

EXPORTS: Mapping[str, Export] = {
    "cases": Export(CASES, _cases, _PEOPLE_OF_CASES),
    "entries": Export(
        ENTRIES, _entries, "SELECT count(*) FROM (SELECT DISTINCT name, phone, contact FROM people)"
    ),
    "contacts": Export(CONTACTS, _of_table("contacts", "case_id, n", CONTACTS), "SELECT 0"),
    "callbacks": Export(CALLBACKS, _of_table("callbacks", "case_id, n", CALLBACKS)),
    "rectifications": Export(
        RECTIFICATIONS, _of_table("rectifications", "case_id, id, attempt", RECTIFICATIONS), "SELECT 0"
    ),
    "homes": Export(HOMES, _homes, "SELECT count(*) FROM (SELECT DISTINCT name, phone, contact FROM owners)"),
    "escalations": Export(ESCALATIONS, _of_table("escalations", "at, key", ESCALATIONS)),
    "disclosures": Export(DISCLOSURES, _disclosures),
}
"""What ``kfcs export`` knows."""

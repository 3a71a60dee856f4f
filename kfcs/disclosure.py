"""Looks at personal data, put on record (SPEC L4): who had names, phones and texts shown in full, when, and at what.

The entry belongs to no case, so that a look changes neither a case nor any of its clocks, and it holds no personal
data itself. It is written before anything is shown: what cannot be recorded is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from kfcs.desk import Desk
from kfcs.entries import DISCLOSURE, Draft
from kfcs.errors import N_, LedgerUnusable
from kfcs.period import iso

FEW = 50
"""Up to so many cases and homes are named; of more there is the number alone."""

_Person = tuple[Any, Any, Any]


def disclose(
    desk: Desk,
    command: str,
    shown: Iterable[Mapping[str, Any]],
    asked: Mapping[str, object] | None = None,
    *,
    to_file: bool = False,
) -> None:
    """Record that a command is about to show these rows in full; rows that are none leave no trace.

    ``asked`` is what was looked for, without values that name a person. Raises LedgerUnusable where nothing can be
    recorded.
    """
    rows = 0
    people: set[_Person] = set()
    cases: set[str] = set()
    homes: set[str] = set()
    for row in shown:
        rows += 1
        people.update(_people(row))
        if row.get("case"):
            cases.add(str(row["case"]))
        elif row.get("home"):
            homes.add(f"{row.get('project') or ''} {row['home']}".strip())
    if rows:
        seen = {"cases": _named(cases), "homes": _named(homes)}
        record(desk, command, asked or {}, people=len(people), to_file=to_file, rows=rows, **seen)


def record(
    desk: Desk, command: str, asked: Mapping[str, object], *, people: int, to_file: bool, **seen: object
) -> None:
    """Write the entry into the ledger's file, whatever copy of it the desk reads from."""
    of_file = desk.behind or desk
    if desk.behind is not None:
        asked = {**asked, "as_of": iso(desk.now)}
    body = {
        "command": command,
        "people": people,
        "file": to_file,
        "asked": {name: value for name, value in asked.items() if value},
        **{name: value for name, value in seen.items() if value},
    }
    draft = Draft(DISCLOSURE, of_file.now, of_file.operator, body)
    try:
        with of_file.ledger.writing():
            of_file.append([draft])
    except LedgerUnusable as fault:
        raise LedgerUnusable(
            N_(
                "Who sees personal data is put on record, and {path} cannot be written. Nothing is shown; leave out --reveal."
            ),
            path=str(of_file.ledger.path),
        ) from fault


def _named(found: set[str]) -> list[str]:
    return sorted(found) if len(found) <= FEW else []


def _people(value: object) -> Iterator[_Person]:
    """The persons in what is shown, however deep: by name and phone, else by another contact."""
    if isinstance(value, Mapping):
        name, phone = value.get("customer") or value.get("owner"), value.get("phone")
        contact = None if name or phone else value.get("contact")
        mine = [(name, phone, contact)] if (name or phone or contact) else []
        yield from chain(mine, *map(_people, value.values()))
    elif isinstance(value, (list, tuple)):
        yield from chain.from_iterable(map(_people, value))

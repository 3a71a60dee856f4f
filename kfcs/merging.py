"""Join ledgers (SPEC L6): the union of their entries, whatever the order and however often.

A desk's entries are a chain, so two copies of one desk either share a beginning, and the longer one is taken, or they
part at some number: a fork, from two desks of one name or from a restored copy that went on writing. A fork is named
and nothing of that file is taken, because either side of it would be lost to the other.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kfcs.bodies import misfit
from kfcs.chain import fault_of, fault_of_person
from kfcs.desk import Desk
from kfcs.entries import COLUMNS, GENESIS, Person, from_row
from kfcs.errors import N_, CheckFailed, LedgerUnusable
from kfcs.generalrows import leaves_something
from kfcs.ledger import Ledger

_INSERT = f"INSERT INTO entries ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
_PEOPLE = "SELECT entry_id, salt, name, phone, contact FROM people JOIN entries ON id = entry_id WHERE desk = ? AND seq > ?"
FEW = 200
"""Up to so many cases are refreshed one by one; more are cheaper to derive anew together."""


class Merged(NamedTuple):
    """What a merge did: entries added by desk, and how many of the other ledger's were known already."""

    added: dict[str, int]
    known: int


def merge(desk: Desk, other: Ledger) -> Merged:
    """Take over what another ledger has and this one has not, in one transaction.

    Raises CheckFailed for a fork, or for an entry of the other ledger that is not what its desk recorded, LedgerUnusable
    where its file is damaged; nothing is taken over then.
    """
    try:
        return _merge(desk, other)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT or (fault := other.damage()) is None:
            raise
        raise LedgerUnusable(
            N_("{path} is damaged ({fault}): nothing was merged."), path=str(other.path), fault=fault
        ) from None


def _merge(desk: Desk, other: Ledger) -> Merged:
    added: dict[str, int] = {}
    known = 0
    touched: set[str] = set()
    whole = False
    with other.at_one_moment(), desk.ledger.writing() as connection:
        heads = desk.ledger.heads()
        erased = {**other.erased(), **desk.ledger.erased()}
        for name, (seq, digest) in other.heads().items():
            mine = heads.get(name, (0, GENESIS))
            _same_beginning(desk.ledger, other, name, min(seq, mine[0]))
            rows = list(_checked(other, name, mine))
            connection.executemany(_INSERT, rows)
            connection.executemany(
                "INSERT INTO people (entry_id, salt, name, phone, contact) VALUES (?,?,?,?,?)",
                _without_erased(other.connection.execute(_PEOPLE, (name, mine[0])), erased),
            )
            touched.update(desk.projection.touched_by((row[6], row[7], row[8]) for row in rows))
            whole = whole or len(rows) > FEW or any(leaves_something(from_row(row)) for row in rows)
            _lead_somewhere(desk.ledger, other, rows)
            added[name] = len(rows)
            known += min(seq, mine[0])
            desk.ledger.remember_head(name, *(max((seq, digest), mine)))
        desk.ledger.replace_people(erased)
        _bring_up(desk, touched, whole)
    return Merged({name: count for name, count in added.items() if count}, known)


def _without_erased(
    people: Iterable[tuple[Any, ...]], erased: Mapping[str, Person]
) -> Iterator[tuple[Any, ...]]:
    """Personal data as it is taken over: what either ledger has erased comes as its pseudonym (L4)."""
    for entry, *rest in people:
        yield (entry, "", *erased[entry]) if entry in erased else (entry, *rest)


def _same_beginning(ours: Ledger, other: Ledger, desk: str, upto: int) -> None:
    """Refuse a fork: the two chains of a desk must agree as far as both go."""
    alike = ours.agrees_until(other, desk)
    if alike < upto:
        raise CheckFailed(
            N_(
                "{file}: desk {desk} forks at its entry {seq}: two desks share this name, or a restored copy went on writing."
                " Nothing was merged."
            ),
            file=str(other.path),
            desk=desk,
            seq=alike + 1,
        )


def _lead_somewhere(ours: Ledger, other: Ledger, rows: Iterable[tuple[Any, ...]]) -> None:
    """Refuse an entry that corrects an entry, or folds in a case, that is in neither ledger."""
    found = ours.connection.execute(
        "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM entries)"
        " AND NOT EXISTS (SELECT 1 FROM entries WHERE case_id = value) LIMIT 1",
        (json.dumps([row[8] for row in rows if row[8]]),),
    ).fetchone()
    if found is not None:
        raise CheckFailed(
            N_("{file}: an entry refers to {other}, which is not in the ledger. Nothing was merged."),
            file=str(other.path),
            other=found[0],
        )


def _checked(other: Ledger, desk: str, head: tuple[int, str]) -> Iterator[tuple[Any, ...]]:
    """The entries of a desk after ``head``, each proved to follow the one before it, and to be one that can be read."""
    seq, prev = head
    erased = other.erased()
    for row in other.rows_after(desk, seq):
        told = {"file": str(other.path), "seq": row[2], "desk": desk}
        if fault_of((*row[:13],), (seq, prev)) or fault_of_person(row, erased):
            raise CheckFailed(
                N_("{file}: entry {seq} of desk {desk} is not what was recorded. Nothing was merged."), **told
            )
        if (wrong := misfit(row[:13])) is not None:
            raise CheckFailed(
                N_(
                    "{file}: entry {seq} of desk {desk} cannot be read ({what}): it is no entry of kfcs, or of a newer one."
                    " Nothing was merged."
                ),
                what=wrong,
                **told,
            )
        seq, prev = row[2], row[12]
        yield row[:13]


def _bring_up(desk: Desk, touched: set[str], whole: bool) -> None:
    """Bring the tables up to what was taken over; what is no single case's is derived anew from all entries."""
    if whole or len(touched) > FEW:
        desk.projection.rebuild()
        return
    for case_id in sorted(touched):
        desk.projection.refresh(case_id, desk.now)

"""The proof of a ledger's entries: every hash, every person, every reference (SPEC L3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kfcs.entries import GENESIS, NOBODY, Person, entry_hash, person_digest
from kfcs.errors import N_
from kfcs.ledger import Ledger


class Fault(NamedTuple):
    """The first thing that ``verify`` found wrong: which entry, and what about it."""

    entry: str
    desk: str
    seq: int
    what: str


def check_chain(ledger: Ledger) -> tuple[int, Fault | None]:
    """Recompute every hash and follow every chain: how many entries hold, and the first that does not (L3)."""
    heads: dict[str, tuple[int, str]] = {}
    checked = 0
    erased = ledger.erased()
    for row in ledger.rows_with_people():
        what = fault_of(row, heads.get(row[1], (0, GENESIS))) or fault_of_person(row, erased)
        if what is not None:
            return checked, Fault(row[0], row[1], row[2], what)
        heads[row[1]] = (row[2], row[12])
        checked += 1
    return checked, None


def fault_of(row: Sequence[Any], head: tuple[int, str]) -> str | None:
    """What is wrong with a row of ``entries`` that ought to follow a head; None for nothing."""
    seq, prev = head
    if row[2] != seq + 1:
        return N_("an entry before it is missing")
    if row[3] != prev:
        return N_("it does not follow the entry before it")
    if entry_hash(*row[:12]) != row[12]:
        return N_("its content is not what was recorded")
    return None


def fault_of_person(row: Sequence[Any], erased: Mapping[str, Person]) -> str | None:
    """What is wrong with the personal data that stands behind a row of ``entries`` (its salt and three values)."""
    salt, name, phone, contact = row[13:17]
    if row[0] in erased:
        known = Person(name, phone, contact) in (erased[row[0]], NOBODY)
        return None if known else N_("its personal data was erased, and yet there is some")
    if name or phone or contact:
        digest = person_digest(salt, Person(name, phone, contact))
        return None if _names(row[11], digest) else N_("its personal data is not what was recorded")
    if _names(row[11], ""):
        return N_("its personal data is gone, and nobody recorded that it was erased")
    return None


def _names(body: str, digest: str) -> bool:
    """Whether a body holds the digest of a person that begins so. In a text the quotes would be written otherwise."""
    return f'"person":"{digest}' in body


def broken_reference(ledger: Ledger) -> tuple[str, str] | None:
    """The first entry that amends an entry, or folds in a case, that is not there; with what it refers to."""
    row = ledger.connection.execute(
        "SELECT e.id, e.refers FROM entries e WHERE e.refers IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM entries t WHERE t.id = e.refers)"
        " AND NOT EXISTS (SELECT 1 FROM entries t WHERE t.case_id = e.refers) ORDER BY e.rowid LIMIT 1"
    ).fetchone()
    return None if row is None else (row[0], row[1])


def stray_person(ledger: Ledger) -> str | None:
    """The entry that personal data claims to belong to and that is not there."""
    row = ledger.connection.execute(
        "SELECT entry_id FROM people WHERE entry_id NOT IN (SELECT id FROM entries) ORDER BY entry_id LIMIT 1"
    ).fetchone()
    return None if row is None else str(row[0])

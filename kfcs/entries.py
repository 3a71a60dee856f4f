"""An entry: one act, as it stands in the ledger for ever (SPEC L1–L3).

An entry is a fact; nothing in it is derived later. Its hash covers every column and the hash before it, so that
the entries of one desk form a chain in which no entry can be changed, removed or moved unseen.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from heapq import merge
from itertools import groupby
from typing import Any, NamedTuple

from kfcs.period import from_iso

GENESIS = ""
_HASH_TAG = b"kfcs-entry-1\n"
_encode_json = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode

DERIVED_KINDS = frozenset({"escalation", "auto-closure"})
"""Kinds that the program writes by itself; they never count as a person's act (T6)."""

DISCLOSURE = "disclosure"
"""A look at personal data in full (L4): nothing done with a case, and nothing to take back."""


class Person(NamedTuple):
    """Who raised something. Kept beside the entry, not in it, so that it can be erased (L4)."""

    name: str | None = None
    phone: str | None = None
    contact: str | None = None

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.contact)


NOBODY = Person()


class Draft(NamedTuple):
    """An act about to be recorded: an entry without its place in the chain.

    ``at`` is when it happened; ``refers`` names the entry amended or the case folded in; ``id`` is given only where
    the act must be judged before it is written.
    """

    kind: str
    at: datetime
    by: str
    body: Mapping[str, Any]
    case_id: str | None = None
    refers: str | None = None
    person: Person = NOBODY
    id: str = ""


class Entry(NamedTuple):
    """One row of ``entries``. ``body`` is what is particular to the kind; times are aware, in Shanghai."""

    id: str
    desk: str
    seq: int
    prev: str
    at: datetime
    recorded_at: datetime
    kind: str
    case_id: str | None
    refers: str | None
    by: str
    policy: str
    body: Mapping[str, Any]
    hash: str = ""
    person: Person = NOBODY

    @property
    def derived(self) -> bool:
        return self.kind in DERIVED_KINDS


def canonical(body: Mapping[str, Any]) -> str:
    """The one way to write a body: sorted keys, no spaces, non-ASCII as it is."""
    return _encode_json(body)


def entry_hash(
    id: str,
    desk: str,
    seq: int,
    prev: str,
    at: str,
    recorded_at: str,
    kind: str,
    case_id: str | None,
    refers: str | None,
    by: str,
    policy: str,
    body: str,
) -> str:
    """SHA-256 over all columns of a row as stored, each with its length, so that no two rows read alike (L3)."""
    parts = (
        id,
        desk,
        str(seq),
        prev,
        at,
        recorded_at,
        kind,
        "" if case_id is None else "=" + case_id,
        "" if refers is None else "=" + refers,
        by,
        policy,
        body,
    )
    text = "\n".join([f"{len(part)}:{part}" for part in parts])
    return hashlib.sha256(_HASH_TAG + text.encode("utf-8", "surrogatepass")).hexdigest()


def ids(moment: datetime, count: int) -> list[str]:
    """``count`` UUIDv7s in rising order for entries recorded at one moment: unique everywhere, sorted by time."""
    stamp = int(moment.timestamp() * 1000)
    noise = os.urandom(8 * count).hex()
    made = []
    for n in range(count):
        time = f"{stamp + (n >> 12):012x}"
        tail = noise[16 * n : 16 * n + 16]
        made.append(f"{time[:8]}-{time[8:]}-7{n & 0xFFF:03x}-{_VARIANT[tail[0]]}{tail[1:4]}-{tail[4:]}")
    return made


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def person_digest(salt: str, person: Person) -> str:
    """What an entry holds of a person: a salted digest, which erasing the person leaves valid (L4)."""
    text = _encode_json([salt, person.name, person.phone, person.contact])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def in_recorded_order(entries: Iterable[Entry]) -> list[Entry]:
    """Entries of one or several desks, each desk in its own order, the desks interleaved by ``recorded_at``.

    A desk's own order is its chain's: a clock that went backwards does not reorder what one desk recorded.
    """
    by_desk = sorted(entries, key=lambda e: (e.desk, e.seq))
    if len(by_desk) == 1:
        return by_desk
    chains = [list(chain) for _, chain in groupby(by_desk, key=lambda e: e.desk)]
    return chains[0] if len(chains) == 1 else list(merge(*chains, key=lambda e: (e.recorded_at, e.desk)))


def from_row(row: Sequence[Any], person: Person = NOBODY) -> Entry:
    """The entry that stands in a row selected with the columns of ``COLUMNS``."""
    return Entry(
        id=row[0],
        desk=row[1],
        seq=row[2],
        prev=row[3],
        at=from_iso(row[4]),
        recorded_at=from_iso(row[5]),
        kind=row[6],
        case_id=row[7],
        refers=row[8],
        by=row[9],
        policy=row[10],
        body=json.loads(row[11]),
        hash=row[12],
        person=person,
    )


COLUMNS = 'id, desk, seq, prev, at, recorded_at, kind, case_id, refers, "by", policy, body, hash'


def draft_as_entry(draft: Draft, recorded_at: datetime, desk: str, seq: int, policy: str) -> Entry:
    """The draft as it will read once recorded, for folding before it is written."""
    return Entry(
        id=draft.id or f"draft-{seq}",
        desk=desk,
        seq=seq,
        prev="",
        at=draft.at,
        recorded_at=recorded_at,
        kind=draft.kind,
        case_id=draft.case_id,
        refers=draft.refers,
        by=draft.by,
        policy=policy,
        body=draft.body,
        person=draft.person,
    )

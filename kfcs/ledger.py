"""The ledger: one append-only table of entries in SQLite (SPEC L1–L3, L7, L8).

This module stores and reads entries and the people beside them; ``kfcs.ledgerfile`` opens the file, ``kfcs.chain``
proves what stands in it. It knows no rule: what entries amount to is ``kfcs.folding``, what follows from them is
``kfcs.rules``, what is kept ready for reading is ``kfcs.projection``.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from kfcs import ledgerfile
from kfcs.entries import (
    COLUMNS,
    GENESIS,
    NOBODY,
    Draft,
    Entry,
    Person,
    canonical,
    entry_hash,
    from_row,
    ids,
    person_digest,
)
from kfcs.errors import N_, LedgerUnusable
from kfcs.period import iso

_WITH_PERSON = f"SELECT {COLUMNS}, salt, name, phone, contact FROM entries LEFT JOIN people ON entry_id = id"
_INSERT = f"INSERT INTO entries ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_PERSON = "INSERT INTO people (entry_id, salt, name, phone, contact) VALUES (?,?,?,?,?)"
_SELECT = (
    "SELECT {}, p.name, p.phone, p.contact FROM entries e LEFT JOIN people p ON p.entry_id = e.id".format(
        ", ".join("e." + column.strip() for column in COLUMNS.split(","))
    )
)


class Ledger:
    """An open ledger. Use ``create`` or ``open``; all writing happens inside ``writing()``."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self.connection = connection
        self.path = path

    @classmethod
    def create(cls, path: Path) -> Ledger:
        """A new, empty ledger at ``path``, or the one that stands there already. The file is mode 0600 (L4).

        Raises LedgerUnusable when something else stands there, which is left as it is.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                path.touch(mode=0o600)
        except OSError as error:
            raise ledgerfile.no_ledger(path, error.strerror or str(error)) from None
        connection, holds_entries = ledgerfile.find(path, write=True)
        ledger = cls(connection, path)
        if not holds_entries:
            ledgerfile.keep_a_journal(connection)
            ledger._install()
        return ledger

    @classmethod
    def open(cls, path: Path, *, write: bool = False) -> Ledger:
        """The ledger at ``path``, for reading, or to ``write`` too.

        Raises LedgerUnusable when there is none, when the file is no ledger, or when a newer program made it; a file
        that cannot be used is left as it is (L8).
        """
        if not path.is_file():
            raise LedgerUnusable(
                N_("There is no ledger at {path}. Run kfcs init first, or name one with --ledger."),
                path=str(path),
            )
        connection, holds_entries = ledgerfile.find(path, write)
        if not holds_entries:
            raise LedgerUnusable(
                N_("{path} holds no ledger. Run kfcs init first, or name one with --ledger."), path=str(path)
            )
        if write:
            ledgerfile.keep_a_journal(connection)
        return cls(connection, path)

    @classmethod
    def in_memory(cls) -> Ledger:
        """An empty ledger that is gone when the program ends: for what if and as of."""
        ledger = cls(sqlite3.connect(":memory:", isolation_level=None), None)
        ledgerfile.prepare(ledger.connection)
        ledger._install()
        return ledger

    def copy_in_memory(self, until: datetime | None) -> Ledger:
        """A ledger in memory with the entries recorded until a moment, for what if and as of (L5)."""
        twin = Ledger.in_memory()
        limit = "9999" if until is None else iso(until)
        rows = self.connection.execute(
            f"SELECT {COLUMNS} FROM entries WHERE recorded_at <= ? ORDER BY rowid", (limit,)
        )
        people = self.connection.execute(
            "SELECT p.entry_id, p.salt, p.name, p.phone, p.contact FROM people p JOIN entries e ON e.id = p.entry_id"
            " WHERE e.recorded_at <= ?",
            (limit,),
        )
        with twin.writing():
            twin.connection.executemany(_INSERT, rows)
            twin.connection.executemany(_INSERT_PERSON, people)
        return twin

    def _install(self) -> None:
        with self.writing() as connection:
            ledgerfile.lay_out(connection)

    def close(self) -> None:
        self.connection.close()

    # ------------------------------------------------------------ writing

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that holds the write lock from its first moment (L7). Rolled back on any error.

        Raises LedgerUnusable when the file cannot be written; nothing of the transaction is kept then.
        """
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                ledgerfile.roll_back(connection)
                raise
        except sqlite3.OperationalError as error:
            raise ledgerfile.not_written(self.path, error) from error

    def append(self, drafts: Sequence[Draft], desk: str, policy: str, now: datetime) -> list[Entry]:
        """Record drafts as the next entries of a desk, inside ``writing()``; returns them as they now stand.

        ``now`` becomes ``recorded_at``. A draft's person is kept in ``people``; the entry holds a digest (L4).
        """
        seq, prev = self.head(desk)
        recorded_at = iso(now)
        rows, people, entries = [], [], []
        salts = os.urandom(16 * len(drafts)).hex()
        for n, (draft, made_id) in enumerate(zip(drafts, ids(now, len(drafts)), strict=True)):
            seq += 1
            entry_id = draft.id or made_id
            body = draft.body
            if draft.person:
                salt = salts[32 * n : 32 * n + 32]
                body = {**body, "person": person_digest(salt, draft.person)}
                people.append((entry_id, salt, draft.person.name, draft.person.phone, draft.person.contact))
            at = iso(draft.at)
            columns = (
                entry_id,
                desk,
                seq,
                prev,
                at,
                recorded_at,
                draft.kind,
                draft.case_id,
                draft.refers,
                draft.by,
                policy,
            )
            text = canonical(body)
            digest = entry_hash(*columns, text)
            rows.append((*columns, text, digest))
            entries.append(
                Entry(
                    entry_id,
                    desk,
                    seq,
                    prev,
                    draft.at,
                    now,
                    draft.kind,
                    draft.case_id,
                    draft.refers,
                    draft.by,
                    policy,
                    body,
                    digest,
                    draft.person,
                )
            )
            prev = digest
        self.connection.executemany(_INSERT, rows)
        self.connection.executemany(_INSERT_PERSON, people)
        return entries

    def head(self, desk: str) -> tuple[int, str]:
        """The last sequence number and hash of a desk's chain; (0, "") before its first entry."""
        row = self.connection.execute(
            "SELECT seq, hash FROM entries WHERE desk = ? ORDER BY seq DESC LIMIT 1", (desk,)
        ).fetchone()
        return (row[0], row[1]) if row else (0, GENESIS)

    def hash_at(self, desk: str, seq: int) -> str | None:
        """The hash of one entry of a desk; None where there is none."""
        row = self.connection.execute(
            "SELECT hash FROM entries WHERE desk = ? AND seq = ?", (desk, seq)
        ).fetchone()
        return None if row is None else str(row[0])

    def agrees_until(self, other: Ledger, desk: str) -> int:
        """How many of a desk's entries this and another ledger have alike, from the first one on (L6).

        The hash of an entry vouches for all before it, so a few are looked at.
        """
        alike, unknown = 0, min(self.head(desk)[0], other.head(desk)[0])
        while alike < unknown:
            middle = (alike + unknown + 1) // 2
            if self.hash_at(desk, middle) == other.hash_at(desk, middle):
                alike = middle
            else:
                unknown = middle - 1
        return alike

    def rows_with_people(self) -> Iterator[tuple[Any, ...]]:
        """Every row of ``entries`` with the salt, name, phone and contact behind it, desk by desk in order."""
        return iter(self.connection.execute(f"{_WITH_PERSON} ORDER BY desk, seq"))

    def rows_after(self, desk: str, seq: int) -> Iterator[tuple[Any, ...]]:
        """The rows of a desk's chain after a number, each followed by the salt and values of its person."""
        return iter(
            self.connection.execute(f"{_WITH_PERSON} WHERE desk = ? AND seq > ? ORDER BY seq", (desk, seq))
        )

    def heads(self) -> dict[str, tuple[int, str]]:
        """The head of every desk's chain: what to write down elsewhere, so that a cut tail shows (L3)."""
        # From one desk's name to the next in the index: a GROUP BY would read every entry.
        desks = self.connection.execute(
            "WITH RECURSIVE desks(desk) AS (SELECT min(desk) FROM entries UNION ALL"
            " SELECT (SELECT min(e.desk) FROM entries e WHERE e.desk > desks.desk) FROM desks WHERE desk IS NOT NULL)"
            " SELECT desk FROM desks WHERE desk IS NOT NULL"
        ).fetchall()
        return {desk: self.head(desk) for (desk,) in desks}

    # ------------------------------------------------------------ reading

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """What is read inside is of one moment, whatever others write meanwhile."""
        if self.connection.in_transaction:
            yield
            return
        self.stand_still()
        try:
            yield
        finally:
            ledgerfile.roll_back(self.connection)

    def stand_still(self) -> None:
        """What is read from now on is of one moment, until the ledger is closed."""
        self.connection.execute("BEGIN")

    def entries_of(self, case_id: str, until: datetime | None = None) -> list[Entry]:
        """The entries of a case, with those of other cases that fold it in, recorded until a moment (L5)."""
        condition, arguments = _until(until)
        rows = self.connection.execute(
            f"{_SELECT} WHERE (e.case_id = ?1 OR e.refers = ?1 OR e.refers IN"
            f" (SELECT id FROM entries WHERE refers = ?1)){condition.replace('?', '?2')}",
            (case_id, *arguments),
        )
        return [_entry(row) for row in rows]

    def all_entries(self, until: datetime | None = None) -> Iterator[Entry]:
        """Every entry recorded until a moment, in an order that does not depend on how they came together (L6)."""
        condition, arguments = _until(until)
        rows = self.connection.execute(
            f"{_SELECT} WHERE 1{condition} ORDER BY e.recorded_at, e.desk, e.seq", arguments
        )
        return (_entry(row) for row in rows)

    def entries_by_case(self) -> Iterator[Entry]:
        """Every entry that belongs to a case, those of one case together."""
        rows = self.connection.execute(f"{_SELECT} WHERE e.case_id IS NOT NULL ORDER BY e.case_id, e.seq")
        return (_entry(row) for row in rows)

    def entangled_cases(self) -> frozenset[str]:
        """The cases that took in another case, and those taken in."""
        rows = self.connection.execute(
            "SELECT case_id, refers FROM entries WHERE kind = 'join' AND refers IS NOT NULL"
        )
        return frozenset(case_id for pair in rows for case_id in pair)

    def general_entries(self, kinds: Iterable[str]) -> list[Entry]:
        """The entries of these kinds that belong to no case, in the order recorded."""
        wanted = tuple(kinds)
        marks = ",".join("?" * len(wanted))
        rows = self.connection.execute(
            f"{_SELECT} WHERE e.case_id IS NULL AND e.kind IN ({marks}) ORDER BY e.recorded_at, e.desk, e.seq",
            wanted,
        )
        return [_entry(row) for row in rows]

    def entry(self, entry_id: str) -> Entry | None:
        row = self.connection.execute(f"{_SELECT} WHERE e.id = ?", (entry_id,)).fetchone()
        return None if row is None else _entry(row)

    def last_entry_by(self, desk: str, by: str) -> Entry | None:
        """The last entry of a desk that a person recorded, neither taken back nor taking back another."""
        row = self.connection.execute(
            f"{_SELECT} WHERE e.desk = ? AND e.\"by\" = ? AND e.kind NOT IN ('escalation', 'auto-closure', 'disclosure')"
            " AND json_extract(e.body, '$.undo') IS NULL AND NOT EXISTS"
            " (SELECT 1 FROM entries a WHERE a.refers = e.id AND json_extract(a.body, '$.undo'))"
            " ORDER BY e.seq DESC LIMIT 1",
            (desk, by),
        ).fetchone()
        return None if row is None else _entry(row)

    def first_recorded_at(self) -> str | None:
        """When the first entry of any desk was recorded; None for an empty ledger. Looks at one entry a desk."""
        row = self.connection.execute(
            "WITH RECURSIVE desks (name) AS (SELECT min(desk) FROM entries UNION ALL"
            " SELECT (SELECT min(desk) FROM entries WHERE desk > name) FROM desks WHERE name IS NOT NULL)"
            " SELECT min(recorded_at) FROM desks JOIN entries ON desk = name AND seq = 1"
        ).fetchone()
        return None if row is None else row[0]

    def last_rowid(self) -> int:
        """How many entries there are, or were before some were cut out: read off the end of the table."""
        return int(self.connection.execute("SELECT coalesce(max(rowid), 0) FROM entries").fetchone()[0])

    def last_recorded_at(self) -> str | None:
        last: str | None = self.connection.execute("SELECT max(recorded_at) FROM entries").fetchone()[0]
        return last

    def next_number(self, prefix: str) -> int:
        """The next free number of a case of one desk and day; ``prefix`` ends with the day and a hyphen (C2)."""
        row = self.connection.execute(
            "SELECT max(CAST(substr(case_id, ?) AS INTEGER)) FROM entries WHERE case_id > ? AND case_id < ?",
            (len(prefix) + 1, prefix, prefix + ":"),
        ).fetchone()
        return (row[0] or 0) + 1

    def setting(self, key: str) -> str | None:
        """What is kept under a key; None also where it is no text any more: nothing there is a truth of its own."""
        try:
            row = self.connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        except sqlite3.OperationalError as error:
            if not no_text(error):
                raise
            row = None
        return None if row is None else row[0]

    def set_setting(self, key: str, value: str) -> None:
        self.connection.execute(
            "INSERT INTO settings VALUES (?,?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def remember_head(self, desk: str, seq: int, digest: str) -> None:
        """Keep the head that a desk's chain was seen to have, so that a tail cut later shows (L3)."""
        self.set_setting(f"seen {desk}", f"{seq} {digest}")

    def remembered_heads(self) -> list[tuple[str, int, str]]:
        """Desk, number and hash of each head that was seen before."""
        rows = self.connection.execute("SELECT key, value FROM settings WHERE key LIKE 'seen %' ORDER BY key")
        return [(key[5:], *_head_in(value)) for key, value in rows]

    # ------------------------------------------------------------ proving and erasing

    def damage(self) -> str | None:
        """What SQLite finds wrong with the file itself; None for nothing."""
        try:
            found = str(self.connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CORRUPT:
                raise
            return str(error)
        return None if found == "ok" else found.splitlines()[-1]

    def erased(self) -> dict[str, Person]:
        """The entries whose personal data was erased on request, each with the pseudonym that its erasure names (L4)."""
        rows = self.connection.execute(
            "SELECT body FROM entries WHERE kind = 'erasure' ORDER BY recorded_at, desk, seq"
        )
        found: dict[str, Person] = {}
        for (body,) in rows:
            for entry, pseudonym in _erased_by(body):
                found.setdefault(entry, pseudonym)
        return found

    def replace_people(self, pseudonyms: Mapping[str, Person]) -> None:
        """Put pseudonyms in place of persons, inside ``writing()``; what stood there is overwritten, not only freed."""
        self.connection.execute("PRAGMA secure_delete = ON")
        self.connection.executemany(
            "UPDATE people SET salt = '', name = ?, phone = ?, contact = ? WHERE entry_id = ?",
            [(*pseudonym, entry) for entry, pseudonym in pseudonyms.items()],
        )

    def forget_traces(self) -> None:
        """Write the file anew, so that nothing that was erased is left in its free space or its journal (L4).

        Raises LedgerUnusable while another program uses the file.
        """
        try:
            self.connection.execute("PRAGMA secure_delete = ON")
            self.connection.execute("VACUUM")
            busy = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError as error:
            raise ledgerfile.not_written(self.path, error) from error
        if busy:
            raise LedgerUnusable(
                N_(
                    "{path} is in use, so traces of what was erased may be left in its journal. Close it and erase again."
                ),
                path=str(self.path),
            )


def _head_in(text: str) -> tuple[int, str]:
    """A head as it is remembered; one that was spoilt is the head of nothing."""
    seq, _space, digest = text.partition(" ")
    return int(seq) if seq.isdecimal() and len(seq) < 19 else 0, digest


def no_text(error: sqlite3.Error) -> bool:
    """Whether what is stored as a text is none."""
    return str(error).startswith("Could not decode to UTF-8")


def _erased_by(body: str) -> Iterator[tuple[str, Person]]:
    """What an erasure names; nothing where its body is not what was recorded, which its hash tells."""
    try:
        told = json.loads(body)
        yield from [
            (str(entry), Person(*pseudonym))
            for entry, pseudonym in zip(told["entries"], told["pseudonyms"], strict=True)
        ]
    except (ValueError, TypeError, KeyError, RecursionError):
        return


def _entry(row: Sequence[Any]) -> Entry:
    name, phone, contact = row[13:16]
    person = Person(name, phone, contact) if name or phone or contact else NOBODY
    return from_row(row, person)


def _until(until: datetime | None) -> tuple[str, tuple[str, ...]]:
    return ("", ()) if until is None else (" AND e.recorded_at <= ?", (iso(until),))

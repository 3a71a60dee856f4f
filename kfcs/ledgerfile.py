"""The file of a ledger: its tables and guards, and how it is opened, whoever else uses it (SPEC L1, L7, L8)."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from kfcs.entries import COLUMNS
from kfcs.errors import N_, LedgerUnusable

SCHEMA_VERSION = 1
"""Version of the tables below, kept in ``PRAGMA user_version``; what can be derived is not part of it."""

BUSY_SECONDS = 30
"""How long a command waits for another one that is writing, before it gives up with exit 5."""

_PATIENCE = (0.005, 0.01, 0.02, 0.05, *[0.1] * 50)
"""Seconds between tries of what SQLite refuses at once while others use the file."""

CACHE_KIB = 65_536
"""Pages that a connection may keep in memory: many rows go into many indexes, and short commands need few."""

_UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What opening a file that is no database raises; SQLite's own words on it may quote what is no text."""

_HINDERED = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)
"""What keeps a sound ledger from being written: others, the disk, or the modes of files."""

_SCHEMA = """
CREATE TABLE entries (
    id TEXT PRIMARY KEY,
    desk TEXT NOT NULL,
    seq INTEGER NOT NULL,
    prev TEXT NOT NULL,
    at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    kind TEXT NOT NULL,
    case_id TEXT,
    refers TEXT,
    "by" TEXT NOT NULL,
    policy TEXT NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    UNIQUE (desk, seq)
) STRICT;
CREATE INDEX entries_case ON entries (case_id, seq);
CREATE INDEX entries_refers ON entries (refers) WHERE refers IS NOT NULL;
CREATE INDEX entries_general ON entries (kind) WHERE case_id IS NULL;
CREATE TABLE people (
    entry_id TEXT PRIMARY KEY REFERENCES entries (id),
    salt TEXT NOT NULL,
    name TEXT,
    phone TEXT,
    contact TEXT
) STRICT;
CREATE INDEX people_phone ON people (phone) WHERE phone IS NOT NULL;
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'an entry is never deleted'); END;
CREATE TRIGGER entries_no_replace BEFORE INSERT ON entries
WHEN EXISTS (SELECT 1 FROM entries WHERE id = NEW.id OR (desk = NEW.desk AND seq = NEW.seq))
BEGIN SELECT RAISE(ABORT, 'an entry is never replaced'); END;
"""

_COLUMN_NAMES = [column.strip(' "') for column in COLUMNS.split(",")]


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: ``executescript`` would commit the transaction around it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


_GUARDS = {
    statement.split()[2]: statement.strip().removesuffix(";")
    for statement in _statements(_SCHEMA)
    if statement.lstrip().startswith("CREATE TRIGGER")
}
"""The triggers of the schema by name, as SQLite keeps them."""


class NewerLedger(LedgerUnusable):
    """A newer program made the ledger; no command touches it."""


def find(path: Path, write: bool) -> tuple[sqlite3.Connection, bool]:
    """The database at a path, and whether it holds entries. Nothing is written.

    Raises LedgerUnusable for what is no ledger of ours, and NewerLedger for one that a newer program made.
    """
    connection = _connect(path, write)
    try:
        return connection, _holds_entries(connection, path)
    except sqlite3.OperationalError as error:
        connection.close()
        if not write and error.sqlite_errorname.startswith("SQLITE_IOERR_SHM"):
            return _find_alone(path)
        if write and error.sqlite_errorcode & 0xFF in _HINDERED:
            raise not_written(path, error) from None
        raise no_ledger(path, str(error)) from None
    except _UNREADABLE as error:
        raise no_ledger(path, str(error)) from None


def _find_alone(path: Path) -> tuple[sqlite3.Connection, bool]:
    """The same, where a full disk has no room for what those who share a file lay beside it: then nobody shares it."""
    connection = _connect(path, write=False)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    try:
        return connection, _holds_entries(connection, path)
    except _UNREADABLE as error:
        raise no_ledger(path, str(error)) from None


def _holds_entries(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is a ledger that this program knows; False for an empty file.

    Raises LedgerUnusable for what is neither, and what SQLite raises for what is no database.
    """
    prepare(connection)
    version, columns, anything = _schema_found(connection)
    if not anything:
        return False
    if columns and version > SCHEMA_VERSION:
        raise NewerLedger(
            N_(
                "{path} was written by a newer kfcs (ledger version {found}, this program knows {known}). Upgrade kfcs."
            ),
            path=str(path),
            found=version,
            known=SCHEMA_VERSION,
        )
    if columns != _COLUMN_NAMES or version != SCHEMA_VERSION:
        raise LedgerUnusable(
            N_("{path} is a database of another program. Name the ledger with --ledger."),
            path=str(path),
        )
    return True


def _schema_found(connection: sqlite3.Connection) -> tuple[int, list[str], bool]:
    """The file's version, the columns of its entries, and whether it holds anything: of one moment.

    Another process may be laying the ledger out meanwhile; three looks at three moments would not fit together.
    """
    connection.execute("BEGIN")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        columns = [row[1] for row in connection.execute("PRAGMA table_info(entries)")]
        anything = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    finally:
        roll_back(connection)
    return version, columns, anything is not None


def keep_a_journal(connection: sqlite3.Connection) -> None:
    """Let readers go on while somebody writes: a property of the file, so set by those who may write to it.

    SQLite refuses the change at once, without its usual patience, while others use the file. Any of them may make
    it, and a ledger works without it: so it is tried for a while, and then left to the next who writes.
    """
    for wait in _PATIENCE:
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "delete":
            return
        if _read_only(connection):
            return
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        time.sleep(wait)


def lay_out(connection: sqlite3.Connection) -> None:
    """Make the tables of a ledger, inside a transaction; those that another process has just made stay."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'entries'").fetchone():
        return
    for statement in _statements(_SCHEMA):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def missing_guards(connection: sqlite3.Connection) -> list[str]:
    """The triggers that keep entries from being changed and that somebody has taken away or altered."""
    standing = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return [name for name, sql in _GUARDS.items() if standing.get(name) != sql]


def restore_guards(connection: sqlite3.Connection) -> None:
    """Put the triggers back, inside a transaction."""
    for name in missing_guards(connection):
        connection.execute(f"DROP TRIGGER IF EXISTS {name}")
        connection.execute(_GUARDS[name])


def not_written(path: Path | None, error: sqlite3.OperationalError) -> LedgerUnusable:
    """Why nothing was recorded, and what to do about it."""
    name = str(path or ":memory:")
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            text = N_(
                "{path} is in use by another program that has been writing for {seconds} s: nothing was recorded. Try again."
            )
            return LedgerUnusable(text, path=name, seconds=BUSY_SECONDS)
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            text = N_(
                "{path} cannot be written ({fault}): nothing was recorded. Make room on the disk and try again."
            )
            return LedgerUnusable(text, path=name, fault=str(error))
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN:
            text = N_("{path} can only be read ({fault}): nothing was recorded.")
            return LedgerUnusable(text, path=name, fault=str(error))
    return LedgerUnusable(N_("{path} cannot be used: {fault}."), path=name, fault=str(error))


def _connect(path: Path, write: bool) -> sqlite3.Connection:
    """The file as a database. One that may not be written is opened for reading; so is, by those who read, one in whose
    folder nothing may be laid."""
    try:
        if os.access(path, os.W_OK) and (write or os.access(path.parent, os.W_OK)):
            return sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
        return _reading_only(path)
    except sqlite3.Error as error:
        raise no_ledger(path, str(error)) from None


def _reading_only(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing, not even the files that SQLite lays beside a ledger in use."""
    alone = not path.with_name(path.name + "-wal").exists() and not os.access(path.parent, os.W_OK)
    uri = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS)


def prepare(connection: sqlite3.Connection) -> None:
    """Set a new connection to what every ledger is used with."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


def no_ledger(path: Path, fault: str) -> LedgerUnusable:
    """Why a file cannot be used as a ledger."""
    return LedgerUnusable(N_("{path} cannot be opened as a ledger: {fault}."), path=str(path), fault=fault)


def roll_back(connection: sqlite3.Connection) -> None:
    """End a transaction that failed. What made it fail is told, not that a full disk hinders this too."""
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        return


def _read_only(connection: sqlite3.Connection) -> bool:
    name = connection.execute("PRAGMA database_list").fetchone()[2]
    return bool(name) and not os.access(name, os.W_OK)

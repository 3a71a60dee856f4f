"""Copies of a ledger: made while it is in use, proved, and put back without destroying anything (SPEC L8)."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from kfcs.aside import is_database, taking_place_of
from kfcs.chain import check_chain
from kfcs.errors import N_, BadInput, Forbidden, LedgerUnusable
from kfcs.ledger import Ledger
from kfcs.ledgerfile import NewerLedger

_NAME = "kfcs-{:%Y%m%d-%H%M%S}.db"
_NAMED = re.compile(r"kfcs-\d{8}-\d{6}\.db")
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite lays beside a ledger in use."""
PATIENCE = 5.0
"""Seconds that a restore waits until nobody has the ledger open."""


class Backup(NamedTuple):
    """A copy: where it lies, how many entries hold in it, and which older ones went."""

    path: Path
    entries: int
    removed: tuple[Path, ...] = ()


def backup(source: Ledger, target: Path, now: datetime, keep: int | None = None) -> Backup:
    """Copy a ledger to a file, or into a folder under the name of the moment; the copy is proved before it counts.

    In a folder, ``keep`` is how many copies of this ledger stay there. Raises LedgerUnusable for a copy that does not
    hold, BadInput for a place that cannot be written, Forbidden where a ledger stands that holds what this one lacks;
    what stood there is left then.
    """
    folder = os.path.isdir(target)
    if keep is not None and not folder:
        raise BadInput(N_("--keep goes with a folder; {file} is none."), file=str(target))
    path = target / _NAME.format(now) if folder else target
    if os.path.exists(path):
        _check_replaced(source, path)
    with taking_place_of(path, private=True) as aside:
        _copy(source.connection, aside)
        entries = proved(aside, shown=path)
    return Backup(path, entries, _thinned(source, path, keep) if keep is not None else ())


def _check_replaced(source: Ledger, path: Path) -> None:
    """A copy may take the place of an older copy; of nothing else."""
    if source.path is not None and path.samefile(source.path):
        raise BadInput(N_("{file} is the ledger itself; name another file."), file=str(path))
    in_use = next((Path(f"{path}{end}") for end in BESIDE if Path(f"{path}{end}").exists()), None)
    if in_use is not None:
        raise Forbidden(
            N_("{file} is a ledger in use, as {beside} shows; name another file."),
            file=str(path),
            beside=in_use.name,
        )
    try:
        older = Ledger.open(path)
    except LedgerUnusable:
        raise BadInput(
            N_("{file} is no copy of a ledger, and is not overwritten; name another file."), file=str(path)
        ) from None
    with closing(older):
        lacking = _lacking(source, older)
    if lacking is not None:
        raise Forbidden(
            N_("{file} holds entries of desk {desk} that this ledger lacks; name another file."),
            file=str(path),
            desk=lacking,
        )


def _lacking(ledger: Ledger, copy: Ledger) -> str | None:
    """The first desk of which a copy holds what the ledger does not. The hash of an entry vouches for all before it."""
    for desk, (seq, digest) in copy.heads().items():
        if ledger.hash_at(desk, seq) != digest:
            return desk
    return None


def _copy(source: sqlite3.Connection, path: Path) -> None:
    """Copy a ledger as it stands at this moment, others writing or not, to one file."""
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise OSError(0, str(error)) from None  # of the copy: reading needs no room
        raise


def proved(path: Path, shown: Path | None = None) -> int:
    """How many entries hold in a ledger. Raises LedgerUnusable where the file or a chain does not."""
    with closing(Ledger.open(path)) as copy:
        fault = copy.damage()
        checked, broken = (0, None) if fault else check_chain(copy)
    if broken:
        fault = f"{broken.desk} {broken.seq}"
    if fault:
        raise LedgerUnusable(
            N_("{path} does not hold ({fault}); it is no backup."), path=str(shown or path), fault=fault
        )
    return checked


def _thinned(source: Ledger, made: Path, keep: int) -> tuple[Path, ...]:
    """Remove the oldest copies of this ledger until so many are left; never the one just made, whatever its clock says.

    A copy goes only when this ledger holds all that it holds: those of another ledger stay.
    """
    others = sorted(
        path for path in made.parent.iterdir() if _NAMED.fullmatch(path.name) and path.name != made.name
    )
    ours = [path for path in others if _is_older(source, path)]
    old = ours[: max(0, len(ours) + 1 - keep)]
    for path in old:
        path.unlink()
    return tuple(old)


def _is_older(source: Ledger, path: Path) -> bool:
    try:
        with closing(Ledger.open(path)) as copy:
            return _lacking(source, copy) is None
    except (LedgerUnusable, sqlite3.Error):
        return False


# ---------------------------------------------------------------- putting one back


class Restored(NamedTuple):
    """What now stands: entries that hold, what stood there before and was kept, and how many entries only that has."""

    entries: int
    kept: Path | None
    only_there: int


def restore(source: Path, path: Path, now: datetime) -> Restored:
    """Put a backup in place of a ledger. What stood there is kept under a name of its own, never destroyed.

    The copy is written into the ledger's file as one transaction while nobody else has it open: whoever opens it next
    finds the old ledger or the new one, and nobody goes on writing to a file that was moved away. Raises BadInput where
    there is no such backup, LedgerUnusable where it does not hold or the ledger is in use.
    """
    if not source.is_file():
        raise BadInput(N_("There is no backup {file}."), file=str(source))
    if path.exists() and path.samefile(source):
        raise BadInput(N_("{file} is the ledger itself; name its backup."), file=str(source))
    _refuse_newer(path)
    entries = proved(source)
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(Ledger.open(source)) as copy:
        if not path.exists():
            _put(copy, path)
            return Restored(entries, None, 0)
        kept = path.with_name(f"{path.stem}.before-restore-{now:%Y%m%d-%H%M%S}{path.suffix}")
        if kept.exists():
            raise BadInput(N_("{file} stands there already; move it away first."), file=str(kept))
        with _alone(path) as standing:
            if standing is None:
                _rename(path, kept)
                _put(copy, path)
                return Restored(entries, kept, 0)
            with taking_place_of(kept, private=True) as aside:
                _copy(standing, aside)
            only_there = _only_there(Ledger(standing, path), copy)
            _overwrite(copy, standing, path)
    return Restored(entries, kept, only_there)


def _refuse_newer(path: Path) -> None:
    """Raise where a newer program made the ledger that stands there; what else it is does not matter here."""
    if path.is_file() and is_database(path):
        try:
            Ledger.open(path).close()
        except NewerLedger:
            raise
        except LedgerUnusable:
            return


def _put(copy: Ledger, path: Path) -> None:
    with taking_place_of(path, private=True) as aside:
        _copy(copy.connection, aside)


def _overwrite(copy: Ledger, standing: sqlite3.Connection, path: Path) -> None:
    """Write the copy over the ledger, in one transaction: where it fails, the ledger is what it was."""
    try:
        copy.connection.backup(standing)
    except sqlite3.OperationalError as error:
        raise LedgerUnusable(
            N_(
                "{path} cannot be written ({fault}), and is what it was. Make room on the disk and try again."
            ),
            path=str(path),
            fault=str(error),
        ) from None
    with suppress(PermissionError):
        path.chmod(0o600)


def _rename(path: Path, kept: Path) -> None:
    """Move away what is no ledger any more, with all that lies beside it."""
    for ending in BESIDE:
        if (beside := Path(f"{path}{ending}")).exists():
            os.rename(beside, f"{kept}{ending}")
    os.rename(path, kept)


@contextmanager
def _alone(path: Path) -> Iterator[sqlite3.Connection | None]:
    """The ledger at a path, with nobody else reading or writing it; None for what is no database, or a broken one.

    Raises LedgerUnusable where it is not to be had.
    """
    if path.is_file() and path.stat().st_size and not is_database(path):
        yield None
        return
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        raise LedgerUnusable(N_("{path} can only be read: nothing was changed."), path=str(path))
    with closing(sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)) as connection:
        try:
            _lock_out(connection)
        except sqlite3.DatabaseError as error:
            match error.sqlite_errorcode & 0xFF:
                case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
                    broken = True
                case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                    raise LedgerUnusable(
                        N_("{path} is in use by another program; close it and try again."), path=str(path)
                    ) from None
                case _:
                    raise LedgerUnusable(
                        N_("{path} cannot be written ({fault}); nothing was changed."),
                        path=str(path),
                        fault=str(error),
                    ) from None
        else:
            broken = False
            yield connection
    if broken:
        yield None


def _lock_out(connection: sqlite3.Connection) -> None:
    """Take the file for this connection alone, until it is closed. SQLite refuses that at once, so it is tried a while."""
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            # The journal of readers is wound up: what follows is one transaction of the file itself.
            connection.execute("PRAGMA journal_mode = DELETE")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.05)


def _only_there(standing: Ledger, copy: Ledger) -> int:
    """How many entries a copy lacks; 0 for what is no ledger."""
    try:
        heads = standing.heads()
        return sum(seq - copy.agrees_until(standing, desk) for desk, (seq, _digest) in heads.items())
    except sqlite3.Error:
        return 0

"""Copies of a ledger: made while it is in use, proved, and put back without destroying anything (SPEC L8)."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from kfcs.errors import N_, BadInput, LedgerUnusable
from kfcs.ledger import Ledger

_NAME = "kfcs-{:%Y%m%d-%H%M%S}.db"
_NAMED = re.compile(r"kfcs-\d{8}-\d{6}\.db")
BESIDE = ("-wal", "-shm")
"""What SQLite lays beside a ledger in use."""


class Backup(NamedTuple):
    """A copy: where it lies, how many entries hold in it, and which older ones went."""

    path: Path
    entries: int
    removed: tuple[Path, ...] = ()


def backup(source: Ledger, target: Path, now: datetime, keep: int | None = None) -> Backup:
    """Copy a ledger to a file, or into a folder under the name of the moment; the copy is proved before it counts.

    In a folder, ``keep`` is how many copies stay there. Raises LedgerUnusable for a copy that does not hold, BadInput
    for a place that cannot be written; what stood there is left then.
    """
    folder = target.is_dir()
    if keep is not None and not folder:
        raise BadInput(N_("--keep goes with a folder; {file} is none."), file=str(target))
    path = target / _NAME.format(now) if folder else target
    if source.path is not None and path.exists() and path.samefile(source.path):
        raise BadInput(N_("{file} is the ledger itself; name another file."), file=str(path))
    if not path.parent.is_dir():
        raise BadInput(N_("There is no folder {folder} to write into."), folder=str(path.parent))
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        entries = _copied(source, aside)
        os.replace(aside, path)
    except (OSError, sqlite3.OperationalError) as error:
        raise BadInput(N_("{file} cannot be written: {fault}."), file=str(path), fault=str(error)) from None
    finally:
        aside.unlink(missing_ok=True)
    return Backup(path, entries, _thinned(path.parent, keep) if keep is not None else ())


def _copied(source: Ledger, path: Path) -> int:
    """Write the copy as one file and prove it; returns how many entries hold."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    copy = sqlite3.connect(path, isolation_level=None)
    try:
        source.connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    finally:
        copy.close()
    entries = proved(path)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return entries


def proved(path: Path) -> int:
    """How many entries hold in a ledger. Raises LedgerUnusable where the file or a chain does not."""
    copy = Ledger.open(path)
    try:
        fault = copy.damage()
        checked, broken = (0, None) if fault else copy.check_chain()
    finally:
        copy.close()
    if broken:
        fault = f"{broken.desk} {broken.seq}"
    if fault:
        raise LedgerUnusable(
            N_("{path} does not hold ({fault}); it is no backup."), path=str(path), fault=fault
        )
    return checked


def _thinned(folder: Path, keep: int) -> tuple[Path, ...]:
    """Remove the oldest copies of ours until so many are left."""
    ours = sorted(path for path in folder.iterdir() if _NAMED.fullmatch(path.name))
    old = ours[: max(0, len(ours) - keep)]
    for path in old:
        path.unlink()
    return tuple(old)


class Restored(NamedTuple):
    """What now stands: entries that hold, what stood there before and was kept, and how many entries only that has."""

    entries: int
    kept: Path | None
    only_there: int


def restore(source: Path, path: Path, now: datetime) -> Restored:
    """Put a backup in place of a ledger. What stood there is moved aside, never destroyed.

    Raises BadInput where there is no such file, LedgerUnusable where it does not hold or the ledger is in use.
    """
    if not source.is_file():
        raise BadInput(N_("There is no backup {file}."), file=str(source))
    if path.exists() and path.samefile(source):
        raise BadInput(N_("{file} is the ledger itself; name its backup."), file=str(source))
    entries = proved(source)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        shutil.copyfile(source, aside)
        aside.chmod(0o600)
        kept, only_there = _moved_aside(path, aside, now) if path.exists() else (None, 0)
        os.replace(aside, path)
    except OSError as error:
        raise BadInput(N_("{file} cannot be written: {fault}."), file=str(path), fault=str(error)) from None
    finally:
        aside.unlink(missing_ok=True)
    return Restored(entries, kept, only_there)


def _moved_aside(path: Path, new: Path, now: datetime) -> tuple[Path, int]:
    """Move the ledger that stands there to a name of its own, whole, once nobody uses it."""
    kept = path.with_name(f"{path.stem}.before-restore-{now:%Y%m%d-%H%M%S}{path.suffix}")
    if kept.exists():
        raise BadInput(N_("{file} stands there already; move it away first."), file=str(kept))
    only_there = _alone(path, new)
    os.rename(path, kept)
    for ending in BESIDE:
        Path(f"{path}{ending}").unlink(missing_ok=True)
    return kept, only_there


def _alone(path: Path, new: Path) -> int:
    """Bring a ledger's file to rest, and count the entries that the new one lacks; 0 for what is no ledger any more."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
        connection.execute("ATTACH ? AS new", (str(new),))
        row = connection.execute(
            "SELECT count(*) FROM main.entries e WHERE NOT EXISTS (SELECT 1 FROM new.entries n WHERE n.id = e.id)"
        ).fetchone()
        return int(row[0])
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise LedgerUnusable(
                N_("{path} is in use by another program; close it and try again."), path=str(path)
            ) from None
        return 0
    except sqlite3.DatabaseError:
        return 0
    finally:
        connection.close()


def on_network(path: Path) -> bool:
    """Whether a file lies on a network drive, as far as the system tells."""
    if str(path).startswith(("\\\\", "//")):
        return True
    text = str(path.resolve())
    try:
        mounts = Path("/proc/mounts").read_text("utf-8").splitlines()
    except OSError:
        return False
    best = ("", "")
    for line in mounts:
        _device, place, kind, *_rest = line.split(" ")
        inside = text == place or text.startswith(place.rstrip("/") + "/")
        if inside and len(place) >= len(best[0]):
            best = (place, kind)
    return best[1] in {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs"}

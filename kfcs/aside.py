"""Files that are written beside their place and take it when they are whole (SPEC L4, L7): one way for all of them.

There is the old file or the new one, never half of it; a failure leaves nothing behind. What is no regular file, such as
a pipe, cannot be replaced and is written to as it comes.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from kfcs.errors import N_, BadInput

LEAVINGS = ".kfcs-*.part*"
"""What a process that was killed may leave: ``.kfcs-PID-….part``, and what SQLite had laid beside it."""
FORGOTTEN = 86_400
"""Seconds after which nobody is writing to such a file any more, and the next one who writes there removes it."""
_DATABASE = b"SQLite format 3\x00"


@contextmanager
def taking_place_of(path: Path, *, private: bool = False) -> Iterator[Path]:
    """An empty file beside ``path`` that takes its place, whole and on the disk, once the block is through.

    A ``private`` one is for its owner alone from its first byte; another one has the mode of the file that stood there.
    Raises BadInput where there is no such folder or it cannot be written.
    """
    _check_folder(path)
    place = Path(os.path.realpath(path))  # of a link the file behind it is replaced
    _remove_leavings(place.parent)
    aside = place.with_name(f".kfcs-{os.getpid()}-{os.urandom(4).hex()}.part")
    try:
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _mode(place, private)))
        if not private and place.exists():
            aside.chmod(stat.S_IMODE(place.stat().st_mode))
        yield aside
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(aside, place)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        with suppress(OSError):  # it has taken its place, or was never begun
            aside.unlink()


@contextmanager
def written(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write a document or a table to, which stands at ``path`` once the block is through.

    Raises BadInput where it cannot be written, and for a database: what is asked to be written is none.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        with _straight(path) as file:
            yield file
        return
    _refuse_what_is_kept(path)
    with taking_place_of(path, private=private) as aside, aside.open("wb") as file:
        yield file


def write_aside(path: Path, content: str | bytes, *, bom: bool = False, private: bool = False) -> None:
    """Write a document whole. ``bom`` puts a mark before a text by which Excel knows its encoding."""
    if isinstance(content, str):
        content = content.encode("utf-8-sig" if bom else "utf-8")
    with written(path, private=private) as file:
        file.write(content)


def _remove_leavings(folder: Path) -> None:
    """A backup that is killed night after night must not fill the disk."""
    for left in folder.glob(LEAVINGS):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > FORGOTTEN:
                left.unlink()


def is_database(path: Path) -> bool:
    """Whether a file is one of SQLite's, by its first bytes; opening it would settle what lies beside it."""
    try:
        with path.open("rb") as file:
            return file.read(len(_DATABASE)) == _DATABASE
    except OSError:
        return False


@contextmanager
def _straight(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("wb") as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _unwritable(path, error) from None


def _check_folder(path: Path) -> None:
    if not os.path.isdir(path.parent):
        raise BadInput(N_("There is no folder {folder} to write into."), folder=str(path.parent))


def _refuse_what_is_kept(path: Path) -> None:
    """A ledger is not to be lost to a slip of the keys, nor a file that its owner has closed to writing."""
    if not os.path.isfile(path):  # which, other than Path's, answers for what it may not look into
        return
    if is_database(path):
        raise BadInput(N_("{file} is a database, and is not overwritten; name another file."), file=str(path))
    try:
        path.open("r+b").close()  # fails as well where a spreadsheet has it open on Windows
    except OSError:
        raise BadInput(
            N_("{file} may only be read, and is not overwritten; name another file."), file=str(path)
        ) from None


def _mode(place: Path, private: bool) -> int:
    return 0o600 if private or place.exists() else 0o666


def _unwritable(path: Path, error: OSError) -> BadInput:
    return BadInput(
        N_("{file} cannot be written: {fault}."), file=str(path), fault=error.strerror or str(error)
    )

"""Files given as evidence (SPEC L3, L4): photos, recordings, signed papers.

An entry holds a file's name, size and SHA-256, so that the chain covers it; the file itself is kept in the folder
``evidence`` beside the ledger, named by its SHA-256 and for its owner alone. It is stored once, however often it is
given, before the entry that names it counts.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from kfcs.bodies import DIGEST
from kfcs.entries import Draft
from kfcs.errors import N_, BadInput, LedgerUnusable
from kfcs.ledger import Ledger

FOLDER = "evidence"
MOST = 1 << 30
"""The largest file taken as evidence, in bytes: one gigabyte."""
_BLOCK = 1 << 20
_READING = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody writes into would be waited for
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_WRITING = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Given(dict[str, Any]):
    """What an entry keeps of a file, and where the file was when it was given."""

    def __init__(self, source: Path, digest: str, size: int) -> None:
        # A name that is no text in this system's encoding is still a name.
        name = source.name.encode("utf-8", "replace").decode()
        super().__init__(name=name, sha256=digest, size=size)
        self.source = source


class Named(NamedTuple):
    """A file that an entry names."""

    entry: str
    desk: str
    case_id: str | None
    name: str
    digest: str
    size: int


def file_given(path: str) -> Given:
    """A file as it is given. Raises BadInput for one that is missing, empty, too large, or no file at all."""
    source = Path(path)
    try:
        with _opened(source) as file:
            digest, size = _read(file)
    except (OSError, ValueError) as error:
        fault = getattr(error, "strerror", None) or str(error)
        raise BadInput(N_("{file} cannot be read: {fault}."), file=path, fault=fault) from None
    if size == 0:
        raise BadInput(N_("{file} is empty; it proves nothing."), file=path)
    return Given(source, digest, size)


def _opened(path: Path, *, follow: bool = True) -> BinaryIO:
    """A regular file, for reading. Raises BadInput for a folder, a device, a pipe, and for one that is too large."""
    flags = _READING if follow else _READING | getattr(os, "O_NOFOLLOW", 0)
    if path.is_dir():
        raise BadInput(N_("{file} is no file; name a photo, a recording or a paper."), file=str(path))
    file = os.fdopen(os.open(path, flags), "rb")
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        file.close()
        raise BadInput(N_("{file} is no file; name a photo, a recording or a paper."), file=str(path))
    if found.st_size > MOST:
        file.close()
        raise BadInput(
            N_("{file} is larger than {most} MB; give a shorter recording or a smaller photo."),
            file=str(path),
            most=MOST >> 20,
        )
    return file


def _read(file: BinaryIO, into: BinaryIO | None = None) -> tuple[str, int]:
    """SHA-256 and size of what is read, copied on the way where it is to be kept."""
    digest, size = sha256(), 0
    while size <= MOST and (block := file.read(_BLOCK)):
        digest.update(block)
        size += len(block)
        if into is not None:
            into.write(block)
    return digest.hexdigest(), size


# ---------------------------------------------------------------- kept beside the ledger


def folder_of(ledger: Ledger) -> Path | None:
    """Where the evidence of a ledger lies; None for a ledger in memory."""
    return None if ledger.path is None else ledger.path.parent / FOLDER


def keep(ledger: Ledger, drafts: Iterable[Draft]) -> None:
    """Store the files that drafts were given, before the drafts count.

    Raises BadInput for a file that changed since it was looked at, LedgerUnusable where it cannot be stored.
    """
    folder = folder_of(ledger)
    files = [file for draft in drafts for file in _files(draft.body) if isinstance(file, Given)]
    for file in files if folder else ():
        assert folder is not None
        _store(folder, file)


def _files(body: Mapping[str, Any]) -> Iterator[Any]:
    """What a body says of files."""
    kept = body.get("evidence")
    yield from kept if isinstance(kept, (list, tuple)) else ()
    if isinstance(body.get("signed"), Mapping):
        yield body["signed"]


def _store(folder: Path, file: Given) -> None:
    target = folder / str(file["sha256"])
    if _fault(target, str(file["sha256"]), int(file["size"])) is None:
        return
    try:
        with _opened(file.source) as source:
            digest = _written(source, folder, target, str(file["sha256"]))
    except OSError as error:
        raise LedgerUnusable(
            N_("{file} cannot be kept in {folder} ({fault}): nothing was recorded."),
            file=str(file.source),
            folder=str(folder),
            fault=error.strerror or str(error),
        ) from None
    if digest != file["sha256"]:
        raise BadInput(N_("{file} was changed while it was read; give it again."), file=str(file.source))


def _written(source: BinaryIO, folder: Path, target: Path, wanted: str) -> str:
    """Copy beside the target and rename, once the content is what it should be; gives what it is."""
    folder.mkdir(mode=0o700, exist_ok=True)
    aside = folder / f".{target.name}.{os.getpid()}.part"
    try:
        descriptor = os.open(aside, _WRITING, 0o600)
        with os.fdopen(descriptor, "wb") as copy:
            digest, _size = _read(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        if digest == wanted:
            os.replace(aside, target)
        return digest
    finally:
        aside.unlink(missing_ok=True)


def _fault(path: Path, digest: str, size: int) -> str | None:
    """Why a stored file is not what was given; None where it is."""
    try:
        with _opened(path, follow=False) as file:
            sound = _read(file) == (digest, size)
    except FileNotFoundError:
        return N_("is missing")
    except (OSError, BadInput):
        return N_("cannot be read")
    return None if sound else N_("is not what was given")


# ---------------------------------------------------------------- what entries name


def named(ledger: Ledger) -> Iterator[Named]:
    """The files that entries name and that were to be kept, in the order recorded.

    A file without a size was recorded by its hash alone; what is no SHA-256 names no file.
    """
    rows = ledger.connection.execute(
        'SELECT id, desk, case_id, body FROM entries WHERE instr(body, \'"sha256":"\') ORDER BY rowid'
    )
    for entry, desk, case_id, body in rows:
        for file in _files(json.loads(body)):
            told = file if isinstance(file, Mapping) else {}
            digest, size = told.get("sha256"), told.get("size")
            if isinstance(digest, str) and DIGEST.fullmatch(digest) and isinstance(size, int):
                yield Named(entry, desk, case_id, str(told.get("name", "")), digest, size)


class Checked(NamedTuple):
    """How many files are there and sound, the first that is not, with what is wrong, and how many are elsewhere."""

    sound: int
    broken: tuple[Named, str] | None
    elsewhere: int


NONE_CHECKED = Checked(0, None, 0)


def check(ledger: Ledger, desk: str) -> Checked:
    """Look at every file that entries name. One may be elsewhere if another desk recorded it, or if the person of its
    case was erased; but what is here must be what was given (L3)."""
    folder = folder_of(ledger)
    sound = elsewhere = 0
    seen: dict[str, str | None] = {}
    spared = _cases_of_erased(ledger)
    for file in named(ledger) if folder else ():
        assert folder is not None
        if file.digest not in seen:
            seen[file.digest] = _fault(folder / file.digest, file.digest, file.size)
            sound += seen[file.digest] is None
        fault = seen[file.digest]
        if fault == "is missing" and (file.desk != desk or file.case_id in spared):
            elsewhere += 1
        elif fault is not None:
            return Checked(sound, (file, fault), elsewhere)
    return Checked(sound, None, elsewhere)


def _cases_of_erased(ledger: Ledger) -> set[str | None]:
    rows = ledger.connection.execute(
        "SELECT DISTINCT case_id FROM entries WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ledger.erased())),),
    )
    return {row[0] for row in rows}


class Shared(NamedTuple):
    """How many files went along with a copy of a ledger, and how many that it names were not there to go."""

    copied: int
    missing: int


def share(ledger: Ledger, source: Path, target: Path) -> Shared:
    """Bring the files that a ledger names from one folder into another; what is there already is left.

    Only what has the SHA-256 that it is named by is taken over. Raises BadInput where the target cannot be written.
    """
    copied = missing = 0
    for digest, size in {file.digest: file.size for file in named(ledger)}.items():
        if (target / digest).is_file():
            continue
        if _fault(source / digest, digest, size) is not None:
            missing += 1
            continue
        try:
            with _opened(source / digest, follow=False) as file:
                _written(file, target, target / digest, digest)
        except OSError as error:
            raise BadInput(
                N_("{file} cannot be written: {fault}."), file=str(target), fault=error.strerror or str(error)
            ) from None
        copied += 1
    return Shared(copied, missing)

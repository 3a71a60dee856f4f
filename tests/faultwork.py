"""What can befall a command: each fault as a place where it is run, and a run in a process of its own where it must be.

The commands and faults bear the names that ``docs/faults.md`` gives them; ``tests/test_faults.py`` runs its rows.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import shutil
import signal
import sqlite3
import traceback
from collections.abc import Callable, Mapping
from contextlib import closing, redirect_stderr
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from shell import Answer, Shell

from kfcs.main import main

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "log": ("log", "厨房漏水", "--project", "A"),
    "dispatch": ("dispatch", "001", "--to", "工程部"),
    "contact": ("contact", "001", "已联系", "--reply"),
    "import": ("import", "{desk}/old.csv"),
    "escalate": ("escalate",),
    "merge": ("merge", "{desk}/other.db"),
    "rebuild": ("rebuild",),
    "restore": ("restore", "{desk}/copy.db"),
    "backup": ("backup", "{desk}/new.db"),
    "report -o": ("report", "--month", "2026-11", "-o", "{desk}/report.html"),
    "export -o": ("export", "cases", "-o", "{desk}/cases.csv"),
    "list": ("list",),
    "show": ("show", "001"),
    "verify": ("verify",),
}
"""The commands of the matrix; ``{desk}`` is the folder of the ledger."""
LATER = "2026-11-20T09:00:00+08:00"


def make_desk(folder: Path) -> None:
    """A desk with an overdue case and a later one, a copy from between, another desk's ledger, and an old table."""
    kfcs = Shell(folder)
    kfcs.folder.mkdir()
    kfcs.do("init", "--branch", "重庆", "--branch-code", "CQ")
    kfcs.log("电梯停运")
    kfcs.do("backup", str(folder / "copy.db"))
    kfcs.log("外墙空鼓", "--people", "12")
    (folder / "old.csv").write_text(
        "投诉时间,项目,投诉内容\n2026-11-01 10:00,A,外墙空鼓脱落\n,A,没有日期\n", "utf-8"
    )
    other = Shell(folder / "CD")
    other.folder.mkdir()
    other.do("init", "--branch", "成都", "--branch-code", "CD")
    other.log("车位划线不清")
    other.do("backup", str(folder / "other.db"))
    shutil.rmtree(other.folder)


def words_of(command: str, desk: Shell) -> list[str]:
    return [word.replace("{desk}", str(desk.folder)) for word in COMMANDS[command]]


def entries(path: Path) -> set[str] | None:
    """The ids of all entries in a ledger; None where it cannot be read."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(path)) as db:
            return {entry for (entry,) in db.execute("SELECT id FROM entries")}
    except sqlite3.Error:
        return None


# ---------------------------------------------------------------- what befalls the ledger


def _hold(desk: Shell) -> sqlite3.Connection:
    db = sqlite3.connect(desk.folder / "kfcs.db", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    return db


def _damage(desk: Shell) -> None:
    """A page of the entries is overwritten."""
    path = desk.folder / "kfcs.db"
    with closing(sqlite3.connect(path)) as db:
        [page] = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entries'").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    path.write_bytes(bytes(content))


def _cut_journal(desk: Shell) -> None:
    """The machine stopped while a third case was written, and half of the journal was lost."""
    path, twin = desk.folder / "kfcs.db", desk.folder / "twin.db"
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("SELECT count(*) FROM entries").fetchone()
        desk.log("随后断电")
        shutil.copy(path, twin)
        journal = Path(f"{path}-wal").read_bytes()
    os.replace(twin, path)
    Path(f"{path}-wal").write_bytes(journal[: len(journal) // 2])


def _put_text(desk: Shell) -> None:
    (desk.folder / "kfcs.db").write_text("编号,内容\n1,漏水\n" * 200, encoding="utf-8")


def _make_newer(desk: Shell) -> None:
    with closing(sqlite3.connect(desk.folder / "kfcs.db", isolation_level=None)) as db:
        db.execute("PRAGMA user_version = 99")


def _set_clock_back(desk: Shell) -> None:
    desk.now = "2026-11-02T08:00:00+08:00"


class Fault(NamedTuple):
    """How a ledger comes to grief, and how the process is maimed that meets it."""

    befall: Callable[[Shell], Any] = lambda desk: None
    maim: Callable[[], None] | None = None


FAULTS: Mapping[str, Fault] = {
    "The disk is full": Fault(maim=lambda: no_room()),
    "Another program holds the ledger": Fault(_hold),
    "The ledger may only be read": Fault(
        lambda desk: (desk.folder / "kfcs.db").chmod(0o444), lambda: lay_down_powers()
    ),
    "The folder may only be read": Fault(lambda desk: desk.folder.chmod(0o555), lambda: lay_down_powers()),
    "A page of the ledger is damaged": Fault(_damage),
    "The end of the journal is lost": Fault(_cut_journal),
    "The file is no ledger": Fault(_put_text),
    "There is no ledger": Fault(lambda desk: (desk.folder / "kfcs.db").unlink()),
    "A newer kfcs made the ledger": Fault(_make_newer),
    "The clock has gone back": Fault(_set_clock_back),
}
"""The sections of ``docs/faults.md`` whose rows are commands."""


# ---------------------------------------------------------------- a process of one's own


def forked(desk: Shell, words: list[str], maim: Callable[[], None]) -> Answer:
    """Run a command in a child of this process that is maimed first."""

    def run() -> Answer:
        maim()
        return desk(*words)

    return in_child(run)


def in_child(run: Callable[[], Answer]) -> Answer:
    """What a child of this process answers. One that was killed gives the negative number of the signal."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            answer = run()
            os.write(writing, json.dumps([answer.code, answer.out, answer.err]).encode())
        except BaseException:
            os.write(writing, json.dumps([-1, "", traceback.format_exc()]).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        told = pipe.read()
    _child, status = os.waitpid(child, 0)
    return Answer(*json.loads(told)) if told else Answer(-os.WTERMSIG(status), "", "")


def no_room() -> None:
    """From here on no file takes a byte more."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def lay_down_powers() -> None:
    """Let the modes of files hold for this process even where root runs it."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        if libc.capset(header, none):
            raise OSError(ctypes.get_errno(), "capset")


def ended_at(statement: int, end: signal.Signals) -> Callable[[], None]:
    """Have the process end itself before its n-th statement to a database, counted from 0."""
    left = iter(range(statement, -1, -1))

    def look(_statement: str) -> None:
        if next(left, None) == 0:
            os.kill(os.getpid(), end)

    return lambda: trace(look)


def trace(look: Callable[[str], Any]) -> None:
    """Show each statement to a database before it runs, in this process."""
    connect = sqlite3.connect

    def seen(*words: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*words, **options)
        connection.set_trace_callback(look)
        return connection

    sqlite3.connect = seen


def printing_to(desk: Shell, words: list[str], descriptor: int) -> Answer:
    """Run a command in a child of this process whose standard output is an open file."""

    def run() -> Answer:
        err = io.StringIO()
        stdout = open(descriptor, "w", encoding="utf-8")  # noqa: SIM115 — closed by the end of the process
        environ = desk.environ | {"KFCS_NOW": desk.now}
        with mock.patch.dict(os.environ, environ), mock.patch("sys.stdout", stdout), redirect_stderr(err):
            return Answer(main(words), "", err.getvalue())

    return in_child(run)

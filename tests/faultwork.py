"""What can befall a command: each fault as a place where it is run, and a run in a process of its own where it must be.

The commands and faults bear the names that ``docs/faults.md`` gives them; ``tests/test_faults.py`` runs its rows.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import sqlite3
import traceback
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from shell import Answer, Shell

from kfcs import ledger as ledger_module

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


# ---------------------------------------------------------------- a process of one's own


def forked(desk: Shell, words: list[str], prepare: Callable[[], None]) -> Answer:
    """Run a command in a child of this process, which ``prepare`` maims first. A child that was killed gives -9."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            prepare()
            answer = desk(*words)
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


def killed_at(statement: int) -> Callable[[], None]:
    """Have the process kill itself before its n-th statement to a ledger."""
    left = iter(range(statement, -1, -1))

    def look(_statement: str) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return lambda: trace(look)


def trace(look: Callable[[str], None]) -> None:
    """Show each statement to a ledger before it runs."""
    prepare = ledger_module._prepare

    def seen(connection: sqlite3.Connection) -> None:
        connection.set_trace_callback(look)
        prepare(connection)

    ledger_module._prepare = seen

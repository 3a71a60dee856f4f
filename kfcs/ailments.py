"""What could ail a ledger, its folder and the installation (``kfcs doctor``): each looked at by itself, none written to."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from kfcs.aside import LEAVINGS
from kfcs.cells import Column
from kfcs.drives import caution
from kfcs.errors import N_, KfcsError, Message, say
from kfcs.i18n import language, render
from kfcs.ledger import Ledger
from kfcs.period import from_iso
from kfcs.projection import Projection
from kfcs.rulebook import load_rule_book
from kfcs.settings import load_settings

COLUMNS = (
    Column("what", N_("Checked"), "id"),
    Column("state", N_("State"), "id", words="health"),
    Column("told", N_("Finding"), width=80),
)
ROOM = 200 << 20
"""Bytes that ought to be free beside a ledger."""
EXTRAS = {"xlsx": ("xlsxwriter", "python_calamine"), "word": ("docx", "resvg_py")}


class Finding(NamedTuple):
    """What was looked at, whether it is ``fine``, to be ``minded`` or a ``fault``, and what was found."""

    what: str
    state: str
    told: Message

    def as_row(self) -> dict[str, Any]:
        return {"what": self.what, "state": self.state, "told": render(self.told)}


def look_over(path: Path, now: datetime) -> list[Finding]:
    """Every finding, in the order in which they build on each other."""
    return [*_installation(), *_place(path), *_settings(path), *_ledger(path, now)]


def _installation() -> Iterator[Finding]:
    versions = say(
        N_("Python {python}, SQLite {sqlite}"),
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
    )
    yield Finding("python", "fine", versions)
    for extra, modules in EXTRAS.items():
        missing = [module for module in modules if find_spec(module) is None]
        told = (
            say(N_("not installed; pip install kfcs[{extra}] brings it"), extra=extra)
            if missing
            else say(N_("installed"))
        )
        yield Finding(extra, "minded" if missing else "fine", told)


def _place(path: Path) -> Iterator[Finding]:
    if not path.is_file():
        yield Finding("file", "fault", say(N_("There is no ledger at {path}."), path=str(path)))
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    others = sys.platform != "win32" and mode & 0o077
    told = say(
        N_("{path}, mode {mode}, {size} MB"),
        path=str(path),
        mode=f"{mode:04o}",
        size=path.stat().st_size >> 20,
    )
    yield Finding("file", "minded" if others else "fine", told)
    if others:
        yield Finding("mode", "minded", say(N_("others may read it; chmod 600 {path}"), path=str(path)))
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        yield Finding("writing", "minded", say(N_("it can only be read by this user")))
    free = shutil.disk_usage(path.parent).free
    yield Finding(
        "room", "fine" if free >= ROOM else "fault", say(N_("{size} MB free on the disk"), size=free >> 20)
    )
    if (network := caution(path)) is not None:
        yield Finding("drive", "fault", network)
    left = sorted(each.name for each in path.parent.glob(LEAVINGS))
    if left:
        text = N_(
            "left by commands that were ended midway, or are at work now; delete them when none is: {names}"
        )
        yield Finding("leavings", "minded", say(text, names=left))


def _settings(path: Path) -> Iterator[Finding]:
    """The settings and the policy, as far as they can be read."""
    yield _tried("settings", lambda: say(N_("policy {name}"), name=load_settings(path.parent).policy))
    yield _tried(
        "policy",
        lambda: say(N_("{name}"), name=load_rule_book(load_settings(path.parent)).policy.title[language()]),
    )


def _tried(what: str, look: Callable[[], Message]) -> Finding:
    try:
        return Finding(what, "fine", look())
    except KfcsError as error:
        return Finding(what, "fault", error.message)


def _ledger(path: Path, now: datetime) -> Iterator[Finding]:
    if not path.is_file():
        return
    try:
        ledger = Ledger.open(path)
    except KfcsError as error:
        yield Finding("ledger", "fault", error.message)
        return
    try:
        yield from _inside(ledger, path, now)
    finally:
        ledger.close()


def _inside(ledger: Ledger, path: Path, now: datetime) -> Iterator[Finding]:
    damage = ledger.damage()
    if damage is not None:
        yield Finding(
            "ledger", "fault", say(N_("The file is damaged ({fault}). Restore a backup."), fault=damage)
        )
        return
    yield _entries(ledger)
    yield _journal(ledger)
    yield _last_moment(ledger, now)
    yield from _tables(ledger, path)


def _entries(ledger: Ledger) -> Finding:
    heads = ledger.heads()
    entries = sum(seq for seq, _digest in heads.values())
    return Finding(
        "ledger", "fine", say(N_("{count} entries of {desks}"), count=entries, desks=list(heads) or "—")
    )


def _journal(ledger: Ledger) -> Finding:
    journal = ledger.connection.execute("PRAGMA journal_mode").fetchone()[0]
    known = journal in ("wal", "delete")
    return Finding("journal", "fine" if known else "minded", say(N_("journal mode {name}"), name=journal))


def _last_moment(ledger: Ledger, now: datetime) -> Finding:
    """Whether the clock stands behind the last entry."""
    latest = ledger.last_recorded_at()
    if latest is not None and from_iso(latest) > now:
        return Finding(
            "clock",
            "fault",
            say(N_("the last entry is of {then}, the clock says {now}"), then=latest, now=now),
        )
    return Finding("clock", "fine", say(N_("{now}"), now=now))


def _tables(ledger: Ledger, path: Path) -> Iterator[Finding]:
    """Whether the tables are those of the policy in force; what ails a policy is found elsewhere."""
    try:
        projection = Projection(ledger, load_rule_book(load_settings(path.parent), ledger))
    except KfcsError:
        return
    text = N_("the tables are those of this policy")
    if not projection.current:
        text = N_("the tables will be derived anew by the next command that records")
    yield Finding("tables", "fine" if projection.current else "minded", say(text))

"""A desk under test: its ledger, the processes that work on it, and the books of what they told."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BEGIN = datetime(2026, 11, 2, 9)
PATIENCE = 300
"""Seconds after which a process is said to hang."""
KILLED = (-9, 1)
"""What a process that was killed gives back, on POSIX and on Windows."""
TOKEN = re.compile(r"tk(\d{7})e")
MATTERS = (
    "厨房漏水",
    "电梯停运",
    "外墙空鼓",
    "噪音扰民",
    "车位划线不清",
    "门窗变形",
    "绿化枯死",
    "保安态度差",
)

CHILD = """
import gc, io, json, os, sys
from contextlib import redirect_stdout
plan = json.loads(sys.argv[1])
if plan["room"] is not None:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (plan["room"], plan["room"]))
from kfcs import ledgerfile
if plan["patience"] is not None:
    ledgerfile.BUSY_SECONDS = plan["patience"]
from kfcs.main import main
for token, now, words in plan["jobs"]:
    os.environ["KFCS_NOW"] = now
    with redirect_stdout(io.StringIO()):
        code = main(words)
    gc.collect()
    os.write(1, f"{token} {code}\\n".encode())
"""
"""One command after the other, each as a process of its own would run it; what was told about each goes to stdout."""


class Finding(Exception):
    """Something was lost, is there twice, or was told otherwise than it is."""


class Copy(NamedTuple):
    """A backup, and what had been acknowledged when it began."""

    path: Path
    holds: frozenset[int]


@dataclass
class Books:
    """What was told of each token, and what became of the processes."""

    acknowledged: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    unknown: set[int] = field(default_factory=set)
    killed: int = 0
    found: int = 0
    entries: int = 0

    def __add__(self, other: Books) -> Books:
        return Books(
            self.acknowledged | other.acknowledged,
            self.refused | other.refused,
            self.unknown | other.unknown,
            self.killed + other.killed,
            self.found + other.found,
            self.entries + other.entries,
        )

    def compare(self, found: Counter[int], where: str) -> None:
        """Raises Finding where a ledger does not hold what was told."""
        faults = {
            "acknowledged and lost": self.acknowledged - found.keys(),
            "told as failed and there": self.refused & found.keys(),
            "there twice": {token for token, times in found.items() if times > 1},
            "there and never given": found.keys() - self.acknowledged - self.unknown - self.refused,
        }
        for what, tokens in faults.items():
            if tokens:
                raise Finding(f"{where}: {len(tokens)} {what}: {sorted(tokens)[:10]}")


class Process:
    """A child at work, with the tokens that it was given."""

    def __init__(self, child: subprocess.Popen[str], tokens: Sequence[int], dice: random.Random) -> None:
        self.child = child
        self.tokens = tokens
        self.killed = False
        self._dice = dice

    def __str__(self) -> str:
        """What it was to do."""
        return str(self.child.args[-1]) if isinstance(self.child.args, list) else str(self.child.args)

    def kill_within(self, seconds: float) -> None:
        """kill -9 at some moment; its start, which takes a third of a second or so, is one of them."""
        time.sleep(self._dice.uniform(0, 0.3 + seconds))
        self.child.kill()
        self.killed = True

    def told(self) -> tuple[dict[str, int], str]:
        """The exit code of each token, and what was said on stderr. Raises Finding for a process that hangs."""
        try:
            out, err = self.child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            raise Finding(f"a process hangs: {self}") from None
        return {token: int(code) for token, code in (line.split() for line in out.splitlines())}, err


class Desk:
    """A desk of a branch in a folder of its own."""

    _tokens = iter(range(10_000_000))

    def __init__(self, folder: Path, code: str, dice: random.Random, name: str | None = None) -> None:
        self.folder = folder / (name or code)
        self.ledger = self.folder / "kfcs.db"
        self.dice = dice
        self.books = Books()
        self.now = BEGIN
        self._copies = 0
        self._cases: list[str] = []
        self.run("init", "--branch", code, "--branch-code", code)
        self._cases = self._first_cases(f"{code}1")

    def _first_cases(self, desk: str) -> list[str]:
        """Log some cases to write about, so early that no clock that goes wrong stands before them."""
        self.settle(self.writer(jobs=4, behind=24 * 60), codes={0})
        day = BEGIN - timedelta(days=60)
        return [f"{desk}-{day:%Y%m%d}-{n:03d}" for n in range(1, 5)]

    # ------------------------------------------------------------ processes

    def process(self, words: Sequence[str]) -> Process:
        """One command that carries no token."""
        return self._start([(None, self._stamp(), list(words))])

    def run(self, *words: str) -> None:
        """One command that must work."""
        self.settle(self.process(words), codes={0})

    def writer(
        self, jobs: int, *, room: int | None = None, patience: float | None = None, behind: int = 0
    ) -> Process:
        """A process that records so many acts; ``room`` is where its disk ends, ``behind`` what its clock lacks in hours."""
        planned: list[tuple[int | None, str, list[str]]] = []
        for _ in range(jobs):
            token = next(self._tokens)
            planned.append((token, self._stamp(behind), self._act(token)))
        return self._start(planned, room=room, patience=patience)

    def importer(self, table: Path, room: int | None = None) -> Process:
        return self._start([(None, self._stamp(), ["import", str(table)])], room=room)

    def _start(
        self,
        jobs: Sequence[tuple[int | None, str, list[str]]],
        *,
        room: int | None = None,
        patience: float | None = None,
    ) -> Process:
        named = [(f"tk{token:07d}e" if token is not None else "-", now, words) for token, now, words in jobs]
        plan = {"room": room, "patience": patience, "jobs": named}
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("KFCS_", "LC_", "LANG"))}
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, json.dumps(plan)],
            env=clean
            | {
                "PYTHONPATH": str(ROOT),
                # A disk that ends would end the compiled modules too.
                "PYTHONDONTWRITEBYTECODE": "1",
                "KFCS_LEDGER": str(self.ledger),
                "KFCS_OPERATOR": "soak",
                "KFCS_LANG": "en",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        return Process(child, [token for token, _now, _words in jobs if token is not None], self.dice)

    def _act(self, token: int) -> list[str]:
        text = f"{self.dice.choice(MATTERS)} tk{token:07d}e"
        if token % 4 and self._cases:
            return ["note", self.dice.choice(self._cases), text, "--as", "internal"]
        words = ["log", text, "--project", f"天元道{token % 40}期"]
        return [*words, "--phone", f"138{token:08d}"] if token % 3 else words

    def _stamp(self, behind: int = 0) -> str:
        self.now += timedelta(seconds=self.dice.randint(0, 40))
        return f"{self.now - timedelta(hours=behind):%Y-%m-%dT%H:%M:%S}+08:00"

    def move_on(self, days: int) -> None:
        self.now += timedelta(days=days)

    @contextmanager
    def held(self) -> Iterator[None]:
        """The ledger locked against everybody who would write."""
        with closing(sqlite3.connect(self.ledger, isolation_level=None, timeout=60)) as db:
            db.execute("BEGIN IMMEDIATE")
            yield

    def settle(self, *processes: Process, codes: Collection[int] = (0, 5)) -> None:
        """Wait for processes and write down what they told. Raises Finding for a code other than these, or a traceback."""
        for process in processes:
            told, err = process.told()
            self.books.killed += process.killed
            for name, code in told.items():
                if code not in codes:
                    raise Finding(f"exit {code} of {process}: {err}")
                if found := TOKEN.fullmatch(name):
                    (self.books.refused if code else self.books.acknowledged).add(int(found[1]))
            if "Traceback" in err or "Unforeseen" in err:
                raise Finding(f"{process}: {err}")
            known = self.books.acknowledged | self.books.refused
            self.books.unknown.update(token for token in process.tokens if token not in known)
            if process.child.returncode not in (0, *(KILLED if process.killed else ())):
                raise Finding(f"exit {process.child.returncode} of {process}: {err}")

    # ------------------------------------------------------------ tables, copies

    def table(self, rows: int) -> Path:
        """A table to import, whose rows carry a token each."""
        tokens = [next(self._tokens) for _ in range(rows)]
        self.books.unknown.update(tokens)
        path = self.folder / f"table-{tokens[0]}.csv"
        lines = [
            f"{self.now:%Y-%m-%d %H:%M},天元道{token % 40}期,{MATTERS[token % len(MATTERS)]} tk{token:07d}e"
            for token in tokens
        ]
        path.write_text("\n".join(("投诉时间,项目,投诉内容", *lines)) + "\n", encoding="utf-8")
        return path

    def take_in(self, table: Path) -> None:
        """Import a table to its end: all its rows are acknowledged then."""
        self.run("import", str(table))
        tokens = {int(found) for found in TOKEN.findall(table.read_text(encoding="utf-8"))}
        self.books.unknown -= tokens
        self.books.acknowledged |= tokens
        table.unlink()

    def backup(self) -> Copy:
        """A copy beside the ledger, in the place of the one before the last."""
        self._copies += 1
        path = self.folder / f"copy{self._copies % 2}.db"
        holds = frozenset(self.books.acknowledged)
        self.run("backup", str(path))
        return Copy(path, holds)

    def check_copy(self, copy: Copy) -> None:
        self.run("verify", "--ledger", str(copy.path))
        found, _entries = tokens_in(copy.path)
        if lost := copy.holds - found.keys():
            raise Finding(f"{copy.path}: acknowledged before, and not in the copy: {sorted(lost)[:10]}")

    def moved_aside(self) -> list[Path]:
        return sorted(self.folder.glob("kfcs.before-restore-*.db"))

    def merge_what_was_moved_aside(self) -> None:
        for kept in self.moved_aside():
            self.run("merge", str(kept))
            kept.unlink()

    # ------------------------------------------------------------ proof

    def check(self, more: Books | None = None) -> None:
        """The ledger holds, and holds what was told. ``more`` are the books of all whose entries are in it."""
        self.run("verify")
        found, entries = tokens_in(self.ledger)
        if more is None:
            mine = self.books.acknowledged | self.books.refused | self.books.unknown
            found = Counter({token: times for token, times in found.items() if token in mine})
            self.books.found = len(self.books.acknowledged & found.keys())
        self.books.entries = entries
        (more or self.books).compare(found, str(self.ledger))

    def check_union(self) -> None:
        """What was told stands in the ledger or in what was moved aside; both hold."""
        union: set[int] = set()
        for path in (self.ledger, *self.moved_aside()):
            self.run("verify", "--ledger", str(path))
            found, _entries = tokens_in(path)
            union |= found.keys()
            if twice := [token for token, times in found.items() if times > 1]:
                raise Finding(f"{path}: there twice: {twice[:10]}")
        self.books.found = len(self.books.acknowledged & union)
        self.books.compare(Counter(union), str(self.folder))

    def remove(self) -> None:
        shutil.rmtree(self.folder)


def tokens_in(path: Path) -> tuple[Counter[int], int]:
    """How often each token stands in a ledger, and how many entries it has."""
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT body FROM entries WHERE kind IN ('complaint', 'note')").fetchall()
        count = db.execute("SELECT count(*) FROM entries").fetchone()[0]
    return Counter(int(found) for (body,) in rows for found in TOKEN.findall(body)), int(count)

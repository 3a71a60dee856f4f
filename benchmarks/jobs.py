#!/usr/bin/env python3
"""The daily jobs on a large ledger, each as a ratio to its floor measured beside it: log, escalate, report, show, list.

usage: jobs.py [CASES] [RUNS]     (default 100000 cases, 5 runs) prints medians and ratios
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.made_ledger import NOW, make_ledger

ROOT = Path(__file__).resolve().parent.parent
KFCS = (sys.executable, "-c", "import sys; from kfcs.main import main; sys.exit(main())")
LOG_FLOOR = """\
import sqlite3, typer
app = typer.Typer(rich_markup_mode=None)
@app.command()
def log(text: str, project: str = typer.Option(...)) -> None:
    c = sqlite3.connect("floor.db", isolation_level=None)
    c.execute("PRAGMA journal_mode=WAL")
    c.execute("PRAGMA synchronous=FULL")
    c.execute("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT, project TEXT)")
    c.execute("INSERT INTO t (text, project) VALUES (?, ?)", (text, project))
    print("ok")
app()
"""
GROUP_BYS = (
    "kind",
    "channel",
    "level",
    "category",
    "subcategory",
    "project",
    "stage",
    "department",
    "state",
    "validity",
)


def run(command: Sequence[str], folder: Path) -> float:
    env = os.environ | {
        "PYTHONPATH": str(ROOT),
        "KFCS_NOW": NOW.isoformat(),
        "KFCS_LEDGER": str(folder / "kfcs.db"),
    }
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.perf_counter()
    subprocess.run(
        command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - began


def clocked(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def side_by_side(runs: int, ours: Callable[[], float], floor: Callable[[], float]) -> tuple[float, float]:
    """Medians of both, taken in turn; the first round fills the caches and does not count."""
    pairs = [(ours(), floor()) for _ in range(runs + 1)][1:]
    return median(p[0] for p in pairs), median(p[1] for p in pairs)


def tell(name: str, ours: float, floor: float, target: float) -> None:
    print(
        f"{name:34} {ours * 1e3:9.1f} ms   floor {floor * 1e3:9.1f} ms   {ours / floor:5.2f} x (target {target} x)",
        flush=True,
    )


def escalations(source: Path, folder: Path, runs: int, due: int) -> None:
    """A run with ``due`` cases newly late, against one INSERT … SELECT of as many escalations as it adds; each on a
    fresh copy."""
    copy = folder / "copy"
    copy.mkdir()
    shutil.copy(source.parent / "kfcs.toml", copy)

    def fresh() -> None:
        for old in copy.glob("kfcs.db*"):
            old.unlink()
        shutil.copy(source, copy / "kfcs.db")

    def ours() -> float:
        fresh()
        return run((*KFCS, "escalate"), copy)

    fresh()
    run((*KFCS, "escalate"), copy)
    with closing(sqlite3.connect(copy / "kfcs.db")) as db:
        added = db.execute("SELECT count(*) FROM escalations").fetchone()[0]

    def floor() -> float:
        connection = sqlite3.connect(copy / "floor.db", isolation_level=None)
        connection.execute("ATTACH ? AS l", (str(copy / "kfcs.db"),))
        connection.execute("DROP TABLE IF EXISTS e")
        connection.execute(
            "CREATE TABLE e (id INTEGER PRIMARY KEY, case_id, clock, epoch, rung, due, UNIQUE (case_id, clock, epoch, rung))"
        )
        taken = clocked(
            lambda: connection.execute(
                "INSERT INTO e (case_id, clock, epoch, rung, due)"
                " SELECT case_id, clock, epoch, n, due FROM l.clocks, (SELECT 1 n UNION SELECT 2) LIMIT ?",
                (added,),
            )
        )
        connection.close()
        return taken + empty_start()

    def empty_start() -> float:
        return run((sys.executable, "-c", "import typer, sqlite3"), copy)

    tell(f"escalate, {due} due: {added} rows", *side_by_side(runs, ours, floor), 6)


def main(cases: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        due = cases // 10
        began = time.perf_counter()
        ledger = make_ledger(folder / "late", cases, live=due)
        print(
            f"ledger of {cases} cases made in {time.perf_counter() - began:.1f} s, {ledger.stat().st_size / 1e6:.0f} MB",
            flush=True,
        )
        (folder / "floor.py").write_text(LOG_FLOOR, encoding="utf-8")
        floor = (sys.executable, str(folder / "floor.py"), "厨房漏水", "--project", "A")
        here = ledger.parent

        def beside(command: Sequence[str]) -> tuple[float, float]:
            return side_by_side(runs, lambda: run((*KFCS, *command), here), lambda: run(floor, here))

        escalations(ledger, folder, runs, due)
        run((*KFCS, "escalate"), here)
        tell("escalate, nothing due", *beside(("escalate",)), 1.3)
        tell("log", *beside(("log", "厨房漏水", "--project", "A", "--phone", "13800000001")), 1.4)
        tell("show", *beside(("show", "CQ1-20261001-001")), 1.6)
        tell("list --limit 50", *beside(("list", "--limit", "50")), 1.6)
        tell("search 渗水", *beside(("search", "渗水")), 1.6)

        def group_bys() -> float:
            connection = sqlite3.connect(here / "kfcs.db")
            sql = "SELECT {0}, count(*), sum(people) FROM cases WHERE month = '2026-10' GROUP BY {0}"
            taken = clocked(
                lambda: [connection.execute(sql.format(column)).fetchall() for column in GROUP_BYS]
            )
            connection.close()
            return taken

        report = (*KFCS, "report", "--month", "2026-10", "-o", str(folder / "report.html"))
        tell("report --month to HTML", *side_by_side(runs, lambda: run(report, here), group_bys), 1.2)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 5)

#!/usr/bin/env python3
"""What it costs to prove a ledger, as a ratio to a SHA-256 over canonical JSON of the same rows: CPU time, in turn.

usage: verify.py [CASES] [RUNS]     (default 100000 cases, 3 runs) prints medians and ratios

The entries (the file itself, every hash, every person, what entries refer to) stay near the floor. Deriving all tables
anew to compare them is the work of every rule for every case, and is told by itself.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.made_ledger import NOW, make_ledger
from kfcs.chain import broken_reference, check_chain, stray_person
from kfcs.entries import COLUMNS
from kfcs.ledger import Ledger
from kfcs.projection import Projection
from kfcs.proof import difference
from kfcs.rulebook import load_rule_book
from kfcs.settings import load_settings

TARGET = 3


def floor(ledger: Ledger) -> None:
    for row in ledger.connection.execute(f"SELECT {COLUMNS} FROM entries ORDER BY desk, seq"):
        text = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        sha256(text.encode()).hexdigest()


def entries(ledger: Ledger) -> None:
    assert ledger.damage() is None
    assert check_chain(ledger)[1] is None
    assert broken_reference(ledger) is None
    assert stray_person(ledger) is None


def spent(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def main(cases: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = make_ledger(Path(name), cases)
        ledger = Ledger.open(path)
        book = load_rule_book(load_settings(path.parent), ledger)
        parts: dict[str, Callable[[], object]] = {
            "floor": lambda: floor(ledger),
            "the entries": lambda: entries(ledger),
            "the tables": lambda: difference(Projection(ledger, book), NOW),
        }
        rounds = [{part: spent(work) for part, work in parts.items()} for _ in range(runs)]
        took = {part: median(each[part] for each in rounds) for part in parts}
        took["the whole"] = took["the entries"] + took["the tables"]
        for part, seconds in took.items():
            print(
                f"{part:12} {seconds * 1e6 / cases:8.1f} us an entry   {seconds / took['floor']:6.2f} x (target {TARGET} x)"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)

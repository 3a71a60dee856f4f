#!/usr/bin/env python3
"""What starting kfcs costs, as a ratio to the floor: a typer app with one empty command, on the same typer.

usage: start_up.py [RUNS]     (default 20) runs floor and kfcs in turn; prints medians and ratios
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent

FLOOR = """\
import typer
app = typer.Typer(rich_markup_mode=None)
@app.command()
def nothing() -> None:
    pass
app()
"""
KFCS = (sys.executable, "-c", "import sys; from kfcs.main import main; sys.exit(main())")


def seconds(command: Sequence[str], lang: str) -> float:
    began = time.perf_counter()
    subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"KFCS_LANG": lang, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began


def measure(runs: int, floor: Path) -> dict[str, list[float]]:
    """Every command once a round, so that what else the machine does hits all alike."""
    cases = {
        "floor": ((sys.executable, str(floor)), "zh"),
        "floor --help": ((sys.executable, str(floor), "--help"), "zh"),
        "--version": ((*KFCS, "--version"), "zh"),
        "--help en": ((*KFCS, "--help"), "en"),
        "--help zh": ((*KFCS, "--help"), "zh"),
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    for round_ in range(runs + 1):
        for name, (command, lang) in cases.items():
            taken = seconds(command, lang)
            if round_:  # the first round fills the caches
                times[name].append(taken)
    return times


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        floor = Path(folder, "floor.py")
        floor.write_text(FLOOR, encoding="utf-8")
        middle = {name: median(taken) for name, taken in measure(runs, floor).items()}
    for name, floor_name, target in (
        ("--version", "floor", 1.15),
        ("--help en", "floor --help", 1.5),
        ("--help zh", "floor --help", 1.5),
    ):
        ratio = middle[name] / middle[floor_name]
        ours, base = (f"{middle[key] * 1e3:6.1f} ms" for key in (name, floor_name))
        print(f"kfcs {name:10} {ours}   {floor_name:12} {base}   {ratio:4.2f} x (target {target} x)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)

"""The soak command: a short run of it, and that it would tell of a loss (SPEC L7)."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import soak
from benchmarks.soak_desk import Books, Finding


def test_a_short_run_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Killed writers, an older copy put back, and two desks that merge while they are written to."""
    faults = ("killed_writers", "restored", "merged_to_and_fro")
    words = ["--rounds", "1", "--seed", "1", "--keep", str(tmp_path), "--only", *faults]
    assert soak.main(words) == 0
    out = capsys.readouterr().out
    told = re.search(r"(\d+) acts acknowledged, (\d+) present, none lost, none twice", out)
    assert told, out
    assert told[1] == told[2] != "0"


def test_a_loss_is_told_with_the_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def forgetful(run: soak.Soak) -> None:
        run.desk.books.acknowledged.add(9_999_999)

    monkeypatch.setattr(soak, "FAULTS", (forgetful,))
    assert soak.main(["--rounds", "1", "--seed", "5", "--keep", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert out.startswith("seed 5, round 1: ")
    assert "1 acknowledged and lost: [9999999]" in out


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({1: 1}, None),
        ({1: 1, 3: 1}, None),
        ({}, "acknowledged and lost"),
        ({1: 2}, "there twice"),
        ({1: 1, 2: 1}, "told as failed and there"),
        ({1: 1, 4: 1}, "there and never given"),
    ],
)
def test_the_books_are_held_against_the_ledger(found: dict[int, int], told: str | None) -> None:
    """1 was acknowledged, 2 refused, of 3 nobody knows."""
    books = Books({1}, {2}, {3})
    if told is None:
        books.compare(Counter(found), "here")
    else:
        with pytest.raises(Finding, match=told):
            books.compare(Counter(found), "here")

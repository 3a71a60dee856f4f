"""Copies beside desks at work, and what a slip with them cannot destroy (SPEC L7, L8)."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from conftest import NewDesk
from shell import Shell

from kfcs import backups, proof
from kfcs.desk import Desk
from kfcs.ledger import Ledger
from kfcs.projection import Projection


def ledger(desk: Shell) -> Path:
    return desk.folder / "kfcs.db"


def texts(path: Path) -> set[str]:
    opened = Ledger.open(path)
    with closing(opened.connection):
        return {entry.body["text"] for entry in opened.all_entries() if "text" in entry.body}


@pytest.fixture
def desk(kfcs: Shell) -> Shell:
    """A desk with one case, a copy of it, and a case that the copy lacks."""
    kfcs.log("备份之前")
    kfcs.do("backup", str(kfcs.folder / "copy.db"))
    kfcs.log("备份之后")
    return kfcs


# ---------------------------------------------------------------- restore


def test_l7_a_desk_that_is_being_asked_is_not_cut_off_by_a_restore(
    desk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk has the ledger open while the customer talks; what it records then must not go to a file moved away."""
    monkeypatch.setattr(backups, "PATIENCE", 0.2)
    asking = Ledger.open(ledger(desk), write=True)
    with closing(asking.connection):
        assert asking.heads()
        before = sorted(path.name for path in desk.folder.iterdir())
        assert "in use by another program" in desk.refused("restore", str(desk.folder / "copy.db"), code=5)
        assert sorted(path.name for path in desk.folder.iterdir()) == before
    desk.do("restore", str(desk.folder / "copy.db"))
    assert desk("verify").code == 0


def test_l7_whoever_comes_after_a_restore_works_on_what_was_put_back(desk: Shell) -> None:
    """The file stays the same one: a program that had found it before writes into no other."""
    before = ledger(desk).stat().st_ino
    desk.do("restore", str(desk.folder / "copy.db"))
    assert ledger(desk).stat().st_ino == before
    assert texts(ledger(desk)) == {"备份之前"}
    [kept] = desk.folder.glob("kfcs.before-restore-*.db")
    assert texts(kept) == {"备份之前", "备份之后"}
    assert oct(kept.stat().st_mode & 0o777) == oct(ledger(desk).stat().st_mode & 0o777) == "0o600"


def test_l8_a_copy_that_was_written_to_is_restored_with_its_journal(desk: Shell, tmp_path: Path) -> None:
    """What was recorded last may lie beside the file."""
    worked = tmp_path / "worked.db"
    opened = sqlite3.connect(ledger(desk))
    opened.execute("SELECT count(*) FROM entries").fetchone()
    desk.log("只在日志文件里")
    for ending in ("", "-wal"):
        shutil.copy(f"{ledger(desk)}{ending}", f"{worked}{ending}")
    opened.close()
    assert Path(f"{worked}-wal").stat().st_size
    desk.do("restore", str(worked))
    assert "只在日志文件里" in texts(ledger(desk))


def test_l8_a_broken_ledger_goes_aside_with_all_that_lies_beside_it(desk: Shell) -> None:
    ledger(desk).write_bytes(b"broken" * 1000)
    Path(f"{ledger(desk)}-wal").write_bytes(b"journal")
    desk.do("restore", str(desk.folder / "copy.db"), now="2026-11-04 09:00")
    kept = desk.folder / "kfcs.before-restore-20261104-090000.db"
    assert kept.read_bytes().startswith(b"broken")
    assert Path(f"{kept}-wal").read_bytes() == b"journal"
    assert desk("verify").code == 0


def test_l8_a_restore_that_fails_leaves_the_ledger(desk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk ends while the copy is written over the ledger."""

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(backups, "_overwrite", full)
    before = texts(ledger(desk))
    assert desk("restore", str(desk.folder / "copy.db")).code == 5
    assert texts(ledger(desk)) == before
    assert desk("verify").code == 0


# ---------------------------------------------------------------- backup


def test_l8_a_copy_that_holds_more_is_not_overwritten(desk: Shell) -> None:
    """A ledger that was set up anew by mistake must not destroy the only copy of the old one."""
    copy = desk.folder / "copy.db"
    desk.do("restore", str(copy), now="2026-11-03 09:00")
    [kept] = desk.folder.glob("kfcs.before-restore-*.db")
    before = kept.read_bytes()
    assert "holds entries of desk CQ1 that this ledger lacks" in desk.refused("backup", str(kept))
    assert kept.read_bytes() == before
    desk.do("backup", str(copy))


def test_l8_what_is_no_copy_is_not_overwritten(desk: Shell) -> None:
    report = desk.folder / "report.html"
    report.write_text("report")
    assert "is no copy of a ledger" in desk.refused("backup", str(report), code=2)
    assert report.read_text() == "report"


def test_l8_a_ledger_in_use_is_not_overwritten(desk: Shell) -> None:
    """A journal that is left beside the file would be played into the copy."""
    copy = desk.folder / "copy.db"
    Path(f"{copy}-wal").write_bytes(b"journal")
    assert "copy.db-wal" in desk.refused("backup", str(copy))


def test_l8_a_clock_that_goes_back_does_not_cost_the_copy_just_made(desk: Shell) -> None:
    folder = desk.folder / "copies"
    folder.mkdir()
    for day in ("2026-11-12", "2026-11-13", "2025-01-01"):
        desk.do("backup", str(folder), "--keep", "2", now=f"{day} 03:00")
    assert sorted(os.listdir(folder)) == ["kfcs-20250101-030000.db", "kfcs-20261113-030000.db"]


def test_l8_copies_of_another_ledger_in_the_folder_stay(desk: Shell, new_desk: NewDesk) -> None:
    """Two branches that keep their copies in one folder, even at one second."""
    other, folder = new_desk(name="other"), desk.folder / "copies"
    folder.mkdir()
    other.log("别的分部")
    other.do("backup", str(folder), "--keep", "1", now="2026-11-12 03:00")
    assert "holds entries" in desk.refused("backup", str(folder), "--keep", "1", now="2026-11-12 03:00")
    for day in (13, 14):
        desk.do("backup", str(folder), "--keep", "1", now=f"2026-11-{day} 03:00")
    assert sorted(os.listdir(folder)) == ["kfcs-20261112-030000.db", "kfcs-20261114-030000.db"]


# ---------------------------------------------------------------- reading beside a writer


def test_l3_a_desk_that_goes_on_writing_is_no_fault_of_the_ledger(
    desk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job that verifies at night must not cry wolf because somebody logged a call meanwhile."""
    columns = proof._columns

    def and_a_call_comes_in(projection: Projection, table: str) -> list[str]:
        monkeypatch.setattr(proof, "_columns", columns)
        desk.log("校验期间来电")
        return columns(projection, table)

    monkeypatch.setattr(proof, "_columns", and_a_call_comes_in)
    reader = desk("verify")
    assert (reader.code, reader.err) == (0, "2 entries hold.\n")


def test_l5_a_reading_command_sees_one_moment(desk: Shell) -> None:
    reading = Desk.open(str(ledger(desk)))
    count = "SELECT count(*) FROM cases"
    assert reading.ledger.connection.execute(count).fetchone() == (2,)
    desk.log("读的时候来电")
    assert reading.ledger.connection.execute(count).fetchone() == (2,)
    assert Desk.open(str(ledger(desk))).ledger.connection.execute(count).fetchone() == (3,)


# ---------------------------------------------------------------- clocks that go wrong


def test_l7_a_clock_that_went_back_does_not_take_back_what_time_has_brought(kfcs: Shell) -> None:
    """A neighbour logged under a clock that is weeks behind has an older case looked at again."""
    kfcs.log("厨房漏水", "--phone", "13800000001")
    kfcs.escalate(now="2026-11-23 09:00")
    assert kfcs.show("001")["level"] == 3
    kfcs.log("厨房漏水", "--phone", "13800000002", now="2026-11-02 10:00")
    kfcs.do("verify")
    kfcs.do("verify", now="2026-11-23 10:00")
    assert kfcs.show("20261102-001")["level"] == 3

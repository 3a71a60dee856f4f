"""Nothing is lost (SPEC L7): killed processes, many at once, full disks; each with processes of its own."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import NewDesk
from shell import NOW, Shell

from kfcs.ledger import Ledger

ROOT = Path(__file__).resolve().parent.parent
NUMBER = re.compile(r"^CQ1-\d{8}-\d{3,}", re.MULTILINE)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")

# Children that say when they are ready, so that whatever befalls them does so while they write.
LOGGING = """
import sys
from kfcs.commands.answering import answer
from kfcs.desk import Desk
from kfcs.intake.complaint import Complaint, log
from kfcs.entries import Person
desk = Desk.open(write=True)
print("ready")
for n in range(int(sys.argv[1])):
    fields = {"text": f"{sys.argv[2]} 第{n}件 厨房漏水", "project": "天元道"}
    made = log(desk, Complaint(desk.now, fields, Person(phone=f"138{sys.argv[3]}{n:04d}")))
    answer(desk, made, None, reveal=False, repeats=())
"""
ESCALATING = """
import sys
from kfcs.main import main
import kfcs.commands.escalation
print("ready")
for n in range(int(sys.argv[1])):
    code = main(["escalate", "--format", "jsonl"])
    if code: sys.exit(code)
"""
COMMAND = "import sys; from kfcs.main import main; sys.exit(main(sys.argv[1:]))"


def child(shell: Shell, program: str, *words: str) -> subprocess.Popen[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KFCS_", "LC_", "LANG"))}
    return subprocess.Popen(
        [sys.executable, "-c", program, *words],
        cwd=shell.folder,
        env=clean | shell.environ | {"KFCS_NOW": shell.now, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def numbers(folder: Path) -> set[str]:
    ledger = Ledger.open(folder / "kfcs.db")
    found = {entry.case_id for entry in ledger.all_entries() if entry.kind == "complaint"}
    ledger.close()
    return {number for number in found if number}


def killed(process: subprocess.Popen[str], longest: float, dice: random.Random) -> str:
    """Let a child work for a random while once it is ready, kill it, and give what it had printed."""
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(dice.uniform(0, longest))
    process.kill()
    out, _err = process.communicate(timeout=60)
    return out


@pytest.mark.parametrize("seed", range(6))
def test_a_killed_log_loses_nothing_it_acknowledged(kfcs: Shell, seed: int) -> None:
    """Five lives in one ledger, each killed at a moment of its own while it logs."""
    dice = random.Random(seed)
    acknowledged: set[str] = set()
    for life in range(5):
        process = child(kfcs, LOGGING, "4000", f"{seed}-{life}", f"{life:04d}")
        acknowledged |= set(NUMBER.findall(killed(process, 0.1, dice)))
        assert process.returncode == -signal.SIGKILL
    stored = numbers(kfcs.folder)
    assert acknowledged <= stored
    assert len(stored) <= len(acknowledged) + 5  # each life may have died between the commit and the answer
    assert kfcs("verify").code == 0
    kfcs.log("之后照常")
    assert kfcs("verify").code == 0


@pytest.fixture
def overdue(kfcs: Shell) -> Shell:
    """A desk with sixty cases whose limits have all passed."""
    process = child(kfcs, LOGGING, "60", "积压", "0000")
    assert process.communicate(timeout=60)[1] == ""
    kfcs.now = "2026-12-28T09:00:00+08:00"
    return kfcs


def test_a_killed_escalation_is_made_up_for_once(overdue: Shell, tmp_path: Path) -> None:
    """Killed at a dozen moments; together the runs add exactly what one undisturbed run adds."""
    twin = Shell(shutil.copytree(overdue.folder, tmp_path / "twin"))
    twin.do("escalate", now=overdue.now)
    wanted = escalations(twin.folder)
    dice = random.Random(7)
    for _ in range(12):
        killed(child(overdue, ESCALATING, "1"), 0.2, dice)
        assert overdue("verify").code == 0
    overdue.escalate()
    keys = escalations(overdue.folder)
    assert len(keys) == len(set(keys)) == len(wanted)
    assert set(keys) == set(wanted)


def escalations(folder: Path) -> list[tuple[object, ...]]:
    """The keys of all that were recorded: case, clock or rule, epoch, rung (E5)."""
    ledger = Ledger.open(folder / "kfcs.db")
    found: list[tuple[object, ...]] = [
        (e.case_id, e.body.get("clock") or e.body["rule"], str(e.body["epoch"]), e.body["rung"])
        for e in ledger.all_entries()
        if e.kind == "escalation"
    ]
    ledger.close()
    return found


def test_eight_desks_at_once_lose_nothing(kfcs: Shell) -> None:
    """Eight processes log 25 each into one ledger: 200 cases, 200 numbers, one chain."""
    processes = [child(kfcs, LOGGING, "25", f"窗口{n}", f"{n:04d}") for n in range(8)]
    answers = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, answers
    told = [number for out, _err in answers for number in NUMBER.findall(out)]
    assert len(told) == len(set(told)) == 200
    assert numbers(kfcs.folder) == set(told)
    assert sorted(told)[-1] == "CQ1-20261102-200"
    assert kfcs("verify").code == 0


def test_a_desk_at_work_beside_the_cron_job(overdue: Shell) -> None:
    """Overlapping runs add each escalation once, and nobody at the desk is turned away."""
    jobs = [child(overdue, ESCALATING, "3") for _ in range(3)]
    desk = child(overdue, LOGGING, "20", "新来", "9999")
    outs = [process.communicate(timeout=120) for process in (*jobs, desk)]
    assert [process.returncode for process in (*jobs, desk)] == [0] * 4, outs
    printed = sum(line.startswith("{") for out, _err in outs[:3] for line in out.splitlines())
    keys = escalations(overdue.folder)
    assert len(keys) == len(set(keys)) == printed > 100
    assert overdue("verify").code == 0


def test_a_first_command_in_many_processes(new_desk: NewDesk, tmp_path: Path) -> None:
    """Where nothing was set up before: init, and the first look at the rule book, at once."""
    shell = Shell(tmp_path / "new")
    shell.folder.mkdir()
    words = ("init", "--branch", "重庆", "--branch-code", "CQ")
    processes = [child(shell, COMMAND, *words) for _ in range(6)]
    answers = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, answers
    assert shell("verify").code == 0
    assert shell.log() == "CQ1-20261102-001"


IMPORTING = """
import sys
from kfcs.intake import importing
from kfcs.main import main
importing.CHUNK = 25
print("ready")
sys.exit(main(["import", sys.argv[1]]))
"""


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_import_is_made_up_for_once(kfcs: Shell, seed: int) -> None:
    """Killed at a moment of its own, again and again: each row is in once, wherever the file was left."""
    dice = random.Random(seed)
    table = kfcs.folder / "old.csv"
    lines = [f"2026-10-{1 + n % 28:02d} 10:00,A,第{n:04d}件 厨房漏水" for n in range(400)]
    table.write_text("\n".join(["投诉时间,项目,投诉内容", *lines]), encoding="utf-8")
    for _ in range(3):
        killed(child(kfcs, IMPORTING, str(table)), 0.4, dice)
        assert len(numbers(kfcs.folder)) % 25 == 0
    kfcs.do("import", str(table))
    ledger = Ledger.open(kfcs.folder / "kfcs.db")
    texts = [entry.body["text"] for entry in ledger.all_entries() if entry.kind == "complaint"]
    ledger.close()
    assert sorted(texts) == [line.rpartition(",")[2] for line in sorted(lines, key=lambda line: line[-9:])]
    assert kfcs("verify").code == 0


def test_the_nightly_jobs_beside_a_desk_at_work(kfcs: Shell) -> None:
    """The lines of the README's crontab: each does what it says while calls are logged, and no copy lacks a call."""
    copies = kfcs.folder / "copies"
    copies.mkdir()
    desk = child(kfcs, LOGGING, "60", "夜间来电", "0001")
    assert desk.stdout is not None
    assert desk.stdout.readline() == "ready\n"
    told: set[str] = set()
    for minute in range(3):
        while not (found := NUMBER.findall(desk.stdout.readline())):
            pass
        told |= set(found)
        now = f"2026-11-02T09:0{minute}:00+08:00"
        kfcs.do("backup", str(copies), "--keep", "2", now=now)
        kfcs.do("verify")
        kfcs.do("escalate")
        kfcs.do("report", "--month", "2026-11", "-o", str(kfcs.folder / "report.html"))
        newest = Ledger.open(copies / f"kfcs-20261102-090{minute}00.db")
        assert told <= {entry.case_id for entry in newest.all_entries()}
        newest.close()
    desk.communicate(timeout=60)
    assert desk.returncode == 0
    assert sorted(path.name for path in copies.iterdir()) == [
        "kfcs-20261102-090100.db",
        "kfcs-20261102-090200.db",
    ]
    assert kfcs("verify").code == 0


# ---------------------------------------------------------------- no room

FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
from kfcs.main import main
sys.exit(main(sys.argv[2:]))
"""


def test_a_full_disk_is_told_in_one_line(kfcs: Shell) -> None:
    """At whatever byte the disk ends: wholly there, or reported as failed; and the next run works."""
    for n in range(5):
        kfcs.log(f"厨房漏水{n}")
    size = (kfcs.folder / "kfcs.db").stat().st_size
    failed = 0
    for room in [0, 4_000, 12_000, 33_000, 50_000, 90_000, size, size + 5_000, size + 90_000]:
        before = numbers(kfcs.folder)
        process = child(kfcs, FULL, str(room), "log", "卫生间漏水", "--project", "天元道")
        out, err = process.communicate(timeout=60)
        assert process.returncode in (0, 5), err
        if process.returncode == 5:
            failed += 1
            assert out == ""
            assert re.fullmatch(r"error: [^\n]+\n", err), err
            assert numbers(kfcs.folder) == before
        else:
            assert numbers(kfcs.folder) == before | set(NUMBER.findall(out))
        assert kfcs("verify").code == 0
    assert failed
    kfcs.log("腾出空间之后")
    assert kfcs("verify").code == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 640 KB, where one can be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=640k", "tmpfs", str(place)]
    if (
        os.geteuid() != 0
        or not shutil.which("mount")
        or subprocess.run(mount, capture_output=True).returncode
    ):
        pytest.skip("no small file system can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_disk_that_fills_up(small_disk: Path, desk_folder: Path) -> None:
    shell = Shell(shutil.copytree(desk_folder, small_disk / "desk"))
    told: set[str] = set()
    code = 0
    for n in range(400):
        answer = shell(
            "log", f"厨房漏水，第{n}次来电，希望尽快安排维修人员上门处理" * 3, "--project", "天元道"
        )
        code = answer.code
        if code:
            break
        told |= set(NUMBER.findall(answer.out))
    assert code == 5
    assert re.fullmatch(r"error: [^\n]+\n", answer.err), answer.err
    assert "Make room" in answer.err
    assert numbers(shell.folder) == told
    assert shell("list").code == 0
    with sqlite3.connect(shell.folder / "kfcs.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    shell.log("腾出空间之后")
    assert shell("verify").code == 0


def test_the_answer_that_cannot_be_printed_is_recorded_all_the_same(kfcs: Shell) -> None:
    """A reader that went away is no reason to record a thing twice or not at all."""
    reading, writing = os.pipe()
    os.close(reading)
    clean = {k: v for k, v in os.environ.items() if not k.startswith("KFCS_")}
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "log", "漏水", "--project", "A"],
        env=clean | kfcs.environ | {"KFCS_NOW": NOW, "PYTHONPATH": str(ROOT)},
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")
    assert numbers(kfcs.folder) == {"CQ1-20261102-001"}


def test_ctrl_c_while_waiting_for_the_ledger(kfcs: Shell) -> None:
    """An impatient clerk: nothing is written, and nobody sees a traceback."""
    with sqlite3.connect(kfcs.folder / "kfcs.db", isolation_level=None) as db:
        db.execute("BEGIN IMMEDIATE")
        process = child(kfcs, COMMAND, "log", "漏水", "--project", "A")
        time.sleep(0.8)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        db.execute("ROLLBACK")
        _out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    stored = numbers(kfcs.folder)
    assert (process.returncode, len(stored)) in ((130, 0), (0, 1))
    assert kfcs("verify").code == 0

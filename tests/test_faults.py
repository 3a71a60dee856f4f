"""``docs/faults.md``, row by row: what each fault makes each command say, and what the ledger holds then (SPEC L7, I3)."""

from __future__ import annotations

import gc
import os
import re
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import faultwork
import pytest
from faultwork import COMMANDS, FAULTS, LATER, ended_at, entries, forked, printing_to, words_of
from shell import Answer, Shell

from kfcs import backups, ledgerfile

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "faults.md").read_text(encoding="utf-8")
KILLED, OUTPUTS = "The process is killed", "Output that goes nowhere"

forking = pytest.mark.skipif(os.name == "nt", reason="processes and limits of POSIX")


class Row(NamedTuple):
    """A row of the page: under which heading, for what, and its other cells."""

    fault: str
    what: str
    cells: tuple[str, ...]


def rows() -> Iterator[Row]:
    """Each row of the page, one for each command that it names."""
    for section in PAGE.split("\n## ")[1:]:
        title = section.partition("\n")[0]
        for line in re.findall(r"^\| (`.*) \|$", section, re.MULTILINE):
            first, *cells = line.split(" | ")
            named = re.findall(r"`([^`]+)`", first) if title != OUTPUTS else [first]
            yield from (Row(title, what, tuple(cells)) for what in named)


ROWS = list(rows())
AT_COMMANDS = [row for row in ROWS if row.fault in FAULTS]


def test_the_page_has_a_row_for_each_command_under_each_fault() -> None:
    named = [(row.fault, row.what) for row in AT_COMMANDS]
    assert sorted(named) == sorted((fault, command) for fault in FAULTS for command in COMMANDS)
    assert {row.fault for row in ROWS} == {*FAULTS, KILLED, OUTPUTS}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults") / "desk"
    faultwork.make_desk(folder)
    return folder


@pytest.fixture
def desk(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """The desk of ``make_desk`` in a copy of its own; nobody waits long for it."""
    monkeypatch.setattr(ledgerfile, "BUSY_SECONDS", 0.1)
    monkeypatch.setattr(backups, "PATIENCE", 0.1)
    shell = Shell(Path(shutil.copytree(made, tmp_path / "desk")))
    shell.now = LATER
    yield shell
    shell.folder.chmod(0o755)


def said(answer: Answer, wanted: str) -> bool:
    """Whether a line on stderr begins as the page says; an error is the last one, and the only one."""
    if wanted == "—":
        return answer.err == ""
    pattern = ".*".join(map(re.escape, wanted.split("…")))
    lines = answer.err.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    assert errors == ([lines[-1]] if answer.code else []), answer.err
    return any(re.match(pattern, line) for line in errors or lines)


def check_ledger(desk: Shell, wanted: str, before: set[str] | None) -> None:
    """Compare the entries with what the page says of them. ``before`` is None for a ledger that could not be read."""
    after = entries(desk.folder / "kfcs.db")
    if wanted == "the copy":
        assert after == entries(desk.folder / "copy.db")
    elif wanted == "the act":
        assert before is not None
        assert after is not None
        assert before < after
    else:
        assert wanted == "as it was"
        assert after == before


def leavings(desk: Shell) -> list[str]:
    return [path.name for path in desk.folder.iterdir() if path.name.endswith(".part")]


@pytest.mark.parametrize("row", AT_COMMANDS, ids=lambda row: f"{row.fault}: {row.what}")
def test_a_command_that_meets_a_fault(desk: Shell, row: Row) -> None:
    code, says, holds = row.cells
    fault = FAULTS[row.fault]
    if fault.maim and os.name == "nt":
        pytest.skip("limits and modes of POSIX")
    readable = row.fault not in ("The file is no ledger", "There is no ledger")
    if row.fault == "The end of the journal is lost":
        fault.befall(desk)
        before, held = entries(desk.folder / "kfcs.db"), None
    else:
        before = entries(desk.folder / "kfcs.db")
        held = fault.befall(desk)
    content = (desk.folder / "kfcs.db").read_bytes() if row.fault == "A newer kfcs made the ledger" else b""
    there = sorted(path.name for path in desk.folder.iterdir())
    words = words_of(row.what, desk)
    answer = forked(desk, words, fault.maim) if fault.maim else desk(*words)
    if held is not None:
        held.close()
    desk.folder.chmod(0o755)
    assert answer.code == int(code), answer
    assert said(answer, says), answer.err
    assert leavings(desk) == []
    if answer.code not in (0, 3):
        assert answer.out == ""
        made = {path.name for path in desk.folder.iterdir()} - set(there)
        assert [name for name in made if not name.startswith("kfcs.db-")] == []
    check_ledger(desk, holds, before if readable else None)
    if content:
        assert (desk.folder / "kfcs.db").read_bytes() == content
        assert sorted(path.name for path in desk.folder.iterdir()) == there


# ---------------------------------------------------------------- killed


def statements(desk: Shell, words: list[str], tmp_path: Path) -> int:
    """How many statements a command makes, counted in a child that works on a twin."""
    twin = Shell(Path(shutil.copytree(desk.folder, tmp_path / "twin")))
    twin.now = desk.now
    words = [word.replace(str(desk.folder), str(twin.folder)) for word in words]
    count = 0

    def seen(_statement: str) -> None:
        nonlocal count
        count += 1

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sqlite3.connect", faultwork.sqlite3.connect)
        faultwork.trace(seen)
        twin(*words)
    return count


STAGES = 5
"""At so many moments, evenly spread over its statements, is a command killed."""


@forking
@pytest.mark.parametrize("row", [row for row in ROWS if row.fault == KILLED], ids=lambda row: row.what)
def test_a_command_that_is_killed(desk: Shell, tmp_path: Path, row: Row) -> None:
    words = words_of(row.what, desk)
    before = entries(desk.folder / "kfcs.db") or set()
    last = statements(desk, words, tmp_path) - 1
    undisturbed = entries(tmp_path / "twin" / "kfcs.db") or set()
    for stage in range(1, STAGES + 1):
        place = Shell(Path(shutil.copytree(desk.folder, tmp_path / f"desk{stage}")))
        place.now = desk.now
        again = words_of(row.what, place)
        answer = forked(place, again, ended_at(last * stage // STAGES, signal.SIGKILL))
        assert answer.code == -signal.SIGKILL
        assert place("verify").code == 0
        told = entries(place.folder / "kfcs.db") or set()
        assert len(told) in (len(before), len(undisturbed))
        after = place(*again, now="2026-11-20 09:01")
        assert after.code in (0, 3), after
        final = entries(place.folder / "kfcs.db") or set()
        twice = len(undisturbed) - len(before) if row.cells[1] == "adds the act" and told > before else 0
        assert len(final) == len(undisturbed) + twice
        assert place("verify").code == 0


@forking
def test_an_import_that_is_left_off_keeps_whole_chunks(desk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C after the first chunk; the same file again adds the rest."""
    from kfcs.intake import importing

    monkeypatch.setattr(importing, "CHUNK", 2)
    table = desk.folder / "five.csv"
    lines = [
        f"2026-11-01 10:0{n},A,{text}" for n, text in enumerate(("漏水", "停电", "噪音", "空鼓", "异响"))
    ]
    table.write_text("\n".join(["投诉时间,项目,投诉内容", *lines]), encoding="utf-8")
    write = importing._write

    def and_ctrl_c(*words: object) -> object:
        made = write(*words)
        os.kill(os.getpid(), signal.SIGINT)
        return made

    answer = forked(desk, ["import", str(table)], lambda: setattr(importing, "_write", and_ctrl_c))
    assert (answer.code, answer.out) == (130, "")
    assert "Traceback" not in answer.err
    assert len(entries(desk.folder / "kfcs.db") or ()) == 4
    assert "3 taken in, 2 there already" in desk.do("import", str(table)).err
    assert leavings(desk) == []


# ---------------------------------------------------------------- output


def _closed_pipe() -> int:
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def _full_disk() -> int:
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    return os.open("/dev/full", os.O_WRONLY)


STREAMS = {"into a pipe that is closed": _closed_pipe, "onto a full disk": _full_disk}
PLACES = {
    "into a folder that is not there": "no/such/{name}",
    "over the ledger": "kfcs.db",
    "over a file that may only be read": "{name}",
}
WRITTEN = {
    "export -o": (("export", "cases", "--format", "csv", "-o"), "cases.csv"),
    "report -o": (("report", "--month", "2026-11", "-o"), "report.html"),
    "backup": (("backup",), "new.db"),
    "import --rejects": (("import", "{desk}/old.csv", "--rejects"), "rejects.csv"),
}


@forking
@pytest.mark.parametrize("row", [row for row in ROWS if row.fault == OUTPUTS], ids=lambda row: row.what)
def test_output_that_goes_nowhere(desk: Shell, row: Row) -> None:
    code, says, holds = row.cells
    before = entries(desk.folder / "kfcs.db")
    found = re.fullmatch(r"`([^`]+)` (.+)", row.what)
    assert found
    if found[2] in STREAMS:
        words = ["export", "cases"] if found[1] == "export" else words_of(found[1], desk)
        answer = printing_to(desk, words, STREAMS[found[2]]())
    else:
        given, name = WRITTEN[found[1]]
        path = desk.folder / PLACES[found[2]].format(name=name)
        if not path.exists() and path.parent.is_dir():
            path.write_text("old")
            path.chmod(0o444)
        words = [word.replace("{desk}", str(desk.folder)) for word in (*given, str(path))]
        old = path.read_bytes() if path.exists() else None
        gc.collect()
        answer = forked(desk, words, faultwork.lay_down_powers)
        assert (path.read_bytes() if path.exists() else None) == old
    assert answer.code == int(code), answer
    assert said(answer, says), answer.err
    assert leavings(desk) == []
    check_ledger(desk, holds, before)


# ---------------------------------------------------------------- a full disk, wherever the tests run


@pytest.mark.parametrize("command", ["log", "import", "contact", "merge"])
def test_a_ledger_that_may_not_grow(desk: Shell, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """SQLite itself says that there is no room, as it does on any system."""
    prepare = ledgerfile.prepare

    def no_page_more(connection: sqlite3.Connection) -> None:
        prepare(connection)
        connection.execute("PRAGMA max_page_count = 1")  # which is the number that there are

    long = "厨房漏水" * 20_000
    words = words_of(command, desk)
    if command == "merge":
        other = Shell(desk.folder / "CD2")
        other.folder.mkdir()
        other.do("init", "--branch", "成都", "--branch-code", "CD", "--desk", "CD2")
        other.log(long)
        words[1] = str(other.folder / "kfcs.db")
    elif command == "import":
        (desk.folder / "old.csv").write_text(f"投诉时间,项目,投诉内容\n2026-11-01 10:00,A,{long}\n", "utf-8")
    else:
        words = [long if word in ("厨房漏水", "已联系") else word for word in words]
    before = entries(desk.folder / "kfcs.db")
    monkeypatch.setattr(ledgerfile, "prepare", no_page_more)
    answer = desk(*words)
    assert (answer.code, answer.out) == (5, "")
    assert "(database or disk is full): nothing was recorded. Make room" in answer.err.splitlines()[-1]
    assert entries(desk.folder / "kfcs.db") == before
    monkeypatch.undo()
    assert desk(*words).code == 0
    assert desk("verify").code == 0


@forking
def test_a_desk_that_is_set_up_on_a_full_disk_is_set_up_later(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    words = ["init", "--branch", "重庆", "--branch-code", "CQ"]
    answer = forked(shell, words, faultwork.no_room)
    assert (answer.code, answer.out, answer.err.count("\n")) == (5, "", 1), answer.err
    assert not (tmp_path / "kfcs.toml").exists()
    shell.do(*words)
    assert shell.log() == "CQ1-20261102-001"
    assert shell("verify").code == 0


@forking
def test_a_folder_that_may_not_be_looked_into_is_told(desk: Shell) -> None:
    closed = desk.folder / "closed"
    closed.mkdir(mode=0o000)
    for words in (["export", "cases", "-o", str(closed / "x.csv")], ["backup", str(closed / "x.db")]):
        answer = forked(desk, words, faultwork.lay_down_powers)
        assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1), answer.err
        assert answer.err == f"error: {words[-1]} cannot be written: Permission denied.\n"
    closed.chmod(0o755)

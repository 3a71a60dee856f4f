"""Files are written beside their place (SPEC L4, L7): there is the old one or the new one, and nothing is left behind."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from faultwork import forked, no_room
from jinja2 import FileSystemBytecodeCache
from shell import Shell

from kfcs import drives, exporting
from kfcs.aside import write_aside, written
from kfcs.errors import BadInput, LedgerUnusable
from kfcs.intake import importing, spool
from kfcs.ledger import Ledger

posix = pytest.mark.skipif(os.name == "nt", reason="modes, pipes and limits of POSIX")


@pytest.fixture
def desk(kfcs: Shell) -> Shell:
    for n in range(3):
        kfcs.log(f"厨房漏水{n}", "--customer", "赵女士", "--phone", f"1380000000{n}")
    return kfcs


def names(folder: Path) -> list[str]:
    """What lies in a folder, but for what SQLite lays beside a ledger that is open."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("kfcs.db-"))


def half_way(desk: Shell, monkeypatch: pytest.MonkeyPatch, fault: BaseException) -> None:
    """Let exports fail once they have written two rows."""
    export = exporting.EXPORTS["cases"]

    def rows(*words: object) -> Iterator[object]:
        for n, row in enumerate(export.rows(*words)):
            if n == 2:
                raise fault
            yield row

    monkeypatch.setattr(exporting, "EXPORTS", {**exporting.EXPORTS, "cases": export._replace(rows=rows)})


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=repr)
@pytest.mark.parametrize("name", ["cases.csv", "cases.xlsx", "cases.json"])
@pytest.mark.parametrize("stood", [True, False])
def test_an_export_that_fails_midway_leaves_what_stood_there(
    desk: Shell, monkeypatch: pytest.MonkeyPatch, fault: BaseException, name: str, stood: bool
) -> None:
    path = desk.folder / name
    if stood:
        path.write_bytes(b"old")
    before = names(desk.folder)
    half_way(desk, monkeypatch, fault)
    assert desk("export", "cases", "-o", str(path)).code in (2, 130)
    assert names(desk.folder) == before
    assert not stood or path.read_bytes() == b"old"


def test_to_a_pipe_an_export_goes_as_it_comes(desk: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    half_way(desk, monkeypatch, KeyboardInterrupt())
    answer = desk("export", "cases", "--format", "jsonl")
    assert (answer.code, len(answer.out.splitlines())) == (130, 2)


WORDS = {
    "export": ("export", "cases", "-o", "{}/out.csv"),
    "workbook": ("export", "cases", "-o", "{}/out.xlsx"),
    "report": ("report", "--month", "2026-11", "-o", "{}/out.html"),
    "case file": ("show", "001", "-o", "{}/out.html"),
    "receipt": ("print", "001", "--form", "receipt", "-o", "{}/out.html"),
    "score": ("score", "--month", "2026-11", "-o", "{}/out.csv"),
    "backup": ("backup", "{}/out.db"),
}


@posix
@pytest.mark.parametrize("what", WORDS)
def test_a_disk_that_is_full_leaves_nothing_of_a_document(desk: Shell, what: str) -> None:
    before = names(desk.folder)
    words = [word.replace("{}", str(desk.folder)) for word in WORDS[what]]
    answer = forked(desk, words, no_room)
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1), answer.err
    assert "cannot be written" in answer.err
    assert names(desk.folder) == before


# ---------------------------------------------------------------- modes


@posix
@pytest.mark.parametrize(
    "words",
    [
        ("export", "cases", "--reveal", "-o", "{}/out.csv"),
        ("export", "cases", "--reveal", "-o", "{}/out.xlsx"),
        ("show", "001", "--reveal", "-o", "{}/out.html"),
        ("print", "001", "--form", "receipt", "--reveal", "-o", "{}/out.html"),
        ("backup", "{}/out.db"),
    ],
    ids=lambda words: f"{words[0]} {words[-1][3:]}",
)
def test_l4_a_file_with_personal_data_is_its_owners_alone_from_its_first_byte(
    desk: Shell, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Neither the file nor what is written before it takes its place is ever open to others."""
    modes: list[int] = []
    os_open = os.open

    def seen(path: str | Path, flags: int, mode: int = 0o777, **options: int) -> int:
        descriptor = os_open(path, flags, mode, **options)
        if flags & os.O_CREAT and Path(path).parent == desk.folder:
            modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    monkeypatch.setattr(os, "open", seen)
    desk.do(*[word.replace("{}", str(desk.folder)) for word in words])
    [out] = desk.folder.glob("out.*")
    assert {*modes, stat.S_IMODE(out.stat().st_mode)} == {0o600}


@posix
def test_a_file_that_is_written_anew_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    kept, link = tmp_path / "report.html", tmp_path / "latest.html"
    kept.write_text("old")
    kept.chmod(0o640)
    link.symlink_to(kept)
    write_aside(link, "new")
    assert (kept.read_text(), link.is_symlink()) == ("new", True)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    write_aside(link, "private", private=True)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@posix
def test_what_is_no_regular_file_is_written_to_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_aside(pipe, "a report")
    assert os.read(reading, 100) == b"a report"
    os.close(reading)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    write_aside(Path(os.devnull), "nobody reads this")
    assert not Path(os.devnull).is_file()


def test_a_long_name_in_chinese_has_room_beside_it(tmp_path: Path) -> None:
    name = "客" * 83 + ".csv"
    write_aside(tmp_path / name, "x")
    assert names(tmp_path) == [name]


def test_a_database_is_no_place_for_a_document(desk: Shell) -> None:
    with pytest.raises(BadInput), written(desk.folder / "kfcs.db"):
        pytest.fail("the ledger would have been overwritten")
    with closing(Ledger.open(desk.folder / "kfcs.db")) as ledger:
        assert ledger.heads()


# ---------------------------------------------------------------- rejected rows


def test_c6_an_import_that_fails_leaves_the_rejects_of_the_one_before(
    desk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejects, table = desk.folder / "old.rejects.csv", desk.folder / "old.csv"
    rejects.write_text("mended, and not imported yet", encoding="utf-8")
    table.write_text("投诉时间,项目,投诉内容\n,A,没有日期\n2026-11-01 10:00,A,漏水\n", encoding="utf-8")
    before = names(desk.folder)

    def full(*_words: object) -> None:
        raise LedgerUnusable("no room")

    monkeypatch.setattr(importing, "_write", full)
    assert desk("import", str(table)).code == 5
    assert rejects.read_text(encoding="utf-8") == "mended, and not imported yet"
    assert names(desk.folder) == before
    monkeypatch.undo()
    assert desk("import", str(table)).code == 3
    assert "没有日期" in rejects.read_text(encoding="utf-8-sig")


def test_templates_that_cannot_be_kept_compiled_hinder_no_report(
    desk: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder for temporary files is full, the one for reports is not."""
    monkeypatch.setattr(
        FileSystemBytecodeCache, "_get_default_cache_dir", lambda _cache: str(tmp_path / "gone")
    )
    desk.do("report", "--month", "2026-11", "-o", str(desk.folder / "report.html"))


# ---------------------------------------------------------------- drives

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /srv/desk nfs4 rw 0 0
//nas/kfcs /mnt/Customer\\040Service cifs rw 0 0
/dev/sdb1 /srv/desk/local xfs rw 0 0
tmpfs /srv/over tmpfs rw 0 0
desk@host:/ /srv/over fuse.sshfs rw 0 0
broken line
"""


@pytest.mark.parametrize(
    ("place", "network"),
    [
        ("/srv/desk/kfcs.db", True),
        ("/srv/desk/local/kfcs.db", False),
        ("/srv/desktop/kfcs.db", False),
        ("/mnt/Customer Service/kfcs.db", True),
        ("/srv/over/kfcs.db", True),
        ("/home/op/kfcs.db", False),
        ("//nas/kfcs/kfcs.db", True),
        ("\\\\nas\\kfcs\\kfcs.db", True),
    ],
)
@posix
def test_l7_a_network_drive_is_known_by_its_mount(place: str, network: bool) -> None:
    assert drives.on_network(Path(place), MOUNTS) is network
    assert (drives.caution(Path(place), MOUNTS) is not None) is network


def test_l7_who_sets_up_or_copies_a_ledger_on_a_network_drive_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told where it is decided where a ledger lies, and not with each call that is logged."""
    monkeypatch.setattr(drives, "_mounts", lambda: f"server:/x {tmp_path.resolve()} nfs4 rw 0 0\n")
    kfcs = Shell(tmp_path)
    assert "lies on a network drive" in kfcs.do("init", "--branch", "重庆", "--branch-code", "CQ").err
    assert "lies on a network drive" in kfcs.do("backup", str(tmp_path / "copy.db")).err
    assert kfcs.do("log", "漏水", "--project", "A").err == ""
    assert kfcs("doctor").code == 1


def test_what_was_left_by_a_killed_command_is_named(desk: Shell) -> None:
    (desk.folder / ".kfcs-4711-0badcafe.part").write_text("half of a copy")
    told = {row["what"]: row for row in desk.do("doctor", "--format", "json").json}
    assert told["leavings"]["state"] == "minded"
    assert ".kfcs-4711-0badcafe.part" in told["leavings"]["told"]


# ---------------------------------------------------------------- temporary files


@posix
def test_l7_an_import_without_room_for_temporary_files_records_nothing(
    desk: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk of the ledger has room, the one of temporary files has not."""
    table = desk.folder / "old.csv"
    rows = [f"2026-11-01 10:00,A,漏水{n}" for n in range(2000)]
    table.write_text("\n".join(["投诉时间,项目,投诉内容", *rows]), encoding="utf-8")
    with Path("/dev/full").open("r+b") as full:
        monkeypatch.setattr(spool, "TemporaryFile", lambda: full)
        answer = desk("import", str(table))
    assert (answer.code, answer.out) == (5, "")
    assert "Temporary files cannot be written in" in answer.err.splitlines()[-1]
    assert len(desk.do("list", "--all").out.splitlines()) == 4


def test_what_was_left_a_day_ago_is_removed_by_the_next_who_writes_there(tmp_path: Path) -> None:
    for name, hours in ((".kfcs-1-a.part", 25), (".kfcs-1-a.part-journal", 25), (".kfcs-2-b.part", 1)):
        left = tmp_path / name
        left.write_text("half of a copy")
        written_at = left.stat().st_mtime - 3600 * hours
        os.utime(left, (written_at, written_at))
    write_aside(tmp_path / "report.html", "whole")
    assert names(tmp_path) == [".kfcs-2-b.part", "report.html"]

"""Files given as evidence are kept by their SHA-256 beside the ledger, and proved with it (L3, L4)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from conftest import NewDesk
from shell import Shell

from kfcs import evidence
from kfcs.entries import COLUMNS, entry_hash

PHOTO = b"\xff\xd8\xff a photo of a wet wall"
DIGEST = hashlib.sha256(PHOTO).hexdigest()
PHONE = "13812345678"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "照片 1.jpg"
    path.write_bytes(PHOTO)
    return path


def kept(desk: Shell) -> list[str]:
    """What lies in the folder of evidence."""
    folder = desk.folder / "evidence"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ---------------------------------------------------------------- keeping


def _logged(desk: Shell, file: str) -> None:
    desk.do("log", "墙面渗水", "--project", "A", "--evidence", file)


def _noted(desk: Shell, file: str) -> None:
    desk.do("note", desk.log(), "现场", "--as", "investigation", "--confirmed-by", "王", "--evidence", file)


def _signed_for(desk: Shell, file: str) -> None:
    case = desk.log()
    desk.do("dispatch", case, "--to", "工程部")
    desk.do("sign", case, "--as", "received", "--by", "李", "--evidence", file)


def _called_back(desk: Shell, file: str) -> None:
    case = desk.log()
    desk.do("resolve", case, "已处理")
    desk.do("callback", case, "--satisfied", "--signed", file)


def _rectified(desk: Shell, file: str) -> None:
    case = desk.log()
    desk.do("rectify", case, "--order", "防水", "--dept", "工程部", "--due", "+2d")
    desk.do("rectify", case, "--done", "R1", "--evidence", file)


def _promised(desk: Shell, file: str) -> None:
    case = desk.log("墙面渗水", "--claim", "800", "--home", "1-1")
    desk.do("compensate", case, "--apply", "800", "--grounds", "清单")
    desk.do("compensate", case, "--approve", "800")
    desk.do("compensate", case, "--letter", file)


ACTS: dict[str, Callable[[Shell, str], None]] = {
    "log": _logged,
    "note": _noted,
    "sign": _signed_for,
    "callback": _called_back,
    "rectify": _rectified,
    "compensate": _promised,
}


@pytest.mark.parametrize("act", ACTS)
def test_a_file_is_kept_by_its_hash_and_the_entry_says_which(kfcs: Shell, photo: Path, act: str) -> None:
    ACTS[act](kfcs, str(photo))
    photo.unlink()
    stored = kfcs.folder / "evidence" / DIGEST
    assert stored.read_bytes() == PHOTO
    assert (mode(stored), mode(stored.parent)) == (0o600, 0o700)
    bodies = [json.loads(row["body"]) for row in kfcs.do("export", "entries", "--format", "json").json]
    [told] = [file for body in bodies for file in (*body.get("evidence", ()), body.get("signed")) if file]
    assert told == {"name": "照片 1.jpg", "sha256": DIGEST, "size": len(PHOTO)}
    verified = kfcs.do("verify")
    assert "1 files of evidence are what was given" in verified.err
    assert kfcs.do("verify", "--format", "json").json["evidence"] == {"sound": 1, "elsewhere": 0}


def test_one_file_given_twice_is_kept_once(kfcs: Shell, photo: Path) -> None:
    copy = photo.with_name("copy.jpg")
    shutil.copy(photo, copy)
    kfcs.do("log", "渗水", "--project", "A", "--evidence", str(photo), "--evidence", str(copy))
    assert kept(kfcs) == [DIGEST]
    assert [file["name"] for file in kfcs.show("001")["timeline"][0]["evidence"]] == [
        "照片 1.jpg",
        "copy.jpg",
    ]


def test_what_was_spoilt_is_put_right_by_giving_the_file_again(kfcs: Shell, photo: Path) -> None:
    kfcs.do("log", "渗水", "--project", "A", "--evidence", str(photo))
    (kfcs.folder / "evidence" / DIGEST).write_bytes(b"spoilt")
    assert kfcs("verify").code == 1
    kfcs.do("note", "001", "补交", "--as", "internal", "--evidence", str(photo))
    assert kfcs("verify").code == 0


# ---------------------------------------------------------------- what is no evidence


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def _made(folder: Path, name: str, content: bytes = b"") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def _endless(folder: Path) -> Path:
    """A file with a hole in it: larger than any disk, and nothing to it."""
    path = _made(folder, "endless.mp4")
    os.truncate(path, evidence.MOST + 1)
    return path


def _to_nowhere(folder: Path) -> Path:
    (folder / "link").symlink_to(folder / "gone")
    return folder / "link"


def _in_a_circle(folder: Path) -> Path:
    (folder / "circle").symlink_to(folder / "circle")
    return folder / "circle"


NO_EVIDENCE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "none.jpg", "cannot be read"),
    "empty": (lambda folder: _made(folder, "empty.jpg"), "is empty"),
    "a folder": (lambda folder: folder, "is no file"),
    "a device": (lambda folder: Path("/dev/zero"), "is no file"),
    "a pipe": (_pipe, "is no file"),
    "too large": (_endless, "is larger than"),
    "a link to nowhere": (_to_nowhere, "cannot be read"),
    "a link in a circle": (_in_a_circle, "cannot be read"),
    "a name too long": (lambda folder: folder / ("长" * 300), "cannot be read"),
    "a file as a folder": (lambda folder: _made(folder, "x") / "y", "cannot be read"),
}


@pytest.mark.skipif(os.name == "nt", reason="devices and pipes of POSIX")
@pytest.mark.parametrize("what", NO_EVIDENCE)
def test_i3_what_is_no_evidence_is_told_and_nothing_recorded(kfcs: Shell, tmp_path: Path, what: str) -> None:
    make, told = NO_EVIDENCE[what]
    refused = kfcs.refused("log", "渗水", "--project", "A", "--evidence", str(make(tmp_path)), code=2)
    assert told in refused
    assert kfcs.do("list", "--all", "--format", "json").json == []
    assert kept(kfcs) == []


def test_an_act_that_is_refused_keeps_no_file(kfcs: Shell, photo: Path) -> None:
    case = kfcs.log()
    kfcs.refused("callback", case, "--satisfied", "--signed", str(photo))
    assert kept(kfcs) == []


def test_a_link_to_a_photo_is_the_photo(kfcs: Shell, photo: Path, tmp_path: Path) -> None:
    (tmp_path / "link.jpg").symlink_to(photo)
    kfcs.do("log", "渗水", "--project", "A", "--evidence", str(tmp_path / "link.jpg"))
    assert not (kfcs.folder / "evidence" / DIGEST).is_symlink()
    assert kfcs("verify").code == 0


@pytest.mark.skipif(os.name == "nt", reason="names of POSIX")
def test_a_name_that_is_no_text_is_kept_as_far_as_it_goes(kfcs: Shell, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff\xfe\x1b[2J.jpg"
    Path(os.fsdecode(path)).write_bytes(PHOTO)
    kfcs.do("log", "渗水", "--project", "A", "--evidence", os.fsdecode(path))
    assert kfcs("verify").code == 0
    for words in (("show", "001", "--format", "table"), ("show", "001")):
        assert "\x1b" not in kfcs.do(*words).out


def test_a_full_disk_is_told_and_nothing_recorded(
    kfcs: Shell, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(evidence.os, "fsync", full)
    assert "nothing was recorded" in kfcs.refused(
        "log", "渗水", "--project", "A", "--evidence", str(photo), code=5
    )
    monkeypatch.undo()
    assert kept(kfcs) == []
    assert kfcs.do("list", "--all", "--format", "json").json == []


# ---------------------------------------------------------------- proving

SPOILING: dict[str, tuple[Callable[[Path], object], str]] = {
    "deleted": (lambda file: file.unlink(), "is missing"),
    "changed": (lambda file: file.write_bytes(PHOTO.replace(b"wet", b"dry")), "is not what was given"),
    "cut": (lambda file: file.write_bytes(PHOTO[:-1]), "is not what was given"),
    "lengthened": (lambda file: file.write_bytes(PHOTO + b"!"), "is not what was given"),
    "a link": (lambda file: (file.rename(file.with_name("x")), file.symlink_to("x")), "cannot be read"),
    "a folder": (lambda file: (file.unlink(), file.mkdir()), "cannot be read"),
}


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
@pytest.mark.parametrize("how", SPOILING)
def test_l3_a_file_that_is_not_what_was_given_is_named(kfcs: Shell, photo: Path, how: str) -> None:
    spoil, told = SPOILING[how]
    kfcs.do("log", "渗水", "--project", "A", "--evidence", str(photo))
    spoil(kfcs.folder / "evidence" / DIGEST)
    fault = kfcs.refused("verify", code=1)
    assert told in fault
    assert DIGEST in fault
    answer = kfcs("verify", "--format", "json")
    assert (answer.code, answer.json["ok"]) == (1, False)


def test_a_file_recorded_by_its_hash_alone_is_not_looked_for(kfcs: Shell, photo: Path) -> None:
    kfcs.log()
    with closing(sqlite3.connect(kfcs.folder / "kfcs.db")) as db:
        _forge(db, {"evidence": [{"name": "x", "sha256": DIGEST}]})
    kfcs.do("rebuild")
    assert "rebuild" not in kfcs.do("verify").err


def _forge(db: sqlite3.Connection, more: dict[str, Any]) -> None:
    """A second note in the chain, as another program of this desk would have written it."""
    row = list(db.execute(f"SELECT {COLUMNS} FROM entries ORDER BY seq DESC LIMIT 1").fetchone())
    row[0], row[2], row[3], row[6] = str(uuid4()), row[2] + 1, row[12], "contact"
    row[11] = json.dumps(more, sort_keys=True, separators=(",", ":"))
    row[12] = entry_hash(*row[:12])
    db.execute(f"INSERT INTO entries VALUES ({','.join('?' * 13)})", row)
    db.commit()


@pytest.mark.parametrize(
    "file",
    [
        {"name": "x", "sha256": "../../../etc/passwd", "size": 5},
        {"name": "x", "sha256": "/etc/passwd", "size": 5},
        {"name": "x", "sha256": DIGEST.upper(), "size": 5},
        {"name": "x", "sha256": 5, "size": "x"},
        {"name": "x", "sha256": DIGEST + "\n", "size": 5},
        "x",
        None,
    ],
    ids=str,
)
def test_l6_a_hash_that_is_none_opens_no_file(kfcs: Shell, new_desk: NewDesk, file: Any) -> None:
    """No name in a ledger that somebody prepared leads out of the folder, and none of its entries is taken over."""
    kfcs.log()
    with closing(sqlite3.connect(kfcs.folder / "kfcs.db")) as db:
        _forge(db, {"evidence": [file, {"sha256": "a"}], "signed": {"sha256": "../x"}})
    (kfcs.folder / "evidence").mkdir()
    kfcs.do("rebuild")
    assert kfcs.do("verify", "--format", "json").json["evidence"] == {"sound": 0, "elsewhere": 0}
    group = new_desk(name="group")
    _as_desk(group, "CQ0")
    assert "evidence" in group.refused("merge", str(kfcs.folder / "kfcs.db"), code=1)
    assert kept(group) == []


def _as_desk(desk: Shell, name: str) -> None:
    file = desk.folder / "kfcs.toml"
    file.write_text(file.read_text("utf-8").replace('"CQ1"', f'"{name}"'), "utf-8")


# ---------------------------------------------------------------- copies


def test_l6_files_come_along_in_a_merge_and_what_is_false_does_not(
    kfcs: Shell, new_desk: NewDesk, photo: Path
) -> None:
    kfcs.do("log", "渗水", "--project", "A", "--evidence", str(photo))
    group = new_desk(name="group")
    _as_desk(group, "CQ0")
    stored = kfcs.folder / "evidence" / DIGEST
    stored.write_bytes(b"false")
    group.do("merge", str(kfcs.folder / "kfcs.db"))
    assert kept(group) == []
    assert group.do("verify", "--format", "json").json["evidence"] == {"sound": 0, "elsewhere": 1}
    stored.write_bytes(PHOTO)
    assert "taken over: 1" in group.do("merge", str(kfcs.folder / "kfcs.db")).err
    assert "taken over" not in group.do("merge", str(kfcs.folder / "kfcs.db")).err
    assert group.do("verify", "--format", "json").json["evidence"] == {"sound": 1, "elsewhere": 0}
    (group.folder / "evidence" / DIGEST).write_bytes(b"changed here")
    assert group("verify").code == 1


def test_l8_files_go_along_with_a_backup_and_come_back(kfcs: Shell, photo: Path, tmp_path: Path) -> None:
    kfcs.do("log", "渗水", "--project", "A", "--evidence", str(photo))
    copies = tmp_path / "copies"
    copies.mkdir()
    assert ": 1." in kfcs.do("backup", str(copies)).err
    assert "evidence" not in kfcs.do("backup", str(copies), now="2026-11-03 09:00").err.replace(
        str(copies), ""
    )
    shutil.rmtree(kfcs.folder / "evidence")
    (kfcs.folder / "kfcs.db").unlink()
    kfcs.do("restore", str(sorted(copies.glob("*.db"))[-1]))
    assert kept(kfcs) == [DIGEST]
    assert kfcs("verify").code == 0


def test_l8_a_file_that_is_gone_is_told_at_the_backup(kfcs: Shell, photo: Path, tmp_path: Path) -> None:
    kfcs.do("log", "渗水", "--project", "A", "--evidence", str(photo))
    (kfcs.folder / "evidence" / DIGEST).unlink()
    assert "stayed behind: 1" in kfcs.do("backup", str(tmp_path / "copy.db")).err


# ---------------------------------------------------------------- erasing (L4)


def test_l4_who_is_erased_is_told_of_copies_and_files(kfcs: Shell, photo: Path, tmp_path: Path) -> None:
    before = tmp_path / "before.db"
    kfcs.do("backup", str(before))
    kfcs.do(
        "log", "渗水", "--project", "A", "--phone", PHONE, "--evidence", str(photo), now="2026-11-02 10:00"
    )
    copies = tmp_path / "copies"
    copies.mkdir()
    kfcs.do("backup", str(copies), now="2026-11-03 09:00")
    kfcs.do("backup", str(copies), now="2026-11-04 09:00")
    gone = tmp_path / "gone.db"
    kfcs.do("backup", str(gone))
    gone.unlink()
    kfcs.do("restore", str(copies / "kfcs-20261103-090000.db"))
    told = kfcs.do("erase", "--phone", PHONE, "--reason", "本人要求").err
    for path in (copies / "kfcs-20261103-090000.db", copies / "kfcs-20261104-090000.db"):
        assert str(path) in told
    assert "kfcs.before-restore-20261104-090000.db" in told
    assert str(before) not in told
    assert str(gone) not in told
    assert DIGEST in told
    (kfcs.folder / "evidence" / DIGEST).unlink()
    assert kfcs.do("verify", "--format", "json").json["evidence"] == {"sound": 0, "elsewhere": 1}

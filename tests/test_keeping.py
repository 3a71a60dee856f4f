"""Backups, restoring, erasing a person, and what ails a ledger (SPEC L4, L8), from the command line."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import NewDesk
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import Shell

from kfcs.drives import on_network
from kfcs.wordindex import FIELDS

PHONE, NAME, MAIL = "13812345678", "欧阳娜娜", "ouyang@example.cn"


def ledger(desk: Shell) -> Path:
    return desk.folder / "kfcs.db"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One person with three cases, an amended name, a joining and a signature; her neighbour; her home in the archive."""
    kfcs = Shell(tmp_path_factory.mktemp("worked"))
    kfcs.do("init", "--branch", "重庆", "--branch-code", "CQ", "--desk", "CQ1", "--policy", "jinke")
    who = ("--phone", PHONE, "--customer", NAME)
    kfcs.log("厨房漏水", *who, "--home", "1-1")
    kfcs.log("卫生间渗水", *who, "--home", "1-1")
    kfcs.log("楼道渗水", "--phone", "13900000009", "--customer", "马某某")
    kfcs.do("join", "003", *who)
    kfcs.do("amend", "002", "--set", f"contact={MAIL}", "--reason", "补登")
    kfcs.do("sign", "001", "--as", "customer", "--by", NAME)
    homes = kfcs.folder / "homes.csv"
    homes.write_text(f"项目,房号,业主,电话\nA,1-1,{NAME},{PHONE}\nA,2-2,马某某,13900000009\n", "utf-8")
    kfcs.do("home", "import", str(homes))
    return kfcs.folder


@pytest.fixture
def worked(made: Path, tmp_path: Path) -> Shell:
    """The same in a folder of one's own."""
    return Shell(Path(shutil.copytree(made, tmp_path / "desk")))


def traces(desk: Shell, *values: str) -> list[str]:
    """Where any of these values stands in the ledger's files, byte by byte."""
    files = [path for path in desk.folder.iterdir() if path.name.startswith("kfcs.db")]
    return [path.name for path in files for value in values if value.encode() in path.read_bytes()]


def figures(desk: Shell) -> Any:
    told = desk.do("report", "--month", "2026-11", "--format", "json").json
    return {name: told[name] for name in ("intake", "clocks", "closure", "backlog", "hot_topics", "callback")}


# ---------------------------------------------------------------- erase (L4)


@pytest.mark.parametrize(
    "way", [("--phone", PHONE), ("--phone", "138-1234-5678"), ("--home", "1-1")], ids=" ".join
)
def test_l4_a_person_is_gone_and_everything_else_stays(worked: Shell, way: tuple[str, str]) -> None:
    """No byte of her is left in the files, the chain holds, every figure is what it was, and her neighbour is there."""
    before, levels = figures(worked), [worked.show(f"00{n}")["level"] for n in (1, 2, 3)]
    assert traces(worked, PHONE, NAME)
    told = worked.do("erase", *way, "--reason", "本人要求", "--format", "json").json
    assert told["cases"] == [f"CQ1-20261102-00{n}" for n in (1, 2, 3)]
    assert traces(worked, PHONE, NAME, MAIL) == []
    assert worked("verify").code == 0
    assert figures(worked) == before
    assert [worked.show(f"00{n}")["level"] for n in (1, 2, 3)] == levels
    shown = worked.do("show", "001", "--reveal", "--format", "json").out
    assert NAME not in shown
    assert worked.do("search", "马某某", "--format", "json", "--reveal").json[0]["customer"] == "马某某"
    assert worked.do("rebuild").code == 0
    assert figures(worked) == before
    kinds = [
        json.loads(line)
        for line in worked.do("export", "entries", "--format", "jsonl", "--reveal").out.splitlines()
    ]
    [erasure] = [row for row in kinds if row["kind"] == "erasure"]
    assert PHONE not in erasure["body"]
    assert "本人要求" in erasure["body"]


names = st.text(alphabet="欧阳娜罗启明张伟王芳李静ABCDefgh·", min_size=2, max_size=8)
phones = st.integers(0, 10**8 - 1).map(lambda n: f"139{n:08d}")


@settings(max_examples=12)
@given(name=names, phone=phones, home=st.sampled_from(["7-2-1903", "8-1-0404"]), by_home=st.booleans())
def test_l4_no_byte_and_no_pair_of_whoever_is_erased_is_left(
    tmp_path_factory: pytest.TempPathFactory, name: str, phone: str, home: str, by_home: bool
) -> None:
    """Neither the values in any file of the folder, nor the pairs of characters by which search finds them."""
    kfcs = Shell(tmp_path_factory.mktemp("erased"))
    kfcs.do("init", "--branch", "重庆", "--branch-code", "CQ")
    kfcs.log("电梯停运", "--phone", "13700000000", "--customer", "甲乙")
    case = kfcs.log("厨房漏水", "--phone", phone, "--customer", name, "--home", home)
    kfcs.do("contact", case, "已联系")
    kfcs.do("amend", case, "--set", f"contact={name}@example.cn", "--reason", "补登")
    assert phone[:2] in _pairs_in(kfcs)
    kfcs.do(
        "erase",
        *(("--home", home, "--project", "A") if by_home else ("--phone", phone)),
        "--reason",
        "本人要求",
    )
    for path in kfcs.folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for value in (name, phone):
            for encoding in ("utf-8", "utf-16-le", "gb18030"):
                assert value.encode(encoding) not in content, (path.name, encoding)
    left = _pairs_in(kfcs)
    mine = {"".join(pair) for value in (phone, name.lower()) for pair in pairwise(value)}
    standing = "\n".join(_haystacks(kfcs))
    assert {pair for pair in mine & left if pair not in standing} == set()


def _haystacks(desk: Shell) -> list[str]:
    with sqlite3.connect(ledger(desk)) as db:
        rows = db.execute(f"SELECT {', '.join(FIELDS)} FROM cases").fetchall()
    return ["\n".join(str(value or "") for value in row).lower() for row in rows]


def _pairs_in(desk: Shell) -> set[str]:
    """The pairs of characters that the index for searching holds."""
    with sqlite3.connect(ledger(desk)) as db:
        db.execute("CREATE VIRTUAL TABLE temp.pairs_there USING fts5vocab('main', 'pairs', 'row')")
        return {row[0] for row in db.execute("SELECT term FROM temp.pairs_there")}


def test_l4_her_two_complaints_are_still_those_of_one_person(new_desk: NewDesk) -> None:
    """Three people on one matter make it graver; two of them erased are two still."""
    desk = new_desk("jinke")
    for n, phone in enumerate((PHONE, PHONE, "13900000001", "13900000002")):
        desk.log(f"厨房漏水第{n}次", "--phone", phone)
    assert desk.show("001")["level"] == 3
    desk.do("erase", "--phone", PHONE, "--reason", "本人要求")
    assert desk.show("001")["level"] == 3
    desk.do("rebuild")
    assert desk.show("001")["level"] == 3
    desk.do("erase", "--phone", "13900000001", "--reason", "本人要求")
    desk.log("厨房漏水", "--phone", "13900000002")
    assert desk.show("001")["level"] == 3


def test_l4_a_dry_run_says_what_and_erases_nothing(worked: Shell) -> None:
    told = worked.do("erase", "--phone", PHONE, "--reason", "本人要求", "--dry-run")
    assert told.err.startswith("Would be erased: personal data of ")
    assert traces(worked, PHONE)
    assert worked.do("show", "001", "--reveal", "--format", "json").json["customer"] == NAME


def test_l4_texts_that_name_the_person_are_told(kfcs: Shell) -> None:
    kfcs.log(f"{NAME}来电，请回 {PHONE}", "--phone", PHONE, "--customer", NAME)
    assert "in 1 entries" in kfcs.do("erase", "--phone", PHONE, "--reason", "本人要求").err


def test_l4_an_erasure_reaches_other_ledgers_and_is_not_undone_by_old_copies(
    worked: Shell, tmp_path: Path
) -> None:
    old = tmp_path / "old.db"
    worked.do("backup", str(old))
    group = Shell(tmp_path / "group")
    group.folder.mkdir()
    group.do("init", "--branch", "集团", "--branch-code", "JT", "--policy", "jinke")
    group.do("merge", str(old))
    assert traces(group, PHONE)
    worked.do("erase", "--phone", PHONE, "--reason", "本人要求")
    group.do("merge", str(ledger(worked)))
    assert (
        group.do("show", "CQ1-20261102-001", "--reveal", "--format", "json").json["phone"].startswith("000")
    )
    worked.do("merge", str(old))
    fresh = Shell(tmp_path / "fresh")
    fresh.folder.mkdir()
    fresh.do("init", "--branch", "集团", "--branch-code", "JT", "--policy", "jinke")
    fresh.do("merge", str(ledger(worked)), str(old))
    for desk in (worked, group, fresh):
        assert desk("verify").code == 0
    assert traces(fresh, PHONE, NAME) == traces(worked, PHONE, NAME) == []


def test_l3_personal_data_put_back_after_an_erasure_is_named(worked: Shell) -> None:
    worked.do("erase", "--phone", PHONE, "--reason", "本人要求")
    with sqlite3.connect(ledger(worked)) as connection:
        connection.execute("UPDATE people SET phone = '13800000000' WHERE phone LIKE '000%'")
    broken = worked("verify")
    assert (broken.code, "was erased, and yet there is some" in broken.err) == (1, True)


WRONG = {
    "neither": (("--reason", "x"), 2, "either --phone"),
    "both": (("--phone", PHONE, "--home", "1-1", "--reason", "x"), 2, "either --phone"),
    "no reason": (("--phone", PHONE), 2, "--reason is missing"),
    "nobody": (("--phone", "13800000000", "--reason", "x"), 2, "Nobody is recorded"),
    "no such home": (("--home", "9-9", "--reason", "x"), 2, "no home 9-9"),
    "no phone": (("--phone", "1.38E+10", "--reason", "x"), 2, "lost its digits"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_i3_what_cannot_be_erased_is_told(worked: Shell, mistake: str) -> None:
    words, code, told = WRONG[mistake]
    assert told in worked.refused("erase", *words, code=code)


# ---------------------------------------------------------------- backup and restore (L8)


def test_l8_a_backup_holds_what_the_ledger_holds_while_a_desk_goes_on(worked: Shell) -> None:
    environ = {**os.environ, **worked.environ, "KFCS_NOW": worked.now}
    loop = "from kfcs.main import main\nfor n in range(30): assert main(['log', f'来电{n}', '--project', 'B']) == 0"
    desk = subprocess.Popen([sys.executable, "-c", loop], env=environ, stdout=subprocess.DEVNULL)
    copies = []
    for n in range(4):
        copies.append(worked.folder / f"copy{n}.db")
        told = worked.do("backup", str(copies[-1])).err
        assert re.search(r"\d+ entries hold\.$", told.strip())
    assert desk.wait(timeout=100) == 0
    for path in copies:
        assert worked("verify", "--ledger", str(path)).code == 0
        assert oct(path.stat().st_mode & 0o777) == "0o600"
        assert not Path(f"{path}-wal").exists()
    assert not [name for name in os.listdir(worked.folder) if name.endswith(".part")]


def test_l8_copies_in_a_folder_are_named_by_the_moment_and_thinned(worked: Shell) -> None:
    folder = worked.folder / "copies"
    folder.mkdir()
    (folder / "notes.db").write_text("mine")
    for day in range(1, 5):
        worked.do("backup", str(folder), "--keep", "2", now=f"2026-11-1{day} 03:00")
    assert sorted(os.listdir(folder)) == ["kfcs-20261113-030000.db", "kfcs-20261114-030000.db", "notes.db"]


def test_l8_restoring_destroys_nothing(worked: Shell) -> None:
    copy = worked.folder / "copy.db"
    worked.do("backup", str(copy))
    later = worked.log("备份之后的来电", now="2026-11-03 09:00")
    told = worked.do("restore", str(copy), now="2026-11-04 09:00").err
    assert "entries that the copy lacks: 1." in told
    assert worked("show", later).code == 2
    kept = worked.folder / "kfcs.before-restore-20261104-090000.db"
    assert worked("verify", "--ledger", str(kept)).code == 0
    worked.do("merge", str(kept))
    assert worked.show(later)["text"] == "备份之后的来电"
    assert worked("verify").code == 0


def test_l8_a_ledger_that_is_gone_or_broken_is_restored(worked: Shell) -> None:
    copy = worked.folder / "copy.db"
    worked.do("backup", str(copy))
    ledger(worked).unlink()
    worked.do("restore", str(copy))
    assert worked("verify").code == 0
    ledger(worked).write_bytes(b"broken" * 1000)
    worked.do("restore", str(copy), now="2026-11-04 09:00")
    assert worked("verify").code == 0
    assert (worked.folder / "kfcs.before-restore-20261104-090000.db").read_bytes().startswith(b"broken")


def test_l8_what_is_no_backup_replaces_nothing(worked: Shell) -> None:
    copy = worked.folder / "copy.db"
    worked.do("backup", str(copy))
    before = ledger(worked).read_bytes()
    with sqlite3.connect(copy) as connection:
        connection.execute("DROP TRIGGER entries_no_update")
        connection.execute("UPDATE entries SET body = replace(body, '厨房', '客厅') WHERE seq = 1")
    (worked.folder / "text.db").write_text("no ledger")
    for name, code in (("copy.db", 5), ("text.db", 5), ("none.db", 2), ("kfcs.db", 2)):
        worked.refused("restore", str(worked.folder / name), code=code)
    assert ledger(worked).read_bytes() == before


def test_l8_a_ledger_in_use_is_not_pulled_away(worked: Shell) -> None:
    copy = worked.folder / "copy.db"
    worked.do("backup", str(copy))
    busy = sqlite3.connect(ledger(worked), isolation_level=None)
    busy.execute("BEGIN IMMEDIATE")
    try:
        assert "in use by another program" in worked.refused("restore", str(copy), code=5)
    finally:
        busy.close()
    assert worked("verify").code == 0


REFUSED = {
    "the ledger itself": ("kfcs.db", (), "the ledger itself"),
    "no folder": ("none/copy.db", (), "There is no folder"),
    "a number to keep with a file": ("copy.db", ("--keep", "3"), "--keep goes with a folder"),
    "nothing to keep": (".", ("--keep", "0"), "no number of copies"),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_i3_a_place_where_no_backup_can_be(worked: Shell, mistake: str) -> None:
    place, words, told = REFUSED[mistake]
    assert told in worked.refused("backup", str(worked.folder / place), *words, code=2)


# ---------------------------------------------------------------- doctor


def health(desk: Shell, code: int = 0) -> dict[str, str]:
    answer = desk("doctor", "--format", "json")
    assert answer.code == code, answer
    return {row["what"]: row["state"] for row in answer.json}


def test_a_sound_ledger_is_found_sound(worked: Shell) -> None:
    assert set(health(worked).values()) == {"fine"}


def test_what_ails_a_ledger_is_named(worked: Shell) -> None:
    ledger(worked).chmod(0o644)
    assert health(worked)["mode"] == "minded"
    ledger(worked).chmod(0o600)
    worked.now = "2026-11-01T08:00:00+08:00"
    assert health(worked, 1)["clock"] == "fault"
    worked.now = "2026-11-04T08:00:00+08:00"
    settings = worked.folder / "kfcs.toml"
    good = settings.read_text("utf-8")
    settings.write_text(good.replace('"jinke"', '"nosuch"'), "utf-8")
    assert health(worked, 1)["policy"] == "fault"
    settings.write_text(good, "utf-8")
    shutil.copy(ledger(worked), worked.folder / "kept.db")
    content = bytearray(ledger(worked).read_bytes())
    content[8192:8292] = b"\xff" * 100
    ledger(worked).write_bytes(bytes(content))
    assert health(worked, 1)["ledger"] == "fault"
    ledger(worked).unlink()
    assert health(worked, 1)["file"] == "fault"


@pytest.mark.parametrize(
    ("path", "network"), [("//server/share/kfcs.db", True), ("/proc/self/status", False), ("kfcs.db", False)]
)
def test_a_network_drive_is_told(path: str, network: bool) -> None:
    assert on_network(Path(path)) is network


# ---------------------------------------------------------------- heads kept elsewhere (L3)

WAYS = {
    "what verify printed": ("verify", "--format", "csv"),
    "its JSON": ("verify", "--format", "json"),
    "its table": ("verify", "--format", "table"),
    "a report": ("report", "--month", "2026-11", "--format", "html"),
    "a report in Markdown": ("report", "--month", "2026-11", "--format", "md"),
    "an English report": ("report", "--month", "2026-11", "--format", "html", "--lang", "en"),
}


@pytest.mark.parametrize("way", WAYS)
def test_l3_a_head_kept_elsewhere_shows_a_tail_that_was_cut_off(worked: Shell, way: str) -> None:
    """By itself a shorter chain is as good as a longer one."""
    short = worked.folder / "short.db"
    worked.do("backup", str(short))
    worked.log("后来的来电", now="2026-11-03 09:00")
    anchor = worked.folder / "anchor.txt"
    anchor.write_text(worked.do(*WAYS[way]).out, "utf-8")
    assert "They agree with the heads" in worked.do("verify", "--anchor", str(anchor)).err
    worked.log("再后来", now="2026-11-04 09:00")
    assert worked("verify", "--anchor", str(anchor)).code == 0
    assert worked("verify", "--ledger", str(short)).code == 0
    cut = worked("verify", "--ledger", str(short), "--anchor", str(anchor))
    assert (cut.code, "is no longer there" in cut.err) == (1, True)


def test_l3_another_history_of_the_same_desk_is_told(worked: Shell, tmp_path: Path) -> None:
    anchor = worked.folder / "anchor.txt"
    shutil.copytree(worked.folder, tmp_path / "twin")
    worked.log("一种历史", now="2026-11-03 09:00")
    anchor.write_text(worked.do("verify").out, "utf-8")
    twin = Shell(tmp_path / "twin")
    twin.log("另一种历史", now="2026-11-03 09:00")
    other = twin("verify", "--anchor", str(anchor))
    assert (other.code, "is not the one whose hash was kept" in other.err) == (1, True)


def test_i3_a_file_without_heads_is_told(worked: Shell) -> None:
    (worked.folder / "empty.txt").write_text("nothing")
    for name in ("empty.txt", "none.txt"):
        worked.refused("verify", "--anchor", str(worked.folder / name), code=2)


# ---------------------------------------------------------------- texts that are none


def spoil(path: Path, table: str, column: str) -> None:
    with sqlite3.connect(path) as connection:
        if table == "entries":
            connection.execute("DROP TRIGGER entries_no_update")
        connection.execute(f"UPDATE {table} SET {column} = CAST(X'E9FF' || CAST({column} AS BLOB) AS TEXT)")


def test_l3_an_entry_that_is_no_text_any_more_is_named_without_its_text(worked: Shell) -> None:
    spoil(ledger(worked), "entries", "body")
    broken = worked("verify")
    assert (broken.code, broken.err.count("\n")) == (1, 1)
    assert "damaged" in broken.err
    told = worked("show", "001").err
    assert "厨房漏水" not in broken.err + told


def test_l5_what_is_kept_of_the_rule_book_is_read_anew_where_it_is_spoilt(worked: Shell) -> None:
    spoil(ledger(worked), "settings", "value")
    assert worked("list").code == 0
    worked.log("还能登记")
    assert worked("verify").code == 0


def test_l8_a_copy_whose_tables_are_wrong_is_derived_anew_when_it_is_restored(worked: Shell) -> None:
    copy = worked.folder / "copy.db"
    worked.do("backup", str(copy))
    spoil(copy, "cases", "text")
    worked.do("restore", str(copy), now="2026-11-04 09:00")
    assert worked("verify").code == 0
    assert worked.show("001")["text"] == "厨房漏水"

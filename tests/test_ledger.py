"""The ledger keeps what it was told: append-only, tamper-evident, proved as a whole (SPEC L1–L3, L7, L8)."""

from __future__ import annotations

import gc
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import NewDesk
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import Shell, rows_of_tables

from kfcs import desk as desk_module
from kfcs import ledgerfile
from kfcs.chain import check_chain, stray_person
from kfcs.desk import Desk
from kfcs.entries import COLUMNS, Draft, Person, entry_hash, ids, in_recorded_order
from kfcs.errors import LedgerUnusable
from kfcs.ledger import Ledger
from kfcs.period import SHANGHAI
from kfcs.projection import TABLES
from kfcs.proof import prove

MOMENT = datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)
NAMES = [name.strip(' "') for name in COLUMNS.split(",")]


def open_database(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(path, isolation_level=None))


@contextmanager
def tampering(path: Path) -> Iterator[sqlite3.Connection]:
    """The ledger in the hands of somebody who takes its guards away first and puts them back."""
    with open_database(path) as db:
        db.execute("PRAGMA foreign_keys = OFF")
        guards = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _sql in guards:
            db.execute(f"DROP TRIGGER {name}")
        yield db
        for _name, sql in guards:
            db.execute(sql)


@pytest.fixture(scope="module")
def a_weeks_work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk where a week was worked: entries of many kinds, some on behalf of people, one correction."""
    kfcs = Shell(tmp_path_factory.mktemp("week"))
    kfcs.do("init", "--branch", "重庆", "--branch-code", "CQ")
    first = kfcs.log("厨房漏水", "--customer", "赵女士", "--phone", "13800000001", "--home", "3-1-502")
    second = kfcs.log("电梯停运", "--phone", "13800000002", now="2026-11-02 10:00")
    kfcs.do("dispatch", first, "--to", "工程部", now="2026-11-02 11:00")
    kfcs.do("join", first, "--customer", "钱先生", "--phone", "13800000003")
    kfcs.do("contact", first, "已联系", "--promise", "2026-11-04 18:00")
    kfcs.do("rectify", first, "--order", "更换阀门", "--dept", "工程部", "--due", "2026-11-04 18:00")
    kfcs.do("rectify", first, "--done", "R1", now="2026-11-04 12:00")
    kfcs.do("resolve", first, "已修复", "--cause", "quality.leak")
    kfcs.do("callback", first, "--satisfied", now="2026-11-05 09:00")
    kfcs.do("amend", f"{first}#3", "--set", "phone=13800000004", "--reason", "记错号码")
    kfcs.do("escalate", now="2026-11-20 09:00")
    kfcs.do("join", second, "--case", kfcs.log("电梯又停了", "--phone", "13800000005"))
    return kfcs.folder


@pytest.fixture
def worked(a_weeks_work: Path, tmp_path: Path) -> Shell:
    """That desk, in a copy of its own."""
    shell = Shell(shutil.copytree(a_weeks_work, tmp_path / "desk"))
    shell.now = "2026-11-20T09:00:00+08:00"
    return shell


def verify(shell: Shell) -> tuple[int, str]:
    answer = shell("verify")
    return answer.code, answer.err


# ---------------------------------------------------------------- appending only (L1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET body = '{}'",
        "UPDATE entries SET seq = seq + 100",
        "DELETE FROM entries",
        "DELETE FROM entries WHERE seq = 1",
        "REPLACE INTO entries SELECT * FROM entries WHERE seq = 1",
        "INSERT OR REPLACE INTO entries SELECT * FROM entries",
        "INSERT INTO entries SELECT * FROM entries WHERE seq = 1",
        "UPDATE OR REPLACE entries SET id = 'x' WHERE seq = 2",
    ],
)
def test_the_database_itself_refuses_to_change_an_entry(worked: Shell, statement: str) -> None:
    with open_database(worked.folder / "kfcs.db") as db:
        before = db.execute("SELECT * FROM entries").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="an entry is never"):
            db.execute(statement)
        assert db.execute("SELECT * FROM entries").fetchall() == before
    assert verify(worked)[0] == 0


def test_a_replaced_sequence_number_is_refused_too(worked: Shell) -> None:
    """REPLACE would delete the row that holds the number; the guard looks before it."""
    with open_database(worked.folder / "kfcs.db") as db:
        row = list(db.execute("SELECT * FROM entries WHERE seq = 2").fetchone())
        row[0] = "another-id"
        with pytest.raises(sqlite3.IntegrityError, match="never replaced"):
            db.execute(f"INSERT OR REPLACE INTO entries VALUES ({','.join('?' * len(row))})", row)


def test_a_correction_leaves_both_in_the_timeline(worked: Shell) -> None:
    timeline = worked.show("20261102-001", "--reveal")["timeline"]
    joined, correction = timeline[2], timeline[-1]
    assert joined["kind"] == "join"
    assert [act["kind"] for act in timeline].count("amendment") == 1
    assert correction["reason"] == "记错号码"


# ---------------------------------------------------------------- two times (L2)


def test_an_act_may_be_recorded_late_and_is_marked(kfcs: Shell) -> None:
    case = kfcs.log("漏水", "--at", "2026-10-30 10:00")
    kfcs.do("contact", case, "--at", "2026-11-01 09:00", now="2026-11-02 09:00")
    kfcs.do("contact", case, "--at", "2026-11-01 08:59:59")
    late = [act["late_recorded"] for act in kfcs.show(case)["timeline"]]
    assert late == [True, False, True]  # exactly 24 hours is not more than 24 hours
    assert case == "CQ1-20261030-001"


@pytest.mark.parametrize(("ahead", "code"), [(300, 0), (301, 2), (86_400, 2)])
def test_an_act_lies_at_most_five_minutes_ahead(kfcs: Shell, ahead: int, code: int) -> None:
    at = (MOMENT + timedelta(seconds=ahead)).isoformat()
    answer = kfcs("log", "漏水", "--project", "A", "--at", at)
    assert answer.code == code
    if code:
        assert at in answer.err
        assert answer.out == ""


def test_a_clock_that_goes_backwards_breaks_nothing(kfcs: Shell) -> None:
    """The chain orders what one desk recorded, not its clock."""
    case = kfcs.log("漏水", now="2026-11-02 09:00")
    kfcs.do("contact", case, "电话联系", "--at", "2026-11-02 09:00", now="2026-11-02 08:56")
    kfcs.log("停电", now="2026-11-02 08:00")
    kfcs.do("resolve", case, "--at", "2026-11-02 09:00", now="2026-11-02 08:55")
    shown = kfcs.show(case, now="2026-11-02 08:00")
    assert [act["kind"] for act in shown["timeline"]] == ["complaint", "contact", "resolution"]
    assert shown["state"] == "resolved"
    assert verify(kfcs)[0] == 0
    kfcs.do("rebuild")
    assert verify(kfcs)[0] == 0


# ---------------------------------------------------------------- tamper-evident (L3)

OTHER = {
    "id": "0" * 8,
    "desk": "CD1",
    "seq": 77,
    "prev": "0" * 64,
    "at": "2026-11-02T08:00:00+08:00",
    "recorded_at": "2026-11-02T08:00:00+08:00",
    "kind": "note",
    "case_id": "CQ1-20261102-009",
    "refers": "CQ1-20261102-001",
    "by": "somebody",
    "policy": "other@0",
    "body": '{"as":"internal","text":"无"}',
    "hash": "0" * 64,
}


@pytest.mark.parametrize("seq", [1, 3, 10])
@pytest.mark.parametrize("column", NAMES)
def test_a_changed_column_is_named(worked: Shell, column: str, seq: int) -> None:
    with tampering(worked.folder / "kfcs.db") as db:
        entry = db.execute("SELECT id FROM entries WHERE seq = ?", (seq,)).fetchone()[0]
        db.execute(f'UPDATE entries SET "{column}" = ? WHERE seq = ?', (OTHER[column], seq))
    code, told = verify(worked)
    assert code == 1
    named = OTHER["id"] if column == "id" else entry
    following = (
        "an entry before it is missing"  # where the entry left its place, the next one is the first to fail
    )
    assert str(named) in told or following in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("seq", [1, 4])
def test_a_removed_entry_is_named(worked: Shell, seq: int) -> None:
    with tampering(worked.folder / "kfcs.db") as db:
        following = db.execute("SELECT id FROM entries WHERE seq = ?", (seq + 1,)).fetchone()[0]
        db.execute("DELETE FROM entries WHERE seq = ?", (seq,))
    code, told = verify(worked)
    assert (code, following in told, "missing" in told) == (1, True, True)


def test_a_cut_tail_shows_in_the_tables_at_least(worked: Shell) -> None:
    with tampering(worked.folder / "kfcs.db") as db:
        db.execute("DELETE FROM people WHERE entry_id = (SELECT id FROM entries ORDER BY seq DESC LIMIT 1)")
        db.execute("DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)")
    code, told = verify(worked)
    assert (code, "kfcs rebuild" in told) == (1, True)


def test_exchanged_entries_are_named(worked: Shell) -> None:
    with tampering(worked.folder / "kfcs.db") as db:
        for seq, other in ((3, 900), (4, 3), (900, 4)):
            db.execute("UPDATE entries SET seq = ? WHERE seq = ?", (other, seq))
    assert verify(worked)[0] == 1


def test_a_slipped_in_entry_is_named(worked: Shell) -> None:
    """Even one with a hash of its own: the entry after it does not follow it."""
    with tampering(worked.folder / "kfcs.db") as db:
        last = db.execute("SELECT max(seq) FROM entries").fetchone()[0]
        for seq in range(last, 4, -1):
            db.execute("UPDATE entries SET seq = ? WHERE seq = ?", (seq + 1, seq))
        row = dict(zip(NAMES, db.execute("SELECT * FROM entries WHERE seq = 4").fetchone(), strict=True))
        entry = row["id"]
        row |= {"id": "forged", "seq": 5, "prev": row["hash"]}
        columns = [row[name] for name in NAMES]
        columns[-1] = entry_hash(*columns[:-1])
        db.execute(f"INSERT INTO entries VALUES ({','.join('?' * len(columns))})", columns)
        db.execute(
            "INSERT INTO people SELECT 'forged', salt, name, phone, contact FROM people WHERE entry_id = ?",
            (entry,),
        )
    code, told = verify(worked)
    assert (code, "number 6" in told) == (1, True), told


@pytest.mark.parametrize(
    "change", ["phone = '13900000000'", "name = NULL", "salt = 'x'", "contact = 'a@b.cn'"]
)
def test_changed_personal_data_is_named(worked: Shell, change: str) -> None:
    with open_database(worked.folder / "kfcs.db") as db:
        entry = db.execute("SELECT id FROM entries WHERE seq = 1").fetchone()[0]
        db.execute(f"UPDATE people SET {change} WHERE entry_id = ?", (entry,))
    code, told = verify(worked)
    assert (code, entry in told, "personal data" in told) == (1, True, True)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM people WHERE entry_id = ?",
        "UPDATE people SET name = NULL, phone = NULL, contact = NULL WHERE entry_id = ?",
    ],
)
def test_personal_data_does_not_go_without_a_word(worked: Shell, statement: str) -> None:
    """Erasing is an entry; data that is simply gone was taken."""
    with open_database(worked.folder / "kfcs.db") as db:
        entry = db.execute("SELECT id FROM entries WHERE seq = 1").fetchone()[0]
        db.execute(statement, (entry,))
    code, told = verify(worked)
    assert (code, entry in told) == (1, True)


def test_personal_data_lent_to_another_entry_is_named(worked: Shell) -> None:
    with open_database(worked.folder / "kfcs.db") as db:
        anonymous = db.execute("SELECT id FROM entries WHERE kind = 'dispatch'").fetchone()[0]
        db.execute("INSERT INTO people VALUES (?, 'salt', '赵女士', NULL, NULL)", (anonymous,))
    code, told = verify(worked)
    assert (code, anonymous in told) == (1, True)


def test_a_reference_to_nothing_is_named(kfcs: Shell) -> None:
    kfcs.log("漏水")
    with tampering(kfcs.folder / "kfcs.db"):
        pass
    ledger = Ledger.open(kfcs.folder / "kfcs.db", write=True)
    with ledger.writing():
        body = {"set": {}, "reason": "x"}
        draft = Draft("amendment", MOMENT, "op1", body, "CQ1-20261102-001", refers="no-such-entry")
        made = ledger.append([draft], "CQ1", "jinke@0", MOMENT)
    ledger.close()
    code, told = verify(kfcs)
    assert (code, made[0].id in told, "no-such-entry" in told) == (1, True, True)


TAMPERED = [
    ("cases", "state = 'closed'"),
    ("cases", "level = 1"),
    ("cases", "level_rule = 'rf.level.1'"),
    ("cases", "next_check_at = NULL, next_rise_at = NULL"),
    ("cases", "department = '财务部'"),
    ("cases", "text = 'x'"),
    ("clocks", "due = '2027-01-01T00:00:00+08:00'"),
    ("clocks", "next_rung_at = NULL"),
    ("callbacks", "result = 'unsatisfied'"),
    ("rectifications", "cost_fen = 1"),
    ("contacts", "reply = 1"),
    ("complainants", "key = 'phone:0'"),
    ("escalations", "rung = 9"),
    ("resolutions", "at = '2026-01-01T00:00:00+08:00'"),
]


@pytest.mark.parametrize(("table", "change"), TAMPERED, ids=[f"{t}.{c}" for t, c in TAMPERED])
def test_a_changed_table_is_named_and_rebuild_mends_it(worked: Shell, table: str, change: str) -> None:
    worked.log("入户门变形", now="2026-11-20 10:00")
    assert verify(worked)[0] == 0
    with open_database(worked.folder / "kfcs.db") as db:
        rows = db.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0]
        db.execute(f"UPDATE {table} SET {change} WHERE rowid = ?", (rows,))
    code, told = verify(worked)
    assert (code, f"table {table} " in told) == (1, True), told
    worked.do("rebuild")
    assert verify(worked)[0] == 0


@pytest.mark.parametrize("statement", ["DELETE FROM cases", "DELETE FROM clocks", "DROP TABLE topics"])
def test_missing_rows_are_named(worked: Shell, statement: str) -> None:
    with open_database(worked.folder / "kfcs.db") as db:
        db.execute(statement)
    code, told = verify(worked)
    assert code == 1
    assert "kfcs rebuild" in told
    worked.do("rebuild")
    assert verify(worked)[0] == 0


def test_what_time_alone_changes_is_no_difference(kfcs: Shell) -> None:
    """A level rises by itself; the row that still holds the old one is not called tampered with."""
    kfcs.log("漏水", now="2026-10-01 09:00")
    for now in ("2026-10-01 09:01", "2026-10-20 09:00", "2027-01-01 09:00"):
        assert kfcs("verify", now=now).code == 0
    kfcs.do("escalate", now="2027-01-01 09:05")
    assert kfcs("verify", now="2027-01-01 09:06").code == 0
    assert kfcs("verify", now="2026-10-01 09:00").code == 0  # a clock set back accuses nobody


def test_guards_taken_away_are_told_and_put_back(worked: Shell) -> None:
    with open_database(worked.folder / "kfcs.db") as db:
        db.execute("DROP TRIGGER entries_no_delete")
    code, told = verify(worked)
    assert (code, "entries_no_delete" in told) == (1, True)
    worked.do("rebuild")
    assert verify(worked)[0] == 0
    with open_database(worked.folder / "kfcs.db") as db, pytest.raises(sqlite3.IntegrityError):
        db.execute("DELETE FROM entries")


def test_verify_prints_the_heads_to_write_down(worked: Shell) -> None:
    answer = worked.do("verify", "--format", "json")
    assert answer.json["ok"] is True
    [head] = answer.json["heads"]
    assert (head["desk"], head["entries"]) == ("CQ1", answer.json["entries"])
    assert head["head"] in worked.do("verify", "--format", "csv").out


def test_verify_in_json_tells_the_fault_too(worked: Shell) -> None:
    with tampering(worked.folder / "kfcs.db") as db:
        entry = db.execute("SELECT id FROM entries WHERE seq = 3").fetchone()[0]
        db.execute("UPDATE entries SET body = '{}' WHERE seq = 3")
    answer = worked("verify", "--format", "json")
    assert answer.code == 1
    assert (answer.json["ok"], answer.json["entry"], answer.json["entries"]) == (False, entry, 2)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of a dozen entries, to be tampered with in copies."""
    folder = tmp_path_factory.mktemp("sealed")
    shell = Shell(folder)
    shell.do("init", "--branch", "重庆", "--branch-code", "CQ")
    for n in range(5):
        case = shell.log(f"厨房漏水{n}", "--phone", f"1380000000{n}", now=f"2026-11-02 0{n}:00")
        shell.do("dispatch", case, "--to", "工程部")
    shell.do("contact", "001", "已联系")
    shell.do("amend", "001", "--set", "people=4", "--reason", "核实")
    return folder


values = st.one_of(
    st.text(max_size=20),
    st.just("2026-11-02T00:00:00+08:00"),
    st.just("CQ1-20261102-001"),
    st.just('{"person":"x"}'),
)
places = st.integers(1, 12)
acts = st.one_of(
    st.tuples(st.just("change"), places, st.sampled_from(NAMES), values),
    st.tuples(st.just("remove"), st.integers(1, 11), st.just(""), st.just("")),
    st.tuples(st.just("swap"), places, st.sampled_from(NAMES), places),
    st.tuples(st.just("person"), places, st.sampled_from(["name", "phone", "contact", "salt"]), values),
)


@settings(max_examples=120)
@given(st.lists(acts, min_size=1, max_size=3))
def test_no_tampering_goes_unseen(sealed: Path, tampered: list[tuple[str, int, str, Any]]) -> None:
    ledger = Ledger.open(sealed / "kfcs.db").copy_in_memory(None)
    db = ledger.connection
    for name in ("entries_no_update", "entries_no_delete", "entries_no_replace"):
        db.execute(f"DROP TRIGGER {name}")
    db.execute("PRAGMA foreign_keys = OFF")
    before = _content(db)
    for act in tampered:
        _tamper(db, *act)
    if _content(db) == before:
        return
    desk = Desk.open(str(sealed / "kfcs.db"))
    assert prove(ledger, desk.book, desk.now).fault is not None
    _checked, fault = check_chain(ledger)
    assert fault is not None or stray_person(ledger) is not None


AGEING = {"cases": {"level", "level_rule", "next_rise_at", "next_check_at"}, "topics": {"pending"}}
"""What time alone may have moved is told apart in a test of its own."""


@pytest.fixture(scope="module")
def to_tamper_with(a_weeks_work: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That desk in a folder where it may stay open."""
    return shutil.copytree(a_weeks_work, tmp_path_factory.mktemp("open") / "desk")


spots = st.tuples(st.sampled_from(sorted(TABLES)), st.integers(0, 10_000), st.integers(0, 10_000))


@settings(max_examples=80)
@given(spots, st.sampled_from(["change", "remove", "insert"]), values)
def test_no_row_of_a_table_is_changed_removed_or_slipped_in_unseen(
    to_tamper_with: Path, spot: tuple[str, int, int], act: str, value: str
) -> None:
    """Reports read the tables: any one value that is not what the entries amount to is named (L3)."""
    source = sqlite3.connect(to_tamper_with / "kfcs.db")
    db = sqlite3.connect(":memory:", isolation_level=None)
    source.backup(db)
    source.close()
    table, n, at = spot
    rows = db.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid").fetchall()
    columns = [row[1:3] for row in db.execute(f"PRAGMA table_info({table})")]
    if not rows:
        return
    row = rows[n % len(rows)]
    name, kind = columns[at % len(columns)]
    if act == "change" and name in AGEING.get(table, ()):
        return
    wrong: object = value if kind == "TEXT" else at
    if wrong == row[1 + at % len(columns)]:
        return
    try:
        if act == "remove":
            db.execute(f"DELETE FROM {table} WHERE rowid = ?", (row[0],))
        elif act == "change":
            db.execute(f'UPDATE {table} SET "{name}" = ? WHERE rowid = ?', (wrong, row[0]))
        else:
            slipped = [*row[1:]]
            slipped[at % len(columns)] = wrong
            db.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(slipped))})", slipped)
    except sqlite3.IntegrityError:
        return  # the keys refused it
    desk = Desk.open(str(to_tamper_with / "kfcs.db"))
    proof = prove(Ledger(db, None), desk.book, datetime(2026, 11, 20, 9, tzinfo=SHANGHAI))
    assert proof.fault is not None
    assert table in str(proof.fault)


SPOILT = ["", "x", "4", "4 0", "-4 {hash}", "99999999999999999999 {hash}", "² {hash}", "3 {hash}", "5 {hash}"]


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_head_that_is_remembered_wrongly_is_named(worked: Shell, spoilt: str) -> None:
    with open_database(worked.folder / "kfcs.db") as db:
        digest = db.execute("SELECT hash FROM entries WHERE seq = 4").fetchone()[0]
        db.execute("INSERT INTO settings VALUES ('seen CQ1', ?)", (f"4 {digest}",))
        assert verify(worked)[0] == 0
        db.execute("UPDATE settings SET value = ? WHERE key = 'seen CQ1'", (spoilt.format(hash=digest),))
    code, told = verify(worked)
    assert (code, "seen by an earlier merge" in told) == (1, True)


def test_an_erasure_that_was_tampered_with_is_named(kfcs: Shell) -> None:
    kfcs.log("漏水", "--phone", "13800000001")
    kfcs.do("erase", "--phone", "13800000001", "--reason", "本人要求")
    for body in (
        "",
        "[]",
        "{}",
        '{"entries":5,"pseudonyms":5}',
        '{"entries":["x"],"pseudonyms":[[]]}',
        "[" * 100_000,
    ):
        with tampering(kfcs.folder / "kfcs.db") as db:
            db.execute("UPDATE entries SET body = ? WHERE kind = 'erasure'", (body,))
        code, told = verify(kfcs)
        assert (code, "Unforeseen" in told) == (1, False), body[:20]


def _content(db: sqlite3.Connection) -> list[Any]:
    """All that the ledger holds of acts and people; the salt of nobody says nothing."""
    entries = db.execute("SELECT * FROM entries ORDER BY desk, seq").fetchall()
    return [entries, db.execute("SELECT * FROM people WHERE name || phone || contact <> '' OR 1").fetchall()]


def _tamper(db: sqlite3.Connection, act: str, seq: int, column: str, value: Any) -> None:
    entry = db.execute("SELECT id FROM entries WHERE desk = 'CQ1' AND seq = ?", (seq,)).fetchone()
    try:
        match act:
            case "change":
                db.execute(f'UPDATE entries SET "{column}" = ? WHERE seq = ?', (value, seq))
            case "remove":
                db.execute("DELETE FROM entries WHERE seq = ?", (seq,))
            case "swap" if entry and seq != value:
                mine = db.execute(f'SELECT "{column}" FROM entries WHERE seq = ?', (seq,)).fetchone()
                other = db.execute(f'SELECT "{column}" FROM entries WHERE seq = ?', (value,)).fetchone()
                if mine and other and column not in ("id", "seq"):
                    db.execute(f'UPDATE entries SET "{column}" = ? WHERE seq = ?', (other[0], seq))
                    db.execute(f'UPDATE entries SET "{column}" = ? WHERE seq = ?', (mine[0], value))
            case "person" if entry:
                db.execute(f"UPDATE people SET {column} = ? WHERE entry_id = ?", (value, entry[0]))
    except sqlite3.IntegrityError:
        return  # the columns' types and keys refused it


# ---------------------------------------------------------------- files that cannot be used (L7, L8)

READING = [
    ("show", "001"),
    ("list",),
    ("today",),
    ("search", "漏"),
    ("why", "001"),
    ("verify",),
]
WRITING = [
    ("log", "漏水", "--project", "A"),
    ("dispatch", "02-002", "--to", "工程部"),
    ("escalate",),
    ("rebuild",),
]


@pytest.mark.parametrize("words", [*READING, *WRITING, ("init",)], ids=lambda words: words[0])
def test_a_newer_ledger_is_refused_and_left_as_it_is(worked: Shell, words: tuple[str, ...]) -> None:
    path = worked.folder / "kfcs.db"
    with open_database(path) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA user_version = 99")
        db.execute("ALTER TABLE entries ADD COLUMN signature TEXT")
    before = path.read_bytes()
    told = worked.refused(*_again(words), code=5)
    assert "newer" in told
    assert "99" in told
    assert path.read_bytes() == before
    assert sorted(p.name for p in worked.folder.iterdir()) == ["kfcs.db", "kfcs.toml"]


def _again(words: tuple[str, ...]) -> tuple[str, ...]:
    init = ("init", "--branch", "重庆", "--branch-code", "CQ", "--desk", "CQ1", "--policy", "jinke")
    return init if words == ("init",) else words


@pytest.mark.parametrize("words", [*READING, *WRITING, ("init",)], ids=lambda words: words[0])
@pytest.mark.parametrize("what", ["text", "other program", "other entries", "folder", "half"])
def test_what_is_no_ledger_is_refused_and_left_as_it_is(
    kfcs: Shell, what: str, words: tuple[str, ...]
) -> None:
    path = kfcs.folder / "kfcs.db"
    _put_instead(path, what)
    before = None if path.is_dir() else path.read_bytes()
    told = kfcs.refused(*_again(words), code=5)
    assert "kfcs.db" in told
    if before is not None:
        assert path.read_bytes() == before


def _put_instead(path: Path, what: str) -> None:
    size = path.read_bytes()
    path.unlink()
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    match what:
        case "text":
            path.write_text("编号,内容\n1,漏水\n" * 200, encoding="utf-8")
        case "half":
            path.write_bytes(size[: len(size) // 2 + 100])
        case "folder":
            path.mkdir()
        case "other program":
            with open_database(path) as db:
                db.execute("CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url TEXT)")
        case "other entries":
            with open_database(path) as db:
                db.execute("CREATE TABLE entries (id INTEGER PRIMARY KEY, amount TEXT)")
                db.execute("PRAGMA user_version = 1")


@pytest.mark.parametrize("words", [*READING, *WRITING], ids=lambda words: words[0])
@pytest.mark.parametrize("what", ["missing", "empty"])
def test_where_there_is_no_ledger_none_is_made(kfcs: Shell, what: str, words: tuple[str, ...]) -> None:
    path = kfcs.folder / "kfcs.db"
    path.unlink()
    if what == "empty":
        path.touch()
    told = kfcs.refused(*words, code=5)
    assert "kfcs init" in told
    assert not path.exists() or path.read_bytes() == b""
    kfcs.do(*_again(("init",)))
    kfcs.log("漏水")


@pytest.mark.parametrize("words", WRITING, ids=lambda words: words[0])
def test_a_ledger_in_use_is_waited_for_and_then_told(
    worked: Shell, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgerfile, "BUSY_SECONDS", 0.2)
    with open_database(worked.folder / "kfcs.db") as db:
        db.execute("BEGIN IMMEDIATE")
        told = worked.refused(*words, code=5)
        assert "in use" in told
        assert worked("list").code == 0  # reading goes on beside a writer
        db.execute("ROLLBACK")
    assert worked(*words).code == 0
    assert verify(worked)[0] == 0


def test_files_are_for_their_owner_alone(worked: Shell) -> None:
    assert stat.S_IMODE((worked.folder / "kfcs.db").stat().st_mode) == 0o600


def test_files_beside_a_ledger_in_use_are_for_their_owner_alone(worked: Shell) -> None:
    ledger = Ledger.open(worked.folder / "kfcs.db", write=True)
    with ledger.writing():
        ledger.set_setting("x", "y")
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in worked.folder.glob("kfcs.db*")}
    ledger.close()
    assert set(modes.values()) == {0o600}
    assert len(modes) == 3


def without_override() -> list[str]:
    """What a command begins with so that the modes of files hold for it even if root runs the tests."""
    if os.name == "nt":
        pytest.skip("modes of POSIX")
    if os.geteuid() != 0:
        return []
    dropping = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if not shutil.which("setpriv") or subprocess.run([*dropping, "true"], check=False).returncode:
        pytest.skip("root cannot lay down its powers here")
    return dropping


@pytest.mark.parametrize("folder_mode", [0o555, 0o755], ids=["in a read-only folder", "alone"])
def test_a_read_only_ledger_can_be_read_and_not_written(worked: Shell, folder_mode: int) -> None:
    dropping = without_override()
    root = Path(__file__).resolve().parent.parent
    path = worked.folder / "kfcs.db"
    gc.collect()
    path.chmod(0o444)
    worked.folder.chmod(folder_mode)
    before = path.read_bytes()

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*dropping, sys.executable, "-m", "kfcs", *words],
            cwd="/",
            env=os.environ | worked.environ | {"KFCS_NOW": worked.now, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    try:
        for words in (("list", "--all"), ("show", "02-001"), ("verify",)):
            done = run(*words)
            assert (done.returncode, re.sub(r"\d+ entries hold\.\n", "", done.stderr)) == (0, ""), words
            assert done.stdout
        for words in (("list", "--reveal"), ("show", "02-001", "--reveal"), ("export", "cases", "--reveal")):
            done = run(*words)
            assert (done.returncode, done.stdout) == (5, ""), words
            assert "put on record" in done.stderr
        for changing in (("log", "漏水", "--project", "A"), ("rebuild",)):
            done = run(*changing)
            assert (done.returncode, done.stdout) == (5, ""), done
            assert done.stderr.count("\n") == 1
            assert "can only be read" in done.stderr
    finally:
        worked.folder.chmod(0o755)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "words",
    [
        *READING,
        ("show", "001", "--as-of", "2026-11-03"),
        ("list", "--all", "--as-of", "2026-11-03"),
        ("report", "--month", "2026-11"),
        ("policy", "list"),
        ("policy", "show"),
        ("classify", "-"),
        ("show", "no-such-case"),
        ("list", "--format", "pdf"),
    ],
    ids=" ".join,
)
def test_a_reading_command_leaves_the_file_as_it_is(worked: Shell, words: tuple[str, ...]) -> None:
    path = worked.folder / "kfcs.db"
    before, stamp = path.read_bytes(), path.stat().st_mtime_ns
    worked(*words, now="2026-12-01 09:00")
    gc.collect()  # as the end of a process does, it closes the file
    assert path.read_bytes() == before
    assert path.stat().st_mtime_ns == stamp
    assert sorted(p.name for p in worked.folder.iterdir()) == ["kfcs.db", "kfcs.toml"]


def test_a_dry_run_changes_nothing_that_counts(worked: Shell) -> None:
    path = worked.folder / "kfcs.db"
    before = rows_of_tables(path)
    rows = worked.escalate("--dry-run", "--now", "2027-02-01", now="2026-11-21 09:00")
    assert rows
    assert rows_of_tables(path) == before


def test_reading_under_other_rules_does_not_write(worked: Shell) -> None:
    """The tables are of the old rule book then; a reader makes its own in memory."""
    toml = worked.folder / "kfcs.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("jinke", "major-hot"), encoding="utf-8")
    path = worked.folder / "kfcs.db"
    before = path.read_bytes()
    assert worked.show("20261102-001")["level_name"]
    assert worked.do("verify").code == 0
    assert path.read_bytes() == before
    worked.log("停水")
    assert worked.do("verify").code == 0


def test_a_reader_says_why_a_large_ledger_takes_long(worked: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_module, "NOTICED", 1)
    toml = worked.folder / "kfcs.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("jinke", "major-hot"), encoding="utf-8")
    first = worked.do("list")
    assert first.code == 0
    assert "kfcs rebuild" in first.err
    assert worked.do("rebuild").code == 0
    assert worked.do("list").err == ""


# ---------------------------------------------------------------- the values below


def test_ids_rise_and_are_unique() -> None:
    made = ids(MOMENT, 5000)
    assert made == sorted(made)
    assert len(set(made)) == 5000
    assert {len(each) for each in made} == {36}
    assert {each[14] for each in made} == {"7"}
    assert ids(MOMENT + timedelta(milliseconds=10), 1)[0] > made[-1]


def test_desks_are_interleaved_by_when_they_recorded(new_desk: NewDesk) -> None:
    first, second = new_desk(name="a"), new_desk(name="b")
    first.log("一", now="2026-11-02 09:00")
    second.log("二", now="2026-11-02 09:30")
    first.log("三", now="2026-11-02 08:00")
    entries = [
        *Ledger.open(first.folder / "kfcs.db").all_entries(),
        *[e._replace(desk="CD1") for e in Ledger.open(second.folder / "kfcs.db").all_entries()],
    ]
    texts = [e.body["text"] for e in in_recorded_order(reversed(entries))]
    assert texts.index("一") < texts.index("三")  # its own order, whatever its clock said
    assert texts == [e.body["text"] for e in in_recorded_order(entries)]


def test_a_failed_transaction_leaves_nothing(kfcs: Shell) -> None:
    ledger = Ledger.open(kfcs.folder / "kfcs.db", write=True)

    def half() -> None:
        with ledger.writing():
            ledger.append([Draft("note", MOMENT, "op", {}, person=Person("赵"))], "CQ1", "p", MOMENT)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert ledger.head("CQ1") == (0, "")
    assert ledger.connection.execute("SELECT count(*) FROM people").fetchone()[0] == 0
    with ledger.writing():
        ledger.append([Draft("note", MOMENT, "op", {})], "CQ1", "p", MOMENT)
    assert ledger.head("CQ1")[0] == 1


def test_two_first_users_make_one_ledger(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "kfcs.db"
    one, two = Ledger.create(path), Ledger.create(path)
    with one.writing():
        one.append([Draft("note", MOMENT, "op", {})], "CQ1", "p", MOMENT)
    with two.writing():
        two.append([Draft("note", MOMENT, "op", {})], "CQ1", "p", MOMENT)
    assert two.head("CQ1")[0] == 2
    assert check_chain(two) == (2, None)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LedgerUnusable):
        Ledger.create(tmp_path / "file" / "kfcs.db")


def test_a_file_whose_schema_is_no_text_is_told_in_one_line(worked: Shell) -> None:
    """SQLite quotes the broken schema in its fault, which then is no text either."""
    path = worked.folder / "kfcs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    content = path.read_bytes()
    place = content.index(b"CREATE TABLE entries")
    path.write_bytes(content[:place] + b"CREATE T\xe7\xb0LE " + content[place + 11 :])
    for words in (("list",), ("verify",), ("log", "x", "--project", "A")):
        refused = worked(*words)
        assert (refused.code, refused.out, refused.err.count("\n")) == (5, "", 1), refused
        assert "Unforeseen" not in refused.err

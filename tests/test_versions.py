"""Ledgers of other versions (SPEC L8): older ones are gone on with, newer ones are left as they are.

``tests/ledgers/version-N.sql`` is what version N wrote (``scripts/make_old_ledger.py``); it is never made anew.
"""

from __future__ import annotations

import gc
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from shell import Shell

from kfcs.cli import COMMANDS
from kfcs.ledgerfile import SCHEMA_VERSION

OLD = sorted((Path(__file__).resolve().parent / "ledgers").glob("version-*.sql"))
TOML = 'branch = "重庆"\nbranch_code = "CQ"\ndesk = "CQ1"\npolicy = "jinke"\n'


def made(sql: Path, folder: Path) -> Shell:
    """A desk with the ledger that an older version wrote."""
    desk = Shell(folder)
    desk.now = "2026-11-21T09:00:00+08:00"
    (folder / "kfcs.toml").write_text(TOML, encoding="utf-8")
    with closing(sqlite3.connect(folder / "kfcs.db")) as db:
        db.executescript(sql.read_text(encoding="utf-8"))
    return desk


def test_each_version_has_left_a_ledger() -> None:
    """Before the schema's version rises, the present one is kept."""
    assert [path.stem for path in OLD] == [f"version-{n}" for n in range(1, SCHEMA_VERSION + 1)]


@pytest.mark.parametrize("sql", OLD, ids=lambda path: path.stem)
def test_l8_an_older_ledger_is_read_proved_and_gone_on_with(sql: Path, tmp_path: Path) -> None:
    desk = made(sql, tmp_path)
    [head] = re.findall(
        r"'([0-9a-f]{64})'\)", [x for x in sql.read_text("utf-8").splitlines() if "INTO entries" in x][-1]
    )
    before = desk.do("verify")
    assert before.out.splitlines()[-1].endswith(head)
    assert desk.show("001")["state"] == "closed"
    assert desk.show("002")["level"] == 2
    assert desk.do("report", "--month", "2026-11", "--format", "json").json["intake"]["complaints"] == 2
    desk.do("rebuild")
    assert desk.do("verify").out == before.out
    assert desk.log("续用旧台账") == "CQ1-20261121-001"
    desk.do("contact", "02-002", "已联系", "--reply")
    desk.do("undo")
    count = int(before.err.split()[0])
    assert desk.do("verify").err == f"{count + 3} entries hold.\n"
    assert desk.do("show", "002", "--reveal", "--format", "json").json["phone"].startswith("000")


@pytest.mark.parametrize("sql", OLD, ids=lambda path: path.stem)
def test_l8_a_reading_command_does_not_write_to_an_older_ledger(sql: Path, tmp_path: Path) -> None:
    """Not even what it lacks for being read quickly."""
    desk = made(sql, tmp_path)
    before = (tmp_path / "kfcs.db").read_bytes()
    for words in (("list", "--all"), ("show", "001"), ("today",), ("verify",), ("export", "cases")):
        desk.do(*words)
    assert (tmp_path / "kfcs.db").read_bytes() == before


@pytest.mark.parametrize("sql", OLD, ids=lambda path: path.stem)
def test_l8_a_backup_that_an_older_version_made_is_merged_and_restored(sql: Path, tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    old = made(sql, tmp_path / "old").folder / "kfcs.db"
    group = Shell(tmp_path / "new")
    group.now = "2026-11-21T09:00:00+08:00"
    group.do("init", "--branch", "集团", "--branch-code", "JT")
    group.do("merge", str(old))
    assert group.show("CQ1-20261102-001")["state"] == "closed"
    group.do("restore", str(old))
    assert group.do("verify").code == 0


# ---------------------------------------------------------------- newer ones

WITHOUT_LEDGER = {"classify", "demo", "policy list", "policy show", "policy check", "policy diff"}
"""Commands that need no ledger; where there is one, they may look at its settings, never at its entries."""
WORDS = {
    "log": "漏水 --project A",
    "join": "001 --phone 13800000009",
    "verify-case": "001 --valid --reason x",
    "answer add": "--project A --subject S x",
    "import": "{}/old.csv",
    "dispatch": "001 --to 工程部",
    "contact": "001 x",
    "rectify": "001 --order x --dept 工程部 --due +2d",
    "resolve": "001 x",
    "verify-action": "001 --pass",
    "callback": "001 --satisfied",
    "close": "001 --why withdrawn --reason x",
    "reopen": "001 --reason x",
    "compensate": "001 --apply 100 --grounds x",
    "note": "001 x --as internal",
    "brief": "001 --to group --cause x --progress x --difficulty x --help-needed x",
    "print": "001 --form receipt",
    "sign": "001 --by 赵 --as received",
    "amend": "001 --set people=2 --reason x",
    "show": "001",
    "why": "001",
    "search": "漏水",
    "report note": "--month 2026-11 --section causes x",
    "export": "cases",
    "submit": "monthly-report --period 2026-10",
    "check": "A --place B --matter C --pass",
    "home import": "{}/old.csv",
    "home show": "1-1",
    "project node": "A exterior-done --at 2026-01-01",
    "project design-change": "A --at 2026-01-01",
    "touchpoints done": "handover --project A",
    "survey": "1-1 --stage after-handover --score 9",
    "score object": "--month 2026-10 --item x --reason x",
    "score confirm": "--month 2026-10",
    "adjust": "张三 --points 1 --rule x --reason x",
    "whatif": "--policy major-hot --month 2026-11",
    "project set": "A --handed-over 2025-06-01",
    "init": "--branch 重庆 --branch-code CQ --policy jinke",
    "backup": "{}/copy.db",
    "restore": "{}/good.db",
    "erase": "--phone 13800000001 --reason x",
    "merge": "{}/good.db",
}


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A desk whose ledger a newer program made, and a good ledger beside it."""
    folder = tmp_path_factory.mktemp("newer")
    desk = Shell(folder)
    desk.do("init", "--branch", "重庆", "--branch-code", "CQ", "--policy", "jinke")
    desk.log("漏水")
    desk.do("backup", str(folder / "good.db"))
    (folder / "old.csv").write_text("投诉时间,项目,投诉内容\n2026-11-01 10:00,A,漏水\n", encoding="utf-8")
    with closing(sqlite3.connect(folder / "kfcs.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    return desk


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.name not in WITHOUT_LEDGER])
def test_l8_no_command_touches_a_newer_ledger(newer: Shell, name: str) -> None:
    before = {path.name: path.read_bytes() for path in newer.folder.iterdir()}
    words = WORDS.get(name, "").replace("{}", str(newer.folder)).split()
    answer = newer(*name.split(), *words)
    gc.collect()
    assert {path.name: path.read_bytes() for path in newer.folder.iterdir()} == before
    if name == "doctor":
        assert (answer.code, "newer kfcs" in answer.out) == (1, True)
    else:
        assert (answer.code, answer.out) == (5, ""), answer.err
        assert "newer kfcs" in answer.err

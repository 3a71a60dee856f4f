#!/usr/bin/env python3
"""Keep a small ledger of the present schema as SQL text, for the tests of the versions to come.

usage: make_old_ledger.py     writes tests/ledgers/version-N.sql; run it before SCHEMA_VERSION rises, never after

Everybody in it is invented. What can be derived is left out: every program derives it by itself.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kfcs.ledgerfile import SCHEMA_VERSION  # noqa: E402
from kfcs.main import main  # noqa: E402

TABLES = ("entries", "people", "settings")
ACTS = (
    ("2026-11-02T09:00", "init --branch 重庆 --branch-code CQ --policy jinke"),
    ("2026-11-02T09:00", "log 厨房漏水 --project A --home 3-1-502 --customer 赵女士 --phone 13800000001"),
    ("2026-11-02T10:00", "log 电梯停运 --project A --phone 13800000002 --people 12"),
    ("2026-11-02T11:00", "dispatch 001 --to 工程部 --contact-within 1wd"),
    ("2026-11-02T12:00", "join 001 --customer 钱先生 --phone 13800000003"),
    ("2026-11-02T13:00", "contact 001 已联系 --reply --promise 2026-11-04T18:00"),
    ("2026-11-02T14:00", "rectify 001 --order 更换阀门 --dept 工程部 --due 2026-11-04T18:00"),
    ("2026-11-04T12:00", "rectify 001 --done R1 --cost 120.50"),
    ("2026-11-04T13:00", "rectify 001 --inspect R1 --pass --by 验收员"),
    ("2026-11-04T14:00", "resolve 001 已修复 --cause quality.leak"),
    ("2026-11-05T09:00", "callback 001 --satisfied --by 回访员"),
    ("2026-11-05T10:00", "amend 001#2 --set department=物业公司 --reason 记错部门"),
    ("2026-11-05T11:00", "project set A --handed-over 2025-06-01"),
    ("2026-11-20T09:00", "escalate"),
    ("2026-11-20T10:00", "erase --phone 13800000002 --reason 本人要求"),
    ("2026-11-20T11:00", "note 002 等待配件 --as internal"),
)


def make(folder: Path) -> Path:
    """Work at a desk in a folder, and give its ledger."""
    path = folder / "kfcs.db"
    os.environ |= {"KFCS_LEDGER": str(path), "KFCS_OPERATOR": "op1", "KFCS_LANG": "en"}
    for now, words in ACTS:
        os.environ["KFCS_NOW"] = f"{now}:00+08:00"
        if main(words.split()):
            raise SystemExit(f"kfcs {words} did not work")
    return path


def as_sql(path: Path) -> Iterator[str]:
    """The statements that make the ledger anew: its own tables, triggers last, so that rows can be put in."""
    with closing(sqlite3.connect(path)) as db:
        marks = ",".join("?" * len(TABLES))
        schema = db.execute(
            f"SELECT type, name, sql FROM sqlite_master WHERE tbl_name IN ({marks}) AND sql IS NOT NULL",
            TABLES,
        ).fetchall()
        for kind, name, sql in schema:
            if kind == "table":
                yield sql
                what = "key LIKE 'began%' OR key LIKE 'seen %'" if name == "settings" else "1"
                rows = db.execute(f"SELECT * FROM {name} WHERE {what} ORDER BY rowid").fetchall()
                for row in rows:
                    values = ", ".join(db.execute("SELECT quote(?)", (value,)).fetchone()[0] for value in row)
                    yield f"INSERT INTO {name} VALUES ({values})"
        yield from (sql for kind, _name, sql in schema if kind != "table")
        yield f"PRAGMA user_version = {SCHEMA_VERSION}"


def run() -> None:
    target = ROOT / "tests" / "ledgers" / f"version-{SCHEMA_VERSION}.sql"
    if target.exists():
        raise SystemExit(f"{target} stands there already: it is what that version wrote, and stays so.")
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        statements = list(as_sql(make(Path(folder))))
    target.write_text("".join(f"{statement};\n" for statement in statements), encoding="utf-8")
    print(target)


if __name__ == "__main__":
    run()

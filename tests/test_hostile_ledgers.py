"""A ledger that somebody prepared (L3, L6): its chain holds, and what it says is none of what kfcs records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import NewDesk
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import Shell, rows_of_tables

from kfcs.bodies import NEEDED, misfit
from kfcs.entries import COLUMNS, canonical, entry_hash
from kfcs.ledger import Ledger
from kfcs.words import codes

NAMES = [name.strip(' "') for name in COLUMNS.split(",")]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """The entries of a desk EV1 that has done everything once; the first is its complaint."""
    desk = Shell(tmp_path_factory.mktemp("ev"))
    desk.do("init", "--branch", "外地", "--branch-code", "EV")
    case = desk.log("厨房漏水", "--home", "1-1", "--claim", "800", "--people", "2")
    due = ("--due", "2026-11-04 18:00")
    for words in (
        ("dispatch", case, "--to", "工程部"),
        ("contact", case, "已联系", "--promise", "2026-11-04 18:00"),
        ("rectify", case, "--order", "换阀门", "--dept", "工程部", *due),
        ("rectify", case, "--done", "R1", "--cost", "5.50"),
        ("rectify", case, "--inspect", "R1", "--fail", *due),
        ("compensate", case, "--apply", "800", "--grounds", "清单"),
        ("compensate", case, "--approve", "500"),
        ("brief", case, "--to", "group", "--cause", "a", "--progress", "b", "--difficulty", "c", "--help-needed", "d"),
        ("note", case, "督办", "--as", "supervision", "--dept", "工程部", *due),
        ("verify-case", case, "--valid", "--reason", "属实"),
        ("sign", case, "--as", "received", "--by", "李"),
        ("amend", case, "--set", "people=3", "--reason", "核实"),
        ("close", case, "--why", "withdrawn", "--reason", "撤诉"),
        ("reopen", case, "--reason", "再来"),
        ("project", "set", "A", "--handed-over", "2026-01-01"),
        ("answer", "add", "--project", "A", "--subject", "电梯", "统一答复"),
        ("check", "前台", "--place", "大厅", "--matter", "卫生", "--fail"),
        ("show", case, "--reveal"),
        ("escalate",),
    ):  # fmt: skip
        desk.do(*words, now=desk.now if words[0] != "escalate" else "2026-11-20 09:00")
    with closing(sqlite3.connect(desk.folder / "kfcs.db")) as db:
        rows = db.execute(f"SELECT {COLUMNS} FROM entries ORDER BY seq").fetchall()
    return [dict(zip(NAMES, row, strict=True)) for row in rows]


def write(folder: Path, rows: list[Row]) -> Path:
    """A ledger of these rows, numbered and chained anew, so that every hash holds."""
    path = folder / "hostile.db"
    path.unlink(missing_ok=True)
    ledger = Ledger.create(path)
    prev = ""
    with ledger.writing() as db:
        for seq, row in enumerate(rows, 1):
            values = [row[name] for name in NAMES[:-1]]
            values[2:4] = seq, prev
            prev = entry_hash(*values)
            db.execute(f"INSERT INTO entries ({COLUMNS}) VALUES ({','.join('?' * 13)})", (*values, prev))
    ledger.close()
    return path


def changed(rows: list[Row], kind: str, change: Callable[[Row, dict[str, Any]], object]) -> list[Row]:
    """The rows with the first of a kind changed: its columns, or its body."""
    made = [dict(row) for row in rows]
    row = next(row for row in made if row["kind"] == kind)
    before, body = row["body"], json.loads(row["body"])
    change(row, body)
    if row["body"] == before:
        row["body"] = canonical(body)
    return made


def body_of(**fields: Any) -> Callable[[Row, dict[str, Any]], object]:
    return lambda _row, body: body.update(fields)


def without(name: str) -> Callable[[Row, dict[str, Any]], object]:
    return lambda _row, body: body.pop(name)


def column(**values: Any) -> Callable[[Row, dict[str, Any]], object]:
    return lambda row, _body: row.update(values)


HOSTILE: dict[str, tuple[str, Callable[[Row, dict[str, Any]], object], str]] = {
    "a body that is a list": ("complaint", column(body="[]"), "body"),
    "a body that is no JSON": ("complaint", column(body="{"), "body"),
    "a body nested without end": ("complaint", column(body="[" * 100_000), "body"),
    "a number without end": ("complaint", column(body='{"people":' + "9" * 5000 + "}"), "body"),
    "a number that no table holds": ("complaint", body_of(people=2**64), "people"),
    "a count that is none": ("complaint", body_of(people="viele"), "people"),
    "nothing where something is": ("complaint", body_of(branch=None), "branch"),
    "a text that is a list": ("complaint", body_of(text=["x"]), "text"),
    "a degree that is none": ("complaint", body_of(harm="death"), "harm"),
    "a day that is none": ("project", body_of(handed_over="2026-02-30"), "handed_over"),
    "the end of time": ("contact", body_of(promise="9999-12-31T23:59:59+08:00"), "promise"),
    "a time of another zone": ("contact", body_of(promise="2026-11-04T18:00:00Z"), "promise"),
    "a sum that is none": ("compensation", body_of(amount="1e400"), "amount"),
    "a rung that is a text": ("escalation", body_of(rung="x"), "rung"),
    "an escalation without a rule": ("escalation", without("rule"), "rule"),
    "an inspection of nothing": ("inspection", without("r"), "r"),
    "a rectification by a list": ("rectification-done", body_of(r=[]), "r"),
    "a correction of time": ("amendment", body_of(set={"at": "gestern"}), "set"),
    "a correction within a correction": ("amendment", body_of(set={"set": {}}), "set"),
    "a correction of nothing": ("amendment", column(refers=None), "refers"),
    "a moment that is none": ("complaint", column(at="2026-13-45T00:00:00+08:00"), "at"),
    "recorded before the calendar": (
        "complaint",
        column(recorded_at="0001-01-01T00:00:00+08:00"),
        "recorded_at",
    ),
    "a kind of its own": ("contact", column(kind="takeover"), "kind"),
    "a case without a case": ("complaint", column(case_id=None), "case_id"),
    "a case number with a path": ("complaint", column(case_id="../../x-20261102-001"), "case_id"),
    "a desk with a path": ("complaint", column(desk="../../x"), "desk"),
    "a desk that steers the terminal": ("complaint", column(desk="EV\x1b[2J"), "desk"),
    "an id that is none": ("complaint", column(id="x"), "id"),
    "nobody": ("complaint", column(by=" "), "by"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_l6_what_kfcs_never_records_is_refused_whole(
    new_desk: NewDesk, tmp_path: Path, prepared: list[Row], name: str
) -> None:
    kind, change, told = HOSTILE[name]
    rows = changed(prepared, kind, change)
    if told == "desk":
        rows = [row | {"desk": next(r["desk"] for r in rows if r["kind"] == kind)} for row in rows]
    group = new_desk()
    group.log()
    before = rows_of_tables(group.folder / "kfcs.db")
    refused = group.refused("merge", str(write(tmp_path, rows)), code=1)
    assert f"({told})" in refused
    assert "Nothing was merged" in refused
    assert "\x1b" not in refused
    assert rows_of_tables(group.folder / "kfcs.db") == before
    assert group("verify").code == 0


def test_l6_a_reference_to_nothing_is_refused(new_desk: NewDesk, tmp_path: Path, prepared: list[Row]) -> None:
    rows = changed(prepared, "amendment", column(refers="0" * 36))
    group = new_desk()
    assert "refers to" in group.refused("merge", str(write(tmp_path, rows)), code=1)
    assert group.do("list", "--all", "--format", "json").json == []


def test_l6_a_person_who_was_never_recorded_is_refused(
    new_desk: NewDesk, tmp_path: Path, prepared: list[Row]
) -> None:
    path = write(tmp_path, prepared)
    with closing(sqlite3.connect(path)) as db:
        db.execute("INSERT INTO people VALUES (?, 'salt', '张三', '13800000009', NULL)", (prepared[0]["id"],))
        db.commit()
    group = new_desk()
    told = group.refused("merge", str(path), code=1)
    assert "is not what was recorded" in told
    assert "张三" not in told


def test_l4_nobody_renames_our_customers_by_an_erasure(
    new_desk: NewDesk, tmp_path: Path, prepared: list[Row]
) -> None:
    """An erasure reaches other desks; it may put pseudonyms there, and nothing else."""
    group = new_desk()
    group.log("漏水", "--customer", "赵女士", "--phone", "13800000001")
    [ours] = group.do("export", "entries", "--format", "json").json
    false = {
        "by": "phone",
        "reason": "x",
        "entries": [ours["id"]],
        "pseudonyms": [["李四", "13911111111", None]],
    }
    row = prepared[-1] | {
        "id": "0" * 36, "kind": "erasure", "case_id": None, "refers": None, "body": canonical(false),
    }  # fmt: skip
    refused = group.refused("merge", str(write(tmp_path, [*prepared, row])), code=1)
    assert "(pseudonyms)" in refused
    assert group.show("001", "--reveal")["customer"] == "赵女士"


def test_what_is_right_is_taken_over(new_desk: NewDesk, tmp_path: Path, prepared: list[Row]) -> None:
    group = new_desk()
    group.do("merge", str(write(tmp_path, prepared)))
    assert group("verify").code == 0
    assert [row["case"] for row in group.do("list", "--all", "--format", "json").json] == ["EV1-20261102-001"]


def test_every_kind_of_entry_has_a_word() -> None:
    assert set(NEEDED) <= set(codes("entry"))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["2026-11-02", "R1", "-5", "\x00\x1b"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
LOOKS = (
    ("verify",), ("list", "--all"), ("show", "EV1-20261102-001", "--format", "table"), ("why", "EV1-20261102-001"),
    ("report", "--month", "2026-11"), ("escalate",), ("today",), ("export", "disclosures"),
)  # fmt: skip


@settings(max_examples=40)
@given(data=st.data())
def test_whatever_it_holds_it_breaks_nothing(
    tmp_path_factory: pytest.TempPathFactory, prepared: list[Row], data: st.DataObject
) -> None:
    """It is refused in one line, or taken over, and then every command works."""
    rows = [dict(row) for row in prepared]
    row = data.draw(st.sampled_from(rows))
    body = json.loads(row["body"])
    body[data.draw(st.sampled_from(sorted(body)))] = data.draw(anything)
    row["body"] = canonical(body)
    folder = tmp_path_factory.mktemp("fuzz")
    group = Shell(folder)
    group.do("init", "--branch", "重庆", "--branch-code", "CQ")
    answer = group("merge", str(write(folder, rows)), now="2026-11-20 09:00")
    assert answer.code == (0 if misfit([row[name] for name in NAMES]) is None else 1), answer.err
    assert "Unforeseen" not in answer.err
    for words in LOOKS if answer.code == 0 else ():
        looked = group(*words)
        assert looked.code in (0, 2), looked.err  # 2: a corrected case may have another number
        assert "Unforeseen" not in looked.err

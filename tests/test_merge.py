"""Ledgers that meet (L6): a union, whatever the order and however often; forks and cut tails are named."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterable
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from shell import Shell

from kfcs import merging
from kfcs.ledger import Ledger


@pytest.fixture
def desks(new_desk: Callable[..., Shell], tmp_path: Path) -> dict[str, Shell]:
    """Three desks with a case or two each: CQ1, CD1, BJ1."""
    made = {"CQ1": new_desk(name="cq")}
    for code, branch in (("CD", "成都"), ("BJ", "北京")):
        desk = Shell(tmp_path / code, "en")
        desk.folder.mkdir()
        desk.do("init", "--branch", branch, "--branch-code", code, "--policy", "jinke")
        made[f"{code}1"] = desk
    for n, (name, desk) in enumerate(made.items()):
        desk.do("log", f"{name} 厨房漏水", "--project", "A", "--phone", f"1380000000{n}")
        desk.do("log", f"{name} 电梯异响", "--project", "B")
        desk.do("contact", "001", "已联系", "--reply")
        desk.do("project", "set", "A", "--handed-over", f"2025-0{n + 1}-01")
    return made


def ledger(desk: Shell) -> str:
    return str(desk.folder / "kfcs.db")


def content(
    desk: Shell, tables: Iterable[str] = ("entries", "people", "cases", "clocks", "projects", "topics")
) -> list[Any]:
    connection = sqlite3.connect(ledger(desk))
    rows = [sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in tables]
    connection.close()
    return rows


def test_l6_any_order_and_any_number_of_times_give_the_same(desks: dict[str, Shell], tmp_path: Path) -> None:
    results = []
    for n, order in enumerate(permutations(desks)):
        folder = tmp_path / f"group{n}"
        shutil.copytree(desks[order[0]].folder, folder)
        group = Shell(folder, "en")
        for name in (*order[1:], *order):
            group.do("merge", ledger(desks[name]))
        results.append(content(group))
        assert group("verify").code == 0
    assert all(result == results[0] for result in results)


def test_l6_the_same_again_adds_nothing_and_says_so(desks: dict[str, Shell]) -> None:
    first, again = (desks["CQ1"]("merge", ledger(desks["CD1"])) for _ in range(2))
    assert "CD1 4" in first.err
    assert "added 0; known already 4" in again.err


def test_l6_a_restored_copy_that_went_on_writing_is_a_fork(desks: dict[str, Shell], tmp_path: Path) -> None:
    copy = Shell(shutil.copytree(desks["CD1"].folder, tmp_path / "restored"), "en")
    desks["CQ1"].do("merge", ledger(desks["CD1"]))
    copy.do("log", "备份继续登记", "--project", "C")
    desks["CD1"].do("log", "原台继续登记", "--project", "C")
    desks["CQ1"].do("merge", ledger(desks["CD1"]))
    before = content(desks["CQ1"])
    refused = desks["CQ1"]("merge", ledger(copy))
    assert refused.code == 1
    assert "CD1" in refused.err
    assert "entry 5" in refused.err
    assert content(desks["CQ1"]) == before


def test_l6_two_desks_of_one_name_are_a_fork_from_their_first_entry(
    desks: dict[str, Shell], tmp_path: Path
) -> None:
    twin = Shell(tmp_path / "twin", "en")
    twin.folder.mkdir()
    twin.do("init", "--branch", "成都", "--branch-code", "CD", "--policy", "jinke")
    twin.do("log", "同名的另一台", "--project", "A")
    desks["CQ1"].do("merge", ledger(desks["CD1"]))
    assert "entry 1" in desks["CQ1"]("merge", ledger(twin)).err


def test_l3_a_tail_cut_off_after_a_merge_is_named(desks: dict[str, Shell]) -> None:
    group = desks["CQ1"]
    group.do("merge", ledger(desks["CD1"]))
    connection = sqlite3.connect(ledger(group))
    connection.executescript("DROP TRIGGER entries_no_delete; PRAGMA foreign_keys = OFF;")
    connection.execute("DELETE FROM entries WHERE desk = 'CD1' AND seq = 4")
    connection.commit()
    connection.close()
    refused = group("verify")
    assert refused.code == 1
    assert refused.err.strip()


def test_l3_a_changed_entry_of_another_ledger_is_refused_whole(desks: dict[str, Shell]) -> None:
    connection = sqlite3.connect(ledger(desks["CD1"]))
    connection.executescript("DROP TRIGGER entries_no_update")
    connection.execute("""UPDATE entries SET body = replace(body, '漏水', '渗水') WHERE seq = 1""")
    connection.commit()
    connection.close()
    before = content(desks["CQ1"])
    refused = desks["CQ1"]("merge", ledger(desks["CD1"]))
    assert refused.code == 1
    assert "entry 1 of desk CD1" in refused.err
    assert content(desks["CQ1"]) == before


def test_c2_numbers_of_two_desks_may_end_alike(desks: dict[str, Shell]) -> None:
    group = desks["CQ1"]
    group.do("merge", ledger(desks["CD1"]))
    assert group("show", "001").code == 2
    assert group("show", "D1-20261102-001", "--format", "json").json["branch"] == "成都"


def test_a_missing_ledger_is_named(kfcs: Shell) -> None:
    refused = kfcs("merge", "nowhere.db")
    assert refused.code == 2
    assert "nowhere.db" in refused.err


def test_l6_rectifications_that_two_desks_gave_one_number_are_both_there(
    desks: dict[str, Shell], tmp_path: Path
) -> None:
    """The first keeps it; what each desk did with its own goes with it; neither is forgotten at the end (H4)."""
    here, there = desks["CQ1"], desks["CD1"]
    case = "CQ1-20261102-001"
    there.do("merge", ledger(here))
    due = ("--due", "2026-11-05 10:00")
    here.do(
        "rectify", case, "--order", "防水", "--dept", "工程部", "--unit", "甲", *due, now="2026-11-02 11:00"
    )
    there.do(
        "rectify", case, "--order", "门窗", "--dept", "物业", "--unit", "乙", *due, now="2026-11-02 11:05"
    )
    there.do("rectify", case, "--done", "R1", "--cost", "300", now="2026-11-02 12:00")
    there.do("rectify", case, "--inspect", "R1", "--pass", "--by", "品质员", now="2026-11-02 12:10")
    copies = [tmp_path / name for name in ("first", "second")]
    for folder, (one, other) in zip(copies, ((here, there), (there, here)), strict=True):
        shutil.copytree(one.folder, folder)
        Shell(folder).do("merge", ledger(other), now="2026-11-02 13:00")
    first, second = (Shell(folder) for folder in copies)
    found = [
        [
            (r["id"], r["what"], r["unit"], r["done_at"] is not None, r["result"])
            for r in desk.show(case)["rectifications"]
        ]
        for desk in (first, second)
    ]
    assert found[0] == found[1] == [("R1", "防水", "甲", False, None), ("R2", "门窗", "乙", True, "pass")]
    assert [act.get("r") for act in first.show(case)["timeline"] if "r" in act] == ["R1", "R2", "R2", "R2"]
    assert "R1" in first.refused("resolve", case, "已修", now="2026-11-02 13:30")
    first.do("rectify", case, "--done", "R1", now="2026-11-02 14:00")
    assert first.do("rectify", case, "--order", "补漆", "--dept", "工程部", *due).err.startswith(
        "Ordered as R3"
    )
    first.do("rectify", case, "--done", "R3", now="2026-11-02 15:00")
    first.do("resolve", case, "已修", now="2026-11-02 15:30")
    second.do("merge", ledger(first), now="2026-11-02 16:00")
    assert [r["done_at"] is not None for r in second.show(case)["rectifications"]] == [True] * 3
    assert (
        second.do("report", "--group", "--month", "2026-11", "--format", "json").json["rectification"][
            "ordered"
        ]
        == 3
    )
    for desk in (first, second):
        assert desk("verify").code == 0


MORE = {
    "a late record": [("contact", "002", "昨天已联系", "--at", "2026-11-02 10:00")],
    "a row of a file": [("import", "old.csv")],
    "the use of an answer": [("log", "小区停水，何时恢复", "--project", "B")],
}


@pytest.mark.parametrize("what", MORE)
def test_l6_what_no_single_case_keeps_comes_along(
    desks: dict[str, Shell], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Late records, rows of files and uses of answers stand in tables of their own."""
    theirs, ours = desks["CD1"], desks["CQ1"]
    monkeypatch.chdir(tmp_path)
    Path("old.csv").write_text("投诉时间,项目,投诉内容\n2026-11-02 10:00,A,外墙空鼓脱落\n", encoding="utf-8")
    theirs.do("answer", "add", "--project", "B", "--subject", "停水", "周一恢复")
    ours.do("merge", ledger(theirs))
    theirs.now = "2026-11-04T09:00:00+08:00"
    for words in MORE[what]:
        theirs.do(*words)
    before = content(theirs, ("late", "sources", "answers"))
    ours.do("merge", ledger(theirs))
    assert content(ours, ("late", "sources", "answers")) == before
    assert ours("verify").code == 0


def test_l6_a_desk_that_goes_on_writing_while_it_is_taken_over(
    desks: dict[str, Shell], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read of it is of one moment: no person comes without the entry."""
    theirs, ours = desks["CD1"], desks["CQ1"]
    listed = merging._checked

    def and_then_somebody_calls(*words: Any) -> Iterable[Any]:
        yield from listed(*words)
        monkeypatch.setattr(merging, "_checked", listed)
        theirs.log("又一来电", "--phone", "13900000000")

    monkeypatch.setattr(merging, "_checked", and_then_somebody_calls)
    ours.do("merge", ledger(theirs))
    assert ours("verify").code == 0
    assert "added CD1 1" in ours.do("merge", ledger(theirs)).err


def test_l6_two_merges_of_one_ledger_at_once(
    desks: dict[str, Shell], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second finds what the first has brought: it was not looked at before the lock was held."""
    theirs, ours = desks["CD1"], desks["CQ1"]
    writing = Ledger.writing

    def and_another_is_first(ledger_of_ours: Ledger) -> Any:
        monkeypatch.setattr(Ledger, "writing", writing)
        ours.do("merge", ledger(theirs))
        return writing(ledger_of_ours)

    monkeypatch.setattr(Ledger, "writing", and_another_is_first)
    assert "added 0" in ours.do("merge", ledger(theirs)).err

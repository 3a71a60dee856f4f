"""Who saw personal data in full stands in the ledger (L4), and changes nothing else in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import NewDesk
from shell import Shell, rows_of_tables

NAME, PHONE, HOME = "欧阳某某", "13812345678", "3-1-502"
CASE = "CQ1-20261102-001"
PRIVATE = (NAME, PHONE)


@pytest.fixture
def office(new_desk: NewDesk) -> Shell:
    """A desk with a case of a known owner, and another one of nobody known."""
    kfcs = new_desk()
    homes = kfcs.folder / "homes.csv"
    homes.write_text(
        f"项目,房号,业主,电话,签约日期,交付日期\nA,{HOME},{NAME},{PHONE},2026-05-01,2026-11-01\n", "utf-8"
    )
    kfcs.do("home", "import", str(homes))
    kfcs.log("厨房漏水", "--home", HOME, "--customer", NAME, "--phone", PHONE)
    kfcs.log("电梯停运")
    kfcs.do("project", "design-change", "A", "--home", HOME)
    return kfcs


def looks(kfcs: Shell) -> list[dict[str, Any]]:
    return list(kfcs.do("export", "disclosures", "--format", "json").json)


def tables(kfcs: Shell) -> dict[str, list[tuple[Any, ...]]]:
    """What the entries amount to: everything but the entries themselves."""
    return {name: rows for name, rows in rows_of_tables(kfcs.folder / "kfcs.db").items() if name != "entries"}


LOOKS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "show": (("show", "001"), 1, CASE),
    "show-table": (("show", "001", "--format", "table"), 1, CASE),
    "show-page": (("show", "001", "--format", "html"), 1, CASE),
    "list": (("list", "--project", "A"), 1, CASE),
    "list-of-one": (("list", "--where", f"phone={PHONE}"), 1, CASE),
    "search": (("search", NAME), 1, CASE),
    "today": (("today",), 1, CASE),
    "home show": (("home", "show", PHONE), 1, HOME),
    "home list": (("home", "list"), 1, HOME),
    "touchpoints": (("touchpoints",), 1, HOME),
    "touchpoints-page": (("touchpoints", "--format", "html"), 1, HOME),
    "print": (("print", "001", "--form", "receipt"), 1, CASE),
    "answer": (("contact", "001", "约定上门", "--promise", "+1d", "--format", "json"), 1, CASE),
    "answer-log": (("log", "又漏水", "--project", "A", "--phone", PHONE, "--home", HOME), 1, "10-001"),
    "export-cases": (("export", "cases"), 1, ""),
    "export-entries": (("export", "entries"), 1, ""),
    "export-homes": (("export", "homes"), 1, ""),
    "export-contacts": (("export", "contacts"), 0, ""),
}


@pytest.mark.parametrize("name", LOOKS)
def test_l4_a_look_is_recorded_with_who_when_and_at_what(office: Shell, name: str) -> None:
    words, people, seen = LOOKS[name]
    before = looks(office)
    office.do(*words, "--reveal", "--by", "张经理", now="2026-11-10 10:30")
    after = looks(office)
    [look] = after[len(before) :]
    assert (look["by"], look["command"]) == ("张经理", name.partition("-")[0])
    assert look["at"].startswith("2026-11-10T10:30")
    assert (look["people"], look["file"]) == (people, False)
    assert seen in look["seen"]
    assert not [value for value in PRIVATE if value in json.dumps(after, ensure_ascii=False)]
    assert office("verify").code == 0


def test_l4_the_entry_holds_nothing_personal(office: Shell) -> None:
    office.now = "2026-11-10T10:30:00+08:00"
    for words, _people, _seen in LOOKS.values():
        office.do(*words, "--reveal")
    lines = office.do("export", "entries", "--format", "jsonl", "--reveal").out.splitlines()
    bodies = [row["body"] for row in map(json.loads, lines) if row["kind"] == "disclosure"]
    assert len(bodies) == len(LOOKS) + 1
    assert not [value for value in PRIVATE if value in "".join(bodies)]


@pytest.mark.parametrize(
    "words", [("list",), ("show", "001"), ("search", NAME), ("export", "cases"), ("today",)]
)
def test_l4_what_is_masked_leaves_no_trace(office: Shell, words: tuple[str, ...]) -> None:
    before = (office.folder / "kfcs.db").read_bytes()
    office.do(*words)
    assert (office.folder / "kfcs.db").read_bytes() == before


def test_l4_a_look_at_nothing_is_none(office: Shell) -> None:
    for words in (
        ("list", "--project", "Z"),
        ("search", "停水"),
        ("export", "callbacks"),
        ("home", "list", "--project", "Z"),
    ):
        office.do(*words, "--reveal")
    assert looks(office) == []


def test_l4_a_file_is_told_from_the_screen(office: Shell, tmp_path: Path) -> None:
    office.do("export", "cases", "--reveal", "-o", str(tmp_path / "cases.csv"))
    office.do("print", "001", "--form", "receipt", "--reveal", "-o", str(tmp_path / "receipt.html"))
    assert [look["file"] for look in looks(office)] == [True, True]


def test_l4_many_cases_are_counted_and_not_named(office: Shell) -> None:
    for n in range(60):
        office.log(f"楼道脏乱{n}", "--phone", f"139000000{n:02d}")
    office.do("list", "--all", "--reveal")
    [look] = looks(office)
    assert (look["people"], look["seen"]) == (61, "")


def test_l5_a_look_into_the_past_is_recorded_now(office: Shell) -> None:
    office.do("show", "001", "--as-of", "2026-11-02 09:30", "--reveal", now="2026-11-05 10:00")
    [look] = looks(office)
    assert look["at"].startswith("2026-11-05T10:00")
    assert "as_of=2026-11-02T09:30" in look["asked"]
    assert office.show("001", "--as-of", "2026-11-02 09:30")["case"] == CASE


def test_l4_a_look_is_no_act_on_the_case(office: Shell) -> None:
    """Neither the case, its clocks and its timeline, nor the work that is due know of it."""
    office.do("rebuild")
    said = (
        tables(office),
        office.show("001"),
        office.do("report", "--month", "2026-11", "--format", "json").json,
    )
    office.do("show", "001", "--reveal", now="2026-11-03 09:00")
    office.do("list", "--reveal")
    office.now = "2026-11-02T09:00:00+08:00"
    again = (
        tables(office),
        office.show("001"),
        office.do("report", "--month", "2026-11", "--format", "json").json,
    )
    for report in (said[2], again[2]):
        report.pop("heads", None)
    assert again == said
    office.do("rebuild")
    assert tables(office) == said[0]


def test_t3_a_look_does_not_end_a_silence(new_desk: NewDesk) -> None:
    """follow-up: no person's entry on a case not closed for seven days."""
    desks = new_desk(), new_desk()
    for desk in desks:
        desk.log("厨房漏水", "--phone", PHONE)
    desks[1].do("show", "001", "--reveal", now="2026-11-06 09:00")
    found = [desk.escalate(now="2026-11-20 09:00") for desk in desks]
    assert found[0] == found[1]
    assert "follow-up" in [row["clock"] for row in found[0]]


def test_l1_a_look_is_neither_taken_back_nor_in_the_way(office: Shell) -> None:
    office.do("contact", "001", "打错了")
    office.do("show", "001", "--reveal")
    assert "contact" in office.do("undo").err
    assert len(looks(office)) == 1
    entry = next(
        row["id"]
        for row in office.do("export", "entries", "--format", "json").json
        if row["kind"] == "disclosure"
    )
    office.refused("amend", entry, "--set", "people=0", "--reason", "x")


def test_l1_an_erasure_is_not_taken_back(office: Shell) -> None:
    office.do("erase", "--phone", PHONE, "--reason", "本人要求")
    assert "cannot be taken back" in office.refused("undo")


def test_l6_looks_are_merged_like_all_else(office: Shell, new_desk: NewDesk) -> None:
    office.do("show", "001", "--reveal")
    group = new_desk(name="group")
    (group.folder / "kfcs.toml").write_text(
        (group.folder / "kfcs.toml").read_text("utf-8").replace('"CQ1"', '"CQ0"'), "utf-8"
    )
    for _again in range(2):
        group.do("merge", str(office.folder / "kfcs.db"))
    assert len(looks(group)) == 1
    assert group("verify").code == 0


def test_r8_a_look_is_no_restatement(office: Shell) -> None:
    office.do("report", "--month", "2026-10", "-o", str(office.folder / "r.html"))
    office.do("show", "001", "--reveal", now="2026-12-01 09:00")
    told = office.do("report", "--month", "2026-11", "--format", "json", now="2026-12-02 09:00").json
    assert (told["restatements"], told["late_recorded"]) == ([], [])


def test_l4_an_act_whose_answer_cannot_be_recorded_is_answered_masked(
    office: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kfcs import disclosure
    from kfcs.errors import LedgerUnusable

    def full(*_words: object, **_named: object) -> None:
        raise LedgerUnusable("{path} is full.", path="kfcs.db")

    monkeypatch.setattr(disclosure, "record", full)
    told = office.do("contact", "001", "已联系", "--reveal", "--format", "json")
    assert told.json["phone"] == "138****5678"
    assert "is full" in told.err

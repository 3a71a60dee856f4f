"""Failures that users of similar tools reported about duplicates, folding, reopening and people, each with the right
behaviour. The ids are those under which the reports are kept: D1 and so on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from casework import failures
from conftest import NewDesk
from shell import Shell, rows_of_tables


def acts(kfcs: Shell, case: str) -> list[str]:
    return [act["kind"] for act in kfcs.show(case)["timeline"]]


def owner(kfcs: Shell, number: int) -> str:
    return kfcs.log("车位划线不清", "--phone", f"1380000000{number}", "--customer", f"业主{number}")


def complaints(kfcs: Shell) -> Any:
    return kfcs.do("report", "--month", "2026-11", "--format", "json").json["intake"]


def d1_a_case_is_folded_in_once(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kept, first, second = (owner(kfcs, n) for n in (1, 2, 3))
    kfcs.do("contact", first, "已联系", "--reply")
    kfcs.do("join", kept, "--case", first)
    assert first in kfcs.refused("join", kept, "--case", first)
    kfcs.do("join", kept, "--case", second)
    assert (kfcs.show(kept)["people"], acts(kfcs, kept).count("join")) == (3, 2)
    assert acts(kfcs, first).count("contact") == 1
    assert kfcs.do("verify").code == 0


def d2_what_comes_for_a_folded_case_is_sent_to_the_one_that_stands(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kept, other = owner(kfcs, 1), owner(kfcs, 2)
    kfcs.do("join", kept, "--case", other)
    for words in (["contact", other, "x"], ["resolve", other, "x"], ["dispatch", other, "--to", "工程部"],
                  ["reopen", other, "--reason", "x"]):  # fmt: skip
        assert kept in kfcs.refused(*words), words
    assert (kfcs.show(other)["state"], kfcs.show(kept)["state"]) == ("closed", "open")


def d3_what_was_recorded_on_it_stays_whatever_signs_it_holds(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kept, other = owner(kfcs, 1), owner(kfcs, 2)
    photo = kfcs.folder / "it's.jpg"
    photo.write_bytes(b"JPEG")
    kfcs.do("rectify", other, "--order", "补'划\"线;--", "--dept", "工程部", "--due", "2026-11-05")
    kfcs.do("rectify", other, "--done", "R1", "--evidence", str(photo))
    kfcs.do("join", kept, "--case", other)
    assert kfcs.show(other)["rectifications"][0]["what"] == "补'划\"线;--"
    assert kfcs.do("verify").code == 0


def d6_both_sides_tell_of_the_folding_and_the_totals_stay(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kept, other = owner(kfcs, 1), owner(kfcs, 2)
    before = complaints(kfcs)
    kfcs.do("join", kept, "--case", other)
    assert (kfcs.show(other)["merged_into"], "join" in acts(kfcs, kept)) == (kept, True)
    after = complaints(kfcs)
    assert (before["complaints"], after["complaints"]) == (2, 1)
    assert (before["persons"], after["persons"]) == (2, 2)


def d7_the_same_ledger_again_adds_nothing(new_desk: NewDesk) -> None:
    ours, theirs = new_desk(), new_desk(name="other")
    toml = theirs.folder / "kfcs.toml"
    toml.write_text(toml.read_text("utf-8").replace('"CQ1"', '"CQ2"'), encoding="utf-8")
    kept, other = owner(theirs, 1), owner(theirs, 2)
    theirs.do("join", kept, "--case", other)
    ours.do("merge", str(theirs.folder / "kfcs.db"))
    before = rows_of_tables(ours.folder / "kfcs.db")["entries"]
    ours.do("merge", str(theirs.folder / "kfcs.db"))
    assert rows_of_tables(ours.folder / "kfcs.db")["entries"] == before
    assert ours.show(other)["merged_into"] == kept


def d8_a_chain_is_followed_and_a_circle_refused(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    first, second, third = (owner(kfcs, n) for n in (1, 2, 3))
    kfcs.do("join", second, "--case", first)
    kfcs.do("join", third, "--case", second)
    assert kfcs.show(third)["people"] == 3
    for case in (first, second):
        kfcs.refused("join", case, "--case", third)
    assert kfcs.refused("join", third, "--case", third, code=2)


def d10_one_owner_under_two_names_is_one_complainant(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    for name in ("张先生", "张三", "老张"):
        case = kfcs.log("车位划线不清", "--phone", "13800000001", "--customer", name)
    assert kfcs.show(case)["level"] == 4, "three times by one person are no group"
    kfcs.log("车位划线不清", "--phone", "13800000002")
    assert kfcs.show(kfcs.log("车位划线不清", "--phone", "13800000003"))["level"] == 3


def d11_who_has_left_keeps_the_name_and_open_work_is_handed_over_in_sight(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    toml = kfcs.folder / "kfcs.toml"
    kept = toml.read_text("utf-8")
    toml.write_text(kept + '\nstaff = ["小李"]\n', encoding="utf-8")
    case = kfcs.log("x", "--by", "小李")
    toml.write_text(kept, encoding="utf-8")
    kfcs.do("dispatch", case, "--to", "工程部")
    kfcs.do("dispatch", case, "--to", "物业公司")
    shown = kfcs.show(case)
    assert (shown["first_asked"], shown["department"]) == ("小李", "物业公司")
    assert acts(kfcs, case).count("dispatch") == 2


def d12_one_bad_row_stops_no_other(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    file = kfcs.folder / "in.csv"
    file.write_text(
        "受理时间,楼盘,内容,电话\n2026-11-01 09:00,A,漏水,13800000001\n2026-11-01 09:05,A,停水,1.38E+10\n"
        "2026-11-01 09:10,A,停电,13800000001\n",
        encoding="utf-8",
    )
    assert kfcs("import", "cases", str(file)).code == 3
    assert len(kfcs.do("list", "--all", "--format", "json").json) == 2


def d13_each_resolution_has_its_own_callback_and_all_are_kept(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    for day, result in ((3, "--unsatisfied"), (5, "--satisfied")):
        kfcs.do("resolve", case, "x", now=f"2026-11-{day:02} 09:00")
        kfcs.do("callback", case, result, now=f"2026-11-{day:02} 10:00")
    kfcs.do("reopen", case, "--reason", "x", now="2026-11-06 09:00")
    kfcs.do("resolve", case, "x", now="2026-11-06 10:00")
    shown = kfcs.show(case)
    assert [call["result"] for call in shown["callbacks"]] == ["unsatisfied", "satisfied"]
    states = {run["epoch"]: run["state"] for run in shown["clocks"] if run["clock"] == "callback"}
    assert (len(states), list(states.values()).count("running")) == (3, 1)


def d16_a_case_without_a_name_keeps_its_place(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log("x", "--anonymous")
    assert (kfcs.show(case)["customer"], complaints(kfcs)["persons"]) == (None, 1)


def d17_a_folded_case_is_never_escalated_nor_counted_again(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kept, other = owner(kfcs, 1), owner(kfcs, 2)
    kfcs.do("join", kept, "--case", other)
    assert {row["case"] for row in kfcs.escalate(now="2026-12-20 09:00")} == {kept}
    kfcs.do("rebuild")
    assert kfcs.show(other)["merged_into"] == kept


def d18_the_same_person_joins_once(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    kept = owner(kfcs, 1)
    other = kfcs.log("车位划线不清", "--phone", "13800000001")
    kfcs.do("join", kept, "--case", other)
    shown = json.loads(kfcs.do("show", kept, "--format", "json").out)
    assert (shown["people"], shown["times"]) == (1, 2)


@failures("d", globals())
def test_a_failure_reported_of_another_tool(check: Callable[[NewDesk], None], new_desk: NewDesk) -> None:
    check(new_desk)

"""The sheet of a case and its signatures (H12), who answers for it (H1), and what it cost a person (S3)."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import NewDesk
from shell import Shell


def awaited(kfcs: Shell, **more: Any) -> list[str]:
    rows = kfcs.do("today", "--format", "json", **more).json
    return [row["what"] for row in rows if row["what"].startswith("sheet")]


# ---------------------------------------------------------------- hand-overs


def test_h1_the_person_first_asked_answers_until_a_hand_over_is_recorded(kfcs: Shell) -> None:
    case = kfcs.log("厨房漏水", "--first-asked", "林晓岚")
    assert (kfcs.show(case)["responsible"], kfcs.show(case)["handovers"]) == ("林晓岚", [])
    kfcs.do("dispatch", case, "--to", "工程部", "--by", "林晓岚", now="2026-11-02 10:30")
    kfcs.do("dispatch", case, "--to", "物业", "--coordinate", now="2026-11-02 10:40")
    kfcs.do("dispatch", case, "--to", "工程部", "--due", "+2d", now="2026-11-02 10:50")
    kfcs.do("dispatch", case, "--to", "总包单位", "--by", "周工", now="2026-11-02 11:00")
    found = kfcs.show(case)
    assert [(h["from"], h["to"], h["by"]) for h in found["handovers"]] == [
        ("林晓岚", "工程部", "林晓岚"),
        ("工程部", "总包单位", "周工"),
    ]
    assert found["responsible"] == "总包单位"


def test_h1_who_logs_is_first_asked_unless_another_is_named(kfcs: Shell) -> None:
    case = kfcs.log("厨房漏水", "--by", "小王")
    assert kfcs.show(case)["responsible"] == "小王"


def test_s3_first_asked_a_fine_stands_with_its_case_and_its_person(new_desk: NewDesk) -> None:
    desk = new_desk("call-centre")
    case = desk.log("厨房漏水", "--first-asked", "林晓岚")
    fine = ("--money", "50", "--rule", "first-asked.record", "--reason", "结果未记录", "--case", case)
    desk.do("adjust", "林晓岚", *fine)
    assert [(a["subject"], a["rule"], a["money"]) for a in desk.show(case)["adjustments"]] == [
        ("林晓岚", "first-asked.record", 50.0)
    ]
    assert "first-asked.record" in desk.do("show", case, "--format", "table").out
    person = desk.do("report", "--month", "2026-11", "--format", "json").json["people"]["林晓岚"]
    assert (person["first_asked"], person["fined"]) == (1, 50.0)
    desk.do("undo")
    assert desk.show(case)["adjustments"] == []
    assert desk("verify").code == 0


# ---------------------------------------------------------------- signatures


def test_h12_front_desk_4_3_the_sheet_is_signed_for_and_comes_back(new_desk: NewDesk) -> None:
    desk = new_desk("front-desk")
    case = desk.log("厨房漏水")
    assert awaited(desk) == []
    desk.do("dispatch", case, "--to", "工程部")
    assert awaited(desk) == ["sheet: not yet received"]
    desk.do("sign", case, "--as", "签收", "--by", "周工")
    assert awaited(desk) == []
    desk.do("resolve", case, "已修")
    assert awaited(desk) == ["sheet: not yet returned"]
    signed = desk.do("sign", case, "--as", "returned", "--by", "周工", "--format", "json").json
    assert [(s["as"], s["by"]) for s in signed["signatures"]] == [("received", "周工"), ("returned", "周工")]
    assert (signed["signature_awaited"], awaited(desk)) == (None, [])


def test_h12_another_department_signs_anew(new_desk: NewDesk) -> None:
    desk = new_desk("front-desk")
    case = desk.log("厨房漏水")
    desk.do("dispatch", case, "--to", "工程部")
    desk.do("sign", case, "--as", "received", "--by", "周工")
    desk.do("dispatch", case, "--to", "物业", "--coordinate")
    assert awaited(desk) == []
    desk.do("dispatch", case, "--to", "总包单位")
    assert awaited(desk) == ["sheet: not yet received"]


def test_h12_elsewhere_only_a_sheet_that_was_signed_for_is_awaited(kfcs: Shell) -> None:
    signed, other = kfcs.log("厨房漏水"), kfcs.log("电梯异响")
    for case in (signed, other):
        kfcs.do("dispatch", case, "--to", "工程部")
    assert awaited(kfcs) == []
    kfcs.do("sign", signed, "--as", "received", "--by", "周工")
    for case in (signed, other):
        kfcs.do("resolve", case, "已修")
    assert awaited(kfcs) == ["sheet: not yet returned"]


def test_conformity_4_2_b_a_the_head_signs_and_is_set_a_limit(new_desk: NewDesk) -> None:
    desk = new_desk("conformity")
    case = desk.log("厨房漏水")
    assert "--due TIME" in desk.do("dispatch", case, "--to", "工程部").err
    assert desk.do("dispatch", case, "--to", "工程部", "--due", "+3d").err == ""
    assert awaited(desk) == ["sheet: not yet received"]


@pytest.mark.parametrize("first", ["sign", "callback"])
def test_h12_the_customers_signature_is_that_of_the_callback(kfcs: Shell, first: str) -> None:
    """Whether the sheet is signed on the spot or after the call: signed satisfaction reads it."""
    case = kfcs.log("厨房漏水", "--phone", "13900000001")
    kfcs.do("resolve", case, "已修")
    signing, calling = ("sign", case, "--as", "customer", "--by", "王五"), ("callback", case, "--satisfied")
    for words in (signing, calling) if first == "sign" else (calling, signing):
        kfcs.do(*words)
    assert kfcs.show(case)["callbacks"][0]["signed"] is True


def test_h12_a_signature_under_an_earlier_repair_does_not_count_again(kfcs: Shell) -> None:
    case = kfcs.log("厨房漏水", "--phone", "13900000001")
    kfcs.do("resolve", case, "已修")
    kfcs.do("sign", case, "--as", "customer", "--by", "王五")
    kfcs.do("callback", case, "--unsatisfied")
    kfcs.do("resolve", case, "重修")
    kfcs.do("callback", case, "--satisfied")
    assert [c["signed"] for c in kfcs.show(case)["callbacks"]] == [True, False]


def test_l4_the_customer_who_signs_is_kept_as_personal_data(kfcs: Shell) -> None:
    case = kfcs.log("厨房漏水")
    kfcs.do("sign", case, "--as", "customer", "--by", "欧阳某某")
    last = kfcs.show(case)["timeline"][-1]
    assert last["kind"] == "signature"
    assert "欧阳某某" not in str(last)
    revealed = kfcs.do("show", case, "--reveal", "--format", "json").json["timeline"][-1]
    assert revealed["customer"] == "欧阳某某"


REFUSED = {
    "no role": (("--by", "周工"), 2, "--as is missing"),
    "no signer": (("--as", "received"), 2, "--by is missing"),
    "an unknown role": (("--as", "见证", "--by", "周工"), 2, "见证"),
    "a department before it was given the case": (("--as", "received", "--by", "周工"), 4, "kfcs dispatch"),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_h12_a_signature_is_refused(kfcs: Shell, mistake: str) -> None:
    words, code, told = REFUSED[mistake]
    case = kfcs.log("厨房漏水")
    refused = kfcs("sign", case, *words)
    assert (refused.code, refused.out) == (code, "")
    assert told in refused.err
    assert len(kfcs.show(case)["timeline"]) == 1


# ---------------------------------------------------------------- what is not our fault


@pytest.mark.parametrize(("policy", "counts"), [("assistance", 1), ("base", 2)])
def test_assistance_4_2_1_1_only_valid_ones_enter_our_rates(
    new_desk: NewDesk, policy: str, counts: int
) -> None:
    """What others caused is counted apart: neither its clocks nor its callback, satisfaction or rectification."""
    desk = new_desk(policy)
    ours, theirs = (
        desk.log("厨房漏水", "--phone", "13900000001"),
        desk.log("电梯异响", "--phone", "13900000002"),
    )
    desk.do("verify-case", theirs, "--assist", "--reason", "开发商遗留")
    for case in (ours, theirs):
        desk.do("contact", case, "约定", "--promise", "+1d")
        desk.do("rectify", case, "--order", "修", "--dept", "工程部", "--due", "+1d")
        desk.do("rectify", case, "--done", "R1")
        desk.do("rectify", case, "--inspect", "R1", "--pass", "--by", "品质员")
        desk.do("resolve", case, "已修")
        desk.do("callback", case, "--satisfied")
    report = desk.do("report", "--month", "2026-11", "--format", "json", now="2026-11-20 09:00").json
    assert report["intake"]["complaints"] == 2
    assert report["by_validity"] == {"valid": 0, "assist": 1, "invalid": 0, "unverified": 1}
    assert report["clocks"]["promise"]["met"] == counts
    assert report["rectification"]["inspected"] == counts
    assert (report["callback"]["needed"], report["callback"]["satisfied"]) == (counts, counts)
    assert report["closure"]["received"] == 1
    for figure in ("clocks.promise.met", "callback.satisfied", "callback.done", "rectification.inspected"):
        behind = desk.do(
            "report", "--month", "2026-11", "--cases", figure, "--format", "json", now="2026-11-20 09:00"
        )
        assert [row["case"] for row in behind.json] == [ours, theirs][:counts]

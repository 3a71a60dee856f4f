"""Import (SPEC C6, C8): each row wholly in or in the rejects file, nothing twice, nothing guessed."""

from __future__ import annotations

import csv
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from conftest import NewDesk
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import Answer, Shell

from kfcs.entries import Person
from kfcs.intake import importing
from kfcs.intake.caserows import CaseRow
from kfcs.intake.spool import Spool
from kfcs.intake.values import Unfit

ROOT = Path(__file__).resolve().parent.parent
HEADER = "工单号,投诉时间,项目,房号,客户姓名,联系电话,投诉内容"
OLD = "A1,2026-03-02 10:00,A,0301,赵女士,13800000001,外墙空鼓脱落"
NEW = "A2,2026-11-01 20:00,A,0302,钱女士,13800000002,小区停水两天"


def file(kfcs: Shell, *rows: str, header: str = HEADER, name: str = "rows.csv") -> str:
    path = kfcs.folder / name
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return str(path)


def rejected(kfcs: Shell, name: str = "rows.rejects.csv") -> list[list[str]]:
    with (kfcs.folder / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def cases(kfcs: Shell) -> list[dict[str, Any]]:
    return list(kfcs.do("list", "--all", "--format", "json", "--reveal").json)


def sums(answer: Answer) -> str:
    """The line with the sums."""
    return next(line for line in answer.err.splitlines() if " rows: " in line)


# ---------------------------------------------------------------- what comes in


def test_a_row_becomes_a_case_at_its_own_time(kfcs: Shell) -> None:
    done = kfcs.do("import", file(kfcs, OLD, NEW))
    assert done.out == ""
    assert done.err == (
        "Read as UTF-8.\n"
        "Of those taken in, 1 are live and 1 history.\n"
        "2 rows: 2 taken in, 0 there already, 0 repeated, 0 rejected.\n"
    )
    old = kfcs.show("CQ1-20260302-001", "--reveal")
    assert (old["received_at"], old["home"], old["customer"], old["phone"], old["text"], old["history"]) == (
        "2026-03-02T10:00:00+08:00", "0301", "赵女士", "13800000001", "外墙空鼓脱落", True,
    )  # fmt: skip
    assert (old["proposed"]["subcategory"], old["timeline"][0]["recorded_at"]) == (
        "quality.decoration", "2026-11-02T09:00:00+08:00",
    )  # fmt: skip
    assert kfcs.show("CQ1-20261101-001")["history"] is False
    kfcs.do("verify")


def test_the_same_file_again_adds_nothing(kfcs: Shell) -> None:
    path = file(kfcs, OLD, NEW)
    kfcs.do("import", path)
    before = kfcs.do("export", "entries").out
    again = kfcs.do("import", path, now="2026-11-03 10:00")
    assert sums(again) == "2 rows: 0 taken in, 2 there already, 0 repeated, 0 rejected."
    assert kfcs.do("export", "entries").out == before


def test_a_row_is_known_again_in_another_file(kfcs: Shell) -> None:
    """Its number tells it, or who said what when: not the file, not its place, not what was done since."""
    kfcs.do("import", file(kfcs, OLD, NEW))
    plain = ",".join(HEADER.split(",")[1:])
    rows = [row.split(",", 1)[1] for row in (NEW, OLD)]
    kfcs.do("import", file(kfcs, *rows, header=plain, name="plain.csv"))
    with_status = [f"{row},已办结" for row in rows]
    again = kfcs.do("import", file(kfcs, *with_status, header=f"{plain},状态", name="later.csv"))
    assert sums(again) == "2 rows: 0 taken in, 2 there already, 0 repeated, 0 rejected."
    assert len(cases(kfcs)) == 4


def test_repeats_within_a_file_come_in_once(kfcs: Shell) -> None:
    other = NEW.replace("钱女士", "孙女士")
    done = kfcs("import", file(kfcs, OLD, OLD, NEW, other))
    assert (done.code, sums(done)) == (3, "4 rows: 2 taken in, 0 there already, 1 repeated, 1 rejected.")
    assert rejected(kfcs)[1][-2:] == ["5", "its number stands in row 4 already, with another matter"]


def test_messages_of_a_site_with_their_replies(kfcs: Shell) -> None:
    header = "留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间"
    rows = [
        '2549,U01,物业管理有问题,2019/4/25 9:32:09,"\n\t\t\t停车费太高",现答复如下：已调查,2019/5/10 14:56:53',
        "2554,U02,路灯不亮,2019/4/24 16:03:40,三个月了,,",
    ]
    kfcs.do("import", file(kfcs, *rows, header=header), "--set", "project=A市", "--set", "渠道=网站")
    first = kfcs.show("CQ1-20190425-001")
    assert (first["text"], first["channel"], first["project"]) == (
        "物业管理有问题\n停车费太高",
        "website",
        "A市",
    )
    reply = first["timeline"][1]
    assert (reply["kind"], reply["reply"], reply["at"], reply["text"]) == (
        "contact", True, "2019-05-10T14:56:53+08:00", "现答复如下：已调查",
    )  # fmt: skip
    assert len(kfcs.show("CQ1-20190424-001")["timeline"]) == 1
    kfcs.do("verify")


def test_finished_business_comes_in_finished(kfcs: Shell) -> None:
    header = f"{HEADER},处理结果,办结时间,状态"
    rows = [
        f"{NEW},已修好,2026-11-02 08:00,已办结",
        f"{NEW.replace('A2', 'A3').replace('停水', '停电')},,,已办结",
    ]
    kfcs.do("import", file(kfcs, *rows, header=header))
    done = kfcs.show("CQ1-20261101-001")
    assert (done["state"], done["resolved_at"], done["history"]) == (
        "resolved",
        "2026-11-02T08:00:00+08:00",
        False,
    )
    assert kfcs.show("CQ1-20261101-002")["history"] is True, (
        "nobody says when it was done, so no clock may run on"
    )


@pytest.mark.parametrize(
    ("at", "option", "history"),
    [
        ("2026-10-26 09:00:00", None, True),
        ("2026-10-26 09:00:01", None, False),
        ("2019-01-01", "--live", False),
        ("2026-11-02 08:59", "--history", True),
    ],
)
def test_seven_days_divide_live_from_history(kfcs: Shell, at: str, option: str | None, history: bool) -> None:
    options = [option] if option else []
    kfcs.do("import", file(kfcs, f"A1,{at},A,1,赵,13800000001,停水"), *options)
    assert kfcs.show(cases(kfcs)[0]["case"])["history"] is history


def test_history_never_escalates_and_live_rows_do(kfcs: Shell) -> None:
    kfcs.do("import", file(kfcs, OLD, NEW))
    raised = {row["case"] for row in kfcs.escalate(now="2026-12-20 09:00")}
    assert raised - {None} == {"CQ1-20261101-001"}


def test_rows_of_one_file_count_towards_each_other(new_desk: NewDesk) -> None:
    """G1 III: three different complainants on the same matter in a month; so already at log, whatever the order."""
    kfcs = new_desk("rf-kf-zy-03")
    rows = [f"A{n},2026-11-0{n} 07:00,A,{n},客户{n},1380000000{n},卫生间漏水" for n in (1, 2)]
    kfcs.do("import", file(kfcs, *rows, "A3,2026-11-02 06:00,A,3,客户3,13800000003,厨房漏水了"))
    shown = [kfcs.show(case["case"]) for case in cases(kfcs)]
    assert [(case["level"], case["level_rule"]) for case in shown] == [(3, "rf.level.3")] * 3
    assert {case["timeline"][0]["level_at_log"] for case in shown} == {3}
    kfcs.do("verify")


def test_what_is_there_counts_with_what_comes(new_desk: NewDesk) -> None:
    kfcs = new_desk("rf-kf-zy-03")
    first = kfcs.log("卫生间漏水", "--phone", "13800000009")
    kfcs.do(
        "import",
        file(kfcs, *[f"A{n},2026-11-01 07:00,A,{n},客户{n},1380000000{n},卫生间漏水" for n in (1, 2)]),
    )
    assert kfcs.show(first)["level"] == 3
    kfcs.do("verify")


def test_unknown_columns_are_kept(kfcs: Shell) -> None:
    kfcs.do("import", file(kfcs, f"{NEW},3号楼,2026-11-09", header=f"{HEADER},楼栋,要求完成日期"))
    source = kfcs.show("CQ1-20261101-001")["timeline"][0]["source"]
    assert source["extra"] == {"楼栋": "3号楼", "要求完成日期": "2026-11-09T23:59:59+08:00"}
    assert (source["file"], source["row"], source["id"]) == ("rows.csv", 2, "A2")


def test_a_wanted_date_of_an_authority_is_its_limit(kfcs: Shell) -> None:
    kfcs.do("import", file(kfcs, f"{NEW},12345转办,2026-11-09", header=f"{HEADER},来源,要求完成日期"))
    shown = kfcs.show("CQ1-20261101-001")
    assert (shown["channel"], shown["authority_due"]) == ("government", "2026-11-09T23:59:59+08:00")


def test_a_category_that_only_agrees_overrules_nothing(kfcs: Shell) -> None:
    rows = [
        "A1,2026-11-01,A,1,赵,,厨房漏水,quality.leak",
        "A2,2026-11-01,A,2,钱,,厨房漏水,销 售 管 理",
        "A3,2026-11-01,A,3,孙,,厨房漏水,不知道",
    ]
    done = kfcs.do("import", file(kfcs, *rows, header=f"{HEADER},类别"))
    first, second, third = (kfcs.show(f"CQ1-20261101-00{n}")["timeline"][0] for n in (1, 2, 3))
    assert ("category" not in first, second["category"], "category" not in third) == (True, "sales", True)
    assert third["source"]["extra"] == {"类别": "不知道"}
    assert "Row 4: '不知道' is no category that the policy knows\n" in done.err


def test_projects_are_named_as_the_lists_name_them(kfcs: Shell) -> None:
    with (kfcs.folder / "kfcs.toml").open("a", encoding="utf-8") as settings:
        settings.write('[projects]\n"天元道" = ["天元"]\n')
    rows = [f"A{n},2026-11-01,{name},{n},赵,,停水{n}" for n, name in enumerate(("天元", "天元遒", "天元遒"))]
    done = kfcs.do("import", file(kfcs, *rows))
    assert sorted(case["project"] for case in cases(kfcs)) == sorted(["天元道", "天元遒", "天元遒"])
    assert done.err.count("did you mean 天元道?") == 1
    toml = kfcs.folder / "kfcs.toml"
    toml.write_text("strict_names = true\n" + toml.read_text(encoding="utf-8"), encoding="utf-8")
    assert kfcs("import", file(kfcs, "A9,2026-11-01,天元遒,9,赵,,停电")).code == 3
    assert "did you mean 天元道?" in rejected(kfcs)[1][-1]


def test_damaged_phones_and_homes(kfcs: Shell) -> None:
    phones = ["1.38E+10", "7318xxxxxx", "13800000013/13800000014", "无", "+86 138-0000-0009"]
    rows = [f"A{n},2026-11-01,A,{n}-Jan,客户{n},{phone},停水" for n, phone in enumerate(phones)]
    done = kfcs("import", file(kfcs, *rows))
    assert (done.code, sums(done)) == (3, "5 rows: 4 taken in, 0 there already, 0 repeated, 1 rejected.")
    assert (
        rejected(kfcs)[1][-1]
        == "联系电话: phone '1.38E+10' has lost its digits in a spreadsheet; give it in full"
    )
    shown = list(csv.DictReader(kfcs.do("export", "cases", "--reveal").out.splitlines()))
    assert [(row["Phone"], row["Other contact"], row["Home"]) for row in shown] == [
        ("", "7318xxxxxx", ""), ("13800000013", "13800000013/13800000014", ""), ("", "", ""), ("13800000009", "", ""),
    ]  # fmt: skip


# ---------------------------------------------------------------- what does not come in


def test_rejected_rows_can_be_mended_and_imported(kfcs: Shell) -> None:
    bad = [
        "A3,3月5日,A,1,孙,13800000003,停水",
        "A4,2026-11-01,,1,李,13800000004,=停水",
        "A5,2027-01-01,A,1,周,,停水",
        "A6,x",
    ]
    done = kfcs("import", file(kfcs, OLD, *bad))
    assert (done.code, done.out) == (3, "")
    assert "error: 4 rows were rejected. Mend them in " in done.err
    table = rejected(kfcs)
    assert table[0] == [*HEADER.split(","), "row", "reason"]
    assert [row[-2:] for row in table[1:]] == [
        ["3", "投诉时间: '3月5日' is no date that can be told for certain"],
        ["4", "项目 is empty"],
        ["5", "2027-01-01 00:00 lies ahead of now"],
        ["6", "it has 2 cells, the header 7"],
    ]
    assert stat.S_IMODE((kfcs.folder / "rows.rejects.csv").stat().st_mode) == 0o600
    table[1][1], table[2][2] = "2026-03-05", "A"
    with (kfcs.folder / "mended.csv").open("w", encoding="gb18030", newline="") as stream:
        csv.writer(stream).writerows(table[:3])
    again = kfcs.do("import", str(kfcs.folder / "mended.csv"))
    assert sums(again) == "2 rows: 2 taken in, 0 there already, 0 repeated, 0 rejected."
    assert {case["text"] for case in cases(kfcs)} >= {"停水", "=停水"}
    assert {case["phone"] for case in cases(kfcs)} >= {"13800000003", "13800000004"}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("A1,,A,1,赵,13800000001,停水", "投诉时间 is empty"),
        ("A1,2026-11-02 09:06,A,1,赵,13800000001,停水", "lies ahead of now"),
        ("A1,1924-03-05,A,1,赵,13800000001,停水", "too far back"),
        ("A1,2026-11-01,A,1,赵,13800000001,", "nothing says what the matter is"),
        ("A1,2026-11-01,A,1,赵\0,13800000001,停水", "zero character"),
        ("4.3E+17,2026-11-01,A,1,赵,13800000001,停水", "lost its digits"),
    ],
)
def test_a_row_that_cannot_be_told_for_certain_is_refused(kfcs: Shell, row: str, why: str) -> None:
    assert kfcs("import", file(kfcs, row)).code == 3
    assert why in rejected(kfcs)[1][-1]
    assert cases(kfcs) == []


def test_a_reply_before_the_receipt_is_refused(kfcs: Shell) -> None:
    assert kfcs("import", file(kfcs, f"{OLD},2026-03-01", header=f"{HEADER},答复时间")).code == 3
    assert rejected(kfcs)[1][-1] == "答复时间 lies before the receipt"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (f'{HEADER}\n{OLD}\nA2,"2026', "Line 3 opens a quotation mark"),
        ("甲,乙\n1,2\n", "No column holds"),
        ("项目,项目\n1,2\n", "Several columns are called"),
        ("", "The file has no rows"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing(kfcs: Shell, content: str, why: str) -> None:
    path = kfcs.folder / "rows.csv"
    path.write_text(content, encoding="utf-8")
    assert why in kfcs.refused("import", str(path), code=2)
    assert cases(kfcs) == []
    assert not (kfcs.folder / "rows.rejects.csv").exists()


def test_what_is_asked_for_wrongly(kfcs: Shell) -> None:
    path = file(kfcs, OLD)
    assert "cannot be imported" in kfcs.refused("import", "birds", path, code=2)
    assert "cannot be read" in kfcs.refused("import", "none.csv", code=2)
    assert "contradict" in kfcs.refused("import", path, "--live", "--history", code=2)
    assert "is the file that is read" in kfcs.refused("import", path, "--rejects", path, code=2)


def test_a_dry_run_writes_nothing(kfcs: Shell) -> None:
    done = kfcs("import", file(kfcs, OLD, "A3,3月5日,A,1,孙,,停水"), "--dry-run")
    assert done.code == 3
    assert "Nothing was written" in done.err
    assert sums(done) == "2 rows: 1 taken in, 0 there already, 0 repeated, 1 rejected."
    assert cases(kfcs) == []
    assert not (kfcs.folder / "rows.rejects.csv").exists()


def test_the_summary_in_chinese(new_desk: NewDesk) -> None:
    kfcs = new_desk(lang="zh")
    assert (
        kfcs.do("import", file(kfcs, OLD)).err.splitlines()[-1]
        == "共 1 行：导入 1 行，已有 0 行，重复 0 行，退回 0 行。"
    )


# ---------------------------------------------------------------- acts on cases

ACTS = {
    "contacts": "工单号,联系时间,联系内容,是否答复,约定时间,经办人",
    "callbacks": "工单号,回访时间,回访结果,回访人",
    "rectifications": "工单号,下达时间,整改内容,责任部门,责任单位,整改期限,完成时间,费用,验收时间,验收结果,验收人",
}


@pytest.fixture
def busy(kfcs: Shell) -> Shell:
    """A desk with an open case A1 and a resolved one A2, both from a file."""
    kfcs.do(
        "import",
        file(
            kfcs,
            f"{OLD},",
            f"{OLD.replace('A1', 'A2').replace('0301', '0302')},2026-03-05 12:00",
            header=f"{HEADER},办结时间",
        ),
    )
    return kfcs


def take_in(kfcs: Shell, what: str, *rows: str) -> tuple[Answer, list[str]]:
    """The answer, and the reasons of what was rejected."""
    done = kfcs("import", what, file(kfcs, *rows, header=ACTS[what], name=f"{what}.csv"))
    return done, [row[-1] for row in rejected(kfcs, f"{what}.rejects.csv")[1:]] if done.code == 3 else []


def test_contacts_find_their_case(busy: Shell) -> None:
    done, why = take_in(
        busy, "contacts",
        "A1,2026-03-03 10:00,已约,是,2026-03-09,小李",
        "CQ1-20260302-002,2026-03-03 11:00,到场,,,小王",
        "A9,2026-03-03 10:00,谁,,,",
        "A1,2026-03-04 10:00,已约,是,2026-03-01,小李",
        "A1,2026-03-01 10:00,早了,,,小李",
    )  # fmt: skip
    assert sums(done) == "5 rows: 2 taken in, 0 there already, 0 repeated, 3 rejected."
    assert sorted(why)[0].startswith("2026-03-01 10:00 lies before CQ1-20260302-001 was received")
    assert sorted(why)[1:] == ["a promise must lie after its contact", "there is no case A9"]
    contact = busy.show("CQ1-20260302-001")["timeline"][1]
    assert (contact["by"], contact["reply"], contact["promise"]) == (
        "小李",
        True,
        "2026-03-09T23:59:59+08:00",
    )
    again, _ = take_in(busy, "contacts", "A1,2026-03-03 10:00,已约,是,2026-03-09,小李")
    assert sums(again) == "1 rows: 0 taken in, 1 there already, 0 repeated, 0 rejected."
    busy.do("verify")


def test_callbacks_come_in_the_order_in_which_they_happened(busy: Shell) -> None:
    done, why = take_in(
        busy, "callbacks",
        "A2,2026-03-08 10:00,基本满意,小张",
        "A2,2026-03-07 10:00,未接通,小张",
        "A2,2026-03-06 10:00,联系不上,小张",
        "A2,2026-03-06 10:00,联系不上,小张",
        "A1,2026-03-06 10:00,满意,小张",
        "A2,2026-03-09 10:00,满意,小张",
    )  # fmt: skip
    assert sums(done) == "6 rows: 3 taken in, 0 there already, 1 repeated, 2 rejected."
    assert ["is open" in why[0], "is closed" in why[1]] == [True, True]
    assert [c["result"] for c in busy.show("CQ1-20260302-002")["callbacks"]] == ["unreachable"] * 2 + [
        "acceptable"
    ]
    busy.do("verify")


def test_a_rectification_is_wholly_in_or_out(busy: Shell) -> None:
    done, why = take_in(
        busy, "rectifications",
        "A1,2026-03-03 10:00,外墙,工程部,甲公司,2026-03-10,2026-03-09 11:00,1200元,2026-03-10,合格,老王",
        "A1,2026-03-11 10:00,内墙,工程部,甲公司,2026-03-20,2026-03-10 11:00,,,,",
        "A1,2026-03-12 10:00,地面,工程部,,2026-03-20,2026-03-13 11:00,,,合格,",
        "A2,2026-03-11 10:00,地面,工程部,,2026-03-20,,,,,",
    )  # fmt: skip
    assert sums(done) == "4 rows: 1 taken in, 0 there already, 0 repeated, 3 rejected."
    assert len(why) == 3
    (order,) = busy.show("CQ1-20260302-001")["rectifications"]
    assert (order["id"], order["unit"], order["result"], order["first_pass"], order["cost"]) == (
        "R1",
        "甲公司",
        "pass",
        True,
        1200.0,
    )
    busy.do("verify")


def test_acts_can_be_tried_dry(busy: Shell) -> None:
    rows = file(busy, "A1,2026-03-03 10:00,已约,是,,小李", "A9,2026-03-03,x,,,", header=ACTS["contacts"])
    done = busy("import", "contacts", rows, "--dry-run")
    assert sums(done) == "2 rows: 1 taken in, 0 there already, 0 repeated, 1 rejected."
    assert len(busy.show("CQ1-20260302-001")["timeline"]) == 1


# ---------------------------------------------------------------- many rows, several processes


def many(kfcs: Shell, count: int) -> str:
    """A file of cases of a year, five projects and three matters, in no order."""

    def row(n: int) -> str:
        day, text = f"2025-{n % 12 + 1:02d}-{n % 28 + 1:02d}", ("厨房漏水", "停车费太高", "电梯异响")[n % 3]
        return f"A{n},{day} 10:00,项目{n % 5},{n},客户{n},138{n:08d},{text}{n}"

    return file(kfcs, *map(row, range(count)))


def test_chunks_give_what_one_transaction_gives(new_desk: NewDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Levels and counts do not depend on how the file was cut."""
    found = []
    for name, size in (("one", 1000), ("many", 7)):
        monkeypatch.setattr(importing, "CHUNK", size)
        kfcs = new_desk("rf-kf-zy-03", name=name)
        kfcs.do("import", many(kfcs, 120))
        kfcs.do("verify")
        with sqlite3.connect(kfcs.folder / "kfcs.db") as base:
            found.append(
                base.execute(
                    "SELECT phone, level, level_at_log, neighbours FROM cases ORDER BY phone"
                ).fetchall()
            )
    assert found[0] == found[1]


def process(kfcs: Shell, words: Sequence[str], **more: Any) -> subprocess.Popen[bytes]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("KFCS_")} | kfcs.environ
    return subprocess.Popen(
        [sys.executable, "-m", "kfcs", *words],
        cwd=ROOT, env=environ | {"KFCS_NOW": kfcs.now}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
    )  # fmt: skip


def test_a_pipe_of_gbk(kfcs: Shell) -> None:
    with process(
        kfcs, ["import", "-", "--rejects", str(kfcs.folder / "r.csv")], stdin=subprocess.PIPE
    ) as importer:
        out, err = importer.communicate(f"{HEADER}\r\n{OLD}\r\n".encode("gbk"), timeout=60)
    assert (importer.returncode, out) == (0, b"")
    assert err.decode().splitlines()[0] == "Read as GB18030."
    assert cases(kfcs)[0]["customer"] == "赵女士"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_import_leaves_whole_rows_and_goes_on(kfcs: Shell) -> None:
    count = 2500
    path = many(kfcs, count)
    with process(kfcs, ["import", path]) as importer:
        base = sqlite3.connect(kfcs.folder / "kfcs.db")
        until = time.monotonic() + 60
        while (
            not (there := base.execute("SELECT count(*) FROM entries").fetchone()[0])
            and time.monotonic() < until
        ):
            time.sleep(0.01)
        importer.kill()
    base.close()
    assert 0 < there < count
    kfcs.do("verify")
    again = kfcs.do("import", path)
    assert "0 repeated, 0 rejected" in sums(again)
    kfcs.do("verify")
    with sqlite3.connect(kfcs.folder / "kfcs.db") as base:
        assert base.execute("SELECT count(*), count(DISTINCT phone) FROM cases").fetchone() == (count, count)


def test_two_imports_of_one_file_at_once_add_each_row_once(kfcs: Shell) -> None:
    path = many(kfcs, 300)
    both = [process(kfcs, ["import", path]) for _ in range(2)]
    for importer in both:
        _, err = importer.communicate(timeout=120)
        assert importer.returncode == 0, err.decode()
    assert len(cases(kfcs)) == 300
    kfcs.do("verify")


# ---------------------------------------------------------------- properties

CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=12)
@given(rows=st.lists(st.lists(CELLS, min_size=7, max_size=7), min_size=1, max_size=6))
def test_every_row_is_counted_once_whatever_it_holds(new_desk: NewDesk, rows: list[list[str]]) -> None:
    """read = accepted + skipped + repeated + rejected, and the ledger holds just what was accepted."""
    kfcs = new_desk()
    path = kfcs.folder / "rows.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADER.split(","), *rows, OLD.split(",")])
    done = kfcs("import", str(path))
    assert done.code in (0, 3), done.err
    read, accepted, skipped, repeated, refused = (
        int(word) for word in sums(done).replace(",", "").split() if word.isdecimal()
    )
    assert read == accepted + skipped + repeated + refused
    assert len(cases(kfcs)) == accepted >= 1
    assert len(rejected(kfcs)[1:] if refused else []) == refused
    kfcs.do("verify")


# ---------------------------------------------------------------- memory


def test_rows_are_known_again_among_many() -> None:
    """The table of keys grows several times on the way."""
    rows = [
        CaseRow(n, sha256(f"{n}".encode()).hexdigest(), "", None, Person(), {}, (), bytes([n % 251] * 4))
        for n in range(50_000)
    ]
    seen = importing.Seen()
    assert not any([seen.before(row) for row in rows])
    assert all([seen.before(row) for row in rows[::7]])
    with pytest.raises(Unfit, match="row 21"):
        seen.before(replace(rows[21], number=60_000, same=b"other"))


@pytest.mark.parametrize("sort", [False, True])
def test_records_come_back_group_after_group(sort: bool) -> None:
    """Each group in the order put; the groups as they first came, or sorted."""
    spool = Spool()
    for n in range(1000):
        spool.put((n, n * 7 % 13), n * 7 % 13)
    back = [record for chunk in spool.chunks(64, lambda *record: record, sort=sort) for record in chunk]
    groups = range(13) if sort else [n * 7 % 13 for n in range(13)]
    assert back == [(n, group) for group in groups for n in range(1000) if n * 7 % 13 == group]
    spool.close()


def test_c6_a_value_that_a_spreadsheet_lost_is_not_taken_for_one(kfcs: Shell) -> None:
    """#REF! is no customer; where a row can do without the value it comes in, and what stood there is kept."""
    rows = [OLD.replace("赵女士", "#REF!"), NEW.replace("0302", "#N/A").replace("13800000002", "#VALUE!")]
    done = kfcs("import", file(kfcs, *rows))
    assert done.code == 3
    assert "Row 2 rejected: 客户姓名: '#REF!' is what a spreadsheet writes where a formula failed" in done.err
    [case] = cases(kfcs)
    assert (case["home"], case["phone"]) == (None, None)
    extra = kfcs.show(case["case"])["timeline"][0]["source"]["extra"]
    assert extra == {"房号": "#N/A", "联系电话": "#VALUE!"}

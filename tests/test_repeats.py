"""Likely repeats and texts that say nearly the same (SPEC C3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import Shell

from kfcs.rules.classify import text_key
from kfcs.rules.likeness import alike

SAID = "三号楼电梯坏了好几天没人来修"
LIKE = {
    "the same": (SAID, True),
    "other punctuation, width and digits": ("3号楼电梯，坏了好几天；没人来修！", True),
    "a word more": ("三号楼的电梯坏了好几天没人来修", True),
    "the order changed": ("电梯坏了好几天没人来修，三号楼", True),
    "another floor of the same kind": ("五号楼门禁坏了好几天没人来修", False),
    "another matter in like words": ("三号楼电梯轿厢没有空调", False),
    "the text within a much longer one": (
        SAID + "，另外地下车库渗水、绿化没人管，物业费还要涨，业主都不同意",
        False,
    ),
    "nothing": ("", False),
    "too short to tell": ("电梯坏", False),
}


@pytest.mark.parametrize("case", LIKE)
def test_c3_nearly_the_same_text(case: str) -> None:
    other, wanted = LIKE[case]
    assert alike(text_key(SAID), text_key(other)) is wanted


TEXTS = st.text(alphabet="电梯坏了没人来修渗水车位", max_size=30).map(text_key)


@given(TEXTS, TEXTS)
def test_likeness_is_mutual(one: str, other: str) -> None:
    assert alike(one, other) is alike(other, one)
    assert alike(one, one) is bool(one)


def likely(kfcs: Shell, text: str, *words: str, now: str | None = None) -> list[tuple[str, str]]:
    made = kfcs.do("log", text, "--project", "A", "--format", "json", *words, now=now).json
    return [(row["case"], row["why"]) for row in made["likely_repeats"]]


def test_c3_a_text_written_differently_is_shown_at_log(kfcs: Shell) -> None:
    first = kfcs.log(SAID, "--phone", "13900000001")
    assert likely(kfcs, LIKE["a word more"][0], "--phone", "13900000002") == [(first, "text")]
    assert likely(kfcs, LIKE["another floor of the same kind"][0], "--phone", "13900000003") == []


ROWS = {
    "the same phone and matter": ("2026-10-20,A,13900000001,厨房漏水,", True),
    "the same home and matter": ("2026-10-20,A,13900000009,卫生间渗水,1-1", True),
    "the same text": (f"2026-10-20,A,13900000009,{SAID},2-2", True),
    "the same text in the month before": (f"2026-11-01,A,13900000009,{SAID},2-2", True),
    "the same phone with another matter": ("2026-10-20,A,13900000001,车位被占,", False),
    "the same text in another project": (f"2026-10-20,B,13900000009,{SAID},2-2", False),
    "31 days later": ("2026-11-16,A,13900000001,厨房漏水,1-1", False),
}


@pytest.mark.parametrize("case", ROWS)
@pytest.mark.parametrize("together", [True, False], ids=["in one file", "in two"])
def test_c3_a_row_that_may_repeat_an_earlier_case_is_remarked(kfcs: Shell, case: str, together: bool) -> None:
    """Row by row of one file, and against what the ledger holds; never the other way round."""
    row, repeats = ROWS[case]
    header = "登记日期,项目,电话,投诉内容,房号\n"
    first = f"2026-10-15,A,13900000001,厨房漏水,1-1\n2026-10-15,A,13900000002,{SAID},3-3\n"
    files = [header + first + row] if together else [header + first, header + row]
    for n, content in enumerate(files):
        path = kfcs.folder / f"{n}.csv"
        path.write_text(content, encoding="utf-8")
        told = kfcs.do("import", str(path), now="2026-11-20 10:00").err
    number = 4 if together else 2
    assert (f"Row {number} may repeat CQ1-20261015-00" in told) is repeats
    assert told.count("may repeat") == int(repeats)


def test_c3_a_row_of_a_day_may_repeat_what_was_logged_later_on_that_day(kfcs: Shell) -> None:
    """A sheet that names days only tells of a call that the desk has logged at ten."""
    logged = kfcs.log("厨房漏水", "--phone", "13900000001", now="2026-11-02 10:00")
    path = kfcs.folder / "day.csv"
    path.write_text(
        "登记日期,项目,电话,投诉内容\n2026-11-02,A,139-0000-0001,卫生间渗水\n2026-11-01,A,13900000001,卧室渗水\n",
        encoding="utf-8",
    )
    told = kfcs.do("import", str(path), now="2026-11-02 11:00").err
    assert [line for line in told.splitlines() if "may repeat" in line] == [f"Row 2 may repeat {logged}."]

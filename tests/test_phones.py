"""A phone has one form, however and wherever it was written (SPEC C6, G)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import Shell

from kfcs.phones import dialled


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("138-0000-0001", "13800000001"),
        ("0086 138 0000 0001", "13800000001"),
        ("+8613800000001", "13800000001"),
        ("8613800000001", "13800000001"),
        ("013800000001", "13800000001"),
        ("’13800000001", "13800000001"),
        ("１３８０００００００１", "13800000001"),
        ("023-62345678-801", "02362345678转801"),
        ("(023)62345678-1", "02362345678转1"),
        ("023—6234 5678 转 801", "02362345678转801"),
        ("62345678#8", "62345678转8"),
        ("0731-8800-0012", "073188000012"),
        ("+86 10 8888 8888", "01088888888"),
        ("+86 (0)23 62345678", "02362345678"),
        ("0086-400-820-8820", "4008208820"),
        ("+1 212 555 0101", "+12125550101"),
        ("00852 2345 6789", "+85223456789"),
        ("12345", "12345"),
        ("", None),
        ("+", None),
        ("()", None),
        ("138****0001", None),
        ("13800000001/2", None),
    ],
)
def test_c6_a_phone_is_what_is_dialled(written: str, number: str | None) -> None:
    assert dialled(written) == number


@given(st.text("0123456789+-() 转#EXText８６", max_size=24))
def test_c6_what_is_dialled_is_dialled_so(text: str) -> None:
    number = dialled(text)
    assert number is None or dialled(number) == number


def test_c3_the_desk_and_a_file_know_one_customer(kfcs: Shell) -> None:
    """One phone in three writings is one customer: the repeat is seen, the list and the home page find both."""
    kfcs.log("厨房漏水", "--phone", "023-62345678-801")
    path = kfcs.folder / "rows.csv"
    path.write_text(
        "投诉时间,项目,电话,投诉内容\n2026-11-02 08:59,A,（023）6234 5678转801,又漏水了\n", encoding="utf-8"
    )
    done = kfcs.do("import", str(path))
    assert "1 taken in" in done.err
    rows = kfcs.do("list", "--where", "phone=023-62345678-801", "--format", "json", "--reveal").json
    assert [row["phone"] for row in rows] == ["02362345678转801"] * 2

"""Compensation step by step (H8)."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell import Shell


@pytest.fixture
def claimed(kfcs: Shell) -> str:
    """A case with a home and a claim; returns its number."""
    return str(
        kfcs(
            "log",
            "漏水泡坏地板要求赔偿",
            "--project",
            "A",
            "--home",
            "1-101",
            "--claim",
            "8000",
            "--format",
            "json",
        ).json["case"]
    )


def steps(kfcs: Shell, case: str, *rows: tuple[str, ...]) -> list[int]:
    return [kfcs("compensate", case, *row).code for row in rows]


APPLY = ("--apply", "6000.50", "--grounds", "地板更换")


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        pytest.param([("--pay", "5000")], [4], id="H8-no-payment-before-an-application"),
        pytest.param([("--approve", "5000")], [4], id="H8-no-approval-before-an-application"),
        pytest.param([APPLY, ("--approve", "6000.51")], [0, 4], id="H8-not-more-than-applied-for"),
        pytest.param(
            [APPLY, ("--approve", "5000"), ("--pay", "1")], [0, 0, 4], id="H8-no-payment-before-the-letter"
        ),
        pytest.param([("--apply", "1")], [2], id="H8-an-application-needs-grounds"),
        pytest.param([("--deduct", "1")], [2], id="H8-a-deduction-names-the-third-party"),
        pytest.param([("--apply", "-5", "--grounds", "x")], [2], id="H8-no-negative-sum"),
        pytest.param([("--apply", "0.001", "--grounds", "x")], [2], id="H8-nothing-finer-than-a-fen"),
        pytest.param([APPLY, ("--approve", "1"), APPLY], [0, 0, 4], id="H8-an-approval-stands"),
    ],
)
def test_steps_in_order(kfcs: Shell, claimed: str, rows: list[tuple[str, ...]], codes: list[int]) -> None:
    assert steps(kfcs, claimed, *rows) == codes


def test_the_whole_way_and_its_limits(kfcs: Shell, claimed: str, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("承诺函", encoding="utf-8")
    assert steps(kfcs, claimed, APPLY, ("--approve", "5000"), ("--letter", str(letter))) == [0, 0, 0]
    assert steps(
        kfcs, claimed, ("--pay", "5000.01"), ("--pay", "2000"), ("--pay", "3000"), ("--pay", "0.01")
    ) == [4, 0, 0, 4]
    assert steps(
        kfcs, claimed, ("--deduct", "3000", "--from", "防水单位"), ("--deduct", "2000.01", "--from", "x")
    ) == [0, 4]
    held = kfcs("show", claimed, "--format", "json").json["compensation"]
    assert (held["paid"], held["deducted"], held["approved"], held["letter"]) == (
        5000.0,
        3000.0,
        5000.0,
        True,
    )


def test_authority_adds_up_over_the_cases_of_a_home_and_names_the_split(
    kfcs: Shell, claimed: str, desk_folder: Path
) -> None:
    with (desk_folder / "kfcs.toml").open("a", encoding="utf-8") as settings:
        settings.write(
            '\n[authority]\n"张经理" = 5000\nbranch-head = 20000\n[recipients]\nbranch-head = "李总"\n'
        )
    other = kfcs.log("同户另一处漏水", "--home", "1 - 101", "--claim", "3000")
    for case in (claimed, other):
        assert kfcs("compensate", case, "--apply", "3000", "--grounds", "地板").code == 0
    assert kfcs("compensate", claimed, "--approve", "3000", "--by", "张经理").code == 0
    refused = kfcs("compensate", other, "--approve", "3000", "--by", "张经理")
    assert refused.code == 4
    assert claimed in refused.err
    assert "6,000.00 CNY" in refused.err
    assert kfcs("compensate", other, "--approve", "3000", "--by", "李总").code == 0


def test_h8_nothing_is_applied_for_that_was_not_claimed(kfcs: Shell) -> None:
    case = kfcs.log("漏水泡坏地板")
    assert "kfcs amend" in kfcs.refused("compensate", case, *APPLY)
    kfcs.do("amend", case, "--set", "claim=7000", "--reason", "业主书面提出")
    assert steps(kfcs, case, APPLY) == [0]

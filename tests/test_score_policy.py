"""Faults of scorecards and penalties in policy files: each by its key, and what was expected (P1, S1, S3)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kfcs.i18n import in_language, render
from kfcs.policycheck import chain_faults, read_chain, read_policy_file
from kfcs.reports.scorefigures import _MEASURES, typed_number
from kfcs.rulebook import load_policy
from kfcs.rules.scorecard import FORMULAS_OF, MEASURES

RULE = """clause = "ours 1"
title = { zh = "规则", en = "Rule" }
"""
WHOLE = f"""
name = "our"
extends = "base"
title = {{ zh = "我们的制度", en = "Ours" }}

[[obligation]]
id = "monthly"
by = "branch"
due = {{ day = 5 }}
{RULE}
[scorecard]
total = 100
cap = 110
tie_breaks = ["kept"]
feedback = "monthly"
{RULE}
[[scorecard.item]]
id = "handed-in"
weight = 40
measure = "days-late"
obligations = ["monthly"]
deduct = 2
{RULE}
[[scorecard.item]]
id = "kept"
weight = 60.5
measure = "clocks-met"
clocks = ["reply", "close"]
kinds = ["complaint"]
{RULE}
[[scorecard.item]]
id = "typed"
weight = 1
measure = "indicator"
indicator = "archive"
target = ">= 98%"
{RULE}
[[scorecard.grade]]
id = "A"
least = 90
{RULE}
[[penalty]]
id = "late"
money = [20, 100]
step = 10
subjects = ["person"]
{RULE}"""


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with in_language("en"):
        yield


def faults(folder: Path, text: str) -> list[str]:
    path = folder / "policies" / "our.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return [render(fault).removeprefix(f"{path}: ") for fault in chain_faults(*read_chain("our", folder))]


def test_a_good_scorecard_has_no_faults_and_loads(tmp_path: Path) -> None:
    assert faults(tmp_path, WHOLE) == []
    policy = load_policy("our", tmp_path)
    assert policy.scorecard is not None
    kept = policy.scorecard.item("kept")
    assert kept is not None
    assert (kept.weight, kept.formula, kept.empty) == (Decimal("60.5"), "rate", "full")
    assert (policy.penalties["late"].money, sorted(policy.penalties)) == (
        (Decimal(20), Decimal(100)),
        ["late", "manual"],
    )


NUMBER = "expected a number from 0"
# What is changed in WHOLE, what it becomes, and the line that tells of it.
ONE_FAULT = {
    "an unknown measure": (
        '"days-late"',
        '"days-lat"',
        "scorecard.item[handed-in].measure: 'days-lat' is unknown; did you mean days-late?",
    ),
    "a weight that is no number": (
        "weight = 40",
        'weight = "40"',
        f"scorecard.item[handed-in].weight: {NUMBER}, not '40'",
    ),
    "a weight under nothing": (
        "weight = 40",
        "weight = -1",
        f"scorecard.item[handed-in].weight: {NUMBER}, not -1",
    ),
    "a weight without end": (
        "weight = 40",
        "weight = inf",
        f"scorecard.item[handed-in].weight: {NUMBER}, not inf",
    ),
    "no weight": (
        "weight = 40\n",
        "",
        f"scorecard.item[handed-in].weight: is missing: {NUMBER}",
    ),
    "no measure": (
        'measure = "days-late"\n',
        "",
        "scorecard.item[handed-in].measure: is missing: expected a text",
    ),
    "a measure without what it needs": (
        'obligations = ["monthly"]\n',
        "",
        "scorecard.item[handed-in].obligations: is missing: expected a list of texts",
    ),
    "a measure told what it does not take": (
        'obligations = ["monthly"]',
        'obligations = ["monthly"]\nper_case = true',
        "scorecard.item[handed-in].per_case: the measure days-late does not take this",
    ),
    "a deduction of nothing": (
        "deduct = 2\n",
        "",
        f"scorecard.item[handed-in].deduct: is missing: {NUMBER}",
    ),
    "a formula that does not fit": (
        "deduct = 2",
        'formula = "rate"',
        "scorecard.item[handed-in].formula: 'rate' is unknown; known are: deduct, reached",
    ),
    "a target to reach, and none": (
        'target = ">= 98%"\n',
        "",
        'scorecard.item[typed].target: is missing: expected a target such as ">= 95%" or "= 0"',
    ),
    "a target that says nothing": (
        '">= 98%"',
        '"98"',
        'scorecard.item[typed].target: expected a target such as ">= 95%" or "= 0", not \'98\'',
    ),
    "an unknown clock": (
        '"reply", "close"',
        '"reply", "clos"',
        "scorecard.item[kept].clocks: 'clos' is unknown; did you mean close?",
    ),
    "an unknown obligation": (
        'obligations = ["monthly"]',
        'obligations = ["weekly"]',
        "scorecard.item[handed-in].obligations: 'weekly' is unknown; known are: monthly",
    ),
    "an unknown kind": (
        'kinds = ["complaint"]',
        'kinds = ["complain"]',
        "scorecard.item[kept].kinds: 'complain' is unknown; did you mean complaint?",
    ),
    "an unknown key": (
        "weight = 40",
        "weight = 40\nwieght = 1",
        "scorecard.item[handed-in].wieght: unknown key; did you mean weight?",
    ),
    "two items of one name": (
        'id = "kept"',
        'id = "handed-in"',
        "scorecard.item[handed-in]: a second rule with this id; give each rule an id of its own",
    ),
    "no total": ("total = 100\n", "", f"scorecard.total: is missing: {NUMBER}"),
    "a cap under the total": (
        "cap = 110",
        "cap = 90",
        "scorecard.cap: floor, total and cap do not stand in this order",
    ),
    "ties by what is no share": (
        'tie_breaks = ["kept"]',
        'tie_breaks = ["handed-in"]',
        "scorecard.tie_breaks: 'handed-in' is unknown; known are: kept",
    ),
    "an unknown feedback": (
        'feedback = "monthly"',
        'feedback = "yearly"',
        "scorecard.feedback: 'yearly' is unknown; known are: monthly",
    ),
    "a grade without its points": ("least = 90\n", "", f"scorecard.grade[A].least: is missing: {NUMBER}"),
    "a penalty of nothing": (
        "money = [20, 100]\n",
        "",
        "penalty[late]: gives one of points and money: the least and the most",
    ),
    "a penalty of both": (
        "money = [20, 100]",
        "money = [20, 100]\npoints = [-1, 1]",
        "penalty[late]: gives one of points and money: the least and the most",
    ),
    "a range upside down": (
        "[20, 100]",
        "[100, 20]",
        "penalty[late].money: expected the least before the most; money from 0, not [100, 20]",
    ),
    "a range of three": (
        "[20, 100]",
        "[20, 50, 100]",
        "penalty[late].money: expected the least and the most, such as [-10, 10], not [20, 50, 100]",
    ),
    "an unknown subject": (
        '["person"]',
        '["persons"]',
        "penalty[late].subjects: 'persons' is unknown; did you mean person?",
    ),
}
ENTAILING = {"two items of one name"}
"""Mistakes that entail others: the item that lost its name is missed where it was named."""


@pytest.mark.parametrize("mistake", ONE_FAULT)
def test_a_fault_is_told_by_its_key_and_what_was_expected(tmp_path: Path, mistake: str) -> None:
    old, new, line = ONE_FAULT[mistake]
    assert old in WHOLE
    told = faults(tmp_path, WHOLE.replace(old, new, 1))
    assert line in told
    assert (len(told) > 1) == (mistake in ENTAILING), told


def test_no_item_at_all_and_no_weight_at_all(tmp_path: Path) -> None:
    head = WHOLE[: WHOLE.index("[[scorecard.item]]")].replace('tie_breaks = ["kept"]\n', "")
    assert faults(tmp_path, head) == ["scorecard.item: is missing: expected a list of tables"]
    light = (
        WHOLE.replace("weight = 40", "weight = 0").replace("60.5", "0").replace("weight = 1", "weight = 0")
    )
    assert faults(tmp_path, light) == ["scorecard.item: no item has a weight above 0"]


ODD: tuple[Any, ...] = (0, True, "", date(2026, 10, 1), [1], [{}], {"id": 1}, ["a", "b"], -1.5)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def test_no_value_wherever_it_stands_ends_the_check(tmp_path: Path) -> None:
    path = tmp_path / "our.toml"
    path.write_text(WHOLE, encoding="utf-8")
    paths, [own, *parents] = read_chain(str(path.name), tmp_path)
    parents = [{**parents[0], "scorecard": copy.deepcopy(own["scorecard"])}]
    for *way, last in places({"scorecard": own["scorecard"], "penalty": own["penalty"]}):
        for odd in ODD:
            changed = copy.deepcopy(own)
            inner: Any = changed
            for key in way:
                inner = inner[key]
            inner[last] = odd
            assert isinstance(list(map(render, chain_faults(paths, [changed, *parents]))), list)


def test_every_measure_is_counted_and_has_its_formulas() -> None:
    assert _MEASURES.keys() == MEASURES.keys()
    assert {measure.gives for measure in MEASURES.values()} == FORMULAS_OF.keys()


@pytest.mark.parametrize(
    ("text", "percent", "wanted"),
    [
        ("98%", True, "0.98"),
        ("98", True, "0.98"),
        ("98.5 %", True, "0.985"),
        ("0.98", True, "0.98"),
        ("100", True, "1"),
        ("0", True, "0"),
        ("0", False, "0"),
        ("24", False, "24"),
        ("24小时", False, "24"),
        ("是", True, "1"),
        ("否", True, "0"),
        ("达标", True, "1"),
        ("viel", True, None),
        ("", False, None),
        ("-1", False, None),
    ],
)
def test_what_people_type_is_read_as_a_number(text: str, percent: bool, wanted: str | None) -> None:
    made = typed_number(text, percent=percent)
    assert made == (None if wanted is None else Decimal(wanted))


def test_a_policy_file_with_a_scorecard_reads_in_both_encodings(tmp_path: Path) -> None:
    path = tmp_path / "our.toml"
    path.write_text(WHOLE, encoding="gb18030")
    assert read_policy_file(path)["scorecard"]["total"] == 100

"""The worked example of docs/scoring.md, recomputed: a page that a person can check is worth nothing when it is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from kfcs.rulebook import load_policy
from kfcs.rules.score import (
    NOTHING,
    Measured,
    Standing,
    average,
    halved,
    one_decimal,
    ranked,
    runs_under,
    scored,
    share,
    total_of,
)
from kfcs.rules.scorecard import MEASURES, Scorecard

PAGE = (Path(__file__).parent.parent / "docs" / "scoring.md").read_text(encoding="utf-8")
EXAMPLE = PAGE[PAGE.index("## A worked example") :]
JINKE = load_policy("jinke", Path("no-such-folder")).scorecard
assert JINKE is not None
CARD: Scorecard = JINKE


def table(first: str) -> list[dict[str, str]]:
    """The rows of the table whose first column is called so."""
    lines = EXAMPLE[EXAMPLE.index(f"| {first} |") :].split("\n\n")[0].splitlines()
    head, _rule, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(head, row, strict=True)) for row in rows]


def fraction(text: str) -> Fraction:
    part, _of, whole = text.partition(" of ")
    return Fraction(int(part), int(whole))


def measured(text: str) -> Measured:
    """A figure as the page writes it."""
    if text == "–":
        return NOTHING
    if text == "not handed in":
        return Measured(failed=True)
    if found := re.fullmatch(r"(\d+) of (\d+)", text):
        return share(int(found[1]), int(found[2]))
    return Measured(Decimal(text.split()[0]))


SHEET = {row["item"]: row for row in table("item")}
BRANCHES = ("重庆", "成都", "长沙", "无锡")


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_sheet_of_the_page_comes_out_as_printed(branch: str) -> None:
    scores = []
    for item in CARD.items:
        row = SHEET[item.id]
        figure, _arrow, printed = row[branch].partition(" → ")
        score = scored(item, measured(figure))
        assert (str(item.weight), str(score.points)) == (row["weight"], printed), item.id
        scores.append(score)
    made = total_of(CARD, scores, Decimal(SHEET["given and taken"][branch]))
    assert made is not None
    assert str(made.base) == SHEET["items together"][branch]
    assert str(made.total) == SHEET["total"][branch]


def test_the_quarter_of_the_page_is_ranked_as_printed() -> None:
    rows = {row["branch"]: row for row in table("branch")}
    standings = []
    for name, row in rows.items():
        totals = [(month, Decimal(row[month])) for month in ("July", "August", "September")]
        ties = tuple(fraction(row[item]) for item in CARD.tie_breaks)
        standings.append(Standing(name, totals, average(total for _month, total in totals), ties))
        assert str(standings[-1].average) == row["average"]
        assert row["September"] == SHEET["total"][name]
    made = {each.standing.branch: each for each in ranked(standings)}
    assert {name: str(each.rank) for name, each in made.items()} == {
        n: row["rank"] for n, row in rows.items()
    }
    assert [name for name, each in made.items() if each.star] == ["无锡"]
    under = {each.branch for each in standings if runs_under(each.months, CARD.replacement)}
    assert under == {"长沙"}


def test_the_numbers_in_its_sentences() -> None:
    found = re.search(r"0\.5 × ([\d.]+) \+ 0\.5 × ([\d.]+) = ([\d.]+), half up (\d+\.\d)", EXAMPLE)
    assert found is not None
    own, other, exact, printed = found.groups()
    assert (Decimal(own) + Decimal(other)) / 2 == Decimal(exact)
    assert str(halved(Decimal(own), Decimal(other))) == str(one_decimal(Decimal(exact))) == printed


def test_the_page_names_every_measure_and_what_it_takes() -> None:
    named: Mapping[str, str] = {
        row[0]: row[1] for row in re.findall(r"^\| `([\w-]+)` \| (.*)$", PAGE, re.MULTILINE)
    }
    assert MEASURES.keys() <= named.keys()
    for measure, rest in named.items():
        if measure in MEASURES and "per_case" in MEASURES[measure].takes:
            assert "`per_case`" in rest

"""Points, totals and ranks by clause (S1–S4): tables, and what must hold for any figures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kfcs.rulebook import load_policy
from kfcs.rules.score import (
    NOTHING,
    ItemScore,
    Measured,
    Months,
    Standing,
    average,
    halved,
    one_decimal,
    pooled,
    ranked,
    runs_under,
    scored,
    share,
    total_of,
    unmeasured,
)
from kfcs.rules.scorecard import MEASURES, Penalty, Scorecard, ScoreItem, Target

NOWHERE = Path("no-such-folder")
JINKE = load_policy("jinke", NOWHERE).scorecard
assert JINKE is not None
CARD: Scorecard = JINKE


def item(item_id: str, card: Scorecard = CARD, **changes: Any) -> ScoreItem:
    found = card.item(item_id)
    assert found is not None
    return found._replace(**changes)


def count(number: str) -> Measured:
    return Measured(Decimal(number))


def points(item_id: str, measured: Measured, **changes: Any) -> str:
    return str(scored(item(item_id, **changes), measured).points)


# ---------------------------------------------------------------- one item


@pytest.mark.parametrize(
    ("clause", "item_id", "measured", "wanted"),
    [
        ("S2 report in time", "report-on-time", count("0"), "10.0"),
        ("S2 report a day late", "report-on-time", count("1"), "8.0"),
        ("S2 report 2 days late", "report-on-time", count("2"), "6.0"),
        ("S2 report 5 days late", "report-on-time", count("5"), "0.0"),
        ("S2 report 9 days late: never under 0", "report-on-time", count("9"), "0.0"),
        ("S2 report not handed in", "report-on-time", Measured(failed=True), "0.0"),
        ("S2 limits all met", "clocks-met", share(7, 7), "20.0"),
        ("S2 limits 2 of 3", "clocks-met", share(2, 3), "13.3"),
        ("S2 limits none", "clocks-met", share(0, 4), "0.0"),
        ("S2 limits nothing to measure", "clocks-met", share(0, 0), "20.0"),
        ("S2 closed in time", "closed-in-time", share(1, 2), "7.5"),
        ("S2 rectified in time", "rectified-in-time", share(5, 6), "12.5"),
        ("S2 first pass", "first-pass", share(1, 3), "3.3"),
        ("S2 callbacks", "callback-done", share(19, 20), "9.5"),
        ("S2 satisfaction", "satisfied", share(2, 3), "10.0"),
        ("S2 nobody asked: full marks", "satisfied", NOTHING, "15.0"),
        ("S2 no grave case without brief", "major-reported", count("0"), "5.0"),
        ("S2 a grave case without brief", "major-reported", count("1"), "0.0"),
        ("S2 two of them: not under 0", "major-reported", count("2"), "0.0"),
        ("S4 a half goes up", "satisfied", share(13, 300), "0.7"),
        ("S4 under a half goes down", "satisfied", share(12, 300), "0.6"),
        ("S4 1.15 is 1.2, not 1.1", "satisfied", share(23, 300), "1.2"),
    ],
    ids=lambda value: value if isinstance(value, str) and value[:1] == "S" else "",
)
def test_points_of_an_item(clause: str, item_id: str, measured: Measured, wanted: str) -> None:
    assert points(item_id, measured) == wanted


def test_s4_an_item_with_nothing_to_measure_says_what_it_gets() -> None:
    full, left_out = scored(item("satisfied"), NOTHING), scored(item("satisfied", empty="leave-out"), NOTHING)
    assert (full.empty, full.points, full.actual, full.reached) == ("full", Decimal("15.0"), None, None)
    assert (left_out.empty, left_out.points) == ("leave-out", None)
    assert scored(item("satisfied"), share(1, 1)).empty is None


def test_what_was_not_handed_in_is_not_nothing_to_measure() -> None:
    made = scored(item("report-on-time"), Measured(failed=True))
    assert (made.empty, made.reached) == (None, False)


@pytest.mark.parametrize(
    ("target", "value", "wanted"),
    [
        (">= 85%", "0.85", True),
        (">= 85%", "0.8499", False),
        ("= 0", "0", True),
        ("= 0", "1", False),
        ("<= 3", "3", True),
        ("<= 3", "4", False),
        (">= 24", "24", True),
    ],
)
def test_a_target_is_reached_or_not(target: str, value: str, wanted: bool) -> None:
    assert Target.parse(target).reached(Decimal(value)) is wanted
    board = item("satisfied", formula="reached", target=Target.parse(target), measure="indicator")
    made = scored(board, Measured(Decimal(value)))
    assert (made.reached, made.points) == (wanted, Decimal("15.0") if wanted else Decimal("0.0"))


@pytest.mark.parametrize("text", ["95", "> 95", ">= x", ">= -1", "", ">= 9 5"])
def test_a_target_that_says_nothing_is_no_target(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Target.parse(text)


# ---------------------------------------------------------------- the sum


def sheet(*rates: tuple[str, Measured]) -> list[ItemScore]:
    """The jinke sheet with these figures, everything else unmeasured."""
    given_ = dict(rates)
    return [scored(each, given_.get(each.id, NOTHING)) for each in CARD.items]


def total(scores: Sequence[ItemScore], adjusted: str = "0", card: Scorecard = CARD) -> str:
    made = total_of(card, scores, Decimal(adjusted))
    return "none" if made is None else str(made.total)


@pytest.mark.parametrize(
    ("clause", "figures", "adjusted", "wanted"),
    [
        ("nothing to measure at all", [], "0", "100.0"),
        ("report 2 days late and 1.5 taken", [("report-on-time", count("2"))], "-1.5", "94.5"),
        ("S2 not over 110", [], "25", "110.0"),
        ("S2 not under 0", [("clocks-met", share(0, 1))], "-95", "0.0"),
        (
            "printed points are added up",
            [("clocks-met", share(2, 3)), ("first-pass", share(1, 3))],
            "0",
            "86.6",
        ),
        ("hundredths given, half up", [], "-0.05", "100.0"),
        ("hundredths given, down", [], "-0.06", "99.9"),
    ],
)
def test_s4_a_total(clause: str, figures: list[tuple[str, Measured]], adjusted: str, wanted: str) -> None:
    assert total(sheet(*figures), adjusted) == wanted


def test_s4_what_is_left_out_gives_its_weight_to_the_others() -> None:
    rows = [scored(each._replace(empty="leave-out"), NOTHING) for each in CARD.items[2:]]
    rows += [scored(CARD.items[0], count("0")), scored(CARD.items[1], share(3, 4))]
    made = total_of(CARD, rows)
    assert made is not None
    assert (made.points, made.weights, made.base, made.total) == (
        Decimal("25.0"), Decimal(30), Decimal("83.3"), Decimal("83.3"),
    )  # fmt: skip


def test_s4_a_sheet_of_which_everything_is_left_out_has_no_total() -> None:
    rows = [scored(each._replace(empty="leave-out"), NOTHING) for each in CARD.items]
    assert total(rows) == "none"


@pytest.mark.parametrize(
    ("own", "other", "wanted"),
    [("94.5", "80", "87.3"), ("100", "100", "100.0"), ("110", "0", "55.0"), ("80.1", "80", "80.1")],
)
def test_s1_a_desk_is_half_its_sheet_and_half_what_others_give(own: str, other: str, wanted: str) -> None:
    assert str(halved(Decimal(own), Decimal(other))) == wanted


# ---------------------------------------------------------------- months in a row


def months(*totals: str | None) -> Months:
    return [
        (f"2026-{n:02d}", None if total_ is None else Decimal(total_)) for n, total_ in enumerate(totals, 1)
    ]


@pytest.mark.parametrize(
    ("clause", "totals", "wanted"),
    [
        ("S2 three under 80.0", ("79.9", "70", "0"), [("2026-01", "2026-02", "2026-03")]),
        ("S2 80.0 is not under", ("79.9", "80.0", "79.9"), []),
        ("S2 two are not three", ("79", "79"), []),
        ("S2 a month without sheet breaks the run", ("79", "79", None, "79"), []),
        ("S2 four in a row are one run", ("79", "79", "79", "79"), [("2026-01", "2026-02", "2026-03", "2026-04")]),
        ("S2 across the end of a quarter", ("90", "79", "79", "79", "90"), [("2026-02", "2026-03", "2026-04")]),
        ("S2 none", (), []),
    ],
)  # fmt: skip
def test_s2_three_months_under_the_limit(
    clause: str, totals: tuple[str | None, ...], wanted: list[tuple[str, ...]]
) -> None:
    assert runs_under(months(*totals), CARD.replacement) == wanted


def test_without_a_rule_nobody_is_under() -> None:
    assert runs_under(months("0", "0", "0"), None) == []


# ---------------------------------------------------------------- ranks


def standing(branch: str, mean: str | None, *shares: str | None) -> Standing:
    return Standing(
        branch,
        months(mean),
        None if mean is None else Decimal(mean),
        tuple(None if each is None else Fraction(each) for each in shares),
    )


def ranks(*rows: Standing) -> list[tuple[str, int | None, bool]]:
    return [(row.standing.branch, row.rank, row.star) for row in ranked(rows)]


def test_s2_the_first_of_the_average_is_the_star() -> None:
    assert ranks(standing("甲", "90.0"), standing("乙", "95.0"), standing("丙", "80.0")) == [
        ("乙", 1, True),
        ("甲", 2, False),
        ("丙", 3, False),
    ]


@pytest.mark.parametrize(
    ("clause", "one", "two", "wanted"),
    [
        ("satisfaction parts them", ("3/4", "1"), ("4/5", "0"), [2, 1]),
        ("then the limits kept", ("3/4", "1/2"), ("3/4", "2/3"), [2, 1]),
        ("still equal: one rank", ("3/4", "1/2"), ("3/4", "1/2"), [1, 1]),
        ("nothing measured counts as full marks", ("3/4", "1"), (None, "1"), [2, 1]),
    ],
)
def test_s4_equal_averages(
    clause: str, one: tuple[str, ...], two: tuple[str | None, ...], wanted: list[int]
) -> None:
    made = {
        row.standing.branch: row.rank
        for row in ranked([standing("甲", "90", *one), standing("乙", "90", *two)])
    }
    assert [made["甲"], made["乙"]] == wanted


def test_s4_after_a_shared_rank_the_next_is_left_out() -> None:
    rows = [standing("甲", "90"), standing("乙", "90"), standing("丙", "80"), standing("丁", None)]
    assert ranks(*rows) == [("乙", 1, True), ("甲", 1, True), ("丙", 3, False), ("丁", None, False)]


def test_an_average_is_of_the_sheets_there_are() -> None:
    assert str(average([Decimal("90.0"), None, Decimal("80.1")])) == "85.1"
    assert average([None]) is None


def test_a_share_of_several_months_is_weighed_by_what_was_measured() -> None:
    rows = [scored(item("satisfied"), share(1, 1)), scored(item("satisfied"), share(0, 3))]
    assert pooled(rows) == Fraction(1, 4)
    assert pooled([scored(item("satisfied"), NOTHING)]) is None
    assert (unmeasured(["full"]), unmeasured(["full", "leave-out"])) == (Fraction(1), Fraction(-1))


# ---------------------------------------------------------------- penalties


@pytest.mark.parametrize(
    ("low", "high", "step", "value", "wanted"),
    [
        (-10, 10, None, "-10", True),
        (-10, 10, None, "10", True),
        (-10, 10, None, "-10.01", False),
        (20, 100, None, "20", True),
        (20, 100, None, "19.99", False),
        (10, 1000, 10, "30", True),
        (10, 1000, 10, "35", False),
    ],
)
def test_s3_a_value_lies_within_the_range(
    low: int, high: int, step: int | None, value: str, wanted: bool
) -> None:
    bounds = (Decimal(low), Decimal(high))
    rule = Penalty("x", "c", {}, False, bounds, None, None if step is None else Decimal(step), ("person",))
    assert rule.allows(Decimal(value)) is wanted


# ---------------------------------------------------------------- what must hold for any figures

numbers = st.integers(0, 500)


@st.composite
def figures(draw: st.DrawFn, of: ScoreItem) -> Measured:
    if draw(st.booleans()):
        return NOTHING
    whole = draw(numbers)
    if MEASURES[of.measure].gives == "share":
        return share(draw(st.integers(0, whole)), whole)
    return Measured(failed=True) if draw(st.booleans()) else Measured(Decimal(whole))


@st.composite
def sheets(draw: st.DrawFn) -> list[ItemScore]:
    return [scored(each, draw(figures(each))) for each in CARD.items]


@given(sheets(), st.decimals(-200, 200, places=2))
def test_a_total_stays_within_its_limits_and_has_one_decimal(
    scores: list[ItemScore], adjusted: Decimal
) -> None:
    made = total_of(CARD, scores, adjusted)
    assert made is not None
    assert 0 <= made.total <= 110
    assert made.total == one_decimal(made.total)


@given(sheets())
def test_an_item_is_worth_from_nothing_to_its_weight(scores: list[ItemScore]) -> None:
    assert all(0 <= score.points <= score.weight for score in scores if score.points is not None)


@given(sheets(), st.decimals(-5, 5, places=1))
def test_the_printed_points_and_adjustments_add_up(scores: list[ItemScore], adjusted: Decimal) -> None:
    made = total_of(CARD, scores, adjusted)
    assert made is not None
    by_hand = sum((score.points or Decimal(0) for score in scores), Decimal(0)) + adjusted
    assert made.total == min(max(by_hand, Decimal(0)), Decimal(110))


@given(numbers, numbers)
def test_more_that_is_right_is_never_worth_less(right: int, wrong: int) -> None:
    less = scored(item("clocks-met"), share(right, right + wrong + 1)).points
    more = scored(item("clocks-met"), share(right + 1, right + wrong + 1)).points
    assert less is not None
    assert more is not None
    assert less <= more


averages = st.one_of(st.none(), st.decimals(0, 110, places=1))
shares_ = st.tuples(*[st.one_of(st.none(), st.fractions(0, 1, max_denominator=9))] * 2)


@given(st.lists(st.tuples(averages, shares_), max_size=7), st.randoms(use_true_random=False))
def test_the_order_in_which_branches_come_changes_no_rank(
    rows: list[tuple[Decimal | None, tuple[Fraction | None, Fraction | None]]], random: Any
) -> None:
    standings = [Standing(f"分部{n}", [], mean, each) for n, (mean, each) in enumerate(rows)]
    shuffled = random.sample(standings, len(standings))
    assert ranked(shuffled) == ranked(standings)
    given_ranks = [row.rank for row in ranked(standings) if row.rank is not None]
    assert given_ranks == sorted(given_ranks)
    assert all(rank == 1 or rank <= at for at, rank in enumerate(given_ranks, 1))

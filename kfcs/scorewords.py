"""Scorecards and penalties of a policy in words, in the language spoken now (SPEC P1, S1–S3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kfcs.conditionwords import in_words
from kfcs.errors import N_, Term
from kfcs.i18n import _
from kfcs.rules.scorecard import FORMULAS_OF, MEASURES, SUBJECTS


def scorecard_words(card: Mapping[str, Any]) -> str:
    """The whole, its limits, and what follows from a total."""
    parts = [
        in_words(
            N_("{total} points, kept within {floor} and {cap}"),
            total=card["total"],
            floor=card.get("floor", 0),
            cap=card["cap"],
        )
    ]
    if "desk_share" in card:
        parts.append(in_words(N_("a desk's sheet is {part} of its score"), part=_percent(card["desk_share"])))
    if card.get("tie_breaks"):
        parts.append(in_words(N_("ties by {names}"), names=card["tie_breaks"]))
    for grade in card.get("grade", ()):
        parts.append(in_words(N_("{grade} from {least}"), grade=grade["id"], least=grade["least"]))
    if "star" in card:
        parts.append(in_words(N_("first of a quarter: {sum} CNY"), sum=card["star"]["reward"]))
    if "replacement" in card:
        rule = card["replacement"]
        text = N_("under {points} in {months} months in a row: a proposal")
        parts.append(in_words(text, points=rule["under"], months=rule["months"]))
    return _("; ").join(parts)


def score_item_words(row: Mapping[str, Any]) -> str:
    """What an item measures, how that becomes points, and what it is worth with nothing to measure."""
    measured = in_words(_MEASURES[row["measure"]], **_parameters(row))
    parts = [in_words(N_("weight {weight}: {measure}"), weight=row["weight"], measure=measured)]
    formula = row.get("formula", FORMULAS_OF[MEASURES[row["measure"]].gives][0])
    if formula == "deduct":
        parts.append(in_words(N_("minus {points} each, not under 0"), points=row["deduct"]))
    elif formula == "reached":
        parts.append(in_words(N_("all of it when the target is reached: {target}"), target=row["target"]))
    else:
        parts.append(_("weight times share"))
    full = row.get("empty", "full") == "full"
    parts.append(_("full marks with nothing to measure") if full else _("left out with nothing to measure"))
    return _("; ").join(parts)


def _parameters(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "clocks": [Term("clock", clock) for clock in row.get("clocks", ())],
        "obligations": row.get("obligations", ()),
        "indicator": row.get("indicator", ""),
    }


_MEASURES = {
    "clocks-met": N_("limits kept ({clocks})"),
    "clocks-missed": N_("limits missed ({clocks})"),
    "rectified-in-time": N_("rectified in time"),
    "first-pass": N_("passed at the first inspection"),
    "called-back": N_("callbacks made"),
    "satisfaction": N_("satisfied in callbacks"),
    "signed-satisfied": N_("signed that they are satisfied"),
    "valid-handled": N_("valid complaints handled"),
    "days-late": N_("days late ({obligations})"),
    "hand-ins-late": N_("handed in late ({obligations})"),
    "checks-passed": N_("checks passed"),
    "survey": N_("survey answers"),
    "indicator": N_("typed by people ({indicator})"),
}


def penalty_words(row: Mapping[str, Any]) -> str:
    """How many points, or how much money, and for whom."""
    money = "money" in row
    low, high = row["money" if money else "points"]
    text = N_("{low} to {high} CNY") if money else N_("{low} to {high} points")
    parts = [in_words(text, low=low, high=high)]
    if "step" in row:
        parts.append(in_words(N_("in steps of {step}"), step=row["step"]))
    subjects = row.get("subjects", SUBJECTS)
    if set(subjects) != set(SUBJECTS):
        parts.append(in_words(N_("for: {kinds}"), kinds=[Term("subject", each) for each in subjects]))
    return _("; ").join(parts)


def _percent(share: float) -> str:
    return f"{share:.0%}"

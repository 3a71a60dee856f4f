"""Obligations of a policy in words, in the language spoken now (SPEC P1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kfcs.conditionwords import in_words
from kfcs.errors import N_, Term
from kfcs.i18n import _
from kfcs.rules.obligations import BY_THE_TENTH, TENTH, DueDays, usual_period


def obligation_words(row: Mapping[str, Any]) -> str:
    """By whom, when, for which period, and whether the date may move."""
    period = row.get("period") or _usual(row["due"])
    parts = [
        in_words(N_("{recipient}: {days}"), recipient=Term("recipient", row["by"]), days=_days(row["due"])),
        in_words(N_("for {period}"), period=_(_PERIODS[period])),
        *_roll(row),
    ]
    return _("; ").join(parts)


def _usual(due: Mapping[str, Any]) -> str:
    """The period of a rule that names none; the rule of the 10th is told by what it comes to."""
    period = usual_period(due)
    if period != BY_THE_TENTH:
        return period
    early = {day <= TENTH for _month, day in DueDays.parse(due).days}
    if len(early) > 1:
        return period
    return "last-month" if early == {True} else "month"


def _days(due: Mapping[str, Any]) -> str:
    if "every" in due:
        return _("each day")
    if "dates" in due:
        dates = [_date(int(text[:2]), int(text[3:])) for text in due["dates"]]
        return in_words(N_("each year, {dates}"), dates=dates)
    if "quarter" in due:
        return in_words(N_("in the month after the quarter, {day}"), day=_day(due["quarter"]))
    if "half_month" in due:
        return in_words(N_("each month, {days}"), days=[_day(day) for day in due["half_month"]])
    if "month" in due:
        return in_words(N_("each year, {dates}"), dates=[_date(due["month"], due["day"])])
    return in_words(N_("each month, {days}"), days=[_day(due["day"])])


def _day(day: int | str) -> str:
    return _("the last day") if day == "last" else in_words(N_("day {day}"), day=day)


def _date(month: int, day: int | str) -> str:
    return in_words(N_("{day} of month {month}"), day=_day(day), month=month)


_PERIODS = {
    "day": N_("the day"),
    "month": N_("the month"),
    "last-month": N_("the month before"),
    "half-month": N_("the half month"),
    "quarter": N_("the quarter"),
    "last-quarter": N_("the quarter before"),
    "year": N_("the year"),
    "last-year": N_("the year before"),
    BY_THE_TENTH: N_("the month before when due until the 10th, else the month"),
}


def _roll(row: Mapping[str, Any]) -> Sequence[str]:
    match row.get("roll", "none"):
        case "next-working-day" if row.get("make_up", True):
            return [_("moves to the next working day")]
        case "next-working-day":
            return [_("moves to the next working day from Monday to Friday")]
        case "statutory-plus-one":
            return [_("moves by one day inside a public holiday")]
    return []

"""A touchpoint of a policy in words: on what occasion something is to be done, and by when (SPEC O2, P1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kfcs.conditionwords import in_words, limit_words
from kfcs.errors import N_, Message, Term, say
from kfcs.i18n import _, language
from kfcs.rules.touchpoints import LAST, MONTHS, DayForm


def touchpoint_words(row: Mapping[str, Any]) -> str:
    """What a valid row of a policy demands."""
    return _("; ").join(_parts(row))


def _parts(row: Mapping[str, Any]) -> Iterator[str]:
    yield in_words(N_("on: {trigger}"), trigger=Term("trigger", row["trigger"]))
    if "nodes" in row:
        yield in_words(N_("nodes: {nodes}"), nodes=[Term("node", node) for node in row["nodes"]])
    if "from" in row:
        yield in_words(N_("from {day} on"), day=_day(row["from"]))
    if "due" in row:
        yield in_words(N_("by {day}"), day=_day(row["due"]))
    elif "within" in row:
        yield in_words(N_("within {time}"), time=limit_words(row["within"]))
    else:
        yield in_words(N_("months before it: {count}"), count=row["months_before"])
    if "survey" in row:
        yield in_words(N_("done by a survey too: {stage}"), stage=Term("stage", row["survey"]))
    if row.get("feedback"):
        yield _("the customer's answer is collected")


def _day(text: str) -> Message | str:
    form = DayForm.parse(text)
    if form.fixed:
        month = MONTHS.index(form.month) + 1
        return f"{month}月{form.day}日" if language() == "zh" else text
    return say(_LAST[form.month] if form.day == LAST else _NTH[form.month], day=form.day)


_NTH = {
    "this": N_("day {day} of the same month"),
    "next": N_("day {day} of the next month"),
    "that": N_("day {day} of the month in which it is due"),
}
_LAST = {
    "this": N_("the last day of the same month"),
    "next": N_("the last day of the next month"),
    "that": N_("the last day of the month in which it is due"),
}

"""What is wrong with a touchpoint: how it says when it is due, and what its trigger does not allow (SPEC O2, P1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kfcs.errors import N_, say
from kfcs.policyfaults import Fault, row_key
from kfcs.rules.durations import Duration
from kfcs.rules.touchpoints import AHEAD, TRIGGERS, DayForm

WAYS = ("due", "within", "months_before")
"""The keys of which one says when a touchpoint is due."""


def ways_of(trigger: str) -> tuple[str, ...]:
    """The ways in which what a trigger gives occasion to may say when it is due."""
    if trigger in AHEAD:
        return ("months_before",)
    return ("due",) if trigger == "yearly" else ("due", "within")


def touchpoint_faults(row: Mapping[str, Any]) -> Iterator[Fault]:
    """The faults of a touchpoint as its file and its parents' together give it."""
    key, trigger = row_key("touchpoint", 0, row), row.get("trigger")
    given = [way for way in WAYS if way in row]
    if trigger not in TRIGGERS:
        return  # told where the table is checked
    if len(given) != 1 or given[0] not in ways_of(trigger):
        names = ways_of(trigger)
        yield Fault(key, say(N_("says in one way when it is due; give one of: {names}"), names=names))
        return
    for name in ("from", "due"):
        form = _form(row.get(name))
        if form is not None and form.fixed != (trigger == "yearly"):
            problem = say(N_("a day of the year, such as 30 November, goes with the trigger yearly only"))
            yield Fault(f"{key}.{name}", problem)
    if not _in_days(row.get("within", "1d")):
        yield Fault(f"{key}.within", say(N_("counts days; write it like 2d, 5wd or same-day")))
    if "nodes" in row and trigger != "node":
        yield Fault(f"{key}.nodes", say(N_("goes with the trigger node only")))


def _form(text: object) -> DayForm | None:
    try:
        return DayForm.parse(str(text))
    except ValueError:
        return None  # not given, or told where the table is checked


def _in_days(text: object) -> bool:
    try:
        return Duration.parse(str(text)).unit in ("d", "wd", "same-day")
    except ValueError:
        return True  # told where the table is checked

"""What is wrong with a scorecard or a penalty: measures without what they need, names that do not exist (SPEC P1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kfcs.errors import N_, say
from kfcs.policyfaults import Fault, expected, missing, missing_keys, row_key, table_faults, unknown
from kfcs.rules.scorecard import FORMULAS_OF, MEASURES
from kfcs.scoreshape import Grade, Scorecard, ScoreItem
from kfcs.words import codes

PARAMETERS = {
    "clocks": N_("a list of texts"),
    "obligations": N_("a list of texts"),
    "indicator": N_("a text"),
    "kinds": N_("a list of texts"),
    "emergencies": N_("true or false"),
    "per_case": N_("true or false"),
}
"""What a measure may be told, and what it holds."""


def scorecard_faults(table: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with a scorecard as it stands in its file, whatever the parents say."""
    yield from table_faults(table, Scorecard, "scorecard")


def scorecard_gaps(policy: Mapping[str, Any]) -> Iterator[Fault]:
    """What a scorecard lacks once the files are together, and what it names that the policy has not."""
    table = policy["scorecard"]
    yield from missing_keys(table, Scorecard, "scorecard")
    items = [row for row in _rows(table, "item") if not row.get("off")]
    if not items and "item" in table:
        yield Fault("scorecard.item", missing(N_("a list of tables")))
    for row in items:
        key = row_key("scorecard.item", 0, row)
        yield from missing_keys(row, ScoreItem, key)
        if _gives(row) is not None:
            yield from _item_faults(row, key)
            yield from _name_faults(row, key, policy)
    for row in _rows(table, "grade"):
        yield from missing_keys(row, Grade, row_key("scorecard.grade", 0, row))
    yield from _sum_faults(table, items)
    yield from _rank_faults(table, items, policy)


def _item_faults(row: Mapping[str, Any], key: str) -> Iterator[Fault]:
    """Parameters that the measure needs, or does not know; a formula that does not fit; what the formula needs."""
    measure = MEASURES[row["measure"]]
    for name, description in PARAMETERS.items():
        if name in measure.needs and not row.get(name):
            yield Fault(f"{key}.{name}", missing(description))
        if row.get(name) and name not in (*measure.needs, *measure.takes):
            yield Fault(
                f"{key}.{name}", say(N_("the measure {name} does not take this"), name=row["measure"])
            )
    fitting = FORMULAS_OF[measure.gives]
    formula = row.get("formula", fitting[0])
    if formula not in fitting:
        yield Fault(f"{key}.formula", unknown(formula, fitting))
    if formula == "deduct" and not row.get("deduct"):
        yield Fault(f"{key}.deduct", missing(N_("a number from 0")))
    if formula == "reached" and not row.get("target"):
        yield Fault(f"{key}.target", missing(N_('a target such as ">= 95%" or "= 0"')))


def _name_faults(row: Mapping[str, Any], key: str, policy: Mapping[str, Any]) -> Iterator[Fault]:
    """Clocks and obligations that the policy has not."""
    # A clock that exists, though not in this policy, may be named: it has no runs then.
    clocks = dict.fromkeys([*(each["id"] for each in policy["clock"]), *codes("clock")])
    obligations = [each["id"] for each in policy["obligation"]]
    for name, known in (("clocks", list(clocks)), ("obligations", obligations)):
        for wanted in _texts(row.get(name)):
            if wanted not in known:
                yield Fault(f"{key}.{name}", unknown(wanted, known))


def _sum_faults(table: Mapping[str, Any], items: list[Mapping[str, Any]]) -> Iterator[Fault]:
    """Limits that exclude each other, and weights of which none counts."""
    floor, total, cap = (_number(table.get(name, 0)) for name in ("floor", "total", "cap"))
    if floor is None or total is None or cap is None:
        return
    if not floor <= total <= cap:
        yield Fault("scorecard.cap", say(N_("floor, total and cap do not stand in this order")))
    weights = [_number(row.get("weight", 0)) for row in items]
    if items and not any(weights):
        yield Fault("scorecard.item", say(N_("no item has a weight above 0")))


def _rank_faults(
    table: Mapping[str, Any], items: list[Mapping[str, Any]], policy: Mapping[str, Any]
) -> Iterator[Fault]:
    shares = [row["id"] for row in items if _gives(row) == "share"]
    for name in _texts(table.get("tie_breaks")):
        if name not in shares:
            yield Fault("scorecard.tie_breaks", unknown(name, shares))
    feedback = table.get("feedback")
    known = [row["id"] for row in policy["obligation"]]
    if isinstance(feedback, str) and feedback and feedback not in known:
        yield Fault("scorecard.feedback", unknown(feedback, known))


def _gives(row: Mapping[str, Any]) -> str | None:
    measure = row.get("measure")
    return MEASURES[measure].gives if isinstance(measure, str) and measure in MEASURES else None


# ---------------------------------------------------------------- penalties


def penalty_faults(row: Mapping[str, Any]) -> Iterator[Fault]:
    """A penalty without a range, with two, or with one that holds nothing."""
    key = row_key("penalty", 0, row)
    given = [name for name in ("points", "money") if row.get(name)]
    if len(given) != 1:
        yield Fault(key, say(N_("gives one of points and money: the least and the most")))
        return
    numbers = row[given[0]]
    if not isinstance(numbers, list) or len(numbers) != 2 or None in map(_number, numbers):
        return  # told where the table is checked
    if numbers[0] > numbers[1] or (given[0] == "money" and numbers[0] < 0):
        what = N_("the least before the most; money from 0")
        yield Fault(f"{key}.{given[0]}", expected(what, numbers))


# ---------------------------------------------------------------- what is there


def mergeable_scorecard(table: Mapping[str, Any]) -> dict[str, Any]:
    """The table without rows too wrong to be merged, which are told where it is checked."""
    lists = {name: _rows(table, name) for name in ("item", "grade") if name in table}
    return {**table, **lists}


def _rows(table: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = table.get(name)
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [row for row in found if isinstance(row.get("id"), str)]


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None

"""Conditions of a policy: a list of alternatives, each a table of comparisons over named facts.

The set is closed and typed. There are no expressions and no code in a policy file: a comparison is a value (equal),
a list (one of), or a text of operator and number (``">= 10"``). A test on an age (``unresolved_days``,
``unresolved_months``) is kept apart, because it names a moment rather than a truth.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

FACTS: Mapping[str, str] = {
    "kind": "word",
    "channel": "word",
    "category": "word",
    "subcategory": "word",
    "cause": "word",
    "stage": "word",
    "media": "word",
    "legal": "word",
    "harm": "word",
    "emergency": "word",
    "urgency": "word",
    "validity": "word",
    "no_agreement": "flag",
    "is_emergency": "flag",
    "accident": "flag",
    "public_harm": "flag",
    "refund": "flag",
    "safety": "flag",
    "vip": "flag",
    "anonymous": "flag",
    "sensitive": "flag",
    "coordinate": "flag",
    "outside_help": "flag",
    "handled_before": "flag",
    "cause_again": "flag",
    "our_fault": "flag",
    "handed_over": "flag",
    "people": "number",
    "times": "number",
    "claim": "number",
    "complainants": "number",
    "months_since_handover": "number",
}
"""Every fact a condition may name, and what it is compared with."""

AGES = ("unresolved_days", "unresolved_months")
"""Tests that become true at a moment: ``">= 15"`` only."""

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "in": lambda value, wanted: value in wanted,
}
_COMPARISON = re.compile(r"(>=|<=|>|<|=)\s*(\d+(?:\.\d+)?)")


class Comparison(NamedTuple):
    """One fact compared with a wanted value; an unknown fact (None) fails every comparison."""

    fact: str
    operator: str
    wanted: Any


class Age(NamedTuple):
    """So many days or calendar months after receipt, still unresolved (G)."""

    days: int | None = None
    months: int | None = None


class Alternative(NamedTuple):
    """Comparisons that must all hold, and an age that must have passed, if any."""

    comparisons: tuple[Comparison, ...]
    age: Age | None = None

    def names(self, fact: str) -> bool:
        """Whether a fact is compared here."""
        return any([test.fact == fact for test in self.comparisons])

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether every comparison holds; the age is judged by whoever knows the time."""
        for fact, sign, wanted in self.comparisons:  # no calls: this is asked some fifty times a case
            value = facts.get(fact)
            if value is None or not _OPERATORS[sign](value, wanted):
                return False
        return True


def alternatives(rows: Sequence[Mapping[str, Any]]) -> tuple[Alternative, ...]:
    """The alternatives that rows of a policy file describe. Raises ValueError naming what is not understood."""
    return tuple(_alternative(row) for row in rows)


def any_holds(wanted: Sequence[Alternative], facts: Mapping[str, Any]) -> bool:
    """Whether one of the alternatives holds. An empty condition holds for nothing."""
    for alternative in wanted:
        if alternative.holds(facts):
            return True
    return False


def comparison(fact: str, wanted: Any) -> Comparison:
    """One comparison of a policy file. Raises ValueError saying what was expected."""
    if fact not in FACTS:
        raise ValueError(f"unknown fact {fact!r}; known are: {', '.join(sorted([*FACTS, *AGES]))}")
    kind = FACTS[fact]
    if kind == "flag":
        if not isinstance(wanted, bool):
            raise ValueError(f"{fact} is compared with true or false, not {wanted!r}")
        return Comparison(fact, "=", wanted)
    if kind == "number":
        return _number(fact, wanted)
    if isinstance(wanted, str):
        return Comparison(fact, "=", wanted)
    if isinstance(wanted, (list, tuple)) and all(isinstance(item, str) for item in wanted):
        return Comparison(fact, "in", frozenset(wanted))
    raise ValueError(f"{fact} is compared with a word or a list of words, not {wanted!r}")


def _number(fact: str, wanted: Any) -> Comparison:
    if isinstance(wanted, int) and not isinstance(wanted, bool):
        return Comparison(fact, "=", Decimal(wanted))
    match = _COMPARISON.fullmatch(wanted.strip()) if isinstance(wanted, str) else None
    if match is None:
        raise ValueError(f'{fact} is compared with a number or a text like ">= 10", not {wanted!r}')
    return Comparison(fact, match[1], Decimal(match[2]))


def _alternative(row: Mapping[str, Any]) -> Alternative:
    tests = [comparison(fact, wanted) for fact, wanted in row.items() if fact not in AGES]
    ages = [name for name in AGES if name in row]
    if len(ages) > 1:
        raise ValueError("one alternative takes one age")
    return Alternative(tuple(tests), _age(ages[0], row[ages[0]]) if ages else None)


def _age(name: str, wanted: Any) -> Age:
    match = re.fullmatch(r">=\s*(\d+)", wanted.strip()) if isinstance(wanted, str) else None
    if match is None:
        raise ValueError(f'{name} is given as a text like ">= 15", not {wanted!r}')
    number = int(match[1])
    return Age(days=number) if name == "unresolved_days" else Age(months=number)

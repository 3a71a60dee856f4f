"""What is wrong with a scheme of levels: levels without names, cases that no rule grades (SPEC G, P1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kfcs.errors import N_, say
from kfcs.policyfaults import Fault, expected, missing, row_key, unknown


def grading_faults(grading: Mapping[str, Any]) -> Iterator[Fault]:
    """Levels without names, rules of levels that do not exist, and cases that no rule grades (G)."""
    names = grading.get("names")
    levels = named_levels(names) if isinstance(names, dict) else []
    if isinstance(names, dict):
        yield from _name_faults(names)
    rules = grading_rules(grading)
    for number, rule in enumerate(rules, 1):
        level = rule.get("level")
        if isinstance(level, int) and levels and level not in levels:
            key = f"{row_key('grading.rule', number, rule)}.level"
            yield Fault(key, unknown(level, map(str, levels)))
    yield from _rest_faults(rules, max(levels, default=None))


def grading_rules(grading: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rules of a grading; what is no table is reported where the table is checked."""
    rules = grading.get("rule")
    return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []


def named_levels(names: Mapping[str, Any]) -> list[int]:
    """The levels that have names; none when they are not counted from 1 without a gap."""
    levels = list(range(1, len(names) + 1))
    return levels if set(names) == {str(level) for level in levels} else []


def _name_faults(names: Mapping[str, Any]) -> Iterator[Fault]:
    wanted = [str(level) for level in range(1, len(names) + 1)]
    for level in wanted:
        title = names.get(level)
        if title is None:
            yield Fault(f"grading.names.{level}", missing(N_("a table")))
        elif not isinstance(title, dict):
            yield Fault(f"grading.names.{level}", expected(N_("a table"), title))
        else:
            for lang in ("zh", "en"):
                if not isinstance(title.get(lang), str) or not title[lang]:
                    yield Fault(f"grading.names.{level}.{lang}", missing(N_("a text")))
    for level in sorted(set(names) - set(wanted)):
        yield Fault(f"grading.names.{level}", expected(N_("a level, counted from 1 without a gap"), level))


def _rest_faults(rules: Sequence[Mapping[str, Any]], lowest: int | None) -> Iterator[Fault]:
    """Exactly the last rule has no condition, and gives the lowest level: it catches the rest."""
    for number, rule in enumerate(rules[:-1], 1):
        if "any" not in rule:
            key = row_key("grading.rule", number, rule)
            yield Fault(f"{key}.any", say(N_("is missing: only the last rule catches the rest")))
    if not rules:
        return
    last = row_key("grading.rule", len(rules), rules[-1])
    if "any" in rules[-1]:
        yield Fault(f"{last}.any", say(N_("the last rule must catch the rest, so it takes no condition")))
    if lowest is not None and rules[-1].get("level") != lowest:
        yield Fault(
            f"{last}.level",
            expected(say(N_("the lowest level, {level}"), level=lowest), rules[-1].get("level")),
        )

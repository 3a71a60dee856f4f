"""What a text hints at beside its matter: how many people, the press, the courts, harm (SPEC K2).

Cues are proposals; facts that a person confirmed decide levels.
"""

import re
from collections.abc import Set
from typing import NamedTuple

from kfcs.rules.keywords import Findings

FIRES_AT = 2.0
"""A cue holds from this score on: one plain word, or two weak ones."""
GROUP_AT_LEAST = 3
"""What 多名业主 or 全体业主 is taken for: a group without a number is at least three."""

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {c: int(c) for c in "0123456789"} | {"两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
# The exclusions look back over the first digit, so that the search may skip to digits at once.
_PEOPLE = re.compile(
    r"([0-9一二两三四五六七八九十百千万](?<![0-9.a-z第每只仅梯层元之].)(?<!共有.)(?<!总共.)[0-9零一二三四五六七八九十百千万]{0,5})"
    r"[余多来几]?(?:户(?![口型籍及]|以上)|(?:名|位|个|家)(?:业主|住户|居民|邻居|租户|客户|购房|商户|投诉|签名)"
    r"|人(?:联名|签名|投诉|反映|来访)|业主|住户|居民| (?:owners|residents|households|families)\b)"
)


class Cues(NamedTuple):
    """The cues of a text; ``people`` is None where no number and no group is stated."""

    people: int | None
    media: str
    legal: str
    harm: str
    refund: bool
    repeat: bool
    safety: bool


def read_cues(found: Findings) -> Cues:
    """The cues of a scanned text; where two degrees hold, the graver one counts."""

    held = {rule for rule, score in found.scores.items() if score >= FIRES_AT}
    return Cues(
        people=_people(found.text, "cue.people" in held),
        media=_degree(held, "media", ("exposed", "threatened")),
        legal=_degree(held, "legal", ("filed", "threatened")),
        harm=_degree(held, "harm", ("person", "property")),
        refund="cue.refund" in held,
        repeat="cue.repeat" in held,
        safety="cue.safety" in held,
    )


def _degree(held: Set[str], cue: str, degrees: tuple[str, str]) -> str:
    for degree in degrees:
        if f"cue.{cue}-{degree}" in held:
            return degree
    return "none"


def _people(text: str, group: bool) -> int | None:
    """The largest stated number of homes or people from two on; one household is one complainant."""
    stated = max((_number(match[1]) for match in _PEOPLE.finditer(text)), default=0)
    if stated > 1:
        return stated
    return GROUP_AT_LEAST if group else None


def _number(digits: str) -> int:
    """12, 十二, 三百 or 3千 as a number."""
    total = current = 0
    for character in digits:
        if character in _UNITS:
            total += (current or 1) * _UNITS[character]
            current = 0
        else:
            current = current * 10 + _DIGITS[character]
    return total + current

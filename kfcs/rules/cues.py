"""What a text hints at beside its matter: how many people, the press, the courts, harm (SPEC K2).

Cues are proposals; facts that a person confirmed decide levels.
"""

import re
from collections.abc import Mapping, Set
from functools import cached_property
from typing import NamedTuple

from kfcs.rules.keywords import Findings, either

FIRES_AT = 2.0
"""A cue holds from this score on: one plain word, or two weak ones."""
GROUP_AT_LEAST = 3
"""What 多名业主 or 全体业主 is taken for: a group without a number is at least three."""

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {c: int(c) for c in "0123456789"} | {"两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_NUMERAL = "0-9零一二两三四五六七八九十百千万"
_FIRST_NUMERAL = _NUMERAL.replace("零", "")
_HAN = "[\u4e00-\u9fff]"
_REACH = 24
"""How far after 我们是 the writer may say what they are, within the clause."""


class People:
    """How many homes or people a text speaks for, by the words of the table ``people``."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._words = {name: line.split() for name, line in table.items()}

    def count(self, text: str, group: bool) -> int | None:
        """The largest stated number from two on, one household being one complainant; else a group's least."""
        stated = max((_number(match[1]) for match in self._stated.finditer(text)), default=0)
        if stated > 1:
            return stated
        return GROUP_AT_LEAST if group or self._introduced.search(text) else None

    @cached_property
    def _stated(self) -> re.Pattern[str]:
        """A number with those it counts: 五户, 12名业主, 2803名购房职工, 20 owners."""
        words = {name: either(words) for name, words in self._words.items()}
        counted = (
            f"{words['homes']}(?!{words['not_homes']})|{words['nouns']}"
            f"|{words['measures']}{_HAN}{{0,3}}?(?:{words['nouns']}|{words['measured']})"
            f"|人{words['acts']}| {words['latin']}\\b"
        )
        # The exclusions look back over the first digit, so that the search may skip to digits at once.
        never = "".join(f"(?<!{re.escape(word)}.)" for word in self._words["not_after"])
        return re.compile(
            f"([{_FIRST_NUMERAL}](?<![0-9.a-z].){never}[{_NUMERAL}]{{0,5}})[余多来几]?(?:{counted})"
        )

    @cached_property
    def _introduced(self) -> re.Pattern[str]:
        """A writer who speaks as several: 我们是三期的业主; 我们是一家三口 is none."""
        return re.compile(
            f"{either(self._words['speakers'])}[^,。!?;]{{0,{_REACH}}}?{either(self._words['nouns'])}"
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


def read_cues(found: Findings, people: People) -> Cues:
    """The cues of a scanned text; where two degrees hold, the graver one counts."""

    held = {rule for rule, score in found.scores.items() if score >= FIRES_AT}
    return Cues(
        people=people.count(found.text, "cue.people" in held),
        media=_degree(held, _MEDIA),
        legal=_degree(held, _LEGAL),
        harm=_degree(held, _HARM),
        refund="cue.refund" in held,
        repeat="cue.repeat" in held,
        safety="cue.safety" in held,
    )


_MEDIA = {"cue.media-exposed": "exposed", "cue.media-threatened": "threatened"}
_LEGAL = {"cue.legal-filed": "filed", "cue.legal-threatened": "threatened"}
_HARM = {"cue.harm-person": "person", "cue.harm-property": "property"}
"""The degrees of a cue by the rule that finds them, the graver first."""


def _degree(held: Set[str], degrees: Mapping[str, str]) -> str:
    for rule, degree in degrees.items():
        if rule in held:
            return degree
    return "none"


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

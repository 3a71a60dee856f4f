"""Codes, sums and times as a paper has them: what its templates call ``w``. What is missing is left empty, for a hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kfcs.conditionwords import limit_words
from kfcs.deeds import said
from kfcs.i18n import Language, _
from kfcs.papers.capitals import capitals
from kfcs.rules.policy import Policy
from kfcs.showing import category_title, level_name
from kfcs.words import word

EXCERPT = 200
"""So many characters of a text stand on half a page."""


@dataclass(frozen=True)
class PaperWording:
    """The words for one paper, under one policy and in one language."""

    policy: Policy
    lang: Language

    def word(self, kind: str, code: str | None) -> str:
        return "" if code is None else word(kind, code, self.lang)

    def form(self, code: str) -> str:
        """What a form is called, as a title."""
        name = word("form", code, self.lang)
        return name[:1].upper() + name[1:]

    def level(self, level: int) -> str:
        return level_name(self.policy, level, self.lang)

    def category(self, code: str | None) -> str:
        return "" if code is None else category_title(self.policy, code, self.lang)

    def department(self, case: Mapping[str, Any]) -> str:
        """Which department has a case; before it is dispatched the one that is suggested, said to be no more."""
        if case["department"]:
            return self.word("department", case["department"])
        suggested = self.word("department", case["suggested_department"])
        return suggested and _("{department} (suggested)").format(department=suggested)

    def title(self, titles: Mapping[str, str]) -> str:
        return titles.get(self.lang) or titles.get("en") or ""

    def said(self, act: Mapping[str, Any]) -> str:
        """What an entry says, in a line."""
        return said(act, self.policy)

    def source(self, row: Mapping[str, Any]) -> str:
        """Where a rule comes from: the clause, and the id that the policy file has for it."""
        return _("{clause}; rule {rule}").format(clause=row["clause"], rule=row["rule"])

    def limit(self, text: str | None) -> str:
        """How long a clock runs; without a length of its own, the time that was set."""
        return limit_words(text or "own")

    def money(self, value: Decimal | None) -> str:
        return "" if value is None else f"{value:,.2f}"

    def capitals(self, value: Decimal) -> str:
        return capitals(value)

    def moment(self, moment: str | datetime | None) -> str:
        """A moment to the minute, in Shanghai."""
        return str(moment or "")[:16].replace("T", " ")

    def day(self, day: str | date | datetime | None) -> str:
        return str(day or "")[:10]

    def box(self, ticked: bool) -> str:
        """A box to tick; these two are in every Chinese font."""
        return "■" if ticked else "□"

    def excerpt(self, text: str) -> str:
        line = " ".join(text.split())
        return line if len(line) <= EXCERPT else line[: EXCERPT - 1] + "…"

"""Conditions and limits of a policy in words, in the language spoken now (SPEC P1, P3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from kfcs import words
from kfcs.errors import N_, Message
from kfcs.i18n import _, language, render, shown
from kfcs.rules.classify import Taxonomy
from kfcs.rules.conditions import AGES, FACTS
from kfcs.rules.durations import Duration

FACT_WORDS = {
    "subcategory": N_("sub-category"),
    "cause": N_("final cause"),
    "no_agreement": N_("no agreement was reached"),
    "is_emergency": N_("it is an emergency"),
    "accident": N_("there was an accident"),
    "public_harm": N_("the public is gravely harmed"),
    "refund": N_("the home is to be given back"),
    "safety": N_("safety is at stake"),
    "vip": N_("the customer is important"),
    "anonymous": N_("the customer is anonymous"),
    "sensitive": N_("the customer is not to be called back"),
    "coordinate": N_("a department must coordinate"),
    "outside_help": N_("outside help is needed"),
    "handled_before": N_("the same problem was handled before"),
    "cause_again": N_("the same cause came again within 90 days"),
    "our_fault": N_("it is our fault"),
    "handed_over": N_("the project is handed over"),
    "people": N_("people"),
    "times": N_("times raised"),
    "claim": N_("claim in CNY"),
    "complainants": N_("different complainants on the matter"),
    "months_since_handover": N_("months since the handover"),
}
"""What each fact is called, a flag as a clause of its own; the others are called as in `kfcs.words`."""

_AGES = {
    "unresolved_days": (N_("unresolved for a day"), N_("unresolved for {count} days")),
    "unresolved_months": (N_("unresolved for a month"), N_("unresolved for {count} months")),
}
_COMPARED = {
    ">=": N_("at least {number}"),
    ">": N_("more than {number}"),
    "<=": N_("at most {number}"),
    "<": N_("less than {number}"),
    "=": N_("exactly {number}"),
}
_UNITS = {
    "m": (N_("one minute"), N_("{count} minutes")),
    "h": (N_("one hour"), N_("{count} hours")),
    "d": (N_("one day"), N_("{count} days")),
    "wd": (N_("one working day"), N_("{count} working days")),
    "om": (N_("one office minute"), N_("{count} office minutes")),
}
_LIMITS = {
    "own": N_("the time that was set"),
    "urgency": N_("the urgency of the case"),
    "same-day": N_("the same day"),
}


def in_words(msgid: str, **params: object) -> str:
    """A sentence in the language spoken now."""
    return render(Message(msgid, params))


def either(texts: Iterable[str]) -> str:
    """Words of which one is enough."""
    return _(" or ").join(texts)


def limit_words(text: str) -> str:
    """A limit of a policy file: 5wd is 5 working days."""
    if text in _LIMITS:
        return _(_LIMITS[text])
    duration = Duration.parse(text)
    return _counted(_UNITS[duration.unit], duration.amount)


def condition_words(rows: Any, taxonomy: Taxonomy) -> str:
    """The alternatives of a valid condition; none at all: the rest."""
    if not rows:
        return _("all others")
    tables = [rows] if isinstance(rows, Mapping) else rows
    return _(", or ").join(_together(row, taxonomy) for row in tables)


def _together(row: Mapping[str, Any], taxonomy: Taxonomy) -> str:
    return _(" and ").join(_comparison(fact, wanted, taxonomy) for fact, wanted in row.items())


def _comparison(fact: str, wanted: Any, taxonomy: Taxonomy) -> str:
    if fact in AGES:
        return _counted(_AGES[fact], int(re.sub(r"\D", "", wanted)))
    match FACTS[fact]:
        case "flag":
            return _fact(fact) if wanted else in_words(N_("not: {fact}"), fact=_fact(fact))
        case "number":
            return in_words(N_("{fact} {comparison}"), fact=_fact(fact), comparison=_compared(wanted))
    listed = either(_word(fact, code, taxonomy) for code in ([wanted] if isinstance(wanted, str) else wanted))
    return in_words(N_("{fact} is {words}"), fact=_fact(fact), words=listed)


def _fact(fact: str) -> str:
    return _(FACT_WORDS[fact]) if fact in FACT_WORDS else words.word("field", fact, language())


def _word(fact: str, code: str, taxonomy: Taxonomy) -> str:
    if fact in ("category", "subcategory"):
        known = {**taxonomy.categories, **taxonomy.subcategories}
        return taxonomy.title(code, language()) if code in known else code
    return words.word(fact, code, language()) if fact in words.kinds() else code


def _compared(wanted: int | str) -> str:
    match = re.fullmatch(r"(\D*?)\s*([\d.]+)", str(wanted).strip())
    assert match is not None, "a comparison was checked"
    return in_words(_COMPARED[match[1] or "="], number=shown(Decimal(match[2])))


def _counted(forms: tuple[str, str], count: int) -> str:
    one, many = forms
    return _(one) if count == 1 else in_words(many, count=count)

"""Check what was said on a command line or form, and put it into our words (SPEC C1, I3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from kfcs.archive import POINTS
from kfcs.entries import Person
from kfcs.errors import N_, BadInput
from kfcs.evidence import Given, file_given
from kfcs.homes import home_name
from kfcs.money import parse_money
from kfcs.period import iso
from kfcs.phones import dialled, plain_phone
from kfcs.times import parse_date, parse_time
from kfcs.words import parse_word

PERSON = ("customer", "phone", "contact")
WORDS = ("kind", "channel", "remedy", "urgency", "media", "legal", "harm", "emergency", "stage", "impact")
"""Fields whose value is a word of the vocabulary of the same name."""
_PHONE = re.compile(r"\+?\d[\d -]{2,18}(?:转\d{1,6})?")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
MOST_PEOPLE = 1_000_000


def given_facts(
    said: Mapping[str, Any], now: datetime, *, needed: Sequence[str] = ("text", "project")
) -> tuple[dict[str, Any], Person]:
    """The fields of an entry's body and the person, from what was said.

    Raises BadInput naming the option, the value and what to write instead; nothing has been written by then.
    """
    for name in needed:
        if not str(said.get(name) or "").strip():
            raise BadInput(_MISSING[name])
    facts: dict[str, Any] = {}
    for name, value in said.items():
        if name in PERSON or value is None or value is False or value == "":
            continue
        facts[name] = _CHECKS.get(name, _plain)(name, value, now)
    phone = None if not said.get("phone") else checked_phone(str(said["phone"]))
    return facts, Person(_stripped(said.get("customer")), phone, _stripped(said.get("contact")))


_MISSING = {
    "text": N_('The text is missing: say what the customer raises, as kfcs log "厨房漏水" --project 天元道.'),
    "project": N_("--project is missing: name the project or estate."),
}


def checked_phone(text: str) -> str:
    """A phone as it is dialled: digits, an extension after 转. Refuses what a spreadsheet has damaged (C6)."""
    plain = plain_phone(text)
    if _SCIENTIFIC.fullmatch(plain):
        raise BadInput(
            N_("--phone {value} has lost its digits in a spreadsheet; type it in full."), value=text
        )
    if phone := dialled(plain):
        return phone
    if not _PHONE.fullmatch(plain):
        raise BadInput(
            N_("--phone {value} is no phone number; write digits, as 13800000001 or 023-6000000转8."),
            value=text,
        )
    return re.sub(r"[ -]", "", plain)


def _stripped(value: Any) -> str | None:
    text = str(value).strip() if value is not None else ""
    return text or None


def _plain(name: str, value: Any, now: datetime) -> Any:
    return value.strip() if isinstance(value, str) else value


def _home(name: str, value: Any, now: datetime) -> str:
    """A home as a Chinese keyboard may write it, ３－１－５０２, is the home that a file calls 3-1-502."""
    return home_name(str(value))


def _word(name: str, value: Any, now: datetime) -> str:
    return parse_word(name, str(value))


def _count(name: str, value: Any, now: datetime) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = -1
    if not (1 if name == "people" else 0) <= number <= MOST_PEOPLE:
        raise BadInput(
            N_("--{option} {value} is not a number that can be; give a whole number."),
            option=name,
            value=value,
        )
    return number


def _sum(name: str, value: Any, now: datetime) -> str:
    try:
        return str(parse_money(str(value)))
    except ValueError:
        raise BadInput(
            N_("--{option} {value} is no sum in CNY; write 8000 or 8000.50."), option=name, value=value
        ) from None


def _moment(name: str, value: Any, now: datetime) -> str:
    try:
        return iso(parse_time(str(value), now, end_of_day=True))
    except ValueError:
        raise BadInput(
            N_("{value} is no time I can read. Write 2026-10-03 15:20, 2026年10月3日 下午3:20, -2h or +3d."),
            value=value,
        ) from None


def _files(name: str, value: Any, now: datetime) -> list[Given]:
    return [file_given(path) for path in value]


_CHECKS: Mapping[str, Callable[[str, Any, datetime], Any]] = {
    **dict.fromkeys(WORDS, _word),
    "home": _home,
    "people": _count,
    "heat": _count,
    "claim": _sum,
    "authority_due": _moment,
    "evidence": _files,
}


def checked_field(name: str, value: str, now: datetime) -> Any:
    """One field's value, checked as the option of that name is."""
    return _CHECKS.get(name, _plain)(name, value, now)


def needed_time(option: str, value: str, now: datetime) -> datetime:
    """A time that an option gives, a date alone meaning its end. Raises BadInput naming it."""
    try:
        return parse_time(value, now, end_of_day=True)
    except ValueError:
        raise BadInput(
            N_(
                "--{option} {value} is no time I can read. Write 2026-10-03 15:20, 2026年10月3日 下午3:20, -2h or +3d."
            ),
            option=option,
            value=value,
        ) from None


def needed_day(option: str, value: str) -> date:
    """A day that an option or field gives. Raises BadInput naming it."""
    try:
        return parse_date(value)
    except ValueError:
        raise BadInput(
            N_("{option} {value} is no day; write 2026-10-03."), option=option, value=value
        ) from None


def checked_score(text: str) -> int:
    """A score of a survey, from 0 to 100, in hundredths. Raises BadInput for what is none."""
    try:
        score = Decimal(text.strip())
        fits = score.is_finite() and 0 <= score <= 100 and score * POINTS == int(score * POINTS)
    except InvalidOperation:
        fits = False
    if not fits:
        raise BadInput(N_("--score {value} is no score; give a number from 0 to 100."), value=text)
    return int(score * POINTS)

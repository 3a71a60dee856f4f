"""Personal data as it may be shown (SPEC L4): enough to recognise, too little to use."""

from __future__ import annotations

import re

HIDDEN = "*"

_MOBILE = r"1[3-9]\d[ -]?\d{4}[ -]?\d{4}"
_LANDLINE = r"0\d{2,3}[ -]?\d{7,8}"
_IDENTITY_CARD = r"\d{17}[\dXx]"
_NUMBER = re.compile(
    rf"(?<![0-9-])(?<![0-9a-f]{{3}})(?:{_IDENTITY_CARD}|{_MOBILE}|{_LANDLINE})(?!\d)(?![a-f][0-9a-f]{{2}})"
)
"""A number stands by itself or beside a word, as tel13800000001 and 13800000001wx; in a hash it is none."""
_COUNTRY_CODE = re.compile(rf"(\+?86[ -]?)({_MOBILE})(?!\d)")
_EMAIL = re.compile(r"\b([\w.+-])[\w.+-]*(@[\w-]+(?:\.[\w-]+)+)", re.ASCII)


def mask_name(name: str | None) -> str:
    """A name's first character; each further one is hidden: 赵女士 becomes 赵**."""
    return " ".join(part[0] + HIDDEN * (len(part) - 1) for part in (name or "").split())


def mask_phone(phone: str | None) -> str:
    """A phone's first three and last four digits; of a short number the last two, of a shorter one none."""
    text = phone or ""
    places = [at for at, character in enumerate(text) if character.isdigit()]
    middle, beginning = slice(3, -4), slice(0, -2)
    hidden = places[middle] if len(places) >= 10 else places[beginning] if len(places) >= 5 else places
    masked = list(text)
    for at in hidden:
        masked[at] = HIDDEN
    return "".join(masked)


def mask_text(text: str | None) -> str:
    """Free text with the phone numbers, identity cards and e-mail addresses in it masked."""
    masked = _COUNTRY_CODE.sub(lambda found: found[1] + mask_phone(found[2]), text or "")
    masked = _NUMBER.sub(lambda found: mask_phone(found[0]), masked)
    return _EMAIL.sub(lambda found: f"{found[1]}{HIDDEN * 3}{found[2]}", masked)

"""Phones by the one form in which they are dialled, so that a customer is the same at the desk and in a file."""

from __future__ import annotations

import re
from unicodedata import normalize

_WRITTEN = re.compile(r"\+?[\d ()\-]+(?:(?:转|EXT\.?|#)\s*\d{1,6})?")
_BEHIND_A_HYPHEN = re.compile(
    r"((?:\(0\d{2,3}\)|0\d{2,3})[ -]?\d{7,8}|[2-8]\d{6,7}|[48]00-?\d{3}-?\d{4})-(\d{1,6})"
)
"""Offices write the extension so: 023-62345678-801."""
_MOBILE = re.compile(r"1[3-9]\d{9}")
_ALONE = re.compile(rf"(?<!\d){_MOBILE.pattern}(?!\d)")
_SERVICE = re.compile(r"[48]00\d{7}")
_TELEPHONE = re.compile(r"1\d{10}|0\d{9,11}|[48]00\d{7}|[2-8]\d{6,7}|9\d{4,7}|1\d{4}|\+\d{6,16}")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))


def plain_phone(text: str) -> str:
    """A phone as it was typed, in plain digits and hyphens and without what a spreadsheet adds."""
    return normalize("NFKC", text).translate(_DASHES).strip().lstrip("'’").strip().removesuffix(".0")


def dialled(text: str) -> str | None:
    """The digits to dial, an extension after 转; None where the text is no telephone number.

    A country code of ours goes, and so does the 0 that was once dialled before a mobile far away.
    """
    plain = plain_phone(text).upper()
    if not _WRITTEN.fullmatch(plain):
        return None
    if office := _BEHIND_A_HYPHEN.fullmatch(plain):
        plain = "转".join(office.groups())
    number, _, extension = re.sub(r"EXT\.?|#", "转", re.sub(r"[ ()\-]", "", plain)).partition("转")
    number = _national(number)
    if not _TELEPHONE.fullmatch(number):
        return None
    return f"{number}转{extension}" if extension else number


def _national(digits: str) -> str:
    """Digits as they are dialled at home; those of another country keep its code after +."""
    number = digits.replace("+", "00", 1)
    if number.startswith("0086") and len(number) > 12:
        number = number.removeprefix("0086")
        area = not (number[:1] == "0" or _MOBILE.fullmatch(number) or _SERVICE.fullmatch(number))
        return f"0{number}" if area else _without_long_distance(number)
    if number.startswith("86") and _MOBILE.fullmatch(number, 2):
        return number[2:]
    if number.startswith("00"):
        return f"+{number[2:]}"
    return _without_long_distance(number)


def _without_long_distance(number: str) -> str:
    return number[1:] if number[:1] == "0" and _MOBILE.fullmatch(number, 1) else number


def mobile_in(text: str) -> str | None:
    """The first mobile number that stands in a text as a whole: 13800000001（妻）."""
    found = _ALONE.search(normalize("NFKC", text))
    return found[0] if found else None

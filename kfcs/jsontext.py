"""JSON as the interface promises it (I6): Chinese as it is, money exact, times with their offset."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from json.encoder import encode_basestring as _quote

from kfcs.cells import local
from kfcs.errors import Message, Term
from kfcs.i18n import render

_STEERING = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def to_json(value: object, *, indent: int = 0, _level: int = 0) -> str:
    """JSON with Chinese as it is, money with exactly two decimals, times with their offset.

    The standard encoder writes no Decimal as a number, and would let C1 controls and lone
    surrogates through; both are escaped here. A Message becomes its sentence, a Term its code.
    """
    match value:
        case str() if not isinstance(value, Enum):
            return _STEERING.sub(lambda m: f"\\u{ord(m[0]):04x}", _quote(value))
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case Enum():
            return to_json(value.value, indent=indent, _level=_level)
        case int():
            return str(int(value))
        case Decimal():
            return f"{value:.2f}" if value.is_finite() else "null"
        case float():
            return repr(value) if value - value == 0 else "null"
        case datetime():
            return _quote(_iso(value))
        case date():
            return _quote(value.isoformat())
        case Mapping():
            items = [f"{_key(k)}: {to_json(v, indent=indent, _level=_level + 1)}" for k, v in value.items()]
            return _bracketed("{}", items, indent, _level)
        case Message():
            return to_json(render(value))
        case Term():
            return to_json(value.code)
        case set() | frozenset():
            return to_json(sorted(value), indent=indent, _level=_level)
        case Iterable():
            parts = [to_json(item, indent=indent, _level=_level + 1) for item in value]
            return _bracketed("[]", parts, indent, _level)
    if is_dataclass(value) and not isinstance(value, type):
        return to_json(asdict(value), indent=indent, _level=_level)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _key(key: object) -> str:
    return to_json(key.value if isinstance(key, Enum) else str(key))


def _iso(moment: datetime) -> str:
    return local(moment).replace(microsecond=0).isoformat()


def _bracketed(brackets: str, parts: Sequence[str], indent: int, level: int) -> str:
    if not parts or not indent:
        return brackets[0] + ", ".join(parts) + brackets[1]
    inner, outer = " " * indent * (level + 1), " " * indent * level
    return f"{brackets[0]}\n" + ",\n".join(inner + part for part in parts) + f"\n{outer}{brackets[1]}"

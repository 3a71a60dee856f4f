"""What is wrong with one table of a policy file: unknown keys, values of the wrong kind, gaps (SPEC P1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, get_args, get_origin

import msgspec
from msgspec import structs
from msgspec.structs import FieldInfo

from kfcs import words
from kfcs.errors import N_, Message, say
from kfcs.policyshape import COMPLETED, Closure, Policy, Shape
from kfcs.rules.classify import Taxonomy
from kfcs.rules.conditions import AGES, FACTS, alternatives
from kfcs.taxonomy import TAXONOMIES, load_taxonomy_document


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file: the path of the key, and what was expected there."""

    key: str
    problem: Message


@cache
def fields(shape: type[Shape]) -> tuple[FieldInfo, ...]:
    """The keys of a table. msgspec evaluates every annotation anew each time it is asked."""
    return structs.fields(shape)


def expected(what: str | Message, value: object) -> Message:
    """The fault of a value that is not of the kind wanted."""
    return say(
        N_("expected {expected}, not {value}"),
        expected=say(what) if isinstance(what, str) else what,
        value=repr(value),
    )


def missing(what: str) -> Message:
    """The fault of a key that has to be there."""
    return say(N_("is missing: expected {expected}"), expected=say(what))


def unknown(value: object, known: Iterable[str]) -> Message:
    """The fault of a name that does not exist, with the nearest that does, else with all of them."""
    names = list(known)
    near = get_close_matches(str(value), names, n=1)
    if near:
        return say(N_("{value} is unknown; did you mean {name}?"), value=repr(value), name=near[0])
    return say(N_("{value} is unknown; known are: {names}"), value=repr(value), names=names)


def table_faults(table: Mapping[str, Any], shape: type[Shape], key: str = "") -> Iterator[Fault]:
    """Everything wrong with a table as it stands in its file.

    Keys that a parent's row may give are not missed here; see ``missing_keys``.
    """
    known = {info.encode_name: info for info in fields(shape)}
    for name in table:
        if name not in known:
            yield Fault(key_path(key, name), unknown_key(name, known))
    for name, info in known.items():
        if name in table:
            yield from _value_faults(table[name], _bare(info.type), key_path(key, name))
    if not completed_by_parent(shape):
        yield from missing_keys(table, shape, key)


def completed_by_parent(shape: type[Shape]) -> bool:
    """Whether a parent's table may give keys that a file leaves out."""
    return shape.completed or shape in (Policy, Closure, *COMPLETED.values())


def missing_keys(table: Mapping[str, Any], shape: type[Shape], key: str = "") -> Iterator[Fault]:
    """The keys that a table has to have and has not."""
    for info in fields(shape):
        if info.required and info.encode_name not in table:
            yield Fault(key_path(key, info.encode_name), missing(_description(info)))


def unknown_key(name: str, known: Iterable[str]) -> Message:
    """The fault of a key that no table of this kind has."""
    names = list(known)
    near = get_close_matches(name, names, n=1)
    if near:
        return say(N_("unknown key; did you mean {name}?"), name=near[0])
    return say(N_("unknown key; known are: {names}"), names=names)


def key_path(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def row_key(name: str, number: int, row: object) -> str:
    """How a row of a list is called: by its id, else by its number, counted from 1."""
    named = isinstance(row, Mapping) and isinstance(row.get("id"), str) and row["id"]
    return f"{name}[{named or number}]"


# ---------------------------------------------------------------- values


def _bare(wanted: Any) -> Any:
    """The type without the None that only stands for "not given"."""
    options = [option for option in get_args(wanted) if option is not type(None)]
    return options[0] if type(None) in get_args(wanted) else wanted


def _description(info: FieldInfo) -> str:
    """What a field holds, in words."""
    wanted = _bare(info.type)
    if _is_shape(wanted):
        return N_("a table")
    return _meta(wanted).description or "" if get_origin(wanted) is not list else N_("a list of tables")


def _meta(wanted: Any) -> msgspec.Meta:
    found = [each for each in getattr(wanted, "__metadata__", ()) if isinstance(each, msgspec.Meta)]
    return found[0] if found else msgspec.Meta()


def _is_shape(wanted: Any) -> bool:
    return isinstance(wanted, type) and issubclass(wanted, Shape)


def _value_faults(value: Any, wanted: Any, key: str) -> Iterator[Fault]:
    if _is_shape(wanted):
        if isinstance(value, Mapping):
            yield from table_faults(value, wanted, key)
        else:
            yield Fault(key, expected(N_("a table"), value))
    elif get_origin(wanted) is list:
        yield from _list_faults(value, get_args(wanted)[0], key)
    else:
        yield from _plain_faults(value, wanted, key)


def _list_faults(value: Any, shape: type[Shape], key: str) -> Iterator[Fault]:
    """Faults of the rows of a list of tables, and of two rows with one id."""
    if not isinstance(value, list):
        yield Fault(key, expected(N_("a list of tables"), value))
        return
    seen: set[str] = set()
    for number, row in enumerate(value, 1):
        place = row_key(key, number, row)
        if not isinstance(row, Mapping):
            yield Fault(place, expected(N_("a table"), row))
            continue
        yield from table_faults(row, shape, place)
        if completed_by_parent(shape) and "id" not in row:
            yield Fault(key_path(place, "id"), missing(N_("a text")))
        name = row.get("id")
        if isinstance(name, str):
            if name in seen:
                yield Fault(place, say(N_("a second rule with this id; give each rule an id of its own")))
            seen.add(name)


def _plain_faults(value: Any, wanted: Any, key: str) -> Iterator[Fault]:
    """Faults of a value that is no table: its type, then what its declaration says further."""
    meta = _meta(wanted)
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        yield Fault(key, expected(meta.description or "", value))
        return
    extra = meta.extra or {}
    if "known" in extra:
        yield from _word_faults(value, extra["known"], meta, key)
    if "parse" in extra:
        yield from _parse_faults(value, meta, key)
    if "condition" in extra:
        yield from condition_faults(value, key, ages=extra["condition"] == "facts and ages")


def _word_faults(
    value: str | list[str], known: Sequence[str], meta: msgspec.Meta, key: str
) -> Iterator[Fault]:
    names = [value] if isinstance(value, str) else value
    if not names:
        yield Fault(key, expected(meta.description or "", value))
    for name in names:
        if name not in known:
            yield Fault(key, unknown(name, known))


def _parse_faults(value: str | list[str], meta: msgspec.Meta, key: str) -> Iterator[Fault]:
    for text in [value] if isinstance(value, str) else value:
        try:
            (meta.extra or {})["parse"](text)
        except ValueError:
            yield Fault(key, expected(meta.description or "", text))


# ---------------------------------------------------------------- conditions

_COMPARED = {
    "flag": N_("true or false"),
    "number": N_('a whole number or a comparison such as ">= 10"'),
    "word": N_("a text or a list of texts"),
    "age": N_('a text such as ">= 15"'),
}


def condition_faults(rows: Any, key: str, *, ages: bool) -> Iterator[Fault]:
    """Faults of a condition: no comparisons, unknown facts, comparisons that the fact does not take."""
    tables = [rows] if isinstance(rows, Mapping) else rows
    if not tables:
        yield Fault(key, _EMPTY)
    for number, row in enumerate(tables, 1):
        place = key if isinstance(rows, Mapping) else f"{key}[{number}]"
        if not row:
            yield Fault(place, _EMPTY)
        for fact, wanted in row.items():
            yield from _comparison_faults(fact, wanted, key_path(place, fact), ages)
        if all(age in row for age in AGES):
            yield Fault(place, say(N_("takes one of {names}, not both"), names=AGES))


_EMPTY = say(N_("has no comparisons and would hold for nothing; leave the key out, or name a fact"))


def _comparison_faults(fact: str, wanted: Any, key: str, ages: bool) -> Iterator[Fault]:
    if fact in AGES and not ages:
        yield Fault(key, say(N_("an age counts in the rules of a grading only")))
        return
    if fact not in FACTS and fact not in AGES:
        yield Fault(key, unknown(fact, (*FACTS, *AGES) if ages else FACTS))
        return
    try:
        alternatives([{fact: wanted}])
    except (ValueError, AttributeError, TypeError):
        yield Fault(key, expected(_COMPARED[FACTS.get(fact, "age")], wanted))
        return
    for code in [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else ():
        if (known := _codes(fact)) and code not in known:
            yield Fault(key, unknown(code, known))


@cache
def _codes(fact: str) -> tuple[str, ...]:
    """The words that a fact can be compared with; none where it takes any."""
    if fact == "subcategory":
        taxonomies = [Taxonomy.from_document(load_taxonomy_document(code)) for code in TAXONOMIES]
        return tuple(code for taxonomy in taxonomies for code in taxonomy.subcategories)
    return words.codes(fact) if fact in words.kinds() else ()

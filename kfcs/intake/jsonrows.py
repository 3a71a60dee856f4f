"""Rows of JSON: an object a line, or a list of objects (SPEC C6). What is written is kept as it is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TextIO

from kfcs.errors import N_, BadInput, Message, say
from kfcs.intake.separated import Numbered, Unreadable, clean_name
from kfcs.parsing import parsed


class _Written(str):
    """A number as it stands in the file: 13800000001.0 and 1.10 are not the same as 13800000001 and 1.1."""

    __slots__ = ()


class _Twice(Exception):
    """An object that bears two values under one key."""


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        raise _Twice(next(key for key in keys if keys.count(key) > 1))
    return found


_DECODE = json.JSONDecoder(
    parse_float=_Written, parse_int=_Written, parse_constant=_Written, object_pairs_hook=_members
).decode


def read_objects(text: TextIO) -> tuple[tuple[str, ...], Iterator[Numbered]]:
    """Every key in the order in which they first appear, and the rows, each as long as there are keys.

    Raises BadInput for a text that is no JSON.
    """
    one_a_line = _is_one_a_line(text)
    text.seek(0)
    if one_a_line:
        header = _keys(row for _, row, _ in _lines(text))
        text.seek(0)
        return header, _aligned(_lines(text), header)
    try:
        found = parsed(_DECODE, text.read().lstrip("\ufeff"))
    except _Twice as twice:
        raise BadInput(N_("The key {key} stands twice in one object."), key=repr(str(twice))) from None
    except ValueError as error:
        raise BadInput(N_("The file is not valid JSON: {fault}."), fault=str(error)) from None
    objects = found if isinstance(found, list) else [found]
    header = _keys(objects)
    return header, _aligned(((n, row, _text(row)) for n, row in enumerate(objects, 1)), header)


def _is_one_a_line(text: TextIO) -> bool:
    """Whether each line is an object: the first is one whole, or the next begins another."""
    first, *others = islice((line for line in text if line.strip()), 2)
    return first.lstrip("\ufeff \t").startswith("{") and (
        isinstance(_object(first), dict) or any(line.lstrip().startswith("{") for line in others)
    )


Told = tuple[int, Any, str]
"""A row's number, the object or why it is none, and the row as it is written."""


def _lines(text: Iterable[str]) -> Iterator[Told]:
    return ((number, _object(line), line.strip()) for number, line in enumerate(text, 1) if line.strip())


def _object(line: str) -> Any:
    """What a line holds, which a comma may follow as in a list; a Message saying why it is none."""
    try:
        return parsed(_DECODE, line.strip("\ufeff \t\r\n").removesuffix(","))
    except _Twice as twice:
        return say(N_("the key {key} stands twice in it"), key=repr(str(twice)))
    except ValueError:
        return say(N_("it is no JSON object"))


def _keys(objects: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(clean_name(key) for row in objects if isinstance(row, dict) for key in row))


def _aligned(rows: Iterable[Told], header: tuple[str, ...]) -> Iterator[Numbered]:
    for number, row, written in rows:
        if not isinstance(row, dict):
            why = row if isinstance(row, Message) else say(N_("it is no JSON object"))
            yield number, Unreadable(why, [written])
            continue
        cells = {clean_name(key): value for key, value in row.items()}
        if len(cells) < len(row):
            yield number, Unreadable(say(N_("two of its keys are the same but for spaces")), [written])
        else:
            yield number, [_text(cells.get(name)) for name in header]


def _text(value: Any) -> str:
    """A value as a cell: a list or an object within the row stays JSON, its numbers as they are written."""
    if value is None:
        return ""
    return str(value) if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    if isinstance(value, _Written):
        return str(value)
    if isinstance(value, dict):
        members = (f"{_json(str(key))}: {_json(member)}" for key, member in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    return json.dumps(value, ensure_ascii=False)

"""What the columns of a kind of file mean: files for ``--map``, and those that come with kfcs (SPEC C6).

A short mapping is lines of ``"header" = "field"``. A long one has tables: ``[columns]`` with such lines, ``[default]``
with what holds where a cell is empty, ``[values.FIELD]`` with what its words mean, ``dates`` with the order of the parts
of a date, and ``match``, the headers by which a file of this kind is known; columns that are then not there are no fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from kfcs.errors import N_, BadInput
from kfcs.parsing import parsed
from kfcs.times import ORDERS

Folded = Callable[[str], str]
_KEYS = frozenset({"columns", "default", "dates", "match", "values"})


@dataclass(frozen=True)
class FileMapping:
    """A mapping: header → field, field → what holds where a cell is empty, field → word → value, how dates are written."""

    name: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    default: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: str = ORDERS[0]
    match: tuple[str, ...] = ()


NO_MAPPING = FileMapping()


def load_mapping(path: str | None) -> FileMapping:
    """The mapping that ``--map`` names: a file of TOML or JSON, or one that comes with kfcs.

    Raises BadInput naming what is wrong.
    """
    if path is None:
        return NO_MAPPING
    ready = {mapping.name: mapping for mapping in ready_mappings()}
    if path in ready and not Path(path).exists():
        return ready[path]
    try:
        raw = Path(path).read_bytes()
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    except OSError as error:
        raise BadInput(
            N_("{file} cannot be read: {fault}."),
            hint=_ready_names(ready),
            file=path,
            fault=error.strerror or str(error),
        ) from None
    return _mapping_of(path, _parsed(path, text))


def _ready_names(ready: Mapping[str, FileMapping]) -> Any:
    from kfcs.errors import say

    return say(N_("Mappings that come with kfcs: {names}."), names=tuple(ready))


def mapping_for(header: Sequence[str], folded: Folded) -> FileMapping:
    """The mapping that comes with kfcs for a file with this header; none in particular otherwise."""
    there = set(map(folded, header))
    fitting = [each for each in ready_mappings() if there.issuperset(map(folded, each.match))]
    return max(fitting, key=lambda each: len(each.match), default=NO_MAPPING)


@cache
def ready_mappings() -> tuple[FileMapping, ...]:
    """The mappings that come with kfcs, by name."""
    folder = files("kfcs") / "mappings"
    found = sorted((each.name, each) for each in folder.iterdir() if each.name.endswith(".toml"))
    return tuple(
        _mapping_of(name.removesuffix(".toml"), _parsed(name, file.read_text("utf-8")))
        for name, file in found
    )


def _mapping_of(name: str, document: Mapping[str, Any]) -> FileMapping:
    if "columns" not in document:
        return FileMapping(name, _texts(name, document))
    unknown = sorted(document.keys() - _KEYS)
    if unknown:
        raise BadInput(
            N_("{file}: {key} is no key of a mapping. Known are: {known}."),
            file=name,
            key=unknown[0],
            known=tuple(sorted(_KEYS)),
        )
    dates, match = document.get("dates", ORDERS[0]), document.get("match", [])
    if dates not in ORDERS:
        raise BadInput(
            N_("{file}: dates = {value} is no order of a date. Known are: {known}."),
            file=name,
            value=repr(dates),
            known=ORDERS,
        )
    if not isinstance(match, list) or not all(isinstance(each, str) for each in match):
        raise BadInput(N_("{file}: match must be a list of headers."), file=name)
    columns, default = (_texts(name, document.get(part, {})) for part in ("columns", "default"))
    values = document.get("values", {})
    if not isinstance(values, Mapping):
        raise BadInput(N_("{file}: values must be tables such as [values.channel]."), file=name)
    meant = {each: _texts(name, table) for each, table in values.items()}
    return FileMapping(name, columns, default, meant, dates, tuple(match))


def _texts(name: str, table: Any) -> Mapping[str, str]:
    if not isinstance(table, Mapping) or not all(isinstance(value, str) for value in table.values()):
        raise BadInput(N_('{file}: every line must be "header" = "field".'), file=name)
    return table


def _parsed(path: str, text: str) -> Mapping[str, Any]:
    import json
    import tomllib

    try:
        document = (
            parsed(json.loads, text)
            if text.lstrip().startswith("{")
            else parsed(tomllib.loads, text.replace("\r\n", "\n"))
        )
    except ValueError as error:
        raise BadInput(N_("{file}: neither TOML nor JSON: {fault}."), file=path, fault=str(error)) from None
    return dict(document)

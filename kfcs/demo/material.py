"""What the demo is made of: matters, offices and phrases, from the data files beside this one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from string import Formatter
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Matter:
    """Something people raise, in parts from which a text is put together, and how it is put right."""

    code: str
    weight: int
    phase: tuple[str, ...]
    what: tuple[str, ...]
    wish: tuple[str, ...]
    fixed: tuple[str, ...]
    kind: str = "complaint"
    when: tuple[str, ...] = ()
    effect: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    prevent: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    trade: str | None = None
    safety: bool = False

    @property
    def category(self) -> str:
        return self.code.partition(".")[0]


@dataclass(frozen=True)
class Project:
    """An estate: being sold, or handed over so many months ago; ``homes`` is its number of buildings."""

    name: str
    homes: int
    handed_over: int | None = None
    selling: bool = False
    alias: str | None = None

    @property
    def phase(self) -> str:
        if self.handed_over is None:
            return "selling"
        return "new" if self.handed_over < 12 else "settled"


@dataclass(frozen=True)
class Contractor:
    """Who puts things right: the chance to pass the first inspection, and to be late."""

    name: str
    passes: float
    late: float


@dataclass(frozen=True)
class Branch:
    """A branch and its people. ``pace`` is its cases a month, ``slack`` how often it lets a limit pass."""

    name: str
    code: str
    pace: int
    slack: float
    head: str
    leader: str
    receptionists: tuple[str, ...]
    caller: str
    engineer: str
    keeper: str
    seller: str
    projects: tuple[Project, ...]

    @property
    def desk(self) -> str:
        return f"{self.code}1"

    @property
    def staff(self) -> tuple[str, ...]:
        return (self.head, *self.receptionists, self.caller, self.engineer, self.keeper, self.seller)


@dataclass(frozen=True)
class Material:
    """Everything the data files hold."""

    matters: tuple[Matter, ...]
    slots: Mapping[str, tuple[str, ...]]
    branches: tuple[Branch, ...]
    group: Mapping[str, str]
    checks: Mapping[str, Any]
    contractors: Mapping[str, tuple[Contractor, ...]]
    surnames: tuple[str, ...]
    titles: tuple[str, ...]
    texts: Mapping[str, tuple[str, ...]]
    say: Mapping[str, tuple[str, ...]]
    brief: Mapping[str, tuple[str, ...]]
    result: Mapping[str, tuple[str, ...]]
    _by_place: dict[tuple[str, str], tuple[Matter, ...]] = field(default_factory=dict)

    def matters_of(self, kind: str, phase: str) -> tuple[Matter, ...]:
        """What is raised as this kind in projects of a phase."""
        key = (kind, phase)
        if key not in self._by_place:
            found = tuple(m for m in self.matters if m.kind == kind and phase in m.phase)
            self._by_place[key] = found
        return self._by_place[key]

    def matter(self, code: str, kind: str = "complaint") -> Matter:
        """The matter filed under a code."""
        return next(m for m in self.matters if m.kind == kind and m.code == code)

    def filled(self, text: str, rng: Random) -> str:
        """The text with a word drawn for each slot in braces."""
        names = [name for _, name, _, _ in Formatter().parse(text) if name]
        return text.format_map({name: rng.choice(self.slots[name]) for name in names})


@cache
def material() -> Material:
    """The material, read once."""
    matters, offices, phrases = (_read(name) for name in ("matters", "offices", "phrases"))
    return Material(
        matters=tuple(Matter(**row) for row in matters["matter"]),
        slots=matters["slots"],
        branches=tuple(_branch(row) for row in offices["branch"]),
        group=offices["group"],
        checks=offices["checks"],
        contractors={
            trade: tuple(Contractor(**row) for row in rows) for trade, rows in offices["contractors"].items()
        },
        surnames=offices["people"]["surnames"],
        titles=offices["people"]["titles"],
        texts=phrases["text"],
        say=phrases["say"],
        brief=phrases["brief"],
        result=phrases["result"],
    )


def _branch(row: dict[str, Any]) -> Branch:
    return Branch(**{**row, "projects": tuple(Project(**project) for project in row["projects"])})


def _read(name: str) -> dict[str, Any]:
    """A data file, its lists as tuples."""
    with (HERE / f"{name}.toml").open("rb") as file:
        frozen: dict[str, Any] = _frozen(tomllib.load(file))
    return frozen


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value

"""Names of projects, departments and people as the lists have them, by whatever alias they were given (SPEC C10).

The lists stand in ``kfcs.toml``: ``departments`` and ``staff`` as lists of names, ``[projects]`` with each project's
other names, ``[aliases]`` with other names of anything; ``kfcs project set`` adds to the projects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple
from unicodedata import normalize

from kfcs.desk import Desk
from kfcs.errors import N_, BadInput, Message, say

_NEAR = 0.5
"""How much of two names must agree for one to be offered for the other; Chinese names are short."""


class Names(NamedTuple):
    """The names of one kind, and what else each is called. ``listed`` says that the settings hold the list."""

    known: tuple[str, ...]
    aliases: Mapping[str, str]
    listed: bool

    def named(self, given: str) -> str | None:
        """The name meant, by itself or by an alias; None for one that is on no list."""
        names = {_folded(name): name for name in self.known}
        aliases = {_folded(alias): name for alias, name in self.aliases.items()}
        return (aliases | names).get(_folded(given))

    def nearest(self, given: str) -> str | None:
        wanted = {_folded(name): name for name in (*self.aliases, *self.known)}
        near = get_close_matches(_folded(given), wanted, n=1, cutoff=_NEAR)
        if not near:
            return None
        return self.aliases.get(wanted[near[0]], wanted[near[0]])


def _folded(name: str) -> str:
    plain = name if name.isascii() else normalize("NFKC", name)
    return "".join(plain.split()).casefold()


def settle(desk: Desk, field: str, given: str) -> tuple[str, Message | None]:
    """The name to record for what was given, and the doubt about it where it is on no list.

    Raises BadInput instead where ``strict_names`` is set.
    """
    name = given.strip()
    names = names_of(desk, field)
    found = names.named(name)
    if found is not None or not names.known:
        return found or name, None
    near = names.nearest(name)
    if near is None and not names.listed:
        return name, None
    doubt = (
        say(N_("{name} is on no list of {field}."), name=name, field=_FIELDS[field])
        if near is None
        else say(
            N_("{name} is on no list of {field}; did you mean {near}?"),
            name=name,
            field=_FIELDS[field],
            near=near,
        )
    )
    if desk.settings.strict_names:
        raise BadInput.of(doubt)
    return name, doubt


_FIELDS = {"project": say(N_("projects")), "department": say(N_("departments")), "staff": say(N_("staff"))}


def names_of(desk: Desk, field: str) -> Names:
    """The names of one kind that this desk knows."""
    settings = desk.settings
    if field == "project":
        return _projects(desk)
    known: Sequence[str] = settings.departments if field == "department" else settings.staff
    aliases = {alias: name for alias, name in settings.aliases.items() if name in known}
    return Names(tuple(known), aliases, bool(known))


def _projects(desk: Desk) -> Names:
    settings = desk.settings
    known = dict.fromkeys(settings.projects)
    aliases = {alias: name for name, row in settings.projects.items() for alias in _other_names(row)}
    for name, others in desk.ledger.connection.execute("SELECT project, aliases FROM projects"):
        known.setdefault(name)
        aliases |= {alias: name for alias in others.split("\n") if alias}
    aliases |= {alias: name for alias, name in settings.aliases.items() if name in known}
    return Names(tuple(known), aliases, bool(settings.projects))


def _other_names(row: Any) -> list[str]:
    """A project's aliases: a list, one text, or ``aliases`` of a table."""
    if isinstance(row, dict):
        row = row.get("aliases", [])
    return [row] if isinstance(row, str) else list(row)

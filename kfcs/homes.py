"""A home of the archive is the fold of what was told of it (SPEC O2): owners, dates, warranties."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from unicodedata import normalize

from kfcs.amended import apply_amendment
from kfcs.entries import Entry, Person, in_recorded_order
from kfcs.period import day_of

DATES = ("signed_on", "handed_over_on", "planned_on")
"""The days of a home's life that the archive keeps."""
WHOLE_PROJECT = ""
"""The home under which a project's common works, which are in no one's home, have their warranties."""


class Warranty(NamedTuple):
    """One thing under warranty, to the end of a day."""

    item: str
    expires_on: date


class Home(NamedTuple):
    """What is known of a home. ``owners`` holds the owner first, then those who own it too."""

    project: str
    home: str
    owners: tuple[Person, ...] = ()
    signed_on: date | None = None
    handed_over_on: date | None = None
    planned_on: date | None = None
    warranties: tuple[Warranty, ...] = ()
    known_on: date = date.max

    def stage(self, day: date) -> str | None:
        """The stage of its owner on a day (C1): after-handover, contract or pre-sale; None where no date tells."""
        if self.handed_over_on is not None and self.handed_over_on <= day:
            return "after-handover"
        if self.signed_on is None:
            return None
        return "contract" if self.signed_on <= day else "pre-sale"


def home_name(text: str) -> str:
    """A home by its one name: full-width signs as plain ones, no space around it nor beside its hyphens."""
    return _AROUND_HYPHENS.sub("-", normalize("NFKC", text)).strip()


_AROUND_HYPHENS = re.compile(r"\s*[-‐‑–—]\s*")


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """Entries in the order recorded as their amendments leave them; amendments among them, and what was undone, go."""
    ordered = in_recorded_order(entries)
    changes: dict[str, list[Entry]] = {}
    for entry in ordered:
        if entry.kind == "amendment" and entry.refers:
            changes.setdefault(entry.refers, []).append(entry)
    if not changes:
        return ordered
    return [
        _amended(entry, changes.get(entry.id, ()))
        for entry in ordered
        if entry.kind != "amendment" and not any(c.body.get("undo") for c in changes.get(entry.id, ()))
    ]


def _amended(entry: Entry, changes: Sequence[Entry]) -> Entry:
    for change in changes:
        entry = apply_amendment(entry, change)
    return entry


def fold_home(entries: Sequence[Entry]) -> Home:
    """The home that entries of it, as they stand, amount to; ``entries`` has at least one."""
    first = entries[0]
    owners: list[Person] = []
    days: dict[str, date] = {}
    warranties: dict[str, date] = {}
    for entry in entries:
        body = entry.body
        if "person" in body or entry.person:
            owners = [*(owners if body.get("also") else ()), entry.person]
        days |= {name: date.fromisoformat(body[name]) for name in DATES if body.get(name)}
        warranties |= {w["item"]: date.fromisoformat(w["expires_on"]) for w in body.get("warranties", ())}
    return Home(
        project=first.body["project"],
        home=first.body.get("home") or WHOLE_PROJECT,
        owners=tuple(person for person in owners if person),
        signed_on=days.get("signed_on"),
        handed_over_on=days.get("handed_over_on"),
        planned_on=days.get("planned_on"),
        warranties=tuple(Warranty(item, day) for item, day in sorted(warranties.items())),
        known_on=min(day_of(entry.recorded_at) for entry in entries),
    )

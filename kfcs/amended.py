"""Entries as they read once desks have heard of each other, and as their amendments leave them (SPEC L1, L6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count

from kfcs.bodies import NEEDED
from kfcs.cases import Act
from kfcs.entries import Entry
from kfcs.period import from_iso

_ON_AN_ORDER = ("rectification-done", "inspection")


def told_apart(ordered: Sequence[Entry]) -> Sequence[Entry]:
    """The entries with their rectifications told apart: where two desks gave one number before they heard of each other
    (L6), the first keeps it, and what either did with its own goes with it."""
    orders = [entry for entry in ordered if entry.kind == "rectification-ordered"]
    used = {entry.body["r"] for entry in orders}
    if len(used) == len(orders):  # also where there are none
        return ordered
    names: dict[str, str] = {}
    of_desk: dict[tuple[str, str], str] = {}
    for order in orders:
        given = order.body["r"]
        if given in names.values():
            given = next(name for n in count(1) if (name := f"R{n}") not in used)
            used.add(given)
        names[order.id] = of_desk[order.desk, order.body["r"]] = given
    return [_named_anew(entry, names, of_desk) for entry in ordered]


def _named_anew(entry: Entry, names: Mapping[str, str], of_desk: Mapping[tuple[str, str], str]) -> Entry:
    if entry.kind == "rectification-ordered":
        return entry._replace(body={**entry.body, "r": names[entry.id]})
    if entry.kind not in _ON_AN_ORDER:
        return entry
    given = entry.body["r"]
    name = names.get(entry.refers or "") or of_desk.get((entry.desk, given), given)
    return entry._replace(body={**entry.body, "r": name})


def amended(ordered: Sequence[Entry]) -> tuple[list[tuple[int, Entry]], tuple[Act, ...]]:
    """The entries as their amendments leave them, with their numbers, and the timeline that keeps both."""
    amendments: dict[str, list[Entry]] = {}
    for entry in ordered:
        if entry.kind == "amendment" and entry.refers:
            amendments.setdefault(entry.refers, []).append(entry)
    if not amendments:
        numbered = list(enumerate(ordered, 1))
        return numbered, tuple([Act(n, entry) for n, entry in numbered])
    taken_back = {entry.refers for entry in ordered if entry.kind == "amendment" and entry.body.get("undo")}
    standing: list[tuple[int, Entry]] = []
    acts: list[Act] = []
    for n, entry in enumerate(ordered, 1):
        changes = [change for change in amendments.get(entry.id, ()) if change.id not in taken_back]
        undone = any(change.body.get("undo") for change in changes)
        acts.append(Act(n, entry, tuple(change.id for change in changes), undone))
        if undone:
            continue
        for change in changes:
            entry = apply_amendment(entry, change)
        standing.append((n, entry))
    return standing, tuple(acts)


def apply_amendment(entry: Entry, amendment: Entry) -> Entry:
    """The entry with the fields that the amendment sets; a field set to null returns to its default,
    if it has one."""
    body = dict(entry.body)
    at = entry.at
    for name, value in amendment.body.get("set", {}).items():
        if name == "at":
            at = from_iso(value)
        elif value is None and name in NEEDED.get(entry.kind, ()):
            continue
        elif value is None:
            body.pop(name, None)
        else:
            body[name] = value
    if "cues" in body:
        settled = {"repeat", *amendment.body.get("set", {})}
        body["cues"] = {name: cue for name, cue in body["cues"].items() if name not in settled}
    person = entry.person
    for name in amendment.body.get("person_fields", ()):
        person = person._replace(**{name: getattr(amendment.person, name)})
    return entry._replace(at=at, body=body, person=person)

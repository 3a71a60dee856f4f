"""Import of the homes archive (SPEC O2, C6): rows of one home together tell of it; what is known already adds nothing.

A register has a row a home, or one for each owner and each thing under warranty. So the file is read to its end first,
and its rows are gathered by home. Only what differs from the archive becomes an entry: the same file again adds none,
and a later file changes just what it says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from kfcs.archive import find_home
from kfcs.desk import Desk
from kfcs.entries import Draft, Person
from kfcs.errors import N_, say
from kfcs.homes import DATES, WHOLE_PROJECT, Home
from kfcs.intake.caserows import past, read_values
from kfcs.intake.columns import Plan, folded
from kfcs.intake.importing import Summary
from kfcs.intake.progress import Progress
from kfcs.intake.rejects import Rejects
from kfcs.intake.separated import Unreadable
from kfcs.intake.tables import Table
from kfcs.intake.values import Unfit, moment_reader, read_phone
from kfcs.period import day_of

CHUNK = 500
"""Homes a transaction."""

_WARRANTY_COLUMN = re.compile("(.+?)(?:保修|质保)(?:到期|截止|届满|期至)(?:日|日期|时间)?")
"""A column of its own for one thing under warranty: 防水保修到期."""


@dataclass
class Told:
    """What the rows of a file tell of one home."""

    project: str
    home: str
    row: int
    rows: int = 0
    owners: list[Person] = field(default_factory=list)
    days: dict[str, date] = field(default_factory=dict)
    warranties: dict[str, date] = field(default_factory=dict)

    def add(self, person: Person, days: Mapping[str, date], warranties: Mapping[str, date]) -> bool:
        """Take in one more row; returns whether it told anything new. Raises Unfit where it contradicts another."""
        for known, told in ((self.days, days), (self.warranties, warranties)):
            for name, day in told.items():
                if known.get(name, day) != day:
                    told_before = N_("row {row} gives another date for the same home ({day})")
                    raise Unfit(say(told_before, row=self.row, day=known[name]))
        new = bool(person and person not in self.owners)
        new = new or not (days.items() <= self.days.items() and warranties.items() <= self.warranties.items())
        self.owners += [person] if person and person not in self.owners else []
        self.days.update(days)
        self.warranties.update(warranties)
        return new


def import_homes(desk: Desk, table: Table, plan: Plan, rejects: Rejects, *, dry_run: bool = False) -> Summary:
    """Take in a file of homes. With ``dry_run`` everything is read and compared, and nothing written."""
    summary, homes = Summary(), dict[tuple[str, str], Told]()
    reading = _Reading(plan, desk.now)
    with Progress() as progress:
        for number, cells in progress.over(table.rows, N_("Reading")):
            summary.read += 1
            try:
                if isinstance(cells, Unreadable):
                    raise Unfit(cells.why)
                _gather(homes, reading, number, cells, summary)
            except Unfit as unfit:
                rejects.add(number, cells.cells if isinstance(cells, Unreadable) else cells, unfit.why)
        rejects.flush()
        # The earliest handover first, so that a project's moves once, with the first chunk (K4).
        ordered = iter(sorted(homes.values(), key=lambda told: told.days.get("handed_over_on", date.max)))
        chunks = iter(lambda: list(islice(ordered, CHUNK)), [])
        for chunk in progress.chunks(chunks, len(homes), N_("Writing")):
            if dry_run:
                _count(summary, [(told, _drafts(desk, table.name, told)) for told in chunk])
                continue
            with desk.ledger.writing():
                made = [(told, _drafts(desk, table.name, told)) for told in chunk]
                desk.record([draft for _, drafts in made for draft in drafts])
                _count(summary, made)
    summary.rejected, summary.first_rejected = rejects.count, rejects.first
    return summary


def _gather(
    homes: dict[tuple[str, str], Told], reading: _Reading, number: int, cells: list[str], summary: Summary
) -> None:
    project, home, person, days, warranties = reading.row(cells)
    told = homes.get((project, home)) or Told(project, home, number)
    if told.add(person, days, warranties) or not told.rows:
        told.rows += 1
    else:
        summary.repeated += 1
    homes[project, home] = told
    if reading.remarks:
        summary.remark(number, reading.remarks)


def _count(summary: Summary, made: Iterable[tuple[Told, Sequence[Draft]]]) -> None:
    for told, drafts in made:
        if drafts:
            summary.accepted += told.rows
        else:
            summary.skipped += told.rows


# ---------------------------------------------------------------- reading a row

_Row = tuple[str, str, Person, dict[str, date], dict[str, date]]


class _Reading:
    """The rows of one file, each as project, home, owner, days and warranties."""

    def __init__(self, plan: Plan, now: datetime) -> None:
        self.plan = plan
        self.now = now
        self.remarks: list[Any] = []
        found = ((header, _WARRANTY_COLUMN.fullmatch(folded(header))) for _, header in plan.extra)
        self.items = {header: match[1] for header, match in found if match}
        self.read_day = moment_reader()

    def row(self, cells: list[str]) -> _Row:
        """Raises Unfit saying why the row cannot be taken in."""
        self.remarks = []
        values, extra = read_values(self.plan, cells, self.remarks)
        if not values.get("project"):
            raise Unfit(say(N_("{column} is empty"), column=self.plan.header_of("project")))
        warranties = dict(self._warranties(values, extra))
        home = self._home(cells)
        if home == WHOLE_PROJECT and not warranties:
            raise Unfit(say(N_("{column} is empty"), column=self.plan.header_of("home")))
        if "signed_on" in values:
            past(values["signed_on"], self.now)
        days = {name: day_of(values[name]) for name in DATES if name in values}
        person = _owner(values)
        if home == WHOLE_PROJECT and (person or days):
            raise Unfit(say(N_("{column} is empty"), column=self.plan.header_of("home")))
        return values["project"], home, person, days, warranties

    def _home(self, cells: list[str]) -> str:
        """The home; one that a spreadsheet has damaged is not let pass as none."""
        for column in self.plan.columns:
            if column.field == "home":
                try:
                    return column.read(cells[column.at]) or WHOLE_PROJECT
                except Unfit as unfit:
                    raise Unfit(say(N_("{column}: {why}"), column=column.header, why=unfit.why)) from None
        return str(self.plan.fixed.get("home") or WHOLE_PROJECT)

    def _warranties(self, values: Mapping[str, Any], extra: Mapping[str, str]) -> Iterator[tuple[str, date]]:
        item, until = values.get("warranty_item"), values.get("warranty_until")
        if (item is None) != (until is None):
            empty = "warranty_item" if item is None else "warranty_until"
            raise Unfit(say(N_("{column} is empty"), column=self.plan.header_of(empty)))
        if item is not None and until is not None:
            yield item, day_of(until)
        for header, name in self.items.items():
            if header in extra and (moment := self._day(header, extra[header])):
                yield name, day_of(moment)

    def _day(self, header: str, text: str) -> Any:
        try:
            return self.read_day(text)
        except Unfit as unfit:
            raise Unfit(say(N_("{column}: {why}"), column=header, why=unfit.why)) from None


def _owner(values: Mapping[str, Any]) -> Person:
    """The owner; a contact that is a phone, where no other phone is given, is the phone."""
    phone, contact = values.get("phone"), values.get("contact")
    if phone is None and contact is not None:
        try:
            phone, contact = read_phone(contact), None
        except Unfit:
            phone = None
    return Person(values.get("owner"), phone, contact)


# ---------------------------------------------------------------- what is new


def _drafts(desk: Desk, file: str, told: Told) -> list[Draft]:
    """The entries that bring the archive up to what was told of a home; none where it knows all of it."""
    known = find_home(desk.ledger.connection, told.project, told.home)
    body: dict[str, Any] = _changes(known, told)
    owners = _owners(known.owners if known else (), told.owners)
    if known is not None and not body and owners is None:
        return []
    place = {"project": told.project, **({"home": told.home} if told.home else {})}
    origin = {"file": file, "row": told.row}
    first, *others = owners or [Person()]
    drafts = [Draft("home", desk.now, desk.operator, {**place, **body, "origin": origin}, person=first)]
    for person in others:
        drafts.append(
            Draft("home", desk.now, desk.operator, {**place, "also": True, "origin": origin}, person=person)
        )
    return drafts


def _changes(known: Home | None, told: Told) -> dict[str, Any]:
    """The days and warranties that the archive does not have so."""
    before = {} if known is None else {w.item: w.expires_on for w in known.warranties}
    days = {name: day for name, day in told.days.items() if known is None or getattr(known, name) != day}
    warranties = [
        {"item": item, "expires_on": day.isoformat()}
        for item, day in told.warranties.items()
        if before.get(item) != day
    ]
    body: dict[str, Any] = {name: day.isoformat() for name, day in days.items()}
    return {**body, "warranties": warranties} if warranties else body


def _owners(known: Sequence[Person], told: Sequence[Person]) -> list[Person] | None:
    """The owners as they are from now on; None where nothing changes.

    Somebody known by name gets what is told of him and keeps the rest. A file that names fewer people than are known,
    all of them known, leaves the others; else those it names are the owners.
    """
    by_name = {person.name: person for person in known}
    completed = [_completed(person, by_name.get(person.name)) for person in told]
    if all(person in known for person in completed):
        return None
    named = {person.name: person for person in completed}
    if len(told) < len(known) and named.keys() <= by_name.keys():
        return [named.get(person.name, person) for person in known]
    return completed


def _completed(told: Person, known: Person | None) -> Person:
    if known is None:
        return told
    return Person(told.name, told.phone or known.phone, told.contact or known.contact)

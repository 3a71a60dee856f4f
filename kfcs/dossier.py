"""A home and its people at a glance, while the customer talks (SPEC O2): owner, warranty, cases, promises, cautions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kfcs import archive
from kfcs.archive import Place, average
from kfcs.cautions import cautions
from kfcs.desk import Desk
from kfcs.entries import Person
from kfcs.errors import N_, BadInput
from kfcs.homes import Home, home_name
from kfcs.intake.values import Unfit, read_phone
from kfcs.masking import mask_name, mask_phone, mask_text
from kfcs.money import from_fen
from kfcs.period import day_of, iso
from kfcs.showing import one_line
from kfcs.touchpoints import at_home

CASES_SHOWN = 20
"""So many cases of a home are listed, the newest; cautions are drawn from all of them."""


def dossiers(desk: Desk, given: str, project: str | None, *, reveal: bool) -> list[dict[str, Any]]:
    """What is known of each home that a phone or a home's name means; of a caller with no home, the cases.

    Raises BadInput where nothing is known.
    """
    connection = desk.ledger.connection
    phone, name = _phone(given), home_name(given)
    places = list(
        dict.fromkeys(
            [
                *archive.places_named(connection, name, project),
                *(archive.places_of_phone(connection, phone, project) if phone else ()),
                *archive.places_of_cases(connection, name, project),
            ]
        )
    )
    if places:
        return [_dossier(desk, place, reveal) for place in places]
    numbers = _cases_by_phone(desk, [phone]) if phone else []
    if not numbers:
        raise BadInput(N_("There is no home and no customer {given}. Look with kfcs home list."), given=given)
    return [_without_home(desk, numbers, reveal)]


def _phone(given: str) -> str | None:
    try:
        return read_phone(given)
    except Unfit:
        return None


def at_a_glance(desk: Desk, place: Place, besides: str, *, reveal: bool) -> dict[str, Any]:
    """What the desk should know of a home at once; one case, the one just logged, is left out of account."""
    home = archive.find_home(desk.ledger.connection, *place) or Home(*place)
    others = [number for number in _cases_of(desk, place, home) if number != besides]
    return {**_facts(desk, place, home, reveal), "cautions": cautions(desk, others)}


# ---------------------------------------------------------------- one home


def _dossier(desk: Desk, place: Place, reveal: bool) -> dict[str, Any]:
    home = archive.find_home(desk.ledger.connection, *place) or Home(*place)
    numbers = _cases_of(desk, place, home)
    return {
        **_facts(desk, place, home, reveal),
        "cautions": cautions(desk, numbers),
        "promises": _promises(desk, numbers),
        "cases": [_case_line(row, reveal) for row in _case_rows(desk, numbers[:CASES_SHOWN])],
        "payments": _payments(desk, numbers),
        "touchpoints": _touchpoints(desk, place),
        "surveys": _surveys(desk, place),
    }


def _without_home(desk: Desk, numbers: Sequence[str], reveal: bool) -> dict[str, Any]:
    rows = _case_rows(desk, numbers[:CASES_SHOWN])
    person = Person(rows[0]["customer"], rows[0]["phone"])
    return {
        "project": rows[0]["project"],
        "home": None,
        **_person(person, reveal),
        "owners": [],
        "stage": None,
        "signed_on": None,
        "planned_on": None,
        "handed_over_on": None,
        "warranty": [],
        "cautions": cautions(desk, numbers),
        "promises": _promises(desk, numbers),
        "cases": [_case_line(row, reveal) for row in rows],
        "payments": _payments(desk, numbers),
        "touchpoints": [],
        "surveys": [],
    }


def _facts(desk: Desk, place: Place, home: Home, reveal: bool) -> dict[str, Any]:
    today = day_of(desk.now)
    common = archive.find_home(desk.ledger.connection, place.project, "")
    warranties = [*home.warranties, *(common.warranties if common else ())]
    return {
        "project": place.project,
        "home": place.home,
        **_person(home.owners[0] if home.owners else Person(), reveal),
        "owners": [_person(person, reveal) for person in home.owners],
        "stage": home.stage(today),
        "ambassador": ambassador_of(desk, place.project),
        "signed_on": home.signed_on,
        "planned_on": home.planned_on,
        "handed_over_on": home.handed_over_on,
        "warranty": [
            {
                "item": warranty.item,
                "expires_on": warranty.expires_on,
                "days_left": max((warranty.expires_on - today).days, 0),
                "expired": warranty.expires_on < today,
            }
            for warranty in warranties
        ],
    }


def _person(person: Person, reveal: bool) -> dict[str, Any]:
    if reveal:
        return {"owner": person.name, "phone": person.phone, "contact": person.contact}
    return {
        "owner": person.name and mask_name(person.name),
        "phone": person.phone and mask_phone(person.phone),
        "contact": person.contact and mask_name(person.contact),
    }


def ambassador_of(desk: Desk, project: str) -> str | None:
    """Who looks after the owners of a project."""
    row = desk.ledger.connection.execute(
        "SELECT ambassador FROM projects WHERE project = ?", (project,)
    ).fetchone()
    return None if row is None else row[0]


def ambassadors(desk: Desk) -> dict[str, str]:
    """Who looks after the owners, by project."""
    rows = desk.ledger.connection.execute(
        "SELECT project, ambassador FROM projects WHERE ambassador IS NOT NULL"
    )
    return dict(rows.fetchall())


def owners_of(
    desk: Desk, places: Iterable[tuple[str, str]], reveal: bool
) -> dict[tuple[str, str], dict[str, Any]]:
    """The first owner of each of these homes, by project and home, in one read; a home without an owner is left out."""
    rows = desk.ledger.connection.execute(
        "SELECT o.project, o.home, o.name, o.phone, o.contact FROM json_each(?) p CROSS JOIN owners o"
        " ON o.project = json_extract(p.value, '$[0]') AND o.home = json_extract(p.value, '$[1]') AND o.n = 1",
        (json.dumps(sorted(set(places))),),
    )
    return {(project, home): _person(Person(*person), reveal) for project, home, *person in rows}


def _touchpoints(desk: Desk, place: Place) -> list[dict[str, Any]]:
    return [
        {
            "touchpoint": each.occasion.rule.id,
            "title": each.occasion.rule.title,
            "from": each.occasion.start,
            "due": each.occasion.due,
            "state": each.state,
        }
        for each in at_home(desk, *place)
    ]


def _surveys(desk: Desk, place: Place) -> list[dict[str, Any]]:
    rows = desk.ledger.connection.execute(
        "SELECT stage, at, points, answers FROM surveys WHERE project = ? AND home = ? ORDER BY at", place
    )
    return [
        {"stage": stage, "at": at, "average": average(points, answers)} for stage, at, points, answers in rows
    ]


# ---------------------------------------------------------------- its cases


def _cases_of(desk: Desk, place: Place, home: Home) -> list[str]:
    """The numbers of the cases of a home and of its owners, wherever those raised them; the newest first."""
    rows = desk.ledger.connection.execute(
        "SELECT case_id, received_at FROM cases WHERE project = ? AND home = ?", place
    ).fetchall()
    phones = [person.phone for person in home.owners if person.phone]
    rows += [row for row in _rows_by_phone(desk, phones) if row not in rows]
    return [number for number, _ in sorted(rows, key=lambda row: row[1], reverse=True)]


def _rows_by_phone(desk: Desk, phones: Iterable[str]) -> list[tuple[str, str]]:
    find = desk.ledger.connection.execute
    return [
        row
        for phone in dict.fromkeys(phones)
        for row in find("SELECT case_id, received_at FROM cases WHERE phone = ?", (phone,)).fetchall()
    ]


def _cases_by_phone(desk: Desk, phones: Iterable[str]) -> list[str]:
    rows = _rows_by_phone(desk, phones)
    return [number for number, _ in sorted(rows, key=lambda row: row[1], reverse=True)]


def _case_rows(desk: Desk, numbers: Sequence[str]) -> list[dict[str, Any]]:
    names = (
        "case_id", "received_at", "kind", "state", "level", "project", "home", "customer", "phone", "category",
        "subcategory", "department", "text",
    )  # fmt: skip
    marks = ",".join("?" * len(numbers))
    found = desk.ledger.connection.execute(
        f"SELECT {', '.join(names)} FROM cases WHERE case_id IN ({marks}) ORDER BY received_at DESC", numbers
    )
    rows = [dict(zip(names, row, strict=True)) for row in found]
    for row in rows:
        if row["state"] != "closed":  # age may have raised its level since it was written
            row["level"] = desk.judgement(row["case_id"]).level(desk.now)[0]
    return rows


def _case_line(row: Mapping[str, Any], reveal: bool) -> dict[str, Any]:
    hidden = ("case_id", "customer", "phone", "text")
    text = one_line(row["text"], 80)
    return {
        "case": row["case_id"],
        **{name: value for name, value in row.items() if name not in hidden},
        "text": text if reveal else mask_text(text),
    }


def _promises(desk: Desk, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """Promises that still bind: what was to be ready by when, and whether that has passed."""
    marks = ",".join("?" * len(numbers))
    now = iso(desk.now)
    rows = desk.ledger.connection.execute(
        f"SELECT case_id, due FROM clocks WHERE case_id IN ({marks}) AND clock = 'promise' AND start <= ?"
        " AND stopped_at IS NULL AND cancelled_at IS NULL ORDER BY due",
        (*numbers, now),
    )
    return [{"case": case, "due": due, "state": "breached" if due < now else "running"} for case, due in rows]


def _payments(desk: Desk, numbers: Sequence[str]) -> list[dict[str, Any]]:
    marks = ",".join("?" * len(numbers))
    rows = desk.ledger.connection.execute(
        f"SELECT case_id, at, amount_fen FROM compensations WHERE case_id IN ({marks}) AND step = 'pay' ORDER BY at",
        numbers,
    )
    return [{"case": case, "at": at, "amount": from_fen(amount)} for case, at, amount in rows]


# ---------------------------------------------------------------- all homes


def home_rows(desk: Desk, project: str | None, *, reveal: bool) -> Iterator[dict[str, Any]]:
    """The homes of the archive, each with its first owner and the warranty that ends next."""
    rows = desk.ledger.connection.execute(
        "SELECT h.project, h.home, o.name, o.phone, o.contact, h.signed_on, h.planned_on, h.handed_over_on,"
        " (SELECT min(expires_on) FROM warranties w"
        " WHERE w.project = h.project AND w.home = h.home AND w.expires_on >= ?1)"
        " FROM homes h LEFT JOIN owners o ON o.project = h.project AND o.home = h.home AND o.n = 1"
        " WHERE h.home <> '' AND (?2 IS NULL OR h.project = ?2) ORDER BY h.project, h.home",
        (day_of(desk.now).isoformat(), project),
    )
    for place, home, name, phone, contact, signed, planned, handed_over, warranty in rows:
        yield {
            "project": place,
            "home": home,
            **_person(Person(name, phone, contact), reveal),
            "signed_on": signed,
            "planned_on": planned,
            "handed_over_on": handed_over,
            "warranty_until": warranty,
        }

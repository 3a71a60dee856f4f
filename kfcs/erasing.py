"""Erase a person's data on request (SPEC L4): the chain holds, the statistics stay, and the values are gone from the file.

What is erased is replaced by pseudonyms that the erasure's entry names, the same for one person everywhere: whoever was
two complaints of one person still is. The entry names entries, never the value that was looked for.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from kfcs.archive import Place
from kfcs.desk import Desk
from kfcs.entries import Draft, Person

KIND = "erasure"


class Erased(NamedTuple):
    """What was done: entries whose person was erased, the cases they belong to, and texts that name the value still."""

    entries: tuple[str, ...]
    cases: tuple[str, ...]
    texts: int


def erase(
    desk: Desk, phone: str | None, place: Place | None, reason: str, *, dry_run: bool = False
) -> Erased:
    """Erase whoever has this phone, or lives in this home, in one transaction; nothing is done in a dry run."""
    with desk.ledger.writing():
        found = _with_what_tells_of_them(desk, _of_phone(desk, phone) if phone else _of_home(desk, place))
        texts = _texts_naming(desk, found, phone)
        cases = _cases_of(desk, found)
        if found and not dry_run:
            people = _people_of(desk, found)
            pseudonyms = _pseudonyms(people)
            body = {
                "by": "phone" if phone else "home",
                "reason": reason,
                "entries": list(people),
                "pseudonyms": [list(pseudonyms[person]) for person in people.values()],
            }
            desk.ledger.replace_people({entry: pseudonyms[person] for entry, person in people.items()})
            desk.append([Draft(KIND, desk.now, desk.operator, body)])
            _bring_up(desk, people, cases)
    return Erased(tuple(found), tuple(cases), texts)


def _bring_up(desk: Desk, entries: Iterable[str], cases: Sequence[str]) -> None:
    """The tables anew: case by case, or all of them where the homes archive is concerned."""
    archived = f"SELECT 1 FROM entries WHERE kind = 'home' AND id IN {_THESE} LIMIT 1"
    if desk.ledger.connection.execute(archived, (json.dumps(list(entries)),)).fetchone():
        desk.projection.rebuild()
        return
    for case_id in cases:
        desk.projection.refresh(case_id, desk.now)


# ---------------------------------------------------------------- who it is


def _of_phone(desk: Desk, phone: str) -> list[str]:
    return _ids(desk, "SELECT entry_id FROM people WHERE phone = ?", (phone,))


def _of_home(desk: Desk, place: Place | None) -> list[str]:
    """The entries that name a home and a person (complaints, joinings, the archive), and what else those persons, by
    their phones, are named in."""
    assert place is not None
    found = _ids(
        desk,
        "SELECT e.id FROM entries e JOIN people p ON p.entry_id = e.id"
        " WHERE json_extract(e.body, '$.home') = ?1 AND (json_extract(e.body, '$.project') = ?2 OR e.case_id IN"
        " (SELECT case_id FROM cases WHERE project = ?2))",
        (place.home, place.project),
    )
    theirs = f"SELECT phone FROM people WHERE phone IS NOT NULL AND entry_id IN {_THESE}"
    elsewhere = f"SELECT entry_id FROM people WHERE phone IN ({theirs})"
    return [*found, *_ids(desk, elsewhere, (json.dumps(found),))]


_THESE = "(SELECT value FROM json_each(?1))"
_TELLING = f"""
SELECT p.entry_id FROM people p JOIN entries e ON e.id = p.entry_id WHERE e.refers IN {_THESE}
UNION
SELECT p.entry_id FROM people p JOIN entries a ON a.refers = p.entry_id WHERE a.id IN {_THESE}
UNION
SELECT p.entry_id FROM people p JOIN entries s ON s.id = p.entry_id AND s.kind = 'signature'
JOIN entries c ON c.case_id = s.case_id AND c.kind = 'complaint' WHERE c.id IN {_THESE}
"""


def _with_what_tells_of_them(desk: Desk, found: Iterable[str]) -> list[str]:
    """Those entries, what they correct and what corrects them, and the signatures of the cases that they opened."""
    ids = list(found)
    seen = set(ids)
    while ids:
        more = _ids(desk, _TELLING, (json.dumps(ids),))
        ids = [each for each in more if each not in seen]
        seen.update(ids)
    return sorted(seen - set(desk.ledger.erased()))


def _people_of(desk: Desk, ids: Sequence[str]) -> dict[str, Person]:
    rows = desk.ledger.connection.execute(
        f"SELECT entry_id, name, phone, contact FROM people WHERE entry_id IN {_THESE} ORDER BY entry_id",
        (json.dumps(list(ids)),),
    )
    return {entry: Person(*person) for entry, *person in rows}


def _cases_of(desk: Desk, ids: Sequence[str]) -> list[str]:
    return _ids(
        desk,
        f"SELECT DISTINCT case_id FROM entries WHERE case_id IS NOT NULL AND id IN {_THESE} ORDER BY 1",
        (json.dumps(list(ids)),),
    )


def _texts_naming(desk: Desk, ids: Sequence[str], phone: str | None) -> int:
    """How many entries hold the phone, or a name that is erased, in what somebody wrote: the chain keeps those."""
    wanted = {phone} if phone else set()
    wanted |= {
        person.name for person in _people_of(desk, ids).values() if person.name and len(person.name) > 1
    }
    if not wanted:
        return 0
    asked = " OR ".join("instr(body, ?)" for _value in wanted)
    query = f"SELECT count(*) FROM entries WHERE {asked}"
    return int(desk.ledger.connection.execute(query, tuple(wanted)).fetchone()[0])


# ---------------------------------------------------------------- what stands for them


def _pseudonyms(people: dict[str, Person]) -> dict[Person, Person]:
    """A person in place of each: what was given stays given, what was the same stays the same."""
    names, phones, contacts = (
        {value: make() for value in {getattr(person, field) for person in people.values()} if value}
        for field, make in (("name", _name), ("phone", _phone), ("contact", _name))
    )
    return {
        person: Person(
            names.get(person.name or ""), phones.get(person.phone or ""), contacts.get(person.contact or "")
        )
        for person in set(people.values())
    }


def _name() -> str:
    return f"已删除{secrets.token_hex(3)}"


def _phone() -> str:
    """Digits, by which complainants are told apart; no telephone begins so."""
    return f"000{secrets.randbelow(10**10):010d}"


def _ids(desk: Desk, sql: str, values: Sequence[Any]) -> list[str]:
    return [row[0] for row in desk.ledger.connection.execute(sql, tuple(values))]

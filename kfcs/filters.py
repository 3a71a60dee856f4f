"""What a list is narrowed to (SPEC I7): conditions over the columns of ``cases``, in the words people use."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kfcs.desk import Desk, given_time
from kfcs.errors import N_, BadInput
from kfcs.homes import home_name
from kfcs.money import fen, parse_money
from kfcs.naming import names_of
from kfcs.period import iso
from kfcs.phones import dialled
from kfcs.times import parse_date
from kfcs.words import parse_word

_WORDS = (
    "kind",
    "channel",
    "state",
    "media",
    "legal",
    "harm",
    "stage",
    "remedy",
    "validity",
    "demand",
    "emergency",
    "impact",
)
_FLAGS = ("vip", "refund", "history", "late", "typical")
_NUMBERS = ("people", "times", "heat", "reopenings")
_TIMES = ("received_at", "next_due", "resolved_at", "closed_at")
_NAMES = {"project": "project", "department": "department", "first_asked": "staff"}
_TEXTS = (
    *("desk", "branch", "customer", "logged_by", "suggested_department", "level_rule"),
    *("month", "url", "text"),
)
_OTHERS = ("repeat_of", "merged_into")
_SELDOM = ("accident", "public_harm", "safety", "anonymous", "sensitive", "urgency", "authority_ref")
"""Facts asked for so seldom that ``cases`` has no column for them: they are read off the cases themselves."""
_YES = {"1": 1, "yes": 1, "true": 1, "是": 1, "0": 0, "no": 0, "false": 0, "否": 0}
_ALONE = ("case", "home", "phone", "level", "category", "subcategory", "cause", "claim", "closed_why")
FIELDS = tuple(
    sorted((*_WORDS, *_FLAGS, *_NUMBERS, *_TIMES, *_NAMES, *_TEXTS, *_OTHERS, *_SELDOM, *_ALONE))
)  # fmt: skip
"""What ``--where`` can name."""

_OF_PEOPLE = frozenset({"customer", "phone", "text", "home"})
"""Fields whose values may tell who somebody is."""
Condition = tuple[str, tuple[Any, ...]]


class Filters(NamedTuple):
    """Which cases a list shows, as it was asked; ``pairs`` are fields with the value each must have."""

    pairs: tuple[tuple[str, str], ...]
    every: bool
    limit: int | None
    sample: int | None
    seed: int
    since: str | None
    until: str | None
    overdue: bool

    @classmethod
    def given(
        cls,
        *,
        every: bool = False,
        limit: int | None = None,
        where: Sequence[str] = (),
        sample: int | None = None,
        seed: int = 0,
        since: str | None = None,
        until: str | None = None,
        overdue: bool = False,
        **fields: str | None,
    ) -> Filters:
        """The filters that options give. Raises BadInput naming the one that cannot be."""
        for option, number in (("limit", limit), ("sample", sample)):
            if number is not None and number < 1:
                raise BadInput(
                    N_("--{option} {value} is not a number of cases; give 1 or more."),
                    option=option,
                    value=number,
                )
        pairs = [(name, value) for name, value in fields.items() if value is not None]
        pairs += [_pair(condition) for condition in where]
        return cls(tuple(pairs), every, limit, sample, seed, since, until, overdue)

    def told(self) -> dict[str, object]:
        """What was asked for, without the values by which a person is looked for."""
        asked: dict[str, object] = {name: "…" if name in _OF_PEOPLE else value for name, value in self.pairs}
        options = ("every", "limit", "sample", "since", "until", "overdue")
        return asked | {name: getattr(self, name) for name in options}

    def conditions(self, desk: Desk) -> Iterator[Condition]:
        """Each condition in SQL, with its values. Raises BadInput for a value that a field cannot have."""
        names = {name for name, _value in self.pairs}
        for name, value in self.pairs:
            yield _CONDITIONS[name](desk, name, value)
        if not self.every and not names & {"state", "closed_why", "closed_at"}:
            yield "state <> 'closed'", ()
        if self.since:
            yield "received_at >= ?", (iso(given_time(self.since, desk.now)),)
        if self.until:
            yield "received_at < ?", (iso(given_time(self.until, desk.now)),)
        if self.overdue:
            yield "next_due < ?", (iso(desk.now),)


def _pair(condition: str) -> tuple[str, str]:
    name, equals, value = condition.partition("=")
    name = name.strip().replace("-", "_")
    if equals and name in FIELDS:
        return name, value.strip()
    known = ", ".join(FIELDS)
    raise BadInput(
        N_("--where {value} is not FIELD=VALUE. Fields are: {known}."), value=condition, known=known
    )


def _text(desk: Desk, name: str, value: str) -> Condition:
    return f"coalesce({name}, '') = ?", (value,)


def _home(desk: Desk, name: str, value: str) -> Condition:
    return _text(desk, name, home_name(value))


def _phone(desk: Desk, name: str, value: str) -> Condition:
    return _text(desk, name, dialled(value) or value)


def _seldom(desk: Desk, name: str, value: str) -> Condition:
    """A fact of a case as it stands after its amendments; only cases of which it was ever said are read."""
    if name == "urgency":
        wanted: Any = parse_word(name, value)
    elif name == "authority_ref":
        wanted = value or None
    else:
        wanted = bool(_yes_or_no(name, value))
    said = desk.ledger.connection.execute(
        "SELECT DISTINCT case_id FROM entries WHERE case_id IS NOT NULL AND instr(body, ?)", (f'"{name}":',)
    )
    values = {case_id: getattr(desk.projection.case(case_id), name) for (case_id,) in said.fetchall()}
    unsaid = {"urgency": "2h", "authority_ref": None}.get(name, False)
    among = [case_id for case_id, found in values.items() if (found == wanted) != (wanted == unsaid)]
    # A list so short that it holds the exceptions alone is never the whole ledger.
    inside = "NOT IN" if wanted == unsaid else "IN"
    return f"case_id {inside} (SELECT value FROM json_each(?))", (json.dumps(among),)


def _case(desk: Desk, name: str, value: str) -> Condition:
    column = "case_id" if name == "case" else name
    return f"coalesce({column}, '') = ?", (desk.number(value) if value or name == "case" else "",)


def _word(desk: Desk, name: str, value: str) -> Condition:
    return f"{name} = ?", (parse_word(name, value),)


def _closed_why(desk: Desk, name: str, value: str) -> Condition:
    return "closed_why = ?", (parse_word("closed-as", value),)


def _name(desk: Desk, name: str, value: str) -> Condition:
    return f"{name} = ?", (names_of(desk, _NAMES[name]).named(value) or value.strip(),)


def _flag(desk: Desk, name: str, value: str) -> Condition:
    return f"{name} = ?", (_yes_or_no(name, value),)


def _yes_or_no(name: str, value: str) -> int:
    if value.lower() not in _YES:
        raise BadInput(N_("{field} is yes or no, not {value}."), field=name, value=value)
    return _YES[value.lower()]


def _number(desk: Desk, name: str, value: str) -> Condition:
    if not value.isdecimal() or len(value) > 18:
        raise BadInput(
            N_("--{option} {value} is not a number that can be; give a whole number."),
            option=name,
            value=value,
        )
    return f"{name} = ?", (int(value),)


def _claim(desk: Desk, name: str, value: str) -> Condition:
    try:
        return "claim_fen = ?", (fen(parse_money(value)),)
    except ValueError:
        raise BadInput(
            N_("--{option} {value} is no sum in CNY; write 8000 or 8000.50."), option=name, value=value
        ) from None


def _day(desk: Desk, name: str, value: str) -> Condition:
    """A day names all its moments; more than a day, the moment itself."""
    try:
        return f"substr({name}, 1, 10) = ?", (parse_date(value).isoformat(),)
    except ValueError:
        return f"{name} = ?", (iso(given_time(value, desk.now)),)


def _level(desk: Desk, name: str, value: str) -> Condition:
    """A level by its number or as the policy's scheme names it."""
    for level, titles in desk.book.policy.grading.names.items():
        if value.strip().casefold() in (str(level), *(title.casefold() for title in titles.values())):
            return "level = ?", (level,)
    known = ", ".join(f"{level} {titles['zh']}" for level, titles in desk.book.policy.grading.names.items())
    raise BadInput(N_("{value} is no level. Known are: {known}."), value=value, known=known)


def _category(desk: Desk, name: str, value: str) -> Condition:
    found = desk.book.policy.taxonomy.resolve(value)
    if found is None:
        known = ", ".join(desk.book.policy.taxonomy.categories)
        raise BadInput(N_("{value} is no category. Known are: {known}."), value=value, known=known)
    return ("category = ?", (found[0],)) if found[1] is None else ("subcategory = ?", (found[1],))


def _cause(desk: Desk, name: str, value: str) -> Condition:
    """A final cause: the code of a category or sub-category, or its title."""
    found = desk.book.policy.taxonomy.resolve(value)
    return _text(desk, name, value if found is None else found[1] or found[0])


_CONDITIONS: Mapping[str, Callable[[Desk, str, str], Condition]] = {
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_WORDS, _word),
    **dict.fromkeys(_FLAGS, _flag),
    **dict.fromkeys(_NUMBERS, _number),
    **dict.fromkeys(_TIMES, _day),
    **dict.fromkeys(_NAMES, _name),
    **dict.fromkeys(_OTHERS, _case),
    **dict.fromkeys(_SELDOM, _seldom),
    "case": _case,
    "home": _home,
    "phone": _phone,
    "cause": _cause,
    "level": _level,
    "category": _category,
    "subcategory": _category,
    "claim": _claim,
    "closed_why": _closed_why,
}

"""The cases behind a figure (SPEC R7), which is named as in the JSON: ``intake.by_level.2``.

Each list is made by the function that made the count, so that a list is as long as its number says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kfcs.desk import Desk
from kfcs.errors import N_, BadInput, say
from kfcs.period import iso
from kfcs.reports import figures, rectifying, satisfaction
from kfcs.reports.monthly import callback_rows, ineffective_in, received
from kfcs.reports.reading import Reading
from kfcs.reports.rows import CaseRow
from kfcs.reports.yearly import ALWAYS, fed_back, field_of

CLOCK_PARTS: Mapping[str, tuple[str, ...]] = {
    "due": ("met", "breached", "running"),
    "met": ("met",),
    "breached": ("breached",),
}
_CALLBACK_PARTS = ("needed", "done", "missed", "pending", "unreachable")


def cases_behind(desk: Desk, reading: Reading, figure: str) -> list[str]:
    """The numbers of the cases that a figure counts, a case twice where it counts twice (as by two runs).

    Raises BadInput for a figure that does not exist.
    """
    section, _, rest = figure.strip().partition(".")
    maker = _SECTIONS.get(section)
    found = None if maker is None else maker(desk, reading, rest)
    if found is None:
        raise BadInput(
            N_("There is no figure {figure}."),
            figure=repr(figure),
            hint=say(N_("Figures are named as in --format json: {examples}."), examples=EXAMPLES),
        )
    return found


EXAMPLES = (
    "intake.complaints",
    "intake.by_level.2",
    "clocks.reply.breached",
    "callback.unsatisfied",
    "closure.open",
    "rectification.late",
    "backlog.overdue",
    "escalations",
    "repeats",
)

Found = list[str] | None


def _numbers(rows: Iterable[CaseRow]) -> list[str]:
    return sorted(row.case_id for row in rows)


def _intake(desk: Desk, reading: Reading, rest: str) -> Found:
    rows = received(desk, reading)
    complaints = figures.complaints_of(rows)
    if rest in ("complaints", "persons", "times"):
        return _numbers(complaints)
    dimension, _, code = rest.partition(".")
    key = figures.DIMENSIONS.get(dimension)
    if key is None or not code:
        return None
    among = rows if dimension == "by_kind" else complaints
    return _numbers(row for row in among if key(row) == code)


def _closure(desk: Desk, reading: Reading, rest: str) -> Found:
    valid = figures.valid_complaints(received(desk, reading))
    sets: dict[str, Callable[[CaseRow], bool]] = {
        "received": lambda row: True,
        "closed": lambda row: row.closed_at is not None,
        "open": lambda row: row.closed_at is None,
    }
    return _numbers(filter(sets[rest], valid)) if rest in sets else None


def _clocks(desk: Desk, reading: Reading, rest: str) -> Found:
    clock, _, part = rest.partition(".")
    if desk.book.policy.clock(clock) is None or part not in CLOCK_PARTS:
        return None
    return reading.clock_cases(clock, CLOCK_PARTS[part])


def _callback(desk: Desk, reading: Reading, rest: str) -> Found:
    acts = callback_rows(reading)
    if rest in satisfaction.OPINIONS:
        last, _first = satisfaction.opinions(acts.rated)
        return sorted(case for case, result in last.items() if result == rest)
    if rest == "refused":
        return sorted(row.case_id for row in acts.rated if row.result == "refused")
    if rest not in _CALLBACK_PARTS:
        return None
    return sorted(case for case, verdict in acts.verdicts.items() if rest in ("needed", verdict))


def _inquiries(desk: Desk, reading: Reading, rest: str) -> Found:
    asked = [row for row in callback_rows(reading).rated if row.kind == "inquiry"]
    last, _first = satisfaction.opinions(asked)
    return (
        sorted(case for case, result in last.items() if result == rest)
        if rest in satisfaction.OPINIONS
        else None
    )


def _rectification(desk: Desk, reading: Reading, rest: str) -> Found:
    period = reading.period
    sets = rectifying.rectification_sets(
        reading.rectifications(), iso(period.start), iso(period.end), iso(reading.now)
    )
    return [row.case_id for row in sets[rest]] if rest in sets else None


def _backlog(desk: Desk, reading: Reading, rest: str) -> Found:
    if rest not in ("open", "complaints", "overdue"):
        return None
    rows = reading.backlog_cases(overdue=rest == "overdue")
    return [row.case_id for row in rows if rest != "complaints" or row.kind == "complaint"]


def _escalations(desk: Desk, reading: Reading, rest: str) -> Found:
    """All of them, or those of one rule or rung; topics and obligations have no case."""
    way, _, code = rest.partition(".")
    if way not in ("", "total", "by_rule", "by_rung"):
        return None
    rows = reading.escalations()
    if code:
        rows = [row for row in rows if code == (row.rule if way == "by_rule" else str(row.rung))]
    return [row.case_id for row in rows if row.case_id is not None]


def _ineffective(desk: Desk, reading: Reading, rest: str) -> Found:
    found = ineffective_in(desk, reading, received(desk, reading))
    return None if rest else [action.case for action in found]


def _defects(desk: Desk, reading: Reading, rest: str) -> Found:
    """All of them, or those of quality, design or service."""
    if rest not in ("", *ALWAYS):
        return None
    return _numbers(row for row in fed_back(received(desk, reading)) if rest in ("", field_of(row.category)))


def _validity(desk: Desk, reading: Reading, rest: str) -> Found:
    rows = figures.complaints_of(received(desk, reading))
    return (
        _numbers(row for row in rows if (row.validity or "unverified") == rest)
        if rest in figures.by_validity([])
        else None
    )


def _late(desk: Desk, reading: Reading, rest: str) -> Found:
    return None if rest else [row.case for row in (*reading.late(), *reading.late_imported()) if row.case]


def _standing_out(
    choose: Callable[[Iterable[CaseRow]], list[CaseRow]],
) -> Callable[[Desk, Reading, str], Found]:
    def found(desk: Desk, reading: Reading, rest: str) -> Found:
        return [row.case_id for row in choose(received(desk, reading))] if rest in ("", "total") else None

    return found


_SECTIONS: Mapping[str, Callable[[Desk, Reading, str], Found]] = {
    "intake": _intake,
    "closure": _closure,
    "clocks": _clocks,
    "callback": _callback,
    "inquiries": _inquiries,
    "rectification": _rectification,
    "backlog": _backlog,
    "escalations": _escalations,
    "by_validity": _validity,
    "defects": _defects,
    "ineffective_actions": _ineffective,
    "late_recorded": _late,
    "repeats": _standing_out(figures.repeats),
    "groups": _standing_out(figures.groups),
    "watch": _standing_out(figures.watched),
    "typical": _standing_out(figures.typical),
}

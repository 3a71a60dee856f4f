"""The figures of a report, counted from the rows of its period (SPEC R3). Pure: rows in, numbers out.

Every figure is the size of a set of cases, and the functions that make the sets serve both the count and
the list of cases behind it (R7). A rate with nothing to measure is None, never 0 % or 100 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from operator import attrgetter, itemgetter

from kfcs.money import from_fen
from kfcs.reports.rows import CallbackRow, CaseRow, ClockRow, ResolutionRow

GROUP = 3
"""From so many people on, a complaint is a group complaint (群诉)."""
NOT_GIVEN = "none"
"""The key for cases of which a dimension is not known: no stage given, not dispatched."""
WATCHED = frozenset({"website", "forum", "app", "wechat", "media"})
"""Channels of the web and media watch; a case with an address or heat belongs to it as well."""
NO_MONEY = Decimal("0.00")

Counts = Mapping[str, int]


def rate(part: int, whole: int) -> float | None:
    """part ÷ whole with four decimals, half up; None where there is nothing to measure."""
    if whole == 0:
        return None
    return float((Decimal(part) / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP))


# ---------------------------------------------------------------- intake


@dataclass(frozen=True)
class Intake:
    """Complaints received in the period, validity aside; ``by_kind`` counts every kind (R3)."""

    complaints: int
    persons: int
    times: int
    by_kind: Counts
    by_level: Counts
    by_category: Counts
    by_subcategory: Counts
    by_channel: Counts
    by_project: Counts
    by_stage: Counts
    by_department: Counts


DIMENSIONS: Mapping[str, Callable[[CaseRow], str | None]] = {
    "by_kind": attrgetter("kind"),
    "by_level": lambda row: str(row.level),
    "by_category": attrgetter("category"),
    "by_subcategory": attrgetter("subcategory"),
    "by_channel": attrgetter("channel"),
    "by_project": attrgetter("project"),
    "by_stage": lambda row: row.stage or NOT_GIVEN,
    "by_department": lambda row: row.department or NOT_GIVEN,
}
"""What intake is counted by; a case without a sub-category is in none (K2)."""

_COLUMNS = {"by_level": "level", "by_category": "code", "by_subcategory": "code"}
"""The column behind a dimension where it has another name."""


def complaints_of(rows: Iterable[CaseRow]) -> list[CaseRow]:
    return [row for row in rows if row.kind == "complaint"]


def intake(rows: Sequence[CaseRow]) -> Intake:
    """Count what was received; every dimension but the kind counts complaints."""
    complaints = complaints_of(rows)
    counts = {name: count_by(name, rows if name == "by_kind" else complaints) for name in DIMENSIONS}
    return Intake(
        complaints=len(complaints),
        persons=sum(map(attrgetter("people"), complaints)),
        times=sum(map(attrgetter("times"), complaints)),
        **counts,
    )


def count_by(dimension: str, rows: Iterable[CaseRow]) -> dict[str, int]:
    """Cases by code: levels in their order, everything else the most frequent first.

    The column's values are counted first, and the few that there are then read as the dimension has them.
    """
    column = _COLUMNS.get(dimension, dimension.removeprefix("by_"))
    values = Counter(map(itemgetter(CaseRow._fields.index(column)), rows))
    counted: Counter[str] = Counter()
    for value, count in values.items():
        code = _as_code(dimension, value)
        if code:
            counted[code] += count
    if dimension == "by_level":
        return dict(sorted(counted.items()))
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def by_project_and_category(rows: Iterable[CaseRow]) -> dict[str, dict[str, int]]:
    """Complaints by project, the most first, and within it by category of the final cause."""
    # Pairs are counted first: there are few of them, and many rows.
    pairs = Counter(map(attrgetter("project", "code"), complaints_of(rows)))
    counted: dict[str, Counter[str]] = {}
    for (project, code), count in pairs.items():
        counted.setdefault(project, Counter())[code.partition(".")[0]] += count
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1].total(), pair[0]))
    return {project: dict(counts.most_common()) for project, counts in ordered}


def _as_code(dimension: str, value: object) -> str | None:
    text = NOT_GIVEN if value in (None, "") else str(value)
    if dimension == "by_category":
        return text.partition(".")[0]
    return text if dimension != "by_subcategory" or "." in text else None


# ---------------------------------------------------------------- closure


@dataclass(frozen=True)
class Closure:
    """Valid complaints received in the period, and those of them that are closed by the as-of."""

    received: int
    closed: int
    rate: float | None


def valid_complaints(rows: Iterable[CaseRow]) -> list[CaseRow]:
    """Complaints not verified as invalid or as merely assisted; unverified ones count as valid (C5)."""
    return [row for row in rows if row.kind == "complaint" and row.validity not in ("invalid", "assist")]


def by_validity(rows: Iterable[CaseRow]) -> dict[str, int]:
    """Complaints by what they were found to be (C5): those to assist with and invalid ones are in no rate of ours."""
    found = Counter(row.validity or "unverified" for row in rows if row.kind == "complaint")
    return {name: found[name] for name in ("valid", "assist", "invalid", "unverified")}


def closure(rows: Iterable[CaseRow]) -> Closure:
    valid = valid_complaints(rows)
    closed = sum(row.closed_at is not None for row in valid)
    return Closure(len(valid), closed, rate(closed, len(valid)))


# ---------------------------------------------------------------- clocks


@dataclass(frozen=True)
class ClockFigure:
    """Runs of one clock whose limit falls in the period; one still running is in ``due`` alone."""

    due: int
    met: int
    breached: int
    rate: float | None


def clock_figures(rows: Iterable[ClockRow], order: Sequence[str]) -> dict[str, ClockFigure]:
    """Timeliness by clock, in the policy's order; cancelled runs are left out."""
    counts: dict[str, Counter[str]] = {}
    for clock, verdict, runs in rows:
        if verdict != "cancelled":
            counts.setdefault(clock, Counter())[verdict] += runs
    places = {clock: at for at, clock in enumerate(order)}
    names = sorted(counts, key=lambda clock: (places.get(clock, len(places)), clock))
    return {clock: _clock_figure(counts[clock]) for clock in names}


def _clock_figure(counts: Counter[str]) -> ClockFigure:
    met, breached = counts["met"], counts["breached"]
    return ClockFigure(counts.total(), met, breached, rate(met, met + breached))


def pooled(figures: Mapping[str, ClockFigure], without: Collection[str] = ()) -> ClockFigure:
    """Several clocks together: weighed by their runs, no mean of rates.

    Those ``without`` are left out: every act ends a silence, so that kept silences would drown all other limits.
    """
    rated = [figure for clock, figure in figures.items() if clock not in without]
    met = sum(figure.met for figure in rated)
    breached = sum(figure.breached for figure in rated)
    return ClockFigure(sum(figure.due for figure in rated), met, breached, rate(met, met + breached))


# ---------------------------------------------------------------- people


@dataclass(frozen=True)
class PersonFigure:
    """What one person did in the period; ``self_called`` and ``self_inspected`` concern the person's own work (H11).

    ``first_asked`` counts the cases that the person answers for until they are handed over (H1), ``fined`` is in CNY.
    """

    logged: int
    contacted: int
    resolved: int
    called_back: int
    self_called: int
    self_inspected: int = 0
    first_asked: int = 0
    fined: Decimal = NO_MONEY

    @property
    def acts(self) -> int:
        return self.logged + self.contacted + self.resolved + self.called_back


def person_figures(
    loggers: Iterable[str],
    contacted: Mapping[str, int],
    resolutions: Iterable[ResolutionRow],
    callbacks: Sequence[CallbackRow],
    self_inspected: Counts,
    first_asked: Counts,
    fines: Mapping[str, Decimal],
) -> dict[str, PersonFigure]:
    """By person, the busiest first."""
    logged = Counter(loggers)
    resolved = Counter(map(attrgetter("by"), resolutions))
    called = Counter(map(attrgetter("by"), callbacks))
    own = Counter(row.by for row in callbacks if row.self_called)
    names = {*logged, *contacted, *resolved, *called, *self_inspected, *first_asked, *fines}
    made = {
        name: PersonFigure(
            logged[name],
            contacted.get(name, 0),
            resolved[name],
            called[name],
            own[name],
            self_inspected.get(name, 0),
            first_asked.get(name, 0),
            fines.get(name, NO_MONEY),
        )
        for name in names
    }
    return {name: made[name] for name in sorted(made, key=lambda name: (-made[name].acts, name))}


# ---------------------------------------------------------------- cases that stand out


def repeats(rows: Iterable[CaseRow]) -> list[CaseRow]:
    """Complaints that raise a closed matter again (C3)."""
    return [row for row in rows if row.kind == "complaint" and row.repeat_of is not None]


def groups(rows: Iterable[CaseRow]) -> list[CaseRow]:
    """Complaints of several people, the most first."""
    found = [row for row in rows if row.kind == "complaint" and row.people >= GROUP]
    return sorted(found, key=lambda row: (-row.people, row.case_id))


def watched(rows: Iterable[CaseRow]) -> list[CaseRow]:
    """What was raised on the web or in the media, the most heated first."""
    found = [row for row in rows if row.channel in WATCHED or row.url or row.heat is not None]
    return sorted(found, key=lambda row: (-(row.heat or 0), row.case_id))


def first_asked(rows: Iterable[CaseRow]) -> dict[str, int]:
    """Cases received, by who was asked first (H1)."""
    counted = Counter(map(attrgetter("first_asked"), rows))
    return {name: count for name, count in counted.items() if name is not None}


def typical(rows: Iterable[CaseRow]) -> list[CaseRow]:
    """Cases that were marked for the case library (H9)."""
    return [row for row in rows if row.typical]


def claimed(rows: Iterable[CaseRow]) -> Decimal:
    """What complainants of the period claim, together."""
    return from_fen(sum(row.claim_fen or 0 for row in rows if row.kind == "complaint")) or NO_MONEY

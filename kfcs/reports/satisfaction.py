"""Callbacks and what customers said in them (SPEC R3, H5). Pure: rows in, numbers out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from kfcs.archive import average
from kfcs.reports.figures import rate
from kfcs.reports.rows import CallbackRow, CallbackState, ResolutionRow
from kfcs.words import codes

OPINIONS = ("satisfied", "acceptable", "unsatisfied")
"""Results of a callback in which the customer had an opinion; refused and unreachable give none."""


@dataclass(frozen=True)
class Satisfaction:
    """Opinions given in callbacks of the period, one a case: its last; the first stands beside it."""

    satisfied: int
    acceptable: int
    unsatisfied: int
    satisfaction: float | None
    first_satisfaction: float | None


@dataclass(frozen=True)
class CallbackFigures:
    """Callbacks of the cases resolved in the period that need one, and the satisfaction told in the period.

    ``missed`` are past due, ``pending`` are not; ``unreachable`` were closed as such and are in no rate.
    """

    needed: int
    done: int
    missed: int
    pending: int
    unreachable: int
    refused: int
    rate: float | None
    opinions: Satisfaction


def opinions(callbacks: Iterable[CallbackRow]) -> tuple[dict[str, str], dict[str, str]]:
    """Each case's last opinion, and its first."""
    said = sorted((row for row in callbacks if row.result in OPINIONS), key=attrgetter("n"))
    last = {row.case_id: row.result for row in said}
    first = {row.case_id: row.result for row in reversed(said)}
    return last, first


def told(callbacks: Iterable[CallbackRow]) -> Satisfaction:
    last, first = opinions(callbacks)
    counts, firsts = Counter(last.values()), Counter(first.values())
    return Satisfaction(
        satisfied=counts["satisfied"],
        acceptable=counts["acceptable"],
        unsatisfied=counts["unsatisfied"],
        satisfaction=rate(counts["satisfied"], counts.total()),
        first_satisfaction=rate(firsts["satisfied"], firsts.total()),
    )


def last_resolutions(rows: Iterable[ResolutionRow]) -> dict[str, int]:
    """Each case's last resolution in the period, of the cases that need a callback (H6)."""
    return {row.case_id: row.n for row in sorted(rows, key=attrgetter("n")) if row.needs_callback}


def unanswered(last: Mapping[str, int], callbacks: Iterable[CallbackRow]) -> list[str]:
    """The cases whose last resolution no callback of the period answered: theirs are to be looked up."""
    reached = {(row.case_id, row.epoch) for row in callbacks if row.result != "unreachable"}
    return [case for case, n in last.items() if (case, n) not in reached]


def callback_verdicts(
    last: Mapping[str, int],
    waiting: Iterable[str],
    states: Mapping[tuple[str, int], CallbackState],
    now: str,
) -> dict[str, str]:
    """By case: done, unreachable, missed or pending. A kind without a callback clock counts once done."""
    verdicts = dict.fromkeys(last, "done")
    for case in waiting:
        verdict = _callback_verdict(states.get((case, last[case])), now)
        if verdict is None:
            del verdicts[case]
        else:
            verdicts[case] = verdict
    return verdicts


def _callback_verdict(state: CallbackState | None, now: str) -> str | None:
    if state is None or (state.due is None and not state.answered):
        return None
    if state.answered:
        return "done"
    if state.unreachable:
        return "unreachable"
    cancelled = state.cancelled_at is not None and state.cancelled_at <= (state.due or "")
    return "missed" if not cancelled and (state.due or now) < now else "pending"


def callback_figures(verdicts: Mapping[str, str], callbacks: Sequence[CallbackRow]) -> CallbackFigures:
    counts = Counter(verdicts.values())
    return CallbackFigures(
        needed=counts.total(),
        done=counts["done"],
        missed=counts["missed"],
        pending=counts["pending"],
        unreachable=counts["unreachable"],
        refused=len({row.case_id for row in callbacks if row.result == "refused"}),
        rate=rate(counts["done"], counts["done"] + counts["missed"]),
        opinions=told(callbacks),
    )


@dataclass(frozen=True)
class SurveyFigure:
    """What customers of one stage think of us: how many were asked, and their average score (O3)."""

    count: int
    average: float | None


def survey_figures(rows: Iterable[tuple[str, int, int, int]]) -> dict[str, SurveyFigure]:
    """By stage, in the order of a customer's life; rows are stage, surveys, points in hundredths, answers."""
    figures = {stage: SurveyFigure(count, average(points, answers)) for stage, count, points, answers in rows}
    return {stage: figures[stage] for stage in codes("stage") if stage in figures}

"""Callbacks and what customers said in them (SPEC R3, H5). Pure: rows in, numbers out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kfcs.reports.figures import rate
from kfcs.reports.rows import CallbackRow, CallbackState, ResolutionRow

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
    last: dict[str, tuple[int, str]] = {}
    first: dict[str, tuple[int, str]] = {}
    for row in callbacks:
        if row.result not in OPINIONS:
            continue
        said = (row.n, row.result)
        last[row.case_id] = max(last.get(row.case_id, said), said)
        first[row.case_id] = min(first.get(row.case_id, said), said)
    return {case: said[1] for case, said in last.items()}, {case: said[1] for case, said in first.items()}


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


def last_resolutions(rows: Iterable[ResolutionRow]) -> dict[str, ResolutionRow]:
    """Each case's last resolution in the period, of the cases that need a callback (H6)."""
    last: dict[str, ResolutionRow] = {}
    for row in rows:
        if row.needs_callback and (row.case_id not in last or row.n > last[row.case_id].n):
            last[row.case_id] = row
    return last


def unanswered(
    resolutions: Iterable[ResolutionRow], callbacks: Iterable[CallbackRow]
) -> dict[str, ResolutionRow]:
    """The last resolutions that no callback of the period itself answered: to be looked up."""
    reached = {(row.case_id, row.epoch) for row in callbacks if row.result != "unreachable"}
    last = last_resolutions(resolutions)
    return {case: row for case, row in last.items() if (case, row.n) not in reached}


def callback_verdicts(
    resolutions: Iterable[ResolutionRow],
    callbacks: Sequence[CallbackRow],
    states: Mapping[tuple[str, int], CallbackState],
    now: str,
) -> dict[str, str]:
    """By case: done, unreachable, missed or pending. A kind without a callback clock counts once done."""
    waiting = unanswered(resolutions, callbacks)
    verdicts = {}
    for case, row in last_resolutions(resolutions).items():
        verdict = _callback_verdict(states.get((case, row.n)), now) if case in waiting else "done"
        if verdict is not None:
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

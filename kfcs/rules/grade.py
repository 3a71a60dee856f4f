"""The level of a case, computed from its facts and never typed (SPEC G).

A grading does not depend on the time at which it is asked: it says the level that the facts give at once and the
moments at which age alone makes the case graver. ``Grading.at`` then reads off the level at a moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from kfcs.cases import Case
from kfcs.folding import fold
from kfcs.rules.conditions import Age
from kfcs.rules.durations import Pause, age_threshold
from kfcs.rules.facts import ALONE, Surroundings, facts_of, pauses_of
from kfcs.rules.policy import Grading as Scheme
from kfcs.rules.policy import LevelRule, Policy


class Rise(NamedTuple):
    """A level that a case reaches at a moment, by age alone, if it is still unresolved then."""

    at: datetime
    level: int
    rule: LevelRule


class Graded(NamedTuple):
    """The level by facts, the rule that gave it, and the rises that age brings, the earliest first."""

    level: int
    rule: LevelRule
    rises: tuple[Rise, ...]

    @property
    def reachable(self) -> frozenset[int]:
        """Every level the case has or comes to have."""
        return frozenset((self.level, *(rise.level for rise in self.rises)))

    def at(self, now: datetime) -> tuple[int, LevelRule]:
        """The level at a moment and the rule behind it."""
        passed = [rise for rise in self.rises if rise.at <= now]
        gravest = min(passed, key=lambda rise: rise.level, default=None)
        return (self.level, self.rule) if gravest is None else (gravest.level, gravest.rule)

    def next_rise(self, now: datetime) -> datetime | None:
        """The next moment after ``now`` at which the level changes by itself."""
        return next((rise.at for rise in self.rises if rise.at > now), None)


def grade(case: Case, policy: Policy, around: Surroundings) -> Graded:
    """Grade a case by the policy's scheme (G1–G4)."""
    return grade_facts(case, policy.grading, facts_of(case, around))


def grade_facts(case: Case, scheme: Scheme, facts: Mapping[str, Any]) -> Graded:
    """Grade a case whose facts are known already: the gravest rule that holds, and the graver ones to come."""
    rises: list[Rise] = []
    for rule in scheme.rules:
        for alternative in rule.any:
            if not alternative.holds(facts):
                continue
            if alternative.age is None:
                return Graded(rule.level, rule, _in_order(rises, rule.level))
            moment = _moment(case, alternative.age)
            if moment is not None:
                rises.append(Rise(moment, rule.level, rule))
    raise ValueError(f"grading {scheme.id} leaves a case without a level")


def grave_since(
    case: Case, scheme: Scheme, graded: Graded, levels: frozenset[int], around: Surroundings = ALONE
) -> tuple[datetime, ...]:
    """Since when a case has had one of the levels: by the act that made it so, by others' complaints or by age.

    The acts are replayed one by one as they were recorded, those of people alone. A level that was corrected or taken
    back was none; one that was had before, and again, counts from the last time.
    """
    if not levels & graded.reachable:
        return ()
    entries = [act.entry for act in case.timeline]
    acts = [n for n, entry in enumerate(entries, 1) if not entry.derived]
    since: datetime | None = None
    for n, following in zip(acts, [*acts[1:], None], strict=True):
        reached = _reached(fold(entries[:n], case.parts), scheme, levels, around, entries[n - 1].at)
        if reached is None:
            since = None
        elif since is None and (following is None or reached < entries[following - 1].at):
            since = reached
    return () if since is None else (since,)


def levels_until(case: Case, scheme: Scheme, around: Surroundings, now: datetime) -> frozenset[int]:
    """Every level that a case had until a moment, its entries taken as they were corrected since."""
    corrections = [act.entry for act in case.timeline if act.entry.kind == "amendment"]
    moments = dict(case.person_acts)
    acts = sorted([act for act in case.timeline if act.n in moments], key=lambda act: (moments[act.n], act.n))
    steps = sorted({*moments.values(), *around.since, now})
    had: set[int] = set()
    for begin, end in zip(steps, [*steps[1:], now], strict=True):
        if case.received_at <= begin <= now:
            known = [act.entry for act in acts if moments[act.n] <= begin and act.entry.kind != "amendment"]
            then = fold([*known, *corrections], case.parts)
            graded = grade_facts(then, scheme, facts_of(then, around.until(begin)))
            had |= {graded.level, *(rise.level for rise in graded.rises if rise.at <= min(end, now))}
    return frozenset(had)


def _reached(
    case: Case, scheme: Scheme, levels: frozenset[int], around: Surroundings, at: datetime
) -> datetime | None:
    """When a case as it stood at a moment came to one of the levels, then or later, if nothing else happened."""
    found = []
    for moment in (at, *(since for since in around.since if since > at)):
        graded = grade_facts(case, scheme, facts_of(case, around.until(moment)))
        if graded.level in levels:
            found.append(moment)
            break
        found += [rise.at for rise in graded.rises if rise.level in levels]
    return min(found, default=None)


def _in_order(rises: list[Rise], level: int) -> tuple[Rise, ...]:
    """Only rises that make the case graver than it is by then, the earliest first."""
    standing: list[Rise] = []
    for rise in sorted(rises, key=lambda r: (r.at, r.level)):
        if rise.level < level:
            standing.append(rise)
            level = rise.level
    return tuple(standing)


def _moment(case: Case, age: Age) -> datetime | None:
    """When the age is reached while the case is unresolved; None when it was, or may yet be, resolved before.

    A case reopened after that age reaches it as it is reopened.
    """
    moment = unresolved_from(case, age, pauses_of(case))
    if moment is None or case.merged_into is not None:
        return None
    spans = _unresolved_spans(case)
    return next((max(moment, begin) for begin, end in spans if end is None or moment <= end), None)


def _unresolved_spans(case: Case) -> Iterator[tuple[datetime, datetime | None]]:
    """The times in which a case was unresolved: from the receipt or a reopening until it was resolved or closed."""
    settled = [*(r.at for r in case.resolutions), *(c.at for c in case.closures)]
    starts = [epoch.at for epoch in case.epochs]
    for begin, following in pairwise(starts):
        yield begin, min([at for at in settled if at >= begin], default=following)
    last = starts[-1]
    open_now = case.state in ("open", "rectifying")
    yield last, None if open_now else min([at for at in settled if at >= last], default=last)


def unresolved_from(case: Case, age: Age, pauses: tuple[Pause, ...]) -> datetime | None:
    """The moment from which "unresolved N days" is true; None while a wait on the customer holds it off (G, T4)."""
    over = tuple(pause for pause in pauses if pause.end is not None)
    moment = age_threshold(case.received_at, age.days, age.months, over, case.received_at)
    waiting = [pause for pause in pauses if pause.end is None]
    return None if waiting and waiting[0].start < moment else moment

"""Everything the rules say of one case, computed together once (SPEC P3: each answer names its rule and clause)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from kfcs.cases import Case
from kfcs.rules.calendar import WorkCalendar
from kfcs.rules.clocks import ClockRun, clock_runs
from kfcs.rules.escalate import (
    Escalation,
    Key,
    Ladder,
    Watch,
    case_escalations,
    ladder_for,
    next_look,
    next_rung,
    warnings,
    watches_of,
)
from kfcs.rules.facts import Surroundings, facts_of
from kfcs.rules.grade import Graded, grade_facts
from kfcs.rules.policy import LevelRule, Policy, Route
from kfcs.rules.routing import route


class Judgement(NamedTuple):
    """A case with its facts, level, clocks, ladder and route under one policy and calendar."""

    case: Case
    around: Surroundings
    policy: Policy
    facts: Mapping[str, Any]
    graded: Graded
    clocks: tuple[ClockRun, ...]
    ladder: Ladder
    route: Route | None

    def level(self, now: datetime) -> tuple[int, LevelRule]:
        return self.graded.at(now)

    def next_due(self) -> datetime | None:
        """The earliest limit among the clocks that still run, passed or not."""
        return min([run.due for run in self.clocks if run.ended_at is None and not run.paused], default=None)

    def raised(self) -> frozenset[Key]:
        """The keys of the escalations that are recorded."""
        return frozenset(raised.key for raised in self.case.escalations)

    def highest_rung(self, run: ClockRun) -> int:
        """The highest rung a run has been escalated to; 0 for none."""
        if not self.case.escalations:
            return 0
        rungs = [r.rung for r in self.case.escalations if r.clock == run.clock and r.epoch == str(run.epoch)]
        return max(rungs, default=0)

    def next_rung(self, run: ClockRun) -> datetime | None:
        """When a run next needs escalating, if nothing happens before; None for never."""
        if self.case.history or self.case.state == "closed":
            return None
        return next_rung(run, self.ladder, self.highest_rung(run))

    def due_case_escalations(self, now: datetime) -> list[Escalation]:
        """The escalations of the case that no clock drives, due and not recorded yet (E2, E5)."""
        raised = self.raised()
        made = case_escalations(
            self.case, self.policy, self.graded, self.ladder, raised, now, self.around, self.clocks
        )
        return [*warnings(self.case, self.policy, self.graded, raised, now, self.watches), *made]

    @property
    def watches(self) -> list[Watch]:
        """The warnings before the limits of the case (E6)."""
        return watches_of(self.case, self.policy, self.ladder.calendar, self.clocks)

    def next_look(self, now: datetime) -> datetime | None:
        """When a rule other than a clock's rungs may next change something (E1)."""
        pending = bool(self.due_case_escalations(now))
        return next_look(self.case, self.policy, self.graded, now, pending, self.clocks, self.watches)


def judge(case: Case, policy: Policy, calendar: WorkCalendar, around: Surroundings) -> Judgement:
    """Judge a case. The result holds for any moment until an entry, the policy or the surroundings change."""
    facts = facts_of(case, around)
    graded = grade_facts(case, policy.grading, facts)
    return Judgement(
        case=case,
        around=around,
        policy=policy,
        facts=facts,
        graded=graded,
        clocks=clock_runs(case, policy, calendar, facts, graded, around),
        ladder=ladder_for(policy, facts, calendar),
        route=route(facts, policy),
    )

"""A report: the numbers of one period, once. Every format is rendered from it (SPEC R2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kfcs.period import Period
from kfcs.reports.figures import ClockFigure, Closure, Counts, Intake, PersonFigure
from kfcs.reports.rectifying import RectificationFigures, UnitFigure
from kfcs.reports.rows import BacklogRow, CaseRow, EscalationRow, LateRow, TopicRow
from kfcs.reports.satisfaction import CallbackFigures, Satisfaction, SurveyFigure

if TYPE_CHECKING:
    from kfcs.reports.branches import Branches
    from kfcs.reports.findings import Finding
    from kfcs.reports.freezing import Restatement
    from kfcs.reports.ineffective import IneffectiveAction
    from kfcs.reports.yearly import Yearly
    from kfcs.rules.checks import CheckFigures

LISTED = 20
"""How many rows a list in a document shows; the count beside it is of all (R7)."""


@dataclass(frozen=True)
class Headline:
    """The figures one compares with other periods; rates by the same as-of."""

    complaints: int
    persons: int
    times: int
    closure_rate: float | None
    clocks_rate: float | None
    satisfaction: float | None


@dataclass(frozen=True)
class Compared:
    """The period beside the one before it and the same of last year."""

    now: Headline
    previous: Headline
    year_before: Headline
    previous_period: str
    year_before_period: str


@dataclass(frozen=True)
class Before:
    """What the period before received, by project and by final cause, to tell what rose."""

    by_project: Counts
    by_category: Counts


@dataclass(frozen=True)
class TrendPoint:
    """One month of the trend: complaints received in it, satisfaction told in it."""

    month: str
    complaints: int
    satisfaction: float | None


@dataclass(frozen=True)
class Backlog:
    """Cases received before the period's end and not closed by the as-of; ``rows`` are the overdue ones."""

    open: int
    complaints: int
    overdue: int
    rows: tuple[BacklogRow, ...]


@dataclass(frozen=True)
class Escalations:
    """Escalations made in the period; ``rows`` the highest rungs among them."""

    total: int
    by_rule: Counts
    by_rung: Counts
    rows: tuple[EscalationRow, ...]


@dataclass(frozen=True)
class StandingOut:
    """Cases to look at one by one: how many, the first of them, and what they say (masked)."""

    total: int
    rows: tuple[CaseRow, ...]


@dataclass(frozen=True)
class Compensation:
    """Money: claimed by the complaints received; applied, approved, paid and deducted in the period."""

    claimed: Decimal
    approved: Decimal
    paid: Decimal
    deducted: Decimal


@dataclass(frozen=True)
class ReportNote:
    """A text of the branch: causes, proposals, typical cases or other, or an indicator that people keep."""

    section: str
    text: str
    by: str
    at: datetime
    indicator: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Head:
    """The head of a desk's chain: with it a cut tail of the ledger shows (L3)."""

    desk: str
    seq: int
    hash: str


@dataclass(frozen=True)
class PolicyMark:
    """The policy in force, and which of the rules in use its source does not state."""

    name: str
    title: Mapping[str, str]
    digest: str
    level_words: str
    level_names: Mapping[str, Mapping[str, str]]
    category_names: Mapping[str, Mapping[str, str]]
    obligation_titles: Mapping[str, Mapping[str, str]]
    assumed_clocks: frozenset[str]
    assumed_levels: frozenset[str]

    @property
    def assumed(self) -> bool:
        return bool(self.assumed_clocks or self.assumed_levels)


@dataclass(frozen=True)
class Report:
    """All figures of one period and branch (None: every branch) at ``as_of``."""

    period: Period
    branch: str | None
    as_of: datetime
    received: int
    resolved: int
    intake: Intake
    heat: Mapping[str, Counts]
    compared: Compared
    trend: tuple[TrendPoint, ...]
    branches: Branches
    yearly: Yearly
    before: Before
    clocks: Mapping[str, ClockFigure]
    clocks_together: ClockFigure
    rectification: RectificationFigures
    callback: CallbackFigures
    inquiries: Satisfaction
    surveys: Mapping[str, SurveyFigure]
    by_validity: Counts
    closure: Closure
    backlog: Backlog
    escalations: Escalations
    repeats: StandingOut
    groups: StandingOut
    watch: StandingOut
    typical: StandingOut
    hot_topics: tuple[TopicRow, ...]
    compensation: Compensation
    people: Mapping[str, PersonFigure]
    checks: CheckFigures
    ineffective_actions: tuple[IneffectiveAction, ...]
    notes: tuple[ReportNote, ...]
    late_recorded: tuple[LateRow, ...]
    late_imported: int
    texts: Mapping[str, str]
    heads: tuple[Head, ...]
    policy: PolicyMark
    restatements: tuple[Restatement, ...] = ()
    findings: tuple[Finding, ...] = ()
    advice: tuple[Finding, ...] = ()

    def notes_of(self, section: str) -> tuple[ReportNote, ...]:
        return tuple(note for note in self.notes if note.section == section and note.indicator is None)

    @property
    def indicators(self) -> tuple[ReportNote, ...]:
        return tuple(note for note in self.notes if note.indicator is not None)

    def as_json(self) -> dict[str, Any]:
        """The report as INTERFACE names its parts; rates are floats or None, money is Decimal."""
        return {
            "period": self.period.label,
            "branch": self.branch,
            "as_of": self.as_of,
            "from": self.period.start,
            "to": self.period.end,
            "zone": "Asia/Shanghai",
            "received": self.received,
            "resolved": self.resolved,
            "intake": asdict(self.intake),
            "by_project_and_category": self.heat,
            "compared": asdict(self.compared),
            "before": asdict(self.before),
            "branches": [row.as_json() for row in self.branches.rows],
            "branches_ranked_by": self.branches.ranked_by,
            "months": [row.as_json() for row in self.yearly.months],
            "categories": [asdict(row) for row in self.yearly.categories],
            "defects": [asdict(row) for row in self.yearly.defects],
            "trend": [asdict(point) for point in self.trend],
            "clocks_together": asdict(self.clocks_together),
            "clocks": {clock: asdict(figure) for clock, figure in self.clocks.items()},
            "rectification": _rectification(self.rectification),
            "callback": _callback(self.callback),
            "inquiries": asdict(self.inquiries),
            "surveys": {stage: asdict(figure) for stage, figure in self.surveys.items()},
            "by_validity": self.by_validity,
            "closure": asdict(self.closure),
            "backlog": _backlog(self.backlog),
            "escalations": _escalations(self.escalations),
            "repeats": self._standing_out(self.repeats),
            "groups": self._standing_out(self.groups),
            "watch": self._standing_out(self.watch),
            "typical": self._standing_out(self.typical),
            "hot_topics": [row._asdict() for row in self.hot_topics],
            "compensation": asdict(self.compensation),
            "people": {name: asdict(figure) for name, figure in self.people.items()},
            "checks": {
                "done": self.checks.done,
                "failed": self.checks.failed,
                "repeated": [{**row._asdict(), "days": row.days} for row in self.checks.repeated],
            },
            "ineffective_actions": [row._asdict() for row in self.ineffective_actions],
            "notes": [asdict(note) for note in self.notes],
            "late_recorded": [row._asdict() for row in self.late_recorded],
            "late_imported": self.late_imported,
            "restatements": [row._asdict() for row in self.restatements],
            "findings": [_told(finding) for finding in self.findings],
            "advice": [_told(finding) for finding in self.advice],
            "policy": {
                "name": self.policy.name,
                "digest": self.policy.digest,
                "assumed": self.policy.assumed,
            },
            "heads": [asdict(head) for head in self.heads],
        }

    def _standing_out(self, found: StandingOut) -> dict[str, Any]:
        rows = [
            {
                "case": row.case_id,
                "project": row.project,
                "channel": row.channel,
                "level": row.level,
                "category": row.category,
                "subcategory": row.subcategory,
                "people": row.people,
                "repeat_of": row.repeat_of,
                "heat": row.heat,
                "impact": row.impact,
                "text": self.texts.get(row.case_id, ""),
            }
            for row in found.rows
        ]
        return {"total": found.total, "cases": rows}


def _told(finding: Finding) -> dict[str, Any]:
    return {"about": finding.about, "text": finding.message, "figures": list(finding.names)}


def _rectification(figures: RectificationFigures) -> dict[str, Any]:
    return {
        **_unit(figures.whole),
        "self_inspected": figures.self_inspected,
        "self_inspected_by": figures.self_inspected_by,
        "by_unit": {name: _unit(figure) for name, figure in figures.by_unit.items()},
    }


def _unit(figure: UnitFigure) -> dict[str, Any]:
    return asdict(figure)


def _callback(figures: CallbackFigures) -> dict[str, Any]:
    parts = asdict(figures)
    return {**parts.pop("opinions"), **parts}


def _backlog(backlog: Backlog) -> dict[str, Any]:
    return {
        "open": backlog.open,
        "complaints": backlog.complaints,
        "overdue": backlog.overdue,
        "cases": [
            {"case": row.case_id, **{k: v for k, v in row._asdict().items() if k != "case_id"}}
            for row in backlog.rows
        ],
    }


def _escalations(escalations: Escalations) -> dict[str, Any]:
    rows = [
        {"case": row.case_id, **{k: v for k, v in row._asdict().items() if k != "case_id"}}
        for row in escalations.rows
    ]
    return {
        "total": escalations.total,
        "by_rule": escalations.by_rule,
        "by_rung": escalations.by_rung,
        "cases": rows,
    }

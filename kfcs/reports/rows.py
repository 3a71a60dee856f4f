"""The rows that reports are counted from: the columns of the projection that matter, as they were read."""

from __future__ import annotations

from typing import NamedTuple


class CaseRow(NamedTuple):
    """A case received in the period that enters counts."""

    case_id: str
    kind: str
    validity: str | None
    channel: str
    project: str
    people: int
    times: int
    claim_fen: int | None
    stage: str | None
    code: str
    """The final cause where the taxonomy knows it, else the sub-category, else the category (K3)."""
    level: int
    department: str | None
    logged_by: str
    repeat_of: str | None
    closed_at: str | None
    late: int
    next_rise_at: str | None
    typical: int
    url: str | None
    heat: int | None
    impact: str | None
    received_at: str
    first_asked: str | None

    @property
    def category(self) -> str:
        return self.code.partition(".")[0]

    @property
    def subcategory(self) -> str | None:
        return self.code if "." in self.code else None


class ProjectRow(NamedTuple):
    """Complaints received in one project: people, times, the valid ones, and the closed among these."""

    project: str
    complaints: int
    persons: int
    times: int
    valid: int
    closed: int


class ClockRow(NamedTuple):
    """How many runs of one clock whose limit falls in the period stand alike."""

    clock: str
    verdict: str
    runs: int


class ResolutionRow(NamedTuple):
    case_id: str
    n: int
    by: str
    needs_callback: int


class CallbackRow(NamedTuple):
    case_id: str
    n: int
    kind: str
    by: str
    result: str
    epoch: int
    self_called: int


class OpinionRow(NamedTuple):
    """An opinion of a case to be counted with care; ``counted`` is whether the case still counts."""

    case_id: str
    at: str
    result: str
    n: int
    counted: int


class CallbackState(NamedTuple):
    """What became of a resolution that no callback of the period answered."""

    answered: bool
    due: str | None
    cancelled_at: str | None
    unreachable: bool


class RectificationRow(NamedTuple):
    """One attempt at a rectification; ``closed_at`` is its case's."""

    case_id: str
    id: str
    attempt: int
    department: str
    unit: str | None
    ordered_at: str
    due: str
    done_at: str | None
    inspected_at: str | None
    inspected_by: str | None
    result: str | None
    fault: str | None
    cost_fen: int | None
    self_inspected: int
    last: int
    closed_at: str | None


class HandlingRow(NamedTuple):
    """What is known of how a case was settled; correction and prevention as last named."""

    case_id: str
    text: str
    cause: str | None
    correction: str | None
    prevention: str | None


class MeasureRow(NamedTuple):
    """A resolution that named a correction or a prevention; ``code`` is its case's final cause, else category."""

    case_id: str
    at: str
    project: str
    code: str
    correction: str | None
    prevention: str | None


class EscalationRow(NamedTuple):
    case_id: str | None
    rule: str
    clock: str | None
    rung: int
    recipient: str
    level: int
    due: str | None
    at: str
    subject: str | None


class BacklogRow(NamedTuple):
    case_id: str
    kind: str
    project: str
    category: str
    level: int
    department: str | None
    next_due: str | None
    received_at: str


class LateRow(NamedTuple):
    case: str | None
    kind: str
    at: str
    recorded_at: str


class TopicRow(NamedTuple):
    project: str
    matter: str
    month: str
    complainants: int

"""Build the report of a month or any other period: read each table once and count (SPEC R1, R2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from kfcs.checking import figures_of
from kfcs.collecting import seldom_collected
from kfcs.desk import Desk
from kfcs.masking import mask_text
from kfcs.period import Period, iso
from kfcs.reports import figures, rectifying, satisfaction
from kfcs.reports.advice import advice
from kfcs.reports.branches import Branches, branches_of
from kfcs.reports.comparing import clock_figures, over_time, together
from kfcs.reports.findings import findings
from kfcs.reports.freezing import restatements
from kfcs.reports.ineffective import WITHIN, IneffectiveAction, ineffective_actions
from kfcs.reports.notes import report_notes
from kfcs.reports.reading import Reading
from kfcs.reports.report import (
    LISTED,
    Backlog,
    Compensation,
    Escalations,
    Head,
    Headline,
    PolicyMark,
    Report,
    StandingOut,
)
from kfcs.reports.rows import CallbackRow, CaseRow, ResolutionRow
from kfcs.reports.scope import Scope, Wanted
from kfcs.reports.yearly import Yearly, yearly
from kfcs.rules.policy import Policy
from kfcs.words import kinds


def build(
    desk: Desk, period: Period, wanted: Wanted, *, every_late_row: bool = False, plain: bool = False
) -> Report:
    """The report of a period, as the ledger stands at ``desk.now``.

    Documents count imported rows among the late-recorded; ``every_late_row`` lists them one by one as well. A ``plain``
    report is one period's figures alone, without restatements of others, branches or months.
    """
    reading = reading_of(desk, period, wanted)
    with seldom_collected():
        report = _counted(desk, reading, received(desk, reading), plain)
        if not plain:
            report = replace(report, restatements=restatements(desk, reading))
    if every_late_row:
        both = [*report.late_recorded, *reading.late_imported()]
        report = replace(report, late_recorded=tuple(sorted(both, key=lambda row: (row.at, row.case or ""))))
    return replace(report, findings=findings(report), advice=advice(report))


def reading_of(desk: Desk, period: Period, wanted: Wanted) -> Reading:
    """Where the rows of a period are read, for the branch named, else the one in kfcs.toml, or for all."""
    branch = None if wanted is Scope.GROUP else wanted or desk.settings.branch or None
    policy = desk.book.policy_on(period.first)
    return Reading(desk.ledger.connection, period, branch, desk.now, policy.unrated)


def received(desk: Desk, reading: Reading) -> list[CaseRow]:
    """The cases received in the period: category by final cause, level as of now."""
    rows = reading.cases(_codes(desk))
    now = iso(reading.now)
    return [
        row._replace(level=level_now(desk, row.case_id))
        if row.next_rise_at and row.next_rise_at <= now
        else row
        for row in rows
    ]


def level_now(desk: Desk, case_id: str) -> int:
    """The level of a case that age may have raised since it was last looked at (G)."""
    level, _ = desk.projection.judge(desk.projection.case(case_id)).level(desk.now)
    return level


def _counted(desk: Desk, reading: Reading, rows: Sequence[CaseRow], plain: bool) -> Report:
    acts = callback_rows(reading)
    policy = desk.book.policy
    rectified = rectified_in(reading)
    clocks = clock_figures(reading, policy)
    all_limits = together(clocks, policy)
    taken_in = figures.intake(rows)
    closed = figures.closure(rows)
    called = satisfaction.callback_figures(acts.verdicts, acts.rated)
    standing = standing_out(reading, rows)
    now = Headline(
        taken_in.complaints,
        taken_in.persons,
        taken_in.times,
        closed.rate,
        all_limits.rate,
        called.opinions.satisfaction,
    )
    compared, trend, before = over_time(reading, now, policy, _codes(desk))
    late = reading.late()
    compensation = reading.compensation()
    period = reading.period
    return Report(
        period=period,
        branch=reading.branch,
        as_of=reading.now,
        received=len(rows),
        resolved=len({row.case_id for row in acts.resolutions}),
        intake=taken_in,
        heat=figures.by_project_and_category(rows),
        compared=compared,
        trend=trend,
        branches=Branches() if plain or reading.branch is not None else branches_of(desk, reading, policy),
        yearly=Yearly() if plain else yearly(desk, reading, rows, taken_in.by_category),
        before=before,
        clocks=clocks,
        clocks_together=all_limits,
        rectification=rectified,
        callback=called,
        inquiries=satisfaction.told([row for row in acts.rated if row.kind == "inquiry"]),
        surveys=satisfaction.survey_figures(reading.surveys()),
        by_validity=figures.by_validity(rows),
        closure=closed,
        backlog=_backlog(reading),
        escalations=_escalations(reading),
        hot_topics=tuple(
            row for row in reading.topics() if reading.branch is None or row.project in taken_in.by_project
        ),
        compensation=Compensation(
            figures.claimed(rows),
            *(compensation.get(step, figures.NO_MONEY) for step in ("approve", "pay", "deduct")),
        ),
        people=figures.person_figures(
            map(attrgetter("logged_by"), rows),
            reading.contacts_by_person(),
            acts.resolutions,
            acts.callbacks,
            rectified.self_inspected_by,
            figures.first_asked(rows),
            reading.fines(),
        ),
        checks=figures_of(desk, period, reading.branch),
        ineffective_actions=ineffective_in(desk, reading, rows),
        notes=report_notes(desk.ledger, period, reading.branch),
        late_recorded=tuple(late),
        late_imported=max(0, sum(row.late for row in rows) - sum(row.kind == "complaint" for row in late)),
        texts=_texts(reading, standing.values()),
        heads=tuple(Head(name, seq, digest) for name, (seq, digest) in desk.ledger.heads().items()),
        policy=_policy_mark(policy, clocks),
        repeats=standing["repeats"],
        groups=standing["groups"],
        watch=standing["watch"],
        typical=standing["typical"],
    )


def rectified_in(reading: Reading) -> rectifying.RectificationFigures:
    """Rectification in the period, with what each unit was made to bear."""
    period = reading.period
    return rectifying.rectification_figures(
        reading.rectifications(), iso(period.start), iso(period.end), iso(reading.now), reading.deductions()
    )


def ineffective_in(desk: Desk, reading: Reading, rows: Iterable[CaseRow]) -> tuple[IneffectiveAction, ...]:
    """The actions that the cases of the period show to be ineffective."""
    return ineffective_actions(rows, reading.measures(WITHIN, _codes(desk)))


def _codes(desk: Desk) -> list[str]:
    """The codes that a final cause may have (K3)."""
    taxonomy = desk.book.policy.taxonomy
    return [*taxonomy.categories, *taxonomy.subcategories]


# ---------------------------------------------------------------- callbacks


@dataclass(frozen=True)
class CallbackRows:
    """What was resolved and called back in the period, and how the callback of each resolved case stands.

    ``rated`` are the callbacks that enter rates, as do the verdicts.
    """

    resolutions: list[ResolutionRow]
    callbacks: list[CallbackRow]
    rated: list[CallbackRow]
    verdicts: dict[str, str]


def callback_rows(reading: Reading) -> CallbackRows:
    resolutions, callbacks = reading.resolutions(), reading.callbacks()
    unrated = reading.unrated_cases()
    rated = [row for row in callbacks if row.case_id not in unrated]
    last = satisfaction.last_resolutions(row for row in resolutions if row.case_id not in unrated)
    waiting = satisfaction.unanswered(last, rated)
    states = reading.callback_states(waiting) if waiting else {}
    verdicts = satisfaction.callback_verdicts(last, waiting, states, iso(reading.now))
    return CallbackRows(resolutions, callbacks, rated, verdicts)


# ---------------------------------------------------------------- lists


def _backlog(reading: Reading) -> Backlog:
    open_, complaints, overdue = reading.backlog()
    rows = reading.backlog_cases(overdue=True, limit=LISTED) if overdue else []
    return Backlog(open_, complaints, overdue, tuple(rows))


def _escalations(reading: Reading) -> Escalations:
    by_rule: Counter[str] = Counter()
    by_rung: Counter[str] = Counter()
    for rule, rung, count in reading.escalation_counts():
        by_rule[rule] += count
        by_rung[str(rung)] += count
    rows = reading.escalations(LISTED) if by_rule else []
    return Escalations(
        by_rule.total(), dict(by_rule.most_common()), dict(sorted(by_rung.items())), tuple(rows)
    )


def standing_out(reading: Reading, rows: Sequence[CaseRow]) -> dict[str, StandingOut]:
    """The cases that the report names one by one."""
    found = {
        "repeats": figures.repeats(rows),
        "groups": figures.groups(rows),
        "watch": figures.watched(rows),
        "typical": figures.typical(rows),
    }
    return {name: StandingOut(len(cases), tuple(cases[:LISTED])) for name, cases in found.items()}


def _texts(reading: Reading, lists: Iterable[StandingOut]) -> dict[str, str]:
    """What the listed cases say, phone numbers masked."""
    texts = reading.texts(row.case_id for found in lists for row in found.rows)
    return {case: mask_text(text) for case, text in texts.items()}


# ---------------------------------------------------------------- policy


def _policy_mark(policy: Policy, clocks: Iterable[str]) -> PolicyMark:
    rules = {clock.id: clock for clock in policy.clocks}
    taxonomy = policy.taxonomy
    return PolicyMark(
        name=policy.name,
        title=policy.title,
        digest=policy.digest,
        level_words=scheme if (scheme := f"level-{policy.grading.id}") in kinds() else "level",
        level_names={str(level): names for level, names in policy.grading.names.items()},
        category_names={**taxonomy.categories, **taxonomy.subcategories},
        obligation_titles={each.id: each.title for each in policy.obligations},
        assumed_clocks=frozenset(clock for clock in clocks if clock in rules and rules[clock].assumed),
        assumed_levels=frozenset(str(rule.level) for rule in policy.grading.rules if rule.assumed),
    )

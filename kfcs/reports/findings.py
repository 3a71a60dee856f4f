"""What the figures say in plain sentences: what rose, why, where, what is overdue, what to do (SPEC R2).

Sentences are Messages, put into the language where they are shown. Each names the figures that it was made from, as the
report's JSON names them, so that a reader can go back to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kfcs.errors import N_, Message, Term, say
from kfcs.i18n import language
from kfcs.reports.figures import rate

if TYPE_CHECKING:
    from kfcs.reports.branches import BranchRow
    from kfcs.reports.report import Report

GRAVE = ("1", "2")

ABOUT: Mapping[str, str] = {
    "intake": N_("Intake"),
    "handling": N_("Handling"),
    "attention": N_("To watch"),
    "advice": N_("What to do"),
}
"""What sentences are about; those about one thing stand together."""

Figure = tuple[str, ...]
"""A figure's place in the report's JSON: ("intake", "by_level", "1"); a row of a list by its number from 1."""


@dataclass(frozen=True)
class Finding:
    """A sentence about the report, and the figures that it is made from."""

    about: str
    message: Message
    figures: tuple[Figure, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", _grouped(self.message))

    @property
    def names(self) -> tuple[str, ...]:
        """The figures as ``--cases`` and CSV name them."""
        return tuple(map(".".join, self.figures))


def _grouped(message: Message) -> Message:
    """The sentence with its counts as the tables write them: 60,149."""
    told = {name: f"{value:,}" if type(value) is int else value for name, value in message.params.items()}
    return message._replace(params=told)


@dataclass(frozen=True)
class Title:
    """A title that a policy gives in several languages, shown in the one spoken when the sentence is read."""

    names: Mapping[str, str]

    def __str__(self) -> str:
        return self.names.get(language()) or self.names["en"]


def percent(value: float | None) -> str:
    """A rate as people read it; a dash where there was nothing to measure."""
    return "—" if value is None else f"{value * 100:.1f}%"


def findings(report: Report) -> tuple[Finding, ...]:
    """What a reader should know before the tables."""
    if not report.received and not report.backlog.open:
        nothing = say(N_("Nothing was received in the period, and nothing is open from before."))
        return (Finding("intake", nothing, (("received",), ("backlog", "open"))),)
    parts = (
        _received, _where, _why, _what, _grave, _in_time, _closed, _called, _told, _branches,
        _open, _gravest, _hot, _again,
    )  # fmt: skip
    return tuple(finding for part in parts for finding in part(report))


def category_title(report: Report, code: str) -> Title:
    return Title(report.policy.category_names.get(code, {"en": code}))


# ---------------------------------------------------------------- findings


def _received(report: Report) -> Iterator[Finding]:
    now, compared = report.intake, report.compared
    received = ("intake", "complaints")
    if not now.complaints:
        yield Finding("intake", say(N_("No complaint was received in the period.")), (received,))
        return
    yield Finding(
        "intake",
        say(
            N_("Complaints received: {complaints}; people: {persons}; times: {times}."),
            complaints=now.complaints,
            persons=now.persons,
            times=now.times,
        ),
        (received, ("intake", "persons"), ("intake", "times")),
    )
    for label, name, before in (
        (compared.previous_period, "previous", compared.previous.complaints),
        (compared.year_before_period, "year_before", compared.year_before.complaints),
    ):
        if before:
            figures = (received, ("compared", name, "complaints"))
            yield Finding("intake", _change(now.complaints, before, label), figures)


def _change(now: int, before: int, label: str) -> Message:
    if now == before:
        return say(N_("That is as many as in {period}."), period=label)
    share = percent(rate(abs(now - before), before))
    if now > before:
        return say(
            N_("That is {more} more than in {period} (+{share})."),
            more=now - before,
            period=label,
            share=share,
        )
    return say(
        N_("That is {fewer} fewer than in {period} (-{share})."),
        fewer=before - now,
        period=label,
        share=share,
    )


def _where(report: Report) -> Iterator[Finding]:
    by_project = report.intake.by_project
    if len(by_project) > 1:
        project, count = next(iter(by_project.items()))
        share = percent(rate(count, report.intake.complaints))
        yield Finding(
            "intake",
            say(
                N_("Most complaints came from {project}: {count}, {share} of all."),
                project=project,
                count=count,
                share=share,
            ),
            (("intake", "by_project", project), ("intake", "complaints")),
        )


def _why(report: Report) -> Iterator[Finding]:
    """What the rise is made of: the project and the category that rose most since the period before."""
    before = report.before
    if (project := _risen(report.intake.by_project, before.by_project)) is not None:
        now, then = report.intake.by_project[project], before.by_project.get(project, 0)
        matter = next(iter(report.heat.get(project, {})), None)
        figures: list[Figure] = [
            ("intake", "by_project", project),
            ("before", "by_project", project),
        ]
        told = say(
            N_("{project} rose most: from {before} to {count}."), project=project, before=then, count=now
        )
        if matter is not None:
            told = say(
                N_("{project} rose most: from {before} to {count}, mainly {category} ({part})."),
                project=project,
                before=then,
                count=now,
                category=category_title(report, matter),
                part=report.heat[project][matter],
            )
            figures.append(("by_project_and_category", project, matter))
        yield Finding("intake", told, tuple(figures))
    if (category := _risen(report.intake.by_category, before.by_category)) is not None:
        yield Finding(
            "intake",
            say(
                N_("By cause it is {category} that rose most: from {before} to {count}."),
                category=category_title(report, category),
                before=before.by_category.get(category, 0),
                count=report.intake.by_category[category],
            ),
            (("intake", "by_category", category), ("before", "by_category", category)),
        )


def _risen(now: Mapping[str, int], before: Mapping[str, int]) -> str | None:
    """What rose most since the period before, by more than one; None without such a period."""
    rises = {code: count - before.get(code, 0) for code, count in now.items()}
    code = max(rises, key=lambda code: rises[code], default=None)
    return code if before and code is not None and rises[code] > 1 else None


def _what(report: Report) -> Iterator[Finding]:
    by_category = report.intake.by_category
    if len(by_category) > 1:
        category, count = next(iter(by_category.items()))
        yield Finding(
            "intake",
            say(
                N_("The most frequent category is {category}: {count}, {share} of all."),
                category=category_title(report, category),
                count=count,
                share=percent(rate(count, report.intake.complaints)),
            ),
            (("intake", "by_category", category), ("intake", "complaints")),
        )


def _grave(report: Report) -> Iterator[Finding]:
    levels = [
        level for level in GRAVE if level in report.intake.by_level and len(report.policy.level_names) > 2
    ]
    if levels:
        yield Finding(
            "intake",
            say(
                N_("Of the graver levels ({levels}) there are {count}."),
                levels=[Term(report.policy.level_words, level) for level in levels],
                count=sum(report.intake.by_level[level] for level in levels),
            ),
            tuple(("intake", "by_level", level) for level in levels),
        )


def _in_time(report: Report) -> Iterator[Finding]:
    together = report.clocks_together
    if together.rate is None:
        return
    yield Finding(
        "handling",
        say(
            N_("Of the limits that fell in the period {share} were kept; {breached} were not."),
            share=percent(together.rate),
            breached=together.breached,
        ),
        (("clocks_together", "rate"), ("clocks_together", "breached")),
    )
    if (weakest := weakest_clock(report)) is not None and len(report.clocks) > 1:
        figure = report.clocks[weakest]
        yield Finding(
            "handling",
            say(
                N_("The weakest is {clock}: {share} in time, {breached} late."),
                clock=Term("clock", weakest),
                share=percent(figure.rate),
                breached=figure.breached,
            ),
            (("clocks", weakest, "rate"), ("clocks", weakest, "breached")),
        )


def weakest_clock(report: Report) -> str | None:
    """The clock with the lowest rate among those that were breached."""
    late = {
        clock: figure.rate
        for clock, figure in report.clocks.items()
        if figure.breached and figure.rate is not None
    }
    return min(late, key=lambda clock: (late[clock], clock), default=None)


def _closed(report: Report) -> Iterator[Finding]:
    if report.closure.received:
        yield Finding(
            "handling",
            say(
                N_("{closed} of {received} valid complaints are closed ({share})."),
                closed=report.closure.closed,
                received=report.closure.received,
                share=percent(report.closure.rate),
            ),
            (("closure", "closed"), ("closure", "received"), ("closure", "rate")),
        )


def _called(report: Report) -> Iterator[Finding]:
    called = report.callback
    if called.rate is not None:
        yield Finding(
            "handling",
            say(
                N_("Of the callbacks due {share} were made."),
                share=percent(called.rate),
            ),
            (("callback", "rate"),),
        )


def _told(report: Report) -> Iterator[Finding]:
    told = report.callback.opinions
    if told.satisfaction is not None:
        yield Finding(
            "handling",
            say(
                N_("{share} of the customers who gave an opinion are satisfied; {unsatisfied} are not."),
                share=percent(told.satisfaction),
                unsatisfied=told.unsatisfied,
            ),
            (("callback", "satisfaction"), ("callback", "unsatisfied")),
        )


def _branches(report: Report) -> Iterator[Finding]:
    """The first and the last of the ranking, with what ranks them."""
    ranked = [(n, row) for n, row in enumerate(report.branches.rows, 1) if row.rank is not None]
    if len(ranked) < 2 or ranked[0][1].rank == ranked[-1][1].rank:
        return
    figure = "score" if report.branches.ranked_by == "score" else "closure_rate"
    (first, best), (last, worst) = ranked[0], ranked[-1]
    yield Finding(
        "attention",
        say(
            N_("{best} ranks first ({merit}), {worst} last ({other})."),
            best=best.branch or "—",
            merit=_merit(best, figure),
            worst=worst.branch or "—",
            other=_merit(worst, figure),
        ),
        tuple(("branches", str(n), figure) for n in (first, last)),
    )


def _merit(row: BranchRow, figure: str) -> str:
    return str(row.score) if figure == "score" else percent(row.headline.closure_rate)


def _open(report: Report) -> Iterator[Finding]:
    if report.backlog.open:
        yield Finding(
            "attention",
            say(
                N_("Cases still open: {open}; overdue among them: {overdue}."),
                open=report.backlog.open,
                overdue=report.backlog.overdue,
            ),
            (("backlog", "open"), ("backlog", "overdue")),
        )


def _gravest(report: Report) -> Iterator[Finding]:
    """The overdue case at the head of the list."""
    if report.backlog.rows:
        row = report.backlog.rows[0]
        yield Finding(
            "attention",
            say(
                N_("The gravest of them is {case} ({project}, {level}), due on {due}."),
                case=row.case_id,
                project=row.project,
                level=Term(report.policy.level_words, str(row.level)),
                due=(row.next_due or "—")[:10],
            ),
            tuple(("backlog", "cases", "1", name) for name in ("case", "project", "level", "next_due")),
        )


def _hot(report: Report) -> Iterator[Finding]:
    if report.hot_topics:
        yield Finding(
            "attention",
            say(
                N_("Hot matters: {count}. Several different people complained of each."),
                count=len(report.hot_topics),
            ),
            (("hot_topics",),),
        )


def _again(report: Report) -> Iterator[Finding]:
    if report.repeats.total:
        yield Finding(
            "attention",
            say(N_("Raised again after closure: {count}."), count=report.repeats.total),
            (("repeats", "total"),),
        )

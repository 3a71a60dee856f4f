"""What the figures say in plain sentences: what rose, where, what is overdue, what to do (SPEC R2).

Sentences are Messages, put into the language where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kfcs.errors import N_, Message, Term, say
from kfcs.i18n import language
from kfcs.reports.figures import rate

if TYPE_CHECKING:
    from kfcs.reports.report import Report

WEAK = 0.9
"""Below this a rate is named as one to work on."""
GRAVE = ("1", "2")


@dataclass(frozen=True)
class Title:
    """A title that a policy gives in several languages, shown in the one spoken when the sentence is read."""

    names: Mapping[str, str]

    def __str__(self) -> str:
        return self.names.get(language()) or self.names["en"]


def percent(value: float | None) -> str:
    """A rate as people read it; a dash where there was nothing to measure."""
    return "—" if value is None else f"{value * 100:.1f}%"


def findings(report: Report) -> tuple[Message, ...]:
    """What a reader should know before the tables."""
    if not report.received and not report.backlog.open:
        return (say(N_("Nothing was received in the period, and nothing is open from before.")),)
    parts = (_received, _where, _what, _grave, _in_time, _closed, _told, _open, _hot)
    return tuple(message for part in parts for message in part(report))


def advice(report: Report) -> tuple[Message, ...]:
    """What to do about it; the branch's own proposals stand beside these."""
    parts = (_settle, _speed_up, _call_back, _win_back, _talk_with_units, _look_into)
    return tuple(message for part in parts for message in part(report))


# ---------------------------------------------------------------- findings


def _received(report: Report) -> Iterator[Message]:
    now, compared = report.intake, report.compared
    if not now.complaints:
        yield say(N_("No complaint was received in the period."))
        return
    yield say(
        N_("Complaints received: {complaints}; people: {persons}; times: {times}."),
        complaints=now.complaints,
        persons=now.persons,
        times=now.times,
    )
    for label, before in (
        (compared.previous_period, compared.previous.complaints),
        (compared.year_before_period, compared.year_before.complaints),
    ):
        if before:
            yield _change(now.complaints, before, label)


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


def _where(report: Report) -> Iterator[Message]:
    by_project = report.intake.by_project
    if len(by_project) > 1:
        project, count = next(iter(by_project.items()))
        share = percent(rate(count, report.intake.complaints))
        yield say(
            N_("Most complaints came from {project}: {count}, {share} of all."),
            project=project,
            count=count,
            share=share,
        )
    before = report.projects_before
    rises = {project: count - before.get(project, 0) for project, count in by_project.items()}
    if before and rises and (rise := max(rises.values())) > 1:
        project = next(name for name, value in rises.items() if value == rise)
        yield say(
            N_("{project} rose most: from {before} to {count}."),
            project=project,
            before=before.get(project, 0),
            count=by_project[project],
        )


def _what(report: Report) -> Iterator[Message]:
    by_category = report.intake.by_category
    if len(by_category) > 1:
        category, count = next(iter(by_category.items()))
        yield say(
            N_("The most frequent category is {category}: {count}, {share} of all."),
            category=Title(report.policy.category_names.get(category, {"en": category})),
            count=count,
            share=percent(rate(count, report.intake.complaints)),
        )


def _grave(report: Report) -> Iterator[Message]:
    levels = [
        level for level in GRAVE if level in report.intake.by_level and len(report.policy.level_names) > 2
    ]
    if levels:
        yield say(
            N_("Of the graver levels ({levels}) there are {count}."),
            levels=[Term(report.policy.level_words, level) for level in levels],
            count=sum(report.intake.by_level[level] for level in levels),
        )


def _in_time(report: Report) -> Iterator[Message]:
    together = report.clocks_together
    if together.rate is None:
        return
    yield say(
        N_("Of the limits that fell in the period {share} were kept; {breached} were not."),
        share=percent(together.rate),
        breached=together.breached,
    )
    if (weakest := _weakest(report)) is not None and len(report.clocks) > 1:
        figure = report.clocks[weakest]
        yield say(
            N_("The weakest is {clock}: {share} in time, {breached} late."),
            clock=Term("clock", weakest),
            share=percent(figure.rate),
            breached=figure.breached,
        )


def _weakest(report: Report) -> str | None:
    """The clock with the lowest rate among those that were breached."""
    late = {
        clock: figure.rate
        for clock, figure in report.clocks.items()
        if figure.breached and figure.rate is not None
    }
    return min(late, key=lambda clock: (late[clock], clock), default=None)


def _closed(report: Report) -> Iterator[Message]:
    if report.closure.received:
        yield say(
            N_("{closed} of {received} valid complaints are closed ({share})."),
            closed=report.closure.closed,
            received=report.closure.received,
            share=percent(report.closure.rate),
        )


def _told(report: Report) -> Iterator[Message]:
    told = report.callback.opinions
    if told.satisfaction is not None:
        yield say(
            N_("{share} of the customers who gave an opinion are satisfied; {unsatisfied} are not."),
            share=percent(told.satisfaction),
            unsatisfied=told.unsatisfied,
        )


def _open(report: Report) -> Iterator[Message]:
    if report.backlog.open:
        yield say(
            N_("Cases still open: {open}; overdue among them: {overdue}."),
            open=report.backlog.open,
            overdue=report.backlog.overdue,
        )


def _hot(report: Report) -> Iterator[Message]:
    if report.hot_topics:
        yield say(
            N_("Hot matters: {count}. Several different people complained of each."),
            count=len(report.hot_topics),
        )


# ---------------------------------------------------------------- advice


def _settle(report: Report) -> Iterator[Message]:
    if report.backlog.overdue:
        yield say(
            N_("Settle what is overdue first ({count} in all), the gravest at the head of the list."),
            count=report.backlog.overdue,
        )


def _speed_up(report: Report) -> Iterator[Message]:
    weakest = _weakest(report)
    if weakest is not None and (report.clocks[weakest].rate or 0) < WEAK:
        yield say(
            N_("Find out why {clock} is so often late, and name a person who watches it."),
            clock=Term("clock", weakest),
        )


def _call_back(report: Report) -> Iterator[Message]:
    if report.callback.missed:
        yield say(N_("Make up for the overdue callbacks ({count} in all)."), count=report.callback.missed)


def _win_back(report: Report) -> Iterator[Message]:
    if report.callback.opinions.unsatisfied:
        yield say(
            N_(
                "Handle anew what customers are not satisfied with ({count} in all), and tell them the outcome."
            ),
            count=report.callback.opinions.unsatisfied,
        )


def _talk_with_units(report: Report) -> Iterator[Message]:
    by_unit = report.rectification.by_unit
    weak = [
        name for name, figure in by_unit.items() if figure.first_pass is not None and figure.first_pass < WEAK
    ]
    if weak:
        yield say(
            N_("Talk with {units} about rectifications that fail their first inspection."), units=weak[:5]
        )


def _look_into(report: Report) -> Iterator[Message]:
    for topic in report.hot_topics[:3]:
        yield say(
            N_("Look into {matter} at {project} as a whole: {count} people complained of it."),
            matter=Title(report.policy.category_names.get(topic.matter, {"en": topic.matter})),
            project=topic.project,
            count=topic.complainants,
        )

"""What to do about what a report shows: sentences that stand beside the branch's own proposals (SPEC R2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kfcs.errors import N_, Term, say
from kfcs.reports.findings import Finding, category_title, weakest_clock

if TYPE_CHECKING:
    from kfcs.reports.report import Report

WEAK = 0.9
"""Below this a rate is named as one to work on."""


def advice(report: Report) -> tuple[Finding, ...]:
    """What to do about it; the branch's own proposals stand beside these."""
    parts = (_settle, _speed_up, _call_back, _win_back, _talk_with_units, _look_into)
    return tuple(finding for part in parts for finding in part(report))


def _settle(report: Report) -> Iterator[Finding]:
    if report.backlog.overdue:
        yield Finding(
            "advice",
            say(
                N_("Settle what is overdue first ({count} in all), the gravest at the head of the list."),
                count=report.backlog.overdue,
            ),
            (("backlog", "overdue"),),
        )


def _speed_up(report: Report) -> Iterator[Finding]:
    weakest = weakest_clock(report)
    if weakest is not None and (report.clocks[weakest].rate or 0) < WEAK:
        yield Finding(
            "advice",
            say(
                N_("Find out why {clock} is so often late, and name a person who watches it."),
                clock=Term("clock", weakest),
            ),
            (("clocks", weakest, "rate"),),
        )


def _call_back(report: Report) -> Iterator[Finding]:
    if report.callback.missed:
        yield Finding(
            "advice",
            say(N_("Make up for the overdue callbacks ({count} in all)."), count=report.callback.missed),
            (("callback", "missed"),),
        )


def _win_back(report: Report) -> Iterator[Finding]:
    if report.callback.opinions.unsatisfied:
        yield Finding(
            "advice",
            say(
                N_(
                    "Handle anew what customers are not satisfied with ({count} in all), and tell them the outcome."
                ),
                count=report.callback.opinions.unsatisfied,
            ),
            (("callback", "unsatisfied"),),
        )


def _talk_with_units(report: Report) -> Iterator[Finding]:
    by_unit = report.rectification.by_unit
    weak = [
        name for name, figure in by_unit.items() if figure.first_pass is not None and figure.first_pass < WEAK
    ]
    if weak:
        named = weak[:5]
        yield Finding(
            "advice",
            say(N_("Talk with {units} about rectifications that fail their first inspection."), units=named),
            tuple(("rectification", "by_unit", name, "first_pass") for name in named),
        )


def _look_into(report: Report) -> Iterator[Finding]:
    for n, topic in enumerate(report.hot_topics[:3], 1):
        yield Finding(
            "advice",
            say(
                N_("Look into {matter} at {project} as a whole: {count} people complained of it."),
                matter=category_title(report, topic.matter),
                project=topic.project,
                count=topic.complainants,
            ),
            (("hot_topics", str(n), "complainants"),),
        )

"""A report on one screen: the headline, what it says, and bars (SPEC R1)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from kfcs.errors import N_
from kfcs.i18n import Language, _, in_language
from kfcs.reports.report import Report
from kfcs.reports.wording import Wording
from kfcs.widths import harmless

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

DIMENSIONS: Mapping[str, str] = {
    "by_level": N_("By level"),
    "by_category": N_("By category"),
    "by_project": N_("By project"),
    "by_channel": N_("By channel"),
}
"""What a screen shows of the intake."""
BAR = 24
"""Columns for the longest bar."""
ROWS = 8


def show(report: Report, lang: Language, stream: TextIO | None = None) -> None:
    """Print the summary of a report."""
    from rich.console import Console

    stream = stream or sys.stdout
    console = Console(file=stream, markup=False, highlight=False, emoji=False)
    with in_language(lang):
        words = Wording(report, lang)
        _title(console, report, words)
        console.print()
        console.print(_headline(report, words))
        console.print()
        _story(console, report, words)
        for dimension, title in DIMENSIONS.items():
            _bars(console, _(title), dimension, getattr(report.intake, dimension), words)
        _clocks(console, report, words)


def _story(console: Console, report: Report, words: Wording) -> None:
    """What the figures say, a paragraph a subject, and what to do."""
    from rich.padding import Padding
    from rich.text import Text

    between = "" if words.lang == "zh" else " "
    for title, sentences in words.story():
        told = between.join(harmless(text) for text, _figures in sentences)
        console.print(Padding(Text.assemble((title, "bold cyan"), "  ", told), (0, 0, 0, 2)))
    for text, _figures in words.told(report.advice):
        console.print(Padding(Text.assemble(("-> ", "yellow"), harmless(text)), (0, 0, 0, 2)))


def _title(console: Console, report: Report, words: Wording) -> None:
    branch = report.branch or _("all branches")
    console.print(f"{_('Complaint analysis report')}  {harmless(branch)}  {words.period}", style="bold cyan")
    console.print(f"{_('Counted')}{_(': ')}{words.bounds}{_(' (Beijing time, UTC+8)')}")
    console.print(f"{_('As of')}{_(': ')}{words.moment(report.as_of)}")


def _headline(report: Report, words: Wording) -> Table:
    """The headline figures beside the other two periods."""
    compared = report.compared
    table = _table(_("Figure"), words.period, compared.previous_period, compared.year_before_period)
    for title, name in HEADLINE.items():
        values = [getattr(row, name) for row in (compared.now, compared.previous, compared.year_before)]
        shown = [words.number(v) if isinstance(v, int) else words.percent(v) for v in values]
        table.add_row(_(title), *shown)
    table.add_row(_("Callback rate"), words.percent(report.callback.rate), "", "")
    table.add_row(_("Cases open"), words.number(report.backlog.open), "", "")
    table.add_row(_("Overdue"), words.number(report.backlog.overdue), "", "")
    return table


HEADLINE: Mapping[str, str] = {
    N_("Complaints received"): "complaints",
    N_("People"): "persons",
    N_("Times"): "times",
    N_("Closure rate"): "closure_rate",
    N_("Limits kept"): "clocks_rate",
    N_("Satisfaction"): "satisfaction",
}


def _bars(console: Console, title: str, dimension: str, counts: Mapping[str, int], words: Wording) -> None:
    from rich.bar import Bar

    if not counts:
        return
    table = _table(title, _("Count"))
    table.add_column("")
    widest = max(counts.values())
    for code, count in list(counts.items())[:ROWS]:
        bar = Bar(widest, 0, count, width=BAR, color="blue")
        table.add_row(harmless(words.named(dimension, code)), words.number(count), bar)
    console.print()
    console.print(table)
    if len(counts) > ROWS:
        console.print(_("and {count} more").format(count=len(counts) - ROWS))


def _clocks(console: Console, report: Report, words: Wording) -> None:
    if not report.clocks:
        return
    table = _table(_("Limit"), _("Due"), _("In time"), _("Late"), _("Rate"))
    for clock, figure in report.clocks.items():
        numbers = [words.number(value) for value in (figure.due, figure.met, figure.breached)]
        style = "yellow" if figure.breached else None
        table.add_row(words.clock(clock), *numbers, words.percent(figure.rate), style=style)
    console.print()
    console.print(table)


def _table(first: str, *numbers: str) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(first, no_wrap=True)
    for title in numbers:
        table.add_column(title, justify="right", no_wrap=True)
    return table

"""A scoring sheet on one screen: the total beside the months before, each item with a bar, what cost points (SPEC S1)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, TextIO

from kfcs.i18n import Language, _, in_language
from kfcs.reports.scoresheet import Sheet
from kfcs.reports.scorewording import ScoreWording, plain, points
from kfcs.widths import harmless

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from kfcs.rules.score import ItemScore

BAR = 16
"""Columns for a bar of all the points of an item."""


def show(sheet: Sheet, lang: Language, stream: TextIO | None = None) -> None:
    """Print the summary of a sheet."""
    from rich.console import Console

    console = Console(file=stream or sys.stdout, markup=False, highlight=False, emoji=False)
    with in_language(lang):
        words = ScoreWording(sheet.policy, lang)
        _title(console, sheet, words)
        if sheet.scores:
            console.print(_items(sheet, words))
        for line in _lost(sheet, words):
            _indented(console, line)


def _title(console: Console, sheet: Sheet, words: ScoreWording) -> None:
    whom = sheet.half.desk if sheet.half else sheet.branch or _("all branches")
    state = words.word("score-state", sheet.state)
    console.print(
        f"{words.card_title}  {harmless(whom)}  {words.period(sheet.month)}  {state}", style="bold cyan"
    )
    console.print(f"{_('As of')}{_(': ')}{words.moment(sheet.as_of)}")
    if sheet.policy.card is not None:
        before = _(", ").join(f"{label} {points(total)}" for label, total in sheet.recent[:-1])
        console.print(f"{_('Total')}{_(': ')}{points(sheet.total)}", style="bold", end="")
        console.print(f"   ({before})" if before else "")
    console.print()


def _items(sheet: Sheet, words: ScoreWording) -> Table:
    from rich.bar import Bar
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(_("Item"))
    for title in (_("Weight"), _("Target"), _("Actual"), _("Points")):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("")
    for score in sheet.scores:
        bar = Bar(float(score.weight or 1), 0, float(score.points or 0), width=BAR, color=_colour(score))
        table.add_row(
            harmless(words.title(score.title)) + ("*" if score.assumed else ""),
            plain(score.weight),
            words.target(score.target),
            words.actual(score),
            points(score.points),
            bar,
        )
    return table


def _colour(score: ItemScore) -> str:
    """Green for all points of an item, yellow for some."""
    full = score.points is not None and score.weight is not None and score.points >= score.weight
    return "green" if full else "yellow"


def _lost(sheet: Sheet, words: ScoreWording) -> Iterator[str]:
    """What cost points: the cases of an item, then points and fines given in the month."""
    if any(score.measured.lost for score in sheet.scores):
        yield f"{_('points lost by')}{_(': ')}"
    for score in sheet.scores:
        if score.measured.lost:
            yield f"  {words.title(score.title)}{_(': ')}{words.lost(score)}"
    for given in sheet.adjustments:
        yield f"{words.rule(given.rule)} {words.value(given)}{_(': ')}{given.reason}"
    for subject, fined in sheet.fined.items():
        if fined != Decimal(0):
            yield f"{subject}{_(': ')}{_('{sum} CNY').format(sum=words.money(fined))}"
    if sheet.policy.assumed:
        yield f"* {_('not in the source, assumed')}"


def _indented(console: Console, line: str) -> None:
    from rich.padding import Padding
    from rich.text import Text

    console.print(Padding(Text(harmless(line)), (0, 0, 0, 2)))

"""Scores: a branch's sheet, a desk's, a quarter's ranking; objections, confirmations, points and penalties (SPEC S)."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kfcs.aside import write_aside
from kfcs.commands.answering import tell
from kfcs.commands.documents import file_format_of, language_named, language_of, screen_format_of
from kfcs.commands.options import (
    AsOf,
    At,
    Branch,
    By,
    Format,
    Language,
    Ledger,
    Month,
    Output,
    Quarter,
    Reason,
    Text,
    help_text,
)
from kfcs.commands.reporting import chosen_period
from kfcs.desk import Desk
from kfcs.errors import N_, BadInput, Term, say
from kfcs.i18n import render
from kfcs.output import check_format, emit_json
from kfcs.period import Period

if TYPE_CHECKING:
    from kfcs.reports.scoring import Scoring

ScoreFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar=N_("FORMAT"),
        help=help_text("table, csv, tsv, json, md or html; a table on a terminal, else csv."),
        show_default=False,
    ),
]


def score(
    month: Month = None,
    quarter: Quarter = None,
    branch: Branch = None,
    desk: Annotated[str | None, typer.Option("--desk", metavar=N_("DESK"), help=help_text("Score one desk by its cases; with --other."), show_default=False)] = None,
    other: Annotated[str | None, typer.Option("--other", metavar=N_("POINTS"), help=help_text("What others give the desk: the other half of its score."), show_default=False)] = None,
    fmt: ScoreFormat = None, output: Output = None, as_of: AsOf = None, lang: Language = None,
    by: By = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """The scoring sheet of a month, the last one unless another is named; with --quarter the ranking of the branches.

    -o FILE writes a page for printing (.html), or .docx, .pdf, .xlsx, .md, .csv or .json. Every number can be recomputed
    from the sheet.
    """
    from kfcs.reports.ranking import ranking
    from kfcs.reports.scorerender import FORMATS, ranking_document, sheet_document
    from kfcs.reports.scoring import Scoring

    file_format = None if output is None else file_format_of(output, fmt)
    shown = file_format or screen_format_of(fmt, FORMATS)
    wanted_language = language_named(lang)
    _check_desk_options(quarter, desk, other)
    opened = Desk.open(ledger, by=by, as_of=as_of)
    scoring = Scoring(opened)
    chosen = language_of(wanted_language, shown, opened.settings)
    own = opened.settings.folder / "templates"
    period = chosen_period(opened, {"month": month, "quarter": quarter})
    if quarter is not None:
        ranked = ranking(scoring, period)
        if branch is not None:
            ranked = ranked.of(_branch(scoring, branch))
        document = ranking_document(ranked, shown, chosen, own)
    else:
        name = _branch(scoring, branch)
        if desk is None:
            made = scoring.sheet(name, period)
        else:
            made = scoring.desk_sheet(name, period, *_desk_half(scoring, period, desk, other))
        if shown == "table" and fmt is None:
            from kfcs.reports.scoresummary import show

            show(made, chosen)
            return
        document = sheet_document(made, shown, chosen, own)
    if output is None:
        sys.stdout.write(str(document))
    else:
        write_aside(Path(output), document, bom=shown == "csv")


def score_object(
    text: Text = None,
    month: Month = None,
    branch: Branch = None,
    item: Annotated[str | None, typer.Option("--item", metavar=N_("ITEM"), help=help_text("The item it is about, by its name on the sheet."), show_default=False)] = None,
    reason: Reason = None,
    by: By = None, at: At = None, fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Object to a month's sheet before it is confirmed (S2)."""
    from kfcs.reports.scoresteps import object_to
    from kfcs.reports.scoring import Scoring

    said = (text or reason or "").strip()
    if not said:
        raise BadInput(N_("Say what is wrong with the sheet."))
    check_format(fmt)
    desk = Desk.open(ledger, by=by, write=True)
    scoring = Scoring(desk)
    name, period = _branch(scoring, branch), chosen_period(desk, {"month": month})
    made = object_to(scoring, name, period, item, said, desk.when(at))
    _announce(made.branch, period, made.state, made.total, fmt)


def score_confirm(
    month: Month = None,
    branch: Branch = None,
    fed_back: Annotated[bool, typer.Option("--fed-back", help=help_text("The confirmed sheet was fed back to the branch."))] = False,
    by: By = None, fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Confirm a month's sheet, which freezes its figures; what arrives later is listed in the next one (S2, R8)."""
    from kfcs.reports.scoreacts import CONFIRMED, FED_BACK
    from kfcs.reports.scoresteps import confirm
    from kfcs.reports.scoring import Scoring

    check_format(fmt)
    desk = Desk.open(ledger, by=by, write=True)
    scoring = Scoring(desk)
    name, period = _branch(scoring, branch), chosen_period(desk, {"month": month})
    made = confirm(scoring, name, period, FED_BACK if fed_back else CONFIRMED)
    _announce(made.branch, period, made.state, made.total, fmt)


def adjust(
    subject: Annotated[str, typer.Argument(metavar=N_("SUBJECT"), help=help_text("A branch, desk, department or person."), show_default=False)],
    points: Annotated[str | None, typer.Option("--points", metavar=N_("POINTS"), help=help_text("Points given, or taken when negative: -1.5."), show_default=False)] = None,
    money: Annotated[str | None, typer.Option("--money", metavar="CNY", help=help_text("A sum taken off."), show_default=False)] = None,
    rule: Annotated[str | None, typer.Option("--rule", metavar="ID", help=help_text("The rule of the policy it goes by."), show_default=False)] = None,
    reason: Reason = None,
    case: Annotated[str | None, typer.Option("--case", metavar=N_("CASE"), help=help_text("The case it is about."), show_default=False)] = None,
    kind: Annotated[str | None, typer.Option("--as", metavar="branch|desk|department|person", help=help_text("What the subject is, where the ledger does not know it."), show_default=False)] = None,
    by: By = None, at: At = None, fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Give or take points, or fine a sum, under a rule of the policy; it counts in the month of --at (S3)."""
    from kfcs.adjusting import adjust as give
    from kfcs.adjusting import subject_kind, wanted_value

    value = wanted_value(points, money)
    for option, given in (("--rule", rule), ("--reason", reason)):
        if not (given or "").strip():
            raise BadInput(N_("{option} is missing."), option=option)
    if not subject.strip():
        raise BadInput(N_("The subject is empty: name a branch, desk, department or person."))
    check_format(fmt)
    chosen = subject_kind(kind)
    desk = Desk.open(ledger, by=by, write=True)
    made = give(
        desk,
        subject.strip(),
        value,
        str(rule).strip(),
        str(reason).strip(),
        case=case,
        kind=chosen,
        at=desk.when(at),
    )
    for doubt in made.doubts:
        tell(doubt)
    if check_format(fmt) in ("json", "jsonl"):
        emit_json(made.as_json(), sys.stdout)
        return
    sys.stdout.write(render(made.message) + "\n")


# ---------------------------------------------------------------- what was asked for


def _branch(scoring: Scoring, given: str | None) -> str | None:
    """The branch that was named, else the one in kfcs.toml; None for all where there is none."""
    if given is not None and not given.strip():
        raise BadInput(N_("--branch is empty; name the branch, or leave it out."))
    name = (given or scoring.desk.settings.branch).strip() or None
    scoring.check_branch(name)
    return name


def _check_desk_options(quarter: str | None, desk: str | None, other: str | None) -> None:
    if (desk is None) != (other is None):
        raise BadInput(N_("--desk and --other go together: the sheet is one half of a desk's score."))
    if quarter is not None and desk is not None:
        raise BadInput(N_("A desk is scored by the month; leave --quarter or --desk out."))


def _desk_half(scoring: Scoring, month: Period, desk: str, other: str | None) -> tuple[str, Decimal]:
    """The desk, and what others give it. Raises BadInput for an unknown desk, or points that no sheet can have."""
    from kfcs.adjusting import points_number

    card = scoring.card(month)
    given = points_number(other or "", "--other")
    if not card.floor <= given <= card.cap:
        raise BadInput(
            N_("--other {value} is outside {floor} to {cap}."),
            value=other,
            floor=f"{card.floor:f}",
            cap=f"{card.cap:f}",
        )
    scoring.check_desk(desk)
    return desk, given


def _announce(branch: str | None, month: Period, state: str, total: Decimal | None, fmt: str | None) -> None:
    """Where a sheet now stands."""
    if check_format(fmt) in ("json", "jsonl"):
        shown = None if total is None else float(total)
        emit_json({"branch": branch, "month": month.label, "state": state, "total": shown}, sys.stdout)
        return
    message = say(
        N_("{branch} {month}: {state}, {total} points."),
        branch=branch or "",
        month=month.label,
        state=Term("score-state", state),
        total="—" if total is None else f"{total:.1f}",
    )
    sys.stdout.write(render(message) + "\n")

"""Reports: what a month amounts to, the cases behind a figure, and the texts people add (SPEC R)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from kfcs.aside import write_aside
from kfcs.commandline import DEFAULT
from kfcs.commands.documents import file_format_of, language_named, language_of, screen_format_of
from kfcs.commands.options import (
    AsOf,
    Branch,
    By,
    Day,
    Group,
    HalfMonth,
    Language,
    Ledger,
    Month,
    Output,
    Quarter,
    Week,
    Year,
    help_text,
)
from kfcs.desk import Desk
from kfcs.errors import N_, BadInput, say
from kfcs.i18n import Language as Lang
from kfcs.i18n import language
from kfcs.period import Period, day_of
from kfcs.reports.scope import Scope, Wanted

FIRST_YEAR, LAST_YEAR = 1950, 9000

Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar=N_("FORMAT"),
        help=help_text("table, csv, json, md or html; a table on a terminal, else csv."),
        show_default=False,
    ),
]
Figure = Annotated[
    str | None,
    typer.Option(
        "--cases",
        metavar=N_("FIGURE"),
        help=help_text("List the cases behind a figure, such as intake.by_level.2 or clocks.reply.breached."),
        show_default=False,
    ),
]


def report(
    month: Month = None,
    day: Day = None,
    week: Week = None,
    half_month: HalfMonth = None,
    quarter: Quarter = None,
    year: Year = None,
    branch: Branch = None,
    group: Group = False,
    cases: Figure = None,
    data: Annotated[
        bool, typer.Option("--data", help=help_text("What a template of one's own is given, as JSON."))
    ] = False,
    cases_book: Annotated[
        bool,
        typer.Option(
            "--cases-book",
            help=help_text(
                "The book of the period's typical cases, without personal data, instead of the report."
            ),
        ),
    ] = False,
    fmt: Format = None,
    output: Output = None,
    as_of: AsOf = None,
    lang: Language = None,
    by: By = None,
    ledger: Ledger = None,
) -> None:
    """The complaint report of a month, the last one unless another is named.

    -o FILE writes it as a page for printing (.html), for Word and WPS (.docx), as .pdf, as a workbook (.xlsx), or as .md,
    .csv or .json. Without -o a summary is shown.
    """
    wanted = {
        "month": month,
        "day": day,
        "week": week,
        "half-month": half_month,
        "quarter": quarter,
        "year": year,
    }
    if cases_book and (cases is not None or data):
        raise BadInput(N_("--cases-book stands alone; leave --cases and --data out."))
    file_format = None if output is None else file_format_of(output, fmt)
    screen_format = screen_format_of(fmt)
    document_language = language_named(lang)
    if group and branch is not None:
        raise BadInput(N_("Give either --branch or --group."))
    desk = Desk.open(ledger, by=by, as_of=as_of)
    period = chosen_period(desk, wanted)
    scope = Scope.GROUP if group else branch
    if cases_book:
        _write_book(desk, period, scope, file_format or (fmt and screen_format), document_language, output)
        return
    if cases is not None:
        _list_cases(desk, period, scope, cases, fmt, output)
        return
    if data:
        _print_data(desk, period, scope, document_language)
        return
    shown = file_format or screen_format
    if shown == "table":
        _show(desk, period, scope, document_language or language())
        return
    made = _made(desk, period, scope, shown, document_language)
    if output is None:
        sys.stdout.write(str(made))
    else:
        write_aside(Path(output), made, bom=shown == "csv")


def report_note(
    text: Annotated[str, typer.Argument(metavar=N_("TEXT"), help=help_text("The text."), show_default=False)],
    month: Month = None,
    section: Annotated[
        str,
        typer.Option(
            "--section",
            metavar="causes|proposals|typical|other",
            help=help_text("Where the text stands in the report."),
        ),
    ] = "other",
    indicator: Annotated[
        str | None,
        typer.Option(
            "--indicator",
            metavar="ID=VALUE",
            help=help_text("The value of an indicator that people keep."),
            show_default=False,
        ),
    ] = None,
    branch: Branch = None,
    by: By = None,
    ledger: Ledger = None,
) -> None:
    """Add a text to a month's report: causes, proposals, a typical case, or the value of an indicator."""
    from kfcs.reports.notes import SECTIONS, note_draft

    if section not in SECTIONS:
        raise BadInput(
            N_("{value} is no section of the report."),
            value=repr(section),
            hint=say(N_("One of: {words}."), words=SECTIONS),
        )
    if not text.strip():
        raise BadInput(N_("The text is empty."))
    kept = _indicator(indicator)
    desk = Desk.open(ledger, by=by, write=True)
    period = chosen_period(desk, {"month": month})
    named = branch or desk.settings.branch
    if kept is not None:
        _check_indicator(desk, period, *kept)
    draft = note_draft(period, named, section, text.strip(), kept, desk.operator, desk.now)
    with desk.ledger.writing():
        desk.record([draft])


# ---------------------------------------------------------------- what was asked for


def chosen_period(desk: Desk, wanted: Mapping[str, str | None]) -> Period:
    """The one period that was named; without a value, or without any, the last one of its kind (R1)."""
    named = {kind: text for kind, text in wanted.items() if text is not None}
    if len(named) > 1:
        options = [f"--{kind}" for kind in named]
        raise BadInput(N_("Give one period, not several: {options}."), options=options)
    kind, text = next(iter(named.items()), ("month", DEFAULT))
    if text == DEFAULT:
        return Period.of(kind, day_of(desk.now)).previous()
    try:
        period = Period.parse(kind, text)
    except ValueError:
        period = None
    if period is None or not FIRST_YEAR <= period.first.year <= LAST_YEAR:
        raise BadInput(
            N_("--{kind} {value} is no such period."),
            kind=kind,
            value=text,
            hint=say(N_("Write it like {example}."), example=Period.of(kind, day_of(desk.now)).label),
        )
    return period


def _indicator(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    name, sign, value = text.partition("=")
    if not (sign and name.strip() and value.strip()):
        raise BadInput(N_("--indicator {value} is not ID=VALUE."), value=text)
    return name.strip(), value.strip()


def _check_indicator(desk: Desk, period: Period, name: str, value: str) -> None:
    """Raises BadInput for an indicator that the policy's scorecard does not know, where it has some, and for a value that
    it could not read."""
    card = desk.book.policy_on(period.first).scorecard
    known = {item.indicator: item for item in (card.items if card else ()) if item.measure == "indicator"}
    if not known:
        return
    if name not in known:
        raise BadInput(
            N_("There is no indicator {name}. Known are: {known}."), name=repr(name), known=tuple(known)
        )
    from kfcs.reports.scorefigures import typed_number

    target = known[name].target
    percent = target is not None and target.percent
    number = typed_number(value, percent=percent)
    if number is None or (percent and number > 1):
        raise BadInput(
            N_("--indicator {name}={value} is no value for it; write 98%, 24, yes or no."),
            name=name,
            value=value,
        )


# ---------------------------------------------------------------- answers


def _made(desk: Desk, period: Period, scope: Wanted, fmt: str, lang: Lang | None) -> str | bytes:
    """The report as a document."""
    from kfcs.reports.monthly import build
    from kfcs.reports.render import document

    made = build(desk, period, scope, every_late_row=fmt == "json")
    return document(made, fmt, language_of(lang, fmt, desk.settings), desk.settings.folder / "templates")


def _write_book(
    desk: Desk, period: Period, scope: Wanted, fmt: str | None, lang: Lang | None, output: str | None
) -> None:
    """Write the typical cases to read; on a terminal or into a pipe as Markdown."""
    from kfcs.reports.casesbook import FORMATS, build, document

    fmt = "md" if fmt in (None, "table") else str(fmt)
    if fmt not in FORMATS:
        raise BadInput(
            N_("The book of cases is not written as {name}."),
            name=fmt,
            hint=say(N_("One of: {words}."), words=FORMATS),
        )
    made = document(build(desk, period, scope), desk, fmt, language_of(lang, fmt, desk.settings))
    if output is None:
        sys.stdout.write(str(made))
    else:
        write_aside(Path(output), made)


def _print_data(desk: Desk, period: Period, scope: Wanted, lang: Lang | None) -> None:
    """What the page's template is given (R5)."""
    from kfcs.reports.monthly import build
    from kfcs.reports.render import template_data

    made = build(desk, period, scope)
    sys.stdout.write(template_data(made, language_of(lang, "html", desk.settings)))


def _show(desk: Desk, period: Period, scope: Wanted, lang: Lang) -> None:
    from kfcs.reports.monthly import build
    from kfcs.reports.summary import show

    show(build(desk, period, scope), lang)


def _list_cases(
    desk: Desk, period: Period, scope: Wanted, figure: str, fmt: str | None, output: str | None
) -> None:
    """List the cases behind a figure (R7)."""
    from kfcs.output import emit
    from kfcs.reports.behind import cases_behind
    from kfcs.reports.caselist import COLUMNS, case_rows
    from kfcs.reports.monthly import reading_of

    if output is not None:
        raise BadInput(N_("--cases lists on the screen or into a pipe; leave -o out."))
    found = cases_behind(desk, reading_of(desk, period, scope), figure)
    emit(case_rows(desk, found), COLUMNS, fmt, stream=sys.stdout)

"""Tables in and out: ``import`` and ``export`` (SPEC C6–C8)."""

from __future__ import annotations

from typing import Annotated

import typer

from kfcs.commands.answering import tell
from kfcs.commands.options import By, Format, Ledger, Output, Reveal, help_text
from kfcs.desk import Desk
from kfcs.errors import N_, BadInput, SomeRejected, say

FILES = "cases|contacts|callbacks|rectifications|homes"


def import_(
    what: Annotated[str, typer.Argument(metavar=f"[{FILES}]", help=help_text("What the rows are; cases unless given."))],
    file: Annotated[str | None, typer.Argument(metavar=N_("FILE|-"), help=help_text("CSV, TSV, XLSX, XLS, JSON or JSON lines; - reads standard input."), show_default=False)] = None,
    mapping: Annotated[str | None, typer.Option("--map", metavar=N_("FILE"), help=help_text('A TOML or JSON file of "header" = "field", or the name of a mapping that comes with kfcs.'), show_default=False)] = None,
    rejects: Annotated[str | None, typer.Option("--rejects", metavar=N_("FILE"), help=help_text("Where rejected rows go; otherwise NAME.rejects.csv beside the file."), show_default=False)] = None,
    live: Annotated[bool, typer.Option("--live", help=help_text("All rows are live, however old."))] = False,
    history: Annotated[bool, typer.Option("--history", help=help_text("All rows are history and never escalate."))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=help_text("Read and check everything, and write nothing."))] = False,
    encoding: Annotated[str | None, typer.Option("--encoding", metavar=N_("NAME"), help=help_text("The encoding, where it cannot be told."), show_default=False)] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar=N_("NAME"), help=help_text("The sheet of a workbook, by name or number."), show_default=False)] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", metavar=N_("FIELD=VALUE"), help=help_text("What holds for every row and the file has no column for; may be given several times."), show_default=False)] = None,
    dates: Annotated[str | None, typer.Option("--dates", metavar="year-first|day-first|month-first", help=help_text("How dates are written where the year stands last, as 31/01/2022."), show_default=False)] = None,
    by: By = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Take in a table of cases or acts.

    Each row is wholly in, or in the rejects file with the reason. The same file again adds nothing. Rows older than
    seven days are history: they count in reports and never escalate.
    """
    from kfcs.intake.running import Wanted, run

    if file is None:
        what, file = "cases", what
    if live and history:
        raise BadInput(N_("--live and --history contradict each other."))
    wanted = Wanted(
        what=what,
        file=file,
        mapping=mapping,
        rejects=rejects,
        live=True if live else False if history else None,
        dry_run=dry_run,
        encoding=encoding,
        sheet=sheet,
        settings=tuple(settings or ()),
        dates=dates,
    )
    desk = Desk.open(ledger, by=by, write=not dry_run)
    outcome = run(desk, wanted)
    for message in outcome.messages():
        tell(message)
    if outcome.summary.rejected:
        raise SomeRejected(
            N_("{count} rows were rejected."), hint=outcome.where_rejected(), count=outcome.summary.rejected
        )


def export(
    what: Annotated[str, typer.Argument(metavar="WHAT", help=help_text("cases, entries, contacts, callbacks, rectifications, homes, escalations or disclosures."))],
    excel: Annotated[bool, typer.Option("--excel", help=help_text("CSV for Excel: a byte order mark, and no formulas."))] = False,
    reveal: Reveal = False, by: By = None, fmt: Format = None, output: Output = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Write cases, entries or acts as a table. Names and phones are masked unless --reveal."""
    from kfcs.exporting import export_table

    desk = Desk.open(ledger, by=by, write=reveal)
    count = export_table(desk, what, fmt, output, excel=excel, reveal=reveal)
    if output is not None:
        tell(say(N_("{count} rows written to {file}."), count=count, file=output))

"""Options that many commands share, so that one word means one thing everywhere.

A command takes them as `by: By = None`. Help stands here in English; it is put into the language
when the command is made (`kfcs.helptext.translate`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from kfcs.errors import N_
from kfcs.output import check_format


def help_text(text: str) -> str:
    """Mark the help of an option for the catalogues; translated when the command is made."""
    return text


Case = Annotated[
    str,
    typer.Argument(
        metavar=N_("CASE"),
        help=help_text("Number of the case, or any ending of it that names one."),
        show_default=False,
    ),
]
Text = Annotated[
    str | None,
    typer.Argument(metavar=N_("TEXT"), help=help_text("What was said or done."), show_default=False),
]

By = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar=N_("NAME"),
        help=help_text("Who does this; otherwise KFCS_OPERATOR or the login name."),
        show_default=False,
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar=N_("TIME"), help=help_text("When it happened; now unless given."), show_default=False
    ),
]
Ledger = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        metavar=N_("FILE"),
        help=help_text("The ledger; otherwise KFCS_LEDGER, or kfcs.db here."),
        show_default=False,
    ),
]


def _format(name: str | None) -> str | None:
    """The format, checked before anything is done for it."""
    return check_format(name)


Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        callback=_format,
        metavar=N_("FORMAT"),
        help=help_text("table, csv, tsv, json, jsonl, md or xlsx; a table on a terminal, else csv."),
        show_default=False,
    ),
]


def _format_or_page(name: str | None) -> str | None:
    return "html" if name is not None and name.lower() == "html" else check_format(name)


FormatOrPage = Annotated[
    str | None,
    typer.Option(
        "--format",
        callback=_format_or_page,
        metavar=N_("FORMAT"),
        help=help_text(
            "table, csv, tsv, json, jsonl, md, xlsx, or html for printing; a table on a terminal, else csv."
        ),
        show_default=False,
    ),
]
Reveal = Annotated[
    bool,
    typer.Option("--reveal", help=help_text("Show names, phones and contacts in full.")),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        "--at",
        metavar=N_("TIME"),
        help=help_text("As the ledger stood at this time."),
        show_default=False,
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar=N_("FILE"),
        help=help_text("Write to this file; its ending gives the format."),
        show_default=False,
    ),
]
Language = Annotated[
    str | None,
    typer.Option("--lang", metavar="zh|en", help=help_text("Language of the document."), show_default=False),
]
Branch = Annotated[
    str | None,
    typer.Option(
        "--branch",
        metavar=N_("BRANCH"),
        help=help_text("The branch; otherwise the one in kfcs.toml."),
        show_default=False,
    ),
]
Group = Annotated[
    bool,
    typer.Option("--group", help=help_text("All branches together.")),
]
Reason = Annotated[
    str | None,
    typer.Option(
        "--reason", metavar=N_("TEXT"), help=help_text("Why; it stays in the timeline."), show_default=False
    ),
]
Despite = Annotated[
    str | None,
    typer.Option(
        "--despite",
        metavar=N_("REASON"),
        help=help_text("Do it although a rule speaks against it, for this reason."),
        show_default=False,
    ),
]

# A period option without a value arrives as `default` (kfcs.commandline).
Month = Annotated[
    str | None,
    typer.Option(
        "--month",
        metavar=N_("[MONTH]"),
        help=help_text("A month, such as 2026-10; the last one without a value."),
        show_default=False,
    ),
]
Day = Annotated[
    str | None,
    typer.Option(
        "--day", metavar=N_("[DAY]"), help=help_text("A day, such as 2026-10-03."), show_default=False
    ),
]
Week = Annotated[
    str | None,
    typer.Option(
        "--week",
        metavar=N_("[DAY]"),
        help=help_text("The week of a day, Monday to Sunday."),
        show_default=False,
    ),
]
HalfMonth = Annotated[
    str | None,
    typer.Option(
        "--half-month",
        metavar=N_("[DAY]"),
        help=help_text("The half month of a day, 1st–15th or 16th–last."),
        show_default=False,
    ),
]
Quarter = Annotated[
    str | None,
    typer.Option(
        "--quarter",
        metavar=N_("[QUARTER]"),
        help=help_text("A quarter, such as 2026-Q3."),
        show_default=False,
    ),
]
Year = Annotated[
    str | None,
    typer.Option("--year", metavar=N_("[YEAR]"), help=help_text("A year, such as 2026."), show_default=False),
]

"""Standard answers: add and list (SPEC C4)."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from kfcs.answers import ANSWERS, add, listed
from kfcs.commands.options import By, Format, Ledger, help_text
from kfcs.desk import Desk
from kfcs.errors import N_, BadInput
from kfcs.output import emit


def answer_add(
    text: Annotated[str | None, typer.Argument(metavar=N_("TEXT"), help=help_text("The answer."), show_default=False)] = None,
    project: Annotated[str | None, typer.Option("--project", metavar=N_("PROJECT"), help=help_text("The project it is for."), show_default=False)] = None,
    subject: Annotated[str | None, typer.Option("--subject", metavar=N_("SUBJECT"), help=help_text("A category, a sub-category, or a word that the text must hold."), show_default=False)] = None,
    by: By = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record how a matter is answered; it is shown when a case fits."""
    for option, value in (("--project", project), ("--subject", subject), (N_("The text"), text)):
        if not (value or "").strip():
            raise BadInput(
                N_("{option} is missing: an answer needs a project, a subject and a text."), option=option
            )
    add(Desk.open(ledger, by=by, write=True), str(project), str(subject), str(text))


def answer_list(fmt: Format = None, ledger: Ledger = None) -> None:
    """The standard answers, and how often each was used."""
    emit(listed(Desk.open(ledger)), ANSWERS, fmt, stream=sys.stdout)

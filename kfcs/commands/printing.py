"""Forms of a case for printing, filling in and signing (SPEC H12)."""

from __future__ import annotations

from typing import Annotated

import typer

from kfcs.commands.documents import check_page_file, deliver, language_named, language_of
from kfcs.commands.options import AsOf, By, Case, Language, Ledger, Output, help_text
from kfcs.desk import Desk
from kfcs.disclosure import disclose
from kfcs.errors import N_, BadInput
from kfcs.showing import case_json
from kfcs.words import parse_word


def print_(
    case: Case,
    form: Annotated[str | None, typer.Option("--form", metavar="visit|phone|letter|sheet|coordination|commitment|receipt", help=help_text("Which form: the record of a visit, call or letter, the handling sheet, the coordination sheet, the letter of commitment or the receipt."), show_default=False)] = None,
    output: Output = None, lang: Language = None,
    reveal: Annotated[bool, typer.Option("--reveal", help=help_text("Show names, phones and contacts in full, as a form needs that goes to the customer or round the house; the file is for your eyes only (0600)."))] = False,
    by: By = None, as_of: AsOf = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """A form of a case as a page to print and sign (H12): what is known is filled in, the rest left to a hand.

    Without -o the page goes to standard output. Personal data is masked unless --reveal is given.
    """
    from kfcs.papers.forms import form_page

    if not (form or "").strip():
        raise BadInput(
            N_("--form is missing: visit, phone, letter, sheet, coordination, commitment or receipt.")
        )
    wanted = parse_word("form", str(form))
    named = language_named(lang)
    check_page_file(output)
    desk = Desk.open(ledger, by=by, as_of=as_of, write=reveal)
    judgement = desk.judgement(case)
    page = form_page(desk, judgement, wanted, language_of(named, "html", desk.settings), reveal=reveal)
    if reveal:
        shown = case_json(judgement, desk.now, reveal=True)
        disclose(desk, "print", [shown], {"form": wanted}, to_file=output is not None)
    deliver(page, output, desk.now, private=reveal)

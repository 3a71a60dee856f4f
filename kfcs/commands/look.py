"""What people look at: one case, its reasons, what the rules make of a text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from kfcs.commands.documents import deliver, language_named, language_of, page_wanted
from kfcs.commands.options import (
    AsOf,
    By,
    Case,
    Format,
    FormatOrPage,
    Language,
    Ledger,
    Output,
    Reveal,
    help_text,
)
from kfcs.desk import Desk
from kfcs.disclosure import disclose
from kfcs.errors import N_, BadInput
from kfcs.i18n import in_language, language
from kfcs.output import check_format, emit, emit_json
from kfcs.querying import LIST, adjustments_of
from kfcs.rules.judgement import Judgement
from kfcs.showing import case_json


def show(
    case: Case, fmt: FormatOrPage = None, output: Output = None, lang: Language = None, reveal: Reveal = False,
    by: By = None, as_of: AsOf = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """One case with its whole timeline.

    -o FILE, or --format html, writes the case file as a page for printing.
    """
    page, named = page_wanted(output, fmt), language_named(lang)
    desk = Desk.open(ledger, by=by, as_of=as_of, write=reveal)
    judgement = desk.judgement(case)
    if reveal:
        disclose(desk, "show", [case_json(judgement, desk.now, reveal=True)], to_file=output is not None)
    if page:
        from kfcs.papers.casefilepage import case_page

        chosen = language_of(named, "html", desk.settings)
        deliver(case_page(desk, judgement, chosen, reveal=reveal), output, desk.now, private=reveal)
        return
    with in_language(named or language()):
        _show(desk, judgement, fmt, reveal=reveal)


def _show(desk: Desk, judgement: Judgement, fmt: str | None, *, reveal: bool) -> None:
    shown = case_json(judgement, desk.now, reveal=reveal)
    shown["adjustments"] = adjustments_of(desk, judgement.case.case_id, reveal=reveal)
    if fmt in ("json", "jsonl") or (fmt is None and not sys.stdout.isatty()):
        emit_json(shown, sys.stdout)
        return
    if fmt not in (None, "table"):
        emit([shown], LIST, fmt, stream=sys.stdout)
        return
    from kfcs.casefile import print_case

    print_case(shown, judgement, desk.now, sys.stdout)


def why(case: Case, fmt: Format = None, as_of: AsOf = None, ledger: Ledger = None) -> None:
    """Why a case has its level, category, deadlines and escalations: rules, clauses, counted and skipped days."""
    from kfcs.reasons import reasons
    from kfcs.reasontext import print_reasons

    desk = Desk.open(ledger, as_of=as_of)
    judgement = desk.judgement(case)
    told = reasons(judgement, desk.now)
    if check_format(fmt) in ("json", "jsonl"):
        emit_json(told, sys.stdout)
        return
    print_reasons(told, judgement.policy, sys.stdout)


def classify(
    source: Annotated[str, typer.Argument(metavar="FILE", help=help_text("Texts, one a line; a CSV with a text column; JSON lines with text. - or nothing reads standard input."))] = "-",
    policy: Annotated[str | None, typer.Option("--policy", metavar=N_("POLICY"), help=help_text("The policy whose taxonomy is used."), show_default=False)] = None,
    fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Propose kind, category and cues of texts, with the rule and words that decided (K2)."""
    from kfcs.classifying import CLASSIFIED, classified, read_texts, taxonomy_in_force

    taxonomy = taxonomy_in_force(ledger, policy)
    data = sys.stdin.buffer.read() if source == "-" else _bytes(source)
    rows: Iterator[dict[str, Any]] = classified(read_texts(data), taxonomy)
    if fmt is None and not sys.stdout.isatty():
        fmt = "json"
    emit(rows, CLASSIFIED, fmt, stream=sys.stdout)


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadInput(
            N_("{file} cannot be read: {fault}."), file=path, fault=error.strerror or str(error)
        ) from None

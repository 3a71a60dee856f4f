"""What people look at: one case, its reasons, lists, the work of the day."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
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
from kfcs.filters import Filters
from kfcs.i18n import in_language, language
from kfcs.listing import as_table, case_table, work_table
from kfcs.output import Column, check_format, emit, emit_json
from kfcs.querying import LIST, TODAY, adjustments_of, cases_matching, work_of_today
from kfcs.rules.judgement import Judgement
from kfcs.searching import FOUND, MARKS, found_by_words, searched_words
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


def list_(
    every: Annotated[bool, typer.Option("--all", help=help_text("Closed cases too."))] = False,
    limit: Annotated[int | None, typer.Option("--limit", metavar=N_("N"), help=help_text("At most so many."), show_default=False)] = None,
    where: Annotated[list[str] | None, typer.Option("--where", metavar=N_("FIELD=VALUE"), help=help_text("Only cases whose field has this value; may be given several times."), show_default=False)] = None,
    state: Annotated[str | None, typer.Option("--state", metavar=N_("STATE"), help=help_text("open, rectifying, resolved or closed."), show_default=False)] = None,
    level: Annotated[str | None, typer.Option("--level", metavar="1-4", help=help_text("This level."), show_default=False)] = None,
    kind: Annotated[str | None, typer.Option("--kind", metavar=N_("KIND"), help=help_text("This kind."), show_default=False)] = None,
    project: Annotated[str | None, typer.Option("--project", metavar=N_("PROJECT"), help=help_text("This project."), show_default=False)] = None,
    category: Annotated[str | None, typer.Option("--category", metavar=N_("CODE"), help=help_text("This category or sub-category."), show_default=False)] = None,
    department: Annotated[str | None, typer.Option("--department", metavar=N_("DEPARTMENT"), help=help_text("This department."), show_default=False)] = None,
    branch: Annotated[str | None, typer.Option("--branch", metavar=N_("BRANCH"), help=help_text("This branch; the whole ledger otherwise."), show_default=False)] = None,
    since: Annotated[str | None, typer.Option("--since", metavar=N_("TIME"), help=help_text("Received at or after this time."), show_default=False)] = None,
    until: Annotated[str | None, typer.Option("--until", metavar=N_("TIME"), help=help_text("Received before this time."), show_default=False)] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help=help_text("Only cases with a limit that has passed."))] = False,
    sample: Annotated[int | None, typer.Option("--sample", metavar=N_("N"), help=help_text("A random sample for spot checks."), show_default=False)] = None,
    seed: Annotated[int, typer.Option("--seed", metavar=N_("S"), help=help_text("The seed of the sample; the same one gives the same sample."))] = 0,
    columns: Annotated[str | None, typer.Option("--columns", metavar=N_("A,B,…"), help=help_text("The columns to show, by their JSON names."), show_default=False)] = None,
    fmt: Format = None, reveal: Reveal = False, by: By = None, as_of: AsOf = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Cases not closed, gravest first, then earliest due."""
    filters = Filters.given(
        every=every, limit=limit, where=where or [], state=state, level=level, kind=kind, project=project,
        category=category, department=department, branch=branch, since=since, until=until, overdue=overdue,
        sample=sample, seed=seed,
    )  # fmt: skip
    shown = _columns(columns, LIST)
    desk = Desk.open(ledger, by=by, as_of=as_of, write=reveal)
    if reveal:
        disclose(desk, "list", cases_matching(desk, filters, reveal=True), filters.told())
    _emit_cases(desk, cases_matching(desk, filters, reveal=reveal), shown, fmt)


def search(
    words: Annotated[list[str], typer.Argument(metavar=N_("WORDS"), help=help_text("Words that all occur in the text, a name, home, phone or number."), show_default=False)],
    limit: Annotated[int, typer.Option("--limit", metavar=N_("N"), help=help_text("At most so many."))] = 50,
    columns: Annotated[str | None, typer.Option("--columns", metavar=N_("A,B,…"), help=help_text("The columns to show, by their JSON names."), show_default=False)] = None,
    fmt: Format = None, reveal: Reveal = False, by: By = None, as_of: AsOf = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Find cases by words, the best match first."""
    if limit < 1:
        raise BadInput(N_("--limit {value} is not a number of cases; give 1 or more."), value=limit)
    shown = _columns(columns, FOUND)
    desk = Desk.open(ledger, by=by, as_of=as_of, write=reveal)
    marks = ("", "") if as_table(fmt) else MARKS
    wanted = searched_words(words, desk.book.policy.taxonomy.spelling)
    found = list(found_by_words(desk, wanted, limit, reveal=reveal, marks=marks))
    if reveal:
        disclose(desk, "search", found, {"words": len(wanted)})
    _emit_cases(desk, found, shown, fmt, FOUND, [writing for writings in wanted for writing in writings])


def _emit_cases(
    desk: Desk, rows: Iterable[dict[str, Any]], chosen: tuple[Column, ...] | None, fmt: str | None,
    known: tuple[Column, ...] = LIST, words: Sequence[str] = (),
) -> None:  # fmt: skip
    """Write cases; on a terminal the ``words`` that were looked for stand out."""
    if chosen:
        emit(rows, chosen, fmt, stream=sys.stdout, words=words)
    elif as_table(fmt):
        shown, fitting = case_table(rows, desk.book.policy, desk.now)
        emit(shown, fitting, "table", stream=sys.stdout, words=words)
    else:
        emit(rows, known, fmt, stream=sys.stdout)


def _columns(columns: str | None, known: tuple[Column, ...]) -> tuple[Column, ...] | None:
    """The columns that were named; None for those that fit."""
    if not columns:
        return None
    by_key = {column.key: column for column in known}
    wanted = [name.strip() for name in columns.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in by_key]
    if unknown:
        raise BadInput(
            N_("--columns {name} is no column. Known are: {known}."),
            name=unknown[0],
            known=", ".join(by_key),
        )
    return tuple(by_key[name] for name in wanted)


def today(
    fmt: Format = None, reveal: Reveal = False, by: By = None, as_of: AsOf = None, ledger: Ledger = None
) -> None:
    """What is to be done today: overdue, due soon, callbacks, inspections, sheets, cues to confirm."""
    desk = Desk.open(ledger, by=by, as_of=as_of, write=reveal)
    rows = work_of_today(desk, reveal=reveal)
    if reveal:
        disclose(desk, "today", rows)
    if as_table(fmt):
        shown, fitting = work_table(rows, desk.book.policy, desk.now)
        emit(shown, fitting, "table", stream=sys.stdout)
    else:
        emit(rows, TODAY, fmt, stream=sys.stdout)


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

"""Lists of cases: those that match, and those found by words."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

from kfcs.commands.options import (
    AsOf,
    By,
    Format,
    Ledger,
    Reveal,
    help_text,
)
from kfcs.desk import Desk
from kfcs.disclosure import disclose
from kfcs.errors import N_, BadInput
from kfcs.filters import Filters
from kfcs.listing import as_table, case_table
from kfcs.output import Column, emit
from kfcs.querying import LIST, cases_matching
from kfcs.searching import FOUND, MARKS, found_by_words, searched_words


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

"""A made-up company to try kfcs on."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kfcs.commands.answering import tell
from kfcs.commands.options import help_text
from kfcs.desk import LEDGER_NAME, Desk, read_clock
from kfcs.errors import N_, Forbidden, LedgerUnusable, Message, say
from kfcs.i18n import render
from kfcs.output import Column, emit
from kfcs.period import iso
from kfcs.settings import FILE_NAME

if TYPE_CHECKING:
    from kfcs.demo.company import Made

LATELY = timedelta(days=4)
MOST = 12
"""Escalations that are shown, of the last days."""
COLUMNS = (
    Column("at", N_("At"), "time"),
    Column("branch", N_("Branch"), "id"),
    Column("case", N_("Case"), "id"),
    Column("level", N_("Level"), "number"),
    Column("rule", N_("Rule"), "id"),
    Column("recipient", N_("To"), "id", words="recipient"),
    Column("due", N_("Due"), "time"),
)


def demo(
    folder: Annotated[str, typer.Argument(metavar=N_("FOLDER"), help=help_text("An empty or new folder."))] = "kfcs-demo",
    seed: Annotated[int, typer.Option("--seed", metavar=N_("N"), help=help_text("Another seed makes other cases; the same one the same."))] = 2024,
) -> None:  # fmt: skip
    """Make a company to try things on: four branches, six months of cases, escalated, with the report of last month.

    Everybody and everything in it is invented. A folder that holds anything is left as it is.
    """
    from kfcs.demo.company import make

    target = Path(folder)
    _refuse_what_is_there(target)
    now = read_clock()
    tell(say(N_("Making up four branches and six months …")))
    with _aside(target) as place:
        made = make(place, now, seed)
    _introduce(target, made)
    desk = Desk.open(str(target / LEDGER_NAME))
    emit(_lately(desk, now), COLUMNS, "table", stream=sys.stdout)
    _try_next(target, desk)


def _refuse_what_is_there(target: Path) -> None:
    if target.is_dir() and not any(target.iterdir()):
        return
    if target.exists() or target.is_symlink():
        raise Forbidden(
            N_("{folder} holds something already, and nothing is overwritten. Name another folder."),
            folder=str(target),
        )


@contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A folder beside the wanted one that takes its place when all is done, and is gone when not."""
    place = target.with_name(f".{target.name}.{os.getpid()}.part") if target.name else target
    try:
        place.mkdir(parents=True)
    except OSError as error:
        raise LedgerUnusable(
            N_("{path} cannot be made: {fault}."), path=str(target), fault=error.strerror or str(error)
        ) from None
    try:
        yield place
        with suppress(FileNotFoundError):
            target.rmdir()  # an empty one; where somebody has put something in meanwhile this fails
        place.rename(target)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def _introduce(target: Path, made: Made) -> None:
    """Where everything lies."""
    _put(say(N_("{cases} cases in {entries} entries."), cases=made.cases, entries=made.entries))
    print()
    _put(say(N_("The group's ledger: {path}"), path=str(target / LEDGER_NAME)))
    _put(say(N_("Its settings: {path}"), path=str(target / FILE_NAME)))
    for code, name in made.branches.items():
        _put(say(N_("Branch {branch}: {path}"), branch=name, path=str(target / code)))
    for name in made.reports:
        _put(say(N_("Report of last month: {path}"), path=str(target / name)))
    for name in made.sheets:
        _put(say(N_("Scores: {path}"), path=str(target / name)))
    print()
    _put(say(N_("Escalations of the last days:")))


def _lately(desk: Desk, now: datetime) -> list[dict[str, Any]]:
    """The newest escalations, the last one first."""
    names = ("at", "branch", "case", "level", "rule", "recipient", "due")
    rows = desk.ledger.connection.execute(
        "SELECT at, branch, coalesce(case_id, subject), level, rule, recipient, due FROM escalations"
        " WHERE at >= ? ORDER BY at DESC, level, key LIMIT ?",
        (iso(now - LATELY), MOST),
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def _try_next(target: Path, desk: Desk) -> None:
    """Three commands that show something at once."""
    row = desk.ledger.connection.execute(
        "SELECT case_id FROM cases WHERE state <> 'closed' ORDER BY level, received_at DESC LIMIT 1"
    ).fetchone()
    print()
    _put(say(N_("Try next:")))
    print(f"  cd {target}")
    for line in ("kfcs today", f"kfcs why {row[0]}" if row else "kfcs list", "kfcs report --branch 重庆"):
        print(f"  {line}")


def _put(message: Message) -> None:
    print(render(message))

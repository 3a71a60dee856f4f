"""The work list of a desk."""

from __future__ import annotations

import sys

from kfcs.commands.options import (
    AsOf,
    By,
    Format,
    Ledger,
    Reveal,
)
from kfcs.desk import Desk
from kfcs.disclosure import disclose
from kfcs.listing import as_table, work_table
from kfcs.output import emit
from kfcs.today import TODAY, work_of_today


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

"""Comparing rule books: what if, and policy diff."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from kfcs.commands.options import Format, Ledger, Month, help_text
from kfcs.desk import Desk, ledger_path
from kfcs.errors import N_, BadInput
from kfcs.output import emit
from kfcs.period import Period, day_of
from kfcs.rulebook import checked_document
from kfcs.whatif import DIFFERENCES, RULE_DIFFERENCES, differences, replay


def whatif(
    policy: Annotated[str | None, typer.Option("--policy", metavar=N_("POLICY"), help=help_text("The policy to try."), show_default=False)] = None,
    month: Month = None, fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Replay a month's cases under another policy and print what would differ (P3)."""
    if not policy:
        raise BadInput(N_("--policy is missing: name the policy to try, as kfcs policy list shows them."))
    desk = Desk.open(ledger)
    period = Period.of("month", day_of(desk.now)).previous()
    if month not in (None, "default"):
        try:
            period = Period.parse("month", str(month))
        except ValueError:
            raise BadInput(N_("--month {value} is no month; write 2026-10."), value=month) from None
    emit(replay(desk, policy, period), DIFFERENCES, fmt, stream=sys.stdout)


def policy_diff(
    first: Annotated[str, typer.Argument(metavar="A", help=help_text("A policy's name or file."), show_default=False)],
    second: Annotated[str, typer.Argument(metavar="B", help=help_text("Another policy's name or file."), show_default=False)],
    fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Where two policies differ, rule by rule."""
    folder = ledger_path(ledger).parent
    found = differences(checked_document(first, folder), checked_document(second, folder))
    emit(found, RULE_DIFFERENCES, fmt, stream=sys.stdout)

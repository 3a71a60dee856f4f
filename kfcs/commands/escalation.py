"""The cron job that raises what is late or grave."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from kfcs.commands.answering import tell
from kfcs.commands.options import By, Format, Ledger, help_text
from kfcs.desk import Desk, given_time
from kfcs.errors import N_, BadInput, say
from kfcs.escalating import run
from kfcs.i18n import language, render
from kfcs.output import Column, emit
from kfcs.rules.escalate import NEXT_STEPS, Escalation
from kfcs.words import word

SOMETHING_ESCALATED = 10

COLUMNS = (
    Column("case", N_("Case"), "id"),
    Column("subject", N_("Subject"), width=30),
    Column("rule", N_("Rule"), "id"),
    Column("clause", N_("Clause"), "id"),
    Column("clock", N_("Clock"), "id", words="clock"),
    Column("rung", N_("Rung"), "number"),
    Column("recipient", N_("To"), "id", words="recipient"),
    Column("recipient_name", N_("Name"), "id"),
    Column("level", N_("Level"), "number"),
    Column("due", N_("Due"), "time"),
    Column("late_seconds", N_("Late (s)"), "number"),
    Column("at", N_("At"), "time"),
    Column("next_step", N_("Next step")),
)


def escalate(
    now: Annotated[str | None, typer.Option("--now", "--at", metavar=N_("TIME"), help=help_text("The moment to judge at; now unless given."), show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=help_text("Print what a run would add, and change nothing."))] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help=help_text("Exit with 10 when something was escalated."))] = False,
    by: By = None, fmt: Format = None, ledger: Ledger = None,
) -> int:  # fmt: skip
    """Escalate what is late or grave, and print just what was added (E1). Run it from cron as often as you like."""
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.now if now is None else given_time(now, desk.now)
    if moment > desk.now and not dry_run:
        raise BadInput(
            N_("--now {value} lies ahead of now ({now}); only a --dry-run can look ahead."),
            value=now,
            now=desk.now,
        )
    outcome = run(desk, moment, dry=dry_run)
    for case_id in outcome.closed:
        tell(say(N_("{case} closed by itself: its quiet days are over."), case=case_id))
    emit([_row(desk, e) for e in outcome.escalations], COLUMNS, fmt, stream=sys.stdout)
    return SOMETHING_ESCALATED if exit_code and outcome.escalations else 0


def _row(desk: Desk, escalation: Escalation) -> dict[str, Any]:
    row = escalation._asdict()
    step = NEXT_STEPS.get(escalation.clock or escalation.rule)
    return {
        "case": row.pop("case_id"),
        **row,
        "recipient_name": desk.settings.recipient(escalation.recipient),
        "late_seconds": escalation.late_seconds,
        "next_step": render(step) if step else word("clock", escalation.clock or "", language()),
    }

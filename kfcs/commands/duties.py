"""What must be handed in, handing it in, and checks at places."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from kfcs.commandline import DEFAULT
from kfcs.commands.answering import tell
from kfcs.commands.options import AsOf, At, Branch, By, Format, Ledger, Text, help_text
from kfcs.desk import Desk
from kfcs.duties import Standing, due_in, find_duty, hand_in
from kfcs.errors import N_, BadInput, Term, say
from kfcs.i18n import language, render
from kfcs.output import Column, check_format, emit, emit_json
from kfcs.period import Period, day_of
from kfcs.rules.checks import FAIL, PASS
from kfcs.rules.obligations import Duty

COLUMNS = (
    Column("name", N_("Obligation"), "id"),
    Column("title", N_("What to hand in")),
    Column("for", N_("Handed in by"), "id", words="recipient"),
    Column("period", N_("Period"), "id"),
    Column("due", N_("Due"), "time"),
    Column("state", N_("State"), "id", words="obligation-state"),
    Column("submitted_at", N_("Handed in"), "time"),
)
FOR_PROGRAMS = (
    *COLUMNS,
    Column("days_late", N_("Days late"), "number"),
    Column("branch", N_("Branch"), "id"),
    Column("clause", N_("Clause"), "id"),
    Column("assumed", N_("Assumed")),
    Column("provisional", N_("Provisional")),
    Column("entry", N_("Entry"), "id"),
)


def due(
    month: Annotated[str | None, typer.Option("--month", metavar=N_("[MONTH]"), help=help_text("A month, such as 2026-10; this one without a value."), show_default=False)] = None,
    branch: Branch = None, by: By = None, fmt: Format = None, as_of: AsOf = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """What falls due in a month, this one unless another is named: by whom, for which period, and how it stands (O1)."""
    programs = check_format(fmt) in ("json", "jsonl")
    desk = Desk.open(ledger, by=by, as_of=as_of)
    standings = due_in(desk, _month(desk, month), _branch(desk, branch))
    _warn_of_guesses(desk, standings)
    rows = [_row(desk, standing) for standing in standings]
    emit(rows, FOR_PROGRAMS if programs else COLUMNS, fmt, stream=sys.stdout)


def submit(
    name: Annotated[str, typer.Argument(metavar=N_("NAME"), help=help_text("What is handed in, by its name in kfcs due."), show_default=False)],
    period: Annotated[str | None, typer.Option("--period", metavar=N_("PERIOD"), help=help_text("The period it is for, as kfcs due shows it, such as 2026-09."), show_default=False)] = None,
    branch: Branch = None, by: By = None, at: At = None, fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record that something was handed in; the first time stands (O1)."""
    if not (period or "").strip():
        raise BadInput(N_("--period is missing: say for which period, as kfcs due shows it."))
    programs = check_format(fmt) in ("json", "jsonl")
    desk = Desk.open(ledger, by=by, write=True)
    duty = find_duty(desk, name.strip(), str(period).strip())
    owner = _branch(desk, branch)
    standing = hand_in(desk, duty, owner, desk.when(at), _frozen(desk, duty, owner))
    _freeze_scores(desk, duty)
    if programs:
        emit_json(_row(desk, standing), sys.stdout)
        return
    told = N_("{title} for {period}: {state}.")
    if standing.state == "late":
        told = N_("{title} for {period}: {state}, days late: {days}.")
    message = say(
        told,
        title=duty.obligation.title[language()],
        period=duty.period.label,
        state=Term("obligation-state", standing.state),
        days=standing.days_late,
    )
    sys.stdout.write(render(message) + "\n")


def _frozen(desk: Desk, duty: Duty, branch: str) -> dict[str, int | str | None] | None:
    """The figures that a report freezes by being handed in (R8)."""
    if not duty.name.endswith(("-report", "-review")):
        return None
    from kfcs.reports.freezing import to_freeze

    return to_freeze(desk, duty.name, duty.period, branch)


def check(
    subject: Annotated[str, typer.Argument(metavar=N_("SUBJECT"), help=help_text("Who or what is checked: a unit, a hall, a service."), show_default=False)],
    text: Text = None,
    place: Annotated[str | None, typer.Option("--place", metavar=N_("PLACE"), help=help_text("Where."), show_default=False)] = None,
    matter: Annotated[str | None, typer.Option("--matter", metavar=N_("MATTER"), help=help_text("What was looked at."), show_default=False)] = None,
    passed: Annotated[bool, typer.Option("--pass", help=help_text("It is in order."))] = False,
    failed: Annotated[bool, typer.Option("--fail", help=help_text("It is not in order."))] = False,
    branch: Branch = None, by: By = None, at: At = None, fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record a check: a patrol, a sales hall, a service. Failures of one place and matter are counted (O4)."""
    from kfcs.checking import record_check

    said = {"subject": subject, "place": place, "matter": matter}
    for option, value in said.items():
        if not (value or "").strip():
            raise BadInput(_MISSING[option])
    if passed == failed:
        raise BadInput(N_("Say either --pass or --fail."))
    programs = check_format(fmt) in ("json", "jsonl")
    desk = Desk.open(ledger, by=by, write=True)
    body = {name: str(value).strip() for name, value in said.items()}
    body |= {"result": FAIL if failed else PASS, "branch": _branch(desk, branch)}
    if (text or "").strip():
        body["text"] = str(text).strip()
    made = record_check(desk, body, desk.when(at))
    if programs:
        emit_json(made.as_json(), sys.stdout)
        return
    sys.stdout.write(render(made.message) + "\n")


_MISSING = {
    "subject": N_("The subject is missing: say who or what is checked."),
    "place": N_("--place is missing: say where."),
    "matter": N_("--matter is missing: say what was looked at."),
}


def _freeze_scores(desk: Desk, duty: Duty) -> None:
    """Feeding the scores of a month back freezes their figures (R8)."""
    card = desk.book.policy_on(duty.period.first).scorecard
    if card is None or card.feedback != duty.name:
        return
    from kfcs.reports.scoresteps import freeze_unconfirmed

    frozen = freeze_unconfirmed(desk, duty.period)
    if frozen:
        tell(say(N_("Confirmed by this, with their figures as they stand: {names}."), names=frozen))


def _month(desk: Desk, text: str | None) -> Period:
    """The month that was named; this one unless it was."""
    from kfcs.commands.reporting import chosen_period

    if text is None or text == DEFAULT:
        return Period.of("month", day_of(desk.now))
    return chosen_period(desk, {"month": text})


def _branch(desk: Desk, given: str | None) -> str:
    if given is None:
        return desk.settings.branch
    if not given.strip():
        raise BadInput(N_("--branch is empty; name the branch, or leave it out."))
    return given.strip()


def _row(desk: Desk, standing: Standing) -> dict[str, Any]:
    duty, handed = standing.duty, standing.handed_in
    return {
        "name": duty.name,
        "title": duty.obligation.title[language()],
        "for": duty.obligation.by,
        "period": duty.period.label,
        "due": duty.due,
        "state": standing.state,
        "submitted_at": handed.at if handed else None,
        "days_late": standing.days_late,
        "branch": standing.branch,
        "clause": duty.obligation.clause,
        "assumed": duty.obligation.assumed,
        "entry": handed.entry if handed else None,
        "provisional": bool(duty.guessed_years(desk.book.calendar)),
    }


def _warn_of_guesses(desk: Desk, standings: list[Standing]) -> None:
    """T2: a due date that hangs on a year whose working days are not published is told, by the year's number."""
    years = {year for standing in standings for year in standing.duty.guessed_years(desk.book.calendar)}
    for year in sorted(years):
        tell(
            say(
                N_(
                    "The working days of {year} are not published yet; Monday to Friday is assumed. Correct them in kfcs.toml."
                ),
                year=str(year),
            )
        )

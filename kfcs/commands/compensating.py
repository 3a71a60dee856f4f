"""Compensation from the application to the deduction (SPEC H8)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

import typer

from kfcs.cases import Case as FoldedCase
from kfcs.commands.answering import announce
from kfcs.commands.options import At, By, Case, Format, Ledger, Reveal, help_text
from kfcs.desk import Desk
from kfcs.entries import Draft
from kfcs.errors import N_, BadInput, KfcsError
from kfcs.evidence import file_given
from kfcs.money import from_fen, parse_money
from kfcs.rules.compensation import authority_of, may_apply, may_approve, may_commit, may_deduct, may_pay


def compensate(
    case: Case,
    apply: Annotated[str | None, typer.Option("--apply", metavar="CNY", help=help_text("Apply for this sum; needs --grounds."), show_default=False)] = None,
    grounds: Annotated[str | None, typer.Option("--grounds", metavar=N_("TEXT"), help=help_text("On what grounds."), show_default=False)] = None,
    approve: Annotated[str | None, typer.Option("--approve", metavar="CNY", help=help_text("Approve this sum, within your authority."), show_default=False)] = None,
    letter: Annotated[str | None, typer.Option("--letter", metavar=N_("FILE"), help=help_text("The commitment letter."), show_default=False)] = None,
    pay: Annotated[str | None, typer.Option("--pay", metavar="CNY", help=help_text("This sum was paid."), show_default=False)] = None,
    deduct: Annotated[str | None, typer.Option("--deduct", metavar="CNY", help=help_text("This sum is taken back from a third party; needs --from."), show_default=False)] = None,
    unit: Annotated[str | None, typer.Option("--from", metavar=N_("CONTRACTOR"), help=help_text("The third party that bears it."), show_default=False)] = None,
    by: By = None, at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Take compensation a step further: apply, approve, letter, pay, deduct, in this order (H8)."""
    given = {"apply": apply, "approve": approve, "letter": letter, "pay": pay, "deduct": deduct}
    steps = [name for name, value in given.items() if value is not None]
    if len(steps) != 1:
        raise BadInput(N_("Say one of --apply, --approve, --letter, --pay or --deduct."))
    step = steps[0]
    _needs(step, grounds, unit)
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)
    body: dict[str, Any] = {"step": step}
    amount = Decimal(0)
    if letter is not None:
        body["evidence"] = [file_given(letter)]
    else:
        amount = _sum(step, str(given[step]))
        body["amount"] = str(amount)
    if grounds and step == "apply":
        body["grounds"] = grounds
    if unit and step == "deduct":
        body["unit"] = unit

    def make(before: FoldedCase) -> Draft:
        return Draft("compensation", moment, desk.operator, body, before.case_id)

    announce(desk, desk.act(case, make, _check(desk, step, amount)), fmt, reveal=reveal)


def _needs(step: str, grounds: str | None, unit: str | None) -> None:
    if step == "apply" and not (grounds or "").strip():
        raise BadInput(N_("--apply needs --grounds: say on what grounds."))
    if step == "deduct" and not (unit or "").strip():
        raise BadInput(N_("--deduct needs --from: name the third party that bears it."))


def _sum(option: str, text: str) -> Decimal:
    try:
        amount = parse_money(text)
    except ValueError:
        amount = Decimal(0)
    if amount <= 0:
        raise BadInput(
            N_("--{option} {value} is no sum in CNY; write 8000 or 8000.50."), option=option, value=text
        )
    return amount


def _check(desk: Desk, step: str, amount: Decimal) -> Callable[[FoldedCase], KfcsError | None]:
    checks: dict[str, Callable[[FoldedCase], KfcsError | None]] = {
        "apply": lambda case: may_apply(case, amount),
        "approve": lambda case: may_approve(
            case, amount, desk.operator, _limit(desk), _approved_elsewhere(desk, case)
        ),
        "letter": may_commit,
        "pay": lambda case: may_pay(case, amount),
        "deduct": lambda case: may_deduct(case, amount),
    }
    return checks[step]


def _limit(desk: Desk) -> Decimal | None:
    return authority_of(desk.operator, desk.settings.authority, desk.settings.recipients)


def _approved_elsewhere(desk: Desk, case: FoldedCase) -> dict[str, Decimal]:
    """What is approved on other cases of the same home, by case number."""
    if not case.home:
        return {}
    rows = desk.ledger.connection.execute(
        "SELECT case_id, amount_fen FROM compensations WHERE project = ? AND home = ? AND step = 'approve' AND case_id <> ?",
        (case.project, case.home, case.case_id),
    )
    return {number: from_fen(fen) or Decimal(0) for number, fen in rows}

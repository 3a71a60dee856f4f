"""Compensation, step by step (SPEC H8): claimed, applied, approved, commitment letter, paid, third-party deduction.

Each function looks at a case's compensation and a step about to be recorded and returns None or the refusal. Sums are
exact to the fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from kfcs.cases import Case, Compensation
from kfcs.errors import N_, Forbidden

NOTHING = Decimal("0.00")


def may_apply(case: Case, amount: Decimal) -> Forbidden | None:
    """An application follows a claim; it may be made, and made anew, until it is approved."""
    if case.claim is None:
        return Forbidden(
            N_("{case}: nothing is claimed; record it with kfcs amend {case} --set claim=CNY --reason …"),
            case=case.case_id,
        )
    if not _of(case).approved:
        return None
    return Forbidden(
        N_("{case}: {approved} CNY are approved already; what goes beyond needs a case of its own."),
        case=case.case_id,
        approved=_of(case).approved,
    )


def may_approve(
    case: Case, amount: Decimal, by: str, limit: Decimal | None, others: Mapping[str, Decimal]
) -> Forbidden | None:
    """Approved up to what was applied for, and up to what the approver may grant one home.

    ``limit`` is the approver's, None for no limit; ``others`` are the sums approved on other cases of the same home,
    which count together, so that a claim split to stay under a limit is named.
    """
    held = _of(case)
    if held.applied is None:
        return Forbidden(
            N_("{case}: nothing was applied for; record --apply CNY --grounds first."), case=case.case_id
        )
    if held.paid:
        return Forbidden(
            N_("{case}: {paid} CNY were paid already; the approval stands."),
            case=case.case_id,
            paid=held.paid,
        )
    if amount > held.applied:
        return Forbidden(
            N_("{case}: {amount} CNY are more than the {applied} CNY applied for."),
            case=case.case_id,
            amount=amount,
            applied=held.applied,
        )
    together = amount + sum(others.values(), NOTHING)
    if limit is None or together <= limit:
        return None
    if others:
        return Forbidden(
            N_(
                "{who} may approve {limit} CNY for one home; with {others} of the same home it would be {together} CNY."
            ),
            who=by,
            limit=limit,
            others=", ".join(f"{number} ({sum_} CNY)" for number, sum_ in sorted(others.items())),
            together=together,
        )
    return Forbidden(
        N_("{who} may approve {limit} CNY, not {amount} CNY."), who=by, limit=limit, amount=amount
    )


def may_commit(case: Case) -> Forbidden | None:
    """The commitment letter follows the approval."""
    if _of(case).approved is not None:
        return None
    return Forbidden(N_("{case}: nothing is approved; record --approve CNY first."), case=case.case_id)


def may_pay(case: Case, amount: Decimal) -> Forbidden | None:
    """Paid after the letter, and never beyond the approval."""
    held = _of(case)
    if held.approved is None:
        return may_commit(case)
    if not held.letter:
        return Forbidden(
            N_("{case}: there is no commitment letter; record --letter FILE first."), case=case.case_id
        )
    if held.paid + amount > held.approved:
        return Forbidden(
            N_(
                "{case}: with {amount} CNY the payments would be {together} CNY, above the {approved} CNY approved."
            ),
            case=case.case_id,
            amount=amount,
            together=held.paid + amount,
            approved=held.approved,
        )
    return None


def may_deduct(case: Case, amount: Decimal) -> Forbidden | None:
    """Taken back from a third party up to what was paid."""
    held = _of(case)
    if held.deducted + amount <= held.paid:
        return None
    return Forbidden(
        N_("{case}: deductions of {together} CNY would be more than the {paid} CNY paid."),
        case=case.case_id,
        together=held.deducted + amount,
        paid=held.paid,
    )


def _of(case: Case) -> Compensation:
    return case.compensation


def authority_of(
    person: str, authority: Mapping[str, object], recipients: Mapping[str, str]
) -> Decimal | None:
    """How much a person may approve: by name, or by a role that ``[recipients]`` gives the person; None for unlimited.

    Who has several sums has the largest. A person to whom no sum is given is not limited (H8: none = unlimited).
    """
    roles = {person, *(role for role, name in recipients.items() if name == person)}
    sums = [Decimal(str(authority[role])) for role in roles if role in authority]
    return max(sums, default=None)

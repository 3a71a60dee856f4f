"""What a case's state allows (SPEC H4, H5, H7, H10).

Each function looks at a case and an act about to be recorded, and returns None or the refusal: what forbids the act
and what would be allowed. Nothing here reads a clock or a database.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kfcs.cases import Attempt, Case, Rectification
from kfcs.errors import N_, BadInput, Forbidden, Message, Term, say
from kfcs.rules.policy import Policy

CLOSING_REASONS = ("no-agreement", "beyond-authority", "invalid", "withdrawn", "void", "duplicate")


def open_for(case: Case, act: Message, states: Iterable[str]) -> Forbidden | None:
    """Whether a case in one of ``states`` is wanted and the case is in another."""
    if case.merged_into:
        return Forbidden(
            N_("{case} was folded into {other}; record this on {other}."),
            case=case.case_id,
            other=case.merged_into,
        )
    if case.state in states:
        return None
    return Forbidden(
        N_("{act} is not possible: {case} is {state}. {next}"),
        act=act,
        case=case.case_id,
        state=Term("state", case.state),
        next=_NEXT[case.state],
    )


def consent_missing(case: Case, policy: Policy, level: int, moment: datetime) -> Message | None:
    """What to bear in mind when the customer is told the plan of a grave case that nobody has consented to: a
    coordination note that names who approved is the consent (major-hot 4.1.3, assumed)."""
    if level not in policy.consent_levels:
        return None
    if any([note.kind == "coordination" and note.approved_by and note.at <= moment for note in case.notes]):
        return None
    return say(
        N_(
            "{case}: at this level headquarters must consent before the customer is told the plan."
            " Record who did: kfcs note {case} TEXT --as coordination --approved-by NAME."
        ),
        case=case.case_id,
    )


_NEXT = {
    "open": say(N_("Dispatch, contact, rectify or resolve it.")),
    "rectifying": say(N_("Finish or inspect its rectification first, or say --despite.")),
    "resolved": say(N_("Record its callback, or reopen it.")),
    "closed": say(N_("Reopen it first, or log a new case with --repeat-of.")),
}


def may_resolve(case: Case, despite: str | None) -> Forbidden | None:
    """H4: refused while a rectification is open or failed, unless a reason is given."""
    refusal = open_for(case, say(N_("Resolving")), ("open", "rectifying"))
    pending = [order.id for order in case.rectifications if order.pending]
    if refusal or not pending or despite:
        return refusal
    return Forbidden(
        N_(
            "{case} cannot be resolved: {orders} not done, or failed inspection. Record --done, or give --despite REASON."
        ),
        case=case.case_id,
        orders=", ".join(pending),
    )


def may_call_back(case: Case) -> Forbidden | None:
    """H5: only a resolved case is called back; H6: some are not called back at all."""
    refusal = open_for(case, say(N_("A callback")), ("resolved",))
    if refusal or case.needs_callback:
        return refusal
    return Forbidden(
        N_(
            "{case} is not to be called back (settled on the spot, anonymous or sensitive); it closes by itself."
        ),
        case=case.case_id,
    )


def may_close(case: Case, why: str, policy: Policy) -> Forbidden | None:
    """H7: what each reason needs. A resolved case is closed by its callback, save as void or duplicate."""
    states = ("open", "rectifying", "resolved") if why in ("void", "duplicate") else ("open", "rectifying")
    refusal = open_for(case, say(N_("Closing for this reason")), states)
    if refusal:
        return refusal
    if why == "no-agreement":
        return _no_agreement(case, policy.no_agreement_contacts)
    if why == "invalid" and case.validity != "invalid":
        return Forbidden(
            N_("{case} is not verified as invalid. Run: kfcs verify-case {case} --invalid --reason …"),
            case=case.case_id,
        )
    return None


def _no_agreement(case: Case, wanted: int) -> Forbidden | None:
    held = len(case.contacts)
    if held < wanted:
        return Forbidden(
            N_("{case} has {held} contacts; closing without agreement needs {wanted}."),
            case=case.case_id,
            held=held,
            wanted=wanted,
        )
    if not any([contact.no_agreement for contact in case.contacts]):
        return Forbidden(
            N_("No contact of {case} is marked --no-agreement; record the one in which none was reached."),
            case=case.case_id,
        )
    return None


def may_verify_action(case: Case) -> Forbidden | None:
    """What was corrected or prevented can be verified once the case has been resolved, closed or not."""
    if case.resolutions and (case.correction or case.prevention):
        return None
    return Forbidden(
        N_(
            "{case} names no correction or prevention to verify; resolve it with --correction or --prevention."
        ),
        case=case.case_id,
    )


def may_reopen(case: Case) -> Forbidden | None:
    """A resolved or closed case may be reopened; a folded-in or void one may not."""
    refusal = open_for(case, say(N_("Reopening")), ("resolved", "closed"))
    if refusal or case.counted:
        return refusal
    return Forbidden(N_("{case} was closed as void or duplicate; log the matter anew."), case=case.case_id)


def may_rectify(case: Case) -> Forbidden | None:
    """Orders and their inspections belong to a case that is not resolved yet."""
    return open_for(case, say(N_("A rectification")), ("open", "rectifying"))


def may_join(case: Case) -> Forbidden | None:
    """Complainants join a case that is not closed."""
    return open_for(case, say(N_("Joining")), ("open", "rectifying", "resolved"))


def may_handle(case: Case, act: Message) -> Forbidden | None:
    """Dispatch, contact, verification: while the case is not closed."""
    return open_for(case, act, ("open", "rectifying", "resolved"))


def before_receipt(case: Case, at: datetime) -> BadInput | None:
    """Why an act cannot have happened at ``at``: the case was received later."""
    if at >= case.received_at:
        return None
    return BadInput(
        N_("{at} lies before {case} was received ({received})."),
        at=at,
        case=case.case_id,
        received=case.received_at,
    )


def before_last_turn(case: Case, at: datetime) -> Forbidden | None:
    """Why an act that turns the state cannot have happened at ``at``: the state turned after that."""
    turns = [e.at for e in case.epochs] + [r.at for r in case.resolutions] + [c.at for c in case.closures]
    if at >= max(turns):
        return None
    return Forbidden(
        N_("{at} lies before the last turn of {case} ({turn})."), at=at, case=case.case_id, turn=max(turns)
    )


def may_sign(case: Case, role: str) -> Forbidden | None:
    """H12: a department signs the sheet of a case that was given to it; a customer that of a case in hand or done."""
    refusal = open_for(case, say(N_("Signing")), ("open", "rectifying", "resolved", "closed"))
    if refusal or role == "customer" or case.dispatches:
        return refusal
    return Forbidden(
        N_(
            "{case} was given to no department yet, so there is no sheet to sign. Run: kfcs dispatch {case} --to …"
        ),
        case=case.case_id,
    )


def signature_awaited(case: Case, policy: Policy) -> str | None:
    """What the sheet of a case waits for: to be signed for by the department (``received``), or, once the matter is
    settled, to be handed back (``returned``); None for neither.

    A sheet that was signed for must come back; whether it must be signed for is the policy's to say.
    """
    if case.state == "closed" or not case.dispatches:
        return None
    given = max([dispatch.n for dispatch in case.dispatches if not dispatch.coordinate], default=0)
    roles = {signature.role for signature in case.signatures if signature.n > given}
    if "returned" in roles:
        return None
    if "received" not in roles and "received" in policy.sheet_signatures:
        return "received"
    out = "received" in roles or "returned" in policy.sheet_signatures
    return "returned" if out and case.state == "resolved" else None


def limit_missing(policy: Policy, due: datetime | None) -> Message | None:
    """What to bear in mind when a case is given to a department without a limit, where the policy wants one."""
    if due is not None or not policy.sheet_limit:
        return None
    return say(N_("This policy sets the department a limit: dispatch again with --due TIME."))


def may_note(case: Case) -> Forbidden | None:
    """A note may be added to any case but one that was folded into another."""
    return open_for(case, say(N_("A note")), ("open", "rectifying", "resolved", "closed"))


def may_inspect(case: Case, order: Rectification) -> Forbidden | None:
    """H3: only what was done is inspected."""
    if order.current.done_at is not None and order.current.result is None:
        return None
    if order.pending:
        return Forbidden(
            N_("{r} of {case} is not done yet; record --done {r} first."), r=order.id, case=case.case_id
        )
    return Forbidden(N_("{r} of {case} passed its inspection already."), r=order.id, case=case.case_id)


def workers_of(attempt: Attempt) -> tuple[str, ...]:
    """Who ordered and did a rectification: whoever of them inspects it checks own work (H11)."""
    return tuple(filter(None, (attempt.ordered_by, attempt.done_by)))


def handlers_of(case: Case, epoch: int) -> tuple[str, ...]:
    """Who solved a case for the ``epoch``-th time, or put right what it took: whoever of them calls back asks about own
    work (H11)."""
    if not 0 < epoch <= len(case.resolutions):
        return ()
    resolution = case.resolutions[epoch - 1]
    done = [
        a.done_by for r in case.rectifications for a in r.attempts if a.done_at and a.done_at <= resolution.at
    ]
    return tuple(filter(None, (resolution.by, *done)))


def separation(policy: Policy, by: str, doers: Iterable[str], despite: str | None) -> Forbidden | None:
    """H11: whether a policy that keeps doing and checking apart refuses one person for both."""
    if policy.separation != "refuse" or by not in doers or despite:
        return None
    return Forbidden(
        N_("{who} did the work and cannot check it too; let another do it, or give --despite REASON."), who=by
    )

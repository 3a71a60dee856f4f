"""What happens to a case until it is closed: dispatch, contact, rectification, resolution, callback, closure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import typer

from kfcs.cases import Case as FoldedCase
from kfcs.cases import Rectification
from kfcs.commands.answering import announce, tell
from kfcs.commands.names import named
from kfcs.commands.options import At, By, Case, Despite, Format, Ledger, Reason, Reveal, Text, help_text
from kfcs.desk import Desk
from kfcs.entries import NOBODY, Draft, Person
from kfcs.errors import N_, BadInput, Forbidden, KfcsError, say
from kfcs.evidence import file_given
from kfcs.intake.facts import checked_field, needed_time
from kfcs.period import iso
from kfcs.rules.durations import Duration
from kfcs.rules.lifecycle import (
    consent_missing,
    handlers_of,
    limit_missing,
    may_call_back,
    may_close,
    may_handle,
    may_inspect,
    may_note,
    may_rectify,
    may_resolve,
    may_sign,
    may_verify_action,
    separation,
    workers_of,
)
from kfcs.words import parse_word

Check = Callable[[FoldedCase], KfcsError | None]


def _record(
    desk: Desk,
    case: str,
    kind: str,
    body: dict[str, Any] | Callable[[FoldedCase], dict[str, Any]],
    check: Check,
    moment: datetime,
    *,
    turning: bool = False,
    refers: Callable[[FoldedCase], str] | None = None,
) -> Any:
    """Record one act of ``kind``; values that were not given are left out of its body. ``refers`` names what it is about."""

    def make(before: FoldedCase) -> Draft:
        made = body(before) if callable(body) else body
        kept = {name: value for name, value in made.items() if value not in (None, "", False, [])}
        about = None if refers is None else refers(before)
        return Draft(kind, moment, desk.operator, kept, before.case_id, about)

    return desk.act(case, make, check, turning=turning)


def dispatch(
    case: Case,
    text: Text = None,
    to: Annotated[str | None, typer.Option("--to", metavar=N_("DEPARTMENT"), help=help_text("The department that is to handle it."), show_default=False)] = None,
    contact_within: Annotated[str | None, typer.Option("--contact-within", metavar="30m", help=help_text("How soon the customer must be contacted."), show_default=False)] = None,
    due: Annotated[str | None, typer.Option("--due", metavar=N_("TIME"), help=help_text("By when it must be handled."), show_default=False)] = None,
    coordinate: Annotated[bool, typer.Option("--coordinate", help=help_text("The department must coordinate or confirm; who is responsible stays."))] = False,
    outside_help: Annotated[bool, typer.Option("--outside-help", help=help_text("Help from outside is needed."))] = False,
    branch: Annotated[str | None, typer.Option("--branch", metavar=N_("BRANCH"), help=help_text("Hand the case to this branch, which owns it in statistics from now on."), show_default=False)] = None,
    by: By = None, at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Give a case to a department (H1); the chain of hand-overs is kept.

    TEXT says what it is asked to do or to confirm, as the handling sheet and the coordination sheet have it.
    """
    if not (to or "").strip():
        raise BadInput(N_("--to is missing: name the department."))
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)
    body = {
        "department": named(desk, "department", to),
        "text": (text or "").strip(),
        "contact_within": None if contact_within is None else _duration("contact-within", contact_within),
        "due": None if due is None else iso(_after(moment, "due", needed_time("due", due, desk.now))),
        "coordinate": coordinate,
        "outside_help": outside_help,
        "branch": (branch or "").strip(),
    }
    made = _record(desk, case, "dispatch", body, lambda c: may_handle(c, say(N_("Dispatching"))), moment)
    announce(desk, made, fmt, reveal=reveal)
    if not coordinate and (missing := limit_missing(made.policy, made.case.dispatches[-1].due)):
        tell(missing)


def contact(
    case: Case,
    text: Text = None,
    reply: Annotated[bool, typer.Option("--reply", help=help_text("It answers the customer."))] = False,
    plan: Annotated[bool, typer.Option("--plan", help=help_text("It gives the customer a plan."))] = False,
    promise: Annotated[str | None, typer.Option("--promise", metavar=N_("TIME"), help=help_text("By when it will be done, as agreed with the customer."), show_default=False)] = None,
    on_site: Annotated[bool, typer.Option("--on-site", help=help_text("Somebody is at the scene."))] = False,
    waiting: Annotated[bool, typer.Option("--waiting-on-customer", help=help_text("The customer must act first; the clocks wait."))] = False,
    no_agreement: Annotated[bool, typer.Option("--no-agreement", help=help_text("No agreement was reached."))] = False,
    ack: Annotated[bool, typer.Option("--ack", help=help_text("It tells the customer that the case was received."))] = False,
    by: By = None, at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record a contact with the customer (H2)."""
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)
    body = {
        "text": text,
        "reply": reply,
        "plan": plan,
        "promise": None
        if promise is None
        else iso(_after(moment, "promise", needed_time("promise", promise, desk.now))),
        "on_site": on_site,
        "waiting_on_customer": waiting,
        "no_agreement": no_agreement,
        "ack": ack,
    }
    made = _record(desk, case, "contact", body, lambda c: may_handle(c, say(N_("A contact"))), moment)
    announce(desk, made, fmt, reveal=reveal)
    if plan and (missing := consent_missing(made.case, made.policy, made.level(desk.now)[0], moment)):
        tell(missing)


def rectify(
    case: Case,
    order: Annotated[str | None, typer.Option("--order", metavar=N_("WHAT"), help=help_text("What must be put right; needs --dept and --due."), show_default=False)] = None,
    dept: Annotated[str | None, typer.Option("--dept", metavar=N_("DEPARTMENT"), help=help_text("The department that answers for it."), show_default=False)] = None,
    due: Annotated[str | None, typer.Option("--due", metavar=N_("TIME"), help=help_text("By when; also the new limit after a failed inspection."), show_default=False)] = None,
    unit: Annotated[str | None, typer.Option("--unit", metavar=N_("CONTRACTOR"), help=help_text("The contractor who does it."), show_default=False)] = None,
    done: Annotated[str | None, typer.Option("--done", metavar="R1", help=help_text("This rectification is done."), show_default=False)] = None,
    cost: Annotated[str | None, typer.Option("--cost", metavar="CNY", help=help_text("What it cost."), show_default=False)] = None,
    files: Annotated[list[str] | None, typer.Option("--evidence", metavar=N_("FILE"), help=help_text("A photo or a record; may be given several times."), show_default=False)] = None,
    inspect: Annotated[str | None, typer.Option("--inspect", metavar="R1", help=help_text("This rectification is inspected, with --pass or --fail."), show_default=False)] = None,
    passed: Annotated[bool, typer.Option("--pass", help=help_text("The inspection passed."))] = False,
    failed: Annotated[bool, typer.Option("--fail", help=help_text("The inspection failed; it is ordered again."))] = False,
    fault: Annotated[str | None, typer.Option("--fault", metavar="late|quality|attitude|standard", help=help_text("What was wrong."), show_default=False)] = None,
    reason: Reason = None, despite: Despite = None,
    by: By = None, at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Order, finish or inspect a rectification (H3)."""
    chosen = [name for name, value in (("order", order), ("done", done), ("inspect", inspect)) if value]
    if len(chosen) != 1:
        raise BadInput(N_("Say one of --order WHAT, --done R1 or --inspect R1."))
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)
    if order:
        made = _order(desk, case, order, dept, due, unit, moment)
        newest = made.case.rectifications[-1]
        tell(say(N_("Ordered as {r} of {case}."), r=newest.id, case=made.case.case_id))
    elif done:
        made = _done(desk, case, done, cost, files or [], moment)
    else:
        made = _inspect(desk, case, str(inspect), passed, failed, fault, due, reason, despite, moment)
    announce(desk, made, fmt, reveal=reveal)


def _order(
    desk: Desk, case: str, what: str, dept: str | None, due: str | None, unit: str | None, moment: datetime
) -> Any:
    if not dept or not due:
        raise BadInput(N_("--order needs --dept DEPARTMENT and --due TIME."))
    limit = iso(_after(moment, "due", needed_time("due", due, desk.now)))
    department = named(desk, "department", dept)

    def body(before: FoldedCase) -> dict[str, Any]:
        return {
            "r": before.next_rectification,
            "what": what,
            "department": department,
            "due": limit,
            "unit": unit,
        }

    return _record(desk, case, "rectification-ordered", body, may_rectify, moment)


def _done(desk: Desk, case: str, given: str, cost: str | None, files: list[str], moment: datetime) -> Any:
    kept = [file_given(path) for path in files]
    paid = None if cost is None else checked_field("claim", cost, desk.now)

    def body(before: FoldedCase) -> dict[str, Any]:
        return {"r": _named(before, given).id, "cost": paid, "evidence": kept}

    def check(before: FoldedCase) -> KfcsError | None:
        order = _named(before, given)
        if order.pending:
            _not_before(moment, order.current.ordered_at, order)
            return may_rectify(before)
        return may_rectify(before) or Forbidden(
            N_(
                "{r} of {case} is done already, since {when}. Inspect it, or correct the entry with kfcs amend."
            ),
            r=order.id,
            case=before.case_id,
            when=order.current.done_at,
        )

    return _record(
        desk, case, "rectification-done", body, check, moment, refers=lambda c: _named(c, given).entry
    )


def _inspect(
    desk: Desk, case: str, given: str, passed: bool, failed: bool, fault: str | None, due: str | None,
    reason: str | None, despite: str | None, moment: datetime,
) -> Any:  # fmt: skip
    if passed == failed:
        raise BadInput(N_("--inspect needs either --pass or --fail."))
    limit = None if due is None else iso(_after(moment, "due", needed_time("due", due, desk.now)))
    found = None if fault is None else parse_word("fault", fault)

    def body(before: FoldedCase) -> dict[str, Any]:
        order = _named(before, given)
        return {
            "r": order.id,
            "result": "pass" if passed else "fail",
            "fault": found,
            "due": limit if failed else None,
            "reason": reason,
            "despite": despite,
            "self_inspected": desk.operator in workers_of(order.current),
        }

    def check(before: FoldedCase) -> KfcsError | None:
        order = _named(before, given)
        refusal = may_rectify(before) or may_inspect(before, order)
        if refusal is None and order.current.done_at:
            _not_before(moment, order.current.done_at, order)
        return refusal or separation(desk.book.policy, desk.operator, workers_of(order.current), despite)

    return _record(desk, case, "inspection", body, check, moment, refers=lambda c: _named(c, given).entry)


def _named(case: FoldedCase, given: str) -> Rectification:
    order = case.rectification(given)
    if order is None:
        known = ", ".join(r.id for r in case.rectifications) or "–"
        raise BadInput(
            N_("{case} has no rectification {given}; it has {known}."),
            case=case.case_id,
            given=given,
            known=known,
        )
    return order


def _not_before(moment: datetime, earliest: datetime, order: Rectification) -> None:
    if moment < earliest:
        raise BadInput(
            N_("{at} lies before what {r} needs first ({earliest})."),
            at=moment,
            r=order.id,
            earliest=earliest,
        )


def resolve(
    case: Case,
    text: Text = None,
    cause: Annotated[str | None, typer.Option("--cause", metavar=N_("CODE"), help=help_text("The final cause, by which statistics go."), show_default=False)] = None,
    correction: Annotated[str | None, typer.Option("--correction", metavar=N_("TEXT"), help=help_text("What was corrected."), show_default=False)] = None,
    prevention: Annotated[str | None, typer.Option("--prevention", metavar=N_("TEXT"), help=help_text("What keeps it from happening again."), show_default=False)] = None,
    despite: Despite = None,
    by: By = None, at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record that a case is solved (H4); the callback is due from now on."""
    from kfcs.intake.amending import cause_code

    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)
    body = {
        "text": text,
        "cause": None if cause is None else cause_code(desk, cause),
        "correction": correction,
        "prevention": prevention,
        "despite": despite,
    }
    made = _record(desk, case, "resolution", body, lambda c: may_resolve(c, despite), moment, turning=True)
    announce(desk, made, fmt, reveal=reveal)


def verify_action(
    case: Case,
    passed: Annotated[bool, typer.Option("--pass", help=help_text("The measure works."))] = False,
    failed: Annotated[bool, typer.Option("--fail", help=help_text("The measure does not work."))] = False,
    reason: Reason = None,
    by: By = None, at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Verify the corrective action of a resolved case: who did, and whether it works."""
    if passed == failed:
        raise BadInput(N_("Say either --pass or --fail."))
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)
    body = {"result": "pass" if passed else "fail", "reason": reason}
    made = _record(desk, case, "action-verification", body, may_verify_action, moment)
    announce(desk, made, fmt, reveal=reveal)


def callback(
    case: Case,
    text: Text = None,
    satisfied: Annotated[bool, typer.Option("--satisfied", help=help_text("The customer is satisfied; the case closes."))] = False,
    acceptable: Annotated[bool, typer.Option("--acceptable", help=help_text("The customer can live with it; the case closes."))] = False,
    unsatisfied: Annotated[bool, typer.Option("--unsatisfied", help=help_text("The customer is not satisfied; the case opens again."))] = False,
    unreachable: Annotated[bool, typer.Option("--unreachable", help=help_text("The customer was not reached; on a third day the case closes."))] = False,
    refused: Annotated[bool, typer.Option("--refused", help=help_text("The customer gives no answer; the case closes."))] = False,
    signed: Annotated[str | None, typer.Option("--signed", metavar=N_("FILE"), help=help_text("The sheet that the customer signed."), show_default=False)] = None,
    despite: Despite = None,
    by: By = None, at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record what the customer said when called back (H5)."""
    given = {
        "satisfied": satisfied, "acceptable": acceptable, "unsatisfied": unsatisfied,
        "unreachable": unreachable, "refused": refused,
    }  # fmt: skip
    results = [name for name, said in given.items() if said]
    if len(results) != 1:
        raise BadInput(N_("Say one of --satisfied, --acceptable, --unsatisfied, --unreachable or --refused."))
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)
    body = {
        "result": results[0],
        "text": text,
        "signed": None if signed is None else file_given(signed),
        "despite": despite,
    }

    def check(before: FoldedCase) -> KfcsError | None:
        handlers = handlers_of(before, len(before.resolutions))
        return may_call_back(before) or separation(desk.book.policy, desk.operator, handlers, despite)

    announce(desk, _record(desk, case, "callback", body, check, moment, turning=True), fmt, reveal=reveal)


def close(
    case: Case,
    why: Annotated[str | None, typer.Option("--why", metavar=N_("WHY"), help=help_text("no-agreement, beyond-authority, invalid, withdrawn, void or duplicate."), show_default=False)] = None,
    reason: Reason = None,
    by: By = None, at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Close a case without a callback (H7)."""
    if not why:
        raise BadInput(
            N_("--why is missing: no-agreement, beyond-authority, invalid, withdrawn, void or duplicate.")
        )
    if not reason:
        raise BadInput(N_("--reason is missing: say in a sentence why the case is closed so."))
    ground = parse_word("closing", why)
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)
    body = {"why": ground, "reason": reason}
    policy = desk.book.policy
    made = _record(desk, case, "closure", body, lambda c: may_close(c, ground, policy), moment, turning=True)
    announce(desk, made, fmt, reveal=reveal)


def note(
    case: Case,
    text: Text = None,
    kind: Annotated[str | None, typer.Option("--as", metavar=N_("KIND"), help=help_text("investigation, borrowed-staff, coordination, supervision, penalty-proposal, follow-up, typical or internal."), show_default=False)] = None,
    confirmed_by: Annotated[str | None, typer.Option("--confirmed-by", metavar=N_("NAME"), help=help_text("Who confirmed the investigation."), show_default=False)] = None,
    leader: Annotated[str | None, typer.Option("--leader", metavar=N_("NAME"), help=help_text("Whose leader was told of the borrowed staff."), show_default=False)] = None,
    approved_by: Annotated[str | None, typer.Option("--approved-by", metavar=N_("NAME"), help=help_text("Who approved the coordination."), show_default=False)] = None,
    dept: Annotated[str | None, typer.Option("--dept", metavar=N_("DEPARTMENT"), help=help_text("The department concerned."), show_default=False)] = None,
    due: Annotated[str | None, typer.Option("--due", metavar=N_("TIME"), help=help_text("By when the department must answer."), show_default=False)] = None,
    to: Annotated[str | None, typer.Option("--to", metavar=N_("NAME"), help=help_text("With whom the proposal goes."), show_default=False)] = None,
    files: Annotated[list[str] | None, typer.Option("--evidence", metavar=N_("FILE"), help=help_text("A photo or a record; may be given several times."), show_default=False)] = None,
    by: By = None, at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Add an investigation, supervision, proposal or note (H9)."""
    if not (text or "").strip():
        raise BadInput(N_("The text of the note is missing."))
    as_kind = parse_word("note", kind or "internal")
    _needed_by_note(
        as_kind,
        {
            "confirmed_by": confirmed_by,
            "leader": leader,
            "approved_by": approved_by,
            "dept": dept,
            "due": due,
            "to": to,
        },
    )
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)
    body = {
        "as": as_kind,
        "text": text,
        "confirmed_by": named(desk, "staff", confirmed_by),
        "leader": named(desk, "staff", leader),
        "approved_by": named(desk, "staff", approved_by),
        "department": named(desk, "department", dept),
        "due": None if due is None else iso(_after(moment, "due", needed_time("due", due, desk.now))),
        "to": to,
        "evidence": [file_given(path) for path in files or []],
    }
    made = _record(desk, case, "note", body, may_note, moment)
    announce(desk, made, fmt, reveal=reveal)


def sign(
    case: Case,
    role: Annotated[str | None, typer.Option("--as", metavar="received|returned|customer", help=help_text("The department signs for the sheet, hands it back, or the customer signs it."), show_default=False)] = None,
    files: Annotated[list[str] | None, typer.Option("--evidence", metavar=N_("FILE"), help=help_text("A photo or a record; may be given several times."), show_default=False)] = None,
    by: Annotated[str | None, typer.Option("--by", metavar=N_("NAME"), help=help_text("Who signs."), show_default=False)] = None,
    at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record a signature on the sheet of a case (H12). A customer's name is kept like other personal data."""
    if not (role or "").strip():
        raise BadInput(N_("--as is missing: received, returned or customer."))
    if not (by or "").strip():
        raise BadInput(N_("--by is missing: say who signs."))
    signed_as = parse_word("signature", str(role))
    of_customer = signed_as == "customer"
    desk = Desk.open(ledger, by=None if of_customer else by, write=True)
    moment = desk.when(at)
    kept = [file_given(path) for path in files or []]
    body = {"as": signed_as} | ({"evidence": kept} if kept else {})
    signer = Person(name=str(by).strip()) if of_customer else NOBODY

    def make(before: FoldedCase) -> Draft:
        return Draft("signature", moment, desk.operator, body, before.case_id, person=signer)

    announce(desk, desk.act(case, make, lambda c: may_sign(c, signed_as)), fmt, reveal=reveal)


_NOTE_NEEDS = {
    "investigation": ("confirmed_by",),
    "borrowed-staff": ("leader",),
    "coordination": ("approved_by",),
    "supervision": ("dept", "due"),
    "penalty-proposal": ("dept", "to", "due"),
}


def _needed_by_note(kind: str, given: dict[str, str | None]) -> None:
    for name in _NOTE_NEEDS.get(kind, ()):
        if not given[name]:
            raise BadInput(
                N_("A note of this kind ({kind}) needs --{option}."), kind=kind, option=name.replace("_", "-")
            )


def brief(
    case: Case,
    to: Annotated[str | None, typer.Option("--to", metavar="group|leader", help=help_text("Whom it is for."), show_default=False)] = None,
    content: Annotated[str | None, typer.Option("--content", metavar=N_("TEXT"), help=help_text("What it is about; the case's text unless given."), show_default=False)] = None,
    cause: Annotated[str | None, typer.Option("--cause", metavar=N_("TEXT"), help=help_text("How it came about."), show_default=False)] = None,
    progress: Annotated[str | None, typer.Option("--progress", metavar=N_("TEXT"), help=help_text("What was done so far."), show_default=False)] = None,
    difficulty: Annotated[str | None, typer.Option("--difficulty", metavar=N_("TEXT"), help=help_text("What stands in the way."), show_default=False)] = None,
    help_needed: Annotated[str | None, typer.Option("--help-needed", metavar=N_("TEXT"), help=help_text("What help is needed."), show_default=False)] = None,
    by: By = None, at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Report a grave case in five parts: content, cause, progress, difficulty, help needed (H13)."""
    parts = {"cause": cause, "progress": progress, "difficulty": difficulty, "help_needed": help_needed}
    missing = ["--" + name.replace("_", "-") for name, value in parts.items() if not (value or "").strip()]
    if missing:
        raise BadInput(N_("A brief has five parts; missing: {missing}."), missing=", ".join(missing))
    if not to:
        raise BadInput(N_("--to is missing: group or leader."))
    receiver = parse_word("brief-to", to)
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)

    def body(before: FoldedCase) -> dict[str, Any]:
        return {"to": receiver, "content": content or before.text, **parts}

    made = _record(desk, case, "brief", body, lambda c: may_handle(c, say(N_("A brief"))), moment)
    announce(desk, made, fmt, reveal=reveal)


def _duration(option: str, text: str) -> str:
    try:
        return str(Duration.parse(text))
    except ValueError:
        raise BadInput(
            N_("--{option} {value} is no duration. Write 15m, 48h, 3d, 5wd or same-day."),
            option=option,
            value=text,
        ) from None


def _after(moment: datetime, option: str, limit: datetime) -> datetime:
    """A limit, which must lie after the act that sets it (T4)."""
    if limit <= moment:
        raise BadInput(
            N_("--{option} {limit} does not lie after {at}, when this happened."),
            option=option,
            limit=limit,
            at=moment,
        )
    return limit

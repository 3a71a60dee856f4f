"""What the front desk does: take in, join, verify, correct."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from kfcs.cases import Case as FoldedCase
from kfcs.commands.answering import announce, answer, tell
from kfcs.commands.names import named
from kfcs.commands.options import At, By, Case, Format, Ledger, Reason, Reveal, Text, help_text
from kfcs.desk import Desk
from kfcs.entries import Draft
from kfcs.errors import N_, BadInput, Forbidden, KfcsError, Term, say
from kfcs.rules.lifecycle import before_receipt, may_handle, may_join, may_reopen


def log(
    text: Text = None,
    project: Annotated[
        str | None,
        typer.Option(
            "--project", metavar=N_("PROJECT"), help=help_text("The project or estate."), show_default=False
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            metavar=N_("KIND"),
            help=help_text("complaint, repair, inquiry, suggestion, help or praise; complaint unless given."),
            show_default=False,
        ),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(
            "--channel",
            metavar=N_("CHANNEL"),
            help=help_text("How it came: visit, phone, letter, email, website …; phone unless given."),
            show_default=False,
        ),
    ] = None,
    home: Annotated[
        str | None,
        typer.Option(
            "--home", metavar=N_("HOME"), help=help_text("The home, such as 3-1-502."), show_default=False
        ),
    ] = None,
    customer: Annotated[
        str | None,
        typer.Option(
            "--customer", metavar=N_("NAME"), help=help_text("The customer's name."), show_default=False
        ),
    ] = None,
    phone: Annotated[
        str | None,
        typer.Option(
            "--phone", metavar=N_("PHONE"), help=help_text("The customer's phone."), show_default=False
        ),
    ] = None,
    people: Annotated[
        int | None,
        typer.Option(
            "--people",
            metavar=N_("N"),
            help=help_text("How many people complain; 1 unless given."),
            show_default=False,
        ),
    ] = None,
    claim: Annotated[
        str | None,
        typer.Option("--claim", metavar="CNY", help=help_text("The sum claimed."), show_default=False),
    ] = None,
    refund: Annotated[
        bool, typer.Option("--refund", help=help_text("The customer wants to give the home back."))
    ] = False,
    remedy: Annotated[
        str | None,
        typer.Option(
            "--remedy",
            metavar=N_("REMEDY"),
            help=help_text("What is asked for: repair, refund, compensation, apology, explanation, other."),
            show_default=False,
        ),
    ] = None,
    urgency: Annotated[
        str | None,
        typer.Option(
            "--urgency",
            metavar="15m|30m|1h|2h",
            help=help_text("How soon the customer must be contacted."),
            show_default=False,
        ),
    ] = None,
    media: Annotated[
        str | None,
        typer.Option(
            "--media",
            metavar="none|threatened|exposed",
            help=help_text("Whether the media are threatened with, or have it."),
            show_default=False,
        ),
    ] = None,
    legal: Annotated[
        str | None,
        typer.Option(
            "--legal",
            metavar="none|threatened|filed",
            help=help_text("Whether a lawsuit is threatened or filed."),
            show_default=False,
        ),
    ] = None,
    harm: Annotated[
        str | None,
        typer.Option(
            "--harm",
            metavar="none|property|person",
            help=help_text("Who or what was harmed."),
            show_default=False,
        ),
    ] = None,
    accident: Annotated[bool, typer.Option("--accident", help=help_text("It was an accident."))] = False,
    public_harm: Annotated[
        bool,
        typer.Option(
            "--public-harm", help=help_text("A grave charge on environment, public facilities or morals.")
        ),
    ] = False,
    emergency: Annotated[
        str | None,
        typer.Option(
            "--emergency",
            metavar=N_("TYPE"),
            help=help_text("disaster, fire, explosion, crime, casualty, loss or media."),
            show_default=False,
        ),
    ] = None,
    safety: Annotated[bool, typer.Option("--safety", help=help_text("Safety is at stake."))] = False,
    vip: Annotated[bool, typer.Option("--vip", help=help_text("A customer of note."))] = False,
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help=help_text("The customer gives no name."))
    ] = False,
    sensitive: Annotated[
        bool, typer.Option("--sensitive", help=help_text("The customer is not to be called back."))
    ] = False,
    stage: Annotated[
        str | None,
        typer.Option(
            "--stage",
            metavar=N_("STAGE"),
            help=help_text("pre-sale, contract or after-handover."),
            show_default=False,
        ),
    ] = None,
    category: Annotated[
        str | None,
        typer.Option(
            "--category",
            metavar=N_("CODE"),
            help=help_text("Category or sub-category, where the proposal is to be overruled."),
            show_default=False,
        ),
    ] = None,
    first_asked: Annotated[
        str | None,
        typer.Option(
            "--first-asked",
            metavar=N_("NAME"),
            help=help_text("The person first asked; the operator unless given."),
            show_default=False,
        ),
    ] = None,
    ref: Annotated[
        str | None,
        typer.Option(
            "--ref",
            metavar=N_("NO"),
            help=help_text("The authority's own number, 12345 and the like."),
            show_default=False,
        ),
    ] = None,
    due: Annotated[
        str | None,
        typer.Option(
            "--due",
            metavar=N_("TIME"),
            help=help_text("By when the authority wants its answer."),
            show_default=False,
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help=help_text("Where the post stands."), show_default=False),
    ] = None,
    heat: Annotated[
        int | None,
        typer.Option(
            "--heat", metavar=N_("N"), help=help_text("Views or replies of the post."), show_default=False
        ),
    ] = None,
    impact: Annotated[
        str | None,
        typer.Option(
            "--impact",
            metavar=N_("TEXT"),
            help=help_text("What the post does to us: none, low, medium, high."),
            show_default=False,
        ),
    ] = None,
    evidence: Annotated[
        list[str] | None,
        typer.Option(
            "--evidence",
            metavar=N_("FILE"),
            help=help_text("A photo, recording or letter; may be given several times."),
            show_default=False,
        ),
    ] = None,
    repeat_of: Annotated[
        str | None,
        typer.Option(
            "--repeat-of",
            metavar=N_("CASE"),
            help=help_text("The case that this repeats."),
            show_default=False,
        ),
    ] = None,
    on_the_spot: Annotated[
        bool, typer.Option("--on-the-spot", help=help_text("Solved on the spot, and the customer agrees."))
    ] = False,
    unsatisfied: Annotated[
        bool,
        typer.Option(
            "--unsatisfied",
            help=help_text("With --on-the-spot: the customer does not agree; the case stays open."),
        ),
    ] = False,
    accept_cues: Annotated[
        bool, typer.Option("--accept-cues", help=help_text("Take the cues in the text as facts."))
    ] = False,
    by: By = None,
    at: At = None,
    fmt: Format = None,
    reveal: Reveal = False,
    ledger: Ledger = None,
) -> None:
    """Record what a customer raises.

    On a terminal what is missing is asked for; in a script the text and --project are needed.
    """
    from kfcs.commands.asking import ask_for_missing
    from kfcs.intake import complaint as intake
    from kfcs.intake.facts import given_facts
    from kfcs.intake.repeats import likely_repeats

    said: dict[str, Any] = {
        "text": text, "project": project, "kind": kind, "channel": channel, "home": home, "customer": customer,
        "phone": phone, "people": people, "claim": claim, "refund": refund, "remedy": remedy, "urgency": urgency,
        "media": media, "legal": legal, "harm": harm, "accident": accident, "public_harm": public_harm,
        "emergency": emergency, "safety": safety, "vip": vip, "anonymous": anonymous, "sensitive": sensitive,
        "stage": stage, "category": category, "first_asked": first_asked, "authority_ref": ref,
        "authority_due": due, "url": url, "heat": heat, "impact": impact, "evidence": evidence,
        "on_the_spot": on_the_spot, "unsatisfied": unsatisfied,
    }  # fmt: skip
    desk = Desk.open(ledger, by=by, write=True)
    if sys.stdin.isatty() and sys.stdout.isatty() and fmt is None and not (text and project):
        said = ask_for_missing(desk, said)
    said |= {
        "project": named(desk, "project", said["project"]),
        "first_asked": named(desk, "staff", said["first_asked"]),
    }
    moment = desk.when(at)
    facts, person = given_facts(said, desk.now)
    complaint = intake.Complaint(moment, facts, person)
    if repeat_of is None:
        made = intake.log(desk, complaint, accept_cues=accept_cues)
    else:
        made = intake.repeat(desk, complaint, desk.number(repeat_of), accept_cues=accept_cues)
    answer(desk, made, fmt, reveal=reveal, repeats=likely_repeats(desk, made.case))


def join(
    case: Case,
    customer: Annotated[
        str | None,
        typer.Option(
            "--customer", metavar=N_("NAME"), help=help_text("The customer's name."), show_default=False
        ),
    ] = None,
    phone: Annotated[
        str | None,
        typer.Option(
            "--phone", metavar=N_("PHONE"), help=help_text("The customer's phone."), show_default=False
        ),
    ] = None,
    home: Annotated[
        str | None,
        typer.Option(
            "--home", metavar=N_("HOME"), help=help_text("The home, such as 3-1-502."), show_default=False
        ),
    ] = None,
    people: Annotated[
        int | None,
        typer.Option(
            "--people",
            metavar=N_("N"),
            help=help_text("How many people join; 1 unless given."),
            show_default=False,
        ),
    ] = None,
    other: Annotated[
        str | None,
        typer.Option(
            "--case",
            metavar=N_("OTHER"),
            help=help_text("Another case to fold into this one."),
            show_default=False,
        ),
    ] = None,
    by: By = None,
    at: At = None,
    fmt: Format = None,
    reveal: Reveal = False,
    ledger: Ledger = None,
) -> None:
    """Add complainants to a case, or fold another case into it (C3)."""
    from kfcs.intake.facts import given_facts

    if people is not None and people < 1:
        raise BadInput(N_("--people {value} is not a number of people; give 1 or more."), value=people)
    joining = {"--customer": customer, "--phone": phone, "--home": home, "--people": people}
    given = [option for option, value in joining.items() if value is not None]
    if other is not None and given:
        raise BadInput(
            N_("--case folds in what the other case says; leave out {options}, or join without --case."),
            options=given,
        )
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)
    if other is not None:
        announce(desk, _fold_in(desk, case, other, moment), fmt, reveal=reveal)
        return
    facts, person = given_facts(
        {"customer": customer, "phone": phone, "home": home, "people": 1 if people is None else people},
        desk.now,
        needed=(),
    )

    def make(before: FoldedCase) -> Draft:
        return Draft("join", moment, desk.operator, facts, before.case_id, person=person)

    announce(desk, desk.act(case, make, may_join), fmt, reveal=reveal)


def _fold_in(desk: Desk, case: str, other: str, moment: Any) -> Any:
    folded = desk.number(other)
    if folded == desk.number(case):
        raise BadInput(N_("{case} cannot be folded into itself."), case=folded)

    def make(before: FoldedCase) -> Draft:
        return Draft("join", moment, desk.operator, {}, before.case_id, refers=folded)

    def check(before: FoldedCase) -> KfcsError | None:
        taken_in = desk.projection.case(folded)
        return before_receipt(taken_in, moment) or may_join(before) or may_join(taken_in)

    return desk.act(case, make, check)


def verify_case(
    case: Case,
    valid: Annotated[bool, typer.Option("--valid", help=help_text("A fault of ours."))] = False,
    assist: Annotated[
        bool, typer.Option("--assist", help=help_text("Caused by developer or surroundings; we help."))
    ] = False,
    invalid: Annotated[
        bool, typer.Option("--invalid", help=help_text("No fault of anybody we answer for."))
    ] = False,
    reason: Reason = None,
    by: By = None,
    at: At = None,
    fmt: Format = None,
    reveal: Reveal = False,
    ledger: Ledger = None,
) -> None:
    """Say whether a case is valid, with the reason (C5); the last word holds."""
    chosen = [name for name, given in (("valid", valid), ("assist", assist), ("invalid", invalid)) if given]
    if len(chosen) != 1:
        raise BadInput(N_("Say one of --valid, --assist or --invalid."))
    if not reason:
        raise BadInput(N_("--reason is missing: say why the case is judged so."))
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)

    def make(before: FoldedCase) -> Draft:
        body = {"validity": chosen[0], "reason": reason}
        return Draft("verification", moment, desk.operator, body, before.case_id)

    announce(desk, desk.act(case, make, lambda c: may_handle(c, say(N_("Verifying")))), fmt, reveal=reveal)


def reopen(
    case: Case,
    reason: Reason = None,
    by: By = None,
    at: At = None,
    fmt: Format = None,
    reveal: Reveal = False,
    ledger: Ledger = None,
) -> None:
    """Open a resolved or closed case again; its clocks start anew (T6)."""
    if not reason:
        raise BadInput(N_("--reason is missing: say why the case is opened again."))
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)

    def make(before: FoldedCase) -> Draft:
        return Draft("reopening", moment, desk.operator, {"reason": reason}, before.case_id)

    announce(desk, desk.act(case, make, may_reopen, turning=True), fmt, reveal=reveal)


def amend(
    entry: Annotated[
        str,
        typer.Argument(
            metavar=N_("ENTRY"),
            help=help_text(
                "An entry's id, CASE#n as show numbers the timeline, or CASE for its first entry."
            ),
            show_default=False,
        ),
    ],
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar=N_("FIELD=VALUE"),
            help=help_text("What it ought to say; may be given several times."),
            show_default=False,
        ),
    ] = None,
    reason: Reason = None,
    by: By = None,
    at: At = None,
    fmt: Format = None,
    reveal: Reveal = False,
    ledger: Ledger = None,
) -> None:
    """Correct an entry. Both the entry and the correction stay in the timeline (L1)."""
    from kfcs.intake.amending import amendment, find_entry

    if not changes:
        raise BadInput(N_("--set is missing: say which field ought to have which value, as --set people=3."))
    if not reason:
        raise BadInput(N_("--reason is missing: say why the entry is corrected."))
    desk = Desk.open(ledger, by=by, write=True)
    with desk.ledger.writing():
        wrong = find_entry(desk, entry)
        made = desk.record([amendment(desk, wrong, changes, reason)._replace(at=desk.when(at))])
    if made:
        announce(desk, made[0], fmt, reveal=reveal)


def undo(
    by: By = None, at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None
) -> None:
    """Take back your own last entry within 15 minutes (L1)."""
    from kfcs.intake.amending import taking_back

    desk = Desk.open(ledger, by=by, write=True)
    with desk.ledger.writing():
        last = desk.ledger.last_entry_by(desk.desk_name, desk.operator)
        if last is None:
            raise Forbidden(N_("{who} has recorded nothing that could be taken back."), who=desk.operator)
        made = desk.record([taking_back(desk, last)._replace(at=desk.when(at))])
    tell(say(N_("Taken back: {kind} of {when}."), kind=Term("entry", last.kind), when=last.recorded_at))
    if made:
        announce(desk, made[0], fmt, reveal=reveal)

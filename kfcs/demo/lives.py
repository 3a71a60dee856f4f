"""How cases go in the demo: complaints, repairs, inquiries, suggestions, calls for help, praise.

Each function tells one case from the log to its end. Most go as they should; how often a limit passes, an inspection
fails or a customer is not satisfied is decided by the dice, by the branch and by the contractor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from kfcs.demo.acts import DEPARTMENTS, Act, Life, stamp
from kfcs.demo.material import Contractor
from kfcs.period import DAY, day_end, day_of

GOES_OUT = ("satisfied", "acceptable", "unsatisfied", "unreachable", "refused")
ODDS = (82, 5, 4, 6, 3)
"""How callbacks go out, of a hundred."""
AGAIN = 3
"""Working days for work that failed its inspection."""


@dataclass
class Plan:
    """What is particular about a complaint; what is None is left to the dice."""

    ending: str = "callback"
    """callback, on-the-spot, invalid, withdrawn, beyond-authority, void, no-agreement or open"""
    outcome: str | None = None
    rectify: bool | None = None
    fails: int | None = None
    grave: bool = False
    brief_after: tuple[int, int] = (60, 300)
    """Minutes from the first contact to the brief of a grave case; it does not wait for office hours."""
    claim: int | None = None
    typical: bool = False
    supervised: int | None = None
    """The group asks for an answer within so many days."""
    logged_late: float | None = None
    """Hours from the receipt to the log."""


def complaint(life: Life, plan: Plan) -> None:
    """A complaint from the log to its end."""
    office = life.office
    late_log = None if plan.logged_late is None else life.now + timedelta(hours=plan.logged_late)
    log = life.log(late_log)
    if plan.ending == "on-the-spot":
        return
    if plan.ending == "void":
        life.wait(5, 40).close("void", office.say("void"))
        return
    _acknowledge(life)
    if plan.grave:
        _dispatch_at_once(life)
        _first_contact(life)
        _report_grave(life, plan)
    else:
        _dispatch(life)
        _first_contact(life)
    _look_into(life, plan, log)
    if plan.ending == "open":
        return
    if plan.ending in ("invalid", "withdrawn", "beyond-authority"):
        _give_up(life, plan.ending)
        return
    promised = _answer(life, plan)
    if plan.ending == "no-agreement":
        _fall_out(life)
        return
    _put_right(life, plan, promised)
    _finish(life, plan)


# ---------------------------------------------------------------- taking in


def _acknowledge(life: Life) -> None:
    if life.callable and life.office.chance(0.5):
        life.now += timedelta(minutes=life.office.rng.randint(1, 6))
        life.contact("ack", life.clerk, ack=True)


def _dispatch(life: Life) -> None:
    office = life.office
    life.wait(300, 900) if office.slips() else life.wait(3, 80)
    hurry = life.fields.get("urgency") in ("15m", "30m")
    within = "2h" if hurry and life.now.hour < 15 else "1wd"
    due = _due(life, 12) if office.chance(0.12) else None
    life.dispatch(contact_within=within, due=stamp(due))
    if office.chance(0.05):
        others = [name for name in DEPARTMENTS if name != life.department]
        life.wait(20, 120).act("dispatch", life.clerk, department=office.rng.choice(others), coordinate=True)
    if hurry:
        life.now += timedelta(minutes=office.rng.randint(10, 150 if office.slips(2) else 80))
    elif office.slips():
        life.wait(900, 1300)
    else:
        life.wait(15, 400)


def _dispatch_at_once(life: Life) -> None:
    """A grave case waits for no office hours."""
    rng = life.office.rng
    life.now += timedelta(minutes=rng.randint(4, 30))
    life.dispatch(contact_within="2h")
    life.now += timedelta(minutes=rng.randint(10, 90))


def _first_contact(life: Life) -> None:
    if not life.person:
        return
    told = life.contact("first", on_site=bool(life.fields.get("emergency")))
    if life.office.chance(0.04):
        life.record_late(told, life.office.rng.uniform(26, 50))


def _report_grave(life: Life, plan: Plan) -> None:
    """A brief to the group while the case is fresh, and a talk of all departments."""
    life.now += timedelta(minutes=life.office.rng.randint(*plan.brief_after))
    life.brief("group")
    branch = life.office.branch
    life.wait(30, 120).act(
        "note",
        branch.head,
        **{"as": "coordination"},
        text=life.office.say("coordination"),
        approved_by=branch.leader,
    )


def _look_into(life: Life, plan: Plan, log: Act) -> None:
    """What is found out before the answer: notes, corrections, whether the complaint is valid."""
    office = life.office
    branch = office.branch
    if office.chance(0.07) or plan.grave:
        life.wait(20, 200).act(
            "note",
            life.clerk,
            **{"as": "investigation"},
            text=office.say("investigation"),
            confirmed_by=life.handler,
        )
    elif office.chance(0.06):
        life.wait(5, 60).act("note", life.clerk, **{"as": "internal"}, text=office.say("internal"))
    if plan.supervised is not None:
        life.wait(30, 200).act(
            "note",
            office.material.group["staff"],
            **{"as": "supervision"},
            text=office.say("supervision"),
            department=life.department,
            due=stamp(day_end(life.day(plan.supervised))),
        )
    if office.chance(0.03) and life.fields.get("home"):
        corrected = {"set": {"home": office.home(life.project)}, "reason": office.say("wrong_home")}
        life.wait(5, 90).act("amendment", life.clerk, refers=log, **corrected)
    if office.chance(0.45) and plan.ending not in ("invalid",):
        assist = plan.ending == "beyond-authority" or office.chance(0.08)
        word = "assist" if assist else "valid"
        life.wait(20, 300).act("verification", branch.head, validity=word, reason=office.say(word))


def _give_up(life: Life, ending: str) -> None:
    """A complaint that ends without being solved by us."""
    office = life.office
    if ending == "invalid":
        reason = office.say("invalid")
        life.wait(60, 500).act("verification", office.branch.head, validity="invalid", reason=reason)
        if life.person:
            life.wait(20, 200).contact("first", life.clerk, reply=True)
        life.wait(10, 60).close("invalid", reason)
        return
    life.wait(200, 900)
    if life.person:
        life.contact("reply", reply=True)
    life.wait(300, 1500).close(ending, office.say("beyond" if ending == "beyond-authority" else ending))


# ---------------------------------------------------------------- answering and putting right


def _answer(life: Life, plan: Plan) -> datetime | None:
    """The answer to the customer, with a promise; returns when it will be done."""
    office = life.office
    life.wait(2300, 3000) if office.slips() else life.wait(150, 900)
    if not life.person:
        return None
    if office.chance(0.05):
        life.contact("waiting", waiting_on_customer=True)
        life.now += office.rng.randint(1, 3) * DAY
        life.wait(30, 300)
    with_work = plan.rectify if plan.rectify is not None else life.matter.trade is not None
    promised = life.promise(office.rng.randint(8, 10) if with_work else office.rng.randint(3, 5))
    life.contact("reply", reply=True, plan=office.chance(0.4), promise=stamp(promised))
    _compensate(life, plan)
    return promised


def _compensate(life: Life, plan: Plan) -> None:
    """What a claim leads to, beside the work: applied for, approved, promised in writing, paid, deducted."""
    if plan.claim is None:
        return
    rng, branch, kept = life.office.rng, life.office.branch, life.now
    granted = plan.claim * rng.randint(3, 8) // 10 // 100 * 100 or 100
    life.wait(60, 400).act(
        "compensation", life.clerk, step="apply", amount=f"{plan.claim}.00", grounds="按现场核实的损失清单"
    )
    life.wait(200, 700).act("compensation", branch.leader, step="approve", amount=f"{granted}.00")
    name = "赔偿承诺书.pdf"
    paper = {"name": name, "sha256": sha256(f"{name}{granted}{life.fields['text']}".encode()).hexdigest()}
    life.wait(60, 300).act("compensation", life.clerk, step="letter", evidence=[paper])
    life.wait(300, 900).act("compensation", branch.head, step="pay", amount=f"{granted}.00")
    if life.matter.trade:
        unit = life.office.contractor(life.matter.trade).name
        life.wait(300, 900).act("compensation", branch.head, step="deduct", amount=f"{granted}.00", unit=unit)
    life.now = kept


def _put_right(life: Life, plan: Plan, promised: datetime | None) -> None:
    office = life.office
    with_work = plan.rectify if plan.rectify is not None else life.matter.trade is not None
    if with_work and life.matter.order:
        _rectify(life, plan)
    elif promised is not None:
        days = office.calendar.working_days_in(day_of(life.now), day_of(promised))
        life.work(
            days + office.rng.uniform(0.5, 3) if office.slips(1.5) else days * office.rng.uniform(0.3, 0.85)
        )
    life.wait(20, 200)


def _rectify(life: Life, plan: Plan) -> None:
    """Ordered, done and inspected, as often as it takes."""
    office = life.office
    contractor = office.contractor(life.matter.trade or "finish")
    days = office.rng.randint(3, 5)
    due = _due(life, days)
    life.wait(5, 60).act(
        "rectification-ordered",
        life.handler,
        r="R1",
        what=office.rng.choice(life.matter.order),
        department=life.department,
        unit=contractor.name,
        due=stamp(due),
    )
    failures = 0
    while True:
        _work(life, contractor, days)
        limit = plan.fails if plan.fails is not None else 2
        wanted = (
            failures < limit
            if plan.fails is not None
            else failures < limit and not office.chance(contractor.passes)
        )
        if not _inspect(life, failed=wanted):
            return
        failures += 1
        days = AGAIN


def _due(life: Life, working_days: int) -> datetime:
    return day_end(life.office.calendar.add_working_days(day_of(life.now), working_days))


def _work(life: Life, contractor: Contractor, days: int) -> None:
    office = life.office
    late = office.chance(contractor.late)
    life.work(days + office.rng.uniform(0.6, 3) if late else days * office.rng.uniform(0.3, 0.9))
    cost = f"{office.rng.randint(2, 40) * 50}.00" if office.chance(0.6) else None
    life.act("rectification-done", life.handler, r="R1", cost=cost)


def _inspect(life: Life, *, failed: bool) -> bool:
    office = life.office
    life.wait(1500, 2000) if office.slips(0.7) else life.wait(30, 500)
    own = office.chance(0.04)
    body: dict[str, object] = {"r": "R1", "result": "fail" if failed else "pass", "self_inspected": own}
    if failed:
        body |= {
            "fault": (fault := office.rng.choice(("quality", "quality", "standard", "late"))),
            "due": stamp(_due(life, AGAIN)),
            "reason": office.say(f"wrong_{fault}"),
        }
    life.act("inspection", life.handler if own else life.clerk, **body)
    return failed


# ---------------------------------------------------------------- endings


def _fall_out(life: Life) -> None:
    """Talks without agreement, and the closure that needs three contacts."""
    life.wait(700, 1500).contact("talked")
    life.wait(900, 1800).contact("no_agreement", no_agreement=True)
    life.wait(900, 2400).close("no-agreement", life.office.say("unsettled"))


def _finish(life: Life, plan: Plan) -> None:
    office = life.office
    life.resolve(
        cause=life.matter.code if plan.grave else _cause(life),
        correction=office.rng.choice(life.matter.fixed) if office.chance(0.3) else None,
        prevention=office.rng.choice(life.matter.prevent)
        if life.matter.prevent and office.chance(0.45)
        else None,
    )
    if plan.grave:
        life.wait(60, 400).brief("leader", life.handler, result=True)
    if plan.typical:
        life.wait(10, 60).act("note", office.branch.head, **{"as": "typical"}, text=office.say("typical"))
    if life.callable:
        _call_back(life, plan.outcome)


def _cause(life: Life) -> str:
    """The final cause: now and then another than what was first thought."""
    if life.office.chance(0.07):
        return "other.repair-service" if life.matter.trade else "other.service-quality"
    return life.matter.code


def _call_back(life: Life, outcome: str | None) -> None:
    office = life.office
    life.wait(1600, 2200) if office.slips(0.8) else life.wait(120, 900)
    result = outcome or office.rng.choices(GOES_OUT, ODDS)[0]
    if result == "unreachable":
        _try_again(life)
    elif result == "unsatisfied":
        life.callback(result)
        _second_round(life)
    else:
        life.callback(result, life.handler if office.chance(0.04) else None)
        if office.chance(0.02):
            life.wait(1500, 3500).act("reopening", life.clerk, reason="客户来电称问题复发。")
            life.closed_at = None
            _second_round(life)


def _try_again(life: Life) -> None:
    """Up to three days on which nobody answers; mostly somebody does before."""
    for turn in range(3):
        life.callback("unreachable")
        if turn == 2:
            life.closed_at = life.now
            return
        life.wait(450, 700)
        if life.office.chance(0.6):
            life.callback("satisfied")
            return


def _second_round(life: Life) -> None:
    """Handled again from the dispatch on."""
    office = life.office
    life.wait(20, 200).dispatch(contact_within="1wd")
    life.wait(20, 250).contact("first", reply=True, promise=stamp(life.promise(office.rng.randint(3, 5))))
    life.wait(600, 1300).resolve(cause=life.matter.code)
    life.wait(120, 800).callback("satisfied" if office.chance(0.75) else "acceptable")


# ---------------------------------------------------------------- other kinds


def repair(life: Life) -> None:
    """A repair: an appointment, kept or not, and a callback."""
    office = life.office
    life.log()
    life.wait(1, 40).dispatch(contact_within="1wd")
    life.wait(5, 120)
    days = office.rng.randint(1, 2)
    life.contact("appointment", promise=stamp(life.promise(days)))
    life.work(days + office.rng.uniform(0.3, 1.5) if office.slips() else days * office.rng.uniform(0.2, 0.8))
    life.resolve()
    _call_back(life, None)


def help_call(life: Life) -> None:
    """Somebody needs a hand, and mostly gets it within the hour."""
    office = life.office
    life.log()
    life.now += timedelta(minutes=office.rng.randint(2, 15))
    life.dispatch()
    life.now += timedelta(minutes=office.rng.randint(5, 40))
    life.contact("first", reply=True)
    life.now += timedelta(minutes=office.rng.randint(10, 120))
    life.resolve()
    _call_back(life, None)


def question(life: Life) -> None:
    """An inquiry or a suggestion: answered on the spot, or by a call within days and a word afterwards."""
    office = life.office
    life.log()
    if life.fields.get("on_the_spot"):
        return
    life.wait(20, 200).dispatch()
    life.wait(60, 700).contact("reply", reply=True)
    life.wait(20, 300).resolve()
    life.wait(200, 900).callback("satisfied" if office.chance(0.95) else "acceptable")


def praise(life: Life) -> None:
    """Nothing to do but to pass it on; it closes by itself."""
    life.log()

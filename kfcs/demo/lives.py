"""How complaints go in the demo, from the log to the end.

Most go as they should; how often a limit passes, an inspection fails or a customer is not satisfied is decided by the
dice, by the branch and by the contractor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from kfcs.demo.acts import DEPARTMENTS, Act, Life, stamp
from kfcs.demo.endings import call_back, fall_out, give_up
from kfcs.demo.works import compensate, due_in, rectify
from kfcs.period import DAY, day_end, day_of


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
        give_up(life, plan.ending)
        return
    promised = _answer(life, plan)
    if plan.ending == "no-agreement":
        fall_out(life)
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
    due = due_in(life, 12) if office.chance(0.12) else None
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


# ---------------------------------------------------------------- answering and finishing


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
    if plan.claim is not None:
        compensate(life, plan.claim)
    return promised


def _put_right(life: Life, plan: Plan, promised: datetime | None) -> None:
    office = life.office
    with_work = plan.rectify if plan.rectify is not None else life.matter.trade is not None
    if with_work and life.matter.order:
        rectify(life, plan.fails)
    elif promised is not None:
        days = office.calendar.working_days_in(day_of(life.now), day_of(promised))
        life.work(
            days + office.rng.uniform(0.5, 3) if office.slips(1.5) else days * office.rng.uniform(0.3, 0.85)
        )
    life.wait(20, 200)


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
        call_back(life, plan.outcome)


def _cause(life: Life) -> str:
    """The final cause: now and then another than what was first thought."""
    if life.office.chance(0.07):
        return "other.repair-service" if life.matter.trade else "other.service-quality"
    return life.matter.code

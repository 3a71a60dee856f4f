"""How things are put right in the demo: ordered, done and inspected as often as it takes; and what claims lead to."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from kfcs.demo.acts import Life, stamp
from kfcs.demo.material import Contractor
from kfcs.period import day_end, day_of

AGAIN = 3
"""Working days for work that failed its inspection."""


def compensate(life: Life, claim: int) -> None:
    """What a claim leads to, beside the work: applied for, approved, promised in writing, paid, deducted."""
    rng, branch, kept = life.office.rng, life.office.branch, life.now
    granted = claim * rng.randint(3, 8) // 10 // 100 * 100 or 100
    life.wait(60, 400).act(
        "compensation", life.clerk, step="apply", amount=f"{claim}.00", grounds="按现场核实的损失清单"
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


def rectify(life: Life, fails: int | None) -> None:
    """Ordered, done and inspected, as often as it takes."""
    office = life.office
    contractor = office.contractor(life.matter.trade or "finish")
    days = office.rng.randint(3, 5)
    due = due_in(life, days)
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
        limit = 2 if fails is None else fails
        failed = failures < limit and (fails is not None or not office.chance(contractor.passes))
        if not _inspect(life, failed=failed):
            return
        failures += 1
        days = AGAIN


def due_in(life: Life, working_days: int) -> datetime:
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
            "due": stamp(due_in(life, AGAIN)),
            "reason": office.say(f"wrong_{fault}"),
        }
    life.act("inspection", life.handler if own else life.clerk, **body)
    return failed

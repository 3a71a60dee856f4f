"""What else comes in at a desk of the demo: repairs, calls for help, questions, praise."""

from __future__ import annotations

from datetime import timedelta

from kfcs.demo.acts import Life, stamp
from kfcs.demo.endings import call_back


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
    call_back(life, None)


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
    call_back(life, None)


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

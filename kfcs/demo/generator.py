"""What comes in at a branch of the demo, and when: the dice decide, the same seed always alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from kfcs.demo import everyday, lives, stories
from kfcs.demo.acts import Life, Office, stamp
from kfcs.demo.lives import Plan
from kfcs.demo.material import Branch, Matter, Project, material
from kfcs.entries import NOBODY, Person
from kfcs.period import DAY, add_months, day_of, day_start
from kfcs.rules.calendar import WorkCalendar

MONTHS = 6
"""Whole months before this one."""
KINDS = {"complaint": 50, "repair": 26, "inquiry": 12, "suggestion": 5, "help": 4, "praise": 3}
CHANNELS = {
    "phone": 44, "visit": 18, "wechat": 13, "app": 9, "website": 3, "forum": 3, "letter": 2, "email": 2,
    "suggestion-box": 1, "sms": 1, "government": 2, "superior": 1, "partner": 1,
}  # fmt: skip
PHASES = {"new": 5, "settled": 3, "selling": 2}
"""How much more is heard from an estate in its first year."""
OF_THE_WEEK = (1.25, 1.1, 1.05, 1.0, 1.15, 0.8, 0.65)
ENDINGS = {
    "callback": 880, "on-the-spot": 35, "invalid": 25, "withdrawn": 15, "beyond-authority": 10, "void": 10,
    "no-agreement": 25,
}  # fmt: skip
PARTS = ("what", "when", "effect", "wish")
WRITTEN = frozenset({"wechat", "app", "website", "forum", "email"})
POSTED = frozenset({"website", "forum"})


def first_day(now: datetime) -> date:
    """The first day of the demo: so many whole months before the month of ``now``."""
    return add_months(day_of(now).replace(day=1), -MONTHS)


def office_of(branch: Branch, calendar: WorkCalendar, now: datetime, seed: int) -> Office:
    """A branch with everything that comes in until ``now``, each case planned to its end."""
    office = Office(branch, material(), calendar, Random(f"{seed}/{branch.code}"))
    stories.tell(office, now)
    day, busy = first_day(now), 1.0
    while day <= day_of(now):
        if day.day == 1:
            busy = office.rng.uniform(0.85, 1.15)
        for _ in range(_arrivals(office, branch.pace / 30.4 * busy * OF_THE_WEEK[day.weekday()])):
            _arrive(office, _moment(office, day))
        day += DAY
    return office


def _arrivals(office: Office, mean: float) -> int:
    """How many come in on one day."""
    whole = int(mean)
    extra = sum(office.chance((mean - whole + 1) / 3) for _ in range(3))
    return max(0, whole - 1 + extra)


def _moment(office: Office, day: date) -> datetime:
    """A time of the day, the office hours busier than the evening."""
    low, high = office.rng.choices(((510, 720), (810, 1050), (1050, 1290)), (45, 45, 10))[0]
    seconds = office.rng.randrange(low * 60, high * 60)
    return day_start(day) + timedelta(seconds=seconds)


def _arrive(office: Office, at: datetime) -> None:
    rng = office.rng
    projects = office.branch.projects
    project = rng.choices(projects, [PHASES[p.phase] for p in projects])[0]
    kind = rng.choices(tuple(KINDS), tuple(KINDS.values()))[0]
    known = office.material.matters_of(kind, project.phase)
    if not known:
        return
    matter = rng.choices(known, [m.weight for m in known])[0]
    if kind == "complaint":
        _complain(office, project, matter, at)
        return
    channel = _channel(office)
    text, _ = _text(office, project, matter, channel)
    fields = {"text": text, "project": project.name, "kind": kind, "channel": channel}
    life = Life(office, project, matter, at, fields, office.customer())
    if kind != "inquiry" or office.chance(0.5):
        life.fields["home"] = office.home(project)
    if kind == "praise" or (kind == "inquiry" and office.chance(0.65)):
        life.fields["on_the_spot"] = True
    _TOLD[kind](life)


_TOLD = {
    "repair": everyday.repair,
    "help": everyday.help_call,
    "inquiry": everyday.question,
    "suggestion": everyday.question,
    "praise": everyday.praise,
}


# ---------------------------------------------------------------- complaints


def _complain(office: Office, project: Project, matter: Matter, at: datetime) -> None:
    rng = office.rng
    channel = _channel(office)
    text, what = _text(office, project, matter, channel)
    fields: dict[str, Any] = {
        "text": text,
        "project": project.name,
        "channel": channel,
        "home": office.home(project) if project.phase != "selling" or office.chance(0.6) else None,
        "stage": {"selling": "contract"}.get(project.phase, "after-handover"),
        "remedy": "repair"
        if matter.trade
        else rng.choice(("explanation", "explanation", "apology", "other")),
    }
    plan = Plan(ending=rng.choices(tuple(ENDINGS), tuple(ENDINGS.values()))[0])
    person = office.customer()
    person = _unusual(office, fields, plan, matter, at, person)
    if plan.ending == "on-the-spot":
        fields["on_the_spot"] = True
    life = Life(office, project, matter, at, _said(fields), person)
    lives.complaint(life, plan)
    _company(office, life, what)


def _unusual(
    office: Office, fields: dict[str, Any], plan: Plan, matter: Matter, at: datetime, person: Person
) -> Person:
    """What makes one complaint in a few differ: an authority, a post, a crowd, a claim, no name."""
    rng = office.rng
    channel = fields["channel"]
    if channel == "government":
        due = office.calendar.add_working_days(day_of(at), 5)
        fields["authority_ref"] = f"12345-{at:%Y%m}-{rng.randint(10000, 99999)}"
        fields["authority_due"] = stamp(day_start(due).replace(hour=18))
    if channel in POSTED:
        fields["url"] = f"https://bbs.example.com/t/{rng.randint(100000, 999999)}"
        fields["heat"] = int(rng.paretovariate(0.9) * 60)
        fields["impact"] = "low" if fields["heat"] < 500 else "medium"
    if matter.code == "sales.refund":
        fields["refund"], fields["remedy"], plan.grave = True, "refund", True
        return person
    draw = rng.random()
    if draw < 0.05:
        fields["people"] = rng.choice((2, 2, 3, 4, 5, 6))
    elif draw < 0.11 and matter.category in ("quality", "sales"):
        plan.claim = rng.randint(5, 120) * 100
        fields["claim"], fields["remedy"] = f"{plan.claim}.00", "compensation"
    elif draw < 0.13:
        fields["media"] = "threatened"
    elif draw < 0.15:
        fields["legal"] = "threatened"
    elif draw < 0.18:
        fields["vip"] = True
    elif draw < 0.20:
        fields["sensitive"] = True
    elif draw < 0.235 and channel not in ("visit", "government"):
        fields["anonymous"], fields["home"], person = True, None, NOBODY
        plan.ending = "callback" if plan.ending == "no-agreement" else plan.ending
    if matter.safety and rng.random() < 0.4:
        fields["safety"], fields["urgency"] = True, "30m"
    plan.typical = rng.random() < 0.02
    if rng.random() < 0.012:
        plan.logged_late = rng.uniform(26, 62)
    return person


def _company(office: Office, life: Life, what: str) -> None:
    """Who comes after a complaint: a neighbour who joins, a double entry, the same again."""
    draw = office.rng.random()
    if not life.person or life.acts[0].recorded != life.acts[0].at or len(life.acts) < 4:
        return
    after = office.later(life.acts[0].at, 30, 600)
    if draw < 0.03:
        _insert(life, "join", after, office.customer(), {"people": 1, "home": office.home(life.project)})
    elif draw < 0.05:
        _double(office, life, after)
    elif draw < 0.09 and life.closed_at is not None:
        _again(office, life, what, office.later(life.closed_at + office.rng.randint(4, 20) * DAY, 0, 400))


def _insert(life: Life, kind: str, at: datetime, person: Person, body: Mapping[str, Any]) -> None:
    """An act in the middle of a life that is being handled."""
    turning = [a.recorded for a in life.acts if a.kind in ("resolution", "closure")]
    if turning and at < min(turning):
        kept, life.now = life.now, at
        life.act(kind, life.clerk, **body).person = person
        life.now = kept


def _double(office: Office, life: Life, at: datetime) -> None:
    """The same complaint logged again by a colleague: closed as a duplicate, or folded in."""
    fields = {**life.fields, "channel": "phone"}
    fields.pop("on_the_spot", None)
    twin = Life(office, life.project, life.matter, at, fields, life.person)
    twin.log()
    turning = [a.recorded for a in life.acts if a.kind in ("resolution", "closure")]
    twin.wait(10, 90)
    if office.chance(0.5) and turning and twin.now < min(turning):
        kept, life.now = life.now, twin.now
        life.act("join", twin.clerk, refers=twin)
        life.now, twin.closed_at = kept, twin.now
    else:
        twin.close("duplicate", lambda: f"与 {life.number} 重复登记。")


def _again(office: Office, life: Life, what: str, at: datetime) -> None:
    """The same matter once more after it was closed: a new case that says so."""
    text = office.rng.choice(office.material.texts["again"])
    effect = office.rng.choice(life.matter.effect)
    wish = office.rng.choice(life.matter.wish)
    keep = ("project", "home", "stage", "remedy")
    fields = {name: life.fields[name] for name in keep if name in life.fields}
    fields |= {"text": text.format(what=what, effect=effect, wish=wish), "repeat_of": lambda: life.number}
    again = Life(office, life.project, life.matter, at, fields, life.person)
    lives.complaint(again, Plan())


# ---------------------------------------------------------------- words


def _channel(office: Office) -> str:
    return office.rng.choices(tuple(CHANNELS), tuple(CHANNELS.values()))[0]


def _text(office: Office, project: Project, matter: Matter, channel: str) -> tuple[str, str]:
    """A text that nobody in this project has said before, and what it is about."""
    stuff, rng = office.material, office.rng
    form = "written" if channel in WRITTEN else "phoned" if channel == "phone" else "noted"
    forms = stuff.texts[form if matter.when else "brief"]
    for _ in range(20):
        parts = {name: rng.choice(getattr(matter, name) or ("",)) for name in PARTS}
        parts |= dict(zip(("what", "effect", "when"), parts["what"].split("|"), strict=False))
        filled = {name: stuff.filled(part, rng) for name, part in parts.items()}
        text = rng.choice(forms).format_map(filled)
        if (project.name, text) not in office.texts:
            break
    office.texts.add((project.name, text))
    return text, filled["what"]


def _said(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}

"""A case of the demo as it will be lived: its acts, each with the time at which it happens and is recorded.

A ``Life`` is planned whole, also beyond the moment of the demo; what lies ahead of it is never written, so that the
last weeks are left open as they are in any office.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

from kfcs.demo.material import Branch, Contractor, Material, Matter, Project
from kfcs.entries import NOBODY, Person
from kfcs.period import DAY, day_end, day_of, iso
from kfcs.rules.calendar import WorkCalendar

DEPARTMENTS = ("工程部", "物业公司", "销售部", "客户服务部")
OFFICE_DAY = 450
"""Office minutes of a day."""
SILENCE = 5 * DAY
"""After so long somebody tells the customer how it goes, unless the branch is slack."""


@dataclass(eq=False)
class Act:
    """One entry to be. Values of ``body`` may be functions that are called when it is written."""

    at: datetime
    recorded: datetime
    by: str
    kind: str
    body: Mapping[str, Any]
    life: Life | None = None
    refers: Life | Act | None = None
    person: Person = NOBODY
    entry_id: str = ""


@dataclass
class Office:
    """A branch while its lives are made up: its people, its calendar, and the dice."""

    branch: Branch
    material: Material
    calendar: WorkCalendar
    rng: Random
    lives: list[Life] = field(default_factory=list)
    texts: set[tuple[str, str]] = field(default_factory=set)
    phones: int = 0

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def slips(self, weight: float = 1.0) -> bool:
        """Whether the branch lets this limit pass."""
        return self.chance(self.branch.slack * weight)

    def say(self, what: str) -> str:
        """One of the phrases for an act."""
        return self.rng.choice(self.material.say[what])

    def customer(self) -> Person:
        """Somebody new, with a name and a phone of nobody."""
        self.phones += 1
        number = self.phones * 10 + self.material.branches.index(self.branch)
        name = self.rng.choice(self.material.surnames) + self.rng.choice(self.material.titles)
        return Person(name, f"138000{number:05d}")

    def home(self, project: Project) -> str:
        """A home such as 3-1-502."""
        floor, door = self.rng.randint(2, 26), self.rng.randint(1, 4)
        return f"{self.rng.randint(1, project.homes)}-{self.rng.randint(1, 2)}-{floor}{door:02}"

    def contractor(self, trade: str) -> Contractor:
        return self.rng.choice(self.material.contractors[trade])

    def later(self, moment: datetime, low: int, high: int) -> datetime:
        """So many office minutes after a moment."""
        reached = self.calendar.add_office_minutes(moment, self.rng.randint(low, high))
        return reached.replace(second=self.rng.randrange(60))


class Life:
    """One case, written act by act with a clock of its own, ``now``."""

    def __init__(
        self,
        office: Office,
        project: Project,
        matter: Matter,
        at: datetime,
        fields: Mapping[str, Any],
        person: Person,
    ) -> None:
        self.office = office
        self.project = project
        self.matter = matter
        self.fields = dict(fields)
        self.person = person
        self.now = at
        self.number = ""
        self.acts: list[Act] = []
        self.closed_at: datetime | None = None
        self.clerk = office.rng.choice(office.branch.receptionists)
        office.lives.append(self)

    # ------------------------------------------------------------ who and where

    @cached_property
    def handler(self) -> str:
        """Who of the department handles it."""
        branch = self.office.branch
        people = dict(
            zip(DEPARTMENTS, (branch.engineer, branch.keeper, branch.seller, self.clerk), strict=True)
        )
        return people[self.department]

    @cached_property
    def department(self) -> str:
        category = self.matter.category
        if category in ("quality", "design"):
            fresh = self.project.handed_over is None or self.project.handed_over < 3
            return "工程部" if fresh else "物业公司"
        return {"sales": "销售部", "property": "物业公司"}.get(category, "客户服务部")

    @property
    def callable(self) -> bool:
        """Whether it is called back (H6)."""
        return bool(self.person) and not self.fields.get("sensitive")

    # ------------------------------------------------------------ time

    def wait(self, low: int, high: int) -> Life:
        """Let so many office minutes pass."""
        self.now = self.office.later(self.now, low, high)
        return self

    def wait_until(self, moment: datetime) -> Life:
        """Let time pass until a moment; on the way the customer hears of the progress, as a rule."""
        while moment - self.now > SILENCE + DAY and not self.office.slips(0.6):
            self.now = self.office.later(self.now + SILENCE - DAY, 30, 400)
            if self.now < moment:
                self.act("contact", self.handler, text=self.office.say("progress"))
        self.now = max(self.now, moment)
        return self

    def work(self, working_days: float) -> Life:
        """Let so many working days pass, the customer hearing of the progress."""
        return self.wait_until(
            self.office.later(self.now, int(working_days * OFFICE_DAY), int(working_days * OFFICE_DAY))
        )

    def day(self, days: int) -> date:
        """The day so many days from now."""
        return day_of(self.now) + days * DAY

    # ------------------------------------------------------------ acts

    def act(self, kind: str, by: str, /, *, refers: Life | Act | None = None, **body: Any) -> Act:
        """What happens now; what is None or False is left out, as the commands leave it out."""
        kept = {name: value for name, value in body.items() if value not in (None, False, "", [])}
        made = Act(self.now, self.now, by, kind, kept, self, refers)
        self.acts.append(made)
        return made

    def log(self, recorded: datetime | None = None) -> Act:
        """The complaint itself."""
        made = self.act("complaint", self.clerk, **self.fields)
        made.person = self.person
        if recorded is not None:
            made.recorded = self.now = recorded
        return made

    def contact(self, what: str, by: str | None = None, **flags: Any) -> Act:
        return self.act("contact", by or self.handler, text=self.office.say(what), **flags)

    def promise(self, working_days: int) -> datetime:
        """A time that many working days ahead, at six in the evening."""
        day = self.office.calendar.add_working_days(day_of(self.now), working_days)
        return day_end(day).replace(hour=18, minute=0, second=0)

    def dispatch(self, **more: Any) -> Act:
        return self.act("dispatch", self.clerk, department=self.department, **more)

    def resolve(self, **more: Any) -> Act:
        rng = self.office.rng
        found = (
            f"经查，{rng.choice(self.matter.found)}。"
            if self.matter.found and self.office.chance(0.6)
            else ""
        )
        text = f"{found}{rng.choice(self.matter.fixed)}。"
        return self.act("resolution", self.handler, text=text, **more)

    def callback(self, result: str, by: str | None = None) -> Act:
        made = self.act(
            "callback", by or self.office.branch.caller, result=result, text=self.office.say(result)
        )
        if result in ("satisfied", "acceptable", "refused"):
            self.closed_at = self.now
        return made

    def close(self, why: str, reason: str | Callable[[], str]) -> Act:
        self.closed_at = self.now
        return self.act("closure", self.clerk, why=why, reason=reason)

    def brief(self, to: str, by: str | None = None, *, result: bool = False) -> Act:
        """A grave case reported in its five parts, when it has come or when it is resolved."""
        rng = self.office.rng
        parts = self.office.material.result if result else self.office.material.brief
        told = {name: rng.choice(parts[name]) for name in ("cause", "progress", "difficulty", "help_needed")}
        return self.act("brief", by or self.office.branch.head, to=to, content=self.fields["text"], **told)

    def record_late(self, act: Act, hours: float) -> None:
        """Let an act be written down only so much later, if the case is still being handled then."""
        recorded = act.at + timedelta(hours=hours)
        turning = [a.recorded for a in self.acts if a.kind in ("resolution", "closure", "callback")]
        if not turning or recorded < min(turning):
            act.recorded = recorded


def stamp(moment: datetime | None) -> str | None:
    """A time as a body holds it."""
    return None if moment is None else iso(moment)

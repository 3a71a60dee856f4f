"""Cases for tests of the rules: entries built by hand and folded, without a database or a command line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kfcs.cases import Case
from kfcs.entries import NOBODY, Draft, Entry, Person, draft_as_entry
from kfcs.folding import fold
from kfcs.period import SHANGHAI, iso
from kfcs.rulebook import load_policy
from kfcs.rules.calendar import WorkCalendar
from kfcs.rules.clocks import ClockRun
from kfcs.rules.facts import ALONE, Surroundings
from kfcs.rules.judgement import Judgement, judge
from kfcs.rules.policy import Policy
from kfcs.workdays import load_calendar

CASE = "CQ1-20261102-001"
TEXT = "车位划线不清"


def moment(text: str) -> datetime:
    """``2026-11-02 09:00`` in Shanghai; ``11-02 09:00`` lies in 2026."""
    whole = text if text[:2] == "20" else "2026-" + text
    return datetime.fromisoformat(whole).replace(tzinfo=SHANGHAI)


@cache
def policy(name: str) -> Policy:
    return load_policy(name, Path("no-such-folder"))


@cache
def calendar() -> WorkCalendar:
    return load_calendar()


class Story:
    """A case told act by act: each method adds one entry, recorded when it happened unless it says otherwise."""

    def __init__(
        self,
        at: str = "11-02 09:00",
        *,
        case: str = CASE,
        person: Person = NOBODY,
        desk: str = "CQ1",
        **facts: Any,
    ) -> None:
        self.case_id = case
        self.entries: list[Entry] = []
        self.add("complaint", at, person=person, desk=desk, **{"text": TEXT, "project": "A", **facts})

    def add(
        self,
        kind: str,
        at: str,
        /,
        *,
        by: str = "op1",
        recorded: str | None = None,
        refers: str | None = None,
        person: Person = NOBODY,
        desk: str = "CQ1",
        case: str | None = None,
        **body: Any,
    ) -> Story:
        """Add an entry of any kind."""
        seq = sum(entry.desk == desk for entry in self.entries) + 1
        draft = Draft(
            kind, moment(at), by, _body(body), case or self.case_id, refers, person, f"{desk}-{seq}"
        )
        self.entries.append(draft_as_entry(draft, moment(recorded or at), desk, seq, "test"))
        return self

    def dispatch(self, at: str, to: str = "工程部", **body: Any) -> Story:
        return self.add("dispatch", at, department=to, **body)

    def contact(self, at: str, **body: Any) -> Story:
        return self.add("contact", at, **body)

    def note(self, at: str, kind: str = "internal", **body: Any) -> Story:
        about: dict[str, Any] = {"as": kind, "text": "x", **body}
        return self.add("note", at, **about)

    def order(self, at: str, due: str, r: str = "R1", **body: Any) -> Story:
        return self.add("rectification-ordered", at, r=r, what="补漏", department="工程部", due=due, **body)

    def done(self, at: str, r: str = "R1", **body: Any) -> Story:
        return self.add("rectification-done", at, r=r, **body)

    def inspect(self, at: str, result: str, r: str = "R1", **body: Any) -> Story:
        return self.add("inspection", at, r=r, result=result, **body)

    def resolve(self, at: str, **body: Any) -> Story:
        return self.add("resolution", at, **body)

    def callback(self, at: str, result: str, **body: Any) -> Story:
        return self.add("callback", at, result=result, **body)

    def close(self, at: str, why: str = "withdrawn", **body: Any) -> Story:
        return self.add("closure", at, why=why, reason="x", **body)

    def reopen(self, at: str, **body: Any) -> Story:
        return self.add("reopening", at, reason="x", **body)

    def amend(self, n: int, at: str, /, **fields: Any) -> Story:
        """Correct the entry numbered ``n`` from 1."""
        return self.add("amendment", at, refers=self.entries[n - 1].id, set=_body(fields), reason="x")

    def undo(self, n: int, at: str) -> Story:
        return self.add("amendment", at, refers=self.entries[n - 1].id, undo=True, reason="undo")

    def escalated(self, at: str, clock: str = "reply", epoch: str = "1", rung: int = 1) -> Story:
        """What the escalation job writes."""
        return self.add(
            "escalation", at, by="kfcs", rule=f"clock.{clock}", clause="x", clock=clock, epoch=epoch, rung=rung,
            recipient="branch-head", level=4,
        )  # fmt: skip

    # ---------------------------------------------------------------- what it amounts to

    def case(self, folded_in: Mapping[str, Case] | None = None) -> Case:
        return fold(self.entries, folded_in)

    def judged(self, under: str = "rf-kf-zy-03", around: Surroundings = ALONE) -> Judgement:
        return judge(self.case(), policy(under), calendar(), around)

    def level(self, at: str = "11-02 09:00", under: str = "rf-kf-zy-03", complainants: int = 0) -> int:
        return self.judged(under, Surroundings(complainants)).level(moment(at))[0]

    def runs(self, clock: str, under: str = "rf-kf-zy-03") -> list[ClockRun]:
        """The runs of a clock, the earliest first."""
        found = [run for run in self.judged(under).clocks if run.clock == clock]
        return sorted(found, key=lambda run: (run.start, run.epoch))

    def run(self, clock: str, under: str = "rf-kf-zy-03") -> ClockRun:
        """The latest run of a clock."""
        return self.runs(clock, under)[-1]


_TIMES = ("due", "promise", "authority_due", "at")


def _body(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as it is recorded: times as ISO text."""
    return {
        key: iso(moment(value)) if key in _TIMES and value is not None else value
        for key, value in body.items()
    }


def stamp(at: datetime | None) -> str | None:
    """A moment as a test writes it: ``11-02 09:00``, with its seconds where it has any, and its year where not 2026."""
    if at is None:
        return None
    local = at.astimezone(SHANGHAI)
    text = local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")
    return text.removeprefix("2026-")


def failures(letter: str, names: Mapping[str, Any]) -> pytest.MarkDecorator:
    """The checks of a module, each named by the report that it answers: ``c1_a_week_with_one_working_day``."""
    checks = {
        name.replace("_", " ").replace(letter, letter.upper(), 1): check
        for name, check in list(names.items())
        if name[0] == letter and name[1].isdigit()
    }
    return pytest.mark.parametrize("check", checks.values(), ids=checks)

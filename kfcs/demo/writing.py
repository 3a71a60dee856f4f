"""Writing a branch's lives into its ledger: act by act at the time of each, the escalation job beside them as cron
would run it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from heapq import merge
from pathlib import Path
from typing import Any

from kfcs import escalating
from kfcs.demo.acts import Act, Life, Office
from kfcs.demo.stories import report_notes
from kfcs.desk import LEDGER_NAME, Desk
from kfcs.duties import BEGAN, duties_between
from kfcs.entries import Draft, Entry
from kfcs.intake.complaint import Complaint, log_all
from kfcs.ledger import Ledger
from kfcs.period import DAY, Period, add_months, day_of, day_start, iso
from kfcs.projection import Projection
from kfcs.reports.notes import note_draft
from kfcs.rulebook import load_rule_book
from kfcs.rules.checks import FAIL, PASS
from kfcs.rules.classify import classify
from kfcs.settings import FILE_NAME, load_settings

CRON = timedelta(hours=8)
"""The time of the day at which the escalation job runs."""


def new_desk(folder: Path, settings: str, began: datetime, now: datetime, like: Desk | None = None) -> Desk:
    """A desk with an empty ledger in a folder of its own, set up at ``began``; its policy need not be checked again
    where another desk goes by it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE_NAME).write_text(settings, encoding="utf-8")
    read = load_settings(folder)
    ledger = Ledger.create(folder / LEDGER_NAME)
    # A demo that a power cut takes is made again: no need to wait for the disk.
    ledger.connection.execute("PRAGMA synchronous = OFF")
    if like is not None and (known := like.ledger.setting(key := f"policy {read.policy}")):
        with ledger.writing():
            ledger.set_setting(key, known)
    book = load_rule_book(read, ledger, remember=True)
    projection = Projection(ledger, book)
    with ledger.writing():
        projection.rebuild()
        ledger.set_setting(BEGAN, iso(began))
    return Desk(read, ledger, book, projection, now, "kfcs")


def write(desk: Desk, office: Office, began: datetime) -> None:
    """Everything that happens at a branch from ``began`` until now, and each run of the escalation job."""
    acts = merge(_planned(office, desk.now), _general(desk, office, began), key=lambda act: act.recorded)
    pending = next(acts, None)
    for moment in _runs(began, desk.now):
        with desk.ledger.writing():
            writer = _Writer(desk)
            while pending is not None and pending.recorded <= moment:
                writer.write(pending)
                pending = next(acts, None)
            writer.flush(moment)
        escalating.run(replace(desk, now=moment), moment)


def _planned(office: Office, now: datetime) -> list[Act]:
    """The acts of all lives until now, in the order in which they are recorded."""
    acts = [act for life in office.lives for act in life.acts if act.recorded <= now]
    return sorted(acts, key=lambda act: act.recorded)


def _runs(began: datetime, now: datetime) -> Iterator[datetime]:
    day = day_of(began)
    while day <= day_of(now):
        moment = day_start(day) + CRON
        if moment < now:
            yield moment
        day += DAY
    yield now


class _Writer:
    """Appends acts one by one and brings the tables up to them together."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.entries: list[Entry] = []

    def write(self, act: Act) -> None:
        desk = replace(self.desk, now=act.recorded, operator=act.by)
        body = {name: value() if callable(value) else value for name, value in act.body.items()}
        if act.kind == "complaint":
            if any(entry.kind == "join" for entry in self.entries):
                self.flush(act.recorded)  # who joined today counts towards the level of what is logged now
            assert act.life is not None
            body |= self._overruled(act.life)
            judgement = log_all(desk, [Complaint(act.at, body, act.person)])[0]
            act.life.number = judgement.case.case_id
            act.entry_id = judgement.case.timeline[0].entry.id
            return
        case = act.life.number if act.life else None
        draft = Draft(act.kind, act.at, act.by, body, case, _name(act.refers), act.person)
        entry = desk.append([draft])[0]
        act.entry_id = entry.id
        self.entries.append(entry)

    def _overruled(self, life: Life) -> dict[str, str]:
        """The category as the clerk names it, where the rules propose another (K2)."""
        found = classify(life.fields["text"], self.desk.book.policy.taxonomy)
        return {} if found.subcategory == life.matter.code else {"category": life.matter.code}

    def flush(self, moment: datetime) -> None:
        self.desk.projection.recorded(self.entries, moment)
        self.entries = []


def _name(refers: Life | Act | None) -> str | None:
    if refers is None:
        return None
    return refers.number if isinstance(refers, Life) else refers.entry_id


# ---------------------------------------------------------------- what belongs to no case


def _general(desk: Desk, office: Office, began: datetime) -> list[Act]:
    """Projects, what the branch hands in, its checks, and the texts of its last report."""
    acts = [
        *_projects(office, began, desk.now),
        *_handed_in(desk, office, began),
        *_checks(office, began, desk.now),
        *_texts(desk, office),
    ]
    return sorted((act for act in acts if act.recorded <= desk.now), key=lambda act: act.recorded)


def _general_act(moment: datetime, by: str, kind: str, body: Mapping[str, Any]) -> Act:
    return Act(moment, moment, by, kind, body)


def _projects(office: Office, began: datetime, now: datetime) -> Iterator[Act]:
    """Each project's collective handover, recorded when the ledger was set up or on that day."""
    for project in office.branch.projects:
        if project.handed_over is None:
            continue
        day = add_months(day_of(now), -project.handed_over)
        body: dict[str, Any] = {"project": project.name, "handed_over": day.isoformat()}
        if project.alias:
            body["aliases"] = [project.alias]
        moment = max(began + timedelta(hours=8), day_start(day) + timedelta(hours=17))
        yield _general_act(moment, office.branch.head, "project", body)


def _handed_in(desk: Desk, office: Office, began: datetime) -> Iterator[Act]:
    """The branch's reports: mostly a day or two before they are due."""
    branch = office.branch
    for duty in duties_between(desk.book, day_of(began), day_of(desk.now) + 10 * DAY):
        if duty.obligation.shared:
            continue
        days = -office.rng.randint(1, 3) if office.slips() else office.rng.randint(0, 2)
        moment = day_start(duty.day - days * DAY) + timedelta(minutes=office.rng.randint(540, 1020))
        body = {"name": duty.name, "period": duty.period.label, "branch": branch.name}
        by = branch.seller if duty.obligation.by == "sales-desk" else branch.head
        yield _general_act(moment, by, "submission", body)


def _checks(office: Office, began: datetime, now: datetime) -> Iterator[Act]:
    """A look at one place each Tuesday and Friday."""
    rng, branch, checks = office.rng, office.branch, office.material.checks
    day = day_of(began)
    while day <= day_of(now):
        if day.weekday() in (1, 4):
            project = rng.choice(branch.projects)
            place, kind, subject = (
                ("售楼大厅", "hall", "销售案场") if project.selling else ("公共区域", "estate", "物业公司")
            )
            body: dict[str, Any] = {
                "subject": subject,
                "place": f"{project.name}{place}",
                "matter": rng.choice(checks[kind]),
                "result": PASS if office.chance(checks["in_order"]) else FAIL,
                "branch": branch.name,
            }
            moment = day_start(day) + timedelta(minutes=rng.randint(9 * 60, 17 * 60))
            yield _general_act(moment, rng.choice(branch.receptionists), "check", body)
        day += DAY


def handed_in_by_group(desk: Desk, began: date, by: str) -> list[Draft]:
    """What the group hands in once for all branches, each in time."""
    found = []
    for duty in duties_between(desk.book, began, day_of(desk.now) + 10 * DAY):
        moment = day_start(duty.day) + timedelta(hours=-15)
        if duty.obligation.shared and moment <= desk.now:
            body = {"name": duty.name, "period": duty.period.label, "branch": desk.settings.branch}
            found.append(Draft("submission", moment, by, body))
    return found


def _texts(desk: Desk, office: Office) -> Iterator[Act]:
    """Causes and proposals for the report of the last month, written on its last evening."""
    period = Period.of("month", day_of(desk.now)).previous()
    moment = period.end - timedelta(hours=6)
    head = office.branch.head
    for section, text in report_notes(office.branch.name):
        draft = note_draft(period, office.branch.name, section, text, None, head, moment)
        yield _general_act(moment, head, draft.kind, draft.body)

"""What the ledger amounts to, kept ready for reading (SPEC L5).

The tables here are a fold of the entries under the policy and calendar in force. They are refreshed in the
transaction that appends an entry, and dropped and rebuilt when their version, the policy or the calendar changes;
nothing in them is a truth of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby, islice
from typing import Any

from kfcs import archive, casetables, crowd, dutyrows, generalrows, recurrence, topics, wordindex
from kfcs.cases import Case
from kfcs.collecting import seldom_collected
from kfcs.entries import Entry
from kfcs.errors import N_, BadInput
from kfcs.folding import fold
from kfcs.ledger import Ledger
from kfcs.period import day_of
from kfcs.rulebook import RuleBook
from kfcs.rules.escalate import quiet_closure
from kfcs.rules.facts import Surroundings
from kfcs.rules.grade import Graded, grade
from kfcs.rules.judgement import Judgement, judge
from kfcs.rules.policy import Policy

VERSION = 12
"""Raised whenever the tables or the way they are filled change."""

TABLES: Mapping[str, str] = {
    **casetables.TABLES,
    **crowd.TABLES,
    **recurrence.TABLES,
    **topics.TABLES,
    **generalrows.TABLES,
    **dutyrows.TABLES,
    **archive.TABLES,
}
"""The columns of every table, as the modules lay them out that fill them."""
_INDEXES = (
    *casetables.INDEXES,
    *crowd.INDEXES,
    *recurrence.INDEXES,
    *topics.INDEXES,
    *generalrows.INDEXES,
    *dutyrows.INDEXES,
    *archive.INDEXES,
)

CHUNK = 4_000
"""Cases judged and written together when the tables are filled anew."""


class Projection:
    """The projection of one ledger, written inside the ledger's transactions."""

    def __init__(self, ledger: Ledger, book: RuleBook, tables: sqlite3.Connection | None = None) -> None:
        """``tables`` is the database that the tables stand in, where that is not the ledger itself."""
        self.ledger = ledger
        self.connection = tables or ledger.connection
        self.book = book
        self._handed_over: dict[str, date] | None = None

    # ------------------------------------------------------------ whole

    @property
    def current(self) -> bool:
        """Whether the tables were filled under this version, policy and calendar."""
        return self.ledger.setting("projection") == self._fingerprint

    @property
    def _fingerprint(self) -> str:
        return f"{VERSION}:{self.book.fingerprint}"

    def rebuild(self) -> int:
        """Fill the tables anew from the entries; inside ``writing()``. Returns the number of cases."""
        count = self.fill()
        self.ledger.set_setting("projection", self._fingerprint)
        return count

    def fill(self) -> int:
        """Drop the tables and fill them from the entries; returns the number of cases.

        Cases are read twice, some thousands at a time: first for who complained of what, then to be judged among each
        other. So a large ledger needs no more memory than a small one.
        """
        self._lay_out()
        with seldom_collected():
            archive.fill(self.connection, self._general_entries())
            for cases in self._all_cases():
                self._introduce(cases)
            count = sum(map(self._judge_and_write, self._all_cases()))
        for matter in crowd.matters(self.connection):
            topics.refresh(self.connection, matter, self.book.hot)
        return count

    def _judge_and_write(self, cases: Sequence[Case]) -> int:
        """Write cases that were introduced, each judged as of its own last entry, so that the next run looks at them."""
        marks = [crowd.text_mark(case.text) for case in cases]
        judgements = self._judged(cases, marks, crowd.Crowd(self.connection))
        self._write_new(judgements, [j.case.timeline[-1].entry.recorded_at for j in judgements])
        return len(cases)

    def _lay_out(self) -> None:
        for table in TABLES:
            self.connection.execute(f"DROP TABLE IF EXISTS {table}")
        for table, columns in TABLES.items():
            self.connection.execute(f"CREATE TABLE {table} ({columns}) STRICT")
        for index in _INDEXES:
            self.connection.execute(index)
        wordindex.create(self.connection)
        self._handed_over = None

    def _general_entries(self) -> Iterator[Entry]:
        """Let every entry leave what belongs to no case; yields those that may concern homes."""
        for entry in self.ledger.all_entries():
            generalrows.keep(self.connection, entry)
            if entry.case_id is None and (entry.kind in archive.KINDS or entry.kind == "amendment"):
                yield entry

    def _all_cases(self) -> Iterator[list[Case]]:
        """Every case that its entries amount to, ``CHUNK`` at a time; those folded into each other one by one."""
        entangled = self.ledger.entangled_cases()
        groups = self.ledger.entries_by_case()
        folded = (
            self._case(case_id) if case_id in entangled else _folded(list(entries))
            for case_id, entries in groupby(groups, key=lambda entry: entry.case_id or "")
        )
        cases = (case for case in folded if case is not None)
        while some := list(islice(cases, CHUNK)):
            yield some

    # ------------------------------------------------------------ one entry, one case

    def case(self, case_id: str, until: datetime | None = None) -> Case:
        """A case folded from its entries, with the cases folded into it. Raises BadInput when there is none."""
        case = self._case(case_id, until)
        if case is None:
            raise BadInput(
                N_("There is no case {given}. Look for it with kfcs list --all or kfcs search."),
                given=case_id,
            )
        return case

    def _case(self, case_id: str, until: datetime | None = None, above: tuple[str, ...] = ()) -> Case | None:
        """The case, without those that it is folded into itself (``above``); None where no entry receives it."""
        entries = self.ledger.entries_of(case_id, until)
        inner = [e.refers for e in entries if e.kind == "join" and e.case_id == case_id and e.refers]
        others = {other: self._case(other, until, (*above, case_id)) for other in inner if other not in above}
        return _folded(entries, {other: case for other, case in others.items() if case is not None})

    def survivor(self, case_id: str) -> Case:
        """The case into which a case was folded, at the end of the chain; the case itself where there is none."""
        case = self.case(case_id)
        passed = {case_id}
        while case.merged_into and case.merged_into not in passed:
            passed.add(case.merged_into)
            case = self.case(case.merged_into)
        return case

    def judge(self, case: Case, around: Surroundings | None = None) -> Judgement:
        """What the rules say of a case as the ledger stands."""
        return judge(case, self.policy_of(case), self.book.calendar, around or self.around(case))

    def policy_of(self, case: Case) -> Policy:
        """The policy that was in force when a case was received (P3)."""
        return self.book.policy_on(day_of(case.received_at)) if self.book.earlier else self.book.policy

    def graded(self, case: Case) -> Graded:
        """The level of a case and its rises, without its clocks."""
        return grade(case, self.policy_of(case), self.around(case))

    def around(self, case: Case) -> Surroundings:
        return self._surroundings(case, crowd.text_mark(case.text), None)

    def _surroundings(self, case: Case, mark: str, known: crowd.Crowd | None) -> Surroundings:
        """What the rest of the ledger tells of a case: who else complained of its matter in its window (G).

        Complaints of nearly the same text are one matter whatever their category; a case that is no complaint goes by
        its category alone.
        """
        mark = mark if crowd.complains(case) else ""
        policy, handed_over = self.policy_of(case), self.handed_over(case.project)
        again = policy.asks_for_causes and recurrence.came_before(self.connection, case)
        if policy.times_complainants or policy.rolling:
            at = case.received_at if policy.rolling else None
            since = crowd.arrivals(self.connection, crowd.matter_of(case), case.subcategory, mark, at)
            return Surroundings(len(since), handed_over, since, again)
        matter = (*crowd.matter_of(case), case.subcategory, mark)
        people = known.count(*matter) if known else crowd.count_one(self.connection, *matter)
        return Surroundings(people, handed_over, cause_again=again)

    def recorded(self, entries: Iterable[Entry], now: datetime) -> list[Judgement]:
        """Bring the tables up to entries just appended; returns the judgement of each case they touch."""
        entries = list(entries)
        general = [entry for entry in entries if entry.case_id is None]
        before = self._handovers() if general else {}
        for entry in entries:
            generalrows.keep(self.connection, entry)
        touched = self.touched_by((entry.kind, entry.case_id, entry.refers) for entry in entries)
        made = [self.refresh(case_id, now) for case_id in touched]
        of_homes = archive.bring_up(self.connection, self.ledger, general)
        if of_homes or any(entry.kind == "project" for entry in general):
            self._handed_over = None
            self._refresh_handed_over(before, now)
        return made

    def _refresh_handed_over(self, before: Mapping[str, date], now: datetime) -> None:
        """Judge anew the cases of projects whose handover is no longer what it was (K4)."""
        after = self._handovers()
        for project in sorted(before.keys() | after.keys()):
            if before.get(project) != after.get(project):
                rows = self.connection.execute("SELECT case_id FROM cases WHERE project = ?", (project,))
                for (case_id,) in rows.fetchall():
                    self.refresh(case_id, now)

    def touched_by(self, entries: Iterable[tuple[str, str | None, str | None]]) -> list[str]:
        """The cases that entries (kind, case, what they refer to) change: their own, those they fold in or let go
        again, and those into which these were folded before."""
        touched: dict[str, None] = {}
        for kind, case_id, refers in entries:
            touched |= dict.fromkeys(n for n in (case_id, refers if kind == "join" else None) if n)
            if kind == "amendment":
                row = self._one("SELECT refers FROM entries WHERE id = ? AND kind = 'join'", refers)
                touched |= dict.fromkeys(row or ())
        for case_id in list(touched):
            row = self._one("SELECT merged_into FROM cases WHERE case_id = ?", case_id)
            while row and row[0] and row[0] not in touched:
                touched[row[0]] = None
                row = self._one("SELECT merged_into FROM cases WHERE case_id = ?", row[0])
        return [case_id for case_id in touched if case_id]

    def _one(self, sql: str, value: str | None) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self.connection.execute(sql, (value,)).fetchone()
        return row

    def escalated(self, entries: Iterable[Entry]) -> None:
        """Bring the tables up to escalations just appended; what they mean for their cases is the caller's to refresh."""
        for entry in entries:
            generalrows.keep(self.connection, entry)

    def quiet_closure(self, case: Case) -> datetime | None:
        """When the case closes by itself, if nothing happens before (H6)."""
        return quiet_closure(case, self.policy_of(case))

    def introduced(self, cases: Sequence[Case]) -> list[Judgement]:
        """Let new cases count towards each other, and judge each among the others; before or after they are recorded."""
        marks = self._introduce(cases)
        return self._judged(cases, marks, crowd.Crowd(self.connection))

    def _introduce(self, cases: Sequence[Case]) -> list[str]:
        """Let new cases count towards others; returns the mark of each one's text."""
        marks = [crowd.text_mark(case.text) for case in cases]
        crowd.keep(self.connection, zip(cases, marks, strict=True))
        recurrence.keep(self.connection, cases)
        return marks

    def _judged(self, cases: Iterable[Case], marks: Iterable[str], known: crowd.Crowd) -> list[Judgement]:
        arounds = (self._surroundings(case, mark, known) for case, mark in zip(cases, marks, strict=True))
        return [self.judge(case, around) for case, around in zip(cases, arounds, strict=True)]

    def opened(
        self, entries: Iterable[Entry], now: datetime, judgements: Sequence[Judgement] = ()
    ) -> list[Judgement]:
        """Bring the tables up to complaints just appended, each of which opens a case, with what followed each.

        Cases that were ``introduced`` are given judged.
        """
        by_case: dict[str, list[Entry]] = {}
        for entry in entries:
            by_case.setdefault(entry.case_id or "", []).append(entry)
            if not entry.body.get("source"):
                generalrows.keep(self.connection, entry)
        imported = [entry for group in by_case.values() for entry in group if entry.body.get("source")]
        generalrows.keep_sources(self.connection, imported)
        made = list(judgements) or self.introduced([fold(group) for group in by_case.values()])
        self._write_new(made, [now] * len(made))
        matters = {crowd.matter_of(j.case) for j in made if crowd.complains(j.case)}
        for matter in matters:
            topics.refresh(self.connection, matter, self.book.hot)
        shared = [j.case for j in made if j.around.complainants > 1 and crowd.complains(j.case)]
        texts = {(*crowd.matter_of(case)[:2], crowd.text_mark(case.text)) for case in shared}
        self._refresh_neighbours(matters, texts, now, besides=by_case.keys())
        came = {(j.case.project, j.case.cause) for j in made if j.case.cause}
        self._refresh_same_causes(came, now, besides=by_case.keys())
        return made

    def refresh(self, case_id: str, now: datetime) -> Judgement:
        """Fold, judge and write one case, and the neighbours whose level it changes."""
        before, cause = (
            crowd.standing(self.connection, case_id),
            recurrence.cause_of(self.connection, case_id),
        )
        case = self.case(case_id)
        for table in (*crowd.TABLES, *recurrence.TABLES):
            self.connection.execute(f"DELETE FROM {table} WHERE case_id = ?", (case_id,))
        self._introduce([case])
        judgement = self.judge(case)
        self._write(judgement, now)
        self._ripple(case, before, now)
        if cause != (after := recurrence.cause_of(self.connection, case_id)):
            came = {(project, name) for project, name, *_ in filter(None, (cause, after))}
            self._refresh_same_causes(came, now, besides=(case_id,))
        return judgement

    def _refresh_same_causes(
        self, came: Iterable[tuple[str, str]], now: datetime, besides: Container[str]
    ) -> None:
        """Judge anew the cases of causes in projects, where the policy asks whether a cause came again (G4)."""
        if not any(policy.asks_for_causes for policy in (self.book.policy, *self.book.earlier)):
            return
        for project, cause in came:
            for case_id, stored in recurrence.cases_of(self.connection, project, cause):
                if case_id in besides:
                    continue
                case = self.case(case_id)
                around = self.around(case)
                if stored != around.cause_again:
                    self._write(self.judge(case, around), now)

    def _ripple(self, case: Case, before: crowd.Standing | None, now: datetime) -> None:
        """Judge the neighbours anew whose count of complainants the case has changed."""
        after = crowd.standing(self.connection, case.case_id)
        if before == after:
            return
        both = [standing for standing in (before, after) if standing is not None]
        matters = {standing.matter for standing in both}
        texts = {(standing.project, standing.month, standing.mark) for standing in both if standing.mark}
        for matter in matters:
            topics.refresh(self.connection, matter, self.book.hot)
        self._refresh_neighbours(matters, texts, now, besides=(case.case_id,), all_counts=before is not None)

    def _refresh_neighbours(
        self,
        matters: Iterable[crowd.Matter],
        texts: Iterable[crowd.Matter],
        now: datetime,
        besides: Container[str] = (),
        all_counts: bool = False,
    ) -> None:
        """Judge anew the cases of matters, or of the same text, whose stored count of complainants is no longer right.

        A count that has reached ``crowd.ENOUGH`` stays there unless complainants were taken away (``all_counts``).
        """
        rolling = any(policy.rolling for policy in (self.book.policy, *self.book.earlier))
        near = crowd.near(self.connection, matters, texts, rolling=rolling, all_counts=all_counts)
        for other, stored in near.items():
            if other in besides:
                continue
            case = self.case(other)
            around = self.around(case)
            if stored != crowd.as_stored(around.complainants, around.since):
                self._write(self.judge(case, around), now)

    # ------------------------------------------------------------ projects

    def handed_over(self, project: str) -> date | None:
        """The day of a project's collective handover: as it was set, else the earliest of its homes (K4)."""
        return self._handovers().get(project)

    def _handovers(self) -> dict[str, date]:
        if self._handed_over is None:
            rows = self.connection.execute(
                "SELECT project, handed_over FROM projects WHERE handed_over IS NOT NULL"
            )
            known = {name: date.fromisoformat(day) for name, day in rows}
            self._handed_over = archive.handovers(self.connection) | known
        return self._handed_over

    # ------------------------------------------------------------ rows

    def _write_new(self, judgements: Sequence[Judgement], moments: Sequence[datetime]) -> None:
        """Write cases that are not in the tables, each as it stands at its moment."""
        casetables.write(self.connection, judgements, moments)
        wordindex.add(self.connection, [(j.case.case_id, _haystack(j.case)) for j in judgements])

    def _write(self, judgement: Judgement, now: datetime) -> None:
        """Write a case as it stands now, in place of what the tables have of it."""
        case_id = judgement.case.case_id
        before = wordindex.standing(self.connection, case_id)
        if before is None:
            self._write_new([judgement], [now])
            return
        casetables.remove(self.connection, case_id)
        casetables.write(self.connection, [judgement], [now])
        wordindex.change(self.connection, case_id, before, _haystack(judgement.case))


def _haystack(case: Case) -> str:
    person = case.person
    return wordindex.haystack((case.case_id, case.text, case.project, case.home, person.name, person.phone))


def _folded(entries: Sequence[Entry], folded_in: Mapping[str, Case] | None = None) -> Case | None:
    """What the entries amount to; None where none of them receives a case."""
    try:
        return fold(entries, folded_in)
    except ValueError:
        return None

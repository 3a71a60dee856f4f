"""What the ledger amounts to, kept ready for reading (SPEC L5).

The tables here are a fold of the entries under the policy and calendar in force. They are refreshed in the
transaction that appends an entry, and dropped and rebuilt when their version, the policy or the calendar changes;
nothing in them is a truth of its own.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any, TypeVar
from unicodedata import normalize

from kfcs import archive, dutyrows, wordindex
from kfcs.cases import Case, fold
from kfcs.crowd import ENOUGH, Crowd, arrivals, count_one, months_near, text_mark
from kfcs.entries import Entry
from kfcs.errors import N_, BadInput
from kfcs.ledger import Ledger
from kfcs.money import fen
from kfcs.period import day_of, day_start, iso
from kfcs.rules.calendar import WorkCalendar
from kfcs.rules.escalate import quiet_closure
from kfcs.rules.facts import Surroundings
from kfcs.rules.grade import Graded, grade
from kfcs.rules.judgement import Judgement, judge
from kfcs.rules.lifecycle import handlers_of, signature_awaited, workers_of
from kfcs.rules.policy import Policy

VERSION = 12
"""Raised whenever the tables or the way they are filled change."""

_TABLES: Mapping[str, str] = {
    "cases": """
        case_id TEXT PRIMARY KEY, reversed TEXT NOT NULL, desk TEXT NOT NULL, branch TEXT NOT NULL,
        kind TEXT NOT NULL, state TEXT NOT NULL, validity TEXT, counted INTEGER NOT NULL, history INTEGER NOT NULL,
        channel TEXT NOT NULL, project TEXT NOT NULL, home TEXT, customer TEXT, phone TEXT, text TEXT NOT NULL,
        people INTEGER NOT NULL, times INTEGER NOT NULL, claim_fen INTEGER, refund INTEGER NOT NULL,
        remedy TEXT, media TEXT NOT NULL, legal TEXT NOT NULL, harm TEXT NOT NULL, emergency TEXT,
        vip INTEGER NOT NULL, stage TEXT, category TEXT NOT NULL, subcategory TEXT, demand TEXT, cause TEXT,
        level INTEGER NOT NULL, level_rule TEXT NOT NULL, level_at_log INTEGER,
        suggested_department TEXT, department TEXT, first_asked TEXT, logged_by TEXT NOT NULL,
        repeat_of TEXT, merged_into TEXT, url TEXT, heat INTEGER, impact TEXT,
        received_at TEXT NOT NULL, month TEXT NOT NULL, late INTEGER NOT NULL,
        resolved_at TEXT, closed_at TEXT, closed_why TEXT, reopenings INTEGER NOT NULL,
        needs_callback INTEGER NOT NULL, cues_open INTEGER NOT NULL, typical INTEGER NOT NULL,
        neighbours INTEGER NOT NULL, neighbours_since TEXT NOT NULL, cause_again INTEGER NOT NULL,
        sheet TEXT, next_due TEXT, next_rise_at TEXT, next_check_at TEXT""",
    "clocks": """
        case_id TEXT NOT NULL, clock TEXT NOT NULL, epoch INTEGER NOT NULL, branch TEXT NOT NULL,
        start TEXT NOT NULL, due TEXT NOT NULL, stopped_at TEXT, cancelled_at TEXT, paused INTEGER NOT NULL,
        rung INTEGER NOT NULL, next_rung_at TEXT, PRIMARY KEY (case_id, clock, epoch)""",
    "resolutions": """
        case_id TEXT NOT NULL, n INTEGER NOT NULL, branch TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL,
        "by" TEXT NOT NULL, on_the_spot INTEGER NOT NULL, needs_callback INTEGER NOT NULL, callback_due TEXT,
        counted INTEGER NOT NULL, correction TEXT, prevention TEXT, PRIMARY KEY (case_id, n)""",
    "callbacks": """
        case_id TEXT NOT NULL, n INTEGER NOT NULL, branch TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL,
        "by" TEXT NOT NULL, result TEXT NOT NULL, epoch INTEGER NOT NULL, signed INTEGER NOT NULL,
        self_called INTEGER NOT NULL, counted INTEGER NOT NULL, PRIMARY KEY (case_id, n)""",
    "rectifications": """
        case_id TEXT NOT NULL, id TEXT NOT NULL, attempt INTEGER NOT NULL, branch TEXT NOT NULL, what TEXT NOT NULL,
        department TEXT NOT NULL, unit TEXT, ordered_at TEXT NOT NULL, due TEXT NOT NULL, done_at TEXT,
        inspected_at TEXT, inspected_by TEXT, result TEXT, fault TEXT, cost_fen INTEGER,
        self_inspected INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (case_id, id, attempt)""",
    "contacts": """
        case_id TEXT NOT NULL, n INTEGER NOT NULL, at TEXT NOT NULL, "by" TEXT NOT NULL, text TEXT,
        reply INTEGER NOT NULL, plan INTEGER NOT NULL, promise TEXT, on_site INTEGER NOT NULL,
        waiting_on_customer INTEGER NOT NULL, no_agreement INTEGER NOT NULL, ack INTEGER NOT NULL,
        PRIMARY KEY (case_id, n)""",
    "compensations": """
        case_id TEXT NOT NULL, n INTEGER NOT NULL, branch TEXT NOT NULL, project TEXT NOT NULL, home TEXT,
        step TEXT NOT NULL, amount_fen INTEGER NOT NULL, unit TEXT, at TEXT NOT NULL, "by" TEXT NOT NULL,
        PRIMARY KEY (case_id, n)""",
    "complainants": """
        case_id TEXT NOT NULL, key TEXT NOT NULL, project TEXT NOT NULL, month TEXT NOT NULL,
        category TEXT NOT NULL, subcategory TEXT, text_mark TEXT NOT NULL, live INTEGER NOT NULL,
        at TEXT NOT NULL""",
    "causes": """
        case_id TEXT PRIMARY KEY, project TEXT NOT NULL, cause TEXT NOT NULL, received_at TEXT NOT NULL,
        resolved_at TEXT NOT NULL""",
    "escalations": """
        key TEXT PRIMARY KEY, entry_id TEXT NOT NULL, case_id TEXT, branch TEXT NOT NULL, rule TEXT NOT NULL,
        clause TEXT NOT NULL, clock TEXT, epoch TEXT NOT NULL, rung INTEGER NOT NULL, recipient TEXT NOT NULL,
        level INTEGER NOT NULL, due TEXT, at TEXT NOT NULL, subject TEXT""",
    "topics": """
        project TEXT NOT NULL, matter TEXT NOT NULL, month TEXT NOT NULL, complainants INTEGER NOT NULL,
        live INTEGER NOT NULL, pending INTEGER NOT NULL, PRIMARY KEY (project, matter, month)""",
    "late": """
        entry_id TEXT PRIMARY KEY, case_id TEXT, kind TEXT NOT NULL, at TEXT NOT NULL, recorded_at TEXT NOT NULL""",
    "sources": "key TEXT PRIMARY KEY, case_id TEXT NOT NULL, entry_id TEXT NOT NULL",
    "projects": "project TEXT PRIMARY KEY, handed_over TEXT, aliases TEXT NOT NULL, ambassador TEXT",
    "answers": """
        project TEXT NOT NULL, subject TEXT NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL,
        "by" TEXT NOT NULL, uses INTEGER NOT NULL, PRIMARY KEY (project, subject)""",
    **dutyrows.TABLES,
    **archive.TABLES,
}
_INDEXES = (
    "CREATE UNIQUE INDEX cases_reversed ON cases (reversed)",
    "CREATE INDEX cases_month ON cases (month, branch)",
    "CREATE INDEX cases_complaints ON cases (month, branch, project, people, times, validity, state)"
    " WHERE kind = 'complaint' AND counted = 1",
    "CREATE INDEX cases_uncounted ON cases (case_id, resolved_at) WHERE counted = 0",
    "CREATE INDEX cases_matter ON cases (project, month, category)",
    "CREATE INDEX cases_check ON cases (next_check_at) WHERE next_check_at IS NOT NULL",
    "CREATE INDEX cases_rise ON cases (next_rise_at) WHERE next_rise_at IS NOT NULL",
    "CREATE INDEX cases_open ON cases (level, next_due, branch, kind, received_at) WHERE state <> 'closed'",
    "CREATE INDEX cases_gravest ON cases (level, coalesce(next_due, '9999'), case_id) WHERE state <> 'closed'",
    "CREATE INDEX cases_sheet ON cases (sheet) WHERE sheet IS NOT NULL",
    "CREATE INDEX cases_received ON cases (received_at, case_id)",
    "CREATE INDEX cases_home ON cases (project, home) WHERE home IS NOT NULL",
    "CREATE INDEX cases_phone ON cases (phone) WHERE phone IS NOT NULL",
    "CREATE INDEX clocks_due ON clocks (clock, due, branch, stopped_at, cancelled_at, paused)",
    "CREATE INDEX clocks_running ON clocks (due)"
    " WHERE stopped_at IS NULL AND cancelled_at IS NULL AND paused = 0",
    "CREATE INDEX clocks_rung ON clocks (next_rung_at) WHERE next_rung_at IS NOT NULL",
    'CREATE INDEX resolutions_at ON resolutions (at, branch, counted, case_id, n, "by", needs_callback)',
    "CREATE INDEX resolutions_measures ON resolutions (at) WHERE correction IS NOT NULL OR prevention IS NOT NULL",
    "CREATE INDEX callbacks_told ON callbacks (result, at, branch)",
    "CREATE INDEX callbacks_again ON callbacks (case_id) WHERE epoch > 1",
    "CREATE INDEX contacts_at ON contacts (at)",
    "CREATE INDEX rectifications_ordered ON rectifications (ordered_at)",
    "CREATE INDEX rectifications_due ON rectifications (due)",
    "CREATE INDEX rectifications_inspected ON rectifications (inspected_at) WHERE inspected_at IS NOT NULL",
    "CREATE INDEX compensations_at ON compensations (at)",
    "CREATE INDEX compensations_home ON compensations (project, home) WHERE home IS NOT NULL",
    "CREATE INDEX complainants_matter ON complainants (project, month, category)",
    "CREATE INDEX complainants_text ON complainants (project, month, text_mark) WHERE text_mark <> ''",
    "CREATE INDEX complainants_case ON complainants (case_id)",
    "CREATE INDEX causes_of ON causes (project, cause)",
    "CREATE INDEX escalations_at ON escalations (at)",
    "CREATE INDEX escalations_case ON escalations (case_id)",
    "CREATE INDEX topics_pending ON topics (pending) WHERE pending = 1",
    "CREATE INDEX late_at ON late (at)",
    *dutyrows.INDEXES,
    *archive.INDEXES,
)
TABLES = tuple(_TABLES)
_REPLACED = ("clocks", "resolutions", "callbacks", "rectifications", "contacts", "compensations")
OF_ONE_CASE = (*_REPLACED, "complainants", "causes")
"""Tables whose rows belong to one case and are replaced with it."""

CHUNK = 4_000
"""Cases judged and written together when the tables are filled anew."""

HOT = 3
"""How many different complainants make a matter hot, where the policy names no other number (E2)."""


CAUSE_DAYS = timedelta(days=90)
"""A cause has come again when the last case of it was resolved no more days before (G4)."""

Matter = tuple[str, str, str]
"""Project, month and category (or text): within one, cases count towards each other's level."""


@dataclass(frozen=True)
class RuleBook:
    """The policy and calendar in force: what a projection is computed under."""

    policy: Policy
    calendar: WorkCalendar
    earlier: tuple[Policy, ...] = ()
    """The policies that held before ``policy`` did, the latest first; each but the last says since when (P3)."""

    @property
    def fingerprint(self) -> str:
        digests = "+".join(policy.digest for policy in (self.policy, *self.earlier))
        return f"{VERSION}:{digests}:{self.calendar.digest}"

    def policy_on(self, day: date) -> Policy:
        """The policy in force on a day: a case is judged by that of its receipt, a month by that of its first day."""
        for policy in (self.policy, *self.earlier):
            if policy.since is None or policy.since <= day:
                return policy
        return self.earlier[-1] if self.earlier else self.policy

    @property
    def hot(self) -> int:
        rule = self.policy.events.get("hot-topic")
        return rule.threshold if rule and rule.threshold else HOT


class Projection:
    """The projection of one ledger, written inside the ledger's transactions."""

    def __init__(self, ledger: Ledger, book: RuleBook) -> None:
        self.ledger = ledger
        self.connection = ledger.connection
        self.book = book
        self._handed_over: dict[str, date] | None = None

    # ------------------------------------------------------------ whole

    @property
    def current(self) -> bool:
        """Whether the tables were filled under this version, policy and calendar."""
        return self.ledger.setting("projection") == self.book.fingerprint

    def rebuild(self, entries: Iterable[Entry] | None = None) -> int:
        """Drop the tables and fill them anew from the entries; inside ``writing()``. Returns the number of cases."""
        for table in _TABLES:
            self.connection.execute(f"DROP TABLE IF EXISTS {table}")
        for table, columns in _TABLES.items():
            self.connection.execute(f"CREATE TABLE {table} ({columns}) STRICT")
        for index in _INDEXES:
            self.connection.execute(index)
        wordindex.create(self.connection)
        self._handed_over = None
        by_case, folded_in = self._grouped(self.ledger.all_entries() if entries is None else entries)
        cases = {case_id: self._folded(case_id, by_case, folded_in, ()) for case_id in by_case}
        self.write_new([case for case in cases.values() if case is not None])
        self.ledger.set_setting("projection", self.book.fingerprint)
        return len(cases)

    def _grouped(self, entries: Iterable[Entry]) -> tuple[dict[str, list[Entry]], dict[str, list[str]]]:
        """Entries by case, each with those of other cases that fold it in; and which cases each case took in."""
        by_case: dict[str, list[Entry]] = {}
        folded_in: dict[str, list[str]] = {}
        joined: dict[str, str] = {}
        archived: list[Entry] = []
        for entry in entries:
            self._general(entry)
            if entry.case_id is None:
                if entry.kind in archive.KINDS or entry.kind == "amendment":
                    archived.append(entry)
                continue
            by_case.setdefault(entry.case_id, []).append(entry)
            if entry.kind == "join" and entry.refers:
                by_case.setdefault(entry.refers, []).append(entry)
                folded_in.setdefault(entry.case_id, []).append(entry.refers)
                joined[entry.id] = entry.refers
            elif entry.kind == "amendment" and entry.refers in joined:
                by_case[joined[entry.refers]].append(entry)
        archive.fill(self.connection, archived)
        return by_case, folded_in

    def _folded(
        self,
        case_id: str,
        by_case: Mapping[str, list[Entry]],
        folded_in: Mapping[str, list[str]],
        above: tuple[str, ...],
    ) -> Case | None:
        others = [other for other in folded_in.get(case_id, ()) if other not in above and other in by_case]
        inner = {other: self._folded(other, by_case, folded_in, (*above, case_id)) for other in others}
        try:
            return fold(by_case[case_id], {other: case for other, case in inner.items() if case is not None})
        except ValueError:
            return None

    # ------------------------------------------------------------ one entry, one case

    def case(self, case_id: str, until: datetime | None = None, above: tuple[str, ...] = ()) -> Case:
        """A case folded from its entries, with the cases folded into it. Raises BadInput when there is none."""
        entries = self.ledger.entries_of(case_id, until)
        inner = [e.refers for e in entries if e.kind == "join" and e.case_id == case_id and e.refers]
        folded_in = {
            other: self.case(other, until, (*above, case_id)) for other in inner if other not in above
        }
        try:
            return fold(entries, folded_in)
        except ValueError:
            raise BadInput(
                N_("There is no case {given}. Look for it with kfcs list --all or kfcs search."),
                given=case_id,
            ) from None

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
        return self._surroundings(case, text_mark(case.text), None)

    def _surroundings(self, case: Case, mark: str, crowd: Crowd | None) -> Surroundings:
        """What the rest of the ledger tells of a case: who else complained of its matter in its window (G).

        Complaints of nearly the same text are one matter whatever their category; a case that is no complaint goes by
        its category alone.
        """
        mark = mark if _complains(case) else ""
        policy, handed_over = self.policy_of(case), self.handed_over(case.project)
        again = policy.asks_for_causes and self._cause_again(case)
        if policy.times_complainants or policy.rolling:
            at = case.received_at if policy.rolling else None
            since = arrivals(self.connection, _matter(case), case.subcategory, mark, at)
            return Surroundings(len(since), handed_over, since, again)
        matter = (*_matter(case), case.subcategory, mark)
        people = crowd.count(*matter) if crowd else count_one(self.connection, *matter)
        return Surroundings(people, handed_over, cause_again=again)

    def _cause_again(self, case: Case) -> bool:
        """Whether an earlier case of the project had the same final cause and was resolved in the 90 days before (G4)."""
        since = iso(day_start(day_of(case.received_at) - CAUSE_DAYS))
        values = (case.project, case.cause, case.case_id, iso(case.received_at), since)
        return case.cause is not None and self.connection.execute(_SAME_CAUSE, values).fetchone() is not None

    def recorded(self, entries: Iterable[Entry], now: datetime) -> list[Judgement]:
        """Bring the tables up to entries just appended; returns the judgement of each case they touch."""
        entries = list(entries)
        general = [entry for entry in entries if entry.case_id is None]
        before = self._handovers() if general else {}
        for entry in entries:
            self._general(entry)
        touched = self.touched_by((entry.kind, entry.case_id, entry.refers) for entry in entries)
        made = [self.refresh(case_id, now) for case_id in touched]
        if archive.bring_up(self.connection, self.ledger, general):
            self._handed_over = None
        if general:
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
            self._escalation(entry)

    def quiet_closure(self, case: Case) -> datetime | None:
        """When the case closes by itself, if nothing happens before (H6)."""
        return quiet_closure(case, self.policy_of(case))

    def introduced(self, cases: Sequence[Case]) -> list[Judgement]:
        """Let new cases count towards each other, and judge each among the others; before or after they are recorded."""
        marks = self._introduce(cases)
        return self._judged(cases, marks, Crowd(self.connection))

    def _introduce(self, cases: Sequence[Case]) -> list[str]:
        """Let new cases count towards others; returns the mark of each one's text."""
        marks = [text_mark(case.text) for case in cases]
        rows = (row for case, mark in zip(cases, marks, strict=True) for row in _complainant_rows(case, mark))
        self.connection.executemany(_INSERT_COMPLAINANT, rows)
        self.connection.executemany(_INSERT_CAUSE, filter(None, map(_cause_row, cases)))
        return marks

    def _judged(self, cases: Iterable[Case], marks: Iterable[str], crowd: Crowd) -> list[Judgement]:
        arounds = (self._surroundings(case, mark, crowd) for case, mark in zip(cases, marks, strict=True))
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
                self._general(entry)
        imported = [entry for group in by_case.values() for entry in group if entry.body.get("source")]
        self.connection.executemany(_INSERT_SOURCE, map(_source_row, imported))
        made = list(judgements) or self.introduced([fold(group) for group in by_case.values()])
        self._write_all(made, [now] * len(made))
        matters = {_matter(j.case) for j in made if _complains(j.case)}
        for matter in matters:
            self._refresh_topics(*matter)
        shared = [j.case for j in made if j.around.complainants > 1 and _complains(j.case)]
        texts = {(*_matter(case)[:2], text_mark(case.text)) for case in shared}
        self._refresh_neighbours(matters, texts, now, besides=by_case.keys())
        causes = [(j.case.project, j.case.cause) for j in made if j.case.cause]
        self._refresh_same_causes(causes, now, besides=by_case.keys())
        return made

    def refresh(self, case_id: str, now: datetime) -> Judgement:
        """Fold, judge and write one case, and the neighbours whose level it changes."""
        before, cause = self._matter_row(case_id), self._one(_CAUSE_OF, case_id)
        case = self.case(case_id)
        self._write_complainants(case, replaces=True)
        judgement = self.judge(case)
        self._write(judgement, now, replaces=True)
        self._ripple(case, before, now)
        if cause != (after := self._one(_CAUSE_OF, case_id)):
            self._refresh_same_causes(filter(None, (cause, after)), now, besides=(case_id,))
        return judgement

    def _refresh_same_causes(
        self, causes: Iterable[tuple[Any, ...]], now: datetime, besides: Container[str]
    ) -> None:
        """Judge anew the cases of a cause in a project, where the policy asks whether it came again (G4)."""
        if not any(policy.asks_for_causes for policy in (self.book.policy, *self.book.earlier)):
            return
        for place in {cause[:2] for cause in causes}:
            rows = self.connection.execute(_OF_CAUSE, place).fetchall()
            for case_id, stored in [row for row in rows if row[0] not in besides]:
                case = self.case(case_id)
                around = self.around(case)
                if bool(stored) != around.cause_again:
                    self._write(self.judge(case, around), now, replaces=True)

    def _ripple(self, case: Case, before: tuple[Any, ...] | None, now: datetime) -> None:
        """Judge the neighbours anew whose count of complainants the case has changed."""
        after = self._matter_row(case.case_id)
        if before == after:
            return
        matters = {row[:3] for row in (before, after) if row}
        texts = {(row[0], row[1], row[4]) for row in (before, after) if row and row[4]}
        for matter in matters:
            self._refresh_topics(*matter)
        self._refresh_neighbours(matters, texts, now, besides=(case.case_id,), all_counts=before is not None)

    def _refresh_neighbours(
        self,
        matters: Iterable[Matter],
        texts: Iterable[Matter],
        now: datetime,
        besides: Container[str] = (),
        all_counts: bool = False,
    ) -> None:
        """Judge anew the cases of matters, or of the same text, whose stored count of complainants is no longer right.

        A count that has reached ``ENOUGH`` stays there unless complainants were taken away (``all_counts``).
        """
        near: dict[str, str] = {}
        rolling = any(policy.rolling for policy in (self.book.policy, *self.book.earlier))
        for sql, wanted in ((_NEAR_BY_MATTER, matters), (_NEAR_BY_TEXT, texts)):
            places = sorted(
                {
                    (project, window, what)
                    for project, month, what in wanted
                    for window in (months_near(month) if rolling else (month,))
                }
            )
            near.update(self.connection.execute(sql, (json.dumps(places), ENOUGH, all_counts)))
        for other, stored in near.items():
            if other in besides:
                continue
            case = self.case(other)
            around = self.around(case)
            if stored != _crowd(around):
                self._write(self.judge(case, around), now, replaces=True)

    def _matter_row(self, case_id: str) -> tuple[Any, ...] | None:
        rows = self.connection.execute(
            "SELECT project, month, category, subcategory, text_mark, group_concat(key || at, char(10)) FROM complainants"
            " WHERE case_id = ? GROUP BY case_id",
            (case_id,),
        ).fetchone()
        return rows if rows is None else tuple(rows)

    # ------------------------------------------------------------ matters and topics

    def _refresh_topics(self, project: str, month: str, category: str) -> None:
        """Which matters of a category are hot in a project's month: enough different people on one of them (E2)."""
        rows = self.connection.execute(
            "SELECT subcategory, key, live FROM complainants WHERE project = ? AND month = ? AND category = ?",
            (project, month, category),
        ).fetchall()
        matters = _matters(category, rows)
        self.connection.execute(
            "DELETE FROM topics WHERE project = ?1 AND matter >= ?3 AND matter < ?3 || '/' AND month = ?2"
            " AND (matter = ?3 OR matter LIKE ?3 || '.%')",
            (project, month, category),
        )
        for matter, (keys, live) in matters.items():
            if len(keys) >= self.book.hot:
                self.connection.execute(
                    "INSERT INTO topics VALUES (?,?,?,?,?,?)",
                    (
                        project,
                        matter,
                        month,
                        len(keys),
                        live,
                        int(live and not self._topic_raised(project, matter, month)),
                    ),
                )

    def _topic_raised(self, project: str, matter: str, month: str) -> bool:
        prefix = f"|hot-topic|{project}/{matter}|{month}|"
        row = self.connection.execute(
            "SELECT 1 FROM escalations WHERE key >= ? AND key < ? LIMIT 1", (prefix, prefix + "~")
        ).fetchone()
        return row is not None

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

    def _general(self, entry: Entry) -> None:
        """What an entry leaves in tables that belong to no case."""
        if entry.kind == "project":
            self._project(entry)
        elif entry.kind == "escalation":
            self._escalation(entry)
        elif entry.kind == "answer":
            self._answer(entry)
        elif entry.kind in dutyrows.KINDS:
            dutyrows.keep(self.connection, entry)
        elif entry.kind == "amendment" and entry.case_id is None:
            dutyrows.correct(self.connection, entry)
        for answer in entry.body.get("answers", ()):
            self.connection.execute("UPDATE answers SET uses = uses + 1 WHERE id = ?", (answer,))
        source = entry.body.get("source")
        if source:
            self.connection.execute(_INSERT_SOURCE, _source_row(entry))
        elif not entry.derived and (entry.recorded_at - entry.at).total_seconds() > 86_400:
            self.connection.execute(
                "INSERT INTO late VALUES (?,?,?,?,?)",
                (entry.id, entry.case_id, entry.kind, iso(entry.at), iso(entry.recorded_at)),
            )

    def _answer(self, entry: Entry) -> None:
        body = entry.body
        self.connection.execute(
            "INSERT OR REPLACE INTO answers VALUES (?,?,?,?,?,?,0)",
            (body["project"], body["subject"], entry.id, body["text"], iso(entry.at), entry.by),
        )

    def _project(self, entry: Entry) -> None:
        self._handed_over = None
        body = entry.body
        known = self.connection.execute(
            "SELECT handed_over, aliases, ambassador FROM projects WHERE project = ?", (body["project"],)
        ).fetchone()
        handed_over = body.get("handed_over") or (known[0] if known else None)
        aliases = [name for name in (known[1] if known else "").split("\n") if name]
        aliases += [name for name in body.get("aliases", ()) if name not in aliases]
        self.connection.execute(
            "INSERT OR REPLACE INTO projects VALUES (?,?,?,?)",
            (
                body["project"],
                handed_over,
                "\n".join(aliases),
                body.get("ambassador") or (known and known[2]),
            ),
        )

    def _escalation(self, entry: Entry) -> None:
        body = entry.body
        self.connection.execute(
            "INSERT OR IGNORE INTO escalations VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                escalation_key(entry.case_id, body.get("clock") or body["rule"], body["epoch"], body["rung"]),
                entry.id,
                entry.case_id,
                body.get("branch", ""),
                body["rule"],
                body["clause"],
                body.get("clock"),
                str(body["epoch"]),
                body["rung"],
                body["recipient"],
                body["level"],
                body.get("due"),
                iso(entry.at),
                body.get("subject"),
            ),
        )

    # ------------------------------------------------------------ rows

    def write_new(self, cases: Sequence[Case]) -> None:
        """Write cases that are not in the tables yet, each judged as of its own last entry, so that the next run looks
        at them. Their judgements are large, so no more than some thousands are held at once."""
        marks = self._introduce(cases)
        crowd = Crowd(self.connection)
        matters: set[Matter] = set()
        for first in range(0, len(cases), CHUNK):
            some = cases[first : first + CHUNK]
            judgements = self._judged(some, marks[first : first + CHUNK], crowd)
            self._write_all(judgements, [j.case.timeline[-1].entry.recorded_at for j in judgements])
            matters |= {_matter(case) for case in some if _complains(case)}
        for matter in sorted(matters):
            self._refresh_topics(*matter)

    def _write_complainants(self, case: Case, replaces: bool) -> None:
        if replaces:
            for table in ("complainants", "causes"):
                self.connection.execute(f"DELETE FROM {table} WHERE case_id = ?", (case.case_id,))
        self.connection.executemany(_INSERT_COMPLAINANT, _complainant_rows(case, text_mark(case.text)))
        self.connection.executemany(_INSERT_CAUSE, filter(None, [_cause_row(case)]))

    def _write(self, judgement: Judgement, now: datetime, replaces: bool) -> None:
        case_id = judgement.case.case_id
        before = wordindex.standing(self.connection, case_id) if replaces else None
        if before is None:
            self._write_all([judgement], [now])
            return
        for table in ("cases", *_REPLACED):
            self.connection.execute(f"DELETE FROM {table} WHERE case_id = ?", (case_id,))
        self._write_rows([judgement], [now])
        wordindex.change(self.connection, case_id, before, _haystack(judgement.case))

    def _write_all(self, judgements: Sequence[Judgement], moments: Sequence[datetime]) -> None:
        """Write cases that are not in the tables, each as it stands at its moment."""
        self._write_rows(judgements, moments)
        wordindex.add(self.connection, [(j.case.case_id, _haystack(j.case)) for j in judgements])

    def _write_rows(self, judgements: Sequence[Judgement], moments: Sequence[datetime]) -> None:
        insert = self.connection.executemany
        insert(_INSERT_CASE, [case_row(j, now) for j, now in zip(judgements, moments, strict=True)])
        insert("INSERT INTO clocks VALUES (?,?,?,?,?,?,?,?,?,?,?)", _every(clock_rows, judgements))
        handled = [j for j in judgements if len(j.case.timeline) > 1 or j.case.resolutions]
        cases = [j.case for j in handled]
        if handled:
            insert(
                "INSERT INTO resolutions VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", _every(_resolution_rows, handled)
            )
            insert("INSERT INTO callbacks VALUES (?,?,?,?,?,?,?,?,?,?,?)", _every(_callback_rows, cases))
            insert(
                "INSERT INTO rectifications VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                _every(_rectification_rows, cases),
            )
            insert("INSERT INTO contacts VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", _every(_contact_rows, cases))
            insert(
                "INSERT INTO compensations VALUES (?,?,?,?,?,?,?,?,?,?)", _every(_compensation_rows, cases)
            )


def escalation_key(case_id: str | None, clock_or_rule: str, epoch: object, rung: int) -> str:
    """The key under which an escalation is recorded once (E5)."""
    return f"{case_id or ''}|{clock_or_rule}|{epoch}|{rung}"


_PLACES = (
    "(SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b, json_extract(value, '$[2]') AS c"
    " FROM json_each(?1))"
)
_MAY_CHANGE = "(neighbours < ?2 OR ?3 OR neighbours_since <> '')"
_NEAR_BY_MATTER = (
    f"SELECT case_id, neighbours || ' ' || neighbours_since FROM {_PLACES} CROSS JOIN cases"
    f" ON project = a AND month = b AND category = c WHERE {_MAY_CHANGE}"
)
_NEAR_BY_TEXT = (
    "SELECT case_id, neighbours || ' ' || neighbours_since FROM cases WHERE case_id IN (SELECT case_id FROM"
    f" {_PLACES} CROSS JOIN complainants ON project = a AND month = b AND text_mark = c AND text_mark <> '')"
    f" AND {_MAY_CHANGE}"
)


def _crowd(around: Surroundings) -> str:
    """How many complained, and when each did where that matters, as the tables keep it."""
    return f"{around.complainants} {' '.join(map(iso, around.since))}"


def _haystack(case: Case) -> str:
    person = case.person
    return wordindex.haystack((case.case_id, case.text, case.project, case.home, person.name, person.phone))


_INSERT_SOURCE = "INSERT OR IGNORE INTO sources VALUES (?,?,?)"


def _source_row(entry: Entry) -> tuple[Any, ...]:
    """The row of ``sources`` for an entry that came from a file."""
    return entry.body["source"]["key"], entry.case_id, entry.id


_CAUSE_OF = "SELECT project, cause, received_at, resolved_at FROM causes WHERE case_id = ?"
_OF_CAUSE = (
    "SELECT case_id, cause_again FROM cases WHERE case_id IN"
    " (SELECT case_id FROM causes WHERE project = ? AND cause = ?)"
)
_SAME_CAUSE = (
    "SELECT 1 FROM causes WHERE project = ? AND cause = ? AND case_id <> ? AND received_at < ? AND resolved_at >= ?"
    " LIMIT 1"
)
_INSERT_CAUSE = "INSERT INTO causes VALUES (?,?,?,?,?)"


def _cause_row(case: Case) -> tuple[Any, ...] | None:
    """The row of ``causes`` for a case that was resolved and whose final cause is known."""
    if not (case.cause and case.resolutions and case.counted):
        return None
    return case.case_id, case.project, case.cause, iso(case.received_at), iso(case.resolutions[-1].at)


_INSERT_COMPLAINANT = "INSERT INTO complainants VALUES (?,?,?,?,?,?,?,?,?)"


def _complainant_rows(case: Case, mark: str) -> list[tuple[Any, ...]]:
    """The rows of ``complainants`` for a case whose people count, ``mark`` being its text's."""
    if not _complains(case):
        return []
    project, month, category = _matter(case)
    sub, live = case.subcategory, int(not case.history)
    return [
        (case.case_id, who, project, month, category, sub, mark, live, iso(at))
        for who, at in zip(case.complainants, case.complained_at, strict=True)
    ]


T = TypeVar("T")


def _every(rows: Callable[[T], list[tuple[Any, ...]]], things: Iterable[T]) -> Iterator[tuple[Any, ...]]:
    return chain.from_iterable(map(rows, things))


def _complains(case: Case) -> bool:
    """Whether the case's complainants count towards the levels of others (G)."""
    return case.kind == "complaint" and case.counted


def _matter(case: Case) -> tuple[str, str, str]:
    return case.project, iso(case.received_at)[:7], case.category


def _matters(category: str, rows: Iterable[tuple[Any, ...]]) -> dict[str, tuple[set[str], bool]]:
    """People by matter: each sub-category with those who gave none; the category itself where no sub-category is hot."""
    by_sub: dict[str | None, tuple[set[str], bool]] = {}
    for sub, key, live in rows:
        keys, lives = by_sub.get(sub, (set(), False))
        by_sub[sub] = (keys | {key}, lives or bool(live))
    general, general_live = by_sub.pop(None, (set(), False))
    matters = {str(sub): (keys | general, live or general_live) for sub, (keys, live) in by_sub.items()}
    if general and not any(len(keys) >= HOT for keys, _ in matters.values()):
        everyone = general.union(*[keys for keys, _ in by_sub.values()])
        matters[category] = (everyone, general_live or any(live for _, live in by_sub.values()))
    return matters


_INSERT_CASE = f"INSERT INTO cases VALUES ({','.join('?' * (_TABLES['cases'].count(',') + 1))})"


def case_row(judgement: Judgement, now: datetime) -> tuple[Any, ...]:
    """The row of ``cases`` for a judged case, its level as of ``now``."""
    case = judgement.case
    level, rule = judgement.level(now)
    received_at = iso(case.received_at)
    closed = case.closed
    return (
        case.case_id,
        case.case_id[::-1],
        case.desk,
        case.branch,
        case.kind,
        case.state,
        case.validity,
        int(case.counted),
        int(case.history),
        case.channel,
        case.project,
        case.home,
        case.person.name,
        case.person.phone,
        case.text,
        case.people,
        case.times,
        fen(case.claim),
        int(case.refund),
        case.remedy,
        case.media,
        case.legal,
        case.harm,
        case.emergency,
        int(case.vip),
        case.stage,
        case.category,
        case.subcategory,
        case.proposed.get("demand"),
        case.cause,
        level,
        rule.id,
        level if case.level_at_log is None else case.level_at_log,
        judgement.route.department if judgement.route else None,
        case.department,
        case.first_asked,
        case.by,
        case.repeat_of,
        case.merged_into,
        case.url,
        case.heat,
        case.impact,
        received_at,
        received_at[:7],
        int((case.recorded_at - case.received_at).total_seconds() > 86_400),
        iso(case.resolutions[-1].at) if case.resolutions else None,
        iso(closed.at) if closed else None,
        closed.why if closed else None,
        len(case.epochs) - 1,
        int(case.needs_callback),
        int(case.cues_open),
        int(any(note.kind == "typical" for note in case.notes)),
        judgement.around.complainants,
        " ".join(map(iso, judgement.around.since)),
        int(judgement.around.cause_again),
        signature_awaited(case, judgement.policy),
        _iso(judgement.next_due()),
        _iso(judgement.graded.next_rise(now)) if case.state != "closed" and case.counted else None,
        _iso(judgement.next_look(now)),
    )


def clock_rows(judgement: Judgement) -> list[tuple[Any, ...]]:
    """The rows of ``clocks`` for a judged case, also those of a clock that age will start: whoever reads looks at ``start``."""
    case = judgement.case
    return [
        (
            case.case_id,
            run.clock,
            run.epoch,
            case.branch,
            iso(run.start),
            iso(run.due),
            _iso(run.stopped_at),
            _iso(run.cancelled_at),
            int(run.paused),
            judgement.highest_rung(run),
            _iso(judgement.next_rung(run)),
        )
        for run in judgement.clocks
    ]


def _resolution_rows(judgement: Judgement) -> list[tuple[Any, ...]]:
    case = judgement.case
    due = {run.epoch: iso(run.due) for run in judgement.clocks if run.clock == "callback"}
    return [
        (
            case.case_id,
            n,
            case.branch,
            case.kind,
            iso(r.at),
            r.by,
            int(r.on_the_spot),
            int(case.needs_callback),
            due.get(n),
            int(case.counted),
            r.correction,
            r.prevention,
        )
        for n, r in enumerate(case.resolutions, 1)
    ]


def _callback_rows(case: Case) -> list[tuple[Any, ...]]:
    return [
        (
            case.case_id,
            c.n,
            case.branch,
            case.kind,
            iso(c.at),
            c.by,
            c.result,
            c.epoch,
            int(c.signed),
            int(c.by in handlers_of(case, c.epoch)),
            int(case.counted),
        )
        for c in case.callbacks
    ]


def _rectification_rows(case: Case) -> list[tuple[Any, ...]]:
    return [
        (
            case.case_id,
            order.id,
            attempt.number,
            case.branch,
            order.what,
            order.department,
            order.unit,
            iso(attempt.ordered_at),
            iso(attempt.due),
            _iso(attempt.done_at),
            _iso(attempt.inspected_at),
            attempt.inspected_by,
            attempt.result,
            attempt.fault,
            fen(order.cost),
            int(attempt.inspected_by in workers_of(attempt)),
            int(attempt is order.current),
        )
        for order in case.rectifications
        for attempt in order.attempts
    ]


def _contact_rows(case: Case) -> list[tuple[Any, ...]]:
    texts = {act.n: act.entry.body.get("text") for act in case.timeline if act.entry.kind == "contact"}
    return [
        (
            case.case_id,
            c.n,
            iso(c.at),
            c.by,
            texts.get(c.n),
            int(c.reply),
            int(c.plan),
            _iso(c.promise),
            int(c.on_site),
            int(c.waiting),
            int(c.no_agreement),
            int(c.ack),
        )
        for c in case.contacts
    ]


def _compensation_rows(case: Case) -> list[tuple[Any, ...]]:
    """The steps that stand: an application or approval made anew replaces the one before."""
    steps = [act for act in case.timeline if act.entry.kind == "compensation" and not act.undone]
    last = {act.entry.body["step"]: act.n for act in steps}
    return [
        (
            case.case_id,
            act.n,
            case.branch,
            case.project,
            case.home,
            step,
            fen(Decimal(act.entry.body.get("amount", "0"))),
            act.entry.body.get("unit"),
            iso(act.entry.at),
            act.entry.by,
        )
        for act in steps
        if (step := act.entry.body["step"]) in ("pay", "deduct") or act.n == last[step]
    ]


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment)


def resolve_case(connection: sqlite3.Connection, ending: str) -> str:
    """The one case whose number ends with what was typed (C2). Raises BadInput when none or several do."""
    wanted = normalize("NFKC", ending).strip().upper()
    if not wanted:
        raise BadInput(N_("A case number is empty. Give a number or its ending, such as 20261103-001."))
    exact = connection.execute("SELECT case_id FROM cases WHERE case_id = ?", (wanted,)).fetchone()
    if exact:
        return str(exact[0])
    reverse = wanted[::-1]
    rows = connection.execute(
        "SELECT case_id FROM cases WHERE reversed >= ? AND reversed < ? ORDER BY case_id LIMIT 4",
        (reverse, reverse + "\U0010ffff"),
    ).fetchall()
    if not rows:
        raise BadInput(
            N_("There is no case {given}. Look for it with kfcs list --all or kfcs search."), given=ending
        )
    if len(rows) > 1:
        some = ", ".join(row[0] for row in rows)
        raise BadInput(
            N_("{given} fits several cases ({some}). Give more of the number."), given=ending, some=some
        )
    return str(rows[0][0])

"""What a report reads: the rows of one period, each table once and only what is counted (SPEC R3).

All SQL of the reports stands here. Times are compared as the ISO text that is stored.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from kfcs.money import from_fen
from kfcs.period import Period, iso
from kfcs.reports.conditions import (
    ANY_RESULT,
    COMPLAINTS,
    DECIDED,
    UNCOUNTED,
    UNCOUNTED_RESOLVED,
    VALID,
    VERDICT,
)
from kfcs.reports.rows import (
    BacklogRow,
    CallbackRow,
    CallbackState,
    CaseRow,
    ClockRow,
    EscalationRow,
    HandlingRow,
    LateRow,
    MeasureRow,
    OpinionRow,
    ProjectRow,
    RectificationRow,
    ResolutionRow,
    TopicRow,
)

_CODE = "CASE WHEN cause IN (SELECT value FROM json_each(:codes)) THEN cause ELSE coalesce(subcategory, category) END"
"""The final cause where the taxonomy has it, else the category (K3)."""

_UNRATED = "SELECT case_id FROM cases WHERE validity IN (SELECT value FROM json_each(:unrated))"

Row = TypeVar(
    "Row",
    CaseRow,
    ClockRow,
    ResolutionRow,
    CallbackRow,
    RectificationRow,
    EscalationRow,
    HandlingRow,
    MeasureRow,
    BacklogRow,
    LateRow,
    OpinionRow,
    ProjectRow,
    TopicRow,
)


@dataclass(frozen=True)
class Reading:
    """The rows of one period and branch (None: every branch), as they stand at ``now``."""

    connection: sqlite3.Connection
    period: Period
    branch: str | None
    now: datetime
    unrated: tuple[str, ...] = ()
    """Validities whose cases enter no rate (C5)."""

    def of(self, period: Period) -> Reading:
        """The same branch in another period."""
        return replace(self, period=period)

    # ------------------------------------------------------------ cases

    def cases(self, codes: Iterable[str]) -> list[CaseRow]:
        """The cases received in the period, of every kind; void, duplicate and folded-in ones left out.

        ``codes`` are those that a final cause may have to take the place of the category (K3).
        """
        columns = ", ".join(_CODE if name == "code" else name for name in CaseRow._fields)
        return self._rows(
            CaseRow,
            f"SELECT {columns} FROM cases WHERE counted = 1 AND {self._received()}",
            codes=json.dumps(list(codes)),
        )

    def intake_sums(self) -> list[ProjectRow]:
        """Complaints received, by project."""
        return self._rows(
            ProjectRow,
            f"SELECT project, count(*), sum(people), sum(times), sum({VALID}), sum({VALID} AND state = 'closed')"
            f" FROM {COMPLAINTS} AND {self._received()} GROUP BY project",
        )

    def categories(self, codes: Iterable[str]) -> dict[str, int]:
        """Complaints received, by category of the final cause (K3)."""
        rows = self._all(
            f"SELECT {_CODE} AS code, count(*) FROM cases"
            f" WHERE kind = 'complaint' AND counted = 1 AND {self._received()} GROUP BY 1",
            codes=json.dumps(list(codes)),
        )
        counted: Counter[str] = Counter()
        for code, count in rows:
            counted[str(code).partition(".")[0]] += count
        return dict(counted)

    def branches(self) -> list[str]:
        """The branches in which something was received, or is open from before."""
        rows = self._all(
            f"SELECT branch FROM cases WHERE counted = 1 AND {self._received()} UNION"
            " SELECT branch FROM cases WHERE state <> 'closed' AND received_at < :end ORDER BY 1"
        )
        return [row[0] for row in rows]

    def handlings(self, case_ids: Iterable[str]) -> list[HandlingRow]:
        """How each of these cases was settled."""
        last = "(SELECT {0} FROM resolutions r WHERE r.case_id = c.case_id AND {0} IS NOT NULL ORDER BY n DESC LIMIT 1)"
        return self._rows(
            HandlingRow,
            f"SELECT case_id, text, cause, {last.format('correction')}, {last.format('prevention')} FROM cases c"
            " WHERE case_id IN (SELECT value FROM json_each(:ids))",
            ids=json.dumps(sorted(set(case_ids))),
        )

    def measures(self, within: timedelta, codes: Iterable[str]) -> list[MeasureRow]:
        """The corrections and preventions named in the period, or so long before it."""
        return self._rows(
            MeasureRow,
            f"SELECT r.case_id, r.at, c.project, {_CODE}, r.correction, r.prevention"
            " FROM resolutions r CROSS JOIN cases c ON c.case_id = r.case_id"
            " WHERE (r.correction IS NOT NULL OR r.prevention IS NOT NULL)"
            f" AND r.at >= :since AND r.at < :end AND r.counted = 1{self._branch('r.')}",
            since=iso(self.period.start - within),
            codes=json.dumps(list(codes)),
        )

    def handed_in(self, of_the_group: Sequence[str], of_a_branch: Sequence[str]) -> str | None:
        """The entry that handed in this period's report with its figures; the first one stands."""
        mine = "name IN (SELECT value FROM json_each(:branch_names)) AND branch = coalesce(:branch, '')"
        shared = "name IN (SELECT value FROM json_each(:group_names))"
        rows = self._all(
            "SELECT entry_id FROM submissions WHERE period = :label AND figures_digest IS NOT NULL"
            f" AND ({mine} OR (:branch IS NULL AND {shared})) ORDER BY at, recorded_at, entry_id LIMIT 1",
            label=self.period.label,
            branch_names=json.dumps(list(of_a_branch)),
            group_names=json.dumps(list(of_the_group)),
        )
        return rows[0][0] if rows else None

    def complaints(self) -> int:
        """How many complaints were received."""
        return self._one(f"SELECT count(*) FROM {COMPLAINTS} AND {self._received()}")[0]

    def texts(self, case_ids: Iterable[str]) -> dict[str, str]:
        """What was raised in each of these cases."""
        return dict(
            self._all(
                "SELECT case_id, text FROM cases WHERE case_id IN (SELECT value FROM json_each(:ids))",
                ids=json.dumps(sorted(set(case_ids))),
            )
        )

    # ------------------------------------------------------------ clocks

    def clocks(self, names: Iterable[str]) -> list[ClockRow]:
        """Runs whose limit falls in the period, by clock and verdict; uncounted cases are cancelled."""
        rows = []
        # One clock at a time: the index then gives its runs in order, and nothing is sorted.
        for name in names:
            met, breached, running = self._one(
                f"SELECT {', '.join(f'total({VERDICT} = {verdict!r})' for verdict in DECIDED)} FROM clocks"
                f" WHERE clock = :clock AND due >= :start AND due < :end{self._branch()}{self._rated()}",
                clock=name,
            )
            counts = zip(DECIDED, (met, breached, running), strict=True)
            rows += [ClockRow(name, verdict, runs) for verdict, runs in counts if runs]
        return rows

    def clock_cases(self, clock: str, verdicts: Sequence[str]) -> list[str]:
        """The case of each run of a clock that stands so."""
        rows = self._all(
            f"SELECT case_id FROM clocks WHERE due >= :start AND due < :end AND clock = :clock"
            f" AND {VERDICT} IN (SELECT value FROM json_each(:verdicts)){self._branch()}{self._rated()}"
            " ORDER BY case_id",
            clock=clock,
            verdicts=json.dumps(list(verdicts)),
        )
        return [row[0] for row in rows]

    # ------------------------------------------------------------ callbacks

    def resolutions(self) -> list[ResolutionRow]:
        return self._rows(
            ResolutionRow,
            'SELECT case_id, n, "by", needs_callback FROM resolutions'
            f" WHERE at >= :start AND at < :end{self._branch()} AND counted = 1",
        )

    def callbacks(self) -> list[CallbackRow]:
        """The callbacks made in the period, each case's in the order recorded."""
        return self._rows(
            CallbackRow,
            'SELECT case_id, n, kind, "by", result, epoch, self_called FROM callbacks'
            f" WHERE {ANY_RESULT} AND at >= :start AND at < :end{self._branch()} AND counted = 1",
        )

    def callback_states(self, case_ids: Iterable[str]) -> dict[tuple[str, int], CallbackState]:
        """By case and resolution: whether it was answered at any time, and how its callback clock stands."""
        rows = self._all(
            "SELECT r.case_id, r.n, EXISTS (SELECT 1 FROM callbacks b WHERE b.case_id = r.case_id"
            " AND b.epoch = r.n AND b.result <> 'unreachable'), k.due, k.cancelled_at,"
            " EXISTS (SELECT 1 FROM callbacks b JOIN cases c ON c.case_id = b.case_id"
            " WHERE b.case_id = r.case_id AND b.epoch = r.n AND b.result = 'unreachable'"
            " AND c.closed_why = 'unreachable')"
            " FROM resolutions r LEFT JOIN clocks k"
            " ON k.case_id = r.case_id AND k.clock = 'callback' AND k.epoch = r.n"
            " WHERE r.case_id IN (SELECT value FROM json_each(:ids))",
            ids=json.dumps(sorted(set(case_ids))),
        )
        return {(row[0], row[1]): CallbackState(bool(row[2]), row[3], row[4], bool(row[5])) for row in rows}

    def opinion_counts(self, result: str) -> int:
        """Callbacks of the period with this result, a case that had several counted each time."""
        return self._one(
            "SELECT count(*) FROM callbacks WHERE result = :result AND at >= :start AND at < :end"
            f"{self._branch()}{self._rated()}",
            result=result,
        )[0]

    def opinions_to_correct(self, since: datetime, until: datetime) -> list[OpinionRow]:
        """Opinions between two moments of cases that were resolved more than once or left the counts."""
        return self._rows(
            OpinionRow,
            "WITH odd AS (SELECT case_id FROM callbacks WHERE epoch > 1"
            f" UNION SELECT case_id FROM {UNCOUNTED_RESOLVED})"
            f" SELECT b.case_id, b.at, b.result, b.n, b.case_id NOT IN {UNCOUNTED_RESOLVED}"
            " FROM odd CROSS JOIN callbacks b ON b.case_id = odd.case_id"
            f" WHERE b.at >= :since AND b.at < :until{self._branch('b.')}{self._rated('b.')}"
            " AND b.result IN ('satisfied', 'acceptable', 'unsatisfied')",
            since=iso(since),
            until=iso(until),
        )

    # ------------------------------------------------------------ the rest

    def rectifications(self) -> list[RectificationRow]:
        """Attempts ordered, due or inspected in the period."""
        columns = ", ".join(f"r.{name}" for name in RectificationRow._fields[:-1])
        touched = " OR ".join(
            f"(r.{name} >= :start AND r.{name} < :end)" for name in ("ordered_at", "due", "inspected_at")
        )
        return self._rows(
            RectificationRow,
            f"SELECT {columns}, c.closed_at FROM rectifications r CROSS JOIN cases c ON c.case_id = r.case_id"
            f" WHERE ({touched}) AND c.counted = 1{self._branch('r.')}{self._rated('r.')}"
            " ORDER BY r.case_id, r.id, r.attempt",
        )

    def compensation(self) -> dict[str, Decimal]:
        """What was approved, paid and deducted in the period, by step, in CNY (H8)."""
        rows = self._all(
            f"SELECT step, sum(amount_fen) FROM compensations WHERE at >= :start AND at < :end{self._branch()}"
            f" AND case_id NOT IN {UNCOUNTED} GROUP BY step"
        )
        return {step: from_fen(total) or Decimal("0.00") for step, total in rows}

    def deductions(self) -> dict[str, Decimal]:
        """What was deducted in the period, by the unit that bears it (H8)."""
        rows = self._all(
            "SELECT coalesce(unit, ''), sum(amount_fen) FROM compensations WHERE step = 'deduct'"
            f" AND at >= :start AND at < :end{self._branch()} AND case_id NOT IN {UNCOUNTED} GROUP BY 1"
        )
        return {unit: from_fen(total) or Decimal("0.00") for unit, total in rows}

    def fines(self) -> dict[str, Decimal]:
        """What persons were fined in the period, in CNY (S3)."""
        rows = self._all(
            "SELECT subject, sum(money_fen) FROM adjustments WHERE subject_kind = 'person'"
            f" AND money_fen IS NOT NULL AND at >= :start AND at < :end{self._branch()} GROUP BY 1"
        )
        return {name: from_fen(total) or Decimal("0.00") for name, total in rows}

    def contacts_by_person(self) -> dict[str, int]:
        """Contacts held in the period, by who held them."""
        if self.branch is None:
            source = "contacts k WHERE"
        else:
            source = "contacts k CROSS JOIN cases c ON c.case_id = k.case_id WHERE c.branch = :branch AND"
        rows = self._all(
            f'SELECT k."by", count(*) FROM {source} k.at >= :start AND k.at < :end'
            f" AND k.case_id NOT IN {UNCOUNTED} GROUP BY 1"
        )
        return dict(rows)

    def surveys(self) -> list[tuple[str, int, int, int]]:
        """Surveys made in the period by stage: how many, their points in hundredths, their answers (O3)."""
        return self._all(
            "SELECT stage, count(*), sum(points), sum(answers) FROM surveys"
            f" WHERE at >= :start AND at < :end{self._branch()} GROUP BY stage"
        )

    def escalation_counts(self) -> list[tuple[str, int, int]]:
        """Escalations made in the period: rule, rung, how many."""
        return self._all(
            f"SELECT rule, rung, count(*) FROM escalations WHERE at >= :start AND at < :end{self._branch()}"
            " GROUP BY rule, rung ORDER BY rule, rung"
        )

    def escalations(self, limit: int = -1) -> list[EscalationRow]:
        """Escalations made in the period, the highest rung first."""
        columns = ", ".join(EscalationRow._fields)
        return self._rows(
            EscalationRow,
            f"SELECT {columns} FROM escalations WHERE at >= :start AND at < :end{self._branch()}"
            " ORDER BY rung DESC, level, at, key LIMIT :limit",
            limit=limit,
        )

    def backlog(self) -> tuple[int, ...]:
        """Received before the period's end and not closed: cases, complaints among them, and overdue ones."""
        return self._one(
            "SELECT count(*), total(kind = 'complaint'), total(next_due < :now) FROM cases"
            f" WHERE state <> 'closed' AND received_at < :end{self._branch()}"
        )

    def backlog_cases(self, overdue: bool, limit: int = -1) -> list[BacklogRow]:
        """Those cases, the gravest first, then the earliest limit."""
        columns = ", ".join(BacklogRow._fields)
        late, nulls = (" AND next_due < :now", "") if overdue else ("", "next_due IS NULL, ")
        return self._rows(
            BacklogRow,
            f"SELECT {columns} FROM cases WHERE state <> 'closed' AND received_at < :end"
            f"{late}{self._branch()}"
            f" ORDER BY level, {nulls}next_due, case_id LIMIT :limit",
            limit=limit,
        )

    def late(self) -> list[LateRow]:
        """Acts of the period recorded more than a day after they happened (L2), imported rows aside."""
        join, condition = "", ""
        if self.branch is not None:
            join, condition = " JOIN cases c ON c.case_id = l.case_id", " AND c.branch = :branch"
        return self._rows(
            LateRow,
            f"SELECT l.case_id, l.kind, l.at, l.recorded_at FROM late l{join}"
            f" WHERE l.at >= :start AND l.at < :end{condition} ORDER BY l.at, l.case_id, l.entry_id",
        )

    def late_imported(self) -> list[LateRow]:
        """Cases of the period that were imported more than a day after they were received."""
        return self._rows(
            LateRow,
            "SELECT c.case_id, e.kind, c.received_at, e.recorded_at FROM cases c"
            " CROSS JOIN entries e ON e.case_id = c.case_id AND e.kind = 'complaint'"
            f" WHERE c.late = 1 AND c.counted = 1 AND {self._received('c.')}"
            " AND json_extract(e.body, '$.source') IS NOT NULL ORDER BY c.received_at, c.case_id",
        )

    def topics(self) -> list[TopicRow]:
        """Matters on which enough different people complained in the months of the period (E2)."""
        return self._rows(
            TopicRow,
            "SELECT project, matter, month, complainants FROM topics WHERE month >= :first AND month <= :last"
            " ORDER BY complainants DESC, project, matter, month",
        )

    # ------------------------------------------------------------ how

    def _received(self, table: str = "") -> str:
        """The condition on the date of receipt; whole months are found by their month alone."""
        months = "= :first" if self._bounds["first"] == self._bounds["last"] else "BETWEEN :first AND :last"
        condition = f"{table}month {months}{self._branch(table)}"
        if self.period.first.day == 1 and self.period.after.day == 1:
            return condition
        return f"{condition} AND {table}received_at >= :start AND {table}received_at < :end"

    def unrated_cases(self) -> set[str]:
        """The cases that enter no rate."""
        return {row[0] for row in self._all(_UNRATED)} if self.unrated else set()

    def _rated(self, table: str = "") -> str:
        """The condition that a case enters rates."""
        return f" AND {table}case_id NOT IN ({_UNRATED})" if self.unrated else ""

    def _branch(self, table: str = "") -> str:
        return "" if self.branch is None else f" AND {table}branch = :branch"

    def _rows(self, make: type[Row], sql: str, **more: object) -> list[Row]:
        """The answer as named tuples; the fields stand in the order selected."""
        return list(map(make._make, self._all(sql, **more)))

    def _one(self, sql: str, **more: object) -> tuple[int, ...]:
        return tuple(int(value) for value in self._all(sql, **more)[0])

    @cached_property
    def _bounds(self) -> Mapping[str, str | None]:
        """What the statements name: the period's ends and months, the branch, and now."""
        return {
            "start": iso(self.period.start),
            "end": iso(self.period.end),
            "first": self.period.first.isoformat()[:7],
            "last": (self.period.after - timedelta(days=1)).isoformat()[:7],
            "branch": self.branch,
            "unrated": json.dumps(self.unrated),
            "now": iso(self.now),
        }

    def _all(self, sql: str, **more: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, {**self._bounds, **more}).fetchall()

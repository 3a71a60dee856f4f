"""What scoring reads beyond a report's figures: one desk's cases, who there is (SPEC S1).

All SQL of scoring stands here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from kfcs.period import Period
from kfcs.reports.reading import Reading


@dataclass(frozen=True)
class ScoreReading(Reading):
    """The rows of a branch, or those of one desk's cases, or of some kinds of case only."""

    desk: str | None = None
    kinds: tuple[str, ...] = ()
    emergencies: bool = False

    def of(self, period: Period) -> ScoreReading:
        return replace(self, period=period)

    def narrowed(self, kinds: tuple[str, ...], emergencies: bool) -> ScoreReading:
        """The same rows, of cases of these kinds, or of emergencies, only."""
        return replace(self, kinds=kinds, emergencies=emergencies)

    # ------------------------------------------------------------ cases

    def handled(self, case_ids: Iterable[str]) -> set[str]:
        """Those of the cases that are resolved or closed."""
        rows = self._all(
            "SELECT case_id FROM cases WHERE state IN ('resolved', 'closed')"
            " AND case_id IN (SELECT value FROM json_each(:ids))",
            ids=json.dumps(list(case_ids)),
        )
        return {row[0] for row in rows}

    def signed(self) -> set[str]:
        """Valid complaints whose customer signed in the period that he is satisfied."""
        rows = self._all(
            "SELECT case_id FROM callbacks WHERE signed = 1 AND result = 'satisfied'"
            f" AND at >= :start AND at < :end{self._branch()}"
        )
        return {row[0] for row in rows}

    def valid_complaints(self, case_ids: Iterable[str]) -> set[str]:
        """Those of the cases that are valid complaints and count; unverified ones are valid (C5)."""
        rows = self._all(
            "SELECT case_id FROM cases WHERE kind = 'complaint' AND counted = 1"
            " AND coalesce(validity, 'valid') NOT IN ('invalid', 'assist')"
            " AND case_id IN (SELECT value FROM json_each(:ids))",
            ids=json.dumps(list(case_ids)),
        )
        return {row[0] for row in rows}

    # ------------------------------------------------------------ how

    def _branch(self, table: str = "") -> str:
        condition = super()._branch(table)
        for column, wanted in (("desk = :desk", self.desk), ("emergency IS NOT NULL", self.emergencies)):
            if wanted:
                condition += f" AND {table}case_id IN (SELECT case_id FROM cases WHERE {column})"
        if self.kinds:
            condition += (
                f" AND {table}case_id IN (SELECT case_id FROM cases"
                " WHERE kind IN (SELECT value FROM json_each(:kinds)))"
            )
        return condition

    def _all(self, sql: str, **more: object) -> list[tuple[Any, ...]]:
        return super()._all(sql, desk=self.desk, kinds=json.dumps(self.kinds), **more)


# ---------------------------------------------------------------- branches and desks


def first_months(connection: sqlite3.Connection, names: Iterable[str]) -> dict[str, str]:
    """The month in which each branch first shows: by a case received, or by what it handed in of these names."""
    rows = connection.execute(
        "SELECT branch, min(month) FROM (SELECT branch, month FROM cases WHERE counted = 1"
        " UNION ALL SELECT branch, substr(period, 1, 7) FROM submissions"
        " WHERE name IN (SELECT value FROM json_each(?)) AND period GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]*')"
        " WHERE branch <> '' GROUP BY branch",
        (json.dumps(list(names)),),
    )
    return dict(rows.fetchall())


def desks(connection: sqlite3.Connection) -> set[str]:
    """The desks that have recorded anything."""
    return _names(connection, "SELECT DISTINCT desk FROM entries")


def departments(connection: sqlite3.Connection) -> set[str]:
    """The departments that cases were given to."""
    return _names(connection, "SELECT DISTINCT department FROM cases WHERE department IS NOT NULL")


def persons(connection: sqlite3.Connection) -> set[str]:
    """Who has recorded anything, or was asked first."""
    asked = "SELECT DISTINCT first_asked FROM cases WHERE first_asked IS NOT NULL"
    return _names(connection, f'SELECT DISTINCT "by" FROM entries UNION {asked}')


def _names(connection: sqlite3.Connection, sql: str) -> set[str]:
    return {row[0] for row in connection.execute(sql)}

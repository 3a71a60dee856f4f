"""Import of cases: each row is wholly in, or in the rejects file (SPEC C6, C8).

An import has two phases. The file is first read to its end, so that a fault in its last line (an unclosed quotation
mark, a broken character) is known before anything is written; what was read waits in a nameless file. Then the rows
are written, a chunk a transaction. One transaction for all would keep every other desk program waiting for as long as
the file is large; with chunks a front desk gets its turn between two of them. A run that is killed leaves whole chunks
behind, each with its entries, its hashes and its tables, and the same command then brings in the rest: every row
leaves a key, and a key that is there is skipped.

In a file larger than a chunk the rows of one matter (project, month, category) are written together, because they
count towards each other's level: so almost no case has to be judged a second time.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from kfcs.archive import stage_known
from kfcs.cases import Case
from kfcs.collecting import seldom_collected
from kfcs.desk import Desk
from kfcs.entries import Draft, Person, draft_as_entry, ids
from kfcs.errors import N_, BadInput, Message, say
from kfcs.folding import fold
from kfcs.intake.caserows import CaseRow, Named, Reading, StageOf
from kfcs.intake.columns import Plan
from kfcs.intake.progress import Progress
from kfcs.intake.rejects import SHOWN, Rejects
from kfcs.intake.repeats import earlier_cases
from kfcs.intake.separated import Unreadable
from kfcs.intake.spool import Spool
from kfcs.intake.tables import Table
from kfcs.intake.values import Unfit
from kfcs.naming import settle
from kfcs.period import from_iso

CHUNK = 1000
"""Rows a transaction: some tenths of a second, which a front desk does not notice."""


@dataclass
class Summary:
    """What became of a file: read = accepted + skipped + repeated + rejected."""

    read: int = 0
    accepted: int = 0
    skipped: int = 0
    repeated: int = 0
    rejected: int = 0
    live: int = 0
    history: int = 0
    remarks: int = 0
    repeats: int = 0
    first_remarks: list[tuple[int, Message]] = field(default_factory=list)
    first_rejected: list[tuple[int, Message]] = field(default_factory=list)
    first_repeats: list[tuple[int, str]] = field(default_factory=list)

    def repeat(self, found: Sequence[tuple[int, str]]) -> None:
        """Count rows that may repeat an earlier case, and keep the first, each with that case (C3)."""
        self.repeats += len(found)
        self.first_repeats += found[: SHOWN - len(self.first_repeats)]

    def remark(self, number: int, messages: Sequence[Message]) -> None:
        """Count what somebody should look at in a row that was taken in, and keep the first."""
        self.remarks += len(messages)
        self.first_remarks += [(number, message) for message in messages[: SHOWN - len(self.first_remarks)]]


def import_cases(
    desk: Desk, table: Table, plan: Plan, rejects: Rejects, *, live: bool | None = None, dry_run: bool = False
) -> Summary:
    """Take in a file of cases. With ``dry_run`` everything is read and judged as to its form, and nothing written."""
    reading = Reading(
        plan=plan,
        file=table.name,
        taxonomy=desk.book.policy.taxonomy,
        branch=desk.settings.branch,
        now=desk.now,
        named=_project_names(desk),
        stage_of=_stages(desk),
        live=live,
    )
    summary = Summary()
    with closing(Spool()) as spool, Progress() as progress, seldom_collected():
        for row in progress.over(_new_rows(desk, table, reading, rejects, summary), N_("Reading")):
            spool.put(_plain(row), row.matter)
            summary.accepted += 1
            summary.history += row.history
        summary.live = summary.accepted - summary.history
        rejects.flush()
        if not dry_run:
            for rows in progress.chunks(spool.chunks(CHUNK, _row), len(spool), N_("Writing")):
                summary.repeat(_write(desk, rows))
    summary.rejected, summary.first_rejected = rejects.count, rejects.first
    return summary


# ---------------------------------------------------------------- reading


def _new_rows(
    desk: Desk, table: Table, reading: Reading, rejects: Rejects, summary: Summary
) -> Iterator[CaseRow]:
    """The rows that can be taken in and are not there yet."""
    readable = _readable(table, reading, rejects, summary)
    while some := list(islice(readable, CHUNK)):
        there = _known(desk, [row for row, _ in some])
        for row, remarks in some:
            if row.key in there:
                summary.skipped += 1
            else:
                summary.remark(row.number, remarks)
                yield row


def _readable(
    table: Table, reading: Reading, rejects: Rejects, summary: Summary
) -> Iterator[tuple[CaseRow, Sequence[Message]]]:
    """The rows that can be taken in, each once, with what somebody should look at in it."""
    seen = Seen()
    for number, cells in table.rows:
        summary.read += 1
        if isinstance(cells, Unreadable):
            rejects.add(number, cells.cells, cells.why)
            continue
        try:
            row = reading.case(number, cells)
            repeated = seen.before(row)
        except Unfit as unfit:
            rejects.add(number, cells, unfit.why)
            continue
        if repeated:
            summary.repeated += 1
        else:
            yield row, reading.remarks


def _project_names(desk: Desk) -> Named:
    """Projects as our lists have them, each looked up once, and doubted once (C10)."""
    settled: dict[str, str] = {}

    def named(given: str) -> tuple[str, Message | None]:
        if given in settled:
            return settled[given], None
        try:
            settled[given], doubt = settle(desk, "project", given)
        except BadInput as refused:
            raise Unfit(refused.message) from None
        return settled[given], doubt

    return named


def _stages(desk: Desk) -> StageOf | None:
    """What the homes archive knows of stages (C1); None where there is none."""
    connection = desk.ledger.connection
    if connection.execute("SELECT 1 FROM homes LIMIT 1").fetchone() is None:
        return None
    return partial(stage_known, connection)


class Seen:
    """The rows of this file by their key: what comes twice is taken in once.

    A table of two arrays, never more than half full: a dict would take four times the memory of a large file.
    """

    def __init__(self) -> None:
        self._count = 0
        self._keys = _zeros(1 << 14)
        self._marks = _zeros(1 << 14)

    def before(self, row: CaseRow) -> bool:
        """Whether the same row came before. Raises Unfit when its number did, with something else in the row."""
        key = int(row.key[:15], 16) or 1  # 0 is a place that is free
        mark = row.number << 32 | int.from_bytes(row.same[:4], "big")
        place = self._place(key)
        if self._keys[place]:
            first = self._marks[place]
            if first & 0xFFFFFFFF == mark & 0xFFFFFFFF:
                return True
            raise Unfit(
                say(N_("its number stands in row {row} already, with another matter"), row=first >> 32)
            )
        self._keys[place], self._marks[place] = key, mark
        self._count += 1
        if 2 * self._count > len(self._keys):
            self._grow()
        return False

    def _place(self, key: int) -> int:
        """Where the key stands, else where there is room for it."""
        keys, last = self._keys, len(self._keys) - 1
        place = key & last
        while keys[place] and keys[place] != key:
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        keys, marks = self._keys, self._marks
        self._keys, self._marks = _zeros(2 * len(keys)), _zeros(2 * len(keys))
        for key, mark in zip(keys, marks, strict=True):
            if key:
                place = self._place(key)
                self._keys[place], self._marks[place] = key, mark


def _zeros(count: int) -> array[int]:
    return array("Q", bytes(8 * count))


def _known(desk: Desk, rows: Sequence[CaseRow]) -> frozenset[str]:
    """The keys of the rows that the ledger has: under their key, or, where a number is one of a case of ours, as that."""
    ours = {row.body["source"].get("id", ""): row.key for row in rows}
    numbers = [number for number in ours if _CASE_NUMBER.fullmatch(number)]
    return _among(desk, "sources", "key", [row.key for row in rows]).union(
        ours[number] for number in _among(desk, "cases", "case_id", numbers)
    )


def _among(desk: Desk, table: str, column: str, values: Sequence[str]) -> frozenset[str]:
    """Those of the values that stand in a column."""
    marks = ",".join("?" * len(values))
    found = desk.ledger.connection.execute(
        f"SELECT {column} FROM {table} WHERE {column} IN ({marks})", values
    )
    return frozenset(value for (value,) in found)


_CASE_NUMBER = re.compile(r".+-\d{8}-\d{3,}")


def _plain(row: CaseRow) -> tuple[Any, ...]:
    person = row.person
    names = (person.name, person.phone, person.contact)
    return row.number, row.key, row.at, row.by, names, row.body, row.acts, row.same


def _row(
    number: int,
    key: str,
    at: str,
    by: str | None,
    names: tuple[Any, ...],
    body: dict[str, Any],
    acts: Any,
    same: bytes,
) -> CaseRow:
    return CaseRow(number, key, at, by, Person(*names), body, acts, same)


# ---------------------------------------------------------------- writing


def _write(desk: Desk, rows: Sequence[CaseRow]) -> list[tuple[int, str]]:
    """One chunk, in one transaction. Rows that another import has brought in since they were read are left out.

    Returns the rows that may repeat an earlier case, each with that case.
    """
    with desk.ledger.writing():
        there = _among(desk, "sources", "key", [row.key for row in rows])
        fresh = [row for row in rows if row.key not in there]
        drafts = [
            _drafts(desk, row, entry_id)
            for row, entry_id in zip(fresh, ids(desk.now, len(fresh)), strict=True)
        ]
        judgements = desk.projection.introduced([_folded(desk, each) for each in drafts])
        for row, judgement in zip(fresh, judgements, strict=True):
            row.body["level_at_log"] = judgement.level(desk.now)[0]
        desk.record_new([draft for each in drafts for draft in each], judgements)
        made = {str(each[0].case_id): row.number for row, each in zip(fresh, drafts, strict=True)}
        return [(made[case_id], earlier) for case_id, earlier in earlier_cases(desk, made)]


def _drafts(desk: Desk, row: CaseRow, entry_id: str) -> list[Draft]:
    """The complaint, and what followed it."""
    at, by = from_iso(row.at), row.by or desk.operator
    number = desk.next_number(at)
    complaint = Draft("complaint", at, by, row.body, number, person=row.person, id=entry_id)
    return [complaint, *[Draft(kind, from_iso(when), by, body, number) for kind, when, body in row.acts]]


def _folded(desk: Desk, drafts: Sequence[Draft]) -> Case:
    """The case as it will stand once its drafts are recorded."""
    stamp = desk.policy_stamp
    return fold(
        [draft_as_entry(draft, desk.now, desk.desk_name, n, stamp) for n, draft in enumerate(drafts, 1)]
    )

"""Prove a ledger (SPEC L3): the file, every chain, what entries refer to, the guards, and that the tables are the fold.

The chain makes tampering evident as long as its heads are known elsewhere: ``kfcs verify`` prints them, and a merge
remembers those it saw, so that a tail which was cut off is named too.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from kfcs import chain, ledgerfile
from kfcs.collecting import seldom_collected
from kfcs.errors import N_, BadInput, Message, say
from kfcs.ledger import Ledger, no_text
from kfcs.period import from_iso, iso
from kfcs.projection import TABLES, Projection
from kfcs.rulebook import RuleBook

_AGEING = {"cases": ("level", "level_rule", "next_rise_at", "next_check_at"), "topics": ("pending",)}
"""Columns that say what held when a row was last looked at; time alone may have moved what they ought to say."""
_NEVER = "9999"


class Proof(NamedTuple):
    """How many entries hold, and the first fault; ``entry`` is the one that does not, where it is one."""

    entries: int
    fault: Message | None
    entry: str | None = None


class Anchor(NamedTuple):
    """A head of a desk's chain that was kept elsewhere: the hash of its entry number ``seq``."""

    desk: str
    seq: int
    hash: str


_ANCHORS = (
    re.compile(r"""^\s*"?([^\s",]+)"?[\s,|]+(\d+)[\s,|]+"?([0-9a-f]{64})\b""", re.MULTILINE),
    re.compile(r'"desk":\s*"([^"]+)",\s*"(?:entries|seq)":\s*(\d+),\s*"(?:head|hash)":\s*"([0-9a-f]{64})"'),
    re.compile(r"(?:前台|desk) ([^\s<，,]+)[^\d\n<]*?(\d+)[^\n]*?\b([0-9a-f]{64})\b"),
)
"""How heads are written: in a table or CSV, in JSON, at the foot of a report."""


def anchored(path: str) -> list[Anchor]:
    """The heads in a file. Raises BadInput where it cannot be read, or has none."""
    try:
        text = Path(path).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(N_("{file} cannot be read: {fault}."), file=path, fault=str(error)) from None
    found = [Anchor(desk, int(seq), digest) for form in _ANCHORS for desk, seq, digest in form.findall(text)]
    if not found:
        raise BadInput(
            N_("{file} holds no heads."),
            hint=say(N_("Keep what kfcs verify prints, or a report.")),
            file=path,
        )
    return list(dict.fromkeys(found))


def prove(ledger: Ledger, book: RuleBook, now: datetime, anchors: Sequence[Anchor] = ()) -> Proof:
    """Prove the whole ledger, and that it still holds what ``anchors`` saw. The tables are compared where they were
    filled under this rule book."""
    if (damage := ledger.damage()) is not None:
        return _damaged(damage)
    try:
        with ledger.at_one_moment():
            return _proved(ledger, book, now, anchors)
    except sqlite3.OperationalError as error:
        if not no_text(error):
            raise
        return _damaged(str(error).partition("with text")[0].strip())


def _damaged(fault: str) -> Proof:
    return Proof(0, say(N_("The file is damaged ({fault}). Restore a backup."), fault=fault))


def _proved(ledger: Ledger, book: RuleBook, now: datetime, anchors: Sequence[Anchor]) -> Proof:
    checked, broken = chain.check_chain(ledger)
    if broken is not None:
        fault = say(
            N_("Entry {entry} (desk {desk}, number {seq}): {what}."),
            entry=broken.entry,
            desk=broken.desk,
            seq=broken.seq,
            what=say(broken.what),
        )
        return Proof(checked, fault, broken.entry)
    for look in (_cut, _reference, _stray_person, _guards):
        if (found := look(ledger)) is not None:
            return found._replace(entries=checked)
    if (parted := _parted(ledger, anchors)) is not None:
        return parted._replace(entries=checked)
    projection = Projection(ledger, book)
    table = difference(projection, now) if projection.current else None
    return Proof(checked, None if table is None else _of_table(table))


def _parted(ledger: Ledger, anchors: Sequence[Anchor]) -> Proof | None:
    """The first head kept elsewhere that the ledger no longer has: its tail was cut off, or it is another history."""
    for anchor in anchors:
        found = ledger.hash_at(anchor.desk, anchor.seq)
        if found != anchor.hash:
            text = N_("Desk {desk}: entry {seq} is not the one whose hash was kept.")
            if found is None:
                text = N_("Desk {desk}: entry {seq}, whose hash was kept, is no longer there.")
            return Proof(0, say(text, desk=anchor.desk, seq=anchor.seq))
    return None


def _cut(ledger: Ledger) -> Proof | None:
    for desk, seq, digest in ledger.remembered_heads():
        if ledger.hash_at(desk, seq) != digest:
            return Proof(
                0,
                say(
                    N_("Desk {desk}: entry {seq}, seen by an earlier merge or push, is no longer there."),
                    desk=desk,
                    seq=seq,
                ),
            )
    return None


def _reference(ledger: Ledger) -> Proof | None:
    broken = chain.broken_reference(ledger)
    if broken is None:
        return None
    text = N_("Entry {entry} refers to {other}, which is not in the ledger.")
    return Proof(0, say(text, entry=broken[0], other=broken[1]), broken[0])


def _stray_person(ledger: Ledger) -> Proof | None:
    entry = chain.stray_person(ledger)
    if entry is None:
        return None
    text = N_("Personal data belongs to entry {entry}, which is not in the ledger.")
    return Proof(0, say(text, entry=entry), entry)


def _guards(ledger: Ledger) -> Proof | None:
    missing = ledgerfile.missing_guards(ledger.connection)
    if not missing:
        return None
    text = N_(
        "The entries hold, but what keeps them from being changed was taken away ({names}). Run kfcs rebuild."
    )
    return Proof(0, say(text, names=", ".join(missing)))


class Difference(NamedTuple):
    """The first row of a table that is not what the entries amount to; ``row`` is its first column."""

    table: str
    row: str


def _of_table(found: Difference) -> Message:
    return say(
        N_("The table {table} is not what the entries amount to, first at {row}. Run kfcs rebuild."),
        table=found.table,
        row=found.row,
    )


def difference(projection: Projection, now: datetime) -> Difference | None:
    """Where the tables first differ from what the entries amount to, derived anew into a nameless file."""
    with seldom_collected(), closing(sqlite3.connect("", isolation_level=None)) as aside:
        return _difference(projection, Projection(projection.ledger, projection.book, aside), now)


def _difference(projection: Projection, twin: Projection, now: datetime) -> Difference | None:
    ledger = projection.ledger
    twin.connection.execute("BEGIN")
    twin.fill()
    latest = ledger.last_recorded_at()
    aged = _Aged(projection, twin, now if latest is None else max(now, from_iso(latest)))
    for table in TABLES:
        if _columns(projection, table) != _columns(twin, table):
            return Difference(table, "its columns")
        pairs = zip_longest(_rows(projection, table), _rows(twin, table))
        for stored, derived in pairs:
            if stored != derived and not aged.explains(table, stored, derived):
                return Difference(table, str((stored or derived or [""])[0]))
    return None


def _rows(projection: Projection, table: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a table in an order of their own, the columns that age last."""
    columns = _columns(projection, table)
    ageing = _AGEING.get(table, ())
    lasting = ", ".join(f'"{name}"' for name in columns if name not in ageing)
    names = ", ".join([lasting, *ageing])
    return iter(projection.connection.execute(f"SELECT {names} FROM {table} ORDER BY {lasting}"))


def _columns(projection: Projection, table: str) -> list[str]:
    return [row[1] for row in projection.connection.execute(f"PRAGMA table_info({table})")]


class _Aged(NamedTuple):
    """Whether the time between the last look at a row and now explains how it differs from a row derived anew."""

    projection: Projection
    twin: Projection
    now: datetime

    def explains(self, table: str, stored: Any, derived: Any) -> bool:
        ageing = _AGEING.get(table)
        if ageing is None or stored is None or derived is None:
            return False
        count = len(ageing)
        if stored[:-count] != derived[:-count]:
            return False
        explain: Callable[[str, Any, Any], bool] = self._case if table == "cases" else self._topic
        return explain(stored[0], stored[-count:], derived[-count:])

    def _case(self, case_id: str, stored: tuple[Any, ...], derived: tuple[Any, ...]) -> bool:
        """A level lies between what it was at the last entry and what it is now; a look is not put off."""
        level, rule, rise, look = stored
        judgement = self.twin.judge(self.projection.case(case_id))
        graded = judgement.graded
        now_level, now_rule = graded.at(self.now)
        rules = {derived[1], now_rule.id, *(each.rule.id for each in graded.rises)}
        return (
            now_level <= level <= derived[0]
            and rule in rules
            and (rise or _NEVER) <= _text(graded.next_rise(self.now))
            and (look or _NEVER) <= _text(judgement.next_look(self.now))
        )

    def _topic(self, project: str, stored: tuple[Any, ...], derived: tuple[Any, ...]) -> bool:
        """Without a rule for hot topics nobody is told, and nothing stays pending."""
        return "hot-topic" not in self.projection.book.policy.events


def _text(moment: datetime | None) -> str:
    return _NEVER if moment is None else iso(moment)

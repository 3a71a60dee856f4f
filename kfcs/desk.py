"""A desk at work: one ledger opened with its settings, rule book, clock and operator.

Commands go through a ``Desk``. It reads the wall clock once, holds the transaction in which an act is checked, recorded
and projected, and gives the reading commands the ledger as it stands or as it stood (SPEC L5, I1, I4).
"""

from __future__ import annotations

import getpass
import os
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from unicodedata import normalize

from kfcs.cases import Case
from kfcs.entries import Draft, Entry
from kfcs.errors import N_, BadInput, KfcsError, say
from kfcs.i18n import render
from kfcs.ledger import Ledger
from kfcs.period import SHANGHAI, day_of
from kfcs.projection import Projection
from kfcs.rulebook import RuleBook, load_rule_book
from kfcs.rules.judgement import Judgement
from kfcs.rules.lifecycle import before_last_turn, before_receipt
from kfcs.settings import FILE_NAME, Settings, load_settings
from kfcs.times import parse_time

AHEAD = timedelta(minutes=5)
"""How far ahead of the clock an act may be dated (L2)."""
LEDGER_NAME = "kfcs.db"
NOTICED = 5_000
"""From so many entries on, deriving the tables takes long enough to be noticed."""

Check = Callable[[Case], KfcsError | None]


@dataclass
class Desk:
    """One open ledger and what is needed to work on it. ``now`` is the moment of this command."""

    settings: Settings
    ledger: Ledger
    book: RuleBook
    projection: Projection
    now: datetime
    operator: str
    behind: Desk | None = None
    """The desk over the file, where this one is over a copy in memory."""
    _numbers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        ledger: str | None = None,
        *,
        by: str | None = None,
        as_of: str | None = None,
        write: bool = False,
        policy: str | None = None,
    ) -> Desk:
        """The desk at a ledger's path, its projection up to date.

        A reading command sees one moment, whatever others write meanwhile. With ``as_of`` or another ``policy``, or
        when it finds tables of another version, the entries are projected in memory and the file is not touched.
        Raises LedgerUnusable or BadInput.
        """
        now = read_clock()
        path = ledger_path(ledger)
        settings = load_settings(path.parent)
        opened = Ledger.open(path, write=write)
        if not write:
            opened.stand_still()
        if write and not settings.desk:
            raise BadInput(
                N_("{file} names no desk, so no entry can be recorded here. Run kfcs init."),
                file=str(path.parent / FILE_NAME),
            )
        book = load_rule_book(settings, opened, policy, remember=write)
        until = None if as_of is None else given_time(as_of, now)
        desk = cls(settings, opened, book, Projection(opened, book), now, operator_name(by))
        if until is not None or policy is not None:
            return desk.in_memory(until)
        if not (write or desk.projection.current):
            _warn_of_old_tables(opened)
            return desk.in_memory(None)
        if not desk.projection.current:
            with opened.writing():
                if not desk.projection.current:  # another process may have been first
                    desk.projection.rebuild()
        return desk

    def in_memory(self, until: datetime | None) -> Desk:
        """The same desk over a copy in memory of the entries recorded until a moment, which becomes its ``now``."""
        copy = self.ledger.copy_in_memory(until)
        projection = Projection(copy, self.book)
        with copy.writing():
            projection.rebuild()
        return replace(self, ledger=copy, projection=projection, now=until or self.now, behind=self)

    @property
    def desk_name(self) -> str:
        return self.settings.desk

    @property
    def policy_stamp(self) -> str:
        """Name and digest of the policy in force, as each entry records it."""
        return f"{self.book.policy.name}@{self.book.policy.digest}"

    # ------------------------------------------------------------ reading

    def number(self, ending: str) -> str:
        """The full number of the case that an ending names (C2)."""
        return resolve_case(self.ledger.connection, ending)

    def judgement(self, ending: str) -> Judgement:
        """The case that an ending names, judged."""
        return self.projection.judge(self.projection.case(self.number(ending)))

    # ------------------------------------------------------------ recording

    def when(self, at: str | None) -> datetime:
        """The moment an act happened: what was given, else now. Raises BadInput when it lies ahead (L2)."""
        moment = self.now if at is None else given_time(at, self.now)
        if moment > self.now + AHEAD:
            raise BadInput(
                N_("--at {value} lies ahead of now ({now}). Give a time that has passed."),
                value=at,
                now=self.now,
            )
        return moment

    def act(
        self,
        ending: str,
        make: Callable[[Case], Draft],
        check: Check,
        *,
        turning: bool = False,
    ) -> Judgement:
        """Record one act on a case, checked against the case inside the transaction that writes it.

        ``check`` refuses by returning an error; ``turning`` marks acts that change the state, which must come after the
        last such act. Returns the case as it stands afterwards.
        """
        with self.ledger.writing():
            case = self.projection.case(self.number(ending))
            draft = make(case)
            if (early := before_receipt(case, draft.at)) is not None:
                raise early
            refusal = check(case) or (before_last_turn(case, draft.at) if turning else None)
            if refusal is not None:
                raise refusal
            return self.record([draft])[0]

    def record(self, drafts: Sequence[Draft]) -> list[Judgement]:
        """Append drafts and bring the projection up to them, inside ``ledger.writing()``."""
        entries = self.append(drafts)
        return self.projection.recorded(entries, self.now)

    def append(self, drafts: Sequence[Draft]) -> list[Entry]:
        """Append drafts to this desk's chain and keep the files they were given, inside ``ledger.writing()``; the
        projection is the caller's to refresh."""
        if any("evidence" in draft.body or "signed" in draft.body for draft in drafts):
            from kfcs.evidence import keep  # few acts bring files, and every start would pay for it

            keep(self.ledger, drafts)
        return self.ledger.append(drafts, self.desk_name, self.policy_stamp, self.now)

    def next_number(self, at: datetime) -> str:
        """The number of the next case received on the Shanghai day of ``at`` (C2), inside ``ledger.writing()``.

        Numbers given in one transaction are remembered, so that several cases can be numbered before any is written.
        """
        prefix = f"{self.desk_name}-{day_of(at):%Y%m%d}-"
        number = self._numbers.get(prefix) or self.ledger.next_number(prefix)
        self._numbers[prefix] = number + 1
        return f"{prefix}{number:03d}"

    def record_new(self, drafts: Sequence[Draft], judgements: Sequence[Judgement] = ()) -> list[Judgement]:
        """Append complaints that open new cases, and what followed them, all judged among each other; inside
        ``ledger.writing()``. Cases that the projection was ``introduced`` to are given judged."""
        entries = self.append(drafts)
        self._numbers.clear()
        return self.projection.opened(entries, self.now, judgements)

    def provisional_years(self, judgement: Judgement) -> tuple[int, ...]:
        """Years that running limits of a case touch and whose working days are not published (T2)."""
        years = {year for run in judgement.clocks if run.ended_at is None for year in run.provisional}
        return tuple(sorted(years))


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


def _warn_of_old_tables(ledger: Ledger) -> None:
    """Say why a command that only reads takes so long, where it does: it may not write (SPEC L5)."""
    if ledger.last_rowid() < NOTICED:
        return
    text = N_(
        "The tables of {path} are of another version, policy or calendar, and are derived anew in memory. Run kfcs rebuild once."
    )
    sys.stderr.write(render(say(text, path=str(ledger.path))) + "\n")


def read_clock() -> datetime:
    """Now, in Shanghai, to the second; ``KFCS_NOW`` stands in for it in tests and replays (I4)."""
    fixed = os.environ.get("KFCS_NOW")
    if fixed:
        return given_time(fixed, datetime.now(SHANGHAI), option="KFCS_NOW")
    return datetime.now(SHANGHAI).replace(microsecond=0)


def given_time(text: str, now: datetime, option: str | None = None) -> datetime:
    """A time as a person wrote it. Raises BadInput that names it."""
    try:
        return parse_time(text, now)
    except ValueError:
        raise BadInput(
            N_("{value} is no time I can read. Write 2026-10-03 15:20, 2026年10月3日 下午3:20, -2h or +3d."),
            value=f"{option}={text}" if option else text,
        ) from None


def ledger_path(given: str | None) -> Path:
    """The ledger to use: the one named, ``KFCS_LEDGER``, ``kfcs.db`` here, else in the user's data folder (I1)."""
    named = given or os.environ.get("KFCS_LEDGER")
    if named:
        return Path(named).expanduser()
    here = Path(LEDGER_NAME)
    return here if here.exists() or not (there := user_folder() / LEDGER_NAME).exists() else there


def user_folder() -> Path:
    """Where a user's data belongs on this system."""
    if os.name == "nt":
        return Path(os.environ.get("APPDATA", Path.home())) / "kfcs"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "kfcs"


def operator_name(by: str | None) -> str:
    """Who acts: ``--by``, ``KFCS_OPERATOR``, else the login name (I4)."""
    given = by or os.environ.get("KFCS_OPERATOR")
    if given and given.strip():
        return given.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"

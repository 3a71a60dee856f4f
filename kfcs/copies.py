"""Where copies of a ledger lie (SPEC L4, L8): who is erased in the ledger is still in those, and they must be named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from kfcs.ledger import Ledger

_KEY = "copies"
_IN_FOLDERS = "kfcs-*.db"
"""How backups in a folder are named."""


def remember(ledger: Ledger, copy: Path) -> None:
    """Keep in mind that a copy lies there; one that is gone is forgotten. Raises LedgerUnusable where it cannot."""
    with ledger.writing():
        known = {*(str(path) for path in _remembered(ledger) if path.exists()), str(copy.absolute())}
        ledger.set_setting(_KEY, json.dumps(sorted(known), ensure_ascii=False))


def _remembered(ledger: Ledger) -> list[Path]:
    try:
        known = json.loads(ledger.setting(_KEY) or "[]")
    except ValueError:
        return []
    return [Path(path) for path in known if isinstance(path, str)] if isinstance(known, list) else []


def holding(ledger: Ledger, entries: Iterable[str]) -> list[Path]:
    """The copies that kfcs made and that still hold the persons of these entries: backups, and what a restoring moved
    aside."""
    wanted = json.dumps(list(entries))
    return sorted(path for path in set(_candidates(ledger)) if _holds(path, wanted))


def _candidates(ledger: Ledger) -> Iterator[Path]:
    remembered = _remembered(ledger)
    yield from remembered
    for folder in {path.parent for path in remembered}:
        yield from folder.glob(_IN_FOLDERS)
    if ledger.path is not None:
        here = ledger.path.absolute()
        yield from here.parent.glob(f"{here.stem}.before-restore-*{here.suffix}")


def _holds(path: Path, entries: str) -> bool:
    """Whether a file is a ledger in which one of these entries has its person: whoever was erased has no salt."""
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            found = copy.execute(
                "SELECT 1 FROM people WHERE salt <> '' AND entry_id IN (SELECT value FROM json_each(?)) LIMIT 1",
                (entries,),
            ).fetchone()
    except sqlite3.Error:
        return False
    return found is not None

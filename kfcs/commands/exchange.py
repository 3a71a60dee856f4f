"""Ledgers that meet: merging those of several desks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kfcs.commands.answering import tell
from kfcs.commands.options import By, Ledger, help_text
from kfcs.desk import Desk
from kfcs.errors import N_, BadInput, say
from kfcs.evidence import folder_of, share
from kfcs.ledger import Ledger as LedgerFile
from kfcs.merging import merge as merge_ledger


def merge(
    ledgers: Annotated[
        list[str],
        typer.Argument(metavar=N_("LEDGER…"), help=help_text("Ledgers to take over."), show_default=False),
    ],
    by: By = None,
    ledger: Ledger = None,
) -> None:
    """Take over the entries of other ledgers; the same again adds nothing (L6)."""
    missing = next((name for name in ledgers if not Path(name).is_file()), None)
    if missing is not None:
        raise BadInput(N_("There is no ledger {file}."), file=missing)
    desk = Desk.open(ledger, by=by, write=True)
    for name in ledgers:
        other = LedgerFile.open(Path(name))
        merged = merge_ledger(desk, other)
        shown = ", ".join(f"{of} {count}" for of, count in merged.added.items()) or "0"
        tell(
            say(
                N_("{file}: added {added}; known already {known}."),
                file=name,
                added=shown,
                known=merged.known,
            )
        )
        _bring_evidence(desk, other)
        other.close()


def _bring_evidence(desk: Desk, other: LedgerFile) -> None:
    """Take over the files given as evidence that lie beside the other ledger. Its desk keeps those that do not."""
    source, target = folder_of(other), folder_of(desk.ledger)
    if source is None or target is None or not source.is_dir():
        return
    went = share(other, source, target)
    if went.copied:
        tell(say(N_("Files of evidence taken over: {count}."), count=went.copied))

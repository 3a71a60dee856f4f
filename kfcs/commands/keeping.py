"""Keeping a ledger: copies of it, putting one back, erasing a person, and what ails it (SPEC L4, L8)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kfcs.commands.answering import tell, warn_of_network_drive
from kfcs.commands.options import By, Format, Ledger, Reason, help_text
from kfcs.copies import holding, remember
from kfcs.desk import Desk, ledger_path, read_clock
from kfcs.erasing import Erased
from kfcs.errors import N_, BadInput, CheckFailed, LedgerUnusable, say
from kfcs.evidence import FOLDER, folder_of, named, share
from kfcs.ledger import Ledger as LedgerFile
from kfcs.ledgerfile import restore_guards
from kfcs.output import check_format, emit, emit_json
from kfcs.projection import Projection


def backup(
    file: Annotated[str, typer.Argument(metavar=N_("FILE"), help=help_text("The copy; a folder gets one named after the moment."), show_default=False)],
    keep: Annotated[int | None, typer.Option("--keep", metavar=N_("N"), help=help_text("How many copies stay in the folder; older ones go."), show_default=False)] = None,
    ledger: Ledger = None,
) -> None:  # fmt: skip
    """Copy the ledger while it is in use; the copy is proved before it counts (L8)."""
    from kfcs.backups import backup as copy

    if keep is not None and keep < 1:
        raise BadInput(N_("--keep {value} is no number of copies; give 1 or more."), value=keep)
    path = ledger_path(ledger)
    opened = LedgerFile.open(path)
    made = copy(opened, Path(file).expanduser(), read_clock(), keep)
    warn_of_network_drive(path)
    tell(say(N_("{file}: {count} entries hold."), file=str(made.path), count=made.entries))
    _bring_evidence(opened, opened.path, made.path)
    try:
        remember(opened, made.path)
    except LedgerUnusable as fault:
        tell(fault.message)
    if made.removed:
        tell(say(N_("Older copies removed: {count}."), count=len(made.removed)))


def _bring_evidence(ledger: LedgerFile, source: Path | None, target: Path) -> None:
    """Bring the files given as evidence along with a copy of a ledger, from beside the one to beside the other."""
    if source is None:
        return
    went = share(ledger, source.parent / FOLDER, target.parent / FOLDER)
    if went.copied:
        text = N_("Files of evidence that went along into {folder}: {count}.")
        tell(say(text, folder=str(target.parent / FOLDER), count=went.copied))
    if went.missing:
        text = N_("Files of evidence that are not in {folder} and stayed behind: {count}.")
        tell(say(text, folder=str(source.parent / FOLDER), count=went.missing))


def restore(
    file: Annotated[str, typer.Argument(metavar=N_("FILE"), help=help_text("The copy to put in place of the ledger."), show_default=False)],
    ledger: Ledger = None,
) -> None:  # fmt: skip
    """Put a backup in place of the ledger, which is moved aside and never destroyed (L8)."""
    from kfcs.backups import restore as put_back

    path = ledger_path(ledger)
    made = put_back(Path(file).expanduser(), path, read_clock())
    opened = _settle(path)
    tell(say(N_("{path} is the copy now: {count} entries hold."), path=str(path), count=made.entries))
    _bring_evidence(opened, Path(file).expanduser(), path)
    remember(opened, Path(file).expanduser())
    if made.kept is not None:
        tell(say(N_("What stood there before is {file}."), file=str(made.kept)))
    if made.only_there:
        tell(
            say(
                N_(
                    "It has entries that the copy lacks: {count}. Before anything is recorded, take them over: kfcs merge {file}"
                ),
                count=made.only_there,
                file=str(made.kept),
            )
        )


def _settle(path: Path) -> LedgerFile:
    """Open a restored ledger, and derive its tables anew where they are not what its entries amount to."""
    from kfcs.proof import prove
    from kfcs.rulebook import load_rule_book
    from kfcs.settings import load_settings

    opened = LedgerFile.open(path, write=True)
    book = load_rule_book(load_settings(path.parent), opened)
    if prove(opened, book, read_clock()).fault is None:
        return opened
    with opened.writing():
        restore_guards(opened.connection)
        Projection(opened, book).rebuild()
    if (fault := prove(opened, book, read_clock()).fault) is not None:
        raise CheckFailed.of(fault)
    return opened


def erase(
    phone: Annotated[str | None, typer.Option("--phone", metavar=N_("PHONE"), help=help_text("Whoever has this phone."), show_default=False)] = None,
    home: Annotated[str | None, typer.Option("--home", metavar=N_("HOME"), help=help_text("Whoever lives or lived in this home."), show_default=False)] = None,
    project: Annotated[str | None, typer.Option("--project", metavar=N_("PROJECT"), help=help_text("The project of --home, where several have one."), show_default=False)] = None,
    reason: Reason = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=help_text("Say what would be erased, and erase nothing."))] = False,
    by: By = None, fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Erase the name, phone and contact of a person on request; the chain and all figures stay as they are (L4)."""
    from kfcs.commands.homes import find_place
    from kfcs.erasing import erase as forget
    from kfcs.intake.facts import checked_phone

    if (phone is None) == (home is None):
        raise BadInput(N_("Say either --phone PHONE or --home HOME."))
    if not (reason or "").strip():
        raise BadInput(N_("--reason is missing: say why, such as the request and its date."))
    check_format(fmt)
    desk = Desk.open(ledger, by=by, write=True)
    number = None if phone is None else checked_phone(phone)
    place = None if home is None else find_place(desk, home, project)
    done = forget(desk, number, place, str(reason).strip(), dry_run=dry_run)
    if not dry_run and (done.entries or desk.ledger.erased()):
        desk.ledger.forget_traces()
    if not done.entries:
        raise BadInput(N_("Nobody is recorded under that {what}."), what="--phone" if phone else "--home")
    if check_format(fmt) in ("json", "jsonl"):
        told = {
            "entries": len(done.entries),
            "cases": list(done.cases),
            "texts": done.texts,
            "dry_run": dry_run,
        }
        emit_json(told, sys.stdout)
    _tell_erased(len(done.entries), len(done.cases), done.texts, dry_run)
    _tell_where_else(desk, done)


def _tell_erased(entries: int, cases: int, texts: int, dry_run: bool) -> None:
    text = N_("Would be erased: personal data of {entries} entries in {cases} cases.")
    if not dry_run:
        text = N_("Erased: personal data of {entries} entries in {cases} cases.")
    tell(say(text, entries=entries, cases=cases))
    if texts:
        tell(
            say(
                N_(
                    "Texts that somebody wrote name the person still, in {count} entries; the chain keeps those."
                ),
                count=texts,
            )
        )
    if not dry_run:
        tell(
            say(N_("Backups, exports and other desks' copies made before still hold it: erase it there too."))
        )


def _tell_where_else(desk: Desk, done: Erased) -> None:
    """Name what kfcs has made and cannot erase from: copies of the ledger, and files given as evidence."""
    if copies := holding(desk.ledger, done.entries):
        text = N_("These copies hold the person still: {files}. Delete them, or erase there with --ledger.")
        tell(say(text, files=[str(path) for path in copies]))
    files = {file.digest for file in named(desk.ledger) if file.case_id in done.cases}
    if files:
        text = N_(
            "Files were given as evidence in these cases, and may show the person: {files}, in {folder}. What you delete there is not missed by kfcs verify."
        )
        tell(say(text, files=sorted(files), folder=str(folder_of(desk.ledger))))


def doctor(fmt: Format = None, ledger: Ledger = None) -> None:
    """What could ail the ledger, its folder and this installation; exit 1 where something does."""
    from kfcs.ailments import COLUMNS, look_over

    found = look_over(ledger_path(ledger), read_clock())
    emit([row.as_row() for row in found], COLUMNS, fmt, stream=sys.stdout)
    bad = [row for row in found if row.state == "fault"]
    if bad:
        raise CheckFailed(N_("Something is wrong: {names}."), names=[row.what for row in bad])

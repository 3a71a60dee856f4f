"""Setting up and proving: init, verify, rebuild, projects."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import Annotated

import typer

from kfcs.aside import write_aside
from kfcs.commands.answering import tell, warn_of_network_drive
from kfcs.commands.options import At, By, Format, Ledger, help_text
from kfcs.desk import Desk, ledger_path, read_clock
from kfcs.duties import BEGAN
from kfcs.entries import Draft
from kfcs.errors import N_, BadInput, CheckFailed, Forbidden, Message, say
from kfcs.evidence import NONE_CHECKED, Checked, check
from kfcs.i18n import render
from kfcs.ledger import Ledger as LedgerFile
from kfcs.ledgerfile import restore_guards
from kfcs.masking import mask_text
from kfcs.output import Column, check_format, emit, emit_json
from kfcs.period import iso
from kfcs.projection import Projection
from kfcs.rulebook import load_rule_book
from kfcs.settings import DEFAULT_POLICY, FILE_NAME, Settings, load_settings, settings_text


def init(
    branch: Annotated[str | None, typer.Option("--branch", metavar=N_("BRANCH"), help=help_text("The branch's name, such as 重庆."), show_default=False)] = None,
    branch_code: Annotated[str | None, typer.Option("--branch-code", metavar=N_("CODE"), help=help_text("Its code, such as CQ."), show_default=False)] = None,
    desk: Annotated[str | None, typer.Option("--desk", metavar=N_("DESK"), help=help_text("The desk's name, which begins its case numbers; the code and 1 unless given."), show_default=False)] = None,
    policy: Annotated[str | None, typer.Option("--policy", metavar=N_("POLICY"), help=help_text("The policy to go by; jinke unless given."), show_default=False)] = None,
    lang: Annotated[str | None, typer.Option("--lang", metavar="zh|en", help=help_text("Language of documents; Chinese unless given."), show_default=False)] = None,
    ledger: Ledger = None,
) -> None:  # fmt: skip
    """Set up a desk: kfcs.toml and the ledger, with their folder. The same again does nothing; other values are refused."""
    path = ledger_path(ledger)
    wanted = _wanted(branch, branch_code, desk, policy, lang, path.parent)
    file = path.parent / FILE_NAME
    if file.is_file():
        _same_as_before(load_settings(path.parent), wanted, file)
        wanted = load_settings(path.parent)
    book = load_rule_book(wanted)
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = LedgerFile.create(path)
    projection = Projection(opened, book)
    if not projection.current:
        with opened.writing():
            projection.rebuild()
            if opened.setting(BEGAN) is None:
                opened.set_setting(BEGAN, iso(read_clock()))
    if not file.is_file():
        write_aside(file, settings_text(wanted))
    warn_of_network_drive(path)
    tell(
        say(
            N_("Desk {desk} of {branch} is ready: {path}, policy {policy}."),
            desk=wanted.desk,
            branch=wanted.branch,
            path=str(path),
            policy=wanted.policy,
        )
    )


def _wanted(
    branch: str | None,
    branch_code: str | None,
    desk: str | None,
    policy: str | None,
    lang: str | None,
    folder: Path,
) -> Settings:
    code = (branch_code or "").strip().upper()
    name = (desk or (f"{code}1" if code else "DESK1")).strip().upper()
    if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
        raise BadInput(N_("--desk {value}: use letters and digits only, such as CQ1."), value=name)
    if lang not in (None, "zh", "en"):
        raise BadInput(N_("--lang {value} is neither zh nor en."), value=lang)
    return Settings(
        branch=(branch or code or name).strip(),
        branch_code=code,
        desk=name,
        policy=policy or DEFAULT_POLICY,
        lang=lang or "",
        folder=folder,
    )


def _same_as_before(before: Settings, wanted: Settings, file: Path) -> None:
    for key in ("branch", "branch_code", "desk", "policy", "lang"):
        old, new = getattr(before, key), getattr(wanted, key)
        if old != new:
            raise Forbidden(
                N_("{file} says {key} = {old}, not {new}. Edit the file, or set up another folder."),
                file=str(file),
                key=key,
                old=repr(old),
                new=repr(new),
            )


def verify(
    anchor: Annotated[str | None, typer.Option("--anchor", metavar=N_("FILE"), help=help_text("Heads kept elsewhere: what verify printed before, a report, or lines of desk, number and hash."), show_default=False)] = None,
    fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Prove the ledger: chain, references, people, and that the tables are what the entries amount to (L3).

    The heads that it prints prove later, with --anchor, that no entry until then was changed or cut off.
    """
    from kfcs.proof import anchored, prove

    path = ledger_path(ledger)
    settings = load_settings(path.parent)
    known = None if anchor is None else anchored(anchor)
    opened = LedgerFile.open(path)
    proof = prove(opened, load_rule_book(settings, opened), read_clock(), known or ())
    files = check(opened, settings.desk) if proof.fault is None else NONE_CHECKED
    fault = proof.fault or _of_file(files)
    heads = _heads_left(opened)
    if check_format(fmt) in ("json", "jsonl"):
        emit_json(
            {
                "ok": fault is None,
                "entries": proof.entries,
                "entry": proof.entry or (files.broken and files.broken[0].entry),
                "fault": None if fault is None else render(fault),
                "evidence": {"sound": files.sound, "elsewhere": files.elsewhere},
                "heads": [{"desk": name, "entries": n, "head": head} for name, (n, head) in heads.items()],
            },
            sys.stdout,
        )
    if fault is not None:
        raise CheckFailed.of(fault)
    tell(say(N_("{count} entries hold."), count=proof.entries))
    if files.sound:
        tell(say(N_("{count} files of evidence are what was given."), count=files.sound))
    if files.elsewhere:
        tell(
            say(
                N_("Files of evidence that other desks keep, or that went with an erased person: {count}."),
                count=files.elsewhere,
            )
        )
    if known:
        tell(
            say(
                N_("They agree with the heads of {file}: {names}."),
                file=anchor,
                names=[each.desk for each in known],
            )
        )
    if check_format(fmt) not in ("json", "jsonl"):
        emit(
            [{"desk": name, "entries": n, "head": head} for name, (n, head) in heads.items()],
            HEADS,
            fmt,
            stream=sys.stdout,
        )


def _heads_left(ledger: LedgerFile) -> dict[str, tuple[int, str]]:
    """The heads of the chains; none where the file is too damaged to tell."""
    try:
        return ledger.heads()
    except sqlite3.DatabaseError:
        return {}


def _of_file(files: Checked) -> Message | None:
    if files.broken is None:
        return None
    file, what = files.broken
    text = N_("Evidence {name} of entry {entry} (desk {desk}) {what}: {digest}.")
    return say(
        text, name=mask_text(file.name), entry=file.entry, desk=file.desk, what=say(what), digest=file.digest
    )


HEADS = (
    Column("desk", N_("Desk"), "id"),
    Column("entries", N_("Entries"), "number"),
    Column("head", N_("Head"), "id"),
)
"""What to write down elsewhere, so that a chain cut short can be told."""


def rebuild(ledger: Ledger = None) -> None:
    """Derive the current state anew from the entries (L5); the entries stay as they are."""
    desk = Desk.open(ledger, write=True)
    with desk.ledger.writing():
        restore_guards(desk.ledger.connection)
        count = desk.projection.rebuild()
    tell(say(N_("{count} cases derived from their entries."), count=count))


def project_set(
    project: Annotated[str, typer.Argument(metavar=N_("PROJECT"), help=help_text("The project or estate."), show_default=False)],
    handed_over: Annotated[str | None, typer.Option("--handed-over", metavar=N_("DAY"), help=help_text("The day of its collective handover."), show_default=False)] = None,
    aliases: Annotated[list[str] | None, typer.Option("--alias", metavar=N_("NAME"), help=help_text("Another name for it; may be given several times."), show_default=False)] = None,
    ambassador: Annotated[str | None, typer.Option("--ambassador", metavar=N_("NAME"), help=help_text("Who looks after its owners (客户大使)."), show_default=False)] = None,
    by: By = None, at: At = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record a project's collective handover, other names for it, or its ambassador (K4, C10, O2)."""
    from kfcs.times import parse_date

    if not (handed_over or aliases or ambassador):
        raise BadInput(N_("Say --handed-over DAY, --alias NAME or --ambassador NAME."))
    body: dict[str, object] = {"project": project.strip()}
    if handed_over:
        try:
            body["handed_over"] = parse_date(handed_over).isoformat()
        except ValueError:
            raise BadInput(
                N_("--handed-over {value} is no day; write 2026-10-03."), value=handed_over
            ) from None
    if aliases:
        body["aliases"] = [alias.strip() for alias in aliases if alias.strip()]
    if ambassador and ambassador.strip():
        body["ambassador"] = ambassador.strip()
    desk = Desk.open(ledger, by=by, write=True)
    with desk.ledger.writing():
        desk.record([Draft("project", desk.when(at), desk.operator, body)])

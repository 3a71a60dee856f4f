"""The homes archive, and what happens to projects (SPEC O2)."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from kfcs.archive import Place, places_named, places_of_cases
from kfcs.cells import Column
from kfcs.commands.answering import tell
from kfcs.commands.options import AsOf, At, By, Format, Ledger, Reveal, help_text
from kfcs.desk import Desk
from kfcs.disclosure import disclose
from kfcs.entries import Draft, Entry
from kfcs.errors import N_, BadInput, Message, SomeRejected, Term, say
from kfcs.homes import home_name
from kfcs.i18n import render
from kfcs.output import check_format, emit, emit_json
from kfcs.period import day_of
from kfcs.words import parse_word

Project = Annotated[
    str, typer.Argument(metavar=N_("PROJECT"), help=help_text("The project or estate."), show_default=False)
]
OfProject = Annotated[
    str | None,
    typer.Option("--project", metavar=N_("PROJECT"), help=help_text("The project, where a home's name is not enough."), show_default=False),
]  # fmt: skip

HOMES = (
    Column("project", N_("Project"), "id"),
    Column("home", N_("Home"), "id"),
    Column("owner", N_("Owner"), "id"),
    Column("phone", N_("Phone"), "id"),
    Column("contact", N_("Contact"), "id"),
    Column("signed_on", N_("Contract signed"), "id"),
    Column("planned_on", N_("Planned handover"), "id"),
    Column("handed_over_on", N_("Handed over"), "id"),
    Column("warranty_until", N_("Warranty until"), "id"),
)


# ---------------------------------------------------------------- the archive


def home_import(
    file: Annotated[str, typer.Argument(metavar=N_("FILE|-"), help=help_text("CSV, TSV, XLSX, XLS, JSON or JSON lines; - reads standard input."), show_default=False)],
    mapping: Annotated[str | None, typer.Option("--map", metavar=N_("FILE"), help=help_text('A TOML or JSON file of "header" = "field".'), show_default=False)] = None,
    rejects: Annotated[str | None, typer.Option("--rejects", metavar=N_("FILE"), help=help_text("Where rejected rows go; otherwise NAME.rejects.csv beside the file."), show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=help_text("Read and check everything, and write nothing."))] = False,
    encoding: Annotated[str | None, typer.Option("--encoding", metavar=N_("NAME"), help=help_text("The encoding, where it cannot be told."), show_default=False)] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar=N_("NAME"), help=help_text("The sheet of a workbook, by name or number."), show_default=False)] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", metavar=N_("FIELD=VALUE"), help=help_text("What holds for every row and the file has no column for; may be given several times."), show_default=False)] = None,
    by: By = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Take in a table of homes: owners, days of signing and handover, warranties.

    What the archive knows already adds nothing; what a row says otherwise holds from then on. A row without a home is a
    warranty of the whole project's works.
    """
    from kfcs.intake.running import Wanted, run

    wanted = Wanted(
        what="homes",
        file=file,
        mapping=mapping,
        rejects=rejects,
        dry_run=dry_run,
        encoding=encoding,
        sheet=sheet,
        settings=tuple(settings or ()),
    )
    outcome = run(Desk.open(ledger, by=by, write=not dry_run), wanted)
    for message in outcome.messages():
        tell(message)
    if outcome.summary.rejected:
        raise SomeRejected(
            N_("{count} rows were rejected."), hint=outcome.where_rejected(), count=outcome.summary.rejected
        )


def home_show(
    who: Annotated[str, typer.Argument(metavar=N_("PHONE|HOME"), help=help_text("A phone, or a home such as 3-1-502."), show_default=False)],
    project: OfProject = None, fmt: Format = None, reveal: Reveal = False, by: By = None, as_of: AsOf = None,
    ledger: Ledger = None,
) -> None:  # fmt: skip
    """A home at a glance: owner, warranty left, cases, promises, payments, and what to bear in mind."""
    from kfcs.dossier import dossiers

    desk = Desk.open(ledger, by=by, as_of=as_of, write=reveal)
    found = dossiers(desk, who, project, reveal=reveal)
    if reveal:
        disclose(desk, "home show", found, {"project": project})
    if check_format(fmt) in ("json", "jsonl") or (fmt is None and not sys.stdout.isatty()):
        emit_json(found, sys.stdout)
        return
    if check_format(fmt) not in (None, "table"):
        emit(found, HOMES, fmt, stream=sys.stdout)
        return
    from kfcs.dossierpage import print_dossiers

    print_dossiers(found, sys.stdout)


def home_list(
    project: OfProject = None,
    fmt: Format = None,
    reveal: Reveal = False,
    by: By = None,
    as_of: AsOf = None,
    ledger: Ledger = None,
) -> None:
    """The homes of the archive."""
    from kfcs.dossier import home_rows

    desk = Desk.open(ledger, by=by, as_of=as_of, write=reveal)
    if reveal:
        disclose(desk, "home list", home_rows(desk, project, reveal=True), {"project": project})
    emit(home_rows(desk, project, reveal=reveal), HOMES, fmt, stream=sys.stdout)


def find_place(desk: Desk, home: str, project: str | None) -> Place:
    """The home that is meant, of the archive or of a case. Raises BadInput for none, and for one of several projects."""
    connection, name = desk.ledger.connection, home_name(home)
    found = places_named(connection, name, project) or places_of_cases(connection, name, project)
    if not found:
        raise BadInput(N_("There is no home {home}. Look with kfcs home list."), home=home)
    if len(found) > 1:
        names = [place.project for place in found]
        raise BadInput(
            N_("{projects} all have a home {home}. Say which with --project."), home=home, projects=names
        )
    return found[0]


# ---------------------------------------------------------------- what happens to a project


def project_node(
    project: Project,
    node: Annotated[str, typer.Argument(metavar=N_("NODE"), help=help_text("What was reached, such as 主体结构封顶."), show_default=False)],
    by: By = None, at: At = None, fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record that the works of a project have reached a node; notices to its buyers become due."""
    body = {"project": named(project), "node": parse_word("node", node)}
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)
    day = day_of(moment).isoformat()
    known = "SELECT entry_id FROM nodes WHERE project = ? AND node = ? AND day = ?"
    said = say(
        N_("{project}: {node} on {day}."),
        project=body["project"],
        node=Term("node", body["node"]),
        day=day_of(moment),
    )
    _once(
        desk,
        Draft("node", moment, desk.operator, body),
        (known, (body["project"], body["node"], day)),
        said,
        fmt,
    )
    rules = [rule for rule in desk.book.policy.touchpoints if rule.trigger == "node"]
    if not any(not rule.nodes or body["node"] in rule.nodes for rule in rules):
        tell(say(N_("The policy {policy} asks for no notice of it."), policy=desk.book.policy.name))


def project_design_change(
    project: Project,
    homes: Annotated[list[str] | None, typer.Option("--home", metavar=N_("HOME"), help=help_text("A home it concerns; may be given several times. All that are sold and not handed over unless given."), show_default=False)] = None,
    by: By = None, at: At = None, fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record notice of a change of design; letters to the buyers become due."""
    desk = Desk.open(ledger, by=by, write=True)
    name = named(project)
    concerned = sorted({find_place(desk, home, name).home for home in homes or ()})
    body: dict[str, Any] = {"project": name, **({"homes": concerned} if concerned else {})}
    moment = desk.when(at)
    day = day_of(moment).isoformat()
    known = "SELECT entry_id FROM design_changes WHERE project = ? AND day = ? AND home IS NULL AND ? = 0"
    said = say(N_("{project}: design changed on {day}."), project=name, day=day_of(moment))
    _once(
        desk,
        Draft("design-change", moment, desk.operator, body),
        (known, (name, day, len(concerned))),
        said,
        fmt,
    )
    if not any(rule.trigger == "design-change" for rule in desk.book.policy.touchpoints):
        tell(say(N_("The policy {policy} asks for no notice of it."), policy=desk.book.policy.name))


def named(project: str) -> str:
    name = project.strip()
    if not name:
        raise BadInput(N_("The project is empty; name it."))
    return name


def _once(
    desk: Desk, draft: Draft, known: tuple[str, tuple[Any, ...]], said: Message, fmt: str | None
) -> None:
    """Record what happens once; said again, it adds nothing."""
    programs = check_format(fmt) in ("json", "jsonl")
    with desk.ledger.writing():
        row = desk.ledger.connection.execute(*known).fetchone()
        entry = row[0] if row else record(desk, draft).id
    if row:
        tell(say(N_("It is recorded already.")))
    answer(said, {"entry": entry, "kind": draft.kind, "at": draft.at, **draft.body}, programs)


def record(desk: Desk, draft: Draft) -> Entry:
    """Append an entry that belongs to no case, inside ``ledger.writing()``."""
    [entry] = desk.append([draft])
    desk.projection.recorded([entry], desk.now)
    return entry


def answer(said: Message, as_json: dict[str, Any], programs: bool) -> None:
    if programs:
        emit_json(as_json, sys.stdout)
    else:
        sys.stdout.write(render(said) + "\n")

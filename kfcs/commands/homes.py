"""The homes archive, what happens to homes and projects, and what customers are to be told and asked (SPEC O2, O3)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from kfcs.archive import Place, places_named
from kfcs.cells import Column
from kfcs.commandline import DEFAULT
from kfcs.commands.answering import tell
from kfcs.commands.options import AsOf, At, By, Format, Ledger, Reveal, help_text
from kfcs.desk import Desk
from kfcs.entries import Draft, Entry
from kfcs.errors import N_, BadInput, Message, SomeRejected, Term, say
from kfcs.homes import home_name
from kfcs.i18n import language, render, shown
from kfcs.output import check_format, emit, emit_json
from kfcs.period import Period, day_of
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
    Column("signed_on", N_("Signed"), "id"),
    Column("planned_on", N_("Planned handover"), "id"),
    Column("handed_over_on", N_("Handed over"), "id"),
    Column("warranty_until", N_("Warranty until"), "id"),
)
TOUCHPOINTS = (
    Column("touchpoint", N_("Touchpoint"), "id"),
    Column("title", N_("What")),
    Column("project", N_("Project"), "id"),
    Column("home", N_("Home"), "id"),
    Column("about", N_("About")),
    Column("from", N_("From"), "id"),
    Column("due", N_("Due"), "id"),
    Column("state", N_("State"), "id", words="touchpoint-state"),
    Column("done_on", N_("Done on"), "id"),
    Column("feedback", N_("Answer"), "id", words="feedback"),
    Column("owner", N_("Owner"), "id"),
    Column("phone", N_("Phone"), "id"),
)
FOR_PROGRAMS = (*TOUCHPOINTS, Column("clause", N_("Clause"), "id"), Column("assumed", N_("Assumed")))


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
    project: OfProject = None, fmt: Format = None, reveal: Reveal = False, as_of: AsOf = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """A home at a glance: owner, warranty left, cases, promises, payments, and what to bear in mind."""
    from kfcs.dossier import dossiers

    desk = Desk.open(ledger, as_of=as_of)
    found = dossiers(desk, who, project, reveal=reveal)
    if check_format(fmt) in ("json", "jsonl") or (fmt is None and not sys.stdout.isatty()):
        emit_json(found, sys.stdout)
        return
    if check_format(fmt) not in (None, "table"):
        emit(found, HOMES, fmt, stream=sys.stdout)
        return
    from kfcs.dossierpage import print_dossiers

    print_dossiers(found, sys.stdout)


def home_list(
    project: OfProject = None, fmt: Format = None, reveal: Reveal = False, as_of: AsOf = None, ledger: Ledger = None
) -> None:
    """The homes of the archive."""
    from kfcs.dossier import home_rows

    desk = Desk.open(ledger, as_of=as_of)
    emit(home_rows(desk, project, reveal=reveal), HOMES, fmt, stream=sys.stdout)


def find_place(desk: Desk, home: str, project: str | None) -> Place:
    """The home of the archive that is meant. Raises BadInput for none, and for one of several projects."""
    found = places_named(desk.ledger.connection, home_name(home), project)
    if not found:
        raise BadInput(N_("There is no home {home}. Look with kfcs home list."), home=home)
    if len(found) > 1:
        names = [place.project for place in found]
        raise BadInput(N_("{projects} all have a home {home}. Say which with --project."), home=home, projects=names)
    return found[0]


# ---------------------------------------------------------------- what happens to a project


def project_node(
    project: Project,
    node: Annotated[str, typer.Argument(metavar=N_("NODE"), help=help_text("What was reached, such as 主体结构封顶."), show_default=False)],
    by: By = None, at: At = None, fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record that the works of a project have reached a node; notices to its buyers become due."""
    body = {"project": _named(project), "node": parse_word("node", node)}
    desk = Desk.open(ledger, by=by, write=True)
    moment = desk.when(at)
    day = day_of(moment).isoformat()
    known = "SELECT entry_id FROM nodes WHERE project = ? AND node = ? AND day = ?"
    said = say(
        N_("{project}: {node} on {day}."), project=body["project"], node=Term("node", body["node"]), day=day_of(moment)
    )
    _once(desk, Draft("node", moment, desk.operator, body), (known, (body["project"], body["node"], day)), said, fmt)
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
    name = _named(project)
    concerned = sorted({find_place(desk, home, name).home for home in homes or ()})
    body: dict[str, Any] = {"project": name, **({"homes": concerned} if concerned else {})}
    moment = desk.when(at)
    day = day_of(moment).isoformat()
    known = "SELECT entry_id FROM design_changes WHERE project = ? AND day = ? AND home IS NULL AND ? = 0"
    said = say(N_("{project}: design changed on {day}."), project=name, day=day_of(moment))
    _once(desk, Draft("design-change", moment, desk.operator, body), (known, (name, day, len(concerned))), said, fmt)
    if not any(rule.trigger == "design-change" for rule in desk.book.policy.touchpoints):
        tell(say(N_("The policy {policy} asks for no notice of it."), policy=desk.book.policy.name))


def _named(project: str) -> str:
    name = project.strip()
    if not name:
        raise BadInput(N_("The project is empty; name it."))
    return name


def _once(desk: Desk, draft: Draft, known: tuple[str, tuple[Any, ...]], said: Message, fmt: str | None) -> None:
    """Record what happens once; said again, it adds nothing."""
    programs = check_format(fmt) in ("json", "jsonl")
    with desk.ledger.writing():
        row = desk.ledger.connection.execute(*known).fetchone()
        entry = row[0] if row else _record(desk, draft).id
    if row:
        tell(say(N_("It is recorded already.")))
    _answer(said, {"entry": entry, "kind": draft.kind, "at": draft.at, **draft.body}, programs)


def _record(desk: Desk, draft: Draft) -> Entry:
    """Append an entry that belongs to no case, inside ``ledger.writing()``."""
    [entry] = desk.append([draft])
    desk.projection.recorded([entry], desk.now)
    return entry


def _answer(said: Message, as_json: dict[str, Any], programs: bool) -> None:
    if programs:
        emit_json(as_json, sys.stdout)
    else:
        sys.stdout.write(render(said) + "\n")


# ---------------------------------------------------------------- touchpoints


def touchpoints(
    month: Annotated[str | None, typer.Option("--month", metavar=N_("[MONTH]"), help=help_text("A month, such as 2026-10; this one without a value."), show_default=False)] = None,
    fmt: Format = None, reveal: Reveal = False, as_of: AsOf = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """What customers are to be told and asked in a month: what begins in it or is due in it (O2)."""
    from kfcs.commands.reporting import chosen_period
    from kfcs.touchpoints import due_in

    programs = check_format(fmt) in ("json", "jsonl")
    desk = Desk.open(ledger, as_of=as_of)
    if month is None or month == DEFAULT:
        period = Period.of("month", day_of(desk.now))
    else:
        period = chosen_period(desk, {"month": month})
    rows = _rows(desk, due_in(desk, period), reveal)
    emit(rows, FOR_PROGRAMS if programs else TOUCHPOINTS, fmt, stream=sys.stdout)


def touchpoints_done(
    touchpoint: Annotated[str, typer.Argument(metavar=N_("TOUCHPOINT"), help=help_text("What was done, by its name in kfcs touchpoints."), show_default=False)],
    home: Annotated[str | None, typer.Option("--home", metavar=N_("HOME"), help=help_text("For which home."), show_default=False)] = None,
    project: Annotated[str | None, typer.Option("--project", metavar=N_("PROJECT"), help=help_text("For which project: all its homes at once, or the project of --home."), show_default=False)] = None,
    what: Annotated[str | None, typer.Option("--what", metavar=N_("TEXT"), help=help_text("Which of several: the warranty, node or case it is about."), show_default=False)] = None,
    receipt: Annotated[str | None, typer.Option("--receipt", metavar=N_("NO"), help=help_text("Number of the registered letter, or other proof."), show_default=False)] = None,
    feedback: Annotated[str | None, typer.Option("--feedback", metavar=N_("TEXT"), help=help_text("What the customer says to it."), show_default=False)] = None,
    by: By = None, at: At = None, fmt: Format = None, reveal: Reveal = False, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record that customers were told or asked (O2)."""
    from kfcs.touchpoints import Said, done_draft, rule_named

    programs = check_format(fmt) in ("json", "jsonl")
    if not (home or project):
        raise BadInput(N_("Say for which --home, or for which --project."))
    desk = Desk.open(ledger, by=by, write=True)
    rule = rule_named(desk, touchpoint)
    place = find_place(desk, home, project) if home else Place(_named(str(project)), "")
    _known_project(desk, place.project)
    moment = desk.when(at)
    said = Said(rule, place.project, place.home or None, _clean(receipt), _clean(feedback), _clean(what))
    with desk.ledger.writing():
        draft, chosen = done_draft(desk, said, moment)
        entry = _record(desk, draft)
    if not chosen:
        tell(say(N_("Nothing of the kind fell due there; it is recorded all the same.")))
    message = say(
        N_("{title}, {place}: done on {day}."),
        title=rule.title[language()],
        place=f"{place.project} {place.home}".strip(),
        day=day_of(moment),
    )
    told = {name: value for name, value in draft.body.items() if name != "matters"}
    due = [occasion.due for occasion in chosen]
    _answer(message, {"entry": entry.id, "at": moment, **told, "due": due}, programs)


def _known_project(desk: Desk, project: str) -> None:
    """Raises BadInput for a project of which the ledger has neither homes nor cases nor anything else."""
    tables = ("homes", "projects", "nodes", "design_changes", "cases")
    asked = " UNION ALL ".join(f"SELECT 1 FROM {table} WHERE project = ?1" for table in tables)
    if not desk.ledger.connection.execute(f"SELECT 1 WHERE EXISTS ({asked})", (project,)).fetchone():
        raise BadInput(N_("Nothing is known of a project {project}. Look with kfcs home list."), project=project)


def _clean(text: str | None) -> str | None:
    return (text or "").strip() or None


def _rows(desk: Desk, standings: Sequence[Any], reveal: bool) -> list[dict[str, Any]]:
    from kfcs.dossier import owner_of

    rows = []
    for standing in standings:
        occasion, rule = standing.occasion, standing.occasion.rule
        cause = occasion.cause
        about = Term("node", cause.what) if rule.trigger == "node" and cause.what else cause.what
        person = owner_of(desk, cause.project, cause.home, reveal) if cause.home else {}
        rows.append(
            {
                "touchpoint": rule.id,
                "title": rule.title[language()],
                "project": cause.project,
                "home": cause.home,
                "about": shown(about) if about else None,
                "from": occasion.start,
                "due": occasion.due,
                "state": standing.state,
                "done_on": standing.outcome.on,
                "feedback": standing.feedback,
                "owner": person.get("owner"),
                "phone": person.get("phone"),
                "clause": rule.clause,
                "assumed": rule.assumed,
            }
        )
    return rows


# ---------------------------------------------------------------- surveys


def survey(
    home: Annotated[str, typer.Argument(metavar=N_("HOME"), help=help_text("The home, such as 3-1-502."), show_default=False)],
    stage: Annotated[str | None, typer.Option("--stage", metavar=N_("STAGE"), help=help_text("pre-sale, contract or after-handover."), show_default=False)] = None,
    scores: Annotated[list[str] | None, typer.Option("--score", metavar=N_("N"), help=help_text("A score from 0 to 100; one for each question asked."), show_default=False)] = None,
    project: OfProject = None, by: By = None, at: At = None, fmt: Format = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """Record what a customer thinks of us, in points (O3). It does the call that was due at this stage too."""
    from kfcs.dossier import average

    programs = check_format(fmt) in ("json", "jsonl")
    if not stage:
        raise BadInput(N_("--stage is missing: pre-sale, contract or after-handover."))
    if not scores:
        raise BadInput(N_("--score is missing: a number from 0 to 100."))
    told = parse_word("stage", stage)
    points = [_points(score) for score in scores]
    desk = Desk.open(ledger, by=by, write=True)
    place = find_place(desk, home, project)
    moment = desk.when(at)
    body = {"project": place.project, "home": place.home, "stage": told, "scores": points}
    body |= {"branch": desk.settings.branch} if desk.settings.branch else {}
    with desk.ledger.writing():
        entry = _record(desk, Draft("survey", moment, desk.operator, body))
    mean = average(sum(points), len(points))
    said = say(
        N_("{place}, {stage}: {average} points."),
        place=f"{place.project} {place.home}",
        stage=Term("stage", told),
        average=f"{mean:g}",
    )
    _answer(said, _survey_json(entry, place, told, mean, moment), programs)


def _survey_json(
    entry: Entry, place: Place, stage: str, mean: float | None, at: datetime
) -> dict[str, Any]:
    return {
        "entry": entry.id,
        "project": place.project,
        "home": place.home,
        "stage": stage,
        "average": mean,
        "at": at,
    }


def _points(text: str) -> int:
    """A score in hundredths. Raises BadInput for what is none."""
    from decimal import Decimal, InvalidOperation

    from kfcs.archive import POINTS

    try:
        score = Decimal(text.strip())
        fits = score.is_finite() and 0 <= score <= 100 and score * POINTS == int(score * POINTS)
    except InvalidOperation:
        fits = False
    if not fits:
        raise BadInput(N_("--score {value} is no score; give a number from 0 to 100."), value=text)
    return int(score * POINTS)

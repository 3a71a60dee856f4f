"""What customers are to be told and asked, and what they said (SPEC O2, O3)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from kfcs.archive import Place, average
from kfcs.cells import Column
from kfcs.commandline import DEFAULT
from kfcs.commands.answering import tell
from kfcs.commands.documents import deliver, language_named, language_of, page_wanted
from kfcs.commands.homes import OfProject, answer, find_place, named, record
from kfcs.commands.options import (
    AsOf,
    At,
    By,
    Format,
    FormatOrPage,
    Language,
    Ledger,
    Output,
    Reveal,
    help_text,
)
from kfcs.desk import Desk
from kfcs.disclosure import disclose
from kfcs.entries import Draft, Entry
from kfcs.errors import N_, BadInput, Term, say
from kfcs.i18n import in_language, language, shown
from kfcs.output import check_format, emit
from kfcs.period import Period, day_of
from kfcs.words import parse_word

TOUCHPOINTS = (
    Column("touchpoint", N_("Touchpoint"), "id"),
    Column("title", N_("Title")),
    Column("project", N_("Project"), "id"),
    Column("home", N_("Home"), "id"),
    Column("about", N_("About")),
    Column("from", N_("From"), "id"),
    Column("due", N_("Due"), "id"),
    Column("state", N_("State"), "id", words="touchpoint-state"),
    Column("done_on", N_("Done on"), "id"),
    Column("feedback", N_("Feedback"), "id", words="feedback"),
    Column("owner", N_("Owner"), "id"),
    Column("phone", N_("Phone"), "id"),
    Column("ambassador", N_("Ambassador"), "id"),
)
FOR_PROGRAMS = (*TOUCHPOINTS, Column("clause", N_("Clause"), "id"), Column("assumed", N_("Assumed")))


# ---------------------------------------------------------------- touchpoints


def touchpoints(
    month: Annotated[str | None, typer.Option("--month", metavar=N_("[MONTH]"), help=help_text("A month, such as 2026-10; this one without a value."), show_default=False)] = None,
    fmt: FormatOrPage = None, output: Output = None, lang: Language = None, reveal: Reveal = False,
    by: By = None, as_of: AsOf = None, ledger: Ledger = None,
) -> None:  # fmt: skip
    """What customers are to be told and asked in a month: what begins in it or is due in it (O2).

    -o FILE, or --format html, writes a list to call from, with room to tick and to write.
    """
    from kfcs.commands.reporting import chosen_period
    from kfcs.touchpoints import due_in

    page, named = page_wanted(output, fmt), language_named(lang)
    desk = Desk.open(ledger, by=by, as_of=as_of, write=reveal)
    if month is None or month == DEFAULT:
        period = Period.of("month", day_of(desk.now))
    else:
        period = chosen_period(desk, {"month": month})
    chosen = language_of(named, "html" if page else "table", desk.settings)
    with in_language(chosen):
        rows = _rows(desk, due_in(desk, period), reveal)
        if reveal:
            disclose(desk, "touchpoints", rows, {"month": period.label}, to_file=output is not None)
        if page:
            from kfcs.papers.calllist import call_page

            deliver(call_page(desk, rows, period, chosen), output, desk.now, private=reveal)
            return
        programs = fmt in ("json", "jsonl")
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
    place = find_place(desk, home, project) if home else Place(named(str(project)), "")
    _known_project(desk, place.project)
    moment = desk.when(at)
    said = Said(rule, place.project, place.home or None, _clean(receipt), _clean(feedback), _clean(what))
    with desk.ledger.writing():
        draft, chosen = done_draft(desk, said, moment)
        entry = record(desk, draft)
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
    answer(message, {"entry": entry.id, "at": moment, **told, "due": due}, programs)


def _known_project(desk: Desk, project: str) -> None:
    """Raises BadInput for a project of which the ledger has neither homes nor cases nor anything else."""
    tables = ("homes", "projects", "nodes", "design_changes", "cases")
    asked = " UNION ALL ".join(f"SELECT 1 FROM {table} WHERE project = ?1" for table in tables)
    if not desk.ledger.connection.execute(f"SELECT 1 WHERE EXISTS ({asked})", (project,)).fetchone():
        raise BadInput(
            N_("Nothing is known of a project {project}. Look with kfcs home list."), project=project
        )


def _clean(text: str | None) -> str | None:
    return (text or "").strip() or None


def _rows(desk: Desk, standings: Sequence[Any], reveal: bool) -> list[dict[str, Any]]:
    from kfcs.dossier import ambassadors, owners_of

    causes = [standing.occasion.cause for standing in standings]
    owners = owners_of(desk, [(cause.project, cause.home) for cause in causes if cause.home], reveal)
    looked_after = ambassadors(desk)
    rows = []
    for standing in standings:
        occasion, rule = standing.occasion, standing.occasion.rule
        cause = occasion.cause
        about = Term("node", cause.what) if rule.trigger == "node" and cause.what else cause.what
        person = owners.get((cause.project, cause.home), {})
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
                "ambassador": looked_after.get(cause.project),
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
    from kfcs.intake.facts import checked_score

    programs = check_format(fmt) in ("json", "jsonl")
    if not stage:
        raise BadInput(N_("--stage is missing: pre-sale, contract or after-handover."))
    if not scores:
        raise BadInput(N_("--score is missing: a number from 0 to 100."))
    told = parse_word("stage", stage)
    points = [checked_score(score) for score in scores]
    desk = Desk.open(ledger, by=by, write=True)
    place = find_place(desk, home, project)
    moment = desk.when(at)
    body = {"project": place.project, "home": place.home, "stage": told, "scores": points}
    body |= {"branch": desk.settings.branch} if desk.settings.branch else {}
    with desk.ledger.writing():
        entry = record(desk, Draft("survey", moment, desk.operator, body))
    mean = average(sum(points), len(points))
    said = say(
        N_("{place}, {stage}: {average} points."),
        place=f"{place.project} {place.home}",
        stage=Term("stage", told),
        average=f"{mean:g}",
    )
    answer(said, _survey_json(entry, place, told, mean, moment), programs)


def _survey_json(entry: Entry, place: Place, stage: str, mean: float | None, at: datetime) -> dict[str, Any]:
    return {
        "entry": entry.id,
        "project": place.project,
        "home": place.home,
        "stage": stage,
        "average": mean,
        "at": at,
    }

"""The work of the day (SPEC I7): what is overdue or due soon, to be handed in, told, signed or confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from kfcs.desk import Desk
from kfcs.dossier import ambassadors, owners_of
from kfcs.duties import Standing, open_duties
from kfcs.errors import N_, Message, Term, say
from kfcs.i18n import language, render
from kfcs.output import Column
from kfcs.period import day_end, day_of, iso
from kfcs.querying import CASE_COLUMNS, with_risen_levels
from kfcs.showing import LIST_COLUMNS, list_row
from kfcs.touchpoints import Standing as ToCall
from kfcs.touchpoints import gathered, to_do
from kfcs.words import word

TODAY = (
    Column("what", N_("To do")),
    Column("due", N_("Due"), "time"),
    Column("case", N_("Case"), "id"),
    Column("level", N_("Level"), "number", words="level"),
    Column("project", N_("Project"), "id"),
    Column("home", N_("Home"), "id"),
    Column("customer", N_("Name"), "id"),
    Column("phone", N_("Phone"), "id"),
    Column("department", N_("Department"), "id"),
    Column("text", N_("Text"), width=40),
)
DUE_SOON_HOURS = 24


def work_of_today(desk: Desk, *, reveal: bool) -> list[dict[str, Any]]:
    """The desk's work list: what is overdue, what is due within a day, inspections; what must be handed in; customers
    to be told or asked; sheets to be signed or returned; cues to confirm; in that order."""
    with_risen_levels(desk)
    soon = iso(max(desk.now + timedelta(hours=DUE_SOON_HOURS), day_end(day_of(desk.now))))
    return [
        *_of_cases(desk, _limits(desk, soon), reveal),
        *map(_to_hand_in, open_duties(desk)),
        *_to_tell(desk, reveal),
        *_of_cases(desk, _sheets(desk), reveal),
        *_of_cases(desk, _cues(desk), reveal),
    ]


def _to_hand_in(standing: Standing) -> dict[str, Any]:
    duty = standing.duty
    what = say(
        N_("hand in for {period}: {state}"),
        period=duty.period.label,
        state=Term("obligation-state", standing.state),
    )
    title = duty.obligation.title[language()]
    return {
        "what": render(what),
        "due": duty.due,
        "department": word("recipient", duty.obligation.by, language()),
        "text": f"{title} ({duty.name})"
        if duty.obligation.shared
        else f"{title} ({duty.name}, {standing.branch})",
    }


def _to_tell(desk: Desk, reveal: bool) -> list[dict[str, Any]]:
    """The customers to be told or asked, with who they are and who looks after them."""
    calls = list(gathered(to_do(desk)))
    alone = [together[0].occasion.cause for together in calls if len(together) == 1]
    owners = owners_of(desk, [(cause.project, cause.home) for cause in alone if cause.home], reveal)
    looked_after = ambassadors(desk)
    return [_to_call(together, owners, looked_after) for together in calls]


def _to_call(
    together: Sequence[ToCall],
    owners: Mapping[tuple[str, str], Mapping[str, Any]],
    looked_after: Mapping[str, str],
) -> dict[str, Any]:
    """What is to be done for some homes by one day: a single home by its name, several by their number."""
    first = together[0].occasion
    place = first.cause if len(together) == 1 else first.cause._replace(home=None)
    title = f"{first.rule.title[language()]} ({first.rule.id})"
    text = (
        title
        if len(together) == 1
        else render(say(N_("{what}, homes: {count}"), what=title, count=len(together)))
    )
    owner = owners.get((place.project, place.home), {}) if place.home else {}
    how = say(N_("overdue")) if together[0].state == "missed" else say(N_("can be done now"))
    return {
        "what": render(say(N_("tell or ask: {how}"), how=how)),
        "due": first.due,
        "project": place.project,
        "home": place.home,
        "customer": owner.get("owner"),
        "phone": owner.get("phone"),
        "department": looked_after.get(place.project),
        "text": text,
    }


Work = tuple[Message, str | None, str]


def _of_cases(desk: Desk, work: Iterable[Work], reveal: bool) -> Iterator[dict[str, Any]]:
    for what, due, case_id in work:
        yield {**_case_of(desk, case_id, reveal), "what": render(what), "due": due}


def _limits(desk: Desk, soon: str) -> list[Work]:
    now = iso(desk.now)
    rows = desk.ledger.connection.execute(
        "SELECT k.clock, k.due, k.case_id FROM clocks k JOIN cases c ON c.case_id = k.case_id"
        " WHERE k.due <= ?1 AND k.start <= ?2 AND k.stopped_at IS NULL AND k.cancelled_at IS NULL AND k.paused = 0"
        " AND c.state <> 'closed' AND c.history = 0 AND c.counted ORDER BY k.due, k.case_id, k.clock",
        (soon, now),
    )
    late, next_ = say(N_("overdue")), say(N_("due soon"))
    return [
        (
            say(N_("{clock}: {how}"), clock=Term("clock", clock), how=late if due < now else next_),
            due,
            case_id,
        )
        for clock, due, case_id in rows
    ]


def _sheets(desk: Desk) -> list[Work]:
    rows = desk.ledger.connection.execute(
        "SELECT sheet, case_id FROM cases WHERE sheet IS NOT NULL AND history = 0 ORDER BY level, case_id"
    )
    return [
        (say(N_("sheet: not yet {signed}"), signed=Term("signature", role)), None, case)
        for role, case in rows
    ]


def _cues(desk: Desk) -> list[Work]:
    rows = desk.ledger.connection.execute(
        "SELECT case_id FROM cases WHERE cues_open AND state <> 'closed' AND history = 0 ORDER BY level, case_id"
    )
    return [(say(N_("cues to be confirmed")), None, row[0]) for row in rows]


def _case_of(desk: Desk, case_id: str, reveal: bool) -> dict[str, Any]:
    row = desk.ledger.connection.execute(
        f"SELECT {CASE_COLUMNS} FROM risen_cases WHERE case_id = ?", (case_id,)
    ).fetchone()
    return list_row(dict(zip(LIST_COLUMNS, row, strict=True)), reveal=reveal)

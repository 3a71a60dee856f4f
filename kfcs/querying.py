"""Lists over the projection (SPEC I2, I7): what is open, what matches, what is to be done today."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any

from kfcs.desk import Desk
from kfcs.dossier import ambassadors, owners_of
from kfcs.duties import Standing, open_duties
from kfcs.errors import N_, Message, Term, say
from kfcs.filters import Filters
from kfcs.i18n import language, render
from kfcs.masking import mask_text
from kfcs.money import from_fen
from kfcs.output import Column
from kfcs.period import day_end, day_of, iso
from kfcs.showing import LIST_COLUMNS, list_row
from kfcs.touchpoints import Standing as ToCall
from kfcs.touchpoints import gathered, to_do
from kfcs.words import word

LIST = (
    Column("case", N_("Case"), "id"),
    Column("level", N_("Level"), "number", words="level"),
    Column("state", N_("State"), "id", words="state"),
    Column("kind", N_("Kind"), "id", words="kind"),
    Column("branch", N_("Branch"), "id"),
    Column("project", N_("Project"), "id"),
    Column("home", N_("Home"), "id"),
    Column("customer", N_("Name"), "id"),
    Column("phone", N_("Phone"), "id"),
    Column("channel", N_("Channel"), "id", words="channel"),
    Column("category", N_("Category"), "id", words="category"),
    Column("subcategory", N_("Sub-category"), "id"),
    Column("department", N_("Department"), "id"),
    Column("received_at", N_("Received"), "time"),
    Column("next_due", N_("Next due"), "time"),
    Column("people", N_("People"), "number"),
    Column("times", N_("Times"), "number"),
    Column("claim", N_("Claim"), "money"),
    Column("validity", N_("Validity"), "id", words="validity"),
    Column("text", N_("Text"), width=40),
)
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

CASE_COLUMNS = ", ".join(LIST_COLUMNS)


def cases_matching(desk: Desk, filters: Filters, *, reveal: bool) -> Iterator[dict[str, Any]]:
    """The cases that match, gravest first, then earliest due."""
    given = list(filters.conditions(desk))
    conditions = " AND ".join(condition for condition, _values in given) or "1"
    values = [value for _condition, wanted in given for value in wanted]
    limit = filters.limit if filters.limit and not filters.sample else -1
    select = "SELECT {columns} FROM {source} WHERE {conditions} ORDER BY " + _ORDER + " LIMIT ?"
    found = [
        desk.ledger.connection.execute(
            select.format(columns=CASE_COLUMNS, source=source, conditions=f"({conditions}) AND {besides}"),
            (*values, limit),
        )
        for source, besides in _sources(desk)
    ]
    merged = heapq.merge(*found, key=_order)
    rows: Iterable[dict[str, Any]] = (dict(zip(LIST_COLUMNS, row, strict=True)) for row in merged)
    if filters.sample:
        rows = _sampled(list(rows), filters.sample, filters.seed)
    return (list_row(row, reveal=reveal) for row in islice(rows, filters.limit))


_ORDER = "level, coalesce(next_due, '9999'), case_id"
_PLACES = tuple(LIST_COLUMNS.index(name) for name in ("level", "next_due", "case_id"))


def _order(row: Sequence[Any]) -> tuple[int, str, str]:
    level, due, case_id = (row[place] for place in _PLACES)
    return level, due or "9999", case_id


def _sources(desk: Desk) -> list[tuple[str, str]]:
    """Where cases are read from: those that stand as when they were looked at last, by their index, and the others."""
    if not with_risen_levels(desk):
        return [("cases", "1")]
    return [
        ("cases", "case_id NOT IN (SELECT case_id FROM risen)"),
        ("risen_cases", "case_id IN (SELECT case_id FROM risen)"),
    ]


def _sampled(rows: list[dict[str, Any]], size: int, seed: int) -> list[dict[str, Any]]:
    """A sample that the seed alone decides, whatever the order of the rows."""
    from hashlib import sha256

    ranked = sorted(rows, key=lambda row: sha256(f"{seed}:{row['case_id']}".encode()).digest())[:size]
    return sorted(ranked, key=lambda row: (row["level"], row["next_due"] or "9999", row["case_id"]))


def with_risen_levels(desk: Desk) -> int:
    """A view ``risen_cases`` over ``cases``: levels that age has raised since the last run, brought up to now; how many.

    It is temporary: a reading command leaves the ledger's file as it is.
    """
    connection = desk.ledger.connection
    rows = connection.execute(
        "SELECT case_id FROM cases WHERE next_rise_at <= ?", (iso(desk.now),)
    ).fetchall()
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS risen (case_id TEXT PRIMARY KEY, level INTEGER)")
    for (case_id,) in rows:
        level, _rule = desk.projection.judge(desk.projection.case(case_id)).level(desk.now)
        connection.execute("INSERT OR REPLACE INTO risen VALUES (?, ?)", (case_id, level))
    if rows:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(cases)")]
        shown = ", ".join(
            "coalesce(r.level, c.level) AS level" if name == "level" else f"c.{name}" for name in columns
        )
        body = f"SELECT {shown} FROM cases c LEFT JOIN risen r ON r.case_id = c.case_id"
    else:
        body = "SELECT * FROM cases"
    connection.execute("DROP VIEW IF EXISTS temp.risen_cases")
    connection.execute(f"CREATE TEMP VIEW risen_cases AS {body}")
    return len(rows)


# ---------------------------------------------------------------- the work of the day


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


def adjustments_of(desk: Desk, case_id: str, *, reveal: bool) -> list[dict[str, Any]]:
    """The points and fines that were given over a case (S3)."""
    rows = desk.ledger.connection.execute(
        'SELECT subject, subject_kind, rule, points, money_fen, reason, at, "by" FROM adjustments'
        " WHERE case_id = ? ORDER BY at, entry_id",
        (case_id,),
    )
    return [
        {
            "subject": subject,
            "as": kind,
            "rule": rule,
            "points": None if points is None else float(points),
            "money": from_fen(money),
            "reason": reason if reveal else mask_text(reason),
            "at": at,
            "by": by,
        }
        for subject, kind, rule, points, money, reason, at, by in rows
    ]


def _case_of(desk: Desk, case_id: str, reveal: bool) -> dict[str, Any]:
    row = desk.ledger.connection.execute(
        f"SELECT {CASE_COLUMNS} FROM risen_cases WHERE case_id = ?", (case_id,)
    ).fetchone()
    return list_row(dict(zip(LIST_COLUMNS, row, strict=True)), reveal=reveal)

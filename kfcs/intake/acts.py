"""Import of acts on cases: contacts, callbacks, rectifications (SPEC C6).

The file is first read to its end; then its rows are recorded in the order in which they happened, some hundred a
transaction. Each row is checked against its case as it stands by then, as the commands would, and is wholly in or
wholly out, also where it tells of several acts (ordered, done, inspected).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from kfcs.cases import Case
from kfcs.desk import Desk
from kfcs.entries import Draft
from kfcs.errors import N_, BadInput, Forbidden, KfcsError, Message, say
from kfcs.intake.caserows import KEY_LENGTH, past, read_values, source_key
from kfcs.intake.columns import Plan
from kfcs.intake.importing import Summary
from kfcs.intake.progress import Progress
from kfcs.intake.rejects import Rejects
from kfcs.intake.separated import Unreadable
from kfcs.intake.spool import Spool
from kfcs.intake.tables import Table
from kfcs.intake.values import Unfit
from kfcs.period import from_iso, iso
from kfcs.rules.lifecycle import (
    before_last_turn,
    before_receipt,
    handlers_of,
    may_call_back,
    may_handle,
    may_inspect,
    may_rectify,
    separation,
    workers_of,
)

CHUNK = 200

Refusal = KfcsError | None


class Step(NamedTuple):
    """One act that a row tells of. ``check`` refuses it on the case as it stands; ``turning`` acts change the state."""

    kind: str
    at: datetime
    by: str
    body: Mapping[str, Any]
    check: Callable[[Case], Refusal]
    turning: bool = False


def import_acts(desk: Desk, table: Table, plan: Plan, rejects: Rejects, *, dry_run: bool = False) -> Summary:
    """Take in a file of acts. With ``dry_run`` they are tried on a copy of the ledger in memory."""
    if dry_run:
        desk = desk.in_memory(None)
    summary = Summary()
    with closing(Spool()) as spool, Progress() as progress:
        for number, cells, at in progress.over(_readable(desk, table, plan, rejects, summary), N_("Reading")):
            spool.put((number, cells), at)
        taken: set[str] = set()
        for rows in progress.chunks(spool.chunks(CHUNK, _pair, sort=True), len(spool), N_("Writing")):
            with desk.ledger.writing():
                for number, cells in rows:
                    _take_in(desk, table.name, plan, number, cells, taken, rejects, summary)
                rejects.flush()
    summary.rejected, summary.first_rejected = rejects.count, rejects.first
    return summary


def _pair(number: int, cells: list[str]) -> tuple[int, list[str]]:
    return number, cells


def _readable(
    desk: Desk, table: Table, plan: Plan, rejects: Rejects, summary: Summary
) -> Iterator[tuple[int, list[str], str]]:
    """The rows whose cells can be read, each with its time."""
    for number, cells in table.rows:
        summary.read += 1
        if isinstance(cells, Unreadable):
            rejects.add(number, cells.cells, cells.why)
            continue
        try:
            values, _extra = _values(plan, cells, [])
            yield number, cells, iso(past(values[_WHEN[plan.what]], desk.now))
        except Unfit as unfit:
            rejects.add(number, cells, unfit.why)


_WHEN = {"contacts": "at", "callbacks": "at", "rectifications": "ordered_at"}


def _values(plan: Plan, cells: list[str], remarks: list[Message]) -> tuple[dict[str, Any], dict[str, str]]:
    values, extra = read_values(plan, cells, remarks)
    for field in ("case", *_NEEDED[plan.what]):
        if field not in values:
            raise Unfit(say(N_("{column} is empty"), column=plan.header_of(field)))
    return values, extra


_NEEDED = {
    "contacts": ("at",),
    "callbacks": ("at", "result"),
    "rectifications": ("ordered_at", "what", "department", "due"),
}


def _take_in(
    desk: Desk,
    file: str,
    plan: Plan,
    number: int,
    cells: list[str],
    taken: set[str],
    rejects: Rejects,
    summary: Summary,
) -> None:
    """Record what one row tells of, or put it aside with the reason; ``taken`` holds the keys of this run."""
    values, extra = _values(plan, cells, [])
    try:
        with _all_or_nothing(desk):
            case = desk.projection.case(_case_id(desk, values["case"]))
            key = _key(plan.what, case.case_id, values)
            if desk.ledger.connection.execute("SELECT 1 FROM sources WHERE key = ?", (key,)).fetchone():
                summary.repeated += key in taken
                summary.skipped += key not in taken
                return
            source = {"file": file, "row": number, "key": key, **({"extra": extra} if extra else {})}
            for step in _STEPS[plan.what](desk, case, values):
                case = _record(desk, case, step, source)
    except (Unfit, BadInput, Forbidden) as refusal:
        rejects.add(number, cells, refusal.why if isinstance(refusal, Unfit) else refusal.message)
        return
    taken.add(key)
    summary.accepted += 1


@contextmanager
def _all_or_nothing(desk: Desk) -> Iterator[None]:
    """A part of the transaction that is undone by itself when something in it is refused."""
    execute = desk.ledger.connection.execute
    execute("SAVEPOINT row")
    try:
        yield
    except BaseException:
        execute("ROLLBACK TO row")
        raise
    finally:
        execute("RELEASE row")


def _record(desk: Desk, case: Case, step: Step, source: Mapping[str, Any]) -> Case:
    at = past(step.at, desk.now)
    turned = before_last_turn(case, at) if step.turning else None
    refusal = before_receipt(case, at) or step.check(case) or turned
    if refusal is not None:
        raise refusal
    body = {name: value for name, value in step.body.items() if value not in (None, False, "")}
    draft = Draft(step.kind, step.at, step.by, {**body, "source": source}, case.case_id)
    return desk.record([draft])[0].case


def _case_id(desk: Desk, given: str) -> str:
    """The case that a row names: by its number, by the number it had in the file it came from, by an ending."""
    find = desk.ledger.connection.execute
    if find("SELECT 1 FROM cases WHERE case_id = ?", (given,)).fetchone():
        return given
    row = find("SELECT case_id FROM sources WHERE key = ?", (source_key("cases", given),)).fetchone()
    if row:
        return str(row[0])
    if "-" in given:
        return desk.number(given)
    raise Unfit(say(N_("there is no case {given}"), given=given))


def _key(what: str, case_id: str, values: Mapping[str, Any]) -> str:
    told = "\0".join(f"{name}={values[name]}" for name in sorted(values) if name not in ("case", "by"))
    return sha256(f"{what}\0{case_id}\0{told}".encode("utf-8", "surrogatepass")).hexdigest()[:KEY_LENGTH]


# ---------------------------------------------------------------- what rows tell of


def _contact(desk: Desk, case: Case, values: Mapping[str, Any]) -> list[Step]:
    promise = values.get("promise")
    if promise is not None and from_iso(promise) <= values["at"]:
        raise Unfit(say(N_("a promise must lie after its contact")))
    body = {name: value for name, value in values.items() if name not in ("case", "at", "by")}
    return [
        Step("contact", values["at"], _by(desk, values), body, lambda c: may_handle(c, say(N_("A contact"))))
    ]


def _callback(desk: Desk, case: Case, values: Mapping[str, Any]) -> list[Step]:
    by = _by(desk, values)

    def check(before: Case) -> Refusal:
        handlers = handlers_of(before, len(before.resolutions))
        return may_call_back(before) or separation(desk.book.policy, by, handlers, None)

    body = {"result": values["result"], "text": values.get("text")}
    return [Step("callback", values["at"], by, body, check, turning=True)]


def _rectification(desk: Desk, case: Case, values: Mapping[str, Any]) -> list[Step]:
    """Ordered, done and inspected, as far as the row goes."""
    at, by, r = values["ordered_at"], _by(desk, values), case.next_rectification
    if from_iso(values["due"]) <= at:
        raise Unfit(say(N_("the limit must lie after the order")))
    order = {"r": r, **{name: values.get(name) for name in ("what", "department", "due", "unit")}}
    steps = [Step("rectification-ordered", at, by, order, may_rectify)]
    done, inspected = values.get("done_at"), values.get("inspected_at")
    if done is not None:
        steps.append(
            Step(
                "rectification-done", _after(done, at), by, {"r": r, "cost": values.get("cost")}, may_rectify
            )
        )
    if (inspected is None) != ("result" not in values) or (inspected is not None and done is None):
        raise Unfit(say(N_("an inspection needs its time, its result, and that the work was done before")))
    if inspected is not None and done is not None:
        inspector = values.get("inspector") or by
        told = {"r": r, **{name: values.get(name) for name in ("result", "fault", "reason", "inspector")}}
        told["self_inspected"] = inspector == by

        def check(before: Case) -> Refusal:
            current = before.rectification(r)
            assert current is not None
            return (
                may_rectify(before)
                or may_inspect(before, current)
                or separation(desk.book.policy, inspector, workers_of(current.current), None)
            )

        steps.append(Step("inspection", _after(inspected, done), inspector, told, check))
    return steps


def _after(moment: datetime, earliest: datetime) -> datetime:
    if moment < earliest:
        raise Unfit(
            say(N_("{at} lies before what must come first ({earliest})"), at=moment, earliest=earliest)
        )
    return moment


def _by(desk: Desk, values: Mapping[str, Any]) -> str:
    return str(values.get("by") or desk.operator)


_STEPS: Mapping[str, Callable[[Desk, Case, Mapping[str, Any]], Sequence[Step]]] = {
    "contacts": _contact,
    "callbacks": _callback,
    "rectifications": _rectification,
}

"""What would differ under another policy (SPEC P3): a month replayed, and two rule books laid side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kfcs.desk import Desk
from kfcs.errors import N_
from kfcs.output import Column
from kfcs.period import Period, iso
from kfcs.projection import Projection
from kfcs.rulebook import ROWS, load_rule_book
from kfcs.rules.judgement import Judgement

DIFFERENCES = (
    Column("case", N_("Case"), "id"),
    Column("what", N_("What")),
    Column("now", N_("In force"), "id"),
    Column("then", N_("Under the other policy"), "id"),
)
RULE_DIFFERENCES = (
    Column("rule", N_("Rule"), "id"),
    Column("key", N_("Key"), "id"),
    Column("a", N_("First policy")),
    Column("b", N_("Second policy")),
)


def replay(desk: Desk, policy: str, period: Period) -> list[dict[str, Any]]:
    """What would differ for the cases received in a period: level, limits and their verdicts, escalations.

    Each difference is {case, what, now, then}. The ledger is not touched: both sides are judged in memory.
    """
    other = Projection(desk.ledger, load_rule_book(desk.settings, None, policy))
    rows = desk.ledger.connection.execute(
        "SELECT case_id FROM cases WHERE received_at >= ? AND received_at < ? AND counted ORDER BY case_id",
        (iso(period.start), iso(period.end)),
    )
    found: list[dict[str, Any]] = []
    for (case_id,) in rows.fetchall():
        case = desk.projection.case(case_id)
        here, there = _said(desk.projection.judge(case), desk), _said(other.judge(case), desk)
        for what in dict.fromkeys([*here, *there]):
            if here.get(what) != there.get(what):
                found.append({"case": case_id, "what": what, "now": here.get(what), "then": there.get(what)})
    return found


def _said(judgement: Judgement, desk: Desk) -> dict[str, str]:
    """What the rules say of a case, by name: its level, each clock's limit and verdict, and what would be raised."""
    level, _rule = judgement.level(desk.now)
    said = {"level": f"{level} {judgement.policy.grading.names[level]['zh']}"}
    for run in judgement.clocks:
        if run.start <= desk.now:
            said[f"clock {run.clock} {run.epoch}"] = f"{iso(run.due)} {run.state(desk.now)}"
    for raised in _raised(judgement, desk):
        said[f"escalation {raised[0]} {raised[1]}"] = f"rung {raised[2]}"
    return said


def _raised(judgement: Judgement, desk: Desk) -> Iterator[tuple[str, str, int]]:
    """The highest rung that each breached clock has reached by now, whether it was recorded or not."""
    from kfcs.rules.escalate import rungs_due

    if judgement.case.history:
        return
    for run in judgement.clocks:
        rungs = rungs_due(run, judgement.ladder, desk.now)
        if rungs:
            yield run.clock, str(run.epoch), rungs[-1].rung


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[dict[str, str]]:
    """Where two merged policy documents differ, rule by rule and key by key: {rule, key, a, b}."""
    found: list[dict[str, str]] = []
    for name in dict.fromkeys([*a, *b]):
        if name in _OF_THE_FILE:
            continue
        if name in ROWS:
            found += _rows_differ(name, _by_id(a.get(name, ())), _by_id(b.get(name, ())))
        elif name == "grading":
            found += _table_differs(name, a[name], b[name], ("rule",))
        elif name == "scorecard":
            found += _table_differs(name, a.get(name) or {}, b.get(name) or {}, ("item", "grade"))
        elif a.get(name) != b.get(name):
            found.append({"rule": name, "key": "", "a": _plain(a.get(name)), "b": _plain(b.get(name))})
    return found


_OF_THE_FILE = frozenset({"name", "title", "source", "extends", "taxonomy_document", "inherited_assumed"})


def _table_differs(
    name: str, a: Mapping[str, Any], b: Mapping[str, Any], lists: Sequence[str]
) -> list[dict[str, str]]:
    """A table's own keys, then the rows of its lists."""
    keys = [key for key in dict.fromkeys([*a, *b]) if key not in lists and a.get(key) != b.get(key)]
    found = [{"rule": name, "key": key, "a": _plain(a.get(key)), "b": _plain(b.get(key))} for key in keys]
    for part in lists:
        found += _rows_differ(name, _by_id(a.get(part, ())), _by_id(b.get(part, ())))
    return found


def _by_id(rows: Any) -> dict[str, Mapping[str, Any]]:
    return {row["id"]: row for row in rows}


def _rows_differ(
    table: str, a: Mapping[str, Mapping[str, Any]], b: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, str]]:
    found = []
    for rule in dict.fromkeys([*a, *b]):
        left, right = a.get(rule), b.get(rule)
        if left is None or right is None:
            found.append({"rule": f"{table}.{rule}", "key": "", "a": _there(left), "b": _there(right)})
            continue
        for key in dict.fromkeys([*left, *right]):
            if left.get(key) != right.get(key):
                found.append(
                    {
                        "rule": f"{table}.{rule}",
                        "key": key,
                        "a": _plain(left.get(key)),
                        "b": _plain(right.get(key)),
                    }
                )
    return found


def _there(row: Mapping[str, Any] | None) -> str:
    return "–" if row is None else str(row["title"]["zh"])


def _plain(value: Any) -> str:
    from kfcs.entries import canonical

    if value is None:
        return "–"
    return value if isinstance(value, str) else canonical(value)

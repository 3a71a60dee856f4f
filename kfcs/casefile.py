"""A case on a terminal: its facts, limits and timeline (SPEC I2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TextIO

from kfcs.cells import Column
from kfcs.deeds import said
from kfcs.errors import N_
from kfcs.i18n import _, language, shown
from kfcs.listing import due_text, room
from kfcs.output import emit
from kfcs.rules.judgement import Judgement
from kfcs.showing import category_title, level_name
from kfcs.widths import harmless, pad, width, wrap
from kfcs.words import word

_FACTS = (
    ("project", N_("Project")),
    ("home", N_("Home")),
    ("customer", N_("Name")),
    ("phone", N_("Phone")),
    ("channel", N_("Channel")),
    ("received_at", N_("Received")),
    ("people", N_("People")),
    ("times", N_("Times")),
    ("claim", N_("Claim")),
    ("remedy", N_("Remedy")),
    ("refund", N_("Gives the home back")),
    ("media", N_("Media")),
    ("legal", N_("Lawsuit")),
    ("harm", N_("Harm")),
    ("emergency", N_("Emergency")),
    ("validity", N_("Validity")),
    ("stage", N_("Stage")),
    ("department", N_("Department")),
    ("coordinating", N_("Coordinating")),
    ("first_asked", N_("First asked")),
    ("signature_awaited", N_("Sheet not yet")),
    ("branch", N_("Branch")),
    ("cause", N_("Cause")),
    ("repeat_of", N_("Repeat of")),
    ("merged_into", N_("Folded into")),
    ("authority_ref", N_("Authority's number")),
    ("closed_at", N_("Closed")),
    ("closed_why", N_("Closed as")),
    ("url", N_("Web page")),
)
_WORDED = {
    "channel": "channel",
    "remedy": "remedy",
    "media": "media",
    "legal": "legal",
    "harm": "harm",
    "emergency": "emergency",
    "validity": "validity",
    "stage": "stage",
    "closed_why": "closed-as",
    "signature_awaited": "signature",
}
_TIMES = ("received_at", "closed_at")
_QUIET: Mapping[str, Sequence[Any]] = {"people": (1,), "times": (1,), "refund": (False,)}
"""What goes without saying; so does what is empty, or none."""
_CLOCKS = (
    Column("clock", N_("Clock"), "id", words="clock"),
    Column("epoch", N_("Run"), "number"),
    Column("state", N_("State"), "id", words="clock-state"),
    Column("due", N_("Due"), "time"),
    Column("stopped_at", N_("Answered"), "time"),
    Column("late", N_("Note"), "id"),
)
_RECTIFICATIONS = (
    Column("id", N_("Rectification"), "id"),
    Column("what", N_("What"), "id", width=24),
    Column("department", N_("Department"), "id"),
    Column("unit", N_("Contractor"), "id"),
    Column("due", N_("Due"), "time"),
    Column("done_at", N_("Done at"), "time"),
    Column("result", N_("Inspection"), "id", words="inspection"),
    Column("cost", N_("Cost"), "money"),
)
_ADJUSTMENTS = (
    Column("subject", N_("Points and fines"), "id"),
    Column("rule", N_("Rule"), "id"),
    Column("points", N_("Points"), "number"),
    Column("money", N_("CNY"), "money"),
    Column("reason", N_("Reason"), "id", width=30),
    Column("at", N_("At"), "time"),
    Column("by", N_("By"), "id"),
)
_WIDEST = 100
_GAP = 3


def print_case(case: Mapping[str, Any], judgement: Judgement, now: datetime, stream: TextIO) -> None:
    """Write a case for a person to read."""
    columns = min(room(), _WIDEST)
    for line in _head(case, judgement, columns):
        stream.write(line + "\n")
    _table(_clocks(case["clocks"], now), _CLOCKS, stream)
    _table(case["rectifications"], _RECTIFICATIONS, stream)
    _table(case["adjustments"], _ADJUSTMENTS, stream)
    stream.write("\n")
    numbers = {act["id"]: act["n"] for act in case["timeline"]}
    for act in case["timeline"]:
        for line in _act({**act, "corrects": numbers.get(act["refers"])}, judgement, columns):
            stream.write(line + "\n")


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[Column], stream: TextIO) -> None:
    """A table with a blank line before it, without the columns that hold nothing."""
    if rows:
        stream.write("\n")
        kept = [c for c in columns if any(row.get(c.key) is not None for row in rows)]
        emit(rows, kept, "table", stream=stream)


def _clocks(clocks: Sequence[Mapping[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """The runs of the clocks; which run it is only where several are shown; how late an open one is."""
    shown_runs = [run["clock"] for run in clocks]
    again = {name for name in shown_runs if shown_runs.count(name) > 1}
    return [
        {
            **run,
            "epoch": run["epoch"] if run["clock"] in again else None,
            "late": due_text(run["due"], now)
            if run["state"] == "breached" and not run["stopped_at"] and not run["cancelled_at"]
            else None,
        }
        for run in clocks
    ]


def _head(case: Mapping[str, Any], judgement: Judgement, columns: int) -> Iterator[str]:
    lang = language()
    title = category_title(judgement.policy, case["subcategory"] or case["category"], lang)
    name = level_name(judgement.policy, case["level"], lang)
    words = (case["case"], word("kind", case["kind"], lang), word("state", case["state"], lang), name, title)
    yield harmless("  ".join(words))
    for line in wrap(harmless(" ".join(str(case["text"]).split())), columns - 2):
        yield f"  {line}"
    yield ""
    yield from _in_two_columns(given_facts(case, judgement), columns)


def given_facts(case: Mapping[str, Any], judgement: Judgement) -> list[tuple[str, str]]:
    """The facts that say something, each with its title, in the language."""
    facts = []
    for key, title in _FACTS:
        value = case[key]
        if value in ("none", "", None) or value == [] or value in _QUIET.get(key, ()):
            continue
        facts.append((_(title), harmless(_value(key, value, judgement))))
    return facts


def _value(key: str, value: Any, judgement: Judgement) -> str:
    lang = language()
    if key in _WORDED:
        return word(_WORDED[key], value, lang)
    if key in _TIMES:
        return f"{value[:10]} {value[11:16]}"
    return category_title(judgement.policy, value, lang) if key == "cause" else shown(value)


def _in_two_columns(facts: Sequence[tuple[str, str]], columns: int) -> Iterator[str]:
    """Facts side by side where two fit; a long one has a line of its own."""
    longest = max((width(title) for title, _value in facts), default=0)
    half = (columns - _GAP) // 2
    waiting = ""
    for title, value in facts:
        cell = f"{pad(title, longest)}  {value}"
        fits = width(cell) <= half
        if waiting and fits:
            yield f"{pad(waiting, half)}{' ' * _GAP}{cell}"
            waiting = ""
            continue
        if waiting:
            yield waiting
        waiting = cell if fits else ""
        if not fits:
            yield cell
    if waiting:
        yield waiting


def _act(act: Mapping[str, Any], judgement: Judgement, columns: int) -> Iterator[str]:
    """One entry: its number, time, kind and person, and what it says, in as many lines as it needs."""
    moment = f"{act['at'][:10]} {act['at'][11:16]}"
    head = f"#{act['n']:<3} {moment}  {word('entry', act['kind'], language())}  {act['by']}"
    marks = [_("recorded late")] if act["late_recorded"] else []
    marks += [_("amended")] if act["amended_by"] else []
    marks += [_("taken back")] if act["undone"] else []
    head += f" [{', '.join(marks)}]" if marks else ""
    text = harmless(" ".join(said(act, judgement.policy).split()))
    indent = width("#123 2026-11-03 15:20  ")
    if text and width(head) + 2 + width(text) <= columns:
        yield f"{harmless(head)}  {text}"
        return
    yield harmless(head)
    for line in wrap(text, columns - indent):
        yield " " * indent + line

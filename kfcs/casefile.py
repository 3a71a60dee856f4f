"""A case on a terminal: its facts, limits and timeline (SPEC I2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from kfcs.cells import Column
from kfcs.errors import N_
from kfcs.i18n import _, language, shown
from kfcs.output import emit
from kfcs.rules.judgement import Judgement
from kfcs.widths import harmless, pad, width, wrap
from kfcs.words import word

_FACTS = (
    ("project", N_("Project")),
    ("home", N_("Home")),
    ("customer", N_("Name")),
    ("phone", N_("Phone")),
    ("received_at", N_("Received")),
    ("people", N_("People")),
    ("times", N_("Times")),
    ("claim", N_("Claim")),
    ("department", N_("Department")),
    ("first_asked", N_("First asked")),
    ("cause", N_("Cause")),
    ("repeat_of", N_("Repeat of")),
)
_WORDED = (
    ("channel", N_("Channel")),
    ("media", N_("Media")),
    ("legal", N_("Lawsuit")),
    ("harm", N_("Harm")),
    ("validity", N_("Validity")),
)
_CLOCKS = (
    Column("clock", N_("Clock"), "id", words="clock"),
    Column("state", N_("State"), "id", words="clock-state"),
    Column("due", N_("Due"), "time"),
    Column("stopped_at", N_("Answered"), "time"),
)
_QUIET = ("none", "", None)
_LINE = 72


def print_case(case: Mapping[str, Any], judgement: Judgement, stream: TextIO) -> None:
    """Write a case for a person to read."""
    for line in _head(case, judgement):
        stream.write(harmless(line) + "\n")
    if case["clocks"]:
        stream.write("\n")
        emit(case["clocks"], _CLOCKS, "table", stream=stream)
    stream.write("\n")
    for act in case["timeline"]:
        stream.write(harmless(_act(act)) + "\n")


def _head(case: Mapping[str, Any], judgement: Judgement) -> Iterator[str]:
    lang = language()
    title = judgement.policy.taxonomy.title(case["subcategory"] or case["category"], lang)
    name = judgement.policy.grading.names[case["level"]][lang]
    yield f"{case['case']}  {word('kind', case['kind'], lang)}  {word('state', case['state'], lang)}  {name}  {title}"
    yield from wrap(" ".join(str(case["text"]).split()), _LINE)
    facts = [(title_, case[key]) for key, title_ in _FACTS]
    facts += [(title_, word(key, case[key], lang)) for key, title_ in _WORDED if case[key] not in _QUIET]
    given = [(_(title_), shown(value)) for title_, value in facts if value not in _QUIET]
    longest = max((width(title_) for title_, _value in given), default=0)
    for title_, value in given:
        yield f"{pad(title_, longest)}  {value}"


def _act(act: Mapping[str, Any]) -> str:
    lang = language()
    marks = [_("recorded late")] if act["late_recorded"] else []
    marks += [_("amended")] if act["amended_by"] else []
    marks += [_("taken back")] if act["undone"] else []
    said = act.get("text") or act.get("reason") or act.get("what") or act.get("department") or ""
    if act["kind"] in ("callback", "inspection"):
        vocabulary = "callback" if act["kind"] == "callback" else "inspection"
        said = f"{word(vocabulary, act['result'], lang)} {said}"
    note = f" [{', '.join(marks)}]" if marks else ""
    moment = act["at"][:16].replace("T", " ")
    return f"#{act['n']:<3} {moment}  {word('entry', act['kind'], lang)}  {act['by']}{note}  {' '.join(str(said).split())}".rstrip()

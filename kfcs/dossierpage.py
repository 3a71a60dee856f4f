"""A home at a glance on a terminal (SPEC O2): what the person on the phone needs first stands first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from kfcs.errors import N_, Message, Term, say
from kfcs.i18n import _, language, render, shown
from kfcs.widths import harmless
from kfcs.words import word


def print_dossiers(found: Sequence[Mapping[str, Any]], stream: TextIO) -> None:
    """Write each home for a person to read, a blank line between two."""
    for number, home in enumerate(found):
        stream.write("\n" if number else "")
        stream.writelines(harmless(line) + "\n" for line in _lines(home))


def glance(home: Mapping[str, Any]) -> Iterator[str]:
    """The lines that the answer of ``kfcs log`` shows: who lives there, the warranty, and what to bear in mind."""
    yield _title(home)
    yield from _warranty(home)
    if home["cautions"]:
        yield render(
            say(N_("Mind: {cautions}"), cautions=[Term("caution", code) for code in home["cautions"]])
        )


def _lines(home: Mapping[str, Any]) -> Iterator[str]:
    lang = language()
    yield from glance(home)
    for other in home["owners"][1:]:
        yield render(say(N_("Also owned by {who}"), who=_who(other)))
    days = (
        (N_("Contract signed"), "signed_on"),
        (N_("Planned handover"), "planned_on"),
        (N_("Handed over"), "handed_over_on"),
    )
    if home.get("ambassador"):
        yield render(say(N_("Ambassador: {who}"), who=home["ambassador"]))
    if said := [f"{_(title)} {shown(home[key])}" for title, key in days if home[key]]:
        yield "  ".join(said)
    for promise in home["promises"]:
        text = N_("Promised by {due}: {case}")
        if promise["state"] == "breached":
            text = N_("Promised by {due} and not kept: {case}")
        yield render(say(text, due=_moment(promise["due"]), case=promise["case"]))
    for payment in home["payments"]:
        yield render(say(N_("Paid {amount} CNY: {case}"), amount=payment["amount"], case=payment["case"]))
    for call in home["touchpoints"]:
        yield render(say(N_("To do by {due}: {title}"), due=call["due"], title=call["title"][lang]))
    for survey in home["surveys"]:
        stage = Term("stage", survey["stage"])
        told = {"day": survey["at"][:10], "stage": stage, "average": survey["average"]}
        yield render(say(N_("Survey of {day}: {stage}, {average} points"), **told))
    for case in home["cases"]:
        parts = (
            case["case"],
            _moment(case["received_at"]),
            word("kind", case["kind"], lang),
            word("state", case["state"], lang),
            case["text"],
        )
        yield "  ".join(parts)


def _title(home: Mapping[str, Any]) -> str:
    stage = word("stage", home["stage"], language()) if home["stage"] else ""
    parts = (home["project"], home["home"] or "", _who(home), stage)
    return "  ".join(part for part in parts if part)


def _who(person: Mapping[str, Any]) -> str:
    return " ".join(str(person[key]) for key in ("owner", "phone", "contact") if person.get(key))


def _warranty(home: Mapping[str, Any]) -> Iterator[str]:
    left = [w for w in home["warranty"] if not w["expired"]]
    over = [w["item"] for w in home["warranty"] if w["expired"]]
    if left:
        yield render(say(N_("Under warranty: {items}"), items=[_left(warranty) for warranty in left]))
    if over:
        yield render(say(N_("Warranty over: {items}"), items=over))


def _left(warranty: Mapping[str, Any]) -> Message:
    days = warranty["days_left"]
    return say(
        N_("{item} until {day} ({days} days)"), item=warranty["item"], day=warranty["expires_on"], days=days
    )


def _moment(text: str) -> str:
    return text[:16].replace("T", " ")

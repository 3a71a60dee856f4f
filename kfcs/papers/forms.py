"""The forms of a case (SPEC H12): what each wants besides the facts, and the page it is printed as."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from kfcs.desk import Desk
from kfcs.i18n import Language, in_language
from kfcs.papers.casepaper import Told, case_values, of_kind
from kfcs.papers.wording import PaperWording
from kfcs.reports.render import placed
from kfcs.rules.compensation import may_commit
from kfcs.rules.judgement import Judgement

HEARS_BY = ("on-site", "contact", "reply", "plan", "promise")
"""The clocks at whose end the customer has heard from us at the latest."""
ASKING = ("coordination", "supervision", "penalty-proposal", "borrowed-staff")
"""The notes that ask something of somebody."""


def form_page(desk: Desk, judgement: Judgement, form: str, lang: Language, *, reveal: bool) -> str:
    """A form of a case as a page. Raises Forbidden for a commitment where nothing is approved."""
    if form == "commitment" and (refusal := may_commit(judgement.case)) is not None:
        raise refusal
    with in_language(lang):
        values = case_values(desk, judgement, lang, reveal=reveal)
        values |= _MORE[form](values)
        values |= {"form": form, "partial": _PARTIALS.get(form, form), "phone": desk.settings.phone}
        return placed("form.html.j2", desk.settings.folder / "templates", values)


_PARTIALS: Mapping[str, str] = dict.fromkeys(("visit", "phone", "letter"), "reception")
"""The template of a form, where it is not called as the form is."""


# ---------------------------------------------------------------- what each form wants


def _reception(values: Told) -> Told:
    """Who got the case, when the customer was told that it was received, and what has come of it."""
    contacts = of_kind(values["acts"], "contact")
    solved = [act["n"] for act in of_kind(values["acts"], "resolution")]
    signed = [s for s in values["signed"]["customer"] if not solved or s["n"] < solved[0]]
    return {
        "signed": values["signed"] | {"at-reception": signed},
        "handed_on": _handed_on(values["acts"]),
        "acknowledged": next((contact for contact in contacts if contact.get("ack")), None),
        "progress": contacts,
        "hears_by": _hears_by(values["clocks"]),
    }


def _sheet(values: Told) -> Told:
    acts = values["acts"]
    return {
        "handed_on": _handed_on(acts),
        "limits": [run for run in values["clocks"] if run["state"] != "cancelled"],
        "resolutions": of_kind(acts, "resolution"),
        "callbacks": of_kind(acts, "callback"),
    }


def _coordination(values: Told) -> Told:
    asked = list(_asked(values["acts"], values["w"]))
    briefs = of_kind(values["acts"], "brief")
    return {
        "asked": asked,
        "addressed": list(dict.fromkeys(row["to"] for row in asked if row["to"])),
        "brief": briefs[-1] if briefs else None,
    }


def _commitment(values: Told) -> Told:
    approvals = [act for act in of_kind(values["acts"], "compensation") if act["step"] == "approve"]
    return {"approval": approvals[-1]}


def _receipt(values: Told) -> Told:
    return {"hears_by": _hears_by(values["clocks"])}


_MORE: Mapping[str, Callable[[Told], Told]] = {
    "visit": _reception,
    "phone": _reception,
    "letter": _reception,
    "sheet": _sheet,
    "coordination": _coordination,
    "commitment": _commitment,
    "receipt": _receipt,
}


def _handed_on(acts: Iterable[Told]) -> list[Told]:
    return of_kind(acts, "dispatch")


def _hears_by(clocks: Iterable[Mapping[str, Any]]) -> str | None:
    """By when the customer hears from us: the first limit of the kind that still runs."""
    due = [run["due"] for run in clocks if run["clock"] in HEARS_BY and run["state"] == "running"]
    return min(due, default=None)


def _asked(acts: Iterable[Told], w: PaperWording) -> Iterator[Told]:
    """What is asked of whom and by when, and who asks: of departments that are to coordinate or that a note turns to,
    and of the superiors to whom the case was reported."""
    for act in acts:
        row = {"by": act["by"], "at": act["at"], "due": act.get("due"), "approved_by": act.get("approved_by")}
        if act["kind"] == "dispatch" and act.get("coordinate"):
            yield row | {"to": act["department"], "as": None, "what": act["text"] or ""}
        elif act["kind"] == "note" and act["as"] in ASKING:
            to = act.get("department") or act.get("to") or act.get("leader")
            yield row | {"to": to, "as": act["as"], "what": act["text"]}
        elif act["kind"] == "brief":
            yield row | {"to": w.word("brief-to", act["to"]), "as": None, "what": act["help_needed"]}

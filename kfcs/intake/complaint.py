"""From what somebody said to the entry that records it (SPEC C1–C3, K2).

This is the one place where the body of a complaint is made, whether it was typed at a desk or stood in a file: the
words are classified, the case is graded, and what was concluded is recorded with what was said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from kfcs.answers import fitting
from kfcs.archive import stage_known
from kfcs.desk import Desk
from kfcs.entries import NOBODY, Draft, Person, draft_as_entry, ids
from kfcs.errors import N_, BadInput
from kfcs.folding import fold
from kfcs.period import day_of
from kfcs.rules.classify import Classification, Cues, Taxonomy, classify
from kfcs.rules.judgement import Judgement

DEFAULTS: Mapping[str, Any] = {
    "kind": "complaint",
    "channel": "phone",
    "people": 1,
    "urgency": "2h",
    "media": "none",
    "legal": "none",
    "harm": "none",
}
"""What holds where nothing was said; such values are not written into an entry."""


class Complaint(NamedTuple):
    """What somebody raised, checked and in our words: ``fields`` are a complaint's body by name."""

    at: datetime
    fields: Mapping[str, Any]
    person: Person = NOBODY


def complaint_body(
    fields: Mapping[str, Any], taxonomy: Taxonomy, *, accept_cues: bool = False
) -> dict[str, Any]:
    """The body of a complaint's entry: what was said, what the rules propose, and the cues to be confirmed (K2).

    ``fields`` needs ``text`` and ``project``; a ``category`` may be a category or a sub-category, in either language.
    Raises BadInput for a category that the taxonomy does not know.
    """
    body = {
        name: value
        for name, value in fields.items()
        if value not in (None, "", False) and DEFAULTS.get(name) != value
    }
    found = classify(fields["text"], taxonomy)
    body["proposed"] = proposal(found)
    if given := body.pop("category", None):
        body.update(_category(given, taxonomy))
    cues = open_cues(found.cues, fields)
    if accept_cues:
        body.update({name: value for name, value in cues.items() if name in _CUED_FACTS})
    elif cues:
        body["cues"] = cues
    return body


_CUES = Cues._fields
_UNSAID = (None, False, "none")
_CUED_FACTS = frozenset({"people", "media", "legal", "harm", "refund", "safety"})


def proposal(found: Classification) -> dict[str, Any]:
    """What the rules propose, as an entry keeps it beside what a person decided (K2)."""
    made: dict[str, Any] = {
        "kind": found.kind,
        "category": found.category,
        "in_scope": found.in_scope,
        "confidence": f"{found.confidence:.2f}",
        "rule": found.rule,
        "words": list(found.words),
    }
    if found.subcategory:
        made["subcategory"] = found.subcategory
    if found.demand:
        made["demand"] = found.demand
    return made


def _category(given: str, taxonomy: Taxonomy) -> dict[str, str]:
    resolved = taxonomy.resolve(given)
    if resolved is None:
        raise BadInput(
            N_("{value} is no category. Known are: {known}."),
            value=given,
            known=", ".join(taxonomy.categories),
        )
    category, subcategory = resolved
    return (
        {"category": category} if subcategory is None else {"category": category, "subcategory": subcategory}
    )


def open_cues(cues: Cues, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The cues in a text that nobody has stated as a fact: to be confirmed by a person (待核实)."""
    found = {
        name: value
        for name in _CUES
        if (value := getattr(cues, name)) not in _UNSAID and fields.get(name) in _UNSAID
    }
    if cues.people is not None and cues.people > int(fields.get("people") or 1):
        found["people"] = cues.people
    else:
        found.pop("people", None)
    return found


def log(desk: Desk, complaint: Complaint, *, accept_cues: bool = False) -> Judgement:
    """Record a new case and return it judged. Its number is taken inside the transaction (C2)."""
    with desk.ledger.writing():
        return log_all(desk, [complaint], accept_cues=accept_cues)[0]


def log_all(desk: Desk, complaints: Sequence[Complaint], *, accept_cues: bool = False) -> list[Judgement]:
    """Record new cases, inside ``ledger.writing()``, each graded among the others before it is written."""
    bodies = [
        complaint_body(_staged(desk, c), desk.book.policy.taxonomy, accept_cues=accept_cues)
        for c in complaints
    ]
    drafts = []
    for complaint, body, entry_id in zip(complaints, bodies, ids(desk.now, len(complaints)), strict=True):
        body["branch"] = desk.settings.branch
        if fit := _answers(desk, body):
            body["answers"] = fit
        number = desk.next_number(complaint.at)
        drafts.append(
            Draft(
                "complaint", complaint.at, desk.operator, body, number, person=complaint.person, id=entry_id
            )
        )
    return desk.record_new([_graded(desk, draft) for draft in drafts])


def _answers(desk: Desk, body: Mapping[str, Any]) -> list[str]:
    """The standard answers that fit a complaint about to be recorded, by id; being shown counts as a use (C4)."""
    category = body.get("category") or body["proposed"]["category"]
    subcategory = body.get("subcategory") if "category" in body else body["proposed"].get("subcategory")
    return [answer.id for answer in fitting(desk, body["project"], category, subcategory, body["text"])]


def _staged(desk: Desk, complaint: Complaint) -> Mapping[str, Any]:
    """The fields, with the stage that the homes archive knows where none was given (C1)."""
    fields = complaint.fields
    if fields.get("stage"):
        return fields
    home, phone = fields.get("home"), complaint.person.phone
    stage = stage_known(desk.ledger.connection, fields["project"], home, phone, day_of(complaint.at))
    return {**fields, "stage": stage} if stage else fields


def _graded(desk: Desk, draft: Draft) -> Draft:
    """The draft with the level that its facts give at once, for telling later that it rose (E2)."""
    case = fold([draft_as_entry(draft, desk.now, desk.desk_name, 1, "")])
    level, _ = desk.projection.graded(case).at(desk.now)
    return draft._replace(body={**draft.body, "level_at_log": level})


def repeat(desk: Desk, complaint: Complaint, number: str, *, accept_cues: bool = False) -> Judgement:
    """A repeat: joins a case that is not closed, with all that was said; of a closed one it makes a new linked case (C3).

    Of a case that was folded into another it is a repeat of that one.
    """
    said = complaint_body(complaint.fields, desk.book.policy.taxonomy, accept_cues=accept_cues)
    with desk.ledger.writing():
        before = desk.projection.survivor(number)
        if before.state == "closed":
            linked = complaint._replace(fields={**complaint.fields, "repeat_of": before.case_id})
            return log_all(desk, [linked], accept_cues=accept_cues)[0]
        if complaint.at < before.received_at:
            raise BadInput(
                N_("{at} lies before {case} was received ({received})."),
                at=complaint.at,
                case=before.case_id,
                received=before.received_at,
            )
        kept = {name: value for name, value in said.items() if name not in _OF_THE_CASE}
        body = {**kept, "repeat": True}
        draft = Draft("join", complaint.at, desk.operator, body, before.case_id, person=complaint.person)
        return desk.record([draft])[0]


_OF_THE_CASE = ("project", "kind", "proposed", "category", "subcategory")
"""What a repeat says of the case itself, which stays as the case has it."""

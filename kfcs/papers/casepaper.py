"""What papers say of one case: its facts as they may be shown, and what was recorded of it as it stands (SPEC H12, L4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kfcs.amended import apply_amendment
from kfcs.cases import Act, Case
from kfcs.conditionwords import FACT_WORDS
from kfcs.desk import Desk
from kfcs.i18n import Language, _
from kfcs.masking import mask_name, mask_text
from kfcs.papers.wording import PaperWording
from kfcs.querying import adjustments_of
from kfcs.reasons import reasons
from kfcs.reasontext import rules_of
from kfcs.reports.report import Head
from kfcs.rules.judgement import Judgement
from kfcs.showing import act_json, case_json
from kfcs.words import word

_FLAGS = ("refund", "accident", "public_harm", "safety", "anonymous")
_AMONG_US = ("vip", "sensitive")
"""What does not stand on a paper that the customer signs too."""
_DEGREES = ("media", "legal", "harm", "emergency")

Told = dict[str, Any]


class ActTold(Told):
    """An entry as a template reads it: what its body does not say is None."""

    def __missing__(self, name: str) -> None:
        return None


def case_values(desk: Desk, judgement: Judgement, lang: Language, *, reveal: bool) -> Told:
    """What a template about a case may place; texts are in the language spoken now."""
    case, now = judgement.case, desk.now
    shown = case_json(judgement, now, reveal=reveal)
    why = reasons(judgement, now)
    return {
        "case": shown | _further_facts(case, reveal),
        "why": why,
        "clocks": [told | run for told, run in zip(why["clocks"], shown["clocks"], strict=True)],
        "acts": list(standing(case, reveal)),
        "assumed": any(row["assumed"] for row in rules_of(why)),
        "signed": _signed(case, reveal),
        "marks": _marks(shown, lang, _FLAGS),
        "marks_among_us": _marks(shown, lang, _FLAGS + _AMONG_US),
        "adjustments": adjustments_of(desk, case.case_id, reveal=reveal),
        "policy": judgement.policy,
        "w": PaperWording(judgement.policy, lang),
        "head": Head(case.desk, *desk.ledger.head(case.desk)),
        "now": now,
        "lang": lang,
        "reveal": reveal,
    }


def _further_facts(case: Case, reveal: bool) -> Told:
    contact = case.person.contact
    return {
        "contact": contact if reveal or not contact else mask_name(contact),
        "received_by": case.by,
        "evidence": [
            name if reveal else mask_text(name) for name in (file["name"] for file in case.evidence)
        ],
    }


def standing(case: Case, reveal: bool) -> Iterator[ActTold]:
    """The entries as their amendments leave them, in the order recorded; those taken back are left out."""
    entries = {act.entry.id: act.entry for act in case.timeline}
    for act in case.timeline:
        if act.undone or act.entry.kind == "amendment":
            continue
        entry = act.entry
        for change in act.amended_by:
            entry = apply_amendment(entry, entries[change])
        yield ActTold(act_json(Act(act.n, entry), reveal))


def of_kind(acts: Iterable[Told], *kinds: str) -> list[Told]:
    return [act for act in acts if act["kind"] in kinds]


def _signed(case: Case, reveal: bool) -> Mapping[str, list[Told]]:
    """Who signed as what, and when. Of a customer the name stands beside the entry, of others it is who recorded it."""
    names = {act["n"]: act["customer"] for act in standing(case, reveal) if act["kind"] == "signature"}
    signed: dict[str, list[Told]] = {"received": [], "returned": [], "customer": []}
    for signature in case.signatures:
        name = names.get(signature.n) if signature.role == "customer" else signature.by
        signed.setdefault(signature.role, []).append(
            {"n": signature.n, "name": name or "", "at": signature.at}
        )
    return signed


def _marks(case: Mapping[str, Any], lang: Language, names: Iterable[str]) -> list[str]:
    """What makes a case delicate, in words."""
    flags = [_(FACT_WORDS[name]) for name in names if case[name]]
    degrees = [
        f"{word('field', name, lang)}{_(': ')}{word(name, case[name], lang)}"
        for name in _DEGREES
        if case[name] not in (None, "none")
    ]
    return flags + degrees

"""The file of a case as a page: all that was recorded of it, and the rules that judged it (SPEC H12, R4)."""

from __future__ import annotations

from kfcs.casefile import given_facts
from kfcs.desk import Desk
from kfcs.i18n import Language, in_language, render
from kfcs.papers.casepaper import ActTold, Told, case_values
from kfcs.reasontext import category_reason
from kfcs.reports.render import placed
from kfcs.rules.judgement import Judgement


def case_page(desk: Desk, judgement: Judgement, lang: Language, *, reveal: bool) -> str:
    """The file of a case in a language; a template beside the ledger wins over ours (R5)."""
    with in_language(lang):
        values = case_values(desk, judgement, lang, reveal=reveal)
        case = values["case"]
        values |= {
            "facts": given_facts(case, judgement),
            "category_reason": render(category_reason(values["why"], judgement.policy)),
            "timeline": _numbered(case["timeline"]),
        }
        return placed("case.html.j2", desk.settings.folder / "templates", values)


def _numbered(timeline: list[Told]) -> list[ActTold]:
    """The timeline, its entries naming by their numbers those that they correct or that correct them."""
    numbers = {act["id"]: act["n"] for act in timeline}
    return [
        ActTold(
            act,
            corrects=numbers.get(act["refers"]),
            corrected_by=" ".join(f"#{numbers[change]}" for change in act["amended_by"]),
        )
        for act in timeline
    ]

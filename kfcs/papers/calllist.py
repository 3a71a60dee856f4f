"""The touchpoints of a month as a list to call from (SPEC O2): what is left by project, with room to write, then what is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kfcs.desk import Desk
from kfcs.i18n import Language, in_language
from kfcs.papers.wording import PaperWording
from kfcs.period import Period
from kfcs.reports.render import placed
from kfcs.reports.wording import period_name

Row = Mapping[str, Any]


def call_page(desk: Desk, rows: Sequence[Row], month: Period, lang: Language) -> str:
    """The list as a page, of rows as ``kfcs touchpoints`` gives them; a template beside the ledger wins (R5)."""
    left = [row for row in rows if _left(row)]
    with in_language(lang):
        values = {
            "to_do": _by_project(left),
            "open": len(left),
            "done": [row for row in rows if not _left(row)],
            "month": period_name(month, lang),
            "desk": desk.desk_name,
            "w": PaperWording(desk.book.policy, lang),
            "now": desk.now,
            "lang": lang,
        }
        return placed("calls.html.j2", desk.settings.folder / "templates", values)


def _left(row: Row) -> bool:
    """Whether somebody is still to be called, or to be asked for an answer."""
    return row["done_on"] is None or row["feedback"] == "missing"


def _by_project(rows: Sequence[Row]) -> dict[str, list[Row]]:
    projects: dict[str, list[Row]] = {}
    for row in rows:
        projects.setdefault(row["project"], []).append(row)
    return projects

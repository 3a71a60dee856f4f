"""The book of typical cases (SPEC R1): what happened, why, what was done and what came of it, without personal data.

A case is in it once it was marked with ``kfcs note CASE TEXT --as typical``. Customers, homes and phones are left out or
masked wherever they are written, and so are those who handled it: one learns from the matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from kfcs.cases import Case
from kfcs.deeds import said
from kfcs.desk import Desk
from kfcs.i18n import Language, in_language
from kfcs.jsontext import to_json
from kfcs.masking import HIDDEN, mask_name, mask_text
from kfcs.papers.casepaper import Told, standing
from kfcs.papers.wording import PaperWording
from kfcs.period import Period
from kfcs.reports import figures
from kfcs.reports.monthly import reading_of, received
from kfcs.reports.notes import report_notes
from kfcs.reports.pages import FROM_PAGES, from_page
from kfcs.reports.render import placed
from kfcs.reports.report import ReportNote
from kfcs.reports.scope import Wanted
from kfcs.reports.wording import period_name
from kfcs.rules.judgement import Judgement

FORMATS = ("html", "md", "docx", "pdf", "json")
_TOLD = frozenset({
    "dispatch", "contact", "brief", "rectification-ordered", "rectification-done", "inspection", "resolution",
    "callback", "compensation", "closure", "reopening", "verification",
})  # fmt: skip
"""What people did that tells how a case went; signatures, amendments and notes among us do not."""


@dataclass(frozen=True)
class Step:
    """What was done on a day."""

    day: str
    kind: str
    text: str


@dataclass(frozen=True)
class TypicalCase:
    """One case as others may read it; ``days`` from receipt to resolution, ``lessons`` what those who marked it wrote."""

    case: str
    project: str
    received_on: str
    level: int
    category: str
    people: int
    text: str
    steps: tuple[Step, ...]
    cause: str | None
    correction: str
    prevention: str
    result: str | None
    days: int | None
    lessons: tuple[str, ...]


@dataclass(frozen=True)
class CasesBook:
    """The typical cases received in a period, and the texts that the branch wrote of it."""

    period: Period
    branch: str | None
    as_of: datetime
    cases: tuple[TypicalCase, ...]
    notes: tuple[ReportNote, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "period": self.period.label,
            "branch": self.branch,
            "as_of": self.as_of,
            "cases": [asdict(case) for case in self.cases],
            "notes": [{"text": note.text, "at": note.at} for note in self.notes],
        }


def build(desk: Desk, period: Period, wanted: Wanted) -> CasesBook:
    """The book of a period, of the branch named, else of the one in kfcs.toml, or of all; the gravest case first."""
    reading = reading_of(desk, period, wanted)
    rows = sorted(figures.typical(received(desk, reading)), key=lambda row: (row.level, row.case_id))
    written = [
        note
        for note in report_notes(desk.ledger, period, reading.branch)
        if note.section == "typical" and note.indicator is None
    ]
    return CasesBook(
        period,
        reading.branch,
        desk.now,
        tuple(_told(desk, desk.judgement(row.case_id)) for row in rows),
        tuple(written),
    )


def document(book: CasesBook, desk: Desk, fmt: str, lang: Language) -> str | bytes:
    """The book in a format and language. A template beside the ledger wins (R5)."""
    with in_language(lang):
        if fmt == "json":
            return to_json(book.as_json(), indent=2) + "\n"
        policy = desk.book.policy_on(book.period.first)
        values: Mapping[str, object] = {
            "book": book,
            "period": period_name(book.period, lang),
            "policy": policy,
            "w": PaperWording(policy, lang),
            "lang": lang,
        }
        own = desk.settings.folder / "templates"
        if fmt == "md":
            return placed("cases-book.md.j2", own, values)
        page = placed("cases-book.html.j2", own, values)
        return from_page(page, fmt, book.as_of) if fmt in FROM_PAGES else page


def _told(desk: Desk, judgement: Judgement) -> TypicalCase:
    case = judgement.case
    hidden = _Hidden(case)
    acts = list(standing(case, reveal=False))
    resolved = case.resolutions[-1].at if case.resolutions else None
    return TypicalCase(
        case=case.case_id,
        project=case.project,
        received_on=f"{case.received_at:%Y-%m-%d}",
        level=judgement.level(desk.now)[0],
        category=case.subcategory or case.category,
        people=case.people,
        text=hidden.in_text(case.text),
        steps=tuple(_steps(acts, judgement, hidden)),
        cause=case.cause,
        correction=hidden.in_text(case.correction or ""),
        prevention=hidden.in_text(case.prevention or ""),
        result=case.callbacks[-1].result if case.callbacks else None,
        days=None if resolved is None else (resolved.date() - case.received_at.date()).days,
        lessons=tuple(
            hidden.in_text(act["text"]) for act in acts if act["kind"] == "note" and act["as"] == "typical"
        ),
    )


def _steps(acts: Iterable[Told], judgement: Judgement, hidden: _Hidden) -> Iterator[Step]:
    for act in acts:
        if act["kind"] in _TOLD:
            yield Step(act["at"][:10], act["kind"], hidden.in_text(said(act, judgement.policy)))


class _Hidden:
    """Masks in free texts what would tell who raised a case: names, home, phones."""

    def __init__(self, case: Case) -> None:
        people = [case.person, *(part.person for part in case.parts.values())]
        homes = [case.home, *(part.home for part in case.parts.values())]
        masked = {person.name: mask_name(person.name) for person in people if person.name}
        masked |= {home: HIDDEN * 3 for home in homes if home}
        self.masked = dict(sorted(masked.items(), key=lambda pair: -len(pair[0])))

    def in_text(self, text: str) -> str:
        for told, shown in self.masked.items():
            if len(told) > 1:
                text = text.replace(told, shown)
        return mask_text(text)

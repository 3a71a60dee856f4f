"""Sheets and rankings in every format: pages and Markdown from templates, tables by rows, JSON (SPEC S1, I2)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from kfcs.errors import N_
from kfcs.i18n import Language, _, in_language
from kfcs.jsontext import to_json
from kfcs.output import Column, emit
from kfcs.reports.pages import FROM_PAGES, from_page
from kfcs.reports.ranking import Ranking
from kfcs.reports.render import placed
from kfcs.reports.scoresheet import Sheet
from kfcs.reports.scorewording import ScoreWording, plain, points

FORMATS = ("table", "csv", "tsv", "json", "md", "html")

SHEET_COLUMNS = (
    Column("item", N_("Item"), "id"),
    Column("title", N_("Title")),
    Column("weight", N_("Weight"), "number"),
    Column("target", N_("Target"), "id"),
    Column("actual", N_("Actual"), "id"),
    Column("points", N_("Points"), "number"),
    Column("reckoning", N_("How it is reckoned")),
    Column("lost", N_("points lost by")),
)


def sheet_document(sheet: Sheet, fmt: str, lang: Language, own: Path | None = None) -> str | bytes:
    """A sheet in any format that a file can have: text, or bytes for DOCX, PDF and XLSX."""
    if fmt in FROM_PAGES:
        return from_page(render_sheet(sheet, "html", lang, own), fmt, sheet.as_of)
    if fmt != "xlsx":
        return render_sheet(sheet, fmt, lang, own)
    with in_language(lang):
        words = ScoreWording(sheet.policy, lang)
        return _book(words.card_title, SHEET_COLUMNS, _sheet_rows(sheet, words), sheet.as_of)


def ranking_document(ranking: Ranking, fmt: str, lang: Language, own: Path | None = None) -> str | bytes:
    """A ranking, likewise."""
    if fmt in FROM_PAGES:
        return from_page(render_ranking(ranking, "html", lang, own), fmt, ranking.as_of)
    if fmt != "xlsx":
        return render_ranking(ranking, fmt, lang, own)
    with in_language(lang):
        words = ScoreWording(ranking.policy, lang)
        rows = _ranking_rows(ranking, words)
        return _book(ranking.quarter.label, _ranking_columns(ranking), rows, ranking.as_of)


def _book(
    title: str, columns: tuple[Column, ...], rows: Iterable[dict[str, Any]], made_at: datetime
) -> bytes:
    """One table as a workbook, its numbers as numbers."""
    from kfcs.sheets import Tab, write_book

    numbers = {column.key for column in columns if column.kind == "number"}
    real = [{key: _number(value) if key in numbers else value for key, value in row.items()} for row in rows]
    out = io.BytesIO()
    write_book([Tab(title, columns, real)], out, title, made_at)
    return out.getvalue()


def _number(value: object) -> object:
    """A number that was written out for people, as one again."""
    return float(value) if isinstance(value, str) and _WRITTEN.fullmatch(value) else value


_WRITTEN = re.compile(r"-?\d+(\.\d+)?")


def render_sheet(sheet: Sheet, fmt: str, lang: Language, own: Path | None = None) -> str:
    """A sheet in a format and language; templates in ``own`` win over ours (R5)."""
    with in_language(lang):
        words = ScoreWording(sheet.policy, lang)
        if fmt == "json":
            return to_json(sheet.as_json(lang), indent=2) + "\n"
        if fmt in ("html", "md"):
            return placed(f"score.{fmt}.j2", own, {"sheet": sheet, "w": words, "lang": lang})
        table = io.StringIO()
        emit(_sheet_rows(sheet, words), SHEET_COLUMNS, fmt, stream=table)
        return table.getvalue()


def _sheet_rows(sheet: Sheet, words: ScoreWording) -> Iterator[dict[str, Any]]:
    """A row an item, then one for each adjustment, then the total."""
    for score in sheet.scores:
        yield {
            "item": score.id,
            "title": words.title(score.title),
            "weight": plain(score.weight),
            "target": words.target(score.target),
            "actual": words.actual(score),
            "points": points(score.points),
            "reckoning": words.reckoning(score),
            "lost": words.lost(score),
        }
    for given in sheet.adjustments:
        yield {
            "item": given.rule,
            "title": words.rule(given.rule),
            "points": None if given.points is None else plain(given.points),
            "reckoning": given.reason
            if given.points is not None
            else f"{words.value(given)}, {given.reason}",
            "lost": given.case,
        }
    for subject, fined in sheet.fined.items():
        yield {"item": "fined", "title": subject, "reckoning": _("{sum} CNY").format(sum=words.money(fined))}
    if sheet.policy.card is None:
        return
    if sheet.half is not None:
        total = None if sheet.sum is None else sheet.sum.total
        yield {"item": "sheet", "title": _("the sheet over the desk's cases"), "points": points(total)}
        yield {"item": "other", "title": _("given by others"), "points": plain(sheet.half.other)}
    state = words.word("score-state", sheet.state)
    yield {"item": "total", "title": _("Total"), "points": points(sheet.total), "reckoning": state}


# ---------------------------------------------------------------- a quarter


def render_ranking(ranking: Ranking, fmt: str, lang: Language, own: Path | None = None) -> str:
    """A ranking in a format and language; templates in ``own`` win over ours (R5)."""
    with in_language(lang):
        words = ScoreWording(ranking.policy, lang)
        if fmt == "json":
            return to_json(ranking.as_json(lang), indent=2) + "\n"
        if fmt in ("html", "md"):
            card = ranking.policy.card
            ties = [words.item_title(item) for item in (card.tie_breaks if card else ())]
            values = {"ranking": ranking, "w": words, "lang": lang, "tie_titles": ties}
            return placed(f"ranking.{fmt}.j2", own, values)
        table = io.StringIO()
        emit(_ranking_rows(ranking, words), _ranking_columns(ranking), fmt, stream=table)
        return table.getvalue()


def _ranking_columns(ranking: Ranking) -> tuple[Column, ...]:
    return (
        Column("rank", N_("Rank"), "number"),
        Column("branch", N_("Branch")),
        *(Column(label, label, "number") for label in ranking.months),
        Column("average", N_("Average"), "number"),
        Column("award", N_("Award")),
        Column("proposal", N_("What follows")),
    )


def _ranking_rows(ranking: Ranking, words: ScoreWording) -> Iterator[dict[str, Any]]:
    card = ranking.policy.card
    under = {proposal.branch: proposal for proposal in ranking.proposals}
    for row in ranking.rows:
        standing = row.standing
        star = words.title(card.star.title) if card and card.star and row.star else None
        proposal = under.get(standing.branch)
        yield {
            "rank": row.rank,
            "branch": standing.branch,
            **{label: None if total is None else points(total) for label, total in standing.months},
            "average": None if standing.average is None else points(standing.average),
            "award": star,
            "proposal": words.title(ranking.reason) if proposal else None,
        }

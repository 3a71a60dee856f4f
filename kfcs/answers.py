"""Standard answers (SPEC C4): one way of answering per project and subject, shown where it fits, its use counted."""

from __future__ import annotations

from typing import NamedTuple

from kfcs.desk import Desk
from kfcs.entries import Draft
from kfcs.errors import N_
from kfcs.output import Column

ANSWERS = (
    Column("project", N_("Project"), "id"),
    Column("subject", N_("Subject"), "id"),
    Column("text", N_("Text"), width=60),
    Column("uses", N_("Uses"), "number"),
    Column("at", N_("At"), "time"),
    Column("by", N_("By"), "id"),
)


class Answer(NamedTuple):
    """A standard answer; ``subject`` is a category, a sub-category, or a word that the text must hold."""

    id: str
    project: str
    subject: str
    text: str


def add(desk: Desk, project: str, subject: str, text: str) -> None:
    """Record an answer; a later one on the same project and subject takes the place of the earlier."""
    resolved = desk.book.policy.taxonomy.resolve(subject)
    code = subject.strip() if resolved is None else resolved[1] or resolved[0]
    body = {"project": project.strip(), "subject": code, "text": text.strip()}
    with desk.ledger.writing():
        desk.record([Draft("answer", desk.now, desk.operator, body)])


def listed(desk: Desk) -> list[dict[str, object]]:
    """Every answer that stands, with how often it was used."""
    keys = [column.key for column in ANSWERS]
    marked = ", ".join(f'"{key}"' for key in keys)
    rows = desk.ledger.connection.execute(f"SELECT {marked} FROM answers ORDER BY project, subject")
    return [dict(zip(keys, row, strict=True)) for row in rows]


def fitting(desk: Desk, project: str, category: str, subcategory: str | None, text: str) -> list[Answer]:
    """The answers that fit a case: by sub-category first, then by a word in its text, then by category."""
    rows = desk.ledger.connection.execute(
        "SELECT id, project, subject, text FROM answers WHERE project = ? ORDER BY subject", (project,)
    )
    answers = [Answer(*row) for row in rows]
    by_code = [a for code in (subcategory,) if code for a in answers if a.subject == code]
    by_word = [a for a in answers if a.subject in text]
    by_category = [a for a in answers if a.subject == category]
    return list(dict.fromkeys([*by_code, *by_word, *by_category]))

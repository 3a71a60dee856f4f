"""Texts in, proposals out (SPEC K2): what ``kfcs classify`` reads and prints."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from kfcs.desk import ledger_path
from kfcs.errors import N_, BadInput
from kfcs.output import Column
from kfcs.parsing import parsed
from kfcs.rulebook import load_policy
from kfcs.rules.classify import Taxonomy, classify
from kfcs.settings import load_settings

CLASSIFIED = (
    Column("text", N_("Text"), width=40),
    Column("kind", N_("Kind"), "id", words="kind"),
    Column("category", N_("Category"), "id", words="category"),
    Column("subcategory", N_("Sub-category"), "id"),
    Column("in_scope", N_("In scope"), "id"),
    Column("confidence", N_("Confidence"), "rate"),
    Column("rule", N_("Rule"), "id"),
    Column("words", N_("Words")),
    Column("cues", N_("Cues")),
)
TEXT_HEADERS = ("text", "投诉内容", "诉求内容", "留言详情", "内容", "正文")


def taxonomy_in_force(ledger: str | None, policy: str | None) -> Taxonomy:
    """The taxonomy of the policy named, or of the one in the settings; no ledger is needed."""
    folder = ledger_path(ledger).parent
    name = policy or load_settings(folder).policy
    return load_policy(name, folder).taxonomy


def classified(texts: Iterable[str], taxonomy: Taxonomy) -> Iterator[dict[str, Any]]:
    """Each text with what the rules propose."""
    for text in texts:
        found = classify(text, taxonomy)
        yield {"text": text, **found._asdict(), "cues": found.cues._asdict()}


def read_texts(data: bytes) -> list[str]:
    """The texts of a file: a CSV with a text column, JSON lines with ``text``, or one text a line."""
    text = _decoded(data)
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and lines[0].lstrip().startswith("{"):
        return [_text_of(line, n) for n, line in enumerate(lines, 1)]
    csv.field_size_limit(max(len(text), csv.field_size_limit()))
    rows = csv.DictReader(io.StringIO(text, newline=""))
    column = next(
        (name for name in rows.fieldnames or () if name.strip().lstrip("\ufeff") in TEXT_HEADERS), None
    )
    return [row[column] or "" for row in rows] if column else lines


def _text_of(line: str, number: int) -> str:
    try:
        return str(parsed(json.loads, line)["text"])
    except (ValueError, KeyError, TypeError):
        raise BadInput(N_("Line {number} is not JSON with a text."), number=number) from None


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(N_("The text is neither UTF-8 nor GB18030; save it as UTF-8."))

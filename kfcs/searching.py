"""Search by words (SPEC I7): two characters, one, a name, the last digits of a phone; in whatever way they are written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any
from unicodedata import normalize

from kfcs import wordindex
from kfcs.desk import Desk
from kfcs.errors import N_, BadInput
from kfcs.output import Column
from kfcs.phones import dialled
from kfcs.querying import CASE_COLUMNS, LIST, with_risen_levels
from kfcs.showing import LIST_COLUMNS, list_row

FOUND = (*LIST, Column("excerpt", N_("Where it says so"), width=40))
FEW = 5_000
"""So many cases are looked at one by one; where more may hold a word, some of the newest surely do."""
MARKS = ("【", "】")
"""What stands around a word that was found, where it cannot be told by its looks."""
MOST_WRITINGS = 16

Writings = tuple[str, ...]
"""One word in each of the ways in which a case may have it."""

_HAYSTACK = "lower(" + " || char(10) || ".join(f"coalesce({field}, '')" for field in wordindex.FIELDS) + ")"


def found_by_words(
    desk: Desk, words: Sequence[Writings], limit: int, *, reveal: bool, marks: tuple[str, str] = MARKS
) -> Iterator[dict[str, Any]]:
    """Cases in which every word occurs: in the text, project, home, name, phone or number; the best first.

    Who or what bears the word as its name, phone or home comes before texts that mention it, then those that speak of
    little else; of equals the newest is first. Where very many may hold the words, the newest are given.
    """
    if not words:
        raise BadInput(N_("Say at least one word to look for."))
    with_risen_levels(desk)
    connection = desk.ledger.connection
    conditions = [f"({' OR '.join([f'instr({_HAYSTACK}, ?) > 0'] * len(writings))})" for writings in words]
    every = [writing for writings in words for writing in writings]
    values: list[Any] = list(every)
    ids = wordindex.candidates(connection, words, FEW)
    if ids is not None:
        conditions.append(
            "case_id IN (SELECT case_id FROM searched WHERE id IN (SELECT value FROM json_each(?)))"
        )
        values.append(json.dumps(ids))
    rank, ranked_by = _rank(words) if ids is not None else ("", [])
    rows = connection.execute(
        f"SELECT {CASE_COLUMNS} FROM risen_cases WHERE {' AND '.join(conditions)}"
        f" ORDER BY {rank}received_at DESC, case_id DESC LIMIT ?",
        (*values, *ranked_by, limit),
    )
    found = (list_row(dict(zip(LIST_COLUMNS, row, strict=True)), reveal=reveal) for row in rows)
    return ({**row, "excerpt": excerpt(row["text"], every, marks)} for row in found)


# ---------------------------------------------------------------- words and how they may be written

_PART = re.compile(r'(?<!\S)["“”]([^"“”]*[^\s"“”][^"“”]*)["“”](?!\S)|\S+')
"""What stands in quotation marks is one word, whatever spaces it has."""
_WHOLE_PHONE = re.compile(r"1[3-9]\d{9}|0\d{9}|\+")
"""So is a phone that can be nothing else: +86 138 0000 0001, but neither 1201 5678 nor the end of a case's number."""


def searched_words(given: Iterable[str], spelling: Mapping[int, int]) -> list[Writings]:
    """The words of a search, each in its writings; ``spelling`` says which character (电) another is a form of (電)."""
    parts = (part for words in given for part in _parts(words))
    return [_writings(" ".join(part.split()), spelling) for part in parts]


def _parts(words: str) -> list[str]:
    phone = dialled(words)
    if phone is not None and _WHOLE_PHONE.match(phone):
        return [phone]
    return [match[1] or match[0] for match in _PART.finditer(words)]


def _writings(word: str, spelling: Mapping[int, int]) -> Writings:
    """Half and full width, each form of a character, a phone as it is dialled; as it was typed first."""
    narrow = normalize("NFKC", word)
    found = [word, narrow, *_other_forms(narrow.translate(spelling), spelling)]
    found += [each.translate(_WIDE_SIGNS) for each in found]
    if narrow.isascii():
        found += [narrow.upper().translate(_WIDE), narrow.lower().translate(_WIDE)]
    if (phone := dialled(word)) and _WHOLE_PHONE.match(phone):
        found.append(phone)
    return tuple(dict.fromkeys(map(_lowered, found)))


_WIDE_SIGNS = str.maketrans(",!?:;()", "，！？：；（）")
_WIDE = {ascii_: ascii_ + 0xFEE0 for ascii_ in range(ord("!"), ord("~") + 1)}


def _other_forms(plain: str, spelling: Mapping[int, int]) -> Iterator[str]:
    """A word in the forms that its characters have, the plain ones first; of a long word in one form each."""
    others: dict[int, str] = {}
    for other, ours in spelling.items():
        others[ours] = others.get(ours, "") + chr(other)
    choices = [character + others.get(ord(character), "") for character in plain]
    if prod(map(len, choices)) > MOST_WRITINGS:
        return iter((plain, "".join(each[1:2] or each for each in choices)))
    return map("".join, product(*choices))


def _lowered(text: str) -> str:
    """The text as SQLite lowers it: the letters A to Z alone."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


# ---------------------------------------------------------------- the best first, and where they say so

_NAMED = ("case_id", "home", "customer", "phone", "project")
_RANK = (
    "(CASE WHEN ? IN ("
    + ", ".join(f"lower({name})" for name in _NAMED)
    + ") THEN 100.0 WHEN "
    + " OR ".join(f"instr(lower({name}), ?)" for name in _NAMED)
    + " THEN 10.0 ELSE 0.0 END"
    " + (length(text) - length(replace(lower(text), ?, ''))) / (length(text) + 20.0))"
)
"""How much of a case a word is: the share of the text that it takes, and far more where it is a name of something."""


def _rank(words: Sequence[Writings]) -> tuple[str, list[str]]:
    each = [f"max({', '.join([_RANK] * len(writings) + ['0.0'])})" for writings in words]
    values = [writing for writings in words for writing in writings for _ in range(2 + len(_NAMED))]
    return " + ".join(each) + " DESC, ", values


AROUND = 12
"""So many characters stand before the first word found in an excerpt."""
EXCERPT = 60


def excerpt(text: str, words: Sequence[str], marks: tuple[str, str] = MARKS) -> str:
    """What a text says around the words found in it, on one line, each of them between marks."""
    line = " ".join(text.split())
    lowered = _lowered(line)
    first = min([place for word in words if (place := lowered.find(word)) >= 0], default=0)
    start = max(0, first - AROUND) if len(line) > EXCERPT else 0
    shown = line[start : start + EXCERPT]
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    marked = re.sub(
        pattern, lambda hit: f"{marks[0]}{hit[0]}{marks[1]}", shown, flags=re.IGNORECASE | re.ASCII
    )
    return ("…" if start else "") + marked + ("…" if start + EXCERPT < len(line) else "")

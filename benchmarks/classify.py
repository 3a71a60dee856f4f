"""Measure the classifier: ``python benchmarks/classify.py LABELLED.csv [--half H] [--speed] [--misses]``.

Columns: text, kind, category, category2 (also right, may be empty), people, media, legal, safety, repeat;
kinds and categories by their Chinese titles, 非本业 for what is not our trade. With a column id, the hash of
the id (else of the text) puts each row into one of two halves: words are added after reading the misses of
`read`, so only `unread` tells what to expect of other texts; its misses are never printed.
"""

import argparse
import csv
import hashlib
import timeit
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from kfcs.rules.classify import Classification, Taxonomy, classify
from kfcs.taxonomy import load_taxonomy_document

OUTSIDE = "非本业"
HALVES = ("read", "unread")
KINDS = {
    "投诉": "complaint",
    "报修": "repair",
    "咨询": "inquiry",
    "建议": "suggestion",
    "求助": "help",
    "表扬": "praise",
}
Row = dict[str, str]
Judged = list[tuple[Row, Classification]]

CUES: dict[str, Callable[[Classification], bool]] = {
    "people": lambda c: c.cues.people is not None,
    "media": lambda c: c.cues.media != "none",
    "legal": lambda c: c.cues.legal != "none",
    "safety": lambda c: c.cues.safety,
    "repeat": lambda c: c.cues.repeat,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labelled", type=Path)
    parser.add_argument("--half", choices=HALVES, help="only the half whose misses are read, or the other")
    parser.add_argument("--speed", action="store_true", help="compare with a plain dictionary scan")
    parser.add_argument(
        "--misses", action="store_true", help="print each row of the read half judged wrongly"
    )
    options = parser.parse_args()
    taxonomy = Taxonomy.from_document(load_taxonomy_document("five"))
    with options.labelled.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if options.half in {None, half_of(row)}]
    judged = [(row, classify(row["text"], taxonomy)) for row in rows]
    print_accuracy(judged, taxonomy)
    print_cues(judged)
    print_confusion(judged, taxonomy)
    if options.misses:
        print_misses([(row, c) for row, c in judged if half_of(row) == "read"], taxonomy)
    if options.speed:
        print_speed([row["text"] for row, _ in judged], taxonomy)


def half_of(row: Row) -> str:
    """The half of a row, the same on every machine."""
    return HALVES[hashlib.sha256((row.get("id") or row["text"]).encode()).digest()[-1] % 2]


def label_of(judgement: Classification, taxonomy: Taxonomy) -> str:
    return taxonomy.title(judgement.category, "zh") if judgement.in_scope else OUTSIDE


def accepted(row: Row) -> set[str]:
    return {row["category"], row["category2"]} - {""}


def category_right(row: Row, judgement: Classification, taxonomy: Taxonomy) -> bool:
    return label_of(judgement, taxonomy) in accepted(row)


def kind_right(row: Row, judgement: Classification) -> bool:
    return KINDS[row["kind"]] == judgement.kind


def scope_right(row: Row, judgement: Classification, labels: Iterable[str]) -> bool:
    return judgement.in_scope in {label != OUTSIDE for label in labels}


def share(marks: Iterable[bool]) -> float:
    values = list(marks)
    return sum(values) / len(values)


def print_accuracy(judged: Judged, taxonomy: Taxonomy) -> None:
    print(f"rows      {len(judged)}")
    print(f"category  {share(category_right(r, c, taxonomy) for r, c in judged):.3f}")
    print(f"kind      {share(kind_right(r, c) for r, c in judged):.3f}")
    print(f"in scope  {share(scope_right(r, c, accepted(r)) for r, c in judged):.3f}  (either label)")
    print(f"in scope  {share(scope_right(r, c, [r['category']]) for r, c in judged):.3f}  (first label)")


def print_cues(judged: Judged) -> None:
    print("\ncue       precision  recall    F1     (of)")
    for cue, guess in CUES.items():
        truth = [row[cue] not in {"", "no"} for row, _ in judged]
        guesses = [guess(judgement) for _, judgement in judged]
        hits = sum(t and g for t, g in zip(truth, guesses, strict=True))
        precision, recall = hits / max(1, sum(guesses)), hits / max(1, sum(truth))
        f1 = 2 * hits / max(1, sum(guesses) + sum(truth))
        print(f"{cue:9} {precision:9.2f} {recall:7.2f} {f1:7.2f}   ({sum(truth)})")


def print_confusion(judged: Judged, taxonomy: Taxonomy) -> None:
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row, judgement in judged:
        guess = label_of(judgement, taxonomy)
        table[guess if guess in accepted(row) else row["category"]][guess] += 1
    labels = [titles["zh"] for titles in taxonomy.categories.values()] + [OUTSIDE]
    print("\n| labelled \\ proposed | " + " | ".join(labels) + " |")
    print("|---" * (len(labels) + 1) + "|")
    for label in labels:
        print(f"| {label} | " + " | ".join(str(table[label][guess]) for guess in labels) + " |")


def print_misses(judged: Judged, taxonomy: Taxonomy) -> None:
    for number, (row, judgement) in enumerate(judged):
        wrong = [
            f"{cue} {row[cue] or '-'}/{guess(judgement)}"
            for cue, guess in CUES.items()
            if guess(judgement) != (row[cue] not in {"", "no"})
        ]
        if not category_right(row, judgement, taxonomy):
            wrong.append(
                f"category {'|'.join(sorted(accepted(row)))} <> {label_of(judgement, taxonomy)} "
                f"({judgement.rule} {judgement.words})"
            )
        if not kind_right(row, judgement):
            wrong.append(f"kind {row['kind']} <> {judgement.kind}")
        if wrong:
            print(f"{number} {row['text'][:60]!r}\n    " + "\n    ".join(wrong))


def print_speed(texts: list[str], taxonomy: Taxonomy) -> None:
    """Time texts of 80 characters against a plain scan: each position tries the words of its character."""
    sample = [text[:80] for text in texts]
    families = taxonomy.matcher.families
    by_first: defaultdict[str, list[str]] = defaultdict(list)
    for word in {word for family in families for rule in family.rules for word in rule.words}:
        by_first[word[0]].append(word)

    def plain() -> None:
        for text in sample:
            for at, first in enumerate(text):
                for word in by_first.get(first, ()):
                    text.startswith(word, at)

    def ours() -> None:
        for text in sample:
            classify(text, taxonomy)

    scan, full = (
        min(timeit.repeat(run, number=5, repeat=7)) / 5 / len(sample) * 1e6 for run in (plain, ours)
    )
    print(f"\n{full:.1f} µs a text; a plain scan of the same words {scan:.1f} µs; ratio {full / scan:.2f}")


if __name__ == "__main__":
    main()

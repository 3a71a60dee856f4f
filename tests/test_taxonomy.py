"""The taxonomies as data: every code of K1 with its titles, and word lists that keep their own rules."""

import json
from collections import Counter
from typing import Any

import pytest

from kfcs.rules.classify import Taxonomy
from kfcs.taxonomy import TAXONOMIES, load_taxonomy_document

FIVE = {
    "quality": "crack leak decoration door-window fitting electrical plumbing hvac lift landscape common",
    "design": "master-plan public-facility building layout living",
    "sales": "promise contract refund handover-delay deed advertising process",
    "property": "security cleaning greening fee parking facility noise order",
    "other": "attitude repair-service service-quality",
}
EIGHT = ["house", "equipment", "safety", "environment", "general-service", "neighbour", "developer", "other"]
DEPARTMENTS = {"engineering", "sales", "property-company", "customer-service"}
WORD_TABLES = ("topics", "scope", "kinds", "cues", "demand")


def taxonomy(code: str) -> Taxonomy:
    return Taxonomy.from_document(load_taxonomy_document(code))


def rules(document: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [
        (f"{table}.{name}", [token.partition(":")[0].lstrip("+-") for token in line.split()])
        for table in WORD_TABLES
        for name, line in document[table].items()
    ]


def test_k1_five_holds_exactly_the_codes_of_the_procedure() -> None:
    five = taxonomy("five")
    assert list(five.categories) == list(FIVE)
    assert list(five.subcategories) == [f"{c}.{s}" for c, subs in FIVE.items() for s in subs.split()]


def test_k1_eight_holds_exactly_the_classes_of_the_guide() -> None:
    eight = taxonomy("eight")
    assert list(eight.categories) == EIGHT
    assert not eight.subcategories


@pytest.mark.parametrize("code", TAXONOMIES)
def test_k1_every_code_has_both_titles_and_a_department(code: str) -> None:
    loaded = taxonomy(code)
    for name in [*loaded.categories, *loaded.subcategories]:
        assert any("\u4e00" <= c <= "\u9fff" for c in loaded.title(name, "zh")), name
        assert loaded.title(name, "en").isascii(), name
        assert loaded.department(name) in DEPARTMENTS, name


@pytest.mark.parametrize("code", TAXONOMIES)
def test_k1_titles_differ(code: str) -> None:
    loaded = taxonomy(code)
    for lang in ("zh", "en"):
        titles = [loaded.title(name, lang) for name in [*loaded.categories, *loaded.subcategories]]
        assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("code", TAXONOMIES)
def test_k1_every_topic_is_filed_once_and_exists(code: str) -> None:
    loaded = taxonomy(code)
    filed = {rule.removeprefix("topic.") for rule in loaded.homes}
    assert filed == set(loaded.document["topics"])
    listed = " ".join(entry.get("topics", "") for entry in loaded.document["categories"].values()).split()
    assert len(set(listed)) == len(listed)


def test_k2_words_are_short_and_unique_within_a_rule() -> None:
    for rule, words in rules(load_taxonomy_document("five")):
        assert all(2 <= len(word) <= 8 for word in words), (rule, [w for w in words if not 2 <= len(w) <= 8])
        assert not [word for word, count in Counter(words).items() if count > 1], rule


def test_k2_words_are_in_the_form_that_texts_are_matched_in() -> None:
    for rule, words in rules(load_taxonomy_document("five")):
        assert all(word == word.casefold() for word in words), rule


def test_k2_a_variant_is_one_character_for_another_that_is_none_itself() -> None:
    pairs = load_taxonomy_document("five")["spelling"]["variants"].split()
    assert {len(pair) for pair in pairs} == {2}
    others, ours = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    assert len(others) == len(pairs)
    assert not others & ours


def test_k2_no_word_is_written_with_a_variant() -> None:
    document = load_taxonomy_document("five")
    others = {pair[0] for pair in document["spelling"]["variants"].split()}
    assert not [word for _, words in rules(document) for word in words if others & set(word)]


@pytest.mark.parametrize("table", ["topics", "kinds"])
def test_k2_what_may_be_denied_exists(table: str) -> None:
    document = load_taxonomy_document("five")
    assert set(document["denial"][table].split()) <= set(document[table])


@pytest.mark.parametrize("code", TAXONOMIES)
def test_the_document_survives_json(code: str) -> None:
    document = load_taxonomy_document(code)
    assert json.loads(json.dumps(document)) == document
    assert document["code"] == code


def test_an_unknown_taxonomy_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'nine'.*five, eight"):
        load_taxonomy_document("nine")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("quality", ("quality", None)),
        ("quality.leak", ("quality", "quality.leak")),
        ("Quality / Leak", ("quality", "quality.leak")),
        ("sales.handover_delay", ("sales", "sales.handover-delay")),
        ("工程质量", ("quality", None)),
        (" 工程 质量　", ("quality", None)),
        ("渗漏", ("quality", "quality.leak")),
        ("工程质量.渗漏", ("quality", "quality.leak")),
        ("工程质量／渗漏", ("quality", "quality.leak")),
        ("秩序维护/安保", ("property", "property.security")),
        ("安保", ("property", "property.security")),
        ("ｑｕａｌｉｔｙ．ｌｅａｋ", ("quality", "quality.leak")),
        ("Title deeds", ("sales", "sales.deed")),
    ],
)
def test_k2_a_person_may_name_a_category_by_code_or_title(said: str, meant: tuple[str, str | None]) -> None:
    assert taxonomy("five").resolve(said) == meant


@pytest.mark.parametrize("said", ["", "  ", "房屋", "quality.lea", "leaks!?", "漏"])
def test_k2_what_names_no_category_resolves_to_none(said: str) -> None:
    assert taxonomy("five").resolve(said) is None


def test_k1_codes_are_told_from_titles() -> None:
    five = taxonomy("five")
    assert five.is_code("quality")
    assert five.is_code("property.security")
    assert not five.is_code("工程质量")
    assert five.category_of("property.security") == "property"
    assert five.category_of("property") == "property"
    with pytest.raises(KeyError):
        five.title("nothing", "zh")

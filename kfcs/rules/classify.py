"""Propose kind, category, scope and cues of a text from its words (SPEC K1, K2).

Deterministic, offline, pure. Each topic collects the weights of its words, each category those of its topics;
the highest wins, and the topic that gave most names the sub-category. What lies outside the trade is weighed
against what speaks for us. A person may overrule every proposal.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from kfcs.rules.cues import Cues, People, read_cues
from kfcs.rules.keywords import Denials, Family, Findings, Matcher, Rule, normalise, plain

__all__ = ["Classification", "Cues", "Taxonomy", "classify", "text_key"]

DEFAULT_KIND = "complaint"
QUESTION_KIND = "inquiry"
DEFAULT_RULE = "default"
HOME = "scope.home"
"""The rule whose words speak for us; every other scope rule speaks against."""
LEAST_CONFIDENCE = 0.1
KEY_LENGTH = 6
"""A shorter text key says too little to call two texts near-identical."""

SUBJECT_OPENING = 2.0
KIND_OPENING = 4.0
"""How much more the first sentence says about the matter, and about what the writer wants."""
KIND_HEAD_START = 5.0
"""What the default kind has before any word is read: a front desk logs complaints."""
QUESTION = 3.0
"""What a first sentence put as a question adds to an inquiry that some word names; 没人管吗? alone asks nothing."""
PLAIN_QUESTION = 6.0
"""What it adds where no word blames anybody: 周末能装修吗 is a question without a word that says so."""
DOUBT = 4.0
"""The score at which one lone category is trusted by half."""
SCOPE_LIMIT = 3.0
HOME_SHARE = 0.5
TOPIC_SHARE = 0.35
"""A text lies outside the trade when its foreign words pass the limit and these shares of what is ours."""
LONG_TEXT = 60
"""From this length on, a text that never names estate, owner or developer gets no limit for free."""

_SEPARATORS = re.compile(r"[\s./／、,;:>·\-_]+")


class Classification(NamedTuple):
    """What the rules propose for one text, with the rule and the words that decided."""

    kind: str
    category: str
    subcategory: str | None
    in_scope: bool
    confidence: float
    rule: str
    words: tuple[str, ...]
    cues: Cues
    demand: str | None


class Taxonomy:
    """Categories with their titles and topics, and the word lists that lead to them; from plain data."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    @classmethod
    def from_document(cls, doc: Mapping[str, Any]) -> "Taxonomy":
        """A taxonomy from its merged document; nothing is compiled before it is needed."""
        return cls(doc)

    @property
    def code(self) -> str:
        """The taxonomy's own code: five, eight."""
        return str(self.document["code"])

    @property
    def fallback(self) -> str:
        """The category of a text that no rule knows."""
        return str(self.document["fallback"])

    @cached_property
    def categories(self) -> dict[str, Mapping[str, str]]:
        """Each category's titles by language."""
        return {code: _titles(entry) for code, entry in self.document["categories"].items()}

    @cached_property
    def subcategories(self) -> dict[str, Mapping[str, str]]:
        """Each sub-category's titles by language, under its full dotted code."""
        return {code: _titles(entry) for code, entry in self._subcategory_entries.items()}

    def title(self, code: str, lang: str) -> str:
        """The title of a code; KeyError for an unknown one, English for a language we do not have."""
        titles = self.categories.get(code) or self.subcategories[code]
        return titles.get(lang, titles["en"])

    def is_code(self, text: str) -> bool:
        """Whether this is exactly the code of a category or sub-category."""
        return text in self.categories or text in self.subcategories

    def category_of(self, subcategory: str) -> str:
        """The category of a full code; a category is its own."""
        return subcategory.partition(".")[0]

    def department(self, code: str) -> str | None:
        """Who answers for a code (K4), before the months since handover are looked at."""
        return self.field_of(code, "department")

    def field_of(self, code: str, name: str) -> str | None:
        """A field filed under a sub-category or else under its category; None where neither has it."""
        category = self.document["categories"].get(self.category_of(code), {})
        found = self._subcategory_entries.get(code, {}).get(name, category.get(name))
        return None if found is None else str(found)

    def resolve(self, text: str) -> tuple[str, str | None] | None:
        """The (category, sub-category) that a person means by a code or a title, however it is spaced."""
        code = self._names.get(_name_key(text))
        if code is None:
            return None
        return self.category_of(code), code if code in self.subcategories else None

    @cached_property
    def matcher(self) -> Matcher:
        """The compiled rules; topics and scope are one family, so that 自来水公司 speaks for 自来水."""
        denied = self.document["denial"]
        topics, kinds = (frozenset(denied[table].split()) for table in ("topics", "kinds"))
        subject = _rules(self.document["topics"], "topic", topics) + _rules(self.document["scope"], "scope")
        families = (
            Family(subject, SUBJECT_OPENING),
            Family(_rules(self.document["kinds"], "kind", kinds), KIND_OPENING),
            Family(_rules(self.document["cues"], "cue", frozenset(self.document["cues"]))),
            Family(_rules(self.document.get("demand", {}), "demand")),
        )
        return Matcher(families, _denials(denied))

    @cached_property
    def spelling(self) -> dict[int, int]:
        """What `str.translate` needs to write a text in the characters of the words."""
        return {ord(other): ord(ours) for other, ours in self.document["spelling"]["variants"].split()}

    @cached_property
    def people(self) -> People:
        """What tells how many a text speaks for."""
        return People(self.document["people"])

    @cached_property
    def homes(self) -> dict[str, tuple[str, str | None]]:
        """Where each topic is filed, by rule id: (category, sub-category)."""
        homes: dict[str, tuple[str, str | None]] = {}
        for code, entry in self.document["categories"].items():
            homes |= {f"topic.{topic}": (code, None) for topic in entry.get("topics", "").split()}
        for code, entry in self._subcategory_entries.items():
            topics = entry.get("topics", code.partition(".")[2]).split()
            homes |= {f"topic.{topic}": (self.category_of(code), code) for topic in topics}
        return homes

    @cached_property
    def foreign(self) -> frozenset[str]:
        """The rules, by id, whose words speak against us."""
        return frozenset(f"scope.{name}" for name in self.document["scope"]) - {HOME}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The kind that each rule speaks for, by rule id."""
        return {f"kind.{name}": name for name in self.document["kinds"]}

    @cached_property
    def _subcategory_entries(self) -> dict[str, Mapping[str, Any]]:
        tables = self.document.get("subcategories", {})
        return {f"{category}.{code}": e for category, table in tables.items() for code, e in table.items()}

    @cached_property
    def _names(self) -> dict[str, str]:
        """Every name by its key; categories last, so that theirs holds where a sub-category shares it."""
        names: dict[str, str] = {}
        for code, titles in (self.subcategories | self.categories).items():
            parents = self.categories[self.category_of(code)] if "." in code else {}
            for lang, title in titles.items():
                names |= dict.fromkeys(map(_name_key, [title, *title.split("/")]), code)
                if lang in parents:
                    names[_name_key(parents[lang] + title)] = code
            names[_name_key(code)] = code
        return names


def classify(text: str, taxonomy: Taxonomy) -> Classification:
    """What the rules propose for a text (K2)."""
    found = taxonomy.matcher.scan(normalise(text).translate(taxonomy.spelling))
    totals = _category_totals(found, taxonomy)
    foreign = {rule: score for rule, score in found.scores.items() if rule in taxonomy.foreign}
    outside = _outside_rule(found, totals, foreign)
    category, subcategory, rule = (
        (taxonomy.fallback, None, outside) if outside else _subject(found, totals, taxonomy)
    )
    return Classification(
        kind=_kind(found, taxonomy.kinds),
        category=category,
        subcategory=subcategory,
        in_scope=not outside,
        confidence=_confidence(totals, foreign if outside else {}),
        rule=rule,
        words=tuple(found.words.get(rule, ())),
        cues=read_cues(found, taxonomy.people),
        demand=None if outside else _demand(found, subcategory or category, taxonomy),
    )


@lru_cache(maxsize=4096)
def text_key(text: str) -> str:
    """The normal form of near-identical texts (C3): letters and Han characters; empty below six."""
    key = "".join(filter(str.isalpha, plain(text)))
    return key if len(key) >= KEY_LENGTH else ""


def _category_totals(found: Findings, taxonomy: Taxonomy) -> dict[str, float]:
    totals: dict[str, float] = {}
    homes = taxonomy.homes
    for rule, score in found.scores.items():
        if rule in homes:
            category = homes[rule][0]
            totals[category] = totals.get(category, 0.0) + score
    return totals


def _outside_rule(found: Findings, totals: Mapping[str, float], foreign: Mapping[str, float]) -> str | None:
    """The rule that puts a text outside the trade, or None for what is ours."""
    home = found.scores.get(HOME, 0.0)
    ours = HOME_SHARE * home + TOPIC_SHARE * max(totals.values(), default=0.0)
    limit = SCOPE_LIMIT if home or len(found.text) < LONG_TEXT else 0.0
    if sum(foreign.values()) <= limit + ours:
        return None
    return _highest(foreign)


def _subject(found: Findings, totals: Mapping[str, float], taxonomy: Taxonomy) -> tuple[str, str | None, str]:
    """The category with the highest total; in it the highest topic, one with a sub-category first."""
    if not totals:
        return taxonomy.fallback, None, DEFAULT_RULE
    category = _highest(totals)
    homes = taxonomy.homes
    topics = {r: s for r, s in found.scores.items() if r in homes and homes[r][0] == category}
    named = {r: s for r, s in topics.items() if homes[r][1]}
    rule = _highest(named or topics)
    return category, homes[rule][1], rule


def _kind(found: Findings, kinds: Mapping[str, str]) -> str:
    scores = {kinds[rule]: score for rule, score in found.scores.items() if rule in kinds}
    if found.asks and DEFAULT_KIND not in scores:
        scores[QUESTION_KIND] = scores.get(QUESTION_KIND, 0.0) + PLAIN_QUESTION
    elif found.asks and QUESTION_KIND in scores:
        scores[QUESTION_KIND] += QUESTION
    scores[DEFAULT_KIND] = scores.get(DEFAULT_KIND, 0.0) + KIND_HEAD_START
    return _highest(scores)


def _confidence(totals: Mapping[str, float], against: Mapping[str, float]) -> float:
    """How far the winner is ahead, doubted where little was said; two decimals. ``against`` is what has put the text
    outside the trade, if anything has."""
    ranked = sorted(totals.values(), reverse=True)
    if against:
        ranked.insert(0, sum(against.values()))
    if not ranked:
        return LEAST_CONFIDENCE
    first, second = (*ranked, 0.0)[:2]
    return round(max(LEAST_CONFIDENCE, first / (first + second + DOUBT)), 2)


def _demand(found: Findings, code: str, taxonomy: Taxonomy) -> str | None:
    """The field ``demand`` of K1: what is filed under the code, unless words raise it within its letter."""
    filed = taxonomy.field_of(code, "demand")
    if filed is None:
        return None
    raised = (name for name in taxonomy.document["demand"] if name[0] == filed[0])
    return next((name for name in raised if f"demand.{name}" in found.scores), filed)


def _highest(scores: Mapping[str, float]) -> str:
    """The key with the highest score; of equals the first found, which the text's own order decides."""
    return max(scores, key=scores.__getitem__)


def _titles(entry: Mapping[str, Any]) -> Mapping[str, str]:
    return {lang: str(entry[lang]) for lang in ("zh", "en")}


def _name_key(text: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).casefold())


def _rules(table: Mapping[str, str], family: str, deniable: frozenset[str] = frozenset()) -> tuple[Rule, ...]:
    return tuple(Rule.parse(f"{family}.{name}", line, name in deniable) for name, line in table.items())


def _denials(table: Mapping[str, str]) -> Denials:
    def words(key: str) -> tuple[str, ...]:
        return tuple(table[key].split())

    return Denials(words("before"), words("after"), words("filler"), table["except_after"])

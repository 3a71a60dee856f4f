"""Find the words of many keyword rules in one pass over a text (SPEC K2: deterministic, offline).

A rule is a line of words: ``漏水:3 渗水 +厨房 -空调``. A bare word weighs 2, ``word:weight`` weighs what it
says; with ``+word`` the rule counts only if one such word stands anywhere in the text, with ``-word`` never
if it does; ``_`` stands for a space.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from operator import add
from typing import NamedTuple

DEFAULT_WEIGHT = 2.0
OPENING_LENGTH = 40
"""A matter is usually named in the first sentence; that sentence ends here at the latest."""
TITLE_LENGTH = 60
"""A first sentence that ends within this many characters tells by its ending whether it asks."""
REPEAT_FACTORS = (1.0, 0.5)
"""What the first and second occurrence of a word add; later ones nothing, so that ranting does not decide."""

# NFKC does the same, ten times slower: a text without these is mostly in normal form already
_PUNCTUATION = tuple(zip("，！？：；（）", ",!?:;()", strict=True))
LAST_ASCII = "\x7f"
_LOOSE_SPACE = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_ASKING = frozenset("吗嘛么")
_SENTENCE_END = re.compile(r"[。!?]")


def normalise(text: str) -> str:
    """One form for matching: NFKC, casefolded, white space only between Latin words."""
    text = " ".join(plain(text).split())
    return _LOOSE_SPACE.sub("", text) if " " in text else text


def plain(text: str) -> str:
    """NFKC, casefolded."""
    for wide, narrow in _PUNCTUATION:
        text = text.replace(wide, narrow)
    return unicodedata.normalize("NFKC", text).casefold()


class Rule(NamedTuple):
    """One rule: the weight of each word, the words it needs beside it, and those that void it."""

    id: str
    words: Mapping[str, float]
    needs: tuple[str, ...] = ()
    voids: tuple[str, ...] = ()
    deniable: bool = False

    @classmethod
    def parse(cls, rule_id: str, line: str, deniable: bool = False) -> "Rule":
        """Read the one-line form; ``deniable`` rules ignore a word that the text denies (没有漏水)."""
        words: dict[str, float] = {}
        marked: dict[str, list[str]] = {"+": [], "-": []}
        for token in line.split():
            if token[0] in marked and len(token) > 1:
                marked[token[0]].append(token[1:])
            else:
                word, _, weight = token.partition(":")
                words[word.replace("_", " ")] = float(weight) if weight else DEFAULT_WEIGHT
        return cls(rule_id, words, tuple(marked["+"]), tuple(marked["-"]), deniable)

    def applies_to(self, text: str) -> bool:
        """Whether the surroundings allow this rule."""
        return (not self.needs or any(word in text for word in self.needs)) and not any(
            word in text for word in self.voids
        )


class Denials:
    """What denies a word standing next to it, before (未见裂缝) or after (裂缝未见)."""

    REACH = 8

    def __init__(
        self,
        before: tuple[str, ...] = (),
        after: tuple[str, ...] = (),
        filler: tuple[str, ...] = (),
        except_after: str = "",
    ) -> None:
        self.before = before
        self.after = after
        self.filler = filler
        self.except_after = except_after

    def covers(self, text: str, start: int, end: int) -> bool:
        """Whether the word at ``start:end`` is denied; only fillers stand between: 没有修好漏水 is not."""
        before = start > 0 and text[start - 1] in self._last_characters
        if before and self._before.search(text[max(0, start - self.REACH) : start]):
            return True
        after = text[end : end + 1] in self._first_characters
        return after and self._after.match(text, end, end + self.REACH) is not None

    @cached_property
    def _last_characters(self) -> frozenset[str]:
        return frozenset(word[-1] for word in self.before + self.filler)

    @cached_property
    def _first_characters(self) -> frozenset[str]:
        return frozenset(word[0] for word in self.after + self.filler) if self.after else frozenset()

    @cached_property
    def _before(self) -> re.Pattern[str]:
        guard = f"(?<![{re.escape(self.except_after)}])" if self.except_after else ""
        return re.compile(f"{guard}{either(self.before)}{either(self.filler)}{{0,3}}$")

    @cached_property
    def _after(self) -> re.Pattern[str]:
        return re.compile(f"{either(self.filler)}{{0,3}}{either(self.after)}")


def either(words: Iterable[str]) -> str:
    """A pattern for any of these words, the longest first; without words it never matches."""
    return f"(?:{'|'.join(sorted(map(re.escape, words), key=len, reverse=True)) or '(?!)'})"


class Findings:
    """What a scan found: the score of each rule by id, and its words in order of appearance."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.scores: dict[str, float] = {}
        self.words: dict[str, list[str]] = {}

    @property
    def asks(self) -> bool:
        """Whether the first sentence is put as a question (…?, …吗); a title may be longer than an opening."""
        end = _SENTENCE_END.search(self.text, 0, TITLE_LENGTH)
        at = end.start() if end else min(len(self.text), TITLE_LENGTH)
        return self.text[at : at + 1] == "?" or self.text[at - 1 : at] in _ASKING

    def add(self, rule_id: str, word: str, points: float) -> None:
        """Count one occurrence."""
        if rule_id not in self.scores:
            self.scores[rule_id] = points
            self.words[rule_id] = [word]
            return
        self.scores[rule_id] += points
        if word not in self.words[rule_id]:
            self.words[rule_id].append(word)


class Family(NamedTuple):
    """Rules that compete; ``opening`` is what a word in the first sentence counts for more."""

    rules: tuple[Rule, ...]
    opening: float = 1.0


Shares = tuple[tuple[str, float, bool], ...]
"""What a word counts for within a family: (rule id, weight, whether a denial takes it back)."""
Uses = tuple[tuple[int, Shares], ...]
"""What a word counts for, by family."""


class Matcher:
    """The rules of several families, found by the first two characters of their words.

    Within a family the longer word speaks for the shorter one inside it: 停车费 is a fee, not 停车.
    """

    def __init__(self, families: tuple[Family, ...], denials: Denials | None = None) -> None:
        self.families = families
        self.denials = denials or Denials()

    def scan(self, text: str) -> Findings:
        """Find every word in a normalised text; the cost grows with its length only.

        ``covered`` is how far the words found so far reach, by family: a longer word holds the shorter ones inside it.
        """
        found = Findings(text)
        opening = _opening_end(text)
        covered = [0] * len(self.families)
        seen: dict[str, int] = {}
        sizes, words = self._sizes, self._words
        openings = [family.opening for family in self.families]
        for at in [i for i, pair in enumerate(map(add, text, text[1:])) if pair in sizes]:
            for size in sizes[text[at : at + 2]]:
                word = text[at : at + size]
                if word in words and (word > LAST_ASCII or _stands_alone(text, at, word)):
                    count = seen[word] = seen.get(word, -1) + 1
                    end = at + len(word)
                    for family, shares in words[word]:
                        if end <= covered[family]:
                            continue
                        covered[family] = end
                        if count < len(REPEAT_FACTORS):
                            stress = openings[family] if at < opening else 1.0
                            self._count(found, word, at, shares, REPEAT_FACTORS[count] * stress)
        return self._fitting(found)

    def _count(self, found: Findings, word: str, at: int, shares: Shares, factor: float) -> None:
        """Give the word's points to its rules, unless it is denied."""
        denied: bool | None = None
        for rule_id, weight, deniable in shares:
            if deniable and denied is None:
                denied = self.denials.covers(found.text, at, at + len(word))
            if not (deniable and denied):
                found.add(rule_id, word, weight * factor)

    def _fitting(self, found: Findings) -> Findings:
        """Drop the rules whose surroundings are missing or wrong."""
        for rule in self._conditional:
            if rule.id in found.scores and not rule.applies_to(found.text):
                del found.scores[rule.id], found.words[rule.id]
        return found

    @cached_property
    def _conditional(self) -> tuple[Rule, ...]:
        rules = (rule for family in self.families for rule in family.rules)
        return tuple(rule for rule in rules if rule.needs or rule.voids)

    @cached_property
    def _words(self) -> dict[str, Uses]:
        uses: dict[str, dict[int, list[tuple[str, float, bool]]]] = {}
        for number, family in enumerate(self.families):
            for rule in family.rules:
                for word, weight in rule.words.items():
                    uses.setdefault(word, {}).setdefault(number, []).append((rule.id, weight, rule.deniable))
        return {word: tuple((n, tuple(shares)) for n, shares in by.items()) for word, by in uses.items()}

    @cached_property
    def _sizes(self) -> dict[str, tuple[int, ...]]:
        """By the first two characters of the words: how long those words are, the longest first."""
        sizes: defaultdict[str, set[int]] = defaultdict(set)
        for word in self._words:
            sizes[word[:2]].add(len(word))
        return {pair: tuple(sorted(found, reverse=True)) for pair, found in sizes.items()}


def _opening_end(text: str) -> int:
    end = _SENTENCE_END.search(text, 0, OPENING_LENGTH)
    return end.start() if end else OPENING_LENGTH


def _stands_alone(text: str, at: int, word: str) -> bool:
    """Latin words are stems from a word's start (leak: leaking); up to three letters are the whole word."""
    end = at + len(word)
    starts = at == 0 or not (text[at - 1].isascii() and text[at - 1].isalpha())
    ends = len(word) > 3 or end >= len(text) or not (text[end].isascii() and text[end].isalpha())
    return starts and ends

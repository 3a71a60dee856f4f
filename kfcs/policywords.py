"""The rules of a policy in words that a branch head can read (SPEC P1): what `kfcs policy show` prints."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kfcs import words
from kfcs.errors import Message, N_, Term, say
from kfcs.i18n import _, language, render, shown
from kfcs.rules.classify import Taxonomy
from kfcs.rules.durations import Duration
from kfcs.rules.policy import CLOCKED_KINDS

PARTS = {
    "level": N_("level"),
    "clock": N_("time limit"),
    "ladder": N_("ladder"),
    "event": N_("at once"),
    "routing": N_("department"),
    "closure": N_("closure"),
}
"""The parts of a policy, as people call them."""


@dataclass(frozen=True, slots=True)
class RuleInWords:
    """One rule of a policy. ``rule`` says what it demands, in the language spoken now."""

    part: str
    id: str
    title: str
    rule: str
    clause: str | None
    assumed: bool


def policy_in_words(document: Mapping[str, Any]) -> list[RuleInWords]:
    """Every rule of a merged policy document, part by part."""
    return list(_Words(document).rules())


class _Words:
    """One policy's words: its levels and categories have names of their own."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.taxonomy = Taxonomy.from_document(document["taxonomy_document"])

    def rules(self) -> Iterator[RuleInWords]:
        for row in self.document["grading"]["rule"]:
            yield _stated("level", row, self.level_rule(row))
        for row in self.document["clock"]:
            if not row.get("off"):
                yield _stated("clock", row, self.clock(row))
        for row in sorted(self.document["ladder"], key=lambda row: (bool(row.get("when")), row["rung"])):
            yield _stated("ladder", row, self.rung(row))
        for row in self.document["event"]:
            if not row.get("off"):
                yield _stated("event", row, self.event(row))
        for row in self.document["routing"]:
            yield _stated("routing", row, self.route(row))
        yield from _closure(self.document["closure"])

    # ------------------------------------------------------------ parts

    def level_rule(self, row: Mapping[str, Any]) -> str:
        level = self.level(row["level"])
        return _text(N_("{level}: {condition}"), level=level, condition=self.condition(row.get("any")))

    def clock(self, row: Mapping[str, Any]) -> str:
        until = row["until"]
        ends = [_act(name) for name in ([until] if isinstance(until, str) else until)]
        parts = [
            _text(N_("{limit} from {start} to {end}"), limit=limit_words(row["limit"]), start=_act(row["from"]), end=_either(ends))
        ]
        kinds = row.get("kinds", CLOCKED_KINDS)
        if set(kinds) != set(CLOCKED_KINDS):
            parts.append(_text(N_("for: {kinds}"), kinds=[Term("kind", kind) for kind in kinds]))
        if "levels" in row:
            parts.append(_text(N_("levels: {levels}"), levels=self.levels(row["levels"])))
        if "when" in row:
            parts.append(_text(N_("only where {condition}"), condition=self.condition(row["when"])))
        parts += [self.exception(item) for item in row.get("except", ())]
        if row.get("warn"):
            parts.append(_text(N_("warning at {shares} of the time"), shares=row["warn"]))
        return _chained(parts)

    def exception(self, item: Mapping[str, Any]) -> str:
        condition = self.condition(item["when"])
        limit, start = item.get("limit"), item.get("from")
        if limit is None:
            return _text(N_("where {condition}: from {start}"), condition=condition, start=_act(str(start)))
        if start is None:
            return _text(N_("where {condition}: {limit}"), condition=condition, limit=limit_words(limit))
        return _text(
            N_("where {condition}: {limit} from {start}"), condition=condition, limit=limit_words(limit), start=_act(start)
        )

    def rung(self, row: Mapping[str, Any]) -> str:
        after = row.get("after")
        when = _("at the breach") if after is None else _text(N_("{time} after the breach"), time=limit_words(after))
        said = _text(
            N_("rung {rung}: {recipient}, {moment}"), rung=row["rung"], recipient=Term("recipient", row["to"]), moment=when
        )
        if "when" not in row:
            return said
        return _chained([said, _text(N_("only where {condition}"), condition=self.condition(row["when"]))])

    def event(self, row: Mapping[str, Any]) -> str:
        parts = [_text(N_("reaches at once the rungs {rungs}"), rungs=row["rungs"])]
        if "levels" in row:
            parts.append(_text(N_("levels: {levels}"), levels=self.levels(row["levels"])))
        if "threshold" in row:
            parts.append(_text(N_("from {count} on"), count=row["threshold"]))
        return _chained(parts)

    def route(self, row: Mapping[str, Any]) -> str:
        return _text(
            N_("{department}: {condition}"),
            department=Term("department", row["department"]),
            condition=self.condition(row.get("any")),
        )

    def level(self, level: int) -> str:
        return str(self.document["grading"]["names"][str(level)][language()])

    def levels(self, levels: Sequence[int]) -> list[str]:
        return [self.level(level) for level in levels]

    # ------------------------------------------------------------ conditions

    def condition(self, rows: Any) -> str:
        """Alternatives in words; none at all: the rest."""
        if not rows:
            return _("all others")
        tables = [rows] if isinstance(rows, Mapping) else rows
        return _either([_all(self.comparison(fact, wanted) for fact, wanted in row.items()) for row in tables])

    def comparison(self, fact: str, wanted: Any) -> str:
        if fact in _FLAGS:
            return _(_FLAGS[fact]) if wanted else _text(N_("not: {fact}"), fact=say(_FLAGS[fact]))
        if fact in _NUMBERS:
            return f"{_(_NUMBERS[fact])} {_compared(wanted)}"
        if fact in _AGES:
            return _text(_AGES[fact], count=int(re.sub(r"\D", "", wanted)))
        codes = [wanted] if isinstance(wanted, str) else wanted
        return _text(N_("{fact} is {words}"), fact=_fact(fact), words=_either([self.word(fact, code) for code in codes]))

    def word(self, fact: str, code: str) -> str:
        if fact in ("category", "subcategory"):
            known = {**self.taxonomy.categories, **self.taxonomy.subcategories}
            return self.taxonomy.title(code, language()) if code in known else code
        return words.word(fact, code, language()) if fact in words.kinds() else code


def _stated(part: str, row: Mapping[str, Any], rule: str) -> RuleInWords:
    return RuleInWords(
        part=part,
        id=row["id"],
        title=row["title"][language()],
        rule=rule,
        clause=row["clause"],
        assumed=bool(row.get("assumed")),
    )


def _closure(closure: Mapping[str, Any]) -> Iterator[RuleInWords]:
    """The two figures of closing a case, which no source states."""
    quiet = _text(N_("{time} after resolution without a callback"), time=limit_words(closure["quiet"]))
    talks = _text(N_("at least {count} contacts"), count=closure["no_agreement_contacts"])
    yield RuleInWords("closure", "quiet", _("Closes by itself"), quiet, None, True)
    yield RuleInWords("closure", "no_agreement_contacts", _("Closed without agreement"), talks, None, True)


# ---------------------------------------------------------------- sentences


def _text(msgid: str, **params: object) -> str:
    return render(Message(msgid, params))


def _either(texts: Sequence[str]) -> str:
    return _(" or ").join(texts)


def _all(texts: Iterator[str]) -> str:
    return _(" and ").join(texts)


def _chained(texts: Sequence[str]) -> str:
    return _("; ").join(texts)


def _fact(fact: str) -> Message | Term:
    return Term("field", fact) if fact in words.kinds() else say(_WORDS[fact])


_UNITS: Mapping[str, tuple[str, str]] = {
    "m": (N_("one minute"), N_("{count} minutes")),
    "h": (N_("one hour"), N_("{count} hours")),
    "d": (N_("one day"), N_("{count} days")),
    "wd": (N_("one working day"), N_("{count} working days")),
    "om": (N_("one office minute"), N_("{count} office minutes")),
}


def limit_words(text: str) -> str:
    """A limit of a policy file in words: 5wd is 5 working days."""
    if text in _LIMITS:
        return _(_LIMITS[text])
    duration = Duration.parse(text)
    one, many = _UNITS[duration.unit]
    return _(one) if duration.amount == 1 else _text(many, count=duration.amount)


_LIMITS = {
    "own": N_("the time that was set"),
    "urgency": N_("the urgency of the case"),
    "same-day": N_("the same day"),
}

_OPERATORS = {
    ">=": N_("at least {number}"),
    ">": N_("more than {number}"),
    "<=": N_("at most {number}"),
    "<": N_("less than {number}"),
    "=": N_("exactly {number}"),
}


def _compared(wanted: int | str) -> str:
    match = re.fullmatch(r"(\D*?)\s*([\d.]+)", str(wanted).strip())
    assert match is not None, "a comparison was checked"
    return _text(_OPERATORS[match[1] or "="], number=shown(Decimal(match[2])))


def _act(name: str) -> str:
    return _(_ACTS[name])


_ACTS = {
    "log": N_("receipt"),
    "receipt": N_("first receipt"),
    "dispatch": N_("dispatch"),
    "dispatch.due": N_("a dispatch with a due time"),
    "contact": N_("contact with the customer"),
    "contact.reply": N_("reply to the customer"),
    "contact.plan": N_("plan told to the customer"),
    "contact.on-site": N_("presence at the scene"),
    "promise": N_("the promise to the customer"),
    "rectification.ordered": N_("the order to rectify"),
    "rectification.done": N_("rectification done"),
    "inspection": N_("inspection"),
    "resolution": N_("resolution"),
    "callback": N_("callback"),
    "closure": N_("closure"),
    "brief": N_("brief"),
    "silence": N_("the last act of a person"),
    "act": N_("the next act of a person"),
    "level": N_("reaching the level"),
}
"""What starts and stops clocks, in words."""

_FLAGS = {
    "no_agreement": N_("no agreement was reached"),
    "is_emergency": N_("an emergency"),
    "accident": N_("an accident"),
    "public_harm": N_("grave harm to the public"),
    "refund": N_("the home is to be given back"),
    "safety": N_("safety is at stake"),
    "vip": N_("an important customer"),
    "anonymous": N_("anonymous"),
    "sensitive": N_("not to be called back"),
    "coordinate": N_("a department must coordinate"),
    "outside_help": N_("outside help is needed"),
    "handled_before": N_("the same problem was handled before"),
    "our_fault": N_("through our fault"),
    "handed_over": N_("the project is handed over"),
}
_NUMBERS = {
    "people": N_("people"),
    "times": N_("times raised"),
    "claim": N_("claim in CNY"),
    "complainants": N_("different complainants on the matter"),
    "months_since_handover": N_("months since the handover"),
}
_AGES = {
    "unresolved_days": N_("unresolved for {count} days"),
    "unresolved_months": N_("unresolved for {count} months"),
}
_WORDS = {
    "subcategory": N_("sub-category"),
    "cause": N_("final cause"),
}
"""The facts of conditions in words; a test holds these tables to ``kfcs.rules.conditions.FACTS``."""

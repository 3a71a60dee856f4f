"""The rules of a policy in words that a branch head can read (SPEC P1): what `kfcs policy show` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kfcs.conditionwords import condition_words, either, in_words, limit_words
from kfcs.errors import N_, Term
from kfcs.i18n import _, language
from kfcs.obligationwords import obligation_words
from kfcs.rules.classify import Taxonomy
from kfcs.rules.overdue import RULE as OBLIGATION_OVERDUE
from kfcs.rules.policy import CLOCKED_KINDS
from kfcs.scorewords import penalty_words, score_item_words, scorecard_words
from kfcs.touchpointwords import touchpoint_words

PARTS = {
    "level": N_("grading"),
    "clock": N_("time limits"),
    "ladder": N_("ladder"),
    "event": N_("escalated at once"),
    "routing": N_("suggested department"),
    "obligation": N_("to hand in"),
    "touchpoint": N_("to tell and ask customers"),
    "scorecard": N_("scoring"),
    "penalty": N_("points and penalties"),
    "consent": N_("consent"),
    "sheet": N_("signed sheets"),
    "rates": N_("rates"),
    "closure": N_("closing"),
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
        for row in self.document["obligation"]:
            if not row.get("off"):
                yield _stated("obligation", row, obligation_words(row))
        for row in self.document["touchpoint"]:
            if not row.get("off"):
                yield _stated("touchpoint", row, touchpoint_words(row))
        if (card := self.document.get("scorecard")) is not None:
            yield _stated("scorecard", {"id": "scorecard", **card}, scorecard_words(card))
            for row in card["item"]:
                if not row.get("off"):
                    yield _stated("scorecard", row, score_item_words(row))
        for row in self.document["penalty"]:
            if not row.get("off"):
                yield _stated("penalty", row, penalty_words(row))
        if (consent := self.document.get("consent")) is not None:
            said = in_words(N_("levels: {levels}"), levels=self.levels(consent["levels"]))
            yield _stated("consent", consent, said)
        if (sheet := self.document.get("sheet")) is not None:
            yield _stated("sheet", sheet, _sheet(sheet))
        if (rates := self.document.get("rates")) is not None:
            without = [Term("validity", name) for name in rates["without"]]
            yield _stated(
                "rates", rates, in_words(N_("left out of every rate: {validities}"), validities=without)
            )
        yield from _closure(self.document["closure"])

    # ------------------------------------------------------------ parts

    def level_rule(self, row: Mapping[str, Any]) -> str:
        level = self.level(row["level"])
        return in_words(N_("{level}: {condition}"), level=level, condition=self.condition(row.get("any")))

    def clock(self, row: Mapping[str, Any]) -> str:
        until = row["until"]
        ends = [_act(name) for name in ([until] if isinstance(until, str) else until)]
        parts = [
            in_words(
                N_("from {start} to {end}: {limit}"),
                limit=limit_words(row["limit"]),
                start=_act(row["from"]),
                end=either(ends),
            )
        ]
        kinds = row.get("kinds", CLOCKED_KINDS)
        if set(kinds) != set(CLOCKED_KINDS):
            parts.append(in_words(N_("for: {kinds}"), kinds=[Term("kind", kind) for kind in kinds]))
        if "levels" in row:
            parts.append(in_words(N_("levels: {levels}"), levels=self.levels(row["levels"])))
        if "when" in row:
            parts.append(in_words(N_("only if {condition}"), condition=self.condition(row["when"])))
        parts += [self.exception(item) for item in row.get("except", ())]
        if row.get("warn"):
            parts.append(in_words(N_("warning at {shares} of the time"), shares=row["warn"]))
        return _chained(parts)

    def exception(self, item: Mapping[str, Any]) -> str:
        condition = self.condition(item["when"])
        limit, start = item.get("limit"), item.get("from")
        if limit is None:
            return in_words(N_("if {condition}: from {start}"), condition=condition, start=_act(str(start)))
        if start is None:
            return in_words(N_("if {condition}: {limit}"), condition=condition, limit=limit_words(limit))
        return in_words(
            N_("if {condition}: {limit} from {start}"),
            condition=condition,
            limit=limit_words(limit),
            start=_act(start),
        )

    def rung(self, row: Mapping[str, Any]) -> str:
        after = row.get("after")
        when = (
            _("at the breach")
            if after is None
            else in_words(N_("{time} after the breach"), time=limit_words(after))
        )
        said = in_words(
            N_("rung {rung}: {recipient}, {moment}"),
            rung=row["rung"],
            recipient=Term("recipient", row["to"]),
            moment=when,
        )
        if "when" not in row:
            return said
        return _chained([said, in_words(N_("only if {condition}"), condition=self.condition(row["when"]))])

    def event(self, row: Mapping[str, Any]) -> str:
        if row["id"] == OBLIGATION_OVERDUE:
            return in_words(N_("up the ladder, rung {rungs}"), rungs=row["rungs"])
        reached = N_("each time one rung up: {rungs}") if row.get("climbs") else N_("at once to rung {rungs}")
        parts = [in_words(reached, rungs=row["rungs"])]
        if "levels" in row:
            parts.append(in_words(N_("levels: {levels}"), levels=self.levels(row["levels"])))
        if "threshold" in row:
            parts.append(in_words(N_("from a count of {count}"), count=row["threshold"]))
        return _chained(parts)

    def route(self, row: Mapping[str, Any]) -> str:
        return in_words(
            N_("{department}: {condition}"),
            department=Term("department", row["department"]),
            condition=self.condition(row.get("any")),
        )

    def condition(self, rows: Any) -> str:
        return condition_words(rows, self.taxonomy)

    def level(self, level: int) -> str:
        return str(self.document["grading"]["names"][str(level)][language()])

    def levels(self, levels: Sequence[int]) -> list[str]:
        return [self.level(level) for level in levels]


def _stated(part: str, row: Mapping[str, Any], rule: str) -> RuleInWords:
    return RuleInWords(
        part=part,
        id=row["id"],
        title=row["title"][language()],
        rule=rule,
        clause=row["clause"],
        assumed=bool(row.get("assumed")),
    )


def _sheet(sheet: Mapping[str, Any]) -> str:
    """Which signatures the sheet of a case must bear, and whether a limit goes with it."""
    signatures = [Term("signature", role) for role in sheet["signatures"]]
    parts = [in_words(N_("the department signs: {signatures}"), signatures=signatures)]
    parts += [_("with a limit")] if sheet.get("limit") else []
    return _chained(parts)


def _closure(closure: Mapping[str, Any]) -> Iterator[RuleInWords]:
    """The two figures of closing a case, which no source states."""
    quiet = in_words(N_("{time} after resolution without a callback"), time=limit_words(closure["quiet"]))
    talks = in_words(N_("at least {count} contacts"), count=closure["no_agreement_contacts"])
    yield RuleInWords("closure", "quiet", _("Closes by itself"), quiet, None, True)
    yield RuleInWords("closure", "no_agreement_contacts", _("Closed without agreement"), talks, None, True)


# ---------------------------------------------------------------- sentences


def _chained(texts: Sequence[str]) -> str:
    return _("; ").join(texts)


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

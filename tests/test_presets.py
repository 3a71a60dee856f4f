"""The presets (P2): whole, in both languages, with clauses, and every figure as its source states it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from score_figures import SCORE_FIGURES

from kfcs.conditionwords import FACT_WORDS
from kfcs.i18n import in_language, render
from kfcs.policycheck import EVENTS, chain_faults, read_chain
from kfcs.policywords import policy_in_words
from kfcs.rulebook import PRESETS, checked_document, load_policy
from kfcs.rules.clocks import STARTS, STOPS
from kfcs.rules.conditions import AGES as AGE_FACTS
from kfcs.rules.conditions import FACTS, Age
from kfcs.rules.policy import LevelRule
from kfcs.words import kinds

NOWHERE = Path("no-such-folder")
NAMES = sorted(path.stem for path in PRESETS.glob("*.toml"))
LISTS = ("clock", "ladder", "event", "routing", "obligation", "touchpoint", "penalty")
CHINESE = re.compile("[一-鿿]")


class Figure(NamedTuple):
    """One figure of a preset: the rule that states it, the figure itself, the clause it comes from."""

    preset: str
    rule: str
    figure: str
    clause: str


FIGURES = (
    Figure("base", "contact", "own", "base"),
    Figure("base", "promise", "own", "base"),
    Figure("base", "handle", "own", "base"),
    Figure("base", "rectification", "own", "base"),
    Figure("base", "inspection", "3d", "base"),
    Figure("base", "callback", "3wd", "base"),
    Figure("base", "follow-up", "7d", "base"),
    Figure("base", "authority", "own", "base"),
    Figure("base", "base.rung.2", "1wd", "base"),
    Figure("base", "base.rung.3", "3wd", "base"),
    Figure("base", "base.rung.4", "5wd", "base"),
    Figure("base", "level-at-once", "levels 1, 2 to rungs 2, 3", "base"),
    Figure("base", "hot-topic", "3", "base"),
    Figure("base", "callback-unreachable", "1", "base"),
    Figure("base", "base.route.engineering", "category quality/design, months_since_handover < 3", "base"),
    Figure("base", "rf.level.1", "people >= 10, claim > 100000", "RF-KF-ZY-03 6.2.1"),
    Figure("base", "rf.level.2", "people >= 10", "RF-KF-ZY-03 6.2.2"),
    Figure("base", "rf.level.2", "claim > 100000", "RF-KF-ZY-03 6.2.2"),
    Figure("base", "rf.level.2.property", "harm property, claim >= 50000", "RF-KF-ZY-03 6.2.2"),
    Figure("base", "rf.level.3", "people >= 3", "RF-KF-ZY-03 6.2.3"),
    Figure("base", "rf.level.3", "complainants >= 3", "RF-KF-ZY-03 6.2.3"),
    Figure("base", "rf.level.3.unresolved", "our_fault True, unresolved_days >= 15", "RF-KF-ZY-03 6.2.3"),
    Figure("base", "closure", "quiet 7d", "base"),
    Figure("base", "closure", "no_agreement_contacts 3", "base"),
    Figure("jinke", "brief", "24h", "客户服务分部工作职责 8"),
    Figure("rf-kf-zy-03", "reply", "5wd", "RF-KF-ZY-03 6.3.1"),
    Figure("rf-kf-zy-03", "reply", "coordinate True: 10wd", "RF-KF-ZY-03 6.3.1"),
    Figure("rf-kf-zy-03", "close", "15wd", "RF-KF-ZY-03 6.3.1"),
    Figure("rf-kf-zy-03", "contact", "channel letter/email: 1wd from log", "RF-KF-ZY-03 6.5.1"),
    Figure("rf-kf-zy-03", "callback", "3wd", "RF-KF-ZY-03 6.5.3"),
    Figure("rf-kf-zy-03", "follow-up", "7d", "RF-KF-ZY-03 6.5.2"),
    Figure("rf-kf-zy-03", "follow-up", "no_agreement True: 30d", "RF-KF-ZY-03 6.5.2"),
    Figure("rf-kf-zy-03", "event-report", "5wd", "RF-KF-ZY-03 6.5.2"),
    Figure("major-hot", "mh.consent", "levels [1, 2]", "客户投诉管理作业指引 4.1.3"),
    Figure("major-hot", "mh.level.1", "people >= 5", "客户投诉管理作业指引 3.2"),
    Figure(
        "major-hot",
        "mh.level.1.unresolved",
        "our_fault True, unresolved_months >= 1",
        "客户投诉管理作业指引 3.2",
    ),
    Figure("major-hot", "mh.level.2", "complainants >= 3", "客户投诉管理作业指引 3.3"),
    Figure("major-hot", "mh.level.2", "people >= 3", "客户投诉管理作业指引 3.3"),
    Figure(
        "major-hot",
        "mh.level.2.unresolved",
        "our_fault True, unresolved_days >= 7",
        "客户投诉管理作业指引 3.3",
    ),
    Figure("major-hot", "brief", "1wd", "客户投诉管理作业指引 4.1.3"),
    Figure("major-hot", "level-at-once", "levels 1 to rungs 1, 2", "客户投诉管理作业指引 4.1.3"),
    Figure("same-day", "reply", "2wd", "客户投诉处理作业规程 4 (3) 处理投诉 2"),
    Figure("same-day", "reply", "channel visit/phone: same-day", "客户投诉处理作业规程 4 (3) 处理投诉 2"),
    Figure("assistance", "as.rates", "without assist, invalid", "客户投诉处理工作指引 4.2.1.1"),
    Figure("conformity", "cf.sheet", "received, with a limit", "客户投诉作业基础指导书 4.2 b.a)"),
    Figure("front-desk", "fd.sheet", "received, returned", "客户投诉处理作业指导书 4.3、4.4"),
    Figure("front-desk", "dispatch", "30m", "客户投诉处理作业指导书 4.2"),
    Figure("front-desk", "dispatch", "vip True: from contact.on-site", "客户投诉处理作业指导书 4.2"),
    Figure("front-desk", "plan", "1h", "客户投诉处理作业指导书 4.3"),
    Figure("front-desk", "callback", "1d", "客户投诉处理作业指导书 4.5"),
    Figure("front-desk", "fd.vip.rung.3", "3wd", "base"),
    Figure("front-desk", "fd.vip.rung.4", "5wd", "base"),
    Figure("appeals", "dispatch", "15m", "客户诉求处理作业指导书 4.1"),
    Figure("appeals", "contact", "safety True: 15m from log", "客户诉求处理作业指导书 4.1"),
    Figure("appeals", "reply", "1wd", "客户诉求处理作业指导书 4.1"),
    Figure("appeals", "reply", "channel website/forum/app/wechat/media: 24h", "客户诉求处理作业指导书 4.1"),
    Figure("appeals", "base.route.engineering", "category house, months_since_handover < 3", "base"),
    Figure(
        "property-rule",
        "pr.level.1",
        "subcategory sales.promise, times >= 2",
        "物业管理服务/投诉标准作业规程 4.4.1 a",
    ),
    Figure(
        "property-rule",
        "pr.level.1",
        "cause service-not-done, times >= 2",
        "物业管理服务/投诉标准作业规程 4.4.1 a",
    ),
    Figure("property-rule", "pr.level.1.loss", "claim >= 5000", "物业管理服务/投诉标准作业规程 4.4.1 b"),
    Figure(
        "property-rule",
        "pr.level.1.unresolved",
        "our_fault True, unresolved_months >= 1",
        "物业管理服务/投诉标准作业规程 4.4.1 c",
    ),
    Figure("property-rule", "callback", "24h", "物业管理服务/投诉标准作业规程 4.3.3"),
    Figure("property-rule", "level-at-once", "levels 1 to rungs 3", "物业管理服务/投诉标准作业规程 3.4"),
    Figure("conformity", "cf.level.1", "claim > 0", "客户投诉作业基础指导书 4.2 b"),
    Figure("conformity", "level-at-once", "levels 1 to rungs 2, 3, 4", "客户投诉作业基础指导书 4.2 b.b)"),
    Figure(
        "call-centre",
        "contact",
        "urgency",
        "北京房地产客户服务管理体系 投诉处理操作流程及作业指导：客户投诉的处理",
    ),
    Figure("call-centre", "on-site", "2h", "北京房地产客户服务管理体系 一类突发事件的特殊通报要求"),
    Figure("call-centre", "reply", "48h", "北京房地产客户服务管理体系 客户接待：客户投诉答复时间"),
    Figure("property-indicators", "reply", "24h", "物业公司各部门服务标准 三（一）2.1)"),
    Figure(
        "property-indicators",
        "contact",
        "kind repair, urgency 15m | kind repair, safety True | kind repair, is_emergency True: 15m",
        "物业公司各部门服务标准 三（一）1.2)",
    ),
    Figure("specialist", "contact", "12om", "客户服务专员岗位说明书 每月例行工作 2"),
    Figure("specialist", "plan", "12h", "客户服务专员岗位说明书 每月例行工作 2"),
    Figure("specialist", "resolve", "24h", "客户服务专员岗位说明书 每月例行工作 2"),
    Figure("specialist", "callback", "12h", "客户服务专员岗位说明书 每月例行工作 5"),
    Figure(
        "specialist",
        "annual-survey",
        "yearly: from 1 October, due 30 November",
        "客户服务专员岗位说明书 每月例行工作 17",
    ),
    Figure(
        "specialist", "house-check", "handover-due: months_before 2", "客户服务专员岗位说明书 每月例行工作 18"
    ),
    Figure(
        "specialist",
        "joint-acceptance",
        "handover-due: months_before 2",
        "客户服务专员岗位说明书 每月例行工作 19",
    ),
    Figure(
        "specialist",
        "joint-acceptance-organised",
        "handover-due: months_before 1",
        "客户服务专员岗位说明书 岗位职责 12",
    ),
    Figure(
        "jinke",
        "design-change",
        "design-change: within 2d",
        "金科集团客户服务管理体系 各子公司销售部客户服务人员工作职责 5",
    ),
    Figure(
        "lifecycle",
        "sales-satisfaction",
        "signed: from 1st of next month, due 10th of next month",
        "物业全生命周期客户服务标准 三（一）5.2",
    ),
    Figure(
        "lifecycle",
        "progress-notice",
        "node: within 2d, 10 nodes",
        "物业全生命周期客户服务标准 三（二）5",
    ),
    Figure(
        "lifecycle",
        "open-day",
        "handover-due: from 1st of that month, months_before 1",
        "物业全生命周期客户服务标准 三（三）",
    ),
    Figure(
        "lifecycle",
        "handover-satisfaction",
        "handed-over: from 1st of next month, due 10th of next month",
        "物业全生命周期客户服务标准 五（一）5.2",
    ),
    Figure(
        "lifecycle",
        "warranty-expiry",
        "warranty: from 1st of that month, months_before 2",
        "物业全生命周期客户服务标准 五（五）5",
    ),
    Figure(
        "lifecycle",
        "rectification-satisfaction",
        "rectification-closed: within 7d",
        "物业全生命周期客户服务标准 五（六）",
    ),
    *(Figure(*row) for row in SCORE_FIGURES),
)


@cache
def stated(preset: str) -> tuple[Figure, ...]:
    """Every figure that a preset's own file states."""
    return tuple(_stated(preset))


def _stated(preset: str) -> Iterator[Figure]:
    document = tomllib.loads((PRESETS / f"{preset}.toml").read_text(encoding="utf-8"))
    whole = checked_document(preset, NOWHERE)
    clauses = {(name, row["id"]): row["clause"] for name in LISTS for row in whole[name]}
    for name in LISTS:
        for row in document.get(name, ()):
            for figure in _figures(row):
                yield Figure(preset, row["id"], figure, clauses[name, row["id"]])
    for rule in document.get("grading", {}).get("rule", ()):
        for figure in _figures(rule):
            yield Figure(preset, rule["id"], figure, rule["clause"])
    yield from (Figure(preset, *figure) for figure in _score_figures(document.get("scorecard")))
    if consent := document.get("consent"):
        yield Figure(preset, consent["id"], f"levels {consent['levels']}", consent["clause"])
    if sheet := document.get("sheet"):
        signed = ", ".join(sheet["signatures"]) + (", with a limit" if sheet.get("limit") else "")
        yield Figure(preset, sheet["id"], signed, sheet["clause"])
    if rates := document.get("rates"):
        yield Figure(preset, rates["id"], "without " + ", ".join(rates["without"]), rates["clause"])
    for key, value in document.get("closure", {}).items():
        yield Figure(preset, "closure", f"{key} {value}", "base")


def _figures(row: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(row[key]) for key in ("limit", "after", "threshold") if key in row)
    for key in ("points", "money"):
        if key in row:
            low, high = row[key]
            yield f"{key} {low}..{high}" + (f", step {row['step']}" if "step" in row else "")
    if "trigger" in row:
        yield _touchpoint(row)
    if "levels" in row and "rungs" in row:
        yield f"levels {_listed(row['levels'])} to rungs {_listed(row['rungs'])}"
    for item in row.get("except", ()):
        start = f"from {item['from']}" if "from" in item else ""
        yield f"{_condition(item['when'])}: {item.get('limit', '')} {start}".replace("  ", " ").strip()
    yield from (text for text in map(_condition, row.get("any", ())) if re.search(r"\d", text))


def _score_figures(card: Mapping[str, Any] | None) -> Iterator[tuple[str, str, str]]:
    """The figures of a scorecard: rule, figure, clause."""
    if card is None:
        return
    yield "scorecard", _numbers(card, ("total", "floor", "cap", "desk_share")), card["clause"]
    for part, keys in (("star", ("reward",)), ("replacement", ("under", "months"))):
        if part in card:
            yield f"scorecard.{part}", _numbers(card[part], keys), card[part]["clause"]
    for row in (*card["item"], *card.get("grade", ())):
        yield row["id"], _numbers(row, ("weight", "deduct", "target", "least")), row["clause"]


def _numbers(row: Mapping[str, Any], keys: Sequence[str]) -> str:
    return ", ".join(f"{key} {row[key]}" for key in keys if key in row)


def _touchpoint(row: Mapping[str, Any]) -> str:
    """When a touchpoint begins and is due, as one figure."""
    start = f"from {row['from']}, " if "from" in row else ""
    [due] = [f"{key} {row[key]}" for key in ("due", "within", "months_before") if key in row]
    nodes = f", {len(row['nodes'])} nodes" if "nodes" in row else ""
    return f"{row['trigger']}: {start}{due}{nodes}"


def _condition(rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> str:
    tables = [rows] if isinstance(rows, Mapping) else rows
    return " | ".join(", ".join(f"{fact} {_wanted(value)}" for fact, value in row.items()) for row in tables)


def _wanted(value: object) -> str:
    return "/".join(value) if isinstance(value, list) else str(value)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def test_every_figure_of_the_presets_is_in_the_table_and_no_other() -> None:
    assert sorted(figure for preset in NAMES for figure in stated(preset)) == sorted(FIGURES)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f"{f.preset}: {f.clause}: {f.rule} {f.figure}")
def test_a_figure_stands_as_its_clause_states_it(figure: Figure) -> None:
    assert figure in stated(figure.preset)


# ---------------------------------------------------------------- whole and in both languages


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_loads_and_has_no_faults(name: str) -> None:
    assert [render(fault) for fault in chain_faults(*read_chain(name, NOWHERE))] == []
    policy = load_policy(name, NOWHERE)
    assert (policy.name, policy.source == "") == (name, name == "base")


def _rules(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every rule of a whole policy that has a clause of its own."""
    card = document.get("scorecard")
    rows = [*document["grading"]["rule"], *(row for part in LISTS for row in document[part])]
    if card is not None:
        parts = [{**card[part], "id": part} for part in ("star", "replacement") if part in card]
        rows += [{**card, "id": "scorecard"}, *parts, *card["item"], *card.get("grade", ())]
    return rows


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_of_a_preset_has_a_clause_and_both_titles(name: str) -> None:
    document = checked_document(name, NOWHERE)
    titles = [document["title"], *document["grading"]["names"].values()]
    for row in _rules(document):
        assert row["clause"]
        titles.append(row["title"])
    for title in titles:
        assert CHINESE.search(title["zh"]), title
        assert title["en"].isascii(), title


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_rule_of_a_preset_can_be_said(name: str, lang: Any) -> None:
    with in_language(lang):
        rules = policy_in_words(checked_document(name, NOWHERE))
    assert all(rule.title and rule.rule for rule in rules)
    # codes with a dot, such as contact.reply, are words by now
    assert not [rule.rule for rule in rules if re.search(r"[a-z]\.[a-z]|_", rule.rule)]


def test_every_fact_has_words() -> None:
    assert set(FACTS) <= {*FACT_WORDS, *kinds()}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("base", "rf-kf-zy-03")])
def test_what_a_source_does_not_state_is_marked_as_assumed(name: str) -> None:
    """A rule that still has its parent's clause is the parent's word, not this source's."""
    document = checked_document(name, NOWHERE)
    source = document["source"].split("（")[0]
    rows = _rules(document)
    assert [row["id"] for row in rows if row["clause"].startswith("base") and not row.get("assumed")] == []
    if document.get("inherited_assumed"):
        foreign = [row for row in rows if row["clause"].split()[0] not in (source, "客户服务分部工作职责")]
        assert [row["id"] for row in foreign if not row.get("assumed")] == []


OTHER_GRADINGS = {
    "major-hot": "major-hot",
    "call-centre": "major-hot",
    "property-rule": "three-level",
    "conformity": "conformity",
    "corrective-action": "conformity",
}
"""Presets that grade otherwise than in four levels."""


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_grades_and_files_as_the_table_of_policies_says(name: str) -> None:
    policy = load_policy(name, NOWHERE)
    assert policy.grading.id == OTHER_GRADINGS.get(name, "four-level")
    assert policy.taxonomy.code == ("eight" if name == "appeals" else "five")
    assert policy.separation == "record"


# ---------------------------------------------------------------- levels

NOTHING: dict[str, Any] = {
    fact: {"flag": False, "number": Decimal(0), "word": "none"}[compared] for fact, compared in FACTS.items()
} | {"people": Decimal(1), "times": Decimal(1), "our_fault": True}


@cache
def scheme(preset: str) -> tuple[LevelRule, ...]:
    return load_policy(preset, NOWHERE).grading.rules


def level(preset: str, facts: Mapping[str, Any]) -> int:
    """The level by facts alone, ages aside."""
    return min(
        rule.level
        for rule in scheme(preset)
        if any(each.age is None and each.holds({**NOTHING, **facts}) for each in rule.any)
    )


LEVELS: tuple[tuple[str, str, dict[str, Any], int], ...] = (
    ("four-level G1", "base", {}, 4),
    ("G1 10 people and over 100,000", "base", {"people": 10, "claim": 100001}, 1),
    ("G1 10 people and 100,000", "base", {"people": 10, "claim": 100000}, 2),
    ("G1 9 people and over 100,000", "base", {"people": 9, "claim": 100001}, 2),
    ("G1 9 people and 100,000", "base", {"people": 9, "claim": 100000}, 3),
    ("G1 3 people", "base", {"people": 3}, 3),
    ("G1 2 people", "base", {"people": 2}, 4),
    ("G1 property 50,000", "base", {"harm": "property", "claim": 50000}, 2),
    ("G1 property 49,999", "base", {"harm": "property", "claim": 49999}, 4),
    ("G1 3 complainants", "base", {"complainants": 3}, 3),
    ("G1 2 complainants", "base", {"complainants": 2}, 4),
    ("G2 nothing", "major-hot", {}, 4),
    ("G2 5 people", "major-hot", {"people": 5}, 1),
    ("G2 4 people", "major-hot", {"people": 4}, 2),
    ("G2 3 people", "major-hot", {"people": 3}, 2),
    ("G2 2 people", "major-hot", {"people": 2}, 4),
    ("G2 filed", "major-hot", {"legal": "filed"}, 1),
    ("G2 lawsuit threatened", "major-hot", {"legal": "threatened"}, 2),
    ("G2 exposed", "major-hot", {"media": "exposed"}, 1),
    ("G2 media threatened", "major-hot", {"media": "threatened"}, 2),
    ("G2 3 complainants", "major-hot", {"complainants": 3}, 2),
    ("G2 2 complainants", "major-hot", {"complainants": 2}, 4),
    ("G2 handled before", "major-hot", {"handled_before": True}, 3),
    ("G2 outside help", "major-hot", {"outside_help": True}, 3),
    ("G3 nothing", "property-rule", {}, 3),
    ("G3 promise raised twice", "property-rule", {"subcategory": "sales.promise", "times": 2}, 1),
    ("G3 promise raised once", "property-rule", {"subcategory": "sales.promise", "times": 1}, 3),
    ("G3 not done, raised twice", "property-rule", {"cause": "service-not-done", "times": 2}, 1),
    ("G3 not done, raised once", "property-rule", {"cause": "service-not-done", "times": 1}, 3),
    ("G3 claim 5,000", "property-rule", {"claim": 5000}, 1),
    ("G3 claim 4,999", "property-rule", {"claim": 4999}, 3),
    ("G3 harm to property", "property-rule", {"harm": "property"}, 1),
    ("G3 verified valid", "property-rule", {"validity": "valid"}, 2),
    ("G3 assistance", "property-rule", {"validity": "assist"}, 3),
    ("G4 nothing", "conformity", {}, 2),
    ("G4 harm to property", "conformity", {"harm": "property"}, 1),
    ("G4 harm to a person", "conformity", {"harm": "person"}, 1),
    ("G4 a claim", "conformity", {"claim": 1}, 1),
)


@pytest.mark.parametrize(
    ("preset", "facts", "wanted"), [row[1:] for row in LEVELS], ids=[row[0] for row in LEVELS]
)
def test_a_level_by_facts(preset: str, facts: dict[str, Any], wanted: int) -> None:
    assert level(preset, facts) == wanted


AGES = (
    ("base", 3, Age(days=15)),
    ("major-hot", 1, Age(months=1)),
    ("major-hot", 2, Age(days=7)),
    ("property-rule", 1, Age(months=1)),
)


@pytest.mark.parametrize(("preset", "wanted", "age"), AGES, ids=lambda value: str(value))
def test_a_level_by_age_and_through_our_fault_only(preset: str, wanted: int, age: Age) -> None:
    def rules(our_fault: bool) -> list[LevelRule]:
        facts = {**NOTHING, "our_fault": our_fault}
        return [rule for rule in scheme(preset) if any(a.age == age and a.holds(facts) for a in rule.any)]

    assert [rule.level for rule in rules(our_fault=True)] == [wanted]
    assert rules(our_fault=False) == []


# ---------------------------------------------------------------- the page on policies

PAGE = (Path(__file__).parent.parent / "docs" / "policies.md").read_text(encoding="utf-8")


def test_the_page_on_policies_lists_every_preset() -> None:
    assert sorted(re.findall(r"^\| `([\w-]+)`", PAGE, re.MULTILINE)[: len(NAMES)]) == NAMES


def test_the_page_on_policies_names_every_fact_start_stop_and_event() -> None:
    named = set(re.findall(r"`([\w.-]+)`", PAGE))
    assert {*FACTS, *AGE_FACTS, *STARTS, *STOPS, *EVENTS} <= named


def test_the_example_on_the_page_is_in_order(tmp_path: Path) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "ours.toml").write_text(example, encoding="utf-8")
    assert [render(fault) for fault in chain_faults(*read_chain("ours", tmp_path))] == []
    assert load_policy("ours", tmp_path).clock("resolve") is not None

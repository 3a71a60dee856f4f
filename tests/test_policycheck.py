"""Faults of policy files: every one is found at once, named by file and key path (P1)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kfcs.errors import BadInput
from kfcs.i18n import in_language, render
from kfcs.policycheck import chain_faults, check_chain, read_chain, read_policy_file

HEAD = """
name = "our"
extends = "base"
title = { zh = "我们的制度", en = "Ours" }
"""
ROW = """
clause = "ours 1"
title = { zh = "规则", en = "Rule" }
"""
CLOCK = f"""
[[clock]]
id = "reply"
from = "log"
until = "contact.reply"
limit = "5wd"
{ROW}"""
RUNG = f"""
[[ladder]]
id = "our.rung.5"
rung = 5
to = "company-leader"
{ROW}"""
EVENT = """
[[event]]
id = "hot-topic"
"""
ROUTE = f"""
[[routing]]
id = "our.route"
department = "sales"
{ROW}"""
GRADING = """
[grading]
id = "ours"

[grading.names]
1 = { zh = "重", en = "grave" }
2 = { zh = "轻", en = "light" }

[[grading.rule]]
id = "our.level.1"
level = 1
clause = "ours 2"
title = { zh = "重", en = "Grave" }
any = [{ harm = "person" }, { unresolved_days = ">= 7" }]

[[grading.rule]]
id = "our.level.2"
level = 2
clause = "ours 2"
title = { zh = "轻", en = "Light" }
"""
WHOLE = HEAD + CLOCK + RUNG + EVENT + ROUTE + GRADING


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with in_language("en"):
        yield


def faults(folder: Path, text: str, name: str = "our") -> list[str]:
    """The fault lines of one file beside a ledger, without its path."""
    path = folder / "policies" / f"{name}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    lines = [render(fault) for fault in chain_faults(*read_chain(name, folder))]
    assert all(line.startswith(f"{path}: ") for line in lines), lines
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_a_good_policy_has_no_faults(tmp_path: Path) -> None:
    assert faults(tmp_path, WHOLE) == []


DURATION = "expected a duration such as 30m, 48h, 3d, 5wd, 12om or same-day"
LIMIT = "expected own, urgency, or a duration such as 30m, 48h, 3d, 5wd, 12om or same-day"
EMPTY = "has no comparisons and would hold for nothing; leave the key out, or name a fact"
SHARES = 'expected a list of percentages such as ["50%", "80%"]'
NUMBER = 'expected a whole number or a comparison such as ">= 10"'

# What is changed in WHOLE, what it becomes, and the line that tells of it.
ONE_FAULT = {
    "an unknown key": (
        'limit = "5wd"',
        'limit = "5wd"\nlevl = [1]',
        "clock[reply].levl: unknown key; did you mean levels?",
    ),
    "an unknown key like no other": (
        "extends",
        "zzz = 1\nextends",
        "zzz: unknown key; known are: name, title, extends, source, inherited_assumed, since, before, taxonomy, separation, "
        "closure, consent, sheet, rates, grading, clock, ladder, event, routing, obligation, scorecard, penalty, touchpoint",
    ),
    "a number for a text": ('clause = "ours 1"', "clause = 1", "clock[reply].clause: expected a text, not 1"),
    "an empty text": ('clause = "ours 1"', 'clause = ""', "clock[reply].clause: expected a text, not ''"),
    "a text for a number": (
        "rung = 5",
        'rung = "5"',
        "ladder[our.rung.5].rung: expected a whole number from 1, not '5'",
    ),
    "true for a number": (
        "rung = 5",
        "rung = true",
        "ladder[our.rung.5].rung: expected a whole number from 1, not True",
    ),
    "a text for a flag": (
        'limit = "5wd"',
        'limit = "5wd"\nassumed = "yes"',
        "clock[reply].assumed: expected true or false, not 'yes'",
    ),
    "a text for a table": (
        'title = { zh = "规则", en = "Rule" }',
        'title = "规则"',
        "clock[reply].title: expected a table, not '规则'",
    ),
    "a text among numbers": (
        'id = "hot-topic"',
        'id = "hot-topic"\nrungs = ["1"]',
        "event[hot-topic].rungs: expected a list of whole numbers such as [1, 2], not ['1']",
    ),
    "a wrong limit": ('"5wd"', '"5wdd"', f"clock[reply].limit: {LIMIT}, not '5wdd'"),
    "a wrong limit of an exception": (
        'limit = "5wd"',
        'limit = "5wd"\nexcept = [{ when = { vip = true }, limit = "soon" }]',
        f"clock[reply].except[1].limit: {LIMIT}, not 'soon'",
    ),
    "a wrong offset of a rung": (
        "rung = 5",
        'rung = 5\nafter = "1 week"',
        f"ladder[our.rung.5].after: {DURATION}, not '1 week'",
    ),
    "quiet days that are no days": (
        "[grading]",
        '[closure]\nquiet = "5wd"\n[grading]',
        "closure.quiet: expected a number of calendar days such as 7d, not '5wd'",
    ),
    "a wrong start": (
        'from = "log"',
        'from = "logg"',
        "clock[reply].from: 'logg' is unknown; did you mean log?",
    ),
    "a wrong stop": (
        'until = "contact.reply"',
        'until = ["contact.repl"]',
        "clock[reply].until: 'contact.repl' is unknown; did you mean contact.reply?",
    ),
    "no stop": (
        'until = "contact.reply"',
        "until = []",
        "clock[reply].until: expected a list of texts, not []",
    ),
    "a wrong kind": (
        'limit = "5wd"',
        'limit = "5wd"\nkinds = ["complain"]',
        "clock[reply].kinds: 'complain' is unknown; did you mean complaint?",
    ),
    "a wrong warning": (
        'limit = "5wd"',
        'limit = "5wd"\nwarn = ["50"]',
        f"clock[reply].warn: {SHARES}, not '50'",
    ),
    "a warning after the end": (
        'limit = "5wd"',
        'limit = "5wd"\nwarn = ["100%"]',
        f"clock[reply].warn: {SHARES}, not '100%'",
    ),
    "an exception of nothing": (
        'limit = "5wd"',
        'limit = "5wd"\nexcept = [{ when = { vip = true } }]',
        "clock[reply].except[1]: gives neither limit nor from",
    ),
    "an exception without a condition": (
        'limit = "5wd"',
        'limit = "5wd"\nexcept = [{ limit = "1d" }]',
        "clock[reply].except[1].when: is missing: expected a table of comparisons, or a list of them",
    ),
    "an unknown fact": (
        'limit = "5wd"',
        'limit = "5wd"\nwhen = { peopel = 3 }',
        "clock[reply].when.peopel: 'peopel' is unknown; did you mean people?",
    ),
    "a word for a flag": (
        'limit = "5wd"',
        'limit = "5wd"\nwhen = { vip = "yes" }',
        "clock[reply].when.vip: expected true or false, not 'yes'",
    ),
    "a wrong comparison": (
        'department = "sales"',
        'department = "sales"\nany = [{ vip = true }, { people = "=> 3" }]',
        f"routing[our.route].any[2].people: {NUMBER}, not '=> 3'",
    ),
    "a number for a word": (
        'department = "sales"',
        'department = "sales"\nany = [{ channel = 1 }]',
        "routing[our.route].any[1].channel: expected a text or a list of texts, not 1",
    ),
    "a word that is none of the fact's": (
        'department = "sales"',
        'department = "sales"\nany = [{ channel = ["phone", "emial"] }]',
        "routing[our.route].any[1].channel: 'emial' is unknown; did you mean email?",
    ),
    "an unknown sub-category": (
        'department = "sales"',
        'department = "sales"\nany = [{ subcategory = "quality.leek" }]',
        "routing[our.route].any[1].subcategory: 'quality.leek' is unknown; did you mean quality.leak?",
    ),
    "a wrong age": (
        '">= 7"',
        '"> 7"',
        "grading.rule[our.level.1].any[2].unresolved_days: expected a text such as \">= 15\", not '> 7'",
    ),
    "both ages": (
        'unresolved_days = ">= 7"',
        'unresolved_days = ">= 7", unresolved_months = ">= 1"',
        "grading.rule[our.level.1].any[2]: takes one of unresolved_days, unresolved_months, not both",
    ),
    "an age outside a grading": (
        'limit = "5wd"',
        'limit = "5wd"\nwhen = { unresolved_days = ">= 7" }',
        "clock[reply].when.unresolved_days: an age counts in the rules of a grading only",
    ),
    "an empty condition": ('limit = "5wd"', 'limit = "5wd"\nwhen = {}', f"clock[reply].when: {EMPTY}"),
    "no alternatives": (
        'department = "sales"',
        'department = "sales"\nany = []',
        f"routing[our.route].any: {EMPTY}",
    ),
    "an empty alternative": (
        'department = "sales"',
        'department = "sales"\nany = [{ vip = true }, {}]',
        f"routing[our.route].any[2]: {EMPTY}",
    ),
    "a missing clause": (
        'limit = "5wd"\n\nclause = "ours 1"',
        'limit = "5wd"',
        "clock[reply].clause: is missing: expected a text",
    ),
    "a missing title": (
        'title = { zh = "规则", en = "Rule" }\n\n[[ladder]]',
        "\n[[ladder]]",
        "clock[reply].title: is missing: expected a table",
    ),
    "a missing limit": ('limit = "5wd"', "", "clock[reply].limit: is missing: expected " + LIMIT[9:]),
    "a title in one language": (
        'title = { zh = "规则", en = "Rule" }\n\n[[ladder]]',
        'title = { zh = "规则" }\n\n[[ladder]]',
        "clock[reply].title.en: is missing: expected a text",
    ),
    "a rule without an id": ('id = "our.route"', "", "routing[1].id: is missing: expected a text"),
    "two rules of one id": (
        CLOCK,
        CLOCK + CLOCK,
        "clock[reply]: a second rule with this id; give each rule an id of its own",
    ),
    "two level rules of one id": (
        'id = "our.level.2"',
        'id = "our.level.1"',
        "grading.rule[our.level.1]: a second rule with this id; give each rule an id of its own",
    ),
    "an unknown taxonomy": (
        "extends",
        'taxonomy = "seven"\nextends',
        "taxonomy: 'seven' is unknown; known are: five, eight",
    ),
    "an unknown separation": (
        "extends",
        'separation = "refused"\nextends',
        "separation: 'refused' is unknown; did you mean refuse?",
    ),
    "a name that is not the file's": (
        'name = "our"',
        'name = "ours"',
        "name: expected the name of the file, our, not 'ours'",
    ),
    "no name": ('name = "our"', "", "name: is missing: expected a text"),
    "no title of the policy": (
        'title = { zh = "我们的制度", en = "Ours" }',
        "",
        "title: is missing: expected a table",
    ),
    "an unknown event": (
        'id = "hot-topic"',
        f'id = "hot-topics"\nrungs = [1]\n{ROW}',
        "event[hot-topics].id: 'hot-topics' is unknown; did you mean hot-topic?",
    ),
    "two rungs of one number": (
        "rung = 5",
        "rung = 4",
        "ladder[our.rung.5].rung: 4 is the rung of base.rung.4 too; give one of them a condition (when)",
    ),
    "an event of a rung that is not there": (
        'id = "hot-topic"',
        'id = "hot-topic"\nrungs = [1, 7]',
        "event[hot-topic].rungs: the ladder has no rung 7; it has: 1, 2, 3, 4, 5",
    ),
    "a clock of a level that is not there": (
        'limit = "5wd"',
        'limit = "5wd"\nlevels = [1, 3]',
        "clock[reply].levels: 3 is unknown; known are: 1, 2",
    ),
    "a clock from a level that names none": (
        'from = "log"',
        'from = "level"',
        "clock[reply].levels: is missing: expected a list of whole numbers such as [1, 2]",
    ),
    "a level rule of a level that is not there": (
        "level = 1",
        "level = 4",
        "grading.rule[our.level.1].level: 4 is unknown; known are: 1, 2",
    ),
    "a grading that leaves cases over": (
        'title = { zh = "轻", en = "Light" }',
        'title = { zh = "轻", en = "Light" }\nany = [{ people = 1 }]',
        "grading.rule[our.level.2].any: the last rule must catch the rest, so it takes no condition",
    ),
    "a rule that catches the rest too early": (
        'any = [{ harm = "person" }, { unresolved_days = ">= 7" }]',
        "",
        "grading.rule[our.level.1].any: is missing: only the last rule catches the rest",
    ),
    "the rest at a grave level": (
        "level = 2",
        "level = 1",
        "grading.rule[our.level.2].level: expected the lowest level, 2, not 1",
    ),
    "a level without a name": (
        '2 = { zh = "轻", en = "light" }',
        '3 = { zh = "轻", en = "light" }',
        "grading.names.2: is missing: expected a table",
    ),
    "a level named in one language": (
        '2 = { zh = "轻", en = "light" }',
        '2 = { en = "light" }',
        "grading.names.2.zh: is missing: expected a text",
    ),
    "a grading without names": (
        '[grading.names]\n1 = { zh = "重", en = "grave" }\n2 = { zh = "轻", en = "light" }\n',
        "",
        "grading.names: is missing: expected a table",
    ),
    "a wrong window": (
        'id = "ours"',
        'id = "ours"\nwindow = "calendar"',
        "grading.window: 'calendar' is unknown; did you mean calendar-month?",
    ),
    "an unknown parent": (
        'extends = "base"',
        'extends = "bas"',
        "extends: 'bas' is unknown; did you mean base?",
    ),
}


ENTAILING = {"a level without a name"}
"""Mistakes that entail others: a gap in the levels leaves one too few and one too many."""


@pytest.mark.parametrize("mistake", ONE_FAULT)
def test_a_fault_is_told_by_its_key_and_what_was_expected(tmp_path: Path, mistake: str) -> None:
    old, new, line = ONE_FAULT[mistake]
    assert old in WHOLE
    told = faults(tmp_path, WHOLE.replace(old, new, 1))
    assert line in told
    assert (len(told) > 1) == (mistake in ENTAILING)


def test_a_row_must_be_a_table(tmp_path: Path) -> None:
    assert faults(tmp_path, HEAD + "routing = [1]") == ["routing[1]: expected a table, not 1"]


def test_a_list_of_rules_must_be_a_list(tmp_path: Path) -> None:
    assert faults(tmp_path, HEAD + '[clock]\nid = "reply"') == [
        "clock: expected a list of tables, not {'id': 'reply'}"
    ]


def test_all_faults_are_told_at_once_and_the_error_lists_them(tmp_path: Path) -> None:
    text = WHOLE.replace('"5wd"', '"5wdd"').replace("rung = 5", "rung = 4").replace("department", "departmnt")
    wanted = [
        f"clock[reply].limit: {LIMIT}, not '5wdd'",
        "routing[our.route].departmnt: unknown key; did you mean department?",
        "routing[our.route].department: is missing: expected a text",
        "ladder[our.rung.5].rung: 4 is the rung of base.rung.4 too; give one of them a condition (when)",
    ]
    assert faults(tmp_path, text) == wanted
    with pytest.raises(BadInput) as raised:
        check_chain(*read_chain("our", tmp_path))
    assert render(raised.value.message) == "The policy our has faults: 4"
    path = tmp_path / "policies" / "our.toml"
    assert [render(fault) for fault in raised.value.faults] == [f"{path}: {line}" for line in wanted]


def test_a_child_may_leave_out_what_its_parent_gives(tmp_path: Path) -> None:
    assert faults(tmp_path, HEAD + '[[clock]]\nid = "callback"\nlimit = "2d"\n') == []


def test_a_condition_makes_a_second_rung_of_one_number_right(tmp_path: Path) -> None:
    assert faults(tmp_path, HEAD + RUNG.replace("rung = 5", "rung = 4\nwhen = { vip = true }")) == []


def test_an_event_that_is_off_reaches_nobody(tmp_path: Path) -> None:
    assert faults(tmp_path, HEAD + EVENT + "rungs = [9]\noff = true\n") == []


def test_a_policy_without_a_parent_must_be_whole(tmp_path: Path) -> None:
    lines = faults(tmp_path, HEAD.replace('extends = "base"\n', ""))
    assert lines == [
        "taxonomy: is missing: expected a text",
        "closure: is missing: expected a table",
        "grading: is missing: expected a table",
    ]


def test_a_fault_of_the_parent_names_the_parents_file(tmp_path: Path) -> None:
    faults(tmp_path, (HEAD + CLOCK).replace('"5wd"', '"5wdd"'))
    child = tmp_path / "policies" / "child.toml"
    child.write_text(HEAD.replace('"our"', '"child"').replace('"base"', '"our"'), encoding="utf-8")
    [line] = [render(fault) for fault in chain_faults(*read_chain("child", tmp_path))]
    assert line == f"{tmp_path / 'policies' / 'our.toml'}: clock[reply].limit: {LIMIT}, not '5wdd'"


def test_policies_that_extend_each_other_are_a_circle(tmp_path: Path) -> None:
    faults(tmp_path, HEAD)
    other = tmp_path / "policies" / "other.toml"
    other.write_text(HEAD.replace('"our"', '"other"').replace('"base"', '"our"'), encoding="utf-8")
    our = tmp_path / "policies" / "our.toml"
    our.write_text(HEAD.replace('"base"', '"other"'), encoding="utf-8")
    told = [render(fault) for fault in chain_faults(*read_chain("our", tmp_path))]
    assert f"{other}: extends: the policies extend each other in a circle" in told


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_is_read_as_editors_save_it(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "our.toml"
    path.write_bytes(WHOLE.replace("\n", end).encode(encoding))
    assert read_policy_file(path)["title"]["zh"] == "我们的制度"


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "our.toml"
    path.write_bytes(b"\xff\xff\xff")
    with pytest.raises(BadInput) as raised:
        read_policy_file(path)
    assert render(raised.value.message) == f"{path}: neither UTF-8 nor GB18030; save it as UTF-8."


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ('name = "our"\n标题 = 1\n', 2, "Invalid statement"),
        ("name = “our”\n", 1, "Invalid value"),
        ('name = "our"\nname = "our"\n', 2, "Cannot overwrite a value"),
        ('name = "our"\n[title\n', 2, "Expected ']' at the end of a table declaration"),
        ('name = "our"\n\nx = [1,', 3, "Invalid value"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_by_its_line(
    tmp_path: Path, text: str, line: int, fault: str
) -> None:
    path = tmp_path / "our.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as raised:
        read_policy_file(path)
    assert render(raised.value.message) == f"{path}: line {line}: not valid TOML: {fault}"
    assert raised.value.hint is not None


ODD: tuple[Any, ...] = (0, True, "", date(2026, 10, 1), [1], [{}], {"id": 1})
"""Values that TOML can hold where nobody wants them."""


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


def test_no_value_wherever_it_stands_ends_the_check(tmp_path: Path) -> None:
    path = tmp_path / "our.toml"
    path.write_text(WHOLE.replace('extends = "base"', 'taxonomy = "five"'), encoding="utf-8")
    document = read_policy_file(path) | {"closure": {"quiet": "7d", "no_agreement_contacts": 3}}
    document["clock"][0]["except"] = [{"when": {"vip": True}, "limit": "1d"}]
    for *way, last in places(document):
        for odd in ODD:
            changed = copy.deepcopy(document)
            inner: Any = changed
            for key in way:
                inner = inner[key]
            inner[last] = odd
            assert all(map(render, chain_faults([path], [changed])))

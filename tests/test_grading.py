"""Levels by facts (SPEC G): every clause of every scheme, who counts as a complainant, and ages."""

from __future__ import annotations

from typing import Any

import pytest
from casework import Story, moment, stamp
from conftest import NewDesk
from hypothesis import given
from hypothesis import strategies as st
from shell import Shell

from kfcs.entries import Person
from kfcs.folding import complainant_key
from kfcs.rulebook import PRESETS

# ---------------------------------------------------------------- by clause

FOUR_LEVELS: dict[str, tuple[int, dict[str, Any]]] = {
    "ten people and more than 100,000": (1, {"people": 10, "claim": "100000.01"}),
    "ten people and just 100,000 is one of the two": (2, {"people": 10, "claim": "100000"}),
    "nine people and more than 100,000 is one of the two": (2, {"people": 9, "claim": "100000.01"}),
    "media exposed": (1, {"media": "exposed"}),
    "harm to a person": (1, {"harm": "person"}),
    "accident with loss of property": (1, {"accident": True, "harm": "property"}),
    "accident without loss": (4, {"accident": True}),
    "public harm": (1, {"public_harm": True}),
    "giving the home back, without a lawsuit": (2, {"refund": True}),
    "giving the home back, with a lawsuit": (2, {"refund": True, "legal": "filed"}),
    "loss of property from 50,000": (2, {"harm": "property", "claim": "50000"}),
    "loss of property under 50,000": (4, {"harm": "property", "claim": "49999.99"}),
    "loss of property without a claim": (4, {"harm": "property"}),
    "three people": (3, {"people": 3}),
    "nine people and 100,000": (3, {"people": 9, "claim": "100000"}),
    "two people": (4, {"people": 2}),
    "media threatened": (3, {"media": "threatened"}),
    "lawsuit threatened": (3, {"legal": "threatened"}),
    "lawsuit filed alone": (3, {"legal": "filed"}),
    "nothing of the kind": (4, {}),
    "a small claim": (4, {"claim": "3000"}),
}
MAJOR_HOT: dict[str, tuple[int, dict[str, Any]]] = {
    "lawsuit filed": (1, {"legal": "filed"}),
    "media exposed": (1, {"media": "exposed"}),
    "five people": (1, {"people": 5}),
    "four people": (2, {"people": 4}),
    "three people": (2, {"people": 3}),
    "two people": (4, {"people": 2}),
    "lawsuit threatened": (2, {"legal": "threatened"}),
    "media threatened": (2, {"media": "threatened"}),
    "harm alone is no ground here": (4, {"harm": "person"}),
    "a second complaint after handling": (3, {"repeat_of": "CQ1-20261001-001"}),
}
THREE_LEVELS: dict[str, tuple[int, dict[str, Any]]] = {
    "loss from 5,000": (1, {"claim": "5000"}),
    "loss under 5,000": (3, {"claim": "4999.99"}),
    "harm to property": (1, {"harm": "property"}),
    "a promise asked for once": (3, {"category": "sales", "subcategory": "sales.promise"}),
    "nothing of the kind": (3, {}),
}
CONFORMITY: dict[str, tuple[int, dict[str, Any]]] = {
    "harm to property": (1, {"harm": "property"}),
    "harm to a person": (1, {"harm": "person"}),
    "any claim": (1, {"claim": "0.01"}),
    "no harm and no claim": (2, {"people": 30, "media": "exposed"}),
}
SCHEMES = {
    "rf-kf-zy-03": FOUR_LEVELS,
    "major-hot": MAJOR_HOT,
    "property-rule": THREE_LEVELS,
    "conformity": CONFORMITY,
}
BY_FACTS = [
    pytest.param(scheme, level, facts, id=f"{scheme}: {title}")
    for scheme, table in SCHEMES.items()
    for title, (level, facts) in table.items()
]


@pytest.mark.parametrize(("scheme", "level", "facts"), BY_FACTS)
def test_the_level_follows_from_the_facts(scheme: str, level: int, facts: dict[str, Any]) -> None:
    assert Story(**facts).level(under=scheme) == level


def test_outside_help_makes_a_case_important() -> None:
    assert Story().dispatch("11-02 10:00", outside_help=True).level("11-02 10:00", "major-hot") == 3


def test_a_case_verified_valid_is_important() -> None:
    story = Story().add("verification", "11-02 10:00", validity="valid")
    assert story.level("11-02 10:00", "property-rule") == 2


@pytest.mark.parametrize("times", [1, 2])
def test_a_promise_asked_for_twice_and_not_kept_is_major(times: int) -> None:
    story = Story(category="sales", subcategory="sales.promise")
    for _ in range(times - 1):
        story.add("join", "11-03 10:00")
    assert story.level("11-03 10:00", "property-rule") == {1: 3, 2: 1}[times]


def test_each_level_names_its_rule_and_clause() -> None:
    _, rule = Story(media="exposed").judged().level(moment("11-02 09:00"))
    assert (rule.id, rule.clause) == ("rf.level.1", "RF-KF-ZY-03 6.2.1")


# ---------------------------------------------------------------- more is never less grave

people = st.integers(1, 40)
fen = st.integers(0, 30_000_000)
facts = st.fixed_dictionaries(
    {},
    optional={
        "media": st.sampled_from(["threatened", "exposed"]),
        "legal": st.sampled_from(["threatened", "filed"]),
        "harm": st.sampled_from(["property", "person"]),
        "refund": st.just(True),
        "accident": st.just(True),
        "public_harm": st.just(True),
        "repeat_of": st.just("CQ1-20261001-001"),
    },
)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(
    facts=facts, few=people, more=people, little=fen, much=fen, near=st.integers(0, 5), far=st.integers(0, 5)
)
def test_more_people_claims_or_complainants_never_make_a_case_less_grave(
    scheme: str, facts: dict[str, Any], few: int, more: int, little: int, much: int, near: int, far: int
) -> None:
    (few, more), (little, much), (near, far) = (
        sorted([few, more]),
        sorted([little, much]),
        sorted([near, far]),
    )
    less = Story(**facts, people=few, claim=f"{little / 100:.2f}").level(under=scheme, complainants=near)
    assert (
        Story(**facts, people=more, claim=f"{much / 100:.2f}").level(under=scheme, complainants=far) <= less
    )


@given(facts=facts, joined=st.lists(people, max_size=4))
def test_who_joins_never_makes_a_case_less_grave(facts: dict[str, Any], joined: list[int]) -> None:
    story = Story(**facts)
    levels = [story.level("11-03 09:00")]
    for number in joined:
        story.add("join", "11-03 09:00", people=number)
        levels.append(story.level("11-03 09:00"))
    assert levels == sorted(levels, reverse=True)


# ---------------------------------------------------------------- unresolved for so long


@pytest.mark.parametrize(
    ("scheme", "before", "after", "risen"),
    [
        pytest.param("rf-kf-zy-03", "11-17 23:59:59", "11-18 00:00", 3, id="III from the day after day 15"),
        pytest.param("major-hot", "11-09 23:59:59", "11-10 00:00", 2, id="hot from the day after day 7"),
        pytest.param("major-hot", "12-02 23:59:59", "12-03 00:00", 1, id="major from the day after a month"),
    ],
)
def test_age_makes_a_case_graver(scheme: str, before: str, after: str, risen: int) -> None:
    story = Story("11-02 23:59:59")
    assert (story.level(before, scheme) > risen, story.level(after, scheme)) == (True, risen)


@pytest.mark.parametrize(
    ("received", "from_then_on"),
    [
        pytest.param("2027-01-31 09:00", "2027-03-01 00:00", id="31 January: the month ends with February"),
        pytest.param("2028-01-31 09:00", "2028-03-01 00:00", id="31 January of a leap year"),
        pytest.param("2026-02-28 09:00", "03-29 00:00", id="28 February: 28 March is still within"),
    ],
)
def test_a_month_ends_with_the_same_day_or_the_last_one(received: str, from_then_on: str) -> None:
    rises = Story(received).judged("major-hot").graded.rises
    assert stamp(rises[-1].at) == from_then_on


AGES: dict[str, tuple[str, Story]] = {
    "a wait of three days moves it three": (
        "11-21 00:00",
        Story().contact("11-04 10:00", waiting_on_customer=True).contact("11-07 09:00"),
    ),
    "a wait within a day moves nothing": (
        "11-18 00:00",
        Story().contact("11-04 10:00", waiting_on_customer=True).contact("11-04 18:00"),
    ),
    "two waits add up": (
        "11-21 00:00",
        Story()
        .contact("11-04 10:00", waiting_on_customer=True)
        .contact("11-05 10:00")
        .contact("11-08 10:00", waiting_on_customer=True)
        .contact("11-10 10:00"),
    ),
    "a wait after it came changes nothing": (
        "11-18 00:00",
        Story().contact("11-18 10:00", waiting_on_customer=True).contact("11-25 10:00"),
    ),
    "a reopened case ages from its first receipt": (
        "11-18 00:00",
        Story().resolve("11-03 10:00").callback("11-04 10:00", "unsatisfied"),
    ),
    "a case reopened after its time rises as it is reopened, not while it was closed": (
        "11-30 10:00",
        Story().resolve("11-03 10:00").callback("11-04 10:00", "satisfied").reopen("11-30 10:00"),
    ),
    "what was resolved later had risen before": ("11-18 00:00", Story().resolve("11-20 10:00")),
}


@pytest.mark.parametrize(("when", "story"), AGES.values(), ids=AGES)
def test_paused_days_and_the_times_when_it_was_settled_do_not_count(when: str, story: Story) -> None:
    assert [stamp(rise.at) for rise in story.judged().graded.rises] == [when]


NEVER: dict[str, Story] = {
    "resolved in time": Story().resolve("11-17 10:00"),
    "closed in time": Story().close("11-17 10:00"),
    "while the customer is waited on": Story().contact("11-04 10:00", waiting_on_customer=True),
    "not our fault": Story().add("verification", "11-03 10:00", validity="assist"),
    "invalid": Story().add("verification", "11-03 10:00", validity="invalid"),
    "resolved, reopened and resolved again in time": Story()
    .resolve("11-03 10:00")
    .callback("11-04 10:00", "unsatisfied")
    .resolve("11-05 10:00"),
}


@pytest.mark.parametrize("story", NEVER.values(), ids=NEVER)
def test_no_age_makes_it_graver(story: Story) -> None:
    assert (story.judged().graded.rises, story.level("2027-06-01 09:00")) == ((), 4)


# ---------------------------------------------------------------- who is one complainant


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(
            (Person("张三", "13800000001"), "3-1-502"),
            (Person("李四", "13800000001"), "9-9-909"),
            True,
            id="one phone",
        ),
        pytest.param(
            (Person("张三", "138 0000-0001"), None),
            (Person("张三", "13800000001"), None),
            True,
            id="one phone, written in two ways",
        ),
        pytest.param(
            (Person("张三", "13800000001"), "3-1-502"),
            (Person("张三", "13800000002"), "3-1-502"),
            False,
            id="two phones of one home",
        ),
        pytest.param(
            (Person("张三"), "3-1-502"), (Person("李四"), "3-1-502"), True, id="one home without phones"
        ),
        pytest.param(
            (Person("张三"), "3-1-502"), (Person("张三"), "3-1-503"), False, id="two homes of one name"
        ),
        pytest.param((Person("张三"), None), (Person("张三"), None), True, id="one name and nothing else"),
        pytest.param((Person("张三"), None), (Person("李四"), None), False, id="two names"),
        pytest.param((Person(), None), (Person(), None), False, id="nameless ones are one each"),
    ],
)
def test_complainants_are_told_apart_by_phone_else_home_else_name(
    one: tuple[Person, str | None], other: tuple[Person, str | None], same: bool
) -> None:
    assert (complainant_key(*one, "entry:1") == complainant_key(*other, "entry:2")) is same


def test_from_the_third_complainant_on_all_of_the_matter_are_level_three() -> None:
    assert [Story().level(complainants=n) for n in (1, 2, 3)] == [4, 4, 3]


# ---------------------------------------------------------------- the same matter, in a ledger

SUB = ("--category", "property.parking")


def others(kfcs: Shell, *rows: tuple[str, ...], now: str | None = None) -> None:
    for n, row in enumerate(rows):
        kfcs.do("log", f"第{n}件 道闸抬杆太慢", *row, now=now)


def of_a(n: int, *words: str) -> tuple[str, ...]:
    return ("--project", "A", "--phone", f"1380000000{n}", *SUB, *words)


MATTERS: dict[str, tuple[int, list[tuple[str, ...]]]] = {
    "three phones": (3, [of_a(2), of_a(3)]),
    "two of them are one phone": (4, [of_a(2), of_a(2)]),
    "another project is another matter": (4, [of_a(2), ("--project", "B", "--phone", "13800000003", *SUB)]),
    "a repair does not count": (4, [of_a(2), of_a(3, "--kind", "repair")]),
    "an inquiry does not count": (4, [of_a(2), of_a(3, "--kind", "inquiry")]),
    "another sub-category is another matter": (
        4,
        [of_a(2), ("--project", "A", "--phone", "13800000003", "--category", "property.noise")],
    ),
    "one without a sub-category compares by category": (
        3,
        [of_a(2), ("--project", "A", "--phone", "13800000003", "--category", "property")],
    ),
}


@pytest.mark.parametrize(("level", "rows"), MATTERS.values(), ids=MATTERS)
def test_different_complainants_on_one_matter(kfcs: Shell, level: int, rows: list[tuple[str, ...]]) -> None:
    case = kfcs.log("道闸抬杆太慢", *of_a(1)[2:])
    others(kfcs, *rows)
    assert kfcs.show(case)["level"] == level


def test_who_joined_counts_as_well(kfcs: Shell) -> None:
    first = kfcs.log("道闸抬杆太慢", *of_a(1)[2:])
    second = kfcs.log("门口道闸坏了", *of_a(2)[2:])
    kfcs.do("join", second, "--phone", "13800000003")
    assert [kfcs.show(case)["level"] for case in (first, second)] == [3, 3]


def test_the_window_is_the_month_in_shanghai(kfcs: Shell) -> None:
    others(kfcs, of_a(1, "--at", "2026-10-31 23:59:59"), of_a(2, "--at", "2026-11-01 00:00"))
    case = kfcs.log("道闸抬杆太慢", *of_a(3)[2:])
    assert kfcs.show(case)["level"] == 4
    others(kfcs, of_a(4, "--at", "2026-11-01 00:00:01"))
    assert kfcs.show(case)["level"] == 3


def test_the_same_words_in_the_project_are_the_same_matter_whatever_its_category(kfcs: Shell) -> None:
    words = "小区东门外的路灯连续三晚都没有亮"
    first = kfcs.log(words, "--phone", "13800000001", "--category", "property.facility")
    kfcs.log(words + "！", "--phone", "13800000002", "--category", "quality.electrical")
    last = kfcs.log(words, "--phone", "13800000003", "--category", "design.public-facility")
    assert [kfcs.show(case)["level"] for case in (first, last)] == [3, 3]


def test_a_rolling_month_counts_from_day_to_day(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    base = (PRESETS / "base.toml").read_text("utf-8")
    grading = base[base.index("[grading]") : base.index("[[clock]]")].replace(
        "calendar-month", "rolling-month"
    )
    (kfcs.folder / "rolling.toml").write_text(ROLLING + grading, "utf-8")
    (kfcs.folder / "kfcs.toml").write_text(
        (kfcs.folder / "kfcs.toml").read_text("utf-8").replace('"jinke"', '"rolling.toml"'), "utf-8"
    )
    first = kfcs.log("道闸抬杆太慢", *of_a(1)[2:], now="2026-10-20 09:00")
    others(kfcs, of_a(2, "--at", "2026-10-25 09:00"), now="2026-11-02 09:00")
    last = kfcs.log("道闸抬杆太慢", *of_a(3)[2:], now="2026-11-20 09:00")
    assert [kfcs.show(case)["level"] for case in (first, last)] == [3, 3]
    late = kfcs.log("道闸抬杆太慢", *of_a(4)[2:], now="2026-11-26 09:00")
    assert kfcs.show(late)["level"] == 4  # with the one of 20 November there are two in its month
    assert kfcs.do("verify").code == 0


ROLLING = """
name = "rolling"
extends = "jinke"
source = "x"
[title]
zh = "滚动"
en = "Rolling"
"""


AGAIN: dict[str, tuple[int, str, tuple[str, ...], str]] = {
    "within 90 days of the resolution": (1, "quality.leak", (), "2027-02-01 09:00"),
    "after more than 90 days": (2, "quality.leak", (), "2027-02-02 09:00"),
    "another cause": (2, "quality.crack", (), "2026-12-01 09:00"),
    "another project": (2, "quality.leak", ("--project", "B"), "2026-12-01 09:00"),
}


@pytest.mark.parametrize(("level", "cause", "words", "now"), AGAIN.values(), ids=AGAIN)
def test_the_same_cause_again_makes_a_case_severe(
    new_desk: NewDesk, level: int, cause: str, words: tuple[str, ...], now: str
) -> None:
    kfcs = new_desk("conformity")
    first = kfcs.log("漏水", now="2026-11-01 09:00")
    kfcs.do("resolve", first, "x", "--cause", "quality.leak", now="2026-11-03 09:00")
    second = kfcs.log("又漏水", *words, now=now)
    assert kfcs.show(second)["level"] == 2
    kfcs.do("resolve", second, "x", "--cause", cause)
    assert [kfcs.show(case)["level"] for case in (first, second)] == [2, level]
    assert kfcs.do("verify").code == 0


def test_a_cause_named_later_or_taken_back_changes_the_level_of_the_next_case(new_desk: NewDesk) -> None:
    kfcs = new_desk("conformity")
    first, second = kfcs.log("漏水"), kfcs.log("又漏水", now="2026-11-05 09:00")
    kfcs.do("resolve", second, "x", "--cause", "quality.leak")
    kfcs.do("resolve", first, "x", "--cause", "quality.leak", now="2026-11-06 09:00")
    assert (kfcs.show(second)["level"], kfcs.do("verify").code) == (1, 0)
    kfcs.do("amend", f"{first}#2", "--set", "cause=quality.crack", "--reason", "x")
    assert (kfcs.show(second)["level"], kfcs.do("verify").code) == (2, 0)


def test_a_void_case_takes_its_complainant_away(kfcs: Shell) -> None:
    cases = [kfcs.log("道闸抬杆太慢", *of_a(n)[2:]) for n in (1, 2, 3)]
    assert kfcs.show(cases[0])["level"] == 3
    kfcs.do("close", cases[2], "--why", "void", "--reason", "录错")
    assert kfcs.show(cases[0])["level"] == 4


def test_a_repair_is_graded_by_those_who_complain(kfcs: Shell) -> None:
    others(kfcs, of_a(1), of_a(2), of_a(3))
    case = kfcs.log("道闸坏了请修", *of_a(4, "--kind", "repair")[2:])
    assert kfcs.show(case)["level"] == 3

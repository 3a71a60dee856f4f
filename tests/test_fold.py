"""The fold and its projection (SPEC L1, L5): corrections, taking back, late acts, two desks, and tables that are just
what the entries amount to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from casework import Story, moment, stamp
from conftest import NewDesk
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import Shell

from kfcs.cases import Case
from kfcs.entries import Person, in_recorded_order
from kfcs.folding import fold
from kfcs.period import iso

# ---------------------------------------------------------------- corrections of each field

COMPLAINT: dict[str, tuple[Any, Callable[[Case], Any], Any]] = {
    "kind": ("repair", lambda c: c.kind, "repair"),
    "channel": ("visit", lambda c: c.channel, "visit"),
    "project": ("B", lambda c: c.project, "B"),
    "home": ("3-1-502", lambda c: c.home, "3-1-502"),
    "text": ("漏水", lambda c: c.text, "漏水"),
    "people": (12, lambda c: c.people, 12),
    "claim": ("100.50", lambda c: c.claim, Decimal("100.50")),
    "refund": (True, lambda c: c.refund, True),
    "remedy": ("repair", lambda c: c.remedy, "repair"),
    "urgency": ("15m", lambda c: c.urgency, "15m"),
    "media": ("exposed", lambda c: c.media, "exposed"),
    "legal": ("filed", lambda c: c.legal, "filed"),
    "harm": ("person", lambda c: c.harm, "person"),
    "accident": (True, lambda c: c.accident, True),
    "public_harm": (True, lambda c: c.public_harm, True),
    "emergency": ("fire", lambda c: c.emergency, "fire"),
    "safety": (True, lambda c: c.safety, True),
    "vip": (True, lambda c: c.vip, True),
    "anonymous": (True, lambda c: c.anonymous, True),
    "sensitive": (True, lambda c: c.sensitive, True),
    "stage": ("contract", lambda c: c.stage, "contract"),
    "first_asked": ("王五", lambda c: c.first_asked, "王五"),
    "url": ("https://example.cn", lambda c: c.url, "https://example.cn"),
    "heat": (900, lambda c: c.heat, 900),
    "authority_due": ("11-05 17:00", lambda c: stamp(c.authority_due), "11-05 17:00"),
    "at": ("11-01 08:00", lambda c: stamp(c.received_at), "11-01 08:00"),
    "subcategory": ("quality.leak", lambda c: c.subcategory, None),
}
FIELDS = [
    pytest.param(Story(), 1, name, value, read, wanted, id=f"complaint.{name}")
    for name, (value, read, wanted) in COMPLAINT.items()
]
ACTS: dict[str, tuple[Story, Any, Callable[[Case], Any], Any]] = {
    "join.people": (Story().add("join", "11-03 09:00", people=3), 5, lambda c: c.people, 6),
    "verification.validity": (
        Story().add("verification", "11-03 09:00", validity="valid"), "assist", lambda c: c.validity, "assist"),
    "dispatch.department": (Story().dispatch("11-03 09:00"), "物业", lambda c: c.department, "物业"),
    "dispatch.due": (Story().dispatch("11-03 09:00"), "11-05 18:00", lambda c: stamp(c.dispatches[0].due), "11-05 18:00"),
    "contact.promise": (
        Story().contact("11-03 09:00", promise="11-04 18:00"), "11-05 18:00",
        lambda c: stamp(c.contacts[0].promise), "11-05 18:00"),
    "contact.at": (Story().contact("11-03 09:00"), "11-02 12:00", lambda c: stamp(c.contacts[0].at), "11-02 12:00"),
    "contact.reply": (Story().contact("11-03 09:00"), True, lambda c: c.contacts[0].reply, True),
    "rectification-ordered.due": (
        Story().order("11-03 09:00", due="11-05 18:00"), "11-06 18:00",
        lambda c: stamp(c.rectifications[0].current.due), "11-06 18:00"),
    "resolution.cause": (Story().resolve("11-03 09:00"), "quality.leak", lambda c: c.cause, "quality.leak"),
    "note.due": (
        Story().note("11-03 09:00", "supervision"), "11-05 18:00", lambda c: stamp(c.notes[0].due), "11-05 18:00"),
    "closure.why": (Story().close("11-03 09:00"), "void", lambda c: c.closed and c.closed.why, "void"),
}  # fmt: skip
FIELDS += [
    pytest.param(story, 2, name.partition(".")[2], value, read, wanted, id=name)
    for name, (story, value, read, wanted) in ACTS.items()
]


@pytest.mark.parametrize(("story", "n", "field", "value", "read", "wanted"), FIELDS)
def test_a_corrected_field_holds_and_both_stay_in_the_timeline(
    story: Story, n: int, field: str, value: Any, read: Callable[[Case], Any], wanted: Any
) -> None:
    entries = list(story.entries)
    case = story.amend(n, "11-10 09:00", **{field: value}).case()
    assert read(case) == wanted
    assert [act.entry for act in case.timeline[:-1]] == entries
    assert case.timeline[n - 1].amended_by == (case.timeline[-1].entry.id,)


def test_of_two_corrections_the_last_holds_and_null_returns_to_the_default() -> None:
    story = (
        Story(people=30, media="exposed").amend(1, "11-02 10:00", people=3).amend(1, "11-02 11:00", people=4)
    )
    story.amend(1, "11-02 12:00", media=None)
    assert (story.case().people, story.case().media) == (4, "none")


def test_a_person_is_corrected_field_by_field() -> None:
    story = Story(person=Person("张三", "13800000001"))
    story.add(
        "amendment",
        "11-03 09:00",
        refers="CQ1-1",
        person=Person(phone="13800000002"),
        person_fields=["phone"],
    )
    assert story.case().person == Person("张三", "13800000002")


def test_a_corrected_callback_turns_the_state() -> None:
    story = (
        Story()
        .resolve("11-03 09:00")
        .callback("11-04 09:00", "satisfied")
        .amend(3, "11-04 10:00", result="unsatisfied")
    )
    assert (story.case().state, len(story.case().epochs)) == ("open", 2)


def test_a_corrected_inspection_orders_again() -> None:
    story = Story().order("11-03 09:00", due="11-05 18:00").done("11-04 09:00").inspect("11-05 09:00", "pass")
    case = story.amend(4, "11-05 10:00", result="fail").case()
    assert (case.state, case.rectifications[0].first_pass) == ("rectifying", False)


# ---------------------------------------------------------------- taking back


TAKEN_BACK: dict[str, dict[str, Any]] = {
    "join": {"people": 9, "media": "exposed"},
    "dispatch": {"department": "工程部"},
    "contact": {"promise": "11-05 18:00"},
    "resolution": {"cause": "quality.leak"},
    "closure": {"why": "withdrawn"},
    "note": {"as": "typical"},
    "verification": {"validity": "invalid"},
}


@pytest.mark.parametrize(("kind", "body"), TAKEN_BACK.items(), ids=TAKEN_BACK)
def test_what_was_taken_back_is_as_if_it_had_not_been(kind: str, body: dict[str, Any]) -> None:
    never, story = _told(Story().case()), Story().add(kind, "11-03 09:00", **body)
    assert _told(story.case()) != never
    assert _told(story.undo(2, "11-03 09:05").case()) == never


def _told(case: Case) -> dict[str, Any]:
    """What a case amounts to, its timeline and the moments of acts aside."""
    aside = ("timeline", "person_acts")
    return {name: value for name, value in case._asdict().items() if name not in aside} | {
        "state": case.state
    }


def test_a_correction_that_was_taken_back_does_not_hold() -> None:
    story = Story(people=30).amend(1, "11-02 10:00", people=3).undo(2, "11-02 10:05")
    assert story.case().people == 30


# ---------------------------------------------------------------- properties

NOW = moment("11-20 09:00")
acts = st.sampled_from(
    [
        ("contact", {"reply": True}),
        ("contact", {"waiting_on_customer": True}),
        ("contact", {}),
        ("dispatch", {"department": "工程部"}),
        ("join", {"people": 2}),
        ("note", {"as": "internal"}),
        ("verification", {"validity": "valid"}),
    ]
)
plots = st.lists(st.tuples(acts, st.integers(0, 400), st.sampled_from(["CQ1", "CQ2"])), max_size=8)


def story_of(plot: list[Any]) -> Story:
    story = Story("11-01 09:00")
    for number, ((kind, body), hours, desk) in enumerate(plot):
        at, recorded = moment("11-01 09:00") + timedelta(hours=hours), NOW + timedelta(minutes=number)
        story.add(
            kind, at.strftime("%m-%d %H:%M"), recorded=recorded.strftime("%m-%d %H:%M"), desk=desk, **body
        )
    return story


@given(plot=plots, seed=st.randoms(use_true_random=False))
def test_the_order_in_which_entries_arrive_does_not_matter(plot: list[Any], seed: Any) -> None:
    story = story_of(plot)
    shuffled = list(story.entries)
    seed.shuffle(shuffled)
    assert fold(shuffled) == story.case()


@given(plot=plots)
def test_each_desk_keeps_its_own_order_and_the_desks_are_interleaved(plot: list[Any]) -> None:
    ordered = in_recorded_order(story_of(plot).entries)
    for desk in ("CQ1", "CQ2"):
        assert [e.seq for e in ordered if e.desk == desk] == sorted(e.seq for e in ordered if e.desk == desk)
    assert [e.recorded_at for e in ordered] == sorted(e.recorded_at for e in ordered)


@given(plot=plots)
def test_late_acts_are_marked_and_the_last_word_is_the_last_recorded(plot: list[Any]) -> None:
    case = story_of(plot).case()
    for act in case.timeline:
        assert act.late_recorded is (act.entry.recorded_at - act.entry.at > timedelta(hours=24))
    departments = [act.entry.body["department"] for act in case.timeline if act.entry.kind == "dispatch"]
    assert case.department == (departments[-1] if departments else None)


@given(plot=plots, back=st.integers(0, 7))
def test_taking_an_act_back_leaves_what_the_others_amount_to(plot: list[Any], back: int) -> None:
    if back >= len(plot):
        return
    whole = story_of(plot)
    without = [entry for entry in whole.entries if entry is not whole.entries[back + 1]]
    taken = whole.undo(back + 2, "11-30 09:00").case()
    rest = fold(without)
    for name in ("people", "times", "department", "validity", "state", "complainants"):
        assert getattr(taken, name) == getattr(rest, name), name
    assert [(c.at, c.reply) for c in taken.contacts] == [(c.at, c.reply) for c in rest.contacts]


@given(first=plots, second=plots)
def test_what_is_folded_in_adds_up(first: list[Any], second: list[Any]) -> None:
    one, two = story_of(first), story_of(second)
    other = two.case()
    case = one.add("join", "11-30 09:00", refers="CQ1-20261102-002").case({"CQ1-20261102-002": other})
    alone = fold(one.entries[:-1])
    spoken_for = [
        max(part.people_of.get(key, 0) for part in (alone, other))
        for key in {*alone.people_of, *other.people_of}
    ]
    assert (case.people, case.times) == (sum(spoken_for), alone.times + other.times)
    assert set(case.complainants) == set(alone.complainants) | set(other.complainants)


@pytest.mark.parametrize("first", ["CQ1", "CQ2"])
def test_of_two_cases_that_two_desks_folded_into_each_other_one_stays(first: str) -> None:
    recorded = {desk: "11-03 09:00" if desk == first else "11-03 10:00" for desk in ("CQ1", "CQ2")}
    stories = {desk: Story(case=f"{desk}-1", desk=desk) for desk in ("CQ1", "CQ2")}
    for story in stories.values():
        for desk, other in (("CQ1", "CQ2"), ("CQ2", "CQ1")):
            story.add("join", recorded[desk], desk=desk, case=f"{desk}-1", refers=f"{other}-1")
    parts = {desk: story.case() for desk, story in stories.items()}
    merged = {
        desk: stories[desk].case({f"{d}-1": c for d, c in parts.items() if d != desk}) for desk in stories
    }
    second = "CQ2" if first == "CQ1" else "CQ1"
    assert (merged[first].merged_into, merged[second].merged_into) == (None, f"{first}-1")
    assert (merged[first].people, merged[first].times) == (2, 2)


def test_claims_of_different_people_add_up_and_of_one_the_greater_counts() -> None:
    one, two = Person(phone="13800000001"), Person(phone="13800000002")
    story = Story(person=one, claim="60000").add("join", "11-03 09:00", person=one, claim="50000")
    assert story.case().claim == Decimal(60000)
    assert story.add("join", "11-03 10:00", person=two, claim="50000").case().claim == Decimal(110000)


def test_who_comes_twice_is_one_person_and_two_times() -> None:
    one, two = Person(phone="13800000001"), Person(phone="13800000002")
    story = Story(person=one).add("join", "11-03 09:00", person=one)
    assert (story.case().people, story.case().times) == (1, 2)
    story.add("join", "11-03 10:00", person=one, people=8).add("join", "11-03 11:00", person=two)
    assert (story.case().people, story.case().times) == (9, 4), "one now speaks for eight"


@pytest.mark.parametrize(
    ("fact", "first", "second", "both"),
    [
        ("media", "threatened", "exposed", "exposed"),
        ("media", "exposed", "threatened", "exposed"),
        ("legal", "none", "filed", "filed"),
        ("harm", "property", "person", "person"),
        ("refund", False, True, True),
        ("public_harm", True, False, True),
        ("emergency", None, "fire", "fire"),
    ],
)
def test_of_all_who_raise_it_the_gravest_word_counts(fact: str, first: Any, second: Any, both: Any) -> None:
    facts: Mapping[str, Any] = {fact: first}
    joined = Story(**facts).add("join", "11-03 09:00", **{fact: second})
    folded = Story(**facts).add("join", "11-03 09:00", refers="X")
    other = Story(case="X", **{fact: second})
    assert getattr(joined.case(), fact) == getattr(folded.case({"X": other.case()}), fact) == both


# ---------------------------------------------------------------- tables and entries

WORDS = ("车位划线不清", "厨房漏水", "保安态度差")
HOURS = st.sampled_from([0, 0, 1, 5, 36])
STEPS: dict[str, Callable[[str, str], list[str]]] = {
    "join": lambda case, other: ["join", case, "--phone", "13800000009", "--people", "2"],
    "fold in": lambda case, other: ["join", case, "--case", other],
    "verify": lambda case, other: ["verify-case", case, "--assist", "--reason", "x"],
    "dispatch": lambda case, other: ["dispatch", case, "--to", "工程部", "--coordinate", "--due", "+5d"],
    "dispatch to a branch": lambda case, other: ["dispatch", case, "--to", "工程部", "--branch", "成都"],
    "contact": lambda case, other: ["contact", case, "x", "--reply", "--promise", "+2d"],
    "late contact": lambda case, other: ["contact", case, "x", "--at", "-30h"],
    "waiting": lambda case, other: ["contact", case, "x", "--waiting-on-customer"],
    "order": lambda case, other: ["rectify", case, "--order", "x", "--dept", "工程部", "--due", "+3d"],
    "done": lambda case, other: ["rectify", case, "--done", "R1"],
    "fail": lambda case, other: ["rectify", case, "--inspect", "R1", "--fail"],
    "pass": lambda case, other: ["rectify", case, "--inspect", "R1", "--pass"],
    "resolve": lambda case, other: ["resolve", case, "x", "--cause", "quality.leak", "--despite", "x"],
    "satisfied": lambda case, other: ["callback", case, "--satisfied"],
    "unsatisfied": lambda case, other: ["callback", case, "--unsatisfied"],
    "unreachable": lambda case, other: ["callback", case, "--unreachable"],
    "void": lambda case, other: ["close", case, "--why", "void", "--reason", "x"],
    "reopen": lambda case, other: ["reopen", case, "--reason", "x"],
    "amend people": lambda case, other: ["amend", case, "--set", "people=12", "--reason", "x"],
    "amend category": lambda case, other: [
        "amend",
        case,
        "--set",
        "category=property.noise",
        "--reason",
        "x",
    ],
    "amend kind": lambda case, other: ["amend", case, "--set", "kind=repair", "--reason", "x"],
    "amend project": lambda case, other: ["amend", case, "--set", "project=B", "--reason", "x"],
    "amend phone": lambda case, other: ["amend", case, "--set", "phone=13800000001", "--reason", "x"],
    "amend time": lambda case, other: [
        "amend",
        case,
        "--set",
        "received_at=2026-10-31 23:00",
        "--reason",
        "x",
    ],
    "amend text": lambda case, other: ["amend", case, "--set", f"text={WORDS[0]}", "--reason", "x"],
    "amend the last": lambda case, other: ["amend", f"{case}#2", "--set", "at=-1h", "--reason", "x"],
    "undo": lambda case, other: ["undo"],
    "repeat": lambda case, other: [
        "log",
        "又来了",
        "--project",
        "A",
        "--repeat-of",
        case,
        "--media",
        "threatened",
    ],
    "log": lambda case, other: ["log", WORDS[0], "--project", "A", "--phone", "13800000008"],
    "log repair": lambda case, other: ["log", WORDS[0], "--project", "A", "--kind", "repair"],
    "log sensitive": lambda case, other: [
        "log",
        WORDS[2],
        "--project",
        "A",
        "--sensitive",
        "--category",
        "other",
    ],
    "handover": lambda case, other: ["project", "set", "A", "--handed-over", "2026-06-01"],
    "escalate": lambda case, other: ["escalate"],
}
sequences = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 3), st.integers(0, 3), HOURS),
    min_size=4,
    max_size=14,
)


def play(kfcs: Shell, steps: list[tuple[str, int, int, int]]) -> int:
    """Run steps one after the other on a few cases; how many of them were done."""
    at = datetime.fromisoformat(kfcs.now)
    first = "--phone 13800000001", "--phone 13800000002", "--home 3-1-502 --sensitive", ""
    cases = [kfcs.log(WORDS[n % 3], *more.split()) for n, more in enumerate(first)]
    done = 0
    for name, case, other, hours in steps:
        at += timedelta(hours=hours, minutes=1)
        answer = kfcs(*STEPS[name](cases[case], cases[other]), now=iso(at))
        assert answer.code in (0, 2, 4), answer
        done += answer.code == 0
    return done


def check(kfcs: Shell) -> None:
    """That the tables are what the entries amount to, and stay so when they are made anew."""
    assert kfcs.do("verify").code == 0
    before = kfcs.do("list", "--all", "--format", "json").out
    kfcs.do("rebuild")
    assert kfcs.do("list", "--all", "--format", "json").out == before


@pytest.mark.parametrize("policy", ["jinke", "major-hot"])
@settings(max_examples=7)
@given(steps=sequences)
def test_the_tables_are_what_the_entries_amount_to_after_any_acts(
    policy: str, new_desk: NewDesk, steps: list[tuple[str, int, int, int]]
) -> None:
    kfcs = new_desk(policy)
    play(kfcs, steps)
    check(kfcs)


PLAN = """
join, verify, dispatch, contact, late contact, waiting, amend the last, order, done, fail, done, pass, resolve,
unreachable, unsatisfied, resolve, repeat, satisfied, reopen, undo, amend people, amend category, amend kind,
amend project, amend phone, amend time, amend text, reopen, dispatch to a branch, log, log repair, log sensitive,
handover, escalate, fold in, void
"""


def test_every_step_is_possible_somewhere(kfcs: Shell) -> None:
    """The property above is worth little if most of its steps are refused."""
    names = [name.strip() for name in PLAN.replace("\n", " ").split(",")]
    assert set(names) == set(STEPS)
    hours = {"late contact": 40, "undo": 0}
    assert play(kfcs, [(name, 0, 1, hours.get(name, 1)) for name in names]) == len(names)
    check(kfcs)


def test_asked_as_of_then_a_case_is_what_it_was_then(kfcs: Shell) -> None:
    case = kfcs.log("车位划线不清", "--people", "2")
    kfcs.do("contact", case, "x", "--reply", now="2026-11-10 12:00")
    kfcs.do("amend", case, "--set", "people=30", "--reason", "x", now="2026-11-11 09:00")
    then = kfcs.show(case, "--as-of", "2026-11-09 23:59:59")
    after = kfcs.show(case, "--as-of", "2026-11-10 00:00")
    assert [(c["people"], c["level"], len(c["timeline"])) for c in (then, after)] == [(2, 4, 1)] * 2
    states = [next(run["state"] for run in c["clocks"] if run["clock"] == "reply") for c in (then, after)]
    assert states == ["running", "breached"]


def test_the_first_entry_of_another_case_does_not_make_one() -> None:
    with pytest.raises(ValueError, match="receives"):
        fold(Story().contact("11-03 09:00").entries[1:])

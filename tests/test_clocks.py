"""Clocks (SPEC T3-T6): what starts and stops each, epochs, promises, pauses, and verdicts that stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from casework import Story, moment, stamp
from hypothesis import given
from hypothesis import strategies as st
from shell import Shell

from kfcs.entries import Person
from kfcs.rules.clocks import ClockRun

LATER = "2027-06-01 09:00"


def verdict(run: ClockRun, now: str = LATER) -> str:
    return run.state(moment(now))


def told(runs: list[ClockRun], now: str = LATER) -> list[tuple[str | None, str]]:
    """The limit and verdict of each run."""
    return [(stamp(run.due), verdict(run, now)) for run in runs]


# ---------------------------------------------------------------- what starts and stops each clock

START = "11-02 09:00"
ON_SITE: dict[str, Any] = {"emergency": "fire"}
BOUNDS: dict[str, tuple[str, str, str, Story, Callable[[Story], Story]]] = {
    "dispatch: 30m from the log to the first dispatch": (
        "front-desk",
        "dispatch",
        "11-02 09:30",
        Story(),
        lambda s: s.dispatch("11-02 09:30"),
    ),
    "dispatch of an important customer: from the arrival on site": (
        "front-desk",
        "dispatch",
        "11-02 10:30",
        Story(vip=True).contact("11-02 10:00", on_site=True),
        lambda s: s.dispatch("11-02 10:20"),
    ),
    "contact: within what the dispatch says": (
        "jinke",
        "contact",
        "11-02 10:30",
        Story().dispatch("11-02 10:00", contact_within="30m"),
        lambda s: s.contact("11-02 10:30"),
    ),
    "contact: within the sheet's urgency": (
        "call-centre",
        "contact",
        "11-02 10:15",
        Story(urgency="15m").dispatch("11-02 10:00"),
        lambda s: s.contact("11-02 10:15"),
    ),
    "contact after a letter: 1wd from the log": (
        "jinke",
        "contact",
        "11-03 23:59:59",
        Story(channel="letter"),
        lambda s: s.contact("11-03 12:00"),
    ),
    "on-site: 2h from the log of an emergency": (
        "call-centre",
        "on-site",
        "11-02 11:00",
        Story(**ON_SITE),
        lambda s: s.contact("11-02 11:00", on_site=True),
    ),
    "reply: a contact marked reply": (
        "jinke",
        "reply",
        "11-09 23:59:59",
        Story(),
        lambda s: s.contact("11-09 23:59:59", reply=True),
    ),
    "reply: a contact with a promise": (
        "jinke",
        "reply",
        "11-09 23:59:59",
        Story(),
        lambda s: s.contact("11-03 09:00", promise="11-05 18:00"),
    ),
    "reply: the resolution": (
        "jinke",
        "reply",
        "11-09 23:59:59",
        Story(),
        lambda s: s.resolve("11-03 09:00"),
    ),
    "reply: 10wd when a department coordinates": (
        "jinke",
        "reply",
        "11-16 23:59:59",
        Story().dispatch("11-03 09:00", coordinate=True),
        lambda s: s.contact("11-16 10:00", reply=True),
    ),
    "plan: a contact marked plan": (
        "front-desk",
        "plan",
        "11-02 11:00",
        Story().dispatch("11-02 10:00"),
        lambda s: s.contact("11-02 11:00", plan=True),
    ),
    "plan: a rectification ordered": (
        "front-desk",
        "plan",
        "11-02 11:00",
        Story().dispatch("11-02 10:00"),
        lambda s: s.order("11-02 10:30", due="11-09 18:00"),
    ),
    "promise: the resolution by its time": (
        "jinke",
        "promise",
        "11-05 18:00",
        Story().contact("11-03 09:00", promise="11-05 18:00"),
        lambda s: s.resolve("11-05 18:00"),
    ),
    "handle: a dispatch with its due": (
        "jinke",
        "handle",
        "11-06 18:00",
        Story().dispatch("11-03 09:00", due="11-06 18:00"),
        lambda s: s.resolve("11-06 18:00"),
    ),
    "resolve: 24h from the log": (
        "specialist",
        "resolve",
        "11-03 09:00",
        Story(),
        lambda s: s.resolve("11-03 09:00"),
    ),
    "close: 15wd from the log to the closure": (
        "jinke",
        "close",
        "11-23 23:59:59",
        Story(),
        lambda s: s.resolve("11-20 09:00").callback("11-23 10:00", "satisfied"),
    ),
    "rectification: ordered until done": (
        "jinke",
        "rectification",
        "11-05 18:00",
        Story().order("11-03 09:00", due="11-05 18:00"),
        lambda s: s.done("11-05 18:00"),
    ),
    "inspection: 3d from done until inspected": (
        "jinke",
        "inspection",
        "11-07 23:59:59",
        Story().order("11-03 09:00", due="11-05 18:00").done("11-04 10:00"),
        lambda s: s.inspect("11-07 20:00", "pass"),
    ),
    "callback: 3wd from the resolution": (
        "jinke",
        "callback",
        "11-09 23:59:59",
        Story().resolve("11-04 10:00"),
        lambda s: s.callback("11-09 10:00", "acceptable"),
    ),
    "brief: 24h from the level": (
        "jinke",
        "brief",
        "11-03 09:00",
        Story(media="exposed"),
        lambda s: s.add("brief", "11-03 09:00", to="group"),
    ),
    "authority: its own time": (
        "jinke",
        "authority",
        "11-04 17:00",
        Story(authority_due="11-04 17:00"),
        lambda s: s.contact("11-04 17:00", reply=True),
    ),
    "event report: 5wd from the resolution of a grave case": (
        "rf-kf-zy-03",
        "event-report",
        "11-10 23:59:59",
        Story(media="exposed").resolve("11-03 10:00"),
        lambda s: s.add("brief", "11-10 10:00", to="leader"),
    ),
}


@pytest.mark.parametrize(("policy", "clock", "due", "story", "answer"), BOUNDS.values(), ids=BOUNDS)
def test_a_clock_runs_from_its_start_until_it_is_answered(
    policy: str, clock: str, due: str, story: Story, answer: Callable[[Story], Story]
) -> None:
    run = story.run(clock, policy)
    assert (stamp(run.due), run.state(run.due), verdict(run)) == (due, "running", "breached")
    assert verdict(answer(story).run(clock, policy)) == "met"


@pytest.mark.parametrize(
    ("clock", "story"),
    [
        pytest.param("contact", Story(), id="contact: before any dispatch"),
        pytest.param("contact", Story().dispatch("11-02 10:00"), id="contact: a dispatch that sets no time"),
        pytest.param("promise", Story().contact("11-02 10:00", reply=True), id="promise: none made"),
        pytest.param("handle", Story().dispatch("11-02 10:00"), id="handle: a dispatch without a due"),
        pytest.param(
            "inspection", Story().order("11-03 09:00", due="11-05 18:00"), id="inspection: not done yet"
        ),
        pytest.param("callback", Story(), id="callback: not resolved yet"),
        pytest.param(
            "callback", Story(sensitive=True).resolve("11-03 09:00"), id="callback: a sensitive case"
        ),
        pytest.param(
            "callback", Story(anonymous=True).resolve("11-03 09:00"), id="callback: anonymous without contact"
        ),
        pytest.param("callback", Story(on_the_spot=True), id="callback: solved on the spot"),
        pytest.param("brief", Story(people=3), id="brief: not grave enough"),
        pytest.param("authority", Story(), id="authority: no time of an authority"),
        pytest.param("reply", Story(kind="repair"), id="reply: a repair has none under RF-KF-ZY-03"),
        pytest.param("follow-up", Story(kind="praise"), id="follow-up: praise has none"),
    ],
)
def test_a_clock_that_has_no_ground_does_not_run(clock: str, story: Story) -> None:
    assert [run.clock for run in story.judged("jinke").clocks if run.clock == clock] == []


@pytest.mark.parametrize("kind", ["complaint", "repair", "help", "inquiry", "suggestion", "praise"])
def test_the_kinds_that_have_a_reply(kind: str) -> None:
    clocks = {run.clock for run in Story(kind=kind).judged("same-day").clocks}
    assert ("reply" in clocks) is (kind != "praise")


def test_anonymous_with_a_phone_is_called_back() -> None:
    story = Story(anonymous=True, person=Person(phone="13800000001")).resolve("11-03 09:00")
    assert told(story.runs("callback"), "11-03 10:00") == [("11-06 23:59:59", "running")]


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda s: s.contact("11-03 09:00"), id="a contact that answers nothing"),
        pytest.param(lambda s: s.contact("11-03 09:00", plan=True), id="a plan"),
        pytest.param(lambda s: s.contact("11-03 09:00", ack=True), id="an acknowledgement"),
        pytest.param(lambda s: s.dispatch("11-03 09:00"), id="a dispatch"),
        pytest.param(lambda s: s.note("11-03 09:00"), id="a note"),
        pytest.param(lambda s: s.escalated("11-03 09:00"), id="an escalation"),
    ],
)
def test_only_an_answer_stops_the_reply(act: Callable[[Story], Story]) -> None:
    assert verdict(act(Story()).run("reply")) == "breached"


# ---------------------------------------------------------------- met, breached, cancelled


@pytest.mark.parametrize(
    ("answered", "state"),
    [
        pytest.param("11-09 23:59:59", "met", id="at the due second"),
        pytest.param("11-10 00:00", "breached", id="a second later"),
    ],
)
def test_the_due_second_is_met(answered: str, state: str) -> None:
    assert verdict(Story().contact(answered, reply=True).run("reply")) == state


@pytest.mark.parametrize(
    ("now", "state"), [("11-09 23:59:59", "running"), ("11-10 00:00", "breached")], ids=["due", "past"]
)
def test_what_is_not_answered_is_breached_once_past_its_due(now: str, state: str) -> None:
    assert verdict(Story().run("reply"), now) == state


CANCELLED: dict[str, tuple[str, str, Story]] = {
    "closed first": ("reply", "cancelled", Story().close("11-05 09:00")),
    "closed after the breach": ("reply", "breached", Story().close("11-12 09:00")),
    "closed and reopened after the due": (
        "reply",
        "cancelled",
        Story().close("11-05 09:00").reopen("11-30 09:00").resolve("11-30 10:00"),
    ),
    "authority: closed and reopened after the due": (
        "authority",
        "cancelled",
        Story(authority_due="11-06 17:00").close("11-05 09:00").reopen("11-30 09:00"),
    ),
    "promise: closed and reopened after the due": (
        "promise",
        "cancelled",
        Story().contact("11-03 09:00", promise="11-06 18:00").close("11-05 09:00").reopen("11-30 09:00"),
    ),
    "rectification: closed with the case": (
        "rectification",
        "cancelled",
        Story().order("11-03 09:00", due="11-06 18:00").close("11-05 09:00"),
    ),
    "inspection: closed with the case": (
        "inspection",
        "cancelled",
        Story().order("11-03 09:00", due="11-06 18:00").done("11-04 09:00").close("11-05 09:00"),
    ),
    "callback: closed as unreachable on the third day": (
        "callback",
        "cancelled",
        Story()
        .resolve("11-03 09:00")
        .callback("11-03 10:00", "unreachable")
        .callback("11-04 10:00", "unreachable")
        .callback("11-05 10:00", "unreachable"),
    ),
    "void: whatever it was": (
        "reply",
        "cancelled",
        Story().contact("11-03 09:00", reply=True).close("11-05 09:00", "void"),
    ),
    "void: even a breach": ("reply", "cancelled", Story().close("11-12 09:00", "void")),
    "duplicate: even a breach": ("reply", "cancelled", Story().close("11-12 09:00", "duplicate")),
}


@pytest.mark.parametrize(("clock", "state", "story"), CANCELLED.values(), ids=CANCELLED)
def test_what_is_left_open_is_cancelled_by_the_closure(clock: str, state: str, story: Story) -> None:
    assert verdict(story.runs(clock)[0]) == state


@pytest.mark.parametrize(
    ("folded", "state"), [("11-05 09:00", "cancelled"), ("11-12 09:00", "cancelled")], ids=["before", "after"]
)
def test_a_case_folded_into_another_leaves_every_clock(folded: str, state: str) -> None:
    story = Story().add("join", folded, case="CQ1-20261102-009", refers="CQ1-20261102-001")
    assert verdict(story.run("reply")) == state


def test_a_fold_in_that_was_undone_cancels_nothing() -> None:
    story = Story().add("join", "11-05 09:00", case="CQ1-20261102-009", refers="CQ1-20261102-001")
    story.add("amendment", "11-05 09:01", case="CQ1-20261102-009", refers="CQ1-2", undo=True)
    assert verdict(story.run("reply"), "11-06 09:00") == "running"


def test_when_folded_anew_the_last_fold_in_cancels() -> None:
    story = Story().add("join", "11-05 09:00", case="CQ1-20261102-009", refers="CQ1-20261102-001")
    story.add("amendment", "11-05 09:01", case="CQ1-20261102-009", refers="CQ1-2", undo=True)
    story.add("join", "11-06 09:00", case="CQ1-20261102-009", refers="CQ1-20261102-001")
    assert stamp(story.run("reply").cancelled_at) == "11-06 09:00"


# ---------------------------------------------------------------- promises and other limits that are replaced

PROMISES: dict[str, tuple[list[tuple[str, str]], Story]] = {
    "a new promise becomes the limit": (
        [("11-05 18:00", "cancelled"), ("11-09 18:00", "met")],
        Story()
        .contact("11-03 09:00", promise="11-05 18:00")
        .contact("11-05 18:00", promise="11-09 18:00")
        .resolve("11-09 18:00"),
    ),
    "a breach that has happened stays": (
        [("11-05 18:00", "breached"), ("11-09 18:00", "met")],
        Story()
        .contact("11-03 09:00", promise="11-05 18:00")
        .contact("11-05 18:00:01", promise="11-09 18:00")
        .resolve("11-09 18:00"),
    ),
    "a promise recorded late counts by when it was made": (
        [("11-05 18:00", "cancelled"), ("11-09 18:00", "breached")],
        Story()
        .contact("11-04 09:00", promise="11-09 18:00")
        .contact("11-03 09:00", promise="11-05 18:00", recorded="11-10 09:00"),
    ),
    "one promise kept, another after reopening": (
        [("11-05 18:00", "met"), ("11-12 18:00", "breached")],
        Story()
        .contact("11-03 09:00", promise="11-05 18:00")
        .resolve("11-05 12:00")
        .callback("11-06 09:00", "unsatisfied")
        .contact("11-06 10:00", promise="11-12 18:00"),
    ),
    "an amended promise": (
        [("11-06 18:00", "met")],
        Story()
        .contact("11-03 09:00", promise="11-05 18:00")
        .resolve("11-06 12:00")
        .amend(2, "11-06 13:00", promise="11-06 18:00"),
    ),
}


@pytest.mark.parametrize(("runs", "story"), PROMISES.values(), ids=PROMISES)
def test_a_promise_is_the_limit_until_the_next(runs: list[tuple[str, str]], story: Story) -> None:
    assert told(story.runs("promise")) == runs


def test_a_new_due_of_a_dispatch_replaces_the_old() -> None:
    story = (
        Story().dispatch("11-03 09:00", due="11-06 18:00").dispatch("11-05 09:00", "物业", due="11-10 18:00")
    )
    assert told(story.runs("handle")) == [("11-06 18:00", "cancelled"), ("11-10 18:00", "breached")]


def test_a_redispatch_does_not_restart_the_contact() -> None:
    story = (
        Story()
        .dispatch("11-03 09:00", contact_within="30m")
        .dispatch("11-03 12:00", "物业", contact_within="30m")
    )
    assert told(story.runs("contact")) == [("11-03 09:30", "breached")]


# ---------------------------------------------------------------- the coordinate exception

COORDINATED: dict[str, tuple[str, str, Story]] = {
    "before the breach the limit is 10wd": (
        "11-16 23:59:59",
        "met",
        Story().dispatch("11-09 12:00", coordinate=True).contact("11-16 10:00", reply=True),
    ),
    "after the breach it stays 5wd": (
        "11-09 23:59:59",
        "breached",
        Story().dispatch("11-10 00:00", coordinate=True).contact("11-16 10:00", reply=True),
    ),
    "a dispatch that does not coordinate changes nothing": (
        "11-09 23:59:59",
        "breached",
        Story().dispatch("11-03 12:00").contact("11-16 10:00", reply=True),
    ),
    "recorded late, it counts by when it happened": (
        "11-16 23:59:59",
        "met",
        Story()
        .dispatch("11-09 12:00", coordinate=True, recorded="11-12 09:00")
        .contact("11-16 10:00", reply=True),
    ),
}


@pytest.mark.parametrize(("due", "state", "story"), COORDINATED.values(), ids=COORDINATED)
def test_a_coordinating_department_doubles_the_reply(due: str, state: str, story: Story) -> None:
    assert told(story.runs("reply")) == [(due, state)]


def test_the_responsible_department_stays_when_another_coordinates() -> None:
    case = Story().dispatch("11-03 09:00", "工程部").dispatch("11-03 10:00", "物业", coordinate=True).case()
    assert (case.department, case.coordinating) == ("工程部", ("物业",))


# ---------------------------------------------------------------- epochs

UNSATISFIED = (
    Story().contact("11-03 09:00", reply=True).resolve("11-04 10:00").callback("11-05 09:00", "unsatisfied")
)
REOPENED = Story().resolve("11-04 10:00").callback("11-05 09:00", "satisfied").reopen("11-30 09:00")


def test_an_unsatisfied_callback_starts_reply_and_close_anew() -> None:
    assert told(UNSATISFIED.runs("reply"), "11-06 09:00") == [
        ("11-09 23:59:59", "met"),
        ("11-12 23:59:59", "running"),
    ]
    assert told(UNSATISFIED.runs("close"), "11-06 09:00") == [
        ("11-23 23:59:59", "cancelled"),
        ("11-26 23:59:59", "running"),
    ]


def test_a_reopened_case_is_not_late_from_its_first_minute() -> None:
    assert [told(REOPENED.runs(clock), "11-30 09:00")[-1][1] for clock in ("reply", "close")] == [
        "running"
    ] * 2
    assert verdict(REOPENED.runs("close")[0]) == "met"


def test_dispatch_and_plan_start_anew_as_well() -> None:
    story = Story().dispatch("11-02 09:10").resolve("11-02 10:00").callback("11-03 09:00", "unsatisfied")
    assert told(story.runs("dispatch", "front-desk"), "11-03 09:10") == [
        ("11-02 09:30", "met"),
        ("11-03 09:30", "running"),
    ]
    story.dispatch("11-03 09:20")
    assert told(story.runs("plan", "front-desk"), "11-03 10:00")[-1] == ("11-03 10:20", "running")


def test_each_resolution_has_its_callback() -> None:
    story = UNSATISFIED_TWICE()
    assert told(story.runs("callback")) == [("11-09 23:59:59", "met"), ("11-11 23:59:59", "met")]


def UNSATISFIED_TWICE() -> Story:
    story = Story().resolve("11-04 10:00").callback("11-05 09:00", "unsatisfied")
    return story.resolve("11-06 10:00").callback("11-07 09:00", "satisfied")


def test_an_unreachable_try_keeps_the_callback_due() -> None:
    story = Story().resolve("11-04 10:00").callback("11-05 09:00", "unreachable")
    assert told(story.runs("callback"), "11-09 23:59:59") == [("11-09 23:59:59", "running")]


def test_a_failed_inspection_starts_the_rectification_anew() -> None:
    story = Story().order("11-03 09:00", due="11-05 18:00").done("11-05 10:00")
    story.inspect("11-06 09:00", "fail", due="11-09 18:00").done("11-09 18:00:01").inspect(
        "11-10 09:00", "pass"
    )
    assert told(story.runs("rectification")) == [("11-05 18:00", "met"), ("11-09 18:00", "breached")]
    assert told(story.runs("inspection")) == [("11-08 23:59:59", "met"), ("11-12 23:59:59", "met")]
    assert story.case().rectifications[0].first_pass is False


def test_a_failed_rectification_without_a_new_due_gets_its_limit_anew() -> None:
    story = Story().order("11-03 09:00", due="11-05 09:00").done("11-05 09:00").inspect("11-06 10:00", "fail")
    assert told(story.runs("rectification"), "11-08 10:00") == [
        ("11-05 09:00", "met"),
        ("11-08 10:00", "running"),
    ]


def test_two_rectifications_are_two_runs() -> None:
    story = Story().order("11-03 09:00", due="11-05 18:00").order("11-03 09:00", due="11-06 18:00", r="R2")
    story.done("11-04 09:00", r="R2")
    assert told(story.runs("rectification")) == [("11-05 18:00", "breached"), ("11-06 18:00", "met")]


# ---------------------------------------------------------------- waiting on the customer

PAUSED: dict[str, tuple[str, str, Story]] = {
    "24h move by the exact length": (
        "specialist",
        "11-04 10:30",
        Story()
        .contact("11-02 10:00", waiting_on_customer=True)
        .contact("11-03 11:30")
        .resolve("11-04 10:30"),
    ),
    "15wd move by the working days after the first paused one": (
        "jinke",
        "11-25 23:59:59",
        Story().contact("11-05 10:00", waiting_on_customer=True).contact("11-09 10:00"),
    ),
    "a wait over a weekend moves no working day": (
        "jinke",
        "11-23 23:59:59",
        Story().contact("11-06 10:00", waiting_on_customer=True).contact("11-08 20:00"),
    ),
    "the resolution ends the wait": (
        "jinke",
        "11-25 23:59:59",
        Story().contact("11-05 10:00", waiting_on_customer=True).resolve("11-09 10:00"),
    ),
    "a second flagged contact goes on with the same wait": (
        "jinke",
        "11-25 23:59:59",
        Story()
        .contact("11-05 10:00", waiting_on_customer=True)
        .contact("11-06 10:00", waiting_on_customer=True)
        .contact("11-09 10:00"),
    ),
    "a wait after the breach moves nothing": (
        "jinke",
        "11-23 23:59:59",
        Story().contact("11-24 10:00", waiting_on_customer=True).contact("11-27 10:00"),
    ),
}


@pytest.mark.parametrize(("policy", "due", "story"), PAUSED.values(), ids=PAUSED)
def test_a_wait_on_the_customer_moves_the_limit(policy: str, due: str, story: Story) -> None:
    assert stamp(story.run({"specialist": "resolve", "jinke": "close"}[policy], policy).due) == due


def test_while_the_customer_is_waited_on_close_is_paused_and_reply_is_not() -> None:
    story = Story().contact("11-05 10:00", waiting_on_customer=True)
    assert [verdict(story.run(clock)) for clock in ("close", "reply")] == ["paused", "breached"]


def test_a_wait_that_begins_after_the_breach_does_not_hide_it() -> None:
    assert verdict(Story().contact("11-24 10:00", waiting_on_customer=True).run("close")) == "breached"


# ---------------------------------------------------------------- follow-up

SILENCES: dict[str, tuple[list[tuple[str, str]], Story]] = {
    "seven days from the last act": ([("11-11 23:59:59", "breached")], Story().contact("11-04 10:00")),
    "an act in time starts it anew": ([("11-16 23:59:59", "breached")], Story().contact("11-09 23:59:59")),
    "a silence that was too long stays": (
        [("11-09 23:59:59", "breached"), ("11-17 23:59:59", "breached")],
        Story().contact("11-10 10:00"),
    ),
    "an escalation does not break it": ([("11-09 23:59:59", "breached")], Story().escalated("11-05 10:00")),
    "a note does": (
        [("11-12 23:59:59", "breached")],
        Story().note("11-05 10:00", "follow-up"),
    ),
    "thirty days once no agreement is recorded": (
        [("12-05 23:59:59", "breached")],
        Story().contact("11-05 10:00", no_agreement=True),
    ),
    "a breach before that stays": (
        [("11-09 23:59:59", "breached"), ("12-12 23:59:59", "breached")],
        Story().contact("11-12 10:00", no_agreement=True),
    ),
    "closed in time": ([], Story().close("11-05 10:00")),
    "closed too late": ([("11-09 23:59:59", "breached")], Story().close("11-10 10:00")),
    "nobody follows up a closed case that is opened again": (
        [("12-07 23:59:59", "breached")],
        Story().close("11-05 10:00").reopen("11-30 10:00"),
    ),
    "nor a quiet one": ([], Story(sensitive=True).resolve("11-05 10:00")),
    "nor a quiet one that is opened again": (
        [("12-07 23:59:59", "breached")],
        Story(sensitive=True)
        .resolve("11-05 10:00")
        .add("auto-closure", "11-13 00:00", why="quiet")
        .reopen("11-30 10:00"),
    ),
    "nor one solved on the spot": ([], Story(on_the_spot=True)),
    "a case that waits for its callback is followed up": (
        [("11-12 23:59:59", "breached")],
        Story().resolve("11-05 10:00"),
    ),
    "acts recorded late break it as well": (
        [("11-14 23:59:59", "breached")],
        Story().contact("11-07 10:00", recorded="11-12 10:00"),
    ),
    "an act taken back breaks nothing, but taking it back does": (
        [("11-12 23:59:59", "breached")],
        Story().contact("11-05 10:00").undo(2, "11-05 10:05"),
    ),
}


@pytest.mark.parametrize(("runs", "story"), SILENCES.values(), ids=SILENCES)
def test_nobody_acts_for_seven_days(runs: list[tuple[str, str]], story: Story) -> None:
    assert [run for run in told(story.runs("follow-up")) if run[1] != "met"] == runs


def test_silences_ended_in_time_are_met_and_counted() -> None:
    story = Story().contact("11-05 10:00").contact("11-08 10:00")
    assert told(story.runs("follow-up")) == [
        ("11-09 23:59:59", "met"),
        ("11-12 23:59:59", "met"),
        ("11-15 23:59:59", "breached"),
    ]


# ---------------------------------------------------------------- a brief from the level on

BRIEFS: dict[str, tuple[str, str, Story]] = {
    "graded so at log": ("jinke", "11-03 09:00", Story(media="exposed").contact("11-02 10:00")),
    "made so by a join": (
        "jinke",
        "11-04 10:00",
        Story().add("join", "11-03 10:00", people=20).contact("11-05 10:00"),
    ),
    "made so by an amendment": (
        "jinke",
        "11-05 10:00",
        Story().contact("11-03 10:00").amend(1, "11-04 10:00", media="exposed"),
    ),
    "an amendment of something else moves nothing": (
        "jinke",
        "11-03 09:00",
        Story(media="exposed").amend(1, "11-04 10:00", home="3-1-502"),
    ),
    "people taken back and joined anew": (
        "jinke",
        "11-07 10:00",
        Story()
        .add("join", "11-03 10:00", people=20)
        .undo(2, "11-03 10:05")
        .add("join", "11-06 10:00", people=20),
    ),
    "by age": ("major-hot", "11-11 23:59:59", Story("11-02 09:00")),
    "by age first, by facts later": (
        "major-hot",
        "11-11 23:59:59",
        Story("11-02 09:00").add("join", "11-20 10:00", people=9),
    ),
    "an escalation moves nothing": ("jinke", "11-03 09:00", Story(media="exposed").escalated("11-02 10:00")),
}


@pytest.mark.parametrize(("policy", "due", "story"), BRIEFS.values(), ids=BRIEFS)
def test_a_brief_is_due_from_when_the_level_was_reached(policy: str, due: str, story: Story) -> None:
    assert [stamp(run.due) for run in story.runs("brief", policy)] == [due]


def test_a_level_that_was_a_mistake_asks_for_no_brief() -> None:
    assert Story(people=30).amend(1, "11-02 09:05", people=3).runs("brief", "jinke") == []


# ---------------------------------------------------------------- properties

ACTS: dict[str, Callable[[Story, str], Story]] = {
    "dispatch": lambda s, at: s.dispatch(at, contact_within="30m"),
    "coordinate": lambda s, at: s.dispatch(at, "物业", coordinate=True),
    "contact": lambda s, at: s.contact(at),
    "reply": lambda s, at: s.contact(at, reply=True),
    "waiting": lambda s, at: s.contact(at, waiting_on_customer=True),
    "no agreement": lambda s, at: s.contact(at, no_agreement=True),
    "promise": lambda s, at: s.contact(at, promise=_days_on(at, 2)),
    "order": lambda s, at: s.order(at, due=_days_on(at, 3), r=f"R{len(s.entries)}"),
    "done": lambda s, at: _on_an_order(s, lambda r: s.done(at, r=r), done=False),
    "failed": lambda s, at: _on_an_order(s, lambda r: s.inspect(at, "fail", r=r), done=True),
    "join": lambda s, at: s.add("join", at, people=4),
    "note": lambda s, at: s.note(at),
    "resolve": lambda s, at: s.resolve(at) if s.case().state in ("open", "rectifying") else s,
    "unsatisfied": lambda s, at: s.callback(at, "unsatisfied") if s.case().state == "resolved" else s,
    "satisfied": lambda s, at: s.callback(at, "satisfied") if s.case().state == "resolved" else s,
    "unreachable": lambda s, at: s.callback(at, "unreachable") if s.case().state == "resolved" else s,
    "withdrawn": lambda s, at: s.close(at) if s.case().state in ("open", "rectifying") else s,
    "reopen": lambda s, at: s.reopen(at) if s.case().state in ("resolved", "closed") else s,
}


def _days_on(at: str, days: int) -> str:
    return f"11-{min(int(at[3:5]) + days, 30):02} {at[6:]}"


def _on_an_order(story: Story, act: Callable[[str], Story], *, done: bool) -> Story:
    case = story.case()
    waiting = [
        r.id for r in case.rectifications if (r.current.done_at is not None) is done and not r.current.result
    ]
    return act(waiting[0]) if waiting and case.state in ("open", "rectifying") else story


plots = st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(2, 28), st.integers(0, 23)), max_size=9)


def tell(plot: list[tuple[str, int, int]], after_each: Callable[[Story], None] = lambda story: None) -> Story:
    """A story in which acts follow each other in time."""
    story = Story("11-01 09:00")
    for name, day, hour in sorted(plot, key=lambda step: step[1:]):
        before = len(story.entries)
        ACTS[name](story, f"11-{day:02} {hour:02}:30")
        if len(story.entries) > before:
            after_each(story)
    return story


@pytest.mark.parametrize("policy", ["jinke", "call-centre", "specialist"])
@given(plot=plots)
def test_a_verdict_stands_once_its_run_has_ended(policy: str, plot: list[tuple[str, int, int]]) -> None:
    ended: dict[tuple[str, int], str] = {}

    def check(story: Story) -> None:
        now = max(entry.at for entry in story.entries)
        for run in story.judged(policy).clocks:
            key, state = (run.clock, run.epoch), run.state(now)
            assert ended.get(key, state) == state, (key, [entry.kind for entry in story.entries])
            if state in ("met", "breached", "cancelled"):
                ended[key] = state

    story = tell(plot, check)
    for run in story.judged(policy).clocks:
        if (run.clock, run.epoch) in ended:
            assert verdict(run) == ended[run.clock, run.epoch]


@pytest.mark.parametrize("policy", ["jinke", "call-centre", "specialist"])
def test_t4_a_run_that_ends_while_the_customer_is_waited_on_was_not_breached(policy: str) -> None:
    """Neither before nor after the next contact: the office was waiting when the limit would have passed."""
    waited = Story("11-01 09:00").resolve("11-02 00:30").contact("11-02 01:30", waiting_on_customer=True)
    reopened = waited.callback("11-28 00:30", "unsatisfied")
    before = [run for run in reopened.judged(policy).clocks if (run.clock, run.epoch) == ("close", 1)]
    after = reopened.contact("11-28 01:30").judged(policy).clocks
    assert [verdict(run) for run in before] == ["cancelled"] * len(before)
    assert [verdict(r) for r in after if (r.clock, r.epoch) == ("close", 1)] == ["cancelled"] * len(before)


@pytest.mark.parametrize("policy", ["jinke", "major-hot"])
@given(plot=plots, day=st.integers(2, 28))
def test_what_the_program_writes_changes_no_clock(
    policy: str, plot: list[tuple[str, int, int]], day: int
) -> None:
    story = tell(plot)
    before = [run[:7] for run in story.judged(policy).clocks]
    story.escalated(f"11-{day:02} 12:00").escalated(f"11-{day:02} 12:00", clock="follow-up", rung=2)
    assert [run[:7] for run in story.judged(policy).clocks] == before


@given(plot=plots)
def test_the_keys_of_runs_are_unique(plot: list[tuple[str, int, int]]) -> None:
    runs = tell(plot).judged("jinke").clocks
    keys = [(run.clock, run.epoch) for run in runs]
    assert len(keys) == len(set(keys))


# ---------------------------------------------------------------- history


def test_history_has_clocks_and_they_are_judged(kfcs: Shell) -> None:
    (kfcs.folder / "old.csv").write_text(
        "项目,内容,时间,电话\nA,车位划线不清,2026-09-01 09:00,13800000001\n", "utf-8"
    )
    kfcs.do("import", "cases", str(kfcs.folder / "old.csv"), "--history")
    shown = kfcs.show("20260901-001")
    assert {run["clock"]: run["state"] for run in shown["clocks"]}["reply"] == "breached"
    assert kfcs.escalate(now="2026-12-01 09:00") == []

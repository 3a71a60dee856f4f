"""Failures that users of similar tools reported about deadlines, calendars and pauses, each with the right behaviour.

The ids are those under which the reports are kept: C1 and so on. What concerns the calendar alone (C3, C5, C12, C16,
C17, C33, C43) is tested with the calendar.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from casework import Story, calendar, failures, moment, stamp
from conftest import NewDesk
from shell import clocks, settings

from kfcs.rules.conditions import any_holds


def due(shown: Any, clock: str) -> str:
    """The limit of a clock's latest run in a shown case, as these tests write moments."""
    found = next(run["due"] for run in shown["clocks"] if run["clock"] == clock)
    return str(found).removesuffix("+08:00")


def c1_a_week_with_one_working_day(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    off = [f"2026-11-{day:02}" for day in range(2, 31) if day % 7 != 3]  # Tuesdays are 3, 10, 17 …
    settings(kfcs, days_off=str(off).replace("'", '"'))
    assert due(kfcs.show(kfcs.log()), "reply") == "2026-12-01T23:59:59"


def c2_the_lunch_break_is_no_office_time(new_desk: NewDesk) -> None:
    kfcs = new_desk("specialist")
    settings(kfcs, office_hours='["09:00-13:00", "14:00-18:00"]')
    assert due(kfcs.show(kfcs.log(now="2026-11-02 12:55")), "contact") == "2026-11-02T14:07:00"


def c6_a_wait_is_measured_in_the_unit_of_its_clock(new_desk: NewDesk) -> None:
    story = Story("11-05 09:00").contact("11-06 10:00", waiting_on_customer=True).contact("11-09 09:00")
    assert stamp(story.run("close").due) == "11-27 23:59:59"  # one working day more, not three days


def c7_the_wait_belongs_to_the_case_whatever_its_level_becomes(new_desk: NewDesk) -> None:
    story = Story().contact("11-04 10:00", waiting_on_customer=True).contact("11-06 10:00")
    before = story.run("close").due
    assert story.amend(1, "11-06 11:00", media="exposed", urgency="15m").run("close").due == before


def c8_time_after_the_resolution_never_counts(new_desk: NewDesk) -> None:
    for closing in ("satisfied", "refused"):
        story = Story().resolve("11-03 09:00").callback("11-03 10:00", closing).reopen("12-20 09:00")
        states = {
            run.clock: run.state(moment("12-20 09:30")) for run in reversed(story.judged("specialist").clocks)
        }
        assert "breached" not in states.values(), (closing, states)


def c10_resolve_close_and_ages_all_wait(new_desk: NewDesk) -> None:
    story = Story().contact("11-02 10:00", waiting_on_customer=True)
    now = moment("12-20 09:00")
    states = {
        run.clock: run.state(now) for name in ("jinke", "specialist") for run in story.judged(name).clocks
    }
    assert (states["resolve"], states["close"], story.level("12-20 09:00")) == ("paused", "paused", 4)


def c11_every_clock_counts_in_one_calendar(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    settings(kfcs, days_off='["2026-11-04"]')
    case = kfcs.log("x", "--channel", "letter", now="2026-11-03 09:00")
    kfcs.do("resolve", case, "x")
    shown = kfcs.show(case)
    assert [due(shown, clock)[5:10] for clock in ("contact", "callback", "reply", "close")] == [
        "11-05", "11-09", "11-11", "11-25"]  # fmt: skip


def c13_a_quiet_case_closes_at_the_end_of_its_days_not_at_an_hour(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log("x", "--sensitive")
    kfcs.do("resolve", case, "x", now="2026-11-06 17:30")
    kfcs.escalate(now="2026-11-13 23:59:59")
    assert kfcs.show(case)["state"] == "resolved"
    kfcs.escalate(now="2026-11-16 09:00")
    assert kfcs.show(case)["timeline"][-1]["at"] == "2026-11-14T00:00:00+08:00"


def c15_each_skipped_day_is_told_with_its_source(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log(now="2026-09-29 09:00")
    (reply,) = (
        run for run in kfcs.do("why", case, "--format", "json").json["clocks"] if run["clock"] == "reply"
    )
    skipped = [day for day in reply["days"] if not day["counted"]]
    assert "2026-10-01" in [day["day"] for day in skipped]
    assert all(day["source"] for day in skipped)


def c18_a_later_clock_starts_only_when_the_earlier_stage_ends(new_desk: NewDesk) -> None:
    kfcs = new_desk("front-desk")
    case = kfcs.log()
    assert "plan" not in clocks(kfcs.show(case))
    kfcs.do("dispatch", case, "--to", "工程部", now="2026-11-02 09:20")
    assert due(kfcs.show(case), "plan") == "2026-11-02T10:20:00"


def c20_a_repeat_restarts_a_quiet_case_through_whatever_channel(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    for number, channel in enumerate(("phone", "letter", "wechat", "media")):
        case = kfcs.log("举报", "--sensitive", project=f"P{number}")
        kfcs.do("resolve", case, "x")
        kfcs.log("又来", "--repeat-of", case, "--channel", channel, project=f"P{number}")
        assert kfcs.show(case)["state"] == "open", channel


def c21_only_certain_entries_answer_a_clock(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    for words in (
        ("note", case, "x"),
        ("contact", case, "x"),
        ("contact", case, "x", "--plan"),
        ("dispatch", case, "--to", "a"),
    ):
        kfcs.do(*words)
        assert clocks(kfcs.show(case))["reply"] == "running", words
    kfcs.do("contact", case, "x", "--reply")
    assert clocks(kfcs.show(case))["reply"] == "met"


def c22_a_limit_is_new_in_the_answer_of_the_act_itself(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    for promise in ("2026-11-05T18:00:00", "2026-11-06T18:00:00"):
        answer = kfcs.do("contact", case, "x", "--promise", promise, "--format", "json")
        assert due(answer.json, "promise") == promise


def c23_a_reply_and_a_wait_in_one_contact_are_both_kept(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    kfcs.do("contact", case, "x", "--reply", "--waiting-on-customer", now="2026-11-03 09:00")
    states = clocks(kfcs.show(case))
    assert (states["reply"], states["close"]) == ("met", "paused")


def c25_however_often_it_was_closed_and_opened_again(new_desk: NewDesk) -> None:
    story = Story()
    for day in (3, 10, 17, 24):
        story.resolve(f"11-{day:02} 09:00").callback(f"11-{day:02} 10:00", "satisfied").reopen(
            f"11-{day + 2:02} 09:00"
        )
    now = moment("11-26 10:00")
    assert [run.state(now) for run in story.runs("close")] == ["met"] * 4 + ["running"]
    assert [run.state(now) for run in story.runs("follow-up") if run.state(now) == "breached"] == []


def c26_what_comes_on_a_day_off_counts_from_there(new_desk: NewDesk) -> None:
    sunday = Story("11-01 22:00").contact("11-01 22:30", waiting_on_customer=True).contact("11-01 23:00")
    monday = Story("11-02 09:00")
    assert stamp(sunday.run("reply").due) == "11-06 23:59:59"
    assert stamp(monday.run("reply").due) == "11-09 23:59:59"


def c27_moments_are_compared_not_days(new_desk: NewDesk) -> None:
    story = Story().contact("11-03 09:00", promise="11-05 10:00").resolve("11-05 17:00")
    assert story.run("promise").state(moment("11-06 09:00")) == "breached"


def c28_a_known_holiday_is_skipped(new_desk: NewDesk) -> None:
    assert stamp(Story("09-30 09:00").run("reply").due) == "10-13 23:59:59"


def c30_a_wait_that_ends_before_work_begins_adds_nothing(new_desk: NewDesk) -> None:
    story = Story("11-07 09:00").contact("11-07 10:00", waiting_on_customer=True).contact("11-08 10:00")
    assert story.run("close").due == Story("11-07 09:00").run("close").due


def c31_the_first_resolution_is_kept_beside_the_last(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    kfcs.do("resolve", case, "x", now="2026-11-03 09:00")
    kfcs.do("callback", case, "--unsatisfied", now="2026-11-04 09:00")
    kfcs.do("resolve", case, "y", now="2026-11-05 09:00")
    acts = kfcs.show(case)["timeline"]
    assert [act["at"][:10] for act in acts if act["kind"] == "resolution"] == ["2026-11-03", "2026-11-05"]


def c32_an_empty_condition_holds_for_nothing(new_desk: NewDesk) -> None:
    assert any_holds((), Story().judged().facts) is False


def c35_what_is_overdue_follows_from_the_clocks(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    kfcs.do("contact", case, "x", "--promise", "2026-11-04 18:00")
    overdue = ("list", "--overdue", "--format", "json")
    assert [row["case"] for row in kfcs.do(*overdue, now="2026-11-04 18:00:01").json] == [case]
    kfcs.do("contact", case, "x", "--promise", "2026-11-06 18:00")
    assert kfcs.do(*overdue).json == []


def c36_closing_keeps_the_breach(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    kfcs.do("close", case, "--why", "withdrawn", "--reason", "x", now="2026-11-12 09:00")
    assert clocks(kfcs.show(case))["reply"] == "breached"


def c37_a_case_opened_again_after_its_limit_has_a_new_one(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log()
    kfcs.do("close", case, "--why", "withdrawn", "--reason", "x", now="2026-11-04 09:00")
    kfcs.do("reopen", case, "--reason", "x", now="2026-11-30 09:00")
    assert {row["clock"] for row in kfcs.escalate()} == {None}
    assert due(kfcs.show(case), "reply") == "2026-12-07T23:59:59"


def c38_an_emptied_limit_is_no_limit(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    case = kfcs.log("x", "--ref", "12345-1", "--due", "2026-11-04 17:00")
    assert "authority" in clocks(kfcs.show(case))
    kfcs.do("amend", case, "--set", "authority_due=", "--reason", "x")
    assert "authority" not in clocks(kfcs.show(case))


def c40_what_starts_anew_is_told_by_its_epoch(new_desk: NewDesk) -> None:
    story = Story().resolve("11-03 09:00").callback("11-04 09:00", "unsatisfied")
    assert [run.epoch for run in story.runs("close")] == [1, 2]
    assert [stamp(run.start) for run in story.runs("close")] == ["11-02 09:00", "11-04 09:00"]


def c41_a_saturday_worked_for_a_bridge_day_is_given_by_its_date(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    settings(kfcs, days_on='["2026-11-07"]', days_off='["2026-11-06"]')
    assert due(kfcs.show(kfcs.log()), "reply") == "2026-11-09T23:59:59"
    settings_text = (kfcs.folder / "kfcs.toml").read_text("utf-8")
    (kfcs.folder / "kfcs.toml").write_text(settings_text.replace('"2026-11-07"', '"2026-11-14"'), "utf-8")
    assert due(kfcs.show(kfcs.log()), "reply") == "2026-11-10T23:59:59"


def c42_make_up_sundays_are_working_days(new_desk: NewDesk) -> None:
    assert [calendar().is_working(moment(f"{day} 00:00").date()) for day in ("2019-04-28", "2019-05-05")] == [
        True,
        True,
    ]


def c45_an_unpublished_year_is_marked(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    answer = kfcs.do("log", "x", "--project", "A", "--format", "json", now="2026-12-29 09:00")
    marked = {run["clock"]: run["provisional"] for run in answer.json["clocks"]}
    assert (marked["reply"], marked["follow-up"], "2027" in answer.err) == ([2027], [], True)


def c46_moments_are_stored_with_their_zone_whatever_the_machine_has(new_desk: NewDesk) -> None:
    kfcs = new_desk()
    for zone in ("UTC", "America/New_York", "Asia/Kathmandu"):
        answer = kfcs.do(
            "log", "x", "--project", "A", "--format", "json", "--at", "2026-11-02 08:00", TZ=zone
        )
        assert answer.json["received_at"] == "2026-11-02T08:00:00+08:00", zone


@failures("c", globals())
def test_a_failure_reported_of_another_tool(check: Callable[[NewDesk], None], new_desk: NewDesk) -> None:
    check(new_desk)

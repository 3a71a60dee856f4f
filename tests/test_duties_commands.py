"""due, submit, check and the escalation of what nobody handed in, through the command line (O1, O4, E2, E5, E7)."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import NewDesk
from shell import Shell, settings

NAMES = "branch-report, group-report, score-feedback, progress-report, skills-exchange, quarter-ranking"


def due(kfcs: Shell, month: str = "", *words: str, now: str | None = None) -> dict[tuple[str, str], Any]:
    """What falls due in a month, by name and period."""
    asked = ("--month", month) if month else ()
    rows = kfcs.do("due", *asked, "--format", "json", *words, now=now).json
    assert rows == sorted(rows, key=lambda row: row["due"])
    return {(row["name"], row["period"]): row for row in rows}


def overdue(kfcs: Shell, now: str, *words: str) -> list[tuple[str, int]]:
    """The obligations that one run escalates: subject and rung."""
    rows = kfcs.do("escalate", "--format", "json", *words, now=now).json
    assert all((row["rule"], row["case"], row["clock"]) == ("obligation-overdue", None, None) for row in rows)
    return [(row["due"][5:10], row["rung"]) for row in rows]


def with_report_only(kfcs: Shell) -> None:
    """A policy that wants the branch's report and nothing else, so that a run shows it alone."""
    others = NAMES.split(", ")[1:]
    rows = ", ".join(f'{{ id = "{name}", off = true }}' for name in others)
    folder = kfcs.folder / "policies"
    folder.mkdir()
    (folder / "ours.toml").write_text(
        f'name = "ours"\nextends = "jinke"\ntitle = {{ zh = "本部制度", en = "Ours" }}\nobligation = [{rows}]\n',
        encoding="utf-8",
    )
    path = kfcs.folder / "kfcs.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"jinke"', '"ours"'), encoding="utf-8")


# ---------------------------------------------------------------- due


def test_due_lists_this_month_by_due_date(kfcs: Shell) -> None:
    rows = due(kfcs, now="2026-10-03 09:00")
    assert [(name, period, row["due"][:10]) for (name, period), row in rows.items()] == [
        ("branch-report", "2026-09", "2026-10-05"),
        ("group-report", "2026-09", "2026-10-10"),
        ("score-feedback", "2026-09", "2026-10-10"),
        ("quarter-ranking", "2026-Q3", "2026-10-10"),
        ("progress-report", "2026-10", "2026-10-30"),
        ("skills-exchange", "2026-10", "2026-10-31"),
    ]
    first = rows["branch-report", "2026-09"]
    assert (
        first
        | {
            "title": "Complaint analysis report of the branch",
            "for": "branch",
            "due": "2026-10-05T23:59:59+08:00",
            "state": "upcoming",
            "submitted_at": None,
            "branch": "重庆",
        }
        == first
    )
    assert due(kfcs, "default") == rows


def test_the_month_may_stand_without_a_value(kfcs: Shell) -> None:
    assert kfcs.do("due", "--month", "--format", "json").json == kfcs.do("due", "--format", "json").json


def test_a_policy_without_obligations_has_nothing_due(new_desk: NewDesk) -> None:
    kfcs = new_desk("base")
    assert kfcs.do("due", "--format", "json").json == []
    assert "has no obligations" in kfcs.refused("submit", "branch-report", "--period", "2026-09", code=2)
    assert overdue(kfcs, "2027-11-02 09:00") == []


def test_due_in_words_and_in_chinese(new_desk: NewDesk) -> None:
    out = new_desk("specialist", lang="zh").do("due", "--month", "2026-09", "--format", "table").out
    assert "客户服务月报" in out
    assert "客服专员" in out
    assert "待报送" in out or "未报送" in out


def test_a_year_that_is_not_published_is_warned_of_by_its_number(kfcs: Shell) -> None:
    answer = kfcs.do("due", "--month", "2041-03", "--format", "json")
    assert "2041" in answer.err
    provisional = {row["name"]: row["provisional"] for row in answer.json}
    assert (provisional["branch-report"], provisional["score-feedback"]) == (False, True)
    assert kfcs.do("due", "--month", "2026-10").err == ""


@pytest.mark.parametrize("month", ["2026-13", "2026", "soon"])
def test_a_month_that_is_none_is_refused(kfcs: Shell, month: str) -> None:
    assert month in kfcs.refused("due", "--month", month, code=2)


# ---------------------------------------------------------------- submit


def test_what_is_handed_in_in_time_is_done_and_later_is_late(kfcs: Shell) -> None:
    kfcs.do("submit", "branch-report", "--period", "2026-10", now="2026-11-05 23:59")
    kfcs.do("submit", "branch-report", "--period", "2026-09", now="2026-11-06 00:00")
    row = due(kfcs, "2026-11")["branch-report", "2026-10"]
    assert (row["state"], row["submitted_at"], row["days_late"]) == ("done", "2026-11-05T23:59:00+08:00", 0)
    row = due(kfcs, "2026-10")["branch-report", "2026-09"]
    assert (row["state"], row["days_late"]) == ("late", 32)
    assert due(kfcs, "2026-11")["score-feedback", "2026-10"]["state"] == "upcoming"
    assert due(kfcs, "2026-11", now="2026-11-11 00:00")["score-feedback", "2026-10"]["state"] == "missed"


def test_submit_says_whether_it_is_late(kfcs: Shell) -> None:
    late = kfcs.do("submit", "branch-report", "--period", "2026-10", now="2026-11-07 09:00").out
    assert late == "Complaint analysis report of the branch for 2026-10: late, days late: 2.\n"
    in_time = kfcs.do("submit", "progress-report", "--period", "2026-11").out
    assert in_time == "Progress of the works for 2026-11: done.\n"


def test_submit_in_json_is_the_row_of_due(kfcs: Shell) -> None:
    made = kfcs.do("submit", "branch-report", "--period", "2026-10", "--format", "json").json
    assert made == due(kfcs)["branch-report", "2026-10"]
    assert made["state"] == "done"


def test_a_second_submission_is_refused_and_the_first_stands(kfcs: Shell) -> None:
    kfcs.do("submit", "branch-report", "--period", "2026-10", now="2026-11-04 09:00")
    told = kfcs.refused("submit", "branch-report", "--period", "2026-10", now="2026-11-05 09:00")
    assert "2026-11-04 09:00" in told
    assert due(kfcs)["branch-report", "2026-10"]["submitted_at"] == "2026-11-04T09:00:00+08:00"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("branch-reprot", "--period", "2026-10"), NAMES),
        (("branch-report", "--period", "2026-Q3"), "2026-Q3"),
        (("branch-report", "--period", "2026-13"), "2026-13"),
        (("quarter-ranking", "--period", "2026-10"), "The last one was 2026-Q3."),
        (("branch-report", "--period", ""), "--period is missing"),
        (("branch-report",), "--period is missing"),
        (("branch-report", "--period", "2026-10", "--at", "+1d"), "+1d"),
        (("branch-report", "--period", "2026-10", "--branch", " "), "--branch"),
    ],
    ids=str,
)
def test_what_no_state_could_make_right_is_refused(kfcs: Shell, words: tuple[str, ...], told: str) -> None:
    answer = kfcs("submit", *words)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err
    assert "entries" in kfcs.do("verify").err


def test_a_period_may_be_written_as_people_do(kfcs: Shell) -> None:
    kfcs.do("submit", "branch-report", "--period", "2026年10月", "--at", "2026-11-01 10:00")
    assert due(kfcs)["branch-report", "2026-10"]["submitted_at"] == "2026-11-01T10:00:00+08:00"


def test_each_branch_hands_in_for_itself_and_the_group_once_for_all(kfcs: Shell) -> None:
    kfcs.do("submit", "branch-report", "--period", "2026-10", "--branch", "成都")
    kfcs.do("submit", "score-feedback", "--period", "2026-10", "--branch", "成都")
    ours, theirs = due(kfcs), due(kfcs, "", "--branch", "成都")
    assert ours["branch-report", "2026-10"]["state"] == "upcoming"
    assert theirs["branch-report", "2026-10"]["state"] == "done"
    assert (
        ours["score-feedback", "2026-10"]["state"] == theirs["score-feedback", "2026-10"]["state"] == "done"
    )
    kfcs.refused("submit", "score-feedback", "--period", "2026-10")


def test_a_submission_taken_back_or_corrected(kfcs: Shell) -> None:
    kfcs.do("submit", "branch-report", "--period", "2026-10", now="2026-11-05 09:00")
    kfcs.do("undo", now="2026-11-05 09:10")
    assert due(kfcs)["branch-report", "2026-10"]["state"] == "upcoming"
    again = kfcs.do(
        "submit", "branch-report", "--period", "2026-10", "--format", "json", now="2026-11-06 09:00"
    )
    assert again.json["state"] == "late"
    kfcs.do("amend", again.json["entry"], "--set", "at=2026-11-05 20:00", "--reason", "邮件时间")
    assert due(kfcs)["branch-report", "2026-10"]["state"] == "done"
    kfcs.do("verify")
    kfcs.do("rebuild")
    assert due(kfcs)["branch-report", "2026-10"]["state"] == "done"


def test_as_of_gives_what_was_known_then(kfcs: Shell) -> None:
    kfcs.do("submit", "branch-report", "--period", "2026-10", now="2026-11-06 09:00")
    row = due(kfcs, "2026-11", "--as-of", "2026-11-06 08:00")["branch-report", "2026-10"]
    assert (row["state"], row["submitted_at"]) == ("missed", None)


# ---------------------------------------------------------------- escalation

FIFTH = "11-05"


def test_an_overdue_obligation_climbs_the_ladder(kfcs: Shell) -> None:
    with_report_only(kfcs)
    assert overdue(kfcs, "2026-11-05 23:59") == []
    assert overdue(kfcs, "2026-11-06 00:00") == [(FIFTH, 1)]
    assert overdue(kfcs, "2026-11-06 00:01") == []
    assert overdue(kfcs, "2026-11-07 00:00") == [(FIFTH, 2)]
    assert overdue(kfcs, "2026-11-10 23:59") == []
    assert overdue(kfcs, "2026-11-11 00:00") == [(FIFTH, 3)]
    assert overdue(kfcs, "2026-11-13 00:00") == [(FIFTH, 4)]
    assert overdue(kfcs, "2026-12-05 09:00") == []
    assert overdue(kfcs, "2026-12-06 09:00") == [("12-05", 1)]


def test_an_escalation_names_what_is_missing_and_who_must_hear(kfcs: Shell) -> None:
    with_report_only(kfcs)
    [row] = kfcs.do("escalate", "--format", "json", now="2026-11-06 09:00").json
    assert row["subject"] == "branch-report 2026-10"
    assert (row["recipient"], row["clause"]) == ("branch-head", "客户服务分部工作职责 5")
    assert (row["due"], row["late_seconds"]) == ("2026-11-05T23:59:59+08:00", 9 * 3600 + 1)
    assert row["next_step"]


def test_an_outage_gives_the_same_set_in_order(kfcs: Shell) -> None:
    with_report_only(kfcs)
    kfcs.escalate(now="2026-11-04 09:00")
    months = [(f"{month}-05", rung) for month in ("11", "12") for rung in (1, 2, 3, 4)]
    assert sorted(overdue(kfcs, "2026-12-31 09:00")) == months
    assert overdue(kfcs, "2026-12-31 09:01") == []


def test_a_dry_run_says_the_same_and_changes_nothing(kfcs: Shell) -> None:
    with_report_only(kfcs)
    assert overdue(kfcs, "2026-11-06 09:00", "--dry-run") == [(FIFTH, 1)]
    assert overdue(kfcs, "2026-11-06 09:00") == [(FIFTH, 1)]


def test_handed_in_in_time_it_is_never_escalated(kfcs: Shell) -> None:
    with_report_only(kfcs)
    kfcs.do("submit", "branch-report", "--period", "2026-10", now="2026-11-05 20:00")
    assert overdue(kfcs, "2026-12-01 09:00") == []


def test_handed_in_late_it_keeps_the_rungs_that_had_passed(kfcs: Shell) -> None:
    with_report_only(kfcs)
    kfcs.do("submit", "branch-report", "--period", "2026-10", now="2026-11-07 09:00")
    assert overdue(kfcs, "2026-12-01 09:00") == [(FIFTH, 1), (FIFTH, 2)]


def test_a_submission_taken_back_after_its_due_is_overdue(kfcs: Shell) -> None:
    with_report_only(kfcs)
    kfcs.do("submit", "branch-report", "--period", "2026-10", now="2026-11-05 23:55")
    assert overdue(kfcs, "2026-11-06 00:01") == []
    kfcs.do("undo", now="2026-11-06 00:05")
    assert overdue(kfcs, "2026-11-07 00:00") == [(FIFTH, 1), (FIFTH, 2)]


def test_e7_what_fell_due_before_the_ledgers_first_day_is_not_escalated(kfcs: Shell) -> None:
    """The desk is set up on 2 November, so October's dues are none of its business."""
    with_report_only(kfcs)
    kfcs.log(now="2026-11-03 09:00")
    assert overdue(kfcs, "2026-11-04 09:00") == []


@pytest.mark.parametrize(
    ("since", "wanted"), [("2026-10-05", [("10-05", 4)]), ("2026-10-06", []), ("2026-11-06", [])]
)
def test_e7_another_first_day_may_be_set(kfcs: Shell, since: str, wanted: list[tuple[str, int]]) -> None:
    with_report_only(kfcs)
    settings(kfcs, obligations_since=since)
    assert overdue(kfcs, "2026-11-04 09:00")[-1:] == wanted


def test_e7_an_earlier_first_day_set_later_is_looked_at_from_its_beginning(kfcs: Shell) -> None:
    with_report_only(kfcs)
    assert overdue(kfcs, "2026-11-04 09:00") == []
    settings(kfcs, obligations_since="2026-09-01")
    assert overdue(kfcs, "2026-11-04 09:01") == [(due, r) for due in ("09-05", "10-05") for r in (1, 2, 3, 4)]


def test_another_policy_does_not_dig_up_its_past(kfcs: Shell) -> None:
    """Under the policy before, the report of October was due and escalated; the new one begins with its own dues."""
    with_report_only(kfcs)
    overdue(kfcs, "2026-11-25 09:00")
    path = kfcs.folder / "kfcs.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"ours"', '"front-desk"'), encoding="utf-8")
    assert overdue(kfcs, "2026-11-26 09:00") == []
    assert overdue(kfcs, "2026-12-04 09:00") == [("12-03", 1)]


def test_each_day_has_its_own(new_desk: NewDesk) -> None:
    kfcs = new_desk("appeals")
    assert overdue(kfcs, "2026-11-02 09:00") == []
    kfcs.do("submit", "daily-summary", "--period", "2026-11-03", now="2026-11-03 18:00")
    assert overdue(kfcs, "2026-11-05 09:00") == [("11-02", 1), ("11-02", 2), ("11-04", 1)]


def test_a_branch_that_hands_in_here_is_looked_after_from_then_on(kfcs: Shell) -> None:
    with_report_only(kfcs)
    kfcs.do("submit", "branch-report", "--period", "2026-10", now="2026-11-04 09:00")
    assert overdue(kfcs, "2026-11-30 09:00") == []
    kfcs.do("submit", "branch-report", "--period", "2026-10", "--branch", "成都", now="2026-11-30 10:00")
    kfcs.do("submit", "branch-report", "--period", "2026-11", now="2026-12-01 09:00")
    assert overdue(kfcs, "2026-12-06 09:00") == [("12-05", 1)]
    [raised] = kfcs.do("escalate", "--format", "json", now="2026-12-08 09:00").json
    assert raised["rung"] == 2
    kfcs.do("verify")


def test_escalations_of_obligations_survive_a_rebuild(kfcs: Shell) -> None:
    with_report_only(kfcs)
    overdue(kfcs, "2026-11-06 09:00")
    kfcs.do("verify")
    kfcs.do("rebuild")
    assert overdue(kfcs, "2026-11-06 09:01") == []


# ---------------------------------------------------------------- today


def test_today_lists_what_is_due_within_five_days_and_what_was_missed(kfcs: Shell) -> None:
    def listed(now: str) -> list[tuple[str, str]]:
        rows = kfcs.do("today", "--format", "json", now=now).json
        return [(row["what"], row["due"][:10]) for row in rows]

    assert listed("2026-11-02 09:00") == [("hand in for 2026-10: upcoming", "2026-11-05")]
    assert listed("2026-11-06 09:00")[0] == ("hand in for 2026-10: missed", "2026-11-05")
    assert {day for _what, day in listed("2026-11-06 09:00")} == {"2026-11-05", "2026-11-10"}
    kfcs.do("submit", "branch-report", "--period", "2026-10")
    assert {day for _what, day in listed("2026-11-06 09:00")} == {"2026-11-10"}


# ---------------------------------------------------------------- checks

HALL = ("--place", "一号案场 大堂", "--matter", "地面清洁")


def test_failures_of_one_place_and_matter_are_counted(kfcs: Shell) -> None:
    first = kfcs.do("check", "物业公司", *HALL, "--fail", now="2026-11-02 09:00").out
    assert first == "一号案场 大堂, 地面清洁: not in order, for the first time.\n"
    kfcs.do("check", "物业公司", *HALL, "--pass", now="2026-11-05 09:00")
    kfcs.do(
        "check",
        "物业公司",
        "--place",
        "一号案场大堂",
        "--matter",
        "地面清洁",
        "--fail",
        now="2026-11-09 09:00",
    )
    kfcs.do("check", "物业公司", "--place", "二号案场", "--matter", "地面清洁", "--fail")
    third = kfcs.do("check", "物业公司", "多处水渍", *HALL, "--fail", now="2026-11-12 09:00").out
    assert third == "一号案场 大堂, 地面清洁: not in order; failures so far: 3, within days: 11.\n"
    kfcs.do("verify")


def test_a_check_in_json(kfcs: Shell) -> None:
    made = kfcs.do("check", "物业公司", "有水渍", *HALL, "--fail", "--by", "李工", "--format", "json").json
    assert made | {
        "subject": "物业公司", "place": "一号案场 大堂", "matter": "地面清洁", "result": "fail", "text": "有水渍",
        "branch": "重庆", "by": "李工", "at": "2026-11-02T09:00:00+08:00", "failures": 1, "days": 1,
    } == made  # fmt: skip
    passed = kfcs.do("check", "物业公司", *HALL, "--pass", "--format", "json").json
    assert (passed["result"], passed["failures"], passed["days"]) == ("pass", 0, None)


def test_a_failure_recorded_late_is_counted_where_it_happened(kfcs: Shell) -> None:
    kfcs.do("check", "物业公司", *HALL, "--fail", now="2026-11-10 09:00")
    early = kfcs.do("check", "物业公司", *HALL, "--fail", "--at", "2026-11-04 09:00", "--format", "json").json
    assert early["failures"] == 1
    third = kfcs.do("check", "物业公司", *HALL, "--fail", "--format", "json", now="2026-11-11 09:00").json
    assert (third["failures"], third["days"]) == (3, 8)


def test_a_check_taken_back_or_corrected_counts_no_more(kfcs: Shell) -> None:
    kfcs.do("check", "物业公司", *HALL, "--fail")
    kfcs.do("undo")
    wrong = kfcs.do("check", "物业公司", *HALL, "--fail", "--format", "json").json
    assert wrong["failures"] == 1
    kfcs.do("amend", wrong["entry"], "--set", "place=三号案场", "--reason", "写错案场")
    other = kfcs.do("check", "物业公司", *HALL, "--fail", "--format", "json").json
    assert other["failures"] == 1
    kfcs.do("amend", other["entry"], "--set", "result=pass", "--reason", "复核合格")
    assert kfcs.do("check", "物业公司", *HALL, "--fail", "--format", "json").json["failures"] == 1
    kfcs.do("verify")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("物业公司", *HALL), "Say either --pass or --fail."),
        (("物业公司", *HALL, "--pass", "--fail"), "Say either --pass or --fail."),
        (("物业公司", "--place", "大堂", "--pass"), "--matter is missing"),
        (("物业公司", "--matter", "清洁", "--pass"), "--place is missing"),
        ((" ", *HALL, "--pass"), "The subject is missing"),
        (("物业公司", *HALL, "--pass", "--at", "+1d"), "+1d"),
    ],
    ids=str,
)
def test_a_check_that_says_too_little_is_refused(kfcs: Shell, words: tuple[str, ...], told: str) -> None:
    assert told in kfcs.refused("check", *words, code=2)

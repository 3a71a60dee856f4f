"""Checks counted (O4): made, failed, and what failed again at one place in one matter."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st
from shell import Shell

from kfcs.checking import figures_of
from kfcs.desk import Desk
from kfcs.period import SHANGHAI, Period
from kfcs.rules.checks import Check, CheckFigures, RepeatedFailure, check_figures, matter_key

START = datetime(2026, 11, 1, tzinfo=SHANGHAI)
DAY = timedelta(days=1)


def check(day: int, place: str, matter: str, result: str = "fail", branch: str = "重庆") -> Check:
    return Check(START + (day - 1) * DAY, branch, "物业公司", place, matter, result)


def test_no_checks_are_no_failures() -> None:
    assert check_figures([]) == CheckFigures(0, 0, ())


def test_one_failure_is_not_repeated_and_a_pass_between_changes_nothing() -> None:
    made = [check(2, "大堂", "清洁"), check(3, "大堂", "清洁", "pass"), check(9, "大堂", "照明")]
    assert check_figures(made) == CheckFigures(3, 2, ())
    again = check_figures([*made, check(12, "大 堂", "清洁")])
    [repeated] = again.repeated
    assert (again.done, again.failed) == (4, 3)
    assert repeated == RepeatedFailure(
        "重庆", "物业公司", "大 堂", "清洁", 2, date(2026, 11, 2), date(2026, 11, 12)
    )
    assert repeated.days == 11


def test_the_most_frequent_stands_first_and_branches_do_not_mix() -> None:
    made = [check(day, "大堂", "清洁") for day in (1, 2)]
    made += [check(day, "样板房", "空调") for day in (3, 4, 5)]
    made += [check(6, "大堂", "清洁", branch="成都")]
    assert [(r.place, r.failures) for r in check_figures(made).repeated] == [("样板房", 3), ("大堂", 2)]


def test_a_place_is_one_however_it_is_written() -> None:
    assert matter_key("Ａ座 大堂", "地面") == matter_key("a座大堂", " 地面")
    assert matter_key("大堂一", "层") != matter_key("大堂", "一层")


CHECKS = st.builds(
    check,
    st.integers(1, 28),
    st.sampled_from("甲乙"),
    st.sampled_from("丙丁"),
    st.sampled_from(["pass", "fail"]),
)


@given(st.lists(CHECKS), st.randoms())
def test_the_order_of_recording_does_not_matter(made: list[Check], chance: random.Random) -> None:
    shuffled = list(made)
    chance.shuffle(shuffled)
    one, other = check_figures(made), check_figures(shuffled)
    assert [r._replace(subject="") for r in one.repeated] == [r._replace(subject="") for r in other.repeated]
    assert sum(r.failures for r in one.repeated) <= one.failed <= one.done == len(made)


def test_the_figures_of_a_period_are_those_of_its_checks(kfcs: Shell) -> None:
    words = ("check", "物业公司", "--place", "大堂", "--matter", "清洁", "--fail")
    for now in ("2026-10-31 23:59", "2026-11-01 00:00", "2026-11-30 23:59", "2026-12-01 00:00"):
        kfcs.do(*words, now=now)
    kfcs.do(*words, "--branch", "成都", now="2026-12-02 09:00")
    with mock.patch.dict("os.environ", kfcs.environ | {"KFCS_NOW": kfcs.now}):
        desk = Desk.open()
    november, year = Period.parse("month", "2026-11"), Period.parse("year", "2026")
    assert [figures_of(desk, november).done, figures_of(desk, year).done] == [2, 5]
    assert figures_of(desk, year, "成都") == CheckFigures(1, 1, ())
    assert figures_of(desk, november, "重庆").repeated[0].failures == 2

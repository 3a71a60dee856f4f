"""Other rule books on the same facts, and dated ones (P3)."""

from __future__ import annotations

from pathlib import Path

from shell import Shell


def test_whatif_names_what_would_differ_and_changes_nothing(kfcs: Shell) -> None:
    kfcs.do("log", "五户反映停水", "--project", "A", "--people", "5")
    before = (kfcs.folder / "kfcs.db").read_bytes()
    rows = kfcs("whatif", "--policy", "major-hot", "--month", "2026-11", "--format", "json").json
    assert {"case": "CQ1-20261102-001", "what": "level", "now": "3 三级", "then": "1 重大"} in rows
    assert (kfcs.folder / "kfcs.db").read_bytes() == before


def test_whatif_under_the_policy_in_force_differs_in_nothing(kfcs: Shell) -> None:
    kfcs.do("log", "厨房漏水", "--project", "A")
    assert kfcs("whatif", "--policy", "jinke", "--month", "2026-11", "--format", "json").json == []


def test_whatif_wants_a_policy_and_a_month_that_exist(kfcs: Shell) -> None:
    assert "--policy" in kfcs("whatif", "--month", "2026-11").err
    assert kfcs("whatif", "--policy", "nobody").code == 2
    assert kfcs("whatif", "--policy", "jinke", "--month", "2026-13").code == 2


def test_policy_diff_names_each_rule_and_key(kfcs: Shell) -> None:
    rows = kfcs("policy", "diff", "rf-kf-zy-03", "jinke", "--format", "json").json
    assert any(row["rule"] == "clock.brief" and row["a"] == "–" for row in rows)
    assert kfcs("policy", "diff", "jinke", "jinke", "--format", "json").json == []


DATED = """
name = "house-rules"
extends = "jinke"
since = 2026-11-03
before = "jinke"

[title]
zh = "新制度"
en = "House rules"

[[clock]]
id = "reply"
limit = "1wd"
"""


def test_a_dated_policy_judges_each_case_by_the_rules_of_its_day(kfcs: Shell) -> None:
    folder = kfcs.folder / "policies"
    folder.mkdir()
    Path(folder, "house-rules.toml").write_text(DATED, encoding="utf-8")
    settings = kfcs.folder / "kfcs.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace('"jinke"', '"house-rules"'), encoding="utf-8"
    )
    old = kfcs(
        "log", "旧制度下的投诉", "--project", "A", "--format", "json", now="2026-11-02T09:00:00+08:00"
    ).json
    new = kfcs(
        "log", "新制度下的投诉", "--project", "B", "--format", "json", now="2026-11-03T09:00:00+08:00"
    ).json
    due = [next(c["due"] for c in case["clocks"] if c["clock"] == "reply") for case in (old, new)]
    assert due == ["2026-11-09T23:59:59+08:00", "2026-11-04T23:59:59+08:00"]
    raised = kfcs("escalate", "--format", "json", now="2026-11-05T00:00:00+08:00").json
    assert [row["case"] for row in raised if row["clock"] == "reply"] == [new["case"]]
    assert kfcs("verify").code == 0

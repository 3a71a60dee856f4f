"""`kfcs policy list`, `show` and `check`, with and without a ledger (P1)."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from shell import Shell

from kfcs.i18n import in_language
from kfcs.main import main
from kfcs.rulebook import PRESETS

PRESET_NAMES = sorted(path.stem for path in PRESETS.glob("*.toml"))
OURS = """
name = "ours"
extends = "front-desk"
source = "our handbook"
title = { zh = "我们的制度", en = "Ours" }

[[clock]]
id = "callback"
limit = "2wd"
clause = "our handbook 3"
title = { zh = "两个工作日内回访", en = "Called back within two working days" }
"""
LIMIT = "expected own, urgency, or a duration such as 30m, 48h, 3d, 5wd, 12om or same-day"


class Desk:
    """A folder to run commands in."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys

    def policy(self, name: str, text: str) -> Path:
        path = self.folder / "policies" / f"{name}.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def kfcs(self, *arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err


@pytest.fixture(params=["en"])
def desk(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KFCS_LANG", request.param)
    monkeypatch.setenv("KFCS_LEDGER", str(tmp_path / "kfcs.db"))
    return Desk(tmp_path, capsys)


chinese = pytest.mark.parametrize("desk", ["zh"], indirect=True)


@pytest.fixture(autouse=True)
def language_restored() -> object:
    with in_language("zh"):
        yield


def test_list_names_the_presets_without_a_ledger(desk: Desk) -> None:
    code, out, err = desk.kfcs("policy", "list", "--format", "json")
    rows = json.loads(out)
    assert (code, err) == (0, "")
    assert [row["name"] for row in rows] == PRESET_NAMES
    assert rows[PRESET_NAMES.index("jinke")] == {
        "name": "jinke",
        "title": "Jinke Group customer service system",
        "extends": "rf-kf-zy-03",
        "source": "金科集团客户服务管理体系",
    }
    assert not (desk.folder / "kfcs.db").exists()


def test_list_marks_the_policy_in_force_and_knows_local_ones(desk: Desk) -> None:
    desk.policy("ours", OURS)
    (desk.folder / "kfcs.toml").write_text('policy = "ours"\n', encoding="utf-8")
    _code, out, _err = desk.kfcs("policy", "list", "--format", "csv")
    assert "ours,Ours,front-desk,our handbook,in force\n" in out
    assert out.count("in force") == 1


def test_list_shows_the_name_alone_of_a_file_that_cannot_be_read(desk: Desk) -> None:
    desk.policy("broken", "名称 = 1\n")
    code, out, _err = desk.kfcs("policy", "list", "--format", "csv")
    assert (code, "broken,,,,\n" in out) == (0, True)


@chinese
def test_list_in_chinese(desk: Desk) -> None:
    _code, out, _err = desk.kfcs("policy", "list", "--format", "csv")
    assert out.splitlines()[0] == "执行制度,名称,继承自,出处,现行"
    assert "front-desk,客户投诉处理作业指导书（前台接待岗）,base,客户投诉处理作业指导书,\n" in out


def test_show_says_every_rule_with_its_clause_and_whether_it_is_assumed(desk: Desk) -> None:
    code, out, err = desk.kfcs("policy", "show", "front-desk", "--format", "json")
    rows = {(row["part"], row["id"]): row for row in json.loads(out)}
    assert (code, err) == (0, "")
    assert rows["clock", "dispatch"] == {
        "part": "clock",
        "id": "dispatch",
        "title": "Handling sheet within 30 minutes",
        "rule": "from receipt to dispatch or resolution: 30 minutes; "
        "if the customer is important: from presence at the scene",
        "clause": "客户投诉处理作业指导书 4.2",
        "assumed": False,
    }
    assert rows["clock", "inspection"]["assumed"] is True
    assert rows["level", "rf.level.1"]["rule"] == (
        "I: people at least 10 and claim in CNY more than 100,000, or media is exposed, or harm is person, "
        "or there was an accident and harm is property, or the public is gravely harmed"
    )
    assert rows["ladder", "fd.vip.rung.3"]["rule"] == (
        "rung 3: group centre, 3 working days after the breach; only if the customer is important"
    )
    assert rows["event", "level-at-once"]["rule"] == "at once to rung 2, 3; levels: I, II"
    assert rows["routing", "base.route.customer-service"]["rule"] == "customer service: all others"
    assert rows["closure", "quiet"]["rule"] == "7 days after resolution without a callback"


@chinese
def test_show_in_chinese_marks_what_is_assumed(desk: Desk) -> None:
    _code, out, _err = desk.kfcs("policy", "show", "front-desk", "--format", "tsv")
    lines = out.splitlines()
    assert lines[0].split("\t") == ["部分", "规则", "名称", "内容", "条款", "标记"]
    assert (
        "时限\tdispatch\t30 分钟内开具投诉处理单\t自登记至派单或处理完毕：30 分钟；重要客户时：自到场起算"
        "\t客户投诉处理作业指导书 4.2\t" in lines
    )
    assert (
        "分级\trf.level.2.property\t二级投诉：造成重大损失"
        "\t二级：损害为财产损失，且索赔金额（元）不少于 50,000"
        "\tRF-KF-ZY-03 6.2.2\t制度未载明，采用默认" in lines
    )


def test_show_without_a_name_shows_the_policy_in_force(desk: Desk) -> None:
    desk.policy("ours", OURS)
    (desk.folder / "kfcs.toml").write_text('policy = "ours"\n', encoding="utf-8")
    _code, out, _err = desk.kfcs("policy", "show", "--format", "csv")
    assert "from resolution to callback: 2 working days,our handbook 3" in out


def test_show_of_a_bad_policy_lists_its_faults(desk: Desk) -> None:
    path = desk.policy("ours", OURS.replace('"2wd"', '"2wdd"').replace("clause", "claus"))
    code, out, err = desk.kfcs("policy", "show", "ours")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "error: The policy ours has faults: 2.",
        f"{path}: clock[callback].claus: unknown key; did you mean clause?",
        f"{path}: clock[callback].limit: {LIMIT}, not '2wdd'",
    ]


def test_an_unknown_policy_is_refused(desk: Desk) -> None:
    code, out, err = desk.kfcs("policy", "show", "nope")
    assert (code, out) == (2, "")
    assert err.startswith("error: There is no policy nope. Known are: appeals, ")


def test_check_finds_the_presets_in_order(desk: Desk) -> None:
    assert desk.kfcs("policy", "check") == (
        0,
        f"Policies checked: {len(PRESET_NAMES)}. No faults.\n",
        "",
    )


def test_check_lists_every_fault_of_every_file_once(desk: Desk) -> None:
    broken = desk.policy("broken", 'name = "broken"\n名称 = 1\n')
    ours = desk.policy("ours", OURS.replace("2wd", "2 wd"))
    desk.policy("theirs", OURS.replace('"ours"', '"theirs"').replace('"front-desk"', '"ours"'))
    code, out, err = desk.kfcs("policy", "check")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "error: Faults in policy files: 2.",
        f"{broken}: line 2: not valid TOML: Invalid statement",
        f"{ours}: clock[callback].limit: {LIMIT}, not '2 wd'",
    ]


def test_check_takes_policies_and_files(desk: Desk) -> None:
    desk.policy("broken", "名称 = 1\n")
    elsewhere = desk.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "ours.toml").write_text(OURS, encoding="utf-8")
    assert desk.kfcs("policy", "check", "jinke", "elsewhere/ours.toml")[0] == 0
    assert desk.kfcs("policy", "check", "jinke", "broken")[0] == 1
    assert desk.kfcs("policy", "check", "elsewhere/theirs.toml")[0] == 2


@chinese
def test_faults_in_chinese(desk: Desk) -> None:
    ours = desk.policy("ours", OURS.replace("limit", "limt"))
    code, _out, err = desk.kfcs("policy", "check", "ours")
    assert (code, err) == (
        1,
        "错误：制度文件有 1 处错误。\n" + f"{ours}：clock[callback].limt：未知的键；是否要写 limit？\n",
    )


def test_a_fault_in_the_settings_is_told(desk: Desk) -> None:
    (desk.folder / "kfcs.toml").write_text("polcy = 1\n", encoding="utf-8")
    code, out, err = desk.kfcs("policy", "list")
    assert (code, out) == (2, "")
    assert "kfcs.toml: polcy" in err


def test_a_policy_that_was_remembered_wrongly_is_read_anew(kfcs: Shell) -> None:
    """What the ledger remembers of a policy is checked before it is believed."""
    kfcs.log()
    with sqlite3.connect(kfcs.folder / "kfcs.db") as connection:
        changed = connection.execute(
            "UPDATE settings SET value = replace(value, '5wd', '9wd') WHERE key LIKE 'policy %' AND value LIKE '%5wd%'"
        )
        assert changed.rowcount
    due = {clock["clock"]: clock["due"][:10] for clock in kfcs.show(kfcs.log())["clocks"]}
    assert due["reply"] == "2026-11-09"

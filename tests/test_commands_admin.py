"""Setting up a desk and its settings, through the command line (SPEC I1, I4, I5, C10, T2)."""

from __future__ import annotations

import gc
import os
import re
import sqlite3
from pathlib import Path

import pytest
from conftest import NewDesk
from shell import Shell, settings

from kfcs.cli import COMMANDS, EVERYWHERE, load

INIT = ("init", "--branch", "重庆", "--branch-code", "CQ")


@pytest.fixture
def fresh(tmp_path: Path) -> Shell:
    """A folder that does not exist yet."""
    return Shell(tmp_path / "新前台" / "ledger")


# ---------------------------------------------------------------- init


def test_a_desk_is_set_up_with_its_folder(fresh: Shell) -> None:
    answer = fresh.do(*INIT)
    gc.collect()  # as the end of a process does, it closes the file
    assert answer.out == ""
    assert "CQ1" in answer.err
    assert sorted(path.name for path in fresh.folder.iterdir()) == ["kfcs.db", "kfcs.toml"]
    lines = (fresh.folder / "kfcs.toml").read_text(encoding="utf-8").splitlines()
    assert lines == ['branch = "重庆"', 'branch_code = "CQ"', 'desk = "CQ1"', 'policy = "jinke"']
    assert fresh.log() == "CQ1-20261102-001"


def test_the_same_again_does_nothing(fresh: Shell) -> None:
    fresh.do(*INIT, "--lang", "zh")
    fresh.log()
    before = {path.name: path.read_bytes() for path in fresh.folder.iterdir() if "-" not in path.name}
    fresh.do(*INIT, "--lang", "zh")
    fresh.do(*INIT, "--desk", "cq1", "--policy", "jinke", "--lang", "zh")
    after = {path.name: path.read_bytes() for path in fresh.folder.iterdir() if "-" not in path.name}
    assert after == before


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("--branch", "成都", "--branch-code", "CQ"), "branch"),
        (("--branch", "重庆", "--branch-code", "CD"), "branch_code"),
        (("--branch", "重庆", "--branch-code", "CQ", "--desk", "CQ2"), "desk"),
        (("--branch", "重庆", "--branch-code", "CQ", "--policy", "front-desk"), "policy"),
        (("--branch", "重庆", "--branch-code", "CQ", "--lang", "en"), "lang"),
    ],
)
def test_other_values_are_refused(fresh: Shell, words: tuple[str, ...], key: str) -> None:
    fresh.do(*INIT)
    before = (fresh.folder / "kfcs.toml").read_bytes()
    assert key in fresh.refused("init", *words, code=4)
    assert (fresh.folder / "kfcs.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--desk", "前台一"), "前台一"),
        (("--desk", "A B"), "A B"),
        (("--desk", "-"), "-"),
        (("--lang", "fr"), "fr"),
        (("--policy", "nobody"), "nobody"),
        (("--branch-code", "重庆"), "重庆"),
    ],
)
def test_what_a_desk_cannot_be(fresh: Shell, words: tuple[str, ...], told: str) -> None:
    assert told in fresh.refused("init", *words, code=2)
    assert not (fresh.folder / "kfcs.db").exists()
    assert not (fresh.folder / "kfcs.toml").exists()


def test_a_script_may_append_settings(fresh: Shell) -> None:
    fresh.do(*INIT)
    settings(fresh, days_off='["2026-11-03"]', office_hours='["08:30-12:00", "13:30-17:30"]')
    case = fresh.log()
    due = {run["clock"]: run["due"] for run in fresh.show(case)["clocks"]}
    assert due["reply"] == "2026-11-10T23:59:59+08:00"
    why = fresh.do("why", case, "--format", "json").json
    days = next(clock for clock in why["clocks"] if clock["clock"] == "reply")["days"]
    assert {day["day"]: day["counted"] for day in days}["2026-11-03"] is False


# ---------------------------------------------------------------- kfcs.toml

FAULTS = {
    "unknown key": ('dezk = "CQ1"', "desk"),
    "quite unknown key": ("colour = 1", "branch"),
    "wrong type": ("branch = 5", "branch = 5"),
    "wrong type of a list": ('days_off = "2026-11-03"', "days_off"),
    "wrong item": ("departments = [1]", "departments"),
    "no date": ('days_on = ["soon"]', "soon"),
    "no hours": ('office_hours = ["early"]', "early"),
    "hours backwards": ('office_hours = ["12:00-08:00"]', "12:00-08:00"),
    "no hours at all": ("office_hours = []", "office_hours"),
    "no such policy": ('policy = "nobody"', "nobody"),
    "no such language": ('lang = "fr"', "fr"),
    "small letters": ('desk = "cq1"', "cq1"),
    "flag": ('strict_names = "yes"', "strict_names"),
    "recipient": ("recipients = {branch-head = 3}", "recipients.branch-head"),
    "alias": ("aliases = {a = []}", "aliases.a"),
    "project": ("projects = {A = [1]}", "projects.A"),
    "table": ("recipients = []", "recipients"),
    "syntax": ("branch = ", "TOML"),
    "chinese key": ('分部 = "重庆"', "TOML"),
    "twice": ('desk = "CQ1"\ndesk = "CQ2"', "TOML"),
    "obligations": ('obligations_since = "x"', "obligations_since"),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_of_the_settings_is_one_line(kfcs: Shell, what: str) -> None:
    line, told = FAULTS[what]
    text = line if line.startswith("desk") else f'desk = "CQ1"\n{line}'
    (kfcs.folder / "kfcs.toml").write_text(text + "\n", encoding="utf-8")
    for words in (("list",), ("log", "x", "--project", "A"), ("verify",)):
        answer = kfcs.refused(*words, code=2)
        assert told in answer
        assert "kfcs.toml" in answer or what == "no such policy"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_settings_as_notepad_saves_them(kfcs: Shell, encoding: str, ends: str) -> None:
    text = ends.join(
        ["# 客服前台", 'branch = "重庆"', 'branch_code = "CQ"', 'desk = "CQ1"', 'policy = "jinke"', ""]
    )
    (kfcs.folder / "kfcs.toml").write_bytes(text.encode(encoding))
    assert kfcs.show(kfcs.log())["branch"] == "重庆"
    kfcs.do(*INIT, "--desk", "CQ1")


def test_a_ledger_without_settings_can_be_read_and_not_written(kfcs: Shell) -> None:
    case = kfcs.log()
    (kfcs.folder / "kfcs.toml").unlink()
    assert kfcs.show(case)["case"] == case
    assert "kfcs.toml" in kfcs.refused("log", "x", "--project", "A", code=2)
    assert "kfcs.toml" in kfcs.refused("dispatch", case, "--to", "X", code=2)


# ---------------------------------------------------------------- which ledger, which time, which language


def test_the_ledger_is_found_where_it_may_be(
    kfcs: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = kfcs.log()
    del kfcs.environ["KFCS_LEDGER"]
    monkeypatch.chdir(kfcs.folder)
    assert kfcs.show(case)["case"] == case
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert "kfcs init" in kfcs.refused("list", code=5)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "kfcs").symlink_to(kfcs.folder)
    assert kfcs.show(case)["case"] == case
    assert kfcs.show(case, "--ledger", os.path.relpath(kfcs.folder / "kfcs.db"))["case"] == case


@pytest.mark.parametrize("now", ["yesterday noon", "2026-02-30", "99", "2026-13-01T00:00:00+08:00"])
def test_a_clock_that_cannot_be_read(kfcs: Shell, now: str) -> None:
    for words in (("list",), ("log", "x", "--project", "A"), ("verify",)):
        answer = kfcs(*words, KFCS_NOW=now)
        assert (answer.code, answer.out) == (2, "")
        assert now in answer.err
        assert "KFCS_NOW" in answer.err


@pytest.mark.parametrize(
    "now", ["2026-11-02T09:00", "2026-11-02T01:00:00Z", "2026-11-02 09:00", "20261102T090000+0800"]
)
def test_a_fixed_clock(kfcs: Shell, now: str) -> None:
    shown = kfcs("log", "x", "--project", "A", "--format", "json", KFCS_NOW=now)
    assert (shown.code, shown.err) == (0, "")
    assert shown.json["received_at"] == "2026-11-02T09:00:00+08:00"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_messages_speak_the_language_that_was_chosen(kfcs: Shell, lang: str) -> None:
    told = kfcs("show", "777", KFCS_LANG=lang).err
    assert told.startswith("错误：" if lang == "zh" else "error: ")
    assert bool(re.search("[\u4e00-\u9fff]", told)) is (lang == "zh")
    told = kfcs("rebuild", KFCS_LANG=lang).err
    assert bool(re.search("[\u4e00-\u9fff]", told)) is (lang == "zh")


def test_year_without_a_calendar_is_warned_of(kfcs: Shell) -> None:
    answer = kfcs.do("log", "x", "--project", "A", now="2027-06-01 09:00")
    assert "2027" in answer.err
    assert answer.out


# ---------------------------------------------------------------- projects


def test_a_projects_handover_decides_who_is_proposed(kfcs: Shell) -> None:
    case = kfcs.log("墙面开裂", project="天元道")
    assert kfcs.show(case)["suggested_department"] == "engineering"
    kfcs.do("project", "set", "天元道", "--handed-over", "2026年5月1日")
    assert kfcs.show(case)["suggested_department"] == "property-company"
    kfcs.do("project", "set", "天元道", "--handed-over", "2026-10-01")
    assert kfcs.show(case)["suggested_department"] == "engineering"
    assert kfcs.do("verify").code == 0
    kfcs.do("rebuild")
    assert kfcs.show(case)["suggested_department"] == "engineering"


@pytest.mark.parametrize("words", [("天元道",), ("天元道", "--handed-over", "soon"), ()])
def test_what_a_project_cannot_be(kfcs: Shell, words: tuple[str, ...]) -> None:
    assert kfcs("project", "set", *words).code == 2


# ---------------------------------------------------------------- the table of options (INTERFACE)

INTERFACE = {
    "init": "--branch --branch-code --desk --policy --lang",
    "log": "--project --kind --channel --home --customer --phone --people --claim --refund --remedy --urgency --media"
    " --legal --harm --accident --public-harm --emergency --safety --vip --anonymous --sensitive --stage --category"
    " --first-asked --ref --due --url --heat --impact --evidence --repeat-of --on-the-spot --unsatisfied"
    " --accept-cues --reveal",
    "join": "--customer --phone --home --people --case",
    "verify-case": "--valid --assist --invalid --reason",
    "dispatch": "--to --contact-within --due --coordinate --outside-help --branch",
    "contact": "--reply --plan --promise --on-site --waiting-on-customer --no-agreement --ack",
    "rectify": "--order --dept --due --unit --done --cost --evidence --inspect --pass --fail --fault --reason --despite",
    "resolve": "--cause --correction --prevention --despite",
    "callback": "--satisfied --acceptable --unsatisfied --unreachable --refused --signed --despite",
    "close": "--why --reason",
    "reopen": "--reason",
    "brief": "--to --content --cause --progress --difficulty --help-needed",
    "note": "--as --confirmed-by --leader --approved-by --dept --due --to --evidence",
    "amend": "--set --reason",
    "undo": "",
    "print": "--form --output --lang --reveal --as-of",
    "show": "--output --lang --reveal --as-of",
    "why": "--as-of",
    "list": "--reveal --as-of --all --limit --sample --seed",
    "search": "--reveal",
    "today": "--reveal",
    "classify": "",
    "escalate": "--now --dry-run --exit-code",
    "verify": "",
    "rebuild": "",
    "project set": "--handed-over --alias",
}


@pytest.mark.parametrize("name", INTERFACE)
def test_a_command_takes_the_options_of_the_interface(name: str) -> None:
    command = next(command for command in COMMANDS if command.name == name)
    known = {option for param in load(command).params for option in param.opts}
    assert set(INTERFACE[name].split()) <= known
    assert set(EVERYWHERE) <= known


@pytest.mark.parametrize("name", INTERFACE)
def test_help_says_what_each_option_is_for(kfcs: Shell, name: str) -> None:
    for lang in ("zh", "en"):
        out = kfcs.do(*name.split(), "--help", KFCS_LANG=lang).out
        for option in INTERFACE[name].split():
            assert re.search(rf"^  .*{option}\b", out, re.MULTILINE), option
        assert lang == "en" or not re.search(r"  [A-Z][a-z]+ [a-z]+ [a-z]+", out), (
            "an English sentence in Chinese help"
        )


def test_the_folder_of_a_ledger_may_have_any_name(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "客服 100% #1 ?x=y & 'z'")
    shell.do(*INIT)
    case = shell.log()
    assert shell.show(case)["case"] == case
    with sqlite3.connect(shell.folder / "kfcs.db") as db:
        assert db.execute("SELECT count(*) FROM entries").fetchone() == (1,)


def test_two_desks_of_one_branch(new_desk: NewDesk, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "second")
    shell.do(*INIT, "--desk", "CQ2")
    assert shell.log() == "CQ2-20261102-001"
    assert new_desk().log() == "CQ1-20261102-001"
    assert os.path.exists(shell.folder / "kfcs.toml")

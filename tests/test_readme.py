"""The READMEs: the tour runs and prints what it shows, each recipe can be given, each command and key is named."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from inspect import signature
from pathlib import Path

import pytest
from shell import Answer, Shell

from kfcs.cli import COMMANDS
from kfcs.rulebook import policy_names
from kfcs.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
_BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
REST = "…"
"""What stands for output that the README leaves out."""


def text_of(readme: str) -> str:
    return (ROOT / readme).read_text(encoding="utf-8")


def blocks(readme: str, kind: str) -> list[str]:
    """The fenced blocks of a kind."""
    return [body for found, body in _BLOCK.findall(text_of(readme)) if found == kind]


def recipes(readme: str) -> list[str]:
    """The lines of the shell recipes."""
    return [line for body in blocks(readme, "sh") for line in body.splitlines() if line]


def tour(readme: str) -> Iterator[tuple[str, list[str]]]:
    """Each command line of the tour, with the lines that it is said to print."""
    for block in blocks(readme, "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *shown = part.splitlines()
            yield command, [line for line in shown if line.strip()]


# ---------------------------------------------------------------- the tour


@pytest.mark.parametrize("readme", READMES)
def test_the_tour_runs_and_prints_what_it_shows(
    readme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    kfcs = Shell(tmp_path, "zh" if "zh" in readme else "en")
    for command, shown in tour(readme):
        if command.startswith("export KFCS_NOW="):
            kfcs.now = command.partition("=")[2]
            continue
        name, *words = shlex.split(command)
        assert name == "kfcs"
        answer = kfcs.do(*words, KFCS_LEDGER="kfcs.db")
        assert _missing(shown, answer) is None, command


def _missing(shown: list[str], answer: Answer) -> str | None:
    """The first part of what is shown that the answer does not say, in this order; spaces do not matter."""
    said = " ".join((answer.err + answer.out).split())
    at = 0
    for line in shown:
        for part in line.split(REST):
            wanted = " ".join(part.split())
            found = said.find(wanted, at)
            if found < 0:
                return f"{wanted!r} is not in: {said[at:]}"
            at = found + len(wanted)
    return None


# ---------------------------------------------------------------- recipes


@pytest.mark.parametrize("readme", READMES)
def test_each_recipe_names_a_command_and_options_that_exist(readme: str, kfcs: Shell) -> None:
    known = {command.name for command in COMMANDS}
    for line in recipes(readme):
        for words in re.findall(r"\bkfcs ([a-z][^|>&]*)", line):
            parts = shlex.split(words)
            name = " ".join(parts[:2]) if " ".join(parts[:2]) in known else parts[0]
            assert name in known, line
            helped = kfcs(*name.split(), "--help").out
            assert all(option in helped for option in parts if option.startswith("-")), line


@pytest.mark.parametrize("readme", READMES)
def test_each_command_in_the_text_has_the_options_it_is_shown_with(readme: str, kfcs: Shell) -> None:
    known = {command.name for command in COMMANDS}
    prose = _BLOCK.sub("", text_of(readme))
    for words in re.findall(r"`kfcs ([a-z][^`]*)`", prose):
        parts = words.split()
        name = " ".join(parts[:2]) if " ".join(parts[:2]) in known else parts[0]
        if "|" in words or not words.isascii():  # several at once, or 命令 for any
            continue
        assert name in known, words
        helped = kfcs(*name.split(), "--help").out
        assert all(option in helped for option in parts if option.startswith("--")), words


def test_the_recipes_for_files_run(kfcs: Shell, tmp_path: Path) -> None:
    old = tmp_path / "old.csv"
    old.write_text(
        "投诉时间,项目,投诉内容\n2026-03-02 10:00,A,外墙空鼓脱落\n没有日期,A,楼道堆物\n", encoding="utf-8"
    )
    texts = tmp_path / "texts.txt"
    texts.write_text("厨房漏水\n电梯异响\n", encoding="utf-8")
    rejects = tmp_path / "rejects.csv"
    assert kfcs("import", str(old), "--rejects", str(rejects)).code == 3
    assert "没有日期" in rejects.read_text(encoding="utf-8-sig")
    assert kfcs("export", "cases", "--excel", "-o", str(tmp_path / "cases.csv")).code == 0
    assert len(kfcs("classify", str(texts), "--format", "jsonl").out.splitlines()) == 2
    assert "空鼓" in kfcs.do("search", "外墙", "A", "--format", "md").out
    kfcs.do("list", "--where", "channel=forum", "--all", "--format", "jsonl")
    kfcs.do("list", "--overdue", "--format", "csv")


def test_both_readmes_show_the_same_commands() -> None:
    assert [command for command, _ in tour(READMES[0])] == [command for command, _ in tour(READMES[1])]
    assert recipes(READMES[0]) == recipes(READMES[1])


# ---------------------------------------------------------------- nothing left out


@pytest.mark.parametrize("readme", READMES)
@pytest.mark.parametrize("name", [command.name for command in COMMANDS])
def test_every_command_is_named(readme: str, name: str) -> None:
    assert re.search(rf"`(?:kfcs )?{name}(?: [^`]*)?`", text_of(readme)), name


@pytest.mark.parametrize("readme", READMES)
def test_every_policy_is_named(readme: str) -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)`", text_of(readme), re.MULTILINE)
    assert set(rows) >= set(policy_names(Path("no-such-folder")))


@pytest.mark.parametrize("readme", READMES)
def test_the_settings_it_shows_are_read_and_no_key_is_left_out(readme: str, tmp_path: Path) -> None:
    [block] = blocks(readme, "toml")
    (tmp_path / "kfcs.toml").write_text(block, encoding="utf-8")
    assert load_settings(tmp_path).desk == "CQ1"
    named = set(tomllib.loads(block)) | set(re.findall(r"`\[?([a-z_]+)\]?`", text_of(readme)))
    assert named >= set(signature(Settings).parameters) - {"folder"}


@pytest.mark.parametrize("readme", READMES)
def test_every_variable_is_named(readme: str) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "kfcs").rglob("*.py"))
    assert set(re.findall(r"\bKFCS_[A-Z]+\b", code)) <= set(re.findall(r"\bKFCS_[A-Z]+\b", text_of(readme)))


@pytest.mark.parametrize("readme", READMES)
def test_every_page_it_links_to_is_there(readme: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", text_of(readme)):
        assert target.startswith("http") or (ROOT / target).is_file(), target

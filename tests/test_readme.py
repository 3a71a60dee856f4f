"""Every command of the READMEs runs, and both READMEs show the same ones."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from shell import Shell

from kfcs.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
_BLOCK = re.compile(r"```(console|sh)\n(.*?)```", re.DOTALL)


def blocks(readme: str, kind: str) -> list[str]:
    """The lines of all fenced blocks of a kind."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    return [
        line for found, body in _BLOCK.findall(text) if found == kind for line in body.splitlines() if line
    ]


def tour(readme: str) -> list[list[str]]:
    """The command lines of the tour, without their prompts."""
    return [shlex.split(line.removeprefix("$ kfcs ")) for line in blocks(readme, "console")]


@pytest.mark.parametrize("readme", READMES)
def test_the_tour_runs_from_top_to_bottom(readme: str, tmp_path: Path) -> None:
    kfcs = Shell(tmp_path, "zh" if "zh" in readme else "en")
    for words in tour(readme):
        kfcs.do(*words)


def test_both_readmes_show_the_same_commands() -> None:
    assert tour("README.md") == tour("README.zh-CN.md")
    assert blocks("README.md", "sh") == blocks("README.zh-CN.md", "sh")


@pytest.mark.parametrize("readme", READMES)
def test_each_recipe_names_a_command_and_options_that_exist(readme: str, kfcs: Shell) -> None:
    known = {command.name for command in COMMANDS}
    for line in blocks(readme, "sh"):
        for words in re.findall(r"\bkfcs ([a-z][^|>&]*)", line):
            parts = shlex.split(words)
            name = " ".join(parts[:2]) if " ".join(parts[:2]) in known else parts[0]
            assert name in known, line
            helped = kfcs(*name.split(), "--help").out
            assert all(option in helped for option in parts if option.startswith("-")), line


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

"""The command line: period options without a value, and commands found by the table of contents."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Annotated

import pytest
import typer

from kfcs import cli, i18n
from kfcs.cli import COMMANDS, Command, LazyGroup
from kfcs.commandline import normalise
from kfcs.commands import options
from kfcs.errors import BadInput


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("report --month", "report --month default"),
        ("report --month -o x.html", "report --month default -o x.html"),
        ("report --month --branch B", "report --month default --branch B"),
        ("report --month 2026-09 --format json", "report --month 2026-09 --format json"),
        ("report --month=2026-09", "report --month=2026-09"),
        ("report --day -1d", "report --day -1d"),
        ("score --quarter", "score --quarter default"),
        ("report --half-month --group", "report --half-month default --group"),
        ("note X --as internal -- --month", "note X --as internal -- --month"),
        ("report --year -- x", "report --year default -- x"),
        ("log 投诉", "log 投诉"),
        ("", ""),
    ],
)
def test_a_period_without_a_value_is_the_default_one(given: str, wanted: str) -> None:
    assert normalise(given.split()) == wanted.split()


@pytest.mark.parametrize("option", ["--month", "--day", "--week", "--half-month", "--quarter", "--year"])
def test_normalising_twice_changes_nothing_more(option: str) -> None:
    once = normalise(["report", option, "-o", "x.md"])
    assert normalise(once) == once


def report(month: options.Month = None, by: options.By = None, reveal: options.Reveal = False) -> None:
    """Say which month."""
    print(f"report {month} by {by} {reveal}")


def report_note(
    text: Annotated[str, typer.Argument()], count: Annotated[int, typer.Option("--count")] = 1
) -> int:
    print(f"note {text} {count}")
    return 3


SECTIONS = (
    (
        "Work",
        (
            Command("report", "fake_commands", "report", "Month."),
            Command("report note", "fake_commands", "report_note", "Note."),
            Command("policy list", "fake_commands", "report", "List."),
            Command("policy check", "fake_commands", "report", "Check."),
            Command("absent", "no_such_module", "absent", "Never imported."),
        ),
    ),
)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    module = ModuleType("fake_commands")
    vars(module).update(report=report, report_note=report_note)
    monkeypatch.setitem(sys.modules, "fake_commands", module)
    with i18n.in_language("en"):
        yield


def run(*arguments: str) -> object:
    group = LazyGroup(name="kfcs", sections=SECTIONS, rich_markup_mode=None)
    return group.main(normalise(arguments), prog_name="kfcs", standalone_mode=False)


def test_a_command_is_called_by_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    run("report", "--month", "--by", "李四", "--reveal")
    assert capsys.readouterr().out == "report default by 李四 True\n"


def test_two_words_name_a_command_of_their_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("report", "note", "causes", "--count", "2") == 3
    assert capsys.readouterr().out == "note causes 2\n"


def test_a_first_word_that_is_no_command_lists_what_may_follow(capsys: pytest.CaptureFixture[str]) -> None:
    run("policy", "--help")
    out = capsys.readouterr().out
    assert "Usage: kfcs policy" in out
    assert "list   List." in out
    assert "check  Check." in out


def test_a_command_of_a_family_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    run("policy", "list", "--month", "2026-10")
    assert capsys.readouterr().out == "report 2026-10 by None False\n"


def test_help_lists_commands_by_section_without_importing_them(capsys: pytest.CaptureFixture[str]) -> None:
    run("--help")
    out = capsys.readouterr().out
    assert "Work:\n  report        Month.\n  report note   Note.\n" in out
    assert "absent        Never imported." in out


def test_help_of_a_command_shows_its_docstring_and_the_longer_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("report", "--help")
    out = capsys.readouterr().out
    assert "Say which month." in out
    assert "See also: report note" in out


def test_help_of_a_command_is_in_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    with i18n.in_language("zh"):
        run("report", "--help")
    out = capsys.readouterr().out
    assert "用法：kfcs report [选项]" in out
    assert "--by 姓名" in out
    assert "经办人" in out
    assert "显示此帮助。" in out
    assert "Show" not in out


@pytest.mark.parametrize(("typed", "meant"), [("reprot", "report"), ("polcy", "policy")])
def test_a_mistyped_command_is_named_with_the_nearest(typed: str, meant: str) -> None:
    with pytest.raises(BadInput) as fault:
        run(typed)
    assert fault.value.hint is not None
    assert i18n.render(fault.value.message) == f"No such command '{typed}'."
    assert i18n.render(fault.value.hint) == f"Did you mean {meant}?"


def test_a_mistyped_second_word_is_named_too() -> None:
    with pytest.raises(BadInput, match="No such command 'lsit'"):
        run("policy", "lsit")


def test_names_in_the_table_are_unique() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_function_is_named_as_its_command(command: Command) -> None:
    plain = command.name.replace(" ", "_").replace("-", "_")
    assert command.attribute in (plain, f"{plain}_")
    assert command.module.startswith("kfcs.commands.")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_of_the_table_can_be_made(command: Command) -> None:
    assert hasattr(import_module(command.module), command.attribute)
    assert cli.load(command).name == command.name

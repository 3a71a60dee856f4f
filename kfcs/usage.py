"""Typer's own words in the language: usage faults, help headings, the names of values.

Typer carries a private copy of Click whose sentences are plain English, so they are recognised by
their shape and said again from the catalogue. A sentence not listed here is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kfcs.errors import N_, BadInput, Message, say
from kfcs.i18n import _

SENTENCES = (
    N_("Missing option {name}."),
    N_("Missing argument {name}."),
    N_("Missing parameter {name}."),
    N_("Missing command."),
    N_("{sentence} (Possible options: {names})"),
    N_("No such option: {name}"),
    N_("No such command {name}."),
    N_("Invalid value for {name}: {sentence}"),
    N_("Invalid value: {sentence}"),
    N_("Option {name} does not take a value."),
    N_("Option {name} requires an argument."),
    N_("Option {name} requires {count} arguments."),
    N_("Argument {name} takes {count} values."),
    N_("Got unexpected extra argument(s) ({values})"),
    N_("{value} is not a valid int."),
    N_("{value} is not a valid int range."),
    N_("{value} is not a valid float."),
    N_("{value} is not a valid float range."),
    N_("{value} is not a valid boolean. Recognized values: {words}"),
    N_("{value} is not a valid UUID."),
    N_("{value} is not in the range {range}."),
    N_("{value} is not one of {words}."),
    N_("{value} does not match the formats {words}."),
    N_("Takes {count} values but {given} given."),
    N_("Path {name} does not exist."),
    N_("File {name} does not exist."),
    N_("Directory {name} does not exist."),
    N_("File {name} is a directory."),
    N_("File {name} is not readable."),
    N_("Path {name} is not readable."),
    N_("File {name} is not writable."),
    N_("Path {name} is not writable."),
    N_("{name}: No such file or directory"),
    N_("Could not open file {name}: {sentence}"),
)

HELP_WORDS = (
    N_("Usage: "),
    N_("Arguments"),
    N_("Options"),
    N_("Commands"),
    N_("[OPTIONS]"),
    N_("COMMAND [ARGS]..."),
    N_("Show this message and exit."),
    N_("Install completion for the current shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
    N_("default: {default}"),
    N_("required"),
    N_("env var: {var}"),
    N_("(dynamic)"),
)

VALUE_NAMES = {
    "str": N_("TEXT"),
    "int": N_("NUMBER"),
    "int range": N_("NUMBER"),
    "float": N_("NUMBER"),
    "filename": N_("FILE"),
    "file": N_("FILE"),
    "path": N_("PATH"),
    "directory": N_("FOLDER"),
}
"""What a value is called in help when the option does not say."""


def translated(sentence: str) -> str:
    """One of Typer's sentences in the language, its parts as well."""
    for msgid in SENTENCES:
        if match := _pattern(msgid).fullmatch(sentence):
            return _(msgid).format_map({k: _part(k, v) for k, v in match.groupdict().items()})
    return sentence


def _pattern(msgid: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", msgid)
    fields = (f"(?P<{p}>.+?)" if n % 2 else re.escape(p) for n, p in enumerate(pieces))
    return re.compile("".join(fields), re.DOTALL)


def _part(field: str, text: str) -> str:
    return translated(text) if field == "sentence" else text


def as_error(sentence: str, command_path: str, words: Sequence[str]) -> BadInput:
    """A usage fault of Typer as one of ours: exit 2, and where to read more (I3)."""
    text = next((word for word in words if _MINUS_FIRST.match(word)), None)
    unknown = text is not None and sentence.startswith("No such option")
    hint = _behind_dashes(command_path, str(text)) if unknown else see_help(command_path)
    return BadInput("{sentence}", sentence=translated(sentence), hint=hint)


_MINUS_FIRST = re.compile(r"-\d*[^\x00-\x7f]")
"""A text such as -1层车库漏水: no option has such a name."""


def _behind_dashes(command_path: str, text: str) -> Message:
    """How to give a text that begins with a minus."""
    return say(
        N_("A text that begins with - comes last, behind two dashes: {command} … -- {text}"),
        command=command_path,
        text=text,
    )


def see_help(command_path: str) -> Message:
    """Where the options of a command are explained."""
    return say("See '{command} --help'.", command=command_path)

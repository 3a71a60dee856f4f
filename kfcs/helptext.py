"""Commands whose help is in the language and whose Chinese columns align, without importing rich.

Typer has no public name for its help formatter, so this module and `kfcs.cli` reach into
`typer._click`; the pin on typer in pyproject.toml is for their sake.
"""

from __future__ import annotations

from collections.abc import Sequence

import typer
import typer.core
from typer._click.core import Command as AnyCommand
from typer._click.core import Context as AnyContext
from typer._click.formatting import HelpFormatter

from kfcs.i18n import _, language
from kfcs.usage import VALUE_NAMES
from kfcs.widths import pad, width, wrap

# Typer took gettext's function when it was imported; ours knows the language that KFCS_LANG names.
vars(typer.core)["_"] = _


class HelpWriter(HelpFormatter):
    """Help as plain text; a Chinese character takes two columns."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        head = f"{prefix or _('Usage: ')}{prog} "
        self._write_hanging(head, args)

    def write_heading(self, heading: str) -> None:
        colon = "：" if language() == "zh" else ":"
        self.write(f"{' ' * self.current_indent}{heading}{colon}\n")

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        for line in wrap(text, self.width - self.current_indent):
            self.write(f"{indent}{line}".rstrip() + "\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        column = min(max((width(term) for term, _ in rows), default=0), col_max)
        for term, meaning in rows:
            head = f"{' ' * self.current_indent}{pad(term, column + col_spacing)}"
            self._write_hanging(head, meaning, self.current_indent + column + col_spacing)

    def _write_hanging(self, head: str, text: str, indent: int | None = None) -> None:
        """A head and, to its right, a text in as many lines as it needs; below a head that is too long."""
        indent = width(head) if indent is None else indent
        lines = wrap(text, max(self.width - indent, 10))
        if width(head) > indent or not lines:
            self.write(f"{head}".rstrip() + "\n")
        else:
            self.write(f"{head}{lines.pop(0)}".rstrip() + "\n")
        for line in lines:
            self.write(f"{' ' * indent}{line}".rstrip() + "\n")


class _Context(typer.Context):
    formatter_class = HelpWriter


class Command(typer.core.TyperCommand):
    """A command with help in the language."""

    context_class = _Context

    def get_help_option(self, ctx: AnyContext) -> typer.core.TyperOption | None:
        return _translated_help(super().get_help_option(ctx))


class Group(typer.core.TyperGroup):
    """A group of commands with help in the language."""

    context_class = _Context

    def get_help_option(self, ctx: AnyContext) -> typer.core.TyperOption | None:
        return _translated_help(super().get_help_option(ctx))


def _translated_help(option: typer.core.TyperOption | None) -> typer.core.TyperOption | None:
    if option is not None:
        option.help = _(option.help or "")
    return option


def translate(command: AnyCommand) -> None:
    """Put a command's own texts and those of its options into the language, once it has been made."""
    command.options_metavar = _(command.options_metavar or "")
    for param in command.params:
        if isinstance(param, typer.core.TyperOption | typer.core.TyperArgument):
            param.help = _(param.help or "")
            param.metavar = _value_name(param)


def _value_name(param: typer.core.TyperOption | typer.core.TyperArgument) -> str | None:
    """What the value is called: as the option says, else by its type; a choice lists its words itself."""
    if param.metavar is not None:
        return _(param.metavar)
    if isinstance(param, typer.core.TyperOption) and param.is_flag:
        return None
    name = VALUE_NAMES.get(param.type.name)
    return None if name is None else _(name)

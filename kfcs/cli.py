"""The table of contents: every command, where it lives, and what it is for.

A command's module is imported when the command is called; `kfcs --help` imports none of them.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer
from typer._click.core import Command as AnyCommand
from typer._click.core import Context as AnyContext
from typer._click.exceptions import ClickException, NoArgsIsHelpError
from typer._click.formatting import HelpFormatter

from kfcs import helptext
from kfcs.errors import N_, BadInput, say
from kfcs.i18n import _, language
from kfcs.usage import as_error, see_help
from kfcs.widths import pad, width


class Command(NamedTuple):
    """One line of the table: `name` may have two words; `module` lies in `kfcs.commands`."""

    name: str
    module: str
    attribute: str
    help: str


SECTIONS: tuple[tuple[str, tuple[Command, ...]], ...] = (
    (
        N_("Taking in"),
        (
            Command("log", "kfcs.commands.desk", "log", N_("Record what a customer raises.")),
            Command("join", "kfcs.commands.desk", "join", N_("Add complainants, or fold another case in.")),
            Command("verify-case", "kfcs.commands.desk", "verify_case", N_("Say whether a case is valid.")),
            Command("answer add", "kfcs.commands.answerbook", "answer_add", N_("Record a standard answer.")),
            Command("answer list", "kfcs.commands.answerbook", "answer_list", N_("The standard answers.")),
            Command("classify", "kfcs.commands.look", "classify", N_("Propose kind and category of texts.")),
            Command("import", "kfcs.commands.transfer", "import_", N_("Take in a table of cases or acts.")),
        ),
    ),
    (
        N_("Handling"),
        (
            Command("dispatch", "kfcs.commands.handling", "dispatch", N_("Give a case to a department.")),
            Command("contact", "kfcs.commands.handling", "contact", N_("Record a talk with the customer.")),
            Command("rectify", "kfcs.commands.handling", "rectify", N_("Order, finish or inspect a repair.")),
            Command("resolve", "kfcs.commands.handling", "resolve", N_("Record that a case is solved.")),
            Command(
                "verify-action", "kfcs.commands.handling", "verify_action", N_("Say whether a measure works.")
            ),
            Command(
                "callback", "kfcs.commands.handling", "callback", N_("Record what the customer says of it.")
            ),
            Command("close", "kfcs.commands.handling", "close", N_("Close a case without a callback.")),
            Command("reopen", "kfcs.commands.desk", "reopen", N_("Open a closed case again.")),
            Command(
                "compensate",
                "kfcs.commands.compensating",
                "compensate",
                N_("Take compensation a step further."),
            ),
            Command(
                "note", "kfcs.commands.handling", "note", N_("Add an investigation, supervision or note.")
            ),
            Command("brief", "kfcs.commands.handling", "brief", N_("Report a grave case in five parts.")),
            Command("print", "kfcs.commands.printing", "print_", N_("A form of a case, to print and sign.")),
            Command("sign", "kfcs.commands.handling", "sign", N_("Record a signature on a sheet.")),
        ),
    ),
    (
        N_("Correcting"),
        (
            Command("amend", "kfcs.commands.desk", "amend", N_("Correct an entry, giving the reason.")),
            Command("undo", "kfcs.commands.desk", "undo", N_("Take back your last entry.")),
        ),
    ),
    (
        N_("Looking"),
        (
            Command("today", "kfcs.commands.today", "today", N_("What is to be done today.")),
            Command("list", "kfcs.commands.lists", "list_", N_("Cases not closed, gravest first.")),
            Command("show", "kfcs.commands.look", "show", N_("One case with its whole timeline.")),
            Command("why", "kfcs.commands.look", "why", N_("Why a case has its level and deadlines.")),
            Command("search", "kfcs.commands.lists", "search", N_("Find cases by words.")),
        ),
    ),
    (
        N_("Watching and reporting"),
        (
            Command(
                "escalate", "kfcs.commands.escalation", "escalate", N_("Escalate what is late or grave.")
            ),
            Command("report", "kfcs.commands.reporting", "report", N_("The complaint report of a month.")),
            Command("report note", "kfcs.commands.reporting", "report_note", N_("Add a text to a report.")),
            Command("export", "kfcs.commands.transfer", "export", N_("Write cases or entries as a table.")),
        ),
    ),
    (
        N_("Duties"),
        (
            Command("due", "kfcs.commands.duties", "due", N_("What must be handed in, and by when.")),
            Command("submit", "kfcs.commands.duties", "submit", N_("Record that it was handed in.")),
            Command("check", "kfcs.commands.duties", "check", N_("Record a patrol or a service check.")),
        ),
    ),
    (
        N_("Homes"),
        (
            Command("home import", "kfcs.commands.homes", "home_import", N_("Take in a table of homes.")),
            Command("home show", "kfcs.commands.homes", "home_show", N_("A home or caller at a glance.")),
            Command("home list", "kfcs.commands.homes", "home_list", N_("The homes of the archive.")),
            Command("project node", "kfcs.commands.homes", "project_node", N_("Record a node of the works.")),
            Command(
                "project design-change",
                "kfcs.commands.homes",
                "project_design_change",
                N_("Record a change of design."),
            ),
            Command(
                "touchpoints",
                "kfcs.commands.touchpoints",
                "touchpoints",
                N_("Whom to tell and ask, and when."),
            ),
            Command(
                "touchpoints done",
                "kfcs.commands.touchpoints",
                "touchpoints_done",
                N_("Record that it was done."),
            ),
            Command(
                "survey", "kfcs.commands.touchpoints", "survey", N_("Record what a customer thinks of us.")
            ),
        ),
    ),
    (
        N_("Scoring"),
        (
            Command("score", "kfcs.commands.scoring", "score", N_("The scoring sheet of a month.")),
            Command("score object", "kfcs.commands.scoring", "score_object", N_("Object to a sheet.")),
            Command("score confirm", "kfcs.commands.scoring", "score_confirm", N_("Confirm a sheet.")),
            Command("adjust", "kfcs.commands.scoring", "adjust", N_("Give or take points, or fine a sum.")),
        ),
    ),
    (
        N_("Rules and projects"),
        (
            Command("policy list", "kfcs.commands.policies", "policy_list", N_("The policies there are.")),
            Command("policy show", "kfcs.commands.policies", "policy_show", N_("The rules of a policy.")),
            Command(
                "policy check", "kfcs.commands.policies", "policy_check", N_("Find faults in a policy file.")
            ),
            Command(
                "policy diff", "kfcs.commands.comparing", "policy_diff", N_("Where two policies differ.")
            ),
            Command("whatif", "kfcs.commands.comparing", "whatif", N_("A month under another policy.")),
            Command(
                "project set",
                "kfcs.commands.admin",
                "project_set",
                N_("Set a project's handover or aliases."),
            ),
        ),
    ),
    (
        N_("The ledger"),
        (
            Command("init", "kfcs.commands.admin", "init", N_("Set up a desk: its settings and its ledger.")),
            Command("verify", "kfcs.commands.admin", "verify", N_("Prove that no entry was changed.")),
            Command("rebuild", "kfcs.commands.admin", "rebuild", N_("Derive the current state anew.")),
            Command("backup", "kfcs.commands.keeping", "backup", N_("Copy the ledger while it is in use.")),
            Command("restore", "kfcs.commands.keeping", "restore", N_("Put a copy in its place.")),
            Command("erase", "kfcs.commands.keeping", "erase", N_("Erase a person's data on request.")),
            Command("doctor", "kfcs.commands.keeping", "doctor", N_("What could ail the ledger.")),
            Command(
                "merge", "kfcs.commands.exchange", "merge", N_("Take over the entries of other ledgers.")
            ),
            Command("demo", "kfcs.commands.demonstration", "demo", N_("A ledger to try things on.")),
        ),
    ),
)

COMMANDS: tuple[Command, ...] = tuple(command for _title, section in SECTIONS for command in section)


class LazyGroup(helptext.Group):
    """A group that knows its commands by the table and imports one when it is called.

    A name of two words is found before a name of one, so that `report note` is a command though
    `report` is one too; a first word that is no command by itself (`policy`) is a group of its own.
    """

    def __init__(
        self,
        *,
        sections: Sequence[tuple[str, Sequence[Command]]] = SECTIONS,
        subcommand_metavar: str | None = None,
        **attrs: Any,
    ) -> None:
        metavar = subcommand_metavar or _("COMMAND [ARGS]...")
        super().__init__(subcommand_metavar=metavar, **attrs)
        self.sections = sections
        self.table = {command.name: command for _title, section in sections for command in section}
        helptext.translate(self)

    def list_commands(self, ctx: AnyContext) -> list[str]:
        """The first words: what may stand behind the group's own name."""
        return list(dict.fromkeys(name.split()[0] for name in self.table))

    def get_command(self, ctx: AnyContext, cmd_name: str) -> AnyCommand | None:
        """A stub that lists well, or a group of the names that begin with this word."""
        if command := self.table.get(cmd_name):
            return helptext.Command(cmd_name, help=_(command.help), rich_markup_mode=None)
        return self._family(cmd_name)

    def resolve_command(
        self, ctx: AnyContext, args: list[str]
    ) -> tuple[str | None, AnyCommand | None, list[str]]:
        """The command that the words name, imported now."""
        for words in (2, 1):
            if command := self.table.get(" ".join(args[:words])):
                return command.name, self._loaded(command), args[words:]
        if family := self._family(args[0]):
            return args[0], family, args[1:]
        if ctx.resilient_parsing:  # completion of a word not yet whole
            return None, None, args[1:]
        raise self._unknown(args[0], ctx.command_path)

    def format_commands(self, ctx: AnyContext, formatter: HelpFormatter) -> None:
        column = max((width(name) for name in self.table), default=0)
        for title, section in self.sections:
            with formatter.section(_(title)):
                formatter.write_dl([(pad(command.name, column), _(command.help)) for command in section])

    def _family(self, word: str) -> LazyGroup | None:
        rows = self._behind(word)
        return _group(word, ((N_("Commands"), rows),)) if rows else None

    def _behind(self, word: str) -> tuple[Command, ...]:
        """The commands whose name is this word and another, by that other."""
        start = f"{word} "
        return tuple(
            c._replace(name=n.removeprefix(start)) for n, c in self.table.items() if n.startswith(start)
        )

    def _loaded(self, command: Command) -> AnyCommand:
        also = [f"{command.name} {other.name}" for other in self._behind(command.name)]
        return load(command, epilog=_("See also: {names}").format(names=", ".join(also)) if also else None)

    def _unknown(self, word: str, path: str) -> BadInput:
        near = get_close_matches(word, self.list_commands(typer.Context(self)), cutoff=0.6)
        hint = say("Did you mean {names}?", names=near) if near else see_help(path)
        return BadInput("No such command {name}.", hint=hint, name=repr(word))


def load(command: Command, *, epilog: str | None = None) -> AnyCommand:
    """The command made from its function; its docstring, else its line in the table, is the help."""
    return _made(command, epilog, language())


@lru_cache
def _made(command: Command, epilog: str | None, _language: str) -> AnyCommand:
    """Make a command, once a process and language: a desk that runs many command lines in one makes each once."""
    function = getattr(import_module(command.module), command.attribute)
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    text = _(inspect.getdoc(function) or command.help)
    app.command(command.name, cls=helptext.Command, help=text, epilog=epilog)(function)
    made = typer.main.get_command(app)
    _take_what_every_command_takes(made)
    helptext.translate(made)
    return made


EVERYWHERE = ("--by", "--at", "--format", "--ledger")
"""Options that every command takes, so that a script may put them behind any; help names them where they matter."""


def _take_what_every_command_takes(command: AnyCommand) -> None:
    own = {name for param in command.params for name in param.opts}
    for name in EVERYWHERE:
        if name not in own:
            command.params.append(
                typer.core.TyperOption(param_decls=[name], type=str, hidden=True, expose_value=False)
            )


def _group(name: str, sections: Sequence[tuple[str, Sequence[Command]]]) -> LazyGroup:
    return LazyGroup(name=name, sections=sections, no_args_is_help=True, rich_markup_mode=None)


def _show_version(wanted: bool) -> None:
    if wanted:
        from kfcs import __version__

        print(f"kfcs {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help=N_("Show the version and exit."), callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    pass


def build() -> AnyCommand:
    """The whole command line, in the language spoken now."""
    app = typer.Typer(
        cls=LazyGroup,
        callback=_root,
        help=_("The ledger of a customer-service centre: complaints, deadlines, escalations, reports."),
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    command = typer.main.get_command(app)
    helptext.translate(command)
    return command


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code: 0, or what it returned or raised `typer.Exit` with.

    Typer's own `main` would swallow a closed pipe and end the process; its faults of usage become ours.
    """
    command = build()
    command._main_shell_completion({}, "kfcs")
    try:
        with command.make_context("kfcs", list(arguments)) as context:
            result = command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:  # the end of input, or Ctrl-C, at a question
        raise KeyboardInterrupt from None
    except NoArgsIsHelpError as help_wanted:
        print(help_wanted.format_message(), file=sys.stderr)
        return BadInput.exit_code
    except ClickException as fault:
        place = getattr(fault, "ctx", None)
        path = place.command_path if place else "kfcs"
        raise as_error(fault.format_message(), path, arguments) from fault
    return result if isinstance(result, int) else 0

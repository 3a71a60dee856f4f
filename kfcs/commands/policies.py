"""Commands on policies: which there are, what they demand, whether their files are in order (SPEC P1, P2).

They need no ledger: the settings in its folder name the policy in force, and further policies may lie there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from kfcs.cells import Column
from kfcs.commands import options
from kfcs.errors import N_, BadInput, CheckFailed, Message, say
from kfcs.i18n import _, language, render
from kfcs.output import Row, check_format, emit
from kfcs.settings import Settings, load_settings

_Name = Annotated[
    str | None,
    typer.Argument(
        metavar=N_("[POLICY]"),
        help=options.help_text("The policy; the one in force unless given."),
        show_default=False,
    ),
]
_Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar=N_("[FILE|POLICY]..."),
        help=options.help_text("Files or policies; all there are unless given."),
        show_default=False,
    ),
]

_POLICIES = (
    Column("name", N_("Policy"), "id"),
    Column("title", N_("Title")),
    Column("extends", N_("Extends"), "id"),
    Column("source", N_("Source")),
)
_IN_FORCE = Column("mark", N_("In force"))
_RULES = (
    Column("part", N_("Part")),
    Column("id", N_("Rule"), "id"),
    Column("title", N_("Title")),
    Column("rule", N_("What it says"), width=240),
    Column("clause", N_("Clause")),
)
_ASSUMED = Column("assumed", N_("Assumed"))
_MARK = Column("mark", N_("Mark"))


def policy_list(ledger: options.Ledger = None, format: options.Format = None) -> None:
    """The policies there are: the presets, and those in policies/ beside the ledger."""
    from kfcs.rulebook import policy_names

    settings = _settings(ledger)
    rows = [_policy_row(name, settings) for name in policy_names(settings.folder)]
    columns = _POLICIES if _for_programs(format) else (*_POLICIES, _IN_FORCE)
    emit(rows, columns, format, stream=sys.stdout)


def policy_show(name: _Name = None, ledger: options.Ledger = None, format: options.Format = None) -> None:
    """The rules of a policy in words: what each demands, its clause, and whether it is assumed."""
    from kfcs.policywords import PARTS, policy_in_words
    from kfcs.rulebook import checked_document

    settings = _settings(ledger)
    document = checked_document(name or settings.policy, settings.folder)
    programs = _for_programs(format)
    rows = [
        {
            "part": rule.part if programs else _(PARTS[rule.part]),
            "id": rule.id,
            "title": rule.title,
            "rule": rule.rule,
            "clause": rule.clause,
            "assumed": rule.assumed,
            "mark": _("assumed: the source does not state it") if rule.assumed else None,
        }
        for rule in policy_in_words(document)
    ]
    emit(rows, (*_RULES, _ASSUMED if programs else _MARK), format, stream=sys.stdout)


def policy_check(names: _Files = None, ledger: options.Ledger = None) -> None:
    """Find every fault in policy files, each by file and key. Exit 1 when there is one."""
    from kfcs.rulebook import policy_names

    folder = _settings(ledger).folder
    given = names or policy_names(folder)
    faults = {render(fault): fault for name in given for fault in _faults(name, folder)}
    if faults:
        raise CheckFailed(
            N_("Faults in policy files: {count}"), count=len(faults), faults=list(faults.values())
        )
    print(render(say(N_("Policies checked: {count}. No faults."), count=len(given))))


def _settings(ledger: str | None) -> Settings:
    from kfcs.desk import ledger_path

    return load_settings(ledger_path(ledger).parent)


def _for_programs(format: str | None) -> bool:
    """Whether a format keeps codes and truth values, for a program to read."""
    return check_format(format) in ("json", "jsonl")


def _policy_row(name: str, settings: Settings) -> Row:
    """One policy of the list; of a file that cannot be read, the name alone."""
    from kfcs.policycheck import read_policy_file
    from kfcs.rulebook import policy_file

    try:
        document = read_policy_file(policy_file(name, settings.folder))
    except BadInput:
        document = {}
    title = document.get("title")
    return {
        "name": name,
        "title": title.get(language()) if isinstance(title, dict) else None,
        "extends": document.get("extends"),
        "source": document.get("source"),
        "mark": _("in force") if name == settings.policy else None,
    }


def _faults(name: str, folder: Path) -> Iterator[Message]:
    """The faults of one policy and its parents. Raises BadInput for a policy that does not exist."""
    from kfcs.policycheck import chain_faults, read_chain
    from kfcs.rulebook import policy_file

    here = Path(name)
    named = str(here.resolve()) if name.endswith(".toml") and here.is_file() else name
    policy_file(named, folder)
    try:
        chain, documents = read_chain(named, folder)
    except BadInput as fault:
        yield fault.message
        return
    yield from chain_faults(chain, documents)

"""The table of DESIGN's layers, held against the imports of the code."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "kfcs"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "stuff"}
VALUES = {
    "kfcs.entries",
    "kfcs.period",
    "kfcs.money",
    "kfcs.errors",
    "kfcs.words",
    "kfcs.bodies",
    "kfcs.parsing",
}
FOLD = {"kfcs.cases", "kfcs.amended", "kfcs.folding"}
UNDER_RULES = {"kfcs.errors", "kfcs.entries", "kfcs.period", "kfcs.money", *FOLD}


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every module that a file imports, in dotted form, and whether each time the file is imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    at_top = {id(node) for node in _at_top(tree.body)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, id(node) in at_top
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides what it reaches for"
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                yield (inner if inner in MODULES else node.module or ""), id(node) in at_top


def _at_top(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements run on import: not those of functions, nor those for the type checker alone."""
    for node in body:
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from _at_top([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            handled = [statement for handler in node.handlers for statement in handler.body]
            yield from _at_top([*node.body, *handled, *node.orelse, *node.finalbody])


def ours(path: Path) -> set[str]:
    return {name for name, _top in imports(path) if name.split(".")[0] == "kfcs"}


def foreign(path: Path) -> set[str]:
    """The packages that are neither ours nor the standard library's."""
    roots = {name.split(".")[0] for name, _top in imports(path)}
    return {root for root in roots if root not in sys.stdlib_module_names and root != "kfcs"}


def under(package: str) -> list[str]:
    return [name for name in MODULES if name == package or name.startswith(f"{package}.")]


@pytest.mark.parametrize("name", under("kfcs.rules"))
def test_rules_know_values_and_cases_only(name: str) -> None:
    allowed = UNDER_RULES | {"kfcs.rules", *under("kfcs.rules")}
    assert ours(MODULES[name]) <= allowed
    assert foreign(MODULES[name]) <= {"dateutil"}


@pytest.mark.parametrize("name", under("kfcs.rules"))
def test_rules_touch_neither_files_nor_network_nor_the_clock(name: str) -> None:
    """A rule is a pure function: what it needs is handed to it."""
    edges = {"os", "pathlib", "sqlite3", "socket", "urllib", "subprocess", "time", "random", "sys", "io"}
    assert not {module.split(".")[0] for module, _top in imports(MODULES[name])} & edges
    calls = [
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    assert not {"open", "print", "input", "datetime.now", "date.today", "datetime.today"} & set(calls)


def test_the_ledger_knows_no_rule() -> None:
    reached = {"kfcs.ledger"}
    while new := {n for name in reached for n in ours(MODULES[name])} - reached:
        reached |= new
    assert not [name for name in reached if name.startswith("kfcs.rules") or name in FOLD]
    assert reached <= {"kfcs.ledger", "kfcs.ledgerfile", "kfcs.entries", "kfcs.errors", "kfcs.period"}


@pytest.mark.parametrize("name", sorted(VALUES))
def test_values_know_only_each_other(name: str) -> None:
    assert ours(MODULES[name]) <= VALUES
    assert foreign(MODULES[name]) == set()


@pytest.mark.parametrize("name", sorted(FOLD))
def test_the_fold_knows_values_only(name: str) -> None:
    assert ours(MODULES[name]) <= VALUES | FOLD
    assert foreign(MODULES[name]) == set()


@pytest.mark.parametrize("name", [n for n in MODULES if not n.startswith("kfcs.commands")])
def test_commands_are_reached_by_the_command_line_only(name: str) -> None:
    """``kfcs.cli`` names them in its table and imports one when it is called."""
    assert not [module for module in ours(MODULES[name]) if module.startswith("kfcs.commands")]


@pytest.mark.parametrize("name", [n for n in MODULES if not n.startswith("kfcs.commands")])
def test_only_the_command_line_knows_typer(name: str) -> None:
    if name not in ("kfcs.cli", "kfcs.helptext"):
        assert "typer" not in foreign(MODULES[name])


@pytest.mark.parametrize("name", MODULES)
def test_no_module_is_a_drawer(name: str) -> None:
    assert name.rsplit(".", 1)[-1] not in DRAWERS


AT_THE_DESK = [
    "kfcs.main",
    "kfcs.cli",
    *(
        f"kfcs.commands.{name}"
        for name in ("admin", "desk", "escalation", "handling", "lists", "look", "today")
    ),
]
"""Where the commands begin that are run a hundred times a day."""


def test_heavy_libraries_are_imported_late() -> None:
    """What costs tens of milliseconds is imported by the function that needs it."""
    late = {
        "rich",
        "sqlite_utils",
        "jinja2",
        "msgspec",
        "xlsxwriter",
        "python_calamine",
        "docxtpl",
        "psycopg",
    }
    reached = set(AT_THE_DESK)
    while (
        new := {n for name in reached for n, top in imports(MODULES[name]) if top and n in MODULES} - reached
    ):
        reached |= new
    for name in reached:
        assert not {module.split(".")[0] for module, top in imports(MODULES[name]) if top} & late, name


def test_no_circle_among_modules() -> None:
    """Imports point down: those made on import form no circle."""
    above: dict[str, set[str]] = {
        name: {module for module, top in imports(path) if top and module in MODULES}
        for name, path in MODULES.items()
    }
    done: set[str] = set()
    while ready := {name for name in above.keys() - done if above[name] - {name} <= done}:
        done |= ready
    assert not above.keys() - done, f"a circle among {sorted(above.keys() - done)}"


# ---------------------------------------------------------------- what a command may load

_DUMP = """
import sys
from kfcs.main import main
code = main(sys.argv[1:])
print(code, *sys.modules, file=sys.stderr)
"""
HEAVY = {
    *("asyncio", "babel", "chinese_calendar", "dateutil", "docx", "docxtpl", "http", "jinja2", "msgspec"),
    *("multiprocessing", "pdb", "pydantic", "python_calamine", "rich", "sqlite_utils", "ssl", "unittest"),
    *("urllib.request", "xlsxwriter"),
}


def loaded(folder: Path, *arguments: str) -> set[str]:
    """The modules in memory after a command that worked."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KFCS_", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-c", _DUMP, *arguments],
        cwd=folder,
        env=clean | {"KFCS_LANG": "zh", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    code, *modules = done.stderr.splitlines()[-1].split()
    assert code == "0", done.stderr
    return set(modules)


@pytest.fixture(scope="module")
def warm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk that has logged once: its policy is remembered, as at any desk after its first minute."""
    folder = tmp_path_factory.mktemp("warm")
    loaded(folder, "init", "--branch", "重庆", "--branch-code", "CQ")
    loaded(folder, "log", "厨房漏水", "--project", "天元道")
    return folder


@pytest.mark.parametrize(
    "arguments",
    [
        ("log", "电梯停运", "--project", "天元道", "--phone", "13800000001"),
        ("dispatch", "001", "--to", "工程部"),
        ("contact", "001", "已联系", "--reply"),
        ("show", "001"),
        ("list",),
        ("today",),
        ("search", "漏水"),
        ("escalate",),
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_the_desk_loads(warm_folder: Path, arguments: tuple[str, ...]) -> None:
    modules = loaded(warm_folder, *arguments)
    assert not modules & HEAVY
    assert not [m for m in modules if m.startswith(("kfcs.reports", "kfcs.policycheck", "kfcs.policyshape"))]

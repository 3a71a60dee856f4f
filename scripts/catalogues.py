#!/usr/bin/env python3
"""Keep the message catalogues in step with the code.

usage: catalogues.py               collect msgids, update the .po files, compile the .mo files
       catalogues.py --check       change nothing; exit 1 when a translation is missing or a .mo is stale
       catalogues.py --add FILE    first take translations from a JSON object {"English": "中文"}
       catalogues.py --missing     print the msgids without Chinese, as JSON to fill in for --add

Msgids are what the markers below are called with, what the templates call `_` with, and the docstrings of the
functions in `kfcs.cli.COMMANDS`, which are the commands' help.
"""

from __future__ import annotations

import ast
import inspect
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kfcs.cli import COMMANDS  # noqa: E402

PACKAGE = ROOT / "kfcs"
TEMPLATES = ROOT / "templates"
LOCALES = PACKAGE / "locale"
LANGUAGES = ("zh", "en")

FAULTS = ("KfcsError", "CheckFailed", "BadInput", "SomeRejected", "Forbidden", "LedgerUnusable")
MARKERS = dict.fromkeys(("_", "N_", "say", "help_text", *FAULTS), 0) | {"Column": 1}
"""What marks a msgid, and which of its arguments it is."""


def msgids() -> dict[str, set[str]]:
    """Every msgid in the code, with the files it stands in."""
    found: dict[str, set[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for text in _in_file(path):
            found.setdefault(text, set()).add(path.relative_to(ROOT).as_posix())
    templates = Environment(extensions=["jinja2.ext.i18n"])
    for path in sorted(TEMPLATES.glob("*.j2")):
        for _line, _call, text in templates.extract_translations(path.read_text(encoding="utf-8")):
            if isinstance(text, str):
                found.setdefault(text, set()).add(path.relative_to(ROOT).as_posix())
    return found


def _in_file(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (text := _marked(node)):
            yield text
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    commands = {command.attribute for command in COMMANDS if command.module == module}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in commands and (text := ast.get_docstring(node)):
            yield inspect.cleandoc(text)


def _marked(call: ast.Call) -> str | None:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    position = MARKERS.get(name)
    if position is None:
        return None
    title = next((k.value for k in call.keywords if name == "Column" and k.arg == "title"), None)
    argument = title or (call.args[position] if len(call.args) > position else None)
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None


def folder(lang: str) -> Path:
    return LOCALES / lang / "LC_MESSAGES"


def translations(lang: str) -> dict[str, str]:
    """What the .po file knows, also of msgids that the code no longer has."""
    path = folder(lang) / "kfcs.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        old = read_po(file, locale=lang)
    known = [*old, *old.obsolete.values()]
    return {str(m.id): str(m.string) for m in known if m.id and m.string}


class UndatedCatalog(Catalog):
    """A catalogue whose file changes when its words do, and only then: no dates, no addresses."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", "kfcs"),
            ("Language", str(self.locale_identifier)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]

    @mime_headers.setter
    def mime_headers(self, headers: object) -> None:
        """Headers that are read are not kept."""


def catalogue(lang: str, found: dict[str, set[str]], known: dict[str, str]) -> Catalog:
    """The msgids of the code with their translations; translations without a msgid are kept as obsolete."""
    new = UndatedCatalog(locale=lang, charset="utf-8", fuzzy=False, header_comment=f"# kfcs, {lang}")
    for text in sorted(found):
        new.add(text, known.get(text, ""), locations=[(name, 0) for name in sorted(found[text])])
    for text in sorted(set(known) - set(found)):
        new.add(text, known[text])
        new.obsolete[text] = new._messages.pop(text)
    return new


def as_po(new: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, new, width=110, include_lineno=False)
    return buffer.getvalue()


def as_mo(new: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, new)
    return buffer.getvalue()


def missing(found: dict[str, set[str]], known: dict[str, str]) -> list[str]:
    return [text for text in sorted(found) if not known.get(text)]


def misfilled(known: dict[str, str]) -> list[str]:
    """Translations whose {fields} are not the msgid's: they would fail when they are shown."""
    fields = re.compile(r"\{(\w+)\}")
    return [k for k, v in sorted(known.items()) if not set(fields.findall(v)) <= set(fields.findall(k))]


def check(found: dict[str, set[str]]) -> int:
    known = translations("zh")
    faults = [f"no Chinese for: {text!r}" for text in missing(found, known)]
    faults += [f"fields differ in the Chinese for: {text!r}" for text in misfilled(known)]
    for lang in LANGUAGES:
        path = folder(lang) / "kfcs.mo"
        if not path.exists() or path.read_bytes() != as_mo(catalogue(lang, found, translations(lang))):
            faults.append(f"stale: {path.relative_to(ROOT)} (run scripts/catalogues.py)")
    print(*faults, sep="\n", file=sys.stderr)
    return 1 if faults else 0


def update(found: dict[str, set[str]], added: dict[str, str]) -> None:
    for lang in LANGUAGES:
        known = translations(lang) | (added if lang == "zh" else {})
        new = catalogue(lang, found, known)
        folder(lang).mkdir(parents=True, exist_ok=True)
        (folder(lang) / "kfcs.po").write_bytes(as_po(new))
        (folder(lang) / "kfcs.mo").write_bytes(as_mo(new))
    print(f"{len(found)} msgids, {len(missing(found, translations('zh')))} without Chinese")


def main(arguments: list[str]) -> int:
    found = msgids()
    match arguments:
        case []:
            update(found, {})
        case ["--add", file]:
            update(found, json.loads(Path(file).read_text(encoding="utf-8")))
        case ["--check"]:
            return check(found)
        case ["--missing"]:
            empty = dict.fromkeys(missing(found, translations("zh")), "")
            print(json.dumps(empty, ensure_ascii=False, indent=1))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

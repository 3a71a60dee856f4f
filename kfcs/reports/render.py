"""A report as a document (SPEC R4, R5): HTML, Markdown, CSV or JSON. Templates only place words.

Templates are looked for beside the ledger first, so that a branch can have its own, then in the package, then
in the source tree.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kfcs.errors import N_, BadInput, Message, say
from kfcs.i18n import Language, _, in_language
from kfcs.i18n import render as sentence
from kfcs.jsontext import to_json
from kfcs.reports import charts
from kfcs.reports.pages import FROM_PAGES, from_page
from kfcs.reports.report import LISTED, Report
from kfcs.reports.wording import Wording
from kfcs.widths import harmless, legible

if TYPE_CHECKING:
    from jinja2 import BytecodeCache, Environment
    from markupsafe import Markup

FORMATS = ("html", "md", "csv", "json")
ENDINGS: Mapping[str, str] = {
    ".html": "html",
    ".htm": "html",
    ".docx": "docx",
    ".pdf": "pdf",
    ".xlsx": "xlsx",
    ".md": "md",
    ".csv": "csv",
    ".json": "json",
}
"""What the ending of an output file asks for."""

_PACKAGE = Path(__file__).parent.parent
_TEMPLATES = {"html": "report.html.j2", "md": "report.md.j2"}
_MARKDOWN = re.compile(r"([\\`*_\[\]|#~])")


def format_of(path: Path) -> str:
    """The format that a file's ending asks for. Raises BadInput naming the endings that are known."""
    fmt = ENDINGS.get(path.suffix.lower())
    if fmt is None:
        raise BadInput(
            N_("{file}: reports are not written in this format."),
            file=str(path),
            hint=say(N_("The endings known are {endings}."), endings=list(ENDINGS)),
        )
    return fmt


def document(report: Report, fmt: str, lang: Language, template_folder: Path | None = None) -> str | bytes:
    """The report in any format that a file can have: text, or bytes for DOCX, PDF and XLSX."""
    if fmt == "xlsx":
        from kfcs.reports.workbook import workbook

        return workbook(report, lang)
    if fmt in FROM_PAGES:
        return from_page(render(report, "html", lang, template_folder), fmt, report.as_of)
    return render(report, fmt, lang, template_folder)


def render(report: Report, fmt: str, lang: Language, template_folder: Path | None = None) -> str:
    """The report in a format and language. Templates in ``template_folder`` win over ours (R5)."""
    with in_language(lang):
        if fmt == "json":
            return to_json(report.as_json(), indent=2) + "\n"
        if fmt == "csv":
            return as_csv(report.as_json())
        words = Wording(report, lang)
        values = {"report": report, "w": words, "charts": charts, "lang": lang, "listed": LISTED}
        return placed(_TEMPLATES[fmt], template_folder, values)


def template_data(report: Report, lang: Language) -> str:
    """What a template is given as ``report``, as JSON: every name that it may use, with its value (R5)."""
    with in_language(lang):
        return to_json({"lang": lang, "report": _laid_open(report)}, indent=2) + "\n"


def _laid_open(value: Any) -> Any:
    """A value with its attributes by name, as a template reaches them."""
    if isinstance(value, Message):
        return sentence(value)
    if is_dataclass(value):
        return {field.name: _laid_open(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: _laid_open(getattr(value, name)) for name in value._fields}
    if isinstance(value, Mapping):
        return {str(key): _laid_open(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [_laid_open(inner) for inner in (sorted(value) if isinstance(value, frozenset) else value)]
    return value


# ---------------------------------------------------------------- CSV


def as_csv(figures: Mapping[str, Any]) -> str:
    """One line a figure: section, item, figure, value; codes as in JSON, so that scripts can rely on them."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([_("Section"), _("Item"), _("Figure"), _("Value")])
    for section, value in figures.items():
        writer.writerows(_lines(section, (), value))
    return stream.getvalue()


def _lines(section: str, path: tuple[str, ...], value: object) -> Iterator[list[str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _lines(section, (*path, str(key)), inner)
    elif isinstance(value, list | tuple):
        for n, inner in enumerate(value, 1):
            yield from _lines(section, (*path, str(n)), inner)
    else:
        *item, figure = path or (section,)
        yield [section, _cell(".".join(item)), _cell(figure), _cell(_plain(value))]


def _plain(value: object) -> str:
    """A value as JSON has it, texts without their quotes; nothing for null."""
    if isinstance(value, str):
        return value
    text = to_json(value)
    return "" if text == "null" else text.strip('"')


def _cell(text: str) -> str:
    """A cell that a spreadsheet takes for what it is: never a formula, though a number may be negative."""
    formula = text.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"))
    return "'" + text if formula and not re.fullmatch(r"-?\d+(\.\d+)?", text) else text


# ---------------------------------------------------------------- documents


def placed(name: str, own: Path | None, values: Mapping[str, Any]) -> str:
    """A template with its values in place; ``own`` is the folder whose templates win. Raises BadInput for a bad one."""
    from jinja2 import TemplateError

    environment = _environment(own, "md" if name.endswith(".md.j2") else "html")
    try:
        return environment.get_template(name).render(values) + "\n"
    except TemplateError as fault:
        place = getattr(fault, "filename", None) or getattr(fault, "name", None) or name
        raise BadInput(
            N_("The template {file} cannot be used: {fault}"), file=str(place), fault=harmless(str(fault))
        ) from fault


def template_folders(own: Path | None) -> list[Path]:
    """Where templates are looked for, the first that has a file wins (R5)."""
    places = [own, _PACKAGE / "templates", _PACKAGE.parent / "templates"]
    return [place for place in places if place is not None and place.is_dir()]


def _environment(own: Path | None, fmt: str) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader([str(folder) for folder in template_folders(own)]),
        autoescape=fmt == "html",
        # Markdown has no autoescape of Jinja's; every value placed in it passes here instead.
        finalize=_for_markdown if fmt == "md" else _for_page,
        undefined=StrictUndefined,
        bytecode_cache=_compiled_before(),
        # A page is rendered once a run: to look for constants to fold costs more than it saves.
        optimized=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_=_, sentence=sentence, css=css_text)
    return environment


def _for_page(value: Any) -> Any:
    """A value without marks that would turn a line round: Jinja escapes it, and has escaped what is no plain text."""
    return legible(value) if type(value) is str else value


_RUNNING = 60
"""Letters that the head or foot of a printed page has room for."""


def css_text(text: str) -> Markup:
    """A text as a string of CSS that no letter of it can end: for the heads and feet of printed pages."""
    from markupsafe import Markup

    line = legible(" ".join(text.split()))
    cut = line if len(line) <= _RUNNING else line[: _RUNNING - 1] + "…"
    return Markup('"{}"').format(
        Markup("".join(letter if letter.isalnum() else f"\\{ord(letter):x} " for letter in cut))
    )


def _compiled_before() -> BytecodeCache | None:
    """Where compiled templates are kept from one run to the next: compiling them takes longer than counting a month.

    The folder is this user's alone; None where there cannot be one. A disk that has no room for them hinders nobody.
    """
    from jinja2 import FileSystemBytecodeCache
    from jinja2.bccache import Bucket

    class WhereThereIsRoom(FileSystemBytecodeCache):
        def dump_bytecode(self, bucket: Bucket) -> None:
            with suppress(OSError):
                super().dump_bytecode(bucket)

    try:  # the number rises with whatever of the environment goes into the compiled template
        return WhereThereIsRoom(pattern="__kfcs_3_%s.cache")
    except (RuntimeError, OSError):
        return None


def _for_markdown(value: Any) -> Any:
    """A value as text that stays what it is: no markup, no tag, one line."""
    if not isinstance(value, str):
        return value
    escaped = _MARKDOWN.sub(r"\\\1", value).replace("&", "&amp;").replace("<", "&lt;")
    return harmless(escaped)

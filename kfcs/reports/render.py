"""A report as a document (SPEC R4, R5): HTML, Markdown, CSV or JSON. Templates only place words.

Templates are looked for beside the ledger first, so that a branch can have its own, then in the package, then
in the source tree.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kfcs.errors import N_, BadInput, say
from kfcs.i18n import Language, _, in_language
from kfcs.i18n import render as sentence
from kfcs.jsontext import to_json
from kfcs.reports import charts
from kfcs.reports.report import LISTED, Report
from kfcs.reports.wording import Wording
from kfcs.widths import harmless, legible

if TYPE_CHECKING:
    from jinja2 import Environment

FORMATS = ("html", "md", "csv", "json")
ENDINGS: Mapping[str, str] = {".html": "html", ".htm": "html", ".md": "md", ".csv": "csv", ".json": "json"}
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
        # A page is rendered once a run: to look for constants to fold costs more than it saves.
        optimized=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_=_, sentence=sentence)
    return environment


def _for_page(value: Any) -> Any:
    """A value without marks that would turn a line round: Jinja escapes it, and has escaped what is no plain text."""
    return legible(value) if type(value) is str else value


def _for_markdown(value: Any) -> Any:
    """A value as text that stays what it is: no markup, no tag, one line."""
    if not isinstance(value, str):
        return value
    escaped = _MARKDOWN.sub(r"\\\1", value).replace("&", "&amp;").replace("<", "&lt;")
    return harmless(escaped)

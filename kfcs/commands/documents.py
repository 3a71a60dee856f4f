"""What commands that write documents share: the format wanted, the language, and writing the file."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from kfcs.errors import N_, BadInput, say
from kfcs.i18n import Language, language
from kfcs.settings import Settings

PAGES = ("html", "md", "docx", "pdf", "xlsx")
"""Formats for people to read; the others are data."""
SCREEN_FORMATS = ("table", "csv", "json", "md", "html")


def language_named(text: str | None) -> Language | None:
    """The language that ``--lang`` names; None unless it was given."""
    if text is None or text in ("zh", "en"):
        return "en" if text == "en" else "zh" if text == "zh" else None
    raise BadInput(N_("--lang {value} is not known; give zh or en."), value=text)


def language_of(named: Language | None, fmt: str, settings: Settings) -> Language:
    """The language to write in: the one named; of a page that of kfcs.toml, else Chinese; of data that of messages (I5)."""
    if named is not None:
        return named
    if fmt not in PAGES:
        return language()
    return "en" if settings.lang == "en" else "zh"


def file_format_of(output: str, fmt: str | None) -> str:
    """The format of the file: by its ending; ``--format`` may say the same, not another."""
    from kfcs.reports.render import format_of

    by_ending = format_of(Path(output))
    if fmt is not None and fmt.lower() not in (by_ending, "table"):
        raise BadInput(
            N_("--format {value} does not fit the file {file}; leave one of them out."),
            value=fmt,
            file=output,
        )
    return by_ending


def screen_format_of(fmt: str | None, known: Sequence[str] = SCREEN_FORMATS) -> str:
    """The format of what is printed: a table on a terminal, else CSV, unless one is named."""
    if fmt is None:
        return "table" if sys.stdout.isatty() else "csv"
    if fmt.lower() not in known:
        raise BadInput(
            N_("No such format {name}."),
            name=repr(fmt),
            hint=say(N_("One of: {words}."), words=known),
        )
    return fmt.lower()


def write_aside(path: Path, content: str | bytes, *, bom: bool = False) -> None:
    """Write beside the file and rename: there is the old file or the new one, never half of it.

    ``bom`` puts a mark before a text by which Excel knows its encoding.
    """
    if not path.parent.is_dir():
        raise BadInput(N_("There is no folder {folder} to write into."), folder=str(path.parent))
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if isinstance(content, str):
            content = content.encode("utf-8-sig" if bom else "utf-8")
        aside.write_bytes(content)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)

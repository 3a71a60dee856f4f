"""What commands that write documents share: the format wanted, the language, and where the page goes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from kfcs.aside import write_aside
from kfcs.errors import N_, BadInput, say
from kfcs.i18n import Language, language
from kfcs.settings import Settings

PAGES = ("html", "md", "docx", "pdf", "xlsx")
"""Formats for people to read; the others are data."""
PAGE_ENDINGS = (".html", ".htm", ".docx", ".pdf")
"""What the files of pages for printing may end with."""
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
        raise _unfitting(fmt, output)
    return by_ending


def _unfitting(fmt: str | None, output: str) -> BadInput:
    return BadInput(
        N_("--format {value} does not fit the file {file}; leave one of them out."), value=fmt, file=output
    )


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


def check_page_file(output: str | None) -> None:
    """Raises BadInput for a file that pages are not written to; None is standard output."""
    if output is not None and Path(output).suffix.lower() not in PAGE_ENDINGS:
        raise BadInput(
            N_("{file}: pages for printing are not written in this format."),
            file=output,
            hint=say(N_("The endings known are {endings}."), endings=list(PAGE_ENDINGS)),
        )


def page_wanted(output: str | None, fmt: str | None) -> bool:
    """Whether a page for printing is asked for: by ``--format html``, or by naming a file for it."""
    if output is None:
        return fmt == "html"
    check_page_file(output)
    if fmt not in (None, "html"):
        raise _unfitting(fmt, output)
    return True


def deliver(page: str, output: str | None, made_at: datetime, *, private: bool) -> None:
    """Write a page to a file, in the format of its ending, else to standard output. With ``private`` data the file is
    for its owner alone (L4)."""
    if output is None:
        sys.stdout.write(page)
        return
    from kfcs.reports.pages import FROM_PAGES, from_page

    fmt = Path(output).suffix.lower().removeprefix(".")
    content = from_page(page, fmt, made_at) if fmt in FROM_PAGES else page
    write_aside(Path(output), content, private=private)

"""A page in the formats that are made from it: as it is, as a Word document, as PDF (SPEC R4)."""

from __future__ import annotations

from datetime import datetime

from kfcs.errors import N_, BadInput, say

FROM_PAGES = ("docx", "pdf")
"""The formats that a page is turned into."""


def from_page(page: str, fmt: str, made_at: datetime) -> bytes:
    """The page as a document of another format. Raises BadInput where what makes it is not installed."""
    if fmt == "pdf":
        from kfcs.reports.printing import printed

        return printed(page)
    try:
        from kfcs.reports.worddoc import word_document
    except ImportError as missing:
        raise BadInput(
            N_("Word documents need the package {name}."),
            hint=say(N_("Install kfcs[word], or write .html and open that in Word.")),
            name="python-docx",
        ) from missing
    return word_document(page, made_at)

"""A page as a Word document (SPEC R4): the same headings, tables, lists and pictures, to be read in Word and WPS and edited.

The document is made from the page, so that there is one template for both, and a branch's own template holds for both
(R5). Headings are Word's headings, tables repeat their head on each page, charts are pictures, pages are numbered.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm, Pt
from lxml import html
from lxml.html import HtmlElement

from kfcs.reports.wordpage import (
    BAR,
    EDGES,
    RULED,
    Cell,
    Room,
    chinese_number,
    classes_of,
    colours_of,
    filled_columns,
    is_bar,
    is_ruled,
    pieces,
    row_height,
    spread,
    text_of,
    weights,
)
from kfcs.reports.wordparts import (
    FONT,
    FRAMED,
    UNDERLINED,
    WIDTH,
    add_run,
    fit,
    headed,
    join,
    keep_whole,
    repeat,
    rule,
    set_up,
    shade,
    share_line,
    underline,
)

CARDS = 3
"""Headline figures side by side."""
_PIXELS = 720
"""How wide a chart is drawn; letters then have the size of those around it."""
_BAR_PIXELS = 150
_SCALE = 2.5
_BACKGROUND = re.compile(r"background:\s*(#[0-9a-fA-F]{3,6})")
_VARIABLE = re.compile(r"var\((--[\w-]+)\)")
_STYLES: Mapping[str, tuple[str, float | None]] = {
    "basis": ("soft", 8.5),
    "more": ("soft", 8.5),
    "facts": ("soft", 9.5),
    "mark": ("bad", 8.0),
    "lead": ("accent", None),
    "green": ("good", None),
    "red": ("bad", None),
}
"""Classes of the page with the colour and size that their text has."""
_FAMILIES = f"'{FONT}', 'PingFang SC', 'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif"
_MANY_COLUMNS = 6
"""A table of more is set in smaller letters."""
_SKIPPED = frozenset({"style", "script", "head", "title", "meta"})
_BLOCKS = frozenset({"section", "header", "footer", "div", "body", "main", "article"})


def word_document(page: str, made_at: datetime) -> bytes:
    """The page as the bytes of a .docx; the same page gives the same bytes. ``made_at`` is its date of creation."""
    tree = html.document_fromstring(page)
    writer = _Writer(tree)
    writer.write()
    properties = writer.document.core_properties
    properties.author = "kfcs"
    properties.title = tree.findtext(".//title") or ""
    properties.created = properties.modified = made_at.replace(tzinfo=None)
    out = io.BytesIO()
    writer.document.save(out)
    return _without_clock(out.getvalue())


def _without_clock(content: bytes) -> bytes:
    """The archive with its members dated alike, so that a document depends on nothing but what it says (R8)."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            info = ZipInfo(name)
            info.compress_type = ZIP_DEFLATED
            target.writestr(info, source.read(name))
    return out.getvalue()


class _Writer:
    """Walks a page from top to bottom and writes what it meets."""

    def __init__(self, tree: HtmlElement) -> None:
        self.tree = tree
        self.document: Any = Document()
        self.chinese = (tree.get("lang") or "").startswith("zh")
        self.colours = colours_of(tree.findtext(".//style") or "")
        self.sections = 0
        set_up(self.document)

    def write(self) -> None:
        title = " ".join((self.tree.findtext(".//title") or "").split())
        headed(self.document, title, self.colours.get("--soft"))
        for child in self.tree.body:
            self._block(child)

    # ------------------------------------------------------------ blocks

    def _block(self, element: HtmlElement) -> None:
        if not isinstance(element.tag, str) or element.tag in _SKIPPED:
            return
        known: Mapping[str, Callable[[HtmlElement], None]] = {
            "h1": self._title,
            "h2": self._section,
            "h3": self._subsection,
            "p": self._paragraph,
            "ul": self._list,
            "ol": self._list,
            "table": self._table,
            "figure": self._figure,
            "svg": self._picture,
        }
        classes = classes_of(element)
        if "cards" in classes:
            self._cards(element)
        elif "signatures" in classes:
            self._signatures(element)
        elif element.tag in known:
            known[element.tag](element)
        elif element.tag in _BLOCKS and any(isinstance(child.tag, str) for child in element):
            for child in element:
                self._block(child)
        else:
            self._paragraph(element)

    def _title(self, element: HtmlElement) -> None:
        self._runs(self.document.add_paragraph(style="Title"), element)

    def _section(self, element: HtmlElement) -> None:
        self.sections += 1
        number = ""
        if "paper" not in classes_of(self.tree.body):
            number = f"{chinese_number(self.sections)}、" if self.chinese else f"{self.sections}. "
        paragraph = self.document.add_paragraph(number, style="Heading 1")
        self._runs(paragraph, element)

    def _subsection(self, element: HtmlElement) -> None:
        self._runs(self.document.add_paragraph(style="Heading 2"), element)

    def _paragraph(self, element: HtmlElement) -> None:
        if not text_of(element):
            return
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = "basis" in classes_of(element)
        size = _small(element)
        if size:
            paragraph.paragraph_format.space_after = Pt(0)
        self._runs(paragraph, element, size=size, apart="facts" in classes_of(element))

    def _list(self, element: HtmlElement) -> None:
        if "legend" in classes_of(element):
            self._legend(element)
            return
        if _small(element):
            for item in element.iterchildren("li"):
                self._paragraph(item)
            return
        style = "List Bullet" if element.tag == "ul" else "List Number"
        for item in element.iterchildren("li"):
            self._runs(self.document.add_paragraph(style=style), item)

    def _legend(self, element: HtmlElement) -> None:
        """What the colours of a chart mean, on one line."""
        paragraph = self.document.add_paragraph()
        for item in element.iterchildren("li"):
            swatch = item.find("i")
            colour = (
                self._colour((swatch.get("style") or "").partition(":")[2]) if swatch is not None else None
            )
            add_run(paragraph, "■ ", colour=colour, size=9)
            add_run(paragraph, text_of(item) + "    ", size=9)

    def _figure(self, element: HtmlElement) -> None:
        for child in element:
            if child.tag == "figcaption":
                paragraph = self.document.add_paragraph()
                paragraph.paragraph_format.keep_with_next = True
                self._runs(paragraph, child, bold=True)
            else:
                self._block(child)

    def _picture(self, element: HtmlElement) -> None:
        picture = self._drawn(element)
        if picture is not None:
            self.document.add_picture(io.BytesIO(picture), width=Mm(WIDTH))

    def _drawn(self, element: HtmlElement, across: int = _PIXELS) -> bytes | None:
        """A chart as a picture, so many pixels across; None where the package that draws it is not there."""
        try:
            from resvg_py import svg_to_bytes
        except ImportError:
            return None
        height = float(element.get("height") or 20)
        element.set("xmlns", "http://www.w3.org/2000/svg")
        element.set("width", str(across))
        element.set("viewBox", f"0 0 {across} {height:g}")
        svg = _VARIABLE.sub(
            lambda found: self.colours.get(found[1], "#000"), html.tostring(element, encoding="unicode")
        )
        drawn = svg_to_bytes(
            svg_string=svg.replace("viewbox=", "viewBox="),
            zoom=_SCALE,
            style_sheet=f"text {{ font: 11px {_FAMILIES}; fill: {self.colours.get('--ink', '#000')} }}",
            background="#ffffff",
            # Without words there is no need to look for the fonts of the machine, which takes longer than to draw.
            skip_system_fonts=element.find(".//text") is None,
        )
        return bytes(drawn)

    # ------------------------------------------------------------ tables

    def _table(self, element: HtmlElement) -> None:
        caption = element.find("caption")
        if caption is not None:
            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            add_run(paragraph, text_of(caption), bold=True)
        lines = list(element.iter("tr"))
        rows = [spread(row) for row in lines]
        ruled = RULED & set(classes_of(element))
        kept = list(range(max(map(len, rows), default=0))) if ruled else filled_columns(rows)
        if not kept:
            return
        heads = sum(row.getparent().tag == "thead" for row in lines)
        size = 9 if len(kept) <= _MANY_COLUMNS else 8
        table = self.document.add_table(rows=0, cols=len(kept))
        rule(
            table,
            self.colours.get("--rest" if ruled else "--line", "#cfd6de"),
            FRAMED if ruled else UNDERLINED,
        )
        for n, cells in enumerate(rows):
            row = table.add_row()
            keep_whole(row)
            if n < heads:
                repeat(row)
            if height := row_height(lines[n], signing="signing" in ruled):
                row.height = Mm(height)
            shown = [cells[at] if at < len(cells) else None for at in kept]
            self._row(row, shown, head=n < heads, size=size)
        if ruled - {"ruled"}:
            share_line(table, weights(rows, kept, ruled))
        else:
            fit(table, [Room.of(rows, at, size) for at in kept], whole=bool(ruled))
        for row, line in zip(table.rows, rows, strict=True):
            join(row, [line[at] if at < len(line) else None for at in kept])
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)

    def _row(self, row: Any, cells: Sequence[Cell | None], *, head: bool, size: float) -> None:
        for target, cell in zip(row.cells, cells, strict=True):
            paragraph = target.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            if head:
                shade(target, self.colours.get("--wash", "#f3f6f9"))
            if cell is None or isinstance(cell, str):
                continue
            if cell.tag == "th" and not head and is_ruled(cell):
                shade(target, self.colours.get("--wash", "#f3f6f9"))
            if found := _BACKGROUND.search(cell.get("style") or ""):
                shade(target, found[1])
            if "n" in classes_of(cell):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            self._runs(paragraph, cell, bold=head or cell.tag == "th", size=size)
            if is_bar(cell) and (bar := self._drawn(cell.find("svg"), _BAR_PIXELS)) is not None:
                paragraph.add_run().add_picture(io.BytesIO(bar), width=Mm(BAR - EDGES))

    def _cards(self, element: HtmlElement) -> None:
        """The headline figures, three side by side, as in print."""
        cards = [card for card in element if isinstance(card.tag, str)]
        table = self.document.add_table(rows=0, cols=CARDS)
        for first in range(0, len(cards), CARDS):
            row = table.add_row()
            keep_whole(row)
            for target, card in zip(row.cells, cards[first : first + CARDS], strict=False):
                shade(target, self.colours.get("--wash", "#f3f6f9"))
                self._card(target, card)
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)

    def _card(self, target: Any, card: HtmlElement) -> None:
        paragraph = target.paragraphs[0]
        for n, part in enumerate(card):
            if n:
                paragraph = target.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(0)
            if part.tag == "b":
                add_run(paragraph, text_of(part), bold=True, size=16)
            else:
                add_run(paragraph, text_of(part), size=8.5, colour=self.colours.get("--soft"))

    def _signatures(self, element: HtmlElement) -> None:
        places = [text_of(part) for part in element if isinstance(part.tag, str)]
        if not places:
            return
        table = self.document.add_table(rows=1, cols=len(places))
        for target, text in zip(table.rows[0].cells, places, strict=True):
            target.paragraphs[0].paragraph_format.space_before = Pt(28)
            add_run(target.paragraphs[0], text)
            underline(target)
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)

    # ------------------------------------------------------------ text

    def _runs(
        self,
        paragraph: Any,
        element: HtmlElement,
        *,
        bold: bool = False,
        size: float | None = None,
        apart: bool = False,
    ) -> None:
        """The text of an element with what stands out in it; ``apart`` sets space between its parts."""
        said = list(pieces(element, bold))
        for n, (text, strong, classes) in enumerate(said):
            colour, own = next((_STYLES[name] for name in classes if name in _STYLES), (None, None))
            gap = "    " if apart and n + 1 < len(said) else ""
            tint = self.colours.get(f"--{colour}") if colour else None
            add_run(paragraph, text + gap, bold=strong, colour=tint, size=own or size)

    def _colour(self, text: str) -> str | None:
        found = _VARIABLE.search(text)
        return self.colours.get(found[1]) if found else text.strip() or None


def _small(element: HtmlElement) -> float | None:
    """The size of what stands at the foot of the page, in points; None for everything else."""
    return 8.0 if next(element.iterancestors("footer"), None) is not None else None

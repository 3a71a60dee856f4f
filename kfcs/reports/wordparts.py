"""What a Word document is made of, where python-docx has no word for it: lines, shades, widths, fields (SPEC R4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from kfcs.reports.wordpage import COVERED, Cell, Room

FONT = "Microsoft YaHei"
WIDTH = 178
"""Millimetres of a line: A4 without its margins."""
_NARROW = 13
"""Millimetres that a column of texts has at the least."""


def set_up(document: Any) -> None:
    """A4, the margins of the page, letters that Chinese computers have, page numbers at the foot."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm((210 - WIDTH) / 2)
    section.top_margin, section.bottom_margin = Mm(18), Mm(20)
    for name, size, bold in (
        ("Normal", 10.5, False),
        ("Title", 18, True),
        ("Heading 1", 13, True),
        ("Heading 2", 11, True),
    ):
        style = document.styles[name]
        style.font.name, style.font.size, style.font.bold = FONT, Pt(size), bold
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:eastAsia", "w:hAnsi", "w:ascii"):
            fonts.set(qn(script), FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(theme), None)
        if name != "Normal":
            style.font.color.rgb = RGBColor.from_string("0B4F8A")
    document.styles["Normal"].paragraph_format.space_after = Pt(4)
    section.different_first_page_header_footer = True
    for footer in (section.footer, section.first_page_footer):
        _numbered(footer.paragraphs[0])


def _numbered(foot: Any) -> None:
    """The number of the page, and of all pages."""
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _field(foot, "PAGE")
    foot.add_run(" / ")
    _field(foot, "NUMPAGES")


def headed(document: Any, title: str, colour: str | None) -> None:
    """What the document is, at the head of each page but the first, which has its title."""
    head = document.sections[0].header.paragraphs[0]
    head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    add_run(head, title, size=8.5, colour=colour)


def add_run(
    paragraph: Any, text: str, *, bold: bool = False, colour: str | None = None, size: float | None = None
) -> None:
    run = paragraph.add_run(_printable(text))
    run.bold = bold or None
    if colour:
        run.font.color.rgb = RGBColor.from_string(_six(colour))
    if size:
        run.font.size = Pt(size)


def _six(colour: str) -> str:
    digits = colour.lstrip("#").upper()
    return "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff￾￿]")


def _printable(text: str) -> str:
    """The text without what no XML may hold."""
    return _CONTROL.sub("", text)


def _field(paragraph: Any, code: str) -> None:
    """A field that Word fills in when it shows the page."""
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, code), ("end", None)):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)


def shade(cell: Any, colour: str) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), _six(colour))
    cell._tc.get_or_add_tcPr().append(shade)


def underline(cell: Any) -> None:
    borders, bottom = OxmlElement("w:tcBorders"), OxmlElement("w:bottom")
    bottom.set(qn("w:val"), "single")
    bottom.set(qn("w:sz"), "6")
    borders.append(bottom)
    cell._tc.get_or_add_tcPr().append(borders)


def repeat(row: Any) -> None:
    """The head of a table stands on each page that the table reaches."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


UNDERLINED = ("top", "bottom", "insideH")
FRAMED = ("top", "left", "bottom", "right", "insideH", "insideV")


def join(row: Any, cells: Sequence[Cell | None]) -> None:
    """Let a cell reach over the places that it covers."""
    at = 0
    while at < len(cells):
        last = at
        while last + 1 < len(cells) and cells[last + 1] == COVERED:
            last += 1
        if last > at:
            row.cells[at].merge(row.cells[last])
        at = last + 1


def rule(table: Any, colour: str, edges: Sequence[str]) -> None:
    """Thin lines, and a little room above and below the words."""
    properties = table._tbl.tblPr
    borders, margins = OxmlElement("w:tblBorders"), OxmlElement("w:tblCellMar")
    for edge in edges:
        line = OxmlElement(f"w:{edge}")
        for name, value in (("val", "single"), ("sz", "4"), ("color", _six(colour))):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    for side, room in (("top", 40), ("left", 70), ("bottom", 40), ("right", 70)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(room))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties.append(borders)
    properties.append(margins)


def keep_whole(row: Any) -> None:
    """A row is not cut by the end of a page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def fit(table: Any, rooms: Sequence[Room], *, whole: bool) -> None:
    """Give each column the room that it wants; where the line is too short, texts make do with what is left. A small
    table takes no more than it needs, unless it is to be as wide as the ``whole`` line."""
    wanted = sum(room.wanted for room in rooms)
    widths = [room.wanted for room in rooms]
    least = WIDTH if whole else WIDTH / 3
    longer = sum(room.whole - room.wanted for room in rooms)
    if wanted < WIDTH and longer > 0:
        more = min(1.0, (WIDTH - wanted) / longer)
        widths = [room.wanted + (room.whole - room.wanted) * more for room in rooms]
        wanted = sum(widths)
    if wanted < least:
        widths = [width * least / wanted for width in widths]
    elif wanted > WIDTH:
        fixed = sum(room.wanted for room in rooms if room.fixed)
        texts = [room for room in rooms if not room.fixed]
        left = WIDTH - fixed
        if texts and left >= _NARROW * len(texts):
            share = (left - _NARROW * len(texts)) / sum(room.wanted for room in texts)
            widths = [room.wanted if room.fixed else _NARROW + room.wanted * share for room in rooms]
        else:
            widths = [width * WIDTH / wanted for width in widths]
    _set_widths(table, widths)


def share_line(table: Any, weights: Sequence[float]) -> None:
    """Share the whole line between the columns."""
    whole = sum(weights)
    _set_widths(table, [WIDTH * weight / whole for weight in weights])


def _set_widths(table: Any, widths: Sequence[float]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = column.width

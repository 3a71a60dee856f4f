"""A page as a Word document (SPEC R4): the same headings, tables, lists and pictures, to be read in Word and WPS and edited.

The document is made from the page, so that there is one template for both, and a branch's own template holds for both
(R5). Headings are Word's headings, tables repeat their head on each page, charts are pictures, pages are numbered.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, TypeAlias
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from lxml import html
from lxml.html import HtmlElement

FONT = "Microsoft YaHei"
WIDTH = 178
"""Millimetres of a line: A4 without its margins."""
CARDS = 3
"""Headline figures side by side."""
_LONG_COLUMN = 36
"""A column of texts wants the room of so many letters, however long they are."""
_PIXELS = 720
"""How wide a chart is drawn; letters then have the size of those around it."""
_SCALE = 2.5
_BACKGROUND = re.compile(r"background:\s*(#[0-9a-fA-F]{3,6})")
_VARIABLE = re.compile(r"var\((--[\w-]+)\)")
_STYLES: Mapping[str, tuple[str, float | None]] = {
    "basis": ("soft", 8.5),
    "more": ("soft", 8.5),
    "facts": ("soft", 9.5),
    "mark": ("bad", 8.0),
    "green": ("good", None),
    "red": ("bad", None),
}
"""Classes of the page with the colour and size that their text has."""
_FAMILIES = f"'{FONT}', 'PingFang SC', 'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif"
RULED = frozenset({"grid", "ruled", "signing"})
"""Classes of tables that are filled in by hand: framed, as wide as the line, with every column."""
HEIGHTS = {"line": 9, "lines": 18, "space": 32}
_SIGNING = 24
"""Millimetres that a hand has, by the class of a row or cell, and to sign."""
_MANY_COLUMNS = 6
"""A table of more is set in smaller letters."""
_LETTER = 2.2
"""Millimetres that a letter of a table takes."""
_BREAK = "\0"
"""Where a line ends; no page holds it itself."""
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
        self.colours = _colours(tree.findtext(".//style") or "")
        self.sections = 0
        _set_up(self.document)

    def write(self) -> None:
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
        classes = _classes(element)
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
        if "paper" not in _classes(self.tree.body):
            number = f"{_chinese(self.sections)}、" if self.chinese else f"{self.sections}. "
        paragraph = self.document.add_paragraph(number, style="Heading 1")
        self._runs(paragraph, element)

    def _subsection(self, element: HtmlElement) -> None:
        self._runs(self.document.add_paragraph(style="Heading 2"), element)

    def _paragraph(self, element: HtmlElement) -> None:
        if not _text(element):
            return
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = "basis" in _classes(element)
        self._runs(paragraph, element, apart="facts" in _classes(element))

    def _list(self, element: HtmlElement) -> None:
        if "legend" in _classes(element):
            # The colours of drawn bars within a table, which is without them here, need no telling.
            if element.getparent().tag == "figure":
                self._legend(element)
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
            _run(paragraph, "■ ", colour=colour, size=9)
            _run(paragraph, _text(item) + "    ", size=9)

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

    def _drawn(self, element: HtmlElement) -> bytes | None:
        """A chart as a picture; None where the package that draws it is not there."""
        try:
            from resvg_py import svg_to_bytes
        except ImportError:
            return None
        height = float(element.get("height") or 20)
        element.set("xmlns", "http://www.w3.org/2000/svg")
        element.set("width", str(_PIXELS))
        element.set("viewBox", f"0 0 {_PIXELS} {height:g}")
        svg = _VARIABLE.sub(
            lambda found: self.colours.get(found[1], "#000"), html.tostring(element, encoding="unicode")
        )
        drawn = svg_to_bytes(
            svg_string=svg.replace("viewbox=", "viewBox="),
            zoom=_SCALE,
            style_sheet=f"text {{ font: 11px {_FAMILIES}; fill: {self.colours.get('--ink', '#000')} }}",
            background="#ffffff",
        )
        return bytes(drawn)

    # ------------------------------------------------------------ tables

    def _table(self, element: HtmlElement) -> None:
        caption = element.find("caption")
        if caption is not None:
            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            _run(paragraph, _text(caption), bold=True)
        lines = list(element.iter("tr"))
        rows = [_spread(row) for row in lines]
        ruled = RULED & set(_classes(element))
        kept = list(range(max(map(len, rows), default=0))) if ruled else _columns_of_words(rows)
        if not kept:
            return
        heads = sum(row.getparent().tag == "thead" for row in lines)
        table = self.document.add_table(rows=0, cols=len(kept))
        _lined(
            table,
            self.colours.get("--rest" if ruled else "--line", "#cfd6de"),
            _FRAMED if ruled else _UNDERLINED,
        )
        for n, cells in enumerate(rows):
            row = table.add_row()
            _whole(row)
            if n < heads:
                _repeated(row)
            if height := _height(lines[n], signing="signing" in ruled):
                row.height = Mm(height)
            shown = [cells[at] if at < len(cells) else None for at in kept]
            self._row(row, shown, head=n < heads, size=9 if len(kept) <= _MANY_COLUMNS else 8)
        _widths(table, _weights(rows, kept, ruled), whole=bool(ruled))
        for row, line in zip(table.rows, rows, strict=True):
            _joined(row, [line[at] if at < len(line) else None for at in kept])
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)

    def _row(self, row: Any, cells: Sequence[Cell | None], *, head: bool, size: float) -> None:
        for target, cell in zip(row.cells, cells, strict=True):
            paragraph = target.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            if head:
                _shaded(target, self.colours.get("--wash", "#f3f6f9"))
            if cell is None or isinstance(cell, str):
                continue
            if cell.tag == "th" and not head and _is_ruled(cell):
                _shaded(target, self.colours.get("--wash", "#f3f6f9"))
            if found := _BACKGROUND.search(cell.get("style") or ""):
                _shaded(target, found[1])
            if "n" in _classes(cell):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            self._runs(paragraph, cell, bold=head or cell.tag == "th", size=size)

    def _cards(self, element: HtmlElement) -> None:
        """The headline figures, three side by side, as in print."""
        cards = [card for card in element if isinstance(card.tag, str)]
        table = self.document.add_table(rows=0, cols=CARDS)
        for first in range(0, len(cards), CARDS):
            row = table.add_row()
            _whole(row)
            for target, card in zip(row.cells, cards[first : first + CARDS], strict=False):
                _shaded(target, self.colours.get("--wash", "#f3f6f9"))
                self._card(target, card)
        self.document.add_paragraph().paragraph_format.space_after = Pt(2)

    def _card(self, target: Any, card: HtmlElement) -> None:
        paragraph = target.paragraphs[0]
        for n, part in enumerate(card):
            if n:
                paragraph = target.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(0)
            if part.tag == "b":
                _run(paragraph, _text(part), bold=True, size=16)
            else:
                _run(paragraph, _text(part), size=8.5, colour=self.colours.get("--soft"))

    def _signatures(self, element: HtmlElement) -> None:
        places = [_text(part) for part in element if isinstance(part.tag, str)]
        if not places:
            return
        table = self.document.add_table(rows=1, cols=len(places))
        for target, text in zip(table.rows[0].cells, places, strict=True):
            target.paragraphs[0].paragraph_format.space_before = Pt(28)
            _run(target.paragraphs[0], text)
            _underlined(target)

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
        pieces = list(_pieces(element, bold))
        for n, (text, strong, classes) in enumerate(pieces):
            colour, own = next((_STYLES[name] for name in classes if name in _STYLES), (None, None))
            gap = "    " if apart and n + 1 < len(pieces) else ""
            tint = self.colours.get(f"--{colour}") if colour else None
            _run(paragraph, text + gap, bold=strong, colour=tint, size=own or size)

    def _colour(self, text: str) -> str | None:
        found = _VARIABLE.search(text)
        return self.colours.get(found[1]) if found else text.strip() or None


# ---------------------------------------------------------------- reading a page


def _classes(element: HtmlElement) -> list[str]:
    return (element.get("class") or "").split()


def _text(element: HtmlElement) -> str:
    return " ".join("".join(element.itertext()).split())


Piece = tuple[str, bool, list[str]]
"""A text, whether it is bold, and the classes of what it stands in."""


def _pieces(element: HtmlElement, bold: bool) -> Iterator[Piece]:
    """The texts of an element in their order; line breaks and blocks within it begin a new line."""
    begun = False
    for text, strong, classes in _raw_pieces(element, bold, _classes(element)):
        if text == _BREAK:
            if begun:
                yield "\n", strong, classes
        elif text.strip():
            begun = True
            yield re.sub(r"[ \t\r\n]+", " ", text), strong, classes


def _raw_pieces(element: HtmlElement, bold: bool, classes: list[str]) -> Iterator[Piece]:
    if element.text:
        yield element.text, bold, classes
    for child in element:
        if isinstance(child.tag, str) and child.tag not in ("svg", "style"):
            own = _classes(child)
            if child.tag == "br" or "more" in own or (child.tag in ("b", "span") and _is_signing(element)):
                yield _BREAK, bold, classes
            yield from _raw_pieces(child, bold or child.tag in ("b", "strong"), own or classes)
        if child.tail:
            yield child.tail, bold, classes


def _is_signing(cell: HtmlElement) -> bool:
    """Whether a cell is a place to sign, where title, name and time stand below each other."""
    table = next(cell.iterancestors("table"), None)
    return cell.tag == "td" and table is not None and "signing" in _classes(table) and bool(_text(cell))


def _colours(style: str) -> dict[str, str]:
    """The colours that a page names, each as it is named first: what is named later is for paper alone."""
    found: list[tuple[str, str]] = re.findall(r"(--[\w-]+):\s*(#[0-9a-fA-F]{3,6})", style)
    return dict(reversed(found))


COVERED = "covered"
"""A place of a row over which the cell to its left reaches."""
Cell: TypeAlias = Any
"""An element of a row, or ``COVERED``."""


def _spread(line: HtmlElement) -> list[Cell]:
    """The cells of a row, one that reaches over several columns followed by the places that it covers."""
    cells: list[Cell] = []
    for cell in line.iterchildren("td", "th"):
        span = int(cell.get("colspan") or 1)
        cells += [cell, *[COVERED] * (span - 1)]
    return cells


def _is_ruled(cell: HtmlElement) -> bool:
    return any(RULED & set(_classes(above)) for above in cell.iterancestors("table"))


def _height(line: HtmlElement, *, signing: bool) -> int | None:
    """How many millimetres a row leaves to a hand; None for as many as its words take."""
    named = {name for part in (line, *line) if isinstance(part.tag, str) for name in _classes(part)}
    return max([HEIGHTS[name] for name in named & HEIGHTS.keys()], default=_SIGNING if signing else None)


def _columns_of_words(rows: Sequence[Sequence[Cell]]) -> list[int]:
    """The columns that hold words or numbers; those of drawn bars alone say nothing that the numbers do not."""
    width = max((len(row) for row in rows), default=0)
    filled = [[not isinstance(cell, str) and bool(_text(cell)) for cell in row] for row in rows]
    return [at for at in range(width) if any(at < len(row) and row[at] for row in filled)]


def _weights(rows: Sequence[Sequence[Cell]], kept: Sequence[int], ruled: AbstractSet[str]) -> list[float]:
    """How the columns share the line: places to sign alike, the labels of a grid little, others by what they hold."""
    if "signing" in ruled:
        return [1.0] * len(kept)
    if "grid" in ruled:
        labels = {at for row in rows for at, cell in enumerate(row) if cell != COVERED and cell.tag == "th"}
        return [_LABEL if at in labels else 1.0 for at in kept]
    return [_weight(rows, at) for at in kept]


_LABEL = 0.45
"""The room of a label beside that of what it names."""


def _weight(rows: Sequence[Sequence[Cell]], at: int) -> float:
    """How much room a column wants: all of it for numbers and names of things, a share of it for texts."""
    wide = [row[at] for row in rows if at < len(row) and row[at + 1 : at + 2] != [COVERED]]
    cells = [cell for cell in wide if not isinstance(cell, str)]
    longest = max((_wide(_text(cell)) for cell in cells), default=1)
    fixed = any({"n", "id"} & set(_classes(cell)) for cell in cells)
    return 3 + (longest if fixed else min(longest, _LONG_COLUMN))


def _wide(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


_NUMERALS = "零一二三四五六七八九"


def _chinese(number: int) -> str:
    """A number up to 99 in Chinese, as headings bear it."""
    tens, ones = divmod(number, 10)
    if not tens:
        return _NUMERALS[ones]
    return f"{_NUMERALS[tens] if tens > 1 else ''}十{_NUMERALS[ones] if ones else ''}"


# ---------------------------------------------------------------- writing a document


def _set_up(document: Any) -> None:
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
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _field(foot, "PAGE")
    foot.add_run(" / ")
    _field(foot, "NUMPAGES")


def _run(
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


def _shaded(cell: Any, colour: str) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), _six(colour))
    cell._tc.get_or_add_tcPr().append(shade)


def _underlined(cell: Any) -> None:
    borders, bottom = OxmlElement("w:tcBorders"), OxmlElement("w:bottom")
    bottom.set(qn("w:val"), "single")
    bottom.set(qn("w:sz"), "6")
    borders.append(bottom)
    cell._tc.get_or_add_tcPr().append(borders)


def _repeated(row: Any) -> None:
    """The head of a table stands on each page that the table reaches."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


_UNDERLINED = ("top", "bottom", "insideH")
_FRAMED = ("top", "left", "bottom", "right", "insideH", "insideV")


def _joined(row: Any, cells: Sequence[Cell | None]) -> None:
    """Let a cell reach over the places that it covers."""
    at = 0
    while at < len(cells):
        last = at
        while last + 1 < len(cells) and cells[last + 1] == COVERED:
            last += 1
        if last > at:
            row.cells[at].merge(row.cells[last])
        at = last + 1


def _lined(table: Any, colour: str, edges: Sequence[str]) -> None:
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


def _whole(row: Any) -> None:
    """A row is not cut by the end of a page."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _widths(table: Any, weights: Sequence[float], *, whole: bool) -> None:
    """Share the line between the columns; a small table takes no more than it needs, unless it is to be ``whole``."""
    table.autofit = False
    wanted = sum(weights)
    room = WIDTH if whole else min(WIDTH, max(wanted * _LETTER, WIDTH / 3))
    for column, weight in zip(table.columns, weights, strict=True):
        column.width = Mm(room * weight / wanted)
        for cell in column.cells:
            cell.width = column.width

"""Rows and values as a person or a program reads them (I2): tables, CSV, JSON, Markdown, XLSX.

Customers' texts are data: they never become markup, a terminal command or a formula.
"""

from __future__ import annotations

import csv
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain, islice
from typing import BinaryIO, TextIO, cast

from kfcs.cells import RIGHT, Column, Kind, Reader, plain, pretty, titles
from kfcs.errors import N_, BadInput, say
from kfcs.i18n import _, render
from kfcs.jsontext import to_json
from kfcs.widths import clip, harmless, pad, width

Row = Mapping[str, object]

FORMATS = ("table", "csv", "tsv", "json", "jsonl", "md", "xlsx")
SCREENFUL = 200
"""Rows that are still drawn as a rich table; more are aligned text, which costs a thousandth."""

_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_LONG_CELL = 60
_CUT = N_(
    "{count} texts are longer than a cell of a workbook can be and were cut; CSV and JSON hold them whole."
)


def emit(
    rows: Iterable[Row],
    columns: Sequence[Column],
    fmt: str | None,
    *,
    stream: TextIO | BinaryIO,
    excel: bool = False,
    words: Sequence[str] = (),
) -> None:
    """Write rows in a format; without one a table on a terminal and CSV elsewhere, where ``words`` stand out.

    `excel` makes the CSV safe and legible for Excel: a byte order mark, no formulas, numbers that
    are names kept as text. XLSX wants a stream that takes bytes, or a text stream on top of one.
    """
    name = check_format(fmt) or ("table" if _is_terminal(stream) else "csv")
    if name == "xlsx":
        from kfcs.sheets import write_xlsx

        cut = write_xlsx(rows, columns, _bytes_of(stream))
        if cut:
            sys.stderr.write(render(say(_CUT, count=cut)) + "\n")
        return
    if name == "table":
        _emit_table(rows, columns, cast(TextIO, stream), words)
        return
    _WRITERS[name](rows, columns, cast(TextIO, stream), excel)


def check_format(fmt: str | None) -> str | None:
    """The format's name; BadInput for one that does not exist."""
    if fmt is None or fmt.lower() in FORMATS:
        return None if fmt is None else fmt.lower()
    raise BadInput("No such format {name}.", hint=say("One of: {words}.", words=FORMATS), name=repr(fmt))


def emit_json(value: object, stream: TextIO) -> None:
    """Write one value as indented JSON."""
    stream.write(to_json(value, indent=2) + "\n")


# --- tables ------------------------------------------------------------------------------------------


def _emit_table(rows: Iterable[Row], columns: Sequence[Column], stream: TextIO, words: Sequence[str]) -> None:
    rest = iter(rows)
    head = list(islice(rest, SCREENFUL + 1))
    if len(head) <= SCREENFUL and _is_terminal(stream):
        _rich_table(head, columns, stream, words)
    else:
        _aligned(chain(head, rest), head, columns, stream)


def _rich_table(rows: Sequence[Row], columns: Sequence[Column], stream: TextIO, words: Sequence[str]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    style = "" if os.environ.get("NO_COLOR") else "bold"
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style=style)
    for column, title in zip(columns, titles(columns), strict=True):
        table.add_column(
            Text(title),
            justify="right" if column.kind in RIGHT else "left",
            no_wrap=column.kind != "text",
            max_width=column.width,
            overflow="fold",
        )
    for cells in _read(rows, columns, pretty):
        texts = [Text(harmless(cell)) for cell in cells]
        if words and style:
            for text in texts:
                text.highlight_words(words, "bold reverse", case_sensitive=False)
        table.add_row(*texts)
    Console(file=stream, markup=False, highlight=False, emoji=False).print(table)


def _aligned(rows: Iterable[Row], sample: Sequence[Row], columns: Sequence[Column], stream: TextIO) -> None:
    """Plain text in columns as wide as the first screenful needs."""
    sizes = [_size(column, sample) for column in columns]
    limits = [_limit(column) for column in columns]
    _write_aligned(stream, titles(columns), columns, sizes)
    stream.write("  ".join("-" * size for size in sizes) + "\n")
    for cells in _read(rows, columns, pretty):
        clipped = [clip(harmless(cell), limit) for cell, limit in zip(cells, limits, strict=True)]
        _write_aligned(stream, clipped, columns, sizes)


def _limit(column: Column) -> int:
    """The most columns for a cell; numbers and names of things are never cut."""
    return column.width or (_LONG_CELL if column.kind == "text" else 1_000)


def _size(column: Column, sample: Sequence[Row]) -> int:
    read = pretty(column)
    cells = (width(harmless(read(row.get(column.key)))) for row in sample)
    return max(width(_(column.title)), min(max(cells, default=0), _limit(column)))


def _write_aligned(
    stream: TextIO, cells: Sequence[str], columns: Sequence[Column], sizes: Sequence[int]
) -> None:
    line = (pad(t, n, right=c.kind in RIGHT) for t, c, n in zip(cells, columns, sizes, strict=True))
    stream.write("  ".join(line).rstrip() + "\n")


def _emit_md(rows: Iterable[Row], columns: Sequence[Column], stream: TextIO, excel: bool) -> None:
    stream.write(_md_line(titles(columns)))
    stream.write(_md_line(["---:" if c.kind in RIGHT else "---" for c in columns], escape=False))
    stream.writelines(_md_line(cells) for cells in _read(rows, columns, pretty))


def _md_line(cells: Sequence[str], *, escape: bool = True) -> str:
    return "| " + " | ".join(_md_cell(c) if escape else c for c in cells) + " |\n"


def _md_cell(text: str) -> str:
    """A cell that stays one cell and is read as it stands."""
    quoted = re.sub(r"([\\`*_\[\]|])", r"\\\1", text).replace("&", "&amp;").replace("<", "&lt;")
    return "<br>".join(harmless(line) for line in quoted.splitlines())


# --- CSV ---------------------------------------------------------------------------------------------


def _emit_csv(
    rows: Iterable[Row], columns: Sequence[Column], stream: TextIO, excel: bool, delimiter: str = ","
) -> None:
    if excel:
        stream.write("\ufeff")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
    writer.writerow(titles(columns))
    writer.writerows(_read(rows, columns, _csv_reader(stream, excel)))


def _emit_tsv(rows: Iterable[Row], columns: Sequence[Column], stream: TextIO, excel: bool) -> None:
    _emit_csv(rows, columns, stream, excel, delimiter="\t")


def _csv_reader(stream: TextIO, excel: bool) -> Callable[[Column], Reader]:
    """How cells read in CSV: in a pipe as they are, so that data comes out as it went in."""
    if excel:
        return _for_excel
    return _for_terminal if _is_terminal(stream) else plain


def _for_terminal(column: Column) -> Reader:
    read = plain(column)
    return lambda value: harmless(read(value))


def _for_excel(column: Column) -> Reader:
    read = plain(column)
    if column.kind in RIGHT or column.kind == "time":
        return read
    return lambda value: _excel_text(read(value), column.kind)


def _excel_text(text: str, kind: Kind) -> str:
    """A text that Excel could take for a formula gets an apostrophe; digits that name something, a tab."""
    if _FORMULA.match(text):
        return "'" + text
    return "\t" + text if kind == "id" and text.isdigit() else text


# --- JSON --------------------------------------------------------------------------------------------


def _emit_json_rows(rows: Iterable[Row], columns: Sequence[Column], stream: TextIO, excel: bool) -> None:
    """A list, a row a line: long lists stream, and stay readable."""
    opening = "["
    for line in _json_lines(rows, columns):
        stream.write(f"{opening}\n  {line}")
        opening = ","
    stream.write("[]\n" if opening == "[" else "\n]\n")


def _emit_jsonl(rows: Iterable[Row], columns: Sequence[Column], stream: TextIO, excel: bool) -> None:
    stream.writelines(f"{line}\n" for line in _json_lines(rows, columns))


def _json_lines(rows: Iterable[Row], columns: Sequence[Column]) -> Iterator[str]:
    for row in rows:
        yield to_json({c.key: _json_cell(row.get(c.key), c) for c in columns})


def _json_cell(value: object, column: Column) -> object:
    """A rate has four decimals; every other Decimal is money."""
    return float(round(value, 4)) if column.kind == "rate" and isinstance(value, Decimal) else value


# --- rows and streams --------------------------------------------------------------------------------


def _read(
    rows: Iterable[Row], columns: Sequence[Column], reader: Callable[[Column], Reader]
) -> Iterator[list[str]]:
    """Each row as the texts of its cells; how a column reads is decided once, not for each cell."""
    readers = [(column.key, reader(column)) for column in columns]
    for row in rows:
        get = row.get
        yield [read(get(key)) for key, read in readers]


def _is_terminal(stream: TextIO | BinaryIO) -> bool:
    return stream.isatty()


def _bytes_of(stream: TextIO | BinaryIO) -> BinaryIO:
    """The stream that takes bytes; a terminal is refused."""
    if _is_terminal(stream):
        raise BadInput("XLSX is not for a terminal.", hint=say("Give a file with -o, or send it to one."))
    return cast(BinaryIO, getattr(stream, "buffer", stream))


_WRITERS: dict[str, Callable[[Iterable[Row], Sequence[Column], TextIO, bool], None]] = {
    "csv": _emit_csv,
    "tsv": _emit_tsv,
    "json": _emit_json_rows,
    "jsonl": _emit_jsonl,
    "md": _emit_md,
}

__all__ = ["FORMATS", "Column", "Row", "check_format", "emit", "emit_json", "to_json"]

"""Text on a terminal: Chinese characters take two columns, and data never controls the terminal."""

from __future__ import annotations

import re
from unicodedata import combining, east_asian_width

# Breaks are allowed at spaces and beside Chinese characters, never before closing punctuation.
_PIECE = re.compile(r"[ \t]+|(?:[\x21-\x7e]+|[^\s])[，。；：、！？）》」”’…—]*")

# C0 and C1 controls, DEL, and the marks that reorder what is read
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def width(text: str) -> int:
    """How many columns a text takes."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(c) in "WF" else 0 if combining(c) else 1 for c in text)


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """The text filled up with spaces to so many columns."""
    space = " " * (columns - width(text))
    return space + text if right else text + space


def clip(text: str, columns: int) -> str:
    """The text cut to so many columns, the cut shown by two dots (which every console has)."""
    if width(text) <= columns:
        return text
    taken, room = [], columns - 2
    for character in text:
        room -= width(character)
        if room < 0:
            break
        taken.append(character)
    return "".join(taken) + ".." if columns >= 2 else text[:0]


def wrap(text: str, columns: int) -> list[str]:
    """The text in lines of at most so many columns; a blank line keeps paragraphs apart."""
    lines: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        lines += ["", *_fill(_joined(paragraph), columns)] if lines else _fill(_joined(paragraph), columns)
    return lines


def _joined(paragraph: str) -> str:
    """A paragraph on one line; between Chinese characters a line end is no space."""
    one_line = re.sub(r"\s+", " ", paragraph)
    return re.sub(r"(?<=[^\x00-\xff]) (?=[^\x00-\xff])", "", one_line)


def _fill(text: str, columns: int) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for piece in _PIECE.findall(text):
        if used + width(piece.rstrip()) > columns and line.strip():
            lines.append(line.rstrip())
            line, used = "", 0
        if line or not piece.isspace():
            line, used = line + piece, used + width(piece)
    return [*lines, line.rstrip()] if line.strip() else lines


def harmless(text: str) -> str:
    """The text on one line with control characters written out, so that data cannot steer a terminal."""
    return _UNSAFE.sub(_written_out, text) if _UNSAFE.search(text) else text


def legible(text: str) -> str:
    """The text with its lines kept, and what could steer or turn round the reading of one written out."""
    return "\n".join(map(harmless, text.split("\n"))) if _UNSAFE.search(text) else text


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] in "\t\n\r":
        return " "
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

"""In which encoding a text file is written (SPEC C6): a mark at its start, else UTF-8, else GB18030, else UTF-16.

The whole file is tried, a piece at a time, not only its beginning: a file that is ASCII for a thousand rows shows its
encoding in the first name.
"""

from __future__ import annotations

import codecs
from typing import BinaryIO

from kfcs.errors import N_, BadInput, say

PIECE = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as the mark of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 (BOM)", "gb18030": "GB18030", "utf-16": "UTF-16"}


def shown_name(encoding: str) -> str:
    """The encoding as people call it."""
    return _NAMES.get(encoding, encoding.upper())


def detect(file: BinaryIO, wanted: str | None = None) -> str:
    """The encoding of a file that can be read twice, its position back at the start.

    ``wanted`` is what a person said it is. Raises BadInput when no encoding fits.
    """
    if wanted is not None:
        return _checked(file, _known(wanted))
    head = file.read(4096)
    file.seek(0)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return _checked(file, encoding)
    if (unmarked := _utf16_without_mark(head)) is not None:
        return _checked(file, unmarked)
    faults = {}
    for encoding in ("utf-8", "gb18030"):
        fault = _fault(file, encoding)
        if fault is None:
            return encoding
        faults[encoding] = _line_of(file, fault)
    raise BadInput(
        N_("The file is neither UTF-8 (line {utf8} is not) nor GB18030 (line {gb18030} is not) nor UTF-16."),
        hint=say(N_("Look at that line, save the file as CSV UTF-8, or name its encoding with --encoding.")),
        utf8=faults["utf-8"],
        gb18030=faults["gb18030"],
    )


def _known(name: str) -> str:
    """The codec for a name; GBK and GB2312 are read as GB18030, which holds both."""
    try:
        codec = codecs.lookup(name).name
        "".encode(codec)  # base64 and its like are codecs too, but of bytes
    except LookupError:
        raise BadInput(N_("There is no encoding {name}."), name=repr(name)) from None
    if codec in ("gbk", "gb2312"):
        return "gb18030"
    return "utf-8-sig" if codec == "utf-8" else codec


def _checked(file: BinaryIO, encoding: str) -> str:
    fault = _fault(file, encoding)
    if fault is None:
        return encoding
    raise BadInput(
        N_("The file is not all {encoding}: it breaks at byte {place}."),
        hint=say(N_("Save it as CSV UTF-8, or name its encoding with --encoding.")),
        encoding=shown_name(encoding),
        place=fault,
    )


def _fault(file: BinaryIO, encoding: str) -> int | None:
    """The byte near which decoding fails; None when the file is of this encoding. Back at the start afterwards."""
    decoder = codecs.getincrementaldecoder(encoding)()
    place = 0
    try:
        while piece := file.read(PIECE):
            decoder.decode(piece)
            place += len(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return place + error.start
    except UnicodeError:  # UTF-16 without its mark
        return place
    finally:
        file.seek(0)
    return None


def _line_of(file: BinaryIO, place: int) -> int:
    """The number of the line in which a byte lies, of an encoding that writes line ends as ASCII does."""
    line, before, left = 1, b"", place
    while left and (piece := file.read(min(PIECE, left))):
        line += piece.count(b"\n") + piece.count(b"\r") - piece.count(b"\r\n")
        line -= before.endswith(b"\r") and piece.startswith(b"\n")
        before, left = piece, left - len(piece)
    file.seek(0)
    return line


def _utf16_without_mark(head: bytes) -> str | None:
    """UTF-16 gives every comma and line end a zero byte, always on the same side; other texts have none at all."""
    before, after = head[::2].count(0), head[1::2].count(0)
    if before + after < _ZEROS:
        return None
    return "utf-16-le" if after > 4 * before else "utf-16-be" if before > 4 * after else None


_ZEROS = 4

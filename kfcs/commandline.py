"""The command line before it is parsed."""

from __future__ import annotations

import re
from collections.abc import Sequence

DEFAULT = "default"
"""What a period option without a value is given: the command's own period, such as the last month."""

_PERIODS = frozenset({"--month", "--day", "--week", "--half-month", "--quarter", "--year"})
_OPTION = re.compile(r"-{1,2}[^\W\d]")  # -o, --branch; not the relative time -1d


def normalise(argv: Sequence[str]) -> list[str]:
    """Give a period option that stands without a value the value `default`.

    `report --month -o x.html` means the last month, but the parser would take `-o` for the month.
    Nothing behind `--` is an option.
    """
    end = argv.index("--") if "--" in argv else len(argv)
    result: list[str] = []
    for at, argument in enumerate(argv):
        result.append(argument)
        if at < end and argument in _PERIODS and not _has_value(argv, at, end):
            result.append(DEFAULT)
    return result


def _has_value(argv: Sequence[str], at: int, end: int) -> bool:
    return at + 1 < end and not _OPTION.match(argv[at + 1])

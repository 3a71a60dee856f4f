"""JSON and TOML of others: whatever a parser stumbles over is one kind of fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def parsed(parse: Callable[[str], Any], text: str) -> Any:
    """What a text holds. Raises ValueError for what is malformed, nested without end, or a number without end."""
    try:
        return parse(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError as error:
        if "int_max_str_digits" in str(error):
            raise ValueError("a number has too many digits") from None
        raise

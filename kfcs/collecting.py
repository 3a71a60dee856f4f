"""How often Python's garbage collector comes by while very many rows are in use."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 200_000
"""So many objects are made between two rounds of the garbage collector."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the garbage collector come by seldom: rows are many objects that form no cycles, and it would look through
    them again and again while they are in use."""
    usual = gc.get_threshold()
    gc.set_threshold(SELDOM, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)

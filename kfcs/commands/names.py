"""Names given on the command line: put right by the lists, or doubted aloud (C10)."""

from __future__ import annotations

from kfcs.commands.answering import tell
from kfcs.desk import Desk
from kfcs.naming import settle


def named(desk: Desk, field: str, given: str | None) -> str | None:
    """The name to record, with a warning on stderr for one that is on no list."""
    if given is None or not given.strip():
        return None
    name, doubt = settle(desk, field, given)
    if doubt is not None:
        tell(doubt)
    return name

"""Whether two texts say nearly the same (SPEC C3)."""

from __future__ import annotations

from operator import add as joined

SHARE = 0.7
"""So large a share of the pairs of characters that either text has must be in both: a word more or less, an order
changed, a slip of the pen. Two complaints of one kind in a person's own words share about half."""


def alike(key: str, other: str) -> bool:
    """Whether two texts are nearly the same, by their keys (``text_key``); those too short to tell are not."""
    if not key or not other:
        return False
    if key == other:
        return True
    short, long = sorted((len(key), len(other)))
    return short >= SHARE * long and _shared(key, other) >= SHARE


def _shared(key: str, other: str) -> float:
    mine, theirs = set(map(joined, key, key[1:])), set(map(joined, other, other[1:]))
    return len(mine & theirs) / len(mine | theirs)

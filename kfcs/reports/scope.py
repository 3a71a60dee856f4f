"""Whose figures are wanted: a branch's, or the whole group's (SPEC R1, R6)."""

from __future__ import annotations

from enum import Enum


class Scope(Enum):
    """What is wanted beside a branch that is named."""

    GROUP = "group"
    """Every branch together, with a row for each."""


Wanted = str | Scope | None
"""A branch by name; the group; or None: the branch in kfcs.toml, and every one where none is named there."""

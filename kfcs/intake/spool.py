"""Rows that were read and wait to be written: on the disk, so that a million of them need little memory."""

from __future__ import annotations

import marshal
from array import array
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate
from tempfile import TemporaryFile, gettempdir
from typing import Any, TypeVar

from kfcs.errors import N_, LedgerUnusable

T = TypeVar("T")


class Spool:
    """A nameless file of records, each of plain data, in the order put; it is gone when the program ends.

    Raises LedgerUnusable where there is no room for it.
    """

    def __init__(self) -> None:
        try:
            self._file = TemporaryFile()  # noqa: SIM115
        except OSError as error:
            raise no_room(error) from None
        self._ends = array("Q", [0])
        self._groups = array("I")
        self._numbers: dict[Any, int] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def put(self, record: Any, group: Hashable) -> None:
        """Add a record that belongs to a group."""
        data = marshal.dumps(record)
        try:
            self._file.write(data)
        except OSError as error:
            raise no_room(error) from None
        self._ends.append(self._ends[-1] + len(data))
        self._groups.append(self._numbers.setdefault(group, len(self._numbers)))

    def chunks(self, size: int, make: Callable[..., T], *, sort: bool = False) -> Iterator[list[T]]:
        """The records in chunks of ``size``.

        They come in the order put where one chunk holds them all, else the records of a group together, the groups in
        the order in which they first appeared. With ``sort`` they always come in the order of their groups.
        """
        order: Sequence[int] = range(len(self))
        if sort:
            order = self._by_group([self._numbers[group] for group in sorted(self._numbers)])
        elif len(self) > size:
            order = self._by_group(range(len(self._numbers)))
        for start in range(0, len(self), size):
            yield [make(*self._get(index)) for index in order[start : start + size]]

    def _by_group(self, groups: Sequence[int]) -> Sequence[int]:
        """The places of all records, group after group, each in the order put; an array, for there may be millions."""
        counts = Counter(self._groups)
        ahead = accumulate((counts[group] for group in groups), initial=0)
        free = dict(zip(groups, ahead, strict=False))
        order = array("I", self._groups)
        for index, group in enumerate(self._groups):
            order[free[group]] = index
            free[group] += 1
        return order

    def _get(self, index: int) -> Any:
        place, end = self._ends[index], self._ends[index + 1]
        try:
            self._file.seek(place)  # which writes what is still to be written
        except OSError as error:
            raise no_room(error) from None
        return marshal.loads(self._file.read(end - place))

    def close(self) -> None:
        with suppress(OSError):  # what could not be written is not wanted any more
            self._file.close()


def no_room(error: OSError) -> LedgerUnusable:
    """What to say where temporary files cannot be written: nothing of what waited in them is recorded."""
    return LedgerUnusable(
        N_(
            "Temporary files cannot be written in {folder} ({fault}). Make room there, or name another folder in TMPDIR."
        ),
        folder=gettempdir(),
        fault=error.strerror or str(error),
    )

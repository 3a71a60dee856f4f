"""Rows that were read and wait to be written: on the disk, so that a million of them need little memory."""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Callable, Hashable, Iterator
from tempfile import TemporaryFile
from typing import Any, TypeVar

T = TypeVar("T")


class Spool:
    """A nameless file of records, each of plain data, in the order put; it is gone when the program ends."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115
        self._ends = array("Q", [0])
        self._groups = array("L")
        self._numbers: dict[Any, int] = {}

    def __len__(self) -> int:
        return len(self._groups)

    def put(self, record: Any, group: Hashable) -> None:
        """Add a record that belongs to a group."""
        data = marshal.dumps(record)
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))
        self._groups.append(self._numbers.setdefault(group, len(self._numbers)))

    def chunks(self, size: int, make: Callable[..., T], *, sort: bool = False) -> Iterator[list[T]]:
        """The records in chunks of ``size``.

        They come in the order put where one chunk holds them all, else the records of a group together, the groups in
        the order in which they first appeared. With ``sort`` they always come in the order of their groups.
        """
        order: Any = range(len(self))
        if sort:
            places = {self._numbers[group]: n for n, group in enumerate(sorted(self._numbers))}
            order = sorted(order, key=lambda index: places[self._groups[index]])
        elif len(self) > size:
            order = sorted(order, key=self._groups.__getitem__)
        for start in range(0, len(self), size):
            yield [make(*self._get(index)) for index in order[start : start + size]]

    def _get(self, index: int) -> Any:
        place, end = self._ends[index], self._ends[index + 1]
        self._file.seek(place)
        return marshal.loads(self._file.read(end - place))

    def close(self) -> None:
        self._file.close()

"""Rows that were read and wait to be written: on the disk, so that a million of them need little memory."""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import Any


class Spool:
    """A nameless file of records, each of plain data, in the order put; it is gone when the program ends."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115
        self._places = array("Q")
        self._groups = array("L")
        self._numbers: dict[Any, int] = {}
        self._end = 0

    def __len__(self) -> int:
        return len(self._places)

    def put(self, record: Any, group: Any) -> None:
        """Add a record that belongs to a group."""
        data = marshal.dumps(record)
        self._places.append(self._end)
        self._groups.append(self._numbers.setdefault(group, len(self._numbers)))
        self._file.write(data)
        self._end += len(data)

    def chunks(self, size: int, make: Callable[..., Any]) -> Iterator[list[Any]]:
        """The records in chunks of ``size``: in the order put where one chunk holds them all, else the records of a group
        together, the groups in the order in which they first appeared."""
        order = range(len(self))
        indexes = order if len(self) <= size else sorted(order, key=self._groups.__getitem__)
        for start in range(0, len(self), size):
            yield [make(*self._get(index)) for index in indexes[start : start + size]]

    def _get(self, index: int) -> Any:
        place = self._places[index]
        end = self._places[index + 1] if index + 1 < len(self) else self._end
        self._file.seek(place)
        return marshal.loads(self._file.read(end - place))

    def close(self) -> None:
        self._file.close()

"""How far a long command is: a bar on a terminal, and nothing anywhere else (SPEC C6)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, TypeVar

from kfcs.i18n import _

T = TypeVar("T")


class Progress:
    """A bar on stderr while a ``with`` block runs, where stderr is a terminal."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._bar = Bar(*columns, console=Console(file=sys.stderr), transient=True)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def over(self, rows: Iterable[T], title: str, every: int = 500) -> Iterator[T]:
        """The rows, counted; how many there will be is not known."""
        if self._bar is None:
            yield from rows
            return
        task = self._bar.add_task(_(title), total=None)
        for n, row in enumerate(rows):
            if n % every == 0:
                self._bar.update(task, completed=n)
            yield row

    def chunks(self, chunks: Iterable[list[T]], total: int, title: str) -> Iterator[list[T]]:
        """The chunks, the bar moving on as each is done."""
        task = None if self._bar is None else self._bar.add_task(_(title), total=total)
        for chunk in chunks:
            yield chunk
            if task is not None:
                self._bar.advance(task, len(chunk))

"""How far a long operation is: one line on a terminal, which is gone at the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

_ERASE = "\r\x1b[K"
"""Back to the beginning of the line, and clear it (ECMA-48, EL)."""


class Progress(Protocol):
    """Is told how much of an operation is done, and of how much."""

    def __call__(self, done: int, total: int) -> None:
        """Show it."""


@contextmanager
def progress_line(what: str, stream: TextIO) -> Iterator[Progress]:
    """Show `what`, such as "linting: {done} of {total} scripts", where the stream is a terminal.

    Nothing is written to anything else. The line is erased when the operation ends, however it
    ends, so that what is printed next begins on an empty line.
    """
    shown = False

    def show(done: int, total: int) -> None:
        nonlocal shown
        if stream.isatty():
            shown = True
            stream.write(_ERASE + what.format(done=done, total=total))
            stream.flush()

    try:
        yield show
    finally:
        if shown:
            stream.write(_ERASE)
            stream.flush()

"""Rows of text in aligned columns, for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Sequence

_NARROW = 20
"""Columns below which text is not wrapped: it would be a word on each line."""


def aligned(
    rows: Sequence[Sequence[str]], right: Collection[int] = (), within: int | None = None
) -> str:
    """One line for each row, two spaces between columns; the columns in `right` end flush.

    Every row has as many cells. No line ends with a space; each ends with a newline. The last
    column is wrapped where lines would be wider than `within`.

    >>> print(aligned([("a", "10"), ("bcd", "5")], right={1}), end="")
    a    10
    bcd   5
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    before = sum(widths[:-1]) + 2 * len(widths[:-1])
    if within is not None and within - before >= _NARROW:
        rows = [part for row in rows for part in _wrapped(row, within - before)]
    return "".join(f"{_line(row, widths, right)}\n" for row in rows)


def _wrapped(row: Sequence[str], width: int) -> Iterator[Sequence[str]]:
    """The row, and rows of nothing but the rest of its last cell."""
    *cells, last = row
    for text in textwrap.wrap(last, width) or [""]:
        yield (*cells, text)
        cells = [""] * len(cells)


def _line(row: Sequence[str], widths: Sequence[int], right: Collection[int]) -> str:
    cells = (
        cell.rjust(width) if index in right else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()

"""Rows of text in aligned columns, for a terminal."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """One line for each row, two spaces between columns; the columns in `right` end flush.

    Every row has as many cells. No line ends with a space; each ends with a newline.

    >>> print(aligned([("a", "10"), ("bcd", "5")], right={1}), end="")
    a    10
    bcd   5
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(f"{_line(row, widths, right)}\n" for row in rows)


def _line(row: Sequence[str], widths: Sequence[int], right: Collection[int]) -> str:
    cells = (
        cell.rjust(width) if index in right else cell.ljust(width)
        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()

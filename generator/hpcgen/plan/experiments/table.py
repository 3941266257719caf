"""The table of an experiment: a line of names, then a line for each row, tabs between the cells.

Its columns: `row`, the fields that rows set, the values of the script that follow from them, and
`--OPTION` for what sbatch is told of one row and not of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n"})
"""As bash's %b reads them, and JSON too."""

_ABSENT = "-"
"""The cell of an option that its row does not have; no option has such a value."""

Options = Sequence[tuple[str, object]]


def table(numbers: Iterable[int], columns: Mapping[str, Sequence[str]]) -> str:
    """The text of the file."""
    lines = [("row", *columns)]
    for number, cells in zip(numbers, zip(*columns.values(), strict=True), strict=True):
        lines.append((str(number), *(cell.translate(_ESCAPES) for cell in cells)))
    return "".join("\t".join(line) + "\n" for line in lines)


def option_columns(rows: Sequence[Options], common: Options) -> dict[str, tuple[str, ...]]:
    """What each row asks for beside what all do, by --OPTION; "" is an option that stands alone."""
    names = dict.fromkeys(name for options in rows for name, _ in options)
    different = [name for name in names if name not in dict(common)]
    return {
        f"--{name}": tuple(_cell(dict(options), name) for options in rows) for name in different
    }


def _cell(options: Mapping[str, object], name: str) -> str:
    value = options.get(name, _ABSENT)
    return "" if value is True else str(value)
